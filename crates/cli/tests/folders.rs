//! A run's folder: what is in it, and what happens where it can't be.

mod common;

use common::{Place, tiny};
use serde_json::Value;
use std::fs;

/// The short form of the tiny scenario: one arm, a few steps.
fn short<'a>(tiny: &'a str, out: &'a str) -> Vec<&'a str> {
    vec!["run", tiny, "--arms", "vehicle", "--replicates", "1", "--until", "1 h", "--out", out]
}

#[test]
fn a_run_leaves_all_its_files_and_one_document_on_standard_output() {
    let place = Place::new();
    let (out, err) = place.expect(0, &["run", &tiny(), "--out", "run", "--json"]);
    let results: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(results["scenario"], "tiny");
    assert_eq!(results["status"], "preview");
    assert!(err.contains("100 %"), "plain lines of progress in a pipe:\n{err}");
    let stored: Value =
        serde_json::from_str(&fs::read_to_string(place.path("run/results.json")).unwrap()).unwrap();
    assert_eq!(results, stored);
    for file in [
        "scenario.toml",
        "resolved.json",
        "log.txt",
        "report.html",
        "series.parquet",
        "cells.parquet",
        "fields/vehicle-r0.zarr/zarr.json",
        "fields/exosome-r1.zarr/zarr.json",
        "outcomes/exosome-r1.bin",
    ] {
        assert!(place.path("run").join(file).is_file(), "{file} is missing");
    }
    assert!(place.checkpoints("run").is_empty(), "a finished run needs no checkpoints");
    let record = place.record("run");
    assert_eq!(record["status"], "done");
    assert_eq!(record["seed"], 7);
    for hash in ["code", "build", "scenario", "ledger", "calibration"] {
        assert!(!record["hashes"][hash].as_str().unwrap().is_empty(), "{hash}");
    }
    let digests = &record["digests"]["states"];
    assert_ne!(digests["vehicle-r0"], digests["exosome-r0"], "the arms differ");
    assert_ne!(digests["vehicle-r0"], digests["vehicle-r1"], "the replicates differ");

    // The recordings say what was run.
    let series = exoderm_record::read_parquet(place.path("run/series.parquet")).unwrap();
    assert_eq!(series.rows(), 4 * 13, "four runs, a row an hour from 0 to 12 h");
    assert_eq!(series.column("front_um").unwrap().unit, "um");
    let cells = exoderm_record::read_parquet(place.path("run/cells.parquet")).unwrap();
    assert!(cells.rows() > 12 * 20, "three snapshots of four runs");
    let fields = exoderm_record::FieldsReader::open(place.path("run/fields/vehicle-r0.zarr")).unwrap();
    assert_eq!(fields.times(), [0.0, 360.0, 720.0]);

    // The report is a function of what is stored.
    let before = ["results.json", "report.html"].map(|f| fs::read(place.path("run").join(f)).unwrap());
    place.expect(0, &["report", "run"]);
    let after = ["results.json", "report.html"].map(|f| fs::read(place.path("run").join(f)).unwrap());
    assert!(before == after, "a rebuilt report has the same bytes");
    // A run that is done has nothing to go on with: nothing changes.
    place.expect(0, &["resume", "run", "-q"]);
    assert_eq!(place.digests("run"), record["digests"]);
}

#[test]
fn quiet_says_nothing() {
    let place = Place::new();
    let tiny = tiny();
    let (out, err) = place.expect(0, &[short(&tiny, "run"), vec!["-q"]].concat());
    assert_eq!((out.as_str(), err.as_str()), ("", ""));
}

#[test]
fn a_folder_that_holds_something_is_left_alone() {
    let place = Place::new();
    let tiny = tiny();
    fs::create_dir(place.path("mine")).unwrap();
    fs::write(place.path("mine/thesis.txt"), "years of work").unwrap();
    for force in [&[][..], &["--force"]] {
        let (_, err) = place.expect(2, &[short(&tiny, "mine"), force.to_vec()].concat());
        assert!(err.contains("not empty"), "{err}");
    }
    assert_eq!(fs::read_dir(place.path("mine")).unwrap().count(), 1);

    place.expect(0, &short(&tiny, "run"));
    fs::write(place.path("run/notes.txt"), "mine").unwrap();
    let (_, err) = place.expect(2, &short(&tiny, "run"));
    assert!(err.contains("holds a run already") && err.contains("--force"), "{err}");
    place.expect(0, &[short(&tiny, "run"), vec!["--force", "--seed", "9"]].concat());
    assert_eq!(place.record("run")["seed"], 9);
    assert!(place.path("run/notes.txt").is_file(), "a run only replaces what a run has written");
}

/// The tests may run as root, whom permissions do not stop: /proc refuses everybody.
#[test]
fn a_folder_that_cannot_be_written_is_named_with_the_reason() {
    let place = Place::new();
    let tiny = tiny();
    fs::write(place.path("file"), "").unwrap();
    for out in ["/proc/exoderm", "file", "file/below"] {
        let (stdout, err) = place.expect(2, &short(&tiny, out));
        assert!(err.contains(out), "{err}");
        assert_eq!(stdout, "");
    }
}

#[test]
fn compare_says_what_was_changed() {
    let place = Place::new();
    let tiny = tiny();
    place.expect(0, &short(&tiny, "a"));
    let changed = vec!["--set", "cell.fibroblast.radius=7 um"];
    place.expect(0, &[short(&tiny, "b"), changed].concat());
    let (json, _) = place.expect(0, &["compare", "a", "b", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let inputs = json["inputs"].as_array().unwrap();
    assert_eq!(inputs.len(), 1, "{inputs:?}");
    assert_eq!(inputs[0]["path"], "cells.fibroblast.radius");
    assert_eq!(json["same_bits"], false);
    let (text, _) = place.expect(0, &["compare", "a", "a"]);
    assert!(text.contains("bit for bit") && text.contains("inputs: no difference"), "{text}");
}

/// A report must not quietly say less than the one it replaces: a damaged or a missing outcome is named, the old report stays.
#[test]
fn a_report_is_not_written_over_from_damaged_outcomes() {
    let place = Place::new();
    let tiny = tiny();
    let (out, _) = place.expect(0, &short(&tiny, "run"));
    assert!(!out.contains("partial"), "an arm without exosomes is a whole study too:\n{out}");
    let report = || fs::read(place.path("run/report.html")).unwrap();
    let (before, file) = (report(), place.path("run/outcomes/vehicle-r0.bin"));
    let outcome = fs::read(&file).unwrap();
    fs::write(&file, &outcome[..outcome.len() / 2]).unwrap();
    let (_, err) = place.expect(2, &["report", "run"]);
    assert!(err.contains("vehicle-r0.bin") && !err.contains("run again"), "{err}");
    fs::remove_file(&file).unwrap();
    let (_, err) = place.expect(2, &["report", "run"]);
    assert!(err.contains("vehicle-r0.bin") && err.contains("missing"), "{err}");
    assert!(report() == before);
    fs::write(&file, outcome).unwrap();
    place.expect(0, &["report", "run"]);
    assert!(report() == before);
}

#[test]
fn an_arm_named_twice_is_refused() {
    let place = Place::new();
    let (_, err) = place.expect(2, &["run", &tiny(), "--arms", "vehicle,vehicle", "--out", "run"]);
    assert!(err.contains("`vehicle` twice"), "{err}");
}

/// The folder keeps what the scenario extends, and mistakes in its copy of the scenario are told at that copy.
#[test]
fn a_run_of_a_file_that_extends_ones_own_keeps_a_copy() {
    let place = Place::new();
    fs::create_dir(place.path("my")).unwrap();
    fs::copy(tiny(), place.path("my/base.toml")).unwrap();
    fs::write(place.path("my/study.toml"), "extends = \"base.toml\"\n[run]\nseed = 11\n").unwrap();
    place.expect(0, &short("my/study.toml", "run"));
    assert_eq!(place.record("run")["seed"], 11);
    fs::remove_dir_all(place.path("my")).unwrap();
    place.expect(0, &["report", "run"]);
    fs::write(place.path("run/scenario.toml"), "extends = \"base.toml\"\n[run]\nsed = 11\n").unwrap();
    let (_, err) = place.expect(2, &["report", "run"]);
    assert!(err.contains("run/scenario.toml:3:1"), "{err}");
}

/// What would have to be true is found by runs: they are there after a run, and are made again, to the same bracket, when one is
/// lost before the study goes on.
#[test]
fn the_search_for_what_would_have_to_be_true_is_resumable() {
    let place = Place::new();
    fs::copy(tiny(), place.path("base.toml")).unwrap();
    let varied = "extends = \"base.toml\"\n[exosome]\npotency = \"@cal.potency\"\n[sensitivity]\ninputs = [\"@cal.potency\"]\n";
    fs::write(place.path("study.toml"), varied).unwrap();
    place.expect(0, &["run", "study.toml", "--replicates", "1", "--out", "run"]);
    let results = || -> Value {
        serde_json::from_str(&fs::read_to_string(place.path("run/results.json")).unwrap()).unwrap()
    };
    let outcomes = || -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(place.path("run/outcomes"))
            .unwrap()
            .map(|f| f.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    let (before, files) = (results(), outcomes());
    let first = files.iter().find(|n| n.starts_with("potency-at-")).unwrap();
    assert!(!files.iter().any(|n| n.starts_with("swing0-low")), "potency 0 is the vehicle: {files:?}");
    let potency = &before["required"][0];
    assert!(potency["method"].as_str().unwrap().contains("nothing is read between them"), "{potency}");
    fs::remove_file(place.path("run/outcomes").join(first)).unwrap();
    place.expect(2, &["report", "run"]);
    place.expect(0, &["resume", "run", "-q"]);
    assert_eq!(outcomes(), files);
    for part in ["required", "sensitivity", "cases", "contrasts", "answer"] {
        assert_eq!(results()[part], before[part], "{part}");
    }
}
