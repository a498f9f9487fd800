//! Vesicles in a general box: spheres that absorb, faces, and the two resolutions with whole vesicles.
//!
//! One model at three resolutions (`[transport] resolution`). Densities go the way of a strip of skin ([`crate::vesicles`]), with the
//! spheres and faces of a box as first-order [`sinks`]; `counts` are whole vesicles by voxel, `particles` the paths of single ones.
//! All three hand cells whole vesicles with their cargo and share what happens in a cell ([`crate::vesicles::settle`]).
//! Surfaces (spheres, cells, faces) are where the *centres* of vesicles turn back or stay: their radius (0.05 um) is not added
//! to that of a cell, at any resolution.

mod counts;
mod particles;
mod sinks;

use crate::balance::Line;
use crate::plan::{NODES, Plan, PopulationPlan};
use crate::purpose;
use crate::state::State;
use crate::tissue::TissueError;
use crate::vesicles::settle;
use crate::work::VesicleWork;
use counts::CountsWork;
use exoderm_field::{Boundary, Face, FieldError, Operator};
use exoderm_model::scenario::{
    Absorber, Release, Resolution, Scenario, Side, Substrate, SubstrateBoundary, Tissue as TissueModel,
    TissueBox,
};
use exoderm_numeric::random::{Seed, Stream};
use exoderm_particle::Stored;
use exoderm_vesicle::cargo::Loadings;
use particles::ParticleWork;
use serde::{Deserialize, Serialize};
use sinks::Sinks;

/// What a resolution with whole vesicles carries from one step to the next beside the fields, for checkpoints.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub enum Discrete {
    /// Densities, or a state that has not been stored yet.
    #[default]
    None,
    /// Cuts of steps so far, by population × size node.
    Counts(Vec<u32>),
    /// The vesicles, by population.
    Particles(Vec<Stored>),
}

/// Scratch of a box, and the live vesicles of its resolution.
#[derive(Default)]
pub(crate) struct BoxWork {
    /// Of the field resolution.
    pub(crate) sinks: Sinks,
    counts: Option<CountsWork>,
    particles: Option<ParticleWork>,
}

/// The box of a scenario.
fn model(s: &Scenario) -> Option<&TissueBox> {
    match &s.tissue {
        TissueModel::Box(b) => Some(b),
        TissueModel::Skin(_) => None,
    }
}

/// Axes along which a box is closed to a ring: periodic, and of more than one voxel.
pub(crate) fn rings(plan: &Plan, grid: &crate::state::Grid) -> [bool; 3] {
    let periodic = model(&plan.scenario).map_or([false; 3], |b| b.periodic);
    [0, 1, 2].map(|k| periodic[k] && grid.n[k] > 1)
}

/// The spheres of a box; none in skin.
pub(crate) fn spheres(s: &Scenario) -> &[Absorber] {
    model(s).map_or(&[], |b| &b.absorbers)
}

impl BoxWork {
    /// Made anew, or from what a checkpoint kept.
    pub(crate) fn new(plan: &Plan, s: &State, seed: Seed) -> Result<Self, TissueError> {
        let Some(b) = model(&plan.scenario) else { return Ok(Self::default()) };
        let mut work = Self::default();
        match plan.scenario.transport.resolution {
            Resolution::Field => work.sinks = Sinks::new(plan, s, b)?,
            Resolution::Counts => work.counts = Some(CountsWork::new(plan, s, b, seed)?),
            Resolution::Particles => work.particles = Some(ParticleWork::new(plan, s, b, seed)?),
        }
        Ok(work)
    }

    /// What goes into a checkpoint.
    pub(crate) fn store(&self) -> Discrete {
        match (&self.counts, &self.particles) {
            (Some(c), _) => Discrete::Counts(c.ticks()),
            (_, Some(p)) => Discrete::Particles(p.store()),
            _ => Discrete::None,
        }
    }

    /// Places of single vesicles by population (um), in the order of their numbers.
    pub(crate) fn places(&self) -> Vec<Vec<[f32; 3]>> {
        self.particles.as_ref().map_or_else(Vec::new, ParticleWork::places)
    }
}

/// Parts into which a step of a field is cut.
pub(crate) fn parts(plan: &Plan, s: &State, work: &VesicleWork, p: usize, k: usize, dt: f64) -> usize {
    work.boxed.sinks.parts(diffusion(&plan.populations[p], k), &s.grid, dt)
}

/// One transport step of whole vesicles.
pub(crate) fn step(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    seed: Seed,
    time: f64,
    dt: f64,
) -> Result<(), TissueError> {
    // Taken out for the step, so that the rest of the scratch stays at hand.
    let mut boxed = std::mem::take(&mut work.boxed);
    let done = match (&mut boxed.counts, &mut boxed.particles) {
        (Some(c), _) => counts::step(plan, s, work, c, seed, time, dt),
        (_, Some(p)) => particles::step(plan, s, work, p, seed, time, dt),
        _ => Ok(()),
    };
    work.boxed = boxed;
    done
}

/// A release at once at a point, the event of this index.
pub(crate) fn release(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    seed: Seed,
    index: usize,
    r: &Release,
) -> Result<(), TissueError> {
    let p = r.population.0;
    let population = &plan.populations[p];
    let mut stream = seed.stream(index as u64, s.tick, purpose::INJECTION);
    if let Some(particles) = &mut work.boxed.particles {
        let sizes = by_size(population, r.count as u64, &mut stream);
        particles.inject(plan, s, p, &sizes, r.position)?;
    } else {
        let volume = s.grid.volume();
        let around = around(&s.grid, plan, r.position);
        let whole = work.boxed.counts.is_some();
        let sizes = if whole { by_size(population, r.count as u64, &mut stream) } else { [0; NODES] };
        for (k, node) in population.nodes.iter().enumerate() {
            let field = &mut s.free[p * NODES + k];
            let (mut left, mut mass) = (sizes[k], 1.0);
            for &(v, weight) in &around {
                let amount = if whole {
                    let share = if mass > 0.0 { (weight / mass).min(1.0) } else { 1.0 };
                    let n = stream.binomial(left, share);
                    left -= n;
                    n as f64
                } else {
                    r.count * node.weight * weight
                };
                mass -= weight;
                field[v] += amount / volume;
            }
            // What rounding of the weights left over.
            field[around[0].0] += left as f64 / volume;
        }
    }
    s.flows[p].add(Line::Injected, r.count);
    Ok(())
}

/// The voxels whose centres surround a point, with weights that put the mean place there (trilinear); at a wall the nearest.
fn around(grid: &crate::state::Grid, plan: &Plan, p: [f64; 3]) -> Vec<(usize, f64)> {
    let periodic = model(&plan.scenario).map_or([false; 3], |b| b.periodic);
    let axis = |k: usize| -> [(usize, f64); 2] {
        let n = grid.n[k];
        let x = p[k] / grid.h[k] - 0.5;
        let low = x.floor();
        let part = x - low;
        let at = |i: f64| {
            if periodic[k] { i.rem_euclid(n as f64) as usize } else { i.clamp(0.0, (n - 1) as f64) as usize }
        };
        [(at(low), 1.0 - part), (at(low + 1.0), part)]
    };
    let [x, y, z] = [0, 1, 2].map(axis);
    let mut out: Vec<(usize, f64)> = Vec::with_capacity(8);
    for &(ix, a) in &x {
        for &(iy, b) in &y {
            for &(iz, c) in &z {
                let (v, weight) = (grid.index(ix, iy, iz), a * b * c);
                match out.iter_mut().find(|(w, _)| *w == v) {
                    Some((_, sum)) => *sum += weight,
                    None => out.push((v, weight)),
                }
            }
        }
    }
    out
}

/// What cell `i` does in a step with the vesicles of `bound` (by size node) that bound to it; books their fates. How many it lets go.
#[expect(clippy::too_many_arguments, reason = "the state, the place and the clock of one cell")]
fn settle_cell(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    p: usize,
    i: usize,
    bound: [u64; NODES],
    cargo: &Loadings,
    seed: Seed,
    dt: f64,
) -> Result<f64, TissueError> {
    let sized: [(u64, usize); NODES] = std::array::from_fn(|k| (bound[k], k));
    let mut stream = seed.stream(s.cells.id[i], s.tick, purpose::COMPARTMENTS + p as u16);
    let Some(moves) = settle(plan, s, work, p, i, &sized, cargo, &mut stream, dt)? else {
        return Ok(0.0);
    };
    let [degraded, escaped, back] = moves.fates();
    s.flows[p].add(Line::DegradedLysosome, degraded as f64);
    s.flows[p].add(Line::Escaped, escaped as f64);
    Ok(back as f64)
}

/// Whole vesicles by size node.
fn by_size(population: &PopulationPlan, count: u64, stream: &mut Stream) -> [u64; NODES] {
    stream.multinomial(count, &population.nodes.each_ref().map(|node| node.weight))
}

/// A seed of its own for one population or field.
fn seed_of(seed: Seed, entity: usize, purpose: exoderm_numeric::random::Purpose) -> Seed {
    Seed::new(seed.stream(entity as u64, 0, purpose).next_u64(), 0)
}

/// Diffusion of a size node in a box (um²/min): the same everywhere.
fn diffusion(population: &PopulationPlan, k: usize) -> f64 {
    population.nodes[k].diffusion[crate::plan::Region::Stroma as usize]
}

/// Sets the faces of a box for a dissolved factor.
pub(crate) fn bound(op: &mut Operator, substrate: &Substrate) -> Result<(), FieldError> {
    for (side, boundary) in &substrate.boundaries {
        let face = match side {
            Side::XMin => Face::XMin,
            Side::XMax => Face::XMax,
            Side::YMin => Face::YMin,
            Side::YMax => Face::YMax,
            Side::ZMin => Face::ZMin,
            Side::ZMax => Face::ZMax,
        };
        op.set_boundary(
            face,
            match boundary {
                SubstrateBoundary::NoFlux => Boundary::NoFlux,
                SubstrateBoundary::Outflow => Boundary::Outflow,
                SubstrateBoundary::Value(c) => Boundary::Value(*c),
            },
        )?;
    }
    Ok(())
}
