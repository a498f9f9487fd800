//! The way of vesicles to the cytosol where no dressing gives any: those released in a box, and the tissue's own (S033).

use crate::analyse::boxes;
use crate::delivery::sheet_line;
use crate::endpoints::{DAY, thickness_of};
use crate::job::Outcome;
use crate::results::{Passage, PassageStage};
use exoderm_model::scenario::{PopulationId, Scenario, Tissue, TissueBox};
use exoderm_units::significant;
use exoderm_vesicle::dose::fractions;

/// um² per cm².
const CM2: f64 = 1e8;
/// Lines of the sheet that say what went away with something that flows, or with tissue that was cut out.
const AWAY: [&str; 6] = [
    "drained into lymph",
    "taken into blood",
    "carried off by exudate",
    "left with deep flow",
    "beyond the open faces",
    "went with cut tissue",
];
/// Lines of the sheet that say what cells have bound and not given back.
const TAKEN: [&str; 5] = [
    "on cell surfaces",
    "inside cells",
    "degraded in lysosomes",
    "escaped into the cytosol",
    "went with dead or shed cells",
];

/// What one stage is told to be: name, vesicles, source.
type Told = (String, f64, String);

/// Sheets of one population in the runs of an arm.
struct Sheets<'a> {
    runs: &'a [&'a Outcome],
    population: usize,
}

impl Sheets<'_> {
    /// A line, mean over replicates.
    fn line(&self, name: &str) -> f64 {
        sheet_line(self.runs, self.population, name)
    }

    fn lines(&self, names: &[&str]) -> f64 {
        names.iter().map(|n| self.line(n)).sum()
    }
}

/// A waterfall for each population of which the runs of one arm made any; a population that neither cells nor spheres take has none.
pub(crate) fn passages(scenario: &Scenario, arm: &str, runs: &[&Outcome]) -> Vec<Passage> {
    let reached = runs.iter().map(|o| o.reached).fold(f64::INFINITY, f64::min);
    if !reached.is_finite() {
        return Vec::new();
    }
    let place = boxes::model(scenario);
    let (time_unit, minutes) = place.map_or(("d", DAY), |_| boxes::time_unit(scenario.horizon));
    let area = area(scenario);
    let of = |population: usize| {
        let sheets = Sheets { runs, population };
        let mut told = made(scenario, &sheets)?;
        told.extend(way(scenario, place, &sheets)?);
        let shares = fractions(&told.iter().map(|(_, vesicles, _)| *vesicles).collect::<Vec<_>>());
        let overall = match (told.first(), told.last()) {
            (Some(first), Some(last)) => last.1 / first.1,
            _ => 0.0,
        };
        let stages = told
            .into_iter()
            .zip(shares)
            .map(|((name, vesicles, source), fraction)| PassageStage {
                name,
                amount: vesicles / area.unwrap_or(1.0),
                fraction,
                source,
            })
            .collect();
        Some(Passage {
            arm: arm.to_owned(),
            population: scenario.vesicles[population].name.clone(),
            product: !scenario.vesicles[population].endogenous,
            unit: if area.is_some() { "vesicles/cm^2" } else { "vesicles" }.to_owned(),
            stages,
            overall,
            time: reached / minutes,
            time_unit: time_unit.to_owned(),
            burn_in: scenario.burn_in / DAY,
        })
    };
    (0..scenario.vesicles.len()).filter_map(of).collect()
}

/// Area of the skin as it was laid out (cm²); a box has none.
fn area(scenario: &Scenario) -> Option<f64> {
    match &scenario.tissue {
        Tissue::Skin(strip) => Some(scenario.mesh()[0] * strip.voxel * thickness_of(scenario) / CM2),
        Tissue::Box(_) => None,
    }
}

/// From what was made to what is free to go; `None` if nothing was.
fn made(scenario: &Scenario, sheets: &Sheets<'_>) -> Option<Vec<Told>> {
    let (secreted, injected) = (sheets.line("released by cells"), sheets.line("injected"));
    let released = secreted + injected;
    if released <= 0.0 {
        return None;
    }
    let mut told = Vec::new();
    let how = match (secreted > 0.0, injected > 0.0) {
        (true, true) => "released by cells, and at once",
        (true, false) => "released by cells",
        _ => "released",
    };
    let mut source = "simulated".to_owned();
    match tethered(scenario, sheets.population) {
        Tethered::Share(share) if secreted > 0.0 && share > 0.0 && share < 1.0 => {
            told.push((
                "made: fused with the cells’ membrane".to_owned(),
                secreted / (1.0 - share) + injected,
                "reckoned from those released and the share that stays tethered".to_owned(),
            ));
            source = format!("a share of {} stays tethered, as given", significant(share, 3));
        }
        Tethered::Differs => {
            "simulated; tethered ones are not counted, their share differs between cell types"
                .clone_into(&mut source)
        }
        Tethered::Share(_) => {}
    }
    told.push((how.to_owned(), released, source));
    let waiting = sheets.lines(&["held at fusion sites", "held, went with dead or shed cells"]);
    if waiting > 0.0 {
        told.push((
            "freed from the sites of fusion".to_owned(),
            (released - waiting).max(0.0),
            "simulated".to_owned(),
        ));
    }
    Some(told)
}

/// Share of what fuses that stays tethered to the cell.
enum Tethered {
    Share(f64),
    /// Cell types do not agree, and who released what is not told apart.
    Differs,
}

fn tethered(scenario: &Scenario, population: usize) -> Tethered {
    let mut shares = scenario
        .cells
        .iter()
        .filter_map(|c| c.biogenesis.as_ref())
        .filter(|b| b.population == PopulationId(population) && b.secretion > 0.0)
        .map(|b| b.tethered);
    let first = shares.next().unwrap_or(0.0);
    if shares.all(|s| s.total_cmp(&first).is_eq()) { Tethered::Share(first) } else { Tethered::Differs }
}

/// From what is free to go to the cytosol, or to the spheres where no cell takes anything; `None` if nobody takes any.
fn way(scenario: &Scenario, place: Option<&TissueBox>, sheets: &Sheets<'_>) -> Option<Vec<Told>> {
    let number = |x: f64| significant(x, 3);
    let released = sheets.lines(&["released by cells", "injected"])
        - sheets.lines(&["held at fusion sites", "held, went with dead or shed cells"]);
    let (away, caught) = (sheets.lines(&AWAY), sheets.line("absorbed"));
    let spheres = place.is_some_and(|b| !b.absorbers.is_empty());
    let cells = scenario.cells.iter().any(|c| c.vesicle_uptake.clearance > 0.0);
    let simulated = |what: &str, vesicles: f64| {
        if vesicles > 0.0 {
            format!("simulated; {} {what}", number(vesicles))
        } else {
            "simulated".to_owned()
        }
    };
    let stays =
        if place.is_some() { "kept in the box" } else { "kept in the skin (not drained or carried off)" };
    let taken = sheets.lines(&TAKEN);
    // Cells draw whole vesicles: of few they may have a few more than were there, by the sheet's line for it.
    let kept = (released - away).max(taken + caught);
    let mut told = vec![(stays.to_owned(), kept, simulated("vesicles went", away))];
    if !cells {
        told.push(("caught by spheres".to_owned(), caught, "simulated".to_owned()));
        return spheres.then_some(told);
    }
    if spheres {
        told.push(("not caught by spheres".to_owned(), kept - caught, simulated("vesicles caught", caught)));
    }
    let elsewhere = sheets.lines(&["free in tissue", "bound to matrix", "degraded in tissue"]);
    told.push((
        "bound by cells".to_owned(),
        taken,
        simulated("vesicles are still outside cells or were degraded there", elsewhere),
    ));
    let inside = (taken - sheets.line("on cell surfaces")).max(0.0);
    told.push(("inside cells".to_owned(), inside, "simulated".to_owned()));
    let escaped = sheets.line("escaped into the cytosol");
    told.push((
        "escaped into the cytosol".to_owned(),
        escaped,
        "simulated with the cell types’ escape".to_owned(),
    ));
    Some(told)
}
