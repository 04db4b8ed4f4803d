//! A camera: sends by FTP, or through a program that writes into a hot folder.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::PathBuf;

use anyhow::Context as _;

/// How a camera's photos come in.
pub(in crate::cli) enum Camera {
    /// By FTP.
    Ftp { address: SocketAddr, login: String, password: String },
    /// By tethering.
    Folder(PathBuf),
}

impl Camera {
    /// Sends one photo.
    pub(super) fn send(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        match self {
            Self::Folder(folder) => {
                // A name that nobody watches, until the file is whole.
                let unfinished = folder.join(format!(".{name}.part"));
                std::fs::File::create(&unfinished)?.write_all(bytes)?;
                Ok(std::fs::rename(&unfinished, folder.join(name))?)
            }
            Self::Ftp { address, login, password } => {
                let mut session = Session::open(*address)?;
                session.ask(&format!("USER {login}"), "331")?;
                session.ask(&format!("PASS {password}"), "230")?;
                session.ask("TYPE I", "200")?;
                session.store(*address, name, bytes)?;
                session.ask("QUIT", "221").map(drop)
            }
        }
    }
}

/// A control connection.
struct Session(BufReader<TcpStream>);

impl Session {
    fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).context("the FTP server does not answer")?;
        let mut session = Self(BufReader::new(stream));
        session.expect("220")?;
        Ok(session)
    }

    fn ask(&mut self, command: &str, code: &str) -> anyhow::Result<String> {
        self.0.get_mut().write_all(format!("{command}\r\n").as_bytes())?;
        self.expect(code)
    }

    /// The last line of an answer, which must have this code.
    fn expect(&mut self, code: &str) -> anyhow::Result<String> {
        loop {
            let mut line = String::new();
            anyhow::ensure!(self.0.read_line(&mut line)? > 0, "the FTP server hung up");
            if line.as_bytes().get(3) == Some(&b' ') {
                anyhow::ensure!(line.starts_with(code), "the FTP server refused: {}", line.trim_end());
                return Ok(line);
            }
        }
    }

    fn store(&mut self, address: SocketAddr, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let answer = self.ask("EPSV", "229")?;
        let port = answer.split('|').nth(3).and_then(|port| port.parse().ok()).context("no passive port")?;
        let mut data = TcpStream::connect((address.ip(), port))?;
        self.ask(&format!("STOR {name}"), "150")?;
        data.write_all(bytes)?;
        data.shutdown(Shutdown::Write)?;
        self.expect("226").map(drop)
    }
}
