//! Coefficients of the second-order Runge–Kutta–Chebyshev method (Sommeijer, Shampine and Verwer 1998,
//! doi 10.1016/S0377-0427(97)00219-7).
//!
//! With s stages it is stable for steps up to about 0.65 s² over the largest rate of a gradient flow, where s
//! applications of a two-stage method reach s.

/// Most stages a substep may have.
pub(super) const MAX_STAGES: usize = 200;

/// Damping of the stability polynomial.
const DAMPING: f64 = 2.0 / 13.0;

/// Coefficients of one stage j ≥ 2:
/// `Y_j = (1 − μ − ν) Y_0 + μ Y_{j−1} + ν Y_{j−2} + μ̃ h F_{j−1} + γ̃ h F_0`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stage {
    pub(super) mu: f64,
    pub(super) nu: f64,
    pub(super) mu_tilde: f64,
    pub(super) gamma_tilde: f64,
}

/// Fewest stages (at least 2) that are stable for `z = step × largest rate`.
pub(super) fn stages_for(z: f64) -> usize {
    // β(s) = 2/3 (s² − 1)(1 − 2/15 ε), solved for s.
    let s = (1.0 + z.max(0.0) / (2.0 / 3.0 * (1.0 - 2.0 / 15.0 * DAMPING))).sqrt().ceil();
    if s < 1e6 { (s as usize).max(2) } else { 1_000_000 }
}

/// Largest `step × rate` for which `s` stages are stable.
pub(super) fn reach_of(s: usize) -> f64 {
    2.0 / 3.0 * ((s * s) as f64 - 1.0) * (1.0 - 2.0 / 15.0 * DAMPING)
}

/// Calls `f` for the stages 2..=s in turn; returns μ̃₁ of the first stage `Y_1 = Y_0 + μ̃₁ h F_0` before that
/// through `first`.
pub(super) fn run(s: usize, first: impl FnOnce(f64), mut f: impl FnMut(Stage)) {
    let w0 = 1.0 + DAMPING / (s * s) as f64;
    // T, T', T'' at w0 for all orders up to s by their recurrences; s is small, so running twice is cheap.
    let (mut t, mut d, mut dd) = ([1.0, w0], [0.0, 1.0], [0.0, 0.0]);
    for _ in 2..=s {
        (t, d, dd) = next(w0, t, d, dd);
    }
    let w1 = d[1] / dd[1];
    let (mut t, mut d, mut dd) = ([1.0, w0], [0.0, 1.0], [0.0, 0.0]);
    let b2 = {
        let (_, d, dd) = next(w0, t, d, dd);
        dd[1] / (d[1] * d[1])
    };
    first(b2 * w1);
    // b of the last two orders; b0 = b1 = b2.
    let mut b = [b2, b2];
    for _ in 2..=s {
        let a = 1.0 - b[1] * t[1];
        (t, d, dd) = next(w0, t, d, dd);
        let bj = dd[1] / (d[1] * d[1]);
        let mu_tilde = 2.0 * bj * w1 / b[1];
        f(Stage { mu: 2.0 * bj * w0 / b[1], nu: -bj / b[0], mu_tilde, gamma_tilde: -a * mu_tilde });
        b = [b[1], bj];
    }
}

type Pair = [f64; 2];

fn next(w0: f64, t: Pair, d: Pair, dd: Pair) -> (Pair, Pair, Pair) {
    (
        [t[1], 2.0 * w0 * t[1] - t[0]],
        [d[1], 2.0 * t[1] + 2.0 * w0 * d[1] - d[0]],
        [dd[1], 4.0 * d[1] + 2.0 * w0 * dd[1] - dd[0]],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_numeric::math;

    /// One step of y' = -rate y from 1.
    fn step(s: usize, h: f64, rate: f64) -> f64 {
        let f0 = -rate;
        let y = std::cell::Cell::new([1.0, 1.0]);
        run(
            s,
            |mu| y.set([1.0, 1.0 + mu * h * f0]),
            |c| {
                let [older, before] = y.get();
                let f = -rate * before;
                let new = (1.0 - c.mu - c.nu)
                    + c.mu * before
                    + c.nu * older
                    + c.mu_tilde * h * f
                    + c.gamma_tilde * h * f0;
                y.set([before, new]);
            },
        );
        y.get()[1]
    }

    #[test]
    fn the_polynomial_agrees_with_the_exponential_to_second_order() {
        for s in [2, 3, 5, 9, 16] {
            let error = |h: f64| (step(s, h, 1.0) - math::exp(-h)).abs();
            let order = math::log10(error(2e-2) / error(1e-2)) / math::log10(2.0);
            assert!((order - 3.0).abs() < 0.1, "local order 3 for {s} stages: {order}");
        }
    }

    #[test]
    fn steps_within_reach_never_grow() {
        for s in [2, 3, 5, 9, 16] {
            for k in 1..=1000 {
                let z = reach_of(s) * f64::from(k) / 1000.0;
                assert!(step(s, z, 1.0).abs() < 1.0, "{s} stages at {z}");
                assert!(stages_for(z) <= s);
            }
            let beyond = (0..100).map(|k| step(s, reach_of(s) * (1.0 + 0.003 * f64::from(k)), 1.0).abs());
            assert!(beyond.fold(0.0, f64::max) > 1.0, "the reach is not understated for {s} stages");
        }
    }
}
