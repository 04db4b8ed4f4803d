//! Who somebody is: tokens, and sign-in with an OpenID provider.

pub mod oidc;
