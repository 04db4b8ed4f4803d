//! DNS records at an acme-dns server: it serves nothing but these, and `_acme-challenge.NAME` is an alias to one of its
//! names. It keeps the last two values, and removes none.

use super::Provider;
use crate::config;
use crate::domain::reason_chain;
use crate::outbound::{Outbound, http::Request};

pub(super) struct AcmeDns {
    pub(super) account: config::AcmeDns,
    pub(super) outbound: Outbound,
}

impl Provider for AcmeDns {
    fn add(&self, _: &str, value: &str) -> Result<(), String> {
        let config::AcmeDns { url, username, password, subdomain } = &self.account;
        let body = serde_json::json!({ "subdomain": subdomain, "txt": value }).to_string();
        let password = password.as_ref().map(config::Secret::expose).unwrap_or_default();
        let request = Request::post(format!("{}/update", url.trim_end_matches('/')))
            .header("content-type", "application/json")
            .header("x-api-user", username)
            .header("x-api-key", password)
            .body(body.into_bytes())
            .map_err(|error| format!("the acme-dns account cannot be used: {error}"))?;
        let answer =
            self.outbound.send(request).map_err(|error| format!("acme-dns: {}", reason_chain(&error)))?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(format!("the acme-dns server refused the account or the value ({})", answer.status()))
    }

    fn remove(&self, _: &str, _: &str) -> Result<(), String> {
        Ok(())
    }
}
