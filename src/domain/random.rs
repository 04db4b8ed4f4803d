//! The one place that reads the operating system's random number generator.

/// `N` bytes fit for secrets.
///
/// # Panics
/// When the operating system has no randomness to give; no secret may be made without it.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system's random number generator must work");
    bytes
}
