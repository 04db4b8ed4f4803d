//! The guests' page of an event and what its script calls; the home and account pages.

pub(crate) mod active_faces;
pub(crate) mod choice;
pub(crate) mod entry;
pub(crate) mod gallery;
pub(crate) mod home;
pub(crate) mod live;
pub(crate) mod news;
pub(crate) mod page;
pub(crate) mod people;
pub(crate) mod selfie;
pub(crate) mod sent;
pub(crate) mod taken_by;
pub(crate) mod tap;
pub(crate) mod views;
pub(crate) mod zip;
