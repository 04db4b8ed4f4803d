//! One SQL text, a driver below it. Table functions take a [`Reader`] or a [`Writer`] and do not know the driver.
//!
//! Statements keep to what `SQLite` and `PostgreSQL` both understand: parameters are numbered (`?1`), conflicts are
//! handled by `on conflict` and name their target if they update, flags are compared with `true` and `false`, a
//! parameter that may be null stands as `cast(?1 as text) is null`, and nulls are sorted explicitly. What cannot be
//! portable is in the driver's folder: opening, migrations, transactions, and the vector index.

mod columns;
mod database;
#[cfg(feature = "postgres")]
pub(in crate::store) mod postgres;
mod row;
mod server_error;
pub(in crate::store) mod sqlite;
mod value;
pub(in crate::store) mod vectors;
mod version;

use rusqlite::{Connection, Transaction};

pub use columns::{PackId, as_recorded};
pub(in crate::store) use database::Database;
pub use database::Inspection;
#[cfg(feature = "postgres")]
use postgres::{Session, Typing};
pub(in crate::store) use row::{FromRow, Row, from_row};
pub use server_error::ServerError;
pub(in crate::store) use value::{FromSql, Params, ToSql, Value};
pub use version::Version;

use crate::store::{StoreError, StoreResult};

/// A connection that only reads.
pub struct Reader<'a>(Driver<'a>);

/// A transaction. It reads too, what it has written included.
pub struct Writer<'a>(Reader<'a>);

/// The database that is connected.
#[derive(Clone, Copy)]
enum Driver<'a> {
    Sqlite(&'a Connection),
    #[cfg(feature = "postgres")]
    Postgres(&'a Session),
}

#[expect(clippy::needless_pass_by_value, reason = "parameters are written at the call: `[id]`, `(id, now)`")]
impl<'a> Reader<'a> {
    pub(in crate::store) fn sqlite(connection: &'a Connection) -> Self {
        Self(Driver::Sqlite(connection))
    }

    #[cfg(feature = "postgres")]
    fn postgres(session: &'a Session) -> Self {
        Self(Driver::Postgres(session))
    }

    /// Whether the database is a file of the data folder.
    pub(in crate::store) fn is_file(&self) -> bool {
        matches!(self.0, Driver::Sqlite(_))
    }

    /// The first row, if there is one.
    pub(in crate::store) fn one<T: FromRow>(&self, sql: &str, params: impl Params) -> StoreResult<Option<T>> {
        let mut found = None;
        self.query(sql, &params, &mut |row| {
            found = Some(T::from_row(row)?);
            Ok(false)
        })?;
        Ok(found)
    }

    /// The only row of a query that always has one: a count, an `exists`.
    pub(in crate::store) fn value<T: FromRow>(&self, sql: &str, params: impl Params) -> StoreResult<T> {
        self.one(sql, params)?.ok_or(StoreError::Corrupt { what: "answer without a row" })
    }

    /// All rows.
    pub(in crate::store) fn all<T: FromRow>(&self, sql: &str, params: impl Params) -> StoreResult<Vec<T>> {
        let mut rows = Vec::new();
        self.query(sql, &params, &mut |row| {
            rows.push(T::from_row(row)?);
            Ok(true)
        })?;
        Ok(rows)
    }

    /// Hands over row by row, for queries whose rows together are too large for memory.
    pub(in crate::store) fn each<T: FromRow>(
        &self,
        sql: &str,
        params: impl Params,
        mut visit: impl FnMut(T) -> StoreResult<()>,
    ) -> StoreResult<()> {
        let mut visit = |row: &Row<'_>| {
            visit(T::from_row(row)?)?;
            Ok(true)
        };
        match self.0 {
            Driver::Sqlite(connection) => sqlite::query(connection, sql, params.values(), &mut visit),
            #[cfg(feature = "postgres")]
            Driver::Postgres(session) => session.query_long(sql, &params.values(), &mut visit),
        }
    }

    fn query(
        &self,
        sql: &str,
        params: &dyn Params,
        visit: &mut dyn FnMut(&Row<'_>) -> StoreResult<bool>,
    ) -> StoreResult<()> {
        match self.0 {
            Driver::Sqlite(connection) => sqlite::query(connection, sql, params.values(), visit),
            #[cfg(feature = "postgres")]
            Driver::Postgres(session) => session.query(sql, &params.values(), typing(params), visit),
        }
    }
}

#[cfg(feature = "postgres")]
fn typing(params: &dyn Params) -> Typing {
    if params.have_types() { Typing::OfValues } else { Typing::OfColumns }
}

#[expect(clippy::needless_pass_by_value, reason = "as above")]
impl<'a> Writer<'a> {
    /// The end of a `select` that takes a row in order to change it: it passes over those that others are taking. With
    /// SQLite nobody else writes.
    pub(in crate::store) fn skip_locked(&self) -> &'static str {
        if self.is_file() { "" } else { "for update skip locked" }
    }

    pub(in crate::store) fn sqlite(transaction: &'a Transaction<'_>) -> Self {
        Self(Reader::sqlite(transaction))
    }

    #[cfg(feature = "postgres")]
    fn postgres(session: &'a Session) -> Self {
        Self(Reader::postgres(session))
    }

    /// Runs a statement.
    pub(in crate::store) fn run(&self, sql: &str, params: impl Params) -> StoreResult<()> {
        self.execute(sql, params).map(drop)
    }

    /// Runs a statement; returns how many rows it changed.
    pub(in crate::store) fn execute(&self, sql: &str, params: impl Params) -> StoreResult<usize> {
        match self.0.0 {
            Driver::Sqlite(connection) => sqlite::execute(connection, sql, params.values()),
            #[cfg(feature = "postgres")]
            Driver::Postgres(session) => session.execute(sql, &params.values(), typing(&params)),
        }
    }
}

impl<'a> std::ops::Deref for Writer<'a> {
    type Target = Reader<'a>;

    fn deref(&self) -> &Reader<'a> {
        &self.0
    }
}
