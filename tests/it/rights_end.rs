//! The end of every right to see pictures counts for the next request, although the server recalls rights and keeps
//! pictures in memory.

use serde_json::json;

use crate::common::client::Client;
use crate::common::server::Server;

/// Who is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    Guest,
    User,
    Both,
}
use Ends::{Both, Guest, User};

struct Viewers {
    guest: Client,
    user: Client,
    guests_paths: Vec<String>,
    signed_paths: Vec<String>,
}

impl Viewers {
    fn of(server: &Server, admin: &mut Client, event: i64) -> Self {
        let (mut guest, base) = server.guest(admin, event);
        let id = guest.get(&format!("{base}/photos")).expect(200)["items"][0]["id"].clone();
        let guests_paths = ["thumbnail", "medium", "preview", "download"]
            .map(|kind| format!("{base}/photos/{id}/{kind}"))
            .to_vec();
        let mut user = server.user("rina");
        user.enter(event);
        let photos = user.get(&format!("/events/{event}/images")).expect(200);
        let photo = &photos["items"][0];
        let signed_paths = ["thumbnail_url", "medium_url", "url", "original_url"]
            .map(|name| photo[name].as_str().unwrap().to_owned())
            .to_vec();
        Self { guest, user, guests_paths, signed_paths }
    }

    fn expect(&mut self, refused: &[Ends], when: &str) {
        for path in &self.guests_paths {
            let is_refused = refused.iter().any(|who| [Guest, Both].contains(who));
            assert_eq!(self.guest.get(path).status == 200, !is_refused, "{when}: {path}");
        }
        for path in &self.signed_paths {
            let is_refused = refused.iter().any(|who| [User, Both].contains(who));
            assert_eq!(self.user.get(path).status == 200, !is_refused, "{when}: {path}");
        }
    }
}

#[test]
fn no_right_outlives_its_end() {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    admin.upload_samples(event, &["DSC_0101.jpg"]);
    admin.wait_until_indexed(event);
    let mut viewers = Viewers::of(&server, &mut admin, event);
    // By another process, and back.
    for (who, end, back) in [
        (Both, "update photo set hidden = 1", "update photo set hidden = 0"),
        (Both, "update event set closed_at_ms = 1", "update event set closed_at_ms = null"),
        (
            Both,
            "update event set password_hash = password_hash || 'x', password_version = password_version + 1",
            "update event set password_hash = substr(password_hash, 1, length(password_hash) - 1),
                 password_version = password_version - 1",
        ),
        (Both, "update event set visibility = 'matches'", "update event set visibility = 'all'"),
        (
            Guest,
            "update guest_session set expires_at_ms = 1",
            "update guest_session set expires_at_ms = 9000000000000000",
        ),
        (
            User,
            "update account set disabled_at_ms = 1 where login = 'rina'",
            "update account set disabled_at_ms = null",
        ),
    ] {
        viewers.expect(&[], end);
        server.change(end);
        viewers.expect(&[who], end);
        server.change(back);
    }
    // By this process, at once.
    let id = viewers.guests_paths[0].split('/').nth(4).unwrap().parse::<i64>().unwrap();
    let mut change = |action: &str| {
        let change = json!({ "ids": [id], "action": action });
        admin.post(&format!("/events/{event}/images/change"), &change).expect(200);
    };
    for _ in 0..3 {
        viewers.expect(&[], "shown");
        change("hide");
        viewers.expect(&[Both], "hidden");
        change("show");
    }
    viewers.expect(&[], "before the guest leaves");
    let base = viewers.guests_paths[0].split("/photos").next().unwrap().to_owned();
    viewers.guest.delete(&format!("{base}/session")).expect(204);
    viewers.expect(&[Guest], "after the guest has left");
    change("delete");
    viewers.expect(&[Both], "deleted");
}
