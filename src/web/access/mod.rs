//! Who calls, and what they may see: callers, guest sessions, devices, cookies, consent, users' selfies, visible
//! photos. Above `http`, below the folders with handlers.

pub(crate) mod audit;
pub(crate) mod caller;
pub(crate) mod consent;
pub(crate) mod contributor;
pub(crate) mod cookies;
pub(crate) mod device;
pub(crate) mod event_password;
pub(crate) mod find;
pub(crate) mod guest_session;
pub(crate) mod metrics_reader;
pub(crate) mod moved;
pub(crate) mod recall;
pub(crate) mod receiver;
pub(crate) mod searched_faces;
pub(crate) mod stored_face;
pub(crate) mod upload_target;
pub(crate) mod visibility;
