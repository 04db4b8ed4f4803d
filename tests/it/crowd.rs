//! Hundreds of guests behind one address, one of whom guesses the event's password.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::common::client::{Client, EVENT_PASSWORD};
use crate::common::server::Server;

const GUESTS: usize = 300;
const AT_ONCE: usize = 20;

/// Tries a password.
fn enter(client: &mut Client, code: &str, password: &str) -> u16 {
    client.post(&format!("/e/{code}/session"), &json!({ "password": password })).status
}

/// Guesses as fast as the server answers, until `stop`. Returns how many guesses were compared, and how many rejected
/// without a comparison.
fn guess(server: &Server, code: &str, stop: &AtomicBool, keeps_cookies: bool) -> (u32, u32) {
    let mut guesser = server.client();
    guesser.get(&format!("/e/{code}"));
    let (mut compared, mut refused) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        if !keeps_cookies {
            guesser.cookies.clear();
        }
        match enter(&mut guesser, code, &format!("guess {compared}")) {
            401 => compared += 1,
            429 => refused += 1,
            other => panic!("{other}"),
        }
    }
    (compared, refused)
}

fn crowd_and_guesser(keeps_cookies: bool) {
    let server = Server::start();
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let shown = admin.get(&format!("/events/{event}")).expect(200);
    let code = shown["share_code"].as_str().unwrap();
    let stop = AtomicBool::new(false);
    let (compared, refused) = std::thread::scope(|scope| {
        let guesser = scope.spawn(|| guess(&server, code, &stop, keeps_cookies));
        let guests: Vec<_> = (0..AT_ONCE)
            .map(|first| {
                let server = &server;
                scope.spawn(move || {
                    for guest in (first..GUESTS).step_by(AT_ONCE) {
                        let mut phone = server.client();
                        assert_eq!(phone.get(&format!("/e/{code}")).status, 200);
                        // Every third guest mistypes first.
                        if guest % 3 == 0 {
                            assert_eq!(enter(&mut phone, code, "rahasiah"), 401, "guest {guest}");
                        }
                        assert_eq!(enter(&mut phone, code, EVENT_PASSWORD), 204, "guest {guest}");
                    }
                })
            })
            .collect();
        for guest in guests {
            guest.join().unwrap();
        }
        stop.store(true, Ordering::Relaxed);
        guesser.join().unwrap()
    });
    // Six at once, then one after 1, 2, 4, ... seconds: 15 would take over two minutes.
    assert!(compared <= 15, "{compared} guesses were compared");
    assert!(refused > 100, "only {refused} guesses were refused: no flood");
}

#[test]
fn three_hundred_guests_enter_while_one_of_them_guesses() {
    crowd_and_guesser(true);
}

#[test]
fn three_hundred_guests_enter_while_a_client_without_cookies_guesses() {
    crowd_and_guesser(false);
}

#[test]
fn guessing_an_accounts_password_slows_only_the_guesser() {
    let server = Server::start();
    server.user("rina");
    let sign_in = |client: &mut Client, password: &str| {
        client.post("/auth/local", &json!({ "login": "rina", "password": password }))
    };
    let mut guesser = server.client();
    let statuses: Vec<u16> = (0..20).map(|n| sign_in(&mut guesser, &format!("guess {n}")).status).collect();
    assert!(statuses[..6].iter().all(|status| *status == 401), "{statuses:?}");
    let refused = sign_in(&mut guesser, "guess");
    refused.refused(429, "limit.wait");
    assert!(refused.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() >= 1);
    // Her own browser, which has opened a page before.
    let mut admin = server.admin();
    let event = admin.create_event("Party");
    let code = admin.get(&format!("/events/{event}")).expect(200)["share_code"].as_str().unwrap().to_owned();
    let mut rina = server.client();
    rina.get(&format!("/e/{code}"));
    sign_in(&mut rina, crate::common::server::PASSWORD).expect(200);
}
