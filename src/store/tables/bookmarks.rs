//! Photos that users keep.

use crate::store::sql::{Reader, Writer};
use rusqlite::Row;

use crate::domain::{Bookmark, BookmarkId, Event, Photo, PhotoId, Timestamp, UserId};
use crate::store::StoreError;
use crate::store::tables::photos;

/// Keeps a photo; `None` where it is kept already, or gone.
///
/// # Errors
/// When the database fails.
pub fn insert(
    tx: &Writer,
    user: UserId,
    photo_id: PhotoId,
    now: Timestamp,
) -> Result<Option<Bookmark>, StoreError> {
    let bookmark = Bookmark { id: BookmarkId::random(), photo_id, created_at: now };
    let added = tx.execute(
        "insert into bookmark (id, user_id, photo_id, created_at_ms)
         select ?1, ?2, id, ?4 from photo where id = ?3
         on conflict (user_id, photo_id) do nothing",
        (bookmark.id.as_i64(), user.as_i64(), photo_id.as_i64(), now.unix_ms()),
    )?;
    Ok((added > 0).then_some(bookmark))
}

/// The photos that a user keeps, with their events; the last one kept first. Only of events that the user owns, or
/// has entered by the present password, however long ago: the others are shown again after the next entry. Photos that
/// are hidden, or of a closed event, show to the owner alone until that changes.
///
/// # Errors
/// When the database fails.
pub fn list(connection: &Reader, user: UserId) -> Result<Vec<(Bookmark, Photo, Event)>, StoreError> {
    let mut statement = connection.prepare(
        "select bookmark.id, photo_id, bookmark.created_at_ms
         from bookmark
         join photo on photo.id = bookmark.photo_id
         join event on event.id = photo.event_id
         left join visit on visit.user_id = ?1 and visit.event_id = event.id
         where bookmark.user_id = ?1
           and (event.owner_id = ?1 or visit.password_version = event.password_version
                and event.closed_at_ms is null and photo.state = 'indexed' and photo.hidden = 0)
         order by bookmark.created_at_ms desc, bookmark.id",
    )?;
    let bookmarks = statement.query_and_then([user.as_i64()], from_row)?;
    let bookmarks = bookmarks.collect::<Result<Vec<_>, _>>()?;
    let mut kept = Vec::with_capacity(bookmarks.len());
    for bookmark in bookmarks {
        let found = photos::find_with_event(connection, bookmark.photo_id)?;
        let (photo, event) = found.ok_or(StoreError::Corrupt { what: "bookmark without photo" })?;
        kept.push((bookmark, photo, event));
    }
    Ok(kept)
}

/// Keeps these no longer; returns how many there were.
///
/// # Errors
/// When the database fails.
pub fn delete(tx: &Writer, user: UserId, ids: &[BookmarkId]) -> Result<usize, StoreError> {
    let mut statement = tx.prepare_cached("delete from bookmark where user_id = ?1 and id = ?2")?;
    ids.iter().try_fold(0, |count, id| Ok(count + statement.execute((user.as_i64(), id.as_i64()))?))
}

fn from_row(row: &Row) -> Result<Bookmark, StoreError> {
    Ok(Bookmark {
        id: BookmarkId::from_i64(row.get(0)?).ok_or(StoreError::Corrupt { what: "bookmark id" })?,
        photo_id: photos::photo_id(row.get(1)?)?,
        created_at: Timestamp::from_unix_ms(row.get(2)?),
    })
}
