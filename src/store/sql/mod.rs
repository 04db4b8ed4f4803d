//! SQLite: opening and migrating the database, one writer, several readers, the vector index.

pub(in crate::store) mod readers;
pub(in crate::store) mod schema;
pub(in crate::store) mod vectors;
pub(in crate::store) mod writer;
