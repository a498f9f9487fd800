//! The compiled scenario for the run folder, and its hash.

use crate::scenario::Scenario;
use std::fmt;

/// Why a resolved scenario could not be written or read.
#[derive(Debug)]
pub struct OutputError(String);

impl fmt::Display for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OutputError {}

/// The compiled scenario as TOML: every number resolved, in internal units, with its provenance. It reads back with
/// [`from_resolved_toml`] to the same bits. It is a record, not a scenario file: `compile` does not read it.
///
/// # Errors
/// If a value has no TOML form; the checks of `compile` exclude it.
pub fn resolved_toml(scenario: &Scenario) -> Result<String, OutputError> {
    toml::to_string(scenario).map_err(|e| OutputError(e.to_string()))
}

/// Reads what [`resolved_toml`] wrote.
///
/// # Errors
/// A text that is no resolved scenario.
pub fn from_resolved_toml(text: &str) -> Result<Scenario, OutputError> {
    toml::from_str(text).map_err(|e| OutputError(e.to_string()))
}

/// The same as JSON, for other programs. JSON has no infinity: an infinite `kappa` or `pressure_half` is `null`.
///
/// # Errors
/// If a value has no JSON form; the checks of `compile` exclude it.
pub fn resolved_json(scenario: &Scenario) -> Result<String, OutputError> {
    serde_json::to_string_pretty(scenario).map_err(|e| OutputError(e.to_string()))
}

/// XXH3-128 (32 hex digits) of what is simulated: all values, names and texts, but not the provenance, so that moving
/// a line, a comment or a file does not change it.
#[must_use]
pub fn scenario_hash(scenario: &Scenario) -> String {
    let bare = Scenario { provenance: Vec::new(), ..scenario.clone() };
    // Plain structs, numbers and texts always have a postcard form.
    let bytes = postcard::to_stdvec(&bare).unwrap_or_default();
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(&bytes))
}
