//! Dissolved factors: what cells, vessels, air and clot give and take, and the quasi-steady solve.
//!
//! Factors relax within minutes to an hour and a half, the tissue changes over days: each transport step solves
//! `0 = ∇·(D∇c) − k c + s` for every substrate with the cells' present sources and sinks inside the solve.

use crate::cover::Cover;
use crate::plan::{Plan, Region};
use crate::rest;
use crate::sense::{Sense, contact_voxel};
use crate::state::State;
use exoderm_field::{FieldError, Operator, SolveReport, SolverState, SteadyConfig, SteadySolver};
use exoderm_model::scenario::{Event, SubstrateId};
use exoderm_numeric::math;

/// Solvers and buffers, one solver per substrate (its factorisation is kept while coefficients change little).
pub(crate) struct SolubleWork {
    solvers: Vec<SteadySolver>,
    operators: Vec<Operator>,
    diffusion: Vec<f64>,
    sink: Vec<Vec<f64>>,
    source: Vec<Vec<f64>>,
    vessels: Vec<f64>,
    use_max: Vec<f64>,
    /// Regions changed since the operators' diffusion was set.
    pub stale: bool,
    /// Work of the solvers so far.
    pub report: SolverWork,
}

/// Counts of the solvers' work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SolverWork {
    /// Solves.
    pub solves: u64,
    /// Conjugate-gradient iterations.
    pub iterations: u64,
    /// Factorisations.
    pub factorisations: u64,
}

impl SolverWork {
    fn add(&mut self, r: SolveReport) {
        self.solves += 1;
        self.iterations += r.iterations as u64;
        self.factorisations += r.factorisations as u64;
    }
}

impl SolubleWork {
    pub(crate) fn new(plan: &Plan, s: &State) -> Result<Self, FieldError> {
        let n = s.grid.len();
        let count = plan.scenario.substrates.len();
        let mesh = crate::work::mesh_of(&s.grid)?.with_periodic(crate::boxed::rings(plan, &s.grid));
        let config = SteadyConfig { tolerance: TOLERANCE, ..SteadyConfig::default() };
        let mut operators: Vec<Operator> = (0..count).map(|_| Operator::new(&mesh)).collect();
        for (op, sub) in operators.iter_mut().zip(&plan.scenario.substrates) {
            crate::boxed::bound(op, sub)?;
        }
        Ok(Self {
            solvers: (0..count).map(|_| SteadySolver::new(&mesh, config)).collect::<Result<_, _>>()?,
            operators,
            diffusion: vec![0.0; n],
            sink: vec![vec![0.0; n]; count],
            source: vec![vec![0.0; n]; count],
            vessels: vec![0.0; n],
            use_max: vec![0.0; n],
            stale: true,
            report: SolverWork::default(),
        })
    }

    /// What the next solutions depend on beside the fields: for checkpoints.
    pub(crate) fn states(&self) -> Vec<SolverState> {
        self.solvers.iter().map(SteadySolver::state).collect()
    }

    /// Continues from a checkpoint.
    pub(crate) fn restore(&mut self, states: &[SolverState]) -> Result<(), FieldError> {
        for (solver, state) in self.solvers.iter_mut().zip(states) {
            solver.restore(state.clone())?;
        }
        Ok(())
    }
}

/// Residual of a solve relative to its right-hand side. The balance is closed apart from it.
const TOLERANCE: f64 = 1e-4;

/// Solves every substrate. `time` is after day 0 (min).
pub(crate) fn step(
    plan: &Plan,
    s: &mut State,
    work: &mut SolubleWork,
    cover: &Cover,
    covered: &[bool],
    time: f64,
    dt: f64,
) -> Result<(), FieldError> {
    gather_cells(plan, s, work, cover, time);
    if settling(plan, s, time) {
        s.rest = rest::settle(plan, s, &mut work.source);
    }
    surroundings(plan, s, work, covered, time);
    for (k, sub) in plan.scenario.substrates.iter().enumerate() {
        let op = &mut work.operators[k];
        if work.stale {
            for (d, region) in work.diffusion.iter_mut().zip(&s.region) {
                *d = if *region == Region::Outside { 0.0 } else { sub.diffusion };
            }
            op.set_diffusivity(&work.diffusion)?;
        }
        op.set_decay(&work.sink[k])?;
        op.set_source(&work.source[k])?;
        if sub.consumption > 0.0 {
            for (most, region) in work.use_max.iter_mut().zip(&s.region) {
                *most = if *region == Region::Outside { 0.0 } else { sub.consumption };
            }
            work.report.add(work.solvers[k].solve_saturable(
                op,
                &work.use_max,
                sub.half_saturation,
                &mut s.substrates[k],
            )?);
        } else {
            work.report.add(work.solvers[k].solve(op, &mut s.substrates[k])?);
        }
    }
    work.stale = false;
    if let Some(w) = &mut s.wound {
        for (stored, sub) in w.clot.iter_mut().zip(&plan.scenario.substrates) {
            *stored *= math::exp(-sub.clot_release * dt);
        }
    }
    Ok(())
}

/// True while the set points of intact skin are being found: through the burn-in, or in the first step without one.
fn settling(plan: &Plan, s: &State, time: f64) -> bool {
    plan.has_set_points() && (time < 0.0 || s.rest.is_empty())
}

/// Secretion and uptake of cells.
fn gather_cells(plan: &Plan, s: &State, work: &mut SolubleWork, cover: &Cover, time: f64) {
    let inverse = 1.0 / s.grid.volume();
    for (sink, source) in work.sink.iter_mut().zip(&mut work.source) {
        sink.fill(0.0);
        source.fill(0.0);
    }
    work.vessels.fill(0.0);
    let vessel = vessel_type(plan);
    let rest = if settling(plan, s, time) { &[][..] } else { s.rest.as_slice() };
    for i in 0..s.cells.len() {
        if s.cells.is_doomed(i) {
            continue;
        }
        let kind = usize::from(s.cells.kind[i].0);
        let t = &plan.types[kind];
        let is_vessel = Some(kind) == vessel;
        if t.secretion.is_empty() && t.uptake.is_empty() && !is_vessel {
            continue;
        }
        let v = contact_voxel(plan, s, i);
        if is_vessel {
            work.vessels[v] += 1.0;
        }
        let edge = if t.crawls && s.wound.is_some() {
            cover.edge(s.cells.position[0][i], t.edge_reach).0
        } else {
            0.0
        };
        let sense = Sense { plan, state: s, cell: i, voxel: v, edge, time };
        let roused = rest::roused(plan, s, s.cells.position[0][i]);
        for (sub, table) in &t.secretion {
            let rate = if table.is_constant() { table.base } else { table.value(&sense, plan.potency).full };
            let active = rest.get(sub.0).map_or(1.0, |r| r.activity + (1.0 - r.activity) * roused);
            work.source[sub.0][v] +=
                rate * plan.scenario.substrates[sub.0].production_factor * active * inverse;
        }
        for &(sub, clearance) in &t.uptake {
            work.sink[sub.0][v] += clearance * inverse;
        }
    }
}

/// Decay, resting production, clot, vessels and air.
fn surroundings(plan: &Plan, s: &State, work: &mut SolubleWork, covered: &[bool], time: f64) {
    let g = &s.grid;
    let inverse = 1.0 / g.volume();
    let dressing = gel_over_wound(plan, s, time);
    for (k, sub) in plan.scenario.substrates.iter().enumerate() {
        let stored = s.wound.as_ref().map_or(0.0, |w| w.clot[k]);
        let background = s.rest.get(k).map_or(1.0, |r| r.background) * sub.decay * sub.resting;
        let (sink, source) = (&mut work.sink[k], &mut work.source[k]);
        for v in 0..s.region.len() {
            match s.region[v] {
                Region::Outside => {
                    // Decoupled: keeps the solve regular.
                    sink[v] = 1.0;
                    source[v] = sub.resting;
                    continue;
                }
                Region::Bed => source[v] += sub.clot_burst * sub.decay * stored,
                Region::Epithelium | Region::Stroma => source[v] += background,
            }
            sink[v] += sub.decay;
            if let Some(blood) = sub.blood {
                let exchange = sub.vessel_exchange * work.vessels[v] * inverse;
                sink[v] += exchange;
                source[v] += exchange * blood;
            }
        }
        let Some(air) = sub.air else { continue };
        let wound_columns = s.wound.as_ref().map_or(0, |w| crate::wound::bed_columns(s, w.edge));
        for iy in 0..g.n[1] {
            for ix in 0..g.n[0] {
                // The topmost tissue voxel of the column meets the air.
                let Some(iz) = (0..g.n[2]).rev().find(|&iz| s.region[g.index(ix, iy, iz)] != Region::Outside)
                else {
                    continue;
                };
                let open = ix < wound_columns && !covered.get(ix).copied().unwrap_or(true);
                let surface = if open { sub.wound_air_permeability } else { sub.air_permeability };
                let p = if ix < wound_columns {
                    match dressing {
                        Dressing::None => surface,
                        Dressing::Tight => 0.0,
                        // In series with the gel, in which the factor moves as in water.
                        Dressing::Gel { thickness } => 1.0 / (1.0 / surface + thickness / sub.diffusion),
                    }
                } else {
                    surface
                };
                let v = g.index(ix, iy, iz);
                sink[v] += p / g.h[2];
                source[v] += p / g.h[2] * air;
            }
        }
    }
}

/// What lies on the wound.
enum Dressing {
    None,
    Tight,
    Gel { thickness: f64 },
}

fn gel_over_wound(plan: &Plan, s: &State, time: f64) -> Dressing {
    if !plan.has_dressing() || s.wound.is_none() {
        return Dressing::None;
    }
    plan.scenario
        .events
        .iter()
        .find_map(|e| match e {
            Event::Dressing(d) if time >= d.time => {
                Some(if d.occlusive { Dressing::Tight } else { Dressing::Gel { thickness: d.thickness } })
            }
            _ => None,
        })
        .unwrap_or(Dressing::None)
}

/// The type whose cells line vessels.
pub(crate) fn vessel_type(plan: &Plan) -> Option<usize> {
    plan.scenario.cells.iter().position(|c| c.vessel)
}

/// Level of a substrate in resting tissue: the start of the field.
pub(crate) fn resting(plan: &Plan, id: SubstrateId) -> f64 {
    plan.scenario.substrates[id.0].resting
}
