//! Access tokens sent by the mobile app: verifies which app they were issued to, and reads the user's profile.
//!
//! Invariant: a token is accepted only if the provider confirms that it was issued to this server or one of its apps.
//! Access to a profile proves nothing: tokens of any app give that.

use oauth2::TokenIntrospectionResponse;
use oauth2::http::{Request, StatusCode, header};
use serde::Deserialize;

use super::discovery::{Endpoints, send};
use super::id_token::LEEWAY;
use super::identity::Profile;
use super::{Fault, OidcError, Refusal};
use crate::domain::Timestamp;

/// What the provider reports about a token.
struct TokenFacts {
    /// The apps that it was issued to.
    apps: Vec<String>,
    subject: Option<String>,
    /// Unix time in seconds.
    expires: Option<i64>,
}

impl TokenFacts {
    fn are_of_one_of(&self, apps: &[&str]) -> bool {
        self.apps.iter().any(|app| apps.contains(&app.as_str()))
    }
}

/// Google's response; numbers may be strings.
#[derive(Deserialize)]
struct TokenInfo {
    aud: Option<String>,
    sub: Option<String>,
    /// Unix time in seconds.
    exp: Option<serde_json::Value>,
}

/// The profile of the token's user, if the token was issued to one of these apps.
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
    if !facts.are_of_one_of(apps) {
        return Err(Refusal::Audience.into());
    }
    if facts.expires.is_some_and(|expires| expiry(expires) <= now) {
        return Err(Refusal::Expired.into());
    }
    user_info(endpoints, token, facts.subject.as_deref())
}

/// Expiry with leeway for clock differences.
fn expiry(seconds: i64) -> Timestamp {
    Timestamp::from_unix_ms(seconds.saturating_mul(1000)).plus(LEEWAY)
}

fn introspected_facts(answer: &impl TokenIntrospectionResponse) -> Result<TokenFacts, Refusal> {
    if !answer.active() {
        return Err(Refusal::AccessToken);
    }
    // `client_id` is the app that the token was issued to; `aud` may list several recipients.
    let client = answer.client_id().map(|client| vec![client.as_str().to_owned()]);
    Ok(TokenFacts {
        apps: client.or_else(|| answer.aud().cloned()).unwrap_or_default(),
        subject: answer.sub().map(str::to_owned),
        expires: answer.exp().map(|moment| moment.timestamp()),
    })
}

/// Google's replacement for introspection.
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
    Ok(info_facts(info))
}

fn info_facts(info: TokenInfo) -> TokenFacts {
    let seconds = |value: serde_json::Value| value.as_i64().or_else(|| value.as_str()?.parse().ok());
    TokenFacts {
        // `azp` asked for the token; only `aud` says who may rely on it.
        apps: info.aud.into_iter().collect(),
        subject: info.sub,
        expires: info.exp.and_then(seconds),
    }
}

/// The profile from the userinfo endpoint. It must be of `subject`, if given.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_for_another_audience_is_not_ours_even_if_our_app_asked_for_it() {
        let is_ours = |info: serde_json::Value| {
            info_facts(serde_json::from_value(info).unwrap()).are_of_one_of(&["web", "android"])
        };
        assert!(is_ours(serde_json::json!({ "aud": "web", "azp": "android" })));
        assert!(is_ours(serde_json::json!({ "aud": "android", "azp": "other", "exp": "1" })));
        assert!(!is_ours(serde_json::json!({ "aud": "other", "azp": "web" })));
        assert!(!is_ours(serde_json::json!({ "azp": "web" })));
    }
}
