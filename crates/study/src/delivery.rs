//! Where the product went: waterfall, dose plausibility, the dressing over time.

use crate::endpoints::{DAY, is_target, row_at, wound_area};
use crate::job::Outcome;
use crate::results::{
    DressingRow, DressingTable, Plausibility, SpeciesPlausibility, Waterfall, WaterfallStage,
};
use crate::stats::quantile;
use exoderm_ledger::{Ledger, Part, Reference};
use exoderm_model::scenario::{CargoClass, Dressing, Event, Scenario};
use exoderm_tissue::acting_cargo;
use exoderm_units::significant;
use exoderm_vesicle::dose::{Verdict, copies_at_escape, copies_per_cell_upper, fractions, particles_of_mass};

/// um² per cm².
const CM2: f64 = 1e8;
/// Rows of the doses given to people: the lowest and the highest known (particles/cm²).
const ANCHORS: [&str; 2] = ["@human_dose_low", "@human_dose_high"];
/// Rows of the escape efficiencies shown wherever a cargo route is claimed: unmodified vesicles in fusion assays at
/// their lower end and at their value, and the upper end of what release assays found.
const ESCAPES: [&str; 3] = ["@fusion_low.low", "@fusion_low", "@escape_joshi.high"];

/// The number a reference stands for, in the row's own unit; not a number if the ledger lacks it.
pub(crate) fn row(ledger: &Ledger, reference: &str) -> f64 {
    let number = || {
        let r = Reference::parse(reference).ok()?;
        let p = r.parameter(ledger).ok()?;
        match r.part {
            Part::Value => p.number(),
            Part::Low => p.low,
            Part::High => p.high,
        }
    };
    number().unwrap_or(f64::NAN)
}

/// The escape efficiencies shown, ascending.
pub(crate) fn escapes(ledger: &Ledger) -> [f64; 3] {
    ESCAPES.map(|r| row(ledger, r))
}

/// The scenario's dressing, if any.
pub(crate) fn dressing(scenario: &Scenario) -> Option<&Dressing> {
    scenario.events.iter().find_map(|e| match e {
        Event::Dressing(d) => Some(d),
        _ => None,
    })
}

/// Averages of a product's series row over replicates at a time (min), by a getter.
fn mean_at(
    outcomes: &[&Outcome],
    p: usize,
    time: f64,
    get: impl Fn(&exoderm_tissue::observe::VesicleRow) -> f64,
) -> f64 {
    let values: Vec<f64> = outcomes
        .iter()
        .filter_map(|o| row_at(&o.series, time).and_then(|r| r.vesicles.get(p)).map(&get))
        .collect();
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// Lines of the balance sheet by name, averaged over replicates.
pub(crate) fn sheet_line(outcomes: &[&Outcome], p: usize, name: &str) -> f64 {
    let values: Vec<f64> = outcomes
        .iter()
        .filter_map(|o| o.sheets.get(p))
        .map(|s| s.made.iter().chain(&s.fates).find(|(n, _)| n == name).map_or(0.0, |(_, v)| *v))
        .collect();
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The delivery waterfall of the exosome arm at the end of the run (S033).
pub(crate) fn waterfall(scenario: &Scenario, exosome: &[&Outcome]) -> Option<Waterfall> {
    let d = dressing(scenario)?;
    let end = exosome.iter().map(|o| o.reached).fold(f64::INFINITY, f64::min);
    let p = d.product.0;
    let product = &scenario.vesicles[p];
    let changes = d.every.map_or(1.0, |every| ((end - d.time) / every).floor().max(0.0) + 1.0);
    // The area that was dressed, whole columns of the mesh: by the wound's own area the stages would not multiply to what was delivered.
    let kept_of_label = (1.0 - product.storage_loss) * (1.0 - product.adsorption_loss);
    let dressed = sheet_line(exosome, p, "loaded in the dressing") / (d.dose * changes * kept_of_label);
    let area = if dressed.is_finite() && dressed > 0.0 { dressed } else { wound_area(scenario) };
    if area <= 0.0 || !end.is_finite() {
        return None;
    }
    let labelled = d.dose * changes * CM2;
    let line = |name: &str| sheet_line(exosome, p, name) / area * CM2;
    let at =
        |get: fn(&exoderm_tissue::observe::VesicleRow) -> f64| mean_at(exosome, p, end, get) / area * CM2;
    let loaded = line("loaded in the dressing");
    let released = at(|v| v.released);
    let lost_outside = line("carried off by exudate") + line("left with deep flow");
    let kept = (released - lost_outside).max(0.0);
    let cleared = line("drained into lymph") + line("taken into blood") + line("degraded in tissue");
    let taken = at(|v| v.taken).min(kept);
    let inside = (taken - at(|v| v.surface)).max(0.0);
    let escaped = line("escaped into the cytosol").min(inside);
    let losses = format!(
        "storage loss {:.3} and adsorption loss {:.3} of the product",
        product.storage_loss, product.adsorption_loss
    );
    let values = [
        ("labelled particles".to_owned(), labelled, "dose as labelled".to_owned()),
        ("vesicles in the gel".to_owned(), loaded, losses),
        ("released from the gel".to_owned(), released, "simulated".to_owned()),
        ("kept in the tissue (not carried off)".to_owned(), kept, "simulated".to_owned()),
        (
            "bound by cells".to_owned(),
            taken,
            format!("simulated; {:.3e} per cm² degraded or drained", cleared),
        ),
        ("inside cells".to_owned(), inside, "simulated".to_owned()),
        (
            "cargo escaped into the cytosol".to_owned(),
            escaped,
            "simulated with the cell types' escape".to_owned(),
        ),
    ];
    let shares = fractions(&values.each_ref().map(|(_, value, _)| *value));
    let stages = values
        .into_iter()
        .zip(shares)
        .map(|((name, particles_per_cm2, source), fraction)| WaterfallStage {
            name,
            particles_per_cm2,
            fraction,
            source,
        })
        .collect();
    let overall = if labelled > 0.0 { escaped / labelled } else { 0.0 };
    let endogenous = scenario.vesicles.iter().position(|v| v.endogenous);
    let own = endogenous.map_or(0.0, |q| mean_at(exosome, q, end, |v| v.released));
    Some(Waterfall {
        stages,
        day: end / DAY,
        overall,
        applied_to_endogenous: if own > 0.0 { released * area / CM2 / own } else { 0.0 },
    })
}

/// Where no target cell is in the bed yet, copies a cell are not a number, neither delivered nor at most.
const NO_TARGETS: &str = "not known";

/// What a verdict on copies rests on, in words.
fn why(median: f64, p95: f64, upper: f64, threshold: f64) -> String {
    let number = |x: f64| significant(x, 2);
    if !upper.is_finite() {
        return "no target cell was in the bed at any snapshot: run longer, or record a later one".to_owned();
    }
    let beside = format!("threshold of {}", number(threshold));
    if median >= threshold {
        format!("the median cell has {} copies, the {beside} or more", number(median))
    } else if p95 >= threshold {
        format!(
            "the median cell has {} copies, below the {beside}; one cell in twenty has {} or more",
            number(median),
            number(p95)
        )
    } else if upper >= threshold {
        format!(
            "even one cell in twenty has no more than {} copies, below the {beside}; only if all labelled particles were delivered \
             would a cell have {}",
            number(p95),
            number(upper)
        )
    } else {
        format!(
            "even if all labelled particles were delivered a cell would have {} copies, below the {beside}",
            number(upper)
        )
    }
}

/// Can copy numbers explain an effect of the lumen's cargo (S034)?
pub(crate) fn plausibility(
    scenario: &Scenario,
    ledger: &Ledger,
    exosome: &[&Outcome],
) -> Option<Plausibility> {
    let d = dressing(scenario)?;
    let p = d.product.0;
    let product = &scenario.vesicles[p];
    let area = wound_area(scenario);
    // Target cells: in the bed and its cover, at the snapshot in which they hold most.
    let mut vesicles: Vec<f64> = Vec::new();
    let slots = acting_cargo(scenario);
    let mut copies: Vec<Vec<f64>> = vec![Vec::new(); slots.len()];
    let mut targets_per_cm2 = Vec::new();
    for o in exosome {
        let best = o.snapshots.iter().filter(|s| s.time > 0.0).max_by(|a, b| {
            let total = |s: &exoderm_tissue::observe::Snapshot| {
                s.inside.get(p).map_or(0.0, |v| v.iter().map(|x| f64::from(*x)).sum::<f64>())
            };
            total(a).total_cmp(&total(b))
        });
        let Some(s) = best else { continue };
        // Intact skin has no edge: all of it lies under the dressing.
        let reach = if s.edge > 0.0 { s.edge } else { f64::INFINITY };
        let here: Vec<usize> = (0..s.id.len())
            .filter(|&i| f64::from(s.position[0][i]) < reach && is_target(scenario, usize::from(s.kind[i])))
            .collect();
        for &i in &here {
            vesicles.push(f64::from(s.inside[p][i]) + f64::from(s.on_surface[p][i]));
            for (slot, all) in copies.iter_mut().enumerate() {
                all.push(f64::from(s.cytosol[slot][i]));
            }
        }
        if area > 0.0 {
            targets_per_cm2.push(here.len() as f64 / area * CM2);
        }
    }
    vesicles.sort_by(f64::total_cmp);
    let targets = targets_per_cm2.iter().sum::<f64>() / targets_per_cm2.len().max(1) as f64;
    let threshold = ["@rna_effect_threshold.low", "@rna_effect_threshold", "@rna_effect_threshold.high"]
        .map(|r| row(ledger, r));
    let (low, high) = product.particles_per_ug_range;
    let per_cm2 = d.dose * CM2;
    let dose = if d.by_mass && product.particles_per_ug > 0.0 {
        particles_of_mass(per_cm2 / product.particles_per_ug, [low, product.particles_per_ug, high])
    } else {
        [per_cm2; 3]
    };
    let species = slots
        .iter()
        .enumerate()
        .filter(|(_, c)| {
            matches!(
                scenario.cargo[c.0].class,
                CargoClass::Mirna
                    | CargoClass::Mrna
                    | CargoClass::Dna
                    | CargoClass::Protein
                    | CargoClass::Payload
            )
        })
        .map(|(slot, c)| {
            let cargo = &scenario.cargo[c.0];
            let per_vesicle = product.copies.iter().find(|(k, _)| k == c).map_or(0.0, |(_, v)| *v);
            let mut all = copies[slot].clone();
            all.sort_by(f64::total_cmp);
            let [median, p95] =
                [0.5, 0.95].map(|q| if all.is_empty() { f64::NAN } else { quantile(&all, q) });
            let used = scenario
                .cells
                .iter()
                .find(|t| t.vesicle_uptake.clearance > 0.0)
                .map_or(0.0, |t| t.vesicle_uptake.escape);
            let rna = matches!(cargo.class, CargoClass::Mirna | CargoClass::Mrna | CargoClass::Dna);
            let verdict = if rna && all.is_empty() {
                NO_TARGETS.to_owned()
            } else if rna {
                Verdict::new(median, p95, threshold[1]).to_string()
            } else {
                "no threshold in the ledger for a protein".to_owned()
            };
            let upper = |dose: f64| {
                if targets > 0.0 { copies_per_cell_upper(dose, per_vesicle, targets) } else { f64::NAN }
            };
            SpeciesPlausibility {
                name: cargo.name.clone(),
                copies_per_vesicle: per_vesicle,
                copies_per_cell: [median, p95],
                upper_bound: upper(per_cm2),
                upper_bound_high: upper(dose[2]),
                why: if rna { why(median, p95, upper(per_cm2), threshold[1]) } else { String::new() },
                threshold: if rna { threshold } else { [f64::NAN; 3] },
                verdict,
                by_escape: escapes(ledger).iter().map(|&e| (e, copies_at_escape(median, used, e))).collect(),
            }
        })
        .collect();
    Some(Plausibility {
        dose_ug_per_cm2: d.by_mass.then(|| per_cm2 / product.particles_per_ug),
        dose_particles_per_cm2: dose,
        anchors: ANCHORS.map(|r| row(ledger, r)),
        species,
        vesicles_per_cell: [0.5, 0.95]
            .map(|q| if vesicles.is_empty() { f64::NAN } else { quantile(&vesicles, q) }),
        note: "The verdict is about copy numbers; it says nothing about benefit. Copies for other escape efficiencies \
               are the simulated median in proportion; the upper bound shares the cargo of every labelled particle \
               among the target cells counted in the bed."
            .to_owned(),
    })
}

/// The dressing day by day.
pub(crate) fn dressing_table(scenario: &Scenario, exosome: &[&Outcome]) -> Option<DressingTable> {
    let d = dressing(scenario)?;
    let p = d.product.0;
    let end = exosome.iter().map(|o| o.reached).fold(f64::INFINITY, f64::min);
    if !end.is_finite() {
        return None;
    }
    let loaded = |time: f64| mean_at(exosome, p, time, |v| v.loaded);
    let days: Vec<f64> = [0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 13.0, 14.0, 21.0, 28.0]
        .into_iter()
        .filter(|day| day * DAY <= end + 1.0)
        .collect();
    let rows: Vec<DressingRow> = days
        .iter()
        .map(|&day| {
            let t = day * DAY;
            let all = loaded(t).max(1e-300);
            let percent = |get: fn(&exoderm_tissue::observe::VesicleRow) -> f64| {
                100.0 * mean_at(exosome, p, t, get) / all
            };
            DressingRow {
                day,
                released_percent: percent(|v| v.released),
                still_in_gel_percent: percent(|v| v.gel),
                degraded_in_gel_percent: percent(|v| v.gel_degraded),
                in_bed_percent: percent(|v| v.free + v.bound),
                acting: mean_at(exosome, p, t, |v| v.occupancy),
            }
        })
        .collect();
    let peak = rows.iter().map(|r| r.acting).fold(0.0, f64::max);
    let fallen = rows.iter().skip_while(|r| r.acting < peak).find(|r| r.acting < 0.5 * peak);
    let spent = rows.iter().find(|r| r.still_in_gel_percent < 10.0);
    let change = match (peak > 0.0, fallen, spent) {
        (false, _, _) => {
            "No vesicle of the product was found on cells: a change of dressing has nothing to renew."
                .to_owned()
        }
        (true, Some(r), _) => format!(
            "Mean occupancy of the cells around falls below half of its peak ({:.2}) by day {}: in this model a dressing of this load is spent \
             by then. It is no instruction for use.",
            peak, r.day
        ),
        (true, None, Some(r)) => format!(
            "The gel holds under a tenth of its load from day {}, yet occupancy stays above half of its peak ({:.2}) to the end of the run. \
             It is no instruction for use.",
            r.day, peak
        ),
        (true, None, None) => format!(
            "Occupancy stays above half of its peak ({peak:.2}) to the end of the run: nothing here asks for an earlier change. It is no instruction for use."
        ),
    };
    let per_cm2 = d.dose * CM2;
    Some(DressingTable {
        dose: d.dose_text.clone(),
        ug_per_cm2: d.by_mass.then(|| per_cm2 / scenario.vesicles[p].particles_per_ug),
        particles_per_cm2: per_cm2,
        rows,
        change,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S034: anchors and escapes are rows of the ledger; a row that went missing would leave holes in the report.
    #[test]
    fn s034_anchors_and_escapes_are_rows() {
        let ledger = Ledger::builtin();
        assert_eq!(ANCHORS.map(|r| row(ledger, r)), [1e7, 1e11]);
        assert_eq!(escapes(ledger), [1e-4, 5e-3, 0.3]);
        assert!(row(ledger, "@no_such_row").is_nan());
    }
}
