//! Tells systemd how the server is doing (`Type=notify`): a datagram to the socket that `NOTIFY_SOCKET` names. Where
//! nobody has set it, and on other systems, nothing is sent.

/// The server answers.
pub(super) const READY: &str = "READY=1";
/// The server was asked to stop.
pub(super) const STOPPING: &str = "STOPPING=1";

/// Sends a state; a manager that does not listen is no reason not to serve.
#[cfg(target_os = "linux")]
pub(super) fn tell_system(state: &str) {
    if let Some(socket) = std::env::var_os("NOTIFY_SOCKET")
        && let Err(error) = linux::send(&socket, state)
    {
        tracing::warn!(%error, "the service manager does not hear from this server");
    }
}

/// There is no such manager.
#[cfg(not(target_os = "linux"))]
pub(super) fn tell_system(_state: &str) {}

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::OsStr;
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::net::{SocketAddr, UnixDatagram};

    /// The name of a socket is a path, or begins with `@` if it is not in the file system.
    pub(super) fn send(socket: &OsStr, state: &str) -> std::io::Result<()> {
        let address = match socket.as_bytes() {
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
            _ => SocketAddr::from_pathname(socket)?,
        };
        UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address)?;
        Ok(())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn received(listening: &UnixDatagram) -> String {
            let mut bytes = [0; 64];
            let length = listening.recv(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes[..length]).into_owned()
        }

        #[test]
        fn a_state_reaches_a_socket_with_a_path_and_one_without() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("notify");
            let listening = UnixDatagram::bind(&path).unwrap();
            send(path.as_os_str(), super::super::READY).unwrap();
            assert_eq!(received(&listening), "READY=1");

            let name = format!("fotota-test-{}", std::process::id());
            let listening = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
            send(OsStr::new(&format!("@{name}")), super::super::STOPPING).unwrap();
            assert_eq!(received(&listening), "STOPPING=1");
            assert!(send(folder.path().join("nobody").as_os_str(), "READY=1").is_err());
        }
    }
}
