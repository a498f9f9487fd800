//! Chebyshev series of `e^(−y)`, `φ1(y) = (1 − e^(−y))/y` and `φ2(y) = (1 − φ1(y))/y` on an interval of the
//! positive axis.
//!
//! With `y = y0 + z (1 − x)`, x from −1 to 1, the coefficients of the exponential are `2 e^(−y0) e^(−z) I_k(z)`
//! (Abramowitz & Stegun 9.6.34; used for propagators since Tal-Ezer, SIAM J. Numer. Anal. 23:11, 1986); they fall
//! off as `exp(−k²/2z)`, so that about `√(2z ln 1/ε)` terms do. Multiplying by y is a three-term relation between
//! coefficients, which gives φ1 from the exponential and φ2 from φ1 by a recurrence whose terms are all positive.
//! Everything is positive here: no cancellation, full relative accuracy.

use exoderm_numeric::math::{exp, exp_m1, ln};

/// A series `a[0]/2 + Σ a[k] T_k(x)`.
pub(crate) type Series = Vec<f64>;

/// Coefficients of `e^(−y)`, φ1 and φ2, as far as they count in double precision.
#[derive(Clone, Debug)]
pub(crate) struct Propagators {
    pub(crate) exponential: Series,
    pub(crate) phi1: Series,
    pub(crate) phi2: Series,
}

/// Below this share of the largest a coefficient is nothing.
const NOTHING: f64 = 1e-18;

impl Propagators {
    /// Series on `[y0, y0 + 2z]`, both ≥ 0.
    pub(crate) fn new(y0: f64, z: f64) -> Self {
        if z == 0.0 {
            return Self::at(y0);
        }
        let exponential = exponential(y0, z);
        let phi1 = quotient(y0, z, &exponential);
        let phi2 = quotient(y0, z, &phi1);
        Self { exponential: trim(exponential), phi1: trim(phi1), phi2: trim(phi2) }
    }

    /// The values at one point: an interval without width.
    fn at(y: f64) -> Self {
        let (phi1, phi2) = if y < 1e-2 {
            let series = |first: f64| {
                let (mut sum, mut term) = (0.0, 1.0 / first);
                for k in 1..9 {
                    sum += term;
                    term *= -y / (first + f64::from(k));
                }
                sum
            };
            (series(1.0), series(2.0))
        } else {
            let phi1 = -exp_m1(-y) / y;
            (phi1, (1.0 - phi1) / y)
        };
        Self { exponential: vec![2.0 * exp(-y)], phi1: vec![2.0 * phi1], phi2: vec![2.0 * phi2] }
    }
}

/// Number of terms after which the rest of a series adds up to at most `tolerance`.
pub(crate) fn terms(series: &[f64], tolerance: f64) -> usize {
    let mut rest = 0.0;
    let mut count = series.len();
    while count > 0 {
        rest += series[count - 1];
        if rest > tolerance {
            break;
        }
        count -= 1;
    }
    count
}

/// Without the entries that don't count. (The recurrences between series need them.)
fn trim(mut a: Series) -> Series {
    let floor = NOTHING * a[0];
    let end = a.iter().rposition(|a| *a > floor).map_or(1, |k| k + 1);
    a.truncate(end);
    a
}

/// `2 e^(−y0 − z) I_k(z)`: Miller's backward recurrence, scaled so that the sum at x = 1 is `e^(−y0)`.
fn exponential(y0: f64, z: f64) -> Series {
    let scale = exp(-y0);
    // Where the terms have fallen below NOTHING: k² / 2z for wide intervals, (z/2)^k / k! for narrow ones.
    let deep = -ln(NOTHING) + 10.0;
    let last = ((2.0 * z * deep).sqrt() + deep).ceil() as usize;
    let mut a = vec![0.0; last + 1];
    let (mut above, mut here) = (0.0, 1e-290);
    for k in (0..=last).rev() {
        a[k] = here;
        let below = above + 2.0 * k as f64 / z * here;
        (above, here) = (here, below);
        if here > 1e200 {
            for a in &mut a[k..] {
                *a *= 1e-200;
            }
            above *= 1e-200;
            here *= 1e-200;
        }
    }
    let total = a[0] + 2.0 * a.iter().skip(1).rev().sum::<f64>();
    for a in &mut a {
        *a *= 2.0 * scale / total;
    }
    a
}

/// Coefficients of `(1 − f)/y`, a smooth function, from those of f.
fn quotient(y0: f64, z: f64, f: &[f64]) -> Series {
    let ratio = 1.0 + y0 / z;
    // 1/y itself has coefficients r^k: what is left of them where e^(−y) has died out. (On an interval that begins
    // near 0 the recurrence alone is exact, and their share would be rounding.)
    let dead = y0 > 1.0;
    let r = 1.0 / (ratio + (ratio * ratio - 1.0).max(0.0).sqrt());
    let tail = if dead { (ln(NOTHING) / ln(r)).ceil() } else { 0.0 };
    let count = f.len().max(if tail < 4e6 { tail as usize } else { 0 }) + 2;
    let at = |k: usize| f.get(k).copied().unwrap_or(0.0);
    let mut g = vec![0.0; count + 2];
    for k in (1..=count).rev() {
        g[k - 1] = 2.0 * ratio * g[k] - g[k + 1] + 2.0 * at(k) / z;
    }
    // The equation at k = 0 tells how much of r^k belongs in.
    let missing = 2.0 - at(0) - z * (ratio * g[0] - g[1]);
    if dead && missing > 0.0 {
        let mut power = missing / (z * (ratio - r));
        for g in &mut g {
            *g += power;
            power *= r;
            if power < 1e-300 {
                break;
            }
        }
    }
    g
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_numeric::math::powi;

    fn sum(series: &[f64], x: f64) -> f64 {
        let (mut a, mut b) = (0.0, 0.0);
        for &c in series.iter().skip(1).rev() {
            (a, b) = (c + 2.0 * x * a - b, a);
        }
        0.5 * series[0] + x * a - b
    }

    fn phi1(y: f64) -> f64 {
        if y < 1e-5 { 1.0 - y / 2.0 + y * y / 6.0 } else { -exp_m1(-y) / y }
    }

    fn phi2(y: f64) -> f64 {
        if y < 1e-2 {
            0.5 - y / 6.0 + y * y / 24.0 - y * y * y / 120.0 + powi(y, 4) / 720.0 - powi(y, 5) / 5040.0
        } else {
            (1.0 - phi1(y)) / y
        }
    }

    /// From a step that is nothing to one of years, with and without decay.
    #[test]
    fn series_meet_their_functions() {
        for (y0, z) in [
            (0.0, 0.0),
            (1e-3, 0.0),
            (3.0, 0.0),
            (0.0, 1e-9),
            (0.0, 0.3),
            (0.0, 40.0),
            (0.0, 3e4),
            (6.0, 900.0),
            (1e-3, 50.0),
            (1e-7, 1e5),
            (0.9, 1e4),
            (1.1, 1e4),
            (90.0, 2e4),
            (5e3, 2e4),
        ] {
            let p = Propagators::new(y0, z);
            for x in [-1.0, -0.6, 0.0, 0.5, 0.99, 0.9999, 1.0] {
                let y = y0 + z * (1.0 - x);
                let near = |got: f64, exact: f64, scale: f64| {
                    assert!((got - exact).abs() <= 1e-11 * scale, "y0 {y0} z {z} x {x}: {got} {exact}");
                };
                near(sum(&p.exponential, x), exp(-y), exp(-y0));
                near(sum(&p.phi1, x), phi1(y), phi1(y0));
                near(sum(&p.phi2, x), phi2(y), phi2(y0));
            }
        }
    }

    #[test]
    fn the_number_of_terms_grows_with_the_root() {
        let count = |z: f64| terms(&Propagators::new(0.0, z).exponential, 1e-6) as f64;
        assert!(count(1e4) / count(1e2) < 11.0 && count(1e4) < 600.0, "{}", count(1e4));
    }
}
