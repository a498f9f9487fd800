//! The sweep over half pairs.

use super::bodies::Bodies;
use super::half::{Block, HalfList, SHARED, TASK};
use super::law::{Action, Affinity, Compact, LINEAR, Law, Meeting, PEAK, PRESSURE_SCALE, Pull, QUADRATIC};
use crate::error::CellError;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// A cell as the sweep reads it: one line of cache.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
struct Body {
    position: [f64; 3],
    radius: f64,
    range: f64,
    /// Square roots of the strengths, so that a pair's product is their geometric mean.
    repulsion: f64,
    adhesion: f64,
    kind: u32,
    index: u32,
}

/// Pairs of cells in open space, and what they do to each other.
///
/// Call [`Space::refresh`] whenever cells have moved, changed, come or gone, then as many of the sweeps as wanted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Space {
    list: HalfList,
    #[serde(skip)]
    bodies: Vec<Body>,
    /// By slot: velocity, then the sum of squared overlaps.
    #[serde(skip)]
    sums: Vec<[f64; 4]>,
    /// Square roots of affinities.
    #[serde(skip)]
    roots: Vec<f64>,
    /// One more than the highest kind.
    #[serde(skip)]
    kinds: usize,
}

/// One cell's entries in the columns of velocity and pressure.
type Outputs<'a> = (((&'a mut f64, &'a mut f64), &'a mut f64), &'a mut f64);

/// Neighbours of every cell by index, in range now: rows of a compressed table.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Rows {
    start: Vec<u32>,
    list: Vec<u32>,
    #[serde(skip)]
    fill: Vec<u32>,
}

impl Rows {
    /// Neighbours of cell `i`, in the order of the list's slots: the same however cells lie in memory.
    #[inline]
    pub fn of(&self, i: usize) -> &[u32] {
        &self.list[self.start[i] as usize..self.start[i + 1] as usize]
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.start.len().saturating_sub(1)
    }

    /// True if there is no cell.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Neighbours of all cells together: twice the number of pairs.
    pub fn total(&self) -> usize {
        self.list.len()
    }
}

impl Space {
    /// A space whose list has this skin (um).
    ///
    /// # Errors
    /// If the skin is not positive.
    pub fn new(skin: f64) -> Result<Self, CellError> {
        Ok(Self {
            list: HalfList::new(skin)?,
            bodies: Vec::new(),
            sums: Vec::new(),
            roots: Vec::new(),
            kinds: 0,
        })
    }

    /// The list.
    pub fn list(&self) -> &HalfList {
        &self.list
    }

    /// Follows cells that were put into a new order in memory: the cell now at `k` was at `order[k]`. Without it the next
    /// [`Space::refresh`] would build the list anew, and the order of sums would depend on when memory was sorted.
    pub(crate) fn moved(&mut self, order: &[u32]) {
        self.list.moved(order);
        if self.bodies.len() == self.list.order().len() {
            self.bodies.iter_mut().zip(self.list.order()).for_each(|(body, &index)| body.index = index);
        }
    }

    /// Bytes held beside the list, capacity that is not in use included.
    pub fn bytes(&self) -> usize {
        std::mem::size_of::<Body>() * self.bodies.capacity()
            + std::mem::size_of::<[f64; 4]>() * self.sums.capacity()
            + 8 * self.roots.capacity()
    }

    /// Takes note of where and what the cells are now. Returns true if the list was built anew.
    ///
    /// # Errors
    /// If columns differ in length, a position, radius or range is not finite, or an id occurs twice.
    pub fn refresh(&mut self, bodies: &Bodies<'_>) -> Result<bool, CellError> {
        let holds = self.list.prepare(bodies)? && self.note(bodies);
        if !holds {
            self.list.build(bodies)?;
            self.note(bodies);
        }
        self.kinds = bodies.kind.iter().max().map_or(0, |&k| usize::from(k) + 1);
        Ok(!holds)
    }

    /// Gathers the cells by slot, in one pass with the question that it answers: whether all are within their share of the
    /// skin.
    fn note(&mut self, bodies: &Bodies<'_>) -> bool {
        let list = &self.list;
        let order = list.order();
        self.bodies.resize(order.len(), Body::default());
        let gather = |(s, body): (usize, &mut Body)| {
            let i = order[s] as usize;
            let kind = bodies.kind[i];
            let range = bodies.range(i);
            *body = Body {
                position: bodies.at(i),
                radius: bodies.radius[i],
                range,
                repulsion: bodies.repulsion.of(i, kind).sqrt(),
                adhesion: bodies.adhesion.of(i, kind).sqrt(),
                kind: u32::from(kind),
                index: order[s],
            };
            list.holds_at(s, bodies, range)
        };
        let both = |a: bool, b: bool| a & b;
        if order.len() >= SHARED {
            let bodies = self.bodies.par_iter_mut().with_min_len(TASK);
            bodies.enumerate().map(gather).reduce(|| true, both)
        } else {
            self.bodies.iter_mut().enumerate().map(gather).fold(true, both)
        }
    }

    /// Velocities from pair forces (um/min; the strengths are velocities, or forces over a drag of 1) and pressures
    /// (see [`PRESSURE_SCALE`]), written over what is in the slices. Cells that take no part have 0.
    ///
    /// # Errors
    /// If a slice, or the table of affinities, does not fit the cells of the last [`Space::refresh`].
    pub fn push(
        &mut self,
        law: Law,
        affinity: Affinity<'_>,
        velocity: [&mut [f64]; 3],
        pressure: &mut [f64],
    ) -> Result<(), CellError> {
        let n = self.list.slots().len();
        for found in velocity.iter().map(|v| v.len()).chain([pressure.len()]) {
            if found != n {
                return Err(CellError::Length { name: "velocity or pressure", found, expected: n });
            }
        }
        self.sum(law, affinity)?;
        let [vx, vy, vz] = velocity;
        let sums = &self.sums;
        let scatter = |((((x, y), z), p), &s): (Outputs<'_>, &u32)| {
            let [a, b, c, q] = sums.get(s as usize).copied().unwrap_or_default();
            (*x, *y, *z, *p) = (a, b, c, q * (1.0 / PRESSURE_SCALE));
        };
        let slots = self.list.slots();
        if n >= SHARED {
            vx.par_iter_mut().with_min_len(TASK).zip(vy).zip(vz).zip(pressure).zip(slots).for_each(scatter);
        } else {
            vx.iter_mut().zip(vy).zip(vz).zip(pressure).zip(slots).for_each(scatter);
        }
        Ok(())
    }

    /// The same without writing: [`Space::of`] then has the sums of each cell.
    ///
    /// # Errors
    /// If the table of affinities does not fit the cells.
    pub fn sum(&mut self, law: Law, affinity: Affinity<'_>) -> Result<(), CellError> {
        match law {
            Law::Compact => self.push_by(Compact, affinity),
            Law::Linear => self.push_by(Meeting::<LINEAR>, affinity),
            Law::Quadratic => self.push_by(Meeting::<QUADRATIC>, affinity),
            Law::Peak => self.push_by(Meeting::<PEAK>, affinity),
        }
    }

    /// Velocity from pair forces (um/min) and pressure of cell `i` at the last [`Space::sum`] or [`Space::push`].
    #[inline]
    pub fn of(&self, i: usize) -> ([f64; 3], f64) {
        let slot = self.list.slots()[i];
        let [x, y, z, q] = self.sums.get(slot as usize).copied().unwrap_or_default();
        ([x, y, z], q * (1.0 / PRESSURE_SCALE))
    }

    fn push_by(&mut self, law: impl Pull, affinity: Affinity<'_>) -> Result<(), CellError> {
        let n = self.list.slots().len();
        let expect = |found: usize, expected: usize| {
            if found == expected {
                Ok(())
            } else {
                Err(CellError::Length { name: "table of affinities", found, expected })
            }
        };
        let kinds = match affinity {
            Affinity::One => 0,
            Affinity::Kinds { kinds, table } => {
                expect(table.len(), kinds * kinds)?;
                self.roots.clear();
                // Of both views at once.
                let pair = |k: usize| (table[k] * table[(k % kinds) * kinds + k / kinds]).sqrt();
                self.roots.extend((0..table.len()).map(pair));
                kinds
            }
            Affinity::Cells { kinds, rows } => {
                expect(rows.len(), kinds * n)?;
                self.roots.clear();
                self.roots.extend(rows.iter().map(|a| a.sqrt()));
                kinds
            }
        };
        if !matches!(affinity, Affinity::One) && kinds < self.kinds {
            expect(kinds, self.kinds)?;
        }
        let Self { list, bodies, sums, roots, .. } = self;
        sums.resize(bodies.len(), [0.0; 4]);
        let (bodies, roots) = (bodies.as_slice(), roots.as_slice());
        match affinity {
            Affinity::One => sweep(list.blocks(), sums, &|block, sums| {
                pairs(block, bodies, sums, law, |p, q| p.adhesion * q.adhesion);
            }),
            Affinity::Kinds { .. } => sweep(list.blocks(), sums, &|block, sums| {
                pairs(block, bodies, sums, law, |p, q| {
                    p.adhesion * q.adhesion * roots[p.kind as usize * kinds + q.kind as usize]
                });
            }),
            Affinity::Cells { .. } => sweep(list.blocks(), sums, &|block, sums| {
                pairs(block, bodies, sums, law, |p, q| {
                    let there = roots[p.index as usize * kinds + q.kind as usize];
                    let back = roots[q.index as usize * kinds + p.kind as usize];
                    p.adhesion * q.adhesion * (there * back)
                });
            }),
        }
        Ok(())
    }

    /// Fills `rows` with all neighbours in range where the cells were at the last [`Space::refresh`].
    pub fn rows(&self, rows: &mut Rows) {
        let n = self.list.slots().len();
        rows.start.clear();
        rows.start.resize(n + 1, 0);
        self.each_neighbours(|i, j, _| {
            rows.start[i + 1] += 1;
            rows.start[j + 1] += 1;
        });
        for i in 0..n {
            rows.start[i + 1] += rows.start[i];
        }
        let Rows { start, list, fill } = rows;
        fill.clear();
        fill.extend_from_slice(&start[..n]);
        list.clear();
        list.resize(start[n] as usize, 0);
        // Lower slots of a cell come when their turn is, before it hands out its own partners: rows ascend by slot.
        self.each_neighbours(|i, j, _| {
            for (a, b) in [(i, j), (j, i)] {
                list[fill[a] as usize] = b as u32;
                fill[a] += 1;
            }
        });
    }

    /// Calls `f` with both indices and the squared distance (um²) of every pair of neighbours, each once, in the order
    /// of slots.
    #[inline]
    pub fn each_neighbours(&self, mut f: impl FnMut(usize, usize, f64)) {
        for block in self.list.blocks() {
            for s in block.first..block.end {
                let k = (s - block.first) as usize;
                let p = &self.bodies[s as usize];
                for &t in &block.partner[block.start[k] as usize..block.start[k + 1] as usize] {
                    let q = &self.bodies[t as usize];
                    let d: [f64; 3] = std::array::from_fn(|a| p.position[a] - q.position[a]);
                    let square = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
                    let range = p.range + q.range;
                    if square < range * range {
                        f(p.index as usize, q.index as usize, square);
                    }
                }
            }
        }
    }
}

/// Clears `values` and runs `f` on blocks 0, 2, 4 …, then on 1, 3, 5 …: each with the entries of its own slots and the
/// next block's.
fn sweep<T: Copy + Default + Send>(
    blocks: &[Block],
    values: &mut [T],
    f: &(impl Fn(&Block, &mut [T]) + Sync),
) {
    let shared = values.len() >= SHARED;
    // What the first round hands out covers all slots.
    let clearing = |block: &Block, values: &mut [T]| {
        values.fill(T::default());
        f(block, values);
    };
    halves(blocks, values, &clearing, shared);
    if let [first, rest @ ..] = blocks {
        halves(rest, &mut values[first.end as usize..], f, shared);
    }
}

/// Every second block, from the first on; `values` begins at the first slot of the first block.
fn halves<T: Send>(blocks: &[Block], values: &mut [T], f: &(impl Fn(&Block, &mut [T]) + Sync), shared: bool) {
    match blocks {
        [] => {}
        [only] | [only, _] => f(only, values),
        [first, ..] => {
            let half = (blocks.len() / 2 + 1) & !1;
            let (left, right) = blocks.split_at(half);
            let cut = right.first().map_or(values.len(), |b| (b.first - first.first) as usize);
            let (low, high) = values.split_at_mut(cut);
            if shared {
                rayon::join(|| halves(left, low, f, true), || halves(right, high, f, true));
            } else {
                halves(left, low, f, false);
                halves(right, high, f, false);
            }
        }
    }
}

/// The pairs of one block; `sums` begins at its first slot.
#[inline(always)]
fn pairs(
    block: &Block,
    bodies: &[Body],
    sums: &mut [[f64; 4]],
    law: impl Pull,
    adhesion: impl Fn(&Body, &Body) -> f64,
) {
    let first = block.first as usize;
    for (k, bounds) in block.start.windows(2).enumerate() {
        let p = &bodies[first + k];
        let mut own = [0.0; 4];
        for &t in &block.partner[bounds[0] as usize..bounds[1] as usize] {
            let q = &bodies[t as usize];
            let mut d: [f64; 3] = std::array::from_fn(|a| p.position[a] - q.position[a]);
            let square = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
            let mut distance = square.sqrt();
            if distance < COINCIDENT {
                // Centres that coincide part along x: the lower slot to the left.
                d = [-COINCIDENT, 0.0, 0.0];
                distance = COINCIDENT;
            }
            let radii = p.radius + q.radius;
            let ranges = p.range + q.range;
            let Action { over_distance, overlap } =
                law.act(distance, radii, ranges, p.repulsion * q.repulsion, adhesion(p, q));
            let other = &mut sums[t as usize - first];
            for a in 0..3 {
                let v = over_distance * d[a];
                own[a] += v;
                other[a] -= v;
            }
            own[3] += overlap * overlap;
            other[3] += overlap * overlap;
        }
        for a in 0..4 {
            sums[k][a] += own[a];
        }
    }
}

/// Centres nearer than this (um) have no direction of their own.
const COINCIDENT: f64 = 1e-9;
