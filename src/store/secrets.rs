//! Secrets that the program generates or gets for itself, in files that only its own user may read: 32 random bytes
//! each, or keys with their certificates.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::domain::random_bytes;
use crate::store::blobs::{at, sync_folder};
use crate::store::private;
use crate::store::{Store, StoreError, StoreResult};

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
        let path = self.0.folder.join("secrets").join(file.name());
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(at(&path)(error)),
        }
    }

    /// Identifies this data folder, and what a restore makes of its backups; generated at first use.
    pub(in crate::store) fn folder_id(&self) -> StoreResult<String> {
        let path = self.0.folder.join("secrets").join(SecretFile::FolderId.name());
        if !path.exists() {
            let id = base16ct::lower::encode_string(&random_bytes::<16>());
            self.place_secret(&path, id.as_bytes(), false)?;
        }
        fs::read_to_string(&path).map_err(at(&path))
    }

    /// Replaces a secret file. On an error the old one stays.
    pub fn write_secret_file(&self, file: SecretFile, bytes: &[u8]) -> StoreResult<()> {
        self.place_secret(&self.0.folder.join("secrets").join(file.name()), bytes, true)
    }

    fn secret_path(&self, name: SecretName) -> PathBuf {
        self.0.folder.join("secrets").join(format!("{}.key", name.as_str()))
    }

    /// Whether a data folder has the secret.
    #[must_use]
    pub fn has_secret(folder: &Path, name: SecretName) -> bool {
        folder.join("secrets").join(format!("{}.key", name.as_str())).exists()
    }

    /// The secret; generated at first use.
    pub fn secret(&self, name: SecretName) -> StoreResult<[u8; 32]> {
        let path = self.secret_path(name);
        if !path.exists() {
            self.place_secret(&path, &random_bytes::<32>(), false)?;
        }
        // Another process may have written it first: the file decides.
        let bytes = fs::read(&path).map_err(at(&path))?;
        bytes.try_into().map_err(|_| StoreError::Corrupt { what: "secret: its file is not 32 bytes" })
    }

    /// Rotates a secret: what the old one signed becomes invalid at the next start. On an error the old one stays.
    pub fn rotate_secret(&self, name: SecretName) -> StoreResult<()> {
        self.place_secret(&self.secret_path(name), &random_bytes::<32>(), true)
    }

    fn place_secret(&self, path: &Path, bytes: &[u8], replace: bool) -> StoreResult<()> {
        let folder = self.0.folder.join("secrets");
        private::create_folder(&folder)?;
        let temporary = folder.join(format!("{}.part", u64::from_le_bytes(random_bytes())));
        let written = private::create(&temporary).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        let placed = written
            .and_then(|()| if replace { fs::rename(&temporary, path) } else { link(&temporary, path) });
        fs::remove_file(&temporary).ok();
        match placed {
            Err(error) if !replace && error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(at(path)(error)),
            Ok(()) => sync_folder(&folder),
        }
    }
}

/// Gives the file its name, unless another process has written one there.
fn link(temporary: &Path, path: &Path) -> std::io::Result<()> {
    match fs::hard_link(temporary, path) {
        // Memory cards have no hard links.
        Err(error) if error.kind() != ErrorKind::AlreadyExists && !path.exists() => {
            fs::rename(temporary, path)
        }
        linked => linked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::TestStore;

    #[test]
    fn secrets_persist_differ_and_are_private() {
        let store = TestStore::new();
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
            let mode = fs::metadata(store.secret_path(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let folder = store.folder().join("secrets");
        assert_eq!(fs::read_dir(folder).unwrap().count(), 3, "nothing else is left behind");
    }
}
