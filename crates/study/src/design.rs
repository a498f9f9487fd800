//! Which tissues a study runs.
//!
//! Main jobs: every arm of every replicate. Beside them, on replicate 0 only: each input of `[sensitivity]` at the
//! ends of its range (exosome, and vehicle where the input reaches it), a best and a worst case made of the same
//! inputs. They differ in their numbers from day 0 on and share the burn-in. With `--draws` parameter sets are drawn over the range of
//! every input that has one, each with a burn-in of its own. Where a rule has a need gate, every replicate is also run with the gates
//! open; where one reads cargo in the cytosol, replicate 0 at each escape efficiency.

use crate::dose::within;
use crate::job::{Job, Purpose};
use exoderm_ledger::{Ledger, Parameter};
use exoderm_model::scenario::{Arm, ArmKind, Need, Origin, Provenance, Scenario, Signal};
use exoderm_numeric::random::Seed;
use exoderm_units::{Quantity, significant};
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
    /// Low, used and high value as overrides take them: in the row's unit, or the internal one for a path.
    pub values: [f64; 3],
    /// Unit for people; empty for a plain number.
    pub unit: String,
    /// A value in that unit, per value as overrides take it.
    pub scale: f64,
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

    /// One of its values with unit, for people.
    pub fn text(&self, value: f64) -> String {
        format!("{} {}", significant(value * self.scale, 3), self.unit).trim_end().to_owned()
    }
}

/// The input whose smallest sufficient value is searched: the one factor on every exosome effect.
pub const POTENCY: &str = "@cal.potency";

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
            what: format!("{key} (fitted)"),
            values: [low, f.value, high],
            unit: plain(f.unit.text()),
            scale: 1.0,
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
            unit: plain(p.unit.text()),
            scale: 1.0,
            evidence: p.evidence.as_str().to_owned(),
        });
    }
    let p = scenario.provenance.iter().find(|p| p.path == name)?;
    let (low, high) = p.range?;
    let (scale, unit) = unit_of(p, ledger);
    Some(Input {
        name: name.to_owned(),
        what: format!("{} ({})", p.path, p.text),
        values: [low, p.value, high],
        unit,
        scale,
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

/// A unit for people: none for what is a plain number or a fraction.
fn plain(unit: &str) -> String {
    if unit == "1" || unit == "-" || unit.starts_with("fraction") { String::new() } else { unit.to_owned() }
}

/// The unit that a number of the scenario is written in (or that of the row it cites), and one internal unit in it.
fn unit_of(p: &Provenance, ledger: &Ledger) -> (f64, String) {
    let written = match &p.origin {
        Origin::Ledger { key } => ledger.get(key).and_then(|r| Some((r.number()?, plain(r.unit.text())))),
        _ => Quantity::parse(&p.text).ok().and_then(|_| {
            let (number, unit) = p.text.split_once(char::is_whitespace).unwrap_or((&p.text, ""));
            Some((number.parse::<f64>().ok()?, plain(unit.trim())))
        }),
    };
    match written {
        // A plain number may be read into another one (a fold, a share); its ratio is still that of the range.
        Some((number, unit)) if number != 0.0 && p.value != 0.0 => (number / p.value, unit),
        _ => (1.0, "internal unit".to_owned()),
    }
}

/// Values of a parameter draw, in the order of the inputs.
pub fn draw(seed: u64, number: u32, inputs: &[Input]) -> Vec<f64> {
    let mut stream = Seed::new(seed, 0).stream(u64::from(number), 0, DRAWS);
    inputs.iter().map(|i| within([i.values[0], i.values[2]], stream.uniform())).collect()
}

/// Every input that has a range: rows of the ledger, literals with a range of their own, and the listed `inputs` (of fitted
/// values those only: the range of the others is where the fit looked, not what is known).
pub fn all_inputs(
    scenario: &Scenario,
    ledger: &Ledger,
    calibration: &exoderm_model::Calibration,
    inputs: &[Input],
) -> Vec<Input> {
    let mut all = inputs.to_vec();
    let mut rows = BTreeSet::new();
    for p in &scenario.provenance {
        if inputs.iter().any(|i| i.name == p.path) {
            continue;
        }
        let name = match (&p.origin, p.range) {
            (Origin::Assumption, Some(_)) => p.path.clone(),
            // A row used at an end of its range is not drawn there.
            (Origin::Ledger { key }, Some(_)) if !p.text.contains(".low") && !p.text.contains(".high") => {
                let whole = ledger.get(key).is_some_and(|r| own_range(p, r));
                if whole { p.path.clone() } else { format!("@{key}") }
            }
            _ => continue,
        };
        if name.starts_with('@') && !rows.insert(name.clone()) {
            continue;
        }
        all.extend(input(scenario, ledger, calibration, &name));
    }
    let mut seen = BTreeSet::new();
    all.retain(|i| i.values[0] < i.values[2] && seen.insert(i.name.clone()));
    all
}

/// Whether a number that cites a row has a range of its own beside it.
fn own_range(p: &Provenance, row: &Parameter) -> bool {
    let (Some(value), Some((low, high))) = (row.number().filter(|v| *v != 0.0), p.range) else {
        return false;
    };
    let ratio = p.value / value;
    let row = [row.low.unwrap_or(value) * ratio, row.high.unwrap_or(value) * ratio];
    let apart = |x: f64, y: f64| (x - y).abs() > 1e-6 * x.abs().max(y.abs());
    apart(row[0].min(row[1]), low) || apart(row[0].max(row[1]), high)
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

/// Variants of a study: swings of `inputs` and draws over the ranges of `drawn`. None if the scenario compares no exosome with a vehicle.
pub fn variants(
    scenario: &Scenario,
    inputs: &[Input],
    drawn: &[Input],
    draws: u32,
    seed: u64,
) -> Vec<Variant> {
    let has = |k: ArmKind| scenario.arms.iter().any(|a| a.kind == k);
    if !has(ArmKind::Exosome) || !has(ArmKind::Vehicle) {
        return Vec::new();
    }
    let mut list = Vec::new();
    list.extend(need_off(scenario));
    list.extend(chromatin_off(scenario));
    // A run that ends before the headline is read says nothing about it.
    let read = scenario.endpoints.iter().find(|e| e.headline);
    if read.and_then(|h| h.time).is_some_and(|t| t > scenario.horizon + 1e-6) {
        return list;
    }
    list.extend(escapes(scenario));
    for (k, i) in inputs.iter().enumerate() {
        for (end, value) in [("low", i.values[0]), ("high", i.values[2])] {
            if value == i.values[1] || inert(i, value) {
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
    list.extend(inputs.iter().find(|i| i.name == POTENCY).and_then(first_step));
    for number in 0..draws {
        let mut overrides = Overrides::default();
        for (i, value) in drawn.iter().zip(draw(seed, number, drawn)) {
            i.set(&mut overrides, value);
        }
        list.push(Variant {
            purpose: Purpose::Draw(number),
            overrides,
            arms: CONTRAST.to_vec(),
            replicates: 1,
            stem: format!("draw{number}"),
        });
    }
    list
}

/// True for potency 0: by construction the vehicle, as the null arm is.
pub fn inert(input: &Input, value: f64) -> bool {
    input.name == POTENCY && value == 0.0
}

/// First step of the search for the smallest sufficient value: between the low end and the value used. It is run beside
/// the swings, before it is known whether it is needed, because it costs no time there.
fn first_step(input: &Input) -> Option<Variant> {
    let [low, used, _] = input.values;
    crate::search::inside([low, used], 1).first().map(|x| at(input, *x))
}

/// An input at a value inside its range.
pub fn at(input: &Input, value: f64) -> Variant {
    let mut overrides = Overrides::default();
    input.set(&mut overrides, value);
    Variant {
        purpose: Purpose::At(input.name.clone(), value),
        overrides,
        arms: CONTRAST.to_vec(),
        replicates: 1,
        stem: format!("{}-at-{}", input.name.trim_start_matches("@cal."), significant(value, 3)),
    }
}

/// Exosome rules with a need gate, by name.
pub fn gated(scenario: &Scenario) -> Vec<&str> {
    scenario.rules.iter().filter(|r| r.exosome && r.need != Need::None).map(|r| r.name.as_str()).collect()
}

/// Escape efficiencies at which a study whose rules read cargo in the cytosol is run; none otherwise. The true one is not known.
pub fn escapes_run(scenario: &Scenario) -> Vec<f64> {
    let by_rule = scenario.rules.iter().filter(|r| r.exosome).map(|r| r.signal);
    let by_network = scenario.networks.iter().flat_map(|n| &n.inputs).map(|i| i.signal);
    let claimed = by_rule.chain(by_network).any(|signal| matches!(signal, Signal::Cargo(_)));
    if claimed { crate::delivery::escapes(Ledger::builtin()).to_vec() } else { Vec::new() }
}

/// True if every cell type has this escape efficiency as it is: the study's own runs are those at it.
pub fn own_escape(scenario: &Scenario, share: f64) -> bool {
    scenario.cells.iter().all(|c| (c.vesicle_uptake.escape - share).abs() <= 1e-12 * share)
}

/// Name of the case with an escape efficiency.
pub fn escape_case(share: f64) -> String {
    format!("escape {}", significant(share, 3))
}

/// The study at each escape efficiency that is not its own, on replicate 0.
fn escapes(scenario: &Scenario) -> Vec<Variant> {
    let path = |p: &str| p == "uptake.escape" || (p.starts_with("cell.") && p.ends_with(".uptake.escape"));
    let paths: Vec<&str> = scenario.provenance.iter().map(|p| p.path.as_str()).filter(|p| path(p)).collect();
    escapes_run(scenario)
        .into_iter()
        .filter(|share| !own_escape(scenario, *share))
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

/// Name of the case without a gain of chromatin.
pub const CHROMATIN_OFF: &str = "chromatin off";

/// Rules that act through chromatin, by name; none where it has no gain.
pub fn through_chromatin(scenario: &Scenario) -> Vec<&str> {
    let on = scenario.chromatin_gain != 0.0;
    scenario.rules.iter().filter(|r| on && r.chromatin).map(|r| r.name.as_str()).collect()
}

/// The study with chromatin silent, if a rule acts through it: what it is worth is told apart, because no source gives its gain.
fn chromatin_off(scenario: &Scenario) -> Option<Variant> {
    (!through_chromatin(scenario).is_empty()).then(|| Variant {
        purpose: Purpose::Case(CHROMATIN_OFF.to_owned()),
        overrides: Overrides { sets: vec!["exosome.chromatin_gain=0".to_owned()], ..Overrides::default() },
        arms: CONTRAST.to_vec(),
        replicates: scenario.replicates,
        stem: CHROMATIN_OFF.replace(' ', "-"),
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
