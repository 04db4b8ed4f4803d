//! A store in a temporary folder; for tests.

use std::ops::Deref;
use std::path::Path;

use tempfile::TempDir;

use crate::domain::{
    Capture, Destination, Detection, Digest, Embedding, Event, EventId, Face, FaceBox, ImageFormat,
    Landmarks, NewPhoto, PhotoId, PixelSize, Point, Quality, Timestamp, User, UserId,
};
use crate::intake::{Accepted, accept};
use crate::store::blobs::TestBucket;
use crate::store::indexing::{self, Recorded};
#[cfg(feature = "postgres")]
use crate::store::sql::postgres::testing::TestDatabase;
use crate::store::tables::{events, packs, users};
use crate::store::{DATABASE, Durability, PackId, Places, Rows, ServerRows, Store};

pub(crate) const NOW: Timestamp = Timestamp::from_unix_ms(1_000_000);

/// Its rows are on a server where the environment names one, in the folder otherwise; and so are its blobs.
pub(crate) struct TestStore {
    store: Store,
    places: TestPlaces,
}

struct TestPlaces {
    folder: TempDir,
    server: Option<TestDatabase>,
    bucket: Option<TestBucket>,
}

impl TestPlaces {
    fn open(&self) -> Store {
        let url = self.server.as_ref().map(TestDatabase::url);
        let rows = url
            .as_deref()
            .map_or(Rows::InFolder(Durability::Normal), |url| Rows::OnServer(ServerRows { url, root: None }));
        let bucket = self.bucket.as_ref().map(TestBucket::place);
        Store::open(self.folder.path(), Places { rows, bucket }).unwrap()
    }
}

/// Without the feature there is no server.
#[cfg(not(feature = "postgres"))]
pub(crate) struct TestDatabase;

#[cfg(not(feature = "postgres"))]
impl TestDatabase {
    fn create() -> Option<Self> {
        None
    }

    fn url(&self) -> String {
        String::new()
    }
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl TestStore {
    pub(crate) fn new() -> Self {
        let server = TestDatabase::create();
        let bucket = server.as_ref().and_then(|_| TestBucket::create());
        Self::open(TestPlaces { folder: tempfile::tempdir().unwrap(), server, bucket })
    }

    /// With rows and blobs in the folder also where the environment names a server: for what is about their files.
    pub(crate) fn in_folder() -> Self {
        Self::open(TestPlaces { folder: tempfile::tempdir().unwrap(), server: None, bucket: None })
    }

    /// With blobs in a bucket in memory, and rows wherever they are: what a bucket needs is not about its server.
    pub(crate) fn in_bucket() -> Self {
        let bucket = Some(TestBucket::in_memory());
        Self::open(TestPlaces {
            folder: tempfile::tempdir().unwrap(),
            server: TestDatabase::create(),
            bucket,
        })
    }

    /// As if the program had ended and begun again.
    pub(crate) fn reopen(self) -> Self {
        let Self { places, store } = self;
        drop(store);
        Self::open(places)
    }

    fn open(places: TestPlaces) -> Self {
        Self { store: places.open(), places }
    }

    /// As another process would open it meanwhile.
    pub(crate) fn open_again(&self) -> Store {
        self.places.open()
    }

    /// Its folder without a process that uses it, and the name of the database there.
    pub(crate) fn close(self) -> (TempDir, &'static str) {
        (self.places.folder, DATABASE)
    }

    pub(crate) fn add_event(&self) -> EventId {
        let event = Event::new("test".into(), None, NOW);
        let id = event.id;
        self.write(move |tx| events::insert(tx, &event)).unwrap();
        id
    }

    /// Adds a user without privileges.
    pub(crate) fn add_user(&self) -> UserId {
        let user = User::new("Somebody".into(), NOW);
        let id = user.id;
        assert!(self.write(move |tx| users::insert(tx, &user, None)).unwrap());
        id
    }

    /// A pack with embeddings of this length.
    pub(crate) fn add_pack(&self, dimensions: usize) -> PackId {
        self.write(move |tx| packs::ensure(tx, Digest([1; 32]), "test", dimensions)).unwrap()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.places.folder.path()
    }

    /// Stores bytes that start with a JPEG header.
    pub(crate) fn receive(&self, event_id: EventId, bytes: &[u8]) -> PhotoId {
        self.receive_named(event_id, "a.jpg", bytes)
    }

    pub(crate) fn receive_named(&self, event_id: EventId, name: &str, bytes: &[u8]) -> PhotoId {
        receive_into(self, event_id, name, bytes)
    }
}

/// Stores bytes that start with a JPEG header.
pub(crate) fn receive_into(store: &Store, event_id: EventId, name: &str, bytes: &[u8]) -> PhotoId {
    let bytes = [b"\xFF\xD8\xFF\xE0", bytes].concat();
    match accept(store, Destination::of_owner(event_id), name, bytes.as_slice(), 1000, NOW).unwrap() {
        Accepted::New(id) | Accepted::Known(id) => id,
    }
}

/// Records an indexed photo with these faces, without a picture.
pub(crate) fn add_photo(store: &Store, event_id: EventId, pack: PackId, faces: &[Embedding]) -> PhotoId {
    let id = PhotoId::random();
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&id.as_i64().to_le_bytes());
    let photo = NewPhoto {
        id,
        destination: Destination::of_owner(event_id),
        file_name: format!("{id}.jpg"),
        digest: Digest(digest),
        size_bytes: 1,
        format: ImageFormat::Jpeg,
        written_at: None,
    };
    // Side by side.
    let mut faces: Vec<Face> = faces.iter().cloned().map(face).collect();
    for (at, face) in faces.iter_mut().enumerate() {
        face.detection.bounds.x += 5.0 * at as f32;
    }
    let size = PixelSize { width: 100, height: 100 };
    store
        .write(move |tx| {
            assert_eq!(indexing::record(tx, &photo, NOW)?, Recorded::New);
            indexing::index_photo(tx, id, pack, size, &Capture::default(), &faces)
        })
        .unwrap();
    id
}

pub(crate) fn face(embedding: Embedding) -> Face {
    Face {
        detection: Detection {
            bounds: FaceBox { x: 1.0, y: 2.0, w: 3.0, h: 4.0 },
            landmarks: Landmarks([Point::default(); 5]),
            score: 0.9,
        },
        quality: Quality { size_px: 3.0, sharpness: 1.0, yaw: 0.0 },
        embedding,
    }
}
