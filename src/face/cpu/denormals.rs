//! Numbers too small to be normal cost a hundred times as much to compute with; near zero they change nothing.
#![expect(unsafe_code, reason = "the floating-point mode is a register of the processor")]

use std::marker::PhantomData;

/// While it lives, this thread takes denormal floats for zero, and makes none.
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
    // SAFETY: every processor of this target has the register; it is stored into `word`.
    unsafe { std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut word, options(nostack)) };
    word
}

#[cfg(target_arch = "x86_64")]
fn write(word: Word) {
    // SAFETY: every processor of this target has the register; only its two bits for denormals change. Rust code is
    // compiled for the default mode: what runs under the guard is the engine, whose numbers may be zero where they
    // would be denormal, and nothing else.
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
    fn denormals_vanish_only_while_it_lives() {
        let product = || black_box(f32::MIN_POSITIVE) * black_box(0.25);
        assert!(product() > 0.0);
        let guard = FlushDenormals::new();
        assert!(product() <= 0.0);
        drop(guard);
        assert!(product() > 0.0);
    }
}
