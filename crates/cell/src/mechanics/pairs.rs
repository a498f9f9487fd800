//! Who may push whom.
//!
//! A half neighbour list: each pair once, the lower id first, in ascending order of (lower, higher) id. A walk over
//! it that adds to both ends adds to each cell in ascending order of its neighbours' ids, wherever cells lie in
//! memory. Cells of kinds that exert no force on any kind (*loose* cells) are not in it: however fast they run,
//! the list stays good. Pairs beyond their range are skipped by whoever
//! walks the list, hence neither its skin nor the time of a rebuild changes a result.
//!
//! In a tissue a few cells run, divide or die in every step while the others rest. A cell that came, or used up its
//! half of the skin, is therefore listed anew by itself, from where it is now: its pairs are taken out, found again
//! and merged in. The grid keeps such cells where they were last binned, and an `extra` list those that it does not
//! have at their place; when that list grows long, all is built anew.

use super::parameters::MechanicsParameters;
use crate::domain::Domain;
use crate::neighbours::Grid;
use crate::store::Cells;
use crate::vector::{Vec3, dot};

/// The half list. Not part of a checkpoint: a new one gives the same bits.
#[derive(Clone, Debug, Default)]
pub(super) struct PairList {
    /// Indices of both cells, lower id first.
    pairs: Vec<[u32; 2]>,
    /// The cells, in their memory order, and which were loose.
    ids: Vec<u64>,
    loose: Vec<bool>,
    /// Position and radius when a cell was last listed, by index.
    reference: Vec<(Vec3, f64)>,
    /// Cells that are not loose.
    listed: usize,
    grid: Grid,
    /// By member of the grid: the cell, or [`NONE`] if it is not there any more.
    member: Vec<u32>,
    /// By cell: its member of the grid, [`EXTRA`] or [`NONE`].
    slot: Vec<u32>,
    /// Listed cells that the grid does not have at their place.
    extra: Vec<u32>,
    largest_radius: f64,
    reach: f64,
    skin: f64,
    build: BuildWork,
    patch: PatchWork,
}

/// Buffers of a build.
#[derive(Clone, Debug, Default)]
struct BuildWork {
    /// Positions and radii of listed cells in order of id, pairs as found, and first entries by lower cell.
    points: Vec<Vec3>,
    radii: Vec<f64>,
    found: Vec<[u32; 2]>,
    start: Vec<u32>,
}

/// Buffers of a patch.
#[derive(Clone, Debug, Default)]
struct PatchWork {
    /// Cells to list anew, and whether a cell is one.
    fresh: Vec<u32>,
    is_fresh: Vec<bool>,
    added: Vec<[u32; 2]>,
    merged: Vec<[u32; 2]>,
    /// (id, index) of cells whose place in memory changed, before and after.
    before: Vec<(u64, u32)>,
    after: Vec<(u64, u32)>,
    /// By former index: the index now, or [`NONE`].
    now: Vec<u32>,
    /// New index, reference, looseness and slot of cells that moved in memory.
    carried: Vec<(u32, (Vec3, f64), bool, u32)>,
}

const NONE: u32 = u32::MAX;
const EXTRA: u32 = u32::MAX - 1;

/// A list with more cells than this share out of their place in the grid is built anew.
const PATCHED_SHARE: usize = 24;
/// As many may always be.
const PATCHED_LEAST: usize = 16;

impl PairList {
    /// All pairs within range, and some beyond.
    #[inline]
    pub(super) fn pairs(&self) -> &[[u32; 2]] {
        &self.pairs
    }

    /// Number of cells that are not loose.
    pub(super) fn listed(&self) -> usize {
        self.listed
    }

    /// Calls `f` with every cell that is not loose and may now be within `range` of `p`, plus some.
    pub(super) fn each_near(&self, domain: &Domain, p: Vec3, range: f64, mut f: impl FnMut(usize)) {
        // Cells may have left where they were listed by half the skin.
        let range = range + 0.5 * self.skin;
        self.each_listed_near(domain, p, range, |i| f(i as usize));
    }

    /// Calls `f` with every cell that was last listed within `range` of `p`, plus some.
    fn each_listed_near(&self, domain: &Domain, p: Vec3, range: f64, mut f: impl FnMut(u32)) {
        self.grid.each_near(p, range, |m| {
            let i = self.member[m as usize];
            if i != NONE {
                f(i);
            }
        });
        for &i in &self.extra {
            let d = domain.separation(p, self.reference[i as usize].0);
            if dot(d, d) <= range * range {
                f(i);
            }
        }
    }

    /// Largest radius that a cell may have without being listed anew (um).
    pub(super) fn largest_radius(&self) -> f64 {
        self.largest_radius + 0.5 * self.skin / self.reach.max(1.0)
    }

    /// Brings the list up to date with cells that came, went, changed places in memory or looseness, or moved or grew out
    /// of their share of the skin.
    pub(super) fn refresh(
        &mut self,
        parameters: &MechanicsParameters,
        cells: &Cells,
        positions: &[Vec3],
        loose_kinds: &[bool],
    ) {
        let loose = |i: usize| loose_kinds[usize::from(cells.kind[i].0)];
        let same = self.reach == parameters.reach && self.skin == parameters.numerics.skin;
        if same && self.follow_memory(cells) {
            for (i, &position) in positions.iter().enumerate().take(cells.len()) {
                let stale = if loose(i) {
                    !self.loose[i]
                } else {
                    self.loose[i] || self.strayed(parameters, i, position, cells.radius[i])
                };
                if stale {
                    self.loose[i] = loose(i);
                    self.patch.fresh.push(i as u32);
                }
            }
            self.list_fresh(parameters, cells, positions);
            return;
        }
        self.loose.clear();
        self.loose.extend((0..cells.len()).map(loose));
        self.ids.clone_from(&cells.id);
        self.build(parameters, cells, positions);
    }

    /// Lists anew those of `moving` that have used up their half of the skin. Returns true if there was any.
    pub(super) fn follow(
        &mut self,
        parameters: &MechanicsParameters,
        cells: &Cells,
        positions: &[Vec3],
        moving: &[u32],
    ) -> bool {
        for &i in moving {
            let at = i as usize;
            if self.strayed(parameters, at, positions[at], cells.radius[at]) {
                self.patch.fresh.push(i);
            }
        }
        let any = !self.patch.fresh.is_empty();
        self.list_fresh(parameters, cells, positions);
        any
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

    /// False if the cells `i` and `j` stay `multiple` ≤ `reach` contact distances or more apart as long as neither has
    /// [strayed](Self::strayed).
    #[inline]
    pub(super) fn may_come_within(
        &self,
        parameters: &MechanicsParameters,
        i: usize,
        j: usize,
        multiple: f64,
    ) -> bool {
        let ((p, r), (q, s)) = (self.reference[i], self.reference[j]);
        let d = parameters.domain.separation(p, q);
        // Both may come nearer by half the skin less what they grow; the rest is for rounding.
        let farthest = multiple * (r + s) + self.skin + 1e-6;
        dot(d, d) < farthest * farthest
    }

    /// Finds all pairs anew among the same cells.
    fn build(&mut self, parameters: &MechanicsParameters, cells: &Cells, positions: &[Vec3]) {
        let (reach, skin, domain) = (parameters.reach, parameters.numerics.skin, &parameters.domain);
        (self.reach, self.skin) = (reach, skin);
        self.reference.clear();
        self.reference.extend(positions.iter().copied().zip(cells.radius.iter().copied()));
        // Members of the grid in order of id.
        self.member.clear();
        self.member.extend((0..cells.len() as u32).filter(|&i| !self.loose[i as usize]));
        let ids = &self.ids;
        self.member.sort_unstable_by_key(|&i| ids[i as usize]);
        self.listed = self.member.len();
        self.extra.clear();
        self.slot.clear();
        self.slot.resize(cells.len(), NONE);
        for (m, &i) in self.member.iter().enumerate() {
            self.slot[i as usize] = m as u32;
        }
        let BuildWork { points, radii, found, start } = &mut self.build;
        points.clear();
        points.extend(self.member.iter().map(|&i| positions[i as usize]));
        radii.clear();
        radii.extend(self.member.iter().map(|&i| cells.radius[i as usize]));
        self.largest_radius = radii.iter().copied().fold(0.0, f64::max);
        let widest = 2.0 * reach * self.largest_radius + skin;
        self.grid.build(domain, points, widest.max(1e-9));
        found.clear();
        start.clear();
        start.resize(self.member.len() + 1, 0);
        for (k, (&p, &r)) in points.iter().zip(radii.iter()).enumerate() {
            self.grid.each_near_below(p, reach * (r + self.largest_radius) + skin, k as u32, |m| {
                let m = m as usize;
                let cutoff = reach * (r + radii[m]) + skin;
                let d = domain.separation(p, points[m]);
                if dot(d, d) <= cutoff * cutoff {
                    found.push([m as u32, k as u32]);
                    start[m + 1] += 1;
                }
            });
        }
        // Found in ascending order of the higher cell: a stable sort by the lower one completes the order.
        for m in 0..self.member.len() {
            start[m + 1] += start[m];
        }
        self.pairs.clear();
        self.pairs.resize(found.len(), [0; 2]);
        for &[m, k] in found.iter() {
            let at = &mut start[m as usize];
            self.pairs[*at as usize] = [self.member[m as usize], self.member[k as usize]];
            *at += 1;
        }
    }

    /// Follows cells that came, went or changed places in memory: what went leaves the list, what came counts as loose
    /// until it is listed. False if so many did that the list should be built anew.
    fn follow_memory(&mut self, cells: &Cells) -> bool {
        let PatchWork { before, after, now, carried, .. } = &mut self.patch;
        let (old, new) = (&self.ids, &cells.id);
        if old.is_empty() {
            return false;
        }
        before.clear();
        after.clear();
        let moved = |k: usize| old.get(k) != new.get(k);
        before.extend((0..old.len()).filter(|&k| moved(k)).map(|k| (old[k], k as u32)));
        after.extend((0..new.len()).filter(|&k| moved(k)).map(|k| (new[k], k as u32)));
        if before.is_empty() && after.is_empty() {
            return true;
        }
        if before.len() + after.len() > PATCHED_LEAST.max(old.len() / 4) {
            return false;
        }
        before.sort_unstable();
        after.sort_unstable();
        now.clear();
        now.extend(0..old.len() as u32);
        carried.clear();
        let mut came = after.iter().peekable();
        let unlisted = ([f64::NAN; 3], f64::NAN);
        for &(id, from) in before.iter() {
            let at = from as usize;
            while let Some(&&(_, to)) = came.peek().filter(|c| c.0 < id) {
                carried.push((to, unlisted, true, NONE));
                came.next();
            }
            match came.peek() {
                Some(&&(other, to)) if other == id => {
                    now[at] = to;
                    carried.push((to, self.reference[at], self.loose[at], self.slot[at]));
                    came.next();
                }
                _ => {
                    now[at] = NONE;
                    self.listed -= usize::from(!self.loose[at]);
                    if let Some(m) = self.member.get_mut(self.slot[at] as usize) {
                        *m = NONE;
                    }
                }
            }
        }
        carried.extend(came.map(|&(_, to)| (to, unlisted, true, NONE)));
        self.ids.clone_from(new);
        self.reference.resize(new.len(), unlisted);
        self.loose.resize(new.len(), true);
        self.slot.resize(new.len(), NONE);
        for &(to, reference, loose, slot) in carried.iter() {
            let at = to as usize;
            (self.reference[at], self.loose[at], self.slot[at]) = (reference, loose, slot);
            if let Some(m) = self.member.get_mut(slot as usize) {
                *m = to;
            }
        }
        let follow = |i: &mut u32| {
            *i = now[*i as usize];
            *i != NONE
        };
        self.extra.retain_mut(follow);
        self.pairs.retain_mut(|[i, j]| {
            (*i, *j) = (now[*i as usize], now[*j as usize]);
            *i != NONE && *j != NONE
        });
        true
    }

    /// Lists the fresh cells anew, each from where it is now: the loose among them leave the list.
    fn list_fresh(&mut self, parameters: &MechanicsParameters, cells: &Cells, positions: &[Vec3]) {
        if self.patch.fresh.is_empty() {
            return;
        }
        let limit = PATCHED_LEAST.max(self.listed / PATCHED_SHARE);
        if self.patch.fresh.len() + self.extra.len() > limit {
            self.patch.fresh.clear();
            self.build(parameters, cells, positions);
            return;
        }
        let mut patch = std::mem::take(&mut self.patch);
        patch.is_fresh.resize(cells.len(), false);
        for &i in &patch.fresh {
            let at = i as usize;
            patch.is_fresh[at] = true;
            let slot = self.slot[at];
            if let Some(m) = self.member.get_mut(slot as usize) {
                *m = NONE;
            }
            self.listed -= usize::from(slot != NONE);
            if self.loose[at] {
                if slot == EXTRA {
                    self.extra.retain(|&k| k != i);
                }
                self.slot[at] = NONE;
                continue;
            }
            self.listed += 1;
            self.reference[at] = (positions[at], cells.radius[at]);
            self.largest_radius = self.largest_radius.max(cells.radius[at]);
            if slot != EXTRA {
                self.slot[at] = EXTRA;
                self.extra.push(i);
            }
        }
        patch.added.clear();
        for &i in patch.fresh.iter().filter(|&&i| !self.loose[i as usize]) {
            let (p, r) = self.reference[i as usize];
            let id = self.ids[i as usize];
            let search = self.reach * (r + self.largest_radius) + self.skin;
            self.each_listed_near(&parameters.domain, p, search, |j| {
                let (q, s) = self.reference[j as usize];
                let other = self.ids[j as usize];
                // A pair of two fresh cells is found from its lower id.
                if other == id || (other < id && patch.is_fresh[j as usize]) {
                    return;
                }
                let cutoff = self.reach * (r + s) + self.skin;
                let d = parameters.domain.separation(p, q);
                if dot(d, d) <= cutoff * cutoff {
                    patch.added.push(if id < other { [i, j] } else { [j, i] });
                }
            });
        }
        let key = |pair: &[u32; 2]| pair.map(|i| self.ids[i as usize]);
        patch.added.sort_unstable_by_key(key);
        patch.merged.clear();
        let mut added = patch.added.iter().peekable();
        for pair in &self.pairs {
            if patch.is_fresh[pair[0] as usize] || patch.is_fresh[pair[1] as usize] {
                continue;
            }
            while let Some(&next) = added.peek().filter(|next| key(next) < key(pair)) {
                patch.merged.push(*next);
                added.next();
            }
            patch.merged.push(*pair);
        }
        patch.merged.extend(added);
        std::mem::swap(&mut self.pairs, &mut patch.merged);
        for &i in &patch.fresh {
            patch.is_fresh[i as usize] = false;
        }
        patch.fresh.clear();
        self.patch = patch;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Kind;

    /// Against all pairs, with ids against memory order, and with every fifth cell loose.
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
            let near = |i: usize, j: usize| {
                let cutoff =
                    parameters.reach * (cells.radius[i] + cells.radius[j]) + parameters.numerics.skin;
                parameters.domain.distance(positions[i], positions[j]) <= cutoff
            };
            let mut expected = Vec::new();
            for i in (0..n).filter(|&i| !loose(i)) {
                for j in (0..n).filter(|&j| cells.id[i] < cells.id[j] && !loose(j) && near(i, j)) {
                    expected.push([i as u32, j as u32]);
                }
            }
            expected.sort_by_key(|p| p.map(|i| cells.id[i as usize]));
            let mut list = PairList::default();
            list.refresh(&parameters, &cells, &positions, &loose_kinds);
            assert!(expected.len() > 300);
            assert_eq!(list.pairs(), expected.as_slice());
        }
    }

    /// Whatever moves, grows, comes, goes, changes its kind or its place in memory, the list has the pairs within range
    /// that a new one has, in the same order, whether patched or built anew; and it is mostly patched.
    #[test]
    fn a_patched_list_is_as_good_as_a_new_one() {
        let (mut cells, parameters) = crate::cases::strip(30, 12, 4.0, 0.9).unwrap();
        let loose_kinds = [false, true];
        let seed = exoderm_numeric::random::Seed::new(4, 0);
        let mut list = PairList::default();
        let (mut patched, mut extras) = (0, 0);
        for step in 0..400 {
            let mut s = seed.stream(0, step, 7);
            for _ in 0..s.below(4) {
                let i = s.below(cells.len());
                match s.below(8) {
                    0 => cells.remove(i),
                    1 => {
                        let cell = crate::store::NewCell::sphere(Kind(0), cells.at(i), s.range(2.0, 7.0));
                        cells.add(cell).unwrap();
                    }
                    2 => cells.kind[i] = Kind(s.below(2) as u8),
                    3 => cells.set_volume(i, cells.volume[i] * s.range(0.5, 2.0)),
                    4 => cells.position[0][i] = s.range(0.0, 240.0),
                    _ => cells.position[2][i] += s.range(-2.0, 2.0),
                }
            }
            for x in &mut cells.position[0] {
                *x += s.range(-0.05, 0.05);
            }
            cells.sweep();
            if step % 90 == 89 {
                cells.sort_spatial(20.0, &mut crate::store::SortBuffers::default()).unwrap();
            }
            let n = cells.len();
            let positions: Vec<Vec3> = (0..n).map(|i| parameters.domain.wrap(cells.at(i))).collect();
            list.refresh(&parameters, &cells, &positions, &loose_kinds);
            let mut new = PairList::default();
            new.refresh(&parameters, &cells, &positions, &loose_kinds);
            let in_range = |l: &PairList| -> Vec<[u32; 2]> {
                let near = |p: &&[u32; 2]| {
                    let [i, j] = p.map(|i| i as usize);
                    let range = parameters.reach * (cells.radius[i] + cells.radius[j]);
                    parameters.domain.distance(positions[i], positions[j]) < range
                };
                l.pairs().iter().filter(near).copied().collect()
            };
            assert_eq!(in_range(&list), in_range(&new), "step {step}");
            assert!(list.pairs().is_sorted_by_key(|p| p.map(|i| cells.id[i as usize])));
            assert_eq!(list.listed(), new.listed());
            let near = |l: &PairList| {
                let mut found = Vec::new();
                l.each_near(&parameters.domain, [100.0, 6.0, 40.0], 15.0, |i| {
                    if parameters.domain.distance(positions[i], [100.0, 6.0, 40.0]) < 15.0 {
                        found.push(i);
                    }
                });
                found.sort_unstable();
                found
            };
            assert_eq!(near(&list), near(&new));
            assert!((0..n).all(|i| cells.radius[i] <= list.largest_radius() || list.loose[i]));
            patched += u32::from(!list.extra.is_empty());
            extras = extras.max(list.extra.len());
        }
        assert!(patched > 200 && extras > 10, "{patched} {extras}");
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
