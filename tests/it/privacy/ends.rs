//! Faces end before photos, both by the event's own days; and a clock that jumps ends neither.

use axum::http::StatusCode;
use fotota::domain::{
    Clock, Embedding, ErasureKind, ErasureReason, Event, SelfieId, Timestamp, User, UserId,
};
use fotota::store::drive::searches::{self, NewSearch};
use fotota::store::selfies::{self, Content};
use fotota::store::{BlobKey, erasing, faces, people, retention_clock, users};

use super::{DAY, Quiet};
use crate::common::FEW;
use crate::common::guest::base;

const GRACE: &str = "selfies/Grace_Hopper_1.jpg";

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// Noon of the last day of the faces; the photos have a month more.
fn ends_soon(event: &mut Event) {
    event.faces_delete_at = Some(event.time_zone.end_of_day(time("2027-01-10")));
    event.delete_at = Some(event.time_zone.end_of_day(time("2027-02-10")));
}

#[tokio::test]
async fn faces_end_on_their_day_and_photos_later() {
    let mut server = Quiet::new(time("2027-01-10T16:59:50Z"));
    let event = server.event(ends_soon);
    server.import(event.id, &FEW);
    let photos = server.photos(event.id);
    server
        .app
        .store
        .write({
            let id = event.id;
            move |db| {
                people::turn(db, id, true)?;
                people::create(db, id, Some("Grace"), Timestamp::from_unix_ms(1)).map(drop)
            }
        })
        .unwrap();
    let (mut guest, page) = (server.guest(), base(&event));
    assert_eq!(guest.search(&event, GRACE).await.status, StatusCode::OK);
    assert!(server.app.search.memory_bytes() > 0);
    let notice = guest.get(&page).await;
    assert!(notice.text().contains("\"faces_delete_at\":\"2027-01-10T16:59:59Z\""), "{}", notice.text());
    // It is the tenth in Jakarta, and the last seconds of it.
    server.janitor.clean_up().unwrap();
    assert!(server.faces(event.id) > 0);
    server.clock.advance(std::time::Duration::from_secs(9));
    server.janitor.clean_up().unwrap();
    assert_eq!(server.faces(event.id), 0);
    for photo in &photos {
        assert_eq!(server.app.store.read(|db| faces::list_in_photo(db, *photo)).unwrap(), []);
    }
    assert_eq!(server.app.store.read(|db| people::list(db, event.id)).unwrap(), []);
    assert_eq!(server.app.search.memory_bytes(), 0, "nor in memory");
    // What the guest had is gone, and nobody is found any more, in words.
    let after = guest.get(&format!("{page}/matches")).await;
    assert_eq!((after.status, after.code().as_str()), (StatusCode::CONFLICT, "search.over"));
    let refused =
        guest.post(&format!("{page}/search"), std::fs::read(crate::common::sample(GRACE)).unwrap()).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::CONFLICT, "faces.ended"));
    assert!(guest.get(&page).await.text().contains("\"faces_ended\":true"));
    // The photos stay, and those that come later are not looked at for faces.
    server.import(event.id, &["DSC_0105.jpg"]);
    assert_eq!(guest.get(&format!("{page}/photos")).await.json()["total"], 5);
    assert_eq!((server.photos(event.id).len(), server.faces(event.id)), (5, 0));
    server.pass(DAY * 31);
    assert!(!server.has(event.id));
    assert_eq!(server.pictures().len(), 0, "{:?}", server.pictures());
    let record = server.app.store.record().unwrap();
    let kinds: Vec<_> = record.entries.iter().map(|entry| (entry.kind, entry.reason)).collect();
    assert_eq!(kinds, [(ErasureKind::Faces, ErasureReason::Date), (ErasureKind::Event, ErasureReason::Date)]);
    assert_eq!((record.entries[0].counts.people, record.entries[1].counts.photos), (1, 5));
    assert!(record.fault.is_none() && record.entries.iter().all(|entry| entry.signature.is_some()));
}

/// An account with a selfie, stored now.
fn add_selfie(server: &Quiet, now: Timestamp) -> UserId {
    let (user, picture) = (User::new("Rina".into(), now), SelfieId::random());
    let id = user.id;
    server.app.store.blobs().put(&BlobKey::Selfie(picture), b"picture").unwrap();
    server
        .app
        .store
        .write(move |db| {
            users::insert(db, &user, None)?;
            let none = Content::Refused("selfie.no_face".into());
            erasing::replace_selfie(db, id, (picture, &none), "1", now)
        })
        .unwrap();
    id
}

#[test]
fn a_clock_that_jumps_by_years_erases_nothing() {
    let now = time("2027-01-05T12:00:00Z");
    let mut server = Quiet::new(now);
    let event = server.event(ends_soon);
    server.import(event.id, &FEW[..1]);
    let user = add_selfie(&server, now);
    let files = server.pictures();
    let faces = server.faces(event.id);
    let kept = |server: &Quiet| {
        assert!(server.has(event.id));
        assert_eq!(server.faces(event.id), faces);
        assert!(server.app.store.read(|db| selfies::find(db, user)).unwrap().is_some());
        assert!(server.pictures().is_superset(&files));
    };
    for wrong in ["2099-01-05T12:00:00Z", "1970-01-01T00:00:00Z", "2031-06-01T00:00:00Z"] {
        // While it runs, and while it was off.
        for restarts in [false, true] {
            server.clock.set(time(wrong));
            if restarts {
                server.restart();
            } else {
                server.janitor.clean_up().unwrap();
            }
            kept(&server);
            let clock = server.app.store.read(retention_clock::find).unwrap().unwrap();
            assert_ne!(clock.trust(), fotota::domain::ClockTrust::Trusted, "{wrong}");
            server.clock.set(now);
            server.janitor.clean_up().unwrap();
            kept(&server);
        }
    }
    // For a week nobody looks, which is longer than the faces had left: they end by the time that passed.
    server.clock.set(time("2099-01-05T12:00:00Z"));
    server.janitor.clean_up().unwrap();
    server.pass(DAY * 4);
    kept(&server);
    server.pass(DAY * 2);
    assert_eq!((server.faces(event.id), server.has(event.id)), (0, true));
    // Somebody looks, and says that it is right.
    server.app.store.write(|db| retention_clock::confirm(db, time("2099-01-11T12:00:00Z"))).unwrap();
    server.janitor.clean_up().unwrap();
    assert!(!server.has(event.id));
    assert!(server.app.store.read(|db| selfies::find(db, user)).unwrap().is_none());
}

#[test]
fn a_computer_that_was_off_for_months_deletes_after_a_day_of_running() {
    let mut server = Quiet::new(time("2027-01-05T12:00:00Z"));
    let event = server.event(ends_soon);
    server.clock.set(time("2027-05-01T12:00:00Z"));
    server.restart();
    server.pass(std::time::Duration::from_hours(18));
    assert!(server.has(event.id));
    server.pass(std::time::Duration::from_hours(6));
    assert!(!server.has(event.id));
}

#[test]
fn old_drive_searches_end_also_where_drive_is_not_configured_any_more() {
    let mut server = Quiet::new(time("2027-01-05T12:00:00Z"));
    let (user, pack_id, now) =
        (User::new("Rina".into(), time("2027-01-05")), server.app.pack_id, server.clock.now());
    let user_id = user.id;
    let id = server.app.store.write(move |db| {
        users::insert(db, &user, None)?;
        let search = NewSearch {
            user_id,
            folder_id: "folder".to_owned(),
            resource_key: None,
            folder_name: "Party".to_owned(),
            url: "https://drive.google.com/drive/folders/folder".to_owned(),
            pack_id,
            embedding: Embedding::normalised(vec![1.0; 512]).unwrap(),
        };
        searches::create(db, &search, now)
    });
    let id = id.unwrap().id;
    let is_there = |server: &Quiet| server.app.store.read(|db| searches::find(db, id)).unwrap().is_some();
    server.pass(DAY * 29);
    assert!(is_there(&server));
    server.pass(DAY * 2);
    assert!(!is_there(&server));
}

#[test]
fn a_deleted_event_leaves_no_row_and_no_file() {
    let mut server = Quiet::new(time("2027-01-05T12:00:00Z"));
    let event = server.event(|_| ());
    let empty = server.pictures();
    server.import(event.id, &FEW);
    assert!(server.pictures().len() > empty.len());
    let id = event.id;
    server
        .app
        .store
        .write(move |db| erasing::event(db, id, ErasureReason::Owner, time("2027-01-05")))
        .unwrap();
    server.janitor.clean_up().unwrap();
    assert_eq!(server.pictures(), empty);
    let database = rusqlite::Connection::open(server.folder.path().join("fotota.db")).unwrap();
    let tables = "select name from sqlite_schema where type = 'table' and sql like '%event_id%'";
    let names: Vec<String> = {
        let mut statement = database.prepare(tables).unwrap();
        let found = statement.query_map([], |row| row.get(0)).unwrap();
        found.map(Result::unwrap).filter(|name: &String| !name.starts_with("face_vec")).collect()
    };
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        let rows: i64 =
            database.query_row(&format!("select count(*) from {name}"), [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 0, "{name}");
    }
}
