//! Any document gives a well-formed page: fields emptied, lists shortened, numbers made extreme at random.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use exoderm_report::html;
use exoderm_study::results::Results;
use proptest::prelude::*;
use serde_json::Value;
use std::sync::OnceLock;

/// What is done to one value of the document.
#[derive(Clone, Copy, Debug)]
enum Change {
    Empty,
    Half,
    Zero,
    Negative,
    Huge,
    Tiny,
}

/// The fabricated document as JSON, with the sections cut down so that a case takes milliseconds.
fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let mut r = common::fabricated();
        for s in &mut r.sections {
            s.cells.truncate(50);
        }
        serde_json::to_value(r).unwrap()
    })
}

/// Changes the `n`-th value (counted depth first), if its type allows it.
fn change(value: &mut Value, n: &mut usize, what: Change) {
    if *n == 0 {
        match value {
            Value::Array(items) => {
                items.truncate(if matches!(what, Change::Half) { items.len() / 2 } else { 0 })
            }
            Value::String(text) => {
                *text = if matches!(what, Change::Half) { "<&\"'é 1e9 ".repeat(40) } else { String::new() }
            }
            Value::Number(number) if number.is_f64() => {
                *value = match what {
                    Change::Zero | Change::Half | Change::Empty => 0.0.into(),
                    Change::Negative => (-1e9).into(),
                    Change::Huge => f64::MAX.into(),
                    Change::Tiny => 1e-300.into(),
                }
            }
            Value::Number(_) => *value = 0.into(),
            _ => {}
        }
    }
    *n = n.wrapping_sub(1);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|v| change(v, n, what)),
        Value::Object(map) => map.iter_mut().for_each(|(_, v)| change(v, n, what)),
        _ => {}
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(map) => map.iter().map(|(_, v)| count(v)).sum(),
        _ => 0,
    }
}

fn well_formed(page: &str) {
    let text = common::xml(page);
    roxmltree::Document::parse(&text).unwrap();
    for bad in ["NaN", "inf\"", "=\"-inf", "Infinity"] {
        assert!(!text.contains(bad), "{bad} in the page");
    }
    for case in ["best case", "null", "worst case"] {
        assert!(text.contains(&format!("data-case=\"{case}\"")));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_blanked_document_gives_a_page(changes in proptest::collection::vec((any::<proptest::sample::Index>(), 0_usize..6), 1..30)) {
        const ALL: [Change; 6] = [Change::Empty, Change::Half, Change::Zero, Change::Negative, Change::Huge, Change::Tiny];
        let mut value = document().clone();
        // Values outside the sections' long arrays are few: half of the changes go to the document without them.
        for (i, (at, what)) in changes.iter().enumerate() {
            let mut kept = None;
            if i % 4 != 0 {
                kept = value.as_object_mut().and_then(|o| o.get_mut("sections")).map(Value::take);
            }
            let mut n = at.index(count(&value));
            change(&mut value, &mut n, ALL[*what]);
            if let (Some(kept), Some(place)) = (kept, value.as_object_mut().and_then(|o| o.get_mut("sections"))) {
                *place = kept;
            }
        }
        let r: Results = serde_json::from_value(value).map_err(|e| TestCaseError::reject(e.to_string()))?;
        well_formed(&html(&r));
    }
}

/// Not-a-number and infinite values can't be written as JSON, so they are put in by hand.
#[test]
fn numbers_that_are_none_are_said_in_words() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut r = common::fabricated();
        (r.horizon, r.reached) = (bad, bad);
        for a in &mut r.arms {
            a.cells = bad;
            a.series.iter_mut().step_by(2).for_each(|p| {
                p.closed.mean = bad;
                p.closed.low = Some(bad);
            });
            a.series[3].day = bad;
            a.endpoints
                .iter_mut()
                .filter_map(|e| e.value.as_mut())
                .for_each(|v| (v.mean, v.high) = (bad, Some(bad)));
            a.endpoints.iter_mut().for_each(|e| e.replicates.push(Some(bad)));
        }
        for c in &mut r.contrasts {
            c.noise.iter_mut().chain(&mut c.parameters).for_each(|e| e.mean = bad);
        }
        r.cases.iter_mut().for_each(|c| c.value = Some(bad));
        if let Some(w) = &mut r.waterfall {
            w.stages.iter_mut().for_each(|s| (s.fraction, s.particles_per_cm2) = (bad, bad));
            w.overall = bad;
        }
        let mut own = common::passage("vesicles");
        own.stages.iter_mut().for_each(|s| (s.fraction, s.amount) = (bad, bad));
        (own.overall, own.time, own.burn_in) = (bad, bad, bad);
        let without = Results { waterfall: None, passages: vec![own], ..r.clone() };
        well_formed(&html(&without));
        if let Some(p) = &mut r.plausibility {
            (p.dose_particles_per_cm2, p.anchors) = ([bad; 3], [bad; 2]);
            p.species.iter_mut().for_each(|s| s.by_escape.push((bad, bad)));
        }
        if let Some(d) = &mut r.dressing {
            d.rows.iter_mut().for_each(|row| (row.day, row.acting) = (bad, bad));
            d.ug_per_cm2 = Some(bad);
        }
        for q in &mut r.required {
            (q.used, q.needed, q.searched) = (bad, Some(bad), [bad; 2]);
        }
        r.sensitivity.iter_mut().for_each(|s| (s.results, s.base) = ([bad; 2], bad));
        r.balance.iter_mut().for_each(|b| (b.sampling, b.relative_error) = (bad, bad));
        for (i, s) in r.sections.iter_mut().enumerate() {
            (s.front, s.wound) = (bad, [bad; 2]);
            s.collagen
                .iter_mut()
                .chain(&mut s.vesicles)
                .chain(&mut s.basement)
                .step_by(3)
                .for_each(|v| *v = bad as f32);
            s.cells.iter_mut().step_by(2).for_each(|c| c.1 = bad as f32);
            if i > 5 {
                s.size = [bad; 2];
            }
        }
        for t in &mut r.targets {
            t.band = Some([bad; 2]);
        }
        (r.timings.wall_seconds, r.timings.peak_memory_mb) = (bad, Some(bad));
        well_formed(&html(&r));
        assert!(html(&r).contains("not available"));
    }
}
