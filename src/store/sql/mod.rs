//! One SQL text, a driver below it. Table functions take a [`Reader`] or a [`Writer`] and do not know the driver.

pub(in crate::store) mod reader_pool;
pub(in crate::store) mod schema;
pub(in crate::store) mod vectors;
pub(in crate::store) mod write_thread;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::store::StoreError;

/// A read-only connection to the database.
pub struct Reader<'a>(&'a Connection);

/// A transaction that may write. It reads too, what it has written included.
pub struct Writer<'a>(Reader<'a>);

impl<'a> Reader<'a> {
    pub(in crate::store) fn new(connection: &'a Connection) -> Self {
        Self(connection)
    }
}

impl<'a> Writer<'a> {
    pub(in crate::store) fn new(transaction: &'a Transaction<'_>) -> Self {
        Self(Reader(transaction))
    }
}

/// Runs `work` in one transaction on a connection that no thread shares yet.
pub(in crate::store) fn in_transaction<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Writer) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let result = work(&Writer::new(&transaction))?;
    transaction.commit()?;
    Ok(result)
}

impl std::ops::Deref for Reader<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0
    }
}

impl<'a> std::ops::Deref for Writer<'a> {
    type Target = Reader<'a>;

    fn deref(&self) -> &Reader<'a> {
        &self.0
    }
}
