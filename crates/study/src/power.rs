//! Power of a t test, by the noncentral t distribution.
//!
//! A test statistic with ν degrees of freedom and noncentrality δ is (Z + δ)/√(V/ν), Z normal, V chi-squared. Given
//! u = √(V/ν) it is normal, so its tail is an integral over u:
//!
//! P(T > t) = ∫ Φ(δ − t u) p(u) du,   p(u) ∝ u^(ν−1) exp(−ν u²/2)
//!
//! p has a width of about 1/√(2ν) around 1; Simpson's rule over ten of them is exact to 1e-10.

use exoderm_numeric::math;

/// Intervals of Simpson's rule.
const STEPS: usize = 4000;
/// Widths of the density on either side.
const WIDTHS: f64 = 10.0;

fn normal(x: f64) -> f64 {
    0.5 * math::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// P(T > t) for a noncentral t with `freedom` degrees of freedom and noncentrality `delta`.
pub fn upper_tail(t: f64, freedom: f64, delta: f64) -> f64 {
    let log = |u: f64| (freedom - 1.0) * math::ln(u) - 0.5 * freedom * u * u;
    let width = WIDTHS / (2.0 * freedom).sqrt();
    let (low, high) = ((1.0 - width).max(1e-12), 1.0 + width.max(WIDTHS / freedom));
    let peak = log(((freedom - 1.0) / freedom).max(1e-12).sqrt());
    let h = (high - low) / STEPS as f64;
    let (mut tail, mut mass) = (0.0, 0.0);
    for k in 0..=STEPS {
        let u = low + h * k as f64;
        let weight = if k == 0 || k == STEPS {
            1.0
        } else if k % 2 == 1 {
            4.0
        } else {
            2.0
        };
        let p = weight * math::exp(log(u) - peak);
        mass += p;
        tail += p * normal(delta - t * u);
    }
    tail / mass
}

/// The value that a central t exceeds with probability `tail`.
fn critical(tail: f64, freedom: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1e3);
    for _ in 0..80 {
        let t = 0.5 * (low + high);
        if upper_tail(t, freedom, 0.0) > tail {
            low = t;
        } else {
            high = t;
        }
    }
    0.5 * (low + high)
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Design {
    /// Two sides or two times of the same subject: the effect is over the spread of differences (dz).
    Paired,
    /// Two groups of different subjects, of one size: the effect is over the spread between subjects (d).
    Groups,
}

/// Power of a two-sided test at level `alpha` with `n` pairs, or `n` subjects a group.
pub fn power(design: Design, effect: f64, n: u32, alpha: f64) -> f64 {
    if n < 2 {
        return 0.0;
    }
    let count = f64::from(n);
    let (freedom, delta) = match design {
        Design::Paired => (count - 1.0, effect.abs() * count.sqrt()),
        Design::Groups => (2.0 * count - 2.0, effect.abs() * (0.5 * count).sqrt()),
    };
    let t = critical(0.5 * alpha, freedom);
    upper_tail(t, freedom, delta) + 1.0 - upper_tail(-t, freedom, delta)
}

/// Most subjects a group that are looked for.
const MOST: u32 = 100_000;

/// The fewest pairs, or subjects a group, that reach `wanted`; `None` if more than 100,000 are needed.
pub fn needed(design: Design, effect: f64, wanted: f64, alpha: f64) -> Option<u32> {
    if effect == 0.0 || !effect.is_finite() {
        return None;
    }
    let enough = |n: u32| power(design, effect, n, alpha) >= wanted;
    let mut high = 2;
    while !enough(high) {
        high = high.checked_mul(2).filter(|n| *n <= 2 * MOST)?;
    }
    let mut low = high / 2;
    while high - low > 1 {
        let n = low + (high - low) / 2;
        if enough(n) {
            high = n;
        } else {
            low = n;
        }
    }
    (high <= MOST).then_some(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S082: a paired effect of 0.56 with 25 pairs has a power of 0.766, and 28 pairs reach 80 %.
    #[test]
    fn s082_power_of_the_paired_design() {
        assert!((power(Design::Paired, 0.56, 25, 0.05) - 0.766).abs() < 5e-4);
        assert_eq!(needed(Design::Paired, 0.56, 0.8, 0.05), Some(28));
    }

    /// Cohen's tables (1988): d = 0.5 takes 64 a group for 80 %, d = 0.8 takes 26; a large sample follows the normal.
    #[test]
    fn group_sizes_are_those_of_the_tables() {
        assert_eq!(needed(Design::Groups, 0.5, 0.8, 0.05), Some(64));
        assert_eq!(needed(Design::Groups, 0.8, 0.8, 0.05), Some(26));
        assert_eq!(needed(Design::Groups, 0.2, 0.8, 0.05), Some(394));
        assert_eq!(needed(Design::Groups, 0.0, 0.8, 0.05), None);
    }

    /// Without an effect the test's own level is left; central quantiles are those of the tables.
    #[test]
    fn level_and_quantiles() {
        assert!((power(Design::Groups, 0.0, 10, 0.05) - 0.05).abs() < 1e-6);
        for (freedom, t) in [(4.0, 2.776_445), (24.0, 2.063_899), (60.0, 2.000_298)] {
            assert!((critical(0.025, freedom) - t).abs() < 1e-5, "{freedom}");
        }
    }
}
