//! What was seen of a cell.

use super::told::Told;
use serde::Serialize;

/// What was seen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OneCell {
    /// Source's name.
    pub source: String,
    /// What it is.
    pub what: String,
    /// Hours.
    pub hours: f64,
    /// Seed.
    pub seed: u64,
    /// Modifiers, in words.
    pub modifiers: Vec<String>,
    /// Events of the chain in that time.
    pub events: u64,
    /// Bodies that fused with the plasma membrane.
    pub fusions: u64,
    /// Vesicles in them.
    pub fused: u64,
    /// By branch: ESCRT, ceramide.
    pub by_branch: [u64; 2],
    /// Vesicles that stayed tethered.
    pub tethered: u64,
    /// Vesicles freed: fused − tethered.
    pub released: u64,
    /// Vesicles that ended in lysosomes.
    pub lysed: u64,
    /// Freed per hour: seen, and the mean that the rates give.
    pub per_hour: [f64; 2],
    /// The same without modifiers, by the rates.
    pub per_hour_at_rest: f64,
    /// Vesicles freed in each bin of time.
    pub releases: Vec<u64>,
    /// Width of those bins (h).
    pub bin_hours: f64,
    /// Each fusion: time (h), vesicles freed, vesicles tethered; the first 10,000.
    pub bursts: Vec<Burst>,
    /// Mean vesicles freed by a fusion.
    pub burst_mean: f64,
    /// Sizes: bin centre (nm), vesicles freed, vesicles that NTA shows there.
    pub sizes: Vec<SizeBin>,
    /// Mean diameter (nm): freed, as NTA shows them.
    pub mean_diameter: [f64; 2],
    /// Share that NTA sees.
    pub seen: f64,
    /// Cargo of all freed vesicles.
    pub cargo: Vec<CargoRow>,
    /// Whether vesicles tell the parent's state; absent where no state was asked for.
    pub told: Option<Told>,
    /// Numbers used.
    pub inputs: Vec<InputLine>,
}

/// A fusion.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Burst {
    /// When (h).
    pub hour: f64,
    /// Vesicles freed.
    pub released: u64,
    /// Vesicles tethered.
    pub tethered: u64,
}

/// Sizes in a bin.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SizeBin {
    /// Centre (nm).
    pub diameter_nm: f64,
    /// Freed.
    pub freed: u64,
    /// Shown by NTA.
    pub nta: u64,
}

/// A cargo.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CargoRow {
    /// Name.
    pub name: String,
    /// Copies in all vesicles freed.
    pub total: u64,
    /// Mean copies in a vesicle.
    pub mean: f64,
    /// Share of the vesicles that have any.
    pub loaded: f64,
}

/// A number and where it is from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InputLine {
    /// What.
    pub what: String,
    /// Value with unit, and range.
    pub value: String,
    /// "@key" or "assumed".
    pub source: String,
}
