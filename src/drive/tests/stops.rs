//! Interrupted, deleted and expired searches.

use super::*;
use crate::drive;
use crate::store::drive::{files, queue};
use crate::store::{BlobKey, erasing, users};

#[test]
fn a_search_continues_after_a_restart_and_downloads_nothing_twice() {
    let world = World::new().with_few_pictures();
    let search = world.search_for(world.store.add_user(), &EILEEN);
    // In the middle: pictures are processed in the order of their ids.
    world.server.hold("grace-000001");
    let searches = drive::start(&world.app, world.client(), FIRST_PAUSE);
    searches.handle().signal.wake();
    world.server.wait_until_held();
    assert_eq!(world.search(search).counts.done, 2);
    searches.handle().signal.stop();
    world.server.release();
    drop(searches);
    assert_eq!(world.search(search).status, DriveStatus::Processing);
    assert_eq!(world.found(search), ["eileen-00001", "eileen-00005"]);

    let world = world.restart();
    world.work();
    assert_eq!(world.search(search).status, DriveStatus::Completed);
    assert_eq!(world.found(search), ["eileen-00001", "eileen-00005"]);
    assert_eq!(world.count_copies(), 2);
    let downloads = world.server.take_downloads();
    assert_eq!(downloads.len(), 11);
    assert!(downloads.windows(2).all(|pair| pair[0] != pair[1]), "{downloads:?}");
}

#[test]
fn a_download_of_a_killed_process_is_used_and_unknown_files_are_swept() {
    let world = World::new().with_few_pictures();
    let search = world.search_for(world.store.add_user(), &EILEEN);
    // State of a process killed between a download and the commit of its faces, and while writing a copy.
    let file = |id: &str| files::ListedFile {
        id: id.to_owned(),
        resource_key: None,
        version: "one".to_owned(),
        size_bytes: None,
        thumbnail: None,
        readable: true,
    };
    let (pack_id, now) = (world.app.pack_id, world.app.clock.now());
    let listed = vec![file("eileen-00001")];
    world.store.write(move |tx| files::record(tx, ROOT, pack_id, &listed)).unwrap();
    assert!(world.store.write(move |tx| queue::claim(tx, now)).unwrap().unwrap().is_new);
    let kept = super::super::picture::download_name(ROOT, &file("eileen-00001"));
    let unknown = super::super::picture::download_name(ROOT, &file("no-such-file"));
    let put = |key, bytes: &[u8]| world.store.blobs().put(&key, bytes).unwrap();
    put(BlobKey::DriveDownload(kept), &photo(101));
    put(BlobKey::DriveDownload(unknown), b"x");
    put(BlobKey::Copy(crate::domain::DriveMatchId::random()), b"x");

    let world = world.restart();
    assert_eq!((world.count_copies(), world.count_downloads_kept()), (0, 1));
    world.work();
    assert_eq!(world.found(search), ["eileen-00001", "eileen-00005"]);
    assert_eq!(world.server.asked("media eileen-00001"), 0);
    assert_eq!(world.count_downloads_kept(), 0);
}

#[test]
fn a_search_stops_when_its_user_is_deleted() {
    let world = World::new().with_few_pictures();
    let user = world.store.add_user();
    let search = world.search_for(user, &EILEEN);
    world.server.hold("grace-000001");
    std::thread::scope(|scope| {
        scope.spawn(|| world.work());
        world.server.wait_until_held();
        assert_eq!(world.count_copies(), 2);
        assert!(world.store.write(move |tx| users::delete(tx, user)).unwrap());
        world.store.purge_blobs().unwrap();
        assert_eq!(world.count_copies(), 0);
        world.server.release();
    });
    assert!(world.store.read(|connection| searches::find(connection, search)).unwrap().is_none());
    assert_eq!(world.server.take_downloads(), ["eileen-00001", "eileen-00005"]);
    assert_eq!(world.count_copies(), 0);
    // The folder's faces are reused by the next search.
    let search = world.search_for(world.store.add_user(), &EILEEN);
    world.work();
    assert_eq!(world.found(search), ["eileen-00001", "eileen-00005"]);
}

#[test]
fn a_stop_ends_a_pause() {
    let world = World::new().with_few_pictures();
    let id = world.search_for(world.store.add_user(), &EILEEN);
    let now = world.app.clock.now();
    world.store.write(move |tx| queue::claim(tx, now)).unwrap();
    let signal = StopSignal::default();
    let (app, first_pause) = (&world.app, Duration::from_mins(10));
    let retry = RetryPolicy { app, signal: &signal, search_id: id, first_pause };
    std::thread::scope(|scope| {
        let (asked, was_asked) = std::sync::mpsc::channel();
        let asking = scope.spawn(move || {
            retry.run(|| -> Result<(), _> {
                asked.send(()).unwrap();
                Err(DriveError::Temporary { retry_after: None })
            })
        });
        was_asked.recv().unwrap();
        signal.stop();
        let ended = asking.join().unwrap();
        assert!(matches!(ended, Err(crate::drive::retry::Interruption::Stopping)));
    });
}

#[test]
fn old_searches_and_their_copies_are_deleted() {
    let world = World::new().with_few_pictures();
    let search = world.search_for(world.store.add_user(), &EILEEN);
    world.work();
    assert_eq!(world.count_copies(), 2);
    world.clock.advance(Duration::from_hours(25));
    // As the janitor does.
    let now = world.app.clock.now();
    let oldest = now.minus(Duration::from_hours(24));
    world.store.write(move |db| erasing::old_drive_searches(db, oldest, now)).unwrap();
    world.store.purge_blobs().unwrap();
    assert!(world.store.read(|connection| searches::find(connection, search)).unwrap().is_none());
    assert_eq!(world.count_copies(), 0);
}
