//! Uploads of photos into an event over HTTP: in one form, or in pieces.

pub(in crate::web) mod form;
pub(in crate::web) mod tus;
