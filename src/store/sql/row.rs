//! Rows of a query, and the types that are read from them.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;

use rusqlite::types::ValueRef;

use super::value::{FromSql, Value};
use crate::store::{StoreError, StoreResult};

/// One row of a query.
pub(in crate::store) struct Row<'a>(pub(super) RowOf<'a>);

/// The driver's row.
pub(super) enum RowOf<'a> {
    Sqlite(&'a rusqlite::Row<'a>, &'a Places),
    /// With the server's name, for errors.
    #[cfg(feature = "postgres")]
    Postgres(&'a ::postgres::Row, &'a Places, &'a std::sync::Arc<str>),
}

/// The columns of a query by name, found once for all of its rows.
pub(super) type Places = OnceCell<HashMap<String, usize>>;

/// A column: by its position, from 0, or by its name.
#[derive(Clone, Copy)]
pub(in crate::store) enum Column<'a> {
    /// From 0.
    At(usize),
    /// As the query names it.
    Named(&'a str),
}

impl From<usize> for Column<'_> {
    fn from(position: usize) -> Self {
        Self::At(position)
    }
}

impl<'a> From<&'a str> for Column<'a> {
    fn from(name: &'a str) -> Self {
        Self::Named(name)
    }
}

impl Row<'_> {
    /// The value of a column.
    pub(in crate::store) fn get<'c, T: FromSql>(&self, column: impl Into<Column<'c>>) -> StoreResult<T> {
        T::from_sql(self.value(column.into())?).ok_or(StoreError::Corrupt { what: T::NAME })
    }

    /// All columns with their names, of rows that are copied as they are.
    pub(in crate::store) fn columns(&self) -> StoreResult<Vec<(String, Value<'_>)>> {
        let names: Vec<String> = match self.0 {
            RowOf::Sqlite(row, _) => row.as_ref().column_names().map(str::to_owned).collect(),
            #[cfg(feature = "postgres")]
            RowOf::Postgres(row, ..) => row.columns().iter().map(|column| column.name().to_owned()).collect(),
        };
        let values = names.into_iter().enumerate();
        values.map(|(at, name)| Ok((name, self.value(Column::At(at))?))).collect()
    }

    fn value(&self, column: Column<'_>) -> StoreResult<Value<'_>> {
        match self.0 {
            RowOf::Sqlite(row, places) => sqlite_value(row, places, column),
            #[cfg(feature = "postgres")]
            RowOf::Postgres(row, places, server) => super::postgres::value(row, places, column, server),
        }
    }
}

fn sqlite_value<'r>(
    row: &'r rusqlite::Row<'_>,
    places: &Places,
    column: Column<'_>,
) -> StoreResult<Value<'r>> {
    let position = match column {
        Column::At(position) => position,
        Column::Named(name) => {
            let places = places.get_or_init(|| {
                let names = row.as_ref().column_names();
                // Of two columns with one name the first.
                names.into_iter().enumerate().rev().map(|(at, name)| (name.to_owned(), at)).collect()
            });
            *places.get(name).ok_or_else(|| rusqlite::Error::InvalidColumnName(name.to_owned()))?
        }
    };
    let value = row.get_ref(position);
    Ok(match value? {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(Cow::Borrowed(str_of(text)?)),
        ValueRef::Blob(bytes) => Value::Blob(bytes.into()),
    })
}

fn str_of(text: &[u8]) -> StoreResult<&str> {
    std::str::from_utf8(text).map_err(|_| StoreError::Corrupt { what: "text" })
}

/// A type that is read from a row: one column, a tuple of columns by position, or a struct by names.
pub(in crate::store) trait FromRow: Sized {
    /// Reads the columns that the type needs.
    fn from_row(row: &Row<'_>) -> StoreResult<Self>;
}

impl<T: FromSql> FromRow for T {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        row.get(0)
    }
}

macro_rules! tuples {
    ($($name:ident $at:literal),*) => {
        impl<$($name: FromSql),*> FromRow for ($($name,)*) {
            fn from_row(row: &Row<'_>) -> StoreResult<Self> {
                Ok(($(row.get($at)?,)*))
            }
        }
    };
}

tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);

/// `FromRow` for structs whose fields are columns.
macro_rules! from_row {
    ($type:ident { $($field:ident: $column:literal),* $(,)? }) => {
        impl $crate::store::sql::FromRow for $type {
            fn from_row(row: &$crate::store::sql::Row<'_>) -> Result<Self, $crate::store::StoreError> {
                Ok(Self { $($field: row.get($column)?),* })
            }
        }
    };
}
pub(in crate::store) use from_row;
