//! What guests said about photos: kept as long as their session.

use crate::store::sql::{Reader, Writer};
use std::collections::HashSet;

use crate::domain::{BookmarkId, Digest, Event, MarkKind, Photo, PhotoId, Timestamp, UserId};
use crate::store::StoreError;
use crate::store::tables::{events, photos, visits};

/// Marks a photo; nothing happens where the session or the photo is gone.
///
/// # Errors
/// When the database fails.
pub fn put(
    tx: &Writer,
    session: Digest,
    photo: PhotoId,
    kind: MarkKind,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "insert or ignore into guest_mark (token_hash, photo_id, kind, created_at_ms)
         select session.token_hash, photo.id, ?3, ?4
         from guest_session session, photo where session.token_hash = ?1 and photo.id = ?2",
        (session.0, photo.as_i64(), kind.as_str(), now.unix_ms()),
    )?;
    Ok(())
}

/// Takes a mark back.
///
/// # Errors
/// When the database fails.
pub fn delete(tx: &Writer, session: Digest, photo: PhotoId, kind: MarkKind) -> Result<(), StoreError> {
    tx.execute(
        "delete from guest_mark where token_hash = ?1 and photo_id = ?2 and kind = ?3",
        (session.0, photo.as_i64(), kind.as_str()),
    )?;
    Ok(())
}

/// A guest's marks, by what they say.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// Photos to keep.
    pub bookmarks: HashSet<PhotoId>,
    /// Photos that are not to be among the results: of others, or not wanted.
    pub removed: HashSet<PhotoId>,
}

/// All marks of a session.
///
/// # Errors
/// When the database fails.
pub fn find(connection: &Reader, session: Digest) -> Result<Marks, StoreError> {
    let mut statement =
        connection.prepare_cached("select photo_id, kind from guest_mark where token_hash = ?1")?;
    let mut rows = statement.query([session.0])?;
    let mut marks = Marks::default();
    while let Some(row) = rows.next()? {
        let id = photos::photo_id(row.get(0)?)?;
        match events::text(row, "kind")? {
            MarkKind::Bookmark => marks.bookmarks.insert(id),
            MarkKind::NotMe | MarkKind::Hidden => marks.removed.insert(id),
        };
    }
    Ok(marks)
}

/// A session's marked photos that guests may see, last marked first, each with its mark.
///
/// # Errors
/// When the database fails.
pub fn list(
    connection: &Reader,
    session: Digest,
    kinds: &[MarkKind],
) -> Result<Vec<(Photo, MarkKind)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select photo.*, mark.kind from guest_mark mark join photo on photo.id = mark.photo_id
         where mark.token_hash = ?1 and photo.state = 'indexed' and photo.hidden = 0
         order by mark.created_at_ms desc, photo.id",
    )?;
    let marked = statement.query_and_then([session.0], |row| -> Result<_, StoreError> {
        Ok((photos::from_row(row)?, events::text(row, "kind")?))
    })?;
    marked.filter(|mark| mark.as_ref().map_or(true, |(_, kind)| kinds.contains(kind))).collect()
}

/// Gives a guest's bookmarks to their account, and notes that the user was at the event; returns how many there were.
///
/// # Errors
/// When the database fails.
pub fn keep(
    tx: &Writer,
    session: Digest,
    user: UserId,
    event: &Event,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let kept = list(tx, session, &[MarkKind::Bookmark])?;
    for (photo, _) in &kept {
        tx.execute(
            "insert or ignore into bookmark (id, user_id, photo_id, created_at_ms) values (?1, ?2, ?3, ?4)",
            (BookmarkId::random().as_i64(), user.as_i64(), photo.id.as_i64(), now.unix_ms()),
        )?;
    }
    visits::enter(tx, user, event, now)?;
    Ok(kept.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tables::{bookmarks, sessions};
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
        store.write(move |tx| Ok(tx.execute_batch(sql)?)).unwrap();
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
