//! FotoTa finds the photos a person is in: an event photographer imports photos, a guest gives one selfie and gets
//! every photo they are in, best first.
//!
//! A photo's way: [`intake`] takes its bytes in, [`pipeline`] has [`imaging`] decode it and [`face`] find and
//! recognise its faces, [`store`] keeps them; [`import`] does all that for folders. A guest's way: [`web`] takes the
//! selfie, [`search`] finds the event's faces nearest to its own and ranks the photos; [`share`] made the link,
//! [`print`](mod@print) puts it on paper, [`passwords`] guard it, [`limits`] slow down who guesses them. Users are
//! known by [`auth`]; [`drive`] searches public folders for them, and [`outbound`] is the only way out of the computer.
//! [`domain`] holds the values all speak of, [`signal`] stops background threads, [`config`] the settings, [`cli`] is where people and scripts begin.
//! `docs/ARCHITECTURE.md` is the map, with the invariants.

pub mod domain;

pub mod signal;

pub mod config;

pub mod imaging;

pub mod face;

pub mod store;

pub mod intake;

pub mod pipeline;

pub mod import;

pub mod search;

pub mod passwords;

pub mod outbound;

pub mod auth;

pub mod drive;

pub mod limits;

pub mod share;

pub mod print;

pub mod web;

pub mod cli;
