//! Authenticated requests to the provider: exchange of codes for tokens, and token introspection.

use std::fmt;

use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType as ErrorType, BasicRevocationErrorResponse,
    BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AccessToken, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, ExtraTokenFields, HttpRequest, IntrospectionUrl, PkceCodeVerifier,
    RequestTokenError, StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};

use super::discovery::{Endpoints, send};
use super::{Fault, OidcError, Refusal};
use crate::config;

/// Maximum length of a code or token.
const MAX_BYTES: usize = 8192;

/// The additional field of OpenID providers in a token response.
#[derive(Deserialize, Serialize)]
pub(super) struct IdToken {
    id_token: Option<String>,
}

impl ExtraTokenFields for IdToken {}

/// Keeps the token out of logs.
impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdToken").finish_non_exhaustive()
    }
}

pub(super) type Client = oauth2::Client<
    BasicErrorResponse,
    StandardTokenResponse<IdToken, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointNotSet,
    EndpointSet,
>;

/// An OAuth client with this server's credentials.
pub(super) fn client(settings: &config::Google, client_id: &str, endpoints: &Endpoints) -> Client {
    let introspection = endpoints.introspection.clone().map(IntrospectionUrl::from_url);
    let auth_type = if endpoints.secret_in_body { AuthType::RequestBody } else { AuthType::BasicAuth };
    let client = oauth2::Client::new(ClientId::new(client_id.to_owned()))
        .set_auth_type(auth_type)
        .set_auth_uri(AuthUrl::from_url(endpoints.authorization.clone()))
        .set_token_uri(TokenUrl::from_url(endpoints.token.clone()))
        .set_introspection_url_option(introspection);
    match &settings.client_secret {
        Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose().to_owned())),
        None => client,
    }
}

/// The tokens that a code was exchanged for.
pub(super) struct Tokens {
    pub(super) id: String,
    pub(super) access: String,
}

/// Exchanges a code that was issued for this redirect URI, and for this verifier if any.
pub(super) fn redeem(
    client: &Client,
    endpoints: &Endpoints,
    code: &str,
    redirect_uri: &str,
    verifier: Option<&str>,
) -> Result<Tokens, OidcError> {
    if code.is_empty() || code.len() > MAX_BYTES {
        return Err(Refusal::Code.into());
    }
    // Not as a `RedirectUrl`, because the one of a mobile app may be empty or not a URL.
    let mut request = client
        .exchange_code(AuthorizationCode::new(code.to_owned()))
        .add_extra_param("redirect_uri", redirect_uri.to_owned());
    if let Some(verifier) = verifier {
        request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()));
    }
    let answer = request
        .request(&|request: HttpRequest| send(&endpoints.outbound, request, "token endpoint"))
        .map_err(|error| request_error(error, "token endpoint", Refusal::Code))?;
    let access = answer.access_token().secret().clone();
    let id = answer.extra_fields().id_token.clone().ok_or(Refusal::NoIdToken)?;
    Ok(Tokens { id, access })
}

/// Token introspection (RFC 7662). `None` if the provider has no such endpoint.
pub(super) fn introspect(
    client: &Client,
    endpoints: &Endpoints,
    token: &str,
) -> Result<Option<BasicTokenIntrospectionResponse>, OidcError> {
    let token = AccessToken::new(token.to_owned());
    let Ok(request) = client.introspect(&token) else { return Ok(None) };
    request
        .set_token_type_hint("access_token")
        .request(&|request: HttpRequest| send(&endpoints.outbound, request, "introspection endpoint"))
        .map(Some)
        .map_err(|error| request_error(error, "introspection endpoint", Refusal::AccessToken))
}

/// Whether a text has the form of a token.
pub(super) fn may_be_token(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_BYTES && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn request_error(
    error: RequestTokenError<OidcError, BasicErrorResponse>,
    endpoint: &'static str,
    refusal: Refusal,
) -> OidcError {
    match error {
        RequestTokenError::Request(error) => error,
        RequestTokenError::ServerResponse(answer) => match answer.error() {
            ErrorType::InvalidGrant | ErrorType::InvalidRequest => refusal.into(),
            // Not an access token (RFC 7009, section 2.2.1).
            ErrorType::Extension(word) if word == "unsupported_token_type" => refusal.into(),
            other => Fault::Client(error_code(other.as_ref())).into(),
        },
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => Fault::Answer(endpoint).into(),
    }
}

/// The provider's error code; hidden if it could be free text that contains personal data.
fn error_code(word: &str) -> String {
    let is_word = word.len() <= 40 && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_word { word.to_owned() } else { "unknown error".to_owned() }
}
