//! `ledger`.

use crate::args::LedgerArgs;
use crate::failure::Failure;
use crate::output::{self, table};
use exoderm_ledger::checks::{self, Outcome};
use exoderm_ledger::{Evidence, Ledger, Parameter, ReadLevel, Value};
use exoderm_units::significant;
use serde_json::{Value as Json, json};
use std::fmt::Write as _;
use std::process::ExitCode;

pub(crate) fn ledger(args: &LedgerArgs) -> Result<ExitCode, Failure> {
    let ledger = Ledger::builtin();
    match (&args.key, &args.search) {
        (Some(key), _) => show(ledger, key.trim_start_matches('@'), args.json),
        (None, Some(text)) => search(ledger, text, args.json),
        (None, None) => overview(ledger, args.json),
    }
}

fn show(ledger: &Ledger, key: &str, as_json: bool) -> Result<ExitCode, Failure> {
    let Some(row) = ledger.get(key) else {
        let near = ledger.nearest(key).map(|n| format!("; did you mean `{n}`?"));
        let near = near.unwrap_or_else(|| containing(ledger, key));
        return Err(Failure::wrong(
            format!("the ledger has no `{key}`{near}"),
            "`exoderm ledger --search WORDS` looks for one",
        ));
    };
    if as_json { output::json(&document(ledger, row)) } else { output::text(&describe(ledger, row)) }
}

/// Keys that contain the text, for who typed a part of one.
fn containing(ledger: &Ledger, text: &str) -> String {
    let found: Vec<&str> = ledger.iter().map(|r| r.key.as_str()).filter(|k| k.contains(text)).collect();
    match found.len() {
        0 => String::new(),
        n => {
            let more = if n > KEYS_SHOWN { format!(" and {} more", n - KEYS_SHOWN) } else { String::new() };
            format!("; it has {}{more}", found[..n.min(KEYS_SHOWN)].join(", "))
        }
    }
}

/// Keys told beside a part of one.
const KEYS_SHOWN: usize = 8;

fn value(row: &Parameter) -> String {
    match &row.value {
        Some(Value::Number(x)) => format!("{} {}", significant(*x, 6), row.unit.text()).trim_end().to_owned(),
        Some(Value::Text(text)) => text.clone(),
        None => "no number".into(),
    }
}

fn range(row: &Parameter) -> String {
    let end = |x: Option<f64>| x.map_or_else(|| "?".into(), |x| significant(x, 6));
    if row.low.is_none() && row.high.is_none() {
        return "none".into();
    }
    format!("{} to {} {}", end(row.low), end(row.high), row.unit.text()).trim_end().to_owned()
}

fn describe(ledger: &Ledger, row: &Parameter) -> String {
    let mut out = format!("{}\n", row.key);
    let mut line = |name: &str, text: &str| {
        if !text.is_empty() {
            let _ = writeln!(out, "  {name:<10}{text}");
        }
    };
    line("value", &value(row));
    line("range", &range(row));
    line("what", &row.what);
    line("system", &row.system);
    line("evidence", &format!("{} (tier {} of 5)", row.evidence, row.tier()));
    let prior = if row.is_prior() { ": a wide prior" } else { "" };
    line("read", &format!("{}{prior}", row.read));
    line("confidence", &row.confidence.to_string());
    let source = row.source.as_ref().and_then(|id| ledger.source(id));
    line("source", source.map_or("none", |s| &s.citation));
    line("cited", row.cited.as_deref().unwrap_or(""));
    line("doi", source.and_then(|s| s.doi.as_deref()).unwrap_or(""));
    line("url", row.url.as_deref().unwrap_or(""));
    line("note", &row.note);
    for c in &row.conflicts {
        let kind = if c.duplicate { "same as" } else { "conflicts" };
        let other = ledger.get(&c.with).map(|o| format!(" ({})", value(o))).unwrap_or_default();
        line(kind, &format!("{}{other}: {}", c.with, c.why));
    }
    out
}

fn document(ledger: &Ledger, row: &Parameter) -> Json {
    let source = row.source.as_ref().and_then(|id| ledger.source(id));
    let value = match &row.value {
        Some(Value::Number(x)) => json!(x),
        Some(Value::Text(text)) => json!(text),
        None => Json::Null,
    };
    let conflicts: Vec<Json> = row
        .conflicts
        .iter()
        .map(|c| json!({ "with": c.with, "why": c.why, "duplicate": c.duplicate }))
        .collect();
    json!({
        "key": row.key,
        "value": value,
        "low": row.low,
        "high": row.high,
        "unit": row.unit.text(),
        "what": row.what,
        "system": row.system,
        "evidence": row.evidence.as_str(),
        "tier": row.tier(),
        "read": row.read.as_str(),
        "confidence": row.confidence.as_str(),
        "source": source.map(|s| s.citation.as_str()),
        "doi": source.and_then(|s| s.doi.as_deref()),
        "cited": row.cited,
        "url": row.url,
        "note": row.note,
        "conflicts": conflicts,
    })
}

fn search(ledger: &Ledger, text: &str, as_json: bool) -> Result<ExitCode, Failure> {
    let found = ledger.search(text);
    if as_json && !found.is_empty() {
        return output::json(&found.iter().map(|row| document(ledger, row)).collect::<Vec<_>>());
    }
    if found.is_empty() {
        return Err(Failure::wrong(
            format!("nothing in the ledger contains all of: {text}"),
            "give fewer or shorter words; `exoderm ledger` says what it holds",
        ));
    }
    let rows: Vec<Vec<String>> = found
        .iter()
        .map(|row| {
            vec![row.key.clone(), shorten(&value(row), 28), row.evidence.to_string(), shorten(&row.what, 60)]
        })
        .collect();
    output::text(&table(&["key", "value", "evidence", "what"], &rows, &[]))
}

fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

fn overview(ledger: &Ledger, as_json: bool) -> Result<ExitCode, Failure> {
    let by_evidence: Vec<(&str, usize)> = Evidence::ALL
        .iter()
        .map(|e| (e.as_str(), ledger.iter().filter(|r| r.evidence == *e).count()))
        .collect();
    let by_read: Vec<(&str, usize)> =
        ReadLevel::ALL.iter().map(|l| (l.as_str(), ledger.iter().filter(|r| r.read == *l).count())).collect();
    let results = checks::run(ledger);
    let count = |o: Outcome| results.iter().filter(|r| r.outcome == o).count();
    let (held, failed) = (count(Outcome::Holds), count(Outcome::Fails));
    let object = |list: &[(&str, usize)]| -> Json {
        list.iter().map(|(k, n)| ((*k).to_owned(), json!(n))).collect::<serde_json::Map<_, _>>().into()
    };
    if as_json {
        let failures: Vec<Json> = results
            .iter()
            .filter(|r| r.outcome == Outcome::Fails)
            .map(
                |r| json!({ "row": r.row, "formula": r.formula, "stated": r.stated, "computed": r.computed }),
            )
            .collect();
        return output::json(&json!({
            "parameters": ledger.len(),
            "sources": ledger.sources().len(),
            "hash": ledger.hash(),
            "by_evidence": object(&by_evidence),
            "by_read": object(&by_read),
            "checks": { "hold": held, "fail": failed, "failures": failures },
        }));
    }
    let mut out = format!(
        "{} parameters from {} sources, digest {}\n",
        ledger.len(),
        ledger.sources().len(),
        ledger.hash()
    );
    for (title, list) in [("by evidence", by_evidence), ("by how the source was read", by_read)] {
        let _ = writeln!(out, "\n{title}");
        for (name, n) in list.into_iter().filter(|(_, n)| *n > 0) {
            let _ = writeln!(out, "  {n:5}  {name}");
        }
    }
    let _ = writeln!(out, "\narithmetic of the sources: {held} checks hold, {failed} fail");
    for r in results.iter().filter(|r| r.outcome == Outcome::Fails) {
        let number = |x: Option<f64>| x.map_or_else(|| "?".into(), |x| significant(x, 4));
        let _ = writeln!(
            out,
            "  {}: stated {}, computed {} ({})",
            r.row,
            number(r.stated),
            number(r.computed),
            r.formula
        );
    }
    output::text(&out)
}
