//! Sign-in with Google, or with whichever OpenID provider is configured: apps bring a code or a token, browsers are
//! sent there and come back.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use utoipa::ToSchema;

use super::auth::{Token, issue_tokens, new_browser_session};
use crate::auth::oidc::{Identity, OidcError, Provider, Refusal, WebSignIn};
use crate::domain::{Timestamp, User, reason_chain};
use crate::limits::Scope;
use crate::store::StoreError;
use crate::store::users::{self, Key};
use crate::web::AppState;
use crate::web::access::caller::{BaseUrl, Origin};
use crate::web::access::cookies;
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;
use crate::web::http::validate::{Issues, Valid, ValidQuery, Validate};

/// What a browser must bring back from the provider.
const COOKIE: &str = "fotota_sign_in";
const COOKIE_SCOPE: &str = "sign-in";
const COOKIE_PATH: &str = "/auth/google";
const COOKIE_LIFETIME: Duration = Duration::from_mins(10);

/// What an app got from Google; one of both.
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
        let fits = |text: &Option<String>| text.as_ref().is_none_or(|text| text.chars().count() <= 4096);
        issues.expect(
            fits(&self.server_auth_code),
            "server_auth_code",
            "string_length",
            "over 4096 characters",
        );
        issues.expect(
            fits(&self.google_access_token),
            "google_access_token",
            "string_length",
            "over 4096 characters",
        );
    }
}

/// Signs in with what an app got from Google. An account is made at the first time.
#[utoipa::path(post, path = "/auth/google", tag = "accounts", request_body = GoogleSignIn,
    responses((status = 200, body = Token)))]
pub(crate) async fn sign_in(
    State(state): State<AppState>,
    Origin(client): Origin,
    Valid(request): Valid<GoogleSignIn>,
) -> Result<Json<Token>, ApiError> {
    state.0.sign_in_limiter.attempt(&Scope::SignIn, &client, state.now())?;
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let (code, token) = (given(request.server_auth_code), given(request.google_access_token));
    let identity = match (code, token) {
        (Some(code), _) => ask(&state, move |provider, now| provider.by_server_code(&code, now)).await?,
        (None, Some(token)) => {
            ask(&state, move |provider, now| provider.by_access_token(&token, now)).await?
        }
        (None, None) => {
            let sentence = "give `server_auth_code` or `google_access_token`";
            return Err(ApiError::with_detail(ErrorCode::ProviderRefused, sentence));
        }
    };
    let (user, is_new) = account_of(&state, identity).await?;
    state.0.sign_in_limiter.succeeded(&Scope::SignIn, &client);
    Ok(Json(issue_tokens(&state, &user, is_new).await?))
}

async fn ask<T: Send + 'static>(
    state: &AppState,
    question: impl FnOnce(&Provider, Timestamp) -> Result<T, OidcError> + Send + 'static,
) -> Result<T, ApiError> {
    let (provider, now) = (state.0.settings.provider.clone().ok_or(ErrorCode::ProviderMissing)?, state.now());
    let permit = state.0.provider_requests.acquire().await?;
    blocking(move || {
        let _permit = permit;
        question(&provider, now).map_err(|error| refusal(&error))
    })
    .await
}

fn refusal(error: &OidcError) -> ApiError {
    match error {
        OidcError::Refused(Refusal::EmailUnverified) => ErrorCode::EmailUnverified.into(),
        OidcError::Refused(refusal) => {
            ApiError::with_detail(ErrorCode::ProviderRefused, &format!("the sign-in is refused: {refusal}"))
        }
        OidcError::Unreachable(_) | OidcError::Unavailable { .. } | OidcError::Misconfigured(_) => {
            tracing::warn!(cause = reason_chain(error), "the sign-in provider could not be asked");
            ErrorCode::ProviderUnreachable.into()
        }
    }
}

/// The account of somebody whom the provider vouches for; whether it was made now.
///
/// Found by the provider's number for the person, else by the e-mail address that the provider has verified; only
/// addresses that an admin or a provider vouched for are kept with accounts, so that nobody can lie in wait for
/// another's. Who gets an address that was somebody else's gets an account of their own.
async fn account_of(state: &AppState, identity: Identity) -> Result<(User, bool), ApiError> {
    let (store, now) = (state.store(), state.now());
    let (user, is_new) = blocking(move || {
        Ok(store.write(move |tx| {
            let Identity { issuer, subject, email, name, picture } = identity;
            let key = Key::Identity { issuer: &issuer, subject: &subject };
            let known = match users::find_by(tx, key)? {
                Some(user) => Some(user),
                None => users::find_unlinked(tx, &email, &issuer)?,
            };
            let profile = User { email: Some(email), picture, ..User::new(name, now) };
            let id = known.as_ref().map_or(profile.id, |user| user.id);
            if known.is_none() && !users::insert(tx, &profile, None)? {
                // The address is with the account of its former owner.
                users::insert(tx, &User { email: None, ..profile.clone() }, None)?;
            }
            users::link(tx, id, &issuer, &subject, &profile)?;
            let user = users::find(tx, id)?.ok_or(StoreError::Corrupt { what: "user" })?;
            Ok((user, known.is_none()))
        })?)
    })
    .await?;
    if user.is_disabled { Err(ErrorCode::AccountDisabled.into()) } else { Ok((user, is_new)) }
}

#[derive(Deserialize)]
pub(crate) struct Start {
    /// A page of ours, to come back to.
    next: Option<String>,
}

impl Validate for Start {
    fn check(&self, issues: &mut Issues) {
        let ours = |next: &str| {
            let plain = next.chars().all(|c| c.is_ascii_alphanumeric() || "/_-".contains(c));
            plain && next.starts_with('/') && !next.starts_with("//")
        };
        issues.expect(
            self.next.as_deref().is_none_or(ours),
            "next",
            "value",
            "expected the path of a page here",
        );
    }
}

fn redirect_url(base: &str) -> String {
    format!("{base}/auth/google/callback")
}

/// Sends a browser to the provider.
pub(crate) async fn start(
    State(state): State<AppState>,
    BaseUrl(base): BaseUrl,
    Origin(client): Origin,
    jar: CookieJar,
    ValidQuery(query): ValidQuery<Start>,
) -> Result<Response, ApiError> {
    state.0.sign_in_limiter.attempt(&Scope::SignIn, &client, state.now())?;
    let begun = ask(&state, move |provider, now| provider.begin_web(&redirect_url(&base), now)).await?;
    let WebSignIn { url, state: expected, nonce, verifier } = begun;
    let next = query.next.unwrap_or_else(|| "/".to_owned());
    let value = format!("{expected}.{nonce}.{verifier}.{next}");
    let signature = state.0.settings.links.sign(&value, COOKIE_SCOPE, state.now());
    let value = format!("{value}?{signature}");
    let cookie = cookies::new((COOKIE, value), COOKIE_PATH.into(), COOKIE_LIFETIME, &state);
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

/// Where the provider sends the browser back to.
pub(crate) async fn finish(
    State(state): State<AppState>,
    BaseUrl(base): BaseUrl,
    headers: HeaderMap,
    jar: CookieJar,
    ValidQuery(query): ValidQuery<Finish>,
) -> Result<Response, ApiError> {
    let begun = begun(&headers, &state).ok_or(ErrorCode::StateMismatch)?;
    let [expected, nonce, verifier, next] = begun;
    if query.state.as_deref() != Some(expected.as_str()) {
        return Err(ErrorCode::StateMismatch.into());
    }
    let code = query.code.ok_or(ErrorCode::ProviderRefused)?;
    let identity = ask(&state, move |provider, now| {
        provider.finish_web(&code, &redirect_url(&base), &verifier, &nonce, now)
    });
    let (user, _) = account_of(&state, identity.await?).await?;
    let session = new_browser_session(&state, &user).await?;
    // A code is good once, and so is what belongs to it.
    let spent = cookies::removal(COOKIE, COOKIE_PATH.into());
    Ok((jar.add(session).add(spent), Redirect::to(&next)).into_response())
}

/// State, nonce, verifier and next page, as this browser was sent off with them.
fn begun(headers: &HeaderMap, state: &AppState) -> Option<[String; 4]> {
    let jar = CookieJar::from_headers(headers);
    let (value, query) = jar.get(COOKIE)?.value().rsplit_once('?')?;
    let (expires, signature) = query.strip_prefix("exp=")?.split_once("&sig=")?;
    let signed = (expires.parse().ok()?, signature);
    state.0.settings.links.check(value, COOKIE_SCOPE, signed, state.now()).ok()?;
    let mut parts = value.splitn(4, '.').map(str::to_owned);
    Some([parts.next()?, parts.next()?, parts.next()?, parts.next()?])
}
