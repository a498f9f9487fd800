//! The rival: vesicles carry waste out and nobody acts on them (S015). Its prediction is the vehicle arm in the product's place, which
//! the null arm equals to the bit.
//!
//! Each published number with a band is taken for a normal variable with the band's centre and half-width. What is summed is the log
//! density under the model's mean less that under the rival's, over numbers that the model was not fitted to; simulation noise is not
//! in it. With equal spread on both sides this is the log of the Bayes factor of the two means.

use super::Study;
use super::published::role_word;
use crate::endpoints::{difference_unit, read, unit};
use crate::results::{Rival, RivalRow};
use exoderm_model::scenario::{ArmKind, Comparison, Endpoint, EndpointRole};
use exoderm_units::significant;

/// A log score within this of 0 tells nothing apart (a factor of three in odds).
const APART: f64 = 1.1;

pub(super) fn rival(study: &Study<'_>) -> Rival {
    let s = study.scenario;
    let mut rows = Vec::new();
    for c in &s.comparisons {
        let endpoint = c.endpoint.as_ref().and_then(|n| s.endpoints.iter().find(|e| e.name == *n));
        let (Some(e), Some((low, high))) = (endpoint, c.band) else { continue };
        let spread = 0.5 * (high - low);
        if spread > 0.0
            && let Some([model, null]) = predictions(study, c, e)
        {
            let centre = 0.5 * (low + high);
            rows.push(RivalRow {
                what: c.what.clone(),
                id: c.source.clone(),
                role: role_word(c.role).to_owned(),
                unit: if c.reference.is_some() { difference_unit(e.measure) } else { unit(e.measure) }
                    .to_owned(),
                published: [centre, spread],
                model,
                null,
                score: log_score(centre, spread, model) - log_score(centre, spread, null),
                counts: c.role != EndpointRole::Fit,
            });
        }
    }
    let counted: Vec<f64> = rows.iter().filter(|r| r.counts).map(|r| r.score).collect();
    let score = (!counted.is_empty()).then(|| counted.iter().sum());
    Rival { reading: reading(score, counted.len(), &rows), rows, score }
}

/// Log density of a normal variable, less what does not depend on the mean.
fn log_score(centre: f64, spread: f64, mean: f64) -> f64 {
    let z = (mean - centre) / spread;
    -0.5 * z * z
}

/// Means of the model and of the rival; none where the product's arm is not part of the number or a run is missing.
fn predictions(study: &Study<'_>, c: &Comparison, e: &Endpoint) -> Option<[f64; 2]> {
    let kind = |name: &Option<String>| {
        name.as_ref().and_then(|n| study.scenario.arms.iter().find(|a| a.name == *n)).map(|a| a.kind)
    };
    let (arm, reference) = (kind(&c.arm)?, kind(&c.reference));
    if arm != ArmKind::Exosome && reference != Some(ArmKind::Exosome) {
        return None;
    }
    let waste = |k: ArmKind| if k == ArmKind::Exosome { ArmKind::Vehicle } else { k };
    let mean = |v: &[f64]| (!v.is_empty()).then(|| v.iter().sum::<f64>() / v.len() as f64);
    let of = |a: ArmKind, b: Option<ArmKind>| match b {
        Some(b) => mean(&study.differences(e, a, b)),
        None => {
            let values: Vec<f64> =
                study.main(a).iter().filter_map(|o| read(study.scenario, e, o).value()).collect();
            mean(&values)
        }
    };
    Some([of(arm, reference)?, of(waste(arm), reference.map(waste))?])
}

fn reading(score: Option<f64>, n: usize, rows: &[RivalRow]) -> String {
    let Some(score) = score else {
        return if rows.is_empty() {
            "No published number of this scenario tells a vesicle that acts from one that is waste."
                .to_owned()
        } else {
            "The only published numbers that tell the two apart were fitted to: they count for neither."
                .to_owned()
        };
    };
    let numbers = if n == 1 { "one published number".to_owned() } else { format!("{n} published numbers") };
    let apart = if score.abs() < APART {
        "do not tell the two apart"
    } else if score > 0.0 {
        "speak for vesicles that act"
    } else {
        "speak for vesicles that are waste"
    };
    let number = if score == 0.0 { "0".to_owned() } else { significant(score, 2) };
    format!(
        "By {numbers} that the model was not fitted to, the difference of log scores is {number}: they {apart}."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearer_is_higher_and_equal_is_nothing() {
        assert_eq!(log_score(0.0, 2.0, 0.0), 0.0);
        assert!((log_score(0.0, 2.0, 4.0) + 2.0).abs() < 1e-15);
        assert!(reading(None, 0, &[]).contains("No published number"));
        assert!(reading(Some(0.0), 1, &[]).contains("is 0: they do not tell"));
        assert!(reading(Some(-2.0), 2, &[]).contains("waste"));
        assert!(reading(Some(2.0), 2, &[]).contains("that act"));
    }
}
