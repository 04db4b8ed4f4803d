//! The HTTP client for the OpenID provider, Google Drive, the files of model packs, certificates, and another FotoTa
//! that an event is sent to. Nothing else sends
//! requests to other computers.
//!
//! Invariant: an [`Outbound`] sends requests only to its allowed hosts, uses no proxy, and limits the size and time of
//! every response. It follows redirects only for a [`Outbound::download`], and only to hosts that its caller names.

use std::io::Read;
use std::time::Duration;

use ureq::config::ConfigBuilder;
use ureq::http::{Request, Response, StatusCode, Uri, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::typestate::AgentScope;

/// Types of requests and responses.
pub use ureq::http;

/// Maximum size of a document: discovery, keys, tokens, listings.
const MAX_DOCUMENT_BYTES: u64 = 8 << 20;
/// Timeout for a whole document.
const DOCUMENT_TIMEOUT: Duration = Duration::from_secs(20);
/// Timeout for a whole file.
const FILE_TIMEOUT: Duration = Duration::from_mins(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Most redirects of one download.
const MAX_REDIRECTS: usize = 5;

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// The host is not allowed.
    #[error("`{0}` is not an allowed host")]
    ForeignHost(String),
    /// A download was redirected without an address, or too often.
    #[error("the host redirects to nowhere")]
    Redirect,
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
    /// `scheme://host:port`.
    origins: Vec<String>,
}

impl Outbound {
    /// Allows the hosts of these URLs. Invalid URLs are ignored.
    #[must_use]
    pub fn new<'a>(urls: impl IntoIterator<Item = &'a str>) -> Self {
        let agent = configured().build().into();
        let origins = urls.into_iter().filter_map(|url| url.parse().ok().as_ref().and_then(origin)).collect();
        Self { agent, origins }
    }

    /// Trusts only hosts whose certificates come from this authority, instead of those that browsers trust. `root` is
    /// its own certificate (DER).
    #[must_use]
    pub fn trusting(self, root: &[u8]) -> Self {
        let roots = RootCerts::new_with_certs(&[Certificate::from_der(root).to_owned()]);
        let tls = TlsConfig::builder().root_certs(roots).build();
        Self { agent: configured().tls_config(tls).build().into(), ..self }
    }

    /// Whether the host of `url` is allowed.
    #[must_use]
    pub fn allows(&self, url: &str) -> bool {
        url.parse().ok().as_ref().and_then(origin).is_some_and(|origin| self.origins.contains(&origin))
    }

    /// Sends a request and reads the response, whatever its status, into memory.
    ///
    /// # Errors
    /// If the host is not allowed or does not answer, or the response is too long.
    pub fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, OutboundError> {
        whole(self.run(request, DOCUMENT_TIMEOUT, &[])?)
    }

    /// Sends a request for a file. Returns status and headers, and a reader for the body.
    ///
    /// # Errors
    /// If the host is not allowed or does not answer.
    pub fn open(&self, request: Request<Vec<u8>>) -> Result<Response<Box<dyn Read + Send>>, OutboundError> {
        Ok(with_reader(self.run(request, FILE_TIMEOUT, &[])?))
    }

    /// Like [`Outbound::open`], and follows redirects to allowed hosts and to `redirects`: `https://HOST`, or
    /// `https://*.DOMAIN` for all hosts below a domain. All of them get the request's headers: no secret belongs there.
    ///
    /// # Errors
    /// If a host is not allowed or does not answer, or redirects too often.
    pub fn download(
        &self,
        mut request: Request<Vec<u8>>,
        redirects: &[String],
    ) -> Result<Response<Box<dyn Read + Send>>, OutboundError> {
        let mut also = [].as_slice();
        for _ in 0..=MAX_REDIRECTS {
            let response = self.run(request.clone(), FILE_TIMEOUT, also)?;
            if !response.status().is_redirection() {
                return Ok(with_reader(response));
            }
            *request.uri_mut() = redirected(request.uri(), &response).ok_or(OutboundError::Redirect)?;
            also = redirects;
        }
        Err(OutboundError::Redirect)
    }

    /// `also` names further allowed hosts.
    /// Sends a large body, and reads a small answer.
    ///
    /// # Errors
    /// As [`Outbound::send`].
    pub fn upload(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, OutboundError> {
        whole(self.run(request, FILE_TIMEOUT, &[])?)
    }

    fn run(
        &self,
        request: Request<Vec<u8>>,
        timeout: Duration,
        also: &[String],
    ) -> Result<Response<ureq::Body>, OutboundError> {
        let origin =
            origin(request.uri()).ok_or_else(|| OutboundError::InvalidUrl(without_query(request.uri())))?;
        if !self.origins.contains(&origin) && !also.iter().any(|rule| is_origin_of(rule, &origin)) {
            return Err(OutboundError::ForeignHost(origin));
        }
        let request = self.agent.configure_request(request).timeout_global(Some(timeout)).build();
        self.agent.run(request).map_err(|error| OutboundError::Unreachable(Box::new(error)))
    }
}

fn configured() -> ConfigBuilder<AgentScope> {
    ureq::Agent::config_builder()
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .proxy(None)
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_resolve(Some(CONNECT_TIMEOUT))
        .user_agent(concat!("fotota/", env!("CARGO_PKG_VERSION")))
}

/// The address that a response redirects to.
fn redirected(from: &Uri, response: &Response<ureq::Body>) -> Option<Uri> {
    let target = response.headers().get(header::LOCATION)?.to_str().ok()?;
    let target = url::Url::parse(&from.to_string()).ok()?.join(target).ok()?;
    target.as_str().parse().ok()
}

/// The response with all of its body, which has a limit.
fn whole(response: Response<ureq::Body>) -> Result<Response<Vec<u8>>, OutboundError> {
    let (parts, body) = response.into_parts();
    let mut bytes = Vec::new();
    body.into_reader().take(MAX_DOCUMENT_BYTES + 1).read_to_end(&mut bytes).map_err(OutboundError::Body)?;
    if bytes.len() as u64 > MAX_DOCUMENT_BYTES {
        return Err(OutboundError::Body(std::io::ErrorKind::FileTooLarge.into()));
    }
    Ok(Response::from_parts(parts, bytes))
}

fn with_reader(response: Response<ureq::Body>) -> Response<Box<dyn Read + Send>> {
    response.map(|body| -> Box<dyn Read + Send> { Box::new(body.into_reader()) })
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

/// `scheme://host:port`, with the default port of the scheme if none is given.
fn origin(uri: &Uri) -> Option<String> {
    let scheme = uri.scheme_str()?;
    let port = match (uri.port_u16(), scheme) {
        (Some(port), "http" | "https") => port,
        (None, "http") => 80,
        (None, "https") => 443,
        _ => return None,
    };
    Some(format!("{scheme}://{}:{port}", uri.host()?.to_ascii_lowercase()))
}

/// Whether a rule of [`Outbound::download`] allows that origin.
fn is_origin_of(rule: &str, allowed: &str) -> bool {
    let Some(own) = rule.replacen("//*.", "//", 1).parse().ok().as_ref().and_then(origin) else {
        return false;
    };
    match own.split_once("//") {
        Some((scheme, domain)) if rule.contains("//*.") => {
            let host = allowed.split_once("//").filter(|parts| parts.0 == scheme).map(|parts| parts.1);
            let labels = host.and_then(|host| host.strip_suffix(domain));
            labels.is_some_and(|labels| labels.len() > 1 && labels.ends_with('.'))
        }
        _ => own == allowed,
    }
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
    fn redirects_lead_only_to_named_hosts() {
        let origin = |url: &str| origin(&url.parse().unwrap()).unwrap();
        let rules = ["https://media.example.org".to_owned(), "https://*.cdn.example".to_owned()];
        let allows = |url: &str| rules.iter().any(|rule| is_origin_of(rule, &origin(url)));
        for allowed in [
            "https://media.example.org/x?signature=1",
            "https://MEDIA.example.org:443/",
            "https://a.cdn.example/",
            "https://eu.west.cdn.example/x",
        ] {
            assert!(allows(allowed), "{allowed}");
        }
        for foreign in [
            "http://media.example.org/",
            "http://a.cdn.example:443/",
            "https://media.example.org:8443/",
            "https://a.cdn.example:8443/",
            "https://example.org/",
            "https://cdn.example/",
            "https://evilcdn.example/",
            "https://a.cdn.example.evil.example/",
            "https://a.cdn.example@evil.example/",
            "https://127.0.0.1/",
        ] {
            assert!(!allows(foreign), "{foreign}");
        }
    }

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
            "http://www.googleapis.com:443/",
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
