//! Data connections: where the camera connects to (passive), or where it wants to be connected to (active). Only the
//! address of the control connection is at the other end, so that nobody else delivers or receives.

use std::io::{Error, ErrorKind, Result};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::domain::random_bytes;

/// For the connection to come about.
const TIMEOUT: Duration = Duration::from_secs(20);

/// How the next data connection comes about.
pub(super) enum DataPort {
    Passive(TcpListener),
    Active(SocketAddr),
}

impl DataPort {
    /// Listens on a free port of the range.
    pub(super) fn listen(address: IpAddr, ports: &RangeInclusive<u16>) -> Result<(Self, u16)> {
        let count = u32::from(ports.end() - ports.start()) + 1;
        let first = u32::from_le_bytes(random_bytes()) % count;
        for step in 0..count {
            let offset = u16::try_from((first + step) % count).unwrap_or_default();
            match bind(SocketAddr::new(address, ports.start() + offset)) {
                Err(error) if error.kind() == ErrorKind::AddrInUse => {}
                bound => {
                    let listener = bound?;
                    let port = listener.local_addr()?.port();
                    return Ok((Self::Passive(listener), port));
                }
            }
        }
        Err(ErrorKind::AddrInUse.into())
    }

    /// Where to connect to, as `PORT` and `EPRT` say it; `None` if that is not the client itself.
    pub(super) fn active(given: Option<SocketAddr>, peer: IpAddr) -> Option<Self> {
        given.filter(|to| to.ip().to_canonical() == peer && to.port() >= 1024).map(Self::Active)
    }

    /// The connection with `peer`.
    pub(super) async fn connect(self, peer: IpAddr) -> Result<TcpStream> {
        let connected = async {
            match self {
                Self::Active(address) => TcpStream::connect(address).await,
                Self::Passive(listener) => loop {
                    let (stream, from) = listener.accept().await?;
                    if from.ip().to_canonical() == peer {
                        return Ok(stream);
                    }
                },
            }
        };
        tokio::time::timeout(TIMEOUT, connected).await.map_err(|_| Error::from(ErrorKind::TimedOut))?
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Else a port could not be used again for a minute. On Windows it can, and this would mean something else.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(8)
}

/// Six numbers, as in `PORT` and in the answer to `PASV`.
pub(super) fn numbers(address: Ipv4Addr, port: u16) -> String {
    let ([a, b, c, d], [high, low]) = (address.octets(), port.to_be_bytes());
    format!("{a},{b},{c},{d},{high},{low}")
}

/// The address in the argument of `PORT`.
pub(super) fn parse_port(argument: &str) -> Option<SocketAddr> {
    let bytes: Vec<u8> =
        argument.split(',').map(|number| number.trim().parse().ok()).collect::<Option<_>>()?;
    let &[a, b, c, d, high, low] = bytes.as_slice() else { return None };
    Some(SocketAddr::from(([a, b, c, d], u16::from_be_bytes([high, low]))))
}

/// The address in the argument of `EPRT`: `|1|192.168.1.7|50001|`.
pub(super) fn parse_eprt(argument: &str) -> Option<SocketAddr> {
    let separator = argument.chars().next()?;
    let mut parts = argument[separator.len_utf8()..].split(separator);
    let (_family, address, port) = (parts.next()?, parts.next()?, parts.next()?);
    Some(SocketAddr::new(address.parse().ok()?, port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_in_both_forms() {
        let address: SocketAddr = "192.168.1.7:50001".parse().unwrap();
        assert_eq!(numbers(Ipv4Addr::new(192, 168, 1, 7), 50_001), "192,168,1,7,195,81");
        assert_eq!(parse_port("192,168,1,7,195,81"), Some(address));
        assert_eq!(parse_eprt("|1|192.168.1.7|50001|"), Some(address));
        assert_eq!(parse_eprt("|2|::1|50001|"), "[::1]:50001".parse().ok());
        for wrong in ["", "1,2,3,4,5", "1,2,3,4,5,6,7", "1,2,3,4,256,1", "|1|x|1|", "|1|1.2.3.4|"] {
            assert_eq!((parse_port(wrong), parse_eprt(wrong)), (None, None), "{wrong}");
        }
    }

    #[test]
    fn only_the_client_itself_is_connected_to() {
        let peer: IpAddr = "192.168.1.7".parse().unwrap();
        let is_refused = |address: &str| DataPort::active(address.parse().ok(), peer).is_none();
        assert!(!is_refused("192.168.1.7:50001"));
        assert!(is_refused("192.168.1.8:50001") && is_refused("192.168.1.7:25") && is_refused("x"));
    }

    #[tokio::test]
    async fn a_range_is_used_up_to_its_last_port() {
        let home = IpAddr::from([127, 0, 0, 1]);
        let (first, port) = DataPort::listen(home, &(0..=0)).unwrap();
        assert!(DataPort::listen(home, &(port..=port)).is_err());
        drop(first);
        let (again, _) = DataPort::listen(home, &(port..=port)).unwrap();
        let (connected, accepted) = tokio::join!(TcpStream::connect((home, port)), again.connect(home));
        assert_eq!(connected.unwrap().local_addr().unwrap(), accepted.unwrap().peer_addr().unwrap());
    }
}
