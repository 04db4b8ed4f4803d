//! The photographer's pages, and the endpoints that their scripts call.

pub(crate) mod address;
pub(crate) mod audit;
pub(crate) mod backups;
pub(crate) mod camera_photos;
pub(crate) mod change_photos;
pub(crate) mod clocks;
pub(crate) mod erasures;
pub(crate) mod own_photos;
pub(crate) mod pages;
pub(crate) mod people;
pub(crate) mod rates;
pub(crate) mod rehearsal;
pub(crate) mod setup;
pub(crate) mod sharing;
pub(crate) mod sources;
pub(crate) mod statistics;
pub(crate) mod status;
pub(crate) mod taken_by;
pub(crate) mod venue;
pub(crate) mod versions;
pub(crate) mod watermarks;
