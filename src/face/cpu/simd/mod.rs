//! One small trait over the vector registers of all processors, and the choice among them at run time. Kernels are
//! written once over [`Simd`] and compiled for each instruction set.
#![expect(unsafe_code, reason = "vector instructions and the kernels written in them take raw pointers")]

#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

/// A register of floats.
///
/// # Safety
/// All functions need a processor with the instruction set; `load` and `store` need [`Simd::LANES`] floats behind
/// their pointer. There is no requirement on alignment.
pub(super) trait Simd: Copy {
    /// Floats in a register.
    const LANES: usize;
    /// Registers that there are.
    const REGISTERS: usize;

    unsafe fn splat(value: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    /// `self * factor + term`; rounded once or twice, as the processor does it.
    unsafe fn mul_add(self, factor: Self, term: Self) -> Self;
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    /// Of a NaN and a number, either, as the processor does it.
    unsafe fn max(self, other: Self) -> Self;
    unsafe fn min(self, other: Self) -> Self;

    /// Runs a kernel in a function compiled for this instruction set, which is not inlined: each kernel gets the
    /// registers for itself.
    unsafe fn run<K: Kernel>(kernel: K);
}

/// Work written over any [`Simd`].
pub(super) trait Kernel {
    /// Must be `#[inline(always)]`, and so must everything that it calls with registers: only then is it compiled for
    /// the instruction set.
    ///
    /// # Safety
    /// The processor has the instruction set of `S`; what the kernel's pointers need, its fields say.
    unsafe fn run<S: Simd>(self);
}

/// An instruction set that this processor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Isa(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "aarch64")]
    Neon,
    Portable,
}

/// Names an instruction set to use in place of the best one: `avx512`, `avx2`, `neon` or `portable`.
const OVERRIDE: &str = "FOTOTA_SIMD";

impl Isa {
    /// All that this processor has, best first.
    pub(crate) fn available() -> Vec<Self> {
        let mut kinds = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                if is_x86_feature_detected!("avx512f") {
                    kinds.push(Kind::Avx512);
                }
                kinds.push(Kind::Avx2);
            }
        }
        // Every 64-bit ARM processor has it.
        #[cfg(target_arch = "aarch64")]
        kinds.push(Kind::Neon);
        kinds.push(Kind::Portable);
        kinds.into_iter().map(Self).collect()
    }

    /// The best, or the one that the environment variable `FOTOTA_SIMD` names.
    pub(crate) fn best() -> Self {
        let all = Self::available();
        let Ok(wanted) = std::env::var(OVERRIDE) else { return all[0] };
        let found = all.iter().find(|isa| isa.name() == wanted);
        found.copied().unwrap_or_else(|| {
            tracing::warn!(wanted, "{OVERRIDE} names no instruction set of this processor");
            all[0]
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => "avx512",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => "avx2",
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => "neon",
            Kind::Portable => "portable",
        }
    }

    /// Floats in a register.
    pub(super) fn lanes(self) -> usize {
        self.shape().0
    }

    /// Registers that a tile of accumulators may spread over side by side: with 32 registers four, else two.
    pub(super) fn max_vectors(self) -> usize {
        if self.shape().1 >= 32 { 4 } else { 2 }
    }

    fn shape(self) -> (usize, usize) {
        fn of<S: Simd>() -> (usize, usize) {
            (S::LANES, S::REGISTERS)
        }
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => of::<x86::Avx512>(),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => of::<x86::Avx2>(),
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => of::<neon::Neon>(),
            Kind::Portable => of::<portable::Portable>(),
        }
    }

    /// Runs a kernel with this instruction set.
    ///
    /// # Safety
    /// What the kernel asks for.
    pub(super) unsafe fn run<K: Kernel>(self, kernel: K) {
        // SAFETY: a value of this type was made only if the processor has the instruction set.
        unsafe {
            match self.0 {
                #[cfg(target_arch = "x86_64")]
                Kind::Avx512 => x86::Avx512::run(kernel),
                #[cfg(target_arch = "x86_64")]
                Kind::Avx2 => x86::Avx2::run(kernel),
                #[cfg(target_arch = "aarch64")]
                Kind::Neon => neon::Neon::run(kernel),
                Kind::Portable => portable::Portable::run(kernel),
            }
        }
    }
}
