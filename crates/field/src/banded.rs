//! Banded LDLᵀ factorisation for thin meshes.
//!
//! Voxels are ordered by cross-sections along the longest way through the mesh, so that all couplings lie within
//! a band as wide as one cross-section (two, when that way is periodic: it is then folded, 0, n−1, 1, n−2, …).
//! A factorisation costs len · band², a solution 2 · len · band, whatever the coefficients are. Both go by tiles of
//! 4 × 4 entries, whose loops have a fixed length and run in vector registers.
//!
//! The matrices are M-matrices, and elimination keeps every off-diagonal entry ≤ 0 in floating point too: the
//! solution of a system with a non-negative right-hand side is non-negative to the last bit.

use crate::stencil::Stencil;

/// Edge of a tile: a fixed number, so that the order of additions is the same on every machine.
const EDGE: usize = 4;

/// `EDGE` entries of a vector that go with one tile.
type Part = [f64; EDGE];

/// `EDGE` × `EDGE` entries of the matrix, column by column.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(32))]
struct Tile([Part; EDGE]);

/// A pivot below this share of its diagonal entry is rounding noise of a (nearly) singular matrix. Raising it to
/// this keeps the factor usable as a preconditioner.
const PIVOT_FLOOR: f64 = 1e-14;

#[derive(Clone, Debug)]
pub(crate) struct Banded {
    /// Tiles below the diagonal one that the band reaches into.
    reach: usize,
    /// Row of each voxel; empty when voxels already are in order.
    row: Vec<u32>,
    /// By columns of tiles: the diagonal tile (1/pivot on its diagonal, L below, its upper half unused), then the
    /// `reach` tiles of L below it.
    factor: Vec<Tile>,
    /// Smallest pivots.
    floor: Vec<Part>,
    /// L · pivot of the column of tiles at hand.
    scaled: Vec<Tile>,
    work: Vec<Part>,
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
        let (tiles, reach) = (len.div_ceil(EDGE), band.div_ceil(EDGE));
        Self {
            reach,
            row,
            factor: vec![Tile::default(); tiles * (reach + 1)],
            floor: vec![Part::default(); tiles],
            scaled: vec![Tile::default(); reach],
            work: vec![Part::default(); tiles],
        }
    }

    #[inline]
    fn row(&self, voxel: usize) -> usize {
        if self.row.is_empty() { voxel } else { self.row[voxel] as usize }
    }

    /// Adds to the entry in row `r`, column `c` ≤ `r`.
    #[inline]
    fn add(&mut self, r: usize, c: usize, value: f64) {
        let tile = c / EDGE * (self.reach + 1) + (r / EDGE - c / EDGE);
        self.factor[tile].0[c % EDGE][r % EDGE] += value;
    }

    /// Factors diag(e) + L.
    pub(crate) fn factorise(&mut self, stencil: &Stencil, e: &[f64]) {
        self.factor.fill(Tile::default());
        for (voxel, &e) in e.iter().enumerate() {
            let r = self.row(voxel);
            self.add(r, r, e);
        }
        stencil.for_each_link(|i, j, g| {
            let (a, b) = (self.row(i), self.row(j));
            self.add(a, a, g);
            self.add(b, b, g);
            self.add(a.max(b), a.min(b), -g);
        });
        let width = self.reach + 1;
        for (floor, column) in self.floor.iter_mut().zip(self.factor.chunks_exact(width)) {
            for (k, floor) in floor.iter_mut().enumerate() {
                *floor = PIVOT_FLOOR * column[0].0[k][k];
            }
        }
        self.eliminate();
    }

    /// LDLᵀ in place, one column of tiles after the other.
    fn eliminate(&mut self) {
        let width = self.reach + 1;
        let tiles = self.floor.len();
        for (j, floor) in self.floor.iter().enumerate() {
            let below = self.reach.min(tiles - 1 - j);
            let (head, tail) = self.factor.split_at_mut((j + 1) * width);
            let (diagonal, lower) = head[j * width..].split_at_mut(1);
            let (diagonal, lower) = (&mut diagonal[0].0, &mut lower[..below]);
            factor_tile(diagonal, floor);
            for (tile, scaled) in lower.iter_mut().zip(&mut self.scaled) {
                scale_tile(diagonal, tile, scaled);
            }
            for (b, scaled) in self.scaled[..below].iter().enumerate() {
                let targets = &mut tail[b * width..][..below - b];
                for (target, l) in targets.iter_mut().zip(&lower[b..]) {
                    subtract_product(target, l, scaled);
                }
            }
        }
    }

    /// Solves with the factor: `x = M⁻¹ b`.
    pub(crate) fn solve(&mut self, b: &[f64], x: &mut [f64]) {
        let work = self.work.as_flattened_mut();
        if self.row.is_empty() {
            work[..b.len()].copy_from_slice(b);
        } else {
            for (&r, &b) in self.row.iter().zip(b) {
                work[r as usize] = b;
            }
        }
        // Rows that only fill the last tile.
        work[b.len()..].fill(0.0);
        substitute(&self.factor, self.reach, &mut self.work);
        let work = self.work.as_flattened();
        if self.row.is_empty() {
            x.copy_from_slice(&work[..x.len()]);
        } else {
            for (&r, x) in self.row.iter().zip(x) {
                *x = work[r as usize];
            }
        }
    }
}

/// `t − l u`. On values, so that nothing is stored before all is loaded and the compiler sees four equal lanes.
#[inline(always)]
fn minus_product(t: Part, l: &Tile, u: &Part) -> Part {
    let [a, b, c, d] = l.0;
    let near: Part = std::array::from_fn(|r| a[r] * u[0] + b[r] * u[1]);
    let far: Part = std::array::from_fn(|r| c[r] * u[2] + d[r] * u[3]);
    std::array::from_fn(|r| t[r] - (near[r] + far[r]))
}

// These kernels are kept out of line: inlined, the compiler makes vectors across tiles instead of within them, and
// spends more instructions on shuffling than on arithmetic.

/// `t − l u` for a tile u of pivots × rows.
#[inline(never)]
fn subtract_product(t: &mut Tile, l: &Tile, u: &Tile) {
    for column in 0..EDGE {
        t.0[column] = minus_product(t.0[column], l, &u.0.map(|u| u[column]));
    }
}

#[inline(never)]
fn forward_tile(t: &mut Part, l: &Tile, x: &Part) {
    *t = minus_product(*t, l, x);
}

/// Adds `lᵀ t`, its terms by rows.
#[inline(never)]
fn backward_tile(sums: &mut [Part; EDGE], l: &Tile, t: &Part) {
    for (sum, l) in sums.iter_mut().zip(&l.0) {
        *sum = std::array::from_fn(|r| sum[r] + l[r] * t[r]);
    }
}

/// LDLᵀ of a diagonal tile.
fn factor_tile(tile: &mut [Part; EDGE], floor: &Part) {
    for c in 0..EDGE {
        let column = tile[c];
        let pivot = column[c].max(floor[c]);
        // A row without any entry (nothing couples to it): leaves 0 where 1/0 would poison the rest.
        let inverse = if pivot > 0.0 { 1.0 / pivot } else { 0.0 };
        tile[c][c] = inverse;
        for k in c + 1..EDGE {
            let l = column[k] * inverse;
            tile[c][k] = l;
            for r in k..EDGE {
                tile[k][r] -= l * column[r];
            }
        }
    }
}

/// Turns a tile below the diagonal one into L, and keeps L · pivot.
fn scale_tile(diagonal: &[Part; EDGE], tile: &mut Tile, scaled: &mut Tile) {
    for c in 0..EDGE {
        let mut column = tile.0[c];
        for (before, d) in scaled.0[..c].iter().zip(diagonal) {
            for (u, s) in column.iter_mut().zip(before) {
                *u -= s * d[c];
            }
        }
        scaled.0[c] = column;
        tile.0[c] = column.map(|u| u * diagonal[c][c]);
    }
}

/// Both sweeps. Four columns at a time, so that an entry of `x` is loaded once for all of them and the chain of
/// dependent operations goes tile by tile, not row by row.
fn substitute(factor: &[Tile], reach: usize, x: &mut [Part]) {
    for (j, column) in factor.chunks_exact(reach + 1).enumerate() {
        let (head, tail) = x.split_at_mut(j + 1);
        let d = &column[0].0;
        let [x0, mut x1, mut x2, mut x3] = head[j];
        x1 -= d[0][1] * x0;
        x2 -= d[0][2] * x0 + d[1][2] * x1;
        x3 -= (d[0][3] * x0 + d[1][3] * x1) + d[2][3] * x2;
        let own = [x0, x1, x2, x3];
        head[j] = own;
        for (l, t) in column[1..].iter().zip(tail) {
            forward_tile(t, l, &own);
        }
    }
    for (j, column) in factor.chunks_exact(reach + 1).enumerate().rev() {
        let (head, tail) = x.split_at_mut(j + 1);
        let below = reach.min(tail.len());
        let mut sums = [Part::default(); EDGE];
        // From far to near: what the last tile has just found is needed last.
        for (l, t) in column[1..=below].iter().zip(&tail[..below]).rev() {
            backward_tile(&mut sums, l, t);
        }
        let d = &column[0].0;
        let own = &mut head[j];
        let rest = |c: usize| own[c] * d[c][c] - ((sums[c][0] + sums[c][2]) + (sums[c][1] + sums[c][3]));
        let x3 = rest(3);
        let x2 = rest(2) - d[2][3] * x3;
        let x1 = rest(1) - (d[1][2] * x2 + d[1][3] * x3);
        let x0 = rest(0) - ((d[0][2] * x2 + d[0][3] * x3) + d[0][1] * x1);
        *own = [x0, x1, x2, x3];
    }
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
