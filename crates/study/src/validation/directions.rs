//! Published directions (`data/directions.toml`): which way a change moved something, and whether the model moves it likewise.
//!
//! Every setting is run on the same few tissues (seeds), so that two settings are compared tissue by tissue; the 95 % interval
//! of the mean difference (Student's t) lies above zero (up), below (down) or holds it (ns). That one rule serves all three
//! published signs: an effect in the right direction that tissues do not agree on counts as no effect. The table says how its
//! rows were chosen; misses are told row by row, and the share of effects reproduced is what passes or fails.

use super::{Case, Length, Row, Rows};
use crate::endpoints::{self, DAY};
use crate::error::StudyError;
use crate::job::{Job, Outcome, Purpose};
use crate::library;
use crate::progress::Silent;
use crate::runner::{self, RunSettings};
use crate::stats;
use exoderm_ledger::{Evidence, Ledger};
use exoderm_model::scenario::{ArmKind, Scenario};
use exoderm_units::significant;
use serde::Deserialize;
use std::sync::Arc;

pub(super) const CASES: &[Case] = &[Case {
    name: "directions",
    group: "tissue",
    title: "published directions of effects on wounds, four tissues each (1 up, -1 down, 0 not told from nothing)",
    source: "data/directions.toml, with the source of each; S028: 80 % reproduced, all misses listed",
    length: Length::Long,
    run: directions,
}];

const TABLE: &str = include_str!("../../../../data/directions.toml");
const STUDIES: &str = include_str!("../../../../data/studies/clinical_studies.csv");
/// Tissues of each setting.
const TISSUES: u32 = 4;
/// Share of effects to be reproduced (S028).
const SHARE: f64 = 0.8;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    setting: Vec<Setting>,
    effect: Vec<Effect>,
}

/// A scenario that is run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Setting {
    name: String,
    scenario: String,
    arm: String,
    #[serde(default)]
    sets: Vec<String>,
}

/// A published direction.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Effect {
    id: String,
    what: String,
    of: String,
    against: String,
    reading: String,
    days: Option<[f64; 2]>,
    against_days: Option<[f64; 2]>,
    sign: Sign,
    sources: Vec<String>,
    evidence: String,
    standing: Standing,
    #[serde(default)]
    note: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sign {
    Up,
    Down,
    Ns,
}

impl Sign {
    fn number(self) -> f64 {
        match self {
            Self::Up => 1.0,
            Self::Down => -1.0,
            Self::Ns => 0.0,
        }
    }

    /// Where the interval of the mean lies; `None` for fewer than two values, or one that is no number.
    fn of(differences: &[f64]) -> Option<Self> {
        let e = stats::estimate(differences)?;
        Some(match (e.low?, e.high?) {
            (low, _) if low > 0.0 => Self::Up,
            (_, high) if high < 0.0 => Self::Down,
            _ => Self::Ns,
        })
    }
}

/// How independent an agreement would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Standing {
    Fitted,
    Imposed,
    Free,
}

impl Standing {
    fn text(self) -> &'static str {
        match self {
            Self::Fitted => "fitted",
            Self::Imposed => "imposed",
            Self::Free => "free",
        }
    }
}

/// What is read off a run.
enum Reading {
    Endpoint(usize),
    Closed,
    Substrate(usize),
    Cells(usize),
}

impl Reading {
    fn parse(text: &str, s: &Scenario) -> Result<Self, Failure> {
        let (kind, name) = text.split_once(':').unwrap_or((text, ""));
        let found = match kind {
            "endpoint" => s.endpoints.iter().position(|e| e.name == name).map(Self::Endpoint),
            "closed" => Some(Self::Closed),
            "substrate" => s.substrates.iter().position(|e| e.name == name).map(Self::Substrate),
            "cells" => s.cells.iter().position(|e| e.name == name).map(Self::Cells),
            _ => None,
        };
        found.ok_or_else(|| format!("`{}` has no reading `{text}`", s.name).into())
    }

    /// The value of one tissue; not a number where there is none.
    fn of(&self, s: &Scenario, o: &Outcome, days: Option<[f64; 2]>) -> f64 {
        let mean = |f: &dyn Fn(&exoderm_tissue::observe::Row) -> f64| {
            let Some([from, to]) = days else { return f64::NAN };
            let inside = |t: f64| t >= from * DAY - 1e-6 && t <= to * DAY + 1e-6;
            let values: Vec<f64> = o.series.iter().filter(|r| inside(r.time)).map(f).collect();
            values.iter().sum::<f64>() / values.len() as f64
        };
        match *self {
            Self::Endpoint(i) => endpoints::read(s, &s.endpoints[i], o).value().unwrap_or(f64::NAN),
            Self::Closed => mean(&|r| r.closed),
            Self::Substrate(i) => mean(&|r| r.substrates[i]),
            Self::Cells(i) => mean(&|r| f64::from(r.in_wound[i])),
        }
    }
}

/// A setting, compiled, and its outcomes by tissue.
struct Ran {
    scenario: Arc<Scenario>,
    arm: ArmKind,
    outcomes: Vec<Outcome>,
}

fn read_table() -> Result<Table, Failure> {
    Ok(toml::from_str(TABLE)?)
}

fn compile(setting: &Setting) -> Result<Ran, Failure> {
    let scenario = Arc::new(library::compile(&library::find(&setting.scenario)?, &setting.sets)?);
    let arm = scenario.arms.iter().find(|a| a.name == setting.arm).map(|a| a.kind);
    let arm = arm.ok_or_else(|| format!("`{}` has no arm `{}`", setting.scenario, setting.arm))?;
    Ok(Ran { scenario, arm, outcomes: Vec::new() })
}

/// Whether a source is in the ledger, the targets or the table of studies.
fn resolves(source: &str) -> bool {
    if let Some(key) = source.strip_prefix('@') {
        return Ledger::builtin().get(key).is_some();
    }
    exoderm_ledger::targets::target(source).is_some()
        || STUDIES.lines().skip(1).any(|l| l.split(',').next() == Some(source))
}

fn check(table: &Table) -> Result<(), Failure> {
    for e in &table.effect {
        if let Some(lost) = e.sources.iter().find(|s| !resolves(s)) {
            return Err(format!("effect `{}`: no source `{lost}`", e.id).into());
        }
        if e.sources.is_empty() || Evidence::from_word(&e.evidence).is_none() {
            return Err(format!("effect `{}` lacks a source or a kind of evidence", e.id).into());
        }
    }
    Ok(())
}

/// Differences of an effect, tissue by tissue.
fn differences(e: &Effect, of: &Ran, against: &Ran) -> Result<Vec<f64>, Failure> {
    let a = Reading::parse(&e.reading, &of.scenario)?;
    let b = Reading::parse(&e.reading, &against.scenario)?;
    Ok(of
        .outcomes
        .iter()
        .zip(&against.outcomes)
        .map(|(x, y)| a.of(&of.scenario, x, e.days) - b.of(&against.scenario, y, e.against_days.or(e.days)))
        .collect())
}

/// One row an effect, then the share.
fn judge(effects: &[Effect], found: &[Vec<f64>]) -> Vec<Row> {
    let mut rows: Vec<Row> = effects
        .iter()
        .zip(found)
        .map(|(e, d)| {
            let n = |x: f64| significant(x, 2);
            let size = match stats::estimate(d) {
                Some(s) => match (s.low, s.high) {
                    (Some(low), Some(high)) => format!("{} ({} to {})", n(s.mean), n(low), n(high)),
                    _ => n(s.mean),
                },
                None => "not reached".into(),
            };
            let note = if e.note.is_empty() { String::new() } else { format!("; {}", e.note) };
            let text = format!(
                "{}: {} [{}, {}; {}{note}]: {size}",
                e.id,
                e.what,
                e.evidence,
                e.standing.text(),
                e.sources.join(" ")
            );
            Row::direction(text, e.sign.number(), Sign::of(d).map(Sign::number))
        })
        .collect();
    let share = |keep: &dyn Fn(&Effect) -> bool| {
        let held: Vec<bool> =
            effects.iter().zip(&rows).filter(|(e, _)| keep(e)).map(|(_, r)| r.pass).collect();
        held.iter().filter(|p| **p).count() as f64 / held.len() as f64
    };
    let all = share(&|_| true);
    let unfitted = share(&|e| e.standing != Standing::Fitted);
    let free = share(&|e| e.standing == Standing::Free);
    rows.push(Row::at_least(
        format!(
            "share reproduced (without fitted ones {}, free ones {})",
            significant(unfitted, 2),
            significant(free, 2)
        ),
        SHARE,
        all,
    ));
    rows
}

fn run_all(table: &Table) -> Result<Vec<Ran>, Failure> {
    let mut ran = table.setting.iter().map(compile).collect::<Result<Vec<_>, _>>()?;
    let jobs: Vec<Job> = table
        .setting
        .iter()
        .zip(&ran)
        .flat_map(|(setting, r)| {
            (0..TISSUES).map(|replicate| Job {
                id: format!("{}-r{replicate}", setting.name),
                purpose: Purpose::Main,
                scenario: Arc::clone(&r.scenario),
                arm: r.arm,
                arm_name: setting.arm.clone(),
                replicate,
            })
        })
        .collect();
    let seed = ran.first().ok_or("no setting")?.scenario.seed;
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut outcomes = runner::run(&jobs, &RunSettings::new(seed, threads), &Silent)?;
    if outcomes.len() != jobs.len() {
        return Err(Box::new(StudyError::Fault("a tissue of the directions was not run".into())));
    }
    for r in ran.iter_mut().rev() {
        r.outcomes = outcomes.split_off(outcomes.len() - TISSUES as usize);
    }
    Ok(ran)
}

fn directions() -> Rows {
    let table = read_table()?;
    check(&table)?;
    let ran = run_all(&table)?;
    let by_name = |name: &str| {
        let i = table.setting.iter().position(|s| s.name == name);
        i.map(|i| &ran[i]).ok_or_else(|| Failure::from(format!("there is no setting `{name}`")))
    };
    let found = table
        .effect
        .iter()
        .map(|e| differences(e, by_name(&e.of)?, by_name(&e.against)?))
        .collect::<Result<Vec<_>, Failure>>()?;
    Ok(judge(&table.effect, &found))
}

#[cfg(test)]
#[path = "directions/tests.rs"]
mod tests;
