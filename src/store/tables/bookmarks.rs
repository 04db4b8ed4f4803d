//! Favourites of users.

use crate::domain::{Bookmark, BookmarkId, Event, Photo, PhotoId, Timestamp, UserId};
use crate::store::sql::{Reader, Writer, from_row};
use crate::store::tables::photos;
use crate::store::{StoreError, StoreResult};

/// Adds a favourite; `None` if it is one already, or the photo is gone.
pub fn insert(db: &Writer, user: UserId, photo_id: PhotoId, now: Timestamp) -> StoreResult<Option<Bookmark>> {
    let bookmark = Bookmark { id: BookmarkId::random(), photo_id, created_at: now };
    let added = db.execute(
        "insert into bookmark (id, user_id, photo_id, created_at_ms)
         select ?1, ?2, id, ?4 from photo where id = ?3
         on conflict (user_id, photo_id) do nothing",
        (bookmark.id, user, photo_id, now),
    )?;
    Ok((added > 0).then_some(bookmark))
}

/// A user's favourites with their photos and events, newest first. Only from events that the user owns, or entered
/// with the present password, however long ago: the others show again after the next entry. Hidden photos and those of
/// closed events show to the owner alone.
pub fn list(db: &Reader, user: UserId) -> StoreResult<Vec<(Bookmark, Photo, Event)>> {
    let bookmarks: Vec<Bookmark> = db.all(
        "select bookmark.id, photo_id, bookmark.created_at_ms
         from bookmark
         join photo on photo.id = bookmark.photo_id
         join event on event.id = photo.event_id
         left join visit on visit.user_id = ?1 and visit.event_id = event.id
         where bookmark.user_id = ?1
           and (event.owner_id = ?1 or visit.password_version = event.password_version
                and event.closed_at_ms is null
                and exists (select 1 from visible_photo where visible_photo.id = photo.id))
         order by bookmark.created_at_ms desc, bookmark.id",
        [user],
    )?;
    let with_photo = |bookmark: Bookmark| {
        let found = photos::find_with_event(db, bookmark.photo_id)?;
        let (photo, event) = found.ok_or(StoreError::Corrupt { what: "favourite without photo" })?;
        Ok((bookmark, photo, event))
    };
    bookmarks.into_iter().map(with_photo).collect()
}

/// Removes favourites; returns how many there were.
pub fn delete(db: &Writer, user: UserId, ids: &[BookmarkId]) -> StoreResult<usize> {
    ids.iter().try_fold(0, |count, id| {
        Ok(count + db.execute("delete from bookmark where user_id = ?1 and id = ?2", (user, id))?)
    })
}

from_row!(Bookmark { id: "id", photo_id: "photo_id", created_at: "created_at_ms" });
