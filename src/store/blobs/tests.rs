//! Photos into their places, refusals, and the sweep.

use super::*;

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn receive(files: &Files, id: PhotoId, bytes: &[u8], max_bytes: u64) -> Result<Received, ReceiveError> {
    let mut incoming = files.receive(id, max_bytes)?;
    incoming.write(bytes)?;
    Ok(incoming.finish()?)
}

#[test]
fn a_photo_moves_from_incoming_to_its_place_once() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::create(folder.path()).unwrap();
    let id = PhotoId::random();
    let received = receive(&files, id, b"0123456789", 10).unwrap();
    assert_eq!(received.size_bytes, 10);
    for _ in 0..2 {
        let path = files.promote(id, ImageFormat::Jpeg).unwrap();
        assert_eq!(fs::read(path).unwrap(), b"0123456789");
    }
    files.write_derived(id, Derived::Thumbnail, b"small").unwrap();
    files.delete(id, ImageFormat::Jpeg).unwrap();
    files.delete(id, ImageFormat::Jpeg).unwrap();
    assert!(!files.original(id, ImageFormat::Jpeg).exists());
    assert!(!files.derived(id, Derived::Thumbnail).exists());
    assert!(files.promote(id, ImageFormat::Jpeg).is_err());
}

#[test]
fn a_refused_photo_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::create(folder.path()).unwrap();
    let refused = receive(&files, PhotoId::random(), &[0; 11], 10);
    assert!(matches!(refused, Err(ReceiveError::TooLarge { .. })));
    assert!(names(&folder.path().join("incoming")).is_empty());
}

#[test]
fn the_sweep_keeps_known_photos_alone() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::create(folder.path()).unwrap();
    let (waiting, placed, unknown) = (PhotoId::random(), PhotoId::random(), PhotoId::random());
    for id in [waiting, placed, unknown] {
        receive(&files, id, b"x", 10).unwrap();
    }
    let incoming = folder.path().join("incoming");
    File::create(incoming.join(format!("{waiting}.preview.jpg.part"))).unwrap();
    files.promote(placed, ImageFormat::Jpeg).unwrap();
    files.write_derived(placed, Derived::Preview, b"kept").unwrap();
    files.write_derived(unknown, Derived::Preview, b"swept").unwrap();
    files.sweep(&HashMap::from([(waiting, ImageFormat::Jpeg), (placed, ImageFormat::Jpeg)])).unwrap();
    assert_eq!(names(&incoming), [format!("{waiting}.part")]);
    assert!(files.original(placed, ImageFormat::Jpeg).exists());
    assert!(files.derived(placed, Derived::Preview).exists());
    assert!(!files.derived(unknown, Derived::Preview).exists());
}
