//! Vesicles in the tissue: release by cells and dressing, transport, matrix, uptake, and the balance sheet.
//!
//! One transport step, for every population and size node:
//!
//! 1. cells let bursts go ([`exoderm_vesicle::biogenesis`]); the gel lets its share into the topmost voxels of
//!    what it lies on: open bed, or new epidermis without stratum corneum;
//! 2. flow, diffusion, matrix binding, degradation, drainage, vessels and the cells' uptake act together in one
//!    implicit line step along z, diffusion along x (and y) follows;
//! 3. each cell draws whole vesicles, Poisson with the mean that the field gave up to it, and moves them through its
//!    compartments ([`exoderm_vesicle::uptake`]); what it recycles goes back to its voxel.
//!
//! The difference between drawn and expected uptake is a line of the balance sheet.

mod gel;
mod held;
mod lots;
mod secretion;
mod shared;
mod taking;
mod transport;
mod uptake;

pub(crate) use gel::{Contact, dressing_of, top_of_bed};
pub(crate) use held::{settle, share_at_division};
pub(crate) use lots::{Steps, Task};
pub(crate) use secretion::rest_chain;
pub(crate) use shared::Shared;
pub(crate) use taking::cargo_at;
pub(crate) use transport::{along_z, column_flow, ride, sideways};
pub(crate) use uptake::{block_of, uptake_of, uptake_sinks};

use crate::balance::{Line, Stock};
use crate::plan::{NODES, Plan};
use crate::sense::contact_voxel;
use crate::state::State;
use crate::tissue::TissueError;
use crate::work::VesicleWork;
use exoderm_model::scenario::Resolution;
use exoderm_numeric::random::Seed;
use exoderm_vesicle::uptake::exchange_block;
use gel::dress;
use secretion::secrete;
use taking::take_up;
use transport::{common_sinks, transport};

/// One transport step of `dt` (min); `time` is after day 0, `covered` by column of the bed.
pub(crate) fn step(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    covered: &[bool],
    seed: Seed,
    time: f64,
    dt: f64,
) -> Result<(), TissueError> {
    locate(plan, s, work);
    secrete(plan, s, work, seed, time, dt)?;
    dress(plan, s, work, time, dt)?;
    crate::dressing::through_corneum(plan, s, work, time, dt)?;
    if plan.scenario.transport.resolution != Resolution::Field {
        return crate::boxed::step(plan, s, work, seed, time, dt);
    }
    common_sinks(plan, s, work, covered);
    for p in 0..plan.populations.len() {
        if s.flows[p].get(Line::Secreted) + s.flows[p].get(Line::Loaded) + s.flows[p].get(Line::Injected)
            == 0.0
        {
            continue; // nothing of it has ever been here
        }
        uptake_sinks(plan, s, work, p, (time, dt));
        work.drawn.iter_mut().for_each(|drawn| drawn.fill(0.0));
        crate::sorted::age(plan, s, p, 0.5 * dt);
        for k in 0..NODES {
            in_parts(plan, s, work, p, k, dt);
        }
        take_up(plan, s, work, p, seed, time, dt)?;
        crate::sorted::age(plan, s, p, 0.5 * dt);
    }
    Ok(crate::dissolved::step(plan, s, work, time, dt)?)
}

/// Transport of one population and node; in parts where a box has sinks that the splitting of directions would blur.
fn in_parts(plan: &Plan, s: &mut State, work: &mut VesicleWork, p: usize, k: usize, dt: f64) {
    let parts = crate::boxed::parts(plan, s, work, p, k, dt);
    if parts == 1 {
        return transport(plan, s, work, (p, k), (dt, dt));
    }
    // What the cells draw from is the mean over the parts.
    let mut mean = vec![0.0; s.grid.len()];
    for _ in 0..parts {
        transport(plan, s, work, (p, k), (dt / parts as f64, dt));
        for (m, c) in mean.iter_mut().zip(&work.taken[k]) {
            *m += c / parts as f64;
        }
    }
    work.taken[k] = mean;
}

/// Contact voxel of every cell.
fn locate(plan: &Plan, s: &State, work: &mut VesicleWork) {
    if work.blocks.is_empty() {
        let thinnest = s.grid.n.into_iter().min().unwrap_or(1);
        work.blocks.extend(plan.types.iter().map(|t| {
            let block = exchange_block(t.radius, s.grid.h[0]);
            if block <= thinnest { block } else { 1 }
        }));
    }
    work.voxel.clear();
    for i in 0..s.cells.len() {
        work.voxel.push(contact_voxel(plan, s, i) as u32);
    }
}

/// Books what cells about to be removed hold.
pub(crate) fn book_removed(plan: &Plan, s: &mut State) {
    let removed: Vec<usize> = s.cells.removed().collect();
    for p in 0..plan.populations.len() {
        let mut taken = 0.0;
        for &i in &removed {
            taken += s.cells.extra(s.columns.surface[p])[i] + s.cells.extra(s.columns.inside[p])[i];
        }
        s.flows[p].add(Line::WithCells, taken);
        if let Some(column) = s.columns.held[p] {
            let held = removed.iter().map(|&i| s.cells.extra(column)[i]).sum();
            s.flows[p].add(Line::HeldWithCells, held);
        }
    }
    crate::sorted::book_removed(plan, s, &removed);
}

/// What is present of a population now.
pub(crate) fn stock(plan: &Plan, s: &State, p: usize) -> Stock {
    let volume = s.grid.volume();
    let field = |fields: &[Vec<f64>]| {
        (0..NODES).map(|k| exoderm_numeric::reduce::sum(&fields[p * NODES + k])).sum::<f64>() * volume
    };
    let gel = match (&s.dressing, dressing_of(plan)) {
        (Some(on), Some(d)) if d.product.0 == p => {
            on.columns.iter().flatten().map(|c| c.remaining).sum::<f64>()
                * s.grid.h[0]
                * s.grid.h[1]
                * s.grid.n[1] as f64
        }
        _ => 0.0,
    };
    Stock {
        free: field(&s.free),
        bound: field(&s.bound),
        held: s.columns.held[p].map(|c| s.cells.extra(c).iter().sum()),
        surface: s.cells.extra(s.columns.surface[p]).iter().sum(),
        inside: s.cells.extra(s.columns.inside[p]).iter().sum(),
        gel,
        beyond: s.beyond.get(p).copied().unwrap_or(0.0),
    }
}

/// Mean occupancy of the living cells with x below `reach` that take vesicles up (0–1).
pub(crate) fn mean_occupancy(plan: &Plan, s: &State, p: usize, reach: f64) -> f64 {
    let (mut sum, mut count) = (0.0, 0u32);
    for i in 0..s.cells.len() {
        let parameters = &plan.populations[p].uptake[usize::from(s.cells.kind[i].0)];
        if s.cells.is_doomed(i) || parameters.clearance <= 0.0 || s.cells.position[0][i] >= reach {
            continue;
        }
        sum += parameters.occupancy(s.cells.extra(s.columns.surface[p])[i]);
        count += 1;
    }
    if count > 0 { sum / f64::from(count) } else { 0.0 }
}
