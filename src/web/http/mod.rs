//! HTTP itself: connections and their limits, headers, bodies, the request log, embedded files, page shells. Knows
//! nothing of events or callers, and nothing above it in `web` but errors.

pub(in crate::web) mod assets;
pub(in crate::web) mod connections;
pub(in crate::web) mod drain_body;
pub(in crate::web) mod i18n;
pub(in crate::web) mod page;
pub(in crate::web) mod protect;
pub(in crate::web) mod request_log;
pub(in crate::web) mod schemas;
pub(in crate::web) mod validate;
pub(in crate::web) mod work_limit;
