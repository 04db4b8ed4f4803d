//! Configuration of several servers on one database.

use serde::Deserialize;
use url::Url;

use super::{Check, ConfigError};

/// Several servers on one database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nodes {
    /// Where the others reach this one. Without it this server is alone.
    pub address: Option<String>,
}

impl Nodes {
    /// The environment overrides the file: what is started many times has one file.
    pub(super) fn take_address(&mut self) {
        let variable = std::env::var("FOTOTA_NODES_ADDRESS").ok().filter(|text| !text.is_empty());
        self.address = variable.or(self.address.take());
    }

    /// Host and port of the address, always written in the same way.
    #[must_use]
    pub fn host_and_port(&self) -> Option<String> {
        let url = Url::parse(self.address.as_deref()?).ok()?;
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let names_nobody = url.username().is_empty() && url.password().is_none();
        let (host, port) = (url.host_str()?, url.port_or_known_default()?);
        (url.scheme() == "http" && is_bare && names_nobody).then(|| format!("{host}:{port}"))
    }

    pub(super) fn check(&self, has_server: bool, check: &Check) -> Result<(), ConfigError> {
        let Some(address) = &self.address else { return Ok(()) };
        check(self.host_and_port().is_some(), "nodes.address", address, "http://HOST:PORT")?;
        check(has_server, "nodes.address", &"set", "`storage.url` too")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_host_and_port() {
        let read = |address: &str| Nodes { address: Some(address.to_owned()) }.host_and_port();
        assert_eq!(read("http://10.0.0.3:8080").as_deref(), Some("10.0.0.3:8080"));
        assert_eq!(read("http://Photos.lan/").as_deref(), Some("photos.lan:80"));
        assert_eq!(read("http://[fd00::3]:8080").as_deref(), Some("[fd00::3]:8080"));
        for wrong in
            ["10.0.0.3:8080", "https://10.0.0.3", "http://a/b", "http://a?b", "http://u:p@a", "http://"]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(Nodes::default().host_and_port(), None);
    }
}
