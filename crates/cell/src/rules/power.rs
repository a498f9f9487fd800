//! Sums of powers over columns, with the same bits on every machine.
//!
//! Whole and half powers up to eight are products and a square root. Others are `2^(p log₂ x)`, without branches, so that
//! several cells go at once: log₂ by the series of the inverse hyperbolic tangent, 2^x by Taylor's, both as long as a
//! double needs. Only + − × ÷ and bits take part, whose results IEEE 754 fixes. The relative error is below 1e-13 where
//! the power itself lies between 1e-100 and 1e100 (see the tests).

/// A Hill power, by the way it is computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Exponent {
    /// n halves, n from 1 to 16.
    Halves(u8),
    /// Any other.
    Any(f64),
}

impl Exponent {
    pub(super) fn new(power: f64) -> Self {
        let halves = 2.0 * power;
        if halves == halves.floor() && (1.0..=16.0).contains(&halves) {
            Self::Halves(halves as u8)
        } else {
            Self::Any(power)
        }
    }

    /// Adds `(s / half_max)^power` to `total` for every signal above 0, but not for cells that `dead` marks.
    pub(super) fn add(self, s: &[f64], half_max: f64, dead: Option<&[bool]>, total: &mut [f64]) {
        match self {
            Self::Halves(2) => add(s, half_max, dead, total, |x| x),
            Self::Halves(4) => add(s, half_max, dead, total, |x| x * x),
            Self::Halves(8) => add(s, half_max, dead, total, |x| (x * x) * (x * x)),
            Self::Halves(n) if n % 2 == 0 => add(s, half_max, dead, total, |x| whole(x, n / 2)),
            Self::Halves(n) => add(s, half_max, dead, total, |x| whole(x, n / 2) * x.sqrt()),
            Self::Any(p) => add(s, half_max, dead, total, |x| raise(x, p)),
        }
    }
}

#[inline(always)]
fn add(s: &[f64], half_max: f64, dead: Option<&[bool]>, total: &mut [f64], f: impl Fn(f64) -> f64) {
    match dead {
        None => {
            for (t, &s) in total.iter_mut().zip(s) {
                let term = f(s / half_max);
                *t += if s > 0.0 { term } else { 0.0 };
            }
        }
        Some(dead) => {
            for ((t, &s), &d) in total.iter_mut().zip(s).zip(dead) {
                let term = f(s / half_max);
                *t += if s > 0.0 && !d { term } else { 0.0 };
            }
        }
    }
}

/// x^n by squaring, for the same n in a whole column.
#[inline(always)]
fn whole(x: f64, n: u8) -> f64 {
    let (mut result, mut base, mut n) = (1.0, x, n);
    while n > 0 {
        if n & 1 == 1 {
            result *= base;
        }
        base *= base;
        n >>= 1;
    }
    result
}

/// 2 / ln 2 divided by 2k + 1: the series of log₂, as far as it is felt.
const LOG: [f64; 12] = {
    let mut c = [0.0; 12];
    let mut k = 0;
    while k < 9 {
        c[k] = 2.0 * std::f64::consts::LOG2_E / (2 * k + 1) as f64;
        k += 1;
    }
    c
};

/// (ln 2)^k / k!: the series of 2^x.
const EXP: [f64; 12] = {
    let mut c = [1.0; 12];
    let mut k = 1;
    while k < 12 {
        c[k] = c[k - 1] * std::f64::consts::LN_2 / k as f64;
        k += 1;
    }
    c
};

/// A number whose last bit is worth 1, so that adding it rounds.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// A polynomial of degree 11, by pairs: a chain a third as long as Horner's, which is what the time goes to.
#[inline(always)]
fn polynomial(c: &[f64; 12], x: f64) -> f64 {
    let x2 = x * x;
    let x4 = x2 * x2;
    let four = |k: usize| (c[k] + c[k + 1] * x) + (c[k + 2] + c[k + 3] * x) * x2;
    four(0) + (four(4) + four(8) * x4) * x4
}

/// `x^p` for a normal x > 0; what it gives for others is not used.
#[inline(always)]
fn raise(x: f64, p: f64) -> f64 {
    // x = 2^e m with m in [√½, √2): subtracting the bits of √½ leaves e in the exponent's place.
    const ROOT: u64 = std::f64::consts::FRAC_1_SQRT_2.to_bits();
    let bits = x.to_bits();
    let shift = bits.wrapping_sub(ROOT) & 0xfff0_0000_0000_0000;
    let m = f64::from_bits(bits.wrapping_sub(shift));
    // e as a double: put into the low bits of ROUND, which are counted in whole numbers.
    let biased = (shift >> 52) ^ 0x800;
    let e = f64::from_bits(ROUND.to_bits().wrapping_add(biased)) - (ROUND + 2048.0);
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let log = polynomial(&LOG, z);
    let y = (p * (e + log * s)).clamp(-1021.0, 1022.0);
    let rounded = y + ROUND;
    let r = y - (rounded - ROUND);
    let exp = polynomial(&EXP, r);
    f64::from_bits(exp.to_bits().wrapping_add(rounded.to_bits() << 52))
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_numeric::math;

    #[test]
    fn powers_are_right_to_thirteen_digits() {
        let mut worst: f64 = 0.0;
        for i in 0..4000 {
            let x = math::exp(0.01 * f64::from(i) - 20.0) * (1.0 + 1e-3 * f64::from(i % 7));
            for p in [0.3, 1.0, 1.7, 2.5, 3.0, 3.3, 7.9, 10.0, 11.3] {
                let exact = math::pow(x, p);
                if !(1e-100..1e100).contains(&exact) {
                    continue;
                }
                let mut found = [0.0];
                Exponent::new(p).add(&[x], 1.0, None, &mut found);
                worst = worst.max((found[0] / exact - 1.0).abs());
                worst = worst.max((raise(x, p) / exact - 1.0).abs());
            }
        }
        assert!(worst < 1e-13, "{worst}");
    }

    #[test]
    fn ends_are_bounded_and_what_is_not_above_zero_counts_as_absent() {
        assert!(raise(1e300, 50.0) > 1e300 && raise(1e-300, 50.0) < 1e-300);
        for s in [0.0, -1.0, f64::NAN] {
            for p in [1.0, 2.5, 3.3] {
                let mut total = [0.25];
                Exponent::new(p).add(&[s], 2.0, None, &mut total);
                assert_eq!(total, [0.25]);
            }
        }
        let mut total = [0.0; 2];
        Exponent::new(3.3).add(&[1.0, 1.0], 1.0, Some(&[true, false]), &mut total);
        assert_eq!(total[0], 0.0);
        assert!((total[1] - 1.0).abs() < 1e-15);
    }
}
