//! Transcendental functions with the same bits on every platform (pure-Rust `libm`).
//!
//! `f64::sqrt`, `floor`, `abs`, `+ - * /` are exactly rounded by IEEE 754 and may be used from `std`.

use std::sync::LazyLock;

/// e to the power `x`.
#[inline]
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// `exp(x) - 1`, accurate near 0.
#[inline]
pub fn exp_m1(x: f64) -> f64 {
    libm::expm1(x)
}

/// Natural logarithm.
#[inline]
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// `ln(1 + x)`, accurate near 0.
#[inline]
pub fn ln_1p(x: f64) -> f64 {
    libm::log1p(x)
}

/// Logarithm to base 10.
#[inline]
pub fn log10(x: f64) -> f64 {
    libm::log10(x)
}

/// `x` to the power `y`.
#[inline]
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// `x` to a whole power, by squaring, in a fixed order of products.
#[inline]
pub fn powi(x: f64, n: i32) -> f64 {
    let (mut base, mut e) = (if n < 0 { 1.0 / x } else { x }, n.unsigned_abs());
    let mut result = 1.0;
    while e > 0 {
        if e & 1 == 1 {
            result *= base;
        }
        base *= base;
        e >>= 1;
    }
    result
}

/// Whole numbers of which reciprocals are looked up.
const RECIPROCALS: usize = 64;

/// 1/`k`, for divisions by small counts in loops that wait for them.
#[inline]
pub fn reciprocal(k: usize) -> f64 {
    const TABLE: [f64; RECIPROCALS] = {
        let mut table = [f64::INFINITY; RECIPROCALS];
        let mut k = 1;
        while k < RECIPROCALS {
            table[k] = 1.0 / k as f64;
            k += 1;
        }
        table
    };
    if k < RECIPROCALS { TABLE[k] } else { 1.0 / k as f64 }
}

/// ln `k`! of a whole number that is not negative.
pub fn ln_factorial(k: f64) -> f64 {
    static TABLE: LazyLock<[f64; 512]> = LazyLock::new(|| std::array::from_fn(|k| ln_gamma(k as f64 + 1.0)));
    match TABLE.get(k as usize) {
        Some(known) => *known,
        None => ln_gamma(k + 1.0),
    }
}

/// Cube root.
#[inline]
pub fn cbrt(x: f64) -> f64 {
    libm::cbrt(x)
}

/// Sine (radians).
#[inline]
pub fn sin(x: f64) -> f64 {
    libm::sin(x)
}

/// Cosine (radians).
#[inline]
pub fn cos(x: f64) -> f64 {
    libm::cos(x)
}

/// Tangent (radians).
#[inline]
pub fn tan(x: f64) -> f64 {
    libm::tan(x)
}

/// Arcsine.
#[inline]
pub fn asin(x: f64) -> f64 {
    libm::asin(x)
}

/// Arccosine.
#[inline]
pub fn acos(x: f64) -> f64 {
    libm::acos(x)
}

/// Arctangent.
#[inline]
pub fn atan(x: f64) -> f64 {
    libm::atan(x)
}

/// Hyperbolic sine.
#[inline]
pub fn sinh(x: f64) -> f64 {
    libm::sinh(x)
}

/// Hyperbolic cosine.
#[inline]
pub fn cosh(x: f64) -> f64 {
    libm::cosh(x)
}

/// Four-quadrant arctangent of `y / x`.
#[inline]
pub fn atan2(y: f64, x: f64) -> f64 {
    libm::atan2(y, x)
}

/// Hyperbolic tangent.
#[inline]
pub fn tanh(x: f64) -> f64 {
    libm::tanh(x)
}

/// `sqrt(x² + y²)` without overflow.
#[inline]
pub fn hypot(x: f64, y: f64) -> f64 {
    libm::hypot(x, y)
}

/// Error function.
#[inline]
pub fn erf(x: f64) -> f64 {
    libm::erf(x)
}

/// Complementary error function.
#[inline]
pub fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// Scaled complementary error function `exp(x²) erfc(x)`: falls like 1/(x√π), without underflow for large `x`.
#[inline]
pub fn erfcx(x: f64) -> f64 {
    if x < 20.0 {
        return exp(x * x) * erfc(x);
    }
    // Asymptotic series; the first term left out is below 1e-11 of the sum at 20.
    let q = 1.0 / (2.0 * x * x);
    (1.0 - q * (1.0 - 3.0 * q * (1.0 - 5.0 * q * (1.0 - 7.0 * q)))) / (x * 1.772_453_850_905_516)
}

/// Logarithm of the gamma function for `x > 0`.
#[inline]
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// Hill function `s^h / (k^h + s^h)`: 0 at `s <= 0`, one half at `s = k`, 1 for large `s`.
///
/// `k = 0` gives 1 for every positive `s`.
#[inline]
pub fn hill(s: f64, k: f64, h: f64) -> f64 {
    if s <= 0.0 {
        return 0.0;
    }
    if k <= 0.0 {
        return 1.0;
    }
    // The three common exponents spare the logarithms.
    let ratio = k / s;
    let r = if h == 1.0 {
        ratio
    } else if h == 2.0 {
        ratio * ratio
    } else if h == 4.0 {
        let square = ratio * ratio;
        square * square
    } else {
        pow(ratio, h)
    };
    1.0 / (1.0 + r)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powi_agrees_with_pow() {
        for n in -8..=8 {
            let (a, b) = (powi(1.37, n), pow(1.37, f64::from(n)));
            assert!((a - b).abs() <= 1e-14 * b, "n = {n}: {a} {b}");
        }
        assert_eq!(powi(2.0, 0), 1.0);
    }

    /// Reference values to twelve digits (Abramowitz and Stegun 7.1.13 encloses them); the series joins smoothly.
    #[test]
    fn erfcx_is_right_on_both_sides_of_its_joint() {
        assert!((erfcx(0.0) - 1.0).abs() < 1e-15);
        assert!((erfcx(1.0) - 0.427_583_576_155_807).abs() < 1e-14);
        assert!((erfcx(-1.0) - 5.008_980_080_762_283).abs() < 1e-13);
        let (below, above) = (exp(400.0) * erfc(20.0), erfcx(20.0));
        assert!((below / above - 1.0).abs() < 1e-10, "{below} {above}");
        assert!(erfcx(1e200) > 0.0);
    }

    #[test]
    fn hill_limits() {
        assert_eq!(hill(0.0, 1.0, 2.0), 0.0);
        assert_eq!(hill(-1.0, 1.0, 2.0), 0.0);
        assert_eq!(hill(3.0, 3.0, 4.0), 0.5);
        assert_eq!(hill(1e-300, 0.0, 2.0), 1.0);
        assert!((hill(2.0, 1.0, 1.5) - pow(2.0, 1.5) / (1.0 + pow(2.0, 1.5))).abs() < 1e-15);
    }

    /// Pins the bits: a change of library or of platform shows here first (law 4).
    #[test]
    fn bits_are_pinned() {
        assert_eq!(exp(1.0).to_bits(), 0x4005_bf0a_8b14_576a);
        assert_eq!(ln(10.0).to_bits(), 0x4002_6bb1_bbb5_5516);
    }
}
