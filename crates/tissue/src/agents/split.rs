//! Substrates and exchange one after the other at every step of diffusion, as PhysiCell takes them: for comparison only.
//!
//! A step is locally one-dimensional backward Euler, axis by axis, each with its share of the decay
//! (Ghaffarizadeh et al. 2016, doi 10.1093/bioinformatics/btv730); held voxels are set before each axis and after the last.
//! Then cells trade with their voxels one by one in the order of ids. What a cell senses is the density after its own
//! uptake, too low by an amount that grows with the step.

/// The sweeps of one substrate.
#[derive(Clone, Debug)]
pub(super) struct Split {
    shape: [usize; 3],
    /// Coupling to a neighbour.
    share: f64,
    /// By axis: reciprocal pivots and what goes back.
    axes: [Vec<[f64; 2]>; 3],
    held: Vec<(u32, f64)>,
}

impl Split {
    /// Voxels of edge `h` (um), diffusion `d` (um²/min), decay `k` (1/min), step `dt` (min); `flat` sweeps two axes only.
    pub(super) fn new(
        shape: [usize; 3],
        h: f64,
        [d, k]: [f64; 2],
        dt: f64,
        flat: bool,
        held: Vec<(u32, f64)>,
    ) -> Self {
        let share = dt * d / (h * h);
        let swept = if flat { 2 } else { 3 };
        let axis = |a: usize| {
            let n = if a < swept { shape[a] } else { 0 };
            let mut rows: Vec<[f64; 2]> = Vec::with_capacity(n);
            for i in 0..n {
                let sides = f64::from(u8::from(i > 0)) + f64::from(u8::from(i + 1 < n));
                let mut pivot = 1.0 + sides * share + dt * k / swept as f64;
                if let Some([_, back]) = rows.last() {
                    pivot -= share * back;
                }
                rows.push([1.0 / pivot, share / pivot]);
            }
            rows
        };
        Self { shape, share, axes: [axis(0), axis(1), axis(2)], held }
    }

    /// One step of diffusion and decay.
    pub(super) fn step(&self, c: &mut [f64]) {
        let [nx, ny, nz] = self.shape;
        for (a, stride) in [1, nx, nx * ny].into_iter().enumerate() {
            self.hold(c);
            let rows = &self.axes[a];
            if rows.is_empty() {
                continue;
            }
            let starts = (0..nx * ny * nz).filter(|v| v / stride % self.shape[a] == 0);
            for first in starts {
                let at = |i: usize| first + i * stride;
                c[first] *= rows[0][0];
                for i in 1..rows.len() {
                    c[at(i)] = (c[at(i)] + self.share * c[at(i - 1)]) * rows[i][0];
                }
                for i in (0..rows.len() - 1).rev() {
                    c[at(i)] += rows[i][1] * c[at(i + 1)];
                }
            }
        }
        self.hold(c);
    }

    fn hold(&self, c: &mut [f64]) {
        for &(v, value) in &self.held {
            c[v as usize] = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A closed box keeps its amount but for the decay of backward Euler, axis by axis, and evens out.
    #[test]
    fn a_step_keeps_its_amount() {
        let split = Split::new([4, 3, 2], 20.0, [400.0, 0.3], 0.1, false, Vec::new());
        let mut c: Vec<f64> = (0..24).map(f64::from).collect();
        let before: f64 = c.iter().sum();
        split.step(&mut c);
        let factor = 1.0 / (1.01 * 1.01 * 1.01);
        assert!((c.iter().sum::<f64>() / (before * factor) - 1.0).abs() < 1e-12);
        for _ in 0..2000 {
            split.step(&mut c);
        }
        let (low, high) = c.iter().fold((f64::MAX, 0.0_f64), |(l, h), &x| (l.min(x), h.max(x)));
        assert!((high - low) < 1e-9 * high);
    }

    /// Between two held ends the profile is a line, but for an error of the step.
    #[test]
    fn held_voxels_hold() {
        let worst = |dt: f64| {
            let split = Split::new([5, 1, 1], 20.0, [4000.0, 0.0], dt, true, vec![(0, 7.0), (4, 3.0)]);
            let mut c = vec![0.0; 5];
            for _ in 0..20_000 {
                split.step(&mut c);
            }
            let line = [7.0, 6.0, 5.0, 4.0, 3.0];
            c.iter().zip(line).map(|(x, l)| (x - l).abs()).fold(0.0, f64::max)
        };
        let (coarse, fine) = (worst(0.002), worst(0.001));
        assert!(fine < 0.02 && (coarse / fine - 2.0).abs() < 0.1, "{coarse} {fine}");
    }
}
