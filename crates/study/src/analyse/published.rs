//! Published numbers beside ours.

use super::Study;
use crate::endpoints::{DAY, difference_unit, read, unit};
use crate::job::Purpose;
use crate::results::{Estimate, TargetComparison};
use crate::stats::estimate;
use exoderm_ledger::Ledger;
use exoderm_model::scenario::{ArmKind, EndpointRole};

pub(super) fn comparisons(study: &Study<'_>) -> Vec<TargetComparison> {
    let s = study.scenario;
    let mut list = Vec::new();
    for e in &s.endpoints {
        let Some(id) = &e.target else { continue };
        let Some(target) = exoderm_ledger::targets::target(id) else { continue };
        let Some(arm) = s.arms.iter().find(|a| a.kind == ArmKind::Untreated).or(s.arms.first()) else {
            continue;
        };
        let runs = study.of(&arm.name, &Purpose::Main);
        let values: Vec<f64> = runs.iter().filter_map(|o| read(s, e, o).value()).collect();
        let point = e.time.and_then(|t| target.points.iter().find(|p| (p.x - t / DAY).abs() < 0.51));
        let simulated = estimate(&values);
        let band = point.map(|p| [p.y - 5.0, p.y + 5.0]);
        list.push(TargetComparison {
            what: format!("{}, {}", e.label, arm.label),
            id: id.clone(),
            published: point.map_or_else(
                || target.title.clone(),
                |p| {
                    let sd = p
                        .sd
                        .map_or(String::new(), |sd| format!(" ± {} (SD)", exoderm_units::significant(sd, 3)));
                    let n = p.n.map_or(String::new(), |n| format!(", n = {n}"));
                    format!("{} {}{sd}{n}", exoderm_units::significant(p.y, 3), unit(e.measure))
                },
            ),
            band,
            outcome: outcome(simulated, band),
            simulated,
            unit: unit(e.measure).to_owned(),
            role: role_word(e.role).to_owned(),
            note: target.caveat.clone(),
            source: point.map_or_else(String::new, |p| p.source.clone()),
        });
    }
    for c in &s.comparisons {
        let endpoint = c.endpoint.as_ref().and_then(|n| s.endpoints.iter().find(|e| e.name == *n));
        let kind = |name: &Option<String>| {
            name.as_ref().and_then(|n| s.arms.iter().find(|a| a.name == *n)).map(|a| a.kind)
        };
        let simulated = match (endpoint, kind(&c.arm), kind(&c.reference)) {
            (Some(e), Some(a), Some(b)) => estimate(&study.differences(e, a, b)),
            (Some(e), Some(a), None) => {
                let values: Vec<f64> = study.main(a).iter().filter_map(|o| read(s, e, o).value()).collect();
                estimate(&values)
            }
            _ => None,
        };
        let band = c.band.map(|(a, b)| [a, b]);
        list.push(TargetComparison {
            what: c.what.clone(),
            id: c.source.clone(),
            published: c.published.clone(),
            band,
            outcome: if endpoint.is_some() {
                outcome(simulated, band)
            } else {
                "not comparable: another setting".to_owned()
            },
            simulated,
            unit: endpoint
                .map_or(
                    "",
                    |e| if c.reference.is_some() { difference_unit(e.measure) } else { unit(e.measure) },
                )
                .to_owned(),
            role: role_word(c.role).to_owned(),
            note: c.note.clone(),
            source: source_text(study.ledger, &c.source),
        });
    }
    list
}

fn source_text(ledger: &Ledger, id: &str) -> String {
    match id.strip_prefix('@') {
        Some(key) => ledger
            .get(key)
            .and_then(|p| p.source.as_ref())
            .and_then(|s| ledger.source(s))
            .map_or_else(String::new, |s| s.citation.clone()),
        None => exoderm_ledger::targets::target(id)
            .and_then(|t| t.points.first().map(|p| p.source.clone()))
            .unwrap_or_default(),
    }
}

pub(super) fn role_word(r: EndpointRole) -> &'static str {
    match r {
        EndpointRole::Fit => "FIT",
        EndpointRole::Check => "CHECK",
        EndpointRole::Report => "context",
    }
}

/// The mean against the band (10 replicates or more: the whole interval must lie in it).
fn outcome(simulated: Option<Estimate>, band: Option<[f64; 2]>) -> String {
    match (simulated, band) {
        (None, _) => "not read".to_owned(),
        (Some(_), None) => "no band".to_owned(),
        (Some(e), Some([low, high])) => {
            let inside = |x: f64| x >= low && x <= high;
            let all = e.n < 10 || (e.low.is_none_or(inside) && e.high.is_none_or(inside));
            if inside(e.mean) && all {
                "inside".to_owned()
            } else if inside(e.mean) {
                "inside in the mean, interval reaches outside".to_owned()
            } else {
                "outside".to_owned()
            }
        }
    }
}
