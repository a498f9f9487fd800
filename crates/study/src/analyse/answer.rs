//! The answer in two sentences, and its one-word verdict.

use super::Study;
use crate::results::Contrast;
use exoderm_model::scenario::{Endpoint, EndpointRole};

/// Smallest difference in closure that this report calls a difference (pp): a choice of presentation.
const NEGLIGIBLE: f64 = 1.0;

/// The answer in two sentences, and its one-word verdict.
pub(super) fn answer(
    study: &Study<'_>,
    headline: Option<&Endpoint>,
    contrasts: &[Contrast],
) -> (String, String) {
    let s = study.scenario;
    let (Some(h), Some(c)) = (headline, contrasts.first()) else {
        return (
            "This run compares no exosome arm with a vehicle. It is not a prediction for a patient or a product.".to_owned(),
            "not known".to_owned(),
        );
    };
    let Some(d) = c.noise else {
        return (
            format!(
                "The run has not got far enough to read {}. It is not a prediction for a patient or a product.",
                h.label
            ),
            "not known".to_owned(),
        );
    };
    let number = |x: f64| exoderm_units::significant(x.abs(), 3);
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
    let verdict = match (d.low, d.high) {
        (Some(a), _) if a > 0.0 && d.mean > NEGLIGIBLE => "faster",
        (_, Some(b)) if b < 0.0 && d.mean < -NEGLIGIBLE => "slower",
        (Some(a), Some(b)) if a > -2.0 * NEGLIGIBLE && b < 2.0 * NEGLIGIBLE => "no effect",
        _ => "not known",
    };
    let first = match verdict {
        "faster" => format!(
            "Conditional on the listed assumptions, this model gives {} {} more for {} with the exosomes than with {}{interval}.",
            number(d.mean),
            c.unit,
            h.label,
            s.question.comparator
        ),
        "slower" => format!(
            "Conditional on the listed assumptions, this model gives {} {} less for {} with the exosomes than with {}{interval}.",
            number(d.mean),
            c.unit,
            h.label,
            s.question.comparator
        ),
        "no effect" => format!(
            "Conditional on the listed assumptions, this model gives no difference for {} between the exosomes and {}{interval}.",
            h.label, s.question.comparator
        ),
        _ => format!(
            "Conditional on the listed assumptions, this model cannot tell the exosomes from {} on {}: the difference is {} {}{interval}.",
            s.question.comparator,
            h.label,
            signed(d.mean),
            c.unit
        ),
    };
    let fitted =
        s.comparisons.iter().find(|k| k.role == EndpointRole::Fit && k.reference.is_some()).map(|k| {
            if k.band.is_some_and(|(low, high)| d.mean >= low && d.mean <= high) {
                format!(" The size of the effect was fitted ({}), so it is no evidence for it;", k.published)
            } else {
                format!(
                    " The size it should have been fitted to ({}) is not reached, a miss of the model;",
                    k.published
                )
            }
        });
    let second = format!(
        "{} it is not a prediction for a patient or a product.",
        fitted.unwrap_or_else(
            || " The effect sizes rest on priors, not on measurements of this product;".to_owned()
        )
    );
    (format!("{first}{second}"), verdict.to_owned())
}

pub(super) fn signed(x: f64) -> String {
    format!("{}{}", if x < 0.0 { "−" } else { "+" }, exoderm_units::significant(x.abs(), 3))
}
