//! The files of photos that have more than one: a capture that came again from a hot folder. One of them is shown; its
//! columns are in `photo` too.

use crate::domain::{
    Digest, EventId, ImageFormat, Photo, PhotoId, PixelSize, SourceId, SourceKind, Timestamp, natural_key,
};
use crate::store::sql::{FromRow, Reader, Row, Writer};
use crate::store::tables::sources;
use crate::store::{BlobKey, PackId, StoreResult};

/// A file of a photo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The number that it had as a photo of its own, which its blobs still have.
    pub file_id: PhotoId,
    /// File name as received, without folders.
    pub file_name: String,
    /// File size in bytes.
    pub size_bytes: u64,
    /// Upright size.
    pub size: Option<PixelSize>,
    /// Time of receipt.
    pub received_at: Timestamp,
}

/// The files of a photo, the one received last first.
pub fn list(db: &Reader, photo: PhotoId) -> StoreResult<Vec<Version>> {
    db.all(
        "select file_id, file_name, size_bytes, width, height, received_at_ms, sequence
         from photo_version where photo_id = ?1
         union all
         select id, file_name, size_bytes, width, height, created_at_ms, sequence from photo
         where id = ?1 and not exists (select 1 from photo_version where photo_id = ?1)
         order by sequence desc",
        [photo],
    )
}

/// The photo of this event that has these bytes as a version.
pub(in crate::store) fn find(db: &Reader, event_id: EventId, digest: Digest) -> StoreResult<Option<PhotoId>> {
    db.one(
        "select photo.id from photo_version join photo on photo.id = photo_version.photo_id
         where photo_version.digest = ?1 and photo.event_id = ?2",
        (digest, event_id),
    )
}

/// Where a file of an event has come in the order of receipt, and from what.
pub(in crate::store) struct Receipt {
    pub(in crate::store) sequence: u64,
    source: Option<SourceId>,
}

impl Receipt {
    /// Of the file of a photo that was received last.
    pub(in crate::store) fn last(db: &Reader, photo: PhotoId) -> StoreResult<Option<Self>> {
        let last: Option<(u64, Option<SourceId>)> = db.one(
            "select sequence, source_id from photo where id = ?1
             union all select sequence, source_id from photo_version where photo_id = ?1
             order by sequence desc limit 1",
            [photo],
        )?;
        Ok(last.map(|(sequence, source)| Self { sequence, source }))
    }

    pub(in crate::store) fn is_from_folder(&self, db: &Reader) -> StoreResult<bool> {
        let source = self.source.map_or(Ok(None), |id| sources::find(db, id))?;
        Ok(source.is_some_and(|source| source.kind == SourceKind::Folder))
    }
}

/// Records the file of a photo as a version of a photo: of the same, or of another.
pub(in crate::store) fn add(db: &Writer, of: PhotoId, to: PhotoId) -> StoreResult<()> {
    db.run(
        "insert into photo_version (file_id, photo_id, sequence, file_name, digest, size_bytes, format, width, height,
                                    preview_width, preview_height, source_id, received_at_ms)
         select coalesce(file_id, id), ?2, sequence, file_name, digest, size_bytes, format, width, height,
                preview_width, preview_height, source_id, created_at_ms
         from photo where id = ?1
         on conflict (file_id) do nothing",
        (of, to),
    )
}

/// Makes a version the file of its photo; its faces, and what else decoding tells, are not known yet. `false` if the
/// photo has no such version.
pub(in crate::store) fn show(db: &Writer, photo: PhotoId, file: PhotoId) -> StoreResult<bool> {
    let Some(version) = list(db, photo)?.into_iter().find(|version| version.file_id == file) else {
        return Ok(false);
    };
    db.run(
        "update photo
         set file_id = version.file_id, file_name = version.file_name, name_key = ?3, digest = version.digest,
             size_bytes = version.size_bytes, format = version.format, width = version.width,
             height = version.height, preview_width = version.preview_width,
             preview_height = version.preview_height, source_id = version.source_id
         from photo_version as version
         where photo.id = ?1 and version.file_id = ?2",
        (photo, file, natural_key(&version.file_name)),
    )?;
    Ok(true)
}

/// Shows the version that the owner has chosen: it stays, whatever comes later. Its faces replace those of the version
/// before as soon as they are found again. `false` if the photo has no such version.
pub fn choose(db: &Writer, photo: &Photo, file: PhotoId, pack: PackId) -> StoreResult<bool> {
    if !show(db, photo.id, file)? {
        return Ok(false);
    }
    db.run("update photo set version_chosen = true where id = ?1", [photo.id])?;
    if file != photo.file_id {
        db.run("update photo set failed_pack_id = null where id = ?1", [photo.id])?;
        // An attempt more ends the lease of a worker that has the version before.
        db.run(
            "insert into job (photo_id, pack_id) values (?1, ?2)
             on conflict (photo_id) do update set pack_id = ?2, attempts = job.attempts + 1, errors = 0,
                 free_at_ms = 0",
            (photo.id, pack),
        )?;
    }
    Ok(true)
}

/// Whether the owner has chosen the version that is shown.
pub(in crate::store) fn is_chosen(db: &Reader, photo: PhotoId) -> StoreResult<bool> {
    db.value("select exists (select 1 from photo where id = ?1 and version_chosen = true)", [photo])
}

/// Whether what was this photo is a version of another one now.
pub fn is_version(db: &Reader, id: PhotoId) -> StoreResult<bool> {
    db.value("select exists (select 1 from photo_version where file_id = ?1)", [id])
}

/// The blobs of all versions of a photo.
pub(in crate::store) fn list_blobs(db: &Reader, photo: PhotoId) -> StoreResult<Vec<BlobKey>> {
    let files = db.all("select file_id, format from photo_version where photo_id = ?1", [photo])?;
    Ok(blobs(files))
}

/// The blobs of all versions of an event's photos.
pub(in crate::store) fn list_blobs_of_event(db: &Reader, event: EventId) -> StoreResult<Vec<BlobKey>> {
    let files = db.all(
        "select photo_version.file_id, photo_version.format
         from photo_version join photo on photo.id = photo_version.photo_id where photo.event_id = ?1",
        [event],
    )?;
    Ok(blobs(files))
}

fn blobs(files: Vec<(PhotoId, ImageFormat)>) -> Vec<BlobKey> {
    files.into_iter().flat_map(|(id, format)| BlobKey::of_photo(id, format)).collect()
}

impl FromRow for Version {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        let (width, height): (Option<u32>, Option<u32>) = (row.get("width")?, row.get("height")?);
        Ok(Self {
            file_id: row.get("file_id")?,
            file_name: row.get("file_name")?,
            size_bytes: row.get("size_bytes")?,
            size: width.zip(height).map(|(width, height)| PixelSize { width, height }),
            received_at: row.get("received_at_ms")?,
        })
    }
}
