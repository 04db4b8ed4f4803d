//! Uploads of photos into an event over HTTP: in one form, or in pieces.

pub(crate) mod contributor;
pub(crate) mod event_file;
pub(crate) mod form;
pub(crate) mod tus;
