//! How the server does, for programs that watch it and for the studio.

pub(crate) mod day;
pub(crate) mod facts;
pub(crate) mod metrics;
pub(crate) mod ready;
