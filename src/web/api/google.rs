//! Sign-in with Google or another configured OpenID provider. Apps send a code or a token; browsers are redirected to
//! the provider and back.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use utoipa::ToSchema;

use super::auth::{Token, issue_tokens, new_browser_session, record_sign_in};
use crate::auth::oidc::{Identity, OidcError, Provider, Refusal, WebSignIn};
use crate::domain::{AuditAction, AuditVia, Timestamp, User, reason_chain};
use crate::limits::Scope;
use crate::store::StoreError;
use crate::store::users::{self, Key};
use crate::web::access::caller::{BaseUrl, Origin};
use crate::web::access::cookies;
use crate::web::http::validate::{Issues, Valid, ValidQuery, Validate};
use crate::web::{ApiError, AppState, ErrorCode};

/// Holds the pending sign-in while the browser is at the provider.
const COOKIE: &str = "fotota_sign_in";
const COOKIE_SCOPE: &str = "sign-in";
const COOKIE_PATH: &str = "/auth/google";
const COOKIE_LIFETIME: Duration = Duration::from_mins(10);

/// What an app received from Google: a code or a token.
#[derive(Deserialize, ToSchema)]
pub(crate) struct GoogleSignIn {
    /// An authorization code for this server.
    #[schema(max_length = 4096)]
    server_auth_code: Option<String>,
    /// An access token of the app.
    #[schema(max_length = 4096)]
    google_access_token: Option<String>,
}

impl Validate for GoogleSignIn {
    fn check(&self, issues: &mut Issues) {
        let code = self.server_auth_code.as_deref().unwrap_or_default();
        issues.expect_chars(code, 0, 4096, "server_auth_code");
        let token = self.google_access_token.as_deref().unwrap_or_default();
        issues.expect_chars(token, 0, 4096, "google_access_token");
    }
}

/// Signs an app in with a code or a token from Google. The first sign-in creates an account.
#[utoipa::path(post, path = "/auth/google", tag = "accounts", request_body = GoogleSignIn,
    responses((status = 200, body = Token)))]
pub(crate) async fn sign_in(
    State(state): State<AppState>,
    Origin(client): Origin,
    Valid(request): Valid<GoogleSignIn>,
) -> Result<Json<Token>, ApiError> {
    state.0.sign_in_limiter.attempt(&Scope::SignIn, &client, state.now())?;
    let code = request.server_auth_code.filter(|code| !code.is_empty());
    let token = request.google_access_token.filter(|token| !token.is_empty());
    let identity = match (code, token) {
        (Some(code), _) => ask(&state, move |provider, now| provider.by_server_code(&code, now)).await?,
        (None, Some(token)) => {
            ask(&state, move |provider, now| provider.by_access_token(&token, now)).await?
        }
        (None, None) => {
            let detail = "send `server_auth_code` or `google_access_token`";
            return Err(ApiError::with_detail(ErrorCode::ProviderRefused, detail));
        }
    };
    let (user, is_new) = account_of(&state, identity).await?;
    state.0.sign_in_limiter.succeeded(&Scope::SignIn, &client);
    let how = (AuditAction::ProviderSignIn, AuditVia::App);
    record_sign_in(&state, how, Some(&user), &client, None).await?;
    Ok(Json(issue_tokens(&state, &user, is_new).await?))
}

/// Sends a request to the provider, with one of a few permits.
async fn ask<T: Send + 'static>(
    state: &AppState,
    request: impl FnOnce(&Provider, Timestamp) -> Result<T, OidcError> + Send + 'static,
) -> Result<T, ApiError> {
    let (provider, now) = (state.0.settings.provider.clone().ok_or(ErrorCode::ProviderMissing)?, state.now());
    let request = move || request(&provider, now).map_err(|error| sign_in_error(&error));
    state.0.provider_requests.run(request).await
}

fn sign_in_error(error: &OidcError) -> ApiError {
    match error {
        OidcError::Refused(Refusal::EmailUnverified) => ErrorCode::EmailUnverified.into(),
        OidcError::Refused(refusal) => {
            ApiError::with_detail(ErrorCode::ProviderRefused, &format!("the sign-in is refused: {refusal}"))
        }
        OidcError::Unreachable(_) | OidcError::Unavailable { .. } | OidcError::Misconfigured(_) => {
            tracing::warn!(cause = reason_chain(error), "the sign-in provider could not be reached");
            ErrorCode::ProviderUnreachable.into()
        }
    }
}

/// The account of a person whom the provider has identified, and whether it was just created.
///
/// Accounts are found by the provider's id for the person, else by the e-mail address that the provider has verified.
/// Accounts hold only addresses that an admin or a provider has verified, so that nobody can claim another person's
/// address in advance. A person who takes over an address that belongs to another account gets a new account.
async fn account_of(state: &AppState, identity: Identity) -> Result<(User, bool), ApiError> {
    let now = state.now();
    let linked = state.write(move |db| {
        let Identity { issuer, subject, email, name, picture } = identity.clone();
        let known = match users::find_by(db, Key::Identity { issuer: &issuer, subject: &subject })? {
            Some(user) => Some(user),
            None => users::find_unlinked(db, &email, &issuer)?,
        };
        let profile = User { email: Some(email), picture, ..User::new(name, now) };
        let id = known.as_ref().map_or(profile.id, |user| user.id);
        if known.is_none() && !users::insert(db, &profile, None)? {
            // The address is still with the account of its former owner.
            users::insert(db, &User { email: None, ..profile.clone() }, None)?;
        }
        users::link(db, id, &issuer, &subject, &profile)?;
        let user = users::find(db, id)?.ok_or(StoreError::Corrupt { what: "user" })?;
        Ok((user, known.is_none()))
    });
    let (user, is_new) = linked.await?;
    if user.is_disabled { Err(ErrorCode::AccountDisabled.into()) } else { Ok((user, is_new)) }
}

#[derive(Deserialize)]
pub(crate) struct Start {
    /// The path of the page to return to.
    next: Option<String>,
}

impl Validate for Start {
    fn check(&self, issues: &mut Issues) {
        let is_local = |next: &str| {
            let plain = next.chars().all(|c| c.is_ascii_alphanumeric() || "/_-#".contains(c));
            plain && next.starts_with('/') && !next.starts_with("//")
        };
        let fits = self.next.as_deref().is_none_or(is_local);
        issues.expect(fits, "next", "value", "expected the path of a page on this server");
    }
}

fn redirect_url(base: &str) -> String {
    format!("{base}/auth/google/callback")
}

/// Redirects a browser to the provider.
pub(crate) async fn start(
    State(state): State<AppState>,
    BaseUrl(base): BaseUrl,
    Origin(client): Origin,
    jar: CookieJar,
    ValidQuery(query): ValidQuery<Start>,
) -> Result<Response, ApiError> {
    state.0.sign_in_limiter.attempt(&Scope::SignIn, &client, state.now())?;
    let sign_in = ask(&state, move |provider, now| provider.begin_web(&redirect_url(&base), now)).await?;
    let WebSignIn { url, state: expected, nonce, verifier } = sign_in;
    let next = query.next.unwrap_or_else(|| "/".to_owned());
    let value = format!("{expected}.{nonce}.{verifier}.{next}");
    let signature = state.0.settings.links.sign(&value, COOKIE_SCOPE, state.now());
    let value = format!("{value}?{signature}");
    let cookie = cookies::new((COOKIE, value), COOKIE_PATH.into(), COOKIE_LIFETIME);
    Ok((jar.add(cookie), Redirect::to(&url)).into_response())
}

#[derive(Deserialize)]
pub(crate) struct Finish {
    code: Option<String>,
    state: Option<String>,
}

impl Validate for Finish {
    fn check(&self, _: &mut Issues) {}
}

/// Completes a browser's sign-in when the provider redirects it back.
pub(crate) async fn finish(
    State(state): State<AppState>,
    BaseUrl(base): BaseUrl,
    Origin(client): Origin,
    headers: HeaderMap,
    jar: CookieJar,
    ValidQuery(query): ValidQuery<Finish>,
) -> Result<Response, ApiError> {
    let pending = pending_sign_in(&headers, &state).ok_or(ErrorCode::StateMismatch)?;
    let [expected, nonce, verifier, next] = pending;
    if query.state.as_deref() != Some(expected.as_str()) {
        return Err(ErrorCode::StateMismatch.into());
    }
    let code = query.code.ok_or(ErrorCode::ProviderRefused)?;
    let identity = ask(&state, move |provider, now| {
        provider.finish_web(&code, &redirect_url(&base), &verifier, &nonce, now)
    });
    let (user, _) = account_of(&state, identity.await?).await?;
    let how = (AuditAction::ProviderSignIn, AuditVia::Browser);
    record_sign_in(&state, how, Some(&user), &client, None).await?;
    let session = new_browser_session(&state, &user).await?;
    // The code works once, and so does this cookie.
    let spent = cookies::removal(COOKIE, COOKIE_PATH.into());
    Ok((jar.add(session).add(spent), Redirect::to(&next)).into_response())
}

/// State, nonce, verifier and next page from the browser's cookie.
fn pending_sign_in(headers: &HeaderMap, state: &AppState) -> Option<[String; 4]> {
    let jar = CookieJar::from_headers(headers);
    let (value, query) = jar.get(COOKIE)?.value().rsplit_once('?')?;
    let (expires, signature) = query.strip_prefix("exp=")?.split_once("&sig=")?;
    let signed = (expires.parse().ok()?, signature);
    state.0.settings.links.check(value, COOKIE_SCOPE, signed, state.now()).ok()?;
    let mut parts = value.splitn(4, '.').map(str::to_owned);
    Some([parts.next()?, parts.next()?, parts.next()?, parts.next()?])
}
