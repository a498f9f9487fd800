//! Cell types and the forces between them.

use super::{Biogenesis, CellTypeId, Sorted, SubstrateId, VesicleUptake};
use serde::{Deserialize, Serialize};

/// Forces between cells: overdamped, centre-based, of compact support.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellMechanics {
    /// Stiffness over drag: rate at which two overlapping cells part (1/min).
    pub stiffness: f64,
    /// Cubic part of the stiffness (1/min).
    pub stiffness_cubic: f64,
    /// Largest attraction over drag between cells of adhesion 1 (um/min); a pair has the product of their adhesions.
    pub adhesion: f64,
    /// Range of attraction as a multiple of the contact distance.
    pub reach: f64,
    /// Stiffness over drag that holds basal cells to the basement membrane (1/min).
    pub anchoring: f64,
    /// Stiffness over drag of the links by which crawling cells drag each other along (1/min).
    pub link_stiffness: f64,
    /// Gap between neighbours up to which a link bears nothing (um).
    pub link_slack: f64,
    /// Gap beyond which neighbours are not linked (um).
    pub link_reach: f64,
    /// Error in position allowed to a substep (um): numerics.
    pub tolerance: f64,
    /// Speed below which a cell comes to rest and sleeps (um/min): numerics.
    pub rest_speed: f64,
}

/// A cell type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellType {
    /// Name ("kc_ta").
    pub name: String,
    /// Name for people ("transit-amplifying keratinocyte").
    pub label: String,
    /// Where it lives.
    pub place: Place,
    /// Radius at rest (um).
    pub radius: f64,
    /// Adhesion, relative; a pair has the product.
    pub adhesion: f64,
    /// Stiffness against other cells, relative; a pair has the product. 0 for cells that squeeze through.
    pub stiffness: f64,
    /// Base speed (um/min), persistence time (min).
    pub speed: f64,
    /// Persistence of the walk (min).
    pub persistence: f64,
    /// Attraction up the gradients of substrates: weight 0–1 of direction.
    pub chemotaxis: Vec<(SubstrateId, f64)>,
    /// Share of the direction that chemotaxis decides (0–1).
    pub bias: f64,
    /// Relative difference of attractant across the cell at which the bias is half; 0 for full however shallow.
    pub gradient_half: f64,
    /// Crawls from a free edge over the bed with its neighbours (keratinocytes).
    pub crawls: bool,
    /// Distance over which the free edge is felt through neighbours (um), if it crawls.
    pub edge_reach: f64,
    /// Base division rate (1/min).
    pub division: f64,
    /// Least time between divisions (min).
    pub refractory: f64,
    /// Pressure at which division is halved (overlap units); infinite for none.
    pub pressure_half: f64,
    /// How sharply division falls about that pressure (Hill exponent).
    pub pressure_exponent: f64,
    /// Time constant with which a cell takes its type's size (min), 0 for at once.
    pub growth: f64,
    /// Base death rate (1/min).
    pub death: f64,
    /// Power of the density of the type, over that at the start, by which death is multiplied in skin that no wound rouses; 0 for
    /// no feedback.
    pub density_exponent: f64,
    /// Time an apoptotic cell takes to shrink and vanish (min), 0 for at once.
    pub apoptosis: f64,
    /// Fates, each with its rate or trigger.
    pub fates: Vec<Fate>,
    /// Secretion (substrate unit × um³/min per cell).
    pub secretion: Vec<(SubstrateId, f64)>,
    /// Uptake of substrates (um³/min per cell).
    pub uptake: Vec<(SubstrateId, f64)>,
    /// Laying down of collagen I, III (intact units × um³/min per cell).
    pub collagen1: f64,
    /// Collagen III likewise.
    pub collagen3: f64,
    /// Clearance of debris (um³/min per cell).
    pub phagocytosis: f64,
    /// Rate at which the pro-repair score rises (1/min), for macrophages.
    pub polarisation: f64,
    /// Pro-repair score on arrival (0 pro-inflammatory – 1 pro-repair).
    pub polarisation_start: f64,
    /// Pro-repair score of cells resident in resting tissue.
    pub polarisation_resident: f64,
    /// Lines vessels: exchanges with the blood, and recruited cells enter beside it.
    pub vessel: bool,
    /// Contractile: counts as 1 myofibroblast in wound contraction.
    pub contractile: bool,
    /// Biogenesis of vesicles, if it makes any.
    pub biogenesis: Option<Biogenesis>,
    /// Cargo that its vesicles load.
    #[serde(default)]
    pub sorted: Vec<Sorted>,
    /// Uptake of vesicles.
    pub vesicle_uptake: VesicleUptake,
}

/// Where cells of a type live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// Held on the basement membrane.
    Basal,
    /// In the epidermis, above the basement membrane.
    Suprabasal,
    /// In the stratum corneum.
    Corneal,
    /// In the dermis.
    Dermal,
    /// Anywhere.
    Free,
}

/// A change of type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fate {
    /// What it becomes; `None` is shed or removed.
    pub to: Option<CellTypeId>,
    /// What sets it off.
    pub trigger: FateTrigger,
}

/// What sets a change of type off.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum FateTrigger {
    /// A constant rate (1/min) that rules may change (behaviour `fate:<to>`).
    Rate(f64),
    /// At division, the daughter becomes it with this probability.
    OnDivision(f64),
    /// At division, both daughters become it with this probability.
    OnDivisionBoth(f64),
    /// After this many divisions of its line.
    AfterDivisions(u32),
    /// When pushed this far (um) above the basement membrane.
    Height(f64),
    /// After this time in its type (min), exponentially spread about its mean.
    Age(f64),
}
