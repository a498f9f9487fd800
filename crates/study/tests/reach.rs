//! A variant's arm is skipped only where it would give what the base gave, to the bit.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use exoderm_model::scenario::{ArmKind, Scenario};
use exoderm_numeric::random::Seed;
use exoderm_study::library::{self, ScenarioText};
use exoderm_study::{burn_in, digest, reach};
use exoderm_tissue::{Plan, State, Tissue};
use std::sync::Arc;

/// The strip of the program's own tests; `own` adds a rule that reads the skin's own vesicles.
fn tiny(set: &[&str], own: bool) -> Arc<Scenario> {
    let mut text = include_str!("../../cli/tests/data/tiny.toml").to_owned();
    if own {
        text.push_str(
            "\n[rule.own]\ncells = [\"fibroblast\"]\nsignal = \"occupancy:endogenous\"\nbehaviour = \"speed\"\n\
             fold = 1.5\nhalf = 0.1\nexponent = 1\n",
        );
    }
    let set: Vec<String> = set.iter().map(|s| (*s).to_owned()).collect();
    let text = ScenarioText::new("tiny.toml", text);
    Arc::new(library::compile(&text, &set).unwrap_or_else(|e| panic!("{set:?}: {e}")))
}

/// Inputs of the product, of vesicle transport and of uptake, each far from what it is.
const UNSEEN: [&str; 15] = [
    "uptake.clearance=\"900 um^3/min\"",
    "uptake.internalisation=\"0.2 1/h\"",
    "uptake.escape=0.3",
    "transport.exudate_flow=\"5 um/min\"",
    "transport.hindrance_granulation=0.9",
    "transport.hindrance_epidermis=0.002",
    "transport.bound_share=0.9",
    "transport.degradation=\"1 1/h\"",
    "exosome.potency=50.0",
    "exosome.bounded=true",
    "rule.exo_kc_speed.fold=9.0",
    "event.dressing.dose=\"1 ug/cm^2\"",
    "event.dressing.gel_diffusion=\"4 um^2/s\"",
    "vesicle.msc_exosome.particles_per_ug=\"1e8 particles/ug\"",
    "cargo.mir_21.decay_inside=\"1 1/h\"",
];

/// The state at the end, started from the base's day 0.
fn run(scenario: &Arc<Scenario>, start: &State, arm: ArmKind) -> State {
    let plan = Arc::new(Plan::new(Arc::clone(scenario), arm, None).unwrap());
    let mut t = Tissue::from_state(plan, start.clone(), Seed::new(7, 0)).unwrap();
    t.run_until(scenario.horizon, |_| false).unwrap();
    t.into_state()
}

/// Digests of all that an arm's cells, matrix and dissolved factors are: without vesicles, and without the series, which
/// counts them.
fn seen(state: &State) -> Vec<(String, String)> {
    let hidden = |name: &str| {
        let vesicles = ["free", "bound", "flows", "dressing", "series"];
        let columns = ["surface", "inside", "cargo", "cytosol"];
        vesicles.iter().any(|v| name.starts_with(v))
            || name.starts_with("cells.") && columns.iter().any(|c| name.contains(c))
    };
    digest::parts(state).into_iter().filter(|(name, _)| !hidden(name)).collect()
}

#[test]
fn what_an_arm_cannot_see_leaves_it_as_it_is() {
    let base = tiny(&[], false);
    let start = burn_in::state(&base, 7, 0).unwrap();
    for arm in [ArmKind::Vehicle, ArmKind::Untreated] {
        for set in UNSEEN {
            assert!(reach::same_outcome(&base, &tiny(&[set], false), arm), "{set} in {arm:?}");
        }
        let all = tiny(&UNSEEN, false);
        assert!(reach::same_outcome(&base, &all, arm));
        let (a, b) = (run(&base, &start, arm), run(&all, &start, arm));
        assert_eq!(seen(&a), seen(&b), "{arm:?}");
        assert!(seen(&a).iter().any(|(name, _)| name == "cells.x" || name.starts_with("cells.position")));
        assert_ne!(digest::state(&a), digest::state(&b), "the skin's own vesicles did move otherwise");
        // Rows are the same but for the columns of vesicles.
        for (x, y) in a.series.iter().zip(&b.series) {
            let mut y = y.clone();
            y.vesicles.clone_from(&x.vesicles);
            assert_eq!(*x, y);
        }
    }
    for set in UNSEEN {
        let changed = tiny(&[set], false);
        assert!(!reach::same_outcome(&base, &changed, ArmKind::Exosome), "{set} reaches the product's arm");
    }
}

/// Inputs that reach an arm are never taken for ones that don't; the last two reach the gel's arm alone.
#[test]
fn what_an_arm_sees_is_run() {
    let base = tiny(&[], false);
    for set in [
        "cell.kc_ta.speed=\"9 um/h\"",
        "substrate.oxygen.decay=\"1e-3 1/s\"",
        "rule.polarise_il10.saturation=\"0.1 1/d\"",
        "event.wound.radius=\"150 um\"",
        "matrix.fibrinolysis=\"9 1/h\"",
        "mechanics.link_stiffness=\"2 1/min\"",
        "run.horizon=\"13 h\"",
        "record.series=\"2 h\"",
        // Whether a voxel holds any vesicle decides whether it stays tissue.
        "transport.hindrance_epidermis=0",
        "biogenesis.residence=\"9 h\"",
        "event.dressing.thickness=\"3 mm\"",
        "event.dressing.occlusive=true",
    ] {
        let gel = set.starts_with("event.dressing");
        let changed = tiny(&[set], false);
        assert!(!reach::same_outcome(&base, &changed, ArmKind::Vehicle), "{set}");
        assert_eq!(reach::same_outcome(&base, &changed, ArmKind::Untreated), gel, "{set}");
    }
    // A gel three times as thick is less air in the vehicle: the bits say so too.
    let thick = tiny(&["event.dressing.thickness=\"3 mm\""], false);
    let start = burn_in::state(&base, 7, 0).unwrap();
    let of = |s| run(s, &start, ArmKind::Vehicle);
    assert_ne!(seen(&of(&base)), seen(&of(&thick)));
}

/// Where a rule reads the skin's own vesicles, their transport and uptake reach every arm.
#[test]
fn own_vesicles_that_act_are_seen() {
    let base = tiny(&[], true);
    for set in UNSEEN {
        let changed = tiny(&[set], true);
        assert!(!reach::same_outcome(&base, &changed, ArmKind::Vehicle), "{set}");
    }
}
