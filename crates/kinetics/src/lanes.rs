//! Blocks of cells in vector registers.
//!
//! A block holds [`LANES`] cells side by side; a quantity of a block is an array of that length. Every operation is done
//! lane by lane with exactly rounded arithmetic (no fused products), so that the bits do not depend on the registers'
//! width: a kernel is compiled for the baseline, for AVX2 and for AVX-512, and chosen at run time.

/// Cells in a block.
pub const LANES: usize = 32;

/// One quantity of a block of cells.
pub type Lane = [f64; LANES];

/// Work over blocks that is worth vector registers. `run` must be `#[inline(always)]`, as all it calls.
pub(crate) trait Kernel {
    type Output;
    fn run(self) -> Self::Output;
}

/// Runs a kernel with the widest registers of this machine.
#[inline]
pub(crate) fn widest<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx512f") && std::is_x86_feature_detected!("avx512dq") {
        // SAFETY: the only precondition is that the processor has both, which was asked in the line above.
        #[expect(unsafe_code, reason = "twice the speed of AVX2 for event ensembles, bench `events`")]
        return unsafe { with_avx512(kernel) };
    } else if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the only precondition is that the processor has AVX2, which was asked in the line above.
        #[expect(unsafe_code, reason = "twice the speed of the baseline, bench `right-hand side`")]
        return unsafe { with_avx2(kernel) };
    }
    kernel.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq")]
fn with_avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

/// y += a x, lane by lane.
#[inline(always)]
pub(crate) fn axpy(y: &mut Lane, a: f64, x: &Lane) {
    for l in 0..LANES {
        y[l] += a * x[l];
    }
}

/// The largest over all lanes; not a number if any lane is not.
#[inline(always)]
pub(crate) fn largest(x: &Lane) -> f64 {
    let mut most = f64::NEG_INFINITY;
    for &v in x {
        if v.is_nan() {
            return f64::NAN;
        }
        most = most.max(v);
    }
    most
}
