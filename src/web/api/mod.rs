//! Endpoints for apps, the contract that mobile clients rely on: one file for each resource.

pub(in crate::web) mod accounts;
pub(in crate::web) mod activity;
pub(in crate::web) mod auth;
pub(in crate::web) mod bookmarks;
pub(in crate::web) mod docs;
pub(in crate::web) mod drive_searches;
pub(in crate::web) mod entries;
pub(in crate::web) mod event_bodies;
pub(in crate::web) mod event_views;
pub(in crate::web) mod events;
pub(in crate::web) mod find_my_face;
pub(in crate::web) mod google;
pub(in crate::web) mod guest_options;
pub(in crate::web) mod photos;
pub(in crate::web) mod root;
pub(in crate::web) mod selfies;
pub(in crate::web) mod views;
