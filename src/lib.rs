//! FotoTa finds the photos a person is in.
pub mod cli;
pub mod config;
pub mod domain;
pub mod face;
pub mod imaging;
pub mod import;
pub mod intake;
pub mod passwords;
pub mod pipeline;
pub mod search;
pub mod share;
pub mod store;
pub mod web;
