//! Event photos, found by face: a photographer imports photos, guests find the ones they are in with a selfie.
//!
//! From a photo to a result: [`intake`] accepts a file, [`pipeline`] indexes the photo with [`imaging`] and [`face`],
//! [`store`] keeps everything, [`import`] does this for whole folders, [`watch`] for folders
//! that fill, [`integrity`] finds files that were damaged later. A guest opens the link made by [`share`], with the
//! address that [`reach`] finds; [`web`] receives the selfie, and [`search`] finds the photos with the same face.
//! [`passwords`] and [`limits`] protect events and accounts, [`auth`] signs users in, [`tls`] has the certificate for
//! encrypted connections, [`ftp`] takes photos of cameras,
//! [`drive`] searches users' public folders, [`packs`] gets the files of other networks, [`event_file`] moves events to
//! other computers and from them; only [`outbound`] sends requests to other servers.
//!
//! [`domain`] has the shared values, [`config`] the configuration, [`signal`] stops background threads, [`metrics`]
//! counts. [`app`] is the composition root, [`services`] run in the background, [`nodes`] are servers that share a
//! database, [`health`] says what somebody should look at, [`venue`] checks what guests depend on there, [`cli`] is the
//! entry point. A module uses only those listed
//! before it. `docs/ARCHITECTURE.md` has the map and the invariants.

pub mod domain;

pub mod signal;

pub mod metrics;

pub mod imaging;

pub mod face;

pub mod store;

pub mod config;

pub mod search;

pub mod intake;

pub mod app;

pub mod reach;

pub mod pipeline;

pub mod integrity;

pub mod import;

pub mod watch;

pub mod passwords;

pub mod outbound;

pub mod packs;

pub mod auth;

pub mod event_file;

pub mod limits;

pub mod tls;

pub mod ftp;

pub mod drive;

pub mod health;

pub mod services;

pub mod nodes;

pub mod venue;

pub mod share;

pub mod web;

pub mod cli;
