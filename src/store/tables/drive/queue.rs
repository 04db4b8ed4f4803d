//! Users' searches of folders as durable jobs, leased by moving `free_at_ms` into the future.
//!
//! The lease of a dead worker expires; a process that starts alone in its data folder ends all leases at once.

use std::time::Duration;

use crate::domain::{DriveSearchId, DriveStatus, Embedding, Timestamp};
use crate::store::sql::{Reader, Writer, from_row};
use crate::store::{PackId, StoreResult};

/// Longer than one picture takes, with its download.
const LEASE: Duration = Duration::from_mins(15);

/// A search to do, leased to one worker.
#[derive(Clone, Debug)]
pub struct Job {
    /// Which search.
    pub search_id: DriveSearchId,
    /// Of which folder.
    pub folder_id: String,
    /// What links to old folders carry in addition to the id.
    pub resource_key: Option<String>,
    /// The pack that made the wanted face's embedding.
    pub pack_id: PackId,
    /// Whether its folder was not listed for it before.
    pub is_new: bool,
}

from_row!(Job {
    search_id: "id",
    folder_id: "folder_id",
    resource_key: "resource_key",
    pack_id: "pack_id",
    is_new: "is_new",
});

/// A face that is searched for in a folder.
pub struct Wanted {
    /// By which search.
    pub search_id: DriveSearchId,
    /// Of the face.
    pub embedding: Embedding,
}

from_row!(Wanted { search_id: "id", embedding: "embedding" });

/// Free searches at `?1`. Two of one folder would download the same pictures, so they run one after the other.
macro_rules! free {
    () => {
        "from drive_search where status in ('pending', 'processing') and free_at_ms <= ?1 and not exists (
             select 1 from drive_search as other
             where other.folder_id = drive_search.folder_id and other.status = 'processing'
                   and other.free_at_ms > ?1
         )"
    };
}

/// Whether there is a free search.
pub fn any_free(db: &Reader, now: Timestamp) -> StoreResult<bool> {
    db.value(concat!("select exists (select 1 ", free!(), ")"), [now])
}

/// Leases the oldest free search.
pub fn claim(db: &Writer, now: Timestamp) -> StoreResult<Option<Job>> {
    db.one(
        concat!(
            "update drive_search set status = 'processing', free_at_ms = ?2
             where id = (select id ",
            free!(),
            " order by created_at_ms, id limit 1)
             returning id, folder_id, pack_id, is_listed = false as is_new,
                 (select resource_key from drive_folder where drive_folder.id = folder_id) as resource_key"
        ),
        (now, now.plus(LEASE)),
    )
}

/// Extends a lease; `false` if the search was deleted meanwhile.
pub fn renew(db: &Writer, id: DriveSearchId, now: Timestamp) -> StoreResult<bool> {
    let changed = db.execute(
        "update drive_search set free_at_ms = ?2 where id = ?1 and status = 'processing'",
        (id, now.plus(LEASE)),
    )?;
    Ok(changed > 0)
}

/// Sets the message that the user sees.
pub fn set_message(db: &Writer, id: DriveSearchId, message: &str) -> StoreResult<()> {
    db.run("update drive_search set message = ?2 where id = ?1 and status = 'processing'", (id, message))
}

/// Records that a search's folder was listed for it.
pub fn mark_listed(db: &Writer, id: DriveSearchId) -> StoreResult<()> {
    db.run("update drive_search set is_listed = true where id = ?1", [id])
}

/// Updates the counts of all unfinished searches of a folder.
pub fn count_files(db: &Writer, folder_id: &str) -> StoreResult<()> {
    db.run(
        "update drive_search
         set (files_total, files_done, files_failed) = (
             select count(*), count(*) filter (where state <> 'pending'),
                    count(*) filter (where state in ('failed', 'denied'))
             from drive_file where drive_file.folder_id = ?1
         )
         where folder_id = ?1 and status in ('pending', 'processing')",
        [folder_id],
    )
}

/// The faces that unfinished searches look for in a folder, of those that the pack recognised.
pub fn list_wanted(db: &Reader, folder_id: &str, pack_id: PackId) -> StoreResult<Vec<Wanted>> {
    db.all(
        "select id, embedding from drive_search
         where folder_id = ?1 and pack_id = ?2 and status in ('pending', 'processing')
         order by created_at_ms, id",
        (folder_id, pack_id),
    )
}

/// Ends a lease: the search continues at `free_at`.
pub fn put_back(db: &Writer, id: DriveSearchId, free_at: Timestamp, message: &str) -> StoreResult<()> {
    db.run(
        "update drive_search set status = 'pending', message = ?3, free_at_ms = ?2
         where id = ?1 and status = 'processing'",
        (id, free_at, message),
    )
}

/// Ends a lease early without a message, as when the program ends.
pub fn release(db: &Writer, id: DriveSearchId) -> StoreResult<()> {
    db.run("update drive_search set free_at_ms = 0 where id = ?1 and status = 'processing'", [id])
}

/// Ends a search that is being processed and deletes its embedding. One that has ended meanwhile is left alone.
pub fn end(
    db: &Writer,
    id: DriveSearchId,
    status: DriveStatus,
    message: &str,
    now: Timestamp,
) -> StoreResult<()> {
    db.execute(
        "update drive_folder set used_at_ms = ?2
         where id = (select folder_id from drive_search where id = ?1)",
        (id, now),
    )?;
    db.run(
        "update drive_search
         set status = ?2, message = ?3, pack_id = null, embedding = null, free_at_ms = 0
         where id = ?1 and status = 'processing'",
        (id, status, message),
    )
}

/// Ends all leases, for a process that is alone in its data folder: the workers that held them are dead.
pub(in crate::store) fn release_all(db: &Writer) -> StoreResult<()> {
    db.run("update drive_search set free_at_ms = 0 where status = 'processing'", ())
}
