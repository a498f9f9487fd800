//! Cells and vesicles together on a mesh.

use super::{Case, Length, Row, Rows, Run};
use crate::library::{self, ScenarioText};
use exoderm_model::scenario::{ArmKind, Scenario, Tissue as TissueModel};
use exoderm_numeric::random::Seed;
use exoderm_tissue::{Line, Plan, Tissue, lay_out_box};
use std::sync::Arc;

pub(super) const CASES: &[Case] = &[Case {
    name: "uptake-mesh",
    group: "tissue",
    title: "what a cell takes up with unbinding, on voxels of 2.5, 5, 10 and 20 um",
    source: "S024: within 2 % of each other",
    length: Length::Quick,
    run: Run::Alone(mesh_independence),
}];

/// One cell in the middle of a closed cube of 60 um. Half of what binds unbinds again; diffusion and the cell's own
/// clearance limit uptake alike.
fn scenario(voxel: f64) -> Result<Scenario, crate::error::StudyError> {
    let text = include_str!("uptake_mesh.toml").replace("VOXEL", &voxel.to_string());
    library::compile(&ScenarioText::new("uptake_mesh.toml", text), &[])
}

/// Vesicles on and in the cell after 40 min, of a million spread evenly at the start, and the balance's error.
fn taken(voxel: f64) -> Result<(f64, f64), Box<dyn std::error::Error + Send + Sync>> {
    const COUNT: f64 = 1e6;
    let scenario = Arc::new(scenario(voxel)?);
    let TissueModel::Box(b) = &scenario.tissue else { return Err("the scenario is no box".into()) };
    let seed = Seed::new(1, 0);
    let blueprint = lay_out_box(&scenario, b, seed)?;
    let plan = Arc::new(Plan::new(Arc::clone(&scenario), ArmKind::Exosome, None)?);
    let mut state = Tissue::new(Arc::clone(&plan), blueprint, seed)?.into_state();
    for (k, node) in plan.populations[0].nodes.iter().enumerate() {
        state.free[k].fill(COUNT * node.weight / (60.0 * 60.0 * 60.0));
    }
    state.flows[0].add(Line::Injected, COUNT);
    let mut tissue = Tissue::from_state(plan, state, seed)?;
    tissue.run_until(40.0, |_| false)?;
    let last = tissue.state().series.last().ok_or("nothing was recorded")?;
    Ok((last.vesicles[0].taken, tissue.balance()[0].relative_error))
}

fn mesh_independence() -> Rows {
    let meshes = [2.5, 5.0, 10.0, 20.0];
    let runs = meshes.iter().map(|h| taken(*h)).collect::<Result<Vec<_>, _>>()?;
    let mean = runs.iter().map(|r| r.0).sum::<f64>() / runs.len() as f64;
    let mut rows: Vec<Row> = meshes
        .iter()
        .zip(&runs)
        .map(|(h, r)| {
            Row::relative(
                format!("h = {h} um: vesicles taken, against the mean of the four"),
                mean,
                r.0,
                0.02,
            )
        })
        .collect();
    let worst = runs.iter().map(|r| r.1).fold(0.0, f64::max);
    rows.push(Row::at_most("error of the balance sheet", 1e-9, worst));
    Ok(rows)
}
