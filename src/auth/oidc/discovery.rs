//! The provider's discovery document: the URLs for browsers and for requests.
//!
//! Invariant: a document with another issuer is rejected, and so are URLs without TLS unless the issuer has none. Later
//! requests go only to the hosts in the document.

use std::sync::Arc;

use oauth2::http::{Request, Response, StatusCode};
use serde::Deserialize;
use url::Url;

use super::{Fault, OidcError};
use crate::config;
use crate::outbound::{self, Outbound};

/// The provider's URLs.
pub(super) struct Endpoints {
    pub(super) authorization: Url,
    pub(super) token: Url,
    pub(super) keys: Url,
    pub(super) user_info: Option<Url>,
    pub(super) introspection: Option<Url>,
    /// Used instead of introspection, which Google does not offer.
    pub(super) token_info: Option<Url>,
    /// Whether the client secret is sent in the request body, because the provider does not accept a header.
    pub(super) secret_in_body: bool,
    /// Limited to the hosts of these URLs.
    pub(super) outbound: Outbound,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    introspection_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

/// Fetches and checks the document.
pub(super) fn fetch(settings: &config::Google) -> Result<Endpoints, OidcError> {
    let issuer = &settings.issuer;
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let answer = get_document(&Outbound::new([url.as_str()]), &url, "discovery document")?;
    let document: Document = parse(&answer, "discovery document")?;
    Ok(endpoints(document, settings)?)
}

fn endpoints(document: Document, settings: &config::Google) -> Result<Endpoints, Fault> {
    if document.issuer != settings.issuer {
        return Err(Fault::Issuer { configured: settings.issuer.clone(), found: document.issuer });
    }
    let tls = !settings.issuer.starts_with("http://");
    let url = |name, text: &str| {
        let url = Url::parse(text).ok();
        url.filter(|url| url.scheme() == "https" || (!tls && url.scheme() == "http"))
            .ok_or(Fault::Endpoint(name))
    };
    let user_info = document.userinfo_endpoint.as_deref();
    let introspection = document.introspection_endpoint.as_deref();
    let token_info = Some(settings.token_info_url.as_str()).filter(|_| introspection.is_none());
    let mut endpoints = Endpoints {
        authorization: url("authorization_endpoint", &document.authorization_endpoint)?,
        token: url("token_endpoint", &document.token_endpoint)?,
        keys: url("jwks_uri", &document.jwks_uri)?,
        user_info: user_info.map(|text| url("userinfo_endpoint", text)).transpose()?,
        introspection: introspection.map(|text| url("introspection_endpoint", text)).transpose()?,
        token_info: token_info.map(|text| url("token_info_url", text)).transpose()?,
        secret_in_body: only_in_body(document.token_endpoint_auth_methods_supported.as_deref()),
        outbound: Outbound::new([]),
    };
    let Endpoints { token, keys, user_info, introspection, token_info, .. } = &endpoints;
    let asked = [Some(token), Some(keys), user_info.as_ref(), introspection.as_ref(), token_info.as_ref()];
    endpoints.outbound = Outbound::new(asked.into_iter().flatten().map(Url::as_str));
    Ok(endpoints)
}

/// The default in the standard is a header.
fn only_in_body(methods: Option<&[String]>) -> bool {
    let named = |method| methods.is_some_and(|methods| methods.iter().any(|name| name == method));
    named("client_secret_post") && !named("client_secret_basic")
}

/// Fetches a public document.
pub(super) fn get_document(outbound: &Outbound, url: &str, name: &'static str) -> Result<Vec<u8>, OidcError> {
    let request = Request::get(url).body(Vec::new()).map_err(|_| Fault::Endpoint(name))?;
    let answer = send(outbound, request, name)?;
    if answer.status() != StatusCode::OK {
        return Err(Fault::Status { endpoint: name, status: answer.status().as_u16() }.into());
    }
    Ok(answer.into_body())
}

/// Sends a request. Only temporary failures of the provider are errors; the caller checks other statuses.
pub(super) fn send(
    outbound: &Outbound,
    request: Request<Vec<u8>>,
    endpoint: &'static str,
) -> Result<Response<Vec<u8>>, OidcError> {
    let answer = outbound.send(request).map_err(|error| OidcError::Unreachable(Arc::new(error)))?;
    if outbound::is_temporary(answer.status()) {
        return Err(OidcError::Unavailable { endpoint, status: answer.status().as_u16() });
    }
    Ok(answer)
}

/// Parses a public document; its content may appear in errors.
pub(super) fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8], document: &'static str) -> Result<T, Fault> {
    serde_json::from_slice(bytes).map_err(|source| Fault::Document { document, source: Arc::new(source) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// An excerpt of Google's document.
    fn google() -> serde_json::Value {
        json!({
            "issuer": "https://accounts.google.com",
            "authorization_endpoint": "https://accounts.google.com/o/oauth2/v2/auth",
            "token_endpoint": "https://oauth2.googleapis.com/token",
            "userinfo_endpoint": "https://openidconnect.googleapis.com/v1/userinfo",
            "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        })
    }

    fn read(document: serde_json::Value, settings: &config::Google) -> Result<Endpoints, Fault> {
        endpoints(serde_json::from_value(document).unwrap(), settings)
    }

    #[test]
    fn requests_go_only_to_hosts_in_the_document() {
        let endpoints = read(google(), &config::Google::default()).unwrap();
        for asked in ["https://oauth2.googleapis.com/tokeninfo", "https://www.googleapis.com/oauth2/v3/certs"]
        {
            assert!(endpoints.outbound.allows(asked), "{asked}");
        }
        assert!(!endpoints.outbound.allows("https://accounts.google.com/"), "only browsers go there");
        assert!(endpoints.introspection.is_none());
        assert!(!endpoints.secret_in_body);
    }

    #[test]
    fn another_issuer_and_urls_without_tls_are_rejected() {
        let mut settings =
            config::Google { issuer: "https://accounts.google.com/".into(), ..Default::default() };
        assert!(matches!(read(google(), &settings), Err(Fault::Issuer { .. })));
        settings.issuer.pop();
        for name in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"] {
            for address in ["http://accounts.google.com/x", "file:///etc/passwd", "not a url"] {
                let mut document = google();
                document[name] = address.into();
                assert!(matches!(read(document, &settings), Err(Fault::Endpoint(found)) if found == name));
            }
        }
    }

    #[test]
    fn a_provider_in_the_local_network_needs_no_tls() {
        let mut document = google();
        document["issuer"] = "http://192.168.1.5:3000".into();
        document["jwks_uri"] = "http://192.168.1.5:3000/jwks".into();
        document["introspection_endpoint"] = "http://192.168.1.5:3000/introspect".into();
        let settings = config::Google { issuer: "http://192.168.1.5:3000".into(), ..Default::default() };
        let endpoints = read(document, &settings).unwrap();
        assert!(endpoints.introspection.is_some());
        assert!(endpoints.token_info.is_none(), "introspection is preferred");
    }

    #[test]
    fn the_secret_is_in_the_body_only_if_a_header_is_not_accepted() {
        let methods = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert!(only_in_body(Some(&methods(&["client_secret_post", "private_key_jwt"]))));
        assert!(!only_in_body(Some(&methods(&["client_secret_post", "client_secret_basic"]))));
        assert!(!only_in_body(None));
    }
}
