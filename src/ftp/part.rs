//! A file on its way from a camera: written as it comes, kept when its connection ends before the file does.

use std::time::Duration;

use crate::domain::{Destination, PendingUpload, SourceId, Timestamp, UploadId, clean_name};
use crate::intake::{Accepted, HEAD_BYTES, IntakeError, PieceBuffer, Wholeness, accept_upload, is_whole};
use crate::store::{BlobKey, Store, StoreError, StoreResult, UploadFile, parts, uploads};

/// A part of which nothing more comes for so long expires.
const LIFETIME: Duration = Duration::from_hours(48);
/// Of a shorter part nobody knows what it will be.
const MIN_BYTES: u64 = 32;

/// Where a transfer begins in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    At(u64),
    /// Behind what is there.
    End,
}

/// A transfer begins behind the end of what is there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Beyond {
    pub(super) length: u64,
}

/// How a transfer ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Finished {
    /// With the size.
    Photo(Accepted, u64),
    /// What came is kept.
    Broken { length: u64 },
    /// The camera's own file ends too early: it came twice.
    CutFile,
}

/// A file that is being received.
pub(super) struct Incoming {
    store: Store,
    part: parts::Part,
    /// Whether it has a row, and how long it was then.
    former_length: Option<u64>,
    start: u64,
    /// `None` until something is written.
    file: Option<UploadFile>,
    buffer: PieceBuffer,
}

impl Incoming {
    /// Finds the part with this path; there may be none. Nothing of it changes before bytes come.
    pub(super) fn open(
        store: &Store,
        (camera, destination): (SourceId, Destination),
        path: &str,
        start: Start,
        max_bytes: u64,
        now: Timestamp,
    ) -> StoreResult<Result<Self, Beyond>> {
        let known = store.read(|db| parts::find(db, camera, path, now))?;
        let part = known.clone().unwrap_or_else(|| parts::Part {
            path: path.to_owned(),
            upload: PendingUpload {
                id: UploadId::random(),
                destination,
                file_name: clean_name(path),
                size_bytes: 0,
                created_at: now,
                expires_at: now.plus(LIFETIME),
            },
        });
        let key = BlobKey::Upload(part.upload.id);
        let length = store.blobs().size(&key)?.unwrap_or(0);
        let start = match start {
            Start::At(start) if start > length => return Ok(Err(Beyond { length })),
            Start::At(start) => start,
            Start::End => length,
        };
        let kept = usize::try_from(start).unwrap_or(HEAD_BYTES).min(HEAD_BYTES);
        let head = if kept == 0 { None } else { store.blobs().read_head(&key, kept)? };
        let buffer = PieceBuffer::resume(head.unwrap_or_default(), start, max_bytes);
        let former_length = known.map(|_| length);
        Ok(Ok(Self { store: store.clone(), part, former_length, start, file: None, buffer }))
    }

    /// Gathers the next bytes in memory; returns whether it is time to [`Incoming::flush`].
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<bool, IntakeError> {
        self.buffer.push(bytes)?;
        Ok(self.buffer.is_full())
    }

    /// Writes what was gathered to the disk.
    pub(super) fn flush(&mut self) -> StoreResult<()> {
        let Self { store, part, former_length, start, file, buffer } = self;
        buffer.flush(|piece| {
            if file.is_none() {
                if former_length.is_none() {
                    let row = part.clone();
                    store.write(move |db| parts::insert(db, &row))?;
                }
                let mut opened = store.blobs().append_upload(part.upload.id)?;
                opened.truncate(*start)?;
                *file = Some(opened);
            }
            file.as_mut().ok_or(StoreError::Closed)?.write(piece)
        })
    }

    /// No more bytes come: the file is a photo if its own structure says that it is whole.
    pub(super) fn finish(mut self, in_order: bool, now: Timestamp) -> Result<Finished, IntakeError> {
        self.flush()?;
        self.file.as_mut().map_or(Ok(()), UploadFile::sync)?;
        let length = self.file.as_ref().map_or(self.start, UploadFile::length);
        let key = BlobKey::Upload(self.part.upload.id);
        if length == 0 {
            return Ok(Finished::Broken { length });
        }
        let format = match self.buffer.format() {
            Ok(format) => format,
            Err(_) if !in_order && length < MIN_BYTES => return self.keep(length, now),
            Err(error) => return Err(error),
        };
        let blob = self.store.blobs().open(&key)?.ok_or(StoreError::MissingBlob(key))?;
        match is_whole(format, blob) {
            Wholeness::Cut if in_order && self.start == 0 && self.former_length == Some(length) => {
                self.store.blobs().probe()?;
                Ok(Finished::CutFile)
            }
            Wholeness::Whole | Wholeness::Unknown if in_order => {
                let accepted = accept_upload(&self.store, &self.part.upload, now)?;
                Ok(Finished::Photo(accepted.ok_or(StoreError::Closed)?, length))
            }
            // Of a connection that broke: more pictures may come behind a whole one.
            _ => self.keep(length, now),
        }
    }

    fn keep(&self, length: u64, now: Timestamp) -> Result<Finished, IntakeError> {
        let (id, expires_at) = (self.part.upload.id, now.plus(LIFETIME));
        self.store.write(move |db| uploads::extend(db, id, expires_at))?;
        Ok(Finished::Broken { length })
    }

    /// Its row and its bytes.
    pub(super) fn upload_id(&self) -> UploadId {
        self.part.upload.id
    }
}

/// A part, and how far it has come.
pub(super) struct Known {
    pub(super) path: String,
    pub(super) id: UploadId,
    pub(super) length: u64,
    pub(super) at: Timestamp,
}

/// All parts of a camera.
pub(super) fn list(store: &Store, camera: SourceId, now: Timestamp) -> StoreResult<Vec<Known>> {
    let parts = store.read(|db| parts::list(db, camera, now))?;
    parts.into_iter().map(|part| measure(store, part)).collect()
}

/// The part with this path.
pub(super) fn find(
    store: &Store,
    camera: SourceId,
    path: &str,
    now: Timestamp,
) -> StoreResult<Option<Known>> {
    let part = store.read(|db| parts::find(db, camera, path, now))?;
    part.map(|part| measure(store, part)).transpose()
}

fn measure(store: &Store, part: parts::Part) -> StoreResult<Known> {
    let parts::Part { path, upload } = part;
    let length = store.blobs().size(&BlobKey::Upload(upload.id))?.unwrap_or(0);
    Ok(Known { path, id: upload.id, length, at: upload.created_at })
}

/// Deletes a part with its bytes.
pub(super) fn delete(store: &Store, id: UploadId) -> StoreResult<()> {
    store.write(move |db| uploads::delete(db, id))?;
    store.blobs().delete(&BlobKey::Upload(id))
}
