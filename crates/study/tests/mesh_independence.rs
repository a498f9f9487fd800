//! S024: what a cell takes up does not depend on the mesh, with vesicles that unbind and bind again.

#![allow(clippy::unwrap_used)] // tests

use exoderm_model::scenario::{ArmKind, Scenario, Tissue as TissueModel};
use exoderm_numeric::random::Seed;
use exoderm_study::library::{self, ScenarioText};
use exoderm_tissue::{Line, Plan, Tissue, lay_out_box};
use std::sync::Arc;

/// One cell in the middle of a closed cube of 60 um. Half of what binds unbinds again; diffusion and the cell's own
/// clearance limit uptake alike.
fn scenario(voxel: f64) -> Scenario {
    let text = format!(
        "format = 1
[run]
horizon = \"40 min\"
[steps]
phenotype = \"0.04 min\"
transport = \"0.04 min\"
[record]
series = \"10 min\"
[tissue]
kind = \"box\"
size = [\"60 um\", \"60 um\", \"60 um\"]
voxel = \"{voxel} um\"
[vesicle.probe]
median_diameter = \"100 nm\"
ln_sigma = 0.0
[transport]
diffusion_100nm = \"0.65 um^2/s\"
[uptake]
clearance = \"1667 um^3/min\"
capacity = \"1e9 EV\"
internalisation = \"0.1 1/min\"
unbinding = \"0.1 1/min\"
lysosome = \"0 1/h\"
recycled = 0
escape = 0
[cell.c]
place = \"free\"
radius = \"5 um\"
[mechanics]
stiffness = \"1 1/min\"
[place.middle]
cell = \"c\"
at = [[\"30 um\", \"30 um\", \"30 um\"]]
[event.release]
kind = \"release\"
time = \"40 min\"
population = \"probe\"
count = 0
position = [\"30 um\", \"30 um\", \"30 um\"]
"
    );
    library::compile(&ScenarioText { file: "box.toml".into(), text }, &[]).unwrap()
}

/// Vesicles on and in the cell after 40 min, of a million spread evenly at the start.
fn taken(voxel: f64) -> f64 {
    const COUNT: f64 = 1e6;
    let scenario = Arc::new(scenario(voxel));
    let TissueModel::Box(b) = &scenario.tissue else { unreachable!() };
    let seed = Seed::new(1, 0);
    let blueprint = lay_out_box(&scenario, b, seed).unwrap();
    let plan = Arc::new(Plan::new(Arc::clone(&scenario), ArmKind::Exosome, None).unwrap());
    let mut state = Tissue::new(Arc::clone(&plan), blueprint, seed).unwrap().into_state();
    for (k, node) in plan.populations[0].nodes.iter().enumerate() {
        state.free[k].fill(COUNT * node.weight / (60.0 * 60.0 * 60.0));
    }
    state.flows[0].add(Line::Injected, COUNT);
    let mut tissue = Tissue::from_state(plan, state, seed).unwrap();
    assert!(tissue.run_until(40.0, |_| false).unwrap());
    assert!(tissue.balance()[0].relative_error < 1e-9);
    tissue.state().series.last().unwrap().vesicles[0].taken
}

/// Spreading the exchange over the voxels that a cell fills, and letting what unbinds bind again through the resistance
/// that the mesh does not show, are both needed: without the second, these four differ by 12 %.
#[test]
fn s024_uptake_with_unbinding_is_the_same_on_every_mesh() {
    let runs = [2.5, 5.0, 10.0, 20.0].map(taken);
    let mean = runs.iter().sum::<f64>() / 4.0;
    for (h, n) in [2.5, 5.0, 10.0, 20.0].iter().zip(runs) {
        assert!((n / mean - 1.0).abs() < 0.02, "voxel {h} um: {n} of {runs:?}");
    }
}
