//! Switches denormal floats off while the engine runs: they are about a hundred times slower, and so close to zero that
//! they do not change results.
#![expect(unsafe_code, reason = "the floating-point mode is a processor register")]

use std::marker::PhantomData;

/// Guard: while it exists, this thread treats denormal floats as zero and produces none.
pub(super) struct FlushDenormals {
    saved: Word,
    /// The mode belongs to the thread that set it.
    not_send: PhantomData<*const ()>,
}

#[cfg(target_arch = "x86_64")]
type Word = u32;
#[cfg(not(target_arch = "x86_64"))]
type Word = u64;

impl FlushDenormals {
    pub(super) fn new() -> Self {
        let saved = read();
        write(saved | FLUSH);
        Self { saved, not_send: PhantomData }
    }
}

impl Drop for FlushDenormals {
    fn drop(&mut self) {
        write(self.saved);
    }
}

/// Flush to zero and denormals are zero, in MXCSR.
#[cfg(target_arch = "x86_64")]
const FLUSH: Word = 0x8040;
/// Flush to zero, in FPCR.
#[cfg(not(target_arch = "x86_64"))]
const FLUSH: Word = 1 << 24;

#[cfg(target_arch = "x86_64")]
fn read() -> Word {
    let mut word: Word = 0;
    // SAFETY: every processor of this target has the register; it is stored to `word`.
    unsafe { std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut word, options(nostack)) };
    word
}

#[cfg(target_arch = "x86_64")]
fn write(word: Word) {
    // SAFETY: every processor of this target has the register; only its two bits for denormals change. Rust code is
    // compiled for the default mode; under the guard runs only the engine, whose numbers may be zero instead of
    // denormal.
    unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const word, options(nostack, readonly)) };
}

#[cfg(target_arch = "aarch64")]
fn read() -> Word {
    let word: Word;
    // SAFETY: every processor of this target has the register.
    unsafe { std::arch::asm!("mrs {}, fpcr", out(reg) word, options(nomem, nostack)) };
    word
}

#[cfg(target_arch = "aarch64")]
fn write(word: Word) {
    // SAFETY: as for the other processors.
    unsafe { std::arch::asm!("msr fpcr, {}", in(reg) word, options(nomem, nostack)) };
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn read() -> Word {
    0
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn write(_: Word) {}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::*;

    #[test]
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    fn denormals_are_flushed_only_under_the_guard() {
        let product = || black_box(f32::MIN_POSITIVE) * black_box(0.25);
        assert!(product() > 0.0);
        let guard = FlushDenormals::new();
        assert!(product() <= 0.0);
        drop(guard);
        assert!(product() > 0.0);
    }
}
