//! What tests of vesicles in a box share: the box, its vesicles, and a run of one arm.

#![allow(dead_code)] // each test uses its part

use exoderm_model::scenario::{ArmKind, Scenario};
use exoderm_study::analyse::{self, Study};
use exoderm_study::job::{Job, Outcome, Purpose};
use exoderm_study::library::{self, ScenarioText};
use exoderm_study::progress::Silent;
use exoderm_study::results::{Reproduce, Results, Timings};
use exoderm_study::runner::{self, RunSettings};
use exoderm_study::sweep;
use std::sync::Arc;

/// A box of 80 um in a medium that loses nothing (what is released is taken up or still there), for cells to be put into.
pub(crate) const BOX: &str = r#"
[steps]
phenotype = "6 min"
transport = "6 min"
[tissue]
kind = "box"
size = ["80 um", "80 um", "80 um"]
voxel = "20 um"
[mechanics]
stiffness = "1 1/min"
[vesicle.own]
endogenous = true
median_diameter = "100 nm"
ln_sigma = 0.2
[transport]
diffusion_100nm = "6.57 um^2/s"
[uptake]
clearance = "2000 um^3/min"
capacity = "3000 EV"
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
"#;

/// Compiles a scenario's text with settings.
pub(crate) fn compile(text: &str, sets: &[&str]) -> Result<Arc<Scenario>, String> {
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    library::compile(&ScenarioText::new("test.toml", text), &sets).map(Arc::new).map_err(|e| e.to_string())
}

/// Runs one tissue in an arm.
pub(crate) fn run_arm(s: &Arc<Scenario>, kind: ArmKind) -> Outcome {
    let jobs = [Job {
        id: "run-r0".into(),
        purpose: Purpose::Main,
        scenario: Arc::clone(s),
        arm: kind,
        arm_name: "run".into(),
        replicate: 0,
    }];
    let mut done =
        runner::run(&jobs, &RunSettings::new(s.seed, 1), &Silent).unwrap_or_else(|e| panic!("{e}"));
    done.remove(0)
}

/// What a report would be made from.
pub(crate) fn results(s: &Scenario, outcomes: &[Outcome]) -> Results {
    analyse::results(&Study {
        scenario: s,
        ledger: exoderm_ledger::Ledger::builtin(),
        outcomes,
        inputs: &[],
        own_vehicle: &[],
        sweep: &sweep::Plan::default(),
        arms: Vec::new(),
        replicates: 1,
        draws: 0,
        reproduce: Reproduce { command: String::new(), version: String::new(), seed: 0, hashes: Vec::new() },
        timings: Timings { wall_seconds: 0.0, parts: Vec::new(), peak_memory_mb: None, threads: 1 },
        warnings: Vec::new(),
        drawn: &[],
        unfinished: None,
    })
}
