//! What the model enforces, and what a reader should be warned of.

use super::Study;
use crate::endpoints::DAY;
use crate::job::Purpose;
use exoderm_ledger::Ledger;
use exoderm_model::scenario::{Arm, ArmKind, Scenario};

/// What the model enforces, which is no evidence; `arms` are those that were run.
pub(super) fn enforced(s: &Scenario, arms: &[&Arm]) -> Vec<String> {
    let named = |kinds: &[ArmKind]| -> Vec<&str> {
        arms.iter().filter(|a| kinds.contains(&a.kind)).map(|a| a.name.as_str()).collect()
    };
    let mut list = Vec::new();
    if let [null] = named(&[ArmKind::Null])[..] {
        list.push(format!(
            "The arm {null} equals the vehicle bit for bit in cells and soluble factors: inert vesicles cannot act."
        ));
    }
    let idle = named(&[ArmKind::UptakeBlocked, ArmKind::Depleted, ArmKind::Disposal]);
    if !idle.is_empty() {
        list.push(format!(
            "{}: vesicles that no cell binds, that are not there or that nobody acts on have no effect, because the program is built so.",
            idle.join(", ")
        ));
    }
    let hollow = named(&[ArmKind::Empty, ArmKind::Scrambled]);
    if !hollow.is_empty() {
        list.push(format!(
            "{}: empty and scrambled vesicles are the same run, since the program reads copies of a cargo and not what they mean; where nothing acts \
             from the vesicles' surface they equal null too.",
            hollow.join(", ")
        ));
    }
    if let [detergent] = named(&[ArmKind::Detergent])[..] {
        list.push(format!("The arm {detergent} is the soluble arm, bit for bit: all cargo free."));
    }
    list.extend([
        "One potency multiplies every exosome effect; where it was fitted, the size of the effect is an input.".to_owned(),
        "Arms of a replicate share the initial tissue and its random numbers: differences are paired, replicates are simulated tissues, not patients.".to_owned(),
    ]);
    if s.rules.iter().any(|r| r.exosome && r.need != exoderm_model::scenario::Need::None) {
        list.push("Rules with a need gate are silent where the behaviour is as in the healthy counterpart: a null there is built in, not a validation. The case \"need off\" gives the headline without the gates.".to_owned());
    }
    if s.cells.iter().any(|c| c.vesicle_uptake.clearance > 0.0 && c.vesicle_uptake.escape == 0.0) {
        list.push("Escape is 0: no cargo route can act.".to_owned());
    }
    list
}

/// Rules that act through chromatin with a gain: what they rest on.
pub(super) fn chromatin_warning(s: &Scenario) -> Option<String> {
    let rules = crate::design::through_chromatin(s);
    let claim = Ledger::builtin().get(HISTONE_CLAIM);
    let source = claim.and_then(|p| p.source.as_ref()).and_then(|id| Ledger::builtin().source(id));
    (!rules.is_empty()).then(|| {
        format!(
            "UNSUPPORTED: {} act through chromatin with a gain of {} that no quantitative parameter supports. The claim is that of {} \
             ({}; @{HISTONE_CLAIM}); the case \"{}\" gives the headline without it",
            rules.join(", "),
            exoderm_units::significant(s.chromatin_gain, 3),
            source.map_or("an unknown source", |x| x.citation.as_str()),
            source.and_then(|x| x.note.as_deref()).unwrap_or("design unknown"),
            crate::design::CHROMATIN_OFF,
        )
    })
}

/// The row of the claim that vesicles change histones of skin cells.
const HISTONE_CLAIM: &str = "ev_histone_claim";

/// Change over the last third of the burn-in from which a tissue does not count as settled: the drift that the scenario
/// catalogue allows over 30 of 90 d.
const DRIFT: f64 = 0.05;

/// Tissues that were still changing at day 0.
pub(super) fn drift_warning(study: &Study<'_>) -> Option<String> {
    let main = study.outcomes.iter().filter(|o| o.purpose == Purpose::Main);
    let mut drifts: Vec<(u32, f64)> = main.map(|o| (o.replicate, o.settling.drift())).collect();
    drifts.retain(|(_, d)| *d > DRIFT);
    drifts.sort_by_key(|(replicate, _)| *replicate);
    drifts.dedup_by_key(|(r, _)| *r);
    let worst = drifts.iter().map(|(_, d)| *d).fold(0.0, f64::max);
    (!drifts.is_empty()).then(|| {
        format!(
            "NOT SETTLED: {} of {} tissues still changed by up to {:.0} % in epidermal thickness or cells over the last third of the \
             burn-in ({} d); a longer burn-in in [run] is needed, or the tissue has no steady state",
            drifts.len(),
            study.replicates,
            100.0 * worst,
            exoderm_units::significant(study.scenario.burn_in / DAY, 3),
        )
    })
}
