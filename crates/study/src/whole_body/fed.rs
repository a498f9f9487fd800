//! What a skin run gives off to lymph and blood, followed into plasma.
//!
//! The run's series has how many vesicles lymph and blood have taken so far; between two rows they are taken to go evenly. The
//! strip is a slice of the wound, so amounts are scaled by area to the whole disc. Nothing comes back: the tissue was simulated
//! with plasma free of the product.

use super::draw::{ML, Values};
use super::seen::{BloodPoint, IntoBlood, PayloadInBlood};
use super::{Band, RELATIVE, band};
use crate::delivery::dressing;
use crate::endpoints::{DAY, radius_of, wound_area};
use crate::job::Outcome;
use exoderm_body::compartments::{CENTRAL, COMPARTMENTS, Outflow, fed};
use exoderm_body::network::Course;
use exoderm_model::scenario::Scenario;
use exoderm_skin::systemic::Systemic;
use exoderm_vesicle::cargo::ageing_factor;

/// Draws over the body's ranges; the tissue's numbers are as they were in the run.
const DRAWS: u32 = 100;
/// um² per cm².
const CM2: f64 = 1e8;
/// Most points of the curve.
const POINTS: usize = 120;

/// The product of the exosome arm in plasma; none without a dressing, or where nothing left the tissue that way.
pub(crate) fn into_blood(scenario: &Scenario, exosome: &[&Outcome]) -> Option<IntoBlood> {
    let product = dressing(scenario)?.product.0;
    let strip = wound_area(scenario);
    let radius = radius_of(scenario);
    // The treated disc, or a square centimetre of intact skin.
    let area = if radius > 0.0 { std::f64::consts::PI * radius * radius } else { CM2 };
    let rows = exosome.iter().map(|o| o.series.len()).min().filter(|n| *n > 1)?;
    let first = exosome.first()?;
    let scale = area / strip / exosome.len() as f64;
    // Means over tissues of the sums so far: minutes, lymph, blood, loaded.
    let so_far: Vec<[f64; 4]> = (0..rows)
        .map(|k| {
            let mut sum = [first.series[k].time, 0.0, 0.0, 0.0];
            for o in exosome {
                if let Some(v) = o.series[k].vesicles.get(product) {
                    for (total, x) in sum[1..].iter_mut().zip([v.lymph, v.blood, v.loaded]) {
                        *total += x * scale;
                    }
                }
            }
            sum
        })
        .collect();
    let outflow: Vec<Outflow> = so_far
        .windows(2)
        .map(|w| Outflow {
            span: w[1][0] - w[0][0],
            lymph: (w[1][1] - w[0][1]).max(0.0),
            blood: (w[1][2] - w[0][2]).max(0.0),
        })
        .collect();
    let &[begin, ..] = so_far.first()?;
    let &[_, lymph, blood, loaded] = so_far.last()?;
    if lymph + blood <= 0.0 || loaded <= 0.0 {
        return None;
    }
    let data = Systemic::builtin().ok()?;
    let body = if scenario.species == "human" { "human" } else { "mouse" };
    let run = |v: &Values<'_>| -> Option<(Course<COMPARTMENTS>, f64)> {
        let k = v.kinetics("vesicle", body)?.checked().ok()?;
        Some((fed(&k, &outflow, RELATIVE), k.volume))
    };
    let stated_values = Values::stated(data);
    let stated = run(&stated_values)?;
    let values = Values::draws(data, DRAWS, scenario.seed).ok()?;
    let draws: Vec<_> = values.iter().filter_map(run).collect();
    let all = |of: &dyn Fn(&(Course<COMPARTMENTS>, f64)) -> f64| -> Band {
        band(of(&stated), draws.iter().map(of))
    };
    let per_ml = |(course, volume): &(Course<COMPARTMENTS>, f64), minutes: f64| {
        course.at(minutes)[CENTRAL].max(0.0) / volume * ML
    };
    let step = rows.div_ceil(POINTS).max(1);
    let times: Vec<f64> = so_far.iter().step_by(step).map(|r| r[0]).collect();
    let highest = |run: &(Course<COMPARTMENTS>, f64)| {
        so_far.iter().map(|r| per_ml(run, r[0] - begin)).fold(0.0, f64::max)
    };
    let population = &scenario.vesicles[product];
    let payload = population
        .loaded
        .iter()
        .map(|l| {
            let copies = crate::product::payload(population, l.offered * l.efficiency);
            let decay = scenario.cargo[l.cargo.0].decay_inside;
            // All were loaded before the dressing went on: one age for all.
            let most = |run: &(Course<COMPARTMENTS>, f64)| {
                so_far
                    .iter()
                    .map(|r| copies * ageing_factor(decay, r[0] - begin) * per_ml(run, r[0] - begin))
                    .fold(0.0, f64::max)
            };
            PayloadInBlood {
                species: scenario.cargo[l.cargo.0].name.clone(),
                copies_per_vesicle: copies,
                highest_per_ml: all(&most),
            }
        })
        .collect();
    Some(IntoBlood {
        payload,
        body: body.to_owned(),
        area_cm2: area / CM2,
        loaded,
        lymph_percent: 100.0 * lymph / loaded,
        blood_percent: 100.0 * blood / loaded,
        points: times
            .into_iter()
            .map(|t| BloodPoint { day: t / DAY, per_ml: all(&|run| per_ml(run, t - begin)) })
            .collect(),
        highest_per_ml: all(&highest),
        own_per_ml: band(
            stated_values.get("test.background") * ML,
            values.iter().map(|v| v.get("test.background") * ML),
        ),
        imbalance: draws.iter().chain([&stated]).map(|(c, _)| c.imbalance()).fold(0.0, f64::max),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::job::{Job, Purpose};
    use crate::library::{self, ScenarioText};
    use crate::progress::Silent;
    use crate::runner::{self, RunSettings};
    use exoderm_model::scenario::ArmKind;
    use exoderm_tissue::{BALANCE_LINES, Line};
    use std::sync::Arc;

    fn outcome(arm: ArmKind, sets: &[String]) -> (Arc<Scenario>, Outcome) {
        let text = include_str!("../../../cli/tests/data/tiny.toml").to_owned();
        let s = library::compile(&ScenarioText::new("tiny.toml", text), sets).unwrap();
        let s = Arc::new(s);
        let job = Job {
            id: "r0".into(),
            purpose: Purpose::Main,
            scenario: Arc::clone(&s),
            arm,
            arm_name: "arm".into(),
            replicate: 0,
        };
        let o = runner::run(&[job], &RunSettings::new(s.seed, 1), &Silent).unwrap().remove(0);
        (s, o)
    }

    /// S026: what the tissue's balance says went into lymph and blood is what the body gets, per area, and nothing is lost there.
    #[test]
    fn s026_the_body_gets_what_the_tissue_gave() {
        let (s, o) = outcome(ArmKind::Exosome, &[]);
        let blood = into_blood(&s, &[&o]).unwrap();
        let product = dressing(&s).unwrap().product.0;
        let sheet = &o.sheets[product];
        let went = |line: Line| {
            let (_, n) = sheet.fates.iter().find(|(l, _)| l == BALANCE_LINES[line as usize]).unwrap();
            100.0 * n / sheet.made.iter().map(|(_, n)| n).sum::<f64>()
        };
        assert!((blood.lymph_percent / went(Line::Lymph) - 1.0).abs() < 1e-9);
        assert!((blood.blood_percent / went(Line::Plasma) - 1.0).abs() < 1e-9);
        assert!(blood.imbalance < 1e-9, "{}", blood.imbalance);
        assert!(blood.points.len() > 1 && blood.points[0].per_ml.median == 0.0);
        assert!(blood.highest_per_ml.median > 0.0 && blood.highest_per_ml.low <= blood.highest_per_ml.high);
        // Twice the same tissue is the same mean.
        let twice = into_blood(&s, &[&o, &o]).unwrap();
        assert!((twice.highest_per_ml.median / blood.highest_per_ml.median - 1.0).abs() < 1e-12);
    }

    #[test]
    fn gel_without_vesicles_sends_nothing() {
        let (s, o) = outcome(ArmKind::Vehicle, &[]);
        assert_eq!(into_blood(&s, &[&o]), None);
    }
}
