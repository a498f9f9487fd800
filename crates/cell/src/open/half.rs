//! A Verlet list of half pairs over cells sorted in space.
//!
//! A *slot* is a cell's rank in the sorted order. Partners of a slot are slots above it, ascending. Planes of bins lie
//! across the longest axis, bins are as wide as the longest interaction plus the skin, so a slot's partners lie in
//! its own plane or the next one; [`Block`]s of the sorted order are what threads share out ([`super::blocks`]).

use super::blocks::cuts;
use super::bodies::Bodies;
use crate::error::{CellError, positive};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Cells from which a pass is shared out among threads.
pub(crate) const SHARED: usize = 2048;

/// Cells that one task of a pass takes.
pub(crate) const TASK: usize = 2048;

/// A run of the sorted order, with the partners of its cells.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    /// First slot, and one past the last.
    pub(super) first: u32,
    pub(super) end: u32,
    /// First partner of each slot of the block, with one more at the end.
    pub(super) start: Vec<u32>,
    /// Slots above, ascending.
    pub(super) partner: Vec<u32>,
}

/// Where the list was built: all of it that a checkpoint needs, since the rest follows.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Reference {
    /// By slot.
    id: Vec<u64>,
    /// By slot: centre and range (um).
    place: Vec<[f64; 4]>,
}

/// The half list. Serialised as where it was built; the first [`HalfList::refresh`] after reading builds it there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HalfList {
    skin: f64,
    reference: Reference,
    #[serde(skip)]
    order: Vec<u32>,
    #[serde(skip)]
    slot: Vec<u32>,
    #[serde(skip)]
    blocks: Vec<Block>,
    #[serde(skip)]
    bins: Bins,
    #[serde(skip)]
    rebuilds: u64,
}

/// Bins of a build.
#[derive(Clone, Debug, Default)]
pub(super) struct Bins {
    /// Axes, slowest first.
    axes: [usize; 3],
    low: [f64; 3],
    per_um: [f64; 3],
    count: [usize; 3],
    /// First slot of each bin, with one more at the end.
    pub(super) start: Vec<u32>,
    /// Bin of each cell that takes part, and cells by slot while they are sorted.
    of: Vec<(u32, u32)>,
    keyed: Vec<(u64, u32)>,
}

impl HalfList {
    /// A list with this skin (um): a thicker one is rebuilt less often and holds more pairs out of range.
    ///
    /// # Errors
    /// If the skin is not positive.
    pub fn new(skin: f64) -> Result<Self, CellError> {
        positive("skin", skin)?;
        Ok(Self {
            skin,
            reference: Reference::default(),
            order: Vec::new(),
            slot: Vec::new(),
            blocks: Vec::new(),
            bins: Bins::default(),
            rebuilds: 0,
        })
    }

    /// Index of the cell in each slot.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Slot of each cell, `u32::MAX` for one that takes no part.
    pub fn slots(&self) -> &[u32] {
        &self.slot
    }

    /// How often the list was built.
    pub fn rebuilds(&self) -> u64 {
        self.rebuilds
    }

    /// Bytes that the list holds, capacity that is not in use included.
    pub fn bytes(&self) -> usize {
        let blocks: usize = self.blocks.iter().map(|b| 4 * (b.start.capacity() + b.partner.capacity())).sum();
        blocks
            + 8 * self.reference.id.capacity()
            + 32 * self.reference.place.capacity()
            + 4 * (self.order.capacity() + self.slot.capacity() + self.bins.start.capacity())
    }

    pub(super) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Follows a new order in memory: the cell now at `k` was at `order[k]`.
    pub(super) fn moved(&mut self, order: &[u32]) {
        if order.len() != self.slot.len() {
            return;
        }
        self.slot = order.iter().map(|&i| self.slot[i as usize]).collect();
        for (&s, i) in self.slot.iter().zip(0..) {
            if let Some(at) = self.order.get_mut(s as usize) {
                *at = i;
            }
        }
    }

    /// Makes the list ready for [`HalfList::holds_at`]: false if it must be built anew in any case.
    ///
    /// # Errors
    /// As [`HalfList::build`].
    pub(super) fn prepare(&mut self, bodies: &Bodies<'_>) -> Result<bool, CellError> {
        if self.order.len() != self.reference.id.len() {
            // Read from a checkpoint: built again where it was.
            bodies.check()?;
            self.restore(bodies)?;
        }
        let n = bodies.len();
        if self.slot.len() != n || self.order.is_empty() {
            return Ok(n == 0 && self.order.is_empty());
        }
        // Cells out of play stay so, or the list is not theirs any more.
        let apart = |i: usize| self.slot[i] != u32::MAX || !takes_part(bodies.range(i));
        Ok(bodies.fit() && (self.order.len() == n || (0..n).all(apart)))
    }

    /// True if the cell in slot `s`, which now has this range, is the same as ever and within its share of the skin.
    #[inline]
    pub(super) fn holds_at(&self, s: usize, bodies: &Bodies<'_>, now: f64) -> bool {
        let i = self.order[s] as usize;
        let [x, y, z, range] = self.reference.place[s];
        let room = 0.5 * self.skin - (now - range).max(0.0);
        let d = [bodies.position[0][i] - x, bodies.position[1][i] - y, bodies.position[2][i] - z];
        // False for NaN.
        let near = d[0] * d[0] + d[1] * d[1] + d[2] * d[2] <= room * room;
        bodies.id[i] == self.reference.id[s] && room >= 0.0 && takes_part(now) && near
    }

    /// Builds the list where the reference says, for the cells as they lie in memory now.
    fn restore(&mut self, bodies: &Bodies<'_>) -> Result<(), CellError> {
        let mut index: Vec<(u64, u32)> = bodies.id.iter().zip(0..).map(|(&id, i)| (id, i)).collect();
        index.sort_unstable();
        let at = |id: u64| index.binary_search_by_key(&id, |p| p.0).ok().map(|k| index[k].1);
        let known: Option<Vec<u32>> = self.reference.id.iter().map(|&id| at(id)).collect();
        match known {
            Some(order) if self.reference.place.len() == order.len() => {
                self.sort(bodies.id, &order, bodies.len())?;
                self.pair();
                Ok(())
            }
            // Other cells than those of the checkpoint.
            _ => self.build(bodies),
        }
    }

    /// Builds the list where the cells are now.
    ///
    /// # Errors
    /// If columns differ in length, a position, radius or range is not finite, or an id occurs twice.
    pub(super) fn build(&mut self, bodies: &Bodies<'_>) -> Result<(), CellError> {
        bodies.check()?;
        self.rebuilds += 1;
        let order: Vec<u32> =
            (0..bodies.len() as u32).filter(|&i| takes_part(bodies.range(i as usize))).collect();
        self.reference.place.clear();
        self.reference.place.extend(order.iter().map(|&i| {
            let [x, y, z] = bodies.at(i as usize);
            [x, y, z, bodies.range(i as usize)]
        }));
        self.sort(bodies.id, &order, bodies.len())?;
        self.pair();
        Ok(())
    }

    /// Sorts cells by bin and id. On entry `reference.place` goes with `cells`, afterwards with slots.
    fn sort(&mut self, ids: &[u64], cells: &[u32], n: usize) -> Result<(), CellError> {
        let place = &self.reference.place;
        let bins = &mut self.bins;
        bins.fit(place, self.skin);
        let total = bins.total();
        bins.start.clear();
        bins.start.resize(total + 1, 0);
        bins.of.clear();
        for (p, k) in place.iter().zip(0..) {
            let bin = bins.bin(p);
            bins.start[bin + 1] += 1;
            bins.of.push((bin as u32, k));
        }
        for b in 0..total {
            bins.start[b + 1] += bins.start[b];
        }
        bins.keyed.clear();
        bins.keyed.resize(cells.len(), (0, 0));
        for &(bin, k) in bins.of.iter().rev() {
            let end = &mut bins.start[bin as usize + 1];
            *end -= 1;
            bins.keyed[*end as usize] = (ids[cells[k as usize] as usize], k);
        }
        bins.start.rotate_left(1);
        bins.start[total] = cells.len() as u32;
        for b in 0..total {
            bins.keyed[bins.start[b] as usize..bins.start[b + 1] as usize].sort_unstable();
        }
        let sorted: Vec<[f64; 4]> = bins.keyed.iter().map(|&(_, k)| place[k as usize]).collect();
        self.reference.place = sorted;
        self.reference.id.clear();
        self.reference.id.extend(bins.keyed.iter().map(|k| k.0));
        self.order.clear();
        self.order.extend(bins.keyed.iter().map(|&(_, k)| cells[k as usize]));
        self.slot.clear();
        self.slot.resize(n, u32::MAX);
        for (&i, s) in self.order.iter().zip(0..) {
            self.slot[i as usize] = s;
        }
        // Scratch of a build is not kept: it would count for every cell.
        (bins.of, bins.keyed) = (Vec::new(), Vec::new());
        Ok(())
    }

    /// Cuts the sorted order into blocks and finds the partners of each.
    fn pair(&mut self) {
        let mut kept = std::mem::take(&mut self.blocks).into_iter();
        let mut first = 0;
        for end in cuts(&self.bins, self.order.len()) {
            let mut block = kept.next().unwrap_or_default();
            (block.first, block.end) = (first, end);
            self.blocks.push(block);
            first = end;
        }
        let bins = &self.bins;
        let (place, skin) = (&self.reference.place, self.skin);
        let find = |block: &mut Block| bins.find(place, skin, block);
        if self.order.len() >= SHARED {
            self.blocks.par_iter_mut().for_each(find);
        } else {
            self.blocks.iter_mut().for_each(find);
        }
    }
}

#[inline]
fn takes_part(range: f64) -> bool {
    range > 0.0
}

impl Bins {
    /// Lays bins over all places.
    fn fit(&mut self, place: &[[f64; 4]], skin: f64) {
        let (mut low, mut high, mut widest) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3], 0.0_f64);
        for p in place {
            low = std::array::from_fn(|a| low[a].min(p[a]));
            high = std::array::from_fn(|a| high[a].max(p[a]));
            widest = widest.max(p[3]);
        }
        if place.is_empty() {
            (low, high) = ([0.0; 3], [0.0; 3]);
        }
        let extent: [f64; 3] = std::array::from_fn(|a| high[a] - low[a]);
        let mut axes = [0, 1, 2];
        // Longest first; a stable sort, so that ties keep x before y before z.
        axes.sort_by(|&a, &b| extent[b].total_cmp(&extent[a]));
        // A little wider than need be, so that rounding never puts a pair two bins apart.
        let mut side = (2.0 * widest + skin) * (1.0 + 1e-9);
        // One stray cell far away must not cost memory: wider bins are slower, never wrong.
        let budget = 2.0 * place.len() as f64 + 64.0;
        while (0..3).map(|a| (extent[a] / side).floor().max(1.0)).product::<f64>() > budget {
            side *= 1.25;
        }
        (self.axes, self.low) = (axes, low);
        for (k, &a) in axes.iter().enumerate() {
            let bins = (extent[a] / side).floor().max(1.0);
            self.count[k] = bins as usize;
            self.per_um[a] = if extent[a] > 0.0 { bins / extent[a] } else { 0.0 };
        }
    }

    /// Number of bins.
    pub(super) fn total(&self) -> usize {
        self.count[0] * self.count[1] * self.count[2]
    }

    /// One past the last slot of the plane that `bin` lies in.
    pub(super) fn plane_end(&self, bin: usize) -> usize {
        let plane = self.count[1] * self.count[2];
        self.start[(bin / plane + 1) * plane] as usize
    }

    /// Calls `f` with the first slot and one past the last of every run of slots in which partners of cells of `bin` may
    /// lie, ascending; the first run begins with the bin itself.
    #[inline]
    pub(super) fn ahead(&self, bin: usize, mut f: impl FnMut((usize, usize))) {
        let [slow, mid, fast] = self.count;
        let (i, j, k) = (bin / (mid * fast), bin / fast % mid, bin % fast);
        let (left, right) = (k.saturating_sub(1), (k + 1).min(fast - 1));
        let row = |i: usize, j: usize| {
            let row = (i * mid + j) * fast;
            (self.start[row + left] as usize, self.start[row + right + 1] as usize)
        };
        f((self.start[bin] as usize, row(i, j).1));
        if j + 1 < mid {
            f(row(i, j + 1));
        }
        if i + 1 < slow {
            for j in j.saturating_sub(1)..(j + 2).min(mid) {
                f(row(i + 1, j));
            }
        }
    }

    #[inline]
    fn along(&self, p: &[f64; 4], k: usize) -> usize {
        let a = self.axes[k];
        (((p[a] - self.low[a]) * self.per_um[a]) as usize).min(self.count[k] - 1)
    }

    #[inline]
    fn bin(&self, p: &[f64; 4]) -> usize {
        (self.along(p, 0) * self.count[1] + self.along(p, 1)) * self.count[2] + self.along(p, 2)
    }

    /// Partners of every slot of `block`.
    fn find(&self, place: &[[f64; 4]], skin: f64, block: &mut Block) {
        let Block { first, end, start, partner } = block;
        start.clear();
        partner.clear();
        start.push(0);
        for s in *first as usize..*end as usize {
            let p = place[s];
            let reach = p[3] + skin;
            self.ahead(self.bin(&p), |(from, to)| {
                let from = from.max(s + 1);
                for (q, t) in place[from..to].iter().zip(from as u32..) {
                    let d = [p[0] - q[0], p[1] - q[1], p[2] - q[2]];
                    let cutoff = reach + q[3];
                    if d[0] * d[0] + d[1] * d[1] + d[2] * d[2] <= cutoff * cutoff {
                        partner.push(t);
                    }
                }
            });
            start.push(partner.len() as u32);
        }
        // Room that grew by doubling is given back, but for some to spare.
        let need = partner.len() + partner.len() / 16;
        if partner.capacity() > need + need / 16 {
            partner.shrink_to(need);
        }
    }
}
