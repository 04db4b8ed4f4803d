//! A name for this computer in the guests' networks, by multicast DNS (RFC 6762): `fotota.local`, or the next that is
//! free.

use std::net::IpAddr;
use std::time::Duration;

use mdns_sd::{DaemonEvent, IfKind, Receiver, ServiceDaemon, ServiceInfo};

const FIRST: &str = "fotota.local.";
/// How long the last words to the network may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// Announces the name while it is not dropped.
pub(super) struct Announcer {
    port: u16,
    /// With a `.` at the end.
    name: String,
    networks: Vec<IpAddr>,
    running: Option<Running>,
}

struct Running {
    daemon: ServiceDaemon,
    events: Receiver<DaemonEvent>,
    is_announced: bool,
}

impl Announcer {
    pub(super) fn new(port: u16) -> Self {
        Self { port, name: FIRST.to_owned(), networks: Vec::new(), running: None }
    }

    /// Announces in the networks of these addresses, and in no others.
    ///
    /// # Errors
    /// When the system does not allow it, or the network does not.
    pub(super) fn announce_in(&mut self, networks: Vec<IpAddr>) -> Result<(), mdns_sd::Error> {
        let taken = self.hear()?;
        if networks == self.networks && taken.is_none() {
            return Ok(());
        }
        self.withdraw();
        self.name = taken.unwrap_or_else(|| std::mem::take(&mut self.name));
        self.networks = networks;
        if !self.networks.is_empty() {
            self.running = Some(Running::start(&self.name, &self.networks, self.port)?);
        }
        Ok(())
    }

    /// The name, without the `.` at the end, once the network knows it.
    pub(super) fn name(&self) -> Option<String> {
        let announced = self.running.as_ref().is_some_and(|running| running.is_announced);
        announced.then(|| self.name.trim_end_matches('.').to_owned())
    }

    /// What happened since the last time; returns the next name if another computer has this one.
    fn hear(&mut self) -> Result<Option<String>, mdns_sd::Error> {
        let Some(running) = &mut self.running else { return Ok(None) };
        let mut failed = None;
        for event in running.events.try_iter() {
            match event {
                // Then all networks get the new name, not only the one where it is taken.
                DaemonEvent::NameChange(change) if change.original == self.name => {
                    return Ok(Some(change.new_name));
                }
                DaemonEvent::Announce(..) => running.is_announced = true,
                DaemonEvent::Error(error) => failed = Some(error),
                _ => {}
            }
        }
        failed.map_or(Ok(None), Err)
    }

    fn withdraw(&mut self) {
        // The daemon says goodbye for what it announced.
        if let Some(ended) = self.running.take().and_then(|running| running.daemon.shutdown().ok()) {
            ended.recv_timeout(FAREWELL).ok();
        }
    }
}

impl Drop for Announcer {
    fn drop(&mut self) {
        self.withdraw();
    }
}

impl Running {
    fn start(name: &str, networks: &[IpAddr], port: u16) -> Result<Self, mdns_sd::Error> {
        let daemon = ServiceDaemon::new()?;
        daemon.disable_interface(IfKind::All)?;
        daemon.enable_interface(networks.to_vec())?;
        let events = daemon.monitor()?;
        let none: &[(&str, &str)] = &[];
        daemon.register(ServiceInfo::new("_http._tcp.local.", "FotoTa", name, networks, port, none)?)?;
        Ok(Self { daemon, events, is_announced: false })
    }
}
