//! Sign-in with an OpenID provider: turns an authorization code or an access token into an [`Identity`].
//!
//! There are three flows: a browser is redirected to the provider and back ([`Provider::begin_web`],
//! [`Provider::finish_web`]); a mobile app sends a code issued to this server ([`Provider::by_server_code`]) or its own
//! access token ([`Provider::by_access_token`]). All block on requests to the provider.

mod access_token;
mod cached;
mod discovery;
mod error;
mod exchange;
mod id_token;
mod identity;
mod keys;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use oauth2::{CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope};

use self::cached::Cached;
use self::discovery::Endpoints;
use self::id_token::Expected;
use self::identity::Profile;
use self::keys::KeySet;
use super::tokens::new_secret_text;
use crate::config;
use crate::domain::Timestamp;

pub use self::error::{Fault, OidcError, Refusal};
pub use self::identity::Identity;

const DISCOVERY_KEPT: Duration = Duration::from_hours(24);
const KEYS_KEPT: Duration = Duration::from_hours(1);

/// The configured provider. Caches its discovery document and keys.
pub struct Provider {
    settings: config::Google,
    client_id: String,
    discovery: Cached<Endpoints>,
    keys: Cached<KeySet>,
}

/// A started browser sign-in: the URL to redirect to, and what to keep until the browser returns.
pub struct WebSignIn {
    /// The provider's sign-in page.
    pub url: String,
    /// Must match the `state` parameter that the browser returns with.
    pub state: String,
    /// Must match the nonce of the ID token.
    pub nonce: String,
    /// PKCE code verifier; only its hash is in `url`.
    pub verifier: String,
}

impl Provider {
    /// `None` without a configured client id.
    #[must_use]
    pub fn new(settings: &config::Google) -> Option<Self> {
        Some(Self {
            client_id: settings.client_id.clone().filter(|id| !id.is_empty())?,
            settings: settings.clone(),
            discovery: Cached::new(DISCOVERY_KEPT),
            keys: Cached::new(KEYS_KEPT),
        })
    }

    /// Starts the sign-in of a browser, which returns to `redirect_url`.
    ///
    /// # Errors
    /// If the provider does not answer or is misconfigured.
    pub fn begin_web(&self, redirect_url: &str, now: Timestamp) -> Result<WebSignIn, OidcError> {
        let endpoints = self.endpoints(now)?;
        let redirect_url = RedirectUrl::new(redirect_url.to_owned()).map_err(|_| Fault::RedirectUrl)?;
        let verifier = PkceCodeVerifier::new(new_secret_text());
        let nonce = new_secret_text();
        let (url, state) = exchange::client(&self.settings, &self.client_id, &endpoints)
            .authorize_url(|| CsrfToken::new(new_secret_text()))
            .add_scopes(["openid", "email", "profile"].map(|scope| Scope::new(scope.to_owned())))
            .add_extra_param("nonce", nonce.as_str())
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .set_redirect_uri(Cow::Owned(redirect_url))
            .url();
        let (state, verifier) = (state.into_secret(), verifier.into_secret());
        Ok(WebSignIn { url: url.into(), state, nonce, verifier })
    }

    /// Completes the sign-in with the code that the browser returned. The caller has compared the state.
    ///
    /// # Errors
    /// [`OidcError::Refused`] if the code or the provider's token is invalid; other errors concern the provider.
    pub fn finish_web(
        &self,
        code: &str,
        redirect_url: &str,
        verifier: &str,
        nonce: &str,
        now: Timestamp,
    ) -> Result<Identity, OidcError> {
        self.by_code(code, redirect_url, Some(verifier), Some(nonce), &[&self.client_id], now)
    }

    /// Accepts a code that a mobile app obtained for this server.
    ///
    /// `redirect_uri` is the configured one, and is sent even if empty: Google's guide for Android tells servers
    /// without a web page to send an empty text. There is no nonce or verifier, because the app started the sign-in.
    ///
    /// # Errors
    /// As [`Provider::finish_web`].
    pub fn by_server_code(&self, code: &str, now: Timestamp) -> Result<Identity, OidcError> {
        self.by_code(code, &self.settings.app_redirect_uri, None, None, &self.apps(), now)
    }

    /// Accepts an access token that a mobile app obtained for itself. The app must be configured.
    ///
    /// # Errors
    /// As [`Provider::finish_web`].
    pub fn by_access_token(&self, token: &str, now: Timestamp) -> Result<Identity, OidcError> {
        if !exchange::may_be_token(token) {
            return Err(Refusal::AccessToken.into());
        }
        let endpoints = self.endpoints(now)?;
        let client = exchange::client(&self.settings, &self.client_id, &endpoints);
        let introspected = exchange::introspect(&client, &endpoints, token)?;
        let profile = access_token::profile(&endpoints, introspected, token, &self.apps(), now)?;
        Ok(profile.identity(&self.settings.issuer)?)
    }

    fn by_code(
        &self,
        code: &str,
        redirect_uri: &str,
        verifier: Option<&str>,
        nonce: Option<&str>,
        audiences: &[&str],
        now: Timestamp,
    ) -> Result<Identity, OidcError> {
        let endpoints = self.endpoints(now)?;
        let client = exchange::client(&self.settings, &self.client_id, &endpoints);
        let tokens = exchange::redeem(&client, &endpoints, code, redirect_uri, verifier)?;
        let expected = Expected { issuer: &self.settings.issuer, audiences, nonce, now };
        let mut profile = self.verify(&tokens.id, &endpoints, &expected)?;
        // Providers may omit the e-mail address from ID tokens (OpenID Connect Core, section 5.4).
        if profile.email.is_none() && endpoints.user_info.is_some() {
            profile = access_token::user_info(&endpoints, &tokens.access, Some(&profile.sub))?;
        }
        Ok(profile.identity(&self.settings.issuer)?)
    }

    /// Verifies an ID token. Fetches the keys again if it names an unknown one: providers rotate their keys.
    fn verify(&self, token: &str, endpoints: &Endpoints, expected: &Expected) -> Result<Profile, OidcError> {
        let fetch = || {
            let document = discovery::get_document(&endpoints.outbound, endpoints.keys.as_str(), "key set")?;
            Ok(KeySet::parse(&document)?)
        };
        let keys = self.keys.get(expected.now, fetch)?;
        match id_token::verify(token, &keys, expected) {
            Err(Refusal::UnknownKey) => {
                let keys = self.keys.refreshed(expected.now, fetch)?;
                Ok(id_token::verify(token, &keys, expected)?)
            }
            outcome => Ok(outcome?),
        }
    }

    fn endpoints(&self, now: Timestamp) -> Result<Arc<Endpoints>, OidcError> {
        self.discovery.get(now, || discovery::fetch(&self.settings))
    }

    /// The client ids of this server and of the mobile apps.
    fn apps(&self) -> Vec<&str> {
        let apps = self.settings.app_client_ids.iter().map(String::as_str);
        std::iter::once(self.client_id.as_str()).chain(apps).collect()
    }
}
