//! The dose calculator's gel on an open wound beside a tissue run of the same gel, stage by stage.
//!
//! The calculator has one well-mixed layer as deep as vesicles reach against the exudate, with a steady number of cells in it. The
//! run has a bed that starts empty, fills with cells and is covered from its edge. Both get the same numbers here; how many cells the
//! layer holds is the run's mean over its time, so that what is left is what the layer leaves out.

#![allow(clippy::unwrap_used)] // tests

mod common;

use common::{compile, run_arm};
use exoderm_model::scenario::{ArmKind, Event, Scenario};
use exoderm_study::dose::{self, Amount, DoseResult, Question};
use exoderm_study::job::Outcome;
use exoderm_vesicle::gel::{Gel, Law};
use std::sync::Arc;

const TINY: &str = include_str!("../../cli/tests/data/tiny.toml");
const HOURS: f64 = 48.0;

fn scenario(dose: f64) -> Arc<Scenario> {
    let dose = format!("event.dressing.dose=\"{dose:e} particles/cm^2\"");
    let sets = [
        dose.as_str(),
        "run.horizon=\"48 h\"",
        "record.snapshots=[\"0 h\", \"12 h\", \"24 h\", \"36 h\", \"48 h\"]",
        "event.dressing.release=\"first_order\"",
        "event.wound.contraction=\"0 um/min*um^2\"",
    ];
    compile(TINY, &sets).unwrap()
}

/// Released from the gel and bound by cells, per vesicle loaded; and the balance's error.
fn of_tissue(s: &Scenario, o: &Outcome) -> [f64; 3] {
    let p = s.vesicles.iter().position(|v| !v.endogenous).unwrap();
    let v = o.series.last().unwrap().vesicles[p];
    [v.released / v.loaded, v.taken / v.loaded, o.sheets[p].relative_error]
}

/// The calculator with the scenario's numbers.
fn calculator(s: &Scenario, o: &Outcome, particles: f64) -> DoseResult {
    let Some(Event::Dressing(d)) = s.events.iter().find(|e| matches!(e, Event::Dressing(_))) else {
        unreachable!()
    };
    let gel = Gel::new(Law::FirstOrder, d.thickness, d.gel_diffusion, d.degradation).unwrap();
    let (t, cell) = (&s.transport, s.cells.iter().find(|c| c.name == "fibroblast").unwrap());
    let u = &cell.vesicle_uptake;
    // Cells that take vesicles up, per volume of the bed, mean over the snapshots after the cut.
    let bed: Vec<f64> = o
        .snapshots
        .iter()
        .filter(|s| s.time > 0.0)
        .map(|shot| {
            let volume = shot.region.iter().filter(|r| **r == 3).count() as f64 * 13.0 * 13.0 * 13.0;
            let here = (0..shot.id.len()).filter(|&i| {
                f64::from(shot.position[0][i]) < shot.edge
                    && s.cells[usize::from(shot.kind[i])].vesicle_uptake.clearance > 0.0
            });
            here.count() as f64 / volume
        })
        .collect();
    let density = bed.iter().sum::<f64>() / bed.len() as f64;
    let set = [
        ("product.storage_loss", "0".to_owned()),
        ("product.adsorption_loss", "0".to_owned()),
        ("route.retained", "1".to_owned()),
        ("route.release", format!("{} 1/min", std::f64::consts::LN_2 / gel.half_time())),
        ("route.gel_loss", format!("{} 1/min", d.degradation)),
        ("route.hindrance", t.hindrance_granulation.to_string()),
        ("route.exudate", format!("{} g/cm^2/d", t.exudate_flow * 1e-4 * 1440.0)),
        ("tissue.viscosity", t.relative_viscosity.to_string()),
        ("tissue.diffusion", format!("{} um^2/min", t.diffusion_100nm)),
        (
            "tissue.diffusion_limit",
            format!("{} um^3/min/cell", 4.0 * std::f64::consts::PI * t.diffusion_100nm * cell.radius),
        ),
        ("tissue.degradation", format!("{} 1/min", t.degradation)),
        ("tissue.bound_share", t.bound_share.to_string()),
        ("tissue.unbinding", format!("{} 1/min", t.unbinding)),
        ("tissue.fibroblasts", format!("{} cells/mm^3", density * 1e9)),
        ("cell.clearance", format!("{} um^3/min/cell", u.clearance)),
        ("cell.saturation", format!("{} 1/min", u.capacity * u.internalisation)),
        ("cell.internalisation", format!("{} 1/min", u.internalisation)),
        ("cell.unbinding", format!("{} 1/min", u.unbinding)),
        ("cell.lysosome", format!("{} 1/min", u.lysosome)),
        ("cell.recycled", u.recycled.to_string()),
        ("cell.escape", u.escape.to_string()),
    ];
    dose::answer(&Question {
        amount: Amount::Particles(particles),
        area: "1 cm^2".to_owned(),
        route: "hydrogel".to_owned(),
        cargo: Vec::new(),
        label: None,
        time: format!("{HOURS} h"),
        set: set.iter().map(|(k, v)| format!("{k}={v}")).collect(),
        draws: 1,
    })
    .unwrap()
}

/// S033: the gel lets out the same. Of that, cells of the layer bind less than those of the tissue: about half as much at a low dose, a
/// seventh where its few cells saturate. The layer ends where vesicles stand against the exudate in a bed at rest (11 um here, less than a
/// voxel); in the tissue they spread on under the cover, where nothing flows out, to cells that are further away.
#[test]
fn s033_hydrogel_layer_beside_a_tissue() {
    for dose in [1e9, 1e11] {
        let s = scenario(dose);
        let o = run_arm(&s, ArmKind::Exosome);
        let [released, bound, error] = of_tissue(&s, &o);
        let layer = calculator(&s, &o, dose);
        let stage = |k: usize| layer.stages[k].per_cm2.stated / dose;
        assert!((stage(2) / released - 1.0).abs() < 0.1, "{dose:e}: {} {released}", stage(2));
        let ratio = stage(4) / bound;
        assert!((0.1..0.7).contains(&ratio), "{dose:e}: {} {bound}", stage(4));
        assert!(error < 1e-9);
    }
}
