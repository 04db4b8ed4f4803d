//! A small trait over the vector registers of all processors, and the choice of an instruction set at run time. Kernels
//! are written once over [`Simd`] and compiled for each instruction set.
#![expect(unsafe_code, reason = "vector instructions and kernels take raw pointers")]

#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

/// A register of floats.
///
/// # Safety
/// All functions need a processor with the instruction set; `load` and `store` need a pointer to [`Simd::LANES`]
/// floats, of any alignment.
pub(super) trait Simd: Copy {
    /// Floats per register.
    const LANES: usize;
    /// Number of registers.
    const REGISTERS: usize;

    unsafe fn splat(value: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    /// `self * factor + term`; whether it is rounded once or twice depends on the processor.
    unsafe fn mul_add(self, factor: Self, term: Self) -> Self;
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    /// For a NaN and a number, either one, depending on the processor.
    unsafe fn max(self, other: Self) -> Self;
    unsafe fn min(self, other: Self) -> Self;

    /// Runs a kernel in a function compiled for this instruction set. It is not inlined, so that each kernel has all
    /// registers.
    unsafe fn run<K: Kernel>(kernel: K);
}

/// Code written over any [`Simd`].
pub(super) trait Kernel {
    /// Must be `#[inline(always)]`, as must everything it calls with registers: only then is it compiled for the
    /// instruction set.
    ///
    /// # Safety
    /// The processor has the instruction set of `S`. The kernel's fields document what its pointers need.
    unsafe fn run<S: Simd>(self);
}

/// An instruction set that this processor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Isa(IsaKind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IsaKind {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "aarch64")]
    Neon,
    Portable,
}

/// Environment variable that overrides the instruction set: `avx512`, `avx2`, `neon` or `portable`.
const OVERRIDE: &str = "FOTOTA_SIMD";

impl Isa {
    /// All instruction sets of this processor, best first.
    pub(crate) fn available() -> Vec<Self> {
        let mut kinds = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                if is_x86_feature_detected!("avx512f") {
                    kinds.push(IsaKind::Avx512);
                }
                kinds.push(IsaKind::Avx2);
            }
        }
        // Every 64-bit ARM processor has NEON.
        #[cfg(target_arch = "aarch64")]
        kinds.push(IsaKind::Neon);
        kinds.push(IsaKind::Portable);
        kinds.into_iter().map(Self).collect()
    }

    /// The best instruction set, unless `FOTOTA_SIMD` names another one.
    pub(crate) fn best() -> Self {
        let all = Self::available();
        let Ok(wanted) = std::env::var(OVERRIDE) else { return all[0] };
        let found = all.iter().find(|isa| isa.name() == wanted);
        found.copied().unwrap_or_else(|| {
            tracing::warn!(wanted, "{OVERRIDE} is not an instruction set of this processor");
            all[0]
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            IsaKind::Avx512 => "avx512",
            #[cfg(target_arch = "x86_64")]
            IsaKind::Avx2 => "avx2",
            #[cfg(target_arch = "aarch64")]
            IsaKind::Neon => "neon",
            IsaKind::Portable => "portable",
        }
    }

    /// Floats per register.
    pub(super) fn lanes(self) -> usize {
        self.shape().0
    }

    /// Largest panel width in registers: four with 32 registers, else two.
    pub(super) fn max_vectors(self) -> usize {
        if self.shape().1 >= 32 { 4 } else { 2 }
    }

    fn shape(self) -> (usize, usize) {
        fn of<S: Simd>() -> (usize, usize) {
            (S::LANES, S::REGISTERS)
        }
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            IsaKind::Avx512 => of::<x86::Avx512>(),
            #[cfg(target_arch = "x86_64")]
            IsaKind::Avx2 => of::<x86::Avx2>(),
            #[cfg(target_arch = "aarch64")]
            IsaKind::Neon => of::<neon::Neon>(),
            IsaKind::Portable => of::<portable::Portable>(),
        }
    }

    /// Runs a kernel with this instruction set.
    ///
    /// # Safety
    /// The contract of the kernel.
    pub(super) unsafe fn run<K: Kernel>(self, kernel: K) {
        // SAFETY: a value of this type exists only if the processor has the instruction set.
        unsafe {
            match self.0 {
                #[cfg(target_arch = "x86_64")]
                IsaKind::Avx512 => x86::Avx512::run(kernel),
                #[cfg(target_arch = "x86_64")]
                IsaKind::Avx2 => x86::Avx2::run(kernel),
                #[cfg(target_arch = "aarch64")]
                IsaKind::Neon => neon::Neon::run(kernel),
                IsaKind::Portable => portable::Portable::run(kernel),
            }
        }
    }
}
