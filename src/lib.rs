//! FotoTa finds the photos a person is in.

pub mod domain;
pub mod imaging;
