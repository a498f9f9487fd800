//! Rules: signal to behaviour; recruitment.

use super::{CargoId, CellTypeId, ExposureId, NetworkId, PopulationId, SubstrateId};
use serde::{Deserialize, Serialize};

/// A rule: a signal changes a behaviour of a cell type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Name.
    pub name: String,
    /// Cell types it applies to.
    pub cells: Vec<CellTypeId>,
    /// Signal.
    pub signal: Signal,
    /// Behaviour.
    pub behaviour: Behaviour,
    /// Fold of the base at saturation (above 1 promotes, below 1 inhibits) or, where `absolute`, the value there.
    pub saturation: f64,
    /// `saturation` is a value of the behaviour, in its internal unit, rather than a fold.
    pub absolute: bool,
    /// Signal at half effect.
    pub half: f64,
    /// Hill exponent.
    pub exponent: f64,
    /// The absence of the signal acts: 1 − Hill.
    pub falling: bool,
    /// The rule's fold multiplies the combined value of the others instead of joining their Hill sum.
    pub multiply: bool,
    /// Relaxation time of the memory (min), 0 for none.
    pub memory: f64,
    /// Exosome rule: multiplied by potency, applied after all others, silent where the product is inert.
    pub exosome: bool,
    /// Need gate of an exosome rule.
    pub need: Need,
    /// Acts through the cell's chromatin.
    #[serde(default)]
    pub chromatin: bool,
}

/// Something that reaches all cells for a time: a drug, UV, culture shear, stress.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exposure {
    /// Name.
    pub name: String,
    /// What it is, for people.
    pub what: String,
    /// Level while it lasts; 0 otherwise.
    pub level: f64,
    /// From when (min after day 0); from the start of the burn-in without it.
    pub start: Option<f64>,
    /// Until when (min after day 0); to the end without it.
    pub end: Option<f64>,
}

impl Exposure {
    /// Level at a time (min after day 0).
    pub fn at(&self, time: f64) -> f64 {
        let on = self.start.is_none_or(|t| time >= t) && self.end.is_none_or(|t| time < t);
        if on { self.level } else { 0.0 }
    }
}

/// Need gate of an exosome rule (mechanisms.md §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Need {
    /// No gate.
    None,
    /// Acts in proportion to max(0, 1 − d/d₀).
    Deficit,
    /// Acts in proportion to max(0, 1 − d₀/d).
    Excess,
}

/// What a rule reads.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Signal {
    /// Concentration of a substrate at the cell (its unit).
    Substrate(SubstrateId),
    /// Free-edge state of the cell, 0–1.
    FreeEdge,
    /// Mechanical pressure (overlap units).
    Pressure,
    /// Debris in the voxel, 0–1.
    Debris,
    /// Matrix a cell can walk on in its voxel: collagen + fibrin, intact dermis = 1.
    Bed,
    /// Collagen I in the voxel.
    Collagen,
    /// The cell's own pro-repair score (macrophages; 0 for other types).
    Polarisation,
    /// Share of surface sites occupied by vesicles of a population, 0–1.
    Occupancy(PopulationId),
    /// Copies of a cargo species in the cytosol.
    Cargo(CargoId),
    /// Age of the cell (min).
    Age,
    /// Level of an exposure now.
    Exposure(ExposureId),
    /// An output of a network that the cell carries, by its place among the network's outputs (in the network's units).
    Network(NetworkId, usize),
}

/// What a rule changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Behaviour {
    /// Speed of the walk or of crawling.
    Speed,
    /// Rate of division.
    Division,
    /// Rate of death.
    Death,
    /// Share of the direction decided by chemotaxis.
    Bias,
    /// Secretion of one substrate.
    Secretion(SubstrateId),
    /// Collagen I laid down.
    Collagen1,
    /// Collagen III laid down.
    Collagen3,
    /// Rate of the change of type with this target.
    Fate(CellTypeId),
    /// Rate of polarisation to the pro-repair state.
    Polarisation,
    /// Release of vesicles.
    Release,
    /// Uptake of vesicles.
    Uptake,
    /// Clearance of debris.
    Phagocytosis,
    /// Activity of the ESCRT branch of biogenesis, 1 at rest.
    Escrt,
    /// Activity of nSMase2, the ceramide branch, 1 at rest.
    Nsmase2,
    /// Activity of fusion of bodies with the plasma membrane, 1 at rest.
    Rab27,
    /// Activity of fusion of bodies with lysosomes, 1 at rest.
    LysosomeFusion,
    /// Enrichment of a cargo species in the vesicles that the cell makes, 1 for passive loading.
    Enrichment(CargoId),
}

/// Cells entering a wound: from vessels (neutrophils, monocytes → macrophages) or from its base (fibroblasts, sprouts).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recruitment {
    /// Cell type that enters.
    pub cell: CellTypeId,
    /// Where it enters.
    pub entry: Entry,
    /// Entry without signal: cells/min per um of wound edge (vessels) or per um² of wound base (base).
    pub base: f64,
    /// Entry at saturation (same unit).
    pub saturation: f64,
    /// Signal averaged over the wound and its margin.
    pub signal: Signal,
    /// Signal at half effect.
    pub half: f64,
    /// Hill exponent.
    pub exponent: f64,
    /// Margin of tissue outside the wound that recruits (um).
    pub margin: f64,
    /// Spread of the entry points around a vessel, along each axis (um).
    pub scatter: f64,
}

/// Where recruited cells enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// At vessels of the wound's margin and bed; rates are per length of wound edge ("20 cells/mm/h").
    Vessels,
    /// At the lower boundary of the wound (fascia, panniculus); rates are per area ("5 cells/mm2/h").
    Base,
}
