//! Vesicles at the cells: sinks of the field.

use crate::plan::{NODES, Plan, Region};
use crate::sense::Sense;
use crate::state::State;
use crate::work::VesicleWork;
use exoderm_model::scenario::Tissue as TissueModel;
use exoderm_vesicle::uptake::{UptakeParameters, shares_away};

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
    let mut shared = std::mem::take(&mut work.shared);
    shared.clear(plan.types.len(), s.cells.len());
    let surface = s.cells.extra(s.columns.surface[p]);
    let displacing: Vec<&[f64]> = (0..plan.populations.len())
        .filter(|&q| q != p && plan.populations[q].displaces)
        .map(|q| s.cells.extra(s.columns.surface[q]))
        .collect();
    for i in 0..s.cells.len() {
        if s.cells.is_doomed(i) {
            continue;
        }
        let kind = usize::from(s.cells.kind[i].0);
        let voxel = work.voxel[i] as usize;
        let parameters = uptake_of(plan, s, p, i, voxel, time);
        if parameters.clearance <= 0.0 {
            continue;
        }
        let alone = work.blocks[kind] <= 1;
        if !alone {
            block_of(plan, s, work, kind, i);
        }
        let part = if alone { 1.0 } else { 1.0 / work.block.len() as f64 };
        let mean = |f: &dyn Fn(usize) -> f64| {
            if alone { f(voxel) } else { part * work.block.iter().map(|&v| f(v as usize)).sum::<f64>() }
        };
        let free = if alone { s.free_total(p, voxel) } else { mean(&|v| s.free_total(p, v)) };
        let own = surface[i];
        // In a box vesicles may cross to a cell within the step.
        if own <= 0.0 && !population.endogenous && !in_box {
            let coming = mean(&|v| (0..NODES).map(|k| work.source[p * NODES + k][v]).sum());
            if free + dt * coming <= 0.0 {
                continue;
            }
        }
        let others: f64 = displacing.iter().map(|column| column[i]).sum();
        let filling = shared.filling(&parameters, (kind, voxel), free, dt);
        let sites = filling.mean_free_sites(parameters.capacity, own, others);
        let region = s.region[voxel] as usize;
        let place = (s.cells.radius[i], s.grid.h[0], work.blocks[kind]);
        let resistances = shared.resistances(population, (kind, region), place);
        let bare = parameters.bare_clearance(sites);
        let away = shares_away(bare, &resistances);
        let mut kept = 0.0;
        for (k, (node, share)) in population.nodes.iter().zip(away).enumerate() {
            kept += node.weight * share;
            let clearance = bare * share;
            work.clearance[i * NODES + k] = clearance;
            let sink = clearance * part * inverse;
            if alone {
                work.uptake[k][voxel] += sink;
            } else {
                for &v in &work.block {
                    work.uptake[k][v as usize] += sink;
                }
            }
        }
        // Bound vesicles are not told apart by size: one rate for all, by the population's sizes.
        work.rebinding[i] = if parameters.unbinding > 0.0 { kept } else { 1.0 };
    }
    work.shared = shared;
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
