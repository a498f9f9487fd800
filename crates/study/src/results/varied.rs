//! What was varied: cases, requirements, swings, draws, sweeps; and what an experiment would need to see it.

use super::Estimate;
use serde::{Deserialize, Serialize};

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
    /// When to measure, and what is predicted then.
    pub days: Vec<BenchDay>,
    /// Groups.
    pub groups: Vec<BenchGroup>,
}

/// A time point of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchDay {
    /// Day.
    pub day: f64,
    /// What is measured, for people.
    pub endpoint: String,
    /// Product − vehicle on that day, with simulation noise; absent where the run did not get there.
    pub effect: Option<Estimate>,
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
