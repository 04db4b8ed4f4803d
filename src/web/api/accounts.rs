//! Accounts: their making, the first admin's set-up, and their end.

use std::sync::{MutexGuard, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use serde::Deserialize;
use utoipa::ToSchema;

use super::auth::{Token, issue_tokens, new_browser_session};
use crate::auth::token_hash;
use crate::config::Registration;
use crate::domain::{Digest, Login, User, check_person_name};
use crate::limits::Scope;
use crate::passwords::{self, MIN_ACCOUNT_CHARS};
use crate::store::users;
use crate::web::AppState;
use crate::web::access::caller::{BaseUrl, Origin, SESSION_COOKIE, SignedIn, login_digest};
use crate::web::api::views::{Addresses, UserPublic};
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;
use crate::web::http::schemas;
use crate::web::http::validate::{Issues, Valid, Validate, invalid};

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
        let message = login.err().map(|error| error.to_string()).unwrap_or_default();
        issues.expect(message.is_empty(), "login", "value", &message);
        issues.expect(
            (MIN_ACCOUNT_CHARS..=1000).contains(&self.password.chars().count()),
            "password",
            "string_length",
            "expected 8 to 1000 characters",
        );
        let fits = |name: &str| name.chars().count() <= 200 && check_person_name(name).is_some();
        let named = self.name.as_deref().is_none_or(fits);
        issues.expect(named, "name", "value", "expected 1 to 200 characters");
    }
}

/// The first admin, by the one-time set-up link.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SetUp {
    /// What follows the `#` of the link.
    token: String,
    #[serde(flatten)]
    account: NewAccount,
}

impl Validate for SetUp {
    /// The account is looked at after the token: who has none learns nothing.
    fn check(&self, _: &mut Issues) {}
}

/// Makes a local account, where the server is set to let everybody do so.
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
    // Nobody finds out quickly which logins are taken, nor makes thousands of accounts.
    state.0.sign_in_limiter.attempt(&Scope::SignIn, &client, state.now())?;
    let user = insert(&state, account, false).await?;
    Ok((StatusCode::CREATED, Json(issue_tokens(&state, &user, true).await?)))
}

/// Makes the first admin, by the one-time link that the server printed when it started.
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
    let fits = |expected: Option<Digest>| expected == Some(token_hash(&request.token));
    if !fits(*setup_token(&state)) {
        return Err(ErrorCode::SetupRefused.into());
    }
    let mut issues = Issues::in_body();
    request.account.check(&mut issues);
    issues.finish()?;
    let user = insert(&state, request.account, true).await?;
    // Good once, whatever becomes of this admin.
    *setup_token(&state) = None;
    state.0.password_limiter.succeeded(&scope, &client);
    let cookie = new_browser_session(&state, &user).await?;
    let token = issue_tokens(&state, &user, true).await?;
    Ok((StatusCode::CREATED, jar.add(cookie), Json(token)).into_response())
}

fn setup_token(state: &AppState) -> MutexGuard<'_, Option<Digest>> {
    state.0.setup_token_hash.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `first_admin`: only while there is none.
async fn insert(state: &AppState, account: NewAccount, first_admin: bool) -> Result<User, ApiError> {
    let login: Login = account.login.parse().map_err(|_| invalid("body", "login", "value", "not a login"))?;
    let name = account.name.as_deref().and_then(check_person_name);
    let user = if first_admin {
        User { is_admin: true, ..User::vouched_for(login, name, state.now()) }
    } else {
        User::local(login, name, state.now())
    };
    let permit = state.0.account_passwords.acquire().await?;
    let (store, row) = (state.store(), user.clone());
    let added = blocking(move || {
        let _permit = permit;
        let hash = passwords::hash_account(&account.password);
        let hash = hash.map_err(|error| invalid("body", "password", "value", &error.to_string()))?;
        Ok(store.write(move |tx| {
            if first_admin && users::first_admin(tx)?.is_some() {
                return Ok(None);
            }
            users::insert(tx, &row, Some(&hash)).map(Some)
        })?)
    });
    match added.await? {
        None => Err(ErrorCode::SetupRefused.into()),
        Some(false) => Err(ErrorCode::AccountTaken.into()),
        Some(true) => Ok(user),
    }
}

/// Who is signed in.
#[utoipa::path(get, path = "/users/me", tag = "accounts", responses((status = 200, body = UserPublic)))]
pub(crate) async fn show(
    State(state): State<AppState>,
    signed_in: SignedIn,
    BaseUrl(base): BaseUrl,
) -> Result<Json<UserPublic>, ApiError> {
    Ok(Json(Addresses { state, base }.user_public(&signed_in.user).await?))
}

/// Forgets the account with its selfie, history, bookmarks and searches.
#[utoipa::path(delete, path = "/users/me", tag = "accounts", responses((status = 204)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    signed_in: SignedIn,
    jar: CookieJar,
) -> Result<(StatusCode, CookieJar), ApiError> {
    let store = state.store();
    let deleted = blocking(move || {
        let deleted = store.write(move |tx| users::delete(tx, signed_in.user.id))?;
        store.purge_files()?;
        Ok(deleted)
    });
    if !deleted.await? {
        return Err(ErrorCode::OwnsEvents.into());
    }
    let jar = jar.add(Cookie::build((SESSION_COOKIE, "")).path("/").removal().build());
    Ok((StatusCode::NO_CONTENT, jar))
}
