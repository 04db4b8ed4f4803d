//! Takes an event from a file.

use std::io::{ErrorKind, Read, Seek};

use serde::{Deserialize, Serialize};
use zip::ZipArchive;

use super::{EVENT, EventFileError, FORMAT, LeftOut, Manifest, Watch, read_json};
use crate::domain::{Digest, EventId, ImageFormat, PhotoId, Timestamp, UserId};
use crate::store::moves::{self, Begun, PhotoRecords, Place};
use crate::store::{BlobKey, Lock, Store};

/// What came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brought {
    /// The event.
    pub event: EventId,
    /// Its name.
    pub name: String,
    /// Photos that were not here, or not all of them.
    pub new: usize,
    /// Photos that were here.
    pub known: usize,
    /// Photos that were not taken.
    pub left_out: Vec<LeftOut>,
}

/// The event of a file.
///
/// # Errors
/// If the file is damaged.
pub fn event_of(file: impl Read + Seek) -> Result<EventId, EventFileError> {
    let manifest: Manifest = read_json(ZipArchive::new(file)?.by_name(EVENT)?, EVENT)?;
    Ok(manifest.records.id()?)
}

/// Brings an event of a file into the data folder; `owner` has it then. What is here already stays as it is.
///
/// # Errors
/// If the file is damaged or its event is somebody else's here. What has come stays, and the same call goes on.
pub fn bring(
    store: &Store,
    file: impl Read + Seek,
    owner: Option<UserId>,
    now: Timestamp,
    watch: &mut Watch,
) -> Result<Brought, EventFileError> {
    let _alone = store.lock(Lock::Moves)?.ok_or(EventFileError::Busy)?;
    let mut zip = ZipArchive::new(file)?;
    let manifest: Manifest = read_json(zip.by_name(EVENT)?, EVENT)?;
    if manifest.format > FORMAT {
        return Err(EventFileError::NewerFormat { found: manifest.format });
    }
    let (is_last, records) = (manifest.is_last, manifest.records);
    // Files of an event that was deleted here must be gone before the same names come again.
    store.purge_blobs()?;
    let beginning = records.clone();
    let begun = store.write(move |db| moves::begin(db, &beginning, owner, now))?;
    let names = zip.file_names().map(|name| Ok(name?.into_owned()));
    let names = names.collect::<Result<Vec<String>, zip::result::ZipError>>()?;
    let photos: Vec<String> = names.into_iter().filter(|name| name.starts_with("photos/")).collect();
    let mut brought =
        Brought { event: begun.event, name: records.name(), new: 0, known: 0, left_out: Vec::new() };
    for (at, name) in photos.iter().enumerate() {
        watch.tell(at, photos.len())?;
        let photo: PhotoRecords = read_json(zip.by_name(name)?, name)?;
        match bring_photo(store, &mut zip, &begun, &photo, now)? {
            Ok(true) => brought.new += 1,
            Ok(false) => brought.known += 1,
            Err(reason) => brought.left_out.push(LeftOut { file_name: photo.file_name(), reason }),
        }
    }
    if is_last {
        store.write(move |db| moves::finish(db, &records, &begun))?;
    }
    // Photos that were deleted there, or joined here.
    store.purge_blobs()?;
    Ok(brought)
}

/// Whether a photo, or something of it, is new; or why it was not taken.
fn bring_photo(
    store: &Store,
    zip: &mut ZipArchive<impl Read + Seek>,
    begun: &Begun,
    photo: &PhotoRecords,
    now: Timestamp,
) -> Result<Result<bool, String>, EventFileError> {
    let place = store.read(|db| moves::find_place(db, begun.event, photo))?;
    if matches!(place, Place::Gone | Place::Same | Place::Whole) {
        return Ok(Ok(false));
    }
    // Before any row changes: a file with other bytes than its row says is not taken.
    let received = match receive(store, zip, photo)? {
        Ok(received) => received,
        Err(reason) => return Ok(Err(reason)),
    };
    if place == Place::New {
        let (begun, photo) = (begun.clone(), photo.clone());
        let reserved = store.write(move |db| moves::reserve(db, &begun, &photo, now));
        reserved.inspect_err(|_| discard(store, &received))?;
    }
    for (id, format) in received {
        store.blobs().promote(id, format)?;
    }
    for key in photo.pictures()? {
        let name = key.to_string();
        let Ok(member) = zip.by_name(&name) else { continue };
        let mut bytes = Vec::new();
        member.take(MOST_PICTURE_BYTES).read_to_end(&mut bytes).map_err(|error| damaged(&name, &error))?;
        store.blobs().put(&key, &bytes)?;
    }
    let (bringing, records) = (begun.clone(), photo.clone());
    store.write(move |db| moves::bring_photo(db, &bringing, &records, place))?;
    Ok(Ok(true))
}

/// Of a preview: many times what ours have.
const MOST_PICTURE_BYTES: u64 = 32 << 20;

type Received = Vec<(PhotoId, ImageFormat)>;

/// Receives the originals that are not here; the reason, if one is not as its row says.
fn receive(
    store: &Store,
    zip: &mut ZipArchive<impl Read + Seek>,
    photo: &PhotoRecords,
) -> Result<Result<Received, String>, EventFileError> {
    let mut received = Received::new();
    for (key, expected) in photo.originals()? {
        let BlobKey::Original(id, format) = key else { continue };
        if is_here(store, &key, expected) {
            continue;
        }
        let copied = copy(store, zip, &key, (id, format));
        if copied.as_ref().is_ok_and(Option::is_some) {
            received.push((id, format));
        }
        match copied {
            Ok(Some(digest)) if expected.is_none_or(|expected| expected == digest) => {}
            Ok(_) => {
                discard(store, &received);
                return Ok(Err("its bytes are not what they were".to_owned()));
            }
            Err(error) => {
                discard(store, &received);
                return Err(error);
            }
        }
    }
    Ok(Ok(received))
}

/// Hash of a file that was received; `None` if the archive's own checksum is wrong.
fn copy(
    store: &Store,
    zip: &mut ZipArchive<impl Read + Seek>,
    key: &BlobKey,
    (id, format): (PhotoId, ImageFormat),
) -> Result<Option<Digest>, EventFileError> {
    let name = key.to_string();
    let mut member = zip.by_name(&name)?;
    let (mut incoming, mut buffer) = (store.receive_photo(id, format)?, vec![0; 1 << 20]);
    loop {
        match member.read(&mut buffer) {
            Ok(0) => return Ok(Some(incoming.finish()?.digest)),
            Ok(count) => incoming.write(&buffer[..count])?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::InvalidData => return Ok(None),
            Err(error) => return Err(damaged(&name, &error)),
        }
    }
}

fn discard(store: &Store, received: &Received) {
    for (id, format) in received {
        store.blobs().discard(*id, *format);
    }
}

/// Whether an interrupted move has brought a file.
fn is_here(store: &Store, key: &BlobKey, expected: Option<Digest>) -> bool {
    let blob = store.blobs().open(key).ok().flatten();
    blob.and_then(|blob| blob.digest().ok()).is_some_and(|digest| Some(digest) == expected)
}

fn damaged(name: &str, error: &std::io::Error) -> EventFileError {
    EventFileError::Damaged { what: format!("{name}: {error}") }
}
