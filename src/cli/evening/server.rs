//! A server in a process of its own, with one event, its cameras and its hot folder.

use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use serde_json::Value;

use super::super::invocation::Invocation;
use super::camera::Camera;
use crate::auth::SourceKeys;
use crate::domain::{Event, Source, SourceKind};
use crate::store::{events, sources};

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
        let (data, hot_folder) = (folder.join("data"), folder.join("hot"));
        std::fs::create_dir(&hot_folder)?;
        let app = cli.in_folder(&data).open()?;
        let now = app.clock.now();
        let event = Event::new("An evening".to_owned(), None, now);
        let share_code = event.share_code.to_string();
        let keys = SourceKeys::load(&app.store)?;
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
        app.store.write(move |db| {
            events::insert(db, &event)?;
            all.iter().try_for_each(|source| sources::insert(db, source).map(drop))
        })?;
        drop(app);
        let (child, ready) = start(folder, &data, address)?;
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
fn start(folder: &Path, data: &Path, address: IpAddr) -> anyhow::Result<(Child, Value)> {
    let config = folder.join("config.toml");
    let settings = b"[server]\nmdns = false\n[ftp]\nenabled = true\nport = 0\n";
    std::fs::File::create(&config)?.write_all(settings)?;
    let address = SocketAddr::new(address, 0).to_string();
    let mut server = Command::new(std::env::current_exe()?);
    server.args(["serve", "--bind", &address, "--json", "--data"]).arg(data).arg("--config").arg(config);
    let mut child = server.stdout(Stdio::piped()).stderr(Stdio::null()).stdin(Stdio::null()).spawn()?;
    let mut line = String::new();
    let output = child.stdout.take().context("the server has no output")?;
    BufReader::new(output).read_line(&mut line)?;
    let ready = serde_json::from_str(&line).context("the server did not start");
    if ready.is_err() {
        child.kill().ok();
    }
    Ok((child, ready?))
}
