//! What the tissue's own vesicles carry: from the state of their parents to the cytosol of those that take them up.

use super::Study;
use crate::delivery::{escapes, row};
use crate::job::{Outcome, Purpose};
use crate::one_cell::told::{Mark, round_trip};
use crate::results::{Carried, CarriedDonor, CarriedRecipient};
use crate::stats::quantile;
use exoderm_model::scenario::{CargoClass, Scenario};
use exoderm_skin::sources::Roster;
use exoderm_tissue::observe::{Row, Snapshot};
use exoderm_units::significant;
use exoderm_vesicle::dose::{Verdict, copies_at_escape};
use std::collections::BTreeSet;

/// Part of the vesicles recorded that stands for the start and for the end.
const PART: f64 = 0.1;

/// A table for each arm and species that cells sort.
pub(super) fn carried(study: &Study<'_>) -> Vec<Carried> {
    let s = study.scenario;
    let arms = s.arms.iter().filter(|a| study.arms.is_empty() || study.arms.contains(&a.name));
    let runs = arms.map(|a| (a.name.as_str(), study.of(&a.name, &Purpose::Main)));
    let species = s.sorted_cargo();
    runs.filter(|(_, runs)| !runs.is_empty())
        .flat_map(|(arm, runs)| (0..species.len()).map(|m| one(study, arm, &runs, m)).collect::<Vec<_>>())
        .collect()
}

fn one(study: &Study<'_>, arm: &str, runs: &[&Outcome], m: usize) -> Carried {
    let s = study.scenario;
    let id = s.sorted_cargo()[m];
    let cargo = &s.cargo[id.0];
    let rna = matches!(cargo.class, CargoClass::Mirna | CargoClass::Mrna | CargoClass::Dna);
    let threshold = if rna {
        ["@rna_effect_threshold.low", "@rna_effect_threshold", "@rna_effect_threshold.high"]
            .map(|r| row(study.ledger, r))
    } else {
        [f64::NAN; 3]
    };
    let own = s.vesicles.iter().find(|p| p.endogenous);
    let sorts = |kind: &usize| s.cells[*kind].sorted.iter().any(|x| x.cargo == id);
    let donors = (0..s.cells.len())
        .filter(sorts)
        .map(|kind| {
            let all = |f: &dyn Fn(&[Row]) -> f64| {
                runs.iter().map(|o| f(&o.series)).sum::<f64>() / runs.len() as f64
            };
            let end = |rows: &[Row]| rows.last().map_or(0.0, |r| at(&r.sorted.vesicles, kind));
            let part = |late| move |rows: &[Row]| loading(rows, s.cells.len(), m, kind, late);
            let copies = [false, true].map(|late| all(&|rows| part(late)(rows).0));
            let rates = [false, true].map(|late| all(&|rows| part(late)(rows).1));
            let mark = (copies[0] > 0.0 && rates[0] > 0.0).then(|| Mark {
                class: cargo.class.into(),
                mean: copies[0],
                each: own
                    .and_then(|p| p.copies_when_loaded.iter().find(|(c, _)| *c == id))
                    .map_or(1.0, |x| x.1),
                fold: copies[1] / copies[0],
                secretion: rates[1] / rates[0],
            });
            let marker = Roster::builtin().ok().map(|r| &r.marker);
            let told = marker.zip(mark).map(|(marker, mark)| round_trip(marker, mark, s.seed));
            CarriedDonor { name: s.cells[kind].label.clone(), released: all(&end), copies, told }
        })
        .collect();
    let slot = exoderm_tissue::acting_cargo(s).iter().position(|c| *c == id).unwrap_or(0);
    let last: Vec<&Snapshot> = runs.iter().filter_map(|o| o.snapshots.last()).collect();
    let recipients = (0..s.cells.len())
        .filter(|&kind| s.cells[kind].vesicle_uptake.clearance > 0.0)
        .filter_map(|kind| {
            let mut copies: Vec<f64> = last
                .iter()
                .flat_map(|shot| shot.cytosol.get(slot).into_iter().flatten().zip(&shot.kind))
                .filter(|(_, k)| usize::from(**k) == kind)
                .map(|(copies, _)| f64::from(*copies))
                .collect();
            copies.sort_by(f64::total_cmp);
            (!copies.is_empty()).then(|| recipient(study, s, kind, &copies, rna.then_some(threshold[1])))
        })
        .collect();
    Carried { arm: arm.to_owned(), species: cargo.name.clone(), rna, donors, recipients, threshold }
}

fn recipient(
    study: &Study<'_>,
    s: &Scenario,
    kind: usize,
    copies: &[f64],
    threshold: Option<f64>,
) -> CarriedRecipient {
    let mean = copies.iter().sum::<f64>() / copies.len() as f64;
    let (median, p95) = (quantile(copies, 0.5), quantile(copies, 0.95));
    let used = s.cells[kind].vesicle_uptake.escape;
    CarriedRecipient {
        name: s.cells[kind].label.clone(),
        copies: [mean, median, p95],
        by_escape: escapes(study.ledger).iter().map(|&e| (e, copies_at_escape(mean, used, e))).collect(),
        verdict: threshold.map(|t| Verdict::new(median, p95, t).to_string()),
    }
}

fn at(list: &[f64], i: usize) -> f64 {
    list.get(i).copied().unwrap_or(0.0)
}

/// Mean copies of a vesicle when it was released, and vesicles released per min, over the first or the last tenth of the vesicles of
/// a series.
fn loading(rows: &[Row], types: usize, m: usize, kind: usize, late: bool) -> (f64, f64) {
    let of = |r: &Row| (at(&r.sorted.vesicles, kind), at(&r.sorted.copies, m * types + kind), r.time);
    let (Some(first), Some(last)) = (rows.first().map(of), rows.last().map(of)) else { return (0.0, 0.0) };
    let edge = if late { last.0 - PART * (last.0 - first.0) } else { first.0 + PART * (last.0 - first.0) };
    // The row at that edge, at least one interval from the end that is looked at.
    let (a, b) = if late {
        let k = rows.iter().rposition(|r| of(r).0 <= edge).unwrap_or(0);
        (of(&rows[k.min(rows.len().saturating_sub(2))]), last)
    } else {
        let k = rows.iter().position(|r| of(r).0 >= edge && of(r).0 > first.0);
        (first, k.map_or(last, |k| of(&rows[k])))
    };
    let per = |x: f64, of: f64| if of > 0.0 { x / of } else { 0.0 };
    (per(b.1 - a.1, b.0 - a.0), per(b.0 - a.0, b.2 - a.2))
}

/// What reached the cytosol of those that get most, against the threshold, for the answer of a box.
pub(super) fn sentence(list: &[Carried]) -> String {
    let arms: BTreeSet<&str> = list.iter().map(|c| c.arm.as_str()).collect();
    list.iter()
        .filter_map(|c| {
            let most = c.recipients.iter().max_by(|a, b| a.copies[1].total_cmp(&b.copies[1]))?;
            let n = |x: f64| significant(x, 3);
            let arm = if arms.len() > 1 { format!("in the arm {}, ", c.arm) } else { String::new() };
            Some(format!(
                " Of {}, {arm}the median {} holds {} copies in its cytosol (95th percentile {}) against a threshold of {}: {}.",
                c.species,
                most.name,
                n(most.copies[1]),
                n(most.copies[2]),
                n(c.threshold[1]),
                most.verdict.as_deref()?
            ))
        })
        .collect()
}
