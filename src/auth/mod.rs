//! Who somebody is: tokens, and sign-in with an OpenID provider.
