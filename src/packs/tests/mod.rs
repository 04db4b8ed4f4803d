//! Fetching from a server that cuts, redirects and errs; adding from a folder.

mod server;

use std::path::Path;

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::{PackFilesError, add, fetch, missing};
use crate::domain::Digest;
use crate::face::{Download, FaceOptions, Pack, find_pack, list_packs};
use crate::outbound::OutboundError;
use server::{Reply, Server};

const NAME: &str = "net.onnx";

/// A file larger than one buffer.
fn content() -> Vec<u8> {
    (0..200_000_u32).map(|i| u8::try_from(i * 7 % 251).unwrap()).collect()
}

fn sha256(bytes: &[u8]) -> String {
    Digest(Sha256::digest(bytes).into()).to_string()
}

/// Fetches `content` from `url` into the folder.
fn fetch_to(folder: &Path, url: &str, redirects: &[String]) -> Result<(), PackFilesError> {
    let (sha256, bytes) = (sha256(&content()), content().len() as u64);
    fetch(folder, &Download { name: NAME, url, redirects, sha256: &sha256, bytes }, &mut |_| {})
}

fn fetch_from(folder: &TempDir, server: &Server) -> Result<(), PackFilesError> {
    fetch_to(folder.path(), &format!("{}/x/net.onnx?v=1", server.origin), &[])
}

fn put(folder: &TempDir, name: &str, bytes: &[u8]) {
    let mut file = std::fs::File::create(folder.path().join(name)).unwrap();
    std::io::Write::write_all(&mut file, bytes).unwrap();
}

/// The bytes below both names.
fn state(folder: &TempDir) -> (Option<Vec<u8>>, Option<usize>) {
    let read = |name: &str| std::fs::read(folder.path().join(name)).ok();
    (read(NAME), read("net.onnx.part").map(|part| part.len()))
}

#[test]
fn a_file_arrives_under_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(vec![Reply::new("200 OK", &content())]);
    fetch_from(&folder, &server).unwrap();
    assert_eq!(state(&folder), (Some(content()), None));
    assert_eq!((server.paths(), server.ranges()), (vec!["/x/net.onnx?v=1".to_owned()], vec![None]));
}

#[test]
fn a_cut_connection_is_continued() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(vec![
        Reply::new("200 OK", &content()).cut_after(70_000),
        Reply::rest(&content(), 70_000).cut_after(80_000),
        Reply::rest(&content(), 150_000),
    ]);
    fetch_from(&folder, &server).unwrap();
    assert_eq!(state(&folder), (Some(content()), None));
    let ranges = server.ranges();
    assert_eq!(ranges, [None, Some("bytes=70000-".to_owned()), Some("bytes=150000-".to_owned())]);
}

#[test]
fn a_server_that_always_cuts_is_asked_until_nothing_more_arrives() {
    let folder = tempfile::tempdir().unwrap();
    let cut = || Reply::new("200 OK", &content()).cut_after(70_000);
    let refusal = Reply::new("416 Range Not Satisfiable", b"");
    let server = Server::start(vec![cut(), refusal, cut(), Reply::new("200 OK", &content())]);
    let error = fetch_from(&folder, &server).unwrap_err();
    assert!(matches!(error, PackFilesError::CutOff { received: 70_000, .. }), "{error}");
    assert_eq!(server.paths().len(), 3);
}

#[test]
fn a_later_call_continues_what_was_kept() {
    let folder = tempfile::tempdir().unwrap();
    let cut = Reply::new("200 OK", &content()).cut_after(70_000);
    let error = fetch_from(&folder, &Server::start(vec![cut, Reply::new("503 Busy", b"")])).unwrap_err();
    assert!(error.to_string().contains("503") && error.to_string().contains("try again later"), "{error}");
    assert_eq!(state(&folder), (None, Some(70_000)));
    let nothing_more = Reply::rest(&content(), 70_000).cut_after(0);
    let error = fetch_from(&folder, &Server::start(vec![nothing_more])).unwrap_err();
    assert!(matches!(error, PackFilesError::CutOff { received: 70_000, .. }), "{error}");
    assert_eq!(state(&folder), (None, Some(70_000)));
    let server = Server::start(vec![Reply::rest(&content(), 70_000)]);
    fetch_from(&folder, &server).unwrap();
    assert_eq!(
        (state(&folder), server.ranges()),
        ((Some(content()), None), vec![Some("bytes=70000-".to_owned())])
    );
}

#[test]
fn a_server_that_cannot_continue_sends_the_whole_file() {
    let whole = || Reply::new("200 OK", &content());
    let other_file = Reply::new("206 Partial Content", &content()[50_000..])
        .header("Content-Range", "bytes 50000-199999/300000");
    for replies in [
        vec![whole()],
        vec![Reply::rest(&content(), 9), whole()],
        vec![other_file, whole()],
        vec![Reply::new("206 Partial Content", &content()[50_000..]), whole()],
        vec![Reply::new("416 Range Not Satisfiable", b""), whole()],
    ] {
        let folder = tempfile::tempdir().unwrap();
        // Bytes that are wrong: nothing of them may remain.
        put(&folder, "net.onnx.part", &vec![7; 50_000]);
        fetch_from(&folder, &Server::start(replies)).unwrap();
        assert_eq!(state(&folder), (Some(content()), None));
    }
    // Parts that nobody asked for are refused.
    let folder = tempfile::tempdir().unwrap();
    let part = Reply::rest(&content(), 50_000);
    let error = fetch_from(&folder, &Server::start(vec![part.clone(), part])).unwrap_err();
    assert!(matches!(error, PackFilesError::Status { .. }), "{error}");
}

#[test]
fn kept_bytes_are_hashed_too() {
    let folder = tempfile::tempdir().unwrap();
    put(&folder, "net.onnx.part", &vec![7; 50_000]);
    let error = fetch_from(&folder, &Server::start(vec![Reply::rest(&content(), 50_000)])).unwrap_err();
    assert!(matches!(error, PackFilesError::WrongChecksum { .. }), "{error}");
    assert_eq!(state(&folder), (None, None));
    // More bytes than the file has are not kept.
    put(&folder, "net.onnx.part", &vec![7; 200_001]);
    let server = Server::start(vec![Reply::new("200 OK", &content())]);
    fetch_from(&folder, &server).unwrap();
    assert_eq!((state(&folder), server.ranges()), ((Some(content()), None), vec![None]));
}

#[test]
fn another_file_is_deleted_and_named() {
    let mut other = content();
    other[123_456] ^= 1;
    let longer = [content(), vec![0]].concat();
    for (reply, expected) in [
        (Reply::new("200 OK", &other), "SHA-256"),
        (Reply::new("200 OK", &longer), "200001 bytes, expected 200000"),
        (Reply::new("200 OK", b"<html>"), "6 bytes, expected 200000"),
        (Reply::unannounced("200 OK", &longer), "200001 bytes, expected 200000"),
        (Reply::unannounced("200 OK", &content()[1..]), "199999 bytes, expected 200000"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let error = fetch_from(&folder, &Server::start(vec![reply])).unwrap_err().to_string();
        assert!(error.contains(NAME) && error.contains(expected) && error.contains("hint: "), "{error}");
        assert_eq!(state(&folder), (None, None), "{error}");
    }
}

#[test]
fn redirects_are_followed_to_named_hosts_only() {
    let file = || Reply::new("200 OK", &content());
    let store = Server::start(vec![file()]);
    let first =
        Server::start(vec![Reply::redirect("/moved"), Reply::redirect(&format!("{}/y", store.origin))]);
    let folder = tempfile::tempdir().unwrap();
    fetch_to(folder.path(), &first.origin, std::slice::from_ref(&store.origin)).unwrap();
    assert_eq!(
        (first.paths(), store.paths()),
        (vec!["/".to_owned(), "/moved".to_owned()], vec!["/y".to_owned()])
    );
    assert_eq!(state(&folder), (Some(content()), None));

    let foreign = Server::start(vec![file()]);
    let first = Server::start(vec![Reply::redirect(&format!("{}/y", foreign.origin))]);
    let folder = tempfile::tempdir().unwrap();
    let error = fetch_to(folder.path(), &first.origin, &["https://127.0.0.1".to_owned()]).unwrap_err();
    let PackFilesError::Request { source: OutboundError::ForeignHost(host), .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(*host, foreign.origin);
    assert!(foreign.paths().is_empty());

    let circle = Server::start(vec![Reply::redirect("/again"); 9]);
    let error = fetch_from(&folder, &circle).unwrap_err();
    assert!(matches!(error, PackFilesError::Request { source: OutboundError::Redirect, .. }), "{error}");
    assert_eq!(state(&folder).0, None);
}

#[test]
fn failures_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let error = fetch_from(&folder, &Server::start(vec![Reply::new("404 Not Found", b"")])).unwrap_err();
    assert!(error.to_string().contains("404") && error.to_string().contains("models add"), "{error}");
    let error = fetch_to(folder.path(), "http://127.0.0.1:1/", &[]).unwrap_err();
    assert!(error.to_string().contains("needs the internet"), "{error}");
    assert_eq!(state(&folder), (None, None));
    // Where a folder is expected is a file.
    put(&folder, "file", b"");
    let server = Server::start(vec![Reply::new("200 OK", &content())]);
    let error = fetch_to(&folder.path().join("file"), &server.origin, &[]).unwrap_err();
    assert!(error.to_string().contains("cannot write") && error.to_string().contains("--data"), "{error}");
    assert!(server.paths().is_empty());
    let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
    let error = PackFilesError::Disk { path: NAME.into(), source: full };
    assert!(error.to_string().contains("free some space"), "{error}");
}

#[test]
fn two_processes_do_not_write_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let part = super::Part::open(folder.path(), NAME).unwrap();
    let error = fetch_to(folder.path(), "http://127.0.0.1:1/", &[]).unwrap_err();
    assert!(matches!(error, PackFilesError::Busy(_)), "{error}");
    drop(part);
}

/// The default pack, as if its files were not in the executable.
fn outside() -> Pack {
    let mut pack = find_pack(list_packs(None).unwrap(), "default", false).unwrap();
    pack.embedded = false;
    pack
}

#[test]
fn a_pack_is_added_from_a_folder_if_its_networks_run() {
    let options = FaceOptions { detector_long_side: 1024, score_threshold: None };
    let (models, source) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let shipped =
        |name: &str| std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("models").join(name)).unwrap();
    let mut pack = outside();
    let (detector, recogniser) = ("centerface.onnx", "mobilefacenet.onnx");
    put(&source, detector, &shipped(detector));
    let error = add(&pack, models.path(), source.path(), options).unwrap_err();
    assert!(error.to_string().contains(recogniser), "{error}");
    put(&source, recogniser, &shipped(detector));
    let error = add(&pack, models.path(), source.path(), options).unwrap_err();
    assert!(error.to_string().contains("SHA-256"), "{error}");
    // A network that does not fit is refused by what it does, where the SHA-256 is not known.
    pack.recogniser.sha256 = None;
    let error = add(&pack, models.path(), source.path(), options).unwrap_err();
    assert!(matches!(error, PackFilesError::Face(_)), "{error}");
    assert!(std::fs::read_dir(models.path()).unwrap().next().is_none());

    put(&source, recogniser, &shipped(recogniser));
    add(&pack, models.path(), source.path(), options).unwrap();
    let folder = models.path().join("default");
    let added: Vec<_> = [detector, recogniser].map(|name| std::fs::read(folder.join(name)).unwrap()).into();
    assert_eq!(added, [shipped(detector), shipped(recogniser)]);
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 2);
}

#[test]
fn only_what_is_missing_and_known_is_fetched() {
    let models = tempfile::tempdir().unwrap();
    let packs = list_packs(None).unwrap();
    let names = |name: &str| {
        let pack = find_pack(packs.clone(), name, true).unwrap();
        missing(&pack, models.path())
            .map(|files| files.iter().map(|file| file.name.to_owned()).collect::<Vec<_>>())
    };
    assert!(names("default").unwrap().is_empty());
    assert_eq!(names("accurate").unwrap(), ["glintr100.onnx"]);
    assert_eq!(names("opencv").unwrap().len(), 2);
    for unknown in ["balanced", "compact", "buffalo_s", "buffalo_l"] {
        let error = names(unknown).unwrap_err().to_string();
        assert!(error.contains(&format!("fotota models add {unknown}")), "{error}");
    }
}
