//! Secrets that the program generates or gets for itself, beside the blobs: 32 random bytes each, or keys with their
//! certificates.

use crate::domain::random_bytes;
use crate::store::{Blobs, Store, StoreError, StoreResult};

/// What a secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretName {
    /// Access tokens.
    Access,
    /// Refresh tokens.
    Refresh,
    /// Event tokens and signed URLs.
    Event,
    /// Nothing: it seals second factors.
    Accounts,
    /// The record of what was erased. It is never rotated: what it has signed would count for nothing.
    Erasures,
}

impl SecretName {
    /// Those that sign, and can be rotated.
    pub const SIGNING: [Self; 3] = [Self::Access, Self::Refresh, Self::Event];

    fn file(self) -> String {
        format!("{}.key", self.as_str())
    }

    /// Name of its file, without the extension.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
            Self::Event => "event",
            Self::Erasures => "erasures",
            Self::Accounts => "accounts",
        }
    }
}

/// Name of [`SecretFile::LastErasure`].
pub(in crate::store) const LAST_ERASURE: &str = "erasures-last.txt";

/// A secret file that is not random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretFile {
    /// Key and certificate of the generated certificate authority.
    Authority,
    /// The account at a certificate authority.
    AcmeAccount,
    /// Key and certificates that it issued.
    AcmeCertificate,
    /// What identifies the data folder and its backups.
    FolderId,
    /// The last entry of the record of what was erased, as this data folder knows it.
    LastErasure,
}

impl SecretFile {
    fn name(self) -> &'static str {
        match self {
            Self::Authority => "authority.pem",
            Self::AcmeAccount => "acme-account.json",
            Self::AcmeCertificate => "acme-certificate.pem",
            Self::FolderId => "folder-id.txt",
            Self::LastErasure => LAST_ERASURE,
        }
    }
}

impl Store {
    /// The bytes of a secret file; `None` if it was never written.
    pub fn read_secret_file(&self, file: SecretFile) -> StoreResult<Option<Vec<u8>>> {
        self.blobs().read_secret(file.name())
    }

    /// Replaces a secret file. On an error the old one stays.
    pub fn write_secret_file(&self, file: SecretFile, bytes: &[u8]) -> StoreResult<()> {
        self.blobs().write_secret(file.name(), bytes, true)
    }

    /// Identifies this data folder, and what a restore makes of its backups.
    pub(in crate::store) fn folder_id(&self) -> StoreResult<String> {
        folder_id(self.blobs())
    }

    /// The secret; generated at first use.
    pub fn secret(&self, name: SecretName) -> StoreResult<[u8; 32]> {
        let bytes = generated(self.blobs(), &name.file(), || random_bytes::<32>().to_vec())?;
        bytes.try_into().map_err(|_| StoreError::Corrupt { what: "secret: its file is not 32 bytes" })
    }

    /// Rotates a secret: what the old one signed becomes invalid at the next start. On an error the old one stays.
    pub fn rotate_secret(&self, name: SecretName) -> StoreResult<()> {
        self.blobs().write_secret(&name.file(), &random_bytes::<32>(), true)
    }
}

/// Whether the secret was generated.
pub fn has_secret(blobs: &Blobs, name: SecretName) -> StoreResult<bool> {
    Ok(blobs.read_secret(&name.file())?.is_some())
}

/// Identifies the place of these blobs.
pub(in crate::store) fn folder_id(blobs: &Blobs) -> StoreResult<String> {
    let id = || base16ct::lower::encode_string(&random_bytes::<16>()).into_bytes();
    let id = generated(blobs, SecretFile::FolderId.name(), id)?;
    String::from_utf8(id).map_err(|_| StoreError::Corrupt { what: "id of the data folder" })
}

fn generated(blobs: &Blobs, name: &str, generate: impl FnOnce() -> Vec<u8>) -> StoreResult<Vec<u8>> {
    if let Some(bytes) = blobs.read_secret(name)? {
        return Ok(bytes);
    }
    blobs.write_secret(name, &generate(), false)?;
    // Another process may have written it first: what is there decides.
    blobs.read_secret(name)?.ok_or(StoreError::Corrupt { what: "secret: its file is gone" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::TestStore;

    #[test]
    fn secrets_persist_differ_and_are_private() {
        let store = TestStore::in_folder();
        let read = |store: &TestStore| SecretName::SIGNING.map(|name| store.secret(name).unwrap());
        let before = read(&store);
        let store = store.reopen();
        assert_eq!(read(&store), before);
        assert!(before[0] != before[1] && before[1] != before[2]);
        store.rotate_secret(SecretName::Event).unwrap();
        let after = read(&store);
        assert!(after[..2] == before[..2] && after[2] != before[2]);
        #[cfg(unix)]
        for name in SecretName::SIGNING {
            use std::os::unix::fs::PermissionsExt;
            let path = store.folder().join("secrets").join(name.file());
            let mode = std::fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let folder = store.folder().join("secrets");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 3, "nothing else is left behind");
    }
}
