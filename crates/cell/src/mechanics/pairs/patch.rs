//! The list mended where a few cells came, went, changed places in memory or strayed.

use super::{EXTRA, NONE, PairList};
use crate::mechanics::parameters::MechanicsParameters;
use crate::store::Cells;
use crate::vector::{Vec3, dot};

/// A list with more cells than this share out of their place in the grid is built anew.
const PATCHED_SHARE: usize = 24;
/// As many may always be.
const PATCHED_LEAST: usize = 16;

/// Buffers of a patch.
#[derive(Clone, Debug, Default)]
pub(super) struct PatchWork {
    /// Cells to list anew, and whether a cell is one.
    pub(super) fresh: Vec<u32>,
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

impl PairList {
    /// Follows cells that came, went or changed places in memory: what went leaves the list, what came counts as loose
    /// until it is listed. False if so many did that the list should be built anew.
    pub(super) fn follow_memory(&mut self, cells: &Cells) -> bool {
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
    pub(super) fn list_fresh(&mut self, parameters: &MechanicsParameters, cells: &Cells, positions: &[Vec3]) {
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
