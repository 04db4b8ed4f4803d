//! Files that are being uploaded in pieces. How far they are their own lengths say, in `uploads` beside the database.

use crate::store::sql::{Reader, Writer};
use std::collections::HashSet;

use rusqlite::{OptionalExtension, Row, named_params};

use crate::domain::{EventId, PendingUpload, Timestamp, UploadId};
use crate::store::StoreError;
use crate::store::tables::events;

/// Adds an upload; its file is made afterwards.
///
/// # Errors
/// When the database fails, or the event is closed or gone.
pub fn insert(tx: &Writer, upload: &PendingUpload) -> Result<(), StoreError> {
    events::check_open_by_id(tx, upload.event_id)?;
    tx.execute(
        "insert into upload (id,  event_id,  file_name,  size_bytes,  created_at_ms,  expires_at_ms)
         values            (:id, :event_id, :file_name, :size_bytes, :created_at_ms, :expires_at_ms)",
        named_params! {
            ":id": upload.id.as_i64(),
            ":event_id": upload.event_id.as_i64(),
            ":file_name": upload.file_name,
            ":size_bytes": i64::try_from(upload.size_bytes).unwrap_or(i64::MAX),
            ":created_at_ms": upload.created_at.unix_ms(),
            ":expires_at_ms": upload.expires_at.unix_ms(),
        },
    )?;
    Ok(())
}

/// The upload with this id, unless it has expired.
///
/// # Errors
/// When the database fails.
pub fn find(connection: &Reader, id: UploadId, now: Timestamp) -> Result<Option<PendingUpload>, StoreError> {
    let sql = "select * from upload where id = ?1 and expires_at_ms > ?2";
    let found = connection.query_row(sql, (id.as_i64(), now.unix_ms()), |row| Ok(from_row(row)));
    found.optional()?.transpose()
}

/// An event's uploads, oldest first.
///
/// # Errors
/// When the database fails.
pub fn list(
    connection: &Reader,
    event_id: EventId,
    now: Timestamp,
) -> Result<Vec<PendingUpload>, StoreError> {
    let mut statement = connection.prepare(
        "select * from upload where event_id = ?1 and expires_at_ms > ?2 order by created_at_ms, id",
    )?;
    let uploads = statement.query_and_then((event_id.as_i64(), now.unix_ms()), from_row)?;
    uploads.collect()
}

/// All of all events.
pub(in crate::store) fn list_ids(connection: &Reader) -> Result<HashSet<UploadId>, StoreError> {
    let mut statement = connection.prepare("select id from upload")?;
    let ids = statement.query_and_then([], |row| upload_id(row.get(0)?))?;
    ids.collect()
}

/// A piece came: the upload lasts until then; `false` when it is gone.
///
/// # Errors
/// When the database fails.
pub fn extend(tx: &Writer, id: UploadId, expires_at: Timestamp) -> Result<bool, StoreError> {
    let sql = "update upload set expires_at_ms = ?2 where id = ?1";
    Ok(tx.execute(sql, (id.as_i64(), expires_at.unix_ms()))? > 0)
}

/// Forgets an upload; `false` when it is gone already. Its file goes afterwards.
///
/// # Errors
/// When the database fails.
pub fn delete(tx: &Writer, id: UploadId) -> Result<bool, StoreError> {
    Ok(tx.execute("delete from upload where id = ?1", [id.as_i64()])? > 0)
}

/// Forgets uploads that have expired; their files go with [`Store::purge_blobs`](crate::store::Store::purge_blobs).
///
/// # Errors
/// When the database fails.
pub fn delete_expired(tx: &Writer, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("delete from upload where expires_at_ms <= ?1", [now.unix_ms()])?;
    Ok(())
}

fn upload_id(value: i64) -> Result<UploadId, StoreError> {
    UploadId::from_i64(value).ok_or(StoreError::Corrupt { what: "upload id" })
}

fn from_row(row: &Row) -> Result<PendingUpload, StoreError> {
    Ok(PendingUpload {
        id: upload_id(row.get("id")?)?,
        event_id: EventId::from_i64(row.get("event_id")?).ok_or(StoreError::Corrupt { what: "event id" })?,
        file_name: row.get("file_name")?,
        size_bytes: row.get("size_bytes")?,
        created_at: Timestamp::from_unix_ms(row.get("created_at_ms")?),
        expires_at: Timestamp::from_unix_ms(row.get("expires_at_ms")?),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::BlobKey;
    use crate::store::testing::{NOW, TestStore};

    fn add(store: &TestStore, event_id: EventId, expires_at: Timestamp) -> UploadId {
        let id = UploadId::random();
        let upload = PendingUpload {
            id,
            event_id,
            file_name: "a.jpg".into(),
            size_bytes: 9,
            created_at: NOW,
            expires_at,
        };
        store.write(move |tx| insert(tx, &upload)).unwrap();
        store.blobs().append_upload(id).unwrap().write(b"abc").unwrap();
        id
    }

    #[test]
    fn uploads_expire_unless_a_piece_comes() {
        let store = TestStore::new();
        let event = store.add_event();
        let soon = NOW.plus(Duration::from_secs(1));
        let (one, other) = (add(&store, event, soon), add(&store, event, soon));
        assert!(store.write(move |tx| extend(tx, other, soon.plus(Duration::from_secs(1)))).unwrap());
        assert_eq!(store.read(|c| list(c, event, NOW)).unwrap().len(), 2);
        assert_eq!(store.read(|c| find(c, one, soon)).unwrap(), None);
        store.write(move |tx| delete_expired(tx, soon)).unwrap();
        store.purge_blobs().unwrap();
        assert!(!store.write(move |tx| extend(tx, one, soon)).unwrap());
        assert_eq!(store.read(|c| find(c, other, soon)).unwrap().unwrap().size_bytes, 9);
        assert_eq!(store.blobs().list("uploads").unwrap().len(), 1);
        assert_eq!(store.blobs().size(&BlobKey::Upload(other)).unwrap(), Some(3));
    }

    #[test]
    fn files_of_uploads_that_nobody_knows_are_swept() {
        let store = TestStore::new();
        let (event, other) = (store.add_event(), store.add_event());
        let kept = add(&store, event, NOW);
        add(&store, other, NOW);
        // What a process leaves that is killed between the row's end and the file's.
        store.blobs().append_upload(UploadId::random()).unwrap();
        store.write(move |tx| events::delete(tx, other)).unwrap();
        assert_eq!(store.blobs().list("uploads").unwrap().len(), 3);
        let store = store.reopen();
        assert_eq!(store.blobs().list("uploads").unwrap().len(), 1);
        assert_eq!(store.blobs().size(&BlobKey::Upload(kept)).unwrap(), Some(3));
    }
}
