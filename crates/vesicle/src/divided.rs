//! Linear chains of first-order steps, solved in closed form.
//!
//! What starts in stage 0 of a chain with loss rates λ₀, λ₁, … λₙ and is passed on at unit rate is found in stage n
//! after a time t in the amount tⁿ · exp[−λ₀t, …, −λₙt], the divided difference of the exponential at the points
//! −λᵢt. (A transfer at another rate multiplies it; a steady source is a stage of rate 0 before the chain; a time
//! integral, or a count of what left, is a stage of rate 0 behind it.) The textbook form, a sum of exponentials over
//! products of differences of rates, fails where rates are close; here points closer than [`SPREAD`] are summed as
//! a series, so that equal rates are no special case.

use exoderm_numeric::math;

/// Points that lie within this are summed as a series, others by the recursion of divided differences.
const SPREAD: f64 = 2.0;
/// Terms of the series: the first one left out is below 1e-18 of the sum for up to five points within `SPREAD`.
const TERMS: usize = 24;

/// Amount in the last of the stages with these loss rates after `t`, of 1 put into the first, with unit transfer.
///
/// `rates` may repeat and may be 0; none may be negative. Relative error below 1e-11.
pub(crate) fn path<const N: usize>(rates: [f64; N], t: f64) -> f64 {
    let mut z = rates.map(|r| -r * t);
    // Insertion sort: at most five points.
    for i in 1..N {
        let mut j = i;
        while j > 0 && z[j - 1] > z[j] {
            z.swap(j - 1, j);
            j -= 1;
        }
    }
    math::powi(t, N as i32 - 1) * exp_difference(z)
}

/// Divided difference of exp at ascending points.
fn exp_difference<const N: usize>(z: [f64; N]) -> f64 {
    if N == 0 {
        return 0.0;
    }
    if z[N - 1] - z[0] <= SPREAD {
        return series(&z);
    }
    let mut table = z.map(math::exp);
    for order in 1..N {
        for i in 0..N - order {
            let spread = z[i + order] - z[i];
            table[i] =
                if spread > SPREAD { (table[i + 1] - table[i]) / spread } else { series(&z[i..=i + order]) };
        }
    }
    table[0]
}

/// Σ h_j(z − c) / (j + n)! · e^c, with h_j the complete homogeneous symmetric polynomials and c the mid-point.
fn series(z: &[f64]) -> f64 {
    let centre = 0.5 * (z[0] + z[z.len() - 1]);
    let mut h = [0.0; TERMS];
    h[0] = 1.0;
    for &point in z {
        let d = point - centre;
        for j in 1..TERMS {
            h[j] += d * h[j - 1];
        }
    }
    let mut factorial = 1.0;
    for k in 2..z.len() {
        factorial *= k as f64;
    }
    let mut sum = 0.0;
    for (j, term) in h.iter().enumerate() {
        if j > 0 {
            factorial *= (j + z.len() - 1) as f64;
        }
        sum += term / factorial;
    }
    sum * math::exp(centre)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Simple rates against the textbook forms.
    #[test]
    fn agrees_with_textbook_forms() {
        let t = 3.0;
        let close = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-13, "{a} {b}");
        close(path([0.7], t), math::exp(-2.1));
        close(path([0.0, 0.0, 0.0], t), 4.5);
        close(path([0.7, 0.0], t), -math::exp_m1(-2.1) / 0.7);
        close(path([0.7, 0.7], t), t * math::exp(-2.1));
        close(path([0.7, 4.0], t), (math::exp(-2.1) - math::exp(-12.0)) / 3.3);
        close(path([0.5; 5], t), math::powi(t, 4) / 24.0 * math::exp(-1.5));
    }

    /// The recursion and the series agree where one takes over from the other: a jump would be a step in time.
    #[test]
    fn continuous_at_the_switch() {
        for n in 0..40 {
            let spread = SPREAD * (0.9 + 0.005 * f64::from(n));
            let z = [-3.0 - spread, -3.0 - 0.7 * spread, -3.0 - 0.2 * spread, -3.0 - 0.1 * spread, -3.0];
            let (a, b) = (exp_difference(z), series(&z));
            assert!((a / b - 1.0).abs() < 1e-11, "{spread}: {a} {b}");
        }
    }

    /// RK4 over the chain itself with tiny steps.
    fn integrate<const N: usize>(rates: [f64; N], t: f64) -> f64 {
        let slope = |x: &[f64; N]| {
            let mut d = [0.0; N];
            for i in 0..N {
                d[i] = -rates[i] * x[i] + if i > 0 { x[i - 1] } else { 0.0 };
            }
            d
        };
        let add = |x: &[f64; N], d: &[f64; N], h: f64| {
            let mut y = *x;
            for i in 0..N {
                y[i] += h * d[i];
            }
            y
        };
        let steps = 4000;
        let h = t / f64::from(steps);
        let mut x = [0.0; N];
        x[0] = 1.0;
        for _ in 0..steps {
            let a = slope(&x);
            let b = slope(&add(&x, &a, h / 2.0));
            let c = slope(&add(&x, &b, h / 2.0));
            let d = slope(&add(&x, &c, h));
            for i in 0..N {
                x[i] += h / 6.0 * (a[i] + 2.0 * b[i] + 2.0 * c[i] + d[i]);
            }
        }
        x[N - 1]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn agrees_with_integration(a in 0.0..2.0f64, b in 0.0..2.0f64, c in 0.0..20.0f64, t in 0.01..5.0f64) {
            let (exact, numeric) = (path([0.0, a, b, c, 0.0], t), integrate([0.0, a, b, c, 0.0], t));
            prop_assert!((exact / numeric - 1.0).abs() < 1e-8, "{} {}", exact, numeric);
        }

        /// Semigroup: two half steps equal one step.
        #[test]
        fn composes(a in 0.0..5.0f64, b in 0.0..5.0f64, t in 0.01..5.0f64) {
            let whole = path([a, b], t);
            let half = path([a], t / 2.0) * path([a, b], t / 2.0) + path([a, b], t / 2.0) * path([b], t / 2.0);
            prop_assert!((whole / half - 1.0).abs() < 1e-12);
        }
    }
}
