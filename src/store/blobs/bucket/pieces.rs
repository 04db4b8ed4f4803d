//! An upload as objects, one for each piece, named by where it begins: any process can go on with it, and none needs to
//! keep a whole file.

use std::io::Read as _;

use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt as _, PutPayload};
use sha2::{Digest as _, Sha256};

use super::{Bucket, PART_BYTES};
use crate::domain::{Digest, UploadId};
use crate::store::blobs::{BlobKey, Received};
use crate::store::{StoreError, StoreResult};

/// An upload, open at its end.
#[derive(Debug)]
pub(in crate::store::blobs) struct Pieces {
    bucket: Bucket,
    id: UploadId,
    /// What the bucket has.
    stored: u64,
    /// What it is to get.
    piece: Vec<u8>,
}

impl Pieces {
    pub(in crate::store::blobs) fn length(&self) -> u64 {
        self.stored + self.piece.len() as u64
    }

    /// Appends the next bytes. On an error, those in the bucket stay.
    pub(in crate::store::blobs) fn write(&mut self, bytes: &[u8]) -> StoreResult<()> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PART_BYTES { self.sync() } else { Ok(()) }
    }

    /// Sends what was gathered.
    pub(in crate::store::blobs) fn sync(&mut self) -> StoreResult<()> {
        let piece = std::mem::take(&mut self.piece);
        if piece.is_empty() {
            return Ok(());
        }
        let size = piece.len() as u64;
        self.bucket.put_piece(self.id, self.stored, piece)?;
        self.stored += size;
        Ok(())
    }

    pub(in crate::store::blobs) fn truncate(&mut self, length: u64) -> StoreResult<()> {
        if let Some(kept) = length.checked_sub(self.stored) {
            self.piece.truncate(usize::try_from(kept).unwrap_or(usize::MAX));
            return Ok(());
        }
        self.piece.clear();
        let mut start = self.stored;
        // From the end: what is left never has a gap.
        for piece in self.bucket.list_pieces(self.id)?.into_iter().rev() {
            start -= piece.size;
            let Some(kept) = length.checked_sub(start).filter(|kept| *kept > 0) else {
                self.bucket.wait(self.bucket.objects().delete(&piece.location))?;
                continue;
            };
            if kept < piece.size {
                let mut bytes = self.bucket.get(&piece.location, None)?.unwrap_or_default();
                bytes.truncate(usize::try_from(kept).unwrap_or(usize::MAX));
                self.bucket.put_piece(self.id, start, bytes)?;
            }
            break;
        }
        self.stored = length;
        Ok(())
    }
}

impl Bucket {
    /// Opens an upload at its end.
    pub(in crate::store::blobs) fn append_upload(&self, id: UploadId) -> StoreResult<Pieces> {
        let stored = self.list_pieces(id)?.iter().map(|piece| piece.size).sum();
        Ok(Pieces { bucket: self.clone(), id, stored, piece: Vec::new() })
    }

    /// The pieces of an upload from its start, as far as none is missing.
    pub(super) fn list_pieces(&self, id: UploadId) -> StoreResult<Vec<ObjectMeta>> {
        let mut end = 0;
        let mut pieces = self.list_below(&BlobKey::Upload(id).to_string())?;
        let follow = pieces.iter().take_while(|piece| {
            let begins_there = piece.location == self.piece_path(id, end);
            end += piece.size;
            begins_there
        });
        let count = follow.count();
        pieces.truncate(count);
        Ok(pieces)
    }

    fn piece_path(&self, id: UploadId, start: u64) -> Path {
        self.path(&format!("{}/{start:012}", BlobKey::Upload(id)))
    }

    pub(super) fn put_piece(&self, id: UploadId, start: u64, bytes: Vec<u8>) -> StoreResult<()> {
        let path = self.piece_path(id, start);
        self.wait(self.objects().put(&path, PutPayload::from(bytes))).map(drop)
    }

    /// Makes one object of a whole upload, through the memory of this process.
    pub(in crate::store::blobs) fn receive_upload(
        &self,
        id: UploadId,
        to: &BlobKey,
    ) -> StoreResult<Received> {
        let from = BlobKey::Upload(id);
        let mut pieces = self.open(&from)?.ok_or_else(|| StoreError::MissingBlob(from.clone()))?;
        let (mut object, mut hash, mut size_bytes) = (self.receive(to), Sha256::new(), 0);
        let mut buffer = vec![0; 256 << 10];
        loop {
            match pieces.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    hash.update(&buffer[..count]);
                    object.write(&buffer[..count])?;
                    size_bytes += count as u64;
                }
                Err(source) => return Err(StoreError::Io { path: from.to_string().into(), source }),
            }
        }
        object.finish()?;
        Ok(Received { digest: Digest(hash.finalize().into()), size_bytes })
    }
}
