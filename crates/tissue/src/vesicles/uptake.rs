//! Vesicles at the cells: sinks of the field.

use super::lots::TASK;
use super::shared::Shared;
use crate::plan::{NODES, Plan, Region};
use crate::sense::Sense;
use crate::state::State;
use crate::work::VesicleWork;
use exoderm_model::scenario::Tissue as TissueModel;
use exoderm_vesicle::uptake::{UptakeParameters, shares_away};
use rayon::prelude::*;

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
    for k in 0..NODES {
        work.uptake[k].fill(0.0);
    }
    let n = s.cells.len();
    work.clearance.clear();
    work.clearance.resize(n * NODES, 0.0);
    work.rebinding.clear();
    work.rebinding.resize(n, 1.0);
    if !plan.populations[p].binds {
        return;
    }
    let [mut clearance, mut rebinding] = [&mut work.clearance, &mut work.rebinding].map(std::mem::take);
    let mut shared = std::mem::take(&mut work.shared);
    let mut sinks = std::mem::take(&mut work.uptake);
    let parts = n.div_ceil(TASK);
    shared.resize_with(parts, Shared::default);
    let cells = Exchange::new(plan, s, work, p, (time, dt));
    let mut block = Vec::new();
    if parts > 1 && rayon::current_num_threads() > 1 {
        // Cells by themselves, then their sum in the order of cells.
        let runs = clearance.par_chunks_mut(TASK * NODES).zip(rebinding.par_chunks_mut(TASK));
        runs.zip(&mut shared).enumerate().for_each(|(part, ((clearance, rebinding), shared))| {
            shared.clear(plan.types.len(), TASK);
            let mut block = Vec::new();
            let rows = clearance.as_chunks_mut::<NODES>().0.iter_mut().zip(rebinding);
            for (i, (row, kept)) in (part * TASK..).zip(rows) {
                if let Some(of) = cells.of(i, shared, &mut block) {
                    (*row, *kept) = of;
                }
            }
        });
        for (i, row) in clearance.as_chunks::<NODES>().0.iter().enumerate() {
            if row.iter().any(|c| *c != 0.0) {
                cells.block(i, &mut block);
                cells.add(&mut sinks, &block, row);
            }
        }
    } else {
        let rows = clearance.as_chunks_mut::<NODES>().0.iter_mut().zip(&mut rebinding);
        for (i, (row, kept)) in rows.enumerate() {
            if i % TASK == 0 {
                shared[i / TASK].clear(plan.types.len(), n.min(TASK));
            }
            if let Some(of) = cells.of(i, &mut shared[i / TASK], &mut block) {
                (*row, *kept) = of;
                cells.add(&mut sinks, &block, row);
            }
        }
    }
    (work.clearance, work.rebinding, work.shared, work.uptake) = (clearance, rebinding, shared, sinks);
}

/// Exchange of cells with free vesicles of one population in a step.
struct Exchange<'a> {
    plan: &'a Plan,
    s: &'a State,
    work: &'a VesicleWork,
    p: usize,
    time: f64,
    dt: f64,
    inverse: f64,
    in_box: bool,
    surface: &'a [f64],
    /// Of the populations that take sites from this one.
    displacing: Vec<&'a [f64]>,
}

impl<'a> Exchange<'a> {
    fn new(plan: &'a Plan, s: &'a State, work: &'a VesicleWork, p: usize, (time, dt): (f64, f64)) -> Self {
        let displacing = (0..plan.populations.len())
            .filter(|&q| q != p && plan.populations[q].displaces)
            .map(|q| s.cells.extra(s.columns.surface[q]))
            .collect();
        let in_box = matches!(plan.scenario.tissue, TissueModel::Box(_));
        let surface = s.cells.extra(s.columns.surface[p]);
        Self { plan, s, work, p, time, dt, inverse: 1.0 / s.grid.volume(), in_box, surface, displacing }
    }

    /// The voxels of cell `i`.
    fn block(&self, i: usize, block: &mut Vec<u32>) {
        let size = self.work.blocks[usize::from(self.s.cells.kind[i].0)];
        block_into(self.plan, self.s, (size, self.work.voxel[i]), i, block);
    }

    /// Clearance by node (um³/min) of cell `i` and the share of its unbinding that binding again leaves; nothing where it binds
    /// nothing. Its voxels are then in `block`.
    #[inline]
    fn of(&self, i: usize, shared: &mut Shared, block: &mut Vec<u32>) -> Option<([f64; NODES], f64)> {
        let (plan, s, work, p) = (self.plan, self.s, self.work, self.p);
        let population = &plan.populations[p];
        if s.cells.is_doomed(i) {
            return None;
        }
        let kind = usize::from(s.cells.kind[i].0);
        let voxel = work.voxel[i] as usize;
        let parameters = uptake_of(plan, s, p, i, voxel, self.time);
        if parameters.clearance <= 0.0 {
            return None;
        }
        self.block(i, block);
        let part = 1.0 / block.len() as f64;
        let mean = |f: &dyn Fn(usize) -> f64| match **block {
            [v] => f(v as usize),
            _ => part * block.iter().map(|&v| f(v as usize)).sum::<f64>(),
        };
        let free = mean(&|v| s.free_total(p, v));
        let own = self.surface[i];
        // In a box vesicles may cross to a cell within the step.
        if own <= 0.0 && !population.endogenous && !self.in_box {
            let coming = mean(&|v| (0..NODES).map(|k| work.source[p * NODES + k][v]).sum());
            if free + self.dt * coming <= 0.0 {
                return None;
            }
        }
        let others: f64 = self.displacing.iter().map(|column| column[i]).sum();
        let filling = shared.filling(&parameters, (kind, voxel), free, self.dt);
        let sites = filling.mean_free_sites(parameters.capacity, own, others);
        let region = s.region[voxel] as usize;
        let place = (s.cells.radius[i], s.grid.h[0], work.blocks[kind]);
        let resistances = shared.resistances(population, (kind, region), place);
        let bare = parameters.bare_clearance(sites);
        let away = shares_away(bare, &resistances);
        let kept: f64 = population.nodes.iter().zip(away).map(|(node, share)| node.weight * share).sum();
        // Bound vesicles are not told apart by size: one rate for all, by the population's sizes.
        Some((away.map(|share| bare * share), if parameters.unbinding > 0.0 { kept } else { 1.0 }))
    }

    /// Adds a cell's clearance to the sinks of its voxels (1/min).
    #[inline]
    fn add(&self, sinks: &mut [Vec<f64>], block: &[u32], clearance: &[f64; NODES]) {
        let part = 1.0 / block.len() as f64;
        for (sinks, clearance) in sinks.iter_mut().zip(clearance) {
            let sink = clearance * part * self.inverse;
            block.iter().for_each(|&v| sinks[v as usize] += sink);
        }
    }
}

/// The voxels that a cell exchanges with: its own, or where voxels are smaller than 3.18 radii a cubic block around it,
/// whose resistance to diffusion is that of the cell. A strip one voxel thick has no third direction to spread into: there
/// it is the own voxel always.
pub(crate) fn block_of(plan: &Plan, s: &State, work: &mut VesicleWork, kind: usize, i: usize) {
    block_into(plan, s, (work.blocks[kind], work.voxel[i]), i, &mut work.block);
}

/// [`block_of`] a cell whose block has `size` voxels along an edge and whose own voxel is `own`.
pub(super) fn block_into(plan: &Plan, s: &State, (size, own): (usize, u32), i: usize, block: &mut Vec<u32>) {
    block.clear();
    if size <= 1 {
        block.push(own);
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
                    block.push(v as u32);
                }
            }
        }
    }
    if block.is_empty() {
        block.push(own);
    }
}
