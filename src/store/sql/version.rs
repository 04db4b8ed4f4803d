//! What tells whether something was committed meanwhile.

/// Differs from every earlier one when something was committed since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// Commits of this process.
    pub(super) own: u64,
    /// By what the database says about the commits of others.
    pub(super) foreign: u64,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::store::events;
    use crate::store::testing::TestStore;

    #[test]
    fn every_commit_changes_the_version_and_nothing_else_does() {
        let store = TestStore::new();
        let event = store.add_event();
        let other = store.open_again();
        let settled = || {
            // On a server others announce what they commit: until nothing comes any more.
            let pause =
                Duration::from_millis(if store.read(|db| Ok(db.is_file())).unwrap() { 2 } else { 300 });
            std::thread::park_timeout(pause);
            store.version().unwrap()
        };
        let before = settled();
        store.read(|db| events::find(db, event)).unwrap();
        assert_eq!(settled(), before);
        store.receive(event, b"a photo");
        // At once.
        assert_ne!(store.version().unwrap(), before);
        let before = settled();
        other.write(move |db| events::delete(db, event)).unwrap();
        assert_ne!(settled(), before);
    }
}
