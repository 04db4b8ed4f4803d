//! Cameras that encrypt (FTPS, explicit).

use std::io::{Read, Write};
use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, HandshakeKind, RootCertStore, StreamOwned};

use crate::common::TestEnv;
use crate::common::client::read;
use crate::common::ftp::{CONFIG, Camera, Ftp};
use crate::common::server::Server;

fn put(env: &TestEnv, name: &str, text: &str) -> String {
    let path = env.root().join(name);
    Write::write_all(&mut std::fs::File::create(&path).unwrap(), text.as_bytes()).unwrap();
    path.to_str().unwrap().replace('\\', "/")
}

/// A server with a certificate, and clients' trust in it.
fn start(more: &str) -> (Server, Arc<ClientConfig>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let env = TestEnv::new();
    let certificate = put(&env, "certificate.pem", &made.cert.pem());
    let key = put(&env, "key.pem", &made.signing_key.serialize_pem());
    let config = format!("{CONFIG}certificate = \"{certificate}\"\nkey = \"{key}\"\n{more}");
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let client = client.with_safe_default_protocol_versions().unwrap();
    (Server::on(env, &config), Arc::new(client.with_root_certificates(roots).with_no_client_auth()))
}

#[test]
fn passwords_and_photos_are_encrypted_where_that_is_required() {
    let (server, tls) = start("require_tls = true\n");
    let event = server.admin().create_event("Party");
    let camera = Camera::add(&server, event, "r5");
    let mut ftp = Ftp::connect(camera.address);
    assert_eq!((ftp.code("USER r5"), ftp.code("PROT P"), ftp.code("AUTH KERBEROS")), (530, 503, 504));
    assert_eq!(ftp.code("AUTH TLS"), 234);
    let mut ftp = ftp.encrypt(&tls);
    assert_eq!(ftp.sign_in("r5", &camera.password).0, 230);
    assert_eq!((ftp.code("STOR A.JPG"), ftp.code("PROT C"), ftp.code("AUTH TLS")), (521, 534, 503));
    assert_eq!((ftp.code("PBSZ 0"), ftp.code("PROT P")), (200, 200));
    let data = ftp.connect_data();
    assert_eq!(ftp.code("STOR A.JPG"), 150);
    let connection = ClientConnection::new(tls, "localhost".try_into().unwrap()).unwrap();
    let mut data = StreamOwned::new(connection, data);
    data.write_all(&read("photos/DSC_0101.jpg")).unwrap();
    data.conn.send_close_notify();
    data.flush().unwrap();
    // Clients wait for the server's own end, and take the file for lost else.
    assert_eq!(data.read(&mut [0]).unwrap(), 0);
    assert_eq!(data.conn.handshake_kind(), Some(HandshakeKind::Resumed));
    assert_eq!(ftp.reply().0, 226);
    assert_eq!(server.count("select count(*) from photo"), 1);
}

#[test]
fn encryption_is_a_choice_else() {
    let (server, _) = start("");
    let event = server.admin().create_event("Party");
    let mut ftp = Camera::add(&server, event, "r5").sign_in();
    assert_eq!(ftp.store("STOR A.JPG", &read("photos/DSC_0101.jpg")).0, 226);
    let plain = Server::with(CONFIG);
    assert_eq!(Ftp::connect(plain.ftp.unwrap()).code("AUTH TLS"), 502);
}

#[test]
fn what_is_no_certificate_is_an_error() {
    let env = TestEnv::new();
    let other = put(&env, "other.pem", "no certificate");
    let config = put(&env, "config.toml", &format!("{CONFIG}certificate = \"{other}\"\nkey = \"{other}\"\n"));
    let output = env.run(&["serve", "--bind", "127.0.0.1:0", "--config", &config]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && error.contains("is no PEM file of"), "{error}");
}
