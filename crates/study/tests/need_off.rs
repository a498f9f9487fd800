//! Need gates: a study with gated rules also runs with the gates open, and reports both (mechanisms: need, S040).

#![allow(clippy::unwrap_used)] // tests

use exoderm_model::scenario::{ArmKind, Need};
use exoderm_study::design;
use exoderm_study::folder::Choices;
use exoderm_study::job::Purpose;
use exoderm_study::library::{self, ScenarioText};
use exoderm_study::pipeline::{self, Machine, Request};
use exoderm_study::progress::Silent;
use exoderm_study::reach;

fn tiny() -> ScenarioText {
    let text = include_str!("../../cli/tests/data/tiny.toml").to_owned();
    ScenarioText::new("tiny.toml", text)
}

/// The variant opens every gate and touches nothing else; without gates there is none.
#[test]
fn s040_need_off_opens_every_gate() {
    let text = library::find("acute-wound").unwrap();
    let gated = library::compile(&text, &[]).unwrap();
    let variants = design::variants(&gated, &[], &[], 0, 1);
    let off = variants.iter().find(|v| v.purpose == Purpose::NeedOff).unwrap();
    assert_eq!(off.replicates, gated.replicates);
    let mut open = library::compile(&text, &off.overrides.sets).unwrap();
    let unrun = |arm| reach::same_outcome(&gated, &open, arm);
    assert_eq!(
        off.arms.iter().map(|&a| (a, unrun(a))).collect::<Vec<_>>(),
        [(ArmKind::Exosome, false), (ArmKind::Vehicle, true)]
    );
    assert!(open.rules.iter().all(|r| r.need == Need::None));
    for (rule, was) in open.rules.iter_mut().zip(&gated.rules) {
        rule.need = was.need;
    }
    assert_eq!(open.rules, gated.rules);
    let none = library::compile(&library::find("diabetic-wound").unwrap(), &[]).unwrap();
    assert!(design::variants(&none, &[], &[], 0, 1).iter().all(|v| v.purpose != Purpose::NeedOff));
}

/// A study whose only effect is gated shut (healthy counterpart = itself) reports the effect without the gate too.
#[test]
fn s040_both_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let render = |_: &exoderm_study::results::Results| String::new();
    let gate = |need: &str| {
        let request = Request {
            scenario: tiny(),
            choices: Choices {
                set: vec![format!("rule.exo_kc_speed.need=\"{need}\"")],
                replicates: Some(1),
                ..Choices::default()
            },
            out: Some(folder.path().join(need)),
            force: false,
        };
        pipeline::execute(&request, &Machine::new(&render), &Silent).unwrap().results
    };
    let (gated, open) = (gate("deficit"), gate("none"));
    let case = gated.cases.iter().find(|c| c.name == "need off").unwrap();
    let contrast = |r: &exoderm_study::results::Results| r.contrasts[0].noise.unwrap().mean;
    // Opened by the variant or written open: the same tissue.
    assert_eq!(case.value.unwrap(), contrast(&open));
    assert!(case.how.contains("exo_kc_speed") && case.how.contains("built in"), "{}", case.how);
    assert!(gated.enforced.iter().any(|t| t.contains("need off")));
    assert!(open.cases.iter().all(|c| c.name != "need off"));
    assert_eq!(open.cases.iter().filter(|c| !c.name.starts_with("escape")).count(), 3);
}

/// Wherever a rule reads cargo in the cytosol, the escape efficiencies 1e-4, 5e-3 and 0.3 are run, on every type of cell, and stand among
/// the cases; without such a rule there are none.
#[test]
fn escape_efficiencies_are_run_and_shown() {
    let text = library::find("diabetic-wound").unwrap();
    let s = library::compile(&text, &[]).unwrap();
    let variants = design::variants(&s, &[], &[], 0, 1);
    for share in [1e-4, 5e-3, 0.3] {
        let v = variants.iter().find(|v| v.purpose == Purpose::Case(design::escape_case(share)));
        if share == 5e-3 {
            // The study's own: nothing to run again.
            assert!(v.is_none() && design::own_escape(&s, share));
            continue;
        }
        let v = v.unwrap();
        let at = library::compile(&text, &v.overrides.sets).unwrap();
        let taking = at.cells.iter().filter(|c| c.vesicle_uptake.clearance > 0.0);
        let all: Vec<f64> = taking.map(|c| c.vesicle_uptake.escape).collect();
        assert!(!all.is_empty() && all.iter().all(|e| *e == share), "{share}: {all:?}");
        assert!(reach::same_outcome(&s, &at, ArmKind::Vehicle));
    }
    let mut silent = s.clone();
    silent.rules.retain(|r| !matches!(r.signal, exoderm_model::scenario::Signal::Cargo(_)));
    assert!(design::escapes_run(&silent).is_empty());
    let folder = tempfile::tempdir().unwrap();
    let render = |_: &exoderm_study::results::Results| String::new();
    let request = Request {
        scenario: tiny(),
        choices: Choices { replicates: Some(1), ..Choices::default() },
        out: Some(folder.path().join("run")),
        force: false,
    };
    let r = pipeline::execute(&request, &Machine::new(&render), &Silent).unwrap().results;
    let read: Vec<(&str, bool)> = r
        .cases
        .iter()
        .filter(|c| c.name.starts_with("escape"))
        .map(|c| (c.name.as_str(), c.value.is_some()))
        .collect();
    assert_eq!(read, [("escape 1e-4", true), ("escape 0.005", true), ("escape 0.3", true)]);
}

/// S001: with a gain the report gives the headline without chromatin and the share of the variance that it makes, names it as
/// unsupported by any number, and names the narrative article of 4 pages that claims it; without one it says nothing of it.
#[test]
fn s001_chromatin_is_told_apart_and_unsupported() {
    let folder = tempfile::tempdir().unwrap();
    let render = |_: &exoderm_study::results::Results| String::new();
    let run = |gain: &str| {
        let request = Request {
            scenario: tiny(),
            choices: Choices {
                set: vec![
                    format!("exosome.chromatin_gain={gain}"),
                    "rule.exo_kc_speed.chromatin=true".into(),
                    "rule.exo_kc_speed.memory=\"1 h\"".into(),
                    "exosome.potency=20".into(),
                ],
                ..Choices::default()
            },
            out: Some(folder.path().join(gain)),
            force: false,
        };
        pipeline::execute(&request, &Machine::new(&render), &Silent).unwrap().results
    };
    let (on, off) = (run("2"), run("0"));
    let case = on.cases.iter().find(|c| c.name == design::CHROMATIN_OFF).unwrap();
    // Silent by the case or by the scenario: the same tissues.
    assert_eq!(case.value, off.contrasts[0].noise.map(|e| e.mean));
    assert!(case.how.contains(" % of the variance over tissues"), "{}", case.how);
    let unsupported = |r: &exoderm_study::results::Results| {
        r.warnings.iter().find(|w| w.starts_with("UNSUPPORTED")).cloned()
    };
    let warning = unsupported(&on).unwrap();
    for part in [
        "exo_kc_speed",
        "gain of 2",
        "no quantitative parameter",
        "2023;1:001-004",
        "narrative article, 4 pp",
    ] {
        assert!(warning.contains(part), "{part}: {warning}");
    }
    assert!(off.cases.iter().all(|c| c.name != design::CHROMATIN_OFF) && unsupported(&off).is_none());
}
