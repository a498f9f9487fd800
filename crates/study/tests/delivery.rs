//! What a run's report says of the way to the cell: the waterfall, copies against the threshold, whether vesicles tell their parents.

#![allow(clippy::unwrap_used, clippy::panic)] // tests

mod common;

use common::{compile, results, run_arm};
use exoderm_model::scenario::ArmKind;
use exoderm_numeric::math;
use exoderm_study::job::Outcome;
use exoderm_study::library;
use std::sync::Arc;

const TINY: &str = include_str!("../../cli/tests/data/tiny.toml");

/// A cargo that a rule reads, so that it is followed to the cytosol.
const MIRNA: &str = r#"
[cargo.mir]
class = "mirna"
decay_inside = "0.005 1/h"
decay_cytosol = "0.03 1/h"
decay_free = "8 1/h"
diffusion_free = "100 um^2/s"
[rule.by_mirna]
cells = ["kc_stem", "kc_ta", "fibroblast", "macrophage"]
signal = "cargo:mir"
behaviour = "speed"
fold = 1.1
half = 100
exosome = true
"#;

fn exosome(sets: &[&str]) -> (Arc<exoderm_model::scenario::Scenario>, Outcome) {
    let copies = "vesicle.msc_exosome.copies.mir=\"@mirna_per_ev\"";
    let s = compile(&format!("{TINY}{MIRNA}"), &[&[copies], sets].concat()).unwrap_or_else(|e| panic!("{e}"));
    let o = Outcome { arm_name: "exosome".into(), ..run_arm(&s, ArmKind::Exosome) };
    (s, o)
}

/// S033: the waterfall of a run is a product: its stages' fractions multiply to what the balance sheet says of every labelled particle, to
/// 1e-6, and no stage holds more than the one before it.
#[test]
fn s033_waterfall_of_a_run_is_what_was_delivered() {
    let (s, o) =
        exosome(&["vesicle.msc_exosome.storage_loss=0.3", "vesicle.msc_exosome.adsorption_loss=0.2"]);
    let p = s.vesicles.iter().position(|v| !v.endogenous).unwrap();
    let sheet = &o.sheets[p];
    let line =
        |name: &str| sheet.made.iter().chain(&sheet.fates).find(|(n, _)| n == name).map_or(0.0, |(_, v)| *v);
    let delivered = line("escaped into the cytosol") / (line("loaded in the dressing") / (0.7 * 0.8));
    assert!(delivered > 0.0, "{sheet:?}");
    let found = results(&s, std::slice::from_ref(&o));
    assert!(found.passages.is_empty(), "the dressing has said it");
    let w = found.waterfall.unwrap();
    let product: f64 = w.stages.iter().map(|stage| stage.fraction).product();
    assert!((product / delivered - 1.0).abs() < 1e-6, "{product} {delivered}");
    assert!((w.overall / delivered - 1.0).abs() < 1e-6, "{} {delivered}", w.overall);
    assert!(w.stages.windows(2).all(|x| x[1].particles_per_cm2 <= x[0].particles_per_cm2 * (1.0 + 1e-12)));
    assert!((w.stages[1].fraction - 0.56).abs() < 1e-9, "storage and adsorption");
}

/// S034 in a run: the upper bound shares every labelled copy among the target cells in the bed; copies a cell lie below it; and where no target
/// cell was recorded nothing is claimed, least of all that even the whole dose would be 0 copies.
#[test]
fn s034_copies_in_a_run_and_where_no_cell_was_seen() {
    let (s, mut o) = exosome(&[]);
    let of = |o: &Outcome| results(&s, std::slice::from_ref(o)).plausibility.unwrap();
    let p = of(&o);
    let mir = p.species.iter().find(|c| c.name == "mir").unwrap();
    assert!((mir.copies_per_vesicle - 0.00825).abs() < 1e-12);
    assert!(mir.upper_bound > mir.copies_per_cell[1] && mir.upper_bound.is_finite(), "{mir:?}");
    assert!(mir.verdict.contains("says nothing about benefit"), "{}", mir.verdict);
    assert_eq!(mir.by_escape.iter().map(|e| e.0).collect::<Vec<_>>(), [1e-4, 5e-3, 0.3]);
    // The bound goes with the dose and against the cells: labelled copies per cm² over target cells per cm².
    let targets = p.dose_particles_per_cm2[1] * mir.copies_per_vesicle / mir.upper_bound;
    assert!((1e3..1e8).contains(&targets), "{targets} target cells per cm²");
    o.snapshots.retain(|shot| shot.time <= 0.0);
    let p = of(&o);
    let mir = p.species.iter().find(|c| c.name == "mir").unwrap();
    assert_eq!(mir.verdict, "not known");
    assert!(mir.why.contains("no target cell") && !mir.upper_bound.is_finite(), "{mir:?}");
}

/// S018: a run reads its own vesicles. Donors under UVB sort twice the microRNA; from the loadings that the run recorded the classifier tells
/// people in either state apart with the area of two lognormals, and the less the more platelets' vesicles stand beside.
#[test]
fn s018_the_classifier_takes_a_runs_own_loadings() {
    let s = Arc::new(library::compile(&library::find("stressed-donor").unwrap(), &[]).unwrap());
    let o = run_arm(&s, ArmKind::Untreated);
    let found = results(&s, &[o]);
    let mir = found.carried.iter().find(|c| c.species == "mir").unwrap();
    let donor = &mir.donors[0];
    let fold = donor.copies[1] / donor.copies[0];
    let told = donor.told.as_ref().unwrap();
    assert_eq!(told.fold, fold);
    assert!(fold > 1.5, "{fold}");
    let sigma = exoderm_skin::sources::Roster::builtin().unwrap().marker.between.value;
    let exact = 0.5 * (1.0 + math::erf(math::ln(fold) / (2.0 * sigma)));
    let [fluid, _, _, blood] = &told.rows[..] else { panic!("{told:?}") };
    assert!(fluid.interval[0] - 0.01 < exact && exact < fluid.interval[1] + 0.01, "{fluid:?} {exact}");
    assert!(blood.auc < fluid.auc - 0.2 && blood.interval[0] < 0.6, "{blood:?}");
    // The answer says what the route to the cytosol is worth.
    assert!(found.answer.contains("implausible (says nothing about benefit)"), "{}", found.answer);
}
