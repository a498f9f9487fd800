//! Rules on what cells release and take up: a fold and a value of its own, at every resolution.

#![allow(clippy::unwrap_used, clippy::panic)] // tests

use exoderm_model::scenario::ArmKind;
use exoderm_study::job::{Job, Outcome, Purpose};
use exoderm_study::library::{self, ScenarioText};
use exoderm_study::progress::Silent;
use exoderm_study::runner::{self, RunSettings};
use std::sync::Arc;

/// Donors and recipients in a medium that loses nothing, with a substrate at level 1 everywhere that rules can read.
const BOX: &str = r#"
format = 1
name = "rules"
[run]
horizon = "4 h"
seed = 3
[steps]
phenotype = "6 min"
transport = "6 min"
[record]
series = "30 min"
[tissue]
kind = "box"
size = ["80 um", "80 um", "80 um"]
voxel = "20 um"
[mechanics]
stiffness = "1 1/min"
[substrate.signal]
unit = "ng/mL"
diffusion = "80 um^2/s"
decay = "1e-3 1/s"
resting = "1 ng/mL"
[vesicle.own]
endogenous = true
median_diameter = "100 nm"
ln_sigma = 0.2
[transport]
diffusion_100nm = "6.57 um^2/s"
[uptake]
clearance = "200 um^3/min"
capacity = "30000 EV"
internalisation = "1 1/h"
unbinding = "0.5 1/h"
lysosome = "0.2 1/h"
recycled = 0.2
escape = 0.01
[biogenesis]
population = "own"
maturation = "15 min"
residence = "60 min"
secretory_share = 0.1
vesicles_per_body = "30 ILV"
back_fusion = 0.1
ceramide_share = 0.4
tethered = 0.2
dispersion = 30
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
    let text = format!("{BOX}{rule}");
    let mut set = vec![format!("transport.resolution={resolution}"), format!("run.horizon={horizon}")];
    if resolution == "particles" {
        // Single paths cost more: a quarter of the vesicles.
        set.push("cell.donor.biogenesis.secretion=150 EV/h".to_owned());
    }
    let scenario =
        library::compile(&ScenarioText::new("rules.toml", text), &set).unwrap_or_else(|e| panic!("{e}"));
    let arm = scenario.arms[0].clone();
    let job = Job {
        id: "run-r0".into(),
        purpose: Purpose::Main,
        scenario: Arc::new(scenario),
        arm: arm.kind,
        arm_name: arm.name,
        replicate: 0,
    };
    assert_eq!(job.arm, ArmKind::Untreated);
    let seed = job.scenario.seed;
    runner::run(&[job], &RunSettings::new(seed, 1), &Silent).unwrap().remove(0)
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
