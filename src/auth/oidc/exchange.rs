//! Requests in which this server proves to the provider who it is: codes for tokens, and what a token is good for.

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

/// Longer codes and tokens are not the provider's.
const MAX_BYTES: usize = 8192;

/// The provider's answer to a code.
#[derive(Deserialize, Serialize)]
pub(super) struct IdToken {
    id_token: Option<String>,
}

impl ExtraTokenFields for IdToken {}

/// Tells no token.
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

/// This server, as the provider knows it.
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

/// What a code brought.
pub(super) struct Tokens {
    pub(super) id: String,
    pub(super) access: String,
}

/// Exchanges a code that was made for this redirect address, and for this verifier if any.
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
    // Not as a `RedirectUrl`: that of a mobile app may be empty, or a word.
    let mut request = client
        .exchange_code(AuthorizationCode::new(code.to_owned()))
        .add_extra_param("redirect_uri", redirect_uri.to_owned());
    if let Some(verifier) = verifier {
        request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()));
    }
    let answer = request
        .request(&|request: HttpRequest| send(&endpoints.outbound, request, "token endpoint"))
        .map_err(|error| why(error, "token endpoint", Refusal::Code))?;
    let access = answer.access_token().secret().clone();
    let id = answer.extra_fields().id_token.clone().ok_or(Refusal::NoIdToken)?;
    Ok(Tokens { id, access })
}

/// What the provider says about an access token (RFC 7662); none where it has no such endpoint.
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
        .map_err(|error| why(error, "introspection endpoint", Refusal::AccessToken))
}

/// Whether this may be a token at all: letters, digits and signs, and not too many.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_BYTES && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn why(
    error: RequestTokenError<OidcError, BasicErrorResponse>,
    endpoint: &'static str,
    refusal: Refusal,
) -> OidcError {
    match error {
        RequestTokenError::Request(error) => error,
        RequestTokenError::ServerResponse(answer) => match answer.error() {
            ErrorType::InvalidGrant | ErrorType::InvalidRequest => refusal.into(),
            // Something else than an access token was brought (RFC 7009, section 2.2.1).
            ErrorType::Extension(word) if word == "unsupported_token_type" => refusal.into(),
            other => Fault::Client(known(other.as_ref())).into(),
        },
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => Fault::Answer(endpoint).into(),
    }
}

/// The provider's word for an error, if it is one and no sentence with something of somebody's in it.
fn known(word: &str) -> String {
    let is_word = word.len() <= 40 && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_word { word.to_owned() } else { "another error".to_owned() }
}
