//! Whether an evening's photos fit on the disk.

use super::{Finding, State};
use crate::store::DiskSpace;

const WHAT: &str = "venue.disk";

pub(super) fn look(disk: Option<DiskSpace>) -> Finding {
    let Some(disk) = disk else { return Finding::new(WHAT, State::Unknown, "venue.disk.unknown") };
    let found = if disk.is_low() {
        Finding::new(WHAT, State::Warn, "venue.disk.low")
    } else {
        Finding::new(WHAT, State::Ok, "venue.disk.enough")
    };
    found.with("free", &(disk.free_bytes / 1_000_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_space_is_worth_a_warning() {
        let with = |free_bytes| look(Some(DiskSpace { free_bytes, total_bytes: 100_000_000_000 }));
        assert_eq!(with(1_900_000_000).state, State::Warn);
        assert_eq!(
            (with(50_000_000_000).state, with(50_000_000_000).fill("{free}")),
            (State::Ok, "50".to_owned())
        );
        assert_eq!(look(None).state, State::Unknown);
    }
}
