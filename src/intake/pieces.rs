//! A file that was uploaded in pieces, now whole, becomes a photo of its event.

use super::{Accepted, HEAD_BYTES, IntakeError, settle};
use crate::domain::{NewPhoto, PendingUpload, PhotoId, Timestamp};
use crate::imaging::sniff;
use crate::store::{BlobKey, Store, StoreError, photos, uploads};

/// Takes the upload in, without copying its bytes where the disk can give a file two names. The photo's row comes with
/// the upload's end, in one transaction: whatever kills the process, there is the upload or the photo, never both,
/// never neither. `None` where the upload is gone.
///
/// # Errors
/// When it is no picture, or cannot be kept; the upload stays.
pub fn take_in_upload(
    store: &Store,
    upload: &PendingUpload,
    now: Timestamp,
) -> Result<Option<Accepted>, IntakeError> {
    let (blobs, key) = (store.blobs(), BlobKey::Upload(upload.id));
    let Some(head) = blobs.read_head(&key, HEAD_BYTES)? else {
        return Err(StoreError::MissingBlob(key).into());
    };
    let format = sniff(&head)?;
    let (id, upload_id) = (PhotoId::random(), upload.id);
    let received = match blobs.receive_upload(upload_id, id) {
        Ok(received) => received,
        Err(error) => {
            blobs.discard(id);
            return Err(error.into());
        }
    };
    let photo = NewPhoto {
        id,
        event_id: upload.event_id,
        file_name: upload.file_name.clone(),
        digest: received.digest,
        size_bytes: received.size_bytes,
        format,
    };
    let recorded = store.write(move |tx| {
        if !uploads::delete(tx, upload_id)? {
            return Ok(None);
        }
        photos::record(tx, &photo, now).map(Some)
    });
    let accepted = match recorded {
        Ok(None) => {
            blobs.discard(id);
            None
        }
        Ok(Some(recorded)) => Some(settle(store, id, Ok(recorded))?),
        Err(error) => Some(settle(store, id, Err(error))?),
    };
    // It belongs to nobody now; what remains is swept.
    blobs.delete(&key).ok();
    Ok(accepted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{EventId, UploadId};
    use crate::store::testing::{NOW, TestStore};

    const PICTURE: &[u8] = b"\xFF\xD8\xFF\xE0 begins like a JPEG";

    fn upload(store: &TestStore, event_id: EventId, bytes: &[u8]) -> PendingUpload {
        let upload = PendingUpload {
            id: UploadId::random(),
            event_id,
            file_name: "a.jpg".into(),
            size_bytes: bytes.len() as u64,
            created_at: NOW,
            expires_at: NOW,
        };
        let row = upload.clone();
        store.write(move |tx| uploads::insert(tx, &row)).unwrap();
        store.blobs().append_upload(upload.id).unwrap().write(bytes).unwrap();
        upload
    }

    #[test]
    fn an_upload_becomes_a_photo_once() {
        let store = TestStore::new();
        let event = store.add_event();
        let (first, again) = (upload(&store, event, PICTURE), upload(&store, event, PICTURE));
        let Ok(Some(Accepted::New(photo))) = take_in_upload(&store, &first, NOW) else { panic!() };
        assert!(take_in_upload(&store, &first, NOW).is_err());
        assert_eq!(take_in_upload(&store, &again, NOW).unwrap(), Some(Accepted::Known(photo)));
        let original = BlobKey::Original(photo, crate::domain::ImageFormat::Jpeg);
        assert_eq!(store.blobs().read(&original).unwrap().unwrap(), PICTURE);
        store.blobs().delete(&original).unwrap();
        for folder in ["uploads", "incoming"] {
            assert_eq!(std::fs::read_dir(store.folder().join(folder)).unwrap().count(), 0, "{folder}");
        }
    }

    #[test]
    fn what_is_not_taken_stays_an_upload() {
        let store = TestStore::new();
        let event = store.add_event();
        let text = upload(&store, event, b"not a picture at all");
        assert!(matches!(take_in_upload(&store, &text, NOW), Err(IntakeError::Imaging(_))));
        assert_eq!(store.blobs().size(&BlobKey::Upload(text.id)).unwrap(), Some(20));
        // Deleted while it came in.
        let gone = upload(&store, event, PICTURE);
        store.write(move |tx| uploads::delete(tx, gone.id)).unwrap();
        assert_eq!(take_in_upload(&store, &gone, NOW).unwrap(), None);
        assert_eq!(std::fs::read_dir(store.folder().join("incoming")).unwrap().count(), 0);
    }

    #[test]
    fn a_process_killed_before_the_commit_leaves_the_upload() {
        let store = TestStore::new();
        let upload = upload(&store, store.add_event(), PICTURE);
        store.blobs().receive_upload(upload.id, PhotoId::random()).unwrap();
        let store = store.reopen();
        assert_eq!(std::fs::read_dir(store.folder().join("incoming")).unwrap().count(), 0);
        assert!(matches!(take_in_upload(&store, &upload, NOW), Ok(Some(Accepted::New(_)))));
    }
}
