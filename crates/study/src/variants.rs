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
    library::add_own_files(&mut library, text);
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

/// Every input that has a range: what draws vary.
///
/// # Errors
/// If the fitted values are faulty.
pub(crate) fn all_inputs(scenario: &Scenario, inputs: &[Input]) -> Result<Vec<Input>, StudyError> {
    Ok(design::all_inputs(scenario, Ledger::builtin(), library::calibration()?, inputs))
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn diabetic() -> (ScenarioText, Scenario, Vec<Input>) {
        let text = library::find("diabetic-wound").unwrap();
        let s = library::compile(&text, &[]).unwrap_or_else(|e| panic!("{e}"));
        let inputs = inputs(&s).unwrap();
        (text, s, inputs)
    }

    /// Draws vary every input with a range, the listed fitted value among them, the others not; each set of numbers is one that
    /// the compiler takes.
    #[test]
    fn draws_vary_every_input_that_has_a_range_and_compile() {
        let (text, s, inputs) = diabetic();
        let all = all_inputs(&s, &inputs).unwrap();
        let names: BTreeSet<&str> = all.iter().map(|i| i.name.as_str()).collect();
        assert_eq!(names.len(), all.len());
        for name in ["@cal.potency", "@k_clear_bons", "@exudate_flow", "event.wound.contraction"] {
            assert!(names.contains(name), "{name} is not drawn");
        }
        assert!(!names.contains("@cal.kc_speed"), "a range that a fit searched is no range of what is known");
        assert!(all.len() > 3 * inputs.len(), "{} of {}", inputs.len(), all.len());
        assert!(all.iter().all(|i| i.values[0] < i.values[2]));
        let variants = design::variants(&s, &[], &all, 6, 1);
        let mut told = Vec::new();
        let planned = jobs(&text, &Choices::default(), &s, &variants, &mut |m| told.push(m));
        assert!(told.is_empty(), "{told:?}");
        let drawn = planned.jobs.iter().filter(|j| matches!(j.purpose, Purpose::Draw(_))).count();
        assert_eq!(drawn, 12, "both arms of each draw");
        let k = all.iter().position(|i| i.name == "event.wound.contraction").unwrap();
        let drawn = design::draw(1, 0, &all)[k];
        assert!(drawn >= all[k].values[0] && drawn <= all[k].values[2]);
    }

    /// A run that ends before the headline is read varies nothing; at potency 0 nothing need be run either.
    #[test]
    fn nothing_is_varied_that_says_nothing() {
        let (_, mut s, inputs) = diabetic();
        let variants = design::variants(&s, &inputs, &[], 0, 1);
        let low = Purpose::Swing(design::POTENCY.into(), "low".into());
        assert!(variants.iter().all(|v| v.purpose != low));
        assert!(
            variants.iter().any(|v| matches!(&v.purpose, Purpose::At(name, _) if name == design::POTENCY))
        );
        s.horizon = 12.0 * 1440.0;
        assert!(design::variants(&s, &inputs, &[], 3, 1).is_empty());
    }

    /// Values are told in the unit they are written in.
    #[test]
    fn inputs_are_told_with_units_of_people() {
        let (_, _, inputs) = diabetic();
        let text = |name: &str| {
            let i = inputs.iter().find(|i| i.name == name).unwrap();
            [i.text(i.values[0]), i.text(i.values[2])]
        };
        assert_eq!(
            text("vesicle.msc_exosome.particles_per_ug"),
            ["1e8 particles/ug protein", "3e10 particles/ug protein"]
        );
        assert_eq!(text("@D_granulation_rel"), ["0.02", "0.6"]);
    }
}
