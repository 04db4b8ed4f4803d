//! Unfinished uploads in pieces. The length of an upload's blob says how far it has come.

use std::collections::HashSet;

use crate::domain::{Destination, EventId, PendingUpload, SourceId, Timestamp, UploadId};
use crate::store::StoreResult;
use crate::store::sql::{FromRow, Reader, Row, Writer, from_row};
use crate::store::tables::sources;

/// Adds an upload, before its blob is created; an error if the event is closed or gone.
pub fn insert(db: &Writer, upload: &PendingUpload) -> StoreResult<()> {
    sources::check_takes(db, &upload.destination)?;
    db.run(
        "insert into upload (id, event_id, file_name, size_bytes, created_at_ms, expires_at_ms, source_id, credit,
                             sender)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        (
            upload.id,
            upload.destination.event_id,
            &upload.file_name,
            upload.size_bytes,
            upload.created_at,
            upload.expires_at,
            upload.destination.source_id,
            &upload.destination.credit,
            upload.destination.sender,
        ),
    )
}

/// The same, unless the event's owner has `most` uploads into all events, or the source that many: then `false`.
pub fn insert_within(db: &Writer, upload: &PendingUpload, most: u64) -> StoreResult<bool> {
    let open: u64 = db.value(
        "select count(*) from upload join event on event.id = upload.event_id
         where owner_id is not distinct from (select owner_id from event where id = ?1) and expires_at_ms > ?2
           and source_id is not distinct from ?3",
        (upload.destination.event_id, upload.created_at, upload.destination.source_id),
    )?;
    if open < most { insert(db, upload).map(|()| true) } else { Ok(false) }
}

/// The upload with this id, unless it has expired; files of cameras are in `parts`.
pub fn find(db: &Reader, id: UploadId, now: Timestamp) -> StoreResult<Option<PendingUpload>> {
    db.one("select * from upload where id = ?1 and expires_at_ms > ?2 and path is null", (id, now))
}

/// The uploads of the event's owner, or of one source, oldest first.
pub fn list(
    db: &Reader,
    event_id: EventId,
    source_id: Option<SourceId>,
    now: Timestamp,
) -> StoreResult<Vec<PendingUpload>> {
    db.all(
        "select * from upload
         where event_id = ?1 and source_id is not distinct from ?2 and expires_at_ms > ?3
         order by created_at_ms, id",
        (event_id, source_id, now),
    )
}

/// All uploads of all events.
pub(in crate::store) fn list_ids(db: &Reader) -> StoreResult<HashSet<UploadId>> {
    Ok(db.all("select id from upload", ())?.into_iter().collect())
}

/// Moves the expiry of an upload, because a piece arrived; `false` if the upload is gone.
pub fn extend(db: &Writer, id: UploadId, expires_at: Timestamp) -> StoreResult<bool> {
    Ok(db.execute("update upload set expires_at_ms = ?2 where id = ?1", (id, expires_at))? > 0)
}

/// Deletes an upload, before its blob; `false` if it is gone already.
pub fn delete(db: &Writer, id: UploadId) -> StoreResult<bool> {
    Ok(db.execute("delete from upload where id = ?1", [id])? > 0)
}

/// Deletes expired uploads; their blobs go with the next purge.
pub fn delete_expired(db: &Writer, now: Timestamp) -> StoreResult<()> {
    db.run("delete from upload where expires_at_ms <= ?1", [now])
}

impl FromRow for PendingUpload {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        Ok(Self {
            id: row.get("id")?,
            destination: Destination::from_row(row)?,
            file_name: row.get("file_name")?,
            size_bytes: row.get("size_bytes")?,
            created_at: row.get("created_at_ms")?,
            expires_at: row.get("expires_at_ms")?,
        })
    }
}

from_row!(Destination { event_id: "event_id", source_id: "source_id", credit: "credit", sender: "sender" });

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::BlobKey;
    use crate::store::tables::events;
    use crate::store::testing::{NOW, TestStore};

    fn add(store: &TestStore, event_id: EventId, expires_at: Timestamp) -> UploadId {
        let id = UploadId::random();
        let upload = PendingUpload {
            id,
            destination: Destination::of_owner(event_id),
            file_name: "a.jpg".into(),
            size_bytes: 9,
            created_at: NOW,
            expires_at,
        };
        store.write(move |tx| insert(tx, &upload)).unwrap();
        let mut file = store.blobs().append_upload(id).unwrap();
        file.write(b"abc").unwrap();
        file.sync().unwrap();
        id
    }

    #[test]
    fn uploads_expire_unless_a_piece_comes() {
        let store = TestStore::new();
        let event = store.add_event();
        let soon = NOW.plus(Duration::from_secs(1));
        let (one, other) = (add(&store, event, soon), add(&store, event, soon));
        assert!(store.write(move |tx| extend(tx, other, soon.plus(Duration::from_secs(1)))).unwrap());
        assert_eq!(store.read(|c| list(c, event, None, NOW)).unwrap().len(), 2);
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
        let store = TestStore::in_folder();
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
