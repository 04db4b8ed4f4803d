//! FotoTa finds the photos a person is in.

pub mod domain;
pub mod face;
pub mod imaging;
pub mod store;
