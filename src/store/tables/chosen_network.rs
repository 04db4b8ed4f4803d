//! The network that the photographer chose for guests' links.

use crate::domain::ChosenNetwork;
use crate::store::StoreResult;
use crate::store::sql::{Reader, Writer, from_row};

from_row!(ChosenNetwork { interface: "interface", ip: "address" });

/// The chosen network; `None` if the best one is to be found.
pub fn find(db: &Reader) -> StoreResult<Option<ChosenNetwork>> {
    db.one("select * from chosen_network", ())
}

/// Keeps the choice; `None` forgets it.
pub fn put(db: &Writer, chosen: Option<&ChosenNetwork>) -> StoreResult<()> {
    let Some(ChosenNetwork { interface, ip }) = chosen else {
        return db.run("delete from chosen_network", ());
    };
    db.run(
        "insert into chosen_network (id, interface, address) values (1, ?1, ?2)
         on conflict (id) do update set interface = excluded.interface, address = excluded.address",
        (interface, ip),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::TestStore;

    #[test]
    fn the_last_choice_is_kept_until_it_is_forgotten() {
        let store = TestStore::new();
        let find = |store: &TestStore| store.read(super::find).unwrap();
        assert_eq!(find(&store), None);
        for ip in ["192.168.1.7", "fd00::7"] {
            let chosen = ChosenNetwork { interface: "Wi-Fi".to_owned(), ip: ip.parse().unwrap() };
            let row = chosen.clone();
            store.write(move |db| put(db, Some(&row))).unwrap();
            assert_eq!(find(&store), Some(chosen));
        }
        let store = store.reopen();
        assert!(find(&store).is_some());
        store.write(|db| put(db, None)).unwrap();
        assert_eq!(find(&store), None);
    }
}
