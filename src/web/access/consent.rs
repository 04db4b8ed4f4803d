//! Consent to face search.

use crate::domain::Event;

/// Version of the text that people consent to; changes with the meaning of `consent.*` in the dictionaries. Consent to
/// an older version does not count.
pub(crate) const CONSENT_VERSION: &str = "2027-04";
/// Of the text where guests may also tap faces, which contains the other.
const WITH_TAPS: &str = "2027-04 tap";

/// Version of the text that an event's guests read now.
pub(crate) fn version(event: &Event) -> &'static str {
    if event.tap_search { WITH_TAPS } else { CONSENT_VERSION }
}

/// What a guest has consented to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Consent {
    /// Searching with selfies.
    pub(crate) to_selfies: bool,
    /// Searching with faces in photos.
    pub(crate) to_taps: bool,
}

impl Consent {
    /// By the version of the text that the guest has consented to.
    pub(crate) fn of(version: Option<&str>) -> Self {
        let to_taps = version == Some(WITH_TAPS);
        Self { to_selfies: to_taps || version == Some(CONSENT_VERSION), to_taps }
    }
}
