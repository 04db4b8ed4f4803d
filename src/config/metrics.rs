//! Configuration of metrics: who may read them.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use super::{Check, ConfigError, Secret, resolve};

/// Shorter ones could be guessed.
const LEAST_TOKEN_CHARS: usize = 20;

/// Metrics for Prometheus. Nobody gets them by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// Who sends it gets the metrics.
    pub token: Option<Secret>,
    /// File with the token.
    pub token_file: Option<PathBuf>,
    /// A second address, for the metrics alone.
    pub bind: Option<SocketAddr>,
}

impl Metrics {
    pub(super) fn take_secret(&mut self) -> Result<(), ConfigError> {
        let file = self.token_file.clone();
        resolve(&mut self.token, "FOTOTA_METRICS_TOKEN", file.as_deref())
    }

    /// Whether the address that guests use answers with metrics.
    #[must_use]
    pub fn is_on_main_port(&self) -> bool {
        self.token.is_some() && self.bind.is_none()
    }

    pub(super) fn check(&self, check: &Check) -> Result<(), ConfigError> {
        let is_long = self.token.as_ref().is_none_or(|token| token.expose().len() >= LEAST_TOKEN_CHARS);
        check(is_long, "metrics.token", &"shorter", "at least 20 characters")?;
        let is_closed = self.bind.is_none_or(|address| address.ip().is_loopback()) || self.token.is_some();
        let address = self.bind.map_or_else(String::new, |address| address.to_string());
        check(is_closed, "metrics.bind", &address, "an address of this computer alone, or a token too")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Metrics, String> {
        let metrics: Metrics = toml::from_str(text).map_err(|error| error.to_string())?;
        let check: &Check = &|valid, key, value, expected| {
            if valid { Ok(()) } else { Err(ConfigError::Range { key, value: value.to_string(), expected }) }
        };
        metrics.check(check).map_err(|error| error.to_string())?;
        Ok(metrics)
    }

    #[test]
    fn other_computers_need_a_token_that_cannot_be_guessed() {
        let long = "token = \"a token of many characters\"\n";
        assert!(!check("").unwrap().is_on_main_port());
        assert!(check(long).unwrap().is_on_main_port());
        assert!(check("token = \"short\"").unwrap_err().contains("metrics.token"));
        assert!(!check("bind = \"127.0.0.1:9187\"").unwrap().is_on_main_port());
        assert!(check("bind = \"[::1]:9187\"").is_ok());
        assert!(check("bind = \"0.0.0.0:9187\"").unwrap_err().contains("metrics.bind"));
        assert!(!check(&format!("{long}bind = \"0.0.0.0:9187\"")).unwrap().is_on_main_port());
    }
}
