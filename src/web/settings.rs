//! What a server is made of.

use std::sync::Arc;

use crate::auth::oidc::Provider;
use crate::auth::{EntryKeys, SignedUrls, Tokens};
use crate::config::{self, Config};
use crate::domain::Digest;
use crate::drive;
use crate::pipeline::Context;
use crate::search::MAYBE_MARGIN;
use crate::store::StoreError;

/// What a server is made of. Cheap to clone.
#[derive(Clone)]
pub struct Settings {
    /// Store, engine, limits and clock.
    pub context: Context,
    /// Cosine similarity of a match.
    pub match_threshold: f32,
    /// Everything else that can be set.
    pub config: Arc<Config>,
    /// Makes and reads tokens.
    pub tokens: Arc<Tokens>,
    /// Signs the addresses of pictures.
    pub links: Arc<SignedUrls>,
    /// Makes the keys in links that let guests in.
    pub entry_keys: Arc<EntryKeys>,
    /// Sign-in with an OpenID provider; `None` where none is configured.
    pub provider: Option<Arc<Provider>>,
    /// Search of Google Drive folders; `None` where no key is configured.
    pub drive: Option<DriveSearches>,
    /// How others reach the server, where their requests do not say.
    pub base_url: String,
    /// SHA-256 of the one-time set-up link's token; `None` where there is an admin.
    pub setup_token_hash: Option<Digest>,
}

/// Who asks Drive, and who does the searches.
#[derive(Clone)]
pub struct DriveSearches {
    /// Asks for folders.
    pub client: drive::Client,
    /// Does the searches.
    pub worker: Arc<drive::Worker>,
}

impl Settings {
    /// Cosine similarity from which on a face may be the guest's.
    #[must_use]
    pub fn maybe_threshold(&self) -> f32 {
        self.match_threshold - MAYBE_MARGIN
    }
}

impl DriveSearches {
    fn start(context: &Context, match_threshold: f32, config: &config::Drive) -> Option<Self> {
        let client = drive::Client::new(config)?;
        let settings =
            drive::SearchSettings { match_threshold, keep: config.keep(), first_pause: drive::FIRST_PAUSE };
        let worker = Arc::new(drive::Worker::start(context, client.clone(), settings));
        Some(Self { client, worker })
    }
}

impl Settings {
    /// With the secrets of the context's data folder; without a set-up link. Searches of Drive folders begin to go on,
    /// where a key is configured.
    ///
    /// # Errors
    /// When the secrets cannot be read or made.
    pub fn new(
        context: Context,
        match_threshold: f32,
        config: Config,
        base_url: String,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            tokens: Arc::new(Tokens::load(&context.store)?),
            links: Arc::new(SignedUrls::load(&context.store)?),
            entry_keys: Arc::new(EntryKeys::load(&context.store)?),
            drive: DriveSearches::start(&context, match_threshold, &config.drive),
            provider: Provider::new(&config.google).map(Arc::new),
            context,
            match_threshold,
            config: Arc::new(config),
            base_url,
            setup_token_hash: None,
        })
    }
}
