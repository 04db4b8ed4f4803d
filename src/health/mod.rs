//! How a running server does: what somebody should look at, and the last day of what goes up and down.
//!
//! `alerts` has one rule for each alert, all pure; `samples` remembers a day, a sample a minute.

mod alerts;
mod samples;

pub(crate) use alerts::CAMERAS_SINCE;
pub use alerts::{Address, Alert, Facts, find, is_stuck, seconds_until_full};
pub use samples::{Sample, Samples, start};
