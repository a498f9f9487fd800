//! The state of a tissue: all that a checkpoint holds.

use crate::balance::Flows;
use crate::boxed::Discrete;
use crate::dissolved::DissolvedState;
use crate::networks::{self, NetworkColumns};
use crate::observe::{Row, Snapshot};
use crate::plan::{NODES, Region};
use crate::senders::{Exchange, Senders};
use crate::sorted::SortedState;
use exoderm_cell::{Cells, Column, Domain, Mechanics, OnDivision, Surface};
use exoderm_field::SolverState;
use exoderm_model::scenario::{CellTypeId, Scenario};
use exoderm_vesicle::gel::GelColumn;
use serde::{Deserialize, Serialize};

/// The mesh of a strip or box, in the layout of [`exoderm_field::Mesh`]: z fastest, x slowest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// Voxels along x, y, z.
    pub n: [usize; 3],
    /// Voxel edges (um).
    pub h: [f64; 3],
}

impl Grid {
    /// Number of voxels.
    pub fn len(&self) -> usize {
        self.n[0] * self.n[1] * self.n[2]
    }

    /// True if there is no voxel.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Volume of a voxel (um³).
    pub fn volume(&self) -> f64 {
        self.h[0] * self.h[1] * self.h[2]
    }

    /// Index of a voxel.
    #[inline]
    pub fn index(&self, ix: usize, iy: usize, iz: usize) -> usize {
        iz + self.n[2] * (iy + self.n[1] * ix)
    }

    /// Voxel of a position, clamped to the box; y is periodic.
    #[inline]
    pub fn voxel(&self, p: [f64; 3]) -> usize {
        let clamp = |x: f64, h: f64, n: usize| ((x / h).max(0.0) as usize).min(n - 1);
        let iy = if self.n[1] == 1 { 0 } else { clamp(p[1], self.h[1], self.n[1]) };
        self.index(clamp(p[0], self.h[0], self.n[0]), iy, clamp(p[2], self.h[2], self.n[2]))
    }
}

/// What a tissue starts from; made by whoever knows the anatomy.
#[derive(Clone, Debug)]
pub struct Blueprint {
    /// Mesh.
    pub grid: Grid,
    /// Region of each voxel.
    pub region: Vec<Region>,
    /// Basement membrane, if the tissue is layered.
    pub surface: Option<Surface>,
    /// Top of the tissue above the basement membrane (um): where the cover ends.
    pub thickness: f64,
    /// Box of the cells.
    pub domain: Domain,
    /// Cells: type, centre (um), radius (um).
    pub cells: Vec<(CellTypeId, [f64; 3], f64)>,
    /// Voxels beyond which the tissue counts as perfused stroma with interstitial flow toward the depth.
    pub perfused: bool,
}

/// The wound's state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WoundState {
    /// Tick of the cut.
    pub tick: u32,
    /// Radius at the cut (um).
    pub initial: f64,
    /// Present edge of the bed (um): shrinks by contraction.
    pub edge: f64,
    /// Contraction not yet taken from the mesh (um), below one voxel.
    pub carry: f64,
    /// Clot factors still stored, relative to the cut.
    pub clot: Vec<f64>,
    /// Fronts of the last 12 h (tick, um), by transport step.
    pub fronts: Vec<(u32, f64)>,
}

impl WoundState {
    /// Keeps the front of a tick, and of those before it that are less than `kept` ticks old.
    pub(crate) fn note(&mut self, tick: u32, front: f64, kept: u32) {
        self.fronts.retain(|(t, _)| tick - t < kept);
        self.fronts.push((tick, front));
    }

    /// The furthest of the kept fronts and the present one (um).
    pub(crate) fn furthest(&self, now: f64) -> f64 {
        self.fronts.iter().fold(now, |least, (_, front)| least.min(*front))
    }
}

/// The dressing's state.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DressingState {
    /// Tick it was put on.
    pub tick: u32,
    /// One gel column per mesh column it covers, per size node (vesicles per um²).
    pub columns: Vec<[GelColumn; NODES]>,
}

/// Indices of the per-cell columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Columns {
    /// Pro-repair score.
    pub score: Column,
    /// Divisions since the founder.
    pub generation: Column,
    /// Rule memories.
    pub memory: Vec<Column>,
    /// Vesicles on the surface, by population.
    pub surface: Vec<Column>,
    /// Vesicles inside, by population.
    pub inside: Vec<Column>,
    /// Acting cargo on the surface, inside, and in the cytosol, by population × slot; empty for endogenous unless cells
    /// sort cargo into them.
    pub cargo: Vec<Vec<[Column; 3]>>,
    /// The last of these by slot, of the populations that have any: what acts in a cell.
    pub cytosol: Vec<Vec<Column>>,
    /// Endosomal chain: early endosomes, bodies, intraluminal vesicles by branch.
    pub chain: [Column; 4],
    /// Vesicles held at the fusion site, by population; absent where none are.
    pub held: Vec<Option<Column>>,
    /// The followed population's vesicles on the surface and inside, by donor.
    pub donors: Vec<[Column; 2]>,
    /// Loading (copies per room) of the vesicles in a cell's bodies, by species that cells sort.
    #[serde(default)]
    pub sorting: Vec<Column>,
    /// Networks.
    pub networks: Vec<NetworkColumns>,
}

/// How far the tissue had settled: what it was two thirds through the burn-in, and at its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settling {
    /// Thickness of the viable epidermis (um): before, at the end.
    pub thickness: [f64; 2],
    /// Cells: before, at the end.
    pub cells: [f64; 2],
}

impl Settling {
    /// Largest relative change over the last third of the burn-in; 0 before it is over.
    pub fn drift(&self) -> f64 {
        let change = |[a, b]: [f64; 2]| if a > 0.0 && b > 0.0 { (b / a - 1.0).abs() } else { 0.0 };
        change(self.thickness).max(change(self.cells))
    }
}

/// All that a checkpoint holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    /// Set points of dissolved factors in intact skin, found by the burn-in; empty before.
    pub rest: Vec<crate::rest::Rest>,
    /// Cells of each type per length of skin at the start (per um), which turnover in intact skin holds.
    pub resting_density: Vec<f64>,
    /// How far the burn-in settled the tissue.
    pub settling: Settling,
    /// Phenotype ticks since the start of the burn-in.
    pub tick: u32,
    /// Cells.
    pub cells: Cells,
    /// Handles of their columns.
    pub columns: Columns,
    /// Mechanics (parameters and step size).
    pub mechanics: Mechanics,
    /// Mesh.
    pub grid: Grid,
    /// Region of each voxel.
    pub region: Vec<Region>,
    /// Height of the basement membrane by column (um); empty without one.
    pub basement: Vec<f64>,
    /// Thickness of the cover above it (um).
    pub thickness: f64,
    /// Perfused stroma has interstitial flow.
    pub perfused: bool,
    /// Substrates, in their units.
    pub substrates: Vec<Vec<f64>>,
    /// Collagen I, III, fibrin, debris.
    pub collagen1: Vec<f64>,
    /// Collagen III.
    pub collagen3: Vec<f64>,
    /// Fibrin.
    pub fibrin: Vec<f64>,
    /// Debris.
    pub debris: Vec<f64>,
    /// Free vesicles (per um³), by population × node; after those, by donor × node, the parts of the
    /// followed population, and by species × node the copies of what cells sort into their vesicles.
    pub free: Vec<Vec<f64>>,
    /// Matrix-bound vesicles (per um³), likewise.
    pub bound: Vec<Vec<f64>>,
    /// The wound, once cut.
    pub wound: Option<WoundState>,
    /// The dressing, once on.
    pub dressing: Option<DressingState>,
    /// Free species of the soluble arm, once its dressing is on; empty elsewhere.
    pub dissolved: Vec<DissolvedState>,
    /// Flows of each population.
    pub flows: Vec<Flows>,
    /// Who sent to whom so far; empty unless asked for.
    pub exchange: Exchange,
    /// What cells sorted into their vesicles.
    #[serde(default)]
    pub sorted: SortedState,
    /// Vesicles that the spheres of a box have taken so far, by population × sphere.
    pub caught: Vec<f64>,
    /// Vesicles that are beyond the open faces of a box, by population.
    pub beyond: Vec<f64>,
    /// What counts or particles carry along, filled in by [`crate::Tissue::checkpoint`].
    pub discrete: Discrete,
    /// Series so far.
    pub series: Vec<Row>,
    /// Snapshots so far.
    pub snapshots: Vec<Snapshot>,
    /// State of the solvers of dissolved factors, filled in by [`crate::Tissue::checkpoint`]; empty at a fresh start.
    pub solvers: Vec<SolverState>,
}

/// Registers the per-cell columns in the order every arm shares.
pub(crate) fn register(
    cells: &mut Cells,
    s: &Scenario,
    slots: usize,
    memories: usize,
) -> Result<Columns, exoderm_cell::CellError> {
    use OnDivision::{Copy, Halve};
    let score = cells.register("pro_repair_score", 0.0, Copy)?;
    let generation = cells.register("generation", 0.0, Copy)?;
    let memory =
        (0..memories).map(|k| cells.register(&format!("memory_{k}"), 0.0, Copy)).collect::<Result<_, _>>()?;
    let (mut surface, mut inside, mut cargo) = (Vec::new(), Vec::new(), Vec::new());
    let sorted = s.sorted_cargo();
    for p in &s.vesicles {
        // Whole vesicles are shared out by hand at division; the amounts of cargo with them.
        surface.push(cells.register(&format!("surface_{}", p.name), 0.0, Copy)?);
        inside.push(cells.register(&format!("inside_{}", p.name), 0.0, Copy)?);
        let mut slots_of = Vec::new();
        if !p.endogenous || !sorted.is_empty() {
            for k in 0..slots {
                slots_of.push([
                    cells.register(&format!("cargo_surface_{}_{k}", p.name), 0.0, Copy)?,
                    cells.register(&format!("cargo_inside_{}_{k}", p.name), 0.0, Copy)?,
                    cells.register(&format!("cytosol_{}_{k}", p.name), 0.0, Copy)?,
                ]);
            }
        }
        cargo.push(slots_of);
    }
    let chain = [
        cells.register("early_endosomes", 0.0, Halve)?,
        cells.register("multivesicular_bodies", 0.0, Halve)?,
        cells.register("ilv_escrt", 0.0, Halve)?,
        cells.register("ilv_ceramide", 0.0, Halve)?,
    ];
    // Whole vesicles, shared out by hand like those on the surface.
    let mut held = Vec::with_capacity(s.vesicles.len());
    for (p, population) in s.vesicles.iter().enumerate() {
        let makers = s.cells.iter().filter_map(|c| c.biogenesis.as_ref()).filter(|b| b.population.0 == p);
        let holds = makers.into_iter().any(|b| b.hold > 0.0);
        let name = format!("held_{}", population.name);
        held.push(if holds { Some(cells.register(&name, 0.0, Copy)?) } else { None });
    }
    let donors = (0..Senders::of(s).map_or(0, |x| x.donors.len()))
        .map(|d| {
            Ok([
                cells.register(&format!("surface_from_{d}"), 0.0, Copy)?,
                cells.register(&format!("inside_from_{d}"), 0.0, Copy)?,
            ])
        })
        .collect::<Result<_, exoderm_cell::CellError>>()?;
    let sorting = sorted
        .iter()
        .map(|c| cells.register(&format!("loading_{}", s.cargo[c.0].name), 0.0, Copy))
        .collect::<Result<_, _>>()?;
    let networks = networks::register(cells, s)?;
    let slots = cargo.iter().map(Vec::len).max().unwrap_or(0);
    let cytosol =
        (0..slots).map(|k| cargo.iter().filter_map(|of| of.get(k)).map(|c: &[Column; 3]| c[2]).collect());
    let cytosol = cytosol.collect();
    Ok(Columns {
        score,
        generation,
        memory,
        surface,
        inside,
        cargo,
        cytosol,
        chain,
        held,
        donors,
        sorting,
        networks,
    })
}

impl State {
    /// Free vesicles of a population in a voxel (per um³), all sizes.
    #[inline]
    pub(crate) fn free_total(&self, p: usize, voxel: usize) -> f64 {
        (0..NODES).map(|k| self.free[p * NODES + k][voxel]).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pore that closes within the time kept leaves no trace in what is read; one that stays does, late by that time.
    #[test]
    fn short_pores_do_not_open_a_wound_again() {
        let mut w = WoundState {
            tick: 0,
            initial: 500.0,
            edge: 500.0,
            carry: 0.0,
            clot: Vec::new(),
            fronts: Vec::new(),
        };
        let mut read = |tick: u32, front: f64| {
            w.note(tick, front, 4);
            w.furthest(front)
        };
        assert_eq!([read(0, 500.0), read(1, 480.0)], [500.0, 480.0]);
        assert_eq!([read(2, 495.0), read(3, 495.0), read(4, 470.0)], [480.0, 480.0, 470.0]);
        assert_eq!(
            [read(5, 495.0), read(6, 495.0), read(7, 495.0), read(8, 495.0)],
            [470.0, 470.0, 470.0, 495.0]
        );
    }
}
