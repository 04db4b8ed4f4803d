//! How a running server and `fotota doctor --venue` talk about phones that check the venue: two small files of the data
//! folder, which only this computer's user can read.

use std::io::Write;
use std::path::Path;

use super::{Store, StoreError, StoreResult, private};

const KEY: &str = "server.venue_key";
const REPORT: &str = "server.venue_report";

/// What is in the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneCheck {
    /// Of the page that phones open.
    pub key: String,
    /// The last phone's report, if there was one.
    pub report: Option<String>,
}

impl PhoneCheck {
    /// Of the server that runs on this folder.
    #[must_use]
    pub fn find(data: &Path) -> Option<Self> {
        let read = |name: &str| std::fs::read_to_string(data.join(name)).ok().filter(|text| !text.is_empty());
        Some(Self { key: read(KEY)?, report: read(REPORT) })
    }
}

impl Store {
    /// Makes the key known to other processes of this user, and forgets the report of an earlier run.
    pub fn offer_phone_check(&self, key: &str) -> StoreResult<()> {
        std::fs::remove_file(self.0.folder.join(REPORT)).ok();
        self.replace(KEY, key)
    }

    /// Makes a phone's report known.
    pub fn put_phone_report(&self, report: &str) -> StoreResult<()> {
        self.replace(REPORT, report)
    }

    /// Readers find the former text or the new one, never a part.
    fn replace(&self, name: &str, text: &str) -> StoreResult<()> {
        let (path, part) = (self.0.folder.join(name), self.0.folder.join(format!("{name}.part")));
        let written = private::options()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&part)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .and_then(|()| std::fs::rename(&part, &path));
        written.map_err(|error| StoreError::io(&path, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::TestStore;

    #[test]
    fn another_process_finds_the_key_and_the_last_report() {
        let store = TestStore::new();
        let find = || PhoneCheck::find(&store.0.folder);
        assert_eq!(find(), None);
        store.offer_phone_check("first").unwrap();
        assert_eq!(find(), Some(PhoneCheck { key: "first".to_owned(), report: None }));
        store.put_phone_report("one").unwrap();
        store.put_phone_report("two").unwrap();
        assert_eq!(find().unwrap().report.as_deref(), Some("two"));
        store.offer_phone_check("second").unwrap();
        assert_eq!(find(), Some(PhoneCheck { key: "second".to_owned(), report: None }));
    }
}
