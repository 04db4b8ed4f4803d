//! One connection, with the statements that were prepared on it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::time::Duration;

use postgres::types::{ToSql, Type};
use postgres::{Client, Row as ServerRow, Statement};

use super::failure::failure;
use super::location::Location;
use super::parameters::numbered;
use super::values::type_of;
use crate::store::sql::row::{Places, Row, RowOf};
use crate::store::sql::value::Value;
use crate::store::{StoreError, StoreResult};

/// More prepared statements than this are not kept: some texts have numbers in them.
const MAX_STATEMENTS: usize = 400;
/// A server that does not answer for so long is away.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// How many rows of a long answer are in memory at once.
const ROWS: usize = 500;

pub(in crate::store) struct Session {
    location: Location,
    client: RefCell<Client>,
    statements: RefCell<HashMap<(String, Vec<Type>), Statement>>,
    cursors: Cell<u64>,
}

/// How the parameters of a statement are sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::store::sql) enum Typing {
    /// Each value says its type.
    OfValues,
    /// The server infers the types from the columns: of values from an event file, which has fewer types.
    OfColumns,
}

impl Session {
    pub(super) fn open(location: &Location) -> StoreResult<Self> {
        let client = RefCell::new(location.connect()?);
        let location = location.clone();
        Ok(Self { location, client, statements: RefCell::default(), cursors: Cell::new(0) })
    }

    /// Runs statements without parameters.
    pub(super) fn batch(&self, sql: &str) -> StoreResult<()> {
        self.client.borrow_mut().batch_execute(sql).map_err(|error| self.failure(&error))
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.borrow().is_closed()
    }

    /// Whether the server answers on it.
    pub(super) fn answers(&self) -> bool {
        self.client.borrow_mut().is_valid(ANSWER_TIMEOUT).is_ok()
    }

    fn failure(&self, error: &postgres::Error) -> StoreError {
        failure(self.location.name(), error)
    }

    fn prepare(&self, sql: &str, values: &[Value<'_>], typing: Typing) -> StoreResult<Statement> {
        let types = match typing {
            Typing::OfValues => values.iter().map(type_of).collect(),
            Typing::OfColumns => Vec::new(),
        };
        let key = (sql.to_owned(), types);
        if let Some(known) = self.statements.borrow().get(&key) {
            return Ok(known.clone());
        }
        let prepared = self.client.borrow_mut().prepare_typed(&numbered(sql), &key.1);
        let statement = prepared.map_err(|error| self.failure(&error))?;
        let mut statements = self.statements.borrow_mut();
        if statements.len() >= MAX_STATEMENTS {
            statements.clear();
        }
        statements.insert(key, statement.clone());
        Ok(statement)
    }

    fn rows(&self, sql: &str, values: &[Value<'_>], typing: Typing) -> StoreResult<Vec<ServerRow>> {
        let statement = self.prepare(sql, values, typing)?;
        let answer = self.client.borrow_mut().query(&statement, &parameters(values));
        answer.map_err(|error| self.failure(&error))
    }

    /// Runs a statement; returns how many rows it changed.
    pub(in crate::store::sql) fn execute(
        &self,
        sql: &str,
        values: &[Value<'_>],
        typing: Typing,
    ) -> StoreResult<usize> {
        let statement = self.prepare(sql, values, typing)?;
        let answer = self.client.borrow_mut().execute(&statement, &parameters(values));
        answer.map(|rows| usize::try_from(rows).unwrap_or(usize::MAX)).map_err(|error| self.failure(&error))
    }

    /// Hands each row to `visit`, until that returns `false`. `visit` may use the session.
    pub(in crate::store::sql) fn query(
        &self,
        sql: &str,
        values: &[Value<'_>],
        typing: Typing,
        visit: &mut dyn FnMut(&Row<'_>) -> StoreResult<bool>,
    ) -> StoreResult<()> {
        let rows = self.rows(sql, values, typing)?;
        self.visit_all(&rows, &Places::default(), visit).map(drop)
    }

    /// The same, part by part, for answers that are too large for memory.
    pub(in crate::store::sql) fn query_long(
        &self,
        sql: &str,
        values: &[Value<'_>],
        visit: &mut dyn FnMut(&Row<'_>) -> StoreResult<bool>,
    ) -> StoreResult<()> {
        let cursor = format!("part_{}", self.cursors.replace(self.cursors.get() + 1));
        // The statement is used once: another cursor has another name.
        let types: Vec<Type> = values.iter().map(type_of).collect();
        let declare = format!("declare {cursor} no scroll cursor for {}", numbered(sql));
        {
            let mut client = self.client.borrow_mut();
            let statement = client.prepare_typed(&declare, &types).map_err(|error| self.failure(&error))?;
            client.execute(&statement, &parameters(values)).map_err(|error| self.failure(&error))?;
        }
        let (fetch, places) = (format!("fetch {ROWS} from {cursor}"), Places::default());
        loop {
            let answer = self.client.borrow_mut().query(&fetch, &[]);
            let rows = answer.map_err(|error| self.failure(&error))?;
            if rows.is_empty() || !self.visit_all(&rows, &places, visit)? {
                return self.batch(&format!("close {cursor}"));
            }
        }
    }

    fn visit_all(
        &self,
        rows: &[ServerRow],
        places: &Places,
        visit: &mut dyn FnMut(&Row<'_>) -> StoreResult<bool>,
    ) -> StoreResult<bool> {
        for row in rows {
            if !visit(&Row(RowOf::Postgres(row, places, self.location.name())))? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Ends connections. The driver does so on a runtime of its own, which cannot run within another one.
pub(super) fn close(sessions: Vec<Session>) {
    std::thread::spawn(move || drop(sessions)).join().ok();
}

fn parameters<'v>(values: &'v [Value<'_>]) -> Vec<&'v (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}
