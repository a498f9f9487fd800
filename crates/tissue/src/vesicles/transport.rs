//! Vesicles on their way: flow, diffusion, matrix, drainage.

use super::gel::top_of_bed;
use crate::balance::{Flows, Line};
use crate::plan::{NODES, Plan, Region};
use crate::state::{Grid, State};
use crate::work::{NodeOperators, VesicleWork};
use exoderm_model::scenario::Tissue as TissueModel;

/// Vessels and drainage, the same for all populations.
pub(super) fn common_sinks(plan: &Plan, s: &State, work: &mut VesicleWork, covered: &[bool]) {
    let t = &plan.scenario.transport;
    let inverse = 1.0 / s.grid.volume();
    work.plasma.fill(0.0);
    work.lymph.fill(0.0);
    work.exudate.fill(0.0);
    let vessel = crate::soluble::vessel_type(plan);
    for i in 0..s.cells.len() {
        if Some(usize::from(s.cells.kind[i].0)) == vessel && !s.cells.is_doomed(i) {
            work.plasma[work.voxel[i] as usize] += t.vessel_exchange * inverse;
        }
    }
    for v in 0..s.region.len() {
        if s.region[v] == Region::Stroma {
            work.lymph[v] = t.lymph_drainage;
        }
    }
    // Exudate leaves through the surface of the open bed: an outflow of its topmost voxels.
    if let Some(w) = &s.wound {
        for ix in 0..crate::wound::bed_columns(s, w.edge) {
            if covered.get(ix).copied().unwrap_or(true) {
                continue;
            }
            if let Some(iz) = top_of_bed(&s.region, &s.grid, ix) {
                for iy in 0..s.grid.n[1] {
                    work.exudate[s.grid.index(ix, iy, iz)] = t.exudate_flow / s.grid.h[2];
                }
            }
        }
    }
}

/// Transport of one population and node, implicit along z with every sink, then along x and y.
///
/// `dt` is the part of the vesicle step `step` that is taken.
pub(super) fn transport(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    (p, k): (usize, usize),
    (dt, step): (f64, f64),
) {
    let population = &plan.populations[p];
    let t = &plan.scenario.transport;
    let f = p * NODES + k;
    let n = s.region.len();
    let volume = s.grid.volume();
    let capacity = t.binding_capacity;
    let kon_capacity = if population.matrix && t.bound_share < 1.0 {
        t.unbinding * t.bound_share / (1.0 - t.bound_share)
    } else {
        0.0
    };
    let protease = plan.scenario.matrix.protease;
    let kd = population.degradation;
    for v in 0..n {
        let mut decay = kd + work.plasma[v] + work.lymph[v] + work.exudate[v] + work.uptake[k][v];
        let mut source = work.source[f][v];
        // Matrix binding, the bound part eliminated: B' = (B + dt a C') / (1 + dt (off + kd)).
        let solid = matches!(s.region[v], Region::Bed | Region::Stroma);
        let bound = s.bound[f][v];
        if (solid && kon_capacity > 0.0) || bound > 0.0 {
            let off = t.unbinding + t.mmp_release * protease.map_or(0.0, |m| s.substrates[m.0][v]);
            let loaded: f64 = (0..plan.populations.len() * NODES).map(|g| s.bound[g][v]).sum();
            let a = if solid { kon_capacity * (1.0 - loaded / capacity).max(0.0) } else { 0.0 };
            let relax = 1.0 + dt * (off + kd);
            decay += a * (1.0 + dt * kd) / relax;
            source += off * bound / relax;
            work.on[v] = a;
            work.off[v] = off;
        } else {
            work.on[v] = 0.0;
            work.off[v] = 0.0;
        }
        work.decay[v] = decay;
        work.gain[v] = source;
    }
    work.boxed.sinks.add(f, &mut work.decay);
    let operators = &mut work.operators[f];
    let rates = (work.decay.as_slice(), work.gain.as_slice());
    let flows = &mut s.flows[p];
    along_z(operators, &mut s.free[f], rates, (&s.grid, s.perfused), flows, dt);
    let (mut degraded, mut plasma, mut lymph, mut exudate) = (0.0, 0.0, 0.0, 0.0);
    for v in 0..n {
        let c = s.free[f][v];
        work.taken[k][v] = c;
        degraded += kd * c;
        plasma += work.plasma[v] * c;
        lymph += work.lymph[v] * c;
        exudate += work.exudate[v] * c;
        let bound = s.bound[f][v];
        if work.on[v] > 0.0 || bound > 0.0 {
            let after = (bound + dt * work.on[v] * c) / (1.0 + dt * (work.off[v] + kd));
            degraded += kd * after;
            s.bound[f][v] = after;
        }
    }
    let unit = dt * volume;
    let spheres = work.boxed.sinks.spheres();
    work.boxed.sinks.book(f, &s.free[f], unit, &mut s.caught[p * spheres..(p + 1) * spheres], flows);
    flows.add(Line::DegradedTissue, degraded * unit);
    flows.add(Line::Plasma, plasma * unit);
    flows.add(Line::Lymph, lymph * unit);
    flows.add(Line::Exudate, exudate * unit);
    sideways(operators, &mut s.free[f], &s.grid, flows, dt);
    crate::senders::transport(plan, s, work, (p, k), (dt, step));
    crate::sorted::transport(plan, s, work, (p, k), (dt, step));
}

/// Moves what rides on population `p`, node `k` (a donor's part, the copies of a cargo; `r` is its place among all of these):
/// the step along z, the matrix and the steps along x and y with the coefficients that the vesicles have just been moved with.
/// Where it leaves is booked in `flows`, where those are given.
pub(crate) fn ride(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    (p, k): (usize, usize),
    r: usize,
    (dt, step): (f64, f64),
    flows: Option<&mut Flows>,
) {
    let kd = plan.populations[p].degradation;
    let (whole, f) = (p * NODES + k, plan.populations.len() * NODES + r);
    let mut unread = Flows::default();
    let book = flows.is_some();
    let flows = flows.unwrap_or(&mut unread);
    for v in 0..s.region.len() {
        let mut source = work.donated[r][v] / step;
        let bound = s.bound[f][v];
        if bound > 0.0 {
            source += work.off[v] * bound / (1.0 + dt * (work.off[v] + kd));
        }
        work.gain[v] = source;
    }
    let operators = &mut work.operators[whole];
    let rates = (work.decay.as_slice(), work.gain.as_slice());
    along_z(operators, &mut s.free[f], rates, (&s.grid, s.perfused), flows, dt);
    for v in 0..s.region.len() {
        let c = s.free[f][v];
        work.drawn[r][v] += c * (dt / step);
        let bound = s.bound[f][v];
        if work.on[v] > 0.0 || bound > 0.0 {
            s.bound[f][v] = (bound + dt * work.on[v] * c) / (1.0 + dt * (work.off[v] + kd));
        }
    }
    if book {
        book_losses(s, work, whole, f, kd, dt, flows);
    }
    sideways(&mut work.operators[whole], &mut s.free[f], &s.grid, flows, dt);
}

/// Books what left density `f` along z, with the rates of population and node `whole`.
fn book_losses(s: &State, work: &VesicleWork, whole: usize, f: usize, kd: f64, dt: f64, flows: &mut Flows) {
    let (mut degraded, mut plasma, mut lymph, mut exudate) = (0.0, 0.0, 0.0, 0.0);
    for (v, (&c, &bound)) in s.free[f].iter().zip(&s.bound[f]).enumerate() {
        degraded += kd * (c + bound);
        plasma += work.plasma[v] * c;
        lymph += work.lymph[v] * c;
        exudate += work.exudate[v] * c;
    }
    let unit = dt * s.grid.volume();
    let mut caught = vec![0.0; work.boxed.sinks.spheres()];
    work.boxed.sinks.book(whole, &s.free[f], unit, &mut caught, flows);
    flows.add(Line::DegradedTissue, degraded * unit);
    flows.add(Line::Plasma, plasma * unit);
    flows.add(Line::Lymph, lymph * unit);
    flows.add(Line::Exudate, exudate * unit);
}

/// The line step along z with `rates` (loss and gain per voxel), and what left through its ends.
pub(crate) fn along_z(
    operators: &mut NodeOperators,
    field: &mut [f64],
    rates: (&[f64], &[f64]),
    (grid, perfused): (&Grid, bool),
    flows: &mut Flows,
    dt: f64,
) {
    let ends = operators.z.step(field, Some(rates.0), Some(rates.1), dt);
    // Concentration × um × the area of a column.
    let area = grid.h[0] * grid.h[1];
    flows.add(if perfused { Line::Lymph } else { Line::Outflow }, ends.low * area);
    flows.add(Line::Outflow, ends.high * area);
}

/// The line steps along x and y.
pub(crate) fn sideways(
    operators: &mut NodeOperators,
    field: &mut [f64],
    grid: &Grid,
    flows: &mut Flows,
    dt: f64,
) {
    let ends = operators.x.step(field, None, None, dt);
    let mut out = (ends.low + ends.high) * grid.h[1] * grid.h[2];
    let slab = grid.n[1] * grid.n[2];
    for (ix, y) in operators.y.iter_mut().enumerate() {
        let ends = y.step(&mut field[ix * slab..(ix + 1) * slab], None, None, dt);
        out += (ends.low + ends.high) * grid.h[0] * grid.h[2];
    }
    flows.add(Line::Outflow, out);
}

/// Velocity of the fluid on the z faces of one column (um/min, upward positive), `nz + 1` values.
///
/// Open wound: exudate rises through the bed. Perfused stroma: interstitial flow toward the depth, from the membrane
/// down. Covered wound: still. A box: its given flow.
pub(crate) fn column_flow(plan: &Plan, s: &State, ix: usize, iy: usize, open: bool, out: &mut [f64]) {
    out.fill(0.0);
    if let TissueModel::Box(b) = &plan.scenario.tissue {
        out.fill(b.flow[2]);
        return;
    }
    let t = &plan.scenario.transport;
    let region = |iz: usize| s.region[s.grid.index(ix, iy, iz)];
    for (iz, face) in out.iter_mut().enumerate().take(s.grid.n[2]) {
        // Face below voxel iz lies between two voxels of the same kind, or is the bottom.
        let below = if iz == 0 { region(0) } else { region(iz - 1) };
        match (below, region(iz)) {
            (Region::Bed, Region::Bed) if open => *face = t.exudate_flow,
            (Region::Stroma, Region::Stroma) if s.perfused => *face = -t.interstitial_flow,
            _ => {}
        }
    }
}
