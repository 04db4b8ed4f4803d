//! Consent to face search.

/// Version of the text that people consent to; changes with the meaning of `consent.*` in the dictionaries. Consent to
/// an older version does not count.
pub(crate) const CONSENT_VERSION: &str = "2027-02";
