//! The photographer's pages, and the endpoints that their scripts call.

pub(in crate::web) mod own_photos;
pub(in crate::web) mod pages;
pub(in crate::web) mod people;
pub(in crate::web) mod print;
pub(in crate::web) mod rates;
pub(in crate::web) mod setup;
pub(in crate::web) mod sharing;
pub(in crate::web) mod statistics;
pub(in crate::web) mod status;
pub(in crate::web) mod watermarks;
