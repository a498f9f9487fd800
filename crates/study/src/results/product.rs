//! What is on record of a product, what was loaded onto it, and how the model fares against the rival that vesicles are waste.

use serde::{Deserialize, Serialize};

/// A product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// Population.
    pub name: String,
    /// "combined", "active" or "carrier".
    pub mode: String,
    /// What of its record is stated, item by item.
    pub record: Vec<RecordItem>,
    /// Share of the items that are stated (0–1).
    pub completeness: f64,
    /// Share below which the grade is limited.
    pub threshold: f64,
    /// Evidence about this product cannot be graded above low (S006).
    pub at_most_low: bool,
    /// Why, or why not, in a sentence.
    pub why: String,
    /// What was loaded.
    pub loaded: Vec<LoadedRow>,
}

/// An item of a product's record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordItem {
    /// Key in the scenario.
    pub key: String,
    /// What it should say.
    pub what: String,
    /// Without it the grade is low whatever the rest.
    pub essential: bool,
    /// What is stated.
    pub stated: Option<String>,
}

/// What was loaded (S053).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadedRow {
    /// Species.
    pub species: String,
    /// Way.
    pub way: String,
    /// Molecules offered per vesicle.
    pub offered: f64,
    /// Share of them that got in.
    pub efficiency: f64,
    /// Copies in a vesicle, mean, as the mode has it (0 where the product is given without).
    pub copies_per_vesicle: f64,
    /// Vesicles that went into loading for each on the label.
    pub vesicles_per_labelled: f64,
    /// Molecules on the vesicles that are left, per molecule offered.
    pub yield_of_molecules: f64,
}

/// The model against its rival, by published numbers that it was not fitted to (S015).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rival {
    /// Numbers on which the two differ, or might.
    pub rows: Vec<RivalRow>,
    /// Sum of the log scores' differences over the rows that count (nats); none without such a row.
    pub score: Option<f64>,
    /// What it says, in a sentence.
    pub reading: String,
}

/// A published number with both predictions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RivalRow {
    /// What.
    pub what: String,
    /// Source.
    pub id: String,
    /// "FIT", "CHECK" or "context".
    pub role: String,
    /// Unit.
    pub unit: String,
    /// Centre and half-width of the accepted band, taken for mean and SD.
    pub published: [f64; 2],
    /// The model's.
    pub model: f64,
    /// The rival's.
    pub null: f64,
    /// Log density of the published number under the model less that under the rival (nats): above 0 the model is nearer.
    pub score: f64,
    /// It enters the sum: the model was not fitted to it.
    pub counts: bool,
}
