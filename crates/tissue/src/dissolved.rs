//! The soluble arm: the product's cargo as free molecules, each species by itself.
//!
//! Law 6 asks for equal mass of every species, with its own mobility and loss and without an endosomal route. The surface
//! ligand that acts from outside rides in the place of the product's population: a unit of it is what one vesicle carries,
//! it binds to the sites that a vesicle would, and rules on occupancy read it. Every other acting species is here: it
//! leaves the gel, diffuses, drains and decays as itself, and does nothing, because a free protein or RNA has no way into
//! the cytosol. Amounts are copies.

use crate::balance::{Flows, Line, Sheet, Stock, close};
use crate::dressing::{Barrier, Face, column_area, gel_of, true_dose};
use crate::plan::{Plan, Region};
use crate::state::State;
use crate::vesicles::{along_z, dressing_of, sideways};
use crate::work::VesicleWork;
use exoderm_model::scenario::{ArmKind, CargoClass, CargoId, PopulationId, Scenario, Signal};
use exoderm_vesicle::Error as VesicleError;
use exoderm_vesicle::gel::GelColumn;
use exoderm_vesicle::mobility;
use serde::{Deserialize, Serialize};

/// A free species, compiled.
#[derive(Clone, Debug, PartialEq)]
pub struct Dissolved {
    /// Species.
    pub cargo: CargoId,
    /// Copies for each vesicle of the dose.
    pub copies: f64,
    /// Diffusion in each [`Region`] (um²/min).
    pub diffusion: [f64; 4],
    /// Diameter that moves as it does (nm), by Stokes–Einstein.
    pub diameter: f64,
    /// Loss (1/min), in the gel as in tissue.
    pub decay: f64,
}

/// A free species in motion.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DissolvedState {
    /// In tissue fluid (copies/um³).
    pub free: Vec<f64>,
    /// In the gel, by column of the mesh (copies/um²).
    pub columns: Vec<GelColumn>,
    /// Flows (copies).
    pub flows: Flows,
}

/// Diffusion of a free molecule in each region (um²/min) and the diameter (nm) that its mesh sees. Like everything that
/// moves in tissue fluid it is slowed by the fluid's viscosity.
pub(crate) fn mobility_of(s: &Scenario, diffusion_free: f64) -> ([f64; 4], f64) {
    let t = &s.transport;
    let diameter = if diffusion_free > 0.0 { 100.0 * t.diffusion_100nm / diffusion_free } else { 100.0 };
    let regions = [0.0, t.hindrance_epidermis, t.hindrance_dermis, t.hindrance_granulation];
    let diffusion = regions.map(|h| {
        diffusion_free / t.relative_viscosity
            * mobility::size_scaled_hindrance(h, diameter, 1000.0 * t.fibre_radius)
    });
    (diffusion, diameter)
}

/// The ligand that stands for a product in the soluble arm: of its surface ligands the one with the most copies.
pub(crate) fn ligand_of(s: &Scenario, product: PopulationId) -> Option<CargoId> {
    let ligands = s.vesicles[product.0]
        .copies
        .iter()
        .filter(|(c, n)| s.cargo[c.0].class == CargoClass::Ligand && *n > 0.0);
    // The first of equals: the scenario's order decides.
    let mut best: Option<(CargoId, f64)> = None;
    for &(c, n) in ligands {
        if best.is_none_or(|(_, most)| n > most) {
            best = Some((c, n));
        }
    }
    best.map(|(c, _)| c)
}

/// The other acting species of the dressing's product: surface ligands, and what a rule reads in the cytosol.
pub(crate) fn species_of(s: &Scenario, arm: ArmKind) -> Vec<Dissolved> {
    if !crate::plan::frees_cargo(arm) {
        return Vec::new();
    }
    let Some(d) = s.events.iter().find_map(|e| match e {
        exoderm_model::scenario::Event::Dressing(d) => Some(d),
        _ => None,
    }) else {
        return Vec::new();
    };
    let rider = ligand_of(s, d.product);
    let acts = |c: CargoId| {
        s.cargo[c.0].class == CargoClass::Ligand || s.rules.iter().any(|r| r.signal == Signal::Cargo(c))
    };
    s.vesicles[d.product.0]
        .copies
        .iter()
        .filter(|(c, n)| *n > 0.0 && Some(*c) != rider && acts(*c))
        .map(|&(cargo, copies)| {
            let species = &s.cargo[cargo.0];
            let (diffusion, diameter) = mobility_of(s, species.diffusion_free);
            Dissolved { cargo, copies, diffusion, diameter, decay: species.decay_free }
        })
        .collect()
}

/// One transport step of `dt` (min); `time` is after day 0. Drainage and outflow are those of vesicles.
pub(crate) fn step(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    time: f64,
    dt: f64,
) -> Result<(), VesicleError> {
    let Some(d) = dressing_of(plan).filter(|d| !plan.dissolved.is_empty() && time >= d.time) else {
        return Ok(());
    };
    if s.dressing.is_none() {
        return Ok(());
    }
    apply(plan, s, dt);
    let area = column_area(s);
    let volume = s.grid.volume();
    let barrier = Barrier::of(plan, time, dt)?;
    for (m, species) in plan.dissolved.iter().enumerate() {
        let gel = gel_of(d, species.decay)?.at_size(species.diameter);
        let way = barrier.way(plan, d, species.diameter);
        let rate = gel.seep_rate(way.permeability, d.thickness);
        let mut state = std::mem::take(&mut s.dissolved[m]);
        work.gain.fill(0.0);
        let mut degraded = 0.0;
        for (ix, c) in state.columns.iter_mut().enumerate() {
            match work.faces.get(ix) {
                Some(Face::Open(iz)) => {
                    let out = gel.advance(c, dt);
                    degraded += out.degraded;
                    for iy in 0..s.grid.n[1] {
                        work.gain[s.grid.index(ix, iy, *iz)] += out.released / (s.grid.h[2] * dt);
                    }
                }
                Some(Face::Corneum(iz)) => {
                    degraded += gel.hold(c, dt).degraded;
                    let out = c.seep(rate, dt) / (s.grid.h[2] * dt);
                    way.hand_on(out, &s.grid, [ix, *iz], &mut work.gain);
                }
                Some(Face::Shut) | None => {
                    degraded += gel.hold(c, dt).degraded;
                }
            }
        }
        state.flows.add(Line::DegradedGel, degraded * area);
        for v in 0..state.free.len() {
            work.decay[v] = species.decay + work.plasma[v] + work.lymph[v] + work.exudate[v];
        }
        let rates = (work.decay.as_slice(), work.gain.as_slice());
        along_z(&mut work.dissolved[m], &mut state.free, rates, (&s.grid, s.perfused), &mut state.flows, dt);
        let mut sums = [0.0; 4];
        for (v, c) in state.free.iter().enumerate() {
            let rates = [species.decay, work.plasma[v], work.lymph[v], work.exudate[v]];
            for (sum, rate) in sums.iter_mut().zip(rates) {
                *sum += rate * c;
            }
        }
        let lines = [Line::DegradedTissue, Line::Plasma, Line::Lymph, Line::Exudate];
        for (line, sum) in lines.into_iter().zip(sums) {
            state.flows.add(line, sum * dt * volume);
        }
        sideways(&mut work.dissolved[m], &mut state.free, &s.grid, &mut state.flows, dt);
        s.dissolved[m] = state;
    }
    Ok(())
}

/// Loads the species when the dressing was put on or changed: as many copies as its vesicles would carry.
fn apply(plan: &Plan, s: &mut State, dt: f64) {
    let (Some(d), Some(on)) = (dressing_of(plan), &s.dressing) else { return };
    // The population's gel was advanced in this step already: a fresh one is one step old.
    let age = on.columns.iter().flatten().map(|c| c.age).fold(0.0, f64::max);
    if age > 1.5 * dt {
        return;
    }
    let (columns, area, dose, n) = (on.columns.len(), column_area(s), true_dose(plan, d), s.grid.len());
    s.dissolved.resize_with(plan.dissolved.len(), || DissolvedState::new(n));
    for (species, state) in plan.dissolved.iter().zip(&mut s.dissolved) {
        let left: f64 = state.columns.iter().map(|c| c.remaining).sum::<f64>() * area;
        state.flows.add(Line::WithDressing, left);
        state.columns = vec![GelColumn::new(dose * species.copies); columns];
        state.flows.add(Line::Loaded, dose * species.copies * area * columns as f64);
    }
}

impl Default for DissolvedState {
    fn default() -> Self {
        Self::new(0)
    }
}

impl DissolvedState {
    fn new(voxels: usize) -> Self {
        Self { free: vec![0.0; voxels], columns: Vec::new(), flows: Flows::default() }
    }
}

/// Name of a species in balance sheets.
fn name(plan: &Plan, species: &Dissolved) -> String {
    format!("free {} (copies)", plan.scenario.cargo[species.cargo.0].name)
}

/// The balance sheet of each species, in copies.
pub(crate) fn sheets(plan: &Plan, s: &State) -> Vec<Sheet> {
    plan.dissolved
        .iter()
        .zip(&s.dissolved)
        .map(|(species, state)| {
            let stock = Stock {
                free: exoderm_numeric::reduce::sum(&state.free) * s.grid.volume(),
                gel: state.columns.iter().map(|c| c.remaining).sum::<f64>() * column_area(s),
                ..Stock::default()
            };
            close(name(plan, species), &state.flows, &stock)
        })
        .collect()
}

/// Books and clears what stands in a voxel that is cut out.
pub(crate) fn cut(s: &mut State, v: usize, volume: f64) {
    for state in &mut s.dissolved {
        state.flows.add(Line::WithTissue, state.free[v] * volume);
        state.free[v] = 0.0;
    }
}

/// Diffusion of a species by voxel.
pub(crate) fn diffusion(species: &Dissolved, region: &[Region], out: &mut [f64]) {
    for (d, region) in out.iter_mut().zip(region) {
        *d = if *region == Region::Outside { 0.0 } else { species.diffusion[*region as usize] };
    }
}
