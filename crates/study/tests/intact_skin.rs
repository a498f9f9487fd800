//! A dressing on intact skin: stratum corneum lets next to nothing through.

#![allow(clippy::unwrap_used)] // tests

use exoderm_model::scenario::{ArmKind, Event, Scenario};
use exoderm_study::job::{Job, Outcome, Purpose};
use exoderm_study::library::{self, ScenarioText};
use exoderm_study::progress::Silent;
use exoderm_study::runner::{self, RunSettings};
use std::sync::Arc;

/// The program's tiny strip without its wound.
fn intact(sets: &[&str]) -> Arc<Scenario> {
    let text = include_str!("../../cli/tests/data/tiny.toml");
    let (before, rest) = text.split_once("[event.wound]").unwrap();
    let after = &rest[rest.find("\n[").unwrap()..];
    let text = format!("{before}{after}").replace("horizon = \"12 h\"", "horizon = \"24 h\"");
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    let s = library::compile(&ScenarioText::new("intact.toml", text), &sets).unwrap();
    assert!(!s.events.iter().any(|e| matches!(e, Event::Wound(_))));
    Arc::new(s)
}

fn exosome(scenario: &Arc<Scenario>) -> Outcome {
    let job = Job {
        id: "exosome-r0".into(),
        purpose: Purpose::Main,
        scenario: Arc::clone(scenario),
        arm: ArmKind::Exosome,
        arm_name: "exosome".into(),
        replicate: 0,
    };
    runner::run(&[job], &RunSettings::new(scenario.seed, 1), &Silent).unwrap().remove(0)
}

/// S033, S061: less than 1 % of the load is past the stratum corneum in 24 h, and it is what the permeability says.
#[test]
fn s033_s061_intact_skin_lets_less_than_one_per_cent_through() {
    let s = intact(&[]);
    let o = exosome(&s);
    let p = s.vesicles.iter().position(|v| !v.endogenous).unwrap();
    let row = &o.series.last().unwrap().vesicles[p];
    let share = row.released / row.loaded;
    // Permeability × time over thickness, of what the gel has not lost meanwhile.
    let Some(Event::Dressing(d)) = s.events.iter().find(|e| matches!(e, Event::Dressing(_))) else {
        unreachable!()
    };
    let loss = d.degradation * 1440.0;
    let expected = s.transport.corneum_permeability * 1440.0 / d.thickness
        * (1.0 - exoderm_numeric::math::exp(-loss))
        / loss;
    assert!(share > 0.0 && share < 0.01, "{share}");
    assert!((share / expected - 1.0).abs() < 0.05, "{share} {expected}");
    assert!(o.sheets.iter().all(|s| s.relative_error <= 1e-9));
    // What got through is in the viable epidermis and its cells; the dermis gets none of it in a day.
    let snapshot = o.snapshots.last().unwrap();
    let dermis: f64 = snapshot.vesicles[p]
        .iter()
        .zip(&snapshot.region)
        .filter(|(_, region)| **region == 2)
        .map(|(v, _)| f64::from(*v))
        .sum();
    let all: f64 = snapshot.vesicles[p].iter().map(|v| f64::from(*v)).sum();
    assert!(all > 0.0 && dermis < 0.01 * all, "{dermis} {all}");
}

/// A tight barrier lets nothing through; a leaky one ten times as much as one a tenth as leaky.
#[test]
fn the_barrier_decides() {
    let released = |set: &str| {
        let s = intact(&[set]);
        let p = s.vesicles.iter().position(|v| !v.endogenous).unwrap();
        exosome(&s).series.last().unwrap().vesicles[p].released
    };
    // What was let go is load less what is left and lost: a thousandth of a vesicle is rounding.
    assert!(released("transport.corneum_permeability=\"0 cm/s\"") < 1e-3);
    let one = released("transport.corneum_permeability=\"1e-10 cm/s\"");
    let ten = released("transport.corneum_permeability=\"1e-9 cm/s\"");
    assert!((ten / one - 10.0).abs() < 0.1, "{one} {ten}");
}

/// S036, S037: cells of resting dermis stay spread out: numbers in bins of 150 um vary little more than chance makes them. They gathered
/// in a few clumps while residents followed what they secrete themselves.
#[test]
fn s036_resting_dermis_does_not_gather() {
    const BINS: usize = 20;
    let s = intact(&["run.burn_in=\"60 d\"", "tissue.width=\"3 mm\"", "tissue.dermis=\"300 um\""]);
    let o = exosome(&s);
    let first = &o.snapshots[0];
    for name in ["fibroblast", "macrophage"] {
        let kind = s.cells.iter().position(|c| c.name == name).unwrap();
        let mut bins = [0.0_f64; BINS];
        for (&k, &x) in first.kind.iter().zip(&first.position[0]) {
            if usize::from(k) == kind {
                bins[((f64::from(x) / 3000.0 * BINS as f64) as usize).min(BINS - 1)] += 1.0;
            }
        }
        let mean = bins.iter().sum::<f64>() / BINS as f64;
        assert!(mean > 1.0, "{name}: {bins:?}");
        let spread = bins.iter().map(|n| (n - mean) * (n - mean)).sum::<f64>() / (BINS - 1) as f64 / mean;
        assert!(spread < 4.0, "{name}: variance {spread:.1} times the mean, {bins:?}");
    }
}
