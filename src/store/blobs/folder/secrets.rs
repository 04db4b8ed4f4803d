//! Secret files, which only the program's own user may read.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use super::{Folder, at, sync_folder};
use crate::domain::random_bytes;
use crate::store::{StoreResult, private};

impl Folder {
    /// The bytes of a secret file; `None` if it was never written.
    pub(in crate::store::blobs) fn read_secret(&self, name: &str) -> StoreResult<Option<Vec<u8>>> {
        let path = self.root.join("secrets").join(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(at(&path)(error)),
        }
    }

    /// Writes a secret file, whole or not at all. Unless it replaces, the file stays that another process has written.
    pub(in crate::store::blobs) fn write_secret(
        &self,
        name: &str,
        bytes: &[u8],
        replace: bool,
    ) -> StoreResult<()> {
        let folder = self.root.join("secrets");
        private::create_folder(&folder)?;
        let path = folder.join(name);
        let temporary = folder.join(format!("{}.part", u64::from_le_bytes(random_bytes())));
        let written = private::create(&temporary).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        let placed = written
            .and_then(|()| if replace { fs::rename(&temporary, &path) } else { link(&temporary, &path) });
        fs::remove_file(&temporary).ok();
        match placed {
            Err(error) if !replace && error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(at(&path)(error)),
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
