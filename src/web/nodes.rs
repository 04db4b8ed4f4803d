//! Requests about an event go to the node that the event prefers: what is remembered about its guests is there. Which
//! node a client asks makes no difference but time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Once, PoisonError};

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::error::ApiError;
use super::error_code::ErrorCode;
use super::http::forward::{CLIENT, Forwarder, Unanswered, on_behalf_of};
use super::http::origin::RequestOrigin;
use super::http::validate::path_param;
use super::state::AppState;
use crate::domain::{EventId, ShareCode};
use crate::nodes::Nodes;
use crate::store::{events, sources};

/// Every request would be logged otherwise.
static WARNING: Once = Once::new();

/// Known events of links; when there are more, all are looked up again.
const MAX_KNOWN: usize = 20_000;

/// What requests are sent on with.
#[derive(Default)]
pub(super) struct Forwarding {
    forwarder: Forwarder,
    /// The events of share codes and of sources, which never change.
    known: Mutex<HashMap<(&'static str, String), EventId>>,
}

/// A request that is not answered by another node.
#[derive(Clone)]
struct Refused(ErrorCode);

/// The answer of the node that the request is for; the request, if that is this one, or another cannot be reached.
pub(super) async fn forward(state: &AppState, request: Request) -> Result<Response, Request> {
    let Some(nodes) = &state.0.settings.nodes else { return Err(request) };
    // Another node has sent it here, and may know more or less than this one.
    if request.extensions().get::<RequestOrigin>().is_some() {
        return Err(request);
    }
    if request.headers().contains_key(CLIENT) {
        WARNING.call_once(|| {
            tracing::warn!(
                "a request says that a node has sent it, and does not prove it: have all nodes the same secrets?"
            );
        });
        return Err(refuse(request.into_parts().0));
    }
    let (mut parts, body) = request.into_parts();
    let node = event_of(&mut parts, state).await.and_then(|event| nodes.preferred(event));
    let request = Request::from_parts(parts, body);
    match node {
        Some(node) => ask(state, nodes, &node, request).await,
        None => Err(request),
    }
}

async fn ask(
    state: &AppState,
    nodes: &Nodes,
    node: &Arc<str>,
    request: Request,
) -> Result<Response, Request> {
    let (parts, body) = request.into_parts();
    let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    let origin = RequestOrigin::read(&parts.headers, &parts.extensions, state.config().server.behind_proxy);
    let here = parts.clone();
    let sent = on_behalf_of(Request::from_parts(parts, body), origin, &state.0.settings.node_proofs);
    let answer = tokio::select! {
        answer = state.0.forwarding.forwarder.send(node, sent) => answer,
        () = nodes.fallen_silent(node) => Err(Unanswered::Lost),
    };
    match answer {
        Ok(answer) => {
            tracing::debug!(route, %node, status = answer.status().as_u16(), "another node answered a request");
            Ok(answer)
        }
        Err(Unanswered::NotSent(unsent)) => {
            tracing::warn!(%node, "a node cannot be reached: its events are served here for a while");
            nodes.lose(node);
            Err(Request::from_parts(here, unsent.into_body()))
        }
        Err(Unanswered::Lost) => {
            tracing::warn!(route, %node, "a node did not answer a request");
            Err(refuse(here))
        }
    }
}

/// Where the request is answered, the client is told to try again.
fn refuse(parts: Parts) -> Request {
    let mut request = Request::from_parts(parts, Body::empty());
    request.extensions_mut().insert(Refused(ErrorCode::Busy));
    request
}

/// The answer to a request that another node should have answered.
pub(super) fn refusal(request: &Request) -> Option<Response> {
    let Refused(code) = request.extensions().get()?;
    Some(ApiError::from(*code).into_response())
}

/// The event that the path names, by its number, its share code or one of its sources.
async fn event_of(parts: &mut Parts, state: &AppState) -> Option<EventId> {
    if let Some(id) = path_param(parts, "event_id").await {
        return id.parse().ok();
    }
    for name in ["share_code", "source_id"] {
        let Some(value) = path_param(parts, name).await else { continue };
        let known = &state.0.forwarding.known;
        let lock = || known.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (name, value.clone());
        if let Some(event) = lock().get(&key) {
            return Some(*event);
        }
        let found = state.read(move |db| {
            if name == "source_id" {
                let Ok(id) = value.parse() else { return Ok(None) };
                return Ok(sources::find(db, id)?.map(|source| source.event_id));
            }
            let Ok(code) = value.parse::<ShareCode>() else { return Ok(None) };
            Ok(events::find_by_share_code(db, &code)?.map(|event| event.id))
        });
        let event = found.await.ok()??;
        let mut known = lock();
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        known.insert(key, event);
        return Some(event);
    }
    None
}
