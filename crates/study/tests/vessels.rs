//! Vessels of a wound: they grow where VEGF leads them, and nowhere else.

#![allow(clippy::unwrap_used)] // tests

mod common;

use common::{compile, run_arm};
use exoderm_model::scenario::ArmKind;
use exoderm_study::job::Outcome;

const TINY: &str = include_str!("../../cli/tests/data/tiny.toml");

/// Endothelial cells in the bed and divisions of them, by what cells make of VEGF (1: as the profile has it).
fn grown(factor: &str) -> (f64, Outcome) {
    let factor = format!("substrate.vegf.production_factor={factor}");
    let sets = [
        factor.as_str(),
        "substrate.vegf.resting=\"0 ng/mL\"",
        "substrate.vegf.clot_burst=\"0 ng/mL\"",
        "run.horizon=\"6 d\"",
        "tissue.width=\"800 um\"",
        "record.snapshots=[]",
    ];
    let s = compile(TINY, &sets).unwrap();
    let endothelial = s.cells.iter().position(|c| c.name == "endothelial").unwrap();
    let o = run_arm(&s, ArmKind::Vehicle);
    let half = o.series.len() / 2;
    let mean = o.series[half..].iter().map(|r| f64::from(r.in_wound[endothelial])).sum::<f64>()
        / (o.series.len() - half) as f64;
    (mean, o)
}

/// S030: without VEGF no vessel grows into the bed; the more of it cells make, the more do. S027: factors stay finite and not negative
/// throughout.
#[test]
fn s030_s027_vessels_follow_vegf_and_factors_stay_in_bounds() {
    let levels = ["0", "1", "10", "100"];
    let runs: Vec<(f64, Outcome)> = levels.iter().map(|f| grown(f)).collect();
    let counts: Vec<f64> = runs.iter().map(|r| r.0).collect();
    eprintln!("{counts:?}");
    assert_eq!(counts[0], 0.0);
    assert!(counts.is_sorted(), "{counts:?}");
    assert!(counts[3] > counts[1], "{counts:?}");
    for (_, o) in &runs {
        assert!(o.series.iter().flat_map(|r| &r.substrates).all(|c| c.is_finite() && *c >= 0.0));
    }
}
