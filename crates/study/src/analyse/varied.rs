//! What varied inputs say: swings, best and worst case, what would have to be true.

use super::Study;
use super::answer::signed;
use crate::endpoints::{Better, Reading, better, difference_unit, read, unit};
use crate::job::Purpose;
use crate::results::{Case, Estimate, Requirement, Swing};
use crate::stats::estimate;
use crate::{delivery, design};
use exoderm_model::scenario::{ArmKind, Endpoint};

/// Gain asked for in "what would have to be true".
const GAIN: f64 = 0.2;

pub(super) fn swings(study: &Study<'_>, headline: Option<&Endpoint>, base: Option<f64>) -> Vec<Swing> {
    let (Some(h), Some(base)) = (headline, base) else { return Vec::new() };
    study
        .inputs
        .iter()
        .filter_map(|i| {
            let at = |end: &str| study.variant(h, &Purpose::Swing(i.name.clone(), end.to_owned()));
            let unchanged = |k: usize| (i.values[k] == i.values[1]).then_some(base);
            let low = at("low").or_else(|| unchanged(0))?;
            let high = at("high").or_else(|| unchanged(2))?;
            let text = |x: f64| format!("{} {}", exoderm_units::significant(x, 3), i.unit);
            Some(Swing {
                input: i.name.clone(),
                what: i.what.clone(),
                values: [text(i.values[0]), text(i.values[2])],
                results: [low, high],
                base,
                unit: difference_unit(h.measure).to_owned(),
                evidence: i.evidence.clone(),
            })
        })
        .collect()
}

pub(super) fn top(mut swings: Vec<Swing>, n: usize) -> Vec<Swing> {
    let reach = |s: &Swing| (s.results[0] - s.base).abs().max((s.results[1] - s.base).abs());
    swings.sort_by(|a, b| reach(b).total_cmp(&reach(a)).then(a.input.cmp(&b.input)));
    swings.truncate(n);
    swings
}

/// Ends of inputs that favour the headline contrast: (input, high is better).
pub fn favourable(study: &Study<'_>) -> Vec<(String, bool)> {
    let Some(h) = study.scenario.endpoints.iter().find(|e| e.headline) else { return Vec::new() };
    let better_up = better(h.measure) != Better::Less;
    let base = study.single(h, ArmKind::Exosome, ArmKind::Vehicle);
    swings(study, Some(h), base)
        .into_iter()
        .map(|s| (s.input, (s.results[1] >= s.results[0]) == better_up))
        .collect()
}

/// Best case, null model and worst case (S086): always all three.
pub(super) fn cases(study: &Study<'_>, headline: Option<&Endpoint>, base: Option<f64>) -> Vec<Case> {
    let unit = headline.map_or("", |h| difference_unit(h.measure)).to_owned();
    let of = |name: &str| headline.and_then(|h| study.variant(h, &Purpose::Case(name.to_owned())));
    let turned = match headline.map(|h| better(h.measure)) {
        Some(Better::Less) => " (less is better)",
        _ => "",
    };
    let how = |end: &str| {
        format!(
            "every varied input at the end of its range that {end} the headline contrast{turned}, together, on simulated tissue 0 (base there: {})",
            base.map_or("not read".to_owned(), |b| format!("{} {unit}", signed(b)))
        )
    };
    let null = headline.and_then(|h| {
        if study.main(ArmKind::Null).is_empty() {
            None
        } else {
            study.single(h, ArmKind::Null, ArmKind::Vehicle)
        }
    });
    vec![
        Case {
            name: "best case".to_owned(),
            how: how("improves"),
            value: of("best case"),
            unit: unit.clone(),
        },
        Case {
            name: "null".to_owned(),
            how: "the product's vesicles inert: by construction the vehicle, a property of the code"
                .to_owned(),
            value: null,
            unit: unit.clone(),
        },
        Case {
            name: "worst case".to_owned(),
            how: how("worsens"),
            value: of("worst case"),
            unit: unit.clone(),
        },
    ]
    .into_iter()
    .chain(escapes(study, headline, &unit))
    .chain(need_off(study, headline, unit))
    .collect()
}

/// Where rules read cargo in the cytosol: the headline contrast at each escape efficiency, run.
fn escapes(study: &Study<'_>, headline: Option<&Endpoint>, unit: &str) -> Vec<Case> {
    let case = |share: f64| {
        let name = design::escape_case(share);
        Case {
            value: headline.and_then(|h| study.variant(h, &Purpose::Case(name.clone()))),
            how: format!(
                "{} of what cells take in opens into their cytosol, all else as given, run on simulated tissue 0: the true share is not known",
                percent(share)
            ),
            name,
            unit: unit.to_owned(),
        }
    };
    design::escapes_run(study.scenario).into_iter().map(case).collect()
}

/// A share in per cent.
fn percent(share: f64) -> String {
    format!("{} %", exoderm_units::significant(100.0 * share, 3))
}

/// Where rules have a need gate: the headline contrast with all of them open, over the study's replicates.
fn need_off(study: &Study<'_>, headline: Option<&Endpoint>, unit: String) -> Option<Case> {
    let gated = design::gated(study.scenario);
    if gated.is_empty() {
        return None;
    }
    let name = |k: ArmKind| study.scenario.arms.iter().find(|a| a.kind == k).map_or("", |a| a.name.as_str());
    let exosome = study.of(name(ArmKind::Exosome), &Purpose::NeedOff);
    let vehicle = study.vehicle_of(&Purpose::NeedOff);
    let differences = |h: &Endpoint| -> Vec<f64> {
        exosome
            .iter()
            .filter_map(|x| {
                let y = vehicle.iter().find(|y| y.replicate == x.replicate)?;
                Some(read(study.scenario, h, x).value()? - read(study.scenario, h, y).value()?)
            })
            .collect()
    };
    let words = |e: Option<Estimate>| match e {
        Some(Estimate { mean, low: Some(a), high: Some(b), n }) => {
            format!(
                "{} {unit} (95 % interval over {n} simulated tissues: {} to {})",
                signed(mean),
                signed(a),
                signed(b)
            )
        }
        Some(e) => format!("{} {unit} (one simulated tissue)", signed(e.mean)),
        None => "not read".to_owned(),
    };
    let without = headline.and_then(|h| estimate(&differences(h)));
    let with = headline.and_then(|h| estimate(&study.differences(h, ArmKind::Exosome, ArmKind::Vehicle)));
    Some(Case {
        name: "need off".to_owned(),
        how: format!(
            "the need gates of {} open, all else as given: {}; with the gates {}. A null that only the gates give is built in, no evidence",
            gated.join(", "),
            words(without),
            words(with)
        ),
        value: without.map(|e| e.mean),
        unit,
    })
}

/// What would have to be true for a gain of a fifth.
pub(super) fn required(
    study: &Study<'_>,
    headline: Option<&Endpoint>,
    base: Option<f64>,
    swings: &[Swing],
) -> Vec<Requirement> {
    let mut list = Vec::new();
    let s = study.scenario;
    let vehicle = headline
        .and_then(|h| {
            study.main(ArmKind::Vehicle).into_iter().find(|o| o.replicate == 0).map(|o| read(s, h, o))
        })
        .and_then(Reading::value);
    if let (Some(base), Some(v)) = (base, vehicle)
        && let Some(i) = study.inputs.iter().find(|i| i.name == "@cal.potency")
        && let Some(w) = swings.iter().find(|w| w.input == i.name)
    {
        // The effect at potency 0 is that of the vehicle; between simulated potencies it is taken as linear.
        let mut points =
            vec![(0.0, 0.0), (i.values[0], w.results[0]), (i.values[1], base), (i.values[2], w.results[1])];
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        points.dedup_by(|a, b| a.0 == b.0);
        // A gain is less where less is better.
        let less = headline.is_some_and(|h| better(h.measure) == Better::Less);
        if less {
            points.iter_mut().for_each(|p| p.1 = -p.1);
        }
        let goal = GAIN * v;
        let needed = points.windows(2).find_map(|p| {
            let ((x0, y0), (x1, y1)) = (p[0], p[1]);
            (y0 < goal && y1 >= goal).then(|| x0 + (x1 - x0) * (goal - y0) / (y1 - y0))
        });
        let range = [i.values[0], i.values[2]];
        list.push(Requirement {
            input: "potency (factor on every exosome effect)".to_owned(),
            used: i.values[1],
            needed,
            searched: [0.0, i.values[2]],
            ledger_range: Some(range),
            reading: match needed {
                Some(x) if x <= i.values[1] => format!(
                    "a fifth {} than the vehicle's {} {} needs {} of the potency used",
                    if less { "less" } else { "more" },
                    exoderm_units::significant(v, 3),
                    headline.map_or("", |h| unit(h.measure)),
                    exoderm_units::significant(x / i.values[1].max(1e-12), 2)
                ),
                Some(_) => "more than was used, within the range searched".to_owned(),
                None => "no value searched gives it".to_owned(),
            },
            method: "simulated at the ends and the middle of the range, linear in between".to_owned(),
        });
    }
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
        for c in p.species.iter().filter(|c| c.threshold[1].is_finite()) {
            let median = c.copies_per_cell[0];
            let factor = if median > 0.0 { Some(c.threshold[1] / median) } else { None };
            let reading = |needed: Option<f64>, high: f64| match needed {
                Some(x) if x <= high => "inside the range the ledger gives".to_owned(),
                Some(_) => "above the range the ledger gives".to_owned(),
                None => "the median cell received no copy at all: no value can be read off in proportion"
                    .to_owned(),
            };
            let escape = factor.map(|f| f * escape_used);
            list.push(Requirement {
                input: format!("escape efficiency, for {} copies of {} in the median target cell", exoderm_units::significant(c.threshold[1], 3), c.name),
                used: escape_used,
                needed: escape,
                searched: [0.0, 1.0],
                ledger_range: Some(escapes),
                reading: reading(escape, escapes[1]),
                method: "by proportion from the simulated copies; reaching the threshold says nothing about benefit".to_owned(),
            });
            let copies = factor.map(|f| f * c.copies_per_vesicle);
            list.push(Requirement {
                input: format!("copies of {} per vesicle", c.name),
                used: c.copies_per_vesicle,
                needed: copies,
                searched: copies_range,
                ledger_range: Some(copies_range),
                reading: reading(copies, copies_range[1]),
                method: "by proportion from the simulated copies; the range runs from natural to engineered loading".to_owned(),
            });
        }
    }
    list
}
