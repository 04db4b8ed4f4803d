//! The address that guests' links carry: in the studio, and in networks as laptops have them.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::common::TestEnv;
use crate::common::client::{Client, assert_shape};
use crate::common::server::Server;

/// What `namespaces.sh` exits with where namespaces cannot be made.
const NO_NAMESPACES: i32 = 77;

#[test]
fn the_studio_shows_and_chooses_the_address() {
    let config = "mdns = false\n[accounts]\nregistration = \"open\"\n";
    let server = Server::everywhere(TestEnv::new(), config);
    let mut admin = server.admin();
    let shown = admin.get("/studio/address").expect(200);
    assert_shape(
        &shown,
        &json!({ "base_url": "url", "by": "str", "is_fixed": "bool", "trouble": "str?", "gone": "str?",
                 "local_url": "str?", "networks": [{ "address": "str", "interface": "str", "kind": "str",
                 "is_current": "bool" }] }),
    );
    assert_eq!(
        (&shown["by"], &shown["is_fixed"], &shown["gone"]),
        (&json!("automatic"), &json!(false), &json!(null))
    );
    let event = admin.create_event("Party");
    let port = server.base.rsplit(':').next().unwrap().to_owned();
    // Every computer has this address; it is the best one only where there is no other.
    let chosen = admin.put("/studio/address", &json!({ "address": "127.0.0.1" })).expect(200);
    assert_eq!((&chosen["by"], &chosen["trouble"]), (&json!("studio"), &json!("local_only")));
    assert_eq!(chosen["base_url"], format!("http://127.0.0.1:{port}"));
    let is_current = |network: &&Value| network["is_current"] == true;
    assert_eq!(
        chosen["networks"].as_array().unwrap().iter().find(is_current).unwrap()["address"],
        "127.0.0.1"
    );
    let link = |client: &mut Client| {
        client.get(&format!("/events/{event}/sharing")).expect(200)["link"].as_str().unwrap().to_owned()
    };
    assert!(link(&mut admin).starts_with(&format!("http://127.0.0.1:{port}/e/")));
    let status = admin.get("/studio/status").expect(200);
    assert_eq!((&status["local_only"], &status["base_url"]), (&json!(true), &chosen["base_url"]));
    // The choice survives a restart.
    let server = Server::everywhere(server.kill(), config);
    let mut admin = server.client().with_token(&admin.token.unwrap());
    assert_eq!(admin.get("/studio/address").expect(200)["by"], "studio");
    let automatic = admin.put("/studio/address", &json!({ "address": null })).expect(200);
    assert_eq!((&automatic["by"], &automatic["networks"]), (&json!("automatic"), &shown["networks"]));
    for wrong in [
        json!({ "address": "192.0.2.77" }),
        json!({ "address": "laptop" }),
        json!({ "address": 7 }),
        json!({}),
    ] {
        admin.put("/studio/address", &wrong).expect(422);
    }
    let choice = json!({ "address": "127.0.0.1" });
    server.user("rina").get("/studio/address").refused(403, "admin.required");
    server.user("tono").put("/studio/address", &choice).refused(403, "admin.required");
    server.client().get("/studio/address").refused(401, "auth.required");
    server.client().put("/studio/address", &choice).refused(401, "auth.required");
}

#[test]
fn the_configuration_leaves_the_studio_no_choice() {
    for (config, url) in [
        ("[server]\npublic_url = \"https://foto.example/\"\n", "https://foto.example"),
        ("[server]\naddress = \"laptop.example\"\n", "http://laptop.example:"),
    ] {
        let server = Server::with(config);
        let mut admin = server.admin();
        let shown = admin.get("/studio/address").expect(200);
        assert!(shown["base_url"].as_str().unwrap().starts_with(url) && shown["is_fixed"] == true, "{shown}");
        admin.put("/studio/address", &json!({ "address": "127.0.0.1" })).refused(409, "address.fixed");
        admin.put("/studio/address", &json!({ "address": null })).refused(409, "address.fixed");
    }
}

#[test]
fn links_carry_the_address_that_guests_reach_and_follow_it() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reach/namespaces.sh");
    let output = Command::new("bash").arg(script).arg(env!("CARGO_BIN_EXE_fotota")).output();
    let output = match output {
        Ok(output) if output.status.code() != Some(NO_NAMESPACES) => output,
        _ => {
            println!("SKIPPED: network namespaces need Linux, root, ip, curl and python3; none was tried");
            return;
        }
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("ok: all"),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
