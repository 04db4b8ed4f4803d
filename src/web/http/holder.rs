//! For whom a request is served, so that whatever it takes of something scarce is counted for its client.

use std::net::Ipv4Addr;

use crate::limits::{ClientNetwork, Holder};

tokio::task_local! {
    static HOLDER: Holder;
}

/// Serves a request.
pub(crate) async fn scope<F: Future>(holder: Holder, request: F) -> F::Output {
    HOLDER.scope(holder, request).await
}

/// For whom this task serves a request.
pub(crate) fn current() -> Holder {
    HOLDER
        .try_with(|holder| *holder)
        .unwrap_or(Holder::network(ClientNetwork::of(Ipv4Addr::UNSPECIFIED.into())))
}
