//! The matches of a search, and the few downloads of the next one.

use super::*;
use crate::store::BlobKey;

const JPEG: &str = "image/jpeg";
const FOLDER: &str = "application/vnd.google-apps.folder";

/// 250 pictures on three pages, subfolders, shortcuts, and every kind of broken picture.
fn large_folder(world: &World) {
    let server = &world.server;
    let nobody = nobody();
    for number in 0..250 {
        let id = format!("page-{number:05}");
        match number {
            10 => server.add_picture(Some(ROOT), &id, &photo(101), json!({})),
            120 => server.add_picture(Some(ROOT), &id, &photo(103), json!({})),
            230 => server.add_picture(Some(ROOT), &id, &photo(102), json!({})),
            _ => server.add_picture(Some(ROOT), &id, &nobody, json!({})),
        }
    }
    server.add_folder("below-0001", "one", Some(ROOT));
    server.add_folder("below-0002", "two", Some("below-0001"));
    server.add_picture(Some("below-0001"), "eileen-00005", &photo(105), json!({}));
    server.add_picture(Some("below-0002"), "both-0000007", &photo(107), json!({ "resourceKey": "0-abc" }));
    server.add_shortcut("below-0002", "circle-0001", ROOT, FOLDER);
    server.add_folder("elsewhere-01", "elsewhere", None);
    server.add_shortcut(ROOT, "shortcut-01", "elsewhere-01", FOLDER);
    // A folder that is reached twice.
    server.add_shortcut("below-0001", "shortcut-02", "elsewhere-01", FOLDER);
    let smaller = |id: &str| server.url(&format!("/pictures/{id}=s220"));
    let large = json!({ "width": 6000, "height": 4000 });
    server.add_picture(
        Some("elsewhere-01"),
        "large-000001",
        &photo(109),
        json!({ "imageMediaMetadata": large, "size": "9000000", "thumbnailLink": smaller("large-000001") }),
    );
    server.add_picture(None, "alone-000001", &photo(113), json!({}));
    server.add_shortcut(ROOT, "shortcut-03", "alone-000001", JPEG);
    server.add_shortcut(ROOT, "shortcut-04", "nowhere-0001", JPEG);
    server.add_shortcut(ROOT, "shortcut-05", "nowhere-0002", FOLDER);
    let heic = json!({ "mimeType": "image/heif", "thumbnailLink": smaller("heic-000001") });
    server.add_picture(Some(ROOT), "heic-000001", &photo(108), heic);
    server.add_picture(Some(ROOT), "heic-000002", &nobody, json!({ "mimeType": "image/heif" }));
    server.add_picture(Some(ROOT), "text-000001", &nobody, json!({ "mimeType": "text/plain" }));
    server.add_picture(Some(ROOT), "denied-0001", &nobody, json!({}));
    server.change("denied-0001", |file| file.always = Some(server::Trouble(403, "cannotDownloadFile")));
    server.add_picture(Some(ROOT), "busy-000429", &photo(111), json!({}));
    server.change("busy-000429", |file| file.troubles.push_back(server::Trouble(429, "rateLimitExceeded")));
    server.add_picture(Some(ROOT), "broken-0500", &nobody, json!({}));
    server.change("broken-0500", |file| file.troubles.push_back(server::Trouble(500, "internalError")));
    server.add_picture(Some(ROOT), "no-picture-1", &Arc::new(b"<html>no picture</html>".to_vec()), json!({}));
    let cut_off = Arc::new(photo(101)[..5000].to_vec());
    server.add_picture(Some(ROOT), "cut-off-0001", &cut_off, json!({}));
    server.add_picture(Some(ROOT), "huge-000001", &nobody, json!({ "size": "1000001" }));
    let huge = Arc::new([nobody.as_slice(), &vec![0; 1_000_000]].concat());
    server.add_picture(Some(ROOT), "huge-000002", &huge, json!({ "size": null }));
    server.add_picture(Some(ROOT), "huge-000003", &huge, json!({ "size": null }));
    server.change("huge-000003", |file| file.endless = true);
}

const OF_EILEEN: [&str; 8] = [
    "alone-000001",
    "both-0000007",
    "busy-000429",
    "eileen-00005",
    "heic-000001",
    "large-000001",
    "page-00010",
    "page-00120",
];
const OF_GRACE: [&str; 5] = ["both-0000007", "busy-000429", "heic-000001", "page-00120", "page-00230"];

#[test]
fn everything_is_found_once_and_the_next_search_downloads_only_matches() {
    let world = World::new();
    large_folder(&world);
    let (ann, bob) = (world.store.add_user(), world.store.add_user());
    let first = world.search_for(ann, &EILEEN);
    world.work();
    let search = world.search(first);
    assert_eq!(search.status, DriveStatus::Completed, "{search:?}");
    assert_eq!(world.found(first), OF_EILEEN);
    // Denied, missing, not a picture, truncated, an unsupported format, three too large.
    assert_eq!((search.counts.total, search.counts.done, search.counts.failed), (265, 265, 8));
    for folder in [ROOT, "below-0001", "below-0002", "elsewhere-01"] {
        let pages = if folder == ROOT { 3 } else { 1 };
        assert_eq!(world.server.asked(&format!("list {folder}")), pages, "{folder}");
    }
    assert_eq!(world.server.asked("smaller large-000001"), 1);
    assert_eq!(world.server.asked("media large-000001"), 0);
    let mut downloads = world.server.take_downloads();
    for twice in ["broken-0500", "busy-000429"] {
        let at = downloads.iter().position(|id| id == twice).unwrap();
        downloads.remove(at);
    }
    // All except those known to be useless from the listing.
    assert_eq!(downloads.len(), 265 - 3);
    assert!(downloads.windows(2).all(|pair| pair[0] != pair[1]), "{downloads:?}");
    assert_eq!(world.count_downloads_kept(), 0);

    let second = world.search_for(bob, &GRACE);
    world.work();
    assert_eq!(world.search(second).status, DriveStatus::Completed);
    assert_eq!(world.found(second), OF_GRACE);
    let mut expected = [OF_GRACE.as_slice(), &["denied-0001"]].concat();
    expected.sort_unstable();
    assert_eq!(world.server.take_downloads(), expected);

    world.server.change("page-00230", |file| {
        file.json["md5Checksum"] = "two".into();
        file.bytes = photo(101);
    });
    world
        .server
        .change("page-00010", |file| file.json["thumbnailLink"] = "http://other.example/x=s220".into());
    let third = world.search_for(ann, &EILEEN);
    world.work();
    let mut expected = OF_EILEEN.to_vec();
    expected.push("page-00230");
    assert_eq!(world.found(third), expected);
    expected.insert(2, "denied-0001");
    expected.sort_unstable();
    let mut downloads = world.server.take_downloads();
    downloads.retain(|id| !id.starts_with("nowhere"));
    assert_eq!(downloads, expected);
    assert_eq!(world.count_copies(), 8 + 5 + 9);
}

#[test]
fn copies_are_separate_files_with_correct_face_boxes() {
    let world = World::new().with_few_pictures();
    let user = world.store.add_user();
    let search = world.search_for(user, &EILEEN);
    world.work();
    let matches = world.store.read(|connection| matches::list(connection, search)).unwrap();
    assert_eq!(matches.len(), 2);
    assert!(matches[0].similarity >= matches[1].similarity && matches[1].similarity >= 0.38);
    for found in &matches {
        let bytes = world.store.blobs().read(&BlobKey::Copy(found.id)).unwrap().unwrap();
        let copy = imaging::decode(std::io::Cursor::new(&bytes), LIMITS).unwrap();
        let faces = crate::pipeline::find_faces(&ENGINE, &copy).unwrap();
        assert!(faces.iter().any(|face| face.detection.bounds.iou(&found.face) > 0.8), "{found:?}");
        let owner = world.store.read(|connection| matches::find_owner(connection, found.id)).unwrap();
        assert_eq!(owner, Some(user));
    }
    world.store.write(move |tx| searches::delete(tx, search)).unwrap();
    world.store.purge_blobs().unwrap();
    assert_eq!(world.count_copies(), 0);
}

#[test]
fn two_searches_of_a_folder_share_the_work() {
    let world = World::new().with_few_pictures();
    let (ann, bob) = (world.store.add_user(), world.store.add_user());
    let (first, second) = (world.search_for(ann, &EILEEN), world.search_for(bob, &GRACE));
    assert_eq!(world.search_for(ann, &EILEEN), first);
    world.work();
    assert_eq!(world.found(first), ["eileen-00001", "eileen-00005"]);
    assert_eq!(world.found(second), ["grace-000001"]);
    assert_eq!(world.search(second).status, DriveStatus::Completed);
    assert_eq!(world.server.take_downloads().len(), 11);
    assert_ne!(world.search_for(ann, &EILEEN), first, "the first has ended, so this is a new search");
}

#[test]
fn old_links_need_their_resource_key() {
    let world = World::new();
    world.server.change(ROOT, |file| file.json["resourceKey"] = "0-key".into());
    let client = world.client();
    let with_key = format!("https://drive.google.com/drive/folders/{ROOT}?resourcekey=0-key");
    let folder = client.folder(&FolderLink::parse(&with_key).unwrap()).unwrap();
    assert_eq!((folder.id.as_str(), folder.name.as_str()), (ROOT, "Party"));
    let without = client.folder(&FolderLink::parse(ROOT).unwrap());
    assert!(matches!(without, Err(DriveError::NotReachable)));
}

#[test]
fn other_targets_are_rejected() {
    let world = World::new().with_few_pictures();
    let ask = |client: &Client, id: &str| client.folder(&FolderLink::parse(id).unwrap()).unwrap_err();
    assert!(matches!(ask(&world.client(), "eileen-00001"), DriveError::NotAFolder));
    assert!(matches!(ask(&world.client(), "nowhere-0001"), DriveError::NotReachable));
    world.server.change(ROOT, |file| file.json["trashed"] = true.into());
    assert!(matches!(ask(&world.client(), ROOT), DriveError::NotReachable));
    let mut config = world.config();
    config.api_key = serde_json::from_value(json!("another-secret")).unwrap();
    let error = ask(&Client::new(&config).unwrap(), ROOT);
    assert!(matches!(error, DriveError::KeyRefused));
    config.base_url = "http://127.0.0.1:1/x".to_owned();
    let unreachable = ask(&Client::new(&config).unwrap(), ROOT);
    assert!(matches!(unreachable, DriveError::Outbound(_)));
    for error in [error, unreachable] {
        assert!(!format!("{error} {error:?}").contains("another-secret"));
    }
    config.api_key = None;
    assert!(Client::new(&config).is_none());
}
