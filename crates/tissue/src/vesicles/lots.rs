//! What a lot of cells draws: whole vesicles that bind and move.
//!
//! Cells go in lots. Of a lot those that bind or hold anything are found first; their streams are opened together, since a cell's draws
//! begin with the same ten rounds as those of all others. What arrives and moves is drawn from the counts alone: in most cells and steps
//! nothing does, which one uniform tells ([`Spare`]). A cell's cargo lies in dozens of columns: that of cells in which
//! something moved is read, moved and written together, that of the others decays column by column.

use super::held::{Held, View, columns, places, read, write};
use super::uptake::block_into;
use crate::plan::{NODES, Plan};
use crate::purpose;
use crate::state::State;
use crate::work::VesicleWork;
use exoderm_cell::lent::Part;
use exoderm_numeric::random::Seed;
use exoderm_numeric::spare::Spare;
use exoderm_numeric::streams::{self, MANY, Streams};
use exoderm_vesicle::Error as VesicleError;
use exoderm_vesicle::cargo::{Loadings, MAX_CARGO};
use exoderm_vesicle::uptake::{CellVesicles, Moves, UptakeStep};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::OnceLock;

/// Steps of the share of unbinding that binding again leaves: finer ones change what a cell keeps by less than 0.2 %.
const LEVELS: usize = 256;
/// Cells of one task: a tissue of fewer goes in one, whatever the number of threads.
pub(super) const TASK: usize = 64 * MANY;

/// Steps of uptake by population, cell type and level of binding again; made when first needed, by whichever thread.
#[derive(Default)]
pub(crate) struct Steps(Vec<Vec<Vec<OnceLock<Box<UptakeStep>>>>>);

impl Steps {
    /// Room for all steps of a plan.
    pub(super) fn make_room(&mut self, plan: &Plan) {
        if self.0.is_empty() {
            let levels = || std::iter::repeat_with(OnceLock::new).take(LEVELS + 1).collect();
            let of = |p: &crate::plan::PopulationPlan| p.uptake.iter().map(|_| levels()).collect();
            self.0 = plan.populations.iter().map(of).collect();
        }
    }

    /// The step of a cell type at a share `rebinding` of its unbinding.
    pub(super) fn of(
        &self,
        plan: &Plan,
        (p, kind): (usize, usize),
        rebinding: f64,
        dt: f64,
    ) -> Result<&UptakeStep, VesicleError> {
        let level = ((rebinding * LEVELS as f64 + 0.5) as usize).min(LEVELS);
        let slot = &self.0[p][kind][level];
        if let Some(step) = slot.get() {
            return Ok(step);
        }
        let population = &plan.populations[p];
        let u = &population.uptake[kind];
        let unbinding = u.unbinding * level as f64 / LEVELS as f64;
        let step = Box::new(UptakeStep::new(u, unbinding, &population.cargo_decay, dt)?);
        Ok(slot.get_or_init(|| step))
    }
}

/// The cells of a lot that have anything to do.
pub(super) struct Lot {
    /// The cell, and how many it is expected to bind, by size.
    pub(super) busy: Vec<(u32, [f64; NODES])>,
    streams: Streams,
    /// How many each of `busy` is expected to bind, of all sizes, and the chance of none.
    means: [f64; MANY],
    none: [f64; MANY],
    block: Vec<u32>,
}

impl Default for Lot {
    fn default() -> Self {
        Self {
            busy: Vec::new(),
            streams: Streams::default(),
            means: [0.0; MANY],
            none: [1.0; MANY],
            block: Vec::new(),
        }
    }
}

/// What is the same for all cells of a population in a step.
#[derive(Clone, Copy)]
pub(super) struct Draws<'a> {
    pub(super) plan: &'a Plan,
    pub(super) steps: &'a Steps,
    pub(super) p: usize,
    pub(super) seed: Seed,
    pub(super) dt: f64,
    pub(super) cargo: &'a Loadings,
    /// Sizes of what is bound matter to what it carries, and to where it came from; otherwise they are not drawn.
    pub(super) by_size: bool,
    /// Cargo of what is bound is that of the product.
    pub(super) loaded: bool,
}

/// What a cell drew.
#[derive(Clone, Copy)]
pub(super) struct Drawn {
    pub(super) count: u64,
    /// By size node.
    pub(super) bound: [(u64, usize); NODES],
    pub(super) moves: Moves,
    /// Cargo of what is bound.
    pub(super) arriving: [f64; MAX_CARGO],
}

/// What many cells did, for the balance sheet.
#[derive(Clone, Copy, Default)]
pub(super) struct Sums {
    /// Vesicles drawn beyond those expected, and the variance of that.
    pub(super) sampling: f64,
    pub(super) variance: f64,
    pub(super) lysosome: u64,
    pub(super) escaped: u64,
}

impl Sums {
    /// Books how many a cell bound.
    pub(super) fn binds(&mut self, count: u64, expected: f64) {
        self.sampling += count as f64 - expected;
        self.variance += expected;
    }

    /// Books moves; how many vesicles are back outside.
    pub(super) fn moves(&mut self, moves: &Moves) -> u64 {
        let [degraded, delivered, back] = moves.fates();
        self.lysosome += degraded;
        self.escaped += delivered;
        back
    }

    fn add(&mut self, other: Self) {
        self.sampling += other.sampling;
        self.variance += other.variance;
        self.lysosome += other.lysosome;
        self.escaped += other.escaped;
    }
}

impl Draws<'_> {
    /// Finds the busy ones among up to [`MANY`] cells and opens their streams.
    pub(super) fn open<'v>(
        &self,
        s: &State,
        work: &VesicleWork,
        view: &View<impl Fn(usize) -> &'v [f64]>,
        cells: Range<usize>,
        lot: &mut Lot,
    ) {
        self.find_busy(s, work, view, cells, lot);
        if lot.busy.is_empty() {
            return;
        }
        let ids = lot.busy.iter().map(|&(i, _)| s.cells.id[i as usize]);
        lot.streams.open(self.seed, ids, s.tick, purpose::BINDING + self.p as u16);
        for (mean, (_, expected)) in lot.means.iter_mut().zip(&lot.busy) {
            *mean = expected.iter().sum();
        }
        lot.none = streams::none(&lot.means);
    }

    /// Those that are expected to bind anything or hold something.
    fn find_busy<'v>(
        &self,
        s: &State,
        work: &VesicleWork,
        view: &View<impl Fn(usize) -> &'v [f64]>,
        cells: Range<usize>,
        lot: &mut Lot,
    ) {
        lot.busy.clear();
        let [surface, inside] = [0, 1].map(&view.of);
        let slots = self.plan.populations[self.p].cargo.len();
        for i in cells {
            if s.cells.is_doomed(i) {
                continue;
            }
            let mut expected = [0.0; NODES];
            let clearance: [f64; NODES] = std::array::from_fn(|k| work.clearance[i * NODES + k]);
            let mut binds = false;
            if clearance.iter().any(|c| *c > 0.0) {
                let kind = usize::from(s.cells.kind[i].0);
                let level: [f64; NODES] = if work.blocks[kind] <= 1 {
                    let v = work.voxel[i] as usize;
                    std::array::from_fn(|k| work.taken[k][v])
                } else {
                    block_into(self.plan, s, (work.blocks[kind], work.voxel[i]), i, &mut lot.block);
                    let part = 1.0 / lot.block.len() as f64;
                    std::array::from_fn(|k| {
                        part * lot.block.iter().map(|&v| work.taken[k][v as usize]).sum::<f64>()
                    })
                };
                for k in 0..NODES {
                    expected[k] =
                        if clearance[k] > 0.0 { (clearance[k] * level[k] * self.dt).max(0.0) } else { 0.0 };
                }
                binds = expected.iter().any(|e| *e > 0.0);
            }
            let holds = || {
                let at = i - view.first;
                let cytosol = || (0..slots).any(|slot| (view.of)(places(slot)[2])[at] != 0.0);
                surface[at] != 0.0 || inside[at] != 0.0 || cytosol()
            };
            if binds || holds() {
                lot.busy.push((i as u32, expected));
            }
        }
    }

    /// What the `a`-th busy cell of a lot draws that has `held` on its surface and inside; nothing if nothing binds or moves and
    /// that is not `asked` for.
    #[inline]
    pub(super) fn one<'s>(
        &self,
        step: impl FnOnce() -> Result<&'s UptakeStep, VesicleError>,
        lot: &Lot,
        a: usize,
        held: [f64; 2],
        asked: bool,
        sums: &mut Sums,
    ) -> Result<Option<Drawn>, VesicleError> {
        // Independent Poisson counts of the sizes are one of all, each of whose vesicles has a size by its share.
        let all = lot.means[a];
        let (mut stream, mut spare) = (lot.streams.get(a), Spare::default());
        let count = spare.poisson(all, lot.none[a], &mut stream);
        sums.binds(count, all);
        let counts = [held[0] as u64, held[1] as u64, count];
        if counts == [0; 3] {
            return Ok(None);
        }
        let moves = step()?.draw(counts, &mut spare, &mut stream);
        if count == 0 && !asked && moves.all_stay() {
            return Ok(None);
        }
        // After the moves: whether sizes are asked for changes nothing of these.
        let mut bound: [(u64, usize); NODES] = std::array::from_fn(|k| (0, k));
        let mut arriving = [0.0; MAX_CARGO];
        if count > 0 && self.by_size {
            for (bound, n) in bound.iter_mut().zip(stream.multinomial(count, &lot.busy[a].1)) {
                bound.0 = n;
            }
            if self.loaded {
                arriving = self.cargo.draw(&bound, &mut stream);
            }
        }
        Ok(Some(Drawn { count, bound, moves, arriving }))
    }

    /// Moves what cells `held` carry.
    pub(super) fn carry(
        &self,
        s: &State,
        work: &VesicleWork,
        cells: &[u32],
        moves: &[(Moves, [f64; MAX_CARGO])],
        held: &mut [CellVesicles],
    ) -> Result<(), VesicleError> {
        for ((&i, cell), (moves, arriving)) in cells.iter().zip(held).zip(moves) {
            let i = i as usize;
            let of = (self.p, usize::from(s.cells.kind[i].0));
            self.steps.of(self.plan, of, work.rebinding[i], self.dt)?.carry(cell, arriving, moves);
        }
        Ok(())
    }
}

/// A run of cells, the buffers for it, and what it did.
#[derive(Default)]
pub(crate) struct Task {
    lot: Lot,
    movers: Vec<u32>,
    moves: Vec<(Moves, [f64; MAX_CARGO])>,
    held: Vec<CellVesicles>,
    /// Cells of a lot in which nothing arrived or moved.
    resting: Vec<u32>,
    sums: Sums,
    /// Cells out of which vesicles came, and how many.
    back: Vec<(u32, u64)>,
}

impl Task {
    /// Cells out of which vesicles came, in order, and how many.
    pub(super) fn back(&self) -> impl Iterator<Item = (usize, u64)> {
        self.back.iter().map(|&(cell, n)| (cell as usize, n))
    }

    /// All cells of a part draw and move.
    fn run(
        &mut self,
        draws: &Draws<'_>,
        s: &State,
        work: &VesicleWork,
        kept: &[[f64; 2]],
        part: &mut Part<'_>,
    ) -> Result<(), VesicleError> {
        let Self { lot, movers, moves, held, resting, sums, back } = self;
        *sums = Sums::default();
        back.clear();
        held.clear();
        let (plan, p, dt) = (draws.plan, draws.p, draws.dt);
        let first = part.cells().start;
        let slots = kept.len();
        let end = part.cells().end;
        for start in part.cells().step_by(MANY) {
            let view = View { first, of: |k| part.column(k) };
            draws.open(s, work, &view, start..end.min(start + MANY), lot);
            resting.clear();
            for a in 0..lot.busy.len() {
                let cell = lot.busy[a].0;
                let i = cell as usize;
                let on = [0, 1].map(|k| part.column(k)[i - first]);
                let kind = usize::from(s.cells.kind[i].0);
                let step = || draws.steps.of(plan, (p, kind), work.rebinding[i], dt);
                let Some(drawn) = draws.one(step, lot, a, on, false, sums)? else {
                    resting.push(cell);
                    continue;
                };
                for (k, n) in drawn.moves.held().into_iter().enumerate() {
                    part.column_mut(k)[i - first] = n as f64;
                }
                if slots > 0 {
                    movers.push(cell);
                    moves.push((drawn.moves, drawn.arriving));
                }
                match sums.moves(&drawn.moves) {
                    0 => (),
                    n => back.push((cell, n)),
                }
            }
            if slots > 0 {
                read(&View { first, of: |k| part.column(k) }, slots, movers, held);
                draws.carry(s, work, movers, moves, held)?;
                write(part, slots, movers, held);
                movers.clear();
                moves.clear();
                rest(part, kept, resting);
            }
        }
        Ok(())
    }
}

/// In cells in which nothing arrives or moves all there is decays where it is: `kept` is the share left of each species in
/// vesicles and in the cytosol.
pub(super) fn rest(held: &mut impl Held, kept: &[[f64; 2]], cells: &[u32]) {
    let first = held.first();
    for (slot, &[vesicle, cytosol]) in kept.iter().enumerate() {
        for (k, kept) in places(slot).into_iter().zip([vesicle, vesicle, cytosol]) {
            let values = held.column_mut(k);
            for &i in cells {
                values[i as usize - first] *= kept;
            }
        }
    }
}

/// All cells draw and move, each for itself, on as many threads as there are; out of which cells vesicles came is left in the tasks.
/// How cells are shared out does not depend on threads, so that neither does the order in which anything is summed.
pub(super) fn take_up_apart(
    draws: &Draws<'_>,
    s: &mut State,
    work: &VesicleWork,
    tasks: &mut Vec<Task>,
    kept: &[[f64; 2]],
) -> Result<Sums, VesicleError> {
    let mut lent = s.cells.lend(&columns(&s.columns, draws.p));
    let mut parts = lent.parts(TASK);
    let n = parts.len();
    tasks.resize_with(n, Task::default);
    let state = &*s;
    let run = |(part, task): (&mut Part<'_>, &mut Task)| task.run(draws, state, work, kept, part);
    let done: Result<Vec<()>, _> = if n > 1 {
        parts.par_iter_mut().zip(&mut *tasks).map(run).collect()
    } else {
        parts.iter_mut().zip(&mut *tasks).map(run).collect()
    };
    drop(parts);
    s.cells.give_back(lent);
    done?;
    let mut sums = Sums::default();
    tasks.iter().for_each(|task| sums.add(task.sums));
    Ok(sums)
}
