//! Reading a data folder without opening it: for diagnosis.

use std::path::Path;

use crate::store::sql::{Reader, sqlite};
use crate::store::{DATABASE, Store, StoreResult, backup, private};

/// What [`Store::inspect`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inspection<T> {
    /// There is no database; the first start creates it.
    Missing,
    /// The next start migrates the database.
    OldSchema {
        /// Its version.
        found: i64,
        /// The latest version.
        known: i64,
    },
    /// The result of the work on the database.
    Current(T),
}

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
    pub fn inspect<T>(
        folder: &Path,
        work: impl FnOnce(&Reader) -> StoreResult<T>,
    ) -> StoreResult<Inspection<T>> {
        backup::check_not_interrupted(folder)?;
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
}
