//! Where a data folder's rows and blobs are kept.

use std::path::Path;

use super::{BucketPlace, Durability};

/// Where rows and blobs are.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a> {
    /// Those of the database.
    pub rows: Rows<'a>,
    /// The bucket with the blobs, which are in the data folder otherwise. Needs rows on a server.
    pub bucket: Option<BucketPlace<'a>>,
}

/// Where the rows are kept.
#[derive(Clone, Copy, Debug)]
pub enum Rows<'a> {
    /// In the data folder, by SQLite.
    InFolder(Durability),
    /// In a database of a `PostgreSQL` server.
    OnServer(ServerRows<'a>),
}

/// A database of a server.
#[derive(Clone, Copy)]
pub struct ServerRows<'a> {
    /// `postgres://USER:PASSWORD@HOST/DATABASE`.
    pub url: &'a str,
    /// File with the certificate of the authority of the server's certificate: the connection is encrypted.
    pub root: Option<&'a Path>,
}

/// Without the URL, which may hold a password.
impl std::fmt::Debug for ServerRows<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(a server)")
    }
}

impl From<Durability> for Places<'_> {
    fn from(durability: Durability) -> Self {
        Self { rows: Rows::InFolder(durability), bucket: None }
    }
}

impl<'a> From<Rows<'a>> for Places<'a> {
    fn from(rows: Rows<'a>) -> Self {
        Self { rows, bucket: None }
    }
}
