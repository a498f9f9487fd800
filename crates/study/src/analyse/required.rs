//! What would have to be true for a gain of a fifth.
//!
//! For potency values are run until the gain is bracketed ([`crate::search`]); for what only enters copies per cell the value
//! follows in proportion from the simulated copies.

use super::Study;
use crate::delivery;
use crate::design::POTENCY;
use crate::endpoints::{Better, Reading, better, read, unit};
use crate::job::Purpose;
use crate::results::Requirement;
use crate::search::{self, Reached};
use exoderm_model::scenario::{ArmKind, Endpoint};
use exoderm_units::significant;

/// Gain asked for, as a share of the vehicle's value.
const GAIN: f64 = 0.2;

/// Potencies run on simulated tissue 0, with the gain each gave (a gain is less where less is better), the vehicle's value
/// there, and the gain asked for.
struct Tried {
    points: Vec<(f64, f64)>,
    vehicle: f64,
    goal: f64,
}

impl Tried {
    /// `None` where potency is not varied, or something it takes was not run.
    fn of(study: &Study<'_>, headline: &Endpoint) -> Option<Self> {
        let base = study.single(headline, ArmKind::Exosome, ArmKind::Vehicle)?;
        let first = study.main(ArmKind::Vehicle).into_iter().find(|o| o.replicate == 0);
        let vehicle = first.map(|o| read(study.scenario, headline, o)).and_then(Reading::value)?;
        let input = study.inputs.iter().find(|i| i.name == POTENCY)?;
        let [low, used, high] = input.values;
        // At 0 the product is the vehicle.
        let mut points = vec![(0.0, 0.0), (used, base)];
        for (end, value) in [("low", low), ("high", high)] {
            let found = study.variant(headline, &Purpose::Swing(input.name.clone(), end.to_owned()));
            points.extend(found.map(|y| (value, y)));
        }
        for outcome in study.outcomes {
            if let Purpose::At(name, value) = &outcome.purpose
                && *name == input.name
                && let Some(y) = study.variant(headline, &outcome.purpose)
            {
                points.push((*value, y));
            }
        }
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        points.dedup_by(|a, b| a.0 == b.0);
        if better(headline.measure) == Better::Less {
            points.iter_mut().for_each(|p| p.1 = -p.1);
        }
        let goal = GAIN * vehicle.abs();
        (goal > 0.0).then_some(Self { points, vehicle, goal })
    }
}

/// The `n` potencies to run next; none where those that were run already say it.
pub fn next_potencies(study: &Study<'_>, n: u32) -> Vec<f64> {
    let headline = study.scenario.endpoints.iter().find(|e| e.headline);
    headline.and_then(|h| Tried::of(study, h)).map_or_else(Vec::new, |t| search::next(&t.points, t.goal, n))
}

fn potency(study: &Study<'_>, headline: &Endpoint) -> Option<Requirement> {
    let input = study.inputs.iter().find(|i| i.name == POTENCY)?;
    let Tried { points, vehicle, goal } = Tried::of(study, headline)?;
    let [low, used, high] = input.values;
    let less = if better(headline.measure) == Better::Less { "less" } else { "more" };
    let asked =
        format!("a fifth {less} than the vehicle's {} {}", significant(vehicle, 3), unit(headline.measure));
    let number = |x: f64| significant(x, 3);
    let (bracket, reading) = match search::reached(&points, goal) {
        Reached::Between([a, b]) if b <= used => (
            Some([a, b]),
            format!(
                "{asked} needs between {} and {} of the potency used: {} does not give it, {} does",
                significant(a / used, 2),
                significant(b / used, 2),
                number(a),
                number(b)
            ),
        ),
        Reached::Between([a, b]) => (
            Some([a, b]),
            format!("{asked} needs more than was used: {} does not give it, {} does", number(a), number(b)),
        ),
        Reached::Always => (None, format!("{asked} is there at every value run")),
        Reached::Never => (None, format!("no value run gives {asked}")),
    };
    Some(Requirement {
        input: "potency (factor on every exosome effect)".to_owned(),
        used,
        needed: bracket.map(|b| b[1]),
        bracket,
        searched: [0.0, high],
        ledger_range: Some([low, high]),
        reading,
        method: format!(
            "simulated on tissue 0 at {}; nothing is read between them",
            points.iter().map(|p| number(p.0)).collect::<Vec<_>>().join(", ")
        ),
    })
}

/// What would have to be true for a gain of a fifth.
pub(super) fn required(study: &Study<'_>, headline: Option<&Endpoint>) -> Vec<Requirement> {
    let mut list = Vec::new();
    let s = study.scenario;
    list.extend(headline.and_then(|h| potency(study, h)));
    if let Some(p) = delivery::plausibility(s, study.ledger, &study.main(ArmKind::Exosome)) {
        let escape_used = s
            .cells
            .iter()
            .find(|c| c.vesicle_uptake.clearance > 0.0)
            .map_or(0.0, |c| c.vesicle_uptake.escape);
        let shown = delivery::escapes(study.ledger);
        let escapes = [shown[0], shown[2]];
        // From natural loading at its lowest to engineered loading.
        let copies_range = ["@mirna_per_ev.low", "@mirna_engineered.high"]
            .map(|r| delivery::row(study.ledger, r))
            .map(|x| if x.is_finite() { x } else { 0.0 });
        for c in p.species.iter().filter(|c| c.threshold[1].is_finite() && c.upper_bound.is_finite()) {
            let median = c.copies_per_cell[0];
            let factor = if median > 0.0 { Some(c.threshold[1] / median) } else { None };
            let reading = |needed: Option<f64>, high: f64, most: f64| match needed {
                Some(x) if x > most => "cannot be had: more than all of it".to_owned(),
                Some(x) if x <= high => "inside the range the ledger gives".to_owned(),
                Some(_) => "above the range the ledger gives".to_owned(),
                None => "the median cell received no copy at all: no value can be read off in proportion"
                    .to_owned(),
            };
            let escape = factor.map(|f| f * escape_used);
            list.push(Requirement {
                input: format!("escape efficiency, for {} copies of {} in the median target cell", significant(c.threshold[1], 3), c.name),
                used: escape_used,
                needed: escape,
                bracket: None,
                searched: [0.0, 1.0],
                ledger_range: Some(escapes),
                reading: reading(escape, escapes[1], 1.0),
                method: "by proportion from the simulated copies; reaching the threshold says nothing about benefit".to_owned(),
            });
            let copies = factor.map(|f| f * c.copies_per_vesicle);
            list.push(Requirement {
                input: format!("copies of {} per vesicle", c.name),
                used: c.copies_per_vesicle,
                needed: copies,
                bracket: None,
                searched: copies_range,
                ledger_range: Some(copies_range),
                reading: reading(copies, copies_range[1], f64::INFINITY),
                method: "by proportion from the simulated copies; the range runs from natural to engineered loading".to_owned(),
            });
        }
    }
    list
}
