//! A capture that comes again from a hot folder, edited or exported once more, takes the place of the file that was
//! there: the photo stays, with what guests and the owner decided about it, and the older file becomes a version.

use std::path::Path;

use super::companions::move_marks;
use crate::domain::{Capture, ImageFormat, Photo, PhotoId, PhotoState, PixelSize, SourceKind};
use crate::store::StoreResult;
use crate::store::sql::{Reader, Writer};
use crate::store::tables::versions::{self, Receipt};
use crate::store::tables::{jobs, photos, sources};

/// The photo that the faces in the file of `photo` go to: itself as a rule, or the one whose version the file has
/// become; `None` if another file is shown there.
pub fn place(db: &Writer, photo: &Photo, size: PixelSize, capture: &Capture) -> StoreResult<Option<PhotoId>> {
    let Some(now) = photos::find(db, photo.id)? else { return Ok(Some(photo.id)) };
    if now.file_id != photo.file_id {
        // Another version took its place while a worker had it.
        return Ok(None);
    }
    // What waits for approval replaces nothing.
    let is_new = now.state != PhotoState::Indexed && !now.held;
    let older = if is_new { find_other(db, &now, capture)? } else { None };
    let Some(other) = older else { return Ok(Some(photo.id)) };
    let (Some(own), Some(last)) = (Receipt::last(db, now.id)?, Receipt::last(db, other.id)?) else {
        return Ok(Some(photo.id));
    };
    let newer = if own.sequence > last.sequence { &own } else { &last };
    if !newer.is_from_folder(db)? {
        return Ok(Some(photo.id));
    }
    let is_shown = own.sequence > last.sequence && !versions::is_chosen(db, other.id)?;
    db.run("update photo set width = ?2, height = ?3 where id = ?1", (now.id, size.width, size.height))?;
    versions::add(db, other.id, other.id)?;
    versions::add(db, now.id, other.id)?;
    move_marks(db, now.id, other.id)?;
    // Two rows of an event cannot have the same bytes.
    db.run("delete from photo where id = ?1", [now.id])?;
    db.run(
        "update photo set hidden = ?2, wall = ?3, credit = ?4 where id = ?1",
        (
            other.id,
            other.hidden || now.hidden,
            other.wall.or(now.wall),
            other.credit.as_ref().or(now.credit.as_ref()),
        ),
    )?;
    if !is_shown {
        return Ok(None);
    }
    versions::show(db, other.id, now.file_id)?;
    // Its faces are about to be replaced: what was to be done with the file before is over.
    jobs::delete(db, other.id)?;
    Ok(Some(other.id))
}

/// The photo that another file of the same capture is.
fn find_other(db: &Reader, photo: &Photo, capture: &Capture) -> StoreResult<Option<Photo>> {
    let Some(taken_at) = &capture.taken_at else { return Ok(None) };
    if !can_be_version(db, photo)? {
        return Ok(None);
    }
    let taken_then: Vec<Photo> = db.all(
        "select * from photo where event_id = ?1 and taken_at = ?2 and state = 'indexed' and id <> ?3
         order by sequence desc",
        (photo.event_id, taken_at, photo.id),
    )?;
    for other in taken_then {
        let is_same = is_one_capture((&photo.file_name, capture), (&other.file_name, &other.capture));
        if is_same && can_be_version(db, &other)? {
            return Ok(Some(other));
        }
    }
    Ok(None)
}

/// Raw files are as the camera wrote them, and go with another file of the capture; guests' photos are theirs.
fn can_be_version(db: &Reader, photo: &Photo) -> StoreResult<bool> {
    if photo.format == ImageFormat::Raw || photo.sender.is_some() {
        return Ok(false);
    }
    let source = photo.source_id.map_or(Ok(None), |id| sources::find(db, id))?;
    Ok(source.is_none_or(|source| source.kind != SourceKind::Guests))
}

/// Whether two files are of one capture: named alike but for the ending, and taken at the same time, to the fraction
/// that is written, by the clock of the same body. A file that does not say its camera is nobody's version.
fn is_one_capture(one: (&str, &Capture), other: (&str, &Capture)) -> bool {
    let stem = |name: &str| Path::new(name).file_stem().map(|stem| stem.to_string_lossy().to_lowercase());
    let clock =
        |capture: &Capture| capture.time_source.is_camera().then(|| capture.taken_at.clone()).flatten();
    let ((name, capture), (other_name, other)) = (one, other);
    stem(name) == stem(other_name)
        && clock(capture).is_some()
        && clock(capture) == clock(other)
        && capture.camera().is_some()
        && capture.camera() == other.camera()
}

#[cfg(test)]
mod tests;
