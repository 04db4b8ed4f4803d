//! Which columns go along, and what records of another data folder cannot reach.

use std::collections::BTreeSet;

use serde_json::json;

use super::tables::{ACCOUNT, EVENT, FACE, PHOTO, SESSION, SOURCE, TABLES, VERSION};
use super::*;
use crate::domain::{Timestamp, User, UserId};
use crate::store::testing::{NOW, TestStore, add_photo};
use crate::store::{StoreError, erasing, events, photos, users};

/// A change of the schema that forgets events that move fails here: each column goes along, or is named.
#[test]
fn every_column_of_an_event_goes_along_or_stays_for_a_reason() {
    let derived = [
        (
            "event",
            "id share_code created_at_ms owner_id photos_recorded photos_indexed photos_indexed_again revision \
             moved_to faces_deleted_at_ms",
        ),
        ("source", "paused seen_at_ms trouble trouble_detail trouble_at_ms"),
        ("account", "is_admin"),
        ("user_session", "previous_token_hash replaced_at_ms"),
        ("photo", "sequence indexed_sequence failed_pack_id faces"),
        ("face", "id photo_id event_id"),
        ("consent", "id"),
    ];
    let fixed = [
        ("event", EVENT),
        ("source", SOURCE),
        ("account", ACCOUNT),
        ("user_session", SESSION),
        ("photo", PHOTO),
        ("photo_version", VERSION),
        ("face", FACE),
    ];
    let store = TestStore::in_folder();
    for (table, columns) in TABLES.iter().map(|table| (table.name, table.columns)).chain(fixed) {
        let sql = "select name from pragma_table_info(?1)";
        let known: Vec<String> = store.read(|db| db.all(sql, [table])).unwrap();
        let left = derived.iter().find(|(name, _)| *name == table).map_or("", |(_, columns)| columns);
        let listed: BTreeSet<&str> =
            columns.iter().copied().chain(left.split(' ')).filter(|name| !name.is_empty()).collect();
        assert_eq!(known.iter().map(String::as_str).collect::<BTreeSet<_>>(), listed, "{table}");
    }
}

/// Tables with an event's rows that stay: what is made again, what belongs to the computer, and what is counted.
#[test]
fn every_table_of_an_event_goes_along_or_stays_for_a_reason() {
    let stay = [
        "arrival",
        "damage",
        "face",
        "job",
        "photo",
        "photo_gone",
        "photo_tally",
        "photo_version",
        "source",
        "source_file",
        "upload",
    ];
    let store = TestStore::in_folder();
    let sql = "select distinct m.name from sqlite_schema m, pragma_foreign_key_list(m.name) f
               where m.type = 'table' and f.\"table\" in ('event', 'photo', 'guest_session', 'person', 'source')";
    let of_events: Vec<String> = store.read(|db| db.all(sql, ())).unwrap();
    assert!(of_events.len() > 15);
    for name in of_events {
        let goes = TABLES.iter().any(|table| table.name == name);
        assert!(goes != stay.contains(&name.as_str()), "{name}");
    }
}

fn add_admin(store: &TestStore, login: &str) -> UserId {
    let user = User::local(login.parse().unwrap(), None, NOW);
    let user = User { is_admin: true, ..user };
    let id = user.id;
    assert!(store.write(move |db| users::insert(db, &user, Some("hash"))).unwrap());
    id
}

fn records(store: &TestStore, event: EventId) -> EventRecords {
    store.read(|db| read(db, event, NOW)).unwrap().unwrap()
}

fn begin_in(store: &TestStore, records: &EventRecords, owner: Option<UserId>) -> StoreResult<Begun> {
    let records = records.clone();
    store.write(move |db| begin(db, &records, owner, NOW))
}

#[test]
fn records_reach_nothing_of_other_events() {
    let (here, there) = (TestStore::new(), TestStore::new());
    let (mine, yours) = (add_admin(&there, "mine"), add_admin(&there, "yours"));
    let moved = here.add_event();
    let photo = here.receive(moved, &[1]);
    let own = here.read(|db| read_photo(db, photo)).unwrap().unwrap();
    // There is an event of somebody else, with a photo.
    let other = there.add_event();
    there.write(move |db| db.run("update event set owner_id = ?2 where id = ?1", (other, yours))).unwrap();
    let victim = there.receive(other, &[2]);

    let begun = begin_in(&there, &records(&here, moved), Some(mine)).unwrap();
    assert!(begun.is_new && !begun.comes_back);
    // The event's id or link of somebody else.
    let mut stolen = records(&here, moved);
    stolen.event.0.insert("id".into(), json!(other.as_i64()));
    assert!(matches!(begin_in(&there, &stolen, Some(mine)), Err(StoreError::Move(MoveError::ForeignEvent))));
    let mut linked = records(&here, moved);
    let code = there.read(|db| events::find(db, other)).unwrap().unwrap().share_code;
    linked.event.0.insert("id".into(), json!(4711));
    linked.event.0.insert("share_code".into(), json!(code.as_str()));
    assert!(begin_in(&there, &linked, Some(mine)).is_err());
    // A photo, a file or a deletion of the other event.
    for column in ["id", "file_id", "companion_id"] {
        let mut foreign = own.clone();
        foreign.photo.0.insert(column.into(), json!(victim.as_i64()));
        let found = there.read(|db| find_place(db, moved, &foreign));
        assert!(matches!(found, Err(StoreError::Move(MoveError::Conflict { .. }))), "{column}");
    }
    let mut erasing = records(&here, moved);
    erasing.gone = vec![victim];
    begin_in(&there, &erasing, Some(mine)).unwrap();
    assert!(there.read(|db| photos::find(db, victim)).unwrap().is_some());
    // Favourites and marks in it, and whatever event a row names.
    let mut rows = records(&here, moved);
    let bookmark =
        json!({ "id": 1, "user_id": mine.as_i64(), "photo_id": victim.as_i64(), "created_at_ms": 1 });
    let consent =
        json!({ "event_id": other.as_i64(), "subject": "x", "action": "given", "version": "1", "at_ms": 1 });
    for (table, row) in [("bookmark", bookmark), ("consent", consent)] {
        rows.tables.insert(table.into(), vec![serde_json::from_value(row).unwrap()]);
    }
    for _ in 0..2 {
        let (rows, begun) = (rows.clone(), begun.clone());
        there.write(move |db| finish(db, &rows, &begun)).unwrap();
    }
    let count = |sql: &str, event: EventId| there.read(|db| db.value::<u64>(sql, [event])).unwrap();
    assert_eq!(count("select count(*) from bookmark where ?1 > 0", other), 0);
    assert_eq!(count("select count(*) from consent where event_id = ?1", other), 0);
    assert_eq!(count("select count(*) from consent where event_id = ?1", moved), 1);
}

#[test]
fn records_sign_nobody_in_to_an_account_that_is_here() {
    let (here, there) = (TestStore::new(), TestStore::new());
    let victim = add_admin(&there, "boss");
    let event = here.add_event();
    let mut rows = records(&here, event);
    let account = |id: i64, login: &str| {
        let row = json!({
            "id": id, "login": login, "password_hash": "known", "name": login, "is_admin": 1, "created_at_ms": 1
        });
        serde_json::from_value::<Record>(row).unwrap()
    };
    let session = |id: i64, user: i64| {
        let hash = json!({ "base64": format!("{}{}", "A".repeat(42), if id == 1 { "A=" } else { "E=" }) });
        let row = json!({
            "id": id, "user_id": user, "kind": "browser", "token_hash": hash, "created_at_ms": 1,
            "expires_at_ms": i64::MAX
        });
        serde_json::from_value::<Record>(row).unwrap()
    };
    // The very account, another one with its login, and one that is new.
    rows.accounts = vec![account(victim.as_i64(), "boss"), account(8, "boss"), account(9, "grace")];
    rows.sessions = vec![session(1, victim.as_i64()), session(2, 9)];
    let begun = begin_in(&there, &rows, Some(victim)).unwrap();
    there.write(move |db| finish(db, &rows, &begun)).unwrap();
    let sql = "select user_id from user_session";
    assert_eq!(there.read(|db| db.all::<i64>(sql, ())).unwrap(), [9]);
    let sql = "select login || case when is_admin = true then '1' else '0' end || coalesce(password_hash, '')
               from \"account\" order by id";
    let accounts: BTreeSet<String> = there.read(|db| db.all(sql, ())).unwrap().into_iter().collect();
    assert_eq!(accounts, BTreeSet::from(["boss1hash".into(), "grace0known".into()]));
}

#[test]
fn newer_records_are_refused_and_an_erased_event_leaves_no_trace() {
    let store = TestStore::new();
    let event = store.add_event();
    store.receive(event, &[1]);
    let mut newer = records(&store, event);
    newer.schema += 1;
    assert!(matches!(begin_in(&store, &newer, None), Err(StoreError::Move(MoveError::NewerSchema { .. }))));
    let gone = || store.read(|db| db.value::<u64>("select count(*) from photo_gone", ())).unwrap();
    let photo = store.receive(event, &[2]);
    store.write(move |db| photos::delete(db, photo)).unwrap();
    assert_eq!(gone(), 1);
    store.write(move |db| events::delete(db, event)).unwrap();
    assert_eq!(gone(), 0);
}

#[test]
fn an_address_takes_one_event_of_an_admin_for_a_week() {
    let store = TestStore::new();
    let (admin, hash) = (add_admin(&store, "mine"), Digest([7; 32]));
    let expires_at = store.write(move |db| create_reception(db, hash, admin, NOW)).unwrap();
    let found = |now: Timestamp| store.read(|db| find_reception(db, hash, now)).unwrap().is_some();
    assert!(found(NOW) && !found(expires_at));
    let bind = |event: EventId| store.write(move |db| bind_reception(db, hash, event)).unwrap();
    let (first, second) = (EventId::random(), EventId::random());
    assert!(bind(first) && bind(first) && !bind(second));
    store.write(move |db| users::set_admin(db, admin, false)).unwrap();
    assert!(!found(NOW));
    store.write(move |db| delete_expired_receptions(db, expires_at)).unwrap();
    assert_eq!(store.read(|db| db.value::<u64>("select count(*) from reception", ())).unwrap(), 0);
}

#[test]
fn faces_that_have_ended_on_one_side_end_on_the_other_and_do_not_come_back() {
    let (here, there) = (TestStore::new(), TestStore::new());
    let (event, pack) = (here.add_event(), here.add_pack(2));
    let face = crate::domain::Embedding::normalised(vec![1.0, 0.0]).unwrap();
    let photo = add_photo(&here, event, pack, &[face]);
    let before = records(&here, event);
    let with_face = here.read(|db| read_photo(db, photo)).unwrap().unwrap();
    let bring = |rows: &EventRecords| {
        let (begun, photo) = (begin_in(&there, rows, None).unwrap(), with_face.clone());
        there
            .write(move |db| {
                let place = find_place(db, begun.event, &photo)?;
                if place == Place::New {
                    reserve(db, &begun, &photo, NOW)?;
                }
                bring_photo(db, &begun, &photo, place)
            })
            .unwrap();
        there.read(|db| db.value::<u64>("select count(*) from face", ())).unwrap()
    };
    assert_eq!(bring(&before), 1);
    here.write(move |db| erasing::faces(db, event, crate::domain::ErasureReason::Date, NOW)).unwrap();
    assert_eq!(bring(&records(&here, event)), 0);
    // A file of before, for a photo that was deleted in between and comes as a new one.
    there.write(|db| db.run("delete from photo", ())).unwrap();
    there.write(|db| db.run("delete from photo_gone", ())).unwrap();
    assert_eq!(bring(&before), 0);
    assert_eq!(
        there.read(|db| db.value::<u64>("select count(*) from photo where state = 'indexed'", ())).unwrap(),
        1
    );
}
