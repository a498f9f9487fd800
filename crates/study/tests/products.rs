//! Products in a scenario: loading, what they are for, their record; the rival that vesicles are waste.

#![allow(clippy::unwrap_used, clippy::panic)] // tests

mod common;

use common::{compile, results, run_arm};
use exoderm_model::scenario::{ArmKind, Mode, Scenario};
use exoderm_study::job::Outcome;
use exoderm_vesicle::loading::Loading;
use std::sync::Arc;

const TINY: &str = include_str!("../../cli/tests/data/tiny.toml");

/// A drug, and what it does in the cytosol.
const DRUG: &str = r#"
[cargo.drug]
class = "payload"
decay_inside = "0.01 1/h"
decay_cytosol = "0.1 1/h"
decay_free = "0.5 1/h"
diffusion_free = "100 um^2/s"

[rule.by_drug]
cells = ["kc_stem", "kc_ta", "fibroblast", "macrophage"]
signal = "cargo:drug"
behaviour = "speed"
fold = 2
half = 1e-6
exosome = true
"#;

const LOADING: &str = r#"
[vesicle.msc_exosome.loading.drug]
way = "electroporation"
offered = "1000 copies"
efficiency = 0.05
lost = 0.3
"#;

fn product(s: &Scenario) -> usize {
    s.vesicles.iter().position(|v| !v.endogenous).unwrap()
}

fn scenario(more: &str, sets: &[&str]) -> Arc<Scenario> {
    compile(&format!("{TINY}{DRUG}{more}"), sets).unwrap_or_else(|e| panic!("{e}"))
}

/// S053: what is loaded is efficiency times what is offered, by one arithmetic in scenario and engine; the report tells how many
/// vesicles it cost. Whole molecules are drawn into vesicles that cells take up.
#[test]
fn s053_loading_in_a_scenario() {
    let s = scenario(LOADING, &[]);
    let p = product(&s);
    let drug = s.cargo.iter().position(|c| c.name == "drug").unwrap();
    let copies = |s: &Scenario| s.vesicles[p].copies.iter().find(|(c, _)| c.0 == drug).map(|(_, n)| *n);
    assert_eq!(copies(&s), Some(50.0));
    assert_eq!(Loading::try_from(&s.vesicles[p].loaded[0]).unwrap().mean(), 50.0);
    let r = results(&s, &[]);
    let l = &r.products[0].loaded[0];
    assert_eq!((l.species.as_str(), l.copies_per_vesicle), ("drug", 50.0));
    assert!(
        (l.vesicles_per_labelled - 1.0 / 0.7).abs() < 1e-12 && (l.yield_of_molecules - 0.035).abs() < 1e-12
    );
    let o = run_arm(&s, ArmKind::Exosome);
    let slot = exoderm_tissue::acting_cargo(&s).iter().position(|c| c.0 == drug).unwrap();
    let reached: f64 = o.snapshots.iter().flat_map(|s| &s.cytosol[slot]).map(|x| f64::from(*x)).sum();
    assert!(reached > 0.0);
    // A payload in plasma is what the vesicles there carry, less what was lost in them.
    let blood = results(&s, &[named(o)]).blood.unwrap();
    let most = blood.payload[0].highest_per_ml.median / blood.highest_per_ml.median;
    assert!((blood.payload[0].copies_per_vesicle - 50.0).abs() < 1e-12);
    assert!(most <= 50.0 && most > 50.0 * 0.88, "{most}");
}

/// As the study names its outcomes.
fn named(mut o: Outcome) -> Outcome {
    o.arm_name = "exosome".into();
    o
}

/// S071: switching the mode changes payload terms, and for a carrier the vesicles' own; transport, binding and dose keep every bit.
#[test]
fn s071_mode_in_a_scenario() {
    let mode = |m: &str| scenario(LOADING, &[&format!("vesicle.msc_exosome.mode=\"{m}\"")]);
    let [combined, active, carrier] = ["combined", "active", "carrier"].map(mode);
    let p = product(&combined);
    assert_eq!(*combined, *scenario(LOADING, &[]));
    // Active: without what is loaded, and nothing else differs.
    let mut same = (*active).clone();
    same.vesicles[p].mode = Mode::Combined;
    same.vesicles[p].copies.clone_from(&combined.vesicles[p].copies);
    assert_eq!(same.vesicles, combined.vesicles);
    assert_eq!(
        (&same.cells, &same.rules, &same.transport),
        (&combined.cells, &combined.rules, &combined.transport)
    );
    // To the bit what the product does that never was loaded.
    let plain = scenario("", &[]);
    let of = |s: &Arc<Scenario>| run_arm(s, ArmKind::Exosome);
    assert_eq!(of(&active).digest, of(&plain).digest);
    // The carrier: nothing of its own acts. Without the drug's rule it is the vehicle, with it it is not.
    assert_eq!(carrier.vesicles[p].copies.len(), 1);
    let places = |o: &Outcome| -> Vec<[u32; 3]> {
        let s = o.snapshots.last().unwrap();
        (0..s.id.len()).map(|i| std::array::from_fn(|a| s.position[a][i].to_bits())).collect()
    };
    let mut idle = (*carrier).clone();
    idle.rules.retain(|r| r.name != "by_drug");
    let idle = Arc::new(idle);
    let vehicle = places(&run_arm(&idle, ArmKind::Vehicle));
    assert!(places(&of(&idle)) == vehicle);
    let treated = of(&carrier);
    assert!(places(&treated) != vehicle);
    let rows = |o: &Outcome| {
        let v = &o.series.last().unwrap().vesicles[p];
        [v.loaded.to_bits(), v.released.to_bits()]
    };
    assert_eq!(rows(&treated), rows(&of(&combined)));
}

/// S053, S071: mistakes say where they are and what to do.
#[test]
fn s053_s071_mistakes_have_a_place() {
    let wrong = |more: &str, sets: &[&str]| -> String {
        let sets: Vec<&str> = sets.to_vec();
        compile(&format!("{TINY}{DRUG}{more}"), &sets)
            .err()
            .unwrap_or_else(|| panic!("{more} {sets:?} compiles"))
    };
    let line = |text: &str, words: &str| {
        let (at, _) =
            format!("{TINY}{DRUG}{LOADING}").match_indices(words).next().map(|(i, w)| (i, w.len())).unwrap();
        let n = format!("{TINY}{DRUG}{LOADING}")[..at].matches('\n').count() + 1;
        assert!(text.contains(&format!("test.toml:{n}:")), "line {n} of `{words}`:\n{text}");
    };
    let e = wrong(&LOADING.replace("0.05", "1.2"), &[]);
    line(&e, "efficiency = ");
    let e = wrong(&LOADING.replace("electroporation", "electroportion"), &[]);
    assert!(e.contains("electroporation"), "{e}");
    line(&e, "way = \"electro");
    let e = wrong(&LOADING.replace("electroporation", "click"), &[]);
    assert!(e.contains("class \"ligand\""), "{e}");
    line(&e, "way = \"electro");
    let e = wrong(&LOADING.replace("electroporation", "parent"), &[]);
    assert!(e.contains("nothing is lost"), "{e}");
    line(&e, "lost = 0.3");
    let e = wrong(&LOADING.replace("loading.drug", "loading.drgu"), &[]);
    assert!(e.contains("`drgu`") && e.contains("`drug`"), "{e}");
    let e = wrong(LOADING, &["vesicle.msc_exosome.copies.drug=\"3 copies\""]);
    assert!(e.contains("from `copies` and from `loading`"), "{e}");
    let e = wrong("", &["vesicle.msc_exosome.mode=\"carrier\""]);
    assert!(e.contains("nothing is loaded"), "{e}");
    let e = wrong("", &["vesicle.msc_exosome.mode=\"courier\""]);
    assert!(e.contains("carrier"), "{e}");
    let e = wrong(LOADING, &["vesicle.endogenous.mode=\"carrier\""]);
    assert!(e.contains("for a product"), "{e}");
    let e = wrong("", &["vesicle.msc_exosome.record.donar=\"one\""]);
    assert!(e.contains("`donor`"), "{e}");
}

/// S006: a product without donor, lot, count of particles and purity is graded low at most, whatever else is on record; with all
/// items it is not.
#[test]
fn s006_record_limits_the_grade() {
    let all = exoderm_model::scenario::RECORD;
    let graded = |stated: &dyn Fn(&str, bool) -> bool| {
        let items: String = all
            .iter()
            .filter(|(key, essential, _)| stated(key, *essential))
            .map(|(key, _, _)| format!("{key} = \"as reported\"\n"))
            .collect();
        let s = scenario(&format!("[vesicle.msc_exosome.record]\n{items}"), &[]);
        results(&s, &[]).products.remove(0)
    };
    let complete = graded(&|_, _| true);
    assert!(!complete.at_most_low && complete.completeness == 1.0, "{}", complete.why);
    let without = graded(&|_, essential| !essential);
    assert!(without.at_most_low && without.completeness < without.threshold);
    assert!(
        ["donor", "lot", "particles", "purity"].iter().all(|k| without.why.contains(k)),
        "{}",
        without.why
    );
    for lacking in ["donor", "lot", "particles", "purity"] {
        assert!(graded(&|key, _| key != lacking).at_most_low, "{lacking}");
    }
    assert!(!graded(&|key, _| key != "image").at_most_low);
    let bare = results(&scenario("", &[]), &[]).products.remove(0);
    assert!(bare.at_most_low && bare.completeness == 0.0);
    let empty = scenario("[vesicle.msc_exosome.record]\nlot = \" \"\n", &[]);
    assert_eq!(results(&empty, &[]).products[0].completeness, 0.0);
}

/// S015: the rival that vesicles are waste is scored by published numbers in every report, and it gets the null of Plexoval II right.
#[test]
fn s015_rival_is_scored_by_published_numbers() {
    const PLEXOVAL: &str = r#"
[compare.plexoval]
what = "days to closure, vesicles minus placebo"
source = "T02_plev_punch_null"
published = "0 d: 22.8 ± 8.7 d in both arms, n = 11"
endpoint = "closure"
arm = "exosome"
reference = "vehicle"
band = [-2.0, 2.0]
role = "check"
finding = "null"
"#;
    // The strip closes in no time that is read: its closure stands for the trial's days.
    let s = scenario(&format!("{LOADING}{PLEXOVAL}"), &[]);
    let outcome = |kind, name: &str| Outcome { arm_name: name.into(), ..run_arm(&s, kind) };
    let runs = [outcome(ArmKind::Exosome, "exosome"), outcome(ArmKind::Vehicle, "vehicle")];
    let rival = results(&s, &runs).rival.unwrap();
    let row = &rival.rows[0];
    assert_eq!((row.published, row.null, row.counts), ([0.0, 2.0], 0.0, true));
    // The null's prediction lies in the middle of what was found; no model scores better, and the farther it is off the worse.
    assert!(row.model != 0.0 && row.score < 0.0, "{row:?}");
    assert!((row.score + 0.5 * (row.model / 2.0) * (row.model / 2.0)).abs() < 1e-12);
    assert_eq!(rival.score, Some(row.score));
    // Two equal runs are told apart by nothing.
    let same = [Outcome { arm_name: "exosome".into(), ..runs[1].clone() }, runs[1].clone()];
    let rival = results(&s, &same).rival.unwrap();
    assert_eq!((rival.score, rival.rows[0].score), (Some(0.0), 0.0));
    assert!(rival.reading.contains("do not tell the two apart"));
    // A number that was fitted to counts for neither, and without one it says so.
    let fitted = scenario(&format!("{LOADING}{}", PLEXOVAL.replace("\"check\"", "\"fit\"")), &[]);
    let rival = results(&fitted, &runs).rival.unwrap();
    assert!(rival.score.is_none() && rival.reading.contains("fitted"), "{rival:?}");
    let none = results(&scenario(LOADING, &[]), &runs).rival.unwrap();
    assert!(none.score.is_none() && none.reading.contains("No published number"));
}
