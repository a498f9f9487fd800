//! Small dense linear systems, one for each cell of a block.
//!
//! Gaussian elimination. Rows are exchanged where a pivot is ten times smaller than an entry below it in some cell: in that
//! cell only, by choice between the two rows, lane by lane. Matrices of kinetics at sensible steps are dominated by
//! their diagonal, so that this is rare; without it a bad pivot would spoil the step.

use crate::lanes::{LANES, Lane};

/// The matrices of a block.
#[derive(Clone, Debug)]
pub(crate) struct Dense {
    n: usize,
    /// Row by row; after [`Dense::factor`] the factors, with inverse pivots on the diagonal.
    entries: Vec<Lane>,
    /// Exchanges: step, row, and the cells in which they took place.
    exchanges: Vec<(usize, usize, [bool; LANES])>,
}

impl Dense {
    pub(crate) fn new(n: usize) -> Self {
        Self { n, entries: vec![[0.0; LANES]; n * n], exchanges: Vec::with_capacity(n) }
    }

    /// Makes it `diagonal` times the identity.
    #[inline(always)]
    pub(crate) fn clear(&mut self, diagonal: f64) {
        self.entries.fill([0.0; LANES]);
        for i in 0..self.n {
            self.entries[i * self.n + i] = [diagonal; LANES];
        }
    }

    /// Subtracts from an entry.
    #[inline(always)]
    pub(crate) fn subtract(&mut self, row: usize, column: usize, value: &Lane) {
        let entry = &mut self.entries[row * self.n + column];
        for l in 0..LANES {
            entry[l] -= value[l];
        }
    }

    /// Factors all matrices in place.
    #[inline(always)]
    pub(crate) fn factor(&mut self) {
        let n = self.n;
        self.exchanges.clear();
        for k in 0..n {
            for i in k + 1..n {
                self.exchange(k, i);
            }
            let (above, below) = self.entries.split_at_mut((k + 1) * n);
            let pivot_row = &mut above[k * n..];
            for x in &mut pivot_row[k] {
                *x = 1.0 / *x;
            }
            let pivot_row = &*pivot_row;
            for row in below.chunks_exact_mut(n) {
                if row[k].iter().all(|&x| x == 0.0) {
                    continue;
                }
                for l in 0..LANES {
                    row[k][l] *= pivot_row[k][l];
                }
                let factor = row[k];
                for j in k + 1..n {
                    let (entry, other) = (&mut row[j], &pivot_row[j]);
                    for l in 0..LANES {
                        entry[l] -= factor[l] * other[l];
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn exchange(&mut self, k: usize, i: usize) {
        let n = self.n;
        let (pivot, other) = (&self.entries[k * n + k], &self.entries[i * n + k]);
        let mut needed = false;
        for l in 0..LANES {
            needed |= other[l].abs() > 10.0 * pivot[l].abs();
        }
        if !needed {
            return;
        }
        let cells: [bool; LANES] = std::array::from_fn(|l| other[l].abs() > 10.0 * pivot[l].abs());
        // Entries left of the diagonal belong to the factors and go along with their row.
        for j in 0..n {
            for (l, _) in cells.iter().enumerate().filter(|c| *c.1) {
                let (a, b) = (self.entries[k * n + j][l], self.entries[i * n + j][l]);
                self.entries[k * n + j][l] = b;
                self.entries[i * n + j][l] = a;
            }
        }
        self.exchanges.push((k, i, cells));
    }

    /// Solves for one right side in place.
    #[inline(always)]
    pub(crate) fn solve(&self, x: &mut [Lane]) {
        let n = self.n;
        for &(k, i, ref cells) in &self.exchanges {
            for (l, _) in cells.iter().enumerate().filter(|c| *c.1) {
                let (a, b) = (x[k][l], x[i][l]);
                x[k][l] = b;
                x[i][l] = a;
            }
        }
        for i in 1..n {
            let (known, rest) = x.split_at_mut(i);
            let own = &mut rest[0];
            for (j, value) in known.iter().enumerate() {
                let factor = &self.entries[i * n + j];
                for l in 0..LANES {
                    own[l] -= factor[l] * value[l];
                }
            }
        }
        for i in (0..n).rev() {
            let (rest, known) = x.split_at_mut(i + 1);
            let own = &mut rest[i];
            for (j, value) in known.iter().enumerate() {
                let factor = &self.entries[i * n + i + 1 + j];
                for l in 0..LANES {
                    own[l] -= factor[l] * value[l];
                }
            }
            let inverse = &self.entries[i * n + i];
            for l in 0..LANES {
                own[l] *= inverse[l];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_numeric::random::Seed;

    /// Random matrices, some with zeros on the diagonal: the solution satisfies the system in every cell.
    #[test]
    fn solutions_satisfy_their_systems() {
        let mut s = Seed::new(4, 0).stream(0, 0, 0);
        for n in [1, 2, 3, 7, 12] {
            let mut m = Dense::new(n);
            m.clear(0.0);
            for i in 0..n {
                for j in 0..n {
                    let mut v = [0.0; LANES];
                    for (l, x) in v.iter_mut().enumerate() {
                        *x = if i == j && n > 1 && l % 3 == 0 { 0.0 } else { s.range(-1.0, 1.0) };
                    }
                    m.subtract(i, j, &v);
                }
            }
            let whole = m.entries.clone();
            let right: Vec<Lane> = (0..n).map(|i| [i as f64 + 1.0; LANES]).collect();
            let mut x = right.clone();
            m.factor();
            m.solve(&mut x);
            for i in 0..n {
                for l in 0..LANES {
                    let sum: f64 = (0..n).map(|j| whole[i * n + j][l] * x[j][l]).sum();
                    let size: f64 = (0..n).map(|j| (whole[i * n + j][l] * x[j][l]).abs()).sum();
                    assert!((sum - right[i][l]).abs() < 1e-9 * (1.0 + size), "{n} {i} {l}: {sum}");
                }
            }
        }
    }
}
