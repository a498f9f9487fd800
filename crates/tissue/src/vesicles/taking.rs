//! Whole vesicles drawn by cells, and their compartments.
//!
//! Cells go in lots. Of a lot those that bind or hold anything are found first; their streams are opened and their columns read
//! together, since a cell's numbers lie in dozens of columns and its draws begin with the same ten rounds as those of all others.

use super::gel::dressing_of;
use super::uptake::block_of;
use crate::balance::Line;
use crate::plan::{NODES, Plan};
use crate::purpose;
use crate::state::State;
use crate::work::VesicleWork;
use exoderm_numeric::random::{Seed, Stream};
use exoderm_numeric::streams::{MANY, Streams};
use exoderm_vesicle::Error as VesicleError;
use exoderm_vesicle::cargo::{Loadings, MAX_CARGO, ageing_factor};
use exoderm_vesicle::uptake::{Arrivals, CellVesicles, Moves, UptakeStep};

/// Steps of the share of unbinding that binding again leaves: finer ones change what a cell keeps by less than 0.2 %.
const LEVELS: usize = 256;

/// The cells of a lot that have anything to do.
#[derive(Default)]
pub(crate) struct Lot {
    /// The cell, and how many it is expected to bind, by size.
    busy: Vec<(u32, [f64; NODES])>,
    held: Vec<CellVesicles>,
    streams: Streams,
}

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
    let mut lot = std::mem::take(&mut work.lot);
    lot.held.clear();
    for start in (0..s.cells.len()).step_by(MANY) {
        find_busy(plan, s, work, p, start, dt, &mut lot.busy);
        if lot.busy.is_empty() {
            continue;
        }
        let ids = lot.busy.iter().map(|&(i, _)| s.cells.id[i as usize]);
        lot.streams.open(seed, ids, s.tick, purpose::BINDING + p as u16);
        read(plan, s, p, &lot.busy, &mut lot.held);
        for (a, (&(i, expected), cell)) in lot.busy.iter().zip(&mut lot.held).enumerate() {
            let i = i as usize;
            // Independent Poisson counts of the sizes are one of all, each of whose vesicles has a size by its share.
            let all: f64 = expected.iter().sum();
            let mut stream = lot.streams.get(a);
            let count = stream.poisson(all);
            sampling += count as f64 - all;
            variance += all;
            if count == 0 && is_idle(cell) {
                continue;
            }
            let sizes = stream.multinomial(count, &expected);
            let bound: [(u64, usize); NODES] = std::array::from_fn(|k| (sizes[k], k));
            let kind = usize::from(s.cells.kind[i].0);
            let arrivals = match sorted {
                None => Arrivals::draw(&bound, &cargo, &mut stream),
                Some(x) => {
                    block_of(plan, s, work, kind, i);
                    let arrivals = crate::sorted::arrivals(plan, x, s, work, i, &bound, seed);
                    drawn.iter_mut().zip(arrivals.cargo).for_each(|(all, n)| *all += n);
                    arrivals
                }
            };
            let step = step_of(plan, &mut work.steps, (p, kind), work.rebinding[i], dt)?;
            let before = *cell;
            let moves = step.advance_watched(cell, &arrivals, &mut stream);
            if let Some(x) = sorted {
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
                let part = 1.0 / work.block.len() as f64;
                for (k, node) in population.nodes.iter().enumerate() {
                    for &v in &work.block {
                        s.free[p * NODES + k][v as usize] += back * node.weight * part / volume;
                    }
                }
            }
        }
        write(plan, s, p, &lot.busy, &lot.held);
    }
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
    let busy = [(i as u32, [0.0; NODES])];
    let held = &mut work.lot.held;
    held.clear();
    read(plan, s, p, &busy, held);
    let cell = &mut held[0];
    if bound.iter().all(|b| b.0 == 0) && is_idle(cell) {
        return Ok(None);
    }
    let kind = usize::from(s.cells.kind[i].0);
    let step = step_of(plan, &mut work.steps, (p, kind), work.rebinding[i], dt)?;
    let arrivals = Arrivals::draw(bound, cargo, stream);
    let moves = step.advance_watched(cell, &arrivals, stream);
    write(plan, s, p, &busy, held);
    Ok(Some(moves))
}

/// The step of a cell type at a share `rebinding` of its unbinding, made when it is first asked for.
fn step_of<'a>(
    plan: &Plan,
    steps: &'a mut Vec<Vec<Vec<Option<Box<UptakeStep>>>>>,
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
    let level = (rebinding * LEVELS as f64).round().clamp(0.0, LEVELS as f64) as usize;
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
fn read(plan: &Plan, s: &State, p: usize, cells: &[(u32, [f64; NODES])], held: &mut Vec<CellVesicles>) {
    // What is not in a column stays 0 once it is.
    held.resize(cells.len(), CellVesicles::default());
    let mut fill = |column, put: fn(&mut CellVesicles, usize, f64), slot| {
        let values = s.cells.extra(column);
        for (cell, &(i, _)) in held.iter_mut().zip(cells) {
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

fn write(plan: &Plan, s: &mut State, p: usize, cells: &[(u32, [f64; NODES])], held: &[CellVesicles]) {
    let mut put = |column, value: fn(&CellVesicles, usize) -> f64, slot| {
        let values = s.cells.extra_mut(column);
        for (cell, &(i, _)) in held.iter().zip(cells) {
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
        read(plan, s, p, &[(i as u32, [0.0; NODES])], &mut held);
        let mut stream = seed.stream(mother, s.tick, purpose::SHARING + p as u16);
        let other = held[0].divide(&mut stream);
        held.push(other);
        let both = [i, daughter].map(|i| (i as u32, [0.0; NODES]));
        write(plan, s, p, &both, &held);
        let [kept, given] = [&held[0], &other].map(|c| [c.surface, c.inside]);
        crate::senders::divide(plan, s, p, (i, daughter), kept, given);
    }
}
