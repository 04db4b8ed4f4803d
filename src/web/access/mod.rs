//! Who is asking, and what they may see: callers, guests' sessions, devices, visible photos.

pub(in crate::web) mod caller;
pub(in crate::web) mod device;
pub(in crate::web) mod event_password;
pub(in crate::web) mod guest_session;
pub(in crate::web) mod visibility;
