//! Who may push whom.
//!
//! A half neighbour list: each pair once, the lower id first, in ascending order of (lower, higher) id. A walk over
//! it that adds to both ends adds to each cell in ascending order of its neighbours' ids, wherever cells lie in
//! memory. Cells of kinds that exert no force on any kind (*loose* cells) are not in it: however fast they run,
//! the list stays good. As with [`crate::neighbours::Verlet`], pairs beyond their range are skipped by whoever
//! walks the list, hence neither its skin nor the time of a rebuild changes a result.

use super::parameters::MechanicsParameters;
use crate::neighbours::Grid;
use crate::store::Cells;
use crate::vector::{Vec3, dot};

/// The half list. Not part of a checkpoint: a new one gives the same bits.
#[derive(Clone, Debug, Default)]
pub(super) struct PairList {
    /// Indices of both cells, lower id first.
    pairs: Vec<[u32; 2]>,
    /// The cells listed, in their memory order then, and which were loose.
    ids: Vec<u64>,
    loose: Vec<bool>,
    /// Position and radius at the last rebuild, by index.
    reference: Vec<(Vec3, f64)>,
    /// Indices of the cells that are not loose, ascending by id: what the grid's members count.
    order: Vec<u32>,
    grid: Grid,
    largest_radius: f64,
    reach: f64,
    skin: f64,
    /// Positions and radii in that order, pairs as found, and first entries by lower cell.
    points: Vec<Vec3>,
    radii: Vec<f64>,
    found: Vec<[u32; 2]>,
    start: Vec<u32>,
}

impl PairList {
    /// All pairs within range, and some beyond.
    #[inline]
    pub(super) fn pairs(&self) -> &[[u32; 2]] {
        &self.pairs
    }

    /// Indices of the cells that are not loose, ascending by id.
    pub(super) fn order(&self) -> &[u32] {
        &self.order
    }

    /// Calls `f` with every cell that is not loose and may now be within `range` of `p`, plus some.
    pub(super) fn each_near(&self, p: Vec3, range: f64, mut f: impl FnMut(usize)) {
        // Cells may have left the grid's positions by half the skin.
        self.grid.each_near(p, range + 0.5 * self.skin, |m| f(self.order[m as usize] as usize));
    }

    /// Largest radius that a cell may have without a rebuild (um).
    pub(super) fn largest_radius(&self) -> f64 {
        self.largest_radius + 0.5 * self.skin / self.reach.max(1.0)
    }

    /// Rebuilds if any cell came, went, changed places in memory, or moved or grown out of its share of the skin.
    pub(super) fn refresh(
        &mut self,
        parameters: &MechanicsParameters,
        cells: &Cells,
        positions: &[Vec3],
        loose_kinds: &[bool],
    ) {
        let loose = |i: usize| loose_kinds[usize::from(cells.kind[i].0)];
        let same = self.ids == cells.id
            && self.reach == parameters.reach
            && self.skin == parameters.numerics.skin
            && (0..cells.len()).all(|i| {
                self.loose[i] == loose(i)
                    && (loose(i) || !self.strayed(parameters, i, positions[i], cells.radius[i]))
            });
        if !same {
            self.loose.clear();
            self.loose.extend((0..cells.len()).map(loose));
            self.ids.clone_from(&cells.id);
            self.order.clear();
            self.order.extend((0..cells.len() as u32).filter(|&i| !self.loose[i as usize]));
            let ids = &self.ids;
            self.order.sort_unstable_by_key(|&i| ids[i as usize]);
            self.build(parameters, cells, positions);
        }
    }

    /// True if cell `i`, now at `p`, has used up its half of the skin.
    #[inline]
    pub(super) fn strayed(&self, parameters: &MechanicsParameters, i: usize, p: Vec3, radius: f64) -> bool {
        let (reference, reference_radius) = self.reference[i];
        let room = 0.5 * self.skin - self.reach * (radius - reference_radius).max(0.0);
        let d = parameters.domain.separation(p, reference);
        // A comparison that is false for NaN would keep a stale list.
        !(room >= 0.0 && dot(d, d) <= room * room)
    }

    /// Finds all pairs anew among the same cells.
    pub(super) fn build(&mut self, parameters: &MechanicsParameters, cells: &Cells, positions: &[Vec3]) {
        let (reach, skin, domain) = (parameters.reach, parameters.numerics.skin, &parameters.domain);
        (self.reach, self.skin) = (reach, skin);
        self.reference.clear();
        self.reference.extend(positions.iter().copied().zip(cells.radius.iter().copied()));
        self.points.clear();
        self.points.extend(self.order.iter().map(|&i| positions[i as usize]));
        self.radii.clear();
        self.radii.extend(self.order.iter().map(|&i| cells.radius[i as usize]));
        self.largest_radius = self.radii.iter().copied().fold(0.0, f64::max);
        let widest = 2.0 * reach * self.largest_radius + skin;
        self.grid.build(domain, &self.points, widest.max(1e-9));
        self.found.clear();
        self.start.clear();
        self.start.resize(self.order.len() + 1, 0);
        for (k, (&p, &r)) in self.points.iter().zip(&self.radii).enumerate() {
            let (points, radii, found, start) = (&self.points, &self.radii, &mut self.found, &mut self.start);
            self.grid.each_near(p, reach * (r + self.largest_radius) + skin, |m| {
                let m = m as usize;
                if m >= k {
                    return;
                }
                let cutoff = reach * (r + radii[m]) + skin;
                let d = domain.separation(p, points[m]);
                if dot(d, d) <= cutoff * cutoff {
                    found.push([m as u32, k as u32]);
                    start[m + 1] += 1;
                }
            });
        }
        // Found in ascending order of the higher cell: a stable sort by the lower one completes the order.
        for m in 0..self.order.len() {
            self.start[m + 1] += self.start[m];
        }
        self.pairs.clear();
        self.pairs.resize(self.found.len(), [0; 2]);
        for &[m, k] in &self.found {
            let at = &mut self.start[m as usize];
            self.pairs[*at as usize] = [self.order[m as usize], self.order[k as usize]];
            *at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::neighbours::Verlet;
    use crate::store::Kind;

    /// Against the full list, with ids against memory order, and with every fifth cell loose.
    #[test]
    fn the_half_list_has_each_pair_once_in_order_of_ids() {
        let (mut cells, parameters) = crate::cases::strip(20, 9, 4.0, 0.9).unwrap();
        let n = cells.len();
        let order: Vec<u32> = (0..n as u32).map(|i| (i * 77 + 5) % n as u32).collect();
        cells.reorder(&order).unwrap();
        for i in 0..n {
            cells.radius[i] = 3.0 + 0.02 * (i % 180) as f64;
            cells.kind[i] = Kind(u8::from(i % 5 == 0));
        }
        let positions: Vec<Vec3> = (0..n).map(|i| cells.at(i)).collect();
        for loose_kinds in [[false, false], [false, true]] {
            let loose = |i: usize| loose_kinds[usize::from(cells.kind[i].0)];
            let mut full = Verlet::default();
            full.build(&parameters.domain, &cells.id, &positions, &cells.radius, parameters.reach, 1.5);
            let mut expected = Vec::new();
            for i in (0..n).filter(|&i| !loose(i)) {
                for &j in full.of(i) {
                    if cells.id[i] < cells.id[j as usize] && !loose(j as usize) {
                        expected.push([i as u32, j]);
                    }
                }
            }
            expected.sort_by_key(|p| p.map(|i| cells.id[i as usize]));
            let mut list = PairList::default();
            list.refresh(&parameters, &cells, &positions, &loose_kinds);
            assert!(expected.len() > 300);
            assert_eq!(list.pairs(), expected.as_slice());
        }
    }

    #[test]
    fn only_cells_that_push_make_the_list_stale() {
        let (mut cells, parameters) = crate::cases::strip(10, 5, 4.0, 0.0).unwrap();
        cells.kind[7] = Kind(1);
        let mut positions: Vec<Vec3> = (0..cells.len()).map(|i| cells.at(i)).collect();
        let mut list = PairList::default();
        list.refresh(&parameters, &cells, &positions, &[false, true]);
        positions[7][0] += 30.0;
        list.refresh(&parameters, &cells, &positions, &[false, true]);
        assert_ne!(list.reference[7].0, positions[7], "a loose cell may run");
        positions[8][0] += 0.8;
        list.refresh(&parameters, &cells, &positions, &[false, true]);
        assert_eq!(list.reference[8].0, positions[8], "half the skin is 0.75");
        cells.kind[7] = Kind(0);
        list.refresh(&parameters, &cells, &positions, &[false, true]);
        assert_eq!(list.reference[7].0, positions[7], "a cell that begins to push is listed");
        positions[9][1] = f64::NAN;
        list.refresh(&parameters, &cells, &positions, &[false, true]);
        assert!(list.reference[9].0[1].is_nan(), "not a number is never fresh");
    }
}
