//! HTTP itself: connections and their limits, headers, bodies, the request log, embedded files, page shells. Knows
//! nothing of events or callers, and nothing above it in `web` but errors.

mod answers;
pub(crate) mod assets;
pub(crate) mod connection;
pub(crate) mod connections;
pub(crate) mod drain_body;
pub(crate) mod forward;
pub(crate) mod holder;
pub(crate) mod i18n;
pub(crate) mod missing;
pub(crate) mod origin;
pub(crate) mod pace;
pub(crate) mod page;
pub(crate) mod pool;
pub(crate) mod probes;
pub(crate) mod protect;
pub(crate) mod received;
pub(crate) mod request_log;
pub(crate) mod schemas;
pub(crate) mod validate;
pub(crate) mod work_limit;
