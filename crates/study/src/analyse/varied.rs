//! What varied inputs say: swings, best and worst case.

use super::Study;
use super::answer::signed;
use crate::design;
use crate::endpoints::{Better, better, difference_unit, read};
use crate::job::Purpose;
use crate::results::{Case, Estimate, Swing};
use crate::stats::estimate;
use exoderm_model::scenario::{ArmKind, Endpoint};

pub(super) fn swings(study: &Study<'_>, headline: Option<&Endpoint>, base: Option<f64>) -> Vec<Swing> {
    let (Some(h), Some(base)) = (headline, base) else { return Vec::new() };
    study
        .inputs
        .iter()
        .filter_map(|i| {
            let at = |end: &str| study.variant(h, &Purpose::Swing(i.name.clone(), end.to_owned()));
            let unchanged = |k: usize| match i.values[k] {
                x if x == i.values[1] => Some(base),
                x if design::inert(i, x) => Some(0.0),
                _ => None,
            };
            let low = at("low").or_else(|| unchanged(0))?;
            let high = at("high").or_else(|| unchanged(2))?;
            Some(Swing {
                input: i.name.clone(),
                what: i.what.clone(),
                values: [i.text(i.values[0]), i.text(i.values[2])],
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
    .chain(need_off(study, headline, unit.clone()))
    .chain(chromatin_off(study, headline, unit))
    .collect()
}

/// Where rules read cargo in the cytosol: the headline contrast at each escape efficiency, run.
fn escapes(study: &Study<'_>, headline: Option<&Endpoint>, unit: &str) -> Vec<Case> {
    let case = |share: f64| {
        let name = design::escape_case(share);
        let own = design::own_escape(study.scenario, share);
        let purpose = if own { Purpose::Main } else { Purpose::Case(name.clone()) };
        Case {
            value: headline.and_then(|h| study.variant(h, &purpose)),
            how: format!(
                "{} of what cells take in opens into their cytosol, {}, simulated tissue 0: the true share is not known",
                percent(share),
                if own { "the share used here" } else { "all else as given" }
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
    let without = headline.and_then(|h| estimate(&differences_of(study, h, &Purpose::NeedOff)));
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

/// Headline contrast of a variant by replicate, over those that both arms have.
fn differences_of(study: &Study<'_>, h: &Endpoint, purpose: &Purpose) -> Vec<f64> {
    let arm = study.scenario.arms.iter().find(|a| a.kind == ArmKind::Exosome);
    let exosome = arm.map_or_else(Vec::new, |a| study.of(&a.name, purpose));
    let vehicle = study.vehicle_of(purpose);
    exosome
        .iter()
        .filter_map(|x| {
            let y = vehicle.iter().find(|y| y.replicate == x.replicate)?;
            Some(read(study.scenario, h, x).value()? - read(study.scenario, h, y).value()?)
        })
        .collect()
}

/// Where rules act through chromatin: the headline contrast without them, and how much of its variance they make.
fn chromatin_off(study: &Study<'_>, headline: Option<&Endpoint>, unit: String) -> Option<Case> {
    let rules = design::through_chromatin(study.scenario);
    if rules.is_empty() {
        return None;
    }
    let purpose = Purpose::Case(design::CHROMATIN_OFF.to_owned());
    let off = headline.map_or_else(Vec::new, |h| differences_of(study, h, &purpose));
    let on = headline.map_or_else(Vec::new, |h| study.differences(h, ArmKind::Exosome, ArmKind::Vehicle));
    let share = match variance_between(&on, &off) {
        Some(share) => {
            format!("{} of the variance over tissues with and without it lie between the two", percent(share))
        }
        None => "its share of the variance could not be read".to_owned(),
    };
    Some(Case {
        name: design::CHROMATIN_OFF.to_owned(),
        how: format!(
            "{} silent (exosome.chromatin_gain = 0), all else as given: {share}. No source gives a number for this route",
            rules.join(", ")
        ),
        value: estimate(&off).map(|e| e.mean),
        unit,
    })
}

/// Sum of squares between two groups over the whole sum of squares (one-way analysis of variance); nothing where there is no variance.
fn variance_between(a: &[f64], b: &[f64]) -> Option<f64> {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let all = [a, b].concat();
    let grand = mean(&all);
    let total: f64 = all.iter().map(|x| (x - grand) * (x - grand)).sum();
    let between: f64 = [a, b].iter().map(|v| v.len() as f64 * (mean(v) - grand) * (mean(v) - grand)).sum();
    let share = between / total;
    (!a.is_empty() && !b.is_empty() && share.is_finite()).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::variance_between;

    /// Shares of variance as by hand: nothing between equal groups, all between groups without spread.
    #[test]
    fn s001_share_of_variance() {
        assert_eq!(variance_between(&[1.0, 3.0], &[1.0, 3.0]), Some(0.0));
        assert_eq!(variance_between(&[2.0, 2.0], &[4.0, 4.0]), Some(1.0));
        // Means 2 and 4 about 3: 4 between; 8 in all.
        assert_eq!(variance_between(&[1.0, 3.0], &[3.0, 5.0]), Some(0.5));
        assert_eq!(variance_between(&[], &[1.0]), None);
        assert_eq!(variance_between(&[1.0], &[1.0]), None);
    }
}
