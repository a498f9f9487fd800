//! Vesicles at the cells: sinks of the field, whole vesicles drawn, their compartments.

use super::gel::dressing_of;
use crate::balance::Line;
use crate::plan::{NODES, Plan, Region};
use crate::purpose;
use crate::sense::Sense;
use crate::state::State;
use crate::work::VesicleWork;
use exoderm_model::scenario::Tissue as TissueModel;
use exoderm_numeric::random::{Seed, Stream};
use exoderm_vesicle::Error as VesicleError;
use exoderm_vesicle::cargo::{MAX_CARGO, ageing_factor};
use exoderm_vesicle::uptake::{
    Arrivals, CellVesicles, Moves, SurfaceExchange, UptakeParameters, UptakeStep, unresolved_resistance,
};

/// Uptake of population `p` by cell `i` at its voxel: that of its type, times what rules make of its clearance.
pub(crate) fn uptake_of(
    plan: &Plan,
    s: &State,
    p: usize,
    i: usize,
    voxel: usize,
    time: f64,
) -> UptakeParameters {
    let kind = usize::from(s.cells.kind[i].0);
    let own = plan.populations[p].uptake[kind];
    let table = &plan.types[kind].vesicle_uptake;
    if own.clearance <= 0.0 || table.is_constant() || table.base <= 0.0 {
        return own;
    }
    let sense = Sense { plan, state: s, cell: i, voxel, edge: 0.0, time };
    own.with_binding(table.value(&sense, plan.potency).full / table.base)
}

/// Sum of cells' clearance per voxel and node of population `p`, with the sites free on average over the step from `time`
/// of length `dt`.
pub(crate) fn uptake_sinks(plan: &Plan, s: &State, work: &mut VesicleWork, p: usize, (time, dt): (f64, f64)) {
    let population = &plan.populations[p];
    let inverse = 1.0 / s.grid.volume();
    for k in 0..NODES {
        work.uptake[k].fill(0.0);
    }
    work.clearance.clear();
    work.clearance.resize(s.cells.len() * NODES, 0.0);
    work.rebinding.clear();
    work.rebinding.resize(s.cells.len(), 1.0);
    if !population.binds {
        return;
    }
    let in_box = matches!(plan.scenario.tissue, TissueModel::Box(_));
    for i in 0..s.cells.len() {
        if s.cells.is_doomed(i) {
            continue;
        }
        let kind = usize::from(s.cells.kind[i].0);
        let parameters = uptake_of(plan, s, p, i, work.voxel[i] as usize, time);
        if parameters.clearance <= 0.0 {
            continue;
        }
        block_of(plan, s, work, kind, i);
        let part = 1.0 / work.block.len() as f64;
        let mean = |f: &dyn Fn(usize) -> f64| part * work.block.iter().map(|&v| f(v as usize)).sum::<f64>();
        let free = mean(&|v| s.free_total(p, v));
        let own = s.cells.extra(s.columns.surface[p])[i];
        let coming = mean(&|v| (0..NODES).map(|k| work.source[p * NODES + k][v]).sum());
        // In a box vesicles may cross to a cell within the step.
        if free + dt * coming <= 0.0 && own <= 0.0 && !population.endogenous && !in_box {
            continue;
        }
        let others: f64 = (0..plan.populations.len())
            .filter(|&q| q != p && plan.populations[q].displaces)
            .map(|q| s.cells.extra(s.columns.surface[q])[i])
            .sum();
        let sites = parameters.mean_free_sites(own, others, free, dt);
        let region = s.region[work.voxel[i] as usize] as usize;
        let mut kept = 0.0;
        for (k, node) in population.nodes.iter().enumerate() {
            let resistance = unresolved_resistance(
                node.diffusion[region],
                s.cells.radius[i],
                s.grid.h[0],
                work.blocks[kind],
            );
            // A voxel without diffusion (outside) gives up what it holds to the cell's own clearance.
            let resistance = if resistance.is_finite() { resistance } else { 0.0 };
            let exchange = SurfaceExchange::new(&parameters, sites, resistance);
            if parameters.unbinding > 0.0 {
                kept += node.weight * exchange.unbinding / parameters.unbinding;
            }
            work.clearance[i * NODES + k] = exchange.binding;
            for &v in &work.block {
                work.uptake[k][v as usize] += exchange.binding * part * inverse;
            }
        }
        // Bound vesicles are not told apart by size: one rate for all, by the population's sizes.
        work.rebinding[i] = if parameters.unbinding > 0.0 { kept } else { 1.0 };
    }
}

/// The voxels that a cell exchanges with: its own, or where voxels are smaller than 3.18 radii a cubic block around it,
/// whose resistance to diffusion is that of the cell. A strip one voxel thick has no third direction to spread into: there
/// it is the own voxel always.
pub(crate) fn block_of(plan: &Plan, s: &State, work: &mut VesicleWork, kind: usize, i: usize) {
    work.block.clear();
    let size = work.blocks[kind];
    let own = work.voxel[i];
    if size <= 1 {
        work.block.push(own);
        return;
    }
    let g = &s.grid;
    let p = s.cells.at(i);
    let rings = crate::boxed::rings(plan, g);
    let low: [usize; 3] = std::array::from_fn(|a| {
        let start = (p[a] / g.h[a] - 0.5 * size as f64).round();
        let n = g.n[a];
        if rings[a] { start.rem_euclid(n as f64) as usize } else { (start.max(0.0) as usize).min(n - size) }
    });
    // Through a periodic face the block goes on at the other side.
    let axis = |a: usize| (low[a]..low[a] + size).map(move |i| i % g.n[a]);
    for ix in axis(0) {
        for iy in axis(1) {
            for iz in axis(2) {
                let v = g.index(ix, iy, iz);
                if s.region[v] != Region::Outside {
                    work.block.push(v as u32);
                }
            }
        }
    }
    if work.block.is_empty() {
        work.block.push(own);
    }
}

/// Steps of the share of unbinding that binding again leaves: finer ones change what a cell keeps by less than 0.2 %.
const LEVELS: usize = 256;

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
    let age = age_of(plan, p, time);
    let (mut sampling, mut variance, mut lysosome, mut escaped) = (0.0, 0.0, 0.0, 0.0);
    for i in 0..s.cells.len() {
        if s.cells.is_doomed(i) {
            continue;
        }
        let kind = usize::from(s.cells.kind[i].0);
        block_of(plan, s, work, kind, i);
        let part = 1.0 / work.block.len() as f64;
        let mut expected = [0.0; NODES];
        for (k, expected) in expected.iter_mut().enumerate() {
            let clearance = work.clearance[i * NODES + k];
            if clearance > 0.0 {
                let level = part * work.block.iter().map(|&v| work.taken[k][v as usize]).sum::<f64>();
                *expected = (clearance * level * dt).max(0.0);
            }
        }
        // Independent Poisson counts of the sizes are one of all, each of whose vesicles has a size by its share.
        let all: f64 = expected.iter().sum();
        let mut stream = seed.stream(s.cells.id[i], s.tick, purpose::BINDING + p as u16);
        let count = stream.poisson(all);
        sampling += count as f64 - all;
        variance += all;
        let sizes = stream.multinomial(count, &expected);
        let bound: [(u64, usize); NODES] = std::array::from_fn(|k| (sizes[k], k));
        if let Some(done) = settle(plan, s, work, p, i, (&bound, count > 0), &age, &mut stream, dt)? {
            lysosome += done.lysosome;
            escaped += done.escaped;
            crate::senders::taken(plan, s, work, (p, i), &bound, &done.moves, done.back);
            if done.back > 0.0 {
                for (k, node) in population.nodes.iter().enumerate() {
                    for &v in &work.block {
                        s.free[p * NODES + k][v as usize] += done.back * node.weight * part / volume;
                    }
                }
            }
        }
    }
    let flows = &mut s.flows[p];
    flows.add(Line::Sampling, sampling);
    flows.add_variance(variance);
    flows.add(Line::DegradedLysosome, lysosome);
    flows.add(Line::Escaped, escaped);
    Ok(())
}

/// What is left of each cargo of a population at `time`: the product's vesicles were all made before day 0, one age for all.
pub(crate) fn age_of(plan: &Plan, p: usize, time: f64) -> [f64; MAX_CARGO] {
    let age = dressing_of(plan).map_or(0.0, |d| (time - d.time).max(0.0));
    let mut ageing = [1.0; MAX_CARGO];
    for (left, d) in ageing.iter_mut().zip(&plan.populations[p].cargo_decay) {
        *left = ageing_factor(d.vesicle, age);
    }
    ageing
}

/// What a cell's vesicles did in a step (vesicles).
pub(crate) struct Settled {
    /// Lost in lysosomes.
    pub(crate) lysosome: f64,
    /// Escaped into the cytosol.
    pub(crate) escaped: f64,
    /// Back in the fluid around the cell.
    pub(crate) back: f64,
    /// What moved where.
    pub(crate) moves: Moves,
}

/// Moves a cell's vesicles and those that bound in this step through its compartments; `None` if it has none. Of `bound`,
/// `(count, size node)`, the flag says whether there is any; `stream` is that of the cell, the population and the step.
#[allow(clippy::too_many_arguments)]
pub(crate) fn settle(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    p: usize,
    i: usize,
    (bound, any): (&[(u64, usize); NODES], bool),
    age: &[f64; MAX_CARGO],
    stream: &mut Stream,
    dt: f64,
) -> Result<Option<Settled>, VesicleError> {
    let mut cell = read(plan, s, p, i);
    let idle = cell.surface == 0.0 && cell.inside == 0.0 && cell.cytosol.iter().all(|&x| x == 0.0);
    if !any && idle {
        return Ok(None);
    }
    let population = &plan.populations[p];
    if work.steps.len() <= p {
        work.steps.resize_with(plan.populations.len(), Vec::new);
    }
    if work.steps[p].is_empty() {
        work.steps[p] = population.uptake.iter().map(|_| vec![None; LEVELS + 1]).collect();
    }
    let kind = usize::from(s.cells.kind[i].0);
    let arrivals = Arrivals::draw(bound, &population.cargo, age, stream);
    let level = (work.rebinding[i] * LEVELS as f64).round().clamp(0.0, LEVELS as f64) as usize;
    let step = match &mut work.steps[p][kind][level] {
        Some(step) => step,
        none => {
            let u = &population.uptake[kind];
            let unbinding = u.unbinding * level as f64 / LEVELS as f64;
            none.insert(Box::new(UptakeStep::new(u, unbinding, &population.cargo_decay, dt)?))
        }
    };
    let (fates, moves) = step.advance_watched(&mut cell, &arrivals, stream);
    write(plan, s, p, i, &cell);
    Ok(Some(Settled {
        lysosome: fates.degraded as f64,
        escaped: fates.escaped as f64,
        back: (fates.unbound + fates.recycled) as f64,
        moves,
    }))
}

fn read(plan: &Plan, s: &State, p: usize, i: usize) -> CellVesicles {
    let mut c = CellVesicles {
        surface: s.cells.extra(s.columns.surface[p])[i],
        inside: s.cells.extra(s.columns.inside[p])[i],
        ..CellVesicles::default()
    };
    for slot in 0..plan.populations[p].cargo.len() {
        let [a, b, x] = s.columns.cargo[p][slot];
        c.cargo_surface[slot] = s.cells.extra(a)[i];
        c.cargo_inside[slot] = s.cells.extra(b)[i];
        c.cytosol[slot] = s.cells.extra(x)[i];
    }
    c
}

fn write(plan: &Plan, s: &mut State, p: usize, i: usize, c: &CellVesicles) {
    let (surface, inside) = (s.columns.surface[p], s.columns.inside[p]);
    s.cells.extra_mut(surface)[i] = c.surface;
    s.cells.extra_mut(inside)[i] = c.inside;
    for slot in 0..plan.populations[p].cargo.len() {
        let [a, b, x] = s.columns.cargo[p][slot];
        s.cells.extra_mut(a)[i] = c.cargo_surface[slot];
        s.cells.extra_mut(b)[i] = c.cargo_inside[slot];
        s.cells.extra_mut(x)[i] = c.cytosol[slot];
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
        let mut cell = read(plan, s, p, i);
        let mut stream = seed.stream(mother, s.tick, purpose::SHARING + p as u16);
        let other = cell.divide(&mut stream);
        write(plan, s, p, i, &cell);
        write(plan, s, p, daughter, &other);
        let [kept, given] = [&cell, &other].map(|c| [c.surface, c.inside]);
        crate::senders::divide(plan, s, p, (i, daughter), kept, given);
    }
}
