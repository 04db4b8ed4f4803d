//! Functions on the database, one file for each table. The SQL names no driver.

#![expect(clippy::missing_errors_doc, reason = "every function fails when the database does, and only then")]

pub mod audit;
pub mod bookmarks;
pub mod browse;
pub mod camera_clocks;
pub mod chosen_network;
pub mod consents;
pub mod damage;
pub mod drive;
pub mod erasures;
pub mod events;
pub mod faces;
pub mod invitations;
pub mod jobs;
pub mod marks;
pub mod packs;
pub mod parts;
pub mod people;
pub mod photo_changes;
pub mod photo_files;
pub mod photo_pages;
pub mod photo_tallies;
pub mod photos;
pub mod progress;
pub(in crate::store) mod purges;
pub mod retention_clock;
pub mod second_factors;
pub mod selfies;
pub mod server_numbers;
pub mod sessions;
pub mod source_files;
pub mod sources;
pub mod statistics;
pub(in crate::store) mod stored_files;
pub mod tallies;
pub mod uploads;
pub mod user_sessions;
pub mod users;
pub mod versions;
pub mod visits;
pub mod watermarks;
