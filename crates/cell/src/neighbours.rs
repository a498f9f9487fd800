//! Who is near whom: a uniform grid to find pairs, and a Verlet list to keep them.
//!
//! A full list: each cell has all its neighbours, in ascending order of id, so that a sum over them has the same
//! order wherever the cells lie in memory. A list holds every pair that is nearer than its interaction range plus
//! a skin, and stays good until cells have moved or grown by half the skin, or come and gone. Pairs beyond their
//! range are skipped by whoever walks the list, hence neither the skin nor the time of a rebuild changes a result.

use crate::domain::{Boundary, Domain};
use crate::vector::{Vec3, dot};

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

/// The Verlet list. Not part of a checkpoint: a new one gives the same bits.
#[derive(Clone, Debug, Default)]
pub struct Verlet {
    start: Vec<u32>,
    list: Vec<u32>,
    /// The cells listed, in their memory order then.
    ids: Vec<u64>,
    reference: Vec<Vec3>,
    reference_radius: Vec<f64>,
    grid: Grid,
    largest_radius: f64,
    reach: f64,
    skin: f64,
    scratch: Vec<(u64, u32)>,
    rebuilds: u64,
}

impl Verlet {
    /// Neighbours of cell `i`, ascending by id: all within range, and some beyond.
    #[inline]
    pub fn of(&self, i: usize) -> &[u32] {
        &self.list[self.start[i] as usize..self.start[i + 1] as usize]
    }

    /// The grid of the last rebuild.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Largest radius at the last rebuild (um).
    pub fn largest_radius(&self) -> f64 {
        self.largest_radius
    }

    /// How often the list was rebuilt since it was made.
    pub fn rebuilds(&self) -> u64 {
        self.rebuilds
    }

    /// Rebuilds if any cell came, went, changed places in memory, or moved or grown out of its share of the skin.
    ///
    /// `reach` is the interaction range as a multiple of the sum of radii.
    pub fn refresh(
        &mut self,
        domain: &Domain,
        ids: &[u64],
        positions: &[Vec3],
        radii: &[f64],
        reach: f64,
        skin: f64,
    ) {
        let same = self.ids == ids && self.reach == reach && self.skin == skin;
        if !same || (0..ids.len()).any(|i| self.strayed(domain, i, positions[i], radii[i])) {
            self.build(domain, ids, positions, radii, reach, skin);
        }
    }

    /// True if cell `i`, now at `p`, has used up its half of the skin.
    #[inline]
    pub(crate) fn strayed(&self, domain: &Domain, i: usize, p: Vec3, radius: f64) -> bool {
        let growth = self.reach * (radius - self.reference_radius[i]).max(0.0);
        let room = 0.5 * self.skin - growth;
        let d = domain.separation(p, self.reference[i]);
        // A comparison that is false for NaN would keep a stale list.
        !(room >= 0.0 && dot(d, d) <= room * room)
    }

    /// Rebuilds the list.
    pub fn build(
        &mut self,
        domain: &Domain,
        ids: &[u64],
        positions: &[Vec3],
        radii: &[f64],
        reach: f64,
        skin: f64,
    ) {
        self.rebuilds += 1;
        (self.reach, self.skin) = (reach, skin);
        self.ids.clear();
        self.ids.extend_from_slice(ids);
        self.reference.clear();
        self.reference.extend_from_slice(positions);
        self.reference_radius.clear();
        self.reference_radius.extend_from_slice(radii);
        self.largest_radius = radii.iter().copied().fold(0.0, f64::max);
        let widest = 2.0 * reach * self.largest_radius + skin;
        self.grid.build(domain, positions, widest.max(1e-9));
        self.start.clear();
        self.start.push(0);
        self.list.clear();
        for i in 0..ids.len() {
            self.scratch.clear();
            let (p, r) = (positions[i], radii[i]);
            let search = reach * (r + self.largest_radius) + skin;
            self.grid.each_near(p, search, |j| {
                let j = j as usize;
                let cutoff = reach * (r + radii[j]) + skin;
                let d = domain.separation(p, positions[j]);
                if i != j && dot(d, d) <= cutoff * cutoff {
                    self.scratch.push((ids[j], j as u32));
                }
            });
            self.scratch.sort_unstable();
            self.list.extend(self.scratch.iter().map(|&(_, j)| j));
            self.start.push(self.list.len() as u32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_numeric::random::Seed;

    fn points(n: usize, domain: &Domain) -> (Vec<u64>, Vec<Vec3>, Vec<f64>) {
        let seed = Seed::new(3, 0);
        let mut p = Vec::new();
        let mut r = Vec::new();
        for i in 0..n {
            let mut s = seed.stream(i as u64, 0, 0);
            p.push([0, 1, 2].map(|a| s.range(domain.min()[a], domain.max()[a])));
            r.push(s.range(2.0, 6.0));
        }
        // Ids against memory order.
        ((0..n as u64).map(|i| (i * 7919) % 10_007).collect(), p, r)
    }

    /// Against all pairs, in boxes thinner than, as wide as, and wider than a bin.
    #[test]
    fn the_list_has_every_pair_once_in_order_of_id() {
        for (side, boundary) in [
            ([300.0, 13.0, 90.0], [Boundary::Wall, Boundary::Periodic, Boundary::Wall]),
            ([60.0, 60.0, 60.0], [Boundary::Periodic; 3]),
            ([31.0, 45.0, 200.0], [Boundary::Periodic, Boundary::Periodic, Boundary::Open]),
        ] {
            let domain = Domain::new([0.0; 3], side, boundary).unwrap();
            let (ids, p, r) = points(400, &domain);
            let mut v = Verlet::default();
            v.refresh(&domain, &ids, &p, &r, 1.2, 1.5);
            for i in 0..ids.len() {
                let mut expected: Vec<u32> = (0..ids.len())
                    .filter(|&j| j != i && domain.distance(p[i], p[j]) <= 1.2 * (r[i] + r[j]) + 1.5)
                    .map(|j| j as u32)
                    .collect();
                expected.sort_by_key(|&j| ids[j as usize]);
                assert_eq!(v.of(i), expected.as_slice());
            }
        }
    }

    #[test]
    fn the_list_is_rebuilt_only_when_it_must_be() {
        let domain =
            Domain::new([0.0; 3], [100.0, 13.0, 100.0], [Boundary::Wall, Boundary::Periodic, Boundary::Wall])
                .unwrap();
        let (mut ids, mut p, mut r) = points(100, &domain);
        let mut v = Verlet::default();
        let mut count = |ids: &[u64], p: &[Vec3], r: &[f64]| {
            v.refresh(&domain, ids, p, r, 1.0, 2.0);
            v.rebuilds()
        };
        assert_eq!(count(&ids, &p, &r), 1);
        p[3][0] += 0.99;
        assert_eq!(count(&ids, &p, &r), 1, "within half the skin");
        p[4][1] += 13.0;
        assert_eq!(count(&ids, &p, &r), 1, "a whole period is no move");
        p[3][0] += 0.02;
        assert_eq!(count(&ids, &p, &r), 2, "moved");
        r[5] += 1.01;
        assert_eq!(count(&ids, &p, &r), 3, "grown");
        ids.swap(0, 1);
        assert_eq!(count(&ids, &p, &r), 4, "changed places");
        ids.pop();
        p.pop();
        r.pop();
        assert_eq!(count(&ids, &p, &r), 5, "gone");
        p[0][0] = f64::NAN;
        assert_eq!(count(&ids, &p, &r), 6, "not a number is never fresh");
    }

    #[test]
    fn a_stray_cell_costs_no_memory() {
        let domain = Domain::new([0.0; 3], [1.0; 3], [Boundary::Open; 3]).unwrap();
        let mut g = Grid::default();
        g.build(&domain, &[[0.0; 3], [1e9, -1e9, 1e9]], 1.0);
        assert!(g.start.len() <= 80);
    }
}
