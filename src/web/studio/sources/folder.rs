//! Which folders of this computer may become hot folders.

use std::path::{Path, PathBuf};

use crate::domain::User;
use crate::store::Store;
use crate::web::error::blocking;
use crate::web::{ApiError, AppState, ErrorCode};

/// Whether this user may choose folders, which gives them the pictures of the whole computer.
pub(super) fn is_allowed(state: &AppState, user: &User) -> bool {
    user.is_admin && state.config().intake.studio_folders
}

/// The folder's full path, if it may become a hot folder.
pub(super) async fn check(state: &AppState, user: &User, folder: String) -> Result<String, ApiError> {
    if !is_allowed(state, user) {
        return Err(ErrorCode::SourceFoldersOff.into());
    }
    let whole = blocking(move || Ok(whole_path(Path::new(folder.trim())))).await?;
    let whole = whole.and_then(|path| path.into_os_string().into_string().ok());
    whole.ok_or_else(|| ErrorCode::SourceFolder.into())
}

/// Without links, so that no folder is watched twice, and nothing in a data folder.
fn whole_path(folder: &Path) -> Option<PathBuf> {
    if !folder.is_absolute() {
        return None;
    }
    let whole = folder.canonicalize().ok().filter(|whole| whole.is_dir())?;
    let is_data = whole.ancestors().any(Store::is_data_folder);
    (!is_data).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hot_folder_is_a_folder_and_nothing_of_fotota() {
        let root = tempfile::tempdir().unwrap();
        let (photos, data) = (root.path().join("photos"), root.path().join("data/originals"));
        for folder in [&photos, &data] {
            std::fs::create_dir_all(folder).unwrap();
        }
        for file in ["photos/a.jpg", "data/fotota.db"] {
            std::fs::File::create(root.path().join(file)).unwrap();
        }
        assert_eq!(whole_path(&photos.join("../photos")), Some(photos.canonicalize().unwrap()));
        for refused in [Path::new("photos"), &photos.join("a.jpg"), &root.path().join("missing"), &data] {
            assert_eq!(whole_path(refused), None, "{}", refused.display());
        }
    }
}
