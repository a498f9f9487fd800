//! Whole vesicles drawn by cells, and their compartments.
//!
//! Cells go in lots. Of a lot those that bind or hold anything are found first; their streams are opened together, since a cell's draws
//! begin with the same ten rounds as those of all others. What arrives and moves is drawn from the counts alone: in most cells and steps
//! nothing does, which one uniform tells ([`Spare`]). A cell's cargo lies in dozens of columns: that of cells in which
//! something moved is read, moved and written together, that of the others decays column by column.

use super::gel::dressing_of;
use super::uptake::block_of;
use crate::balance::Line;
use crate::plan::{NODES, Plan};
use crate::purpose;
use crate::state::State;
use crate::work::VesicleWork;
use exoderm_numeric::random::{Seed, Stream};
use exoderm_numeric::spare::Spare;
use exoderm_numeric::streams::{self, MANY, Streams};
use exoderm_vesicle::Error as VesicleError;
use exoderm_vesicle::cargo::{Loadings, MAX_CARGO, ageing_factor};
use exoderm_vesicle::uptake::{Arrivals, CellVesicles, Moves, UptakeStep};

/// Steps of the share of unbinding that binding again leaves: finer ones change what a cell keeps by less than 0.2 %.
const LEVELS: usize = 256;

/// The cells of a lot that have anything to do.
pub(crate) struct Lot {
    /// The cell, and how many it is expected to bind, by size.
    busy: Vec<(u32, [f64; NODES])>,
    streams: Streams,
    /// How many each of `busy` is expected to bind, of all sizes.
    means: [f64; MANY],
    movers: Movers,
    /// Those in which nothing arrived or moved.
    resting: Vec<u32>,
}

/// Cells of a lot in which anything arrived or moved.
#[derive(Default)]
struct Movers {
    cells: Vec<u32>,
    /// What moved, and what the arrivals carry.
    moves: Vec<(Moves, [f64; MAX_CARGO])>,
    held: Vec<CellVesicles>,
}

impl Default for Lot {
    fn default() -> Self {
        Self {
            busy: Vec::new(),
            streams: Streams::default(),
            means: [0.0; MANY],
            movers: Movers::default(),
            resting: Vec::new(),
        }
    }
}

/// Steps of uptake by population, cell type and level of binding again; made when first needed.
pub(crate) type Steps = Vec<Vec<Vec<Option<Box<UptakeStep>>>>>;

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
    let volume = s.grid.volume();
    let cargo = cargo_at(plan, p, time);
    let sorted = crate::sorted::follows(plan, p);
    let mut drawn = [0.0; MAX_CARGO];
    let (mut sampling, mut variance, mut lysosome, mut escaped) = (0.0, 0.0, 0, 0);
    // Sizes of what is bound matter to what it carries, and to where it came from; otherwise they are not drawn.
    let by_size = !population.cargo.is_empty() || sorted.is_some() || plan.senders.is_some();
    let carries = !population.cargo.is_empty();
    let kept: Vec<[f64; 2]> = population.cargo_decay.iter().map(|d| d.kept(dt)).collect();
    let [surface, inside] = [s.columns.surface[p], s.columns.inside[p]];
    let mut lot = std::mem::take(&mut work.lot);
    let mut steps = std::mem::take(&mut work.steps);
    lot.movers.held.clear();
    for start in (0..s.cells.len()).step_by(MANY) {
        find_busy(plan, s, work, p, start, dt, &mut lot.busy);
        if lot.busy.is_empty() {
            continue;
        }
        let ids = lot.busy.iter().map(|&(i, _)| s.cells.id[i as usize]);
        lot.streams.open(seed, ids, s.tick, purpose::BINDING + p as u16);
        for (mean, (_, expected)) in lot.means.iter_mut().zip(&lot.busy) {
            *mean = expected.iter().sum();
        }
        let none = streams::none(&lot.means);
        lot.resting.clear();
        for (a, &(cell, expected)) in lot.busy.iter().enumerate() {
            let i = cell as usize;
            // Independent Poisson counts of the sizes are one of all, each of whose vesicles has a size by its share.
            let all = lot.means[a];
            let (mut stream, mut spare) = (lot.streams.get(a), Spare::default());
            let count = spare.poisson(all, none[a], &mut stream);
            sampling += count as f64 - all;
            variance += all;
            let held = [s.cells.extra(surface)[i], s.cells.extra(inside)[i]];
            let counts = [held[0] as u64, held[1] as u64, count];
            if counts == [0; 3] {
                lot.resting.push(cell);
                continue;
            }
            let kind = usize::from(s.cells.kind[i].0);
            let step = step_of(plan, &mut steps, (p, kind), work.rebinding[i], dt)?;
            let moves = step.draw(counts, &mut spare, &mut stream);
            if count == 0 && sorted.is_none() && moves.all_stay() {
                lot.resting.push(cell);
                continue;
            }
            // After the moves: whether sizes are asked for changes nothing of these.
            let mut bound: [(u64, usize); NODES] = std::array::from_fn(|k| (0, k));
            let mut arriving = [0.0; MAX_CARGO];
            if count > 0 && by_size {
                for (bound, n) in bound.iter_mut().zip(stream.multinomial(count, &expected)) {
                    bound.0 = n;
                }
                if sorted.is_none() && carries {
                    arriving = cargo.draw(&bound, &mut stream);
                }
            }
            if let Some(x) = sorted {
                block_of(plan, s, work, kind, i);
                arriving = crate::sorted::arrivals(plan, x, s, work, i, &bound, seed).cargo;
                drawn.iter_mut().zip(arriving).for_each(|(all, n)| *all += n);
            }
            let [on, within] = moves.held();
            s.cells.extra_mut(surface)[i] = on as f64;
            s.cells.extra_mut(inside)[i] = within as f64;
            if carries {
                lot.movers.cells.push(cell);
                lot.movers.moves.push((moves, arriving));
            }
            if let Some(x) = sorted {
                // What comes out again is around the cells that follow.
                let before = carry(plan, s, work, p, &mut steps, &mut lot.movers, dt)?;
                let arrivals = Arrivals { count, cargo: arriving };
                let step = step_of(plan, &mut steps, (p, kind), work.rebinding[i], dt)?;
                crate::sorted::settled(plan, x, s, &work.block, &step.fates(&before, &arrivals, &moves));
            }
            let [degraded, delivered, back] = moves.fates();
            lysosome += degraded;
            escaped += delivered;
            if back == 0 && plan.senders.is_none() {
                continue;
            }
            let back = back as f64;
            block_of(plan, s, work, kind, i);
            crate::senders::taken(plan, s, work, (p, i), &bound, &moves, back);
            if back > 0.0 {
                let density = back / (work.block.len() as f64 * volume);
                for (k, node) in population.nodes.iter().enumerate() {
                    for &v in &work.block {
                        s.free[p * NODES + k][v as usize] += density * node.weight;
                    }
                }
            }
        }
        if carries {
            carry(plan, s, work, p, &mut steps, &mut lot.movers, dt)?;
            rest(s, p, &kept, &lot.resting);
        }
    }
    work.steps = steps;
    work.lot = lot;
    if let Some(x) = sorted {
        crate::sorted::sampled(plan, x, s, work, &drawn, dt);
    }
    let flows = &mut s.flows[p];
    flows.add(Line::Sampling, sampling);
    flows.add_variance(variance);
    flows.add(Line::DegradedLysosome, lysosome as f64);
    flows.add(Line::Escaped, escaped as f64);
    Ok(())
}

/// Moves what the movers of a lot carry, and forgets them; what the first of them held before.
fn carry(
    plan: &Plan,
    s: &mut State,
    work: &VesicleWork,
    p: usize,
    steps: &mut Steps,
    movers: &mut Movers,
    dt: f64,
) -> Result<CellVesicles, VesicleError> {
    let Movers { cells, moves, held } = movers;
    read(plan, s, p, cells, held);
    let before = held.first().copied().unwrap_or_default();
    for ((&i, cell), (moves, arriving)) in cells.iter().zip(held.iter_mut()).zip(moves.iter()) {
        let i = i as usize;
        let kind = usize::from(s.cells.kind[i].0);
        step_of(plan, steps, (p, kind), work.rebinding[i], dt)?.carry(cell, arriving, moves);
    }
    write(plan, s, p, cells, held);
    cells.clear();
    moves.clear();
    Ok(before)
}

/// In cells in which nothing arrives or moves all there is decays where it is: `kept` is the share left of each species in
/// vesicles and in the cytosol.
fn rest(s: &mut State, p: usize, kept: &[[f64; 2]], cells: &[u32]) {
    for (slot, &[vesicle, cytosol]) in kept.iter().enumerate() {
        for (column, kept) in s.columns.cargo[p][slot].into_iter().zip([vesicle, vesicle, cytosol]) {
            let values = s.cells.extra_mut(column);
            for &i in cells {
                values[i as usize] *= kept;
            }
        }
    }
}

/// Of the lot that begins with cell `start`, those that are expected to bind anything or hold something.
fn find_busy(
    plan: &Plan,
    s: &State,
    work: &mut VesicleWork,
    p: usize,
    start: usize,
    dt: f64,
    busy: &mut Vec<(u32, [f64; NODES])>,
) {
    busy.clear();
    let (surface, inside) = (s.cells.extra(s.columns.surface[p]), s.cells.extra(s.columns.inside[p]));
    for i in start..(start + MANY).min(s.cells.len()) {
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
                block_of(plan, s, work, kind, i);
                let part = 1.0 / work.block.len() as f64;
                std::array::from_fn(|k| {
                    part * work.block.iter().map(|&v| work.taken[k][v as usize]).sum::<f64>()
                })
            };
            for k in 0..NODES {
                expected[k] = if clearance[k] > 0.0 { (clearance[k] * level[k] * dt).max(0.0) } else { 0.0 };
            }
            binds = expected.iter().any(|e| *e > 0.0);
        }
        let holds = || {
            let cytosol = s.columns.cargo[p].iter().map(|slot| s.cells.extra(slot[2])[i]);
            surface[i] != 0.0 || inside[i] != 0.0 || cytosol.into_iter().any(|copies| copies != 0.0)
        };
        if binds || holds() {
            busy.push((i as u32, expected));
        }
    }
}

fn is_idle(cell: &CellVesicles) -> bool {
    cell.surface == 0.0 && cell.inside == 0.0 && cell.cytosol.iter().all(|&x| x == 0.0)
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

/// Moves a cell's vesicles and those that bound in this step, `(count, size node)`, through its compartments; `None` if it has
/// none. `stream` is that of the cell, the population and the step.
#[expect(clippy::too_many_arguments, reason = "the state, the place and the clock of one cell")]
pub(crate) fn settle(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    p: usize,
    i: usize,
    bound: &[(u64, usize); NODES],
    cargo: &Loadings,
    stream: &mut Stream,
    dt: f64,
) -> Result<Option<Moves>, VesicleError> {
    let one = [i as u32];
    let held = &mut work.lot.movers.held;
    held.clear();
    read(plan, s, p, &one, held);
    let cell = &mut held[0];
    if bound.iter().all(|b| b.0 == 0) && is_idle(cell) {
        return Ok(None);
    }
    let kind = usize::from(s.cells.kind[i].0);
    let step = step_of(plan, &mut work.steps, (p, kind), work.rebinding[i], dt)?;
    let arrivals = Arrivals::draw(bound, cargo, stream);
    let moves = step.advance_watched(cell, &arrivals, stream);
    write(plan, s, p, &one, held);
    Ok(Some(moves))
}

/// The step of a cell type at a share `rebinding` of its unbinding, made when it is first asked for.
fn step_of<'a>(
    plan: &Plan,
    steps: &'a mut Steps,
    (p, kind): (usize, usize),
    rebinding: f64,
    dt: f64,
) -> Result<&'a UptakeStep, VesicleError> {
    let population = &plan.populations[p];
    if steps.len() <= p {
        steps.resize_with(plan.populations.len(), Vec::new);
    }
    if steps[p].is_empty() {
        steps[p] = population.uptake.iter().map(|_| vec![None; LEVELS + 1]).collect();
    }
    let level = ((rebinding * LEVELS as f64 + 0.5) as usize).min(LEVELS);
    Ok(match &mut steps[p][kind][level] {
        Some(step) => step,
        none => {
            let u = &population.uptake[kind];
            let unbinding = u.unbinding * level as f64 / LEVELS as f64;
            none.insert(Box::new(UptakeStep::new(u, unbinding, &population.cargo_decay, dt)?))
        }
    })
}

/// What cells hold of a population, column by column.
fn read(plan: &Plan, s: &State, p: usize, cells: &[u32], held: &mut Vec<CellVesicles>) {
    // What is not in a column stays 0 once it is.
    held.resize(cells.len(), CellVesicles::default());
    let mut fill = |column, put: fn(&mut CellVesicles, usize, f64), slot| {
        let values = s.cells.extra(column);
        for (cell, &i) in held.iter_mut().zip(cells) {
            put(cell, slot, values[i as usize]);
        }
    };
    fill(s.columns.surface[p], |c, _, x| c.surface = x, 0);
    fill(s.columns.inside[p], |c, _, x| c.inside = x, 0);
    for slot in 0..plan.populations[p].cargo.len() {
        let [a, b, x] = s.columns.cargo[p][slot];
        fill(a, |c, slot, x| c.cargo_surface[slot] = x, slot);
        fill(b, |c, slot, x| c.cargo_inside[slot] = x, slot);
        fill(x, |c, slot, x| c.cytosol[slot] = x, slot);
    }
}

fn write(plan: &Plan, s: &mut State, p: usize, cells: &[u32], held: &[CellVesicles]) {
    let mut put = |column, value: fn(&CellVesicles, usize) -> f64, slot| {
        let values = s.cells.extra_mut(column);
        for (cell, &i) in held.iter().zip(cells) {
            values[i as usize] = value(cell, slot);
        }
    };
    put(s.columns.surface[p], |c, _| c.surface, 0);
    put(s.columns.inside[p], |c, _| c.inside, 0);
    for slot in 0..plan.populations[p].cargo.len() {
        let [a, b, x] = s.columns.cargo[p][slot];
        put(a, |c, slot| c.cargo_surface[slot], slot);
        put(b, |c, slot| c.cargo_inside[slot], slot);
        put(x, |c, slot| c.cytosol[slot], slot);
    }
}

/// Shares whole vesicles and their cargo out between the cells of a division; `mother` is the id before it.
pub(crate) fn share_at_division(
    plan: &Plan,
    s: &mut State,
    i: usize,
    daughter: usize,
    seed: Seed,
    mother: u64,
) {
    for p in 0..plan.populations.len() {
        if let Some(column) = s.columns.held[p] {
            let held = s.cells.extra(column)[i] as u64;
            let given = seed.stream(mother, s.tick, purpose::HELD + p as u16).binomial(held, 0.5);
            s.cells.extra_mut(column)[i] = (held - given) as f64;
            s.cells.extra_mut(column)[daughter] = given as f64;
        }
        let mut held = Vec::with_capacity(2);
        read(plan, s, p, &[i as u32], &mut held);
        let mut stream = seed.stream(mother, s.tick, purpose::SHARING + p as u16);
        let other = held[0].divide(&mut stream);
        held.push(other);
        write(plan, s, p, &[i as u32, daughter as u32], &held);
        let [kept, given] = [&held[0], &other].map(|c| [c.surface, c.inside]);
        crate::senders::divide(plan, s, p, (i, daughter), kept, given);
    }
}
