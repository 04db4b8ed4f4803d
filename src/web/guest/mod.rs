//! The guests' page of an event and what its script calls; the home and account pages.

pub(in crate::web) mod active_faces;
pub(in crate::web) mod entry;
pub(in crate::web) mod gallery;
pub(in crate::web) mod home;
pub(in crate::web) mod live;
pub(in crate::web) mod news;
pub(in crate::web) mod page;
pub(in crate::web) mod selfie;
pub(in crate::web) mod views;
pub(in crate::web) mod zip;
