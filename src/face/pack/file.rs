//! The files of a pack: how each is identified, and where it can be downloaded.

use std::path::{Component, Path};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::PackError;
use crate::domain::Digest;

/// Where a file is published.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its address.
    pub url: String,
    /// Its exact size, if known.
    pub bytes: Option<u64>,
    /// Other hosts that the address may redirect to: `https://HOST`, or `https://*.DOMAIN` for all below a domain.
    #[serde(default)]
    pub redirects: Vec<String>,
}

/// One of a pack's two files.
#[derive(Clone, Copy, Debug)]
pub struct PackFile<'a> {
    /// File name.
    pub name: &'a str,
    /// In lower-case hexadecimal, if known.
    pub sha256: Option<&'a str>,
    /// Where it is published, if known.
    pub source: Option<&'a Source>,
    /// Whether it is in the executable.
    pub embedded: bool,
}

/// All that must be known of a file before it is downloaded.
#[derive(Clone, Copy, Debug)]
pub struct Download<'a> {
    /// File name.
    pub name: &'a str,
    /// Address.
    pub url: &'a str,
    /// Other hosts that the address may redirect to.
    pub redirects: &'a [String],
    /// In lower-case hexadecimal.
    pub sha256: &'a str,
    /// Exact size.
    pub bytes: u64,
}

impl<'a> PackFile<'a> {
    /// `None` if its address, its SHA-256 or its size is not known.
    #[must_use]
    pub fn download(&self) -> Option<Download<'a>> {
        let source = self.source?;
        let (name, sha256, bytes) = (self.name, self.sha256?, source.bytes?);
        Some(Download { name, url: &source.url, redirects: &source.redirects, sha256, bytes })
    }

    /// Reads `folder/FILE`, unchecked.
    pub fn read_from(&self, folder: &Path) -> Result<Vec<u8>, PackError> {
        let path = folder.join(self.name);
        std::fs::read(&path).map_err(|source| PackError::File { path, source })
    }

    /// Fails if the SHA-256 is known and `bytes` has another one.
    pub fn check(&self, bytes: &[u8]) -> Result<(), PackError> {
        let Some(expected) = self.sha256 else { return Ok(()) };
        let found = Digest(Sha256::digest(bytes).into());
        if found.to_string() == expected {
            return Ok(());
        }
        Err(PackError::Checksum { file: self.name.to_owned(), found, expected: expected.to_owned() })
    }

    /// What is wrong with its description.
    pub(super) fn mistake(&self) -> Option<&'static str> {
        let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !is_plain_name(self.name) {
            Some("`file` must be a file name, without a folder")
        } else if self.sha256.is_some_and(|sha256| sha256.len() != 64 || !is_hex(sha256)) {
            Some("`sha256` must have 64 lower-case hexadecimal digits")
        } else if self.source.is_some_and(|source| !source.url.starts_with("https://")) {
            Some("`source.url` must begin with https://")
        } else if self.source.is_some_and(|source| !source.redirects.iter().all(|host| is_redirect(host))) {
            Some("`source.redirects` must be https://HOST or https://*.DOMAIN")
        } else {
            None
        }
    }
}

/// True for a name that cannot lead out of its folder.
pub(super) fn is_plain_name(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name)
}

/// `https://HOST` or `https://*.DOMAIN`. A domain has at least two labels: nobody means `*.org`.
fn is_redirect(text: &str) -> bool {
    let Some(host) = text.strip_prefix("https://") else { return false };
    let domain = host.strip_prefix("*.").unwrap_or(host);
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    domain.contains('.') && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_that_are_known_in_full_can_be_downloaded() {
        let source =
            Source { url: "https://example.org/a".to_owned(), bytes: Some(3), redirects: Vec::new() };
        let sized = Source { bytes: None, ..source.clone() };
        let file = PackFile { name: "a", sha256: Some("00"), source: Some(&source), embedded: false };
        assert!(file.download().is_some());
        assert!(PackFile { sha256: None, ..file }.download().is_none());
        assert!(PackFile { source: None, ..file }.download().is_none());
        assert!(PackFile { source: Some(&sized), ..file }.download().is_none());
    }

    #[test]
    fn mistakes_are_named() {
        let sha256 = "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc";
        let mistake = |name: &str, sha256: &str, url: &str, redirect: &str| {
            let redirects = vec![redirect.to_owned()];
            let source = Source { url: url.to_owned(), bytes: None, redirects };
            PackFile { name, sha256: Some(sha256), source: Some(&source), embedded: false }.mistake()
        };
        let (url, redirect) = ("https://example.org/a", "https://*.example.org");
        assert_eq!(mistake("a.onnx", sha256, url, redirect), None);
        for name in ["", "..", "../a.onnx", "/a.onnx", "a/b.onnx", "a/"] {
            assert!(mistake(name, sha256, url, redirect).is_some(), "{name}");
        }
        for sha256 in ["", "09189dea", &format!("{sha256}0"), &sha256.to_uppercase()] {
            assert!(mistake("a.onnx", sha256, url, redirect).is_some(), "{sha256}");
        }
        assert!(mistake("a.onnx", sha256, "http://example.org/a", redirect).is_some());
        for redirect in [
            "http://a.org",
            "a.org",
            "https://*",
            "https://*.org",
            "https://*a.org",
            "https://a.org/b",
            "https://",
        ] {
            assert!(mistake("a.onnx", sha256, url, redirect).is_some(), "{redirect}");
        }
    }
}
