//! The second factor of an account: set up with an authenticator app, asked for by sign-ins with a password, removed.
//! Sign-ins with an OpenID provider do not ask: what they ask for is the provider's matter.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::{TotpSecret, new_recovery_codes};
use crate::domain::User;
use crate::limits::{Client, Scope};
use crate::passwords;
use crate::reach::host_of;
use crate::share;
use crate::store::second_factors::{self, SecondFactor};
use crate::store::users;
use crate::web::access::caller::{BaseUrl, Origin, SignedIn, login_digest};
use crate::web::http::validate::{Issues, Valid, Validate, invalid};
use crate::web::{ApiError, AppState, ErrorCode};

/// Longer than a recovery code with spaces.
pub(super) const MAX_CODE_CHARS: usize = 40;
/// Of an authenticator app's code.
const APP_CODE_CHARS: usize = 6;

/// Whether sign-ins with the account's password ask for a second factor.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecondFactorStatus {
    /// Whether the account has a password, without which it can have no second factor here.
    has_password: bool,
    /// Since when sign-ins ask for it; null: they do not.
    #[schema(required = true, format = DateTime)]
    enabled_at: Option<String>,
    /// Recovery codes that were not used yet.
    recovery_codes_left: u32,
}

/// A secret for an authenticator app.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewSecondFactor {
    /// To be typed into the app.
    secret: String,
    /// The same, as the app reads it from a QR code.
    uri: String,
    /// That QR code as SVG.
    qr: String,
}

/// Codes that each work once in place of the app's.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct PasswordProof {
    #[schema(format = Password, max_length = 1000)]
    password: String,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct CodeProof {
    /// The app's code, or a recovery code.
    #[schema(max_length = 40)]
    code: String,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct BothProofs {
    #[schema(format = Password, max_length = 1000)]
    password: String,
    /// The app's code, or a recovery code.
    #[schema(max_length = 40)]
    code: String,
}

impl Validate for PasswordProof {
    fn check(&self, issues: &mut Issues) {
        issues.expect_chars(&self.password, 0, 1000, "password");
    }
}

impl Validate for CodeProof {
    fn check(&self, issues: &mut Issues) {
        issues.expect_chars(&self.code, 0, MAX_CODE_CHARS, "code");
    }
}

impl Validate for BothProofs {
    fn check(&self, issues: &mut Issues) {
        issues.expect_chars(&self.password, 0, 1000, "password");
        issues.expect_chars(&self.code, 0, MAX_CODE_CHARS, "code");
    }
}

/// Checks the second factor of a sign-in whose password was right, if the account has one.
pub(super) async fn check(
    state: &AppState,
    client: Client,
    user: &User,
    code: Option<String>,
) -> Result<(), ApiError> {
    let Some(factor) = find(state, user).await?.filter(|factor| factor.confirmed_at.is_some()) else {
        return Ok(());
    };
    let code = code.filter(|code| !code.trim().is_empty()).ok_or(ErrorCode::SecondFactorRequired)?;
    use_code(state, client, user, &factor, &code).await
}

async fn find(state: &AppState, user: &User) -> Result<Option<SecondFactor>, ApiError> {
    let id = user.id;
    state.read(move |db| second_factors::find(db, id)).await
}

/// Uses up a code of the app, or a recovery code.
async fn use_code(
    state: &AppState,
    client: Client,
    user: &User,
    factor: &SecondFactor,
    code: &str,
) -> Result<(), ApiError> {
    attempt(state, client, user)?;
    let (id, factors) = (user.id, &state.0.settings.second_factors);
    let typed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let is_of_app = typed.len() == APP_CODE_CHARS && typed.bytes().all(|byte| byte.is_ascii_digit());
    let is_right = if is_of_app {
        match factors.open(id, &factor.sealed_secret)?.step_of(&typed, state.now()) {
            Some(step) => state.write(move |db| second_factors::use_step(db, id, step)).await?,
            None => false,
        }
    } else {
        let hash = factors.recovery_hash(id, &typed);
        state.write(move |db| second_factors::use_recovery_code(db, id, hash)).await?
    };
    finish(state, client, user, is_right)
}

/// Guesses of codes count per account, wherever they come from: there are only a million codes.
fn attempt(state: &AppState, client: Client, user: &User) -> Result<(), ApiError> {
    let client = of_account(client, user);
    Ok(state.0.second_factor_limiter.attempt(&Scope::SecondFactor, &client, state.now())?)
}

fn finish(state: &AppState, client: Client, user: &User, is_right: bool) -> Result<(), ApiError> {
    if !is_right {
        return Err(ErrorCode::SecondFactorWrong.into());
    }
    state.0.second_factor_limiter.succeeded(&Scope::SecondFactor, &of_account(client, user));
    Ok(())
}

fn of_account(client: Client, user: &User) -> Client {
    Client { user: Some((user.id, user.created_at)), device: None, ..client }
}

/// Verifies the signed-in user's password once more: a session alone may be a stolen one.
async fn check_password(
    state: &AppState,
    client: Client,
    user: &User,
    password: String,
) -> Result<(), ApiError> {
    let login = user.login.as_ref().ok_or(ErrorCode::SecondFactorNoPassword)?;
    let scope = Scope::Account(login_digest(login.as_str()));
    state.0.password_limiter.attempt(&scope, &client, state.now())?;
    let (store, id) = (state.store(), user.id);
    let fits = state.0.account_passwords.run(move || {
        let hash = store.read(|db| users::find_password_hash(db, id))?;
        Ok(hash.map(|hash| passwords::verify(&password, &hash)))
    });
    if !fits.await?.ok_or(ErrorCode::SecondFactorNoPassword)? {
        return Err(ErrorCode::AccountPasswordWrong.into());
    }
    state.0.password_limiter.succeeded(&scope, &client);
    Ok(())
}

/// Gives the account new recovery codes, and returns them: they are never shown again.
async fn renew_codes(state: &AppState, user: &User) -> Result<Json<RecoveryCodes>, ApiError> {
    let (codes, id) = (new_recovery_codes(), user.id);
    let hashes: Vec<_> =
        codes.iter().map(|code| state.0.settings.second_factors.recovery_hash(id, code)).collect();
    state.write(move |db| second_factors::set_recovery_codes(db, id, &hashes)).await?;
    Ok(Json(RecoveryCodes { recovery_codes: codes }))
}

/// Returns whether sign-ins with the password ask for a second factor.
#[utoipa::path(get, path = "/users/me/second-factor", tag = "accounts",
    responses((status = 200, body = SecondFactorStatus)))]
pub(crate) async fn show(
    State(state): State<AppState>,
    signed_in: SignedIn,
) -> Result<Json<SecondFactorStatus>, ApiError> {
    let id = signed_in.user.id;
    let hash = state.read(move |db| users::find_password_hash(db, id)).await?;
    let factor = find(&state, &signed_in.user).await?;
    Ok(Json(SecondFactorStatus {
        has_password: hash.is_some(),
        enabled_at: factor.as_ref().and_then(|factor| factor.confirmed_at).map(|at| at.to_string()),
        recovery_codes_left: factor.map_or(0, |factor| factor.recovery_codes),
    }))
}

/// Makes a secret for an authenticator app. Sign-ins ask for its codes once one of them has confirmed it.
#[utoipa::path(post, path = "/users/me/second-factor", tag = "accounts", request_body = PasswordProof,
    responses((status = 201, body = NewSecondFactor)))]
pub(crate) async fn begin(
    State(state): State<AppState>,
    Origin(client): Origin,
    BaseUrl(base): BaseUrl,
    signed_in: SignedIn,
    Valid(PasswordProof { password }): Valid<PasswordProof>,
) -> Result<(StatusCode, Json<NewSecondFactor>), ApiError> {
    let user = signed_in.user;
    check_password(&state, client, &user, password).await?;
    let (secret, now, id) = (TotpSecret::random(), state.now(), user.id);
    let sealed = state.0.settings.second_factors.seal(id, &secret)?;
    if !state.write(move |db| second_factors::begin(db, id, &sealed, now)).await? {
        return Err(ErrorCode::SecondFactorExists.into());
    }
    let account = user.login.as_ref().map_or(user.name.as_str(), |login| login.as_str());
    let uri = secret.uri(format!("FotoTa {}", host_of(&base)).trim_end(), account);
    let qr = share::svg_qr(&uri);
    let qr = qr.ok_or_else(|| invalid("body", "login", "value", "is too long for a QR code"))?;
    Ok((StatusCode::CREATED, Json(NewSecondFactor { secret: secret.text(), uri, qr })))
}

/// Confirms the secret with a code of the app, and returns the recovery codes. From now on sign-ins with the password
/// ask for a code; all other sessions of the account end.
#[utoipa::path(put, path = "/users/me/second-factor", tag = "accounts", request_body = CodeProof,
    responses((status = 200, body = RecoveryCodes)))]
pub(crate) async fn confirm(
    State(state): State<AppState>,
    Origin(client): Origin,
    signed_in: SignedIn,
    Valid(CodeProof { code }): Valid<CodeProof>,
) -> Result<Json<RecoveryCodes>, ApiError> {
    let (user, session) = (signed_in.user, signed_in.session);
    let factor = find(&state, &user).await?.ok_or(ErrorCode::SecondFactorMissing)?;
    if factor.confirmed_at.is_some() {
        return Err(ErrorCode::SecondFactorExists.into());
    }
    attempt(&state, client, &user)?;
    let (now, id, sealed) = (state.now(), user.id, factor.sealed_secret);
    let typed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let step = state.0.settings.second_factors.open(id, &sealed)?.step_of(&typed, now);
    finish(&state, client, &user, step.is_some())?;
    let step = step.ok_or(ErrorCode::SecondFactorWrong)?;
    if !state.write(move |db| second_factors::confirm(db, id, (&sealed, step), session, now)).await? {
        return Err(ErrorCode::SecondFactorExists.into());
    }
    renew_codes(&state, &user).await
}

/// Returns new recovery codes; the former ones work no more.
#[utoipa::path(post, path = "/users/me/second-factor/recovery-codes", tag = "accounts", request_body = CodeProof,
    responses((status = 201, body = RecoveryCodes)))]
pub(crate) async fn renew(
    State(state): State<AppState>,
    Origin(client): Origin,
    signed_in: SignedIn,
    Valid(CodeProof { code }): Valid<CodeProof>,
) -> Result<(StatusCode, Json<RecoveryCodes>), ApiError> {
    let factor = confirmed(&state, &signed_in.user).await?;
    use_code(&state, client, &signed_in.user, &factor, &code).await?;
    Ok((StatusCode::CREATED, renew_codes(&state, &signed_in.user).await?))
}

/// Removes the second factor: sign-ins ask for the password alone.
#[utoipa::path(delete, path = "/users/me/second-factor", tag = "accounts", request_body = BothProofs,
    responses((status = 204)))]
pub(crate) async fn remove(
    State(state): State<AppState>,
    Origin(client): Origin,
    signed_in: SignedIn,
    Valid(BothProofs { password, code }): Valid<BothProofs>,
) -> Result<StatusCode, ApiError> {
    let (user, id) = (&signed_in.user, signed_in.user.id);
    let factor = confirmed(&state, user).await?;
    check_password(&state, client, user, password).await?;
    use_code(&state, client, user, &factor, &code).await?;
    state.write(move |db| second_factors::delete(db, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn confirmed(state: &AppState, user: &User) -> Result<SecondFactor, ApiError> {
    let factor = find(state, user).await?.filter(|factor| factor.confirmed_at.is_some());
    Ok(factor.ok_or(ErrorCode::SecondFactorMissing)?)
}
