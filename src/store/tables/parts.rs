//! Files of cameras that are not whole yet: uploads whose size nobody has said, by their camera and path there.

use crate::domain::{PendingUpload, SourceId, Timestamp, UploadId};
use crate::store::StoreResult;
use crate::store::sql::{FromRow, Reader, Row, Writer};
use crate::store::tables::uploads;

/// Of one camera. The oldest goes for a new one: it is not the camera's fault if its Wi-Fi is bad.
const MAX_PARTS: u32 = 100;

/// A file that is not whole yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The camera's name for it, with its folders.
    pub path: String,
    /// Its row; the size is 0.
    pub upload: PendingUpload,
}

/// Adds a part, before its blob is created; an error if its camera may bring nothing.
pub fn insert(db: &Writer, part: &Part) -> StoreResult<()> {
    uploads::insert(db, &part.upload)?;
    db.run("update upload set path = ?2 where id = ?1", (part.upload.id, &part.path))?;
    db.run(
        "delete from upload where id in (
             select id from upload where source_id = ?1 and path is not null
             order by expires_at_ms desc, id = ?2 desc limit 1000000 offset ?3)",
        (part.upload.destination.source_id, part.upload.id, MAX_PARTS),
    )
}

/// The part with this path, unless it has expired.
pub fn find(db: &Reader, camera: SourceId, path: &str, now: Timestamp) -> StoreResult<Option<Part>> {
    db.one(
        "select * from upload where source_id = ?1 and path = ?2 and expires_at_ms > ?3",
        (camera, path, now),
    )
}

/// A camera's parts, by their paths.
pub fn list(db: &Reader, camera: SourceId, now: Timestamp) -> StoreResult<Vec<Part>> {
    db.all(
        "select * from upload where source_id = ?1 and path is not null and expires_at_ms > ?2 order by path",
        (camera, now),
    )
}

/// Gives a part another path, in place of the part that has it.
pub fn rename(db: &Writer, camera: SourceId, id: UploadId, path: &str, file_name: &str) -> StoreResult<bool> {
    db.run("delete from upload where source_id = ?1 and path = ?2 and id <> ?3", (camera, path, id))?;
    let sql = "update upload set path = ?2, file_name = ?3 where id = ?1";
    Ok(db.execute(sql, (id, path, file_name))? > 0)
}

impl FromRow for Part {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        Ok(Self { path: row.get("path")?, upload: PendingUpload::from_row(row)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Source, SourceKind};
    use crate::store::sources;
    use crate::store::testing::{NOW, TestStore};

    fn camera(store: &TestStore) -> Source {
        let mut camera = Source::new(store.add_event(), SourceKind::Camera, "R5".into(), NOW);
        camera.login = Some(format!("r{}", camera.id));
        let row = camera.clone();
        assert!(store.write(move |db| sources::insert(db, &row)).unwrap());
        camera
    }

    fn add(store: &TestStore, camera: &Source, path: &str, expires_at: i64) -> UploadId {
        let upload = PendingUpload {
            id: UploadId::random(),
            destination: camera.into(),
            file_name: "a.jpg".into(),
            size_bytes: 0,
            created_at: NOW,
            expires_at: Timestamp::from_unix_ms(expires_at),
        };
        let part = Part { path: path.into(), upload };
        let id = part.upload.id;
        store.write(move |db| insert(db, &part)).unwrap();
        id
    }

    /// An hour after `NOW`.
    const SOON: i64 = 4_600_000;

    #[test]
    fn parts_are_those_of_their_camera_and_path() {
        let store = TestStore::new();
        let (one, other) = (camera(&store), camera(&store));
        let id = add(&store, &one, "/A", SOON);
        add(&store, &other, "/A", SOON);
        let taken = add(&store, &one, "/B", SOON);
        let found = |path: &str| store.read(|db| find(db, one.id, path, NOW)).unwrap();
        assert_eq!(found("/A").unwrap().upload.id, id);
        let camera = one.id;
        assert!(store.write(move |db| rename(db, camera, id, "/B", "b.jpg")).unwrap());
        let renamed = found("/B").unwrap();
        assert_eq!((renamed.upload.id, renamed.upload.file_name.as_str()), (id, "b.jpg"));
        assert_eq!(store.read(|db| list(db, one.id, NOW)).unwrap(), [renamed]);
        assert_eq!(found("/A"), None);
        // Only the camera can go on with it.
        let event = one.event_id;
        assert_eq!(store.read(|db| uploads::list(db, event, None, NOW)).unwrap(), []);
        assert_eq!(store.read(|db| uploads::find(db, id, NOW)).unwrap(), None);
        assert!(!store.write(move |db| uploads::delete(db, taken)).unwrap());
        // They expire, and go with their camera.
        assert_eq!(store.read(|db| find(db, one.id, "/B", Timestamp::from_unix_ms(SOON))).unwrap(), None);
        store.write(move |db| sources::delete(db, camera)).unwrap();
        assert!(!store.write(move |db| uploads::delete(db, id)).unwrap());
    }

    #[test]
    fn the_oldest_part_goes_for_a_new_one() {
        let store = TestStore::new();
        let camera = camera(&store);
        for n in 0..=i64::from(MAX_PARTS) {
            add(&store, &camera, &format!("/{n}"), SOON + n);
        }
        let found = |path: &str| store.read(|db| find(db, camera.id, path, NOW)).unwrap().is_some();
        assert_eq!([found("/0"), found("/1"), found(&format!("/{MAX_PARTS}"))], [false, true, true]);
    }
}
