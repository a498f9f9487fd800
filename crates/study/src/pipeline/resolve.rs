//! The scenario as it will be run: its text compiled with the choices of this run, and what it needs of the machine.

use super::Machine;
use crate::clock;
use crate::error::StudyError;
use crate::folder::{Choices, Hashes, RunFolder, RunRecord};
use crate::job::{Job, Purpose};
use crate::library::{self, ScenarioText};
use crate::program;
use crate::{design, variants};
use exoderm_ledger::Ledger;
use exoderm_model::scenario::{Arm, ArmKind, Scenario};
use exoderm_model::{CheckSummary, check_summary};
use exoderm_units::{Quantity, Unit, nearest};
use std::sync::Arc;

/// Part of the free memory that a study may ask for.
const MEMORY_SHARE: f64 = 0.8;

/// The scenario as it will be run: compiled, with the choices applied.
///
/// # Errors
/// All mistakes of the text and of the choices.
pub fn resolve(text: &ScenarioText, choices: &Choices) -> Result<Scenario, StudyError> {
    let mut s = library::compile(text, &choices.set)?;
    if let Some(until) = &choices.until {
        s.horizon = minutes(until)?;
        s.recording.snapshots.retain(|t| *t <= s.horizon);
    }
    if !choices.arms.is_empty() {
        s.arms = chosen(&s.arms, &choices.arms)?;
    }
    if choices.replicates == Some(0) {
        return Err(StudyError::input("no replicates: nothing would be run", "give --replicates 1 or more"));
    }
    s.replicates = choices.replicates.unwrap_or(s.replicates);
    s.seed = choices.seed.unwrap_or(s.seed);
    Ok(s)
}

/// A time above 0 in minutes.
fn minutes(text: &str) -> Result<f64, StudyError> {
    let help = "as in --until \"14 d\"";
    let bad = |e: &dyn std::fmt::Display| StudyError::input(format!("--until {text}: {e}"), help);
    let unit = Unit::parse("min").map_err(|e| bad(&e))?;
    let time = Quantity::parse(text).and_then(|q| q.in_unit(&unit)).map_err(|e| bad(&e))?;
    if time > 0.0 && time.is_finite() { Ok(time) } else { Err(bad(&"expected a time above 0")) }
}

/// Kinds of arms that any scenario with a dressing can be given by one line.
pub(crate) const CONTROLS: [&str; 11] = [
    "untreated",
    "vehicle",
    "null",
    "soluble",
    "depleted",
    "uptake_blocked",
    "empty",
    "scrambled",
    "disposal",
    "protease",
    "detergent",
];

/// The arms asked for, in the scenario's order.
fn chosen(arms: &[Arm], names: &[String]) -> Result<Vec<Arm>, StudyError> {
    for (i, name) in names.iter().enumerate() {
        if names[..i].contains(name) {
            return Err(StudyError::input(
                format!("--arms names `{name}` twice"),
                "each arm is run once; --replicates gives more tissues",
            ));
        }
        if !arms.iter().any(|a| a.name == *name) {
            let known = arms.iter().map(|a| a.name.as_str());
            // "EV-depleted" and "uptake-blocked", as papers write them.
            let plain = name.to_lowercase().replace(['-', ' '], "_");
            if let Some(kind) = CONTROLS.iter().find(|c| plain.strip_prefix("ev_").unwrap_or(&plain) == **c) {
                let with = if *kind == name { String::new() } else { format!(" and --arms {kind}") };
                return Err(StudyError::input(
                    format!("the scenario has no arm `{name}`"),
                    format!(
                        "it is a control that a scenario can be given: add --set arm.{kind}.kind=\"{kind}\"{with}"
                    ),
                ));
            }
            let near =
                nearest(name, known.clone()).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
            return Err(StudyError::input(
                format!("the scenario has no arm `{name}`{near}"),
                format!("its arms are: {}", known.collect::<Vec<_>>().join(", ")),
            ));
        }
    }
    Ok(arms.iter().filter(|a| names.contains(&a.name)).cloned().collect())
}

/// The runs of a study: every arm of every replicate, replicate by replicate, so that a study that is stopped has
/// whole replicates to compare.
pub fn jobs(scenario: &Arc<Scenario>) -> Vec<Job> {
    let of_replicate = |replicate| {
        scenario.arms.iter().map(move |arm| Job {
            id: format!("{}-r{replicate}", arm.name),
            purpose: Purpose::Main,
            scenario: Arc::clone(scenario),
            arm: arm.kind,
            arm_name: arm.name.clone(),
            replicate,
        })
    };
    (0..scenario.replicates).flat_map(of_replicate).collect()
}

/// The arms that a design map needs, by name: the exosome's and the vehicle's.
///
/// # Errors
/// All mistakes of the text and of the choices.
pub fn arms_of_map(text: &ScenarioText, choices: &Choices) -> Result<Vec<String>, StudyError> {
    let s = resolve(text, choices)?;
    let needed = [ArmKind::Exosome, ArmKind::Vehicle];
    let arms: Vec<String> =
        s.arms.iter().filter(|a| needed.contains(&a.kind)).map(|a| a.name.clone()).collect();
    // Where both are lacking the plan of the map says so.
    Ok(arms)
}

/// What would run, without running it.
///
/// # Errors
/// All mistakes of the text and of the choices.
pub fn check(text: &ScenarioText, choices: &Choices) -> Result<(Scenario, CheckSummary), StudyError> {
    let scenario = Arc::new(resolve(text, choices)?);
    let sweep = crate::sweep::plan(text, choices, &scenario)?;
    let mut summary = check_summary(&scenario);
    let work = work(text, choices, &scenario, &sweep)?;
    summary.seconds = work.iter().map(|(_, _, seconds)| seconds).sum();
    let words: Vec<String> = work.iter().map(|(n, what, _)| format!("{n} {what}")).collect();
    summary.seconds_basis = words.join(", ");
    Ok((Arc::unwrap_or_clone(scenario), summary))
}

/// About how long jobs take on one core, with the burn-ins of those that need their own (s).
pub(super) fn seconds(jobs: &[Job]) -> f64 {
    let burn_in = |j: &Job| match j.purpose {
        // Arms share the burn-in of their tissue; the two arms of a draw likewise.
        Purpose::Main if j.arm_name == jobs[0].arm_name => 1.0,
        Purpose::Draw(_) => 0.5,
        Purpose::Counterpart => 1.0,
        _ => 0.0,
    };
    let of = |j: &Job| {
        let [settle, run] = exoderm_model::seconds(&j.scenario);
        burn_in(j) * settle + run
    };
    jobs.iter().map(of).sum()
}

/// All that a study runs, by kind: how many, what, and about how long they take on one core (s). The best and the worst
/// case and the search for what would have to be true depend on results; they are counted as two and three runs.
pub(super) fn work(
    text: &ScenarioText,
    choices: &Choices,
    scenario: &Arc<Scenario>,
    sweep: &crate::sweep::Plan,
) -> Result<Vec<(usize, &'static str, f64)>, StudyError> {
    let runs = |jobs: &[Job]| jobs.iter().map(|j| exoderm_model::seconds(&j.scenario)[1]).sum::<f64>();
    let [burn_in, run] = exoderm_model::seconds(scenario);
    let mut burn_ins = if scenario.burn_in > 0.0 { scenario.replicates as usize } else { 0 };
    let main = jobs(scenario);
    let swept = crate::sweep::jobs(sweep, scenario);
    let mut list = vec![(main.len(), "runs of arms", runs(&main))];
    if !choices.design_map {
        let inputs = variants::inputs(scenario)?;
        let drawn = variants::all_inputs(scenario, &inputs)?;
        let wanted = design::variants(scenario, &inputs, &drawn, choices.draws, scenario.seed);
        let planned = variants::jobs(text, choices, scenario, &wanted, &mut |_| {}).jobs;
        let (draws, beside): (Vec<_>, Vec<_>) =
            planned.into_iter().partition(|j| matches!(j.purpose, Purpose::Draw(_)));
        let later = if beside.iter().any(|j| matches!(j.purpose, Purpose::Swing(..))) { 5 } else { 0 };
        let one = beside.first().map_or(run, |j| exoderm_model::seconds(&j.scenario)[1]);
        list.push((beside.len() + later, "runs of varied inputs", runs(&beside) + later as f64 * one));
        list.push((draws.len(), "runs of draws", runs(&draws)));
        if scenario.burn_in > 0.0 && !draws.is_empty() {
            burn_ins += choices.draws as usize;
        }
        if let Some(job) = variants::counterpart(text, choices, scenario)? {
            list.push((1, "run of the healthy counterpart", runs(&[job])));
            burn_ins += 1;
        }
    }
    list.push((swept.len(), "runs of the sweep", runs(&swept)));
    list.insert(0, (burn_ins, "burn-ins", burn_ins as f64 * burn_in));
    list.retain(|(n, _, _)| *n > 0);
    Ok(list)
}

/// The scenario's text in a folder.
pub(super) fn text_of(folder: &RunFolder, record: &RunRecord) -> Result<ScenarioText, StudyError> {
    Ok(ScenarioText {
        file: record.file.clone(),
        text: folder.read("scenario.toml")?,
        bases: record.bases.clone(),
        networks: record.networks.clone(),
    })
}

/// The scenario of a folder, resolved as it was.
pub(super) fn resolved_again(folder: &RunFolder, record: &RunRecord) -> Result<Arc<Scenario>, StudyError> {
    let scenario = resolve(&text_of(folder, record)?, &record.choices).map_err(|e| match e {
        // The text is the folder's copy, whatever the file was called.
        StudyError::Scenario(mut mistakes) => {
            let copy = folder.path().join("scenario.toml").display().to_string();
            mistakes.list.iter_mut().filter(|d| d.file == record.file).for_each(|d| d.file.clone_from(&copy));
            StudyError::Scenario(mistakes)
        }
        other => other,
    })?;
    Ok(Arc::new(scenario))
}

pub(super) fn hashes(scenario: &Scenario) -> Hashes {
    Hashes {
        code: program::version().to_owned(),
        build: program::build().to_owned(),
        scenario: exoderm_model::scenario_hash(scenario),
        ledger: Ledger::builtin().hash(),
        calibration: library::calibration_hash(),
    }
}

/// Refuses a study that would not fit into memory.
pub(super) fn check_memory(scenario: &Scenario, machine: &Machine<'_>) -> Result<(), StudyError> {
    let needed = check_summary(scenario).memory_on(machine.threads());
    match clock::available_memory() {
        Some(free) if needed > MEMORY_SHARE * free => Err(StudyError::input(
            format!("this study needs about {:.1} GB, of which {:.1} GB are free", needed / 1e9, free / 1e9),
            "use fewer --threads, larger voxels or a smaller tissue",
        )),
        _ => Ok(()),
    }
}
