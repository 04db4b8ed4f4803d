//! Databases for tests, on the server that the environment names.

use std::sync::OnceLock;

use postgres::{Client, NoTls};

use super::{Location, Server};
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
        let template = TEMPLATE.get_or_init(|| {
            let name = "fotota_test_template".to_owned();
            let mut admin = admin();
            // One for all processes that test, of the schema of now.
            admin.batch_execute("select pg_advisory_lock(1)").unwrap();
            admin.batch_execute(&format!("drop database if exists {name} with (force)")).unwrap();
            admin.batch_execute(&format!("create database {name}")).unwrap();
            drop(
                Server::open(&Location::find(ServerRows { url: &url(&name), root: None }).unwrap()).unwrap(),
            );
            name
        });
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

fn admin() -> Client {
    Client::connect(&url("postgres"), NoTls).unwrap()
}

fn url(database: &str) -> String {
    let mut url = url::Url::parse(&std::env::var(VARIABLE).unwrap()).unwrap();
    url.set_path(database);
    url.into()
}
