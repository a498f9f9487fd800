//! Products: how complete their record is, and what loading cost.

use crate::results::{LoadedRow, Product, RecordItem};
use exoderm_model::scenario::{LoadingWay, Mode, Population, RECORD, Scenario};
use exoderm_vesicle::loading::Loading;

/// Share of the record below which evidence about a product is graded low at most. No guideline names one: it is ours, and such that
/// a record without all four essential items stays below it.
const COMPLETE: f64 = 0.8;

/// The scenario's products in its order.
pub(crate) fn products(s: &Scenario) -> Vec<Product> {
    s.vesicles.iter().filter(|p| !p.endogenous).map(|p| product(s, p)).collect()
}

fn product(s: &Scenario, p: &Population) -> Product {
    let record: Vec<RecordItem> = RECORD
        .iter()
        .enumerate()
        .map(|(i, (key, essential, what))| RecordItem {
            key: (*key).to_owned(),
            what: (*what).to_owned(),
            essential: *essential,
            stated: p.record.as_ref().and_then(|r| r.items.get(i).cloned().flatten()),
        })
        .collect();
    let stated = record.iter().filter(|r| r.stated.is_some()).count();
    let completeness = stated as f64 / record.len() as f64;
    let lacking: Vec<&str> =
        record.iter().filter(|r| r.essential && r.stated.is_none()).map(|r| r.key.as_str()).collect();
    let at_most_low = completeness < COMPLETE || !lacking.is_empty();
    let count = format!("{stated} of {} items of its record are stated", record.len());
    let why = if !lacking.is_empty() {
        format!("{count}; missing of those that must be there: {}", lacking.join(", "))
    } else if at_most_low {
        format!("{count}, fewer than {:.0} %", 100.0 * COMPLETE)
    } else {
        format!("{count}, with those that must be there; that they are true was not looked at")
    };
    Product {
        name: p.name.clone(),
        mode: match p.mode {
            Mode::Combined => "combined",
            Mode::Active => "active",
            Mode::Carrier => "carrier",
        }
        .to_owned(),
        record,
        completeness,
        threshold: COMPLETE,
        at_most_low,
        why,
        loaded: p.loaded.iter().filter_map(|l| loaded(s, p, l)).collect(),
    }
}

fn loaded(s: &Scenario, p: &Population, l: &exoderm_model::scenario::Loaded) -> Option<LoadedRow> {
    let step = Loading::try_from(l).ok()?;
    let left = step.vesicles_left(1.0);
    Some(LoadedRow {
        species: s.cargo[l.cargo.0].name.clone(),
        way: match l.way {
            LoadingWay::Parent => "made by the parent cell",
            LoadingWay::Incubation => "incubation",
            LoadingWay::Electroporation => "electroporation",
            LoadingWay::Click => "clicked to the surface",
        }
        .to_owned(),
        offered: l.offered,
        efficiency: l.efficiency,
        copies_per_vesicle: payload(p, step.mean()),
        vesicles_per_labelled: 1.0 / left,
        yield_of_molecules: step.yield_of_molecules(),
    })
}

/// Copies of a payload in a vesicle, as the product's mode has it.
pub(crate) fn payload(p: &Population, loaded: f64) -> f64 {
    use exoderm_body::carrier::Mode as Carried;
    let mode = match p.mode {
        Mode::Combined => Carried::Combined,
        Mode::Active => Carried::Active,
        Mode::Carrier => Carried::Carrier,
    };
    mode.payload(loaded)
}
