//! Who calls, and what they may see: callers, guest sessions, devices, cookies, consent, visible photos. Above `http`,
//! below the folders with handlers.

pub(in crate::web) mod caller;
pub(in crate::web) mod consent;
pub(in crate::web) mod cookies;
pub(in crate::web) mod device;
pub(in crate::web) mod event_password;
pub(in crate::web) mod find;
pub(in crate::web) mod guest_session;
pub(in crate::web) mod visibility;
