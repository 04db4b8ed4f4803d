//! The whole program with its pictures in a bucket: where `FOTOTA_TEST_POSTGRES` names a server for the rows, and
//! `FOTOTA_TEST_BUCKET` an S3-compatible one.

use crate::common::TestEnv;
use crate::common::client::{read, sorted_names};
use crate::common::node::say_skipped;
use crate::common::server::Server;
use crate::common::tus::{create, header, large, offset, patch, photos};
use crate::postgres::{Database, Relay};

/// Rows and pictures of one test.
struct Places {
    database: Database,
    endpoint: url::Url,
    prefix: String,
}

impl Places {
    fn create(test: &str) -> Option<Self> {
        let Ok(endpoint) = std::env::var("FOTOTA_TEST_BUCKET") else {
            say_skipped("FOTOTA_TEST_BUCKET names no service");
            return None;
        };
        let database = Database::create(&format!("bucket_{test}"))?;
        let prefix = format!("it-{}-{test}", std::process::id());
        Some(Self { database, endpoint: endpoint.parse().unwrap(), prefix })
    }

    fn config(&self) -> String {
        format!(
            "[accounts]\nregistration = \"open\"\n\
             [storage]\nurl = \"{}\"\n\
             [storage.bucket]\nname = \"fotota\"\nprefix = \"{}\"\nendpoint = \"{}\"\nkey_id = \"fotota\"\n\
             secret_key = \"fotota-secret\"\n",
            self.database.url(),
            self.prefix,
            self.endpoint
        )
    }
}

#[test]
fn two_nodes_without_a_common_folder_serve_one_event_from_a_bucket() {
    let Some(places) = Places::create("nodes") else { return };
    let first = Server::with(&places.config());
    let mut owner = first.admin();
    let event = owner.create_event("Party");
    owner.upload_samples(event, &["DSC_0101.jpg", "DSC_0103.jpg"]);
    let second = Server::with(&places.config());
    let mut there = second.client();
    there.token = owner.token.clone();
    // An upload goes on at the other node, and becomes one photo.
    let bytes = large();
    let path = create(&mut owner, event, bytes.len());
    assert_eq!(patch(&mut owner, &path, 0, &bytes[..1_000_000]).status, 204);
    assert_eq!(offset(&mut there, &path), 1_000_000);
    let end = patch(&mut there, &path, 1_000_000, &bytes[1_000_000..]);
    let photo = header(&end, "upload-photo");
    for node in [&mut owner, &mut there] {
        node.wait_until_indexed(event);
        assert_eq!(photos(node, event).0.len(), 3);
    }
    there.enter(event);
    there.store_selfie("selfies/Eileen_Collins_1.jpg");
    let found = there.get(&format!("/events/{event}/find-my-face")).expect(200);
    assert_eq!(sorted_names(&found), ["DSC_0101.jpg", "DSC_0103.jpg", "a é.jpg"]);
    let list = owner.get(&format!("/events/{event}/my-event-images")).expect(200);
    let of = |name: &str| list["items"].as_array().unwrap().iter().find(|item| item["file_name"] == name);
    let item = of("DSC_0103.jpg").unwrap();
    let original = there.get(item["original_url"].as_str().unwrap());
    assert!(original.body == read("photos/DSC_0103.jpg"));
    there.headers.push(("range", "bytes=100-299".to_owned()));
    let part = there.get(item["original_url"].as_str().unwrap());
    assert_eq!((part.status, &part.body[..]), (206, &read("photos/DSC_0103.jpg")[100..300]));
    there.headers.clear();
    // A deleted photo is gone everywhere, and nothing of any photo is left on a node.
    let sent = of("a é.jpg").unwrap()["url"].as_str().unwrap().to_owned();
    assert_eq!(there.get(&sent).status, 200);
    assert_eq!(owner.delete(&format!("/images/{photo}")).status, 204);
    there.get(&sent).refused(403, "link.invalid");
    for node in [&first, &second] {
        let of_photos = ["originals/", "derived/", "uploads/", "selfies/", "incoming/", "secrets/"];
        let files = node.files();
        assert!(
            files.iter().all(|file| of_photos.iter().all(|folder| !file.starts_with(folder))),
            "{files:?}"
        );
        node.assert_not_logged(&["fotota-secret"]);
    }
    // Each file is where its row says: two photos with two pictures each.
    let config = first.env.root().join("config.toml");
    let looked = first.env.run(&["--config", config.to_str().unwrap(), "doctor", "--deep"]);
    let said = String::from_utf8_lossy(&looked.stdout).into_owned();
    assert!(looked.status.success() && said.contains("6 files"), "{said}");
    assert!(!said.contains("damaged"), "{said}");
}

#[test]
fn pages_get_pictures_from_the_bucket_itself_if_they_may() {
    let Some(places) = Places::create("direct") else { return };
    let server = Server::with(&format!("{}direct = true\n", places.config()));
    let mut owner = server.admin();
    let event = owner.create_event("Party");
    owner.upload_samples(event, &["DSC_0101.jpg"]);
    owner.wait_until_indexed(event);
    let items = owner.get(&format!("/events/{event}/my-event-images")).expect(200)["items"].clone();
    let [preview, original] = ["url", "original_url"].map(|kind| items[0][kind].as_str().unwrap().to_owned());
    let through = owner.get(&preview);
    assert_eq!(through.status, 200, "an app gets it from the server");
    owner.headers.push(("sec-fetch-dest", "image".to_owned()));
    let sent = owner.get(&preview);
    let address = sent.headers["location"].to_str().unwrap().to_owned();
    assert_eq!((sent.status, &sent.headers["vary"]), (307, &"sec-fetch-dest".parse().unwrap()));
    let origin = places.endpoint.origin().ascii_serialization();
    assert!(address.starts_with(&origin));
    assert!(sent.headers["content-security-policy"].to_str().unwrap().ends_with(&origin));
    let mut anybody = server.client();
    assert!(anybody.get(&address).body == through.body);
    assert_eq!(anybody.get(address.split_once('?').unwrap().0).status, 403, "not without the signature");
    // What is left out of originals is left out by the server.
    assert_eq!(owner.get(&original).status, 200);
}

#[test]
fn a_database_belongs_to_one_bucket() {
    let Some(mut places) = Places::create("other") else { return };
    let server = Server::with(&places.config());
    server.admin().create_event("Party");
    places.prefix.push_str("-other");
    let env = TestEnv::new();
    env.put("config.toml", places.config().as_bytes());
    let config = env.card().join("config.toml");
    let refused = env.run(&["--config", config.to_str().unwrap(), "event", "list"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("belongs to other pictures"), "{said}");
}

#[test]
fn while_the_bucket_is_away_nothing_is_lost_and_apps_are_told_to_try_again() {
    let Some(mut places) = Places::create("away") else { return };
    let address = places.endpoint.socket_addrs(|| None).unwrap()[0];
    let relay = Relay::to(address);
    places.endpoint.set_port(Some(relay.port)).unwrap();
    let server = Server::with(&places.config());
    let mut owner = server.admin();
    let event = owner.create_event("Party");
    owner.upload_samples(event, &["DSC_0102.jpg", "DSC_0103.jpg", "DSC_0105.jpg", "DSC_0106.jpg"]);
    let bytes = large();
    let path = create(&mut owner, event, bytes.len());
    assert_eq!(patch(&mut owner, &path, 0, &bytes[..1_000_000]).status, 204);
    relay.cut();
    patch(&mut owner, &path, 1_000_000, &bytes[1_000_000..]).refused(503, "server.busy");
    relay.mend();
    let at = offset(&mut owner, &path);
    assert!(at == 1_000_000 || at == bytes.len(), "{at}");
    assert!(patch(&mut owner, &path, at, &bytes[at..]).headers.contains_key("upload-photo"));
    // The photos that were being indexed meanwhile are not given up, nor marked as damaged.
    owner.wait_until_indexed(event);
    let list = owner.get(&format!("/events/{event}/my-event-images")).expect(200);
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 5);
    assert!(items.iter().all(|item| item["state"] == "indexed" && item["damaged"] == false), "{list}");
}
