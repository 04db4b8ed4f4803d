//! Accounts: registration, set-up of the first admin, profile and deletion.

use std::sync::{MutexGuard, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use utoipa::ToSchema;

use super::auth::{Token, hash_password, issue_tokens, new_browser_session};
use crate::auth::token_hash;
use crate::config::Registration;
use crate::domain::{AuditAction, AuditVia, Digest, ErasureReason, Login, User, check_person_name};
use crate::limits::Scope;
use crate::passwords::{self, MIN_ACCOUNT_CHARS};
use crate::store::{erasing, users};
use crate::web::access::audit;
use crate::web::access::caller::{Origin, SESSION_COOKIE, SignedIn, login_digest};
use crate::web::access::cookies;
use crate::web::api::views::{UserPublic, Views};
use crate::web::http::schemas;
use crate::web::http::validate::{Issues, Valid, Validate, invalid};
use crate::web::{ApiError, AppState, ErrorCode};

/// A new local account.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewAccount {
    #[schema(schema_with = schemas::new_login)]
    login: String,
    #[schema(format = Password, min_length = 8, max_length = 1000)]
    password: String,
    #[schema(schema_with = schemas::name)]
    name: Option<String>,
}

impl Validate for NewAccount {
    fn check(&self, issues: &mut Issues) {
        let login: Result<Login, _> = self.login.parse();
        if let Err(error) = login {
            issues.expect(false, "login", "value", &error.to_string());
        }
        issues.expect(
            (MIN_ACCOUNT_CHARS..=1000).contains(&self.password.chars().count()),
            "password",
            "string_length",
            "expected 8 to 1000 characters",
        );
        let fits = |name: &str| name.chars().count() <= 200 && check_person_name(name).is_some();
        issues.expect(self.name.as_deref().is_none_or(fits), "name", "value", "expected 1 to 200 characters");
    }
}

/// The first admin's account, with the token of the one-time set-up link.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SetUp {
    /// The part of the link after the `#`.
    token: String,
    #[serde(flatten)]
    account: NewAccount,
}

impl Validate for SetUp {
    /// The account is checked after the token, so that callers without one learn nothing.
    fn check(&self, _: &mut Issues) {}
}

/// Creates a local account, if registration is open.
#[utoipa::path(post, path = "/auth/register", tag = "accounts", request_body = NewAccount,
    responses((status = 201, body = Token)))]
pub(crate) async fn register(
    State(state): State<AppState>,
    Origin(client): Origin,
    Valid(account): Valid<NewAccount>,
) -> Result<(StatusCode, Json<Token>), ApiError> {
    if state.config().accounts.registration == Registration::Closed {
        return Err(ErrorCode::RegistrationClosed.into());
    }
    // Slows down probing for taken logins and creating accounts in bulk.
    state.0.sign_in_limiter.attempt(&Scope::SignIn, &client, state.now())?;
    let user = insert(&state, account, false).await?;
    Ok((StatusCode::CREATED, Json(issue_tokens(&state, &user, true).await?)))
}

/// Creates the first admin, with the one-time link that the server prints when it starts.
#[utoipa::path(post, path = "/setup", tag = "accounts", request_body = SetUp,
    responses((status = 201, body = Token)))]
pub(crate) async fn set_up(
    State(state): State<AppState>,
    Origin(client): Origin,
    jar: CookieJar,
    Valid(request): Valid<SetUp>,
) -> Result<Response, ApiError> {
    let scope = Scope::Account(login_digest("set-up"));
    state.0.password_limiter.attempt(&scope, &client, state.now())?;
    if *setup_token_hash(&state) != Some(token_hash(&request.token)) {
        return Err(ErrorCode::SetupRefused.into());
    }
    let mut issues = Issues::in_body();
    request.account.check(&mut issues);
    issues.finish()?;
    let user = insert(&state, request.account, true).await?;
    // The link works once, even if this admin is deleted later.
    *setup_token_hash(&state) = None;
    state.0.password_limiter.succeeded(&scope, &client);
    audit::record(
        &state,
        audit::audited(AuditAction::AccountCreate, Some(&user), AuditVia::Browser, &client),
    )
    .await;
    let cookie = new_browser_session(&state, &user).await?;
    let token = issue_tokens(&state, &user, true).await?;
    Ok((StatusCode::CREATED, jar.add(cookie), Json(token)).into_response())
}

fn setup_token_hash(state: &AppState) -> MutexGuard<'_, Option<Digest>> {
    state.0.setup_token_hash.lock().unwrap_or_else(PoisonError::into_inner)
}

/// With `first_admin`, only while there is no admin.
async fn insert(state: &AppState, account: NewAccount, first_admin: bool) -> Result<User, ApiError> {
    let login: Login = account.login.parse().map_err(|_| invalid("body", "login", "value", "not a login"))?;
    let name = account.name.as_deref().and_then(check_person_name);
    let user = if first_admin {
        User { is_admin: true, ..User::vouched_for(login, name, state.now()) }
    } else {
        User::local(login, name, state.now())
    };
    let is_weak = passwords::check_account(&account.password, &user, state.place()).is_err();
    if is_weak {
        return Err(ErrorCode::AccountPasswordWeak.into());
    }
    let hash = hash_password(state, move || passwords::hash_account(&account.password)).await?;
    let row = user.clone();
    let added = state.write(move |db| {
        if first_admin && users::first_admin(db)?.is_some() {
            return Ok(None);
        }
        users::insert(db, &row, Some(&hash)).map(Some)
    });
    match added.await? {
        None => Err(ErrorCode::SetupRefused.into()),
        Some(false) => Err(ErrorCode::AccountTaken.into()),
        Some(true) => Ok(user),
    }
}

/// Returns the signed-in user.
#[utoipa::path(get, path = "/users/me", tag = "accounts", responses((status = 200, body = UserPublic)))]
pub(crate) async fn show(signed_in: SignedIn, views: Views) -> Result<Json<UserPublic>, ApiError> {
    views.user_public(&signed_in.user).await.map(Json)
}

/// Deletes the account with its selfie, history, bookmarks and searches.
#[utoipa::path(delete, path = "/users/me", tag = "accounts", responses((status = 204)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    signed_in: SignedIn,
    jar: CookieJar,
) -> Result<(StatusCode, CookieJar), ApiError> {
    let (user, now) = (signed_in.user.id, state.now());
    if !super::delete(&state, move |db| erasing::account(db, user, ErasureReason::User, now)).await? {
        return Err(ErrorCode::OwnsEvents.into());
    }
    Ok((StatusCode::NO_CONTENT, jar.add(cookies::removal(SESSION_COOKIE, "/".into()))))
}
