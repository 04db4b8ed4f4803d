//! Whether a server is live and ready, for containers and supervisors.

use std::thread::park_timeout;
use std::time::Duration;

use serde_json::json;

use crate::common::server::Server;

#[test]
fn a_server_is_live_and_ready_until_it_cannot_write() {
    let server = Server::start();
    assert_eq!(server.client().get("/health/live").expect(200), json!({ "status": "live" }));
    assert_eq!(server.client().get("/health/ready").expect(200), json!({ "status": "ready" }));
    // Somebody else holds the database for longer than a writer waits.
    let connection = rusqlite::Connection::open(server.env.data().join("fotota.db")).unwrap();
    connection.execute_batch("begin exclusive").unwrap();
    // An answer counts for a moment.
    let answers = std::iter::repeat_with(|| {
        park_timeout(Duration::from_millis(100));
        server.client().get("/health/ready")
    });
    let answer = answers.take(100).find(|answer| answer.status != 200).unwrap();
    answer.refused(503, "server.not_ready");
    assert_eq!(answer.json()["reasons"], json!(["database"]));
    assert_eq!(server.client().get("/health/live").expect(200), json!({ "status": "live" }));
    connection.execute_batch("rollback").unwrap();
    let is_ready = (0..100).any(|_| {
        park_timeout(Duration::from_millis(100));
        server.client().get("/health/ready").status == 200
    });
    assert!(is_ready);
}
