//! Opening the database: the vector extension, the pragmas, the numbered migrations.

use std::path::Path;
use std::sync::Once;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::store::{Durability, StoreError, StoreResult};

/// Migration `n` (counted from 1) brings the schema to version `n`; released ones are never changed.
const MIGRATIONS: [&str; 29] = [
    include_str!("../migrations/0001-initial.sql"),
    include_str!("../migrations/0002-capture.sql"),
    include_str!("../migrations/0003-accounts.sql"),
    include_str!("../migrations/0004-drive.sql"),
    include_str!("../migrations/0005-pages.sql"),
    include_str!("../migrations/0006-purge.sql"),
    include_str!("../migrations/0007-portable.sql"),
    include_str!("../migrations/0008-tap-search.sql"),
    include_str!("../migrations/0009-packs.sql"),
    include_str!("../migrations/0010-people.sql"),
    include_str!("../migrations/0011-arrivals.sql"),
    include_str!("../migrations/0012-original-metadata.sql"),
    include_str!("../migrations/0013-picture-sizes.sql"),
    include_str!("../migrations/0014-refresh-again.sql"),
    include_str!("../migrations/0015-formats.sql"),
    include_str!("../migrations/0016-times.sql"),
    include_str!("../migrations/0017-sources.sql"),
    include_str!("../migrations/0018-camera-clocks.sql"),
    include_str!("../migrations/0019-source-files.sql"),
    include_str!("../migrations/0020-parts.sql"),
    include_str!("../migrations/0021-file-times.sql"),
    include_str!("../migrations/0022-versions.sql"),
    include_str!("../migrations/0023-tallies.sql"),
    include_str!("../migrations/0024-chosen-network.sql"),
    include_str!("../migrations/0025-damage.sql"),
    include_str!("../migrations/0026-moves.sql"),
    include_str!("../migrations/0027-ends.sql"),
    include_str!("../migrations/0028-account-safety.sql"),
    include_str!("../migrations/0029-purges.sql"),
];

/// Version of the schema that this program writes.
#[expect(clippy::cast_possible_wrap, reason = "a small number")]
pub(in crate::store) const SCHEMA: i64 = MIGRATIONS.len() as i64;

/// Makes `vec0` tables known to every connection opened from now on in this process.
pub(in crate::store) fn register_vector_extension() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        type EntryPoint = unsafe extern "C" fn(
            *mut rusqlite::ffi::sqlite3,
            *mut *mut std::ffi::c_char,
            *const rusqlite::ffi::sqlite3_api_routines,
        ) -> std::ffi::c_int;
        #[expect(
            unsafe_code,
            reason = "SQLite takes extensions linked into the program as function pointers"
        )]
        // SAFETY: sqlite-vec declares its entry point without arguments, but it is compiled as the entry point of a
        // SQLite extension, which has exactly this signature; it stays valid as long as the program runs.
        unsafe {
            let entry =
                std::mem::transmute::<*const (), EntryPoint>(sqlite_vec::sqlite3_vec_init as *const ());
            rusqlite::ffi::sqlite3_auto_extension(Some(entry));
        }
    });
}

pub(in crate::store) fn open_for_writing(database: &Path, durability: Durability) -> StoreResult<Connection> {
    let connection = Connection::open(database)?;
    // 8 KB pages hold several 1 KB vectors each; the size is fixed when the first table is made.
    connection.pragma_update(None, "page_size", 8192)?;
    connection.pragma_update(None, "busy_timeout", 5000)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    let synchronous = match durability {
        Durability::Normal => "normal",
        Durability::Full => "full",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Deleted faces are biometric data: their pages are overwritten, not just freed.
    connection.pragma_update(None, "secure_delete", true)?;
    Ok(connection)
}

pub(super) fn open_for_reading(database: &Path) -> StoreResult<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags)?;
    connection.pragma_update(None, "busy_timeout", 5000)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// Opens the database of another process, or of none, without changing a file of the data folder.
pub(in crate::store) fn open_for_inspection(database: &Path) -> StoreResult<Connection> {
    let log = database.with_extension("db-wal");
    if std::fs::metadata(log).is_ok_and(|log| log.len() > 0) {
        // The log must be read too; SQLite may create its shared memory beside it.
        return open_for_reading(database);
    }
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    // No locks and no shared memory.
    let path = std::path::absolute(database).map_err(|source| StoreError::io(database, source))?;
    let mut uri = url::Url::from_file_path(path)
        .map_err(|()| StoreError::io(database, std::io::ErrorKind::InvalidFilename.into()))?;
    uri.set_query(Some("immutable=1"));
    Ok(Connection::open_with_flags(uri.as_str(), flags)?)
}

/// Writes the database, as it is at this moment, to a file that is empty. Free pages are left out, so nothing that was
/// deleted is in it. Others read and write meanwhile.
pub(in crate::store) fn snapshot(database: &Path, to: &Path) -> StoreResult<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags)?;
    connection.pragma_update(None, "busy_timeout", 5000)?;
    let path = to.to_str().ok_or_else(|| StoreError::io(to, std::io::ErrorKind::InvalidFilename.into()))?;
    connection.execute("vacuum into ?1", [path])?;
    Ok(())
}

/// The version of the schema, and the latest one; an error if it is newer than that.
pub(in crate::store) fn check_version(connection: &Connection) -> StoreResult<(i64, i64)> {
    let known = SCHEMA;
    let found = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known { Err(StoreError::NewerSchema { found, known }) } else { Ok((found, known)) }
}

/// Brings the schema to the latest version.
pub(in crate::store) fn migrate(connection: &mut Connection) -> StoreResult<()> {
    let (found, known) = check_version(connection)?;
    if found == known {
        return Ok(());
    }
    // Immediate, so that two processes do not migrate at once: the second finds the work done.
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (found, _) = check_version(&tx)?;
    for sql in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        tx.execute_batch(sql)?;
    }
    tx.pragma_update(None, "user_version", known)?;
    Ok(tx.commit()?)
}

#[cfg(test)]
mod tests;
