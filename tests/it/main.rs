//! One integration binary; one file for each feature.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![expect(unreachable_pub, reason = "a test binary exports nothing")]

mod bad_input;
mod cli;
mod common;
mod fuzzed;
mod guests;
mod interrupted;
mod oidc;
mod serving;
mod speed;
mod tidy;
