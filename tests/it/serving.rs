//! The server as a process: started on a free port, called over real connections, stopped by a signal.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::common::{FEW, TestEnv};

struct Server {
    child: Child,
    address: String,
    links: Vec<String>,
}

impl Server {
    fn start(env: &TestEnv) -> Self {
        let mut command = env.command(&["serve", "--bind", "127.0.0.1:0", "--json"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let address = ready["listening"].as_str().unwrap().trim_start_matches("http://").to_owned();
        let events = ready["events"].as_array().unwrap();
        let links = events.iter().map(|event| event["link"].as_str().unwrap().to_owned()).collect();
        Self { child, address, links }
    }

    fn get(&self, path: &str) -> String {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address))
    }

    fn send(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn serves_events_indexes_pending_photos_and_stops_on_a_signal() {
    let env = TestEnv::new().with_photos(&FEW[..1]).with_event();
    let mut server = Server::start(&env);
    assert!(server.get("/health").contains("\"healthy\""));
    let path = server.links[0].split(&server.address).nth(1).unwrap().to_owned();
    assert!(server.get(&path).starts_with("HTTP/1.1 200"));
    // Photos and events that another process adds are visible at once.
    assert_eq!(env.import()["imported"], 1);
    assert!(server.get(&path).contains("\"photos\":1"));
    let second = env.json(&["event", "create", "Second"]);
    let path = format!("/e/{}", second["share_code"].as_str().unwrap());
    assert!(server.get(&path).contains("Second"));
    #[cfg(unix)]
    {
        let pid = server.child.id().to_string();
        assert!(std::process::Command::new("kill").arg(&pid).status().unwrap().success());
        assert!(server.child.wait().unwrap().success());
    }
}

#[test]
fn commands_and_a_second_server_know_the_running_one() {
    let env = TestEnv::new().with_event();
    let server = Server::start(&env);
    let created = env.json(&["event", "create", "Second"]);
    let link = created["link"].as_str().unwrap();
    assert!(link.starts_with(&format!("http://{}/e/", server.address)), "{link} {}", server.address);
    let mut second = env.command(&["serve", "--bind", "127.0.0.1:0", "--json"]);
    let mut second = second.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    BufReader::new(second.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
    second.kill().unwrap();
    let mut said = String::new();
    second.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    second.wait().unwrap();
    assert!(said.contains("another server runs") && said.contains(&server.address), "{said}");
}

#[test]
fn a_request_names_one_host_and_links_name_only_this_computer() {
    let server = Server::start(&TestEnv::new());
    let own = format!("http://{}/docs", server.address);
    for (request, documentation) in [
        ("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", Some(own.as_str())),
        ("GET / HTTP/1.1\r\nHost: localhost:7\r\nConnection: close\r\n\r\n", Some("http://localhost:7/docs")),
        ("GET / HTTP/1.0\r\n\r\n", Some(own.as_str())),
        ("GET / HTTP/1.1\r\nConnection: close\r\n\r\n", None),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n", None),
        ("GET / HTTP/1.0\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", None),
    ] {
        let answer = server.send(request);
        let expected = match documentation {
            Some(url) => format!("\"documentation_url\":\"{url}\""),
            None => "\"request.host\"".to_owned(),
        };
        assert!(answer.contains(&expected), "{request}: {answer}");
        assert_eq!(
            answer.starts_with("HTTP/1.1 400") || answer.starts_with("HTTP/1.0 400"),
            documentation.is_none()
        );
    }
}
