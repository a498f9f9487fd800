//! What vesicles may do to a clone of cells that is already on its way to a tumour.

use serde::{Deserialize, Serialize};

/// The hazard, with both signs allowed (S029).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hazard {
    /// Each source's view.
    pub views: Vec<HazardView>,
    /// Lowest and highest probability of harm among them.
    pub chance: [f64; 2],
    /// What it does not say.
    pub note: String,
}

/// What one row of the ledger makes of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HazardView {
    /// Key of the row.
    pub key: String,
    /// What it is.
    pub what: String,
    /// Value, low, high, in words with the unit.
    pub effect: String,
    /// Probability that tumours grow more with vesicles than without.
    pub chance: f64,
}
