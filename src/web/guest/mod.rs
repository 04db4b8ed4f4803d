//! The guests' page of an event and what its script calls; the pages that belong to no event: home, account,
//! the generated authority's certificate, a phone's check of the venue.

pub(crate) mod active_faces;
pub(crate) mod certificate;
pub(crate) mod choice;
pub(crate) mod entry;
pub(crate) mod gallery;
pub(crate) mod home;
pub(crate) mod live;
pub(crate) mod manifest;
pub(crate) mod news;
pub(crate) mod page;
pub(crate) mod people;
pub(crate) mod selfie;
pub(crate) mod sent;
pub(crate) mod taken_by;
pub(crate) mod tap;
pub(crate) mod venue_check;
pub(crate) mod views;
pub(crate) mod zip;
