//! What only this driver promises. Tests that need a server run where the environment names one.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::testing::TestDatabase;
use super::*;
use crate::store::ServerRows;
use crate::store::sql::sqlite;

/// By table: its columns in order, and whether each may be null.
type Tables = BTreeMap<String, Vec<(String, bool)>>;

fn of_sqlite() -> Tables {
    let mut connection = Connection::open_in_memory().unwrap();
    sqlite::migrate(&mut connection).unwrap();
    let db = Reader::sqlite(&connection);
    let sql = "select name from sqlite_schema where type = 'table' and name <> 'sqlite_sequence'";
    let columns = |table: &String| {
        let sql = "select name, \"notnull\" = 0 and pk = 0 from pragma_table_xinfo(?1) order by cid";
        db.all(sql, [table.as_str()]).unwrap()
    };
    db.all::<String>(sql, ()).unwrap().into_iter().map(|table| (table.clone(), columns(&table))).collect()
}

/// As the migration's text says it.
fn of_migrations() -> Tables {
    let mut tables = Tables::new();
    for statement in schema::MIGRATIONS.iter().flat_map(|(_, sql)| sql.split("create table ").skip(1)) {
        let (name, rest) = statement.split_once(" (\n").unwrap();
        let body = rest.split("\n);").next().unwrap();
        let keys: String = body.lines().filter(|line| line.starts_with("    primary key (")).collect();
        let key = keys.trim().trim_start_matches("primary key (").split(')').next().unwrap_or_default();
        let column = |line: &str| {
            let (name, rest) = line.strip_prefix("    ")?.split_once(' ')?;
            let is_column =
                ["bigint", "boolean", "bytea", "double", "text"].iter().any(|kind| rest.starts_with(kind));
            let is_key = rest.contains("primary key") || key.split(", ").any(|column| column == name);
            is_column.then(|| (name.to_owned(), !rest.contains("not null") && !is_key))
        };
        tables.insert(name.to_owned(), body.lines().filter_map(column).collect());
    }
    for (_, sql) in schema::MIGRATIONS {
        for change in sql.split("alter table ").skip(1) {
            let (table, rest) = change.split_once(" add column ").unwrap();
            let (column, rest) = rest.split_once(' ').unwrap();
            // The driver's own table is made elsewhere.
            if let Some(columns) = tables.get_mut(table) {
                columns.push((column.to_owned(), !rest.split(';').next().unwrap().contains("not null")));
            }
        }
    }
    tables
}

#[test]
fn both_drivers_have_the_same_tables_and_columns() {
    let (sqlite, ours) = (of_sqlite(), of_migrations());
    assert!(sqlite.len() > 40);
    assert_eq!(ours.keys().collect::<Vec<_>>(), sqlite.keys().collect::<Vec<_>>());
    for (table, columns) in sqlite {
        assert_eq!(ours[&table], columns, "{table}");
    }
}

/// On the server, if there is one.
fn server() -> Option<(TestDatabase, Location)> {
    let Some(database) = TestDatabase::create() else {
        println!("SKIPPED: FOTOTA_TEST_POSTGRES names no server");
        return None;
    };
    let location = Location::find(ServerRows { url: &database.url(), root: None }).unwrap();
    Some((database, location))
}

#[test]
fn a_newer_schema_is_refused_and_two_migrate_at_once() {
    let Some((_database, location)) = server() else { return };
    let session = Session::open(&location).unwrap();
    session.batch("drop schema public cascade; create schema public").unwrap();
    std::thread::scope(|scope| {
        let both =
            [0, 1].map(|_| scope.spawn(|| schema::migrate(&Session::open(&location).unwrap()).unwrap()));
        for one in both {
            one.join().unwrap();
        }
    });
    session.batch("update schema_version set version = 99").unwrap();
    let newer = Server::open(&location);
    assert!(matches!(newer, Err(StoreError::NewerSchema { found: 99, known: SCHEMA })));
}

#[test]
fn connections_that_were_lost_are_opened_again() {
    let Some((_database, location)) = server() else { return };
    let store = Server::open(&location).unwrap();
    let admin = Session::open(&location).unwrap();
    let write = |number: i64| {
        let sql = "insert into erasure (number, at_ms, kind, reason, photos, faces, people, selfies, copies)
                   values (?1, 1, 'event', 'date', 0, 0, 0, 0, 0)";
        store.write(move |db| db.run(sql, [number])).unwrap();
    };
    write(1);
    let before = store.version();
    cut_all(&admin);
    write(2);
    assert_eq!(store.read(|db| db.value::<i64>("select count(*) from erasure", ())).unwrap(), 2);
    assert_ne!(store.version(), before);
}

/// As when the server restarts.
fn cut_all(admin: &Session) {
    let sql = "select pg_terminate_backend(pid, 10000) from pg_stat_activity
               where pid <> pg_backend_pid() and datname = current_database()";
    admin.batch(sql).unwrap();
}

#[test]
fn a_lock_is_lost_with_its_connection_and_presence_is_said_again() {
    let Some((_database, location)) = server() else { return };
    let [one, other] = [0, 1].map(|_| {
        let server = Server::open(&location).unwrap();
        server.share().unwrap();
        server
    });
    let admin = Session::open(&location).unwrap();
    let lost = one.lock(1).unwrap().unwrap();
    assert!(lost.is_held() && other.lock(1).unwrap().is_none());
    cut_all(&admin);
    let taken = other.lock(1).unwrap().unwrap();
    assert!(!lost.is_held() && one.lock(1).unwrap().is_none());
    // The late one unlocks nothing.
    drop(lost);
    assert!(taken.is_held() && one.lock(1).unwrap().is_none());
    drop((taken, other));
    assert!(one.lock(1).unwrap().is_some());
    assert!(!Server::open(&location).unwrap().is_alone());
}

#[test]
fn what_one_server_tells_all_hear_and_nothing_counts_as_changed() {
    let Some((_database, location)) = server() else { return };
    let [one, other] = [0, 1].map(|_| Server::open(&location).unwrap());
    let (heard, own) = (other.announcements(), one.announcements());
    let before = (one.version(), other.version());
    for text in ["1 here", "it's here, too"] {
        one.announce(text).unwrap();
        for listener in [&heard, &own] {
            assert_eq!(listener.recv_timeout(std::time::Duration::from_secs(30)).unwrap(), text);
        }
    }
    assert_eq!((one.version(), other.version()), before);
}

#[test]
fn long_answers_come_in_parts_and_their_visitor_may_ask_too() {
    let Some((_database, location)) = server() else { return };
    let store = Server::open(&location).unwrap();
    let mut sum = 0;
    store
        .read(|db| {
            db.each("select n from generate_series(1, 1234) as n where n > ?1", [34_i64], |n: i64| {
                sum += db.value::<i64>("select ?1 + 0", [n])?;
                Ok(())
            })
        })
        .unwrap();
    assert_eq!(sum, (35..=1234).sum::<i64>());
}

#[test]
fn errors_name_the_database_and_no_values() {
    let Some((_database, location)) = server() else { return };
    let store = Server::open(&location).unwrap();
    let insert = |db: &Writer| db.run("insert into purge (blob) values (?1)", ["secret.jpg"]);
    store.write(insert).unwrap();
    let error = store.write(insert).unwrap_err().to_string();
    assert!(error.contains("purge_pkey") && error.contains(&**location.name()), "{error}");
    assert!(!error.contains("secret.jpg"), "{error}");
    let nobody =
        Location::find(ServerRows { url: "postgres://ana:hush@127.0.0.1:1/fotota", root: None }).unwrap();
    let error = Server::open(&nobody).err().unwrap();
    assert!(error.is_busy(), "{error}");
    assert!(
        error.to_string().starts_with("the database `fotota` at `127.0.0.1:1` cannot be reached"),
        "{error}"
    );
}
