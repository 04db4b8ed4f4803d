//! Why a sign-in failed: because of the credentials, the network, or the configuration.
//!
//! Invariant: no message contains a code, token, secret or e-mail address. Errors about responses that may contain one
//! therefore have no source, and refusals have fixed texts.

use std::sync::Arc;

use crate::outbound::OutboundError;

/// Why a sign-in failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum OidcError {
    /// The credentials are invalid: the user must sign in again.
    #[error("the sign-in was rejected")]
    Refused(#[from] Refusal),
    /// No response from the provider; a later attempt may succeed.
    #[error("the sign-in provider does not answer")]
    Unreachable(#[source] Arc<OutboundError>),
    /// An error of the provider; a later attempt may succeed.
    #[error("the sign-in provider has a problem: its {endpoint} returned status {status}")]
    Unavailable {
        /// The endpoint that was called.
        endpoint: &'static str,
        /// HTTP status.
        status: u16,
    },
    /// Needs a fix by the operator of this server or by the provider.
    #[error("the sign-in provider cannot be used")]
    Misconfigured(#[from] Fault),
}

/// What is wrong with the credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Used, expired, issued to another app or redirect URI, or with another verifier.
    #[error("the authorization code is invalid, expired, or was not issued to this server")]
    Code,
    /// Expired, revoked, forged, or without the required scopes.
    #[error("the access token is invalid, expired, or lacks the scope for the user's profile")]
    AccessToken,
    /// The code was requested without the scope `openid`.
    #[error("the provider returned no ID token; the scope `openid` is required")]
    NoIdToken,
    /// Truncated, without required claims, or with an unsupported signature algorithm.
    #[error("the token is malformed")]
    Malformed,
    /// Not in the provider's key set.
    #[error("the token is signed with a key that the provider does not publish")]
    UnknownKey,
    /// Not signed by the provider, or modified.
    #[error("the token's signature is invalid")]
    Signature,
    /// Issued by another provider.
    #[error("the token was issued by another provider")]
    Issuer,
    /// Issued to another app.
    #[error("the token was issued to another app")]
    Audience,
    /// Past its `exp`.
    #[error("the token has expired")]
    Expired,
    /// Issued in the future; this computer's clock may be wrong.
    #[error("the token is not yet valid")]
    NotYetValid,
    /// The nonce of another sign-in.
    #[error("the token belongs to another sign-in")]
    Nonce,
    /// The subjects differ.
    #[error("the token and the profile belong to different users")]
    Subject,
    /// No e-mail address, or not verified by the provider.
    #[error("the provider did not return a verified e-mail address")]
    EmailUnverified,
}

/// What is wrong with the provider or the configuration.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Fault {
    /// The discovery document names another issuer.
    #[error(
        "the provider at `{configured}` names itself `{found}`\nhint: set `google.issuer` to exactly that name"
    )]
    Issuer {
        /// In the configuration.
        configured: String,
        /// In the discovery document.
        found: String,
    },
    /// A malformed discovery document or key set.
    #[error("the {document} cannot be read")]
    Document {
        /// Which one.
        document: &'static str,
        /// The parse error.
        #[source]
        source: Arc<serde_json::Error>,
    },
    /// A required URL is missing, malformed, or not https.
    #[error("the provider's `{0}` is not an https URL")]
    Endpoint(&'static str),
    /// An unexpected status.
    #[error("the provider's {endpoint} returned status {status}")]
    Status {
        /// The endpoint that was called.
        endpoint: &'static str,
        /// HTTP status.
        status: u16,
    },
    /// A malformed response.
    #[error("the response of the provider's {0} cannot be parsed")]
    Answer(&'static str),
    /// The provider does not accept the client id, the secret, or the redirect URI.
    #[error(
        "the provider rejects this server: `{0}`\n\
         hint: compare `google.client_id`, its secret and the redirect URIs with those at the provider"
    )]
    Client(String),
    /// The redirect URI is not a URL.
    #[error("the redirect URI is not a URL")]
    RedirectUrl,
}
