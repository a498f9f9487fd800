//! What is asked of the dose calculator, and its answer.

use serde::Serialize;

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// How much: particles, or protein by mass.
    pub amount: Amount,
    /// Area of skin, as text with a unit.
    pub area: String,
    /// Route, by name.
    pub route: String,
    /// Cargo species, by name; a microRNA if none is named.
    pub cargo: Vec<String>,
    /// What the product's label says it is for, if known.
    pub label: Option<String>,
    /// Time over which cells take it up, as text with a unit.
    pub time: String,
    /// Numbers to use instead, "name=value".
    pub set: Vec<String>,
    /// Points in the box of ranges.
    pub draws: u32,
}

/// How much is given.
#[derive(Clone, Debug, PartialEq)]
pub enum Amount {
    /// Particles on the label.
    Particles(f64),
    /// Protein, as text with a unit.
    Mass(String),
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DoseResult {
    /// What must be said before anything else: the label does not allow this route.
    pub flag: Option<String>,
    /// Route and what it is.
    pub route: String,
    /// In words.
    pub route_what: String,
    /// Area (cm²).
    pub area_cm2: f64,
    /// Particles per cm² on the label: low, stated, high (an interval where the dose was given by mass).
    pub dose_particles_per_cm2: [f64; 3],
    /// Protein (ug/cm²), if given by mass.
    pub dose_ug_per_cm2: Option<f64>,
    /// Lowest and highest dose used in people (particles/cm²).
    pub anchors: [f64; 2],
    /// What they are.
    pub anchor_sources: [String; 2],
    /// Time (d).
    pub days: f64,
    /// Depth of the layer that receives it (um), with the numbers as stated.
    pub depth_um: f64,
    /// Target cells in it (per cm²).
    pub cells_per_cm2: f64,
    /// The way, stage by stage.
    pub stages: Vec<DoseStage>,
    /// Vesicles bound per target cell.
    pub vesicles_per_cell: Spread,
    /// Each cargo.
    pub cargo: Vec<CargoDose>,
    /// Every number used, with its range and source.
    pub inputs: Vec<InputRow>,
    /// Points over the ranges.
    pub draws: u32,
    /// What the answer leaves out.
    pub notes: Vec<String>,
}

/// A number and its spread over the ranges of the inputs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// With every input as stated.
    pub stated: f64,
    /// 2.5, 50, 95 and 97.5 % of the points over the ranges.
    pub low: f64,
    /// Median.
    pub median: f64,
    /// 95 %.
    pub p95: f64,
    /// 97.5 %.
    pub high: f64,
}

/// One stage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DoseStage {
    /// Name.
    pub name: String,
    /// Vesicles per cm².
    pub per_cm2: Spread,
    /// Share of the stage before, with every input as stated.
    pub fraction: f64,
    /// Names of the inputs that set it.
    pub inputs: Vec<String>,
}

/// One cargo.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CargoDose {
    /// As asked.
    pub name: String,
    /// What it is taken for.
    pub kind: String,
    /// Copies in a vesicle.
    pub copies_per_vesicle: Spread,
    /// Copies in a target cell if every particle on the label delivered all it carries.
    pub upper_bound: f64,
    /// Most copies in the cytosol of a target cell at one time.
    pub copies_per_cell: Spread,
    /// When, with every input as stated (d).
    pub peak_day: f64,
    /// Copies for an effect: low, stated, high; none for what is no RNA.
    pub threshold: Option<[f64; 3]>,
    /// "not excluded", "only at the upper end" or "implausible"; none without a threshold.
    pub verdict: Option<String>,
    /// The same for the escape efficiencies that are always shown.
    pub by_escape: Vec<EscapeRow>,
}

/// Copies at one escape efficiency.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EscapeRow {
    /// Share of internalised vesicles whose cargo escapes.
    pub escape: f64,
    /// Median copies at the peak.
    pub median: f64,
    /// 95 %.
    pub p95: f64,
    /// Verdict at this efficiency.
    pub verdict: Option<String>,
}

/// One input.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InputRow {
    /// Name, as `--set` takes it.
    pub name: String,
    /// What it is.
    pub what: String,
    /// Value with unit.
    pub value: String,
    /// Range with unit; empty if none.
    pub range: String,
    /// The ledger's key, "given" or "assumed".
    pub key: String,
    /// Citation.
    pub source: String,
    /// How well the source was read.
    pub read: String,
    /// Tier of the evidence, 0 to 5.
    pub tier: u8,
}

impl InputRow {
    /// The ledger's key, or for a number without one its name.
    pub fn key_or_name(&self) -> &str {
        if self.key.starts_with('@') { &self.key } else { &self.name }
    }
}
