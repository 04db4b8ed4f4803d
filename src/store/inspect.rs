//! Reading a data folder without opening it: for diagnosis.

use std::path::Path;

use crate::store::recovery::Named;
use crate::store::sql::{Database, Inspection, Reader, sqlite};
use crate::store::tables::purges;
use crate::store::{
    BlobKey, Blobs, DATABASE, ON_SERVER, Places, Rows, Store, StoreError, StoreResult, backup, private,
};

impl Store {
    /// Whether other users of this computer are kept out of a data folder; always on systems other than Unix.
    #[must_use]
    pub fn is_private(folder: &Path) -> bool {
        private::is_private(folder)
    }

    /// Runs `work` on the database of a data folder. Unlike [`Store::open`] this creates, migrates and deletes nothing.
    ///
    /// # Errors
    /// What `work` returned, or why the database cannot be read.
    pub fn inspect<'a, T>(
        folder: &Path,
        places: impl Into<Places<'a>>,
        work: impl FnOnce(&Reader) -> StoreResult<T>,
    ) -> StoreResult<Inspection<T>> {
        Self::inspect_inner(folder, places.into().rows, work).map_err(|error| error.in_folder(folder))
    }

    fn inspect_inner<T>(
        folder: &Path,
        rows: Rows<'_>,
        work: impl FnOnce(&Reader) -> StoreResult<T>,
    ) -> StoreResult<Inspection<T>> {
        backup::check_not_interrupted(folder)?;
        if let Rows::OnServer(server) = rows {
            return Database::inspect_server(server, work);
        }
        if folder.join(ON_SERVER).exists() {
            return Err(StoreError::RowsOnServer { folder: folder.to_owned() });
        }
        let database = folder.join(DATABASE);
        if !database.exists() {
            return Ok(Inspection::Missing);
        }
        sqlite::register_vector_extension();
        let connection = sqlite::open_for_inspection(&database)?;
        match sqlite::check_version(&connection)? {
            (found, known) if found < known => Ok(Inspection::OldSchema { found, known }),
            _ => work(&Reader::sqlite(&connection)).map(Inspection::Current),
        }
    }

    /// What SQLite finds wrong with its file, reading all of it: nothing if it is whole. A server looks after its own.
    pub fn check_database(db: &Reader) -> StoreResult<Vec<String>> {
        if !db.is_file() {
            return Ok(Vec::new());
        }
        let mut found: Vec<String> = db.all("pragma quick_check(20)", ())?;
        found.retain(|line| line != "ok");
        Ok(found)
    }

    /// Selfies and copies that have a row and no file.
    pub fn list_missing_pictures(db: &Reader, blobs: &Blobs) -> StoreResult<Vec<BlobKey>> {
        let is_missing = |db: &Reader| -> StoreResult<Vec<BlobKey>> {
            let mut keys: Vec<BlobKey> = Named::list(db)?.pictures().collect();
            keys.retain(|key| !matches!(blobs.size(key), Ok(Some(_))));
            Ok(keys)
        };
        let missing = is_missing(db)?;
        // Somebody may have deleted them meanwhile.
        if missing.is_empty() { Ok(missing) } else { is_missing(db) }
    }

    /// Files of photos, selfies and copies that no row names.
    pub fn list_nameless(db: &Reader, blobs: &Blobs) -> StoreResult<Vec<BlobKey>> {
        let mut keys = Vec::new();
        // Before the rows: a file is older than its row, except for originals, which are moved after it.
        for folder in ["originals", "derived", "selfies", "drive"] {
            keys.extend(blobs.list(folder)?);
        }
        let (named, known) = (Named::list(db)?, purges::list_known(db)?);
        keys.retain(|key| !named.has(key) && !known.contains(key));
        Ok(keys)
    }
}
