//! Joining of raw files and JPEGs.

use super::*;
use crate::domain::{
    CameraBody, CameraTime, Capture, ClockOffset, Destination, NewPhoto, PixelSize, TimeSource,
};
use crate::store::indexing::{self, Recorded};
use crate::store::tables::camera_clocks;
use crate::store::testing::{NOW, TestStore};

struct Event {
    store: TestStore,
    id: EventId,
    pack: crate::store::PackId,
}

impl Event {
    fn new() -> Self {
        let store = TestStore::new();
        let (id, pack) = (store.add_event(), store.add_pack(2));
        Self { store, id, pack }
    }

    fn photo(&self, file_name: &str, format: ImageFormat) -> NewPhoto {
        let mut digest = [0; 32];
        digest[..file_name.len()].copy_from_slice(file_name.as_bytes());
        let (id, digest) = (PhotoId::random(), Digest(digest));
        NewPhoto {
            id,
            destination: Destination::of_owner(self.id),
            file_name: file_name.to_owned(),
            digest,
            size_bytes: 1,
            format,
            written_at: None,
        }
    }

    /// Records and indexes a photo that was taken at this second.
    fn add(&self, file_name: &str, format: ImageFormat, second: Option<u8>) -> PhotoId {
        let (photo, pack) = (self.photo(file_name, format), self.pack);
        let id = photo.id;
        let taken_at = second.and_then(|second| CameraTime::new([2026, 11, 23], [18, 4, second], None, None));
        let capture = Capture { taken_at, ..Capture::default() };
        let written = self.store.write(move |db| {
            assert_eq!(indexing::record(db, &photo, NOW)?, Recorded::New);
            indexing::index_photo(db, id, pack, PixelSize { width: 30, height: 20 }, &capture, &[])?;
            join(db, id)
        });
        written.unwrap();
        id
    }

    fn find(&self, id: PhotoId) -> Option<Photo> {
        self.store.read(|db| photos::find(db, id)).unwrap()
    }
}

#[test]
fn whichever_comes_first_the_jpeg_stays_and_has_the_raw_file() {
    let event = Event::new();
    for (stem, raw_first) in [("IMG_1", true), ("IMG_2", false)] {
        let (raw_name, name) = (format!("{stem}.CR3"), format!("{}.jpg", stem.to_lowercase()));
        let add_raw = || event.add(&raw_name, ImageFormat::Raw, Some(9));
        let add_jpeg = || event.add(&name, ImageFormat::Jpeg, Some(9));
        let (raw, jpeg) = if raw_first {
            let raw = add_raw();
            (raw, add_jpeg())
        } else {
            let jpeg = add_jpeg();
            (add_raw(), jpeg)
        };
        assert!(event.find(raw).is_none());
        let companion = event.find(jpeg).unwrap().companion.unwrap();
        assert_eq!((companion.id, companion.file_name), (raw, raw_name.clone()));
        // The same raw file again is known.
        let again = event.photo(&raw_name, ImageFormat::Raw);
        let recorded = event.store.write(move |db| indexing::record(db, &again, NOW)).unwrap();
        assert_eq!(recorded, Recorded::Known(jpeg));
        // Its blob is not deleted before the photo is.
        let original = BlobKey::Original(raw, ImageFormat::Raw);
        let purged = || event.store.read(|db| purges::list(db, NOW)).unwrap();
        assert!(!purged().contains(&original) && purged().contains(&BlobKey::Preview(raw)));
        event.store.write(move |db| photos::delete(db, jpeg)).unwrap();
        assert!(purged().contains(&original));
    }
}

#[test]
fn other_photos_stay_alone() {
    let event = Event::new();
    let raw = event.add("IMG_1.CR3", ImageFormat::Raw, Some(9));
    let others = [
        event.add("IMG_1.jpg", ImageFormat::Jpeg, Some(10)),
        event.add("IMG_1.png", ImageFormat::Png, None),
        event.add("IMG_1.edited.jpg", ImageFormat::Jpeg, Some(9)),
        event.add("IMG_10.jpg", ImageFormat::Jpeg, Some(9)),
        event.add("IMG_1.NEF", ImageFormat::Raw, Some(9)),
    ];
    assert!(event.find(raw).is_some());
    assert!(others.iter().all(|id| event.find(*id).unwrap().companion.is_none()));
}

#[test]
fn what_was_decided_about_the_raw_file_is_kept() {
    let event = Event::new();
    let raw = event.add("IMG_1.CR3", ImageFormat::Raw, Some(9));
    event
        .store
        .write(move |db| db.run("update photo set hidden = true, wall = 'skipped' where id = ?1", [raw]))
        .unwrap();
    let jpeg = event.find(event.add("IMG_1.JPG", ImageFormat::Jpeg, Some(9))).unwrap();
    assert!(jpeg.hidden && !jpeg.visible && jpeg.wall.is_some());
}

#[test]
fn the_raw_file_goes_with_its_event() {
    let event = Event::new();
    let raw = event.add("IMG_1.CR3", ImageFormat::Raw, Some(9));
    event.add("IMG_1.JPG", ImageFormat::Jpeg, Some(9));
    let id = event.id;
    event.store.write(move |db| crate::store::events::delete(db, id)).unwrap();
    assert!(
        event
            .store
            .read(|db| purges::list(db, NOW))
            .unwrap()
            .contains(&BlobKey::Original(raw, ImageFormat::Raw))
    );
}

#[test]
fn a_clock_that_is_off_separates_no_raw_file_and_two_bodies_share_none() {
    let event = Event::new();
    let add = |name: &str, format, serial: &str| {
        let (photo, pack) = (event.photo(name, format), event.pack);
        let id = photo.id;
        let capture = Capture {
            taken_at: CameraTime::new([2026, 11, 23], [18, 4, 9], None, None),
            time_source: TimeSource::Taken,
            camera: Some("Canon EOS R6".to_owned()),
            camera_body: CameraBody::of_serial(serial),
            ..Capture::default()
        };
        let written = event.store.write(move |db| {
            indexing::record(db, &photo, NOW)?;
            indexing::index_photo(db, id, pack, PixelSize { width: 30, height: 20 }, &capture, &[])?;
            join(db, id)
        });
        written.unwrap();
        id
    };
    let jpeg = add("IMG_1.jpg", ImageFormat::Jpeg, "111");
    let (photo, row) = event.store.read(|db| photos::find_with_event(db, jpeg)).unwrap().unwrap();
    let hour = ClockOffset::from_ms(3_600_000).unwrap();
    let camera = photo.capture.camera().unwrap();
    event.store.write(move |db| camera_clocks::set(db, &row, &camera, hour)).unwrap();
    let other = add("IMG_1.CR3", ImageFormat::Raw, "222");
    assert!(event.find(other).is_some());
    // Not every raw file says which body it was.
    let raw = add("IMG_1.CR2", ImageFormat::Raw, "");
    assert_eq!(event.find(jpeg).unwrap().companion.unwrap().id, raw);
}
