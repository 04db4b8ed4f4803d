//! What programs call: one file for each kind of thing.

pub(super) mod accounts;
pub(super) mod activity;
pub(super) mod auth;
pub(super) mod bookmarks;
pub(super) mod drive_searches;
pub(super) mod entries;
mod event_bodies;
pub(super) mod events;
pub(super) mod find_my_face;
pub(super) mod google;
pub(super) mod own_photos;
pub(super) mod people;
pub(super) mod photos;
pub(super) mod print;
pub(super) mod root;
pub(super) mod selfies;
pub(super) mod sharing;
pub(super) mod statistics;
pub(super) mod studio;
pub(super) mod uploads;
pub(super) mod watermarks;
