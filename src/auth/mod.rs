//! Authentication: JSON Web Tokens, signed URLs, entry keys, keys of sources, proofs of nodes, second factors, and
//! sign-in with an OpenID provider. No other module uses JSON Web Tokens or OAuth.

mod entry_keys;
mod node_proofs;
pub mod oidc;
mod refresh_id;
mod second_factor;
mod signed_urls;
mod source_keys;
mod tokens;

pub use entry_keys::EntryKeys;
pub use node_proofs::NodeProofs;
pub use refresh_id::{RefreshGrant, RefreshId};
pub use second_factor::{RECOVERY_CODES, SecondFactors, TotpSecret, new_recovery_codes};
pub use signed_urls::SignedUrls;
pub use source_keys::SourceKeys;
pub use tokens::{EventGrant, TokenError, Tokens, new_secret_text, token_hash};
