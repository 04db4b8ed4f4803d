//! Requests to other computers: the OpenID provider's and Google's, where they are configured, and no others.
//!
//! Invariant: an [`Outbound`] asks only the hosts it was made for, follows no redirect, uses no proxy, and takes no
//! more bytes and time than it was told.

use std::io::Read;
use std::time::Duration;

use ureq::http::{Request, Response, StatusCode, Uri};

/// What requests and answers are made of.
pub use ureq::http;

/// An answer's body that is no file: discovery documents, keys, tokens, listings.
const MAX_DOCUMENT_BYTES: u64 = 8 << 20;
/// For a whole document.
const DOCUMENT_TIME: Duration = Duration::from_secs(20);
/// For a whole file.
const FILE_TIME: Duration = Duration::from_mins(5);
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// Not a host that may be asked.
    #[error("`{0}` is not among the hosts that may be asked")]
    ForeignHost(String),
    /// An address that is none.
    #[error("`{0}` is not an http or https address")]
    InvalidUrl(String),
    /// The host cannot be reached, or stopped answering.
    #[error("the host cannot be reached")]
    Unreachable(#[source] Box<ureq::Error>),
    /// The answer was cut off, or is longer than allowed.
    #[error("the answer cannot be read")]
    Body(#[source] std::io::Error),
}

/// A client for some hosts.
#[derive(Clone)]
pub struct Outbound {
    agent: ureq::Agent,
    /// `host:port`, with the port that the scheme implies.
    hosts: Vec<String>,
}

impl Outbound {
    /// A client that asks the hosts of these addresses; those that are no addresses are left out.
    #[must_use]
    pub fn new<'a>(urls: impl IntoIterator<Item = &'a str>) -> Self {
        let agent = ureq::Agent::config_builder()
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .proxy(None)
            .timeout_connect(Some(CONNECT_TIME))
            .timeout_resolve(Some(CONNECT_TIME))
            .user_agent(concat!("fotota/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        let hosts = urls.into_iter().filter_map(|url| url.parse().ok().as_ref().and_then(host)).collect();
        Self { agent, hosts }
    }

    /// Whether the host of `url` may be asked.
    #[must_use]
    pub fn may_ask(&self, url: &str) -> bool {
        url.parse().ok().as_ref().and_then(host).is_some_and(|host| self.hosts.contains(&host))
    }

    /// Sends a request and takes its answer, whatever its status, into memory.
    ///
    /// # Errors
    /// When the host may not be asked or does not answer, or the answer is too long.
    pub fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, OutboundError> {
        let (parts, body) = self.run(request, DOCUMENT_TIME)?.into_parts();
        let mut bytes = Vec::new();
        let mut reader = body.into_reader().take(MAX_DOCUMENT_BYTES + 1);
        reader.read_to_end(&mut bytes).map_err(OutboundError::Body)?;
        if bytes.len() as u64 > MAX_DOCUMENT_BYTES {
            return Err(OutboundError::Body(std::io::ErrorKind::FileTooLarge.into()));
        }
        Ok(Response::from_parts(parts, bytes))
    }

    /// The document at `url`, with its status.
    ///
    /// # Errors
    /// As [`Outbound::send`].
    pub fn get(&self, url: &str) -> Result<Response<Vec<u8>>, OutboundError> {
        self.send(get_request(url)?)
    }

    /// Asks for a file: its status and headers, and a reader for its bytes.
    ///
    /// # Errors
    /// When the host may not be asked or does not answer.
    pub fn open(&self, url: &str) -> Result<Response<Box<dyn Read + Send>>, OutboundError> {
        self.open_with(get_request(url)?)
    }

    /// The same for a request with headers of its own.
    ///
    /// # Errors
    /// As [`Outbound::open`].
    pub fn open_with(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<Response<Box<dyn Read + Send>>, OutboundError> {
        let (parts, body) = self.run(request, FILE_TIME)?.into_parts();
        Ok(Response::from_parts(parts, Box::new(body.into_reader())))
    }

    fn run(&self, request: Request<Vec<u8>>, time: Duration) -> Result<Response<ureq::Body>, OutboundError> {
        let named =
            host(request.uri()).ok_or_else(|| OutboundError::InvalidUrl(without_query(request.uri())))?;
        if !self.hosts.contains(&named) {
            return Err(OutboundError::ForeignHost(named));
        }
        let request = self.agent.configure_request(request).timeout_global(Some(time)).build();
        self.agent.run(request).map_err(|error| OutboundError::Unreachable(Box::new(error)))
    }
}

/// A request for what is at `url`, to which headers can be added.
///
/// # Errors
/// When `url` is no address.
pub fn get_request(url: &str) -> Result<Request<Vec<u8>>, OutboundError> {
    Request::get(url)
        .body(Vec::new())
        .map_err(|_| OutboundError::InvalidUrl(url.split('?').next().unwrap_or_default().to_owned()))
}

/// Queries may carry keys and tokens, which belong in no message.
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

/// Whether another attempt may succeed.
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
    fn only_the_given_hosts_may_be_asked() {
        let outbound = Outbound::new(["https://www.googleapis.com/drive/v3", "http://127.0.0.1:9"]);
        for allowed in
            ["https://www.googleapis.com/x", "https://WWW.googleapis.com:443/y", "http://127.0.0.1:9/z"]
        {
            assert!(outbound.may_ask(allowed), "{allowed}");
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
            assert!(!outbound.may_ask(foreign), "{foreign}");
            assert!(outbound.get(foreign).is_err(), "{foreign}");
        }
    }
}
