//! Signing in with a local account, going on with a refresh token, signing out; for apps with tokens, for browsers with
//! a cookie.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::{RefreshGrant, new_secret_text, token_hash};
use crate::domain::{Login, SessionId, User};
use crate::limits::{Client, Scope};
use crate::passwords;
use crate::store::user_sessions::{self, Kind, Rotation};
use crate::store::users::{self, Key};
use crate::web::AppState;
use crate::web::access::caller::{
    BaseUrl, Origin, SESSION_COOKIE, SignedIn, csrf_token, login_digest, session_cookie,
};
use crate::web::api::views::{Addresses, Message, UserPublic};
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;
use crate::web::http::schemas;
use crate::web::http::validate::{Issues, Valid, Validate};

/// Tokens of a session.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names that the mobile app knows")]
pub(crate) struct Token {
    /// For the header `Authorization: Bearer`.
    access_token: String,
    /// Good once, for the next pair.
    refresh_token: String,
    #[schema(example = "bearer")]
    token_type: &'static str,
    /// Whether the account was made just now.
    is_new_user: bool,
}

/// A local account's login and password.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Credentials {
    #[schema(schema_with = schemas::login)]
    login: String,
    #[schema(format = Password, max_length = 1000)]
    password: String,
}

impl Validate for Credentials {
    fn check(&self, issues: &mut Issues) {
        issues.expect_chars(&self.login, 1, 254, "login");
        issues.expect(
            self.password.chars().count() <= 1000,
            "password",
            "string_length",
            "over 1000 characters",
        );
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
    /// For the header `x-csrf-token` of every write; empty for a caller with an access token, who needs none.
    csrf_token: String,
}

/// Signs a user in on an app.
pub(super) async fn issue_tokens(
    state: &AppState,
    user: &User,
    is_new_user: bool,
) -> Result<Token, ApiError> {
    let (now, session) = (state.now(), SessionId::random());
    let expires_at = now.plus(state.config().accounts.session());
    let (refresh_token, hash) = state.0.settings.tokens.refresh(user.id, session, now, expires_at);
    let (store, id) = (state.store(), user.id);
    blocking(move || {
        let times = (now, expires_at);
        Ok(store.write(move |tx| user_sessions::insert(tx, session, id, Kind::App, hash, times))?)
    })
    .await?;
    Ok(token(state, user, session, refresh_token, is_new_user))
}

fn token(
    state: &AppState,
    user: &User,
    session: SessionId,
    refresh_token: String,
    is_new_user: bool,
) -> Token {
    let lasts = state.config().accounts.access_token();
    let access_token = state.0.settings.tokens.access(user.id, session, state.now(), lasts);
    Token { access_token, refresh_token, token_type: "bearer", is_new_user }
}

/// Signs a user in on a browser.
pub(super) async fn new_browser_session(state: &AppState, user: &User) -> Result<Cookie<'static>, ApiError> {
    let (now, cookie) = (state.now(), new_secret_text());
    let (store, id, hash) = (state.store(), user.id, token_hash(&cookie));
    let times = (now, now.plus(state.config().accounts.session()));
    blocking(move || {
        Ok(store.write(move |tx| {
            user_sessions::insert(tx, SessionId::random(), id, Kind::Browser, hash, times)
        })?)
    })
    .await?;
    Ok(session_cookie(cookie, state))
}

/// The user with this login and password, where they fit and tries do not come too fast.
async fn authenticate(state: &AppState, client: Client, given: Credentials) -> Result<User, ApiError> {
    let scope = Scope::Account(login_digest(&given.login));
    state.0.sign_in_limiter.attempt(&Scope::SignIn, &client, state.now())?;
    state.0.password_limiter.attempt(&scope, &client, state.now())?;
    let permit = state.0.account_passwords.acquire().await?;
    let store = state.store();
    let user = blocking(move || {
        let _permit = permit;
        let login: Option<Login> = given.login.parse().ok();
        let found = store.read(|c| {
            let user = login.map_or(Ok(None), |login| users::find_by(c, Key::Login(&login)))?;
            let hash = user.as_ref().map_or(Ok(None), |user| users::find_password_hash(c, user.id))?;
            Ok(user.zip(hash))
        })?;
        // As long for a login that nobody has, so that logins cannot be told apart.
        let (user, hash) =
            found.map_or((None, passwords::UNKNOWN.clone()), |(user, hash)| (Some(user), hash));
        let fits = passwords::verify(&given.password, &hash);
        Ok(user.filter(|_| fits))
    })
    .await?;
    let user = user.ok_or(ErrorCode::SignInRefused)?;
    if user.is_disabled {
        return Err(ErrorCode::AccountDisabled.into());
    }
    state.0.sign_in_limiter.succeeded(&Scope::SignIn, &client);
    state.0.password_limiter.succeeded(&scope, &client);
    Ok(user)
}

/// Signs in with a local account, which needs no internet.
#[utoipa::path(post, path = "/auth/local", tag = "accounts", request_body = Credentials,
    responses((status = 200, body = Token)))]
pub(crate) async fn sign_in(
    State(state): State<AppState>,
    Origin(client): Origin,
    Valid(given): Valid<Credentials>,
) -> Result<Json<Token>, ApiError> {
    let user = authenticate(&state, client, given).await?;
    Ok(Json(issue_tokens(&state, &user, false).await?))
}

/// Trades a refresh token for a new pair. A token that is used twice ends the session: somebody has stolen one.
#[utoipa::path(post, path = "/auth/refresh", tag = "accounts", request_body = RefreshRequest,
    responses((status = 200, body = Token)))]
pub(crate) async fn refresh(
    State(state): State<AppState>,
    Valid(request): Valid<RefreshRequest>,
) -> Result<Json<Token>, ApiError> {
    let now = state.now();
    let tokens = &state.0.settings.tokens;
    let read = tokens.read_refresh(&request.refresh_token, now);
    let RefreshGrant { session, token_hash: presented } = read.map_err(|_| ErrorCode::RefreshRefused)?;
    let expires_at = now.plus(state.config().accounts.session());
    let store = state.store();
    let user = blocking(move || Ok(store.read(|c| user_sessions::find_user(c, session, now))?)).await?;
    let user = user.ok_or(ErrorCode::RefreshRefused)?;
    let (refresh_token, next) = tokens.refresh(user.id, session, now, expires_at);
    let store = state.store();
    let rotation = blocking(move || {
        Ok(store.write(move |tx| user_sessions::rotate(tx, session, (presented, next), (now, expires_at)))?)
    });
    match rotation.await? {
        Rotation::Rotated(user) => Ok(Json(token(&state, &user, session, refresh_token, false))),
        Rotation::Reused => {
            tracing::warn!(user.id = %user.id, "a refresh token was used twice, its session has ended");
            Err(ErrorCode::RefreshRefused.into())
        }
        Rotation::Ended => Err(ErrorCode::RefreshRefused.into()),
    }
}

/// Signs out: the refresh token, the access token and the cookie of this session are good no longer.
#[utoipa::path(post, path = "/auth/logout", tag = "accounts", responses((status = 200, body = Message)))]
pub(crate) async fn sign_out(
    State(state): State<AppState>,
    signed_in: SignedIn,
    jar: CookieJar,
) -> Result<(CookieJar, Json<Message>), ApiError> {
    let store = state.store();
    blocking(move || Ok(store.write(move |tx| user_sessions::delete(tx, signed_in.session))?)).await?;
    let jar = match signed_in.cookie {
        Some(_) => jar.add(Cookie::build((SESSION_COOKIE, "")).path("/").removal().build()),
        None => jar,
    };
    Ok((jar, Json(Message { message: "signed out" })))
}

/// Signs a browser in with a local account: sets a cookie that scripts cannot read.
#[utoipa::path(post, path = "/auth/session", tag = "accounts", request_body = Credentials,
    responses((status = 201, body = Session)))]
pub(crate) async fn open_session(
    State(state): State<AppState>,
    Origin(client): Origin,
    BaseUrl(base): BaseUrl,
    jar: CookieJar,
    Valid(given): Valid<Credentials>,
) -> Result<Response, ApiError> {
    let user = authenticate(&state, client, given).await?;
    let cookie = new_browser_session(&state, &user).await?;
    let csrf_token = csrf_token(cookie.value());
    let user = Addresses { state, base }.user_public(&user).await?;
    Ok((StatusCode::CREATED, jar.add(cookie), Json(Session { user, csrf_token })).into_response())
}

/// Who is signed in, and what a browser's writes must carry.
#[utoipa::path(get, path = "/auth/session", tag = "accounts", responses((status = 200, body = Session)))]
pub(crate) async fn show_session(
    State(state): State<AppState>,
    signed_in: SignedIn,
    BaseUrl(base): BaseUrl,
) -> Result<Json<Session>, ApiError> {
    let csrf_token = signed_in.cookie.as_deref().map(csrf_token).unwrap_or_default();
    let user = Addresses { state, base }.user_public(&signed_in.user).await?;
    Ok(Json(Session { user, csrf_token }))
}
