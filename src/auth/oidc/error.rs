//! Why nobody was signed in: because of what they brought, of the network, or of the settings.
//!
//! Invariant: no code, token, secret or e-mail address gets into a message. Therefore answers that may hold one keep no
//! cause here, and refusals are plain words.

use std::sync::Arc;

use crate::outbound::OutboundError;

/// Why nobody was signed in.
#[derive(Clone, Debug, thiserror::Error)]
pub enum OidcError {
    /// What was brought proves nothing: the person has to sign in again.
    #[error("the sign-in is refused")]
    Refused(#[from] Refusal),
    /// The provider does not answer: trying later may help.
    #[error("the sign-in provider does not answer")]
    Unreachable(#[source] Arc<OutboundError>),
    /// The provider says that it has trouble: trying later may help.
    #[error("the sign-in provider has trouble: its {endpoint} answers with status {status}")]
    Unavailable {
        /// What was asked.
        endpoint: &'static str,
        /// Of HTTP.
        status: u16,
    },
    /// Only who runs this server, or the provider, can help.
    #[error("the sign-in provider cannot be used")]
    Misconfigured(#[from] Fault),
}

/// What is wrong with that which somebody brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Used, expired, made for another app or another address, or with another verifier.
    #[error("the authorization code is not valid any more, or was not made for this server")]
    Code,
    /// Expired, revoked, without the needed scopes, or never made.
    #[error("the access token is not valid any more, or does not let its holder be asked for")]
    AccessToken,
    /// The code was made without the scope `openid`.
    #[error("the provider gave no ID token; the scope `openid` is needed")]
    NoIdToken,
    /// No token that this server reads: cut off, without needed claims, or signed in a way that is not accepted.
    #[error("the token is malformed")]
    Malformed,
    /// The provider publishes no such key.
    #[error("the token is signed with a key that the provider does not publish")]
    UnknownKey,
    /// Not signed by the provider, or changed since.
    #[error("the token's signature is wrong")]
    Signature,
    /// Made by another provider.
    #[error("the token is another provider's")]
    Issuer,
    /// Made for another app.
    #[error("the token was made for another app")]
    Audience,
    /// Too old.
    #[error("the token has expired")]
    Expired,
    /// Made in the future; this computer's clock may be wrong.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// Made for another sign-in.
    #[error("the token was made for another sign-in")]
    Nonce,
    /// The provider speaks of two people.
    #[error("the token and the profile are two people's")]
    Subject,
    /// The provider has not verified the e-mail address, or tells none.
    #[error("the provider has verified no e-mail address")]
    EmailUnverified,
}

/// What is wrong with the provider or the settings.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Fault {
    /// The discovery document is another provider's.
    #[error(
        "the provider at `{configured}` calls itself `{found}`\nhint: write `google.issuer` as the provider does"
    )]
    Issuer {
        /// In the settings.
        configured: String,
        /// In the discovery document.
        found: String,
    },
    /// The discovery document or the keys are not what they should be.
    #[error("the {document} cannot be read")]
    Document {
        /// Which one.
        document: &'static str,
        /// Where it ends to be one.
        #[source]
        source: Arc<serde_json::Error>,
    },
    /// An address that is needed is missing, is none, or is not https.
    #[error("the provider's `{0}` is not an https address")]
    Endpoint(&'static str),
    /// A status that nobody expects there.
    #[error("the provider's {endpoint} answers with status {status}")]
    Status {
        /// What was asked.
        endpoint: &'static str,
        /// Of HTTP.
        status: u16,
    },
    /// An answer that is none.
    #[error("the answer of the provider's {0} cannot be read")]
    Answer(&'static str),
    /// The provider does not know this server, its secret, or the address that people come back to.
    #[error(
        "the provider refuses this server: `{0}`\n\
         hint: compare `google.client_id`, its secret and redirect addresses with those at the provider"
    )]
    Client(String),
    /// The address to come back to is none.
    #[error("the address to come back to is no address")]
    RedirectUrl,
}
