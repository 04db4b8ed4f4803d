//! A photo on its way, with its faces and the names of its files; and what is here of it.

use serde::{Deserialize, Serialize};

use super::MoveError;
use super::bring::event_of_photo;
use super::record::Record;
use super::tables::{FACE, PHOTO, VERSION, select};
use crate::domain::{Digest, EventId, ImageFormat, PhotoId};
use crate::store::sql::Reader;
use crate::store::{BlobKey, StoreResult};

/// A photo's rows and files.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PhotoRecords {
    /// The photo.
    pub photo: Record,
    /// Its faces.
    pub faces: Vec<Record>,
    /// Other versions of it.
    pub versions: Vec<Record>,
}

/// What is here of a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nothing.
    New,
    /// The photo, without its files or faces: bringing it was interrupted.
    Begun,
    /// The photo, but not all of its files.
    Partly,
    /// The photo.
    Whole,
    /// It was deleted, here or there.
    Gone,
    /// The event has the same bytes as another photo.
    Same,
}

impl PhotoRecords {
    /// The photo's id.
    ///
    /// # Errors
    /// If there is none.
    pub fn id(&self) -> StoreResult<PhotoId> {
        self.photo.expect("id")
    }

    /// File name as received, for people.
    #[must_use]
    pub fn file_name(&self) -> String {
        self.photo.get("file_name").unwrap_or_default()
    }

    /// Content hash of the file that is shown.
    ///
    /// # Errors
    /// If there is none.
    pub fn digest(&self) -> StoreResult<Digest> {
        self.photo.expect("digest")
    }

    /// Its files as they were received, with their hashes: the one that is shown, its raw file, other versions.
    ///
    /// # Errors
    /// If a row names none.
    pub fn originals(&self) -> StoreResult<Vec<(BlobKey, Option<Digest>)>> {
        let shown = self.photo.get("file_id").map_or_else(|| self.id(), Ok)?;
        let mut originals =
            vec![(BlobKey::Original(shown, self.photo.expect("format")?), Some(self.digest()?))];
        if let Some(raw) = self.photo.get("companion_id") {
            let raw = BlobKey::Original(raw, ImageFormat::Raw);
            originals.push((raw, self.photo.get("companion_digest")));
        }
        for version in &self.versions {
            let key = BlobKey::Original(version.expect("file_id")?, version.expect("format")?);
            if originals[0].0 != key {
                originals.push((key, Some(version.expect("digest")?)));
            }
        }
        Ok(originals)
    }

    /// Previews and thumbnails that it may have.
    ///
    /// # Errors
    /// As [`PhotoRecords::originals`].
    pub fn pictures(&self) -> StoreResult<Vec<BlobKey>> {
        let ids = self.originals()?.into_iter().filter_map(|(key, _)| key.photo());
        Ok(ids.flat_map(|id| [BlobKey::Preview(id), BlobKey::Thumbnail(id)]).collect())
    }
}

/// A photo with its faces; `None` if it is gone.
pub fn read_photo(db: &Reader, id: PhotoId) -> StoreResult<Option<PhotoRecords>> {
    let Some(photo) = select(db, "photo", PHOTO, "where id = ?1", id.as_i64())?.pop() else {
        return Ok(None);
    };
    Ok(Some(PhotoRecords {
        photo,
        faces: select(db, "face", FACE, "where photo_id = ?1 order by x, y", id.as_i64())?,
        versions: select(db, "photo_version", VERSION, "where photo_id = ?1 order by sequence", id.as_i64())?,
    }))
}

/// What is here of a photo.
///
/// # Errors
/// If the photo, or one of its files, is another event's here.
pub fn find_place(db: &Reader, event: EventId, records: &PhotoRecords) -> StoreResult<Place> {
    let id = records.id()?;
    if let Some(place) = find_known(db, event, id)? {
        return Ok(place);
    }
    let mut is_partly = false;
    for (key, _) in records.originals()? {
        match key.photo().map_or(Ok(None), |file| photo_of_file(db, file))? {
            Some(of) if of == id => {}
            Some(of) if event_of_photo(db, of.as_i64())? != Some(event) => {
                return Err(MoveError::Conflict { what: "a photo" }.into());
            }
            _ => is_partly = true,
        }
    }
    if event_of_photo(db, id.as_i64())?.is_some() {
        return Ok(if is_partly { Place::Partly } else { Place::Whole });
    }
    let same = "select exists (select 1 from photo where event_id = ?1 and digest = ?2)";
    Ok(if db.value(same, (event, records.digest()?))? { Place::Same } else { Place::New })
}

/// What is here of a photo, as far as its id says it.
fn find_known(db: &Reader, event: EventId, id: PhotoId) -> StoreResult<Option<Place>> {
    let gone = "select exists (select 1 from photo_gone where event_id = ?1 and photo_id = ?2)";
    if db.value(gone, (event, id))? {
        return Ok(Some(Place::Gone));
    }
    match event_of_photo(db, id.as_i64())? {
        Some(of) if of != event => Err(MoveError::Conflict { what: "a photo" }.into()),
        Some(_) if is_reserved(db, id)? => Ok(Some(Place::Begun)),
        _ => Ok(None),
    }
}

/// The photo that has this file.
fn photo_of_file(db: &Reader, file: PhotoId) -> StoreResult<Option<PhotoId>> {
    db.one(
        "select id from photo where coalesce(file_id, id) = ?1 or companion_id = ?1
         union select photo_id from photo_version where file_id = ?1",
        [file],
    )
}

/// Those of these photos that an event here does not have, or not with all these files.
///
/// # Errors
/// If the database fails.
pub fn list_missing(
    db: &Reader,
    event: EventId,
    photos: &[(PhotoId, Vec<PhotoId>)],
) -> StoreResult<Vec<PhotoId>> {
    let mut missing = Vec::new();
    for (id, files) in photos {
        let is_missing = match find_known(db, event, *id) {
            Ok(Some(place)) => place == Place::Begun,
            Ok(None) => {
                let mut all = true;
                for file in files {
                    all &= photo_of_file(db, *file)? == Some(*id);
                }
                !all
            }
            Err(error) => return Err(error),
        };
        if is_missing {
            missing.push(*id);
        }
    }
    Ok(missing)
}

pub(super) fn is_reserved(db: &Reader, id: PhotoId) -> StoreResult<bool> {
    let sql = "select exists (select 1 from job join photo on photo.id = photo_id
                              where photo_id = ?1 and state = 'pending' and attempts = 0)";
    db.value(sql, [id])
}
