//! Whether guests' phones can reach the address that their links carry.

use super::{Facts, Finding, State};
use crate::reach::{Current, Trouble};

const WHAT: &str = "venue.address";
const NAME: &str = "venue.name";

pub(super) fn look(current: &Current) -> Vec<Finding> {
    let gone = current.choice.gone.as_ref();
    let gone = gone.map(|gone| Finding::new(WHAT, State::Warn, "studio.address.gone").with("address", gone));
    let now = match current.trouble {
        None => Finding::new(WHAT, State::Ok, "venue.address.good").with("url", &current.base_url),
        Some(Trouble::LocalOnly) => Finding::new(WHAT, State::Fail, "studio.warning.local_only"),
        Some(Trouble::NoGuests) => Finding::new(WHAT, State::Fail, "studio.warning.no_guests"),
        Some(Trouble::LinkLocal) => Finding::new(WHAT, State::Warn, "studio.warning.link_local"),
        Some(Trouble::Tether) => Finding::new(WHAT, State::Warn, "studio.warning.tether"),
    };
    gone.into_iter().chain([now]).collect()
}

/// Links work without a name: nothing about it is a reason to worry.
pub(super) fn name(Facts { current, is_running, announces, .. }: &Facts) -> Finding {
    match &current.local_url {
        Some(url) => Finding::new(NAME, State::Ok, "venue.name.announced").with("url", url),
        None if !announces => Finding::new(NAME, State::Ok, "venue.name.off"),
        None if *is_running => Finding::new(NAME, State::Unknown, "venue.name.none"),
        None => Finding::new(NAME, State::Unknown, "venue.name.stopped"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reach::Reach;

    #[test]
    fn an_address_of_this_computer_alone_is_a_failure() {
        let found = look(&Reach::fixed("http://127.0.0.1:8080").current());
        assert_eq!(
            (found.len(), found[0].state, found[0].says),
            (1, State::Fail, "studio.warning.local_only")
        );
        let found = look(&Reach::fixed("http://192.168.1.7:8080").current());
        assert_eq!((found[0].state, found[0].says), (State::Ok, "venue.address.good"));
        let mut current = Reach::fixed("http://192.168.1.7:8080").current();
        current.choice.gone = Some("10.9.9.9".to_owned());
        let found = look(&current);
        assert_eq!((found.len(), found[0].state, found[0].says), (2, State::Warn, "studio.address.gone"));
    }
}
