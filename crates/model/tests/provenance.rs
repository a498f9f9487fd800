//! Every number is listed once, with where it came from; overriding changes what it should and nothing else.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;
use common::*;
use exoderm_model::scenario::Origin;
use exoderm_model::{from_resolved_toml, resolved_json, resolved_toml, scenario_hash};
use std::collections::{BTreeMap, BTreeSet};
use toml::{Table, Value};

/// A plain merge, written apart from the one under test.
fn merged(base: &Table, over: &Table) -> Table {
    let mut out = base.clone();
    for (key, value) in over {
        let number = |v: &Value| v.as_table().is_some_and(|t| t.contains_key("value"));
        match (out.get(key).and_then(Value::as_table), value) {
            (Some(old), Value::Table(new)) if !number(value) && !old.contains_key("value") => {
                let inner = merged(old, new);
                out.insert(key.clone(), Value::Table(inner));
            }
            _ => {
                out.insert(key.clone(), value.clone());
            }
        }
    }
    out
}

/// Paths of all values that are numbers, quantities or references.
fn numeric(value: &Value, path: &str, out: &mut Vec<String>) {
    match value {
        Value::Integer(_) | Value::Float(_) => out.push(path.to_owned()),
        Value::String(s) => {
            let first = s.chars().next().unwrap_or(' ');
            let words = [
                "text",
                "population",
                "outcome",
                "comparator",
                "title",
                "what",
                "published",
                "note",
                "source",
            ];
            let key = path.rsplit('.').next().unwrap();
            if s == "inf" || first == '@' || first.is_ascii_digit() && !words.contains(&key) && key != "unit"
            {
                out.push(path.to_owned());
            }
        }
        Value::Array(list) => {
            for (i, v) in list.iter().enumerate() {
                numeric(v, &format!("{path}[{i}]"), out);
            }
        }
        Value::Table(t) if t.contains_key("value") => numeric(&t["value"], path, out),
        Value::Table(t) => {
            for (k, v) in t {
                let inner = if path.is_empty() { k.clone() } else { format!("{path}.{k}") };
                numeric(v, &inner, out);
            }
        }
        _ => {}
    }
}

fn listed_and_written(text: &str, table: Table) {
    let s = run(text).map_err(|d| d.render(false)).unwrap();
    let mut written = Vec::new();
    numeric(&Value::Table(table), "", &mut written);
    written.retain(|p| p != "format" && !p.starts_with("sensitivity.") && !p.ends_with(".source"));
    let written: BTreeSet<String> = written.into_iter().collect();
    let listed: Vec<String> = s.provenance.iter().map(|p| p.path.clone()).collect();
    let unique: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(unique.len(), listed.len(), "a path is listed twice");
    assert_eq!(written.difference(&unique).collect::<Vec<_>>(), Vec::<&String>::new(), "written, not listed");
    assert_eq!(unique.difference(&written).collect::<Vec<_>>(), Vec::<&String>::new(), "listed, not written");
}

#[test]
fn every_numeric_leaf_is_listed_exactly_once() {
    let table = |t: &str| t.parse::<Table>().unwrap();
    listed_and_written(DIABETIC, merged(&merged(&table(BASE), &table(MOUSE)), &table(DIABETIC)));
    listed_and_written(POINT, table(POINT));
}

#[test]
fn rows_say_where_and_what() {
    let s = run(DIABETIC).unwrap();
    let own = row(&s, "event.dressing.thickness");
    assert_eq!((own.file.as_str(), own.text.as_str(), &own.origin), ("my.toml", "1 mm", &Origin::Design));
    let line = DIABETIC.lines().position(|l| l.starts_with("thickness")).unwrap() + 1;
    assert_eq!(own.line, line);
    let cited = row(&s, "uptake.clearance");
    assert_eq!(cited.file, "scenarios/profiles/skin-base.toml");
    assert_eq!(cited.origin, Origin::Ledger { key: "k_clear_bons".to_owned() });
    // 3e-8 to 3e-7 mL/h = 3e4 to 3e5 um3/h.
    let (low, high) = cited.range.unwrap();
    assert!((low - 500.0).abs() < 1e-9 && (high - 5000.0).abs() < 1e-9);
    assert_eq!(row(&s, "exosome.potency").origin, Origin::Calibrated { key: "potency".to_owned() });
    assert_eq!(row(&s, "substrate.mmp.production_factor").origin, Origin::Assumption);
    for design in [
        "run.horizon",
        "run.seed",
        "tissue.voxel",
        "record.snapshots[1]",
        "steps.transport",
        "event.dressing.dose",
    ] {
        assert_eq!(row(&s, design).origin, Origin::Design, "{design}");
    }
    // Base first, each file in the order of writing.
    let files: Vec<&str> = s.provenance.iter().map(|p| p.file.as_str()).collect();
    let first_own = files.iter().position(|f| *f == "my.toml").unwrap();
    let first_of_species = files.iter().position(|f| *f == "scenarios/profiles/mouse-back.toml").unwrap();
    assert!(first_of_species < first_own);
    assert!(files[..first_of_species].iter().all(|f| *f == "scenarios/profiles/skin-base.toml"));
    assert!(files[first_of_species..first_own].iter().all(|f| *f == "scenarios/profiles/mouse-back.toml"));
    assert!(files[first_own..].iter().all(|f| *f == "my.toml"));
    assert!(s.provenance[first_own..].windows(2).all(|w| w[0].line <= w[1].line));
}

#[test]
fn settings_stand_over_the_file_and_the_file_over_its_base() {
    let base = run("format = 1\nextends = \"diabetic-wound\"\n").unwrap();
    assert_eq!(base.horizon, 14.0 * 1440.0);
    assert_eq!(base.name, "my"); // the base's name is not inherited
    let own = "format = 1\nextends = \"diabetic-wound\"\n[run]\nhorizon = \"20 d\"\n";
    assert_eq!(run(own).unwrap().horizon, 20.0 * 1440.0);
    let case = Case { sets: vec!["run.horizon=21 d".into(), "run.horizon=22 d".into()], ..Case::default() };
    let s = case.run("my.toml", own).unwrap();
    assert_eq!(s.horizon, 22.0 * 1440.0);
    assert_eq!(row(&s, "run.horizon").file, "--set #2");
    assert_eq!(s.burn_in, base.burn_in);
    assert_eq!(s.cells, base.cells);
}

#[test]
fn ledger_overrides_reach_every_use_and_path_overrides_one() {
    let plain = run(DIABETIC).unwrap();
    let ledger = BTreeMap::from([("k_deg_37".to_owned(), 0.05)]);
    let s = Case { ledger, ..Case::default() }.run("my.toml", DIABETIC).unwrap();
    assert!((s.transport.degradation - 0.05 / 60.0).abs() < 1e-15);
    assert!((row(&s, "event.dressing.degradation").value - 0.05 / 60.0).abs() < 1e-15);
    let paths = BTreeMap::from([("event.dressing.degradation".to_owned(), 0.002)]);
    let s = Case { paths, ..Case::default() }.run("my.toml", DIABETIC).unwrap();
    assert_eq!(row(&s, "event.dressing.degradation").value, 0.002);
    assert_eq!(s.transport.degradation, plain.transport.degradation);
    // Unknown keys and paths, values that cannot be.
    let bad = Case { ledger: BTreeMap::from([("k_deg_38".to_owned(), 1.0)]), ..Case::default() };
    assert!(bad.run("my.toml", DIABETIC).unwrap_err().render(false).contains("nearest: `k_deg_37`"));
    let bad = Case { paths: BTreeMap::from([("uptake.escap".to_owned(), 0.1)]), ..Case::default() };
    assert!(bad.run("my.toml", DIABETIC).unwrap_err().render(false).contains("nearest: `uptake.escape`"));
    for (path, x) in [
        ("uptake.escape", 1.5),
        ("uptake.clearance", -1.0),
        ("uptake.clearance", f64::NAN),
        ("run.seed", 2.0),
    ] {
        let bad = Case { paths: BTreeMap::from([(path.to_owned(), x)]), ..Case::default() };
        assert!(bad.run("my.toml", DIABETIC).is_err(), "{path} {x}");
    }
}

#[test]
fn a_draw_of_the_purity_moves_dose_and_half_effect_dose() {
    let paths = BTreeMap::from([("vesicle.msc_exosome.particles_per_ug".to_owned(), 1e9)]);
    let s = Case { paths, ..Case::default() }.run("my.toml", DIABETIC).unwrap();
    let plain = run(DIABETIC).unwrap();
    assert!(
        (row(&s, "event.dressing.dose").value / row(&plain, "event.dressing.dose").value - 0.2).abs() < 1e-12
    );
    let half = |s: &exoderm_model::scenario::Scenario| {
        s.rules.iter().find(|r| r.name == "exo_kc_speed").unwrap().half
    };
    assert!(half(&s) < half(&plain));
}

#[test]
fn the_resolved_scenario_reads_back_to_the_same_bits() {
    for text in [DIABETIC, POINT] {
        let s = run(text).unwrap();
        let back = from_resolved_toml(&resolved_toml(&s).unwrap()).unwrap();
        assert_eq!(back, s);
        assert_eq!(scenario_hash(&back), scenario_hash(&s));
        serde_json::from_str::<serde_json::Value>(&resolved_json(&s).unwrap()).unwrap();
    }
}

#[test]
fn the_hash_follows_values_and_not_layout() {
    let s = run(DIABETIC).unwrap();
    let moved = format!("# a comment\n\n{DIABETIC}").replace("horizon = \"14 d\"", "horizon   =   \"336 h\"");
    assert_eq!(scenario_hash(&run(&moved).unwrap()), scenario_hash(&s));
    assert_ne!(scenario_hash(&with(&["uptake.escape=0.0051"]).unwrap()), scenario_hash(&s));
    assert_eq!(scenario_hash(&s).len(), 32);
}
