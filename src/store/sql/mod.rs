//! One SQL text, a driver below it. Table functions take a [`Reader`] or a [`Writer`] and do not know the driver.
//!
//! Statements keep to what `SQLite` and `PostgreSQL` both understand: parameters are numbered (`?1`), conflicts are
//! handled by `on conflict`, flags are compared explicitly. What cannot be portable is in the driver's folder: opening,
//! migrations, transactions, and the vector index.

mod columns;
mod row;
pub(in crate::store) mod sqlite;
mod value;

use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use columns::{PackId, as_recorded};
pub(in crate::store) use row::{FromRow, Row, from_row};
pub use sqlite::Version;
pub(in crate::store) use value::{FromSql, Params, ToSql, Value};

use crate::store::{StoreError, StoreResult};

/// A connection that only reads.
pub struct Reader<'a>(Driver<'a>);

/// A transaction. It reads too, what it has written included.
pub struct Writer<'a>(Reader<'a>);

/// The database that is connected.
#[derive(Clone, Copy)]
enum Driver<'a> {
    Sqlite(&'a Connection),
}

#[expect(clippy::needless_pass_by_value, reason = "parameters are written at the call: `[id]`, `(id, now)`")]
impl<'a> Reader<'a> {
    pub(in crate::store) fn sqlite(connection: &'a Connection) -> Self {
        Self(Driver::Sqlite(connection))
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
        self.each(sql, params, |row: T| {
            rows.push(row);
            Ok(())
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
        self.query(sql, &params, &mut |row| {
            visit(T::from_row(row)?)?;
            Ok(true)
        })
    }

    fn query(
        &self,
        sql: &str,
        params: &dyn Params,
        visit: &mut dyn FnMut(&Row<'_>) -> StoreResult<bool>,
    ) -> StoreResult<()> {
        match self.0 {
            Driver::Sqlite(connection) => sqlite::query(connection, sql, params.values(), visit),
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as above")]
impl<'a> Writer<'a> {
    pub(in crate::store) fn sqlite(transaction: &'a Transaction<'_>) -> Self {
        Self(Reader::sqlite(transaction))
    }

    /// Runs a statement.
    pub(in crate::store) fn run(&self, sql: &str, params: impl Params) -> StoreResult<()> {
        self.execute(sql, params).map(drop)
    }

    /// Runs a statement; returns how many rows it changed.
    pub(in crate::store) fn execute(&self, sql: &str, params: impl Params) -> StoreResult<usize> {
        match self.0.0 {
            Driver::Sqlite(connection) => sqlite::execute(connection, sql, params.values()),
        }
    }
}

impl<'a> std::ops::Deref for Writer<'a> {
    type Target = Reader<'a>;

    fn deref(&self) -> &Reader<'a> {
        &self.0
    }
}

/// Runs `work` in one transaction, on a connection that no other thread uses yet.
pub(in crate::store) fn in_transaction<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Writer) -> StoreResult<T>,
) -> StoreResult<T> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let result = work(&Writer::sqlite(&transaction))?;
    transaction.commit()?;
    Ok(result)
}
