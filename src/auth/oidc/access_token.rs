//! Access tokens that the mobile app brings: for which app they were made, and whose they are.
//!
//! Invariant: a token counts only when the provider says that it was made for this server or one of its apps. That it
//! opens somebody's profile proves nothing: any app's token does.

use oauth2::TokenIntrospectionResponse;
use oauth2::http::{Request, StatusCode, header};
use serde::Deserialize;

use super::discovery::{Endpoints, send};
use super::id_token::LEEWAY;
use super::identity::Profile;
use super::{Fault, OidcError, Refusal};
use crate::domain::Timestamp;

/// What the provider says about a token.
struct TokenFacts {
    /// The apps that it was made for.
    apps: Vec<String>,
    subject: Option<String>,
    /// In seconds, since 1970.
    expires: Option<i64>,
}

/// Google's answer; numbers come as texts.
#[derive(Deserialize)]
struct TokenInfo {
    aud: Option<String>,
    azp: Option<String>,
    sub: Option<String>,
    /// In seconds, since 1970.
    exp: Option<serde_json::Value>,
}

/// Whose the token is, if it was made for one of these apps.
pub(super) fn profile(
    endpoints: &Endpoints,
    introspected: Option<impl TokenIntrospectionResponse>,
    token: &str,
    apps: &[&str],
    now: Timestamp,
) -> Result<Profile, OidcError> {
    let facts = match introspected {
        Some(answer) => introspected_facts(&answer)?,
        None => token_info(endpoints, token)?,
    };
    if !facts.apps.iter().any(|app| apps.contains(&app.as_str())) {
        return Err(Refusal::Audience.into());
    }
    if facts.expires.is_some_and(|expires| until(expires) <= now) {
        return Err(Refusal::Expired.into());
    }
    user_info(endpoints, token, facts.subject.as_deref())
}

/// The end of a token that is good until this second, with leeway.
fn until(seconds: i64) -> Timestamp {
    Timestamp::from_unix_ms(seconds.saturating_mul(1000)).plus(LEEWAY)
}

fn introspected_facts(answer: &impl TokenIntrospectionResponse) -> Result<TokenFacts, Refusal> {
    if !answer.active() {
        return Err(Refusal::AccessToken);
    }
    // Whom a token was given to says more than whom it may be shown to, which can be several.
    let client = answer.client_id().map(|client| vec![client.as_str().to_owned()]);
    Ok(TokenFacts {
        apps: client.or_else(|| answer.aud().cloned()).unwrap_or_default(),
        subject: answer.sub().map(str::to_owned),
        expires: answer.exp().map(|moment| moment.timestamp()),
    })
}

/// Google's own way, where there is no introspection.
fn token_info(endpoints: &Endpoints, token: &str) -> Result<TokenFacts, OidcError> {
    const NAME: &str = "token_info_url";
    let mut url = endpoints.token_info.clone().ok_or(Fault::Endpoint(NAME))?;
    url.query_pairs_mut().append_pair("access_token", token);
    let request = Request::get(url.as_str()).body(Vec::new()).map_err(|_| Fault::Endpoint(NAME))?;
    let answer = send(&endpoints.outbound, request, NAME)?;
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED => return Err(Refusal::AccessToken.into()),
        status => return Err(Fault::Status { endpoint: NAME, status: status.as_u16() }.into()),
    }
    let info: TokenInfo = serde_json::from_slice(answer.body()).map_err(|_| Fault::Answer(NAME))?;
    let seconds = |value: serde_json::Value| value.as_i64().or_else(|| value.as_str()?.parse().ok());
    Ok(TokenFacts {
        apps: info.aud.into_iter().chain(info.azp).collect(),
        subject: info.sub,
        expires: info.exp.and_then(seconds),
    })
}

/// The profile that a token opens; of `subject`, where that is known.
pub(super) fn user_info(
    endpoints: &Endpoints,
    token: &str,
    subject: Option<&str>,
) -> Result<Profile, OidcError> {
    const NAME: &str = "userinfo_endpoint";
    let url = endpoints.user_info.as_ref().ok_or(Fault::Endpoint(NAME))?;
    let request = Request::get(url.as_str())
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::ACCEPT, "application/json")
        .body(Vec::new())
        .map_err(|_| Refusal::AccessToken)?;
    let answer = send(&endpoints.outbound, request, NAME)?;
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            return Err(Refusal::AccessToken.into());
        }
        status => return Err(Fault::Status { endpoint: NAME, status: status.as_u16() }.into()),
    }
    let profile: Profile = serde_json::from_slice(answer.body()).map_err(|_| Fault::Answer(NAME))?;
    if subject.is_some_and(|subject| subject != profile.sub) {
        return Err(Refusal::Subject.into());
    }
    Ok(profile)
}
