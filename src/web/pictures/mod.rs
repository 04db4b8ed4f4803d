//! Pictures as they are sent: signed URLs, sizes, the event's watermark.

pub(in crate::web) mod delivery;
pub(in crate::web) mod media;
