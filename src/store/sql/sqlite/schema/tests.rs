//! Databases of earlier schemas, brought to this one.

use super::*;
use crate::domain::{DriveMatchId, ImageFormat, PhotoId, SelfieId};
use crate::store::BlobKey;
use crate::store::sql::Reader;
use crate::store::tables::purges;
use crate::store::testing::NOW;

#[test]
fn a_filled_database_of_the_first_version_keeps_everything() {
    let mut connection = Connection::open_in_memory().unwrap();
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    for sql in &MIGRATIONS[..2] {
        connection.execute_batch(sql).unwrap();
    }
    connection.pragma_update(None, "user_version", 2).unwrap();
    connection
        .execute_batch(
            "insert into event (id, name, share_code, created_at_ms) values (1, 'A', 'a', 7), (2, 'B', 'b', 8);
             insert into photo (id, event_id, file_name, digest, size_bytes, format, state, created_at_ms)
             values (10, 1, 'x', randomblob(32), 1, 'jpg', 'indexed', 200),
                    (11, 1, 'y', randomblob(32), 1, 'jpg', 'pending', 100),
                    (12, 1, 'z', randomblob(32), 1, 'jpg', 'indexed', 200),
                    (13, 2, 'x', randomblob(32), 1, 'jpg', 'indexed', 100);",
        )
        .unwrap();
    migrate(&mut connection).unwrap();
    let numbers = |sql: &str| -> Vec<(i64, Option<i64>)> {
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    };
    let recorded = numbers("select id, sequence from photo order by id");
    assert_eq!(recorded, [(10, Some(2)), (11, Some(1)), (12, Some(3)), (13, Some(1))]);
    let indexed = numbers("select id, indexed_sequence from photo order by id");
    assert_eq!(indexed, [(10, Some(2)), (11, None), (12, Some(3)), (13, Some(1))]);
    assert_eq!(numbers("select id, photos_recorded from event order by id"), [(1, Some(3)), (2, Some(1))]);
    assert_eq!(numbers("select id, updated_at_ms from event order by id"), [(1, Some(7)), (2, Some(8))]);
    let counted = "select sum(photos), sum(photos) filter (where visible) from photo_tally group by event_id";
    assert_eq!(numbers(counted), [(3, Some(2)), (1, Some(1))]);
    let arrived = "select event_id, sum(photos) from arrival group by event_id";
    assert_eq!(numbers(arrived), [(1, Some(3)), (2, Some(1))]);
}

#[test]
fn blobs_that_were_to_be_deleted_still_are() {
    let mut connection = Connection::open_in_memory().unwrap();
    for sql in &MIGRATIONS[..5] {
        connection.execute_batch(sql).unwrap();
    }
    connection.pragma_update(None, "user_version", 5).unwrap();
    connection
        .execute_batch(
            "insert into purge (photo_id, format) values (511, 'png');
             insert into file_purge (kind, id) values ('selfie', 9007199254740991), ('drive', 1);",
        )
        .unwrap();
    migrate(&mut connection).unwrap();
    let mut expected = BlobKey::of_photo(PhotoId::from_i64(511).unwrap(), ImageFormat::Png).to_vec();
    expected.push(BlobKey::Selfie(SelfieId::from_i64((1 << 53) - 1).unwrap()));
    expected.push(BlobKey::Copy(DriveMatchId::from_i64(1).unwrap()));
    let recorded = purges::list(&Reader::sqlite(&connection), NOW).unwrap();
    assert_eq!(recorded.len(), expected.len());
    assert!(expected.iter().all(|key| recorded.contains(key)), "{recorded:?}");
}

#[test]
fn photos_know_the_pack_that_has_indexed_them() {
    // With two packs, a photo without faces may be of either.
    for (packs, expected) in [(1, [Some(1), Some(1), None]), (2, [Some(1), None, None])] {
        let mut connection = Connection::open_in_memory().unwrap();
        for sql in &MIGRATIONS[..7] {
            connection.execute_batch(sql).unwrap();
        }
        connection.pragma_update(None, "user_version", 7).unwrap();
        connection
            .execute_batch(
                "insert into event (id, name, share_code, created_at_ms) values (1, 'A', 'a', 7);
                 insert into photo (id, event_id, file_name, digest, size_bytes, format, state, created_at_ms,
                                    sequence)
                 values (10, 1, 'x', randomblob(32), 1, 'jpg', 'indexed', 1, 1),
                        (11, 1, 'y', randomblob(32), 1, 'jpg', 'indexed', 1, 2),
                        (12, 1, 'z', randomblob(32), 1, 'jpg', 'pending', 1, 3);",
            )
            .unwrap();
        for pack in 1..=packs {
            let sql =
                "insert into pack (id, fingerprint, name, dimensions) values (?1, randomblob(32), 'p', 2)";
            connection.execute(sql, [pack]).unwrap();
        }
        let face =
            "insert into face (photo_id, event_id, pack_id, x, y, w, h, score, size_px, sharpness, yaw,
                                      embedding) values (10, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, x'00')";
        connection.execute(face, []).unwrap();
        migrate(&mut connection).unwrap();
        let found: Vec<Option<i64>> =
            Reader::sqlite(&connection).all("select pack_id from photo order by id", ()).unwrap();
        assert_eq!(found, expected);
    }
}

#[test]
fn migrates_once_and_refuses_a_newer_schema() {
    let mut connection = Connection::open_in_memory().unwrap();
    migrate(&mut connection).unwrap();
    migrate(&mut connection).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    let known = i64::try_from(MIGRATIONS.len()).unwrap();
    let newer = migrate(&mut connection);
    assert!(matches!(newer, Err(StoreError::NewerSchema { found: 99, known: latest }) if latest == known));
}

/// What a later version could have written, by the version that brought the tables.
const LATER_ROWS: [(usize, &str); 9] = [
    (10, "insert into person (id, event_id, name, created_at_ms) select 5, id, 'Grace', 1 from event;
          insert into person_face select 5, id, 1, 1, 5, 5, 1 from photo limit 1;"),
    (17, "insert into source (id, event_id, kind, name, created_at_ms) select 6, id, 'contributor', 'Ada', 1 from event;
          update photo set source_id = 6, credit = 'Ada' where state = 'indexed';"),
    (18, "insert into camera_clock select id, 'Maker', 'Body', 60000 from event;"),
    (19, "insert into source (id, event_id, kind, name, folder, created_at_ms)
          select 7, id, 'folder', 'Card', '/card', 1 from event;
          insert into source_file (source_id, path, size_bytes, modified_ns, outcome)
          values (7, 'a.jpg', 1, 1, 'photo');"),
    (20, "update upload set source_id = 6, path = 'A/B' where source_id is null;"),
    (22, "insert into photo_version (file_id, photo_id, sequence, file_name, digest, size_bytes, format, received_at_ms)
          select 4711, id, 1, 'old.jpg', randomblob(32), 5, 'jpg', 1 from photo limit 1;"),
    (24, "insert into chosen_network values (1, 'wlan0', '192.168.1.5');"),
    (25, "insert into damage select 'originals/00/1.jpg', id, 'missing', 1, 1 from photo limit 1;"),
    (26, "insert into photo_gone select id, 12345 from event;
          insert into brought_key select id, 'wall', 0, 0, randomblob(32) from event;"),
];

/// A data folder's database of version 5, brought to version `until` with rows in what came since.
fn filled(until: usize) -> (tempfile::TempDir, Connection) {
    register_vector_extension();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fotota.db");
    let packed = include_bytes!("../../../../../tests/fixtures/data-schema-5/fotota.db.gz");
    let mut database = std::fs::File::create(&path).unwrap();
    std::io::copy(&mut flate2::read::GzDecoder::new(packed.as_slice()), &mut database).unwrap();
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    for version in 6..=until {
        connection.execute_batch(MIGRATIONS[version - 1]).unwrap();
        for (_, rows) in LATER_ROWS.iter().filter(|(since, _)| *since == version) {
            connection.execute_batch(rows).unwrap_or_else(|error| panic!("{version}: {error}"));
        }
    }
    connection.pragma_update(None, "user_version", i64::try_from(until).unwrap()).unwrap();
    (folder, connection)
}

/// How many rows each table has that is not made from others.
fn counts(connection: &Connection) -> Vec<(String, i64)> {
    let made = ["photo_tally", "arrival", "sqlite_sequence", "purge", "file_purge", "scrub"];
    let names =
        "select name from sqlite_master where type = 'table' and name not like 'face_vec%' order by name";
    let names: Vec<String> = Reader::sqlite(connection).all(names, ()).unwrap();
    let count = |name: String| {
        let sql = format!("select count(*) from \"{name}\"");
        let rows = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
        // Version 7 renamed it: `user` is a word of SQL.
        (if name == "user" { "account".to_owned() } else { name }, rows)
    };
    names.into_iter().filter(|name| !made.contains(&name.as_str())).map(count).collect()
}

#[test]
fn each_schema_that_was_released_keeps_its_rows() {
    let known = MIGRATIONS.len();
    assert!(LATER_ROWS.iter().all(|(version, _)| *version <= known));
    for version in 5..=known {
        let (_folder, mut connection) = filled(version);
        let before = counts(&connection);
        assert!(before.iter().filter(|(_, rows)| *rows > 0).count() >= 14, "{version}: {before:?}");
        migrate(&mut connection).unwrap_or_else(|error| panic!("{version}: {error}"));
        let after = counts(&connection);
        for table in &before {
            let kept = after.iter().find(|(name, _)| *name == table.0);
            assert!(kept.is_none_or(|kept| kept == table), "of version {version}: {table:?}, now {kept:?}");
        }
        let sound: String = connection.query_row("pragma integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(sound, "ok", "{version}");
        let broken = connection.prepare("pragma foreign_key_check").unwrap().exists([]).unwrap();
        assert!(!broken, "{version}");
        // Each event's photos are counted where pages read the counts.
        let counted = "select (select count(*) from photo) = (select sum(photos) from photo_tally)
                          and (select count(*) from photo) = (select sum(photos) from arrival)";
        assert!(Reader::sqlite(&connection).value::<bool>(counted, ()).unwrap(), "{version}");
    }
}
