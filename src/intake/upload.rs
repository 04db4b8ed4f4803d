//! A file that arrived in pieces, now whole, becomes a photo of its event.

use super::{Accepted, IntakeError, check, new_photo, settle};
use crate::domain::{PendingUpload, PhotoId, Timestamp};
use crate::imaging::{HEAD_BYTES, sniff};
use crate::store::{BlobKey, Store, StoreError, indexing, uploads};

/// Accepts an upload, without copying its bytes where the disk has hard links. One transaction records the photo and
/// deletes the upload: whenever the process is killed, there is the one or the other, never both and never neither.
/// `None` if the upload is gone.
///
/// # Errors
/// When it is no picture or cannot be stored, or when the event is closed; the upload stays.
pub fn accept_upload(
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
    let received = match store.receive_upload(upload_id, id, format) {
        Ok(received) => received,
        Err(error) => {
            blobs.discard(id, format);
            return Err(error.into());
        }
    };
    check(store, id, format)?;
    let digest = received.digest;
    let photo = new_photo(id, upload.destination.clone(), &upload.file_name, &received, format);
    let recorded = store.write(move |tx| {
        if !uploads::delete(tx, upload_id)? {
            return Ok(None);
        }
        indexing::record(tx, &photo, now).map(Some)
    });
    let accepted = match recorded {
        Ok(None) => {
            blobs.discard(id, format);
            None
        }
        Ok(Some(recorded)) => Some(settle(store, (id, format), digest, Ok(recorded))?),
        Err(error) => Some(settle(store, (id, format), digest, Err(error))?),
    };
    // If this fails, the next purge deletes it: it has no row any more.
    blobs.delete(&key).ok();
    Ok(accepted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Destination, EventId, ImageFormat, UploadId};
    use crate::store::events;
    use crate::store::testing::{NOW, TestStore};

    const PICTURE: &[u8] = b"\xFF\xD8\xFF\xE0 begins like a JPEG";

    fn upload(store: &TestStore, event_id: EventId, bytes: &[u8]) -> PendingUpload {
        let upload = PendingUpload {
            id: UploadId::random(),
            destination: Destination::of_owner(event_id),
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
        let Ok(Some(Accepted::New(photo))) = accept_upload(&store, &first, NOW) else { panic!() };
        assert!(accept_upload(&store, &first, NOW).is_err());
        assert_eq!(accept_upload(&store, &again, NOW).unwrap(), Some(Accepted::Known(photo)));
        let original = BlobKey::Original(photo, ImageFormat::Jpeg);
        assert_eq!(store.blobs().read(&original).unwrap().unwrap(), PICTURE);
        store.blobs().delete(&original).unwrap();
        for folder in ["uploads", "incoming"] {
            assert_eq!(std::fs::read_dir(store.folder().join(folder)).unwrap().count(), 0, "{folder}");
        }
    }

    #[test]
    fn what_is_not_accepted_stays_an_upload() {
        let store = TestStore::new();
        let event = store.add_event();
        let text = upload(&store, event, b"not a picture at all");
        assert!(matches!(accept_upload(&store, &text, NOW), Err(IntakeError::Imaging(_))));
        assert_eq!(store.blobs().size(&BlobKey::Upload(text.id)).unwrap(), Some(20));
        // Deleted while it arrived.
        let gone = upload(&store, event, PICTURE);
        store.write(move |tx| uploads::delete(tx, gone.id)).unwrap();
        assert_eq!(accept_upload(&store, &gone, NOW).unwrap(), None);
        assert_eq!(std::fs::read_dir(store.folder().join("incoming")).unwrap().count(), 0);
    }

    #[test]
    fn a_closed_event_takes_no_photo_and_the_upload_waits() {
        let store = TestStore::new();
        let event = store.add_event();
        let waiting = upload(&store, event, PICTURE);
        let mut closed = store.read(|c| events::find(c, event)).unwrap().unwrap();
        closed.closed_at = Some(NOW);
        let opened = crate::domain::Event { closed_at: None, ..closed.clone() };
        store.write(move |tx| events::update(tx, &closed)).unwrap();
        for _ in 0..2 {
            let refused = accept_upload(&store, &waiting, NOW);
            assert!(matches!(refused, Err(IntakeError::Store(StoreError::EventClosed { .. }))));
        }
        assert!(
            crate::intake::accept(&store, Destination::of_owner(event), "a.jpg", PICTURE, 1000, NOW).is_err()
        );
        assert_eq!(std::fs::read_dir(store.folder().join("incoming")).unwrap().count(), 0);
        store.write(move |tx| events::update(tx, &opened)).unwrap();
        assert!(matches!(accept_upload(&store, &waiting, NOW), Ok(Some(Accepted::New(_)))));
    }

    #[test]
    fn bytes_stay_where_their_row_may_have_been_committed() {
        let store = TestStore::new();
        let errors =
            [(StoreError::SourcePaused, 0), (StoreError::Closed, 1), (StoreError::DatabaseReplaced, 2)];
        for (error, left) in errors {
            let id = PhotoId::random();
            let received = store.receive_photo(id, ImageFormat::Jpeg).unwrap().finish().unwrap();
            assert!(settle(&store, (id, ImageFormat::Jpeg), received.digest, Err(error)).is_err());
            assert_eq!(std::fs::read_dir(store.folder().join("incoming")).unwrap().count(), left);
        }
    }

    #[test]
    fn a_process_killed_before_the_commit_leaves_the_upload() {
        let store = TestStore::new();
        let upload = upload(&store, store.add_event(), PICTURE);
        store.receive_upload(upload.id, PhotoId::random(), ImageFormat::Jpeg).unwrap();
        let store = store.reopen();
        assert_eq!(std::fs::read_dir(store.folder().join("incoming")).unwrap().count(), 0);
        assert!(matches!(accept_upload(&store, &upload, NOW), Ok(Some(Accepted::New(_)))));
    }
}
