//! Hot folders: who made them sources, and their files that are settled, so that a restart does not read them again.

use crate::domain::{EventId, FileOutcome, FileStamp, Source, SourceFile, SourceId, SourceOrigin};
use crate::store::sql::{FromRow, Reader, Row, Writer};
use crate::store::{StoreError, StoreResult};

/// The hot folders that a server watches.
pub fn list_served(db: &Reader) -> StoreResult<Vec<SourceId>> {
    db.all(
        "select id from source where kind = 'folder' and origin <> ?1 order by created_at_ms, id",
        [SourceOrigin::Command],
    )
}

/// The source of this folder in this event.
pub fn find_source(db: &Reader, event_id: EventId, folder: &str) -> StoreResult<Option<Source>> {
    db.one("select * from source where kind = 'folder' and event_id = ?1 and folder = ?2", (event_id, folder))
}

/// Records who made a source.
pub fn set_origin(db: &Writer, source: SourceId, origin: SourceOrigin) -> StoreResult<()> {
    db.run("update source set origin = ?2 where id = ?1", (source, origin))
}

/// The hot folders that the configuration has made.
pub fn list_configured(db: &Reader) -> StoreResult<Vec<Source>> {
    db.all("select * from source where kind = 'folder' and origin = ?1", [SourceOrigin::Configuration])
}

/// All settled files of a source.
pub fn list(db: &Reader, source: SourceId) -> StoreResult<Vec<SourceFile>> {
    db.all("select * from source_file where source_id = ?1", [source])
}

/// Settles a file, also one that was settled before with another stamp. Does nothing if the source is gone.
pub fn remember(db: &Writer, source: SourceId, file: &SourceFile) -> StoreResult<()> {
    let (outcome, reason) = match &file.outcome {
        FileOutcome::Photo => ("photo", None),
        FileOutcome::Refused(reason) => ("refused", Some(reason)),
        FileOutcome::Other => ("other", None),
    };
    let FileStamp { size_bytes, modified_ns } = file.stamp;
    db.run(
        "insert into source_file (source_id, path, size_bytes, modified_ns, outcome, reason)
         select id, ?2, ?3, ?4, ?5, ?6 from source where id = ?1
         on conflict (source_id, path) do update
         set size_bytes = excluded.size_bytes, modified_ns = excluded.modified_ns, outcome = excluded.outcome,
             reason = excluded.reason",
        (source, &file.path, size_bytes, modified_ns, outcome, reason),
    )
}

/// Forgets files that are not in the folder any more.
pub fn forget(db: &Writer, source: SourceId, paths: &[String]) -> StoreResult<()> {
    for path in paths {
        db.run("delete from source_file where source_id = ?1 and path = ?2", (source, path))?;
    }
    Ok(())
}

impl FromRow for SourceFile {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        let (outcome, reason): (String, Option<String>) = (row.get("outcome")?, row.get("reason")?);
        let outcome = match (outcome.as_str(), reason) {
            ("photo", None) => FileOutcome::Photo,
            ("refused", Some(reason)) => FileOutcome::Refused(reason),
            ("other", None) => FileOutcome::Other,
            _ => return Err(StoreError::Corrupt { what: "file of a source" }),
        };
        let stamp = FileStamp { size_bytes: row.get("size_bytes")?, modified_ns: row.get("modified_ns")? };
        Ok(Self { path: row.get("path")?, stamp, outcome })
    }
}
