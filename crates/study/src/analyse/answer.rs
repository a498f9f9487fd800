//! The answer in two sentences, and its one-word verdict.

use super::Study;
use crate::endpoints::{Better, Reading, better};
use crate::results::{Contrast, Estimate, Trial};
use exoderm_model::scenario::{
    ArmKind, Comparison, Endpoint, EndpointRole, Finding, Measure, Origin, Scenario,
};

/// Smallest difference that this report calls a difference: percentage points for shares of the wound …
const NEGLIGIBLE_POINTS: f64 = 1.0;
/// … and a share of the reference arm's mean for other measures. Choices of presentation.
const NEGLIGIBLE_SHARE: f64 = 0.02;
/// Pairs that must agree before a censored closure time is called: a two-sided sign test is below 5 % from six on.
const AGREEING_PAIRS: usize = 6;

const NO_PREDICTION: &str = "it is not a prediction for a patient or a product.";

/// The answer in two sentences, and its one-word verdict. `contrast` is exosome − vehicle of the headline.
pub(super) fn answer(
    study: &Study<'_>,
    headline: Option<&Endpoint>,
    contrast: Option<&Contrast>,
) -> (String, String) {
    let s = study.scenario;
    let unknown = |text: String| (format!("{text} It{}", &NO_PREDICTION[2..]), "not known".to_owned());
    let (Some(h), Some(c)) = (headline, contrast) else {
        return unknown("This run compares no exosome arm with a vehicle.".to_owned());
    };
    if h.measure == Measure::ClosureTime
        && let Some(closed) = Closed::count(study, h)
        && closed.censored
    {
        let (text, verdict) = closed.answer(study, h);
        let beside = against(study, &verdict);
        return (text.replace(NO_PREDICTION, &format!("{beside}{NO_PREDICTION}")), verdict);
    }
    let Some(d) = c.noise else {
        return unknown(format!("The run has not got far enough to read {}.", h.label));
    };
    let interval = match (d.low, d.high) {
        (Some(a), Some(b)) => format!(
            " (95 % interval of the mean over {} simulated tissues: {} to {} {})",
            d.n,
            signed(a),
            signed(b),
            c.unit
        ),
        _ => " (one simulated tissue: no interval)".to_owned(),
    };
    let reference = study.readings(h, ArmKind::Vehicle).into_iter().filter_map(|(_, r)| r.value());
    let reference: Vec<f64> = reference.collect();
    let word = verdict(d, h.measure, crate::stats::estimate(&reference).map_or(0.0, |e| e.mean));
    let first = match word {
        "no effect" => format!(
            "Conditional on the listed assumptions, this model gives no difference for {} between the exosomes and {}{interval}.",
            h.label, s.question.comparator
        ),
        "not known" => format!(
            "Conditional on the listed assumptions, this model cannot tell the exosomes from {} on {}: the difference is {} {}{interval}.",
            s.question.comparator,
            h.label,
            signed(d.mean),
            c.unit
        ),
        _ => format!(
            "Conditional on the listed assumptions, this model gives {} {} {} for {} with the exosomes than with {}{interval}.",
            exoderm_units::significant(d.mean.abs(), 3),
            c.unit,
            if d.mean > 0.0 { "more" } else { "less" },
            h.label,
            s.question.comparator
        ),
    };
    let fitted =
        s.comparisons.iter().find(|k| k.role == EndpointRole::Fit && k.reference.is_some()).map(|k| {
            if k.band.is_some_and(|(low, high)| d.mean >= low && d.mean <= high) {
                format!(
                    " The size of the effect was fitted ({}){}, so it is no evidence for it;",
                    k.published,
                    if fitted_potency(s).is_some() {
                        " by the one potency of all exosome effects"
                    } else {
                        ""
                    }
                )
            } else {
                format!(
                    " The size it should have been fitted to ({}) is not reached, a miss of the model;",
                    k.published
                )
            }
        });
    let second = fitted.unwrap_or_else(|| match fitted_potency(s) {
        Some(target) => format!(
            " The effect sizes rest on priors, times one potency that was fitted in another setting ({target}): that it carries over to \
             this one is an assumption;"
        ),
        None => " The effect sizes rest on priors, not on measurements of this product;".to_owned(),
    });
    let beside = against(study, word);
    (format!("{first}{second} {beside}{NO_PREDICTION}"), word.to_owned())
}

/// What the potency in use was fitted to; `None` where the scenario gives its own.
fn fitted_potency(s: &Scenario) -> Option<String> {
    let key = crate::design::POTENCY.trim_start_matches("@cal.");
    let used = |p: &exoderm_model::scenario::Provenance| {
        p.path == "exosome.potency" && matches!(&p.origin, Origin::Calibrated { key: k } if k == key)
    };
    s.provenance.iter().find(|p| used(p))?;
    let target = &crate::library::calibration().ok()?.get(key)?.target;
    Some(target.split_once(": ").map_or(target.as_str(), |(_, text)| text).to_owned())
}

/// Published findings that the verdict contradicts, and checks of the effect that it misses, in one clause (S040).
fn against(study: &Study<'_>, verdict: &str) -> String {
    let contrary: &[Finding] = match verdict {
        "faster" => &[Finding::Null, Finding::Harm],
        "slower" | "no effect" => &[Finding::Benefit],
        _ => &[],
    };
    let s = study.scenario;
    let compared = super::comparisons(study);
    let missed = |c: &Comparison| {
        let kind = |name: &Option<String>| {
            name.as_ref().and_then(|n| s.arms.iter().find(|a| a.name == *n)).map(|a| a.kind)
        };
        c.role == EndpointRole::Check
            && (kind(&c.arm), kind(&c.reference)) == (Some(ArmKind::Exosome), Some(ArmKind::Vehicle))
            && compared.iter().any(|t| t.what == c.what && t.id == c.source && t.outcome == "outside")
    };
    let said: Vec<String> = s
        .comparisons
        .iter()
        .filter(|c| c.role != EndpointRole::Fit)
        .filter_map(|c| {
            let found = match c.finding {
                Some(f) if contrary.contains(&f) => match f {
                    Finding::Null => "a published null",
                    Finding::Harm => "a published harm",
                    Finding::Benefit => "a published benefit",
                },
                _ if missed(c) => "a published check that it misses",
                _ => return None,
            };
            Some(format!("{found} ({}: {})", c.what, c.published))
        })
        .collect();
    if said.is_empty() { String::new() } else { format!("against it stands {}; ", said.join(", and ")) }
}

/// The published trials of the scenario, nulls first.
pub(super) fn trials(s: &Scenario) -> Vec<Trial> {
    let mut list: Vec<Trial> = s
        .comparisons
        .iter()
        .filter_map(|c| {
            let finding = match c.finding? {
                Finding::Benefit => "benefit",
                Finding::Null => "null",
                Finding::Harm => "harm",
            };
            Some(Trial {
                finding: finding.to_owned(),
                what: c.what.clone(),
                published: c.published.clone(),
                limits: c.note.clone(),
            })
        })
        .collect();
    list.sort_by_key(|t| ["null", "harm", "benefit"].iter().position(|f| *f == t.finding));
    list
}

/// The verdict on exosome − vehicle (`d`) of a measure whose mean with the vehicle is `reference`: "faster" or
/// "slower" where one direction is better, else "higher" or "lower"; "no effect" where the whole interval is
/// negligible, "not known" otherwise.
fn verdict(d: Estimate, measure: Measure, reference: f64) -> &'static str {
    let least = negligible(measure, reference);
    let [up, down] = match better(measure) {
        Better::More => ["faster", "slower"],
        Better::Less => ["slower", "faster"],
        Better::Neither => ["higher", "lower"],
    };
    match (d.low, d.high) {
        (Some(a), _) if a > 0.0 && d.mean > least => up,
        (_, Some(b)) if b < 0.0 && d.mean < -least => down,
        (Some(a), Some(b)) if a > -2.0 * least && b < 2.0 * least => "no effect",
        _ => "not known",
    }
}

/// The largest difference of a measure that is called none, where the reference arm's mean is `reference`.
pub(super) fn negligible(measure: Measure, reference: f64) -> f64 {
    match crate::endpoints::unit(measure) {
        "%" => NEGLIGIBLE_POINTS,
        _ => NEGLIGIBLE_SHARE * reference.abs(),
    }
}

/// Closure within the horizon, by pairs of exosome and vehicle: what can be said when some wounds stayed open.
pub(super) struct Closed {
    exosome: usize,
    vehicle: usize,
    /// Pairs in which the exosome arm closed first, or last.
    first: usize,
    last: usize,
    pairs: usize,
    /// Some wound stayed open.
    pub(super) censored: bool,
}

impl Closed {
    /// `None` if there is no pair that has run to its end.
    pub(super) fn count(study: &Study<'_>, e: &Endpoint) -> Option<Self> {
        Self::of(study.pairs(e, ArmKind::Exosome, ArmKind::Vehicle))
    }

    /// From pairs of readings.
    pub(super) fn of(pairs: impl IntoIterator<Item = (Reading, Reading)>) -> Option<Self> {
        let mut c = Self { exosome: 0, vehicle: 0, first: 0, last: 0, pairs: 0, censored: false };
        for pair in pairs {
            // What stayed open closes later than anything that closed.
            let (a, b) = match pair {
                (Reading::Missing, _) | (_, Reading::Missing) => continue,
                (a, b) => (a.value().unwrap_or(f64::INFINITY), b.value().unwrap_or(f64::INFINITY)),
            };
            c.pairs += 1;
            c.exosome += usize::from(a.is_finite());
            c.vehicle += usize::from(b.is_finite());
            c.first += usize::from(a < b);
            c.last += usize::from(a > b);
            c.censored |= !(a.is_finite() && b.is_finite());
        }
        (c.pairs > 0).then_some(c)
    }

    /// In words, for a contrast without a number.
    pub(super) fn text(&self) -> String {
        format!(
            "closed within the horizon in {} of {} and in {} of {}",
            self.exosome, self.pairs, self.vehicle, self.pairs
        )
    }

    fn verdict(&self) -> &'static str {
        match (self.first, self.last) {
            (n, 0) if n == self.pairs && n >= AGREEING_PAIRS => "faster",
            (0, n) if n == self.pairs && n >= AGREEING_PAIRS => "slower",
            _ => "not known",
        }
    }

    fn answer(&self, study: &Study<'_>, h: &Endpoint) -> (String, String) {
        let n = self.pairs;
        let text = format!(
            "Conditional on the listed assumptions, this model closes the wound within {} d in {} of {n} simulated tissues with the \
             exosomes and in {} of {n} with {}, so that no mean difference in {} can be given. The exosome arm was first in {} and last in \
             {} of {n} pairs; {NO_PREDICTION}",
            exoderm_units::significant(study.scenario.horizon / crate::endpoints::DAY, 3),
            self.exosome,
            self.vehicle,
            study.scenario.question.comparator,
            h.label,
            self.first,
            self.last,
        );
        (text, self.verdict().to_owned())
    }
}

pub(super) fn signed(x: f64) -> String {
    format!("{}{}", if x < 0.0 { "−" } else { "+" }, exoderm_units::significant(x.abs(), 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(mean: f64, half: f64) -> Estimate {
        Estimate { mean, low: Some(mean - half), high: Some(mean + half), n: 10 }
    }

    /// A wound that closes two days sooner, or stays open less, closes faster; a thicker epidermis is neither.
    #[test]
    fn less_is_better_where_it_is() {
        assert_eq!(verdict(d(5.0, 2.0), Measure::PercentClosed, 30.0), "faster");
        assert_eq!(verdict(d(-5.0, 2.0), Measure::PercentClosed, 30.0), "slower");
        assert_eq!(verdict(d(-2.0, 0.5), Measure::ClosureTime, 12.0), "faster");
        assert_eq!(verdict(d(2.0, 0.5), Measure::ClosureTime, 12.0), "slower");
        assert_eq!(verdict(d(-8.0, 3.0), Measure::MeanOpenArea, 70.0), "faster");
        assert_eq!(verdict(d(3.0, 1.0), Measure::FrontSpeed, 5.0), "faster");
        assert_eq!(verdict(d(3.0, 1.0), Measure::EpidermalThickness, 20.0), "higher");
        assert_eq!(verdict(d(-3.0, 1.0), Measure::EpidermalThickness, 20.0), "lower");
    }

    #[test]
    fn small_or_wide_differences_are_no_verdict() {
        assert_eq!(verdict(d(0.5, 0.2), Measure::PercentClosed, 30.0), "no effect");
        assert_eq!(verdict(d(3.0, 4.0), Measure::PercentClosed, 30.0), "not known");
        // A quarter of an hour of twelve days; two hours too few to tell.
        assert_eq!(verdict(d(-0.01, 0.005), Measure::ClosureTime, 12.0), "no effect");
        let one = Estimate { mean: -5.0, low: None, high: None, n: 1 };
        assert_eq!(verdict(one, Measure::ClosureTime, 12.0), "not known");
    }

    /// Wounds that stayed open count as later than any that closed, and take six pairs that agree.
    #[test]
    fn censored_closure_is_counted_by_pairs() {
        let v = Reading::Value;
        let pairs = |n: usize| vec![(v(10.0), Reading::Beyond); n];
        assert_eq!(Closed::of(pairs(6)).unwrap().verdict(), "faster");
        assert_eq!(Closed::of(pairs(5)).unwrap().verdict(), "not known");
        let swapped = pairs(6).into_iter().map(|(a, b)| (b, a));
        assert_eq!(Closed::of(swapped).unwrap().verdict(), "slower");
        let mut mixed = pairs(6);
        mixed.push((v(12.0), v(11.0)));
        let c = Closed::of(mixed).unwrap();
        assert_eq!((c.verdict(), c.censored), ("not known", true));
        assert_eq!(c.text(), "closed within the horizon in 7 of 7 and in 1 of 7");
        assert!(!Closed::of([(v(1.0), v(2.0))]).unwrap().censored);
        assert!(Closed::of([(Reading::Missing, v(2.0))]).is_none());
    }
}
