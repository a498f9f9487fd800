//! Vessels of a wound: they grow where VEGF leads them, and nowhere else.

#![allow(clippy::unwrap_used)] // tests

mod common;

use common::{compile, run_arm};
use exoderm_model::scenario::ArmKind;
use exoderm_numeric::random::Seed;
use exoderm_study::burn_in;
use exoderm_study::job::Outcome;
use exoderm_tissue::{Plan, Region, Tissue};
use std::sync::Arc;

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

/// Oxygen that air and vessels bring to a strip and that its cells use (mmHg um³/min), and the strip's deepest and highest levels, reckoned
/// from the state alone: the levels, where the tissue is, where endothelial cells are.
fn oxygen(sets: &[&str], time: f64) -> [f64; 5] {
    // Cells hardly move within a tenth of a minute: they are where they were when the field was solved.
    let short = [
        "steps.phenotype=\"0.1 min\"",
        "steps.transport=\"0.1 min\"",
        "steps.burn_in=\"0.1 min\"",
        "run.burn_in=\"1 min\"",
        "record.snapshots=[]",
        "record.series=\"1 min\"",
        "arm.vehicle.kind=\"untreated\"",
    ];
    let s = compile(TINY, &[&short[..], sets].concat()).unwrap();
    let seed = Seed::new(s.seed, 0);
    let blueprint = burn_in::lay_out(&s, seed).unwrap();
    let plan = Arc::new(Plan::new(Arc::clone(&s), ArmKind::Untreated, None).unwrap());
    let mut tissue = Tissue::new(plan, blueprint, seed).unwrap();
    tissue.run_until(time, |_| false).unwrap();
    let state = tissue.state();
    assert_eq!(state.wound.is_some(), time > 0.0);
    let k = s.substrates.iter().position(|x| x.name == "oxygen").unwrap();
    let (sub, c, g) = (&s.substrates[k], &state.substrates[k], &state.grid);
    let inside = |v: usize| state.region[v] != Region::Outside;
    let tissue: Vec<usize> = (0..g.len()).filter(|&v| inside(v)).collect();
    let used: f64 = tissue.iter().map(|&v| sub.consumption * c[v] / (sub.half_saturation + c[v])).sum();
    let mut air = 0.0;
    for ix in 0..g.n[0] {
        for iy in 0..g.n[1] {
            let top = (0..g.n[2]).rev().map(|iz| g.index(ix, iy, iz)).find(|&v| inside(v));
            air += top.map_or(0.0, |v| sub.air_permeability * g.h[0] * g.h[1] * (sub.air.unwrap() - c[v]));
        }
    }
    let endothelial = s.cells.iter().position(|x| x.vessel).unwrap();
    let blood: f64 = (0..state.cells.len())
        .filter(|&i| usize::from(state.cells.kind[i].0) == endothelial)
        .map(|i| sub.vessel_exchange * (sub.blood.unwrap() - c[g.voxel(state.cells.at(i))]))
        .sum();
    let levels = || tissue.iter().map(|&v| c[v]);
    let (least, most) = (levels().fold(f64::INFINITY, f64::min), levels().fold(0.0, f64::max));
    [air, blood, used * g.volume(), least, most]
}

/// S030: at the quasi-steady level cells use as much oxygen as air and vessels bring, in intact skin and in a wound, with and without
/// either supply. The field is solved to a residual of 1e-4.
#[test]
fn s030_oxygen_is_balanced() {
    // The wound takes as much from air as skin does, so that what covers it makes no difference here.
    let even = "substrate.oxygen.wound_air_permeability=\"8 um/s\"";
    let no_vessels = "substrate.oxygen.vessel_exchange=\"0 um^3/s\"";
    let no_air = [
        "substrate.oxygen.air_permeability=\"0 um/s\"",
        "substrate.oxygen.wound_air_permeability=\"0 um/s\"",
    ];
    for (sets, time) in [
        (&[even][..], -0.5),
        (&[even][..], 1.0),
        (&[even, no_vessels][..], -0.5),
        (&no_air[..], -0.5),
        (&no_air[..], 1.0),
    ] {
        let [air, blood, used, least, most] = oxygen(sets, time);
        let at = format!(
            "{sets:?} at {time} min: air {air}, vessels {blood}, used {used}, {least} to {most} mmHg"
        );
        eprintln!("{at}: {:e}", (air + blood) / used - 1.0);
        assert!(((air + blood) / used - 1.0).abs() < 1e-3, "{at}");
        assert!(least >= 0.0 && most <= 163.0 && used > 0.0, "{at}");
        assert!((air == 0.0) == (sets == no_air) && (blood == 0.0) == sets.contains(&no_vessels), "{at}");
    }
}
