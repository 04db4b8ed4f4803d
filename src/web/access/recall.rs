//! Rights as they were read last: who may see what is asked thousands of times for each change. A commit of whatever
//! process makes everything unknown again. Times are compared by the caller.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{Digest, Event, EventId, Photo, PhotoId, ShareCode, UserId};
use crate::store::marks::Marks;
use crate::store::sessions::GuestSession;
use crate::store::{Reader, StoreError, Version};
use crate::web::{ApiError, AppState};

/// Of each kind. When there are more, all are read again.
const MAX_VALUES: usize = 20_000;

/// An event by its share code, and the session of a guest's token.
pub(crate) type Entered = (Arc<Event>, Option<GuestSession>);
/// A photo and its event.
pub(crate) type PhotoOf = Arc<(Photo, Event)>;

/// What is recalled; `None` for what there was not.
#[derive(Default)]
pub(crate) struct Recall {
    pub(crate) guests: Recent<(ShareCode, Digest), Option<Entered>>,
    pub(crate) photos: Recent<PhotoId, Option<PhotoOf>>,
    /// By the guest's session.
    pub(crate) marks: Recent<Digest, Arc<Marks>>,
    /// Whether an account is there and not disabled.
    pub(crate) accounts: Recent<UserId, bool>,
    /// The version of an event's watermark.
    pub(crate) watermarks: Recent<EventId, Option<u32>>,
}

impl Recall {
    /// Makes everything unknown, so that memory holds nothing of what was deleted.
    pub(crate) fn forget(&self) {
        self.guests.forget();
        self.photos.forget();
        self.marks.forget();
        self.accounts.forget();
        self.watermarks.forget();
    }
}

/// Values of one kind, with the version of the database that they are from.
pub(crate) struct Recent<K, V>(Mutex<(Version, HashMap<K, V>)>);

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    fn find(&self, key: &K, version: Version) -> Option<V> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.1.get(key).filter(|_| known.0 == version).cloned()
    }

    fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1 = HashMap::new();
    }

    fn keep(&self, key: K, value: V, version: Version) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.0 != version || known.1.len() >= MAX_VALUES {
            *known = (version, HashMap::new());
        }
        known.1.insert(key, value);
    }
}

impl AppState {
    /// The value of a key, as it is in the database now; `read` if it is not known.
    pub(crate) async fn recall<K: Eq + Hash + Clone + Send + 'static, V: Clone + Send + 'static>(
        &self,
        kind: impl Fn(&Recall) -> &Recent<K, V>,
        key: K,
        read: impl FnOnce(&Reader, K) -> Result<V, StoreError> + Send + 'static,
    ) -> Result<V, ApiError> {
        let recent = kind(&self.0.recall);
        // Taken before the value is read: a value may be newer than its version, never older.
        let version = self.store().version()?;
        if let Some(value) = recent.find(&key, version) {
            return Ok(value);
        }
        let asked = key.clone();
        let value = self.read(move |db| read(db, asked)).await?;
        recent.keep(key, value.clone(), version);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::TestStore;

    #[test]
    fn only_values_of_the_present_version_are_recalled() {
        let (store, recent) = (TestStore::new(), Recent::default());
        let old = store.version().unwrap();
        store.add_event();
        let new = store.version().unwrap();
        recent.keep("a", 1, old);
        recent.keep("b", 2, old);
        assert_eq!(
            (recent.find(&"a", old), recent.find(&"b", old), recent.find(&"c", old)),
            (Some(1), Some(2), None)
        );
        assert_eq!(recent.find(&"a", new), None);
        recent.keep("c", 3, new);
        assert_eq!((recent.find(&"a", new), recent.find(&"c", new)), (None, Some(3)));
        // A slow reader brings the older version back, and with it nothing that counts.
        recent.keep("a", 1, old);
        assert_eq!((recent.find(&"a", new), recent.find(&"c", new)), (None, None));
    }

    #[test]
    fn memory_is_bounded() {
        let recent = Recent::default();
        for key in 0..=MAX_VALUES {
            recent.keep(key, (), Version::default());
        }
        assert_eq!(recent.0.lock().unwrap().1.len(), 1);
    }
}
