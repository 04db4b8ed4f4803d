//! Buckets for tests: in memory, or of the service that the environment names.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use object_store::ObjectStore;
use object_store::memory::InMemory;

use super::{Bucket, BucketPlace};
use crate::domain::random_bytes;

/// `memory`, or the address of an S3-compatible service with a bucket `fotota` for the key `fotota`, `fotota-secret`:
/// the tests of the store whose rows are on a server then keep their blobs there.
const VARIABLE: &str = "FOTOTA_TEST_BUCKET";

/// A part of a bucket that nothing else uses.
pub(crate) struct TestBucket {
    endpoint: String,
    prefix: String,
}

impl TestBucket {
    /// `None` unless the environment asks for one.
    pub(crate) fn create() -> Option<Self> {
        std::env::var(VARIABLE).ok().map(Self::of)
    }

    pub(crate) fn in_memory() -> Self {
        Self::of("memory".into())
    }

    fn of(endpoint: String) -> Self {
        Self { endpoint, prefix: format!("{:016x}", u64::from_ne_bytes(random_bytes())) }
    }

    pub(crate) fn place(&self) -> BucketPlace<'_> {
        BucketPlace {
            name: "fotota",
            prefix: &self.prefix,
            endpoint: Some(&self.endpoint),
            region: "us-east-1",
            key: Some(("fotota", "fotota-secret")),
            root: None,
            is_direct: false,
        }
    }
}

static BUCKETS: Mutex<Option<HashMap<String, Arc<InMemory>>>> = Mutex::new(None);

/// The bucket in memory of this place, if that is where it is.
pub(super) fn in_memory(place: &BucketPlace<'_>) -> Option<Bucket> {
    if place.endpoint != Some("memory") {
        return None;
    }
    let mut buckets = BUCKETS.lock().unwrap();
    let objects = buckets.get_or_insert_default().entry(place.prefix.to_owned()).or_default();
    let objects: Arc<dyn ObjectStore> = objects.clone();
    Some(Bucket::new(objects, None, "test".into(), place.prefix).unwrap())
}
