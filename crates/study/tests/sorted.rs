//! Cargo of the tissue's own vesicles in whole runs: in a wound, over threads, in tables and results.

#![allow(clippy::unwrap_used, clippy::panic)] // tests

mod common;

use common::run_arm;
use exoderm_model::scenario::{ArmKind, Scenario};
use exoderm_study::job::{Job, Outcome, Purpose};
use exoderm_study::library::{self, ScenarioText};
use exoderm_study::progress::Silent;
use exoderm_study::runner::{self, RunSettings};
use exoderm_study::tables;
use std::sync::Arc;

/// The strip of the program's own tests, whose cells sort a protein that no rule reads, by what reaches them.
const SORTED: &str = r#"
cell.kc_ta.content = { repair_protein = "6000 copies/um^3" }
cell.fibroblast.content = { repair_protein = "3000 copies/um^3" }
cell.fibroblast.enrichment = { repair_protein = 2 }
cell.macrophage.content = { repair_protein = "50 copies/EV" }
"#;

fn strip(sorted: bool) -> Arc<Scenario> {
    let text = include_str!("../../cli/tests/data/tiny.toml").to_owned();
    let sets: Vec<String> = if sorted {
        SORTED.lines().filter(|l| !l.is_empty()).map(|l| l.replacen(" = ", "=", 1)).collect()
    } else {
        Vec::new()
    };
    let rule = "[rule.tnf_sorts]\ncells = [\"fibroblast\"]\nsignal = \"substrate:tnf\"\nbehaviour = \"enrichment:repair_protein\"\n\
                fold = 3\nhalf = \"20 pg/mL\"\n";
    let text = if sorted { format!("{text}\n{rule}") } else { text };
    library::compile(&ScenarioText::new("tiny.toml", text), &sets)
        .map(Arc::new)
        .unwrap_or_else(|e| panic!("{e}"))
}

/// S018 in skin: through burn-in, cut, contraction, division and death, with binding to matrix and drainage, every copy is somewhere;
/// what vesicles do keeps its bits; the null arm still is the vehicle; cells sort by what reaches them.
#[test]
fn s018_cargo_of_parents_in_a_wound() {
    let (plain, sorted) = (strip(false), strip(true));
    let without = run_arm(&plain, ArmKind::Vehicle);
    let with = run_arm(&sorted, ArmKind::Vehicle);
    for (a, b) in without.series.iter().zip(&with.series) {
        assert_eq!((&a.vesicles, &a.cells, &a.substrates), (&b.vesicles, &b.cells, &b.substrates));
    }
    assert!(without.series[0].sorted.vesicles.is_empty());
    let own = sorted.vesicles.iter().find(|v| v.endogenous).unwrap().name.clone();
    let sheets: Vec<_> =
        with.sheets.iter().filter(|s| s.name.ends_with(&format!("in {own} (copies)"))).collect();
    assert_eq!(sheets.len(), 1);
    for sheet in &with.sheets {
        assert!(sheet.relative_error < 1e-9, "{}: {:e}", sheet.name, sheet.relative_error);
    }
    let protein = sheets.iter().find(|s| s.name.starts_with("repair_protein")).unwrap();
    for name in [
        "bound to matrix",
        "went with cut tissue",
        "drained into lymph",
        "decayed in vesicles",
        "inside cells",
    ] {
        let amount = protein.fates.iter().find(|(n, _)| n == name).unwrap().1;
        assert!(amount > 0.0, "{name}");
    }
    assert!(protein.sampling.abs() < 1.5 * protein.sampling_bound, "{protein:?}");
    // Fibroblasts sort more where TNF is: the wound's clot holds it.
    let kind = |name: &str| sorted.cells.iter().position(|c| c.name == name).unwrap();
    let m = sorted.sorted_cargo().iter().position(|c| sorted.cargo[c.0].name == "repair_protein").unwrap();
    let mean = |a: &exoderm_tissue::observe::Row, b: &exoderm_tissue::observe::Row, name: &str| {
        let of = |r: &exoderm_tissue::observe::Row| {
            (r.sorted.copies[m * sorted.cells.len() + kind(name)], r.sorted.vesicles[kind(name)])
        };
        (of(b).0 - of(a).0) / (of(b).1 - of(a).1)
    };
    let rows = &with.series;
    let (first, last) = (&rows[0], &rows[rows.len() - 1]);
    assert!((mean(first, last, "macrophage") - 50.0).abs() < 1e-6);
    let fibroblast = mean(first, last, "fibroblast");
    let ratio = fibroblast / mean(first, last, "kc_ta");
    // 3000 × 2 against 6000 at rest; TNF adds to it, at most threefold.
    assert!(ratio > 1.0 && ratio < 3.0, "{ratio}");
    let null = run_arm(&sorted, ArmKind::Null);
    for (a, b) in with.series.iter().zip(&null.series) {
        assert_eq!((&a.cells, &a.substrates), (&b.cells, &b.substrates));
    }
}

/// Law 4: the same bits on 1, 2 and 5 threads.
#[test]
fn the_same_bits_on_any_number_of_threads() {
    let s = strip(true);
    let digests = |threads: usize| -> Vec<String> {
        let jobs: Vec<Job> = (0..2)
            .map(|replicate| Job {
                id: format!("run-r{replicate}"),
                purpose: Purpose::Main,
                scenario: Arc::clone(&s),
                arm: ArmKind::Exosome,
                arm_name: "exosome".into(),
                replicate,
            })
            .collect();
        let done: Vec<Outcome> = runner::run(&jobs, &RunSettings::new(s.seed, threads), &Silent).unwrap();
        done.iter()
            .map(|o| format!("{:?} {:?} {:?}", o.digest, o.series.last().unwrap().sorted, o.sheets))
            .collect()
    };
    let one = digests(1);
    assert_eq!(one, digests(2));
    assert_eq!(one, digests(5));
}

/// A user sees what parents load and what arrives: columns of the series, and a table in the results that says how far copies are
/// from a threshold.
#[test]
fn what_parents_load_is_recorded() {
    let s = library::compile(
        &ScenarioText::new(
            "stressed-donor.toml",
            include_str!("../../../scenarios/boxes/stressed-donor.toml").to_owned(),
        ),
        &["run.replicates=1".to_owned()],
    )
    .map(Arc::new)
    .unwrap_or_else(|e| panic!("{e}"));
    let o = run_arm(&s, ArmKind::Untreated);
    let table = tables::series(&s, std::slice::from_ref(&o));
    let column = |name: &str| {
        let c = table.column(name).unwrap_or_else(|| panic!("{name}"));
        match &c.data {
            exoderm_record::ColumnData::F64(v) => v.clone(),
            other => panic!("{other:?}"),
        }
    };
    let loaded = column("mir_per_vesicle_keratinocyte");
    let rows = loaded.len();
    // At rest the ledger's copies a vesicle; 36 h after UVB twice as many.
    assert!((loaded[6] - 0.00825).abs() < 1e-9 && (loaded[rows - 1] - 0.0165).abs() < 1e-5, "{loaded:?}");
    let arrived = column("cytosol_protein_fibroblast");
    assert!(arrived[rows - 1] > arrived[12] && arrived[12] > 0.0);
    let mir = column("cytosol_mir_fibroblast");
    assert!(mir[rows - 1] < 1.0, "{}", mir[rows - 1]);
}
