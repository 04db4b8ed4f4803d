//! One integration binary; one file for each feature.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![expect(unreachable_pub, reason = "a test binary exports nothing")]

mod access;
mod accounts_cli;
mod api_accounts;
mod api_bookmarks;
mod api_drive;
mod api_drive_killed;
mod api_events;
mod api_google;
mod api_google_web;
mod api_people;
mod api_photos;
mod api_root;
mod api_sharing;
mod api_statistics;
mod api_status;
mod api_studio;
mod bad_input;
mod bare_files;
mod cli;
mod common;
mod contract;
mod crowd;
mod e2e;
mod exif;
mod formats;
mod ftp;
mod ftp_cut;
mod ftp_tls;
mod fuzzed;
mod guest_people;
mod guest_results;
mod guest_tap;
mod guests;
mod interrupted;
mod layers;
mod live;
mod log;
mod oidc;
mod openapi;
mod pack_changed;
mod packs;
mod proxies;
mod selfies;
mod serving;
mod shares;
mod slow;
mod speed;
mod tidy;
mod upgrade;
mod uploads;
mod uploads_cut;
mod watermark;
mod zip;
