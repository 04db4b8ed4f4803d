//! Small pictures that were sent lately, in memory: a room full of phones asks for the same thumbnails and
//! medium pictures.
//! Whether somebody may see a picture is decided before it is looked for here.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;

use crate::web::pictures::small::SmallPicture;

/// Of all pictures together: thousands of thumbnails, or about a thousand medium pictures.
const MAX_BYTES: usize = 64 << 20;
/// Of one picture.
const MAX_PICTURE_BYTES: usize = 1 << 20;

/// Pictures in two generations: one that nobody asks for while a generation fills is forgotten with the older one.
#[derive(Default)]
pub(crate) struct HotPictures(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashMap<SmallPicture, Bytes>,
    old: HashMap<SmallPicture, Bytes>,
    young_bytes: usize,
}

impl HotPictures {
    fn lock(&self) -> MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn find(&self, key: &SmallPicture) -> Option<Bytes> {
        let mut pictures = self.lock();
        if let Some(found) = pictures.young.get(key) {
            return Some(found.clone());
        }
        let (key, found) = pictures.old.remove_entry(key)?;
        pictures.insert(key, found.clone());
        Some(found)
    }

    pub(super) fn keep(&self, key: SmallPicture, picture: Bytes) {
        if picture.len() <= MAX_PICTURE_BYTES {
            self.lock().insert(key, picture);
        }
    }

    /// Call regularly: what nobody has asked for since the last two calls goes.
    pub(crate) fn forget_unused(&self) {
        self.lock().age();
    }
}

impl Generations {
    fn insert(&mut self, key: SmallPicture, picture: Bytes) {
        if self.young_bytes + picture.len() > MAX_BYTES / 2 {
            self.age();
        }
        self.young_bytes += picture.len();
        if let Some(before) = self.young.insert(key, picture) {
            self.young_bytes -= before.len();
        }
    }

    fn age(&mut self) {
        self.old = std::mem::take(&mut self.young);
        self.young_bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{EventId, PhotoId};
    use crate::store::BlobKey;

    fn key(number: i64) -> SmallPicture {
        SmallPicture::stored(BlobKey::Preview(PhotoId::from_i64(number).unwrap()))
    }

    #[test]
    fn memory_is_bounded_and_what_is_asked_for_stays() {
        let (hot, picture) = (HotPictures::default(), Bytes::from(vec![0; MAX_PICTURE_BYTES]));
        for number in 1..200 {
            hot.keep(key(number), picture.clone());
            assert!(hot.find(&key(1)).is_some());
        }
        let pictures = hot.lock();
        let all = pictures.young.values().chain(pictures.old.values()).map(Bytes::len).sum::<usize>();
        assert!((MAX_BYTES / 2..=MAX_BYTES).contains(&all), "{all}");
        drop(pictures);
        assert!(hot.find(&key(199)).is_some() && hot.find(&key(100)).is_none());
        hot.keep(key(500), vec![0; MAX_PICTURE_BYTES + 1].into());
        assert!(hot.find(&key(500)).is_none());
    }

    #[test]
    fn sizes_and_watermarks_are_told_apart_and_unused_pictures_forgotten() {
        let (hot, event, preview) = (HotPictures::default(), EventId::random(), key(1));
        let with = |is_medium, version: Option<u32>| SmallPicture {
            is_medium,
            mark: version.map(|version| (event, version)),
            ..preview.clone()
        };
        hot.keep(with(true, Some(1)), Bytes::from_static(b"marked"));
        for other in [with(false, Some(1)), with(true, None), with(true, Some(2))] {
            assert_eq!(hot.find(&other), None);
            assert_ne!(other.to_string(), with(true, Some(1)).to_string());
        }
        hot.forget_unused();
        assert_eq!(hot.find(&with(true, Some(1))), Some(Bytes::from_static(b"marked")));
        hot.forget_unused();
        hot.forget_unused();
        assert_eq!(hot.find(&with(true, Some(1))), None);
    }
}
