//! SQLite below the tables: one writing thread, several reading connections, the vector index.

mod change_watch;
mod opened_file;
mod reader_pool;
mod schema;
pub(in crate::store) mod vectors;
mod write_thread;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, params_from_iter};

use super::row::{Places, Row, RowOf};
use super::value::Value;
use crate::store::StoreResult;

pub(in crate::store) use change_watch::ChangeWatch;
pub(in crate::store) use reader_pool::ReaderPool;
pub(in crate::store) use schema::{
    SCHEMA, check_version, migrate, open_for_inspection, open_for_writing, register_vector_extension,
    snapshot,
};
pub(in crate::store) use write_thread::WriteThread;

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Boolean(flag) => ValueRef::Integer((*flag).into()),
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Real(number) => ValueRef::Real(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// Hands each row to `visit`, until that returns `false`.
pub(super) fn query(
    connection: &Connection,
    sql: &str,
    values: Vec<Value<'_>>,
    visit: &mut dyn FnMut(&Row<'_>) -> StoreResult<bool>,
) -> StoreResult<()> {
    let mut statement = connection.prepare_cached(sql)?;
    let places = Places::default();
    let mut rows = statement.query(params_from_iter(values))?;
    while let Some(row) = rows.next()? {
        if !visit(&Row(RowOf::Sqlite(row, &places)))? {
            break;
        }
    }
    Ok(())
}

/// Runs a statement; returns how many rows it changed.
pub(super) fn execute(connection: &Connection, sql: &str, values: Vec<Value<'_>>) -> StoreResult<usize> {
    Ok(connection.prepare_cached(sql)?.execute(params_from_iter(values))?)
}
