//! Files of one photo that are missing, changed or damaged.

use std::fs::File;
use std::io::Write;

use crate::domain::{Capture, Destination, Event, EventId, PhotoId, PixelSize};
use crate::imaging::{RgbImage, encode_jpeg};
use crate::intake::{Accepted, accept};
use crate::store::testing::{NOW, TestStore};
use crate::store::{events, indexing, photos};

use super::*;

const LIMITS: DecodeLimits = DecodeLimits { max_pixels: 10_000_000 };

/// A store with one indexed photo, and the photo's bytes.
fn with_photo() -> (TestStore, PhotoFile, Vec<u8>) {
    let store = TestStore::new();
    let (event, pack) = (store.add_event(), store.add_pack(8));
    let pixels = RgbImage::from_fn(900, 600, |x, y| {
        image::Rgb([x % 256, y % 256, 90].map(|v| u8::try_from(v).unwrap()))
    });
    let bytes = encode_jpeg(pixels, 90).unwrap();
    let id = receive(&store, event, &bytes);
    let size = PixelSize { width: 900, height: 600 };
    store
        .write(move |db| indexing::index_photo(db, id, pack, size, &Capture::default(), &[]).map(drop))
        .unwrap();
    let file = store.read(|db| photo_files::list_of(db, id)).unwrap().remove(0);
    store.blobs().promote(file.file_id, file.format).unwrap();
    (store, file, bytes)
}

fn receive(store: &TestStore, event: EventId, bytes: &[u8]) -> PhotoId {
    match accept(store, Destination::of_owner(event), "a.jpg", bytes, 1 << 20, NOW).unwrap() {
        Accepted::New(id) | Accepted::Known(id) => id,
    }
}

fn overwrite(store: &TestStore, blob: &BlobKey, bytes: &[u8]) {
    File::create(store.folder().join(blob.to_string())).unwrap().write_all(bytes).unwrap();
}

fn look(store: &TestStore, file: &PhotoFile, depth: Depth) -> Vec<(BlobKey, Fault, bool)> {
    let upkeep = Upkeep { store, limits: LIMITS, working_long_side: 1600 };
    let found = upkeep.check(file, depth, NOW).unwrap();
    found.into_iter().map(|found| (found.blob, found.fault, found.is_repaired)).collect()
}

#[test]
fn missing_and_damaged_pictures_are_made_again_as_they_were() {
    let (store, file, _) = with_photo();
    let (preview, thumbnail) = (BlobKey::Preview(file.file_id), BlobKey::Thumbnail(file.file_id));
    // None was made yet.
    let missing = [&preview, &thumbnail].map(|blob| (blob.clone(), Fault::Missing, true)).to_vec();
    assert_eq!(look(&store, &file, Depth::Quick), missing);
    assert_eq!(look(&store, &file, Depth::Deep), []);
    let stored = |blob| store.blobs().read(blob).unwrap().unwrap();
    let before = (stored(&preview), stored(&thumbnail));
    // As a power failure leaves files: of the right size, without their bytes.
    overwrite(&store, &preview, &vec![0; before.0.len()]);
    overwrite(&store, &thumbnail, &before.1[..before.1.len() / 2]);
    assert_eq!(look(&store, &file, Depth::Quick), []);
    let damaged = [&preview, &thumbnail].map(|blob| (blob.clone(), Fault::Damaged, true)).to_vec();
    assert_eq!(look(&store, &file, Depth::Deep), damaged);
    assert!((stored(&preview), stored(&thumbnail)) == before);
    assert_eq!(store.read(damage::count).unwrap(), 0);
}

#[test]
fn a_damaged_original_is_reported_and_marked_until_it_comes_again() {
    let (store, file, bytes) = with_photo();
    look(&store, &file, Depth::Quick);
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    overwrite(&store, &file.original(), &flipped);
    assert_eq!(look(&store, &file, Depth::Quick), []);
    let is_marked = || store.read(|db| photos::find(db, file.photo_id)).unwrap().unwrap().is_damaged;
    for _ in 0..2 {
        assert_eq!(look(&store, &file, Depth::Deep), [(file.original(), Fault::Changed, false)]);
        assert!(is_marked());
    }
    // A quick look does not see it, and does not take it back.
    look(&store, &file, Depth::Quick);
    let owner = store.add_user();
    let photo = store.read(|db| photos::find(db, file.photo_id)).unwrap().unwrap();
    let event = store.read(|db| events::find(db, photo.event_id)).unwrap().unwrap();
    let event = Event { owner_id: Some(owner), ..event };
    store.write(move |db| events::update(db, &event).map(drop)).unwrap();
    let known = store.read(|db| damage::list(db, owner, 10)).unwrap();
    assert_eq!((known.len(), &known[0].blob, known[0].fault), (1, &file.original(), Fault::Changed));
    assert_eq!((known[0].file_name.as_str(), known[0].event_name.as_str()), ("a.jpg", "test"));
    // A thumbnail is made of the preview then, and never of what is damaged.
    let thumbnail = BlobKey::Thumbnail(file.file_id);
    store.blobs().delete(&thumbnail).unwrap();
    assert_eq!(look(&store, &file, Depth::Deep)[1], (thumbnail, Fault::Missing, true));
    let preview = BlobKey::Preview(file.file_id);
    store.blobs().delete(&preview).unwrap();
    assert_eq!(look(&store, &file, Depth::Deep)[1], (preview, Fault::Missing, false));
    assert!(store.blobs().read(&file.original()).unwrap().unwrap() == flipped);
    // The photographer copies it from the card again.
    assert_eq!(receive(&store, photo.event_id, &bytes), file.photo_id);
    assert!(store.blobs().read(&file.original()).unwrap().unwrap() == bytes);
    assert!(!is_marked());
    assert_eq!(look(&store, &file, Depth::Deep).len(), 1);
    assert_eq!((look(&store, &file, Depth::Deep), store.read(damage::count).unwrap()), (Vec::new(), 0));
}

#[test]
fn nothing_is_made_of_a_photo_that_is_deleted() {
    let (store, file, _) = with_photo();
    let id = file.photo_id;
    store.write(move |db| photos::delete(db, id)).unwrap();
    assert_eq!(look(&store, &file, Depth::Deep), []);
    assert_eq!(store.blobs().size(&BlobKey::Preview(id)).unwrap(), None);
}
