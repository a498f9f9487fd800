//! Paired contrasts of arms.

use super::Study;
use super::answer::Closed;
use crate::endpoints::difference_unit;
use crate::job::Purpose;
use crate::results::Contrast;
use crate::stats::{estimate, spread};
use exoderm_model::scenario::{ArmKind, Endpoint, Measure};

/// Pairs compared, in the report's order (law 6).
pub(super) const PAIRS: [(ArmKind, ArmKind); 4] = [
    (ArmKind::Exosome, ArmKind::Vehicle),
    (ArmKind::Exosome, ArmKind::Soluble),
    (ArmKind::Vehicle, ArmKind::Untreated),
    (ArmKind::Null, ArmKind::Vehicle),
];

pub(super) fn contrasts(study: &Study<'_>) -> Vec<Contrast> {
    let s = study.scenario;
    let mut ordered: Vec<&Endpoint> = s.endpoints.iter().filter(|e| e.headline).collect();
    ordered.extend(s.endpoints.iter().filter(|e| !e.headline));
    let arm_name = |k: ArmKind| s.arms.iter().find(|a| a.kind == k).map(|a| a.name.clone());
    let mut list = Vec::new();
    for e in ordered {
        for (a, b) in PAIRS {
            let (Some(arm), Some(reference)) = (arm_name(a), arm_name(b)) else { continue };
            if study.main(a).is_empty() || study.main(b).is_empty() {
                continue;
            }
            // A mean over the pairs that closed in time would leave out the slow ones.
            let open = (e.measure == Measure::ClosureTime)
                .then(|| Closed::of(study.pairs(e, a, b)))
                .flatten()
                .filter(|c| c.censored);
            let noise = if open.is_none() { estimate(&study.differences(e, a, b)) } else { None };
            let parameters = if (a, b) == PAIRS[0] && study.draws > 0 {
                let values: Vec<f64> =
                    (0..study.draws).filter_map(|k| study.variant(e, &Purpose::Draw(k))).collect();
                spread(&values)
            } else {
                None
            };
            let text = noise.is_none().then(|| {
                open.map_or_else(|| "not reached within the horizon in both arms".to_owned(), |c| c.text())
            });
            list.push(Contrast {
                arm,
                reference,
                endpoint: e.name.clone(),
                label: e.label.clone(),
                unit: difference_unit(e.measure).to_owned(),
                noise,
                parameters,
                text,
            });
        }
    }
    list
}
