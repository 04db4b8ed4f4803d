//! Databases for tests, on the server that the environment names.

use std::sync::OnceLock;

use postgres::{Client, NoTls};
use sha2::{Digest, Sha256};

use super::{Location, Session, schema};
use crate::domain::random_bytes;
use crate::store::ServerRows;

/// URL of a server on which databases may be created: the tests of the store then run on it.
const VARIABLE: &str = "FOTOTA_TEST_POSTGRES";

/// A database of its own, dropped at the end.
pub(crate) struct TestDatabase {
    name: String,
}

impl TestDatabase {
    /// `None` without a server.
    pub(crate) fn create() -> Option<Self> {
        static TEMPLATE: OnceLock<String> = OnceLock::new();
        std::env::var_os(VARIABLE)?;
        let template = TEMPLATE.get_or_init(make_template);
        let name = format!("fotota_test_{:016x}", u64::from_ne_bytes(random_bytes()));
        admin().batch_execute(&format!("create database {name} template {template}")).unwrap();
        Some(Self { name })
    }

    pub(crate) fn url(&self) -> String {
        url(&self.name)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        admin().batch_execute(&format!("drop database {} with (force)", self.name)).ok();
    }
}

/// One for all processes that test this schema: others may be making databases of theirs.
fn make_template() -> String {
    let schema = Sha256::digest(schema::MIGRATIONS.map(|(_, sql)| sql).concat());
    let name = format!("fotota_test_template_{:016x}", u64::from_be_bytes(schema[..8].try_into().unwrap()));
    let mut admin = admin();
    admin.batch_execute("select pg_advisory_lock(1)").unwrap();
    if admin.query_opt("select 1 from pg_database where datname = $1", &[&name]).unwrap().is_none() {
        let new = format!("{name}_new");
        admin.batch_execute(&format!("drop database if exists {new} with (force)")).unwrap();
        admin.batch_execute(&format!("create database {new}")).unwrap();
        let location = Location::find(ServerRows { url: &url(&new), root: None }).unwrap();
        schema::migrate(&Session::open(&location).unwrap()).unwrap();
        admin.batch_execute(&format!("alter database {new} rename to {name}")).unwrap();
    }
    name
}

fn admin() -> Client {
    Client::connect(&url("postgres"), NoTls).unwrap()
}

fn url(database: &str) -> String {
    let mut url = url::Url::parse(&std::env::var(VARIABLE).unwrap()).unwrap();
    url.set_path(database);
    url.into()
}
