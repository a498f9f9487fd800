//! The way of vesicles to the cytosol in runs without a dressing: boxes and intact skin.

#![allow(clippy::unwrap_used, clippy::panic)] // tests

mod common;

use common::{BOX, compile, results, run_arm};
use exoderm_model::scenario::{ArmKind, Scenario};
use exoderm_study::job::Outcome;
use exoderm_study::results::Passage;
use std::sync::Arc;

/// Donors and recipients, and a product put in at one point.
const CELLS: &str = r#"
format = 1
name = "passage"
[run]
horizon = "12 h"
seed = 3
[record]
series = "1 h"
snapshots = ["12 h"]
[vesicle.product]
median_diameter = "100 nm"
ln_sigma = 0.2
[event.dose]
kind = "release"
time = "2 h"
population = "product"
count = "20000 particles"
position = ["40 um", "40 um", "40 um"]
[cell.donor]
place = "free"
radius = "7 um"
uptake_of_vesicles = false
biogenesis.secretion = "600 EV/h"
biogenesis.hold = "1 h"
[cell.recipient]
place = "free"
radius = "7 um"
[place.donors]
cell = "donor"
count = 10
[place.recipients]
cell = "recipient"
count = 20
"#;

fn run(s: &Arc<Scenario>, kind: ArmKind, arm: &str) -> (Outcome, Vec<Passage>) {
    let o = Outcome { arm_name: arm.into(), ..run_arm(s, kind) };
    let passages = results(s, std::slice::from_ref(&o)).passages;
    (o, passages)
}

fn line(o: &Outcome, p: usize, name: &str) -> f64 {
    let sheet = &o.sheets[p];
    sheet.made.iter().chain(&sheet.fates).find(|(n, _)| n == name).map_or(0.0, |(_, v)| *v)
}

/// Stages multiply to `delivered`, none holds more than the one before it, and `overall` is their product.
fn is_a_product(w: &Passage, delivered: f64) {
    assert!(delivered > 0.0, "{w:?}");
    let product: f64 = w.stages.iter().map(|stage| stage.fraction).product();
    assert!((product / delivered - 1.0).abs() < 1e-6, "{product} {delivered}\n{w:?}");
    assert!((w.overall / delivered - 1.0).abs() < 1e-6, "{} {delivered}", w.overall);
    assert!(w.stages.windows(2).all(|x| x[1].amount <= x[0].amount * (1.0 + 1e-12)), "{w:?}");
}

fn names(w: &Passage) -> Vec<&str> {
    w.stages.iter().map(|s| s.name.as_str()).collect()
}

/// S033: in a box with open faces the fractions of a released product, and of the cells' own vesicles with the tethered and the held
/// ones among those made, multiply to what the balance sheet says of the cytosol; amounts are counts, as there is no area.
#[test]
fn s033_waterfalls_of_a_box() {
    let faces = "transport.boundary={ x_min=\"absorbing\", x_max=\"absorbing\" }";
    let s = compile(&format!("{CELLS}{BOX}"), &[faces]).unwrap_or_else(|e| panic!("{e}"));
    let (o, passages) = run(&s, ArmKind::Exosome, "run");
    let [a, b] = &passages[..] else { panic!("{passages:?}") };
    for w in [a, b] {
        let p = s.vesicles.iter().position(|v| v.name == w.population).unwrap();
        assert_eq!((w.unit.as_str(), w.time, w.time_unit.as_str(), w.burn_in), ("vesicles", 12.0, "h", 0.0));
        let escaped = line(&o, p, "escaped into the cytosol");
        let last = w.stages.last().unwrap();
        assert_eq!((last.name.as_str(), last.amount), ("escaped into the cytosol", escaped));
        if w.product {
            is_a_product(w, escaped / 20_000.0);
            let way =
                ["released", "kept in the box", "bound by cells", "inside cells", "escaped into the cytosol"];
            assert_eq!(names(w), way);
        } else {
            let released = line(&o, p, "released by cells");
            is_a_product(w, escaped / (released / 0.8));
            assert!((w.stages[1].fraction - 0.8).abs() < 1e-12, "a fifth stays tethered");
            assert_eq!(w.stages[1].amount, released);
            assert_eq!(w.stages[2].name, "freed from the sites of fusion");
            assert_eq!(w.stages[2].amount, released - line(&o, p, "held at fusion sites"));
        }
        let kept = w.stages.iter().find(|x| x.name == "kept in the box").unwrap();
        assert!(kept.fraction < 0.9, "the faces take some: {w:?}");
    }
    assert_eq!(passages.iter().filter(|w| w.product).count(), 1);
}

/// S033: where only a sphere takes vesicles the way ends there; where nothing does there is none.
#[test]
fn s033_waterfall_to_a_sphere() {
    let text = include_str!("../../../scenarios/boxes/point-release.toml");
    let sets = ["run.horizon=1 min", "record.snapshots=[\"1 min\"]", "event.release.count=2000"];
    let s = compile(text, &sets).unwrap_or_else(|e| panic!("{e}"));
    let (o, passages) = run(&s, ArmKind::Exosome, "run");
    let [w] = &passages[..] else { panic!("{passages:?}") };
    is_a_product(w, line(&o, 0, "absorbed") / 2000.0);
    assert_eq!(names(w), ["released", "kept in the box", "caught by spheres"]);
    let without = text.replace(
        "[absorber.sphere]\ncentre = [\"60 um\", \"50 um\", \"50 um\"]\nradius = \"5 um\"\nkappa = \"inf\"\n",
        "",
    );
    assert_ne!(without, text);
    let s = compile(&without, &sets).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(run(&s, ArmKind::Exosome, "run").1, []);
}

/// S033: intact skin without a product has its own vesicles' way, per cm² of the strip, from the start of the burn-in on; the product that
/// was declared and not applied has none.
#[test]
fn s033_waterfall_of_intact_skin() {
    let tiny = include_str!("../../cli/tests/data/tiny.toml");
    let gone = ["event.", "arm.", "endpoint."];
    let text: String = tiny
        .split("\n[")
        .filter(|block| !gone.iter().any(|g| block.starts_with(g)))
        .collect::<Vec<_>>()
        .join("\n[");
    let text = format!(
        "{text}\n[arm.untreated]\nkind = \"untreated\"\n[endpoint.thickness]\nmeasure = \"epidermal_thickness\"\ntime = \"12 h\"\nheadline = true\n"
    );
    let s = compile(&text, &[]).unwrap_or_else(|e| panic!("{e}"));
    let (o, passages) = run(&s, ArmKind::Untreated, "untreated");
    let [w] = &passages[..] else { panic!("{passages:?}") };
    let p = s.vesicles.iter().position(|v| v.endogenous).unwrap();
    assert_eq!((w.population.as_str(), w.product), (s.vesicles[p].name.as_str(), false));
    let (released, escaped) = (line(&o, p, "released by cells"), line(&o, p, "escaped into the cytosol"));
    is_a_product(w, escaped / (released / 0.8));
    // 400 um wide, one voxel thick.
    let exoderm_model::scenario::Tissue::Skin(strip) = &s.tissue else { panic!() };
    let area = s.mesh()[0] as f64 * strip.voxel * strip.voxel / 1e8;
    assert!((w.stages[1].amount * area / released - 1.0).abs() < 1e-9, "{w:?}");
    assert!((390.0..420.0).contains(&(area * 1e8 / strip.voxel)), "{area}");
    assert_eq!(w.unit, "vesicles/cm^2");
    assert_eq!((w.time, w.time_unit.as_str(), w.burn_in), (0.5, "d", 0.125));
    assert!(names(w).contains(&"kept in the skin (not drained or carried off)"));
}
