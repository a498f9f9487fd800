//! What a study found: the one document that `--json` prints and that the report shows.
//!
//! Everything the report needs is here as plain data; the report computes no result. Times are days, lengths um,
//! unless a field says otherwise. Means carry their number of replicates; intervals are 95 %.

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
    /// Delivery waterfall of the product (S033).
    pub waterfall: Option<Waterfall>,
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
}

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

/// A published trial beside the answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// "benefit", "null" or "harm".
    pub finding: String,
    /// What was measured in whom.
    pub what: String,
    /// What was published.
    pub published: String,
    /// Its limits.
    pub limits: String,
}

/// Inputs drawn together, ranked by how the headline contrast goes with them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// Draws that could be read.
    pub draws: u32,
    /// Inputs that were drawn.
    pub inputs: u32,
    /// The highest rank correlations, by size.
    pub ranks: Vec<RankedInput>,
    /// Size that the highest of so many unrelated inputs passes by chance in one of twenty studies.
    pub chance: f64,
}

/// A drawn input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankedInput {
    /// Path or key.
    pub input: String,
    /// What it is.
    pub what: String,
    /// Ends of its range, as text with unit.
    pub range: [String; 2],
    /// Spearman's rank correlation with the headline contrast (−1 to 1).
    pub correlation: f64,
    /// Evidence.
    pub evidence: String,
}

/// A measure over one or two swept inputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// One axis (a curve) or two (a map).
    pub axes: Vec<SweepAxis>,
    /// What is read off, for people.
    pub measure: String,
    /// Its unit.
    pub unit: String,
    /// Unit of differences.
    pub difference_unit: String,
    /// Points, the last axis fastest.
    pub points: Vec<SweepPoint>,
    /// The axes are dose and release half-time of the dressing.
    pub design_map: bool,
    /// How it was made, in a sentence or two.
    pub method: String,
}

/// What is swept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepAxis {
    /// Path in the scenario.
    pub path: String,
    /// For people.
    pub label: String,
    /// Unit of the numbers; empty if they have none.
    pub unit: String,
    /// Drawn by logarithms.
    pub logarithmic: bool,
    /// Values as text.
    pub values: Vec<String>,
    /// Values as numbers, if all are.
    pub numbers: Option<Vec<f64>>,
}

/// A point of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepPoint {
    /// Index of the value on each axis.
    pub at: Vec<usize>,
    /// The measure by arm.
    pub arms: Vec<SweepArm>,
    /// Paired contrasts, simulation noise only; the first is exosome − vehicle where both arms were run.
    pub contrasts: Vec<SweepContrast>,
}

/// A measure in one arm at a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct SweepArm {
    pub arm: String,
    pub kind: String,
    /// Over replicates; absent if it could not be read.
    pub value: Option<Estimate>,
}

/// A contrast at a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct SweepContrast {
    pub arm: String,
    pub reference: String,
    /// Paired difference over replicates.
    pub value: Option<Estimate>,
    /// True where the first arm is not clearly the better one: the interval reaches 0, or the gain is negligible.
    pub nothing_to_gain: bool,
}

/// What an experiment would need to see the predicted effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bench {
    /// Endpoint, for people.
    pub endpoint: String,
    /// Unit of the effect.
    pub unit: String,
    /// Day of the main time point.
    pub day: f64,
    /// Predicted exosome − vehicle, simulation noise only.
    pub effect: Estimate,
    /// Published standard deviation between animals, same unit.
    pub spread: f64,
    /// Where that comes from.
    pub spread_source: String,
    /// Target that holds it.
    pub spread_target: String,
    /// Effect over spread.
    pub standardised: f64,
    /// Group sizes by power.
    pub sizes: Vec<BenchPower>,
    /// Power by animals a group.
    pub curve: Vec<(u32, f64)>,
    /// Days at which to measure.
    pub days: Vec<f64>,
    /// Groups.
    pub groups: Vec<BenchGroup>,
}

/// Animals a group for a power.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchPower {
    /// Power (0–1).
    pub power: f64,
    /// For the mean of the predicted effect; absent above 100,000.
    pub per_group: Option<u32>,
    /// For the weaker end of its interval; absent where the interval reaches 0 or above 100,000.
    pub per_group_cautious: Option<u32>,
}

/// A group of the experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchGroup {
    /// Name.
    pub group: String,
    /// What comparing it tells.
    pub tells: String,
    /// What is in it.
    pub material: String,
    /// The arm that stands for it here, if one does.
    pub simulated: Option<String>,
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

/// Best case, null or worst case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// "best case", "null", "worst case" or "need off".
    pub name: String,
    /// How it is made.
    pub how: String,
    /// Headline contrast exosome − vehicle.
    pub value: Option<f64>,
    /// Unit.
    pub unit: String,
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

/// Smallest value of one input that gives a 20 % gain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Requirement {
    /// "potency", "escape", "copies of mir_21 per vesicle".
    pub input: String,
    /// Value used.
    pub used: f64,
    /// Smallest value known to give the gain; absent if none within the searched range does.
    pub needed: Option<f64>,
    /// Neighbouring values that were run: the first does not give the gain, the second does.
    #[serde(default)]
    pub bracket: Option<[f64; 2]>,
    /// Range searched.
    pub searched: [f64; 2],
    /// Range in the ledger.
    pub ledger_range: Option<[f64; 2]>,
    /// In words: "inside the ledger's range", "above it", "no value searched gives it".
    pub reading: String,
    /// How it was found ("simulated on tissue 0 at …", "by proportion from the simulated copies").
    pub method: String,
}

/// An input's swing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Swing {
    /// Path or key.
    pub input: String,
    /// What it is.
    pub what: String,
    /// Low and high value tried, as text with unit.
    pub values: [String; 2],
    /// Headline contrast at the low and the high value.
    pub results: [f64; 2],
    /// Headline contrast at the base.
    pub base: f64,
    /// Unit.
    pub unit: String,
    /// Evidence ("assumption", "animal" …).
    pub evidence: String,
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

/// A published number beside ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetComparison {
    /// What ("area closed at day 13, untreated db/db").
    pub what: String,
    /// Target id ("T05_dbdb_control_d13") or ledger key.
    pub id: String,
    /// Published value as text with its unit and spread.
    pub published: String,
    /// Accepted band, if any.
    pub band: Option<[f64; 2]>,
    /// Ours.
    pub simulated: Option<Estimate>,
    /// Unit.
    pub unit: String,
    /// "FIT", "CHECK" or "context".
    pub role: String,
    /// "inside", "outside", "agrees in sign", "not comparable", …
    pub outcome: String,
    /// Likely cause of a miss, limits of the study.
    pub note: String,
    /// Source.
    pub source: String,
}

/// Parameters of one evidence level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvidenceGroup {
    /// Level ("human RCT", "animal", "assumption" …), strongest first.
    pub level: String,
    /// Rows.
    pub parameters: Vec<ParameterRow>,
}

/// One ledger parameter as used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ParameterRow {
    pub key: String,
    pub what: String,
    pub value: String,
    pub range: String,
    /// How well the source was read.
    pub read: String,
    pub source: String,
    pub doi: Option<String>,
    /// Where the scenario uses it.
    pub used_at: Vec<String>,
}

/// A literal of biology.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Assumption {
    pub path: String,
    pub value: String,
    pub range: Option<String>,
    pub file: String,
    pub line: usize,
}

/// Two ledger rows that contradict each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Conflict {
    pub used: String,
    pub other: String,
    pub used_value: String,
    pub other_value: String,
    pub why: String,
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
