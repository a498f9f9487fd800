//! What a study found: the one document that `--json` prints and that the report shows.
//!
//! Everything the report needs is here as plain data; the report computes no result. Times are days, lengths um,
//! unless a field says otherwise. Means carry their number of replicates; intervals are 95 %.

mod carried;
mod delivery;
mod evidence;
mod hazard;
mod product;
mod varied;

pub use carried::{Carried, CarriedDonor, CarriedRecipient};
pub use delivery::{
    Balance, Communication, CommunicationRow, Course, CourseLine, CoursePoint, DressingRow, DressingTable,
    Passage, PassageStage, Plausibility, SpeciesPlausibility, Waterfall, WaterfallStage,
};
pub use evidence::{Assumption, Conflict, EvidenceGroup, ParameterRow, TargetComparison, Trial};
pub use hazard::{Hazard, HazardView};
pub use product::{LoadedRow, Product, RecordItem, Rival, RivalRow};
pub use varied::{
    Bench, BenchDay, BenchGroup, BenchPower, Case, Drawn, RankedInput, Requirement, Sweep, SweepArm,
    SweepAxis, SweepContrast, SweepPoint, Swing,
};

use serde::{Deserialize, Serialize};

/// Version of the document's form.
pub const RESULTS_FORMAT: u32 = 1;

/// The document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// [`RESULTS_FORMAT`].
    pub format: u32,
    /// Scenario's short name.
    pub scenario: String,
    /// Scenario's title.
    pub title: String,
    /// The question.
    pub question: QuestionText,
    /// Species of the profile.
    pub species: String,
    /// Day up to which all runs have got (less than `horizon` when the study was stopped).
    pub reached: f64,
    /// Planned days.
    pub horizon: f64,
    /// "preview" below ten replicates, else "full"; "partial" when stopped.
    pub status: String,
    /// Replicates (initial tissues), parameters fixed.
    pub replicates: u32,
    /// Parameter draws, 0 if none.
    pub draws: u32,
    /// The answer in two sentences, conditional on the assumptions.
    pub answer: String,
    /// Published trials that stand beside the answer.
    #[serde(default)]
    pub trials: Vec<Trial>,
    /// The part of the study that was not run to its end, if one was not; what follows it is missing too.
    #[serde(default)]
    pub unfinished: Option<String>,
    /// Verdict word: "faster", "slower" (closure), "higher", "lower" (other headlines), "no effect" or "not known".
    pub verdict: String,
    /// Name of the headline endpoint.
    pub headline: String,
    /// A smaller value of it is better (time to closure, open area).
    pub less_is_better: bool,
    /// Arms in order.
    pub arms: Vec<ArmResult>,
    /// Paired contrasts, headline ones first.
    pub contrasts: Vec<Contrast>,
    /// Best case, null and worst case of the headline contrast (S086); "need off" besides where rules have a need gate.
    pub cases: Vec<Case>,
    /// Delivery waterfall of a dressing's product (S033).
    pub waterfall: Option<Waterfall>,
    /// Where `waterfall` has nothing to tell: that of each population that was released in a box or by the tissue's own cells (S033).
    #[serde(default)]
    pub passages: Vec<Passage>,
    /// Dose plausibility (S034).
    pub plausibility: Option<Plausibility>,
    /// The dressing.
    pub dressing: Option<DressingTable>,
    /// What of the product reaches the blood.
    #[serde(default)]
    pub blood: Option<crate::whole_body::IntoBlood>,
    /// What would have to be true for a 20 % gain.
    pub required: Vec<Requirement>,
    /// The inputs that swing the headline most, largest first.
    pub sensitivity: Vec<Swing>,
    /// How `sensitivity` was found, in one sentence.
    pub sensitivity_method: String,
    /// What `--draws` says about every input that has a range.
    #[serde(default)]
    pub drawn: Option<Drawn>,
    /// Balance sheet per arm with vesicles.
    pub balance: Vec<Balance>,
    /// Tissue sections: the same times for two arms.
    pub sections: Vec<Section>,
    /// Comparison with published targets.
    pub targets: Vec<TargetComparison>,
    /// The model against the rival that vesicles are waste, by published numbers.
    #[serde(default)]
    pub rival: Option<Rival>,
    /// What vesicles may do to a clone that is already there; absent without a product.
    #[serde(default)]
    pub hazard: Option<Hazard>,
    /// Products: record and loading.
    #[serde(default)]
    pub products: Vec<Product>,
    /// Parameters by evidence level.
    pub evidence: Vec<EvidenceGroup>,
    /// Assumptions: literals of biology.
    pub assumptions: Vec<Assumption>,
    /// Ledger rows used here that other rows contradict.
    pub conflicts: Vec<Conflict>,
    /// Properties the model enforces, which are no evidence.
    pub enforced: Vec<String>,
    /// Warnings (dose saturated, label mismatch, drift in burn-in, …).
    pub warnings: Vec<String>,
    /// How to run it again.
    pub reproduce: Reproduce,
    /// Seconds and bytes.
    pub timings: Timings,
    /// Where the vesicles of a box are over time; absent in skin.
    #[serde(default)]
    pub course: Option<Course>,
    /// What `--sweep` or the design map found.
    #[serde(default)]
    pub sweep: Option<Sweep>,
    /// What an experiment would need to see the predicted effect.
    #[serde(default)]
    pub bench: Option<Bench>,
    /// Who sent how many vesicles to whom, by arm; empty unless the scenario asks for it.
    #[serde(default)]
    pub communication: Vec<Communication>,
    /// What cells sort into the tissue's own vesicles and what comes of it, by arm and species; empty where none do.
    #[serde(default)]
    pub carried: Vec<Carried>,
}

/// The question in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct QuestionText {
    pub text: String,
    pub population: String,
    pub outcome: String,
    pub comparator: String,
}

/// A mean with its spread over replicates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Mean.
    pub mean: f64,
    /// Lower end of the 95 % interval of the mean (Student t over replicates); absent for one replicate.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Replicates.
    pub n: u32,
}

/// One arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArmResult {
    /// Name ("exosome").
    pub name: String,
    /// Kind ("exosome").
    pub kind: String,
    /// One line.
    pub label: String,
    /// Closure over time.
    pub series: Vec<SeriesPoint>,
    /// Endpoints in the scenario's order.
    pub endpoints: Vec<EndpointResult>,
    /// Cells at the end, mean over replicates.
    pub cells: f64,
}

/// A point of the time series, over replicates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesPoint {
    /// Day.
    pub day: f64,
    /// Per cent of the wound area closed.
    pub closed: Estimate,
}

/// An endpoint in one arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndpointResult {
    /// Name ("closure_d13").
    pub name: String,
    /// Name for people.
    pub label: String,
    /// Unit for people ("%", "um", "d").
    pub unit: String,
    /// Value over replicates; absent if not reached.
    pub value: Option<Estimate>,
    /// Text that replaces the number ("> 14 d").
    pub text: Option<String>,
    /// Each replicate's value, in order (absent: not reached).
    pub replicates: Vec<Option<f64>>,
    /// "fit", "check" or "report".
    pub role: String,
}

/// A paired contrast of two arms on one endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contrast {
    /// First arm.
    pub arm: String,
    /// Arm it is compared with.
    pub reference: String,
    /// Endpoint's name.
    pub endpoint: String,
    /// Endpoint's label.
    pub label: String,
    /// Unit ("pp" for differences of per cent).
    pub unit: String,
    /// Paired difference, simulation noise only (parameters fixed).
    pub noise: Option<Estimate>,
    /// Paired difference over parameter draws (2.5–97.5 % of draws), labelled apart.
    pub parameters: Option<Estimate>,
    /// Why there is no number, if there is none.
    pub text: Option<String>,
}

/// One tissue section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// Arm.
    pub arm: String,
    /// Day.
    pub day: f64,
    /// Replicate shown.
    pub replicate: u32,
    /// Extent (um): x, z.
    pub size: [f64; 2],
    /// Voxel edge (um), columns and rows of the maps.
    pub voxel: f64,
    /// Columns.
    pub nx: usize,
    /// Rows.
    pub nz: usize,
    /// Half-width of the original wound (um) and of the present one.
    pub wound: [f64; 2],
    /// Front of the epithelium (um).
    pub front: f64,
    /// Cells: type index, x, z, radius (um).
    pub cells: Vec<(u8, f32, f32, f32)>,
    /// Names of the types for people, by index.
    pub types: Vec<String>,
    /// Collagen per voxel (intact = 1), row by row from the bottom, x fastest.
    pub collagen: Vec<f32>,
    /// Product vesicles per um³ (free and bound), likewise.
    pub vesicles: Vec<f32>,
    /// Basement membrane and surface heights per column (um).
    pub basement: Vec<f32>,
}

/// How to make it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reproduce {
    /// Command.
    pub command: String,
    /// Program version and, if known, commit.
    pub version: String,
    /// Seed.
    pub seed: u64,
    /// xxh3-128 of the resolved scenario, the ledger, the calibration, and the digest of all results.
    pub hashes: Vec<(String, String)>,
}

/// Seconds of work and memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Wall seconds of the study, 0 in a rebuilt report.
    pub wall_seconds: f64,
    /// Seconds by part, summed over runs.
    pub parts: Vec<(String, f64)>,
    /// Highest resident memory (MB), if known.
    pub peak_memory_mb: Option<f64>,
    /// Threads used.
    pub threads: usize,
}
