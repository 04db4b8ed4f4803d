//! A certificate authority (Pebble, by the authors of Let's Encrypt's) and a DNS server, for tests of ACME.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fotota::outbound::{Outbound, get_request};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

use super::TestEnv;
use super::node::say_skipped;
use super::tls::{Authority, files, put};

/// A port that nobody listens on now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub struct Pebble {
    child: Child,
    ports: [u16; 2],
    authority: Authority,
}

impl Pebble {
    /// Verifies names at `tls_port` and by that DNS server. Where Pebble is not installed, it says so: `None`.
    pub fn start(env: &TestEnv, tls_port: u16, dns: SocketAddr) -> Option<Self> {
        let program = std::env::var_os("FOTOTA_PEBBLE").map_or_else(|| "pebble".into(), PathBuf::from);
        let (authority, ports) = (Authority::new(), [free_port(), free_port()]);
        authority.issue(env, &["localhost", "127.0.0.1"]);
        let [certificate, key] = files(env);
        let config = serde_json::json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{}", ports[0]),
            "managementListenAddress": format!("127.0.0.1:{}", ports[1]),
            "certificate": certificate, "privateKey": key, "httpPort": 1, "tlsPort": tls_port,
            "domainBlocklist": ["blocked.example"],
        }});
        let path = env.root().join("pebble.json");
        put(&path, &config.to_string());
        let child = Command::new(program)
            .arg("-config")
            .arg(path)
            .args(["-dnsserver", &dns.to_string()])
            // Nonces are refused at random: clients must ask for new ones.
            .envs([("PEBBLE_VA_NOSLEEP", "1"), ("PEBBLE_WFE_NONCEREJECT", "5")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(child) = child else {
            say_skipped("no certificate authority to test with: `pebble` is not installed");
            return None;
        };
        let pebble = Self { child, ports, authority };
        while TcpStream::connect(("127.0.0.1", ports[0])).is_err() {
            std::thread::park_timeout(Duration::from_millis(50));
        }
        Some(pebble)
    }

    /// For `[https.acme]`, below which more may follow.
    pub fn config(&self, env: &TestEnv, names: &str, more: &str) -> String {
        let root = env.root().join("pebble-root.crt");
        put(&root, &self.authority.pem());
        let (root, port) = (root.to_str().unwrap().replace('\\', "/"), self.ports[0]);
        format!(
            "[https.acme]\nnames = {names}\naccept_terms = true\ncontact = \"ana@example.com\"\n\
             directory = \"https://127.0.0.1:{port}/dir\"\nroot = \"{root}\"\n{more}"
        )
    }

    /// The root of the certificates that it issues.
    pub fn root(&self) -> CertificateDer<'static> {
        let url = format!("https://127.0.0.1:{}/roots/0", self.ports[1]);
        let client = Outbound::new([url.as_str()]).trusting(&self.authority.der());
        let pem = client.send(get_request(&url).unwrap()).unwrap().into_body();
        CertificateDer::from_pem_slice(&pem).unwrap()
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Texts by name.
type Records = Arc<Mutex<HashMap<String, Vec<String>>>>;

/// Says that every name is this computer, and takes updates of texts that are signed with its key.
pub struct Dns {
    pub address: SocketAddr,
    pub records: Records,
    /// All names that were ever given a text.
    pub history: Records,
}

pub const DNS_KEY: &[u8] = b"a key of the DNS server's";

impl Dns {
    pub fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let dns =
            Self { address: socket.local_addr().unwrap(), records: Arc::default(), history: Arc::default() };
        let (records, history) = (dns.records.clone(), dns.history.clone());
        // Ends with the tests.
        std::thread::spawn(move || {
            let mut buffer = [0; 1500];
            while let Ok((length, peer)) = socket.recv_from(&mut buffer) {
                let message = &buffer[..length];
                let is_update = message[2] >> 3 & 15 == 5;
                let answer = if is_update {
                    update(message, &records, &history)
                } else {
                    answer(message, &records.lock().unwrap())
                };
                socket.send_to(&answer, peer).unwrap();
            }
        });
        dns
    }
}

/// A name of a message, and where it ends.
fn name(message: &[u8], mut at: usize) -> (String, usize) {
    let mut labels = Vec::new();
    loop {
        let length = usize::from(message[at]);
        at += 1;
        if length == 0 {
            return (labels.join("."), at);
        }
        labels.push(String::from_utf8(message[at..at + length].to_ascii_lowercase()).unwrap());
        at += length;
    }
}

fn number(message: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([message[at], message[at + 1]])
}

fn answer(question: &[u8], records: &HashMap<String, Vec<String>>) -> Vec<u8> {
    let (asked, end) = name(question, 12);
    let kind = number(question, end);
    let data: Vec<Vec<u8>> = match kind {
        1 => vec![vec![127, 0, 0, 1]],
        16 => {
            let texts = records.get(&asked).into_iter().flatten();
            texts.map(|text| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()).collect()
        }
        _ => Vec::new(),
    };
    let count = u8::try_from(data.len()).unwrap();
    let mut answer =
        [&question[..2], &[0x84, 0, 0, 1, 0, count, 0, 0, 0, 0], &question[12..end + 4]].concat();
    for data in data {
        // The name of the question, its kind, IN, no time to live.
        answer.extend([0xC0, 12, 0, u8::try_from(kind).unwrap(), 0, 1, 0, 0, 0, 0, 0]);
        answer.push(u8::try_from(data.len()).unwrap());
        answer.extend(data);
    }
    answer
}

fn update(message: &[u8], records: &Records, history: &Records) -> Vec<u8> {
    let (zone, end) = name(message, 12);
    let (owner, at) = name(message, end + 4);
    let (kind, class, length) =
        (number(message, at), number(message, at + 2), usize::from(number(message, at + 8)));
    let text = String::from_utf8(message[at + 11..at + 10 + length].to_vec()).unwrap();
    let signature = at + 10 + length;
    let valid =
        is_signed(message, signature) && zone == "example" && owner.ends_with(".example") && kind == 16;
    if valid {
        let mut records = records.lock().unwrap();
        match class {
            1 => {
                history.lock().unwrap().entry(owner.clone()).or_default().push(text.clone());
                records.entry(owner).or_default().push(text);
            }
            254 => records.entry(owner).or_default().retain(|known| *known != text),
            other => panic!("class {other}"),
        }
    }
    [&message[..2], &[0xA8, if valid { 0 } else { 9 }, 0, 0, 0, 0, 0, 0, 0, 0]].concat()
}

/// By RFC 8945, 4.3.3: over the message without its signature, and the signature's own fields.
fn is_signed(message: &[u8], at: usize) -> bool {
    let (key, fields) = name(message, at);
    let (algorithm, end) = name(message, fields + 10);
    let size = usize::from(number(message, end + 8));
    let mac = &message[end + 10..end + 10 + size];
    let mut unsigned = message[..at].to_vec();
    unsigned[11] = 0;
    let mut computed = Hmac::<Sha256>::new_from_slice(DNS_KEY).unwrap();
    computed.update(&unsigned);
    computed.update(&message[at..fields]);
    computed.update(&message[fields + 2..fields + 8]);
    computed.update(&message[fields + 10..end + 8]);
    computed.update(&message[end + 12 + size..end + 16 + size]);
    let counted = number(message, 10) == 1 && number(message, fields) == 250;
    counted && key == "fotota" && algorithm == "hmac-sha256" && computed.verify_slice(mac).is_ok()
}
