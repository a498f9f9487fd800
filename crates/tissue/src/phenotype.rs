//! The phenotype step: signals → rules → rates; motility, division, death, changes of type.

use crate::cover::Cover;
use crate::networks::{self, NetworkWork};
use crate::plan::{Plan, Region};
use crate::purpose;
use crate::rest;
use crate::rules::Table;
use crate::sense::{Sense, contact_voxel};
use crate::sheet::{Links, SheetWork, cohere};
use crate::state::State;
use crate::tissue::TissueError;
use exoderm_cell::{
    Cause, CellError, Confinement, DivisionAxis, Kind, Walk, advance_ages, divisions_due, relax_volumes,
    steer,
};
use exoderm_model::scenario::{CellTypeId, FateTrigger, Place};
use exoderm_numeric::{math, random::Seed};

/// Cause of death: apoptosis.
pub(crate) const APOPTOSIS: Cause = Cause(1);
/// Cause of death: shed from the surface.
pub(crate) const SHED: Cause = Cause(2);
/// Cause of death: cut out with the wound.
pub(crate) const CUT: Cause = Cause(3);

/// Buffers of the step.
#[derive(Debug, Default)]
pub(crate) struct PhenotypeWork {
    due: Vec<u32>,
    division: Vec<f64>,
    refractory: Vec<f64>,
    relax: Vec<f64>,
    voxel: Vec<u32>,
    edge: Vec<f64>,
    direction: Vec<f64>,
    /// New type by cell: `u8::MAX` stays, `u8::MAX - 1` removed.
    becomes: Vec<u8>,
    /// What density makes of death, by type.
    crowding: Vec<f64>,
    sheet: SheetWork,
    networks: NetworkWork,
}

impl PhenotypeWork {
    /// Room for the networks of a plan.
    pub(crate) fn new(plan: &Plan) -> Self {
        Self { networks: NetworkWork::new(plan), ..Self::default() }
    }
}

const STAYS: u8 = u8::MAX;
const GOES: u8 = u8::MAX - 1;

/// One phenotype step of `dt` (min) before mechanics.
pub(crate) fn step(
    plan: &Plan,
    s: &mut State,
    cover: &Cover,
    work: &mut PhenotypeWork,
    seed: Seed,
    time: f64,
    dt: f64,
) -> Result<(), TissueError> {
    let n = s.cells.len();
    let wounded = s.wound.is_some();
    s.cells.tick = s.tick;
    work.division.clear();
    work.division.resize(n, 0.0);
    work.refractory.clear();
    work.refractory.extend(plan.types.iter().map(|t| t.refractory));
    work.becomes.clear();
    work.becomes.resize(n, STAYS);
    work.voxel.clear();
    work.edge.clear();
    work.direction.clear();
    for i in 0..n {
        let t = &plan.types[usize::from(s.cells.kind[i].0)];
        let (edge, direction) =
            if t.crawls && wounded { cover.edge(s.cells.position[0][i], t.edge_reach) } else { (0.0, 0.0) };
        work.voxel.push(contact_voxel(plan, s, i) as u32);
        work.edge.push(edge);
        work.direction.push(direction);
    }
    networks::step(plan, s, &mut work.networks, (&work.voxel, &work.edge), [time, dt], seed)?;
    rest::crowding(plan, s, &mut work.crowding);
    for i in 0..n {
        if s.cells.is_doomed(i) {
            continue;
        }
        one(plan, s, work, i, seed, time, dt);
    }
    let m = &plan.scenario.mechanics;
    let links = Links { stiffness: m.link_stiffness, slack: m.link_slack, reach: m.link_reach };
    cohere(plan, s, &mut work.sheet, links, dt);
    update_memories(plan, s, work, time, dt);
    divide(plan, s, work, seed, dt)?;
    apply_fates(plan, s, work);
    advance_ages(&mut s.cells, dt);
    work.relax.clear();
    // No time constant: at once.
    work.relax.extend(plan.types.iter().map(|t| 1.0 / t.growth));
    relax_volumes(&mut s.cells, &work.relax, dt)?;
    s.cells.advance_deaths(dt);
    Ok(())
}

/// Rates, motility and random events of one cell.
fn one(plan: &Plan, s: &mut State, work: &mut PhenotypeWork, i: usize, seed: Seed, time: f64, dt: f64) {
    let kind = usize::from(s.cells.kind[i].0);
    let t = &plan.types[kind];
    let (voxel, edge) = (work.voxel[i] as usize, work.edge[i]);
    let (speed, bias, division, death, own_fate, polarisation);
    {
        let sense = Sense { plan, state: s, cell: i, voxel, edge, time };
        let value = |t: &Table| {
            if t.is_constant() { t.base } else { t.value(&sense, plan.potency).full }
        };
        speed = if t.speed.is_zero() || (t.crawls && edge == 0.0) { 0.0 } else { value(&t.speed) };
        bias = if speed > 0.0 && !t.chemotaxis.is_empty() {
            value(&t.bias) * rest::led(plan, s, s.cells.position[0][i])
        } else {
            0.0
        };
        division = if t.division.is_zero() { 0.0 } else { value(&t.division) };
        let crowding = work.crowding[kind];
        death = if t.death.is_zero() {
            0.0
        } else if crowding == 1.0 {
            value(&t.death)
        } else {
            let calm = 1.0 - rest::roused(plan, s, s.cells.position[0][i]);
            value(&t.death) * (1.0 + calm * (crowding - 1.0))
        };
        polarisation = t.polarisation.as_ref().map(value);
        own_fate = fate_of(plan, s, &sense, i, seed, dt);
    }
    if let Some(to) = own_fate {
        work.becomes[i] = to;
    }
    let crowd = if t.pressure_half.is_finite() {
        1.0 - math::hill(s.cells.pressure[i], t.pressure_half, t.pressure_exponent)
    } else {
        1.0
    };
    work.division[i] = division * crowd;
    if death > 0.0 && seed.stream(s.cells.id[i], s.tick, purpose::DEATH).chance(-math::exp_m1(-death * dt)) {
        s.cells.kill(i, APOPTOSIS, t.apoptosis);
        return;
    }
    if let Some(rate) = polarisation {
        let column = s.columns.score;
        let score = &mut s.cells.extra_mut(column)[i];
        *score = 1.0 - (1.0 - *score) * math::exp(-rate * dt);
    }
    if t.crawls {
        let v = speed * edge * work.direction[i];
        s.cells.active[0][i] = v;
        s.cells.active[1][i] = 0.0;
        s.cells.active[2][i] = 0.0;
    } else if speed > 0.0 {
        let toward = if bias > 0.0 { chemotaxis(plan, s, kind, i, bias) } else { [0.0; 3] };
        let walk = Walk { speed, persistence: t.persistence, confinement: Confinement::Space };
        let mut stream = seed.stream(s.cells.id[i], s.tick, purpose::MOTILITY);
        let walls = s.mechanics.parameters().domain;
        let heading = walls.mirrored(s.cells.at(i), s.cells.direction.each_ref().map(|d| d[i]));
        for (column, x) in s.cells.direction.iter_mut().zip(heading) {
            column[i] = x;
        }
        steer(&mut s.cells, i, &walk, toward, dt, &mut stream);
    } else {
        for axis in 0..3 {
            s.cells.active[axis][i] = 0.0;
        }
    }
}

/// Bias vector up the gradients of the type's attractants: the direction is that of the weighted mean of the relative
/// gradients, the length `bias` × δ/(δ + half) with δ the relative difference across the cell: what a cell can't tell
/// apart does not lead it.
fn chemotaxis(plan: &Plan, s: &State, kind: usize, i: usize, bias: f64) -> [f64; 3] {
    let g = &s.grid;
    let p = s.cells.at(i);
    let rings = crate::boxed::rings(plan, g);
    let cell = |axis: usize| ((p[axis] / g.h[axis]).max(0.0) as usize).min(g.n[axis] - 1);
    let (ix, iy, iz) = (cell(0), if g.n[1] == 1 { 0 } else { cell(1) }, cell(2));
    let mut sum = [0.0; 3];
    for &(substrate, weight) in &plan.types[kind].chemotaxis {
        let c = &s.substrates[substrate.0];
        let here = c[g.index(ix, iy, iz)];
        if here <= 0.0 {
            continue;
        }
        let tissue = |v: usize| if s.region[v] == Region::Outside { here } else { c[v] };
        let along = |a: usize, b: usize, span: f64| (tissue(a) - tissue(b)) / (span * here);
        // The voxels on both sides, and how far apart: through a periodic face, else to the last one.
        let sides = |axis: usize, i: usize| {
            let n = g.n[axis];
            let (low, high) = if rings[axis] {
                ((i + n - 1) % n, (i + 1) % n)
            } else {
                (i.saturating_sub(1), (i + 1).min(n - 1))
            };
            let apart = if rings[axis] { 2 } else { high - low };
            (low, high, apart as f64 * g.h[axis])
        };
        if g.n[0] > 1 {
            let (lo, hi, span) = sides(0, ix);
            sum[0] += weight * along(g.index(hi, iy, iz), g.index(lo, iy, iz), span);
        }
        if g.n[1] > 1 {
            let (lo, hi, span) = sides(1, iy);
            sum[1] += weight * along(g.index(ix, hi, iz), g.index(ix, lo, iz), span);
        }
        if g.n[2] > 1 {
            let (lo, hi, span) = sides(2, iz);
            sum[2] += weight * along(g.index(ix, iy, hi), g.index(ix, iy, lo), span);
        }
    }
    let norm = (sum[0] * sum[0] + sum[1] * sum[1] + sum[2] * sum[2]).sqrt();
    if norm <= 1e-12 {
        return [0.0; 3];
    }
    let across = 2.0 * s.cells.radius[i] * norm;
    let length = bias * across / (across + plan.types[kind].gradient_half);
    sum.map(|x| x / norm * length)
}

/// The change of type a cell makes in this step, if any.
fn fate_of(plan: &Plan, s: &State, sense: &Sense<'_>, i: usize, seed: Seed, dt: f64) -> Option<u8> {
    let t = &plan.types[usize::from(s.cells.kind[i].0)];
    if t.fates.is_empty() {
        return None;
    }
    let mut stream = None;
    for f in &t.fates {
        let p = match f.trigger {
            FateTrigger::Rate(_) => {
                if f.rate.is_zero() {
                    continue;
                }
                -math::exp_m1(-f.rate.value(sense, plan.potency).full * dt)
            }
            FateTrigger::Age(mean) => -math::exp_m1(-dt / mean),
            FateTrigger::Height(height) => {
                let column = ((s.cells.position[0][i] / s.grid.h[0]).max(0.0) as usize).min(s.grid.n[0] - 1);
                let base = s.basement.get(column).copied().unwrap_or(0.0);
                if s.cells.position[2][i] - base > height { 1.0 } else { 0.0 }
            }
            FateTrigger::AfterDivisions(k) => {
                if s.cells.extra(s.columns.generation)[i] >= f64::from(k) {
                    1.0
                } else {
                    0.0
                }
            }
            FateTrigger::OnDivision(_) | FateTrigger::OnDivisionBoth(_) => continue,
        };
        if p <= 0.0 {
            continue;
        }
        let stream = stream.get_or_insert_with(|| seed.stream(s.cells.id[i], s.tick, purpose::FATE));
        if stream.chance(p) {
            return Some(f.to.map_or(GOES, |to| to.0 as u8));
        }
    }
    None
}

/// Relaxes rule memories.
fn update_memories(plan: &Plan, s: &mut State, work: &PhenotypeWork, time: f64, dt: f64) {
    if plan.memory_columns == 0 {
        return;
    }
    for i in 0..s.cells.len() {
        let kind = usize::from(s.cells.kind[i].0);
        for (column, term) in &plan.types[kind].memories {
            let h = {
                let sense = Sense {
                    plan,
                    state: s,
                    cell: i,
                    voxel: work.voxel[i] as usize,
                    edge: work.edge[i],
                    time,
                };
                term.hill(crate::rules::Signals::signal(&sense, term.signal))
            };
            let tau = term.memory.map_or(1.0, |(_, tau)| tau);
            let handle = s.columns.memory[*column];
            let m = &mut s.cells.extra_mut(handle)[i];
            *m = h + (*m - h) * math::exp(-dt / tau);
        }
    }
}

/// Divisions, in the order of ids.
fn divide(
    plan: &Plan,
    s: &mut State,
    work: &mut PhenotypeWork,
    seed: Seed,
    dt: f64,
) -> Result<(), CellError> {
    divisions_due(&s.cells, &work.division, &work.refractory, dt, seed, purpose::DIVISION, &mut work.due)?;
    for k in 0..work.due.len() {
        let i = work.due[k] as usize;
        if s.cells.is_doomed(i) {
            continue;
        }
        let kind = usize::from(s.cells.kind[i].0);
        let t = &plan.types[kind];
        let id = s.cells.id[i];
        let mut stream = seed.stream(id, s.tick, purpose::DIVISION_AXIS);
        let axis = match t.place {
            // On the membrane, along it: both daughters keep their footing.
            Place::Basal => DivisionAxis::InPlane([0.0, 0.0, 1.0]),
            _ => DivisionAxis::Random,
        };
        let daughter = s.cells.divide(i, axis, &mut stream);
        let generation = s.columns.generation;
        let g = s.cells.extra(generation)[i] + 1.0;
        s.cells.extra_mut(generation)[i] = g;
        s.cells.extra_mut(generation)[daughter] = g;
        crate::vesicles::share_at_division(plan, s, i, daughter, seed, id);
        networks::divide(plan, s, [i, daughter], seed, id);
        // Buffers that run along with the cells.
        let (voxel, edge, direction) = (work.voxel[i], work.edge[i], work.direction[i]);
        work.voxel.push(voxel);
        work.edge.push(edge);
        work.direction.push(direction);
        work.division.push(0.0);
        work.becomes.push(STAYS);
        let u = stream.uniform();
        let mut threshold = 0.0;
        for f in &t.fates {
            let to = f.to.map_or(GOES, |to| to.0 as u8);
            match f.trigger {
                FateTrigger::OnDivision(p) => {
                    if u >= threshold && u < threshold + p {
                        work.becomes[daughter] = to;
                    }
                    threshold += p;
                }
                FateTrigger::OnDivisionBoth(p) => {
                    if u >= threshold && u < threshold + p {
                        work.becomes[daughter] = to;
                        work.becomes[i] = to;
                    }
                    threshold += p;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Writes the changes of type.
fn apply_fates(plan: &Plan, s: &mut State, work: &mut PhenotypeWork) {
    for i in 0..s.cells.len() {
        match work.becomes[i] {
            STAYS => {}
            GOES => s.cells.kill(i, SHED, 0.0),
            to => become_type(plan, s, i, CellTypeId(usize::from(to))),
        }
    }
}

/// Makes cell `i` one of type `to`: new target size, age in type 0, the networks of that type.
pub(crate) fn become_type(plan: &Plan, s: &mut State, i: usize, to: CellTypeId) {
    let from = usize::from(s.cells.kind[i].0);
    s.cells.kind[i] = Kind(to.0 as u8);
    networks::change_type(plan, s, i, from);
    let r = plan.types[to.0].radius;
    s.cells.target_volume[i] = 4.0 / 3.0 * std::f64::consts::PI * r * r * r;
    s.cells.phase_clock[i] = 0.0;
    s.cells.disturb(i);
}
