//! Memory that goes back to the system.

/// Blocks of this size and more.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE_BYTES: libc::c_int = 1 << 20;

/// Makes the C library return large blocks to the system when they are freed. By default it learns from the first large
/// pictures to keep blocks of up to 32 MB for each thread: hundreds of megabytes that nobody uses. Decoding takes some
/// per cent longer.
pub(super) fn return_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "the setting is a C function")]
    // SAFETY: `mallopt` only stores the number, and may be called at any time.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE_BYTES);
    }
}
