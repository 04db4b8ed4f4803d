//! A server in a process of its own, with one event, its cameras and its hot folder. It ends with the process that
//! started it, however that ends: it holds the server's standard input.

use std::io::{BufRead, BufReader};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread::park_timeout;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;

use super::super::invocation::Invocation;
use super::super::{serve, stop_request};
use super::camera::Camera;
use crate::auth::SourceKeys;
use crate::config::{Config, Ftp, Server};
use crate::domain::{Clock, Event, Source, SourceKind, SystemClock};
use crate::store::{events, sources};

/// The data folder, in the folder of the evening.
const DATA: &str = "data";
/// Of attempts to delete a folder into which somebody may still write, and between two.
const ATTEMPTS: usize = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// A running server. It ends when this is dropped.
pub(in crate::cli) struct Venue {
    pub(in crate::cli) address: SocketAddr,
    pub(in crate::cli) share_code: String,
    ftp: SocketAddr,
    /// User names and passwords.
    logins: Vec<(String, String)>,
    hot_folder: PathBuf,
    child: Mutex<Child>,
}

impl Venue {
    /// A new event with this many cameras, in a data folder below `folder`, served at an address of this computer.
    pub(in crate::cli) fn open(
        cli: &Invocation,
        folder: &Path,
        cameras: u16,
        address: IpAddr,
    ) -> anyhow::Result<Self> {
        let hot_folder = folder.join("hot");
        std::fs::create_dir(&hot_folder)?;
        let store = cli.in_folder(&folder.join(DATA)).open_store()?;
        let now = SystemClock.now();
        let event = Event::new("An evening".to_owned(), None, now);
        let share_code = event.share_code.to_string();
        let keys = SourceKeys::load(&store)?;
        let mut hot = Source::new(event.id, SourceKind::Folder, "Tethering".to_owned(), now);
        hot.folder = Some(hot_folder.display().to_string());
        let mut all = vec![hot];
        for number in 0..cameras {
            let mut camera = Source::new(event.id, SourceKind::Camera, format!("Camera {number}"), now);
            camera.login = Some(format!("camera{number}"));
            all.push(camera);
        }
        let cameras = all.iter().filter_map(|source| Some((source.login.clone()?, keys.key(source))));
        let logins = cameras.collect();
        store.write(move |db| {
            events::insert(db, &event)?;
            all.iter().try_for_each(|source| sources::insert(db, source).map(drop))
        })?;
        drop(store);
        let (child, ready) = start(cli, folder, address)?;
        let address = |name: &str| -> anyhow::Result<SocketAddr> {
            Ok(ready[name].as_str().with_context(|| format!("the server has no `{name}`"))?.parse()?)
        };
        let (address, ftp) = (address("bound")?, address("ftp")?);
        Ok(Self { address, share_code, ftp, logins, hot_folder, child: Mutex::new(child) })
    }

    /// Every second camera is tethered.
    pub(in crate::cli) fn camera(&self, number: usize) -> Camera {
        if number % 2 == 1 {
            return Camera::Folder(self.hot_folder.clone());
        }
        let (login, password) = self.logins[number].clone();
        Camera::Ftp { address: self.ftp, login, password }
    }

    /// Ends the server, which ends the guests' streams.
    pub(in crate::cli) fn stop(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        // It may have ended.
        child.kill().ok();
        child.wait().ok();
    }
}

impl Drop for Venue {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Starts this executable as a server on free ports; returns what it says of itself.
fn start(cli: &Invocation, folder: &Path, address: IpAddr) -> anyhow::Result<(Child, Value)> {
    let mut server = Command::new(std::env::current_exe()?);
    server.args(cli.arguments()).args(["rehearse", "--json", "--serve"]).arg(folder);
    server.args(["--address", &address.to_string()]);
    let mut child = server.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut line = String::new();
    let output = child.stdout.take().context("the server has no output")?;
    BufReader::new(output).read_line(&mut line)?;
    let ready: Result<Value, _> = serde_json::from_str(&line);
    match ready {
        Ok(ready) if ready["bound"].is_string() => Ok((child, ready)),
        _ => {
            child.kill().ok();
            child.wait().ok();
            anyhow::bail!("the server did not start: {}", line.trim_end())
        }
    }
}

/// That server, in its own process: until standard input ends, or it is killed. Deletes the folder if it has time to.
pub(in crate::cli) fn serve(cli: &Invocation, folder: &Path, address: IpAddr) -> anyhow::Result<()> {
    std::thread::spawn(|| {
        std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).ok();
        stop_request::stop();
    });
    let cli = Invocation { config: configuration(cli), ..cli.in_folder(&folder.join(DATA)) };
    let served = cli.open().and_then(|app| serve::serve(&cli, &app, SocketAddr::new(address, 0)));
    remove(folder);
    served
}

/// What decides how fast the server is, as it is configured. Nothing that others notice: no name, no folders that are
/// watched, no requests to other servers.
fn configuration(cli: &Invocation) -> Config {
    let Config { mut face, mut intake, storage, .. } = cli.config.clone();
    intake.work = true;
    face.models_folder = Some(cli.models_folder());
    // Its only event has nothing to protect.
    let server = Server { mdns: false, internet: Some(false), ..Server::default() };
    let ftp = Ftp { enabled: true, port: 0, ..Ftp::default() };
    Config { server, face, intake, ftp, storage: storage.in_folder(), ..Config::default() }
}

/// Deletes a folder, in which somebody may still be writing.
pub(in crate::cli) fn remove(folder: &Path) {
    for _ in 0..ATTEMPTS {
        match std::fs::remove_dir_all(folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => park_timeout(PAUSE),
            _ => return,
        }
    }
}
