//! Adds routes to the table, each with its rule and with limits for its body and its time.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use axum::{Router, middleware};
use tower_http::timeout::TimeoutLayer;

use super::AppState;
use super::rule::{Rule, admit};
use crate::imaging::MAX_LOGO_BYTES;

/// Largest JSON body.
const MAX_JSON_BYTES: usize = 64 << 10;
/// Largest selfie; phones send less, even without shrinking it.
pub(super) const MAX_SELFIE_BYTES: usize = 16 << 20;
/// From the first byte of a request's body to the answer's head.
const HANDLER_TIMEOUT: Duration = Duration::from_mins(1);
/// The same for a selfie over a slow network: 16 MiB at one megabit per second.
const SELFIE_TIMEOUT: Duration = Duration::from_secs(150);

/// A row of the route table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// HTTP method.
    pub method: &'static str,
    /// With `{name}` for each parameter.
    pub path: &'static str,
    /// Who may call it.
    pub rule: Rule,
    /// Whether it is part of the API and its description.
    pub is_api: bool,
}

/// Functions that add a route with limits for its body and its time.
macro_rules! limited_routes {
    ($($(#[$doc:meta])* $name:ident => $method:ident, $max_body_bytes:expr, $timeout:expr;)*) => {$(
        $(#[$doc])*
        pub(super) fn $name<T: 'static>(
            self,
            path: &'static str,
            rule: Rule,
            handler: impl Handler<T, AppState>,
        ) -> Self {
            let handler = limited(MethodFilter::$method, handler, $max_body_bytes, $timeout);
            self.add(stringify!($method), path, rule, handler)
        }
    )*};
}

/// Routes under construction: none can be added without a rule.
pub(super) struct Routes {
    pub(super) router: Router<AppState>,
    pub(super) table: Vec<Route>,
    pub(super) is_api: bool,
}

impl Routes {
    pub(super) fn new(is_api: bool) -> Self {
        Self { router: Router::new(), table: Vec::new(), is_api }
    }

    fn add(
        mut self,
        method: &'static str,
        path: &'static str,
        rule: Rule,
        handler: MethodRouter<AppState>,
    ) -> Self {
        let gate = middleware::from_fn(move |request, next| admit(rule, request, next));
        self.router = self.router.route(path, handler.route_layer(gate));
        self.table.push(Route { method, path, rule, is_api: self.is_api });
        self
    }

    limited_routes! {
        get => GET, MAX_JSON_BYTES, HANDLER_TIMEOUT;
        head => HEAD, MAX_JSON_BYTES, HANDLER_TIMEOUT;
        options => OPTIONS, MAX_JSON_BYTES, HANDLER_TIMEOUT;
        post => POST, MAX_JSON_BYTES, HANDLER_TIMEOUT;
        put => PUT, MAX_JSON_BYTES, HANDLER_TIMEOUT;
        delete => DELETE, MAX_JSON_BYTES, HANDLER_TIMEOUT;
        /// The body is a selfie.
        post_selfie => POST, MAX_SELFIE_BYTES, SELFIE_TIMEOUT;
        /// The body is a logo.
        put_picture => PUT, MAX_LOGO_BYTES, HANDLER_TIMEOUT;
    }

    /// The body has any length; the handler limits each file.
    pub(super) fn post_stream<T: 'static>(
        self,
        path: &'static str,
        rule: Rule,
        handler: impl Handler<T, AppState>,
    ) -> Self {
        self.add("POST", path, rule, on(MethodFilter::POST, handler).layer(DefaultBodyLimit::disable()))
    }

    /// The same, for the next piece of a file.
    pub(super) fn patch_stream<T: 'static>(
        self,
        path: &'static str,
        rule: Rule,
        handler: impl Handler<T, AppState>,
    ) -> Self {
        self.add("PATCH", path, rule, on(MethodFilter::PATCH, handler))
    }
}

fn limited<T: 'static>(
    filter: MethodFilter,
    handler: impl Handler<T, AppState>,
    max_body_bytes: usize,
    timeout: Duration,
) -> MethodRouter<AppState> {
    let handler: MethodRouter<AppState> = on(filter, handler);
    handler
        .layer::<_, Infallible>(DefaultBodyLimit::max(max_body_bytes))
        .layer(TimeoutLayer::with_status_code(axum::http::StatusCode::REQUEST_TIMEOUT, timeout))
}
