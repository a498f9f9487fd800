//! Where vesicles went: waterfall, copies per cell, dressing, balance, who sent to whom, places of a box.

use super::Estimate;
use serde::{Deserialize, Serialize};

/// Who sent how many vesicles to whom in an arm, from the start of the burn-in, mean over replicates (S035).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Communication {
    /// Arm.
    pub arm: String,
    /// Recipients: cell types that took any up.
    pub recipients: Vec<String>,
    /// Senders: types of cells that released any, then products.
    pub senders: Vec<CommunicationRow>,
}

/// What one sender sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommunicationRow {
    /// Cell type or product.
    pub name: String,
    /// True for a product.
    pub product: bool,
    /// Vesicles released.
    pub released: f64,
    /// Taken up, by recipient.
    pub taken: Vec<f64>,
    /// Still free in the tissue or on its matrix.
    pub present: f64,
    /// Degraded outside cells, drained or carried off: released less the others.
    pub lost: f64,
}

/// Where the vesicles of a general box are over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Course {
    /// Resolution of transport: "field", "counts" or "particles".
    pub resolution: String,
    /// Unit of times in `lines`: "s", "min", "h" or "d".
    pub unit: String,
    /// End of the runs in that unit.
    pub horizon: f64,
    /// By arm, population and place; a place where none ever was is left out.
    pub lines: Vec<CourseLine>,
}

/// One place where vesicles are or went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CourseLine {
    /// Arm.
    pub arm: String,
    /// Population.
    pub population: String,
    /// "caught by sphere", "taken by cells", "free in the box", "lost on the way", "left the box".
    pub place: String,
    /// True for what counts as caught: spheres and cells.
    pub caught: bool,
    /// Vesicles made up to the end, mean over replicates.
    pub made: f64,
    /// Per cent of what was made so far, over time.
    pub points: Vec<CoursePoint>,
}

/// A point of a course.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CoursePoint {
    /// Time after the start in the course's unit.
    pub time: f64,
    /// Per cent of the vesicles made so far, over replicates.
    pub share: Estimate,
}

/// Where the product's particles went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waterfall {
    /// Stages from labelled particles to escaped cargo, in order.
    pub stages: Vec<WaterfallStage>,
    /// Day at which it was read.
    pub day: f64,
    /// Final stage over the first.
    pub overall: f64,
    /// Applied vesicles : endogenous vesicles released in the bed over the same time.
    pub applied_to_endogenous: f64,
}

/// One stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WaterfallStage {
    /// Name ("labelled particles").
    pub name: String,
    /// Particles per cm² of wound.
    pub particles_per_cm2: f64,
    /// Fraction of the stage before.
    pub fraction: f64,
    /// Where the fraction comes from ("simulated", "@f_loss_minus80").
    pub source: String,
}

/// The way of one population to the cytosol where no dressing gives it: released in a box, or by the tissue's own cells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    /// Arm it was read in.
    pub arm: String,
    /// Population.
    pub population: String,
    /// False for the tissue's own vesicles.
    pub product: bool,
    /// Unit of the stages' amounts: "vesicles/cm^2" of skin as it was laid out, or "vesicles" in a box.
    pub unit: String,
    /// Stages from what was made to the cytosol (to the spheres of a box in which no cell takes vesicles), in order; means over replicates.
    pub stages: Vec<PassageStage>,
    /// Final stage over the first.
    pub overall: f64,
    /// Time after day 0 at which it was read, in `time_unit`.
    pub time: f64,
    /// "s", "min", "h" or "d".
    pub time_unit: String,
    /// Days before day 0 from which on everything counts.
    pub burn_in: f64,
}

/// One stage of a passage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PassageStage {
    /// Name ("bound by cells").
    pub name: String,
    /// Vesicles in the passage's unit.
    pub amount: f64,
    /// Fraction of the stage before.
    pub fraction: f64,
    /// Where the amount comes from.
    pub source: String,
}

/// Can copy numbers explain an RNA effect?
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plausibility {
    /// Dose by mass (ug/cm²), if given so.
    pub dose_ug_per_cm2: Option<f64>,
    /// Dose by number (particles/cm²): low, central, high through the purity interval.
    pub dose_particles_per_cm2: [f64; 3],
    /// Human anchors (particles/cm²): lowest and highest.
    pub anchors: [f64; 2],
    /// Each RNA or protein species considered.
    pub species: Vec<SpeciesPlausibility>,
    /// Vesicles taken up per target cell in the bed, median and 95 % over cells.
    pub vesicles_per_cell: [f64; 2],
    /// "says nothing about benefit" and what else must be said.
    pub note: String,
}

/// One cargo species.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpeciesPlausibility {
    /// Name.
    pub name: String,
    /// Copies per vesicle.
    pub copies_per_vesicle: f64,
    /// Copies delivered to the cytosol of target cells: median and 95th percentile over cells (simulated).
    pub copies_per_cell: [f64; 2],
    /// Upper bound: all labelled particles' cargo shared by the target cells.
    pub upper_bound: f64,
    /// Upper bound with the highest dose of the purity interval.
    pub upper_bound_high: f64,
    /// Threshold from the ledger: low, value, high.
    pub threshold: [f64; 3],
    /// "not excluded by copy number", "only at the upper end" or "implausible".
    pub verdict: String,
    /// Why: median, 95th percentile and upper bound against the threshold.
    #[serde(default)]
    pub why: String,
    /// Copies per cell for escape 1e-4, 5e-3 and 0.3 (median, scaled).
    pub by_escape: Vec<(f64, f64)>,
}

/// The dressing over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DressingTable {
    /// Dose as written.
    pub dose: String,
    /// ug per cm² and particles per cm² of wound.
    pub ug_per_cm2: Option<f64>,
    /// Particles per cm² of wound, labelled.
    pub particles_per_cm2: f64,
    /// Rows.
    pub rows: Vec<DressingRow>,
    /// Suggested reading of a change interval, with its reason.
    pub change: String,
}

/// One day of the dressing; percentages of the vesicles loaded (after losses).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct DressingRow {
    pub day: f64,
    pub released_percent: f64,
    pub still_in_gel_percent: f64,
    pub degraded_in_gel_percent: f64,
    /// Free and bound in the bed now.
    pub in_bed_percent: f64,
    /// Mean occupancy of target cells in the bed (0–1): how much still acts.
    pub acting: f64,
}

/// Balance sheet of vesicles of one population in one arm (particles, summed over replicates).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    /// Arm.
    pub arm: String,
    /// Population.
    pub population: String,
    /// Lines: sources positive, fates positive; sources − fates = residual.
    pub made: Vec<(String, f64)>,
    /// Where they are or went.
    pub fates: Vec<(String, f64)>,
    /// Drawn minus expected uptake, a line of its own.
    pub sampling: f64,
    /// Its statistical bound (3 standard deviations).
    pub sampling_bound: f64,
    /// |made − fates − sampling| / made.
    pub relative_error: f64,
    /// True if `relative_error` ≤ 1e-9.
    pub closes: bool,
}
