//! Writes event files.

use std::fs::{self, File};
use std::io::{BufWriter, Seek, Write};
use std::path::Path;

use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::{EVENT, EventFileError, LeftOut, Manifest, Watch, name_of};
use crate::auth::{EntryKeys, SourceKeys, token_hash};
use crate::domain::{Digest, EventId, Fault, PhotoId, Timestamp};
use crate::store::moves::{self, EventRecords, PhotoRecords};
use crate::store::{BlobKey, Store, StoreError, events, sources};

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Photos in the file.
    pub photos: usize,
    /// Bytes of the file.
    pub bytes: u64,
    /// Photos that are not in it.
    pub left_out: Vec<LeftOut>,
}

/// Writes an event into a new file. The file has its name when it is whole.
///
/// # Errors
/// If the event is gone, or the file cannot be written.
pub fn export(
    store: &Store,
    event: EventId,
    path: &Path,
    now: Timestamp,
    watch: &mut Watch,
) -> Result<Written, EventFileError> {
    let io = |source| EventFileError::Io { path: path.to_owned(), source };
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = Path::new(&part);
    let mut write = || -> Result<Written, EventFileError> {
        let mut archive = EventArchive::new(BufWriter::new(File::create(part).map_err(io)?), part);
        let photos = store.read(|db| moves::list_photos(db, event))?;
        let mut left_out = Vec::new();
        for (at, (photo, _)) in photos.iter().enumerate() {
            watch.tell(at, photos.len())?;
            left_out.extend(archive.add_photo(store, *photo)?);
        }
        let added = archive.photos;
        let file = archive.finish(event_records(store, event, now)?, true, now)?;
        let file = file.into_inner().map_err(|error| io(error.into_error()))?;
        file.sync_all().map_err(io)?;
        let bytes = file.metadata().map_err(io)?.len();
        Ok(Written { photos: added, bytes, left_out })
    };
    let written = write().inspect_err(|_| drop(fs::remove_file(part)))?;
    fs::rename(part, path).map_err(io)?;
    Ok(written)
}

/// An event file that is being written.
pub(super) struct EventArchive<'a, W: Write + Seek> {
    zip: ZipWriter<W>,
    path: &'a Path,
    pub(super) photos: usize,
    pub(super) bytes: u64,
}

impl<'a, W: Write + Seek> EventArchive<'a, W> {
    pub(super) fn new(to: W, path: &'a Path) -> Self {
        Self { zip: ZipWriter::new(to), path, photos: 0, bytes: 0 }
    }

    /// Adds a photo with its files; why it is left out, if it is. One that was deleted meanwhile is none.
    pub(super) fn add_photo(
        &mut self,
        store: &Store,
        id: PhotoId,
    ) -> Result<Option<LeftOut>, EventFileError> {
        let Some(records) = store.read(|db| moves::read_photo(db, id))? else { return Ok(None) };
        if let Some(fault) = find_fault(store, &records)? {
            let is_gone = store.read(|db| moves::read_photo(db, id))?.is_none();
            let reason = fault.words().to_owned();
            return Ok((!is_gone).then(|| LeftOut { file_name: records.file_name(), reason }));
        }
        self.add_json(&name_of(id), &records)?;
        for (key, _) in records.originals()? {
            self.add_blob(store, key)?;
        }
        // The receiving side makes again what is missing.
        for key in records.pictures()? {
            if matches!(store.blobs().size(&key), Ok(Some(size)) if size > 0) {
                self.add_blob(store, key)?;
            }
        }
        self.photos += 1;
        Ok(None)
    }

    fn add_blob(&mut self, store: &Store, key: BlobKey) -> Result<(), EventFileError> {
        let name = key.to_string();
        let mut blob = store.blobs().open(&key)?.ok_or(StoreError::MissingBlob(key))?;
        self.start(&name, blob.size_bytes())?;
        self.bytes += std::io::copy(&mut blob, &mut self.zip).map_err(|error| self.io(error))?;
        Ok(())
    }

    fn add_json(&mut self, name: &str, value: &impl serde::Serialize) -> Result<(), EventFileError> {
        let bytes = serde_json::to_vec(value).map_err(|error| self.io(error.into()))?;
        self.start(name, bytes.len() as u64)?;
        self.zip.write_all(&bytes).map_err(|error| self.io(error))
    }

    fn start(&mut self, name: &str, bytes: u64) -> Result<(), EventFileError> {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        Ok(self.zip.start_file(name, options.large_file(bytes >= u64::from(u32::MAX)))?)
    }

    fn io(&self, source: std::io::Error) -> EventFileError {
        EventFileError::Io { path: self.path.to_owned(), source }
    }

    /// Adds the event's rows and the directory.
    pub(super) fn finish(
        mut self,
        records: EventRecords,
        is_last: bool,
        now: Timestamp,
    ) -> Result<W, EventFileError> {
        self.add_json(EVENT, &Manifest::new(records, self.photos, is_last, now))?;
        let path = self.path;
        let mut to = self.zip.finish()?;
        to.flush().map_err(|source| EventFileError::Io { path: path.to_owned(), source })?;
        Ok(to)
    }
}

/// What is wrong with an original of a photo.
fn find_fault(store: &Store, records: &PhotoRecords) -> Result<Option<Fault>, EventFileError> {
    for (key, expected) in records.originals()? {
        let Some(blob) = store.blobs().open(&key)? else { return Ok(Some(Fault::Missing)) };
        match blob.digest() {
            Err(_) => return Ok(Some(Fault::Unreadable)),
            Ok(digest) if expected.is_some_and(|expected| expected != digest) => {
                return Ok(Some(Fault::Changed));
            }
            Ok(_) => {}
        }
    }
    Ok(None)
}

/// The event's rows, with hashes of the keys in its links: so these are good elsewhere too.
pub(super) fn event_records(
    store: &Store,
    event: EventId,
    now: Timestamp,
) -> Result<EventRecords, EventFileError> {
    let (entry_keys, source_keys) = (EntryKeys::load(store)?, SourceKeys::load(store)?);
    let found = store.read(|db| {
        let records = moves::read(db, event, now)?;
        Ok(records.zip(events::find(db, event)?).map(|found| (found, sources::list(db, event))))
    })?;
    let Some(((mut records, row), sources)) = found else { return Err(EventFileError::EventGone) };
    let mut add = |purpose: &str, source: i64, version: u32, key: &str| {
        let hash: Digest = token_hash(key);
        records.add_key(event, (purpose, source, version), hash);
    };
    add("entry", 0, row.password_version, &entry_keys.key(&row));
    add("wall", 0, row.password_version, &entry_keys.wall_key(&row));
    for source in sources? {
        add("source", source.id.as_i64(), source.key_version, &source_keys.key(&source));
    }
    Ok(records)
}
