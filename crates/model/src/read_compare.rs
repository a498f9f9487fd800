//! Published numbers shown beside the result, and the inputs varied for the report.

use crate::diagnostics::Diagnostic;
use crate::fields::{Kind, Names};
use crate::reader::Reader;
use crate::scenario::{Comparison, EndpointRole, Finding, Origin};
use exoderm_ledger::targets::{target, targets};
use exoderm_units::nearest;
use std::collections::{BTreeMap, BTreeSet};

/// Reports a target that data/targets does not have.
pub(crate) fn check_target(reader: &mut Reader<'_>, id: &str, path: &str) {
    if target(id).is_some() {
        return;
    }
    let known = targets().iter().map(|t| t.id.as_str());
    let d = Diagnostic::new("unknown-name", &reader.place_of(path), format!("there is no target `{id}`"))
        .nearest(nearest(id, known).map(str::to_owned))
        .help("targets are the files of data/targets");
    reader.report(d);
}

/// Reads `[compare.NAME]`.
pub(crate) fn comparisons(reader: &mut Reader<'_>) -> Vec<Comparison> {
    let mut out = Vec::new();
    if reader.in_box {
        return out; // reported by the shape
    }
    for (name, view) in reader.entries("compare") {
        let source = reader.text(&view, "source").unwrap_or_default();
        if let Some(key) = source.strip_prefix('@') {
            if reader.input.library.ledger.get(key).is_none() {
                let d = Diagnostic::new(
                    "unknown-reference",
                    &reader.place_of(&view.at("source")),
                    format!("the ledger has no row `{key}`"),
                )
                .nearest(reader.input.library.ledger.nearest(key).map(|k| format!("@{k}")))
                .help("a source is a target of data/targets or an \"@key\" of the ledger");
                reader.report(d);
            }
        } else if view.has("source") {
            check_target(reader, &source, &view.at("source"));
        }
        let endpoint = reader.name(&view, "endpoint").map(|i| reader.names(Names::Endpoint)[i].clone());
        let arm = reader.name(&view, "arm").map(|i| reader.names(Names::Arm)[i].clone());
        let reference = reader.name(&view, "reference").map(|i| reader.names(Names::Arm)[i].clone());
        let band = band(reader, &view);
        for (key, needs) in [("arm", "endpoint"), ("reference", "arm"), ("band", "arm")] {
            if view.has(key) && !view.has(needs) {
                let d = Diagnostic::new(
                    "missing-key",
                    &view.place,
                    format!("`compare.{name}` has `{key}` but no `{needs}`"),
                )
                .help(format!("{needs}: {}", view.field(needs).meaning));
                reader.report(d);
            }
        }
        let role = reader.choice(&view, "role").unwrap_or(2);
        let finding =
            reader.choice(&view, "finding").map(|k| [Finding::Benefit, Finding::Null, Finding::Harm][k]);
        out.push(Comparison {
            finding,
            what: reader.text(&view, "what").unwrap_or_default(),
            source,
            published: reader.text(&view, "published").unwrap_or_default(),
            endpoint,
            arm,
            reference,
            band,
            role: [EndpointRole::Fit, EndpointRole::Check, EndpointRole::Report][role],
            note: reader.text(&view, "note").unwrap_or_default(),
            name,
        });
    }
    out
}

fn band<'a>(reader: &mut Reader<'a>, view: &crate::reader::View<'a>) -> Option<(f64, f64)> {
    let Kind::Numbers(spec) = view.field("band").kind else { return None };
    let node = view.node("band")?;
    let v = reader.list_at(node, &view.at("band"), "band", &spec, Some(2))?;
    if v[0] > v[1] {
        let d = Diagnostic::new("range", &node.place, "the band runs from high to low")
            .help("write the low end first");
        reader.report(d);
    }
    Some((v[0], v[1]))
}

/// Reads `[counterpart]`: settings as on the command line, checked when the counterpart is compiled.
pub(crate) fn counterpart(reader: &mut Reader<'_>) -> Vec<String> {
    let view = reader.view("counterpart");
    let mut out = Vec::new();
    for (text, place) in reader.texts(&view, "set") {
        if text.contains('=') {
            out.push(text);
        } else {
            let d = Diagnostic::new("counterpart", &place, format!("`{text}` is no setting"))
                .help("write \"path=value\", as for --set");
            reader.report(d);
        }
    }
    out
}

/// Reads `[sensitivity]`: every input must be a number that the scenario uses and that has a range.
pub(crate) fn sensitivity(reader: &mut Reader<'_>) -> Vec<String> {
    let view = reader.view("sensitivity");
    let inputs = reader.texts(&view, "inputs");
    // What may be named, and whether it has a range.
    let mut known: BTreeMap<String, bool> = BTreeMap::new();
    for row in reader.listed.iter().map(|l| &l.row).filter(|_| !inputs.is_empty()) {
        let name = match &row.origin {
            Origin::Ledger { key } => Some(format!("@{key}")),
            Origin::Calibrated { key } => Some(format!("@cal.{key}")),
            _ => None,
        };
        for name in name.into_iter().chain([row.path.clone()]) {
            *known.entry(name).or_default() |= row.range.is_some();
        }
    }
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for (text, place) in inputs {
        // Where a setting or an extending file put a literal in place of a listed input, the input no longer varies:
        // it is left out, since who changed the value did not write the list.
        let written_here = place.source.name == reader.input.path && reader.input.sets.is_empty();
        let problem = match known.get(&text) {
            Some(true) if !seen.insert(text.clone()) => Some(format!("`{text}` is listed twice")),
            Some(true) => {
                out.push(text);
                continue;
            }
            // Something that could not be read is reported where it stands.
            None if reader.values.get(&text).is_some_and(Option::is_none) => None,
            None if written_here || !exists(reader, &text) => {
                Some(format!("the scenario uses no number `{text}`"))
            }
            Some(false) if written_here => Some(format!("`{text}` has no range to vary it over")),
            _ => None,
        };
        if let Some(message) = problem {
            let suggestion = match known.contains_key(&text) {
                true => None,
                false => reader.suggest(&text, known.keys().map(String::as_str)),
            };
            let d = Diagnostic::new("sensitivity", &place, message)
                .nearest(suggestion)
                .help("inputs are \"@key\", \"@cal.key\" or paths of numbers with a range");
            reader.report(d);
        }
    }
    out
}

/// Whether there is such a row, fitted value or number at all.
fn exists(reader: &Reader<'_>, text: &str) -> bool {
    let library = reader.input.library;
    match (text.strip_prefix("@cal."), text.strip_prefix('@')) {
        (Some(key), _) => library.calibration.get(key).is_some(),
        (None, Some(key)) => library.ledger.get(key).is_some(),
        (None, None) => reader.values.contains_key(text),
    }
}
