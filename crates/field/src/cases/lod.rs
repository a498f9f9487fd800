//! The yardstick: plain first-order locally one-dimensional backward Euler, as tissue simulators step their fields
//! (Ghaffarizadeh, Friedman & Macklin, Bioinformatics 32:1256, 2016), on contiguous arrays.
//!
//! Decay is shared equally among the axes, sides are closed, a source is added before the sweeps. It serves tests
//! and benches: its work per voxel and its error are what this crate's schemes are held against.

/// Lines along z that are swept side by side: one elimination is a chain of dependent operations.
const LANES: usize = 8;

/// The stepper of a cube of `n`³ voxels.
#[derive(Clone, Debug)]
pub struct Lod {
    n: usize,
    dt: f64,
    share: f64,
    inverse: Vec<f64>,
    back: Vec<f64>,
}

impl Lod {
    /// `n` voxels of edge `h` (um) along each axis, diffusion `d` (um²/min), decay `k` (1/min), step `dt` (min).
    pub fn new(n: usize, h: f64, d: f64, k: f64, dt: f64) -> Self {
        let share = dt * d / (h * h);
        let (mut inverse, mut back) = (vec![0.0; n], vec![0.0; n]);
        for i in 0..n {
            let sides = f64::from(u8::from(i > 0)) + f64::from(u8::from(i + 1 < n));
            let mut pivot = 1.0 + sides * share + dt * k / 3.0;
            if i > 0 {
                pivot -= share * back[i - 1];
            }
            inverse[i] = 1.0 / pivot;
            back[i] = share / pivot;
        }
        Self { n, dt, share, inverse, back }
    }

    /// One step; `source` (concentration/min) may be empty.
    pub fn step(&self, c: &mut [f64], source: &[f64]) {
        let n = self.n;
        for (c, &s) in c.iter_mut().zip(source) {
            *c += self.dt * s;
        }
        for y in 0..n {
            self.sweep(c, y * n, n * n);
        }
        for plane in c.chunks_exact_mut(n * n) {
            self.sweep(plane, 0, n);
        }
        for block in c.chunks_mut(LANES * n) {
            if block.len() == LANES * n {
                self.sweep_rows::<LANES>(block);
            } else {
                for row in block.chunks_exact_mut(n) {
                    self.sweep_rows::<1>(row);
                }
            }
        }
    }

    /// Lines whose voxels lie `stride` apart, a row of `n` of them at once.
    fn sweep(&self, c: &mut [f64], first: usize, stride: usize) {
        let n = self.n;
        for x in &mut c[first..first + n] {
            *x *= self.inverse[0];
        }
        for i in 1..n {
            let (low, high) = c.split_at_mut(first + i * stride);
            let below = &low[first + (i - 1) * stride..][..n];
            let inverse = self.inverse[i];
            for (x, &b) in high[..n].iter_mut().zip(below) {
                *x = (*x + self.share * b) * inverse;
            }
        }
        for i in (0..n - 1).rev() {
            let (low, high) = c.split_at_mut(first + (i + 1) * stride);
            let back = self.back[i];
            for (x, &a) in low[first + i * stride..][..n].iter_mut().zip(&high[..n]) {
                *x += back * a;
            }
        }
    }

    /// `L` lines along z.
    fn sweep_rows<const L: usize>(&self, c: &mut [f64]) {
        let n = self.n;
        let mut below = [0.0; L];
        for (i, &inverse) in self.inverse.iter().enumerate() {
            for (l, b) in below.iter_mut().enumerate() {
                let x = &mut c[l * n + i];
                *b = (*x + self.share * *b) * inverse;
                *x = *b;
            }
        }
        let mut above = [0.0; L];
        for (i, &back) in self.back.iter().enumerate().rev() {
            for (l, a) in above.iter_mut().enumerate() {
                let x = &mut c[l * n + i];
                *a = *x + back * *a;
                *x = *a;
            }
        }
    }
}
