//! Who is near whom: a uniform grid to find pairs. Lists that keep them are made from it by [`crate::mechanics`].

use crate::domain::{Boundary, Domain};
use crate::vector::Vec3;

/// Bins of cells by position, with periodic axes.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    origin: Vec3,
    /// Bins per um.
    per_um: Vec3,
    count: [usize; 3],
    periodic: [bool; 3],
    /// First entry of each bin in `members`, with one more at the end.
    start: Vec<u32>,
    members: Vec<u32>,
    bin_of: Vec<u32>,
}

impl Grid {
    /// Bins `positions` into bins at least `side` wide (um), by a counting sort.
    pub fn build(&mut self, domain: &Domain, positions: &[Vec3], side: f64) {
        let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
        for p in positions {
            low = std::array::from_fn(|axis| low[axis].min(p[axis]));
            high = std::array::from_fn(|axis| high[axis].max(p[axis]));
        }
        if positions.is_empty() {
            (low, high) = (domain.min(), domain.min());
        }
        for axis in 0..3 {
            self.periodic[axis] = domain.boundary()[axis] == Boundary::Periodic;
            if self.periodic[axis] {
                (low[axis], high[axis]) = (domain.min()[axis], domain.max()[axis]);
            }
        }
        // One stray cell far away must not cost memory: wider bins are slower, never wrong.
        let mut side = side;
        let budget = 4.0 * positions.len() as f64 + 64.0;
        loop {
            let bins: f64 = (0..3).map(|a| ((high[a] - low[a]) / side).floor() + 1.0).product();
            if bins <= budget {
                break;
            }
            side *= 1.25;
        }
        self.origin = low;
        for axis in 0..3 {
            let extent = high[axis] - low[axis];
            let bins = (extent / side).floor().max(1.0);
            self.count[axis] = bins as usize;
            self.per_um[axis] = if extent > 0.0 { bins / extent } else { 1.0 / side };
        }
        let total = self.count[0] * self.count[1] * self.count[2];
        self.start.clear();
        self.start.resize(total + 1, 0);
        self.bin_of.clear();
        for p in positions {
            let bin = self.bin(*p);
            self.bin_of.push(bin as u32);
            self.start[bin + 1] += 1;
        }
        for b in 0..total {
            self.start[b + 1] += self.start[b];
        }
        self.members.clear();
        self.members.resize(positions.len(), 0);
        // Filled from the back, so that each start ends where it should and members stay in order of index.
        for (i, &bin) in self.bin_of.iter().enumerate().rev() {
            let end = &mut self.start[bin as usize + 1];
            *end -= 1;
            self.members[*end as usize] = i as u32;
        }
        // After the fill start[b + 1] is the beginning of bin b.
        self.start.rotate_left(1);
        self.start[total] = positions.len() as u32;
    }

    /// Never falls as `x` rises: a span of bins holds every point of its interval.
    #[inline]
    fn along(&self, axis: usize, x: f64) -> i64 {
        let bins = (x - self.origin[axis]) * self.per_um[axis];
        // The floor, in two instructions that every machine has.
        let whole = bins as i64;
        whole.saturating_sub(i64::from(whole as f64 > bins))
    }

    fn bin(&self, p: Vec3) -> usize {
        let mut bin = 0;
        for (axis, &x) in p.iter().enumerate() {
            let n = self.count[axis] as i64;
            let k = self.along(axis, x);
            let k = if self.periodic[axis] { k.rem_euclid(n) } else { k.clamp(0, n - 1) };
            bin = bin * self.count[axis] + k as usize;
        }
        bin
    }

    /// First bin and number of bins that the interval `[x - reach, x + reach]` meets.
    fn span(&self, axis: usize, x: f64, reach: f64) -> (i64, i64) {
        let n = self.count[axis] as i64;
        let (a, b) = (self.along(axis, x - reach), self.along(axis, x + reach));
        if self.periodic[axis] {
            // Never a bin twice, however thin the period.
            (a, b.saturating_sub(a).saturating_add(1).min(n))
        } else {
            let (a, b) = (a.clamp(0, n - 1), b.clamp(0, n - 1));
            (a, b - a + 1)
        }
    }

    /// Calls `f` with every cell of every bin that a cube of half-side `reach` about `p` meets: each once, in an
    /// order that depends on memory order.
    #[inline]
    pub fn each_near(&self, p: Vec3, reach: f64, f: impl FnMut(u32)) {
        self.each_near_below(p, reach, u32::MAX, f);
    }

    /// The same for the cells of index below `limit` alone.
    #[inline]
    pub(crate) fn each_near_below(&self, p: Vec3, reach: f64, limit: u32, mut f: impl FnMut(u32)) {
        let [x, y, z] = [0, 1, 2].map(|axis| self.span(axis, p[axis], reach));
        let fold = |axis: usize, k: i64| -> usize {
            let n = self.count[axis] as i64;
            if self.periodic[axis] { k.rem_euclid(n) as usize } else { k as usize }
        };
        for i in x.0..x.0 + x.1 {
            for j in y.0..y.0 + y.1 {
                let row = (fold(0, i) * self.count[1] + fold(1, j)) * self.count[2];
                for k in z.0..z.0 + z.1 {
                    let bin = row + fold(2, k);
                    let (a, b) = (self.start[bin] as usize, self.start[bin + 1] as usize);
                    // Members of a bin ascend.
                    self.members[a..b].iter().take_while(|m| **m < limit).for_each(|&m| f(m));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_numeric::random::Seed;

    fn points(n: usize, domain: &Domain) -> Vec<Vec3> {
        let seed = Seed::new(3, 0);
        let place = |i: usize| {
            let mut s = seed.stream(i as u64, 0, 0);
            [0, 1, 2].map(|a| s.range(domain.min()[a], domain.max()[a]))
        };
        (0..n).map(place).collect()
    }

    /// Against all pairs, in boxes thinner than, as wide as, and wider than a bin.
    #[test]
    fn the_grid_finds_all_that_are_near_once() {
        for (side, boundary) in [
            ([300.0, 13.0, 90.0], [Boundary::Wall, Boundary::Periodic, Boundary::Wall]),
            ([60.0, 60.0, 60.0], [Boundary::Periodic; 3]),
            ([31.0, 45.0, 200.0], [Boundary::Periodic, Boundary::Periodic, Boundary::Open]),
        ] {
            let domain = Domain::new([0.0; 3], side, boundary).unwrap();
            let p = points(400, &domain);
            let mut grid = Grid::default();
            grid.build(&domain, &p, 15.0);
            for i in 0..p.len() {
                let near = |j: u32| domain.distance(p[i], p[j as usize]) <= 14.0;
                let mut found = Vec::new();
                grid.each_near(p[i], 14.0, |j| found.push(j));
                found.retain(|&j| near(j));
                found.sort_unstable();
                let expected: Vec<u32> = (0..p.len() as u32).filter(|&j| near(j)).collect();
                assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn a_stray_cell_costs_no_memory() {
        let domain = Domain::new([0.0; 3], [1.0; 3], [Boundary::Open; 3]).unwrap();
        let mut g = Grid::default();
        g.build(&domain, &[[0.0; 3], [1e9, -1e9, 1e9]], 1.0);
        assert!(g.start.len() <= 80);
    }
}
