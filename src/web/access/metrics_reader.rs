//! Who may read the metrics: who comes to the address that is for them alone, or sends the token of the configuration.

use std::net::IpAddr;

use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};

use crate::auth::token_hash;
use crate::config::Metrics;
use crate::web::access::caller::bearer;
use crate::web::{ApiError, AppState, ErrorCode};

/// Marks requests to the address of `metrics.bind`.
#[derive(Clone, Copy)]
pub(crate) struct OwnAddress;

/// # Errors
/// When the caller may not read them.
pub(crate) fn admit(parts: &Parts, state: &AppState) -> Result<(), ApiError> {
    let is_own = parts.extensions.get::<OwnAddress>().is_some();
    if may_read(&state.config().metrics, is_own, &parts.headers) {
        Ok(())
    } else {
        Err(ErrorCode::MetricsRefused.into())
    }
}

fn may_read(config: &Metrics, is_own_address: bool, headers: &HeaderMap) -> bool {
    if !is_own_address && !config.is_on_main_port() {
        return false;
    }
    match &config.token {
        // Hashes are compared: how long that takes says nothing about the token.
        Some(token) => bearer(headers).is_some_and(|sent| token_hash(sent) == token_hash(token.expose())),
        None => is_own_address && names_this_computer(headers),
    }
}

/// A page of another site that a browser on this computer shows cannot read them under a name of its own.
fn names_this_computer(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let Some(named) = host.parse::<Uri>().ok().and_then(|host| host.host().map(str::to_owned)) else {
        return false;
    };
    let address = named.trim_matches(['[', ']']).parse::<IpAddr>();
    named == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(config: &str, is_own: bool, headers: &[(&'static str, &'static str)]) -> bool {
        let config: Metrics = toml::from_str(config).unwrap();
        let mut sent = HeaderMap::new();
        for (name, value) in headers {
            sent.insert(*name, value.parse().unwrap());
        }
        may_read(&config, is_own, &sent)
    }

    #[test]
    fn metrics_are_for_their_address_or_for_the_token() {
        let (right, wrong) = (("authorization", "Bearer right"), ("authorization", "Bearer wrong"));
        let local = ("host", "127.0.0.1:9187");
        let (token, bind) = ("token = \"right\"\n", "bind = \"127.0.0.1:9187\"\n");
        assert!(!may("", false, &[right, local]));
        assert!(may(token, false, &[right]) && !may(token, false, &[wrong]) && !may(token, false, &[local]));
        assert!(!may(bind, false, &[local]) && may(bind, true, &[local]));
        let both = [token, bind].concat();
        assert!(!may(&both, false, &[right]) && may(&both, true, &[right]) && !may(&both, true, &[local]));
    }

    #[test]
    fn a_name_of_another_site_reads_nothing() {
        for (host, is_ours) in [
            ("localhost:9187", true),
            ("localhost", true),
            ("127.0.0.1", true),
            ("[::1]:9187", true),
            ("[::1]", true),
            ("evil.example:9187", false),
            ("192.168.1.7:9187", false),
            ("", false),
        ] {
            assert_eq!(may("bind = \"127.0.0.1:9187\"", true, &[("host", host)]), is_ours, "{host}");
        }
    }
}
