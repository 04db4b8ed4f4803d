//! Guest marks: what guests say about photos, for as long as their session lasts.

use std::collections::HashSet;

use crate::domain::{BookmarkId, Digest, Event, MarkKind, Photo, PhotoId, Timestamp, UserId};
use crate::store::StoreResult;
use crate::store::sql::{FromRow, Reader, Row, Writer};
use crate::store::tables::visits;

/// Marks a photo; does nothing if the session or the photo is gone.
pub fn put(db: &Writer, session: Digest, photo: PhotoId, kind: MarkKind, now: Timestamp) -> StoreResult<()> {
    db.run(
        "insert into guest_mark (token_hash, photo_id, kind, created_at_ms)
         select session.token_hash, photo.id, ?3, ?4
         from guest_session session, photo where session.token_hash = ?1 and photo.id = ?2
         on conflict do nothing",
        (session, photo, kind, now),
    )
}

/// Removes a mark.
pub fn delete(db: &Writer, session: Digest, photo: PhotoId, kind: MarkKind) -> StoreResult<()> {
    db.run(
        "delete from guest_mark where token_hash = ?1 and photo_id = ?2 and kind = ?3",
        (session, photo, kind),
    )
}

/// A guest's marks, by what they say.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// Favourites.
    pub bookmarks: HashSet<PhotoId>,
    /// Photos to leave out of the results: of other people, or unwanted.
    pub removed: HashSet<PhotoId>,
    /// Those of other people: "not me".
    pub not_me: HashSet<PhotoId>,
}

/// All marks of a session.
pub fn find(db: &Reader, session: Digest) -> StoreResult<Marks> {
    let mut marks = Marks::default();
    db.each("select photo_id, kind from guest_mark where token_hash = ?1", [session], |(id, kind)| {
        match kind {
            MarkKind::Bookmark => marks.bookmarks.insert(id),
            MarkKind::NotMe => marks.not_me.insert(id) && marks.removed.insert(id),
            MarkKind::Hidden => marks.removed.insert(id),
        };
        Ok(())
    })?;
    Ok(marks)
}

/// A photo and what the guest said about it.
struct Marked(Photo, MarkKind);

impl FromRow for Marked {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        Ok(Self(Photo::from_row(row)?, row.get("kind")?))
    }
}

/// A session's marked photos that guests may see, last marked first.
pub fn list(db: &Reader, session: Digest, kinds: &[MarkKind]) -> StoreResult<Vec<(Photo, MarkKind)>> {
    let marked: Vec<Marked> = db.all(
        "select photo.*, mark.kind from guest_mark mark join visible_photo photo on photo.id = mark.photo_id
         where mark.token_hash = ?1 order by mark.created_at_ms desc, photo.id",
        [session],
    )?;
    Ok(marked
        .into_iter()
        .filter(|Marked(_, kind)| kinds.contains(kind))
        .map(|Marked(photo, kind)| (photo, kind))
        .collect())
}

/// Copies a guest's favourites to their account and records a visit to the event; returns how many there were.
pub fn keep(db: &Writer, session: Digest, user: UserId, event: &Event, now: Timestamp) -> StoreResult<usize> {
    let kept = list(db, session, &[MarkKind::Bookmark])?;
    for (photo, _) in &kept {
        db.execute(
            "insert into bookmark (id, user_id, photo_id, created_at_ms) values (?1, ?2, ?3, ?4)
             on conflict do nothing",
            (BookmarkId::random(), user, photo.id, now),
        )?;
    }
    visits::enter(db, user, event, now)?;
    Ok(kept.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tables::{bookmarks, events, sessions};
    use crate::store::testing::{NOW, TestStore};

    const SESSION: Digest = Digest([7; 32]);

    #[test]
    fn marks_go_with_the_session_and_bookmarks_stay_with_the_account() {
        let store = TestStore::new();
        let event_id = store.add_event();
        let event = store.read(|c| events::find(c, event_id)).unwrap().unwrap();
        let user = store.add_user();
        let photo = store.receive(event_id, b"a");
        let guests_event = event.clone();
        let mark = |kind| store.write(move |tx| put(tx, SESSION, photo, kind, NOW)).unwrap();
        // Nobody is there yet.
        mark(MarkKind::Bookmark);
        let later = NOW.plus(std::time::Duration::from_mins(1));
        assert!(store.write(move |tx| sessions::insert(tx, SESSION, &guests_event, later)).unwrap());
        assert!(store.read(|c| find(c, SESSION)).unwrap().bookmarks.is_empty());
        mark(MarkKind::Bookmark);
        mark(MarkKind::Bookmark);
        mark(MarkKind::NotMe);
        let marks = store.read(|c| find(c, SESSION)).unwrap();
        assert!(marks.bookmarks.contains(&photo) && marks.removed.contains(&photo));
        store.write(move |tx| delete(tx, SESSION, photo, MarkKind::NotMe)).unwrap();
        assert!(store.read(|c| find(c, SESSION)).unwrap().removed.is_empty());
        // A photo that guests may not see (here: it is not indexed) is neither shown nor kept.
        assert!(store.read(|c| list(c, SESSION, MarkKind::ALL)).unwrap().is_empty());
        let sql = "update photo set state = 'indexed'";
        store.write(move |tx| tx.execute(sql, ())).unwrap();
        for _ in 0..2 {
            let event = event.clone();
            let kept = store.write(move |tx| keep(tx, SESSION, user, &event, NOW)).unwrap();
            assert_eq!(kept, 1);
        }
        store.write(|tx| sessions::delete(tx, SESSION, NOW)).unwrap();
        assert!(store.read(|c| find(c, SESSION)).unwrap().bookmarks.is_empty());
        assert_eq!(store.read(|c| bookmarks::list(c, user)).unwrap().len(), 1);
    }
}
