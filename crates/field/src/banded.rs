//! Banded LDLᵀ factorisation for thin meshes.
//!
//! Voxels are ordered by cross-sections along the longest way through the mesh, so that all couplings lie within
//! a band as wide as one cross-section (two, when that way is periodic: it is then folded, 0, n−1, 1, n−2, …).
//! A factorisation costs len · band², a solution 2 · len · band, whatever the coefficients are.
//!
//! The matrices are M-matrices, and elimination keeps every off-diagonal entry ≤ 0 in floating point too: the
//! solution of a system with a non-negative right-hand side is non-negative to the last bit.

use crate::stencil::Stencil;

/// Lanes of the inner product: a fixed number, so that its order of additions is the same on every machine.
const LANES: usize = 8;

/// A pivot below this share of its diagonal entry is rounding noise of a (nearly) singular matrix. Raising it to
/// this keeps the factor usable as a preconditioner.
const PIVOT_FLOOR: f64 = 1e-14;

#[derive(Clone, Debug)]
pub(crate) struct Banded {
    n: usize,
    band: usize,
    /// Row of each voxel; empty when voxels already are in order.
    row: Vec<u32>,
    /// Column-wise: 1/pivot, then the `band` entries of L below it.
    factor: Vec<f64>,
    work: Vec<f64>,
}

/// The axis to order by, and the number of voxels of the cross-section.
fn long_axis(n: [usize; 3]) -> (usize, usize) {
    let mut best = 0;
    for a in 1..3 {
        if n[a] > n[best] {
            best = a;
        }
    }
    (best, n[0] * n[1] * n[2] / n[best])
}

/// Width of the band that a mesh needs.
pub(crate) fn band_width(n: [usize; 3], periodic: [bool; 3]) -> usize {
    let (axis, section) = long_axis(n);
    match n[axis] {
        1 => 0,
        2 => section,
        _ if periodic[axis] => 2 * section,
        _ => section,
    }
}

impl Banded {
    pub(crate) fn new(n: [usize; 3], periodic: [bool; 3]) -> Self {
        let len = n[0] * n[1] * n[2];
        let band = band_width(n, periodic);
        let (axis, section) = long_axis(n);
        let fold = periodic[axis] && n[axis] > 2;
        let mut row = Vec::new();
        if axis != 0 || fold {
            row.reserve(len);
            for ix in 0..n[0] {
                for iy in 0..n[1] {
                    for iz in 0..n[2] {
                        let (along, across) = match axis {
                            0 => (ix, iz + n[2] * iy),
                            1 => (iy, iz + n[2] * ix),
                            _ => (iz, iy + n[1] * ix),
                        };
                        let along = match fold {
                            false => along,
                            true if 2 * along < n[axis] => 2 * along,
                            true => 2 * (n[axis] - along) - 1,
                        };
                        row.push((across + section * along) as u32);
                    }
                }
            }
        }
        let work = if row.is_empty() { Vec::new() } else { vec![0.0; len] };
        Self { n: len, band, row, factor: vec![0.0; len * (band + 1)], work }
    }

    #[inline]
    fn row(&self, voxel: usize) -> usize {
        if self.row.is_empty() { voxel } else { self.row[voxel] as usize }
    }

    /// Factors diag(e) + L.
    pub(crate) fn factorise(&mut self, stencil: &Stencil, e: &[f64]) {
        let width = self.band + 1;
        self.factor.fill(0.0);
        for (voxel, &e) in e.iter().enumerate() {
            let r = self.row(voxel);
            self.factor[r * width] += e;
        }
        stencil.for_each_link(|i, j, g| {
            let (a, b) = (self.row(i), self.row(j));
            self.factor[a * width] += g;
            self.factor[b * width] += g;
            self.factor[a.min(b) * width + a.abs_diff(b)] -= g;
        });
        let mut column = vec![0.0; width];
        let mut floor: Vec<f64> = Vec::with_capacity(self.n);
        floor.extend((0..self.n).map(|j| PIVOT_FLOOR * self.factor[j * width]));
        for j in 0..self.n {
            let below = self.band.min(self.n - 1 - j);
            let (head, tail) = self.factor.split_at_mut((j + 1) * width);
            let own = &mut head[j * width..];
            let pivot = own[0].max(floor[j]);
            // A row without any entry (nothing couples to it): leaves 0 where 1/0 would poison the rest.
            let inverse = if pivot > 0.0 { 1.0 / pivot } else { 0.0 };
            own[0] = inverse;
            column[..=below].copy_from_slice(&own[..=below]);
            for k in 1..=below {
                let u = column[k];
                if u == 0.0 {
                    continue;
                }
                let l = u * inverse;
                own[k] = l;
                let start = (k - 1) * width;
                let target = &mut tail[start..start + below - k + 1];
                for (t, &c) in target.iter_mut().zip(&column[k..=below]) {
                    *t -= l * c;
                }
            }
        }
    }

    /// Solves with the factor: `x = M⁻¹ b`.
    pub(crate) fn solve(&mut self, b: &[f64], x: &mut [f64]) {
        if self.row.is_empty() {
            x.copy_from_slice(b);
            substitute(&self.factor, self.band, x);
        } else {
            for (&r, &b) in self.row.iter().zip(b) {
                self.work[r as usize] = b;
            }
            substitute(&self.factor, self.band, &mut self.work);
            for (&r, x) in self.row.iter().zip(x) {
                *x = self.work[r as usize];
            }
        }
    }
}

fn substitute(factor: &[f64], band: usize, x: &mut [f64]) {
    let n = x.len();
    for (j, column) in factor.chunks_exact(band + 1).enumerate() {
        let below = band.min(n - 1 - j);
        let (head, tail) = x.split_at_mut(j + 1);
        let xj = head[j];
        for (t, &l) in tail[..below].iter_mut().zip(&column[1..=below]) {
            *t -= l * xj;
        }
    }
    for (j, column) in factor.chunks_exact(band + 1).enumerate().rev() {
        let below = band.min(n - 1 - j);
        let (head, tail) = x.split_at_mut(j + 1);
        head[j] = head[j] * column[0] - dot(&column[1..=below], &tail[..below]);
    }
}

#[inline]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let (a8, b8) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = a8.remainder().iter().zip(b8.remainder()).map(|(x, y)| x * y).sum();
    for (a, b) in a8.zip(b8) {
        for k in 0..LANES {
            lanes[k] += a[k] * b[k];
        }
    }
    let quad = [lanes[0] + lanes[4], lanes[1] + lanes[5], lanes[2] + lanes[6], lanes[3] + lanes[7]];
    (quad[0] + quad[2]) + (quad[1] + quad[3]) + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stencil(n: [usize; 3], periodic: [bool; 3], values: &mut impl FnMut() -> f64) -> (Stencil, Vec<f64>) {
        let mut s = Stencil::new(n, periodic);
        for (a, &along) in n.iter().enumerate() {
            for i in 0..s.link[a].len() {
                let at = (i / s.stride(a)) % along;
                if at + 1 < along {
                    s.link[a][i] = values();
                }
            }
            for line in 0..s.wrap[a].len() {
                s.wrap[a][line] = values();
            }
        }
        let e = (0..s.len()).map(|_| values()).collect();
        (s, e)
    }

    proptest! {
        /// Every shape and periodicity: the direct solution satisfies the equations, and is non-negative for a
        /// non-negative right-hand side.
        #[test]
        fn solves_every_shape(
            n in (1usize..7, 1usize..5, 1usize..6), p in any::<[bool; 3]>(), seed in any::<u32>(),
        ) {
            let n = [n.0, n.1, n.2];
            let mut k = 0u64;
            let mut next = || { k += 1; pseudo(u64::from(seed), k) };
            let (s, e) = stencil(n, p, &mut next);
            let b: Vec<f64> = (0..s.len()).map(|i| if i % 3 == 0 { next() } else { 0.0 }).collect();
            let mut banded = Banded::new(n, p);
            banded.factorise(&s, &e);
            let (mut x, mut r) = (vec![0.0; b.len()], vec![0.0; b.len()]);
            banded.solve(&b, &mut x);
            s.residual(&e, &b, &x, &mut r);
            prop_assert!(r.iter().all(|r| r.abs() < 1e-12), "{r:?}");
            prop_assert!(x.iter().all(|x| *x >= 0.0), "{x:?}");
        }
    }

    /// A value in 0.05..1.05 from a counter.
    fn pseudo(seed: u64, k: u64) -> f64 {
        let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ k.wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 29)).wrapping_mul(0x94d0_49bb_1331_11eb);
        0.05 + ((z ^ (z >> 32)) >> 11) as f64 / 9_007_199_254_740_992.0
    }
}
