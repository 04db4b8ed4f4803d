//! What makes FotoTa fast must not change what it says: reduced decoding, and the commands that measure.

use std::path::Path;

use fotota::imaging::{DecodeLimits, decode, encode_jpeg, resize};

use crate::common::{TestEnv, sample};

/// A sample photo, enlarged to that long side.
fn enlarged(name: &str, long_side: u32) -> Vec<u8> {
    let bytes = std::fs::read(sample("photos").join(name)).unwrap();
    let photo = decode(std::io::Cursor::new(&bytes), DecodeLimits { max_pixels: 100_000_000 }).unwrap();
    let (width, height) = photo.pixels.dimensions();
    let side = |side: u32| side * long_side / width.max(height);
    encode_jpeg(resize(&photo.pixels, side(width), side(height)), 90).unwrap()
}

fn best_face(env: &TestEnv) -> (f64, [f64; 4]) {
    let selfie = sample("selfies/Eileen_Collins_1.jpg");
    let result = env.json(&["search", "Party", selfie.to_str().unwrap()]);
    let best = &result["matches"][0];
    let sides = ["x", "y", "w", "h"].map(|key| best["face"][key].as_f64().unwrap());
    (best["similarity"].as_f64().unwrap(), sides)
}

#[test]
fn faces_of_a_large_photo_are_in_its_own_pixels() {
    let boxes = [2048, 6144].map(|long_side| {
        let env = TestEnv::new().with_event();
        env.put("large.jpg", &enlarged("DSC_0101.jpg", long_side));
        let summary = env.import();
        assert_eq!((summary["imported"].as_u64(), summary["faces"].as_u64()), (Some(1), Some(1)));
        best_face(&env)
    });
    let [(alike, small), (alike_too, large)] = boxes;
    // Worked on at 2048 and at 3072 pixels: three times the place, and the same person.
    for (small, large) in small.iter().zip(large) {
        assert!((3.0 * small - large).abs() < 0.03 * 6144.0, "{small} {large}");
    }
    assert!((alike - alike_too).abs() < 0.05, "{alike} {alike_too}");
}

#[test]
fn bench_reports_each_stage_and_the_searches() {
    let env = TestEnv::new();
    let report = env.json(&["bench", "--count", "2"]);
    assert_eq!(report["photos"], 1, "{report}");
    assert_eq!(report["faces"], 5, "{report}");
    for key in ["photos_per_second", "photos_per_second_per_core", "faces_per_second", "start_ms"] {
        assert!(report[key].as_f64().unwrap() > 0.0, "{key}: {report}");
    }
    let stages = report["ms_per_photo"].as_array().unwrap();
    let names: Vec<&str> = stages.iter().map(|stage| stage[0].as_str().unwrap()).collect();
    assert_eq!(names, ["decode", "detect", "recognise", "derive", "store"]);
    let share = report["share_beside_entropy_decoding"].as_f64().unwrap();
    assert!((0.0..1.0).contains(&share), "{report}");
    assert_eq!(report["searches_alone"]["count"], 20);
    assert!(report["searches_during_import"]["p95_ms"].as_f64().unwrap() > 0.0);
    // Nothing is left behind, not even the data folder.
    assert!(!env.data().exists());
}

#[test]
fn a_network_is_timed_alone() {
    let env = TestEnv::new();
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/mobilefacenet.onnx");
    let model = model.to_str().unwrap();
    let report = env.json(&["measure", "network", model, "--size", "112x112", "--runs", "3"]);
    assert_eq!((report["width"].as_u64(), report["runs"].as_u64()), (Some(112), Some(3)));
    assert!(report["median_ms"].as_f64().unwrap() >= report["min_ms"].as_f64().unwrap());
    for size in ["112", "0x5", "axb", "9000x10"] {
        let output = env.run(&["measure", "network", model, "--size", size]);
        assert_eq!(output.status.code(), Some(2), "{size}");
    }
}
