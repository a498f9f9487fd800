//! Whole vesicles drawn by cells, and their compartments.
//!
//! Cells draw apart from each other ([`super::lots`]). Where it is followed who sent what, or what cells themselves sorted, they go one
//! after the other: what comes out of one cell is then around those that follow.

use super::gel::dressing_of;
use super::held::{Whole, read, whole, write};
use super::lots::{Draws, Lot, Sums, rest, take_up_apart};
use super::uptake::block_of;
use crate::balance::Line;
use crate::plan::{NODES, Plan};
use crate::state::State;
use crate::work::VesicleWork;
use exoderm_numeric::random::Seed;
use exoderm_numeric::streams::MANY;
use exoderm_vesicle::Error as VesicleError;
use exoderm_vesicle::cargo::{Loadings, MAX_CARGO, ageing_factor};
use exoderm_vesicle::uptake::{Arrivals, CellVesicles, Moves};

/// Cells draw whole vesicles and move them through their compartments.
pub(super) fn take_up(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    p: usize,
    seed: Seed,
    time: f64,
    dt: f64,
) -> Result<(), VesicleError> {
    let population = &plan.populations[p];
    let cargo = cargo_at(plan, p, time);
    let sorted = crate::sorted::follows(plan, p).is_some();
    let carries = !population.cargo.is_empty();
    let kept: Vec<[f64; 2]> = population.cargo_decay.iter().map(|d| d.kept(dt)).collect();
    let mut steps = std::mem::take(&mut work.steps);
    steps.make_room(plan);
    let draws = Draws {
        plan,
        steps: &steps,
        p,
        seed,
        dt,
        cargo: &cargo,
        by_size: carries || sorted || plan.senders.is_some(),
        loaded: carries && !sorted,
    };
    let sums = if sorted || plan.senders.is_some() {
        one_by_one(&draws, s, work, &kept)?
    } else {
        let mut tasks = std::mem::take(&mut work.tasks);
        let sums = take_up_apart(&draws, s, work, &mut tasks, &kept)?;
        for (i, back) in tasks.iter().flat_map(|t| t.back()) {
            block_of(plan, s, work, usize::from(s.cells.kind[i].0), i);
            set_out(plan, s, work, p, back);
        }
        work.tasks = tasks;
        sums
    };
    work.steps = steps;
    let flows = &mut s.flows[p];
    flows.add(Line::Sampling, sums.sampling);
    flows.add_variance(sums.variance);
    flows.add(Line::DegradedLysosome, sums.lysosome as f64);
    flows.add(Line::Escaped, sums.escaped as f64);
    Ok(())
}

/// What comes out of a cell is around it, in `work.block`.
fn set_out(plan: &Plan, s: &mut State, work: &VesicleWork, p: usize, back: u64) {
    let density = back as f64 / (work.block.len() as f64 * s.grid.volume());
    for (k, node) in plan.populations[p].nodes.iter().enumerate() {
        for &v in &work.block {
            s.free[p * NODES + k][v as usize] += density * node.weight;
        }
    }
}

/// Cells draw and move one after the other.
fn one_by_one(
    draws: &Draws<'_>,
    s: &mut State,
    work: &mut VesicleWork,
    kept: &[[f64; 2]],
) -> Result<Sums, VesicleError> {
    let (plan, p) = (draws.plan, draws.p);
    let sorted = crate::sorted::follows(plan, p);
    let mut arrived = [0.0; MAX_CARGO];
    let mut sums = Sums::default();
    let mut lot = Lot::default();
    let mut movers = Movers::default();
    let mut resting: Vec<u32> = Vec::new();
    for start in (0..s.cells.len()).step_by(MANY) {
        draws.open(s, work, &whole(s, p), start..s.cells.len().min(start + MANY), &mut lot);
        resting.clear();
        for a in 0..lot.busy.len() {
            let cell = lot.busy[a].0;
            let i = cell as usize;
            let kind = usize::from(s.cells.kind[i].0);
            let columns = [s.columns.surface[p], s.columns.inside[p]];
            let on = columns.map(|c| s.cells.extra(c)[i]);
            let step = draws.steps.of(plan, (p, kind), work.rebinding[i], draws.dt)?;
            let Some(drawn) = draws.one(|| Ok(step), &lot, a, on, sorted.is_some(), &mut sums)? else {
                resting.push(cell);
                continue;
            };
            let (bound, moves, mut arriving) = (drawn.bound, drawn.moves, drawn.arriving);
            if let Some(x) = sorted {
                block_of(plan, s, work, kind, i);
                arriving = crate::sorted::arrivals(plan, x, s, work, i, &bound, draws.seed).cargo;
                arrived.iter_mut().zip(arriving).for_each(|(all, n)| *all += n);
            }
            for (column, n) in columns.into_iter().zip(moves.held()) {
                s.cells.extra_mut(column)[i] = n as f64;
            }
            if !kept.is_empty() {
                movers.cells.push(cell);
                movers.moves.push((moves, arriving));
            }
            if let Some(x) = sorted {
                // What comes out again is around the cells that follow.
                let before = movers.carry(draws, s, work)?;
                let arrivals = Arrivals { count: drawn.count, cargo: arriving };
                crate::sorted::settled(plan, x, s, &work.block, &step.fates(&before, &arrivals, &moves));
            }
            let back = sums.moves(&moves);
            if back == 0 && plan.senders.is_none() {
                continue;
            }
            block_of(plan, s, work, kind, i);
            crate::senders::taken(plan, s, work, (p, i), &bound, &moves, back as f64);
            if back > 0 {
                set_out(plan, s, work, p, back);
            }
        }
        if !kept.is_empty() {
            movers.carry(draws, s, work)?;
            rest(&mut Whole(s, p), kept, &resting);
        }
    }
    if let Some(x) = sorted {
        crate::sorted::sampled(plan, x, s, work, &arrived, draws.dt);
    }
    Ok(sums)
}

/// Cells in which anything arrived or moved: what moved, and what the arrivals carry.
#[derive(Default)]
struct Movers {
    cells: Vec<u32>,
    moves: Vec<(Moves, [f64; MAX_CARGO])>,
    held: Vec<CellVesicles>,
}

impl Movers {
    /// Moves what they carry, and forgets them; what the first of them held before.
    fn carry(
        &mut self,
        draws: &Draws<'_>,
        s: &mut State,
        work: &VesicleWork,
    ) -> Result<CellVesicles, VesicleError> {
        let Self { cells, moves, held } = self;
        let slots = draws.plan.populations[draws.p].cargo.len();
        read(&whole(s, draws.p), slots, cells, held);
        let before = held.first().copied().unwrap_or_default();
        draws.carry(s, work, cells, moves, held)?;
        write(&mut Whole(s, draws.p), slots, cells, held);
        cells.clear();
        moves.clear();
        Ok(before)
    }
}

/// The cargo of a population at `time`: the product's vesicles were all made before day 0, one age for all.
pub(crate) fn cargo_at(plan: &Plan, p: usize, time: f64) -> Loadings {
    let population = &plan.populations[p];
    let age = dressing_of(plan).map_or(0.0, |d| (time - d.time).max(0.0));
    let mut ageing = [1.0; MAX_CARGO];
    for (left, d) in ageing.iter_mut().zip(&population.cargo_decay) {
        *left = ageing_factor(d.vesicle, age);
    }
    Loadings::new(&population.cargo, &ageing)
}
