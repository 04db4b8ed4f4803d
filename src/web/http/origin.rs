//! Where a request comes from: its network, and whether it was sent with HTTPS, to this server or to a proxy. A proxy
//! in front of the server says so in headers, `Forwarded` (RFC 7239) or `X-Forwarded-For` and `X-Forwarded-Proto`. They
//! are believed only if it is configured: anyone could write them. What another node says is an extension of the
//! request.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Once;

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};

use crate::limits::ClientNetwork;

/// Every request would be logged otherwise.
static WARNING: Once = Once::new();

/// Whether a connection is encrypted by this server; unset where it never encrypts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Encrypted(pub(crate) bool);

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequestOrigin {
    /// What limits count.
    pub(crate) network: ClientNetwork,
    /// Whether the client speaks HTTPS, with the proxy or with this server; `None` if only a proxy could, and does not
    /// say.
    pub(crate) https: Option<bool>,
}

impl RequestOrigin {
    /// Of a request that came over one of our connections.
    pub(crate) fn read(headers: &HeaderMap, extensions: &Extensions, behind_proxy: bool) -> Self {
        if let Some(said_by_node) = extensions.get::<Self>() {
            return *said_by_node;
        }
        let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let origin = Self::of(headers, peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)), behind_proxy);
        // What comes from a proxy without encryption may have reached it with encryption.
        let own = extensions.get::<Encrypted>().map(|found| found.0).filter(|own| *own || !behind_proxy);
        Self { https: origin.https.or(own), ..origin }
    }

    pub(crate) fn of(headers: &HeaderMap, peer: IpAddr, behind_proxy: bool) -> Self {
        let named = if behind_proxy { Forwarded::read(headers) } else { Forwarded::default() };
        if behind_proxy && named.client.is_none() {
            WARNING.call_once(|| tracing::warn!(
                "the proxy does not name its client in `X-Forwarded-For` or `Forwarded`: all guests count as one"
            ));
        }
        Self { network: ClientNetwork::of(named.client.unwrap_or(peer)), https: named.https }
    }
}

/// What the nearest proxy says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Forwarded {
    client: Option<IpAddr>,
    https: Option<bool>,
}

impl Forwarded {
    fn read(headers: &HeaderMap) -> Self {
        let (mut client, mut scheme) = (None, None);
        for pair in last(headers, "forwarded").unwrap_or_default().split(';') {
            let (name, value) = pair.split_once('=').unwrap_or_default();
            match name.trim().to_ascii_lowercase().as_str() {
                "for" => client = Some(value.trim()),
                "proto" => scheme = Some(value.trim()),
                _ => {}
            }
        }
        let client = [client, last(headers, "x-forwarded-for")].map(|text| text.map(parse_address));
        let scheme = [scheme, last(headers, "x-forwarded-proto")];
        let https = scheme.map(|text| text.map(|text| text.trim_matches('"').eq_ignore_ascii_case("https")));
        Self { client: agreed(client).flatten(), https: agreed(https) }
    }
}

/// What both headers say, or the only one. A proxy sets one of them, and passes the other on as the client wrote it.
fn agreed<T: PartialEq>([standard, usual]: [Option<T>; 2]) -> Option<T> {
    match (standard, usual) {
        (Some(one), Some(other)) if one != other => None,
        (one, other) => one.or(other),
    }
}

/// The last element of a list. A proxy appends what it knows to the header; anyone may have written what comes before.
fn last<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    // Some proxies append to an existing line, others add one.
    let line = headers.get_all(name).iter().filter_map(|line| line.to_str().ok()).next_back()?;
    line.rsplit(',').next().map(str::trim)
}

/// An address, possibly with a port; IPv6 in brackets then.
fn parse_address(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches('"');
    let bracketed = text.strip_prefix('[').and_then(|text| text.split_once(']')).map(|(address, _)| address);
    let without_port = text.split_once(':').map(|(address, _)| address);
    [Some(text), bracketed, without_port].into_iter().flatten().find_map(|text| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(lines: &[(&'static str, &str)], behind_proxy: bool) -> (String, Option<bool>) {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        let origin = RequestOrigin::of(&headers, IpAddr::from([127, 0, 0, 1]), behind_proxy);
        (origin.network.to_string(), origin.https)
    }

    #[test]
    fn the_nearest_proxy_is_believed() {
        for (lines, network, https) in [
            (&[("x-forwarded-for", "203.0.113.9")][..], "203.0.113.9", None),
            (&[("x-forwarded-for", "6.6.6.6, 203.0.113.9")], "203.0.113.9", None),
            (&[("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "203.0.113.9:80")], "203.0.113.9", None),
            (&[("x-forwarded-proto", "https")], "127.0.0.1", Some(true)),
            (&[("x-forwarded-proto", "https, http")], "127.0.0.1", Some(false)),
            (&[("forwarded", "for=6.6.6.6, for=203.0.113.9;proto=https")], "203.0.113.9", Some(true)),
            (&[("forwarded", "For=\"[2001:db8:1:2:3::4]:99\";Proto=http")], "2001:db8:1:2::/64", Some(false)),
            (&[("x-forwarded-for", "2001:db8:1:2:3::4")], "2001:db8:1:2::/64", None),
            (&[("x-forwarded-for", "::ffff:10.1.2.3")], "10.1.2.3", None),
            (&[("x-forwarded-for", "unknown"), ("forwarded", "for=_hidden")], "127.0.0.1", None),
            // One of the two is the client's invention.
            (&[("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=6.6.6.6")], "127.0.0.1", None),
        ] {
            assert_eq!(origin(lines, true), (network.to_owned(), https), "{lines:?}");
            assert_eq!(origin(lines, false), ("127.0.0.1".to_owned(), None));
        }
    }
}
