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
    /// Lines along x side by side.
    tile: Vec<[f64; LANES]>,
}

/// Lines swept at a time.
const LANES: usize = 8;

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
        Self { shape, share, axes: [axis(0), axis(1), axis(2)], held, tile: Vec::new() }
    }

    /// One step of diffusion and decay.
    pub(super) fn step(&mut self, c: &mut [f64]) {
        let [nx, ny, _] = self.shape;
        self.hold(c);
        self.sweep_x(c);
        self.hold(c);
        if !self.axes[1].is_empty() {
            c.chunks_exact_mut(nx * ny).for_each(|plane| sweep(plane, &self.axes[1], self.share, nx, nx));
        }
        self.hold(c);
        if !self.axes[2].is_empty() {
            // Row by row of a plane, so that what is swept stays in the nearest cache.
            for first in (0..nx * ny).step_by(nx.max(1)) {
                sweep(&mut c[first..], &self.axes[2], self.share, nx * ny, nx);
            }
        }
        self.hold(c);
    }

    /// Along x some lines at a time, each lane a line: a line by itself would wait for every product.
    fn sweep_x(&mut self, c: &mut [f64]) {
        let (nx, share) = (self.shape[0], self.share);
        let rows = &self.axes[0];
        self.tile.resize(nx, [0.0; LANES]);
        for block in c.chunks_mut(LANES * nx) {
            for (lane, line) in block.chunks_exact(nx).enumerate() {
                self.tile.iter_mut().zip(line).for_each(|(t, &x)| t[lane] = x);
            }
            let mut last = [0.0; LANES];
            for (t, &[pivot, _]) in self.tile.iter_mut().zip(rows) {
                for (x, last) in t.iter_mut().zip(&mut last) {
                    *x = (*x + share * *last) * pivot;
                    *last = *x;
                }
            }
            let mut last = [0.0; LANES];
            for (t, &[_, back]) in self.tile.iter_mut().zip(rows).rev() {
                for (x, last) in t.iter_mut().zip(&mut last) {
                    *x += back * *last;
                    *last = *x;
                }
            }
            for (lane, line) in block.chunks_exact_mut(nx).enumerate() {
                self.tile.iter().zip(line).for_each(|(t, x)| *x = t[lane]);
            }
        }
    }

    fn hold(&self, c: &mut [f64]) {
        for &(v, value) in &self.held {
            c[v as usize] = value;
        }
    }
}

/// Sweeps rows of `nx` values that lie `stride` apart, all of them along.
fn sweep(c: &mut [f64], rows: &[[f64; 2]], share: f64, stride: usize, nx: usize) {
    c[..nx].iter_mut().for_each(|x| *x *= rows[0][0]);
    for (i, &[pivot, _]) in rows.iter().enumerate().skip(1) {
        let (done, row) = c.split_at_mut(i * stride);
        let before = &done[(i - 1) * stride..][..nx];
        row[..nx].iter_mut().zip(before).for_each(|(x, b)| *x = (*x + share * b) * pivot);
    }
    for (i, &[_, back]) in rows.iter().enumerate().rev().skip(1) {
        let (row, done) = c.split_at_mut((i + 1) * stride);
        row[i * stride..][..nx].iter_mut().zip(&done[..nx]).for_each(|(x, b)| *x += back * b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A closed box keeps its amount but for the decay of backward Euler, axis by axis, and evens out.
    #[test]
    fn a_step_keeps_its_amount() {
        let mut split = Split::new([4, 3, 2], 20.0, [400.0, 0.3], 0.1, false, Vec::new());
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
            let mut split = Split::new([5, 1, 1], 20.0, [4000.0, 0.0], dt, true, vec![(0, 7.0), (4, 3.0)]);
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

    /// A ball of a substrate in 100³ voxels: the peer's own numbers after 22 steps (1.14.2, D = 100,000 um²/min).
    #[test]
    fn the_sweeps_are_those_of_the_peer() {
        let n = 100;
        let mut split = Split::new([n; 3], 20.0, [1e5, 0.1], 0.01, false, Vec::new());
        let width = 0.15 * 20.0 * n as f64;
        let mut c: Vec<f64> = (0..n * n * n)
            .map(|v| {
                let at = [v % n, v / n % n, v / (n * n)].map(|i| 20.0 * (i as f64 + 0.5 - 0.5 * n as f64));
                let square: f64 = at.iter().map(|x| x * x).sum();
                38.0 * exoderm_numeric::math::exp(-square / (2.0 * width * width))
            })
            .collect();
        for _ in 0..22 {
            split.step(&mut c);
        }
        let (sum, centre) = (c.iter().sum::<f64>(), c[(n / 2 * n + n / 2) * n + n / 2]);
        assert!((sum / 1_970_871.270_73 - 1.0).abs() < 1e-11, "{sum}");
        assert!((centre / 20.560_492_361_7 - 1.0).abs() < 1e-11, "{centre}");
    }
}
