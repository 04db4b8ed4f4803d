//! Photos from `incoming` to their place, unfinished ones, and blobs that are stored whole.

use super::*;
use crate::domain::{ImageFormat, PhotoId};

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_photo_moves_from_incoming_to_its_place_once() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Folder::create(folder.path()).unwrap();
    let (id, format) = (PhotoId::random(), ImageFormat::Jpeg);
    let key = BlobKey::Original(id, format);
    let mut incoming = blobs.receive(id).unwrap();
    incoming.write(b"01234").unwrap();
    incoming.write(b"56789").unwrap();
    incoming.finish().unwrap();
    assert_eq!(blobs.read(&key).unwrap().unwrap(), b"0123456789", "before it is moved");
    for _ in 0..2 {
        blobs.promote(id, format).unwrap();
        assert_eq!(blobs.size(&key).unwrap(), Some(10));
    }
    blobs.put(&BlobKey::Thumbnail(id), b"small").unwrap();
    assert_eq!(blobs.list("originals").unwrap(), std::slice::from_ref(&key));
    for _ in 0..2 {
        blobs.delete_durably(&BlobKey::of_photo(id, format)).unwrap();
    }
    assert!(blobs.open(&key).unwrap().is_none());
    assert!(blobs.open(&BlobKey::Thumbnail(id)).unwrap().is_none());
    assert!(blobs.promote(id, format).is_err());
}

#[test]
fn a_photo_that_is_not_finished_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Folder::create(folder.path()).unwrap();
    let mut incoming = blobs.receive(PhotoId::random()).unwrap();
    incoming.write(b"0123456789").unwrap();
    assert_eq!(names(&folder.path().join("incoming")).len(), 1);
    drop(incoming);
    assert!(names(&folder.path().join("incoming")).is_empty());
}

#[test]
fn a_blob_can_be_read_from_any_position_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Folder::create(folder.path()).unwrap();
    let key = BlobKey::Preview(PhotoId::random());
    blobs.put(&key, b"0123456789").unwrap();
    let mut blob = blobs.open(&key).unwrap().unwrap();
    blobs.put(&key, b"new").unwrap();
    let mut rest = String::new();
    blob.seek(SeekFrom::Start(7)).unwrap();
    blob.read_to_string(&mut rest).unwrap();
    assert_eq!((blob.size_bytes(), rest.as_str()), (10, "789"));
    assert_eq!(blobs.read_head(&key, 2).unwrap().unwrap(), b"ne");
    assert!(names(&folder.path().join("incoming")).is_empty());
}
