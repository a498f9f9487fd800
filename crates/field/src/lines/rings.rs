//! The step along lines that are closed to rings.

use super::{At, Group, LANES, LineOperator, Lines, load, store};

impl LineOperator {
    /// The step of rings. Elimination expresses each voxel by the next and the last one, `c_i = rhs_i − upper_i c_{i+1} +
    /// last_i c_{n−1}`; substitution leaves the last alone, whose own row then gives it. No term but the pivots'
    /// has a difference, so that positive stays positive.
    pub(super) fn sweep_rings(
        &mut self,
        c: &mut [f64],
        dt: f64,
        rates: impl Fn(At, usize) -> (Group, Group),
    ) {
        let Lines { len, stride, count, step } = self.lines;
        let r = dt / self.h;
        let groups = self.out.chunks_exact(len + 1).zip(self.back.chunks_exact(len + 1));
        for (group, (out, back)) in groups.enumerate() {
            let start = group * LANES;
            let lanes = LANES.min(count - start);
            let mut upper = [0.0; LANES];
            let mut rhs = [0.0; LANES];
            let mut last: Group = out[0].map(|o| r * o);
            for i in 0..len {
                let at = At { first: start * step + i * stride, step };
                let (k, s) = rates(at, lanes);
                let c = load(c, at, lanes);
                for l in 0..LANES {
                    let lower = if i > 0 { r * out[i][l] } else { 0.0 };
                    let diagonal = 1.0 + dt * k[l] + r * (out[i + 1][l] + back[i][l]);
                    // The last row is put off until all others are known.
                    let pivot = if i + 1 < len { diagonal + lower * upper[l] } else { diagonal };
                    let own = c[l] + dt * s[l];
                    if i + 1 < len {
                        rhs[l] = (own + lower * rhs[l]) / pivot;
                        last[l] = if i > 0 { lower * last[l] } else { last[l] } / pivot;
                        upper[l] = -r * back[i + 1][l] / pivot;
                    } else {
                        rhs[l] = own;
                        upper[l] = pivot;
                    }
                }
                self.upper[i] = upper;
                self.rhs[i] = rhs;
                self.last[i] = last;
            }
            // Each voxel before the last as a constant and a share of the last.
            let (mut constant, mut share) = ([0.0; LANES], [1.0; LANES]);
            let beside = len - 2;
            for i in (0..=beside).rev() {
                for l in 0..LANES {
                    constant[l] = self.rhs[i][l] - self.upper[i][l] * constant[l];
                    share[l] = self.last[i][l] - self.upper[i][l] * share[l];
                }
                self.rhs[i] = constant;
                self.last[i] = share;
            }
            let end = len - 1;
            let value: Group = std::array::from_fn(|l| {
                let (from_before, from_first) = (r * out[end][l], r * back[len][l]);
                let known = self.rhs[end][l] + from_before * self.rhs[beside][l] + from_first * constant[l];
                known / (self.upper[end][l] - from_before * self.last[beside][l] - from_first * share[l])
            });
            store(&value, c, At { first: start * step + end * stride, step }, lanes);
            for i in 0..end {
                let here = std::array::from_fn(|l| self.rhs[i][l] + self.last[i][l] * value[l]);
                store(&here, c, At { first: start * step + i * stride, step }, lanes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lines::{EndFlux, LineOperator, Lines};
    use exoderm_numeric::math;

    fn line(len: usize) -> Lines {
        Lines { len, stride: 1, count: 1, step: len }
    }

    /// Rings keep what is in them at any step and stay positive; turning one by a voxel turns the result.
    #[test]
    fn rings_conserve_and_can_be_turned() {
        for n in [2usize, 3, 9, 40] {
            let value = |i: usize, m: usize| ((i * 7919 + 13) % m) as f64;
            let diffusion: Vec<f64> = (0..n).map(|i| value(i, 5) * 9.0).collect();
            let velocity: Vec<f64> = (0..n).map(|i| value(i, 17) - 8.0).collect();
            let decay: Vec<f64> = (0..n).map(|i| 0.01 * value(i, 3)).collect();
            let source: Vec<f64> = (0..n).map(|i| 0.1 * value(i, 11)).collect();
            let start: Vec<f64> = (0..n).map(|i| value(i, 23)).collect();
            let run = |by: usize, dt: f64| {
                let turned = |v: &[f64]| -> Vec<f64> { (0..n).map(|i| v[(i + by) % n]).collect() };
                let mut w = turned(&velocity);
                // The last face is the first: its value is not read.
                w.push(f64::NAN);
                let mut op = LineOperator::periodic(line(n), 13.0);
                op.set(&turned(&diffusion), &w);
                let mut c = turned(&start);
                let ends = op.step(&mut c, Some(&turned(&decay)), Some(&turned(&source)), dt);
                assert_eq!(ends, EndFlux::default());
                c.rotate_right(by);
                c
            };
            for dt in [0.1, 30.0, 1e4] {
                let c = run(0, dt);
                let before: f64 = start.iter().sum::<f64>() + dt * source.iter().sum::<f64>();
                let after: f64 = c.iter().zip(&decay).map(|(c, k)| c * (1.0 + dt * k)).sum();
                assert!((after / before - 1.0).abs() < 1e-12, "{n} voxels, dt {dt}: {before} {after}");
                assert!(c.iter().all(|&x| x >= 0.0));
                for by in [1, n / 2, n - 1] {
                    let scale = c.iter().copied().fold(0.0, f64::max);
                    for (a, b) in c.iter().zip(run(by, dt)) {
                        assert!((a - b).abs() <= 1e-12 * scale, "{n} voxels turned by {by}: {a} {b}");
                    }
                }
            }
        }
    }

    /// A wave in a ring is carried by the flow while it fades by D k² and, as the scheme is of first order, by what the
    /// upwind part of the fitted flux adds: the error halves with mesh and step.
    #[test]
    fn waves_go_round_a_ring() {
        let (length, d, w, t) = (100.0, 4.0, 2.0, 50.0);
        let error = |n: usize| {
            let h = length / n as f64;
            let mut op = LineOperator::periodic(line(n), h);
            op.set(&vec![d; n], &vec![w; n + 1]);
            let k = 2.0 * std::f64::consts::PI / length;
            let wave = |i: usize, shift: f64| math::cos(k * ((i as f64 + 0.5) * h - shift));
            let mut c: Vec<f64> = (0..n).map(|i| wave(i, 0.0)).collect();
            let steps = n;
            for _ in 0..steps {
                op.step(&mut c, None, None, t / steps as f64);
            }
            let fade = math::exp(-d * k * k * t);
            (0..n).map(|i| (c[i] - fade * wave(i, w * t)).abs()).fold(0.0, f64::max)
        };
        let order = math::ln(error(400) / error(800)) / math::ln(2.0);
        assert!((order - 1.0).abs() < 0.1, "{order}");
    }
}
