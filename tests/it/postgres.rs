//! The whole program with its rows in `PostgreSQL`: where `FOTOTA_TEST_POSTGRES` names a server.

use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use postgres::{Client, NoTls};

use crate::common::node::say_skipped;
use crate::common::server::Server;
use crate::common::{FEW, TestEnv};

/// A database that is dropped at the end.
pub struct Database {
    url: url::Url,
    name: String,
}

impl Database {
    pub fn create(test: &str) -> Option<Self> {
        let Ok(server) = std::env::var("FOTOTA_TEST_POSTGRES") else {
            say_skipped("FOTOTA_TEST_POSTGRES names no server");
            return None;
        };
        let mut url: url::Url = server.parse().unwrap();
        url.set_path("postgres");
        let name = format!("fotota_test_it_{}_{test}", std::process::id());
        let mut admin = Client::connect(url.as_str(), NoTls).unwrap();
        admin.batch_execute(&format!("drop database if exists {name} with (force)")).unwrap();
        admin.batch_execute(&format!("create database {name}")).unwrap();
        Some(Self { url, name })
    }

    pub fn url(&self) -> String {
        let mut url = self.url.clone();
        url.set_path(&self.name);
        url.into()
    }

    pub fn connect(&self) -> Client {
        Client::connect(&self.url(), NoTls).unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let mut admin = Client::connect(self.url.as_str(), NoTls).unwrap();
        admin.batch_execute(&format!("drop database {} with (force)", self.name)).unwrap();
    }
}

#[test]
fn an_event_lives_in_postgresql_and_through_a_restart() {
    let Some(database) = Database::create("restart") else { return };
    let config = format!("[storage]\nurl = \"{}\"\n[accounts]\nregistration = \"open\"\n", database.url());
    let server = Server::with(&config);
    let mut owner = server.admin();
    let event = owner.create_event("Party");
    owner.upload_samples(event, &FEW);
    owner.wait_until_indexed(event);
    owner.enter(event);
    owner.store_selfie("selfies/Eileen_Collins_1.jpg");
    let find = |client: &mut crate::common::client::Client| {
        let found = client.get(&format!("/events/{event}/find-my-face")).expect(200);
        crate::common::client::sorted_names(&found).join(" ")
    };
    let found = find(&mut owner);
    assert_eq!(found, "DSC_0101.jpg DSC_0103.jpg");
    assert!(!server.env.data().join("fotota.db").exists());
    let token = owner.token.clone();
    server.assert_not_logged(&[&database.url()]);
    let env = server.kill();
    // Without the URL nothing begins beside the rows.
    let refused = env.run(&["event", "list"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("are on a database server"), "{said}");
    let server = Server::on(env, &config);
    let mut owner = server.client();
    owner.token = token;
    assert_eq!(find(&mut owner), found);
    let path = server.env.root().join("config.toml");
    let backup = server.env.root().join("backup");
    let arguments = ["--config", path.to_str().unwrap(), "backup", backup.to_str().unwrap()];
    let refused = server.env.run(&arguments);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("pg_dump"), "{said}");
}

/// A connection to the server that can be cut, as a network is.
pub struct Relay {
    pub port: u16,
    is_open: Arc<AtomicBool>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Relay {
    pub fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let relay = Self { port, is_open: Arc::new(true.into()), streams: Arc::default() };
        let (is_open, streams) = (relay.is_open.clone(), relay.streams.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if !is_open.load(Ordering::SeqCst) {
                    continue;
                }
                let server = TcpStream::connect(server).unwrap();
                for (mut from, mut to) in
                    [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)]
                {
                    streams.lock().unwrap().push(from.try_clone().unwrap());
                    std::thread::spawn(move || {
                        std::io::copy(&mut from, &mut to).ok();
                        to.shutdown(Shutdown::Both).ok();
                    });
                }
            }
        });
        relay
    }

    pub fn cut(&self) {
        self.is_open.store(false, Ordering::SeqCst);
        for stream in self.streams.lock().unwrap().drain(..) {
            stream.shutdown(Shutdown::Both).ok();
        }
    }

    pub fn mend(&self) {
        self.is_open.store(true, Ordering::SeqCst);
    }
}

#[test]
fn while_the_database_is_away_apps_are_told_to_try_again() {
    let Some(database) = Database::create("away") else { return };
    let mut url: url::Url = database.url().parse().unwrap();
    let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
    let relay = Relay::to(host.to_socket_addrs().unwrap().next().unwrap());
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(relay.port)).unwrap();
    let server = Server::with(&format!("[storage]\nurl = \"{url}\"\n[accounts]\nregistration = \"open\"\n"));
    let mut owner = server.admin();
    let event = owner.create_event("Party");
    relay.cut();
    for _ in 0..2 {
        assert_eq!(owner.get("/events/my-events").expect(503)["code"], "server.busy");
    }
    relay.mend();
    assert!(owner.get("/events/my-events").expect(200).to_string().contains(&event.to_string()));
}

#[test]
fn a_server_that_is_away_is_named_without_its_password() {
    let env = TestEnv::new();
    let mut command = env.command(&["event", "list"]);
    let output =
        command.env("FOTOTA_STORAGE_URL", "postgres://ana:hush@127.0.0.1:1/photos").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && said.contains("`photos` at `127.0.0.1:1` cannot be reached"),
        "{said}"
    );
    assert!(!said.contains("hush") && !env.data().join("fotota.db").exists(), "{said}");
}
