//! Sign-in with an OpenID provider: an authorization code or an access token into an [`Identity`].
//!
//! Three ways lead to one: a browser is sent to the provider and comes back ([`Provider::begin_web`],
//! [`Provider::finish_web`]); a mobile app brings a code for this server ([`Provider::by_server_code`]) or its own
//! access token ([`Provider::by_access_token`]). All ask the provider over the network and block meanwhile.

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
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use oauth2::{CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope};

use self::cached::Cached;
use self::discovery::Endpoints;
use self::id_token::Expected;
use self::identity::Profile;
use self::keys::KeySet;
use crate::config;
use crate::domain::{Timestamp, random_bytes};

pub use self::error::{Fault, OidcError, Refusal};
pub use self::identity::Identity;

const DISCOVERY_KEPT: Duration = Duration::from_hours(24);
const KEYS_KEPT: Duration = Duration::from_hours(1);

/// The provider of the settings; keeps its discovery document and keys for a while.
pub struct Provider {
    settings: config::Google,
    client_id: String,
    discovery: Cached<Endpoints>,
    keys: Cached<KeySet>,
}

/// A sign-in that has begun: where the browser is sent, and what must be remembered until it comes back.
pub struct WebSignIn {
    /// The provider's page.
    pub url: String,
    /// Comes back with the browser, which must be the one that was sent.
    pub state: String,
    /// Comes back in the ID token.
    pub nonce: String,
    /// Proves to the provider that who redeems the code asked for it; not in `url`.
    pub verifier: String,
}

impl Provider {
    /// The provider, if the settings have a client id for it.
    #[must_use]
    pub fn new(settings: &config::Google) -> Option<Self> {
        Some(Self {
            client_id: settings.client_id.clone().filter(|id| !id.is_empty())?,
            settings: settings.clone(),
            discovery: Cached::new(DISCOVERY_KEPT),
            keys: Cached::new(KEYS_KEPT),
        })
    }

    /// Begins the sign-in of a browser that shall come back to `redirect_url`.
    ///
    /// # Errors
    /// When the provider does not answer or cannot be used.
    pub fn begin_web(&self, redirect_url: &str, now: Timestamp) -> Result<WebSignIn, OidcError> {
        let endpoints = self.endpoints(now)?;
        let redirect_url = RedirectUrl::new(redirect_url.to_owned()).map_err(|_| Fault::RedirectUrl)?;
        let verifier = PkceCodeVerifier::new(random_text());
        let nonce = random_text();
        let (url, state) = exchange::client(&self.settings, &self.client_id, &endpoints)
            .authorize_url(|| CsrfToken::new(random_text()))
            .add_scopes(["openid", "email", "profile"].map(|scope| Scope::new(scope.to_owned())))
            .add_extra_param("nonce", nonce.as_str())
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .set_redirect_uri(Cow::Owned(redirect_url))
            .url();
        let (state, verifier) = (state.into_secret(), verifier.into_secret());
        Ok(WebSignIn { url: url.into(), state, nonce, verifier })
    }

    /// Finishes it with the code that the browser brought back; the caller has compared the state.
    ///
    /// # Errors
    /// [`OidcError::Refused`] when the code or the provider's token is not good; else the provider cannot be asked.
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

    /// Takes a code that a mobile app got for this server.
    ///
    /// The redirect address sent with it is that of the settings, and the parameter is there even when that is empty:
    /// Google's guide for Android has servers without a web page send an empty text. There is no nonce and no
    /// verifier, because the app began the sign-in.
    ///
    /// # Errors
    /// As [`Provider::finish_web`].
    pub fn by_server_code(&self, code: &str, now: Timestamp) -> Result<Identity, OidcError> {
        self.by_code(code, &self.settings.app_redirect_uri, None, None, &self.apps(), now)
    }

    /// Takes an access token that a mobile app got for itself; one of an app that is not in the settings is refused.
    ///
    /// # Errors
    /// As [`Provider::finish_web`].
    pub fn by_access_token(&self, token: &str, now: Timestamp) -> Result<Identity, OidcError> {
        if !exchange::is_token(token) {
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
        // Providers may leave the e-mail address out of ID tokens (OpenID Connect Core, section 5.4).
        if profile.email.is_none() && endpoints.user_info.is_some() {
            profile = access_token::user_info(&endpoints, &tokens.access, Some(&profile.sub))?;
        }
        Ok(profile.identity(&self.settings.issuer)?)
    }

    /// Checks an ID token; the keys are fetched again when it names an unknown one, for providers change them.
    fn verify(&self, token: &str, endpoints: &Endpoints, expected: &Expected) -> Result<Profile, OidcError> {
        let fetch = || {
            let document = discovery::get_document(&endpoints.outbound, endpoints.keys.as_str(), "key set")?;
            Ok(KeySet::parse(&document)?)
        };
        let keys = self.keys.get(expected.now, fetch)?;
        match id_token::verify(token, &keys, expected) {
            Err(Refusal::UnknownKey) => {
                let keys = self.keys.renewed(expected.now, fetch)?;
                Ok(id_token::verify(token, &keys, expected)?)
            }
            outcome => Ok(outcome?),
        }
    }

    fn endpoints(&self, now: Timestamp) -> Result<Arc<Endpoints>, OidcError> {
        self.discovery.get(now, || discovery::fetch(&self.settings))
    }

    /// This server and the mobile apps.
    fn apps(&self) -> Vec<&str> {
        let apps = self.settings.app_client_ids.iter().map(String::as_str);
        std::iter::once(self.client_id.as_str()).chain(apps).collect()
    }
}

/// 256 random bits, in digits that stand in addresses as they are.
fn random_text() -> String {
    random_bytes::<32>().iter().fold(String::with_capacity(64), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a text takes every letter");
        text
    })
}
