//! A raw file and a JPEG of the same capture are one photo: the JPEG is shown and searched, the raw file goes with it.
//! Whichever arrives first; they are joined when the second one is indexed, because only then both times are known.

use crate::domain::{Digest, EventId, ImageFormat, Photo, PhotoId};
use crate::store::sql::vectors;
use crate::store::sql::{Reader, Writer};
use crate::store::tables::{photos, purges};
use crate::store::{BlobKey, StoreResult};

/// The photo of this event that has these bytes as its raw file.
pub(super) fn find(db: &Reader, event_id: EventId, digest: Digest) -> StoreResult<Option<PhotoId>> {
    db.one("select id from photo where event_id = ?1 and companion_digest = ?2", (event_id, digest))
}

/// Joins an indexed photo with its counterpart, if there is one: of the same event, of the same name but for its
/// ending, taken in the same second of the same camera's clock. That this clock is off, and which body it was, may be
/// known of one of them alone. Photos that do not say when they were taken stay alone. What the owner and guests
/// decided about the raw file's photo is kept.
pub fn join(db: &Writer, id: PhotoId) -> StoreResult<()> {
    let Some(photo) = photos::find(db, id)? else { return Ok(()) };
    let Some((stem, _)) = photo.file_name.rsplit_once('.') else { return Ok(()) };
    // From "stem." to the sign after the dot.
    let stem = stem.to_ascii_lowercase();
    let counterpart: Option<PhotoId> = db.one(
        "select other.id from photo join photo as other on other.event_id = photo.event_id
         where photo.id = ?1
           and other.taken_at between substr(photo.taken_at, 1, 19) and substr(photo.taken_at, 1, 19) || '~'
           and lower(other.file_name) >= ?2 and lower(other.file_name) < ?3
           and substr(other.file_name, length(?2) + 1) not like '%.%'
           and photo.state = 'indexed' and other.state = 'indexed'
           and (photo.format = 'raw') <> (other.format = 'raw')
           and photo.companion_id is null and other.companion_id is null
           and photo.time_source <> 'file' and other.time_source <> 'file'
           and coalesce(photo.camera = other.camera, true)
           and coalesce(photo.camera_body = other.camera_body, true)
         order by other.sequence limit 1",
        (id, format!("{stem}."), format!("{stem}/")),
    )?;
    let Some(counterpart) = counterpart.map(|id| photos::find(db, id)).transpose()?.flatten() else {
        return Ok(());
    };
    if photo.format == ImageFormat::Raw {
        merge(db, &counterpart, &photo)
    } else {
        merge(db, &photo, &counterpart)
    }
}

/// What guests and users keep of a photo that becomes part of another one goes there.
pub(super) fn move_marks(db: &Writer, from: PhotoId, to: PhotoId) -> StoreResult<()> {
    db.run(
        "update guest_mark set photo_id = ?2
         where photo_id = ?1 and not exists (
             select 1 from guest_mark other
             where other.photo_id = ?2 and other.token_hash = guest_mark.token_hash and other.kind = guest_mark.kind)",
        (from, to),
    )?;
    db.run(
        "update bookmark set photo_id = ?2
         where photo_id = ?1 and not exists (
             select 1 from bookmark other where other.photo_id = ?2 and other.user_id = bookmark.user_id)",
        (from, to),
    )
}

fn merge(db: &Writer, photo: &Photo, raw: &Photo) -> StoreResult<()> {
    move_marks(db, raw.id, photo.id)?;
    let (hidden, wall) = (photo.hidden || raw.hidden, photo.wall.or(raw.wall));
    vectors::delete_photo(db, raw.id)?;
    db.run("delete from photo where id = ?1", [raw.id])?;
    db.run(
        "update photo set hidden = ?2, wall = ?3, companion_id = ?4, companion_name = ?5, companion_digest = ?6
         where id = ?1",
        (photo.id, hidden, wall, raw.id, &raw.file_name, raw.digest),
    )?;
    purges::record(db, [BlobKey::Preview(raw.id), BlobKey::Thumbnail(raw.id)])
}

#[cfg(test)]
mod tests;
