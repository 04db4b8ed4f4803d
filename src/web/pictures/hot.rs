//! Small pictures that were sent lately, in memory: a room full of phones asks for the same thumbnails and previews.
//! Whether somebody may see a picture is decided before it is looked for here.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;

use crate::store::BlobKey;

/// Of all pictures together: thousands of thumbnails, or some hundred previews.
const MAX_BYTES: usize = 64 << 20;
/// Of one picture.
const MAX_PICTURE_BYTES: usize = 1 << 20;

/// A stored picture, and the version of the watermark on it.
pub(super) type Marked = (BlobKey, Option<u32>);

/// Pictures in two generations: one that nobody asks for while a generation fills is forgotten with the older one.
#[derive(Default)]
pub(crate) struct HotPictures(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashMap<Marked, Bytes>,
    old: HashMap<Marked, Bytes>,
    young_bytes: usize,
}

impl HotPictures {
    fn lock(&self) -> MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn find(&self, key: &Marked) -> Option<Bytes> {
        let mut pictures = self.lock();
        if let Some(found) = pictures.young.get(key) {
            return Some(found.clone());
        }
        let (key, found) = pictures.old.remove_entry(key)?;
        pictures.insert(key, found.clone());
        Some(found)
    }

    pub(super) fn keep(&self, key: Marked, picture: Bytes) {
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
    fn insert(&mut self, key: Marked, picture: Bytes) {
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
    use crate::domain::PhotoId;

    fn key(number: i64) -> Marked {
        (BlobKey::Preview(PhotoId::from_i64(number).unwrap()), None)
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
    fn watermarks_are_told_apart_and_unused_pictures_forgotten() {
        let hot = HotPictures::default();
        let (preview, _) = key(1);
        hot.keep((preview.clone(), Some(1)), Bytes::from_static(b"marked"));
        assert_eq!(hot.find(&(preview.clone(), None)), None);
        assert_eq!(hot.find(&(preview.clone(), Some(2))), None);
        hot.forget_unused();
        assert_eq!(hot.find(&(preview.clone(), Some(1))), Some(Bytes::from_static(b"marked")));
        hot.forget_unused();
        hot.forget_unused();
        assert_eq!(hot.find(&(preview, Some(1))), None);
    }
}
