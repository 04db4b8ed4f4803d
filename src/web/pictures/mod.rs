//! Pictures as they are sent: signed URLs, sizes, the event's watermark.

pub(crate) mod delivery;
pub(crate) mod downloads;
pub(crate) mod face;
pub(crate) mod file;
pub(crate) mod hot;
pub(crate) mod media;
pub(crate) mod small;
pub(crate) mod watermark;
