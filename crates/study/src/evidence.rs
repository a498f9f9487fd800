//! What a run rests on: ledger parameters by evidence, assumptions, conflicts.

use crate::results::{Assumption, Conflict, EvidenceGroup, ParameterRow};
use exoderm_ledger::{Evidence, Ledger, Parameter};
use exoderm_model::scenario::{Origin, Scenario};
use std::collections::BTreeMap;

/// Text of a ledger value with its unit.
pub(crate) fn value_text(p: &Parameter) -> String {
    let unit = p.unit.text();
    let number = |x: f64| exoderm_units::significant(x, 4);
    match (&p.value, p.number()) {
        (_, Some(x)) => format!("{} {unit}", number(x)),
        (Some(exoderm_ledger::Value::Text(t)), None) => t.clone(),
        (Some(exoderm_ledger::Value::Number(x)), None) => number(*x),
        (None, None) => "qualitative".to_owned(),
    }
}

fn range_text(p: &Parameter) -> String {
    match (p.low, p.high) {
        (None, None) => String::new(),
        (a, b) => {
            let t = |x: Option<f64>| x.map_or("?".to_owned(), |x| exoderm_units::significant(x, 3));
            format!("{} to {}", t(a), t(b))
        }
    }
}

/// Ledger keys used and where.
pub(crate) fn keys_used(scenario: &Scenario) -> BTreeMap<&str, Vec<String>> {
    let mut used: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for p in &scenario.provenance {
        if let Origin::Ledger { key } = &p.origin {
            let places = used.entry(key).or_default();
            if !places.contains(&p.path) {
                places.push(p.path.clone());
            }
        }
    }
    used
}

/// Parameters by evidence level, strongest first.
pub(crate) fn groups(scenario: &Scenario, ledger: &Ledger) -> Vec<EvidenceGroup> {
    let used = keys_used(scenario);
    let mut by_level: BTreeMap<(std::cmp::Reverse<u8>, String), Vec<ParameterRow>> = BTreeMap::new();
    for (key, used_at) in used {
        let Some(p) = ledger.get(key) else { continue };
        // A prior is shown as what it is, whatever system it speaks of.
        let level = if p.is_prior() && p.evidence != Evidence::Assumption {
            format!("{} ({})", p.evidence.as_str(), p.read.as_str())
        } else {
            p.evidence.as_str().to_owned()
        };
        let source = p.source.as_ref().and_then(|s| ledger.source(s));
        by_level.entry((std::cmp::Reverse(p.tier()), level)).or_default().push(ParameterRow {
            key: key.to_owned(),
            what: p.what.clone(),
            value: value_text(p),
            range: range_text(p),
            read: p.read.as_str().to_owned(),
            source: source.map_or_else(|| "no source".to_owned(), |s| s.citation.clone()),
            doi: source.and_then(|s| s.doi.clone()),
            used_at,
        });
    }
    by_level.into_iter().map(|((_, level), parameters)| EvidenceGroup { level, parameters }).collect()
}

/// Literals of biology.
pub(crate) fn assumptions(scenario: &Scenario) -> Vec<Assumption> {
    scenario
        .provenance
        .iter()
        .filter(|p| p.origin == Origin::Assumption)
        .map(|p| Assumption {
            path: p.path.clone(),
            value: p.text.clone(),
            range: p.range.map(|(a, b)| {
                if p.value != 0.0 {
                    format!(
                        "x {} to x {}",
                        exoderm_units::significant(a / p.value, 2),
                        exoderm_units::significant(b / p.value, 2)
                    )
                } else {
                    format!("{} to {}", exoderm_units::significant(a, 3), exoderm_units::significant(b, 3))
                }
            }),
            file: p.file.clone(),
            line: p.line,
        })
        .collect()
}

/// Rows used that other rows contradict.
pub(crate) fn conflicts(scenario: &Scenario, ledger: &Ledger) -> Vec<Conflict> {
    let mut found = Vec::new();
    for key in keys_used(scenario).keys() {
        let Some(p) = ledger.get(key) else { continue };
        for c in p.conflicts.iter().filter(|c| !c.duplicate) {
            let Some(other) = ledger.get(&c.with) else { continue };
            found.push(Conflict {
                used: (*key).to_owned(),
                other: c.with.clone(),
                used_value: value_text(p),
                other_value: value_text(other),
                why: c.why.clone(),
            });
        }
    }
    found
}
