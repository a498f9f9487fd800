//! Which tissues a study runs.
//!
//! Main jobs: every arm of every replicate. Beside them, on replicate 0 only: each input of `[sensitivity]` at the
//! ends of its range (exosome, and vehicle where the input reaches it), a best and a worst case made of the same
//! inputs, and with `--draws` parameter sets drawn over the ranges. Variants differ in their numbers from day 0 on and
//! share the burn-in. Where a rule has a need gate, every replicate is also run with the gates open; where one reads
//! cargo in the cytosol, replicate 0 at each escape efficiency.

use crate::dose::within;
use crate::job::{Job, Purpose};
use exoderm_ledger::Ledger;
use exoderm_model::scenario::{Arm, ArmKind, Need, Origin, Scenario, Signal};
use exoderm_numeric::random::Seed;
use exoderm_units::significant;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Overrides of one variant: ledger keys (value in the row's own unit), fitted values and paths of literals
/// (internal unit).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides {
    /// Ledger key → value in the row's unit.
    pub ledger: BTreeMap<String, f64>,
    /// Fitted key → value in its unit.
    pub calibration: BTreeMap<String, f64>,
    /// Path → value in the internal unit.
    pub paths: BTreeMap<String, f64>,
    /// Settings as `--set` takes them ("path=value").
    pub sets: Vec<String>,
}

/// An input that can be varied.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// As the scenario names it: "@key", "@cal.key" or a path.
    pub name: String,
    /// What it is, for people.
    pub what: String,
    /// Low, used and high value, in the unit of `unit`.
    pub values: [f64; 3],
    /// Unit for people.
    pub unit: String,
    /// Evidence word.
    pub evidence: String,
}

impl Input {
    /// Puts one of its values into `overrides`.
    pub fn set(&self, overrides: &mut Overrides, value: f64) {
        if let Some(key) = self.name.strip_prefix("@cal.") {
            overrides.calibration.insert(key.to_owned(), value);
        } else if let Some(key) = self.name.strip_prefix('@') {
            overrides.ledger.insert(key.to_owned(), value);
        } else {
            overrides.paths.insert(self.name.clone(), value);
        }
    }
}

/// Purpose of the stream that draws parameter sets.
const DRAWS: u16 = 300;

/// The inputs of the scenario's `[sensitivity]`, with the ranges of ledger, calibration or literal.
pub fn inputs(scenario: &Scenario, ledger: &Ledger, calibration: &exoderm_model::Calibration) -> Vec<Input> {
    scenario.sensitivity.iter().filter_map(|name| input(scenario, ledger, calibration, name)).collect()
}

fn input(
    scenario: &Scenario,
    ledger: &Ledger,
    calibration: &exoderm_model::Calibration,
    name: &str,
) -> Option<Input> {
    if let Some(key) = name.strip_prefix("@cal.") {
        let f = calibration.get(key)?;
        let (low, high) = f.range?;
        return Some(Input {
            name: name.to_owned(),
            what: format!("fitted: {key}"),
            values: [low, f.value, high],
            unit: f.unit.text().to_owned(),
            evidence: "fitted".to_owned(),
        });
    }
    if let Some(key) = name.strip_prefix('@') {
        let p = ledger.get(key)?;
        let value = p.number()?;
        return Some(Input {
            name: name.to_owned(),
            what: p.what.clone(),
            values: [p.low.unwrap_or(value), value, p.high.unwrap_or(value)],
            unit: p.unit.text().to_owned(),
            evidence: p.evidence.as_str().to_owned(),
        });
    }
    let p = scenario.provenance.iter().find(|p| p.path == name)?;
    let (low, high) = p.range?;
    Some(Input {
        name: name.to_owned(),
        what: format!("{} ({})", p.path, p.text),
        values: [low, p.value, high],
        unit: "internal unit".to_owned(),
        evidence: match &p.origin {
            Origin::Ledger { key } => {
                ledger.get(key).map_or("ledger".to_owned(), |r| r.evidence.as_str().to_owned())
            }
            Origin::Calibrated { .. } => "fitted".to_owned(),
            Origin::Assumption => "assumption".to_owned(),
            Origin::Design => "design".to_owned(),
        },
    })
}

/// Arms of the headline contrast.
const CONTRAST: [ArmKind; 2] = [ArmKind::Exosome, ArmKind::Vehicle];

/// A variant to compile and run.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Why.
    pub purpose: Purpose,
    /// Overrides.
    pub overrides: Overrides,
    /// Arms it is read from; one that gives what the base gave is not run ([`crate::reach`]).
    pub arms: Vec<ArmKind>,
    /// Replicates it is run on, from 0 on.
    pub replicates: u32,
    /// File-name stem.
    pub stem: String,
}

/// Variants of a study: swings, cases and draws. None if the scenario compares no exosome with a vehicle.
pub fn variants(scenario: &Scenario, inputs: &[Input], draws: u32, seed: u64) -> Vec<Variant> {
    let has = |k: ArmKind| scenario.arms.iter().any(|a| a.kind == k);
    if !has(ArmKind::Exosome) || !has(ArmKind::Vehicle) {
        return Vec::new();
    }
    let mut list = Vec::new();
    list.extend(need_off(scenario));
    list.extend(escapes(scenario));
    for (k, i) in inputs.iter().enumerate() {
        for (end, value) in [("low", i.values[0]), ("high", i.values[2])] {
            if value == i.values[1] {
                continue;
            }
            let mut overrides = Overrides::default();
            i.set(&mut overrides, value);
            list.push(Variant {
                purpose: Purpose::Swing(i.name.clone(), end.to_owned()),
                overrides,
                arms: CONTRAST.to_vec(),
                replicates: 1,
                stem: format!("swing{k}-{end}"),
            });
        }
    }
    for draw in 0..draws {
        let mut stream = Seed::new(seed, 0).stream(u64::from(draw), 0, DRAWS);
        let mut overrides = Overrides::default();
        for i in inputs {
            let value = within([i.values[0], i.values[2]], stream.uniform());
            i.set(&mut overrides, value);
        }
        list.push(Variant {
            purpose: Purpose::Draw(draw),
            overrides,
            arms: CONTRAST.to_vec(),
            replicates: 1,
            stem: format!("draw{draw}"),
        });
    }
    list
}

/// Exosome rules with a need gate, by name.
pub fn gated(scenario: &Scenario) -> Vec<&str> {
    scenario.rules.iter().filter(|r| r.exosome && r.need != Need::None).map(|r| r.name.as_str()).collect()
}

/// Escape efficiencies at which a study whose rules read cargo in the cytosol is run; none otherwise. The true one is not known.
pub fn escapes_run(scenario: &Scenario) -> Vec<f64> {
    let claimed = scenario.rules.iter().any(|r| r.exosome && matches!(r.signal, Signal::Cargo(_)));
    if claimed { crate::delivery::escapes(Ledger::builtin()).to_vec() } else { Vec::new() }
}

/// Name of the case with an escape efficiency.
pub fn escape_case(share: f64) -> String {
    format!("escape {}", significant(share, 3))
}

/// The study at each escape efficiency, on replicate 0.
fn escapes(scenario: &Scenario) -> Vec<Variant> {
    let path = |p: &str| p == "uptake.escape" || (p.starts_with("cell.") && p.ends_with(".uptake.escape"));
    let paths: Vec<&str> = scenario.provenance.iter().map(|p| p.path.as_str()).filter(|p| path(p)).collect();
    escapes_run(scenario)
        .into_iter()
        .map(|share| Variant {
            purpose: Purpose::Case(escape_case(share)),
            overrides: Overrides {
                sets: paths.iter().map(|p| format!("{p}={share}")).collect(),
                ..Overrides::default()
            },
            arms: CONTRAST.to_vec(),
            replicates: 1,
            stem: escape_case(share).replace(' ', "-"),
        })
        .collect()
}

/// The study with every need gate open, if there is one.
fn need_off(scenario: &Scenario) -> Option<Variant> {
    let rules = gated(scenario);
    let sets = rules.iter().map(|name| format!("rule.{name}.need=\"none\"")).collect();
    (!rules.is_empty()).then(|| Variant {
        purpose: Purpose::NeedOff,
        overrides: Overrides { sets, ..Overrides::default() },
        arms: CONTRAST.to_vec(),
        replicates: scenario.replicates,
        stem: "need-off".to_owned(),
    })
}

/// Best and worst case: every input at the end of its range that its swing found better or worse for the headline
/// contrast. `ends[input]` is true if the high end is better.
pub fn cases(inputs: &[Input], ends: &[(String, bool)]) -> Vec<Variant> {
    ["best case", "worst case"]
        .into_iter()
        .map(|name| {
            let mut overrides = Overrides::default();
            for (input, high_is_better) in ends {
                let Some(i) = inputs.iter().find(|i| i.name == *input) else { continue };
                let value = if *high_is_better == (name == "best case") { i.values[2] } else { i.values[0] };
                i.set(&mut overrides, value);
            }
            Variant {
                purpose: Purpose::Case(name.to_owned()),
                overrides,
                arms: CONTRAST.to_vec(),
                replicates: 1,
                stem: name.replace(' ', "-"),
            }
        })
        .collect()
}

/// Main jobs: arms of every replicate, replicates outermost so that an interrupted study has whole comparisons.
pub fn main_jobs(scenario: &Arc<Scenario>, arms: &BTreeSet<String>, replicates: u32) -> Vec<Job> {
    let mut jobs = Vec::new();
    for replicate in 0..replicates {
        for arm in scenario.arms.iter().filter(|a| arms.is_empty() || arms.contains(&a.name)) {
            jobs.push(Job {
                id: format!("{}-r{replicate}", arm.name),
                purpose: Purpose::Main,
                scenario: Arc::clone(scenario),
                arm: arm.kind,
                arm_name: arm.name.clone(),
                replicate,
            });
        }
    }
    jobs
}

/// Jobs of a compiled variant, only up to the headline's time, for the arms that `runs` tells.
pub fn variant_jobs(variant: &Variant, compiled: &Arc<Scenario>, runs: impl Fn(ArmKind) -> bool) -> Vec<Job> {
    let arms = variant.arms.iter().filter(|&&kind| runs(kind));
    let arms: Vec<_> = arms.filter_map(|&kind| compiled.arms.iter().find(|a| a.kind == kind)).collect();
    let job = |replicate: u32, arm: &Arm| Job {
        id: format!("{}-{}-r{replicate}", variant.stem, arm.name),
        purpose: variant.purpose.clone(),
        scenario: Arc::clone(compiled),
        arm: arm.kind,
        arm_name: arm.name.clone(),
        replicate,
    };
    (0..variant.replicates).flat_map(|r| arms.iter().map(move |a| job(r, a))).collect()
}
