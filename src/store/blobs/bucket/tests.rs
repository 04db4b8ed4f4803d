//! A bucket in memory, which does what the traits of `object_store` promise.

use std::io::{Read as _, Seek as _, SeekFrom};

use object_store::memory::InMemory;

use super::*;
use crate::domain::{ImageFormat, PhotoId, UploadId};

fn bucket() -> Bucket {
    Bucket::new(Arc::new(InMemory::new()), None, "test".into(), "events/2026").unwrap()
}

fn original() -> BlobKey {
    BlobKey::Original(PhotoId::random(), ImageFormat::Jpeg)
}

/// Not the same at the starts of two parts.
fn bytes(count: usize) -> Vec<u8> {
    (0..251).cycle().take(count).collect()
}

#[test]
fn blobs_are_stored_read_listed_and_deleted() {
    let bucket = bucket();
    let (key, other) = (original(), BlobKey::Preview(PhotoId::random()));
    assert!(bucket.open(&key).unwrap().is_none() && bucket.read(&key).unwrap().is_none());
    bucket.put(&key, b"0123456789").unwrap();
    bucket.put(&other, b"x").unwrap();
    assert_eq!(bucket.read(&key).unwrap().unwrap(), b"0123456789");
    assert_eq!(bucket.read_head(&key, 3).unwrap().unwrap(), b"012");
    assert_eq!(bucket.size(&key).unwrap(), Some(10));
    let sizes = bucket.sizes(&[other.clone(), original(), key.clone()]).unwrap();
    assert_eq!(sizes, [Some(1), None, Some(10)]);
    assert_eq!(bucket.list("originals").unwrap(), std::slice::from_ref(&key));
    let to = original();
    bucket.rename(&key, &to).unwrap();
    assert!(bucket.read(&key).unwrap().is_none());
    assert_eq!(bucket.delete_all(vec![key, to.clone()]).len(), 2, "also what is not there");
    bucket.delete(std::slice::from_ref(&to)).unwrap();
    assert!(bucket.read(&to).unwrap().is_none() && bucket.read(&other).unwrap().is_some());
}

#[test]
fn an_object_of_many_parts_appears_whole_or_not_at_all() {
    let bucket = bucket();
    for size in [0, 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES, 3 * PART_BYTES + 7] {
        let (key, content) = (original(), bytes(size));
        let mut object = bucket.receive(&key);
        for piece in content.chunks(1 << 20) {
            object.write(piece).unwrap();
            assert!(bucket.read(&key).unwrap().is_none(), "{size}");
        }
        object.finish().unwrap();
        assert!(bucket.read(&key).unwrap().unwrap() == content, "{size}");
    }
    let key = original();
    let mut object = bucket.receive(&key);
    object.write(&bytes(PART_BYTES + 1)).unwrap();
    drop(object);
    assert!(bucket.read(&key).unwrap().is_none());
}

#[test]
fn a_blob_is_read_from_any_position() {
    let (bucket, key, content) = (bucket(), original(), bytes(3 << 20));
    bucket.put(&key, &content).unwrap();
    let mut blob = bucket.open(&key).unwrap().unwrap();
    assert_eq!(blob.size_bytes(), 3 << 20);
    let mut all = Vec::new();
    blob.read_to_end(&mut all).unwrap();
    assert!(all == content);
    for position in [0_u64, 7, 300_000, (3 << 20) - 1, 5] {
        blob.seek(SeekFrom::Start(position)).unwrap();
        let mut byte = [0];
        blob.read_exact(&mut byte).unwrap();
        assert_eq!(byte[0], content[usize::try_from(position).unwrap()]);
    }
    assert_eq!(blob.seek(SeekFrom::End(-2)).unwrap(), (3 << 20) - 2);
    assert!(blob.seek(SeekFrom::Current(i64::MIN)).is_err());
    blob.seek(SeekFrom::End(5)).unwrap();
    assert_eq!(blob.read(&mut [0]).unwrap(), 0);
    // Deleted while it is read: an error, never other bytes.
    blob.seek(SeekFrom::Start(1_000_000)).unwrap();
    bucket.delete(&[key]).unwrap();
    assert!(blob.read(&mut [0]).is_err());
}

#[test]
fn an_upload_goes_on_in_any_process_and_becomes_one_object() {
    let (bucket, id, content) = (bucket(), UploadId::random(), bytes(2 * PART_BYTES + 100));
    let key = BlobKey::Upload(id);
    let (mut from, mut sent) = (0, [PART_BYTES + 5, 10, 0, PART_BYTES].into_iter());
    while from < content.len() {
        let mut pieces = bucket.append_upload(id).unwrap();
        assert_eq!(pieces.length(), from as u64);
        let count = sent.next().unwrap_or(usize::MAX).min(content.len() - from);
        for piece in content[from..from + count].chunks(1 << 20) {
            pieces.write(piece).unwrap();
        }
        from += count;
        assert_eq!(pieces.length(), from as u64);
        pieces.sync().unwrap();
    }
    assert_eq!(bucket.size(&key).unwrap(), Some(content.len() as u64));
    assert_eq!(bucket.list("uploads").unwrap(), std::slice::from_ref(&key));
    let to = original();
    assert_eq!(bucket.receive_upload(id, &to).unwrap().size_bytes, content.len() as u64);
    assert!(bucket.read(&to).unwrap().unwrap() == content);
    bucket.delete(std::slice::from_ref(&key)).unwrap();
    assert_eq!(bucket.size(&key).unwrap(), None);
    assert!(bucket.receive_upload(id, &to).is_err());
}

#[test]
fn an_upload_is_cut_where_it_begins_again() {
    let content = bytes(30);
    for length in [0, 5, 10, 15, 20, 25, 30] {
        let (bucket, id) = (bucket(), UploadId::random());
        let mut pieces = bucket.append_upload(id).unwrap();
        for piece in content[..20].chunks(10) {
            pieces.write(piece).unwrap();
            pieces.sync().unwrap();
        }
        pieces.write(&content[20..]).unwrap();
        pieces.truncate(length as u64).unwrap();
        assert_eq!(pieces.length(), length as u64);
        pieces.write(b"new").unwrap();
        pieces.sync().unwrap();
        let mut all = Vec::new();
        bucket.open(&BlobKey::Upload(id)).unwrap().unwrap().read_to_end(&mut all).unwrap();
        assert_eq!(all, [&content[..length], b"new"].concat(), "{length}");
    }
}

#[test]
fn an_upload_ends_where_a_piece_is_missing() {
    let (bucket, id) = (bucket(), UploadId::random());
    for start in [0, 5, 20] {
        bucket.put_piece(id, start, vec![1; 5]).unwrap();
    }
    assert_eq!(bucket.size(&BlobKey::Upload(id)).unwrap(), Some(10));
    assert_eq!(bucket.append_upload(id).unwrap().length(), 10);
}

#[test]
fn the_first_secret_of_a_name_stays_until_it_is_replaced() {
    let bucket = bucket();
    assert_eq!(bucket.read_secret("a.key").unwrap(), None);
    for (bytes, replace, expected) in [(b"1", false, b"1"), (b"2", false, b"1"), (b"3", true, b"3")] {
        bucket.write_secret("a.key", bytes, replace).unwrap();
        assert_eq!(bucket.read_secret("a.key").unwrap().unwrap(), expected);
    }
}
