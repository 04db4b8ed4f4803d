//! The migrations of `PostgreSQL`. They are numbered as those of SQLite, and a version is the same schema there.

use super::session::{Session, Typing};
use crate::store::sql::sqlite::SCHEMA;
use crate::store::sql::{Reader, Value, Writer};
use crate::store::{StoreError, StoreResult};

/// Migrations by the version that they lead to; the first makes all of its version. Released ones are never changed.
pub(super) const MIGRATIONS: [(i64, &str); 2] =
    [(28, include_str!("migrations/0028-initial.sql")), (29, include_str!("migrations/0029-purges.sql"))];

/// The advisory lock of who migrates.
const MIGRATION: i64 = 0x466f_746f_5461_0001;

/// Brings the schema to the latest version. Of two processes the second finds the work done.
pub(super) fn migrate(session: &Session) -> StoreResult<()> {
    if version(session)? == Some(SCHEMA) {
        return Ok(());
    }
    session.batch(&format!("begin; select pg_advisory_xact_lock({MIGRATION})"))?;
    session.batch("create table if not exists schema_version (version bigint not null)")?;
    let found = version(session)?.unwrap_or(0);
    for (_, sql) in MIGRATIONS.iter().filter(|(leads_to, _)| *leads_to > found) {
        session.batch(sql)?;
    }
    if found == 0 {
        session.batch("insert into schema_version (version) values (0)")?;
    }
    session.execute("update schema_version set version = ?1", &[Value::Integer(SCHEMA)], Typing::OfValues)?;
    session.batch("commit")
}

/// Notes where the blobs are, if nobody has; `false` if they are elsewhere.
pub(super) fn bind(db: &Writer, blobs: &str) -> StoreResult<bool> {
    db.execute("update schema_version set blobs = ?1 where blobs is null", [blobs])?;
    db.value("select blobs = ?1 from schema_version", [blobs])
}

/// The version of the schema, if there is one; an error if it is newer than this program.
pub(super) fn version(session: &Session) -> StoreResult<Option<i64>> {
    let db = Reader::postgres(session);
    if !db.value::<bool>("select to_regclass('schema_version') is not null", ())? {
        return Ok(None);
    }
    let found: Option<i64> = db.one("select version from schema_version", ())?;
    match found {
        Some(found) if found > SCHEMA => Err(StoreError::NewerSchema { found, known: SCHEMA }),
        found => Ok(found),
    }
}
