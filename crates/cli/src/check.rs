//! `check`.

use crate::args::CheckArgs;
use crate::failure::Failure;
use crate::output::table;
use crate::terminal::seconds;
use crate::{output, run};
use exoderm_model::CheckSummary;
use exoderm_model::scenario::{Scenario, Tissue};
use exoderm_study::{library, pipeline};
use exoderm_units::significant;
use std::fmt::Write as _;
use std::process::ExitCode;

pub(crate) fn check(args: CheckArgs) -> Result<ExitCode, Failure> {
    let text = library::find_with(&args.scenario, &args.choices.common.set)?;
    let (scenario, summary) = pipeline::check(&text, &run::choices(args.choices))?;
    if args.json { output::json(&summary) } else { output::text(&describe(&scenario, &summary)) }
}

/// A rough time, which is never nothing.
fn about(s: f64) -> String {
    if s < 1.0 { "under a second".to_owned() } else { format!("about {}", seconds(s)) }
}

fn describe(s: &Scenario, c: &CheckSummary) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        let _ = writeln!(out, "{text}");
    };
    line(format!("{} ({})", s.title, s.name));
    if !s.question.text.is_empty() {
        line(s.question.text.clone());
    }
    line(String::new());
    let time = |minutes: f64| match minutes {
        m if m > 0.0 && m < 180.0 => format!("{} min", significant(m, 4)),
        m => format!("{} d", significant(m / 1440.0, 4)),
    };
    line(format!("time        {} after a burn-in of {}", time(s.horizon), time(s.burn_in)));
    line(format!("runs        {} arms x {} replicates, seed {}", c.arms.len(), c.replicates, s.seed));
    for (name, label) in &c.arms {
        line(format!("            {name}: {label}"));
    }
    let cells = c.cells.iter().fold(0.0, |sum, (_, n)| sum + n);
    line(format!("cells       {cells:.0} at the start"));
    for (name, n) in c.cells.iter().filter(|(_, n)| *n > 0.0) {
        line(format!("            {name}: {n:.0}"));
    }
    let [nx, ny, nz] = c.mesh;
    if matches!(s.tissue, Tissue::Box(_)) && !s.vesicles.is_empty() {
        line(format!("vesicles    moved as {}", s.transport.resolution.word()));
    }
    line(format!("voxels      {nx:.0} x {ny:.0} x {nz:.0} = {:.0}", c.voxels));
    line(format!("unknowns    {} in a transport step", significant(c.unknowns, 3)));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let on = if cores == 1 { "one core".to_owned() } else { format!("{cores} cores") };
    line(format!("memory      about {} MB on {on}", significant(c.memory_on(cores) / 1e6, 2)));
    line(format!(
        "time to run {} on {on}, {}; rough: half of it to twice as long",
        about(c.seconds / cores as f64),
        c.seconds_basis
    ));
    if matches!(s.tissue, Tissue::Box(_)) && s.transport.resolution.word() != "field" {
        line("            single vesicles take more: how many there will be is not known before".into());
    }
    line(String::new());
    let ledger: usize = c.ledger.values().map(Vec::len).sum();
    line(format!(
        "numbers     {ledger} ledger rows, {} fitted values, {} assumptions",
        c.calibrated.len(),
        c.assumptions.len()
    ));
    for (level, rows) in &c.ledger {
        line(format!("            read as {level}: {}", rows.len()));
    }
    if !c.assumptions.is_empty() {
        line("\nassumptions (literals of biology)".into());
        let rows: Vec<Vec<String>> = c
            .assumptions
            .iter()
            .map(|a| {
                let range = if a.has_range { "with a range" } else { "" };
                vec![a.path.clone(), a.text.clone(), range.into(), a.place.clone()]
            })
            .collect();
        line(table(&["path", "value", "", "place"], &rows, &[]).trim_end().to_owned());
    }
    for warning in &c.warnings {
        line(format!("! {warning}"));
    }
    out
}
