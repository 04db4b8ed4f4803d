//! Two-step verification, with an authenticator app that the test is.

use fotota::domain::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::common::client::{Answer, Client};
use crate::common::server::{PASSWORD, Server};

const PATH: &str = "/users/me/second-factor";

/// What an authenticator app shows `later` steps from now (RFC 6238), from the key that people type.
fn app_code(secret: &str, later: i64) -> String {
    let place = |c: char| u64::try_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(c).unwrap()).unwrap();
    let letters: Vec<char> = secret.chars().collect();
    let key: Vec<u8> = letters
        .chunks(8)
        .flat_map(|eight| {
            let bits = eight.iter().fold(0, |bits, letter| bits << 5 | place(*letter));
            bits.to_be_bytes()[3..].to_vec()
        })
        .collect();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let hash = ring::hmac::sign(&key, &(SystemClock.now().unix_s() / 30 + later).to_be_bytes());
    let at = usize::from(hash.as_ref()[19] & 15);
    let number = u32::from_be_bytes(hash.as_ref()[at..at + 4].try_into().unwrap()) & 0x7FFF_FFFF;
    format!("{:06}", number % 1_000_000)
}

fn credentials(login: &str, code: Option<&str>) -> Value {
    json!({ "login": login, "password": PASSWORD, "code": code })
}

fn remove(client: &mut Client, password: &str, code: &str) -> Answer {
    let body = json!({ "password": password, "code": code }).to_string();
    client.send("DELETE", PATH, "application/json", body.into_bytes())
}

/// Turns it on; returns the app's key, the code that was used, and the recovery codes.
fn turn_on(user: &mut Client) -> (String, String, Vec<String>) {
    let made = user.post(PATH, &json!({ "password": PASSWORD })).expect(201);
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert!(made["uri"].as_str().unwrap().contains(&format!("secret={secret}&")), "{made}");
    assert!(made["qr"].as_str().unwrap().starts_with("<svg"));
    let code = app_code(&secret, 0);
    let confirmed = user.put(PATH, &json!({ "code": code })).expect(200);
    let codes = confirmed["recovery_codes"].as_array().unwrap();
    (secret, code, codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect())
}

#[test]
fn a_sign_in_asks_for_a_code_and_each_works_once() {
    let server = Server::start();
    let mut user = server.user("rina");
    let mut elsewhere = server.client();
    elsewhere.post("/auth/session", &credentials("rina", None)).expect(201);
    assert_eq!(user.get(PATH).expect(200)["enabled_at"], Value::Null);
    // Nothing changes before the app has shown that it knows the secret, or without the password.
    user.post(PATH, &json!({ "password": "wrong password" })).refused(403, "account.password_wrong");
    user.put(PATH, &json!({ "code": "000000" })).refused(409, "second_factor.missing");
    user.post(PATH, &json!({ "password": PASSWORD })).expect(201);
    user.put(PATH, &json!({ "code": "12345" })).refused(403, "auth.second_factor_wrong");
    server.client().post("/auth/local", &credentials("rina", None)).expect(200);
    let (secret, spent, codes) = turn_on(&mut user);
    assert_eq!(codes.len(), 10);
    // Other sessions end, and this one goes on.
    elsewhere.get("/users/me").refused(401, "auth.required");
    let status = user.get(PATH).expect(200);
    assert_eq!((&status["has_password"], &status["recovery_codes_left"]), (&json!(true), &json!(10)));
    user.post(PATH, &json!({ "password": PASSWORD })).refused(409, "second_factor.exists");

    let mut phone = server.client();
    for path in ["/auth/local", "/auth/session"] {
        phone.post(path, &credentials("rina", None)).refused(401, "auth.second_factor_required");
        phone.post(path, &credentials("rina", Some(" "))).refused(401, "auth.second_factor_required");
    }
    let wrong = json!({ "login": "rina", "password": "wrong password", "code": app_code(&secret, 1) });
    phone.post("/auth/local", &wrong).refused(401, "auth.wrong");
    phone.post("/auth/local", &credentials("rina", Some(&spent))).refused(403, "auth.second_factor_wrong");
    let next = app_code(&secret, 1);
    phone.post("/auth/session", &credentials("rina", Some(&next))).expect(201);
    phone
        .nobody()
        .post("/auth/local", &credentials("rina", Some(&next)))
        .refused(403, "auth.second_factor_wrong");
    // A recovery code, as somebody types it from paper.
    let typed = codes[0].to_uppercase().replace('-', " ");
    phone.nobody().post("/auth/local", &credentials("rina", Some(&typed))).expect(200);
    phone
        .nobody()
        .post("/auth/local", &credentials("rina", Some(&typed)))
        .refused(403, "auth.second_factor_wrong");
    assert_eq!(user.get(PATH).expect(200)["recovery_codes_left"], 9);
    // Other accounts do not notice.
    server.user("adi");
    server.client().post("/auth/local", &credentials("adi", None)).expect(200);
}

#[test]
fn a_second_factor_is_removed_with_password_and_code() {
    let server = Server::start();
    let mut user = server.user("rina");
    remove(&mut user, PASSWORD, "000000").refused(409, "second_factor.missing");
    let (_, _, codes) = turn_on(&mut user);
    remove(&mut user, "wrong password", &codes[0]).refused(403, "account.password_wrong");
    remove(&mut user, PASSWORD, "aaaa-aaaa-aaaa").refused(403, "auth.second_factor_wrong");
    // New recovery codes end the former ones.
    let renewed = user.post(&format!("{PATH}/recovery-codes"), &json!({ "code": codes[1] })).expect(201);
    remove(&mut user, PASSWORD, &codes[2]).refused(403, "auth.second_factor_wrong");
    let code = renewed["recovery_codes"][0].as_str().unwrap();
    remove(&mut user, PASSWORD, code).expect(204);
    server.client().post("/auth/local", &credentials("rina", None)).expect(200);
}

#[test]
fn guesses_of_codes_wait_wherever_they_come_from() {
    let config = "[accounts]\nregistration = \"open\"\n[server]\nbehind_proxy = true\n";
    let server = Server::with(config);
    let (_, _, codes) = turn_on(&mut server.user("rina"));
    let guess = |n: u32, code: &str| {
        let mut client = server.client();
        client.headers.push(("x-forwarded-for", format!("203.0.113.{n}")));
        client.post("/auth/local", &credentials("rina", Some(code))).status
    };
    let answers: Vec<u16> = (1..=8).map(|n| guess(n, "not-a-code")).collect();
    assert_eq!(answers, [403, 403, 403, 403, 403, 403, 429, 429], "five are free, then pauses grow");
    assert_eq!(guess(9, &codes[0]), 429, "the right code waits too");
}

#[test]
fn somebody_locked_out_is_helped_at_the_computer() {
    let server = Server::start();
    let mut user = server.user("rina");
    turn_on(&mut user);
    server
        .client()
        .post("/auth/local", &credentials("rina", None))
        .refused(401, "auth.second_factor_required");
    server.env.json(&["user", "remove-second-factor", "rina"]);
    server.client().post("/auth/local", &credentials("rina", None)).expect(200);
    assert!(!server.env.command(&["user", "remove-second-factor", "rina"]).status().unwrap().success());
}

#[test]
fn a_copy_of_the_database_has_neither_secret_nor_codes() {
    let server = Server::start();
    let (secret, _, codes) = turn_on(&mut server.user("rina"));
    let files = ["fotota.db", "fotota.db-wal"].map(|name| server.env.data().join(name));
    let bytes: Vec<u8> = files.iter().filter_map(|file| std::fs::read(file).ok()).flatten().collect();
    let contains = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    assert!(contains(b"rina"), "the account is there");
    assert!(!contains(secret.as_bytes()) && codes.iter().all(|code| !contains(code.as_bytes())));
}
