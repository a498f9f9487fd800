//! Boxes, sweeps and exports through the program.
#![allow(clippy::unwrap_used)]

mod common;

use common::Place;
use serde_json::Value;
use std::fs;

/// A dose-response of a box: the share that a sphere catches rises with its radius as it must, in table, document and report; the
/// recording goes out as VTK.
#[test]
fn a_sweep_over_a_box_is_drawn_and_exported() {
    let place = Place::new();
    let args = [
        "run",
        "point-release",
        "--until",
        "1 min",
        "--set",
        "event.release.count=2000",
        "--set",
        "record.snapshots=[\"0 min\", \"1 min\"]",
        "--sweep",
        "absorber.sphere.radius=2,5,10 um",
        "--out",
        "r",
    ];
    let (out, _) = place.expect(0, &args);
    for wanted in ["caught by sphere", "absorber.sphere.radius", "10 um"] {
        assert!(out.contains(wanted), "{wanted}\n{out}");
    }
    assert!(!out.contains("% closed"), "{out}");
    let results: Value =
        serde_json::from_str(&fs::read_to_string(place.path("r/results.json")).unwrap()).unwrap();
    let points = results["sweep"]["points"].as_array().unwrap();
    let share = |k: usize| points[k]["arms"][0]["value"]["mean"].as_f64().unwrap();
    assert!(points.len() == 3 && share(0) < share(1) && share(1) < share(2), "{points:?}");
    // The middle value is the scenario's own: its run stands in, and is the same.
    assert!(
        (share(1)
            - results["course"]["lines"][0]["points"].as_array().unwrap().last().unwrap()["share"]["mean"]
                .as_f64()
                .unwrap())
        .abs()
            < 1e-9
    );
    let report = fs::read_to_string(place.path("r/report.html")).unwrap();
    assert!(report.contains("What was swept") && report.contains("Transport: particles"));
    // The folder as it stands gives the same document.
    let (again, _) = place.expect(0, &["report", "r", "--json"]);
    let again: Value = serde_json::from_str(&again).unwrap();
    assert_eq!(again["sweep"], results["sweep"]);

    let (out, _) = place.expect(0, &["export", "vtk", "r", "-o", "v"]);
    assert!(out.contains("fields.pvd") && out.contains("vesicles.pvd"), "{out}");
    let image = fs::read(place.path("v/run-r0/fields-0001.vti")).unwrap();
    assert!(String::from_utf8_lossy(&image).contains("WholeExtent=\"0 40 0 40 0 40\""));
    let vesicles = fs::read(place.path("v/run-r0/vesicles-0000.vtp")).unwrap();
    assert!(String::from_utf8_lossy(&vesicles).contains("NumberOfPoints=\"2000\""));
    let series = fs::read_to_string(place.path("v/run-r0/fields.pvd")).unwrap();
    assert!(series.contains("timestep=\"1\" part=\"0\" file=\"fields-0001.vti\""), "{series}");
}

#[test]
fn wrong_sweeps_and_maps_end_with_2() {
    let place = Place::new();
    let cases: &[(&[&str], &[&str])] = &[
        (
            &["run", "point-release", "--sweep", "absorber.sphere.radus=1,2"],
            &["--sweep absorber.sphere.radus", "nearest: `radius`"],
        ),
        (&["check", "point-release", "--sweep", "absorber.sphere.radius=1 um"], &["two values"]),
        (&["run", "point-release", "--sweep", "a.b=1,2", "--sweep", "a.b=1,3"], &["swept twice"]),
        (&["map", "point-release"], &["this scenario has none"]),
        (&["export", "vtk", "nowhere"], &["no folder `nowhere`"]),
    ];
    for (args, words) in cases {
        let (_, err) = place.expect(2, args);
        for word in *words {
            assert!(err.contains(word), "{args:?}: {err}");
        }
    }
}

/// Issue 3: what no box can be is refused with its reason, by file and line, before anything is allocated.
#[test]
fn impossible_boxes_end_with_2() {
    let place = Place::new();
    place.expect(0, &["init", "point-release", "good.toml"]);
    let text = fs::read_to_string(place.path("good.toml")).unwrap();
    let cases: &[(&str, &str, &str)] = &[
        ("voxel = \"2.5 um\"", "voxel = \"1 nm\"", "GB of memory"),
        ("voxel = \"2.5 um\"", "voxel = \"nan um\"", "nan"),
        ("voxel = \"2.5 um\"", "voxel = [\"2.5 um\", \"2.5 um\", \"0.1 um\"]", "larger than a voxel"),
        ("centre = [\"60 um\"", "centre = [\"160 um\"", "outside the box"),
        ("horizon = \"10 min\"", "horizon = \"0 min\"", "horizon"),
        ("transport = \"1 s\"", "transport = \"0 s\"", "transport"),
        ("count = \"1e4 particles\"", "count = \"-5 particles\"", "count"),
    ];
    for (from, to, word) in cases {
        assert!(text.contains(from), "{from} is not in the scenario:\n{text}");
        let line = text.lines().position(|l| l.contains(from)).unwrap() + 1;
        fs::write(place.path("bad.toml"), text.replace(from, to)).unwrap();
        let (_, err) = place.expect(2, &["check", "bad.toml"]);
        assert!(err.contains(word), "{to}: {err}");
        assert!(err.contains(&format!("bad.toml:{line}:")), "{to}, line {line}: {err}");
    }
}
