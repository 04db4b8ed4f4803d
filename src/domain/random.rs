//! The only access to the operating system's random number generator.

/// `N` random bytes, suitable for secrets.
///
/// # Panics
/// If the random number generator fails: no secret may be created without it.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system's random number generator must work");
    bytes
}
