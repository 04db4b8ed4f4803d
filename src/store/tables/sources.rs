//! Sources of photos: hot folders, cameras, contributors, guests.

use crate::domain::{Destination, EventId, Source, SourceId, SourceKind, SourceTrouble, Timestamp, Trouble};
use crate::store::sql::{FromRow, Reader, Row, Writer, from_row};
use crate::store::tables::events;
use crate::store::{StoreError, StoreResult};

/// What a source has brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceCounts {
    /// Photos in the event.
    pub photos: u64,
    /// Those received since the beginning of the day.
    pub today: u64,
    /// Those received in the last minutes.
    pub lately: u64,
    /// When the last one was received.
    pub last_at: Option<Timestamp>,
}

/// Adds a source; `false` if its folder is one of the event already, or its login is taken.
pub fn insert(db: &Writer, source: &Source) -> StoreResult<bool> {
    let added = db.execute(
        "insert into source (id, event_id, kind, name, credit, folder, login, key_version, max_photos, held, paused,
                             created_at_ms)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         on conflict do nothing",
        (
            source.id,
            source.event_id,
            source.kind,
            &source.name,
            &source.credit,
            &source.folder,
            &source.login,
            source.key_version,
            source.max_photos,
            source.held,
            source.paused,
            source.created_at,
        ),
    )?;
    Ok(added > 0)
}

/// Stores what its owner can change about a source; `false` if it is gone. Its photos follow a change of the credit.
pub fn update(db: &Writer, source: &Source) -> StoreResult<bool> {
    db.run(
        "update photo set credit = ?2
         where source_id = ?1 and credit is not distinct from (select credit from source where id = ?1)",
        (source.id, &source.credit),
    )?;
    let changed = db.execute(
        "update source set name = ?2, credit = ?3, key_version = ?4, max_photos = ?5, held = ?6, paused = ?7
         where id = ?1",
        (
            source.id,
            &source.name,
            &source.credit,
            source.key_version,
            source.max_photos,
            source.held,
            source.paused,
        ),
    )?;
    Ok(changed > 0)
}

/// The source with this id.
pub fn find(db: &Reader, id: SourceId) -> StoreResult<Option<Source>> {
    db.one("select * from source where id = ?1", [id])
}

/// The camera that signs in with this user name.
pub fn find_by_login(db: &Reader, login: &str) -> StoreResult<Option<Source>> {
    db.one("select * from source where login = ?1", [login])
}

/// An event's guests, if they may send photos.
pub fn find_guests(db: &Reader, event_id: EventId) -> StoreResult<Option<Source>> {
    db.one("select * from source where event_id = ?1 and kind = ?2", (event_id, SourceKind::Guests))
}

/// An event's sources, oldest first.
pub fn list(db: &Reader, event_id: EventId) -> StoreResult<Vec<Source>> {
    db.all("select * from source where event_id = ?1 order by created_at_ms, id", [event_id])
}

/// All events' sources of a kind.
pub fn list_of_kind(db: &Reader, kind: SourceKind) -> StoreResult<Vec<Source>> {
    db.all("select * from source where kind = ?1 order by created_at_ms, id", [kind])
}

/// What a source has brought, in all, since `today` and since `lately`.
pub fn count(db: &Reader, id: SourceId, today: Timestamp, lately: Timestamp) -> StoreResult<SourceCounts> {
    let counts = db.one(
        "select count(*) as photos, count(*) filter (where created_at_ms >= ?2) as today,
                count(*) filter (where created_at_ms >= ?3) as lately, max(created_at_ms) as last_at
         from photo where source_id = ?1",
        (id, today, lately),
    )?;
    Ok(counts.unwrap_or_default())
}

/// Refuses what may not come: into a closed event, from a source that is gone or paused, or that has brought as many
/// photos as it may. Returns the source, if it is not the owner.
pub fn check_takes(db: &Reader, destination: &Destination) -> StoreResult<Option<Source>> {
    events::check_open_by_id(db, destination.event_id)?;
    let Some(id) = destination.source_id else { return Ok(None) };
    let source = find(db, id)?.filter(|source| source.event_id == destination.event_id && !source.paused);
    let source = source.ok_or(StoreError::SourcePaused)?;
    let count: u32 = db.value("select count(*) from photo where source_id = ?1", [id])?;
    match source.max_photos {
        Some(max_photos) if count >= max_photos => Err(StoreError::SourceFull { max_photos }),
        _ => Ok(Some(source)),
    }
}

/// Records a sign of life.
pub fn record_seen(db: &Writer, id: SourceId, now: Timestamp) -> StoreResult<()> {
    db.run("update source set seen_at_ms = ?2 where id = ?1", (id, now))
}

/// Records what went wrong.
pub fn record_trouble(db: &Writer, id: SourceId, trouble: &Trouble) -> StoreResult<()> {
    db.run(
        "update source set trouble = ?2, trouble_detail = ?3, trouble_at_ms = ?4 where id = ?1",
        (id, trouble.kind, &trouble.detail, trouble.at),
    )
}

/// What went wrong is over.
pub fn clear_trouble(db: &Writer, id: SourceId) -> StoreResult<()> {
    db.run(
        "update source set trouble = null, trouble_detail = null, trouble_at_ms = null where id = ?1",
        [id],
    )
}

/// Deletes a source; its photos stay.
pub fn delete(db: &Writer, id: SourceId) -> StoreResult<bool> {
    Ok(db.execute("delete from source where id = ?1", [id])? > 0)
}

from_row!(SourceCounts { photos: "photos", today: "today", lately: "lately", last_at: "last_at" });

impl FromRow for Source {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        let trouble: Option<SourceTrouble> = row.get("trouble")?;
        let (detail, at): (_, Option<Timestamp>) = (row.get("trouble_detail")?, row.get("trouble_at_ms")?);
        Ok(Self {
            id: row.get("id")?,
            event_id: row.get("event_id")?,
            kind: row.get("kind")?,
            name: row.get("name")?,
            credit: row.get("credit")?,
            folder: row.get("folder")?,
            login: row.get("login")?,
            key_version: row.get("key_version")?,
            max_photos: row.get("max_photos")?,
            held: row.get("held")?,
            paused: row.get("paused")?,
            seen_at: row.get("seen_at_ms")?,
            trouble: trouble.zip(at).map(|(kind, at)| Trouble { kind, detail, at }),
            created_at: row.get("created_at_ms")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PhotoId;
    use crate::intake::{Accepted, IntakeError, accept};
    use crate::store::photos;
    use crate::store::testing::{NOW, TestStore};

    fn add(store: &TestStore, source: Source) -> Source {
        let row = source.clone();
        assert!(store.write(move |tx| insert(tx, &row)).unwrap());
        source
    }

    fn send(store: &TestStore, source: &Source, byte: u8) -> Result<PhotoId, IntakeError> {
        let bytes = [b"\xFF\xD8\xFF\xE0".as_slice(), &[byte]].concat();
        match accept(store, source.into(), "a.jpg", bytes.as_slice(), 1000, NOW)? {
            Accepted::New(id) => Ok(id),
            Accepted::Known(_) => panic!("known"),
        }
    }

    #[test]
    fn photos_have_their_sources_credit_and_follow_its_change() {
        let store = TestStore::new();
        let event = store.add_event();
        let mut camera = Source::new(event, SourceKind::Camera, "R5".into(), NOW);
        (camera.login, camera.credit) = (Some("r5".into()), Some("Sari".into()));
        let mut camera = add(&store, camera);
        let id = send(&store, &camera, 1).unwrap();
        let photo = || store.read(|db| photos::find(db, id)).unwrap().unwrap();
        assert_eq!((photo().credit, photo().source_id), (Some("Sari".into()), Some(camera.id)));
        camera.credit = Some("Sari W.".into());
        let row = camera.clone();
        assert!(store.write(move |tx| update(tx, &row)).unwrap());
        assert_eq!(photo().credit, camera.credit);
        let later = Timestamp::from_unix_ms(NOW.unix_ms() + 1);
        let counts = store.read(|db| count(db, camera.id, NOW, later)).unwrap();
        assert_eq!(counts, SourceCounts { photos: 1, today: 1, lately: 0, last_at: Some(NOW) });
        assert_eq!(store.read(|db| find_by_login(db, "r5")).unwrap(), Some(camera.clone()));
        // Its photos stay, and stay credited.
        assert!(store.write(move |tx| delete(tx, camera.id)).unwrap());
        assert_eq!((photo().credit, photo().source_id), (Some("Sari W.".into()), None));
    }

    #[test]
    fn a_source_brings_no_more_than_it_may() {
        let store = TestStore::new();
        let (event, other) = (store.add_event(), store.add_event());
        let mut source = Source::new(event, SourceKind::Contributor, "Budi".into(), NOW);
        source.max_photos = Some(1);
        let mut source = add(&store, source);
        send(&store, &source, 1).unwrap();
        let full = send(&store, &source, 2);
        assert!(matches!(full, Err(IntakeError::Store(StoreError::SourceFull { max_photos: 1 }))));
        (source.max_photos, source.paused) = (None, true);
        let row = source.clone();
        store.write(move |tx| update(tx, &row)).unwrap();
        let refused = |source: &Source| {
            matches!(send(&store, source, 3), Err(IntakeError::Store(StoreError::SourcePaused)))
        };
        assert!(refused(&source));
        source.paused = false;
        let row = source.clone();
        store.write(move |tx| update(tx, &row)).unwrap();
        assert!(refused(&Source { event_id: other, ..source.clone() }));
        send(&store, &source, 3).unwrap();
        store.write(move |tx| delete(tx, source.id)).unwrap();
        assert!(refused(&source));
        assert_eq!(std::fs::read_dir(store.folder().join("incoming")).unwrap().count(), 2);
    }

    #[test]
    fn guests_photos_wait_and_guests_are_one_source() {
        let store = TestStore::new();
        let event = store.add_event();
        let guests = add(&store, Source::new(event, SourceKind::Guests, "Guests".into(), NOW));
        let again = Source::new(event, SourceKind::Guests, "More guests".into(), NOW);
        assert!(!store.write(move |tx| insert(tx, &again)).unwrap());
        let id = send(&store, &guests, 1).unwrap();
        let photo = store.read(|db| photos::find(db, id)).unwrap().unwrap();
        assert!(photo.held && photo.hidden);
        assert_eq!(store.read(|db| find_guests(db, event)).unwrap(), Some(guests.clone()));
        assert_eq!(store.read(|db| list(db, event)).unwrap(), [guests]);
    }

    #[test]
    fn trouble_is_kept_until_it_is_over() {
        let store = TestStore::new();
        let mut folder = Source::new(store.add_event(), SourceKind::Folder, "Card".into(), NOW);
        folder.folder = Some("/media/card".into());
        let id = add(&store, folder).id;
        let trouble = Trouble { kind: SourceTrouble::FolderMissing, detail: None, at: NOW };
        let row = trouble.clone();
        store.write(move |tx| record_trouble(tx, id, &row)).unwrap();
        store.write(move |tx| record_seen(tx, id, NOW)).unwrap();
        let found = || store.read(|db| list_of_kind(db, SourceKind::Folder)).unwrap().remove(0);
        assert_eq!((found().trouble, found().seen_at), (Some(trouble), Some(NOW)));
        store.write(move |tx| clear_trouble(tx, id)).unwrap();
        assert_eq!(store.read(|db| find(db, id)).unwrap().unwrap().trouble, None);
    }
}
