//! `fotota health`: asks the running server whether it answers, for a container's health check or a monitor.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::invocation::Invocation;
use super::{ExitCode, output};
use crate::store::ServerMark;

/// For each step: connecting, sending, receiving.
const TIMEOUT: Duration = Duration::from_secs(5);
/// More is not read of the answer.
const MOST_BYTES: u64 = 16 << 10;

pub(super) fn run(cli: &Invocation) -> anyhow::Result<ExitCode> {
    let address = ask(&cli.data)?;
    if cli.json {
        output::json(&serde_json::json!({ "healthy": true, "address": address.to_string() }));
    } else {
        output::line(&format!("healthy: the server at {address} answers"));
    }
    Ok(ExitCode::Done)
}

/// Where the server answered. It speaks HTTP there, whatever else it speaks.
fn ask(data: &Path) -> anyhow::Result<SocketAddr> {
    let shown = data.display();
    let Some(bound) = ServerMark::find_address(data) else {
        bail!("no server runs on the data folder `{shown}`\nhint: `fotota serve` starts one");
    };
    let address = reachable(bound);
    let answer = get_health(address)
        .with_context(|| format!("the server at {address} does not answer\nhint: its log may say why"))?;
    let first = answer.lines().next().unwrap_or_default();
    if !first.starts_with("HTTP/1.1 200") {
        bail!("the server at {address} answers `{first}`\nhint: its log may say why");
    }
    Ok(address)
}

fn get_health(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    write!(stream, "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(MOST_BYTES).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// A server that listens on all addresses listens on this computer's own too.
fn reachable(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, bound.port())
}
