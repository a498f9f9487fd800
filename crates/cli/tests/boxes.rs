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
