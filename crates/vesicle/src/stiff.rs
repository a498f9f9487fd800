//! A small stiff solver with error control: Rodas3, a linearly implicit Runge–Kutta method of order three with an
//! embedded second order (Sandu et al. 1997, doi 10.1016/S1352-2310(97)83212-8).
//!
//! A few compartments whose rates differ ten-thousandfold are what a well-mixed bed is. The method is L-stable and keeps
//! every linear sum that the equations keep, so vesicles are conserved to rounding whatever the tolerance.

/// The coefficients, in the form that needs no product with the Jacobian.
const GAMMA: f64 = 0.5;
const A: [[f64; 3]; 4] = [[0.0; 3], [0.0; 3], [2.0, 0.0, 0.0], [2.0, 0.0, 1.0]];
const C: [[f64; 3]; 4] = [[0.0; 3], [4.0, 0.0, 0.0], [1.0, -1.0, 0.0], [1.0, -1.0, -8.0 / 3.0]];
const WEIGHTS: [f64; 4] = [2.0, 0.0, 1.0, 1.0];
/// More steps than any bed needs; a run that reaches it stops early rather than never.
const MOST_STEPS: usize = 20_000;

/// Derivative and Jacobian (row by row) of an autonomous system at a state.
pub trait System<const N: usize> {
    /// Derivative.
    fn slope(&self, state: &[f64; N]) -> [f64; N];
    /// Jacobian, row by row.
    fn jacobian(&self, state: &[f64; N]) -> [[f64; N]; N];
}

/// How exact.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    /// Relative to each component.
    pub relative: f64,
    /// In the unit of the components.
    pub absolute: f64,
}

/// Integrates over `span` and shows every accepted state with its time. Gives the final state.
pub fn integrate<const N: usize>(
    system: &impl System<N>,
    mut state: [f64; N],
    span: f64,
    tolerance: Tolerance,
    mut see: impl FnMut(f64, &[f64; N]),
) -> [f64; N] {
    let (mut time, mut h) = (0.0, span * 1e-6);
    let mut jacobian = system.jacobian(&state);
    for _ in 0..MOST_STEPS {
        if time >= span {
            break;
        }
        h = h.min(span - time);
        let (next, error) = attempt(system, &state, &jacobian, h);
        let size = norm(&error, &state, &next, tolerance);
        if size <= 1.0 {
            // The last step ends at the span itself.
            time = if span - time <= h { span } else { time + h };
            state = next;
            jacobian = system.jacobian(&state);
            see(time, &state);
        }
        // Order three: the error grows as h³; at most fivefold up or down.
        let factor = 0.9 / exoderm_numeric::math::cbrt(size.max(1e-9));
        h *= if factor.is_finite() { factor.clamp(0.2, 5.0) } else { 0.2 };
    }
    state
}

fn norm<const N: usize>(error: &[f64; N], before: &[f64; N], after: &[f64; N], t: Tolerance) -> f64 {
    let scaled = |i: usize| error[i].abs() / (t.absolute + t.relative * before[i].abs().max(after[i].abs()));
    let worst = (0..N).map(scaled).fold(0.0, f64::max);
    if error.iter().all(|e| e.is_finite()) { worst } else { f64::INFINITY }
}

fn attempt<const N: usize>(
    system: &impl System<N>,
    state: &[f64; N],
    jacobian: &[[f64; N]; N],
    h: f64,
) -> ([f64; N], [f64; N]) {
    let mut matrix = *jacobian;
    for (i, row) in matrix.iter_mut().enumerate() {
        for x in row.iter_mut() {
            *x = -*x;
        }
        row[i] += 1.0 / (GAMMA * h);
    }
    let order = factorise(&mut matrix);
    let mut k = [[0.0; N]; 4];
    let mut slope = [0.0; N];
    for stage in 0..4 {
        // The second stage sees the state of the first.
        if stage != 1 {
            let mut at = *state;
            for (j, kj) in k.iter().enumerate().take(stage) {
                for i in 0..N {
                    at[i] += A[stage][j.min(2)] * kj[i];
                }
            }
            slope = system.slope(&at);
        }
        let mut right = slope;
        for (j, kj) in k.iter().enumerate().take(stage) {
            for i in 0..N {
                right[i] += C[stage][j] / h * kj[i];
            }
        }
        k[stage] = solve(&matrix, &order, &right);
    }
    let mut next = *state;
    for (kj, w) in k.iter().zip(WEIGHTS) {
        for i in 0..N {
            next[i] += w * kj[i];
        }
    }
    (next, k[3])
}

/// LU in place with row pivoting; gives the order of the rows.
fn factorise<const N: usize>(m: &mut [[f64; N]; N]) -> [usize; N] {
    let mut order: [usize; N] = std::array::from_fn(|i| i);
    for c in 0..N {
        let mut pivot = c;
        for r in c + 1..N {
            if m[r][c].abs() > m[pivot][c].abs() {
                pivot = r;
            }
        }
        m.swap(c, pivot);
        order.swap(c, pivot);
        let (above, below) = m.split_at_mut(c + 1);
        let top = &above[c];
        for row in below {
            if row[c] != 0.0 {
                let factor = row[c] / top[c];
                row[c] = factor;
                for j in c + 1..N {
                    row[j] -= factor * top[j];
                }
            }
        }
    }
    order
}

fn solve<const N: usize>(lu: &[[f64; N]; N], order: &[usize; N], right: &[f64; N]) -> [f64; N] {
    let mut x: [f64; N] = std::array::from_fn(|i| right[order[i]]);
    for i in 0..N {
        for j in 0..i {
            x[i] -= lu[i][j] * x[j];
        }
    }
    for i in (0..N).rev() {
        for j in i + 1..N {
            x[i] -= lu[i][j] * x[j];
        }
        x[i] /= lu[i][i];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_numeric::math;

    /// a → b → c with very different rates.
    struct Chain(f64, f64);

    impl System<3> for Chain {
        fn slope(&self, y: &[f64; 3]) -> [f64; 3] {
            [-self.0 * y[0], self.0 * y[0] - self.1 * y[1], self.1 * y[1]]
        }
        fn jacobian(&self, _: &[f64; 3]) -> [[f64; 3]; 3] {
            [[-self.0, 0.0, 0.0], [self.0, -self.1, 0.0], [0.0, self.1, 0.0]]
        }
    }

    /// y' = −y³, whose solution is 1/√(1 + 2t).
    struct Cubic;

    impl System<1> for Cubic {
        fn slope(&self, y: &[f64; 1]) -> [f64; 1] {
            [-y[0] * y[0] * y[0]]
        }
        fn jacobian(&self, y: &[f64; 1]) -> [[f64; 1]; 1] {
            [[-3.0 * y[0] * y[0]]]
        }
    }

    #[test]
    fn stiff_chain_is_right_and_conserved() {
        let t = Tolerance { relative: 1e-6, absolute: 1e-12 };
        let mut steps = 0;
        let y = integrate(&Chain(1000.0, 0.1), [1.0, 0.0, 0.0], 20.0, t, |_, _| steps += 1);
        let b = 1000.0 / (0.1 - 1000.0) * (math::exp(-20_000.0) - math::exp(-2.0));
        assert!((y[1] / b - 1.0).abs() < 1e-5, "{} {b}", y[1]);
        assert!((y[0] + y[1] + y[2] - 1.0).abs() < 1e-12);
        assert!(steps < 1000, "{steps}");
    }

    /// Order three: halving a fixed step divides the error by eight.
    #[test]
    fn order_three() {
        let run = |n: usize| {
            let mut y = [1.0];
            for _ in 0..n {
                y = attempt(&Cubic, &y, &Cubic.jacobian(&y), 1.0 / n as f64).0;
            }
            (y[0] - 1.0 / 3.0f64.sqrt()).abs()
        };
        let orders: Vec<f64> =
            [16, 32, 64].iter().map(|&n| math::ln(run(n) / run(2 * n)) / std::f64::consts::LN_2).collect();
        assert!(orders.iter().all(|o| (2.7..3.3).contains(o)), "{orders:?}");
    }
}
