//! What a sweep says: the headline measure and its contrasts at every point.

use super::contrasts::PAIRS;
use super::{Study, answer, boxes};
use crate::endpoints::{Better, better, bounds, difference_unit, read, unit};
use crate::job::{Outcome, Purpose};
use crate::results::{Estimate, Sweep, SweepArm, SweepAxis, SweepContrast, SweepPoint};
use crate::stats::{estimate, within};
use crate::sweep::Point;
use exoderm_model::scenario::{ArmKind, Endpoint};

/// What is read off each run.
enum Reads<'a> {
    Endpoint(&'a Endpoint),
    /// Per cent of the vesicles of a box that spheres and cells have.
    Caught,
}

impl Reads<'_> {
    /// What the measure can be.
    fn bounds(&self) -> [f64; 2] {
        match self {
            Self::Endpoint(e) => bounds(e.measure),
            Self::Caught => [0.0, 100.0],
        }
    }

    fn of(&self, study: &Study<'_>, o: &Outcome) -> Option<f64> {
        match self {
            Self::Endpoint(e) => read(study.scenario, e, o).value(),
            Self::Caught => boxes::caught_share(study.scenario, o),
        }
    }
}

/// The sweep of a study; `None` without one.
pub(super) fn sweep(study: &Study<'_>, headline: Option<&Endpoint>) -> Option<Sweep> {
    let plan = study.sweep;
    if plan.axes.is_empty() {
        return None;
    }
    let reads = match headline {
        Some(h) => Reads::Endpoint(h),
        None if boxes::model(study.scenario).is_some() => Reads::Caught,
        None => return None,
    };
    let (measure, of, difference) = match &reads {
        Reads::Endpoint(h) => (h.label.clone(), unit(h.measure), difference_unit(h.measure)),
        Reads::Caught => {
            ("vesicles caught by spheres or taken up by cells, of those made".to_owned(), "%", "pp")
        }
    };
    let axes = plan
        .axes
        .iter()
        .map(|a| SweepAxis {
            path: a.path.clone(),
            label: a.label.clone(),
            unit: a.unit.clone(),
            logarithmic: a.logarithmic,
            values: a.values.iter().map(|v| v.text.clone()).collect(),
            numbers: a.values.iter().map(|v| v.number).collect(),
        })
        .collect();
    let what = if plan.axes.len() == 1 { "value" } else { "pair of values" };
    let mut method = format!(
        "Each {what} is a variant of the scenario, run on the study's simulated tissues; where it can, it starts from their state at day 0, so that what is swept acts from then on. Arms that a value does not reach are not run again."
    );
    if plan.design_map {
        method.push_str(
            " The half-time is that of the gel's release of 100-nm vesicles without loss in the gel; loss there and the closing of the wound over the dressing come on top.",
        );
    }
    Some(Sweep {
        axes,
        measure,
        unit: of.to_owned(),
        difference_unit: difference.to_owned(),
        points: plan.points.iter().map(|p| point(study, &reads, p)).collect(),
        design_map: plan.design_map,
        method,
    })
}

fn point(study: &Study<'_>, reads: &Reads<'_>, p: &Point) -> SweepPoint {
    let runs = |arm: &str| -> Vec<&Outcome> {
        let own = p.reused.iter().any(|a| a == arm);
        study.of(arm, &if own { Purpose::Main } else { Purpose::Sweep(p.at.clone()) })
    };
    let arms = study
        .scenario
        .arms
        .iter()
        .filter(|a| a.kind != ArmKind::Null)
        .map(|a| {
            let values: Vec<f64> = runs(&a.name).into_iter().filter_map(|o| reads.of(study, o)).collect();
            SweepArm {
                arm: a.name.clone(),
                kind: format!("{:?}", a.kind).to_lowercase(),
                value: estimate(&values).map(|e| within(e, reads.bounds(), &values)),
            }
        })
        .collect();
    let mut contrasts = Vec::new();
    for (a, b) in PAIRS {
        let name = |k: ArmKind| study.scenario.arms.iter().find(|x| x.kind == k).map(|x| x.name.clone());
        let (Some(arm), Some(reference)) = (name(a), name(b)) else { continue };
        if a == ArmKind::Null {
            continue;
        }
        let others = runs(&reference);
        let (mut differences, mut base) = (Vec::new(), Vec::new());
        for o in runs(&arm) {
            let Some(other) = others.iter().find(|r| r.replicate == o.replicate) else { continue };
            if let (Some(x), Some(y)) = (reads.of(study, o), reads.of(study, other)) {
                differences.push(x - y);
                base.push(y);
            }
        }
        let value = estimate(&differences);
        let level = estimate(&base).map_or(0.0, |e| e.mean);
        let nothing = value.is_some_and(|d| nothing_to_gain(reads, d, level));
        contrasts.push(SweepContrast { arm, reference, value, nothing_to_gain: nothing });
    }
    SweepPoint { at: p.at.iter().map(|&k| k as usize).collect(), arms, contrasts }
}

/// Not clearly better: the interval reaches 0, or the gain is below what a report calls a difference.
fn nothing_to_gain(reads: &Reads<'_>, d: Estimate, level: f64) -> bool {
    let (sign, least) = match reads {
        Reads::Endpoint(e) => {
            (if better(e.measure) == Better::Less { -1.0 } else { 1.0 }, answer::negligible(e.measure, level))
        }
        Reads::Caught => (1.0, 0.0),
    };
    let weaker = match (d.low, d.high) {
        (Some(a), Some(b)) => (sign * a).min(sign * b),
        _ => sign * d.mean,
    };
    weaker <= 0.0 || sign * d.mean <= least
}
