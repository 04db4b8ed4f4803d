//! Errors and quotas of Google, and allowed hosts.

use super::server::Trouble;
use super::*;

#[test]
fn a_search_is_postponed_when_the_quota_is_used_up() {
    let world = World::new().with_few_pictures();
    world.server.change("nobody-00003", |file| file.troubles.push_back(Trouble(403, "dailyLimitExceeded")));
    let search = world.search_for(world.store.add_user(), &EILEEN);
    world.work();
    let waiting = world.search(search);
    assert_eq!(waiting.status, DriveStatus::Pending);
    assert_eq!(waiting.message, "Google's quota for today is used up; the search continues automatically");
    assert_eq!(waiting.counts.total, 11);
    let before = world.server.take_downloads();
    world.work();
    assert!(world.server.take_downloads().is_empty());
    world.clock.advance(Duration::from_hours(1));
    world.work();
    assert_eq!(world.search(search).status, DriveStatus::Completed);
    assert_eq!(before.len() + world.server.take_downloads().len(), 12);
    assert_eq!(world.found(search), ["eileen-00001", "eileen-00005"]);
}

#[test]
fn an_unanswered_picture_does_not_block_others() {
    let world = World::new().with_few_pictures();
    world.server.change("eileen-00001", |file| file.always = Some(Trouble(503, "backendError")));
    world.server.change("grace-000001", |file| file.always = Some(Trouble(403, "downloadQuotaExceeded")));
    let search = world.search_for(world.store.add_user(), &EILEEN);
    world.work();
    let waiting = world.search(search);
    assert_eq!(waiting.message, "Google Drive does not answer; the search continues automatically");
    assert_eq!(world.server.asked("media eileen-00001"), 6);
    for _ in 0..11 {
        world.clock.advance(Duration::from_mins(5));
        world.work();
    }
    let search = world.search(search);
    assert_eq!((search.status, search.counts.failed), (DriveStatus::Completed, 2));
    assert_eq!(world.found(search.id), ["eileen-00005"]);
    assert_eq!(world.server.asked("media nobody-00000"), 1);
}

#[test]
fn listings_are_retried_too() {
    let world = World::new().with_few_pictures();
    world.server.state().troubles.extend([
        Trouble(429, ""),
        Trouble(500, ""),
        Trouble(403, "userRateLimitExceeded"),
    ]);
    let search = world.search_for(world.store.add_user(), &EILEEN);
    world.work();
    assert_eq!(world.found(search).len(), 2);
    assert_eq!(world.server.asked(&format!("list {ROOT}")), 4);
}

#[test]
fn a_deleted_or_too_large_folder_fails_its_search() {
    let world = World::new().with_few_pictures();
    let user = world.store.add_user();
    let search = world.search_for(user, &EILEEN);
    let client = Client::new(&Drive { max_files: 10, ..world.config() }).unwrap();
    let now = world.app.clock.now();
    assert!(worker::step(&world.app, &StopSignal::default(), &client, FIRST_PAUSE, now).unwrap());
    let failed = world.search(search);
    assert_eq!(failed.status, DriveStatus::Failed);
    assert_eq!(failed.message, "the folder is too large: at most 10 pictures can be searched");
    assert!(world.server.take_downloads().is_empty());

    let search = world.search_for(user, &EILEEN);
    world.server.state().folders.remove(ROOT);
    world.work();
    let failed = world.search(search);
    assert_eq!(failed.status, DriveStatus::Failed);
    assert!(failed.message.contains("not shared with anyone"), "{}", failed.message);
}

#[test]
fn other_hosts_receive_no_requests() {
    let world = World::new();
    let foreign = Server::start();
    let large = |server: &Server, id: &str| {
        json!({
            "thumbnailLink": server.url(&format!("/pictures/{id}=s220")),
            "imageMediaMetadata": { "width": 4000, "height": 3000 },
        })
    };
    world.server.add_picture(Some(ROOT), "eileen-00001", &photo(101), large(&foreign, "eileen-00001"));
    world.server.add_picture(Some(ROOT), "eileen-00005", &photo(105), large(&world.server, "missing"));
    // A thumbnail that is not a picture: the original is used.
    world.server.add_picture(None, "missing", &Arc::new(b"gone".to_vec()), json!({}));
    let search = world.search_for(world.store.add_user(), &EILEEN);
    world.work();
    assert_eq!(world.found(search), ["eileen-00001", "eileen-00005"]);
    assert_eq!(world.server.take_downloads(), ["eileen-00001", "eileen-00005", "missing"]);
    assert!(foreign.take_downloads().is_empty());
}

#[test]
fn a_search_with_another_models_face_fails() {
    let world = World::new().with_few_pictures();
    let search = world.search_for(world.store.add_user(), &EILEEN);
    let other = world
        .store
        .write(|tx| crate::store::packs::ensure(tx, crate::domain::Digest([9; 32]), "other", 8))
        .unwrap();
    let app = App { pack_id: other, ..world.app.clone() };
    let now = app.clock.now();
    assert!(worker::step(&app, &StopSignal::default(), &world.client(), FIRST_PAUSE, now).unwrap());
    assert_eq!(world.search(search).status, DriveStatus::Failed);
}
