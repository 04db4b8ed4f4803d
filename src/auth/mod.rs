//! Who somebody is: tokens of our own, signed addresses, keys in links, and sign-in with an OpenID provider. The only
//! module that names JSON Web Tokens and OAuth.

mod entry_keys;
mod links;
pub mod oidc;
mod tokens;

pub use entry_keys::EntryKeys;
pub use links::Links;
pub use tokens::{EventGrant, Refresh, TokenError, Tokens, new_secret_text, token_hash};
