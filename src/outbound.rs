//! The HTTP client for the OpenID provider and Google Drive. Nothing else sends requests to other computers.
//!
//! Invariant: an [`Outbound`] sends requests only to its allowed hosts, follows no redirects, uses no proxy, and limits
//! the size and time of every response.

use std::io::Read;
use std::time::Duration;

use ureq::http::{Request, Response, StatusCode, Uri};

/// Types of requests and responses.
pub use ureq::http;

/// Maximum size of a document: discovery, keys, tokens, listings.
const MAX_DOCUMENT_BYTES: u64 = 8 << 20;
/// Timeout for a whole document.
const DOCUMENT_TIMEOUT: Duration = Duration::from_secs(20);
/// Timeout for a whole file.
const FILE_TIMEOUT: Duration = Duration::from_mins(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// The host is not allowed.
    #[error("`{0}` is not an allowed host")]
    ForeignHost(String),
    /// Not a URL.
    #[error("`{0}` is not an http or https URL")]
    InvalidUrl(String),
    /// No connection, or a timeout.
    #[error("the host cannot be reached")]
    Unreachable(#[source] Box<ureq::Error>),
    /// The response was truncated, or is too long.
    #[error("the response cannot be read")]
    Body(#[source] std::io::Error),
}

/// A client for a fixed set of hosts. Cheap to clone.
#[derive(Clone)]
pub struct Outbound {
    agent: ureq::Agent,
    /// `host:port`, with the default port of the scheme if none is given.
    hosts: Vec<String>,
}

impl Outbound {
    /// Allows the hosts of these URLs. Invalid URLs are ignored.
    #[must_use]
    pub fn new<'a>(urls: impl IntoIterator<Item = &'a str>) -> Self {
        let agent = ureq::Agent::config_builder()
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .proxy(None)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_resolve(Some(CONNECT_TIMEOUT))
            .user_agent(concat!("fotota/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        let hosts = urls.into_iter().filter_map(|url| url.parse().ok().as_ref().and_then(host)).collect();
        Self { agent, hosts }
    }

    /// Whether the host of `url` is allowed.
    #[must_use]
    pub fn allows(&self, url: &str) -> bool {
        url.parse().ok().as_ref().and_then(host).is_some_and(|host| self.hosts.contains(&host))
    }

    /// Sends a request and reads the response, whatever its status, into memory.
    ///
    /// # Errors
    /// If the host is not allowed or does not answer, or the response is too long.
    pub fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, OutboundError> {
        let (parts, body) = self.run(request, DOCUMENT_TIMEOUT)?.into_parts();
        let mut bytes = Vec::new();
        let mut reader = body.into_reader().take(MAX_DOCUMENT_BYTES + 1);
        reader.read_to_end(&mut bytes).map_err(OutboundError::Body)?;
        if bytes.len() as u64 > MAX_DOCUMENT_BYTES {
            return Err(OutboundError::Body(std::io::ErrorKind::FileTooLarge.into()));
        }
        Ok(Response::from_parts(parts, bytes))
    }

    /// Sends a request for a file. Returns status and headers, and a reader for the body.
    ///
    /// # Errors
    /// If the host is not allowed or does not answer.
    pub fn open(&self, request: Request<Vec<u8>>) -> Result<Response<Box<dyn Read + Send>>, OutboundError> {
        let (parts, body) = self.run(request, FILE_TIMEOUT)?.into_parts();
        Ok(Response::from_parts(parts, Box::new(body.into_reader())))
    }

    fn run(
        &self,
        request: Request<Vec<u8>>,
        timeout: Duration,
    ) -> Result<Response<ureq::Body>, OutboundError> {
        let host =
            host(request.uri()).ok_or_else(|| OutboundError::InvalidUrl(without_query(request.uri())))?;
        if !self.hosts.contains(&host) {
            return Err(OutboundError::ForeignHost(host));
        }
        let request = self.agent.configure_request(request).timeout_global(Some(timeout)).build();
        self.agent.run(request).map_err(|error| OutboundError::Unreachable(Box::new(error)))
    }
}

/// A GET request, to which headers can be added.
///
/// # Errors
/// If `url` is not a URL.
pub fn get_request(url: &str) -> Result<Request<Vec<u8>>, OutboundError> {
    Request::get(url)
        .body(Vec::new())
        .map_err(|_| OutboundError::InvalidUrl(url.split('?').next().unwrap_or_default().to_owned()))
}

/// Queries may contain keys and tokens, which must not appear in messages.
fn without_query(uri: &Uri) -> String {
    uri.to_string().split('?').next().unwrap_or_default().to_owned()
}

fn host(uri: &Uri) -> Option<String> {
    let port = match (uri.port_u16(), uri.scheme_str()?) {
        (Some(port), "http" | "https") => port,
        (None, "http") => 80,
        (None, "https") => 443,
        _ => return None,
    };
    Some(format!("{}:{port}", uri.host()?.to_ascii_lowercase()))
}

/// Whether the failure is temporary: a later attempt may succeed.
#[must_use]
pub fn is_temporary(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::REQUEST_TIMEOUT
        || status.is_server_error()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_allowed_hosts_receive_requests() {
        let outbound = Outbound::new(["https://www.googleapis.com/drive/v3", "http://127.0.0.1:9"]);
        for allowed in
            ["https://www.googleapis.com/x", "https://WWW.googleapis.com:443/y", "http://127.0.0.1:9/z"]
        {
            assert!(outbound.allows(allowed), "{allowed}");
        }
        for foreign in [
            "https://googleapis.com/",
            "http://www.googleapis.com/",
            "https://www.googleapis.com.evil.example/",
            "https://www.googleapis.com@evil.example/",
            "http://127.0.0.1:10/",
            "file:///etc/passwd",
            "not a url",
        ] {
            assert!(!outbound.allows(foreign), "{foreign}");
            assert!(get_request(foreign).and_then(|request| outbound.send(request)).is_err(), "{foreign}");
        }
    }
}
