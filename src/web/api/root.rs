//! The root, the health check, and links with share codes.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::{ACCEPT, USER_AGENT, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::ShareCode;
use crate::share;
use crate::store::events;
use crate::web::access::caller::BaseUrl;
use crate::web::guest::home;
use crate::web::http::i18n::locale;
use crate::web::http::page;
use crate::web::http::validate::{Issues, ValidQuery, Validate};
use crate::web::{ApiError, AppState, ErrorCode};

/// The page that tries the mobile app.
const APP: &str = include_str!("../../../assets/app/app.html");
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// This server.
#[derive(Serialize, ToSchema)]
pub(crate) struct Welcome {
    message: &'static str,
    version: &'static str,
    documentation_url: String,
}

/// The server's health.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    #[schema(example = "healthy")]
    status: &'static str,
    project: &'static str,
    version: &'static str,
}

/// Returns the server's name and version; for browsers, the home page.
#[utoipa::path(get, path = "/", tag = "server",
    responses((status = 200, content((Welcome = "application/json"), (String = "text/html")))))]
pub(crate) async fn show(
    State(state): State<AppState>,
    BaseUrl(base): BaseUrl,
    parts: Parts,
) -> Result<Response, ApiError> {
    let accepted = parts.headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut response = if accepted.contains("text/html") {
        home::home(&state, &parts).await?
    } else {
        let documentation_url = format!("{base}/docs");
        Json(Welcome { message: "Welcome to FotoTa", version: VERSION, documentation_url }).into_response()
    };
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept, accept-language"));
    Ok(response)
}

/// Returns the server's health.
#[utoipa::path(get, path = "/health", tag = "server", responses((status = 200, body = Health)))]
pub(crate) async fn health() -> Json<Health> {
    Json(Health { status: "healthy", project: "FotoTa", version: VERSION })
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Follow {
    /// `app` asks for the mobile app's link, if one is configured, `web` for the gallery. Default: by the client.
    #[param(inline)]
    target: Option<Target>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Target {
    App,
    Web,
}

impl Validate for Follow {
    fn check(&self, _: &mut Issues) {}
}

/// Leads a share code to the event: to the mobile app where one is configured and the client is a phone's browser, by a
/// page that tries the app and goes on to the gallery; else to the gallery.
#[utoipa::path(get, path = "/r/{share_code}", tag = "events",
    params(("share_code" = String, Path, description = "The secret part of the event's link"), Follow),
    responses((status = 307, description = "Redirect to the app or to the gallery",
        headers(("location" = String, description = "The target URL"))),
        (status = 200, description = "The page that tries the app", content_type = "text/html", body = String)))]
pub(crate) async fn follow(
    State(state): State<AppState>,
    BaseUrl(base): BaseUrl,
    ValidQuery(query): ValidQuery<Follow>,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let code: ShareCode = code.parse().map_err(|()| ErrorCode::EventNotFound)?;
    let event = state.read(move |db| events::find_by_share_code(db, &code)).await?;
    let event = event.ok_or(ErrorCode::EventNotFound)?;
    let base = event.moved_to.as_deref().unwrap_or(&base);
    let gallery = share::event_link(base, &event.share_code);
    let app = state.config().server.deep_link_base_url.as_deref();
    let app = app.map(|app| format!("{}/{}", app.trim_end_matches('/'), event.id));
    let mut response = match (app, query.target) {
        (Some(app), Some(Target::App)) => Redirect::temporary(&app).into_response(),
        (Some(app), None) if is_phone(&headers) => {
            let more = serde_json::json!({ "app": app, "gallery": gallery });
            page::named(APP, locale(&headers), &event.name, &["app"], more)
        }
        _ => Redirect::temporary(&gallery).into_response(),
    };
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept-language, user-agent"));
    Ok(response)
}

/// Whether a phone's or tablet's browser asks.
fn is_phone(headers: &HeaderMap) -> bool {
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    agent.starts_with("Mozilla/")
        && ["Android", "iPhone", "iPad", "iPod"].iter().any(|name| agent.contains(name))
}
