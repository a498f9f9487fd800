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

mod build;
mod patch;

use super::parameters::MechanicsParameters;
use crate::domain::Domain;
use crate::neighbours::Grid;
use crate::store::Cells;
use crate::vector::{Vec3, dot};
use build::BuildWork;
use patch::PatchWork;

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

const NONE: u32 = u32::MAX;
const EXTRA: u32 = u32::MAX - 1;

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
}

#[cfg(test)]
mod tests;
