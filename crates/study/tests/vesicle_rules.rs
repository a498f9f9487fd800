//! Rules on what cells release and take up: a fold and a value of its own, at every resolution.

#![allow(clippy::unwrap_used, clippy::panic)] // tests

mod common;

use common::{BOX, compile, run_arm};
use exoderm_model::scenario::ArmKind;
use exoderm_study::job::Outcome;

/// Donors and recipients in a medium that loses nothing, with a substrate at level 1 everywhere that rules can read.
const CELLS: &str = r#"
format = 1
name = "rules"
[run]
horizon = "4 h"
seed = 3
[record]
series = "30 min"
[substrate.signal]
unit = "ng/mL"
diffusion = "80 um^2/s"
decay = "1e-3 1/s"
resting = "1 ng/mL"
[cell.donor]
place = "free"
radius = "5 um"
uptake_of_vesicles = false
biogenesis.secretion = "600 EV/h"
[cell.recipient]
place = "free"
radius = "5 um"
[place.donors]
cell = "donor"
count = 20
[place.recipients]
cell = "recipient"
count = 20
"#;

fn run(rule: &str, resolution: &str, horizon: &str) -> Outcome {
    let resolution_set = format!("transport.resolution={resolution}");
    let horizon = format!("run.horizon={horizon}");
    // Cells that clear little and are far from full: what they take follows their clearance.
    let mut sets =
        vec![&*resolution_set, &*horizon, "uptake.clearance=200 um^3/min", "uptake.capacity=30000 EV"];
    if resolution == "particles" {
        // Single paths cost more: a quarter of the vesicles.
        sets.push("cell.donor.biogenesis.secretion=150 EV/h");
    }
    let s = compile(&format!("{CELLS}{BOX}{rule}"), &sets).unwrap_or_else(|e| panic!("{e}"));
    run_arm(&s, ArmKind::Untreated)
}

fn rule(cells: &str, behaviour: &str, effect: &str) -> String {
    format!(
        "[rule.r]\ncells = [\"{cells}\"]\nsignal = \"substrate:signal\"\nbehaviour = \"{behaviour}\"\n{effect}\nhalf = \"1e-9 ng/mL\"\nexponent = 1\n"
    )
}

/// A release given as a value of its own is that value, whatever the base; as a fold it multiplies the base: both the same
/// draws, so the same counts.
#[test]
fn release_by_value_and_by_fold_agree() {
    let released = |o: &Outcome| o.series.last().unwrap().vesicles[0].released;
    let base = released(&run("", "field", "4 h"));
    let value = released(&run(&rule("donor", "release", "saturation = \"1200 EV/h\""), "field", "4 h"));
    let fold = released(&run(&rule("donor", "release", "fold = 2"), "field", "4 h"));
    assert_eq!(value, fold);
    // The chain is at rest at the base; freed rates follow within its residence: between 1.5 and 2 over 4 h.
    let ratio = value / base;
    assert!((1.4..2.1).contains(&ratio), "{ratio}");
}

/// A rule on uptake acts on the clearance, at each resolution; a fold of 1 changes no bit.
#[test]
fn uptake_follows_rules_at_every_resolution() {
    let taken = |o: &Outcome| o.series.last().unwrap().vesicles[0].taken;
    for resolution in ["field", "counts", "particles"] {
        let base = run("", resolution, "30 min");
        let same = run(&rule("recipient", "uptake", "fold = 1"), resolution, "30 min");
        assert_eq!(taken(&same), taken(&base), "{resolution}");
        let less =
            taken(&run(&rule("recipient", "uptake", "fold = 0.1"), resolution, "30 min")) / taken(&base);
        // A tenth of the clearance where little is cleared; somewhat more since less is used up.
        assert!((0.08..0.25).contains(&less), "{resolution}: {less}");
    }
}
