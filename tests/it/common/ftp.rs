//! Cameras: their sources, and a small FTP client.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use fotota::auth::SourceKeys;
use fotota::domain::{Event, EventId, Source, SourceKind, Timestamp};
use fotota::store::{Durability, Store, events, sources};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::client::read;
use super::server::Server;

pub const CONFIG: &str = "[ftp]\nenabled = true\nport = 0\n";

/// A camera of an event, and its password.
#[derive(Clone)]
pub struct Camera {
    pub address: SocketAddr,
    pub source: Source,
    pub password: String,
}

fn store(server: &Server) -> Store {
    Store::open(&server.env.data(), Durability::Normal).unwrap()
}

impl Camera {
    pub fn add(server: &Server, event: i64, login: &str) -> Self {
        let store = store(server);
        let (event, now) = (EventId::from_i64(event).unwrap(), Timestamp::from_unix_ms(1));
        let mut source = Source::new(event, SourceKind::Camera, login.to_uppercase(), now);
        source.login = Some(login.to_owned());
        source.credit = Some("Sari".to_owned());
        let row = source.clone();
        assert!(store.write(move |db| sources::insert(db, &row)).unwrap());
        let password = SourceKeys::load(&store).unwrap().key(&source);
        Self { address: server.ftp.unwrap(), source, password }
    }

    /// As its owner changes it.
    pub fn change(&self, server: &Server, change: impl FnOnce(&mut Source)) {
        let mut source = self.source.clone();
        change(&mut source);
        assert!(store(server).write(move |db| sources::update(db, &source)).unwrap());
    }

    /// As the event's owner closes and opens it.
    pub fn close_event(&self, server: &Server, closed: bool) {
        let (store, id) = (store(server), self.source.event_id);
        let event = store.read(|db| events::find(db, id)).unwrap().unwrap();
        let event = Event { closed_at: closed.then_some(Timestamp::from_unix_ms(1)), ..event };
        assert!(store.write(move |db| events::update(db, &event)).unwrap());
    }

    /// What went wrong last, and with what.
    pub fn trouble(&self, server: &Server) -> Option<(&'static str, String)> {
        let source = store(server).read(|db| sources::find(db, self.source.id)).unwrap().unwrap();
        source.trouble.map(|trouble| (trouble.kind.as_str(), trouble.detail.unwrap_or_default()))
    }

    pub fn sign_in(&self) -> Ftp {
        let mut ftp = Ftp::connect(self.address);
        let login = self.source.login.as_ref().unwrap();
        assert_eq!(ftp.sign_in(login, &self.password).0, 230);
        ftp
    }
}

/// A control connection, encrypted or not.
trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// A client.
pub struct Ftp {
    control: BufReader<Box<dyn Stream>>,
    address: SocketAddr,
}

/// Code and text.
pub type Reply = (u16, String);

impl Ftp {
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        let mut ftp = Self { control: BufReader::new(Box::new(stream)), address };
        assert_eq!(ftp.reply().0, 220);
        ftp
    }

    /// After `AUTH TLS`.
    pub fn encrypt(self, config: &Arc<ClientConfig>) -> Self {
        let connection = ClientConnection::new(config.clone(), "localhost".try_into().unwrap()).unwrap();
        let control: Box<dyn Stream> = Box::new(StreamOwned::new(connection, self.control.into_inner()));
        Self { control: BufReader::new(control), address: self.address }
    }

    pub fn sign_in(&mut self, login: &str, password: &str) -> Reply {
        assert_eq!(self.send(&format!("USER {login}")).0, 331);
        self.send(&format!("PASS {password}"))
    }

    pub fn write(&mut self, line: &str) {
        self.control.get_mut().write_all(format!("{line}\r\n").as_bytes()).unwrap();
    }

    pub fn reply(&mut self) -> Reply {
        let mut text = String::new();
        loop {
            let mut line = String::new();
            assert!(self.control.read_line(&mut line).unwrap() > 0, "the session has ended: {text}");
            text += &line;
            if line.as_bytes().get(3) == Some(&b' ') && line.as_bytes()[0].is_ascii_digit() {
                return (line[..3].parse().unwrap(), text);
            }
        }
    }

    pub fn send(&mut self, line: &str) -> Reply {
        self.write(line);
        self.reply()
    }

    /// The code of the reply.
    pub fn code(&mut self, line: &str) -> u16 {
        self.send(line).0
    }

    /// A data connection, by `EPSV`.
    pub fn connect_data(&mut self) -> TcpStream {
        let (code, text) = self.send("EPSV");
        assert_eq!(code, 229, "{text}");
        let port = text.rsplit('|').nth(1).unwrap().parse().unwrap();
        TcpStream::connect(SocketAddr::new(self.address.ip(), port)).unwrap()
    }

    /// Sends these bytes with `STOR NAME` or `APPE NAME`, and leaves the data connection open.
    pub fn begin(&mut self, command: &str, bytes: &[u8]) -> TcpStream {
        let mut data = self.connect_data();
        assert_eq!(self.code(command), 150);
        data.write_all(bytes).ok();
        data
    }

    /// Sends a file to its end.
    pub fn store(&mut self, command: &str, bytes: &[u8]) -> Reply {
        let data = self.begin(command, bytes);
        data.shutdown(Shutdown::Write).ok();
        self.reply()
    }

    /// A listing.
    pub fn list(&mut self, command: &str) -> String {
        let mut data = self.connect_data();
        assert_eq!(self.code(command), 150);
        let mut text = String::new();
        data.read_to_string(&mut text).unwrap();
        assert_eq!(self.reply().0, 226);
        text
    }
}

/// A photo of the sample event of about three megabytes, which comments make so large.
pub fn large() -> Vec<u8> {
    let photo = read("photos/DSC_0101.jpg");
    let comment = [&[0xFF, 0xFE, 0xFF, 0xFF][..], &vec![b'x'; 0xFFFD]].concat();
    [&photo[..2], &comment.repeat(45), &photo[2..]].concat()
}
