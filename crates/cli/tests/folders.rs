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
