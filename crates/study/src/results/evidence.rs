//! What stands behind and beside the result: published numbers, parameters by evidence, assumptions, conflicts.

use super::Estimate;
use serde::{Deserialize, Serialize};

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
