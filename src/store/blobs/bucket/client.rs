//! Sends the requests of `object_store` by the HTTP client that the program has anyway.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use http_body_util::BodyExt as _;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody,
    HttpService,
};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Until there is a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For a whole request: a part of 8 MiB at 1 Mbit/s takes 67 s.
const TIMEOUT: Duration = Duration::from_mins(2);

/// An HTTP client for one bucket. It follows no redirects and uses no proxy.
#[derive(Clone, Debug)]
pub(super) struct Client(ureq::Agent);

impl Client {
    /// Trusts the authorities in a PEM file, or the public ones.
    pub(super) fn new(authorities: Option<&Path>) -> Result<Self, String> {
        let mut tls = TlsConfig::builder();
        if let Some(file) = authorities {
            let text = |error: &dyn std::fmt::Display| format!("`{}`: {error}", file.display());
            let mut roots = Vec::new();
            for root in CertificateDer::pem_file_iter(file).map_err(|error| text(&error))? {
                roots.push(Certificate::from_der(&root.map_err(|error| text(&error))?).to_owned());
            }
            tls = tls.root_certs(RootCerts::from(roots));
        }
        let config = ureq::Agent::config_builder()
            .tls_config(tls.build())
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(TIMEOUT))
            .allow_non_standard_methods(true)
            .max_idle_connections_per_host(16)
            .build();
        Ok(Self(config.into()))
    }
}

impl HttpConnector for Client {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Client {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes().to_vec();
        let request = ureq::http::Request::from_parts(parts, body);
        let agent = self.0.clone();
        let answered = tokio::task::spawn_blocking(move || {
            let (parts, mut body) = agent.run(request)?.into_parts();
            let bytes = body.with_config().limit(u64::MAX).read_to_vec()?;
            Ok(HttpResponse::from_parts(parts, HttpResponseBody::from(bytes)))
        });
        match answered.await {
            Ok(answered) => answered.map_err(failure),
            Err(error) => Err(HttpError::new(HttpErrorKind::Unknown, error)),
        }
    }
}

fn failure(error: ureq::Error) -> HttpError {
    let kind = match &error {
        ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve)
        | ureq::Error::HostNotFound
        | ureq::Error::ConnectionFailed => HttpErrorKind::Connect,
        ureq::Error::Timeout(_) => HttpErrorKind::Timeout,
        ureq::Error::Io(cause) if cause.kind() == std::io::ErrorKind::ConnectionRefused => {
            HttpErrorKind::Connect
        }
        ureq::Error::Io(_) => HttpErrorKind::Interrupted,
        _ => HttpErrorKind::Unknown,
    };
    HttpError::new(kind, error)
}
