//! The people of an event, told apart by their faces. Only for the event's owner.
//!
//! The faces in a photo and all photos of one face are always there. Grouping all faces of an event is off until the
//! owner turns it on; then people can be named, corrected and looked for.

pub(crate) mod edit;
pub(crate) mod faces;
pub(crate) mod groups;
pub(crate) mod list;
pub(crate) mod portrait;
