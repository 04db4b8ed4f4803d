//! The commands, as programs call them.

use std::path::Path;

use serde_json::json;

use crate::common::{FEW, TestEnv, found, sample};

#[test]
fn imports_and_finds_each_guest() {
    let env = TestEnv::new().with_photos(&FEW).with_event();
    let summary = env.import();
    assert_eq!(summary["imported"], 4, "{summary}");
    assert_eq!(summary["duplicates"], 0);
    assert_eq!(summary["rejected"].as_array().unwrap().len(), 0);
    assert_eq!(summary["faces"], 4);
    assert!(summary["seconds"].as_f64().unwrap() > 0.0);

    let event = env.json(&["event", "show", "Party"]);
    for (guest, expected) in [
        ("Eileen_Collins", ["DSC_0101.jpg", "DSC_0103.jpg"]),
        ("Grace_Hopper", ["DSC_0102.jpg", "DSC_0103.jpg"]),
    ] {
        let selfie = sample(&format!("selfies/{guest}_1.jpg"));
        let selfie = selfie.to_str().unwrap();
        let result = env.json(&["search", "Party", selfie]);
        assert_eq!(found(&result), expected, "{result}");
        assert_eq!(result["event_id"], event["id"]);
        let best = &result["matches"][0];
        assert!(best["photo_id"].as_i64().unwrap() > 0);
        assert!((0.38..=1.0).contains(&best["similarity"].as_f64().unwrap()));
        let face = &best["face"];
        let sides = ["x", "y", "w", "h"].map(|key| face[key].as_i64().unwrap());
        assert!(sides[2] > 50 && sides[3] > 50 && sides[0] >= 0 && sides[1] >= 0, "{face}");
        assert!(result["timings_ms"]["total"].as_f64().unwrap() > 0.0);

        let limited = env.json(&["search", "Party", selfie, "--limit", "1"]);
        assert_eq!(limited["matches"].as_array().unwrap().len(), 1);
        let strict = env.json(&["search", "Party", selfie, "--threshold", "1"]);
        assert!(found(&strict).is_empty());
    }

    let again = env.import();
    assert_eq!((again["imported"].as_u64(), again["duplicates"].as_u64()), (Some(0), Some(4)));

    let reindexed = env.json(&["reindex"]);
    assert_eq!(reindexed["vectors"], 4);
    let selfie = sample("selfies/Grace_Hopper_1.jpg");
    let result = env.json(&["search", "Party", selfie.to_str().unwrap()]);
    assert_eq!(found(&result), ["DSC_0102.jpg", "DSC_0103.jpg"]);
}

#[test]
fn the_turned_photo_is_upright_and_its_face_boxes_fit() {
    // Stored rotated, with EXIF orientation 6.
    let env = TestEnv::new().with_photos(&["DSC_0111.jpg"]).with_event();
    assert_eq!(env.import()["faces"], 2);
    let selfie = sample("selfies/Eileen_Collins_1.jpg");
    let result = env.json(&["search", "Party", selfie.to_str().unwrap()]);
    assert_eq!(found(&result), ["DSC_0111.jpg"]);
}

#[test]
fn deleting_an_event_deletes_its_files() {
    let env = TestEnv::new().with_photos(&FEW[..1]).with_event();
    env.import();
    let files = |folder: &str| files_below(&env.data().join(folder)).len();
    assert_eq!((files("originals"), files("derived"), files("incoming")), (1, 2, 0));
    let event = env.json(&["event", "show", "Party"]);
    let code = event["share_code"].as_str().unwrap();
    assert!(env.run(&["event", "delete", code]).status.success());
    assert_eq!((files("originals"), files("derived"), files("incoming")), (0, 0, 0));
    assert_eq!(env.json(&["event", "list"]).as_array().unwrap().len(), 0);
}

fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[test]
fn exit_codes_tell_what_went_wrong() {
    let env = TestEnv::new().with_event();
    let selfie = sample("selfies/Grace_Hopper_1.jpg");
    let nobody = sample("photos/DSC_0115.jpg");
    let code = |arguments: &[&str]| env.run(arguments).status.code().unwrap();
    assert_eq!(code(&["search", "Elsewhere", selfie.to_str().unwrap()]), 3);
    assert_eq!(code(&["search", "Party", nobody.to_str().unwrap()]), 4);
    assert_eq!(code(&["search", "Party", "missing.jpg"]), 1);
    assert_eq!(code(&["search", "Party"]), 2);
    let error = env.json(&["search", "Party", nobody.to_str().unwrap()]);
    assert_eq!(error["error"]["code"], "selfie.too_dark");
}

#[test]
fn two_people_in_a_selfie_are_refused() {
    let env = TestEnv::new().with_event();
    let both = sample("photos/DSC_0108.jpg");
    let error = env.json(&["search", "Party", both.to_str().unwrap()]);
    assert_eq!(error["error"]["code"], "selfie.several_faces");
}

#[test]
fn equal_names_need_an_id() {
    let env = TestEnv::new().with_event().with_event();
    let shown = env.run(&["event", "show", "Party"]);
    assert_eq!(shown.status.code(), Some(1));
    let events = env.json(&["event", "list"]);
    let id = events[0]["id"].to_string();
    assert!(String::from_utf8_lossy(&shown.stderr).contains(&id));
    assert_eq!(env.json(&["event", "show", &id])["id"].to_string(), id);
}

#[test]
fn a_non_commercial_pack_says_so_and_is_refused() {
    let env = TestEnv::new().with_event();
    let listed = String::from_utf8(env.run(&["models", "list"]).stdout).unwrap();
    assert!(listed.contains("NON-COMMERCIAL"), "{listed}");
    let config = env.root().join("buffalo.toml");
    std::fs::copy(buffalo_config(&env), &config).ok();
    let config = config.to_str().unwrap();
    let refused = env.run(&["models", "verify", "--config", config]);
    let message = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && message.contains("--accept-license"), "{message}");
    let missing = env.run(&["models", "verify", "--config", config, "--accept-license"]);
    let message = String::from_utf8(missing.stderr).unwrap();
    assert!(message.contains("det_10g.onnx"), "{message}");
}

fn buffalo_config(env: &TestEnv) -> std::path::PathBuf {
    env.put("buffalo.toml", b"[face]\npack = \"buffalo_l\"\n");
    env.card().join("buffalo.toml")
}

#[test]
fn another_detector_runs_by_its_description_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let yunet = root.join("../shared/models/yunet_n_dynamic.onnx");
    if !yunet.exists() {
        println!("SKIPPED: {} is not here", yunet.display());
        return;
    }
    let env = TestEnv::new();
    let models = env.root().join("models/mixed");
    std::fs::create_dir_all(&models).unwrap();
    std::fs::copy(yunet, models.join("yunet.onnx")).unwrap();
    std::fs::copy(root.join("models/mobilefacenet.onnx"), models.join("mobilefacenet.onnx")).unwrap();
    // The default pack with another name, and another detector.
    let known = std::fs::read_to_string(root.join("models/packs.toml")).unwrap();
    let (before, rest) = known.split_once("[pack.detector]").unwrap();
    let recogniser = rest.split("[pack.recogniser]").nth(1).unwrap().split("[[pack]]").next().unwrap();
    let detector = "file = \"yunet.onnx\"\nhead = \"yunet\"\nchannels = \"bgr\"\nmean = 0.0\nscale = 1.0\n\
                    multiple_of = 32\nscore_threshold = 0.6\n";
    let packs = format!("{before}[pack.detector]\n{detector}[pack.recogniser]{recogniser}")
        .replace("name = \"default\"", "name = \"mixed\"")
        .replace("embedded = true", "embedded = false");
    env.put("packs.toml", packs.as_bytes());
    let path = |name: &str| env.root().join(name).display().to_string();
    let config = format!(
        "[face]\npack = \"mixed\"\npacks_file = '{}'\nmodels_folder = '{}'\n",
        path("card/packs.toml"),
        path("models")
    );
    env.put("mixed.toml", config.as_bytes());
    let sample = sample("");
    let arguments = ["measure", "event", sample.to_str().unwrap(), "--config", &path("card/mixed.toml")];
    let result = env.json(&arguments);
    assert_eq!((result["recall"].as_f64(), result["precision"].as_f64()), (Some(1.0), Some(1.0)), "{result}");
}

#[test]
fn the_default_pack_verifies_and_the_doctor_is_content() {
    let env = TestEnv::new();
    let verified = env.json(&["models", "verify"]);
    assert_eq!(verified["runs"], true);
    env.put("free-port.toml", b"[server]\nbind = \"127.0.0.1:0\"\n");
    let config = env.card().join("free-port.toml");
    let checked = env.json(&["doctor", "--config", config.to_str().unwrap()]);
    assert_eq!(checked["healthy"], true, "{checked}");
}

#[test]
fn an_unknown_configuration_key_is_named() {
    let env = TestEnv::new();
    env.put("wrong.toml", b"[server]\nbnid = \"127.0.0.1:0\"\n");
    let config = env.card().join("wrong.toml");
    let output = env.run(&["event", "list", "--config", config.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("bnid"));
}

#[test]
fn the_demo_finds_the_right_photos() {
    let env = TestEnv::new();
    let result = env.json(&["demo", "--no-serve"]);
    assert_eq!(result["all_right"], true, "{result}");
    // For people who have no picture of themselves at hand.
    assert!(env.data().join("sample/selfies/Grace_Hopper_1.jpg").exists());
    let events = env.json(&["event", "list"]);
    assert_eq!(events.as_array().map(Vec::len), Some(1), "{events}");
    let again = env.run(&["demo", "--no-serve"]);
    assert_eq!(again.status.code(), Some(1), "the demo must not touch a data folder in use");
    assert_eq!(env.json(&["event", "list"]), events);
}

#[test]
fn a_rehearsal_says_what_guests_wait_for() {
    let env = TestEnv::new();
    // On this computer alone: a test asks nothing of the network.
    env.put("rehearsal.toml", b"[server]\naddress = \"127.0.0.1\"\n");
    let config = env.card().join("rehearsal.toml");
    let played = ["rehearse", "--guests", "4", "--within", "1", "--cameras", "2"];
    let report = env.json(&[&["--config", config.to_str().unwrap()], &played[..]].concat());
    assert_eq!((&report["guests"], &report["failed"]), (&json!(4), &json!(0)), "{report}");
    let time = |name: &str| report[name].as_f64().unwrap();
    assert!(time("median_ms") > 0.0 && time("median_ms") <= time("p95_ms"));
    assert!(["none", "computer", "wifi"].contains(&report["limit"].as_str().unwrap()), "{report}");
    assert!(time("p95_ms") <= time("whole_p95_ms") && time("megabytes") > 0.0, "{report}");
}

#[test]
fn measures_the_sample_event() {
    let env = TestEnv::new();
    let sample = sample("");
    let sample = sample.to_str().unwrap();
    let result = env.json(&["measure", "event", sample, "--absent", sample]);
    assert_eq!((result["recall"].as_f64(), result["precision"].as_f64()), (Some(1.0), Some(1.0)), "{result}");
    assert_eq!(result["detection"]["found"], result["detection"]["labelled"]);
    assert_eq!(result["detection"]["surplus"], 0);
    // Its own guests are found, which would be wrong if they were absent.
    let absent = &result["absent"];
    assert_eq!(absent["elsewhere"]["with_sure"].as_f64(), Some(1.0), "{absent}");
    assert!(absent["left_out"].is_null(), "the labels do not say which faces are whose: {absent}");
    assert!(absent["estimate"].is_null(), "too few people: {absent}");
}
