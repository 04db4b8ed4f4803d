//! Sign-in with a local account, token refresh and sign-out. Apps use tokens, browsers a cookie.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::second_factor;
use crate::auth::{RefreshGrant, RefreshId, new_secret_text, token_hash};
use crate::domain::{AuditAction, AuditVia, Audited, Login, SessionId, Timestamp, User};
use crate::limits::{Client, Scope};
use crate::passwords::{self, PasswordError};
use crate::store::user_sessions::{self, Kind, Rotation};
use crate::store::users::{self, Key};
use crate::web::access::audit;
use crate::web::access::caller::{
    BaseUrl, Origin, SESSION_COOKIE, SignedIn, csrf_token, login_digest, session_cookie, uses_studio,
};
use crate::web::access::cookies;
use crate::web::api::views::{Message, UserPublic, Views};
use crate::web::http::schemas;
use crate::web::http::validate::{Issues, Valid, Validate, invalid};
use crate::web::{ApiError, AppState, ErrorCode};

/// The tokens of an app's session.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "names of the mobile app's contract")]
pub(crate) struct Token {
    /// Sent in the header `Authorization: Bearer`.
    access_token: String,
    /// Works once, for the next pair of tokens; or until it expires, where the server is set to keep refresh tokens.
    refresh_token: String,
    #[schema(example = "bearer")]
    token_type: &'static str,
    /// Whether the account was just created.
    is_new_user: bool,
}

/// A local account's login and password.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Credentials {
    #[schema(schema_with = schemas::login)]
    login: String,
    #[schema(format = Password, max_length = 1000)]
    password: String,
    /// For accounts with a second factor: the code of the authenticator app, or a recovery code.
    #[schema(max_length = 40)]
    code: Option<String>,
}

impl Validate for Credentials {
    fn check(&self, issues: &mut Issues) {
        issues.expect_chars(&self.login, 1, 254, "login");
        issues.expect_chars(&self.password, 0, 1000, "password");
        let code = self.code.as_deref().unwrap_or_default();
        issues.expect_chars(code, 0, second_factor::MAX_CODE_CHARS, "code");
    }
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct RefreshRequest {
    refresh_token: String,
}

impl Validate for RefreshRequest {
    fn check(&self, _: &mut Issues) {}
}

/// A browser's session.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session {
    user: UserPublic,
    /// Whether the studio is for this user: an admin, or the owner of an event.
    uses_studio: bool,
    /// Sent in the header `x-csrf-token` of every write; empty for callers with an access token, who need none.
    csrf_token: String,
}

/// Starts a session for an app.
pub(super) async fn issue_tokens(
    state: &AppState,
    user: &User,
    is_new_user: bool,
) -> Result<Token, ApiError> {
    let (now, session) = (state.now(), SessionId::random());
    let expires_at = now.plus(state.config().accounts.session());
    let (user_id, id, times) = (user.id, RefreshId::random(), (now, expires_at));
    let (refresh_token, hash) = (state.0.settings.tokens.refresh(user.id, session, &id, times), id.hash());
    state.write(move |db| user_sessions::insert(db, session, user_id, Kind::App, hash, times)).await?;
    Ok(Token { is_new_user, ..token_pair(state, user, session, refresh_token, now) })
}

/// For a session that exists, as of `now`.
fn token_pair(
    state: &AppState,
    user: &User,
    session: SessionId,
    refresh_token: String,
    now: Timestamp,
) -> Token {
    let lifetime = state.config().accounts.access_token();
    let access_token = state.0.settings.tokens.access(user.id, session, now, lifetime);
    Token { access_token, refresh_token, token_type: "bearer", is_new_user: false }
}

/// Starts a session for a browser, and returns its cookie.
pub(super) async fn new_browser_session(state: &AppState, user: &User) -> Result<Cookie<'static>, ApiError> {
    let (now, cookie) = (state.now(), new_secret_text());
    let (session, user_id, hash) = (SessionId::random(), user.id, token_hash(&cookie));
    let times = (now, now.plus(state.config().accounts.session()));
    state.write(move |db| user_sessions::insert(db, session, user_id, Kind::Browser, hash, times)).await?;
    Ok(session_cookie(cookie, state))
}

/// Hashes a password off the async threads, a few at a time.
pub(super) async fn hash_password(
    state: &AppState,
    hash: impl FnOnce() -> Result<String, PasswordError> + Send + 'static,
) -> Result<String, ApiError> {
    let hash = move || hash().map_err(|error| invalid("body", "password", "value", &error.to_string()));
    state.0.account_passwords.run(hash).await
}

/// Verifies a login, password and second factor, within the rate limits.
async fn authenticate(
    state: &AppState,
    client: Client,
    via: AuditVia,
    credentials: Credentials,
) -> Result<User, ApiError> {
    let scope = Scope::Account(login_digest(&credentials.login));
    state.0.sign_in_limiter.attempt(&Scope::SignIn, &client, state.now())?;
    state.0.password_limiter.attempt(&scope, &client, state.now())?;
    let Credentials { login, password, code } = credentials;
    let login: Option<Login> = login.parse().ok();
    let store = state.store();
    // Read only when it is this request's turn: the password may be changed, or the account disabled, while it waits.
    let found = state.0.account_passwords.run(move || {
        let found = store.read(|db| {
            let user = login.as_ref().map_or(Ok(None), |login| users::find_by(db, Key::Login(login)))?;
            let hash = user.as_ref().map_or(Ok(None), |user| users::find_password_hash(db, user.id))?;
            Ok((user, hash))
        })?;
        let (user, hash) = found;
        // An unknown login takes as long as a known one, so that callers cannot tell them apart.
        let fits = passwords::verify(&password, hash.as_ref().unwrap_or(&passwords::UNKNOWN));
        Ok((user, fits && hash.is_some()))
    });
    let (user, fits) = found.await?;
    let checked = async {
        let user = user.as_ref().filter(|_| fits).ok_or(ErrorCode::SignInRefused)?;
        if user.is_disabled {
            return Err(ErrorCode::AccountDisabled.into());
        }
        state.0.sign_in_limiter.succeeded(&Scope::SignIn, &client);
        state.0.password_limiter.succeeded(&scope, &client);
        second_factor::check(state, client, user, code).await
    };
    let checked = checked.await;
    let how = (AuditAction::SignIn, via);
    if let Err(error) = checked {
        let (state, refusal) = (state.clone(), error.code().as_str());
        // Later, so that the answer's time does not tell whose login it was.
        tokio::spawn(async move { record_sign_in(&state, how, user.as_ref(), &client, Some(refusal)).await });
        return Err(error);
    }
    let user = user.ok_or(ErrorCode::SignInRefused)?;
    record_sign_in(state, how, Some(&user), &client, None).await?;
    Ok(user)
}

/// Records a sign-in of an account that uses the studio, and refused ones with a login that nobody has.
pub(super) async fn record_sign_in(
    state: &AppState,
    (action, via): (AuditAction, AuditVia),
    user: Option<&User>,
    client: &Client,
    refusal: Option<&'static str>,
) -> Result<(), ApiError> {
    if let Some(user) = user
        && !uses_studio(state, user).await?
    {
        return Ok(());
    }
    let entry = Audited { refusal, ..audit::audited(action, user, via, client) };
    match (user, refusal) {
        // From anywhere: what was typed, perhaps a password, is not kept.
        (None, _) => audit::record_soon(state, Audited { network: None, ..entry }),
        (Some(_), Some(_)) => audit::record_soon(state, entry),
        (Some(_), None) => audit::record(state, entry).await,
    }
    Ok(())
}

/// Signs an app in with a local account. Works without an internet connection.
#[utoipa::path(post, path = "/auth/local", tag = "accounts", request_body = Credentials,
    responses((status = 200, body = Token)))]
pub(crate) async fn sign_in(
    State(state): State<AppState>,
    Origin(client): Origin,
    Valid(credentials): Valid<Credentials>,
) -> Result<Json<Token>, ApiError> {
    let user = authenticate(&state, client, AuditVia::App, credentials).await?;
    Ok(Json(issue_tokens(&state, &user, false).await?))
}

/// Exchanges a refresh token for a new pair of tokens. For half a minute a repeated request gets the same pair, if its
/// refresh token was not used yet. Any other second use ends the session: the token may be stolen. Where the server is
/// set to keep refresh tokens, the same one comes back.
#[utoipa::path(post, path = "/auth/refresh", tag = "accounts", request_body = RefreshRequest,
    responses((status = 200, body = Token)))]
pub(crate) async fn refresh(
    State(state): State<AppState>,
    Valid(request): Valid<RefreshRequest>,
) -> Result<Json<Token>, ApiError> {
    let now = state.now();
    let tokens = &state.0.settings.tokens;
    let read = tokens.read_refresh(&request.refresh_token, now);
    let RefreshGrant { session, token_hash: presented, next } =
        read.map_err(|_| ErrorCode::RefreshRefused)?;
    if state.config().accounts.keep_refresh_tokens {
        let user = state.read(move |db| user_sessions::find_holder(db, session, presented, now)).await?;
        let user = user.ok_or(ErrorCode::RefreshRefused)?;
        return Ok(Json(token_pair(&state, &user, session, request.refresh_token, now)));
    }
    let (hashes, times) = ((presented, next.hash()), (now, now.plus(state.config().accounts.session())));
    match state.write(move |db| user_sessions::rotate(db, session, hashes, times)).await? {
        Rotation::Rotated { user, at, expires_at } => {
            let refresh_token = tokens.refresh(user.id, session, &next, (at, expires_at));
            Ok(Json(token_pair(&state, &user, session, refresh_token, at)))
        }
        Rotation::Reused(user) => {
            tracing::warn!(user.id = %user, "a refresh token was used twice; its session has ended");
            Err(ErrorCode::RefreshRefused.into())
        }
        Rotation::Ended => Err(ErrorCode::RefreshRefused.into()),
    }
}

/// Signs out: revokes this session's refresh token, access token and cookie.
#[utoipa::path(post, path = "/auth/logout", tag = "accounts", responses((status = 200, body = Message)))]
pub(crate) async fn sign_out(
    State(state): State<AppState>,
    signed_in: SignedIn,
    jar: CookieJar,
) -> Result<(CookieJar, Json<Message>), ApiError> {
    state.write(move |db| user_sessions::delete(db, signed_in.session)).await?;
    let jar = match signed_in.cookie {
        Some(_) => jar.add(cookies::removal(SESSION_COOKIE, "/".into())),
        None => jar,
    };
    Ok((jar, Json(Message { message: "signed out" })))
}

/// Signs a browser in with a local account. Sets a cookie that scripts cannot read.
#[utoipa::path(post, path = "/auth/session", tag = "accounts", request_body = Credentials,
    responses((status = 201, body = Session)))]
pub(crate) async fn open_session(
    State(state): State<AppState>,
    Origin(client): Origin,
    BaseUrl(base): BaseUrl,
    jar: CookieJar,
    Valid(credentials): Valid<Credentials>,
) -> Result<Response, ApiError> {
    let user = authenticate(&state, client, AuditVia::Browser, credentials).await?;
    let cookie = new_browser_session(&state, &user).await?;
    let csrf_token = csrf_token(cookie.value());
    let uses_studio = uses_studio(&state, &user).await?;
    let user = Views { state, base, user: user.id }.user_public(&user).await?;
    Ok((StatusCode::CREATED, jar.add(cookie), Json(Session { user, uses_studio, csrf_token }))
        .into_response())
}

/// Returns the signed-in user, and the CSRF token for a browser's writes.
#[utoipa::path(get, path = "/auth/session", tag = "accounts", responses((status = 200, body = Session)))]
pub(crate) async fn show_session(signed_in: SignedIn, views: Views) -> Result<Json<Session>, ApiError> {
    let csrf_token = signed_in.cookie.as_deref().map(csrf_token).unwrap_or_default();
    let uses_studio = uses_studio(&views.state, &signed_in.user).await?;
    let user = views.user_public(&signed_in.user).await?;
    Ok(Json(Session { user, uses_studio, csrf_token }))
}
