//! Configured secrets, from the environment, a file, or the configuration itself.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::ConfigError;

/// A text that never appears in logs or messages.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// Loads a secret. The environment overrides the file, and the file overrides the configuration.
pub(super) fn resolve(
    secret: &mut Option<Secret>,
    variable: &str,
    file: Option<&Path>,
) -> Result<(), ConfigError> {
    if let Some(text) = std::env::var(variable).ok().filter(|text| !text.is_empty()) {
        *secret = Some(Secret(text));
    } else if let Some(path) = file {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: PathBuf::from(path), source })?;
        *secret = Some(Secret(text.trim().to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_from_its_file_and_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), b" hush \n").unwrap();
        let mut secret = Some(Secret("inline".into()));
        resolve(&mut secret, "FOTOTA_NO_SUCH_VARIABLE", None).unwrap();
        assert_eq!(secret.as_ref().unwrap().expose(), "inline");
        resolve(&mut secret, "FOTOTA_NO_SUCH_VARIABLE", Some(&path)).unwrap();
        assert_eq!(secret.as_ref().unwrap().expose(), "hush");
        assert_eq!(format!("{secret:?}"), "Some((secret))");
        let missing = resolve(&mut secret, "FOTOTA_NO_SUCH_VARIABLE", Some(&folder.path().join("x")));
        assert!(missing.unwrap_err().to_string().contains("cannot read"));
    }
}
