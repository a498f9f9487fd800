//! The checked scenario: what is simulated, as plain data.
//!
//! Everything here has passed the checks of [`crate::compile`]: names are resolved to indices, units are converted
//! to um, min, particles (a substrate keeps its own concentration unit), ledger references are numbers with their
//! [`Provenance`]. Nothing downstream checks again. The struct holds no mesh and runs nothing.

mod cells;
mod events;
mod geometry;
mod networks;
mod product;
mod rules;
mod study;
mod vesicles;

pub use cells::{CellMechanics, CellType, Fate, FateTrigger, Place};
pub(crate) use events::product_applied;
pub use events::{Channels, Dressing, Event, Release, ReleaseLaw, Wound};
pub use geometry::{
    Absorber, Density, Matrix, Placement, Side, SkinStrip, Substrate, SubstrateBoundary, Tissue, TissueBox,
};
pub use networks::{CellNetwork, NetworkDivision, NetworkInput, NetworkMethod};
pub use product::{Loaded, LoadingWay, Mode, ProductRecord, RECORD};
pub use rules::{Behaviour, Entry, Exposure, Need, Recruitment, Rule, Signal};
pub use study::{Arm, ArmKind, Comparison, Endpoint, EndpointRole, Finding, Measure, Question, Recording};
pub use vesicles::{
    Biogenesis, Cargo, CargoClass, Content, Population, Resolution, Sorted, VesicleBoundary,
    VesicleTransport, VesicleUptake,
};

use serde::{Deserialize, Serialize};

/// Index of a substrate in [`Scenario::substrates`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SubstrateId(pub usize);

/// Index of a cell type in [`Scenario::cells`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CellTypeId(pub usize);

/// Index of a vesicle population in [`Scenario::vesicles`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PopulationId(pub usize);

/// Index of a cargo species in [`Scenario::cargo`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CargoId(pub usize);

/// Index of an exposure in [`Scenario::exposures`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ExposureId(pub usize);

/// Index of a network in [`Scenario::networks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NetworkId(pub usize);

/// A scenario, complete and checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// Short name (`diabetic-wound`), used for folders.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// The question the run answers.
    pub question: Question,
    /// Species of the profile ("mouse", "human", or what the file says).
    pub species: String,
    /// Simulated time after the events' day 0 (min).
    pub horizon: f64,
    /// Time run before day 0 without events, shared by all arms (min).
    pub burn_in: f64,
    /// Default number of replicates.
    pub replicates: u32,
    /// Default seed.
    pub seed: u64,
    /// Geometry and what fills it.
    pub tissue: Tissue,
    /// Immobile matrix (collagen, fibrin, debris).
    pub matrix: Matrix,
    /// Dissolved factors, in the file's order.
    pub substrates: Vec<Substrate>,
    /// Cargo species carried by vesicles.
    pub cargo: Vec<Cargo>,
    /// Vesicle populations: the skin's own (at most one, `endogenous`) and the products.
    pub vesicles: Vec<Population>,
    /// How vesicles move, bind and leave in each layer.
    pub transport: VesicleTransport,
    /// Forces between cells.
    pub mechanics: CellMechanics,
    /// Cell types, in the file's order.
    pub cells: Vec<CellType>,
    /// What reaches all cells for a time.
    #[serde(default)]
    pub exposures: Vec<Exposure>,
    /// Networks inside cells.
    #[serde(default)]
    pub networks: Vec<CellNetwork>,
    /// Rules: signal → behaviour.
    pub rules: Vec<Rule>,
    /// Factor on every exosome effect (`CAL`); 1 unless the scenario says otherwise.
    pub potency: f64,
    /// Factor on every rule that acts through chromatin; at 0 they are left out.
    #[serde(default)]
    pub chromatin_gain: f64,
    /// Exosome effects raise a behaviour no further than its other rules can.
    #[serde(default)]
    pub bounded: bool,
    /// Recruitment of cells from the blood.
    pub recruitment: Vec<Recruitment>,
    /// Wound, dressing, one-off releases.
    pub events: Vec<Event>,
    /// Arms, in the file's order.
    pub arms: Vec<Arm>,
    /// What is read off.
    pub endpoints: Vec<Endpoint>,
    /// What is recorded, and how often.
    pub recording: Recording,
    /// Inputs varied one at a time for the report: ledger keys as "@key", or paths of literals that have a range.
    pub sensitivity: Vec<String>,
    /// Settings ("path=value") that make the healthy counterpart of need gates out of this scenario; empty where the
    /// scenario is healthy itself.
    pub counterpart: Vec<String>,
    /// Published numbers shown beside the result.
    pub comparisons: Vec<Comparison>,
    /// Steps of the loops.
    pub steps: Steps,
    /// Where each number came from, in the file's order.
    pub provenance: Vec<Provenance>,
}

/// Steps of the loops (min).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Steps {
    /// Phenotype and mechanics interval.
    pub phenotype: f64,
    /// Fields and vesicles; a multiple of `phenotype`.
    pub transport: f64,
    /// `phenotype` during the burn-in; `transport` is longer by the same factor there.
    pub burn_in: f64,
}

/// Where a number came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Path in the scenario ("cell.fibroblast.speed").
    pub path: String,
    /// As written ("@sec_fibroblast*0.5").
    pub text: String,
    /// Value in the internal unit.
    pub value: f64,
    /// Origin.
    pub origin: Origin,
    /// Range in the internal unit, if known.
    pub range: Option<(f64, f64)>,
    /// Source file's name and line.
    pub file: String,
    /// 1-based line.
    pub line: usize,
}

/// Origin of a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Origin {
    /// A ledger parameter.
    Ledger {
        /// Key.
        key: String,
    },
    /// A fitted value.
    Calibrated {
        /// Key in data/calibration.
        key: String,
    },
    /// A literal of biology: listed as an assumption.
    Assumption,
    /// A choice of the experiment or of numerics (dose, times, mesh), not an assumption of biology.
    Design,
}
