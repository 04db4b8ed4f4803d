//! The control connection: lines of commands in, replies out.

use std::io::{Error, ErrorKind, Result};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

/// Who sends a longer line, in bytes, is cut off.
const MAX_LINE: usize = 4096;
/// For a handshake, or for a client that takes no replies.
const TIMEOUT: Duration = Duration::from_secs(15);

/// A connection, encrypted or not.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Sync + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Duplex for T {}
pub(super) type Stream = Box<dyn Duplex>;

/// Encrypts a connection.
pub(super) async fn encrypt(stream: Stream, tls: &TlsAcceptor) -> Result<Stream> {
    let accepted = tokio::time::timeout(TIMEOUT, tls.accept(stream)).await;
    Ok(Box::new(accepted.map_err(|_| Error::from(ErrorKind::TimedOut))??))
}

/// A command and what follows it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// In capital letters.
    pub(super) verb: String,
    pub(super) argument: String,
}

impl Command {
    fn parse(line: &[u8]) -> Self {
        // Telnet's signals before ABOR.
        let start = line.iter().position(|&byte| byte < 0xF0).unwrap_or(line.len());
        let line = String::from_utf8_lossy(&line[start..]);
        let line = line.trim_end_matches(['\r', '\n']);
        let (verb, argument) = line.split_once(' ').unwrap_or((line, ""));
        Self { verb: verb.to_ascii_uppercase(), argument: argument.to_owned() }
    }
}

/// The answer to a command: its code says how it went.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) code: u16,
    /// Of several lines, if it has line breaks.
    pub(super) text: String,
}

impl Reply {
    pub(super) fn new(code: u16, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    fn encode(&self) -> String {
        let Self { code, text } = self;
        let (others, last) = text.rsplit_once('\n').unwrap_or(("", text));
        match others {
            "" => format!("{code} {last}\r\n"),
            // Lines between the first and the last are indented, so that none looks like the last.
            _ => format!("{code}-{}\r\n{code} {last}\r\n", others.replace('\n', "\r\n ")),
        }
    }
}

/// One client's control connection.
pub(super) struct Control {
    stream: Stream,
    received: Vec<u8>,
}

impl Control {
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream, received: Vec::new() }
    }

    /// The next command; `None` when the client has left. Nothing is lost if this is not awaited to the end.
    pub(super) async fn command(&mut self) -> Result<Option<Command>> {
        loop {
            if let Some(end) = self.received.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = self.received.drain(..=end).collect();
                return Ok(Some(Command::parse(&line)));
            }
            if self.received.len() >= MAX_LINE {
                return Err(ErrorKind::InvalidData.into());
            }
            let mut buffer = [0; 512];
            match self.stream.read(&mut buffer).await? {
                0 => return Ok(None),
                count => self.received.extend_from_slice(&buffer[..count]),
            }
        }
    }

    pub(super) async fn reply(&mut self, reply: &Reply) -> Result<()> {
        let text = reply.encode();
        let sent = async {
            self.stream.write_all(text.as_bytes()).await?;
            self.stream.flush().await
        };
        tokio::time::timeout(TIMEOUT, sent).await.map_err(|_| Error::from(ErrorKind::TimedOut))?
    }

    /// Goes on encrypted. What came before that in plain text is dropped: somebody else may have put it there.
    pub(super) async fn encrypt(&mut self, tls: &TlsAcceptor) -> Result<()> {
        self.received.clear();
        let plain = std::mem::replace(&mut self.stream, Box::new(tokio::io::empty()));
        self.stream = encrypt(plain, tls).await?;
        Ok(())
    }

    /// Ends the connection in order.
    pub(super) async fn close(mut self) {
        tokio::time::timeout(TIMEOUT, self.stream.shutdown()).await.ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_have_a_verb_and_an_argument() {
        let parse = |line: &[u8]| {
            let Command { verb, argument } = Command::parse(line);
            (verb, argument)
        };
        let pair = |verb: &str, argument: &str| (verb.to_owned(), argument.to_owned());
        assert_eq!(parse(b"stor A B.JPG\r\n"), pair("STOR", "A B.JPG"));
        assert_eq!(parse(b"\xFF\xF4\xFF\xF2ABOR\n"), pair("ABOR", ""));
        assert_eq!(parse(b"\r\n"), pair("", ""));
    }

    #[test]
    fn replies_of_several_lines_begin_and_end_with_the_code() {
        assert_eq!(Reply::new(226, "done").encode(), "226 done\r\n");
        assert_eq!(
            Reply::new(211, "all\nSIZE\nMDTM\nend").encode(),
            "211-all\r\n SIZE\r\n MDTM\r\n211 end\r\n"
        );
    }

    #[tokio::test]
    async fn lines_come_in_pieces_and_have_an_end() {
        let (client, server) = tokio::io::duplex(64);
        let mut control = Control::new(Box::new(server));
        let (_, mut client) = tokio::io::split(client);
        let send = async {
            for piece in [&b"NO"[..], b"OP\r", b"\nPW", b"D\r\n"] {
                client.write_all(piece).await.unwrap();
            }
            client.write_all(&[b'x'; MAX_LINE + 1]).await.ok();
        };
        let receive = async {
            assert_eq!(control.command().await.unwrap().unwrap().verb, "NOOP");
            assert_eq!(control.command().await.unwrap().unwrap().verb, "PWD");
            assert_eq!(control.command().await.unwrap_err().kind(), ErrorKind::InvalidData);
            drop(control);
        };
        tokio::join!(send, receive);
    }
}
