//! A whole tissue of `diabetic-wound`, the exosome arm: nanoseconds per cell-step and per voxel-field-step.
//!
//!     cargo bench -p exoderm-study --bench tissue
//!
//! A day of an open wound (day 2 to 3), three times from the same state. A cell-step is one cell in one phenotype step of 12 min
//! (rules, motility, division, mechanics); a voxel-substrate-step is one voxel of one dissolved factor in one
//! quasi-steady solve; a voxel-vesicle-step is one voxel of one size node of one population in one transport step, with the cells'
//! uptake and release.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a bench

use exoderm_model::scenario::ArmKind;
use exoderm_numeric::random::Seed;
use exoderm_study::{burn_in, library};
use exoderm_tissue::{Plan, Tissue};
use std::sync::Arc;

const DAY: f64 = 1440.0;
const RUNS: usize = 3;

fn median(v: &mut [f64]) -> f64 {
    v.sort_by(f64::total_cmp);
    v[v.len() / 2]
}

fn main() {
    let text = library::find("diabetic-wound").unwrap();
    // What the cells were before day 0 does not matter to a time per step: a short burn-in.
    let scenario = Arc::new(library::compile(&text, &["run.burn_in=\"1 d\"".to_owned()]).unwrap());
    let seed = Seed::new(scenario.seed, 0);
    let plan = Arc::new(Plan::new(Arc::clone(&scenario), ArmKind::Exosome, None).unwrap());
    let day_0 = burn_in::state(&scenario, scenario.seed, 0).unwrap();
    let mut tissue = Tissue::from_state(Arc::clone(&plan), day_0, seed).unwrap();
    tissue.run_until(2.0 * DAY, |_| false).unwrap();
    let start = tissue.checkpoint();
    let voxels = start.grid.len() as f64;
    let transports = DAY / scenario.steps.transport;
    let solved = voxels * transports * scenario.substrates.len() as f64;
    let carried = voxels * transports * start.free.len() as f64;
    println!(
        "{} cells, {voxels} voxels, {} factors, {} vesicle fields, one day, median of {RUNS}",
        start.cells.len(),
        scenario.substrates.len(),
        start.free.len()
    );
    let (mut rules, mut mechanics, mut factors, mut vesicles) = (vec![], vec![], vec![], vec![]);
    let mut work = String::new();
    for _ in 0..RUNS {
        let mut t = Tissue::from_state(Arc::clone(&plan), start.clone(), seed).unwrap();
        t.run_until(3.0 * DAY, |_| false).unwrap();
        let c = t.clock();
        rules.push(c.phenotype.as_nanos() as f64 / c.cell_steps as f64);
        mechanics.push(c.mechanics.as_nanos() as f64 / c.cell_steps as f64);
        factors.push(c.soluble.as_nanos() as f64 / solved);
        vesicles.push(c.vesicles.as_nanos() as f64 / carried);
        let steps = DAY / scenario.steps.phenotype;
        work = format!(
            "{:.1} substeps, {:.1} evaluations of forces, {:.0} cells awake a step",
            c.substeps as f64 / steps,
            c.evaluations as f64 / steps,
            c.awake as f64 / steps
        );
    }
    println!(
        "rules and motility   {:8.0} ns per cell-step of {} min",
        median(&mut rules),
        scenario.steps.phenotype
    );
    println!(
        "mechanics            {:8.0} ns per cell-step of {} min ({work})",
        median(&mut mechanics),
        scenario.steps.phenotype
    );
    println!(
        "dissolved factors    {:8.0} ns per voxel-substrate-step of {} min",
        median(&mut factors),
        scenario.steps.transport
    );
    println!(
        "vesicles             {:8.0} ns per voxel-vesicle-step of {} min",
        median(&mut vesicles),
        scenario.steps.transport
    );
}
