//! The passwords of cameras and the keys in upload links. None is stored: each can be shown to the event's owner
//! again, until a new one ends it.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::signed_urls::keyed;
use crate::domain::{Source, SourceKind, readable_code};
use crate::store::{SecretName, Store, StoreError};

/// A password is typed on a camera's screen: 50 bits, with slowed guessing.
const PASSWORD_CHARS: usize = 10;
/// A link is scanned: 100 bits.
const LINK_CHARS: usize = 20;

/// Derives and verifies the keys of sources.
pub struct SourceKeys([u8; 32]);

impl SourceKeys {
    /// Derives the key from the data folder's secret.
    ///
    /// # Errors
    /// If the secret cannot be read or created.
    pub fn load(store: &Store) -> Result<Self, StoreError> {
        Ok(Self::derive(&store.secret(SecretName::Event)?))
    }

    fn derive(secret: &[u8]) -> Self {
        // Changing the text would end all passwords and links.
        Self(keyed(secret).chain_update("sources of photos").finalize().into_bytes().into())
    }

    /// A camera's password, or what is secret in an upload link.
    #[must_use]
    pub fn key(&self, source: &Source) -> String {
        let text = format!("{}\n{}\n{}", source.kind.as_str(), source.id, source.key_version);
        let mac: Hmac<Sha256> = keyed(&self.0).chain_update(text);
        let chars = if source.kind == SourceKind::Camera { PASSWORD_CHARS } else { LINK_CHARS };
        readable_code(&mac.finalize().into_bytes()[..chars])
    }

    /// Whether `given` is the source's key; capital letters are as good.
    #[must_use]
    pub fn fits(&self, source: &Source, given: &str) -> bool {
        // A keyed hash of both: how long the comparison takes tells nothing about the key.
        let mac = |text: &str| keyed(&self.0).chain_update(text);
        mac(&given.to_ascii_lowercase()).verify(&mac(&self.key(source)).finalize().into_bytes()).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{EventId, Timestamp};

    #[test]
    fn a_key_fits_its_source_until_the_next_one() {
        let (keys, other_folder) = (SourceKeys::derive(&[7; 32]), SourceKeys::derive(&[8; 32]));
        let source = |kind| Source::new(EventId::random(), kind, "R5".into(), Timestamp::from_unix_ms(0));
        let (mut camera, contributor) = (source(SourceKind::Camera), source(SourceKind::Contributor));
        let (password, link) = (keys.key(&camera), keys.key(&contributor));
        assert_eq!((password.len(), link.len()), (10, 20));
        assert!(keys.fits(&camera, &password) && keys.fits(&camera, &password.to_uppercase()));
        assert!(keys.fits(&contributor, &link));
        assert!(!keys.fits(&contributor, &password) && !keys.fits(&source(SourceKind::Camera), &password));
        assert!(!other_folder.fits(&camera, &password));
        for wrong in ["", &password[..9], &format!("{password}0")] {
            assert!(!keys.fits(&camera, wrong), "{wrong}");
        }
        camera.key_version += 1;
        assert!(!keys.fits(&camera, &password));
    }
}
