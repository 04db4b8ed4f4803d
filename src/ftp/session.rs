//! One client's session: the state that its commands change, and the commands that need no data connection.

use std::collections::VecDeque;
use std::io::{ErrorKind, Result};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::control::{Command, Control, Reply};
use super::data::DataPort;
use super::files::Files;
use super::places::Place;
use super::server::Shared;
use super::{login, paths};
use crate::domain::{Source, SourceId};

/// Who does nothing for so long is cut off: before signing in, and after. Cameras stay signed in between photos.
const STRANGER_TIMEOUT: Duration = Duration::from_mins(1);
const IDLE_TIMEOUT: Duration = Duration::from_mins(15);
/// Wrong passwords in one connection.
const MAX_FAILURES: u32 = 3;

const FEATURES: &str = "Extensions:\nAUTH TLS\nEPRT\nEPSV\nMDTM\nMLST type*;size*;modify*;\nPBSZ\nPROT\n\
                        REST STREAM\nSIZE\nUTF8\nEnd";
const HELP: &str = "A camera's photos come in here: nothing can be read or deleted\n\
                    USER PASS AUTH PBSZ PROT PASV EPSV PORT EPRT TYPE STOR APPE REST SIZE MDTM\n\
                    CWD CDUP PWD MKD RNFR RNTO DELE LIST NLST MLSD MLST ABOR NOOP QUIT\nEnd";

/// A signed-in camera.
#[derive(Clone, Copy)]
pub(super) struct Camera {
    pub(super) id: SourceId,
    /// A new password ends the session.
    pub(super) key_version: u32,
}

/// One control connection and all that belongs to it.
pub(super) struct Session {
    pub(super) shared: Arc<Shared>,
    pub(super) control: Control,
    pub(super) place: Place,
    /// The client's address.
    pub(super) peer: IpAddr,
    /// The address that the client came in at.
    pub(super) local: IpAddr,
    /// Whether the control connection is encrypted, and whether data connections are to be.
    pub(super) encrypted: bool,
    pub(super) protected: bool,
    user: Option<String>,
    failures: u32,
    pub(super) camera: Option<Camera>,
    folder: String,
    pub(super) files: Files,
    pub(super) port: Option<DataPort>,
    /// Where the next file begins.
    pub(super) restart: u64,
    pub(super) renamed: Option<String>,
    /// Commands that came while a file did.
    pub(super) waiting: VecDeque<Command>,
}

impl Session {
    pub(super) fn new(shared: Arc<Shared>, control: Control, place: Place, ends: (IpAddr, IpAddr)) -> Self {
        Self {
            shared,
            control,
            place,
            peer: ends.0,
            local: ends.1,
            encrypted: false,
            protected: false,
            user: None,
            failures: 0,
            camera: None,
            folder: "/".to_owned(),
            files: Files::default(),
            port: None,
            restart: 0,
            renamed: None,
            waiting: VecDeque::new(),
        }
    }

    /// Until the client leaves, or has to.
    pub(super) async fn run(mut self) {
        // The connection is gone where a reply cannot be sent.
        self.talk().await.ok();
        self.control.close().await;
    }

    async fn talk(&mut self) -> Result<()> {
        self.control.reply(&Reply::new(220, "FotoTa takes photos of cameras")).await?;
        loop {
            let command = match self.next_command().await? {
                Ok(Some(command)) => command,
                Ok(None) => return Ok(()),
                Err(reply) => return self.control.reply(&reply).await,
            };
            self.place.is_active();
            let reply = self.perform(command).await?;
            self.control.reply(&reply).await?;
            match reply.code {
                221 | 421 => return Ok(()),
                234 => {
                    let Some(tls) = self.shared.tls.clone() else { return Ok(()) };
                    self.control.encrypt(&tls.control).await?;
                    self.encrypted = true;
                }
                _ => {}
            }
        }
    }

    /// `None` when the client has left; a reply where the session ends.
    async fn next_command(&mut self) -> Result<std::result::Result<Option<Command>, Reply>> {
        if let Some(command) = self.waiting.pop_front() {
            return Ok(Ok(Some(command)));
        }
        let timeout = if self.camera.is_some() { IDLE_TIMEOUT } else { STRANGER_TIMEOUT };
        tokio::select! {
            () = self.place.stop_requested() => Ok(Err(Reply::new(421, "the server ends this session"))),
            received = tokio::time::timeout(timeout, self.control.command()) => match received {
                Ok(Err(error)) if error.kind() == ErrorKind::InvalidData => {
                    Ok(Err(Reply::new(500, "this line is too long")))
                }
                Ok(received) => received.map(Ok),
                Err(_) => Ok(Err(Reply::new(421, "nothing came for long"))),
            },
        }
    }

    async fn perform(&mut self, command: Command) -> Result<Reply> {
        let Command { verb, argument } = command;
        let argument = argument.as_str();
        let renamed = self.renamed.take();
        Ok(match (verb.as_str(), self.camera) {
            ("USER", _) => self.user(argument),
            ("PASS", _) => self.pass(argument).await,
            ("AUTH", _) => self.auth(argument),
            ("PBSZ", _) if self.encrypted => Reply::new(200, "PBSZ=0"),
            ("PROT", _) if self.encrypted => self.prot(argument),
            ("PBSZ" | "PROT", _) => Reply::new(503, "first AUTH TLS"),
            ("CCC", _) => Reply::new(534, "the session stays encrypted"),
            ("QUIT", _) => Reply::new(221, "goodbye"),
            ("NOOP" | "CLNT" | "ALLO" | "ACCT" | "OPTS", _) => Reply::new(200, "fine"),
            ("SYST", _) => Reply::new(215, "UNIX Type: L8"),
            ("FEAT", _) => Reply::new(211, FEATURES),
            ("HELP", _) => Reply::new(214, HELP),
            ("", _) => Reply::new(500, "this is no command"),
            (_, None) => Reply::new(530, "first sign in"),
            ("CWD" | "XCWD", Some(_)) => self.change_folder(argument),
            ("CDUP" | "XCUP", Some(_)) => self.change_folder(".."),
            ("PWD" | "XPWD", Some(_)) => Reply::new(257, quoted(&self.folder)),
            ("MKD" | "XMKD", Some(_)) => self.make_folder(argument),
            ("TYPE", Some(_)) => match argument.get(..1).map(str::to_ascii_uppercase).as_deref() {
                // Photos come as they are in both.
                Some("I" | "A" | "L") => Reply::new(200, "fine"),
                _ => Reply::new(504, "TYPE I is meant"),
            },
            ("MODE", Some(_)) => only(argument, "S"),
            ("STRU", Some(_)) => only(argument, "F"),
            ("PASV" | "EPSV" | "PORT" | "EPRT", Some(_)) => self.data_port(&verb, argument),
            ("ABOR", Some(_)) => Reply::new(226, "nothing is being transferred"),
            ("REST", Some(_)) => match argument.trim().parse() {
                Ok(restart) => {
                    self.restart = restart;
                    Reply::new(350, format!("the next file begins at {restart}"))
                }
                Err(_) => Reply::new(501, "a number of bytes is meant"),
            },
            ("STOR", Some(camera)) => self.store(camera, argument, false).await?,
            ("APPE", Some(camera)) => self.store(camera, argument, true).await?,
            ("LIST" | "NLST" | "MLSD", Some(camera)) => self.list(camera, &verb, argument).await?,
            ("SIZE" | "MDTM" | "MLST" | "STAT", Some(camera)) => self.describe(camera, &verb, argument).await,
            ("RNFR", Some(camera)) => self.rename_from(camera, argument).await,
            ("RNTO", Some(camera)) => self.rename_to(camera, renamed, argument).await,
            ("DELE", Some(camera)) => self.delete(camera, argument).await,
            ("RETR", Some(_)) => Reply::new(550, "photos can only be sent"),
            ("RMD" | "XRMD", Some(_)) => Reply::new(550, "nothing can be deleted"),
            _ => Reply::new(502, "this command is not known"),
        })
    }

    fn user(&mut self, name: &str) -> Reply {
        self.camera = None;
        if self.shared.app.config.ftp.require_tls && !self.encrypted {
            return Reply::new(
                530,
                "the connection must be encrypted: AUTH TLS, or FTPS (explicit) in the camera",
            );
        }
        self.user = Some(name.to_owned());
        Reply::new(331, "now the password")
    }

    async fn pass(&mut self, password: &str) -> Reply {
        let Some(user) = self.user.take() else { return Reply::new(503, "first the user name") };
        let (password, address) = (password.to_owned(), self.peer);
        match self.blocking(move |shared| login::sign_in(shared, &user, &password, address)).await {
            Ok(Ok(Source { id, key_version, .. })) => {
                self.place.sign_in(id);
                (self.camera, self.folder, self.files) =
                    (Some(Camera { id, key_version }), "/".into(), Files::default());
                Reply::new(230, "welcome: each photo that you send is in the event at once")
            }
            Ok(Err(mut reply)) => {
                self.failures += 1;
                if self.failures >= MAX_FAILURES {
                    reply.code = 421;
                }
                reply
            }
            Err(reply) => reply,
        }
    }

    fn auth(&mut self, kind: &str) -> Reply {
        match (kind.to_ascii_uppercase().as_str(), &self.shared.tls) {
            _ if self.encrypted => Reply::new(503, "the connection is encrypted"),
            ("TLS" | "TLS-C" | "SSL" | "TLS-P", Some(_)) => Reply::new(234, "now encrypt"),
            (_, Some(_)) => Reply::new(504, "AUTH TLS is meant"),
            (_, None) => Reply::new(502, "encryption is not set up on this server"),
        }
    }

    fn prot(&mut self, level: &str) -> Reply {
        match level.to_ascii_uppercase().as_str() {
            "P" => self.protected = true,
            "C" if self.shared.app.config.ftp.require_tls => {
                return Reply::new(534, "photos must be encrypted too: PROT P");
            }
            "C" => self.protected = false,
            _ => return Reply::new(536, "PROT P or PROT C is meant"),
        }
        Reply::new(200, "fine")
    }

    /// Every folder is there: a camera makes one for each day, and expects it after it has signed in again.
    fn change_folder(&mut self, name: &str) -> Reply {
        match self.path(name) {
            Some(path) if self.files.find(&path).is_some() => Reply::new(550, "this is a file"),
            Some(path) => {
                self.folder = path;
                Reply::new(250, "this is the folder now")
            }
            None => Reply::new(550, "this name cannot be used"),
        }
    }

    fn make_folder(&mut self, name: &str) -> Reply {
        match self.path(name) {
            Some(path) => {
                let reply = Reply::new(257, quoted(&path));
                self.files.add_folder(path);
                reply
            }
            None => Reply::new(550, "this name cannot be used"),
        }
    }

    /// What a name means in the current folder.
    pub(super) fn path(&self, name: &str) -> Option<String> {
        paths::resolve(&self.folder, name)
    }

    /// Runs what takes long off the async threads; the reply to what must not happen, if it happens.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> T + Send + 'static,
    ) -> std::result::Result<T, Reply> {
        let shared = self.shared.clone();
        let done = tokio::task::spawn_blocking(move || work(&shared)).await;
        done.map_err(|_| Reply::new(451, "the server has a problem, try again later"))
    }
}

fn only(given: &str, meant: &str) -> Reply {
    let fits = given.eq_ignore_ascii_case(meant);
    if fits { Reply::new(200, "fine") } else { Reply::new(504, format!("{meant} is meant")) }
}

/// As replies name folders.
fn quoted(path: &str) -> String {
    format!("\"{}\"", path.replace('"', "\"\""))
}
