//! What differs between two runs: inputs, endpoints, evidence.

use crate::error::StudyError;
use crate::folder::{RunRecord, Status, read_record};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// What differs between two runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The first run.
    pub a: Side,
    /// The second run.
    pub b: Side,
    /// Inputs that differ, by path in the resolved scenario and, for the choices of the run, in `run.json`.
    pub inputs: Vec<Difference>,
    /// Endpoints of arms that both have, headline first.
    pub endpoints: Vec<EndpointPair>,
    /// Contrasts that both have.
    pub contrasts: Vec<EndpointPair>,
    /// What the inputs rest on where it differs: sources of numbers, ledger, fitted values, program.
    pub evidence: Vec<Difference>,
    /// Every final state that both have is the same, bit for bit.
    pub same_bits: bool,
}

/// One of the two runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// Folder.
    pub folder: String,
    /// Scenario.
    pub scenario: String,
    /// Program.
    pub program: String,
    /// Where it stands.
    pub status: Status,
    /// Replicates.
    pub replicates: u32,
    /// Seed.
    pub seed: u64,
}

/// Something that differs; absent on a side that lacks it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Difference {
    pub path: String,
    pub a: Option<String>,
    pub b: Option<String>,
}

/// An endpoint (or a contrast) of both runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EndpointPair {
    /// Arm, or "exosome − vehicle".
    pub arm: String,
    /// Name.
    pub endpoint: String,
    /// Name for people.
    pub label: String,
    /// Unit.
    pub unit: String,
    /// The report's headline.
    pub headline: bool,
    /// Value in the first run: a mean, or words.
    pub a: String,
    /// Value in the second run.
    pub b: String,
    /// Second less first, where both are numbers.
    pub change: Option<f64>,
}

/// A run's documents.
struct Run {
    record: RunRecord,
    resolved: Value,
    results: Value,
}

/// Compares two runs.
///
/// # Errors
/// If a folder holds no run, or none that has got as far as results.
pub fn compare(a: &Path, b: &Path) -> Result<Comparison, StudyError> {
    let (first, second) = (read(a)?, read(b)?);
    let side = |path: &Path, run: &Run| Side {
        folder: path.display().to_string(),
        scenario: run.record.scenario.clone(),
        program: run.record.hashes.code.clone(),
        status: run.record.status,
        replicates: run.record.replicates,
        seed: run.record.seed,
    };
    let both = |f: &dyn Fn(&Run) -> BTreeMap<String, String>| differences(&f(&first), &f(&second));
    let states = |run: &Run| run.record.digests.states.clone();
    let (states_a, states_b) = (states(&first), states(&second));
    let mut shared = states_a.iter().filter_map(|(k, v)| Some((v, states_b.get(k)?))).peekable();
    Ok(Comparison {
        inputs: both(&|run| inputs(run)),
        endpoints: pairs(&endpoints(&first.results), &endpoints(&second.results)),
        contrasts: pairs(&contrasts(&first.results), &contrasts(&second.results)),
        evidence: both(&|run| evidence(run)),
        same_bits: shared.peek().is_some() && shared.all(|(x, y)| x == y),
        a: side(a, &first),
        b: side(b, &second),
    })
}

fn read(path: &Path) -> Result<Run, StudyError> {
    let record = read_record(path)?;
    let document = |name: &str| -> Result<Value, StudyError> {
        let file = path.join(name);
        let help = format!("`exoderm report {}` writes it again", path.display());
        let text = std::fs::read_to_string(&file)
            .map_err(|e| StudyError::input(format!("could not read `{}`: {e}", file.display()), &help))?;
        serde_json::from_str(&text)
            .map_err(|e| StudyError::input(format!("`{}` is damaged: {e}", file.display()), &help))
    };
    Ok(Run { resolved: document("resolved.json")?, results: document("results.json")?, record })
}

fn differences(a: &BTreeMap<String, String>, b: &BTreeMap<String, String>) -> Vec<Difference> {
    let mut paths: Vec<&String> = a.keys().chain(b.keys()).collect();
    paths.sort();
    paths.dedup();
    paths
        .into_iter()
        .filter(|p| a.get(*p) != b.get(*p))
        .map(|p| Difference { path: p.clone(), a: a.get(p).cloned(), b: b.get(p).cloned() })
        .collect()
}

/// Every leaf of the resolved scenario, without its provenance, and the choices of the run.
fn inputs(run: &Run) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    if let Value::Object(map) = &run.resolved {
        for (key, value) in map.iter().filter(|(k, _)| *k != "provenance") {
            leaves(key.clone(), value, &mut all);
        }
    }
    if run.record.choices.draws > 0 {
        all.insert("draws".into(), run.record.choices.draws.to_string());
    }
    all
}

/// Leaves by path; entries of lists are known by their names where they have names.
fn leaves(path: String, value: &Value, all: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(k, v)| leaves(format!("{path}.{k}"), v, all)),
        Value::Array(list) => list.iter().enumerate().for_each(|(i, v)| {
            let name = v.get("name").and_then(Value::as_str).map_or_else(|| i.to_string(), str::to_owned);
            leaves(format!("{path}.{name}"), v, all);
        }),
        Value::String(text) => {
            all.insert(path, text.clone());
        }
        Value::Null => {
            all.insert(path, "none".to_owned());
        }
        other => {
            all.insert(path, other.to_string());
        }
    }
}

/// Where each number came from, and the digests of ledger, fitted values and program.
fn evidence(run: &Run) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for p in run.resolved.get("provenance").and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| p.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
        let origin = match p.get("origin") {
            Some(Value::String(word)) => word.to_lowercase(),
            Some(Value::Object(map)) => {
                map.iter().map(|(kind, v)| format!("{} {}", kind.to_lowercase(), key_of(v))).collect()
            }
            _ => String::new(),
        };
        all.insert(text("path"), format!("{} ({origin})", text("text")));
    }
    let h = &run.record.hashes;
    for (name, hash) in [("ledger", &h.ledger), ("fitted values", &h.calibration), ("program", &h.code)] {
        all.insert(format!("({name})"), hash.clone());
    }
    all
}

fn key_of(v: &Value) -> String {
    v.get("key").and_then(Value::as_str).unwrap_or("").to_owned()
}

/// A value of the results, found again in the other run by arm and endpoint.
struct Entry {
    arm: String,
    endpoint: String,
    label: String,
    unit: String,
    headline: bool,
    mean: Option<f64>,
    text: String,
}

fn pairs(a: &[Entry], b: &[Entry]) -> Vec<EndpointPair> {
    let mut list: Vec<EndpointPair> = a
        .iter()
        .filter_map(|x| {
            let y = b.iter().find(|y| y.arm == x.arm && y.endpoint == x.endpoint)?;
            Some(EndpointPair {
                arm: x.arm.clone(),
                endpoint: x.endpoint.clone(),
                label: x.label.clone(),
                unit: x.unit.clone(),
                headline: x.headline,
                a: x.text.clone(),
                b: y.text.clone(),
                change: x.mean.zip(y.mean).map(|(x, y)| y - x),
            })
        })
        .collect();
    list.sort_by_key(|p| !p.headline);
    list
}

fn entry(value: &Value, arm: String, endpoint: &str, estimate: &str, headline: &str) -> Entry {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    let mean = value.get(estimate).and_then(|e| e.get("mean")).and_then(Value::as_f64);
    let name = text(endpoint);
    Entry {
        arm,
        headline: name == headline,
        endpoint: name,
        label: text("label"),
        unit: text("unit"),
        mean,
        text: mean.map_or_else(|| text("text"), |m| exoderm_units::significant(m, 4)),
    }
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn word(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or("").to_owned()
}

fn endpoints(results: &Value) -> Vec<Entry> {
    let headline = word(results, "headline");
    let of_arm = |arm: &Value| {
        let name = word(arm, "name");
        list(arm, "endpoints").map(|e| entry(e, name.clone(), "name", "value", &headline)).collect::<Vec<_>>()
    };
    list(results, "arms").flat_map(of_arm).collect()
}

fn contrasts(results: &Value) -> Vec<Entry> {
    let headline = word(results, "headline");
    list(results, "contrasts")
        .map(|c| {
            entry(c, format!("{} − {}", word(c, "arm"), word(c, "reference")), "endpoint", "noise", &headline)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn entries_of_lists_are_found_by_name_not_by_place() {
        let mut a = BTreeMap::new();
        leaves("cells".into(), &json!([{"name": "x", "r": 1.0}, {"name": "y", "r": 2.0}]), &mut a);
        let mut b = BTreeMap::new();
        leaves("cells".into(), &json!([{"name": "y", "r": 2.5}, {"name": "x", "r": 1.0}]), &mut b);
        let found = differences(&a, &b);
        assert_eq!(
            found,
            [Difference { path: "cells.y.r".into(), a: Some("2.0".into()), b: Some("2.5".into()) }]
        );
    }
}
