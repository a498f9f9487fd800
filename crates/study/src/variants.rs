//! Variants compiled and run beside the arms: swings of single inputs, draws, best and worst case, and the healthy
//! counterpart of need gates.

use crate::design::{self, Input, Overrides, Variant};
use crate::error::StudyError;
use crate::folder::Choices;
use crate::job::{Job, Purpose};
use crate::library::{self, ScenarioText};
use crate::reach;
use exoderm_ledger::Ledger;
use exoderm_model::scenario::{ArmKind, Scenario};
use exoderm_model::{Calibration, Input as Text};
use std::sync::Arc;

/// Compiles the scenario with a variant's numbers; runs end at the headline's time.
///
/// # Errors
/// If the varied numbers contradict each other (a fault: ranges are checked one by one).
fn compile(
    text: &ScenarioText,
    choices: &Choices,
    base: &Scenario,
    o: &Overrides,
) -> Result<Arc<Scenario>, StudyError> {
    let mut library = library::library()?;
    let mut fitted: Calibration = library.calibration.clone();
    for (key, value) in &o.calibration {
        fitted.set(key, *value);
    }
    library.calibration = &fitted;
    let sets = [choices.set.as_slice(), o.sets.as_slice()].concat();
    let mut s = exoderm_model::compile(&Text {
        path: &text.file,
        text: &text.text,
        library: &library,
        sets: &sets,
        ledger_overrides: &o.ledger,
        path_overrides: &o.paths,
    })?;
    s.horizon = base
        .endpoints
        .iter()
        .find(|e| e.headline)
        .and_then(|e| e.time)
        .unwrap_or(base.horizon)
        .min(base.horizon);
    s.recording.snapshots.clear();
    s.seed = base.seed;
    s.replicates = 1;
    Ok(Arc::new(s))
}

/// The inputs of a scenario that can be varied.
///
/// # Errors
/// If the fitted values are faulty.
pub(crate) fn inputs(scenario: &Scenario) -> Result<Vec<Input>, StudyError> {
    Ok(design::inputs(scenario, Ledger::builtin(), library::calibration()?))
}

/// Jobs of variants, and what need not be run.
#[derive(Debug, Default)]
pub(crate) struct Planned {
    /// To run.
    pub jobs: Vec<Job>,
    /// Variants whose vehicle arm would be the study's own, to the bit ([`reach`]): that one stands in.
    pub own_vehicle: Vec<Purpose>,
}

/// Jobs of a list of variants. A variant that can't be compiled is told and left out.
pub(crate) fn jobs(
    text: &ScenarioText,
    choices: &Choices,
    base: &Scenario,
    variants: &[Variant],
    tell: &mut dyn FnMut(String),
) -> Planned {
    let mut planned = Planned::default();
    for v in variants {
        match compile(text, choices, base, &v.overrides) {
            Ok(compiled) => {
                let seen = !reach::same_outcome(base, &compiled, ArmKind::Vehicle);
                planned
                    .jobs
                    .extend(design::variant_jobs(v, &compiled, |arm| seen || arm != ArmKind::Vehicle));
                if !seen {
                    planned.own_vehicle.push(v.purpose.clone());
                }
            }
            Err(e) => tell(format!("{} is left out of the sensitivity: {e}", v.stem)),
        }
    }
    planned
}

/// The healthy counterpart's job, if some rule has a need gate: the scenario with its `[counterpart]` settings, untreated.
///
/// # Errors
/// If those settings are wrong.
pub(crate) fn counterpart(
    text: &ScenarioText,
    choices: &Choices,
    base: &Scenario,
) -> Result<Option<Job>, StudyError> {
    use exoderm_model::scenario::Need;
    if !base.rules.iter().any(|r| r.exosome && r.need != Need::None) {
        return Ok(None);
    }
    let mut sets = choices.set.clone();
    sets.extend(base.counterpart.iter().cloned());
    let mut s = library::compile(text, &sets)?;
    s.horizon = base.horizon;
    s.seed = base.seed;
    s.recording.snapshots.clear();
    Ok(Some(Job {
        id: "counterpart".to_owned(),
        purpose: Purpose::Counterpart,
        arm: ArmKind::Untreated,
        arm_name: "healthy counterpart".to_owned(),
        replicate: 0,
        scenario: Arc::new(s),
    }))
}
