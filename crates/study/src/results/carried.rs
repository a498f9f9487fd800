//! What the tissue's own vesicles carry of what their parents hold.

use crate::one_cell::Told;
use serde::{Deserialize, Serialize};

/// A cargo species in one arm, means over replicates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Carried {
    /// Name of the arm.
    pub arm: String,
    /// Name of the species.
    pub species: String,
    /// RNA or DNA: a threshold of copies applies.
    pub rna: bool,
    /// Cell types that sort it.
    pub donors: Vec<CarriedDonor>,
    /// Cell types that took vesicles up.
    pub recipients: Vec<CarriedRecipient>,
    /// Threshold from the ledger: low, value, high; no numbers where none applies.
    pub threshold: [f64; 3],
}

/// A cell type that sorts a species.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CarriedDonor {
    /// Label of the type.
    pub name: String,
    /// Vesicles it released since the start of the burn-in.
    pub released: f64,
    /// Mean copies of a vesicle when it was released, at the start and at the end (over the first and the last tenth of the vesicles recorded).
    pub copies: [f64; 2],
    /// Whether samples of its vesicles tell the state at the end from that at the start; absent where there is nothing to compare.
    #[serde(default)]
    pub told: Option<Told>,
}

/// A cell type that takes vesicles up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CarriedRecipient {
    /// Label of the type.
    pub name: String,
    /// Copies in the cytosol at the last snapshot: mean, median and 95th percentile over cells.
    pub copies: [f64; 3],
    /// Mean copies at other escape efficiencies, in proportion.
    pub by_escape: Vec<(f64, f64)>,
    /// Against the threshold, for RNA.
    pub verdict: Option<String>,
}
