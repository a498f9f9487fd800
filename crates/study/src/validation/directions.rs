//! Published directions (`data/directions.toml`): which way a change moved something, and whether the model moves it likewise.
//!
//! Every setting is run on the same tissues (seeds), so that two settings are compared tissue by tissue; the 95 % interval of the
//! mean difference (Student's t) lies above zero (up), below (down) or holds it (ns). That one rule serves all three published
//! signs and is what S028 counts: an effect in the right direction that tissues do not agree on counts as no effect. How many
//! means point the published way, told from chance or not, is counted beside it and judged by nobody. The table says how its
//! rows were chosen; misses are told row by row, and the share of effects reproduced is what passes or fails.
//!
//! Settings that come to the same tissue at day 0 share its burn-in ([`crate::burn_in::key`]): arms, doses and routes of one
//! skin do, a healthy mouse and a diabetic one do not.

mod table;

use super::{Case, Length, Row, Rows, Run, Tissues};
use crate::endpoints::{self, DAY};
use crate::error::StudyError;
use crate::job::{Job, Outcome, Purpose};
use crate::library;
use crate::runner::{self, RunSettings};
use crate::stats;
use exoderm_model::scenario::{ArmKind, Scenario};
use exoderm_units::significant;
use std::sync::Arc;
use table::{Effect, Setting, Sign, Standing, Table};

pub(super) const CASES: &[Case] = &[Case {
    name: "directions",
    group: "tissue",
    title: "published directions of effects on wounds (1 up, -1 down, 0 not told from nothing)",
    source: "data/directions.toml, with the source of each; S028: 80 % reproduced, all misses listed",
    length: Length::Long,
    run: Run::OverTissues { usual: 10, run: directions },
}];

/// Share of effects to be reproduced (S028).
const SHARE: f64 = 0.8;

type Failure = Box<dyn std::error::Error + Send + Sync>;

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

fn compile(setting: &Setting) -> Result<Ran, Failure> {
    let mut scenario = library::compile(&library::find(&setting.scenario)?, &setting.sets)?;
    // Only the series is read.
    scenario.recording.snapshots.clear();
    let arm = scenario.arms.iter().find(|a| a.name == setting.arm).map(|a| a.kind);
    let arm = arm.ok_or_else(|| format!("`{}` has no arm `{}`", setting.scenario, setting.arm))?;
    Ok(Ran { scenario: Arc::new(scenario), arm, outcomes: Vec::new() })
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

/// Whether the mean lies on the published side; never where nothing was published to move.
fn points(sign: Sign, differences: &[f64]) -> bool {
    stats::estimate(differences).is_some_and(|e| e.mean * sign.number() > 0.0)
}

/// One row an effect.
fn row(e: &Effect, differences: &[f64]) -> Row {
    let n = |x: f64| significant(x, 2);
    let size = match stats::estimate(differences) {
        Some(s) => match (s.low, s.high) {
            (Some(low), Some(high)) => format!("{} ({} to {})", n(s.mean), n(low), n(high)),
            _ => n(s.mean),
        },
        None => "not reached".into(),
    };
    let found = Sign::of(differences);
    let weak = found != Some(e.sign) && points(e.sign, differences);
    let text = format!(
        "{}: {} [{}, {}; {}{}]: {size}{}",
        e.id,
        e.what,
        e.evidence,
        e.standing.text(),
        e.sources.join(" "),
        if e.note.is_empty() { String::new() } else { format!("; {}", e.note) },
        if weak { ", points that way" } else { "" },
    );
    Row::direction(text, e.sign.number(), found.map(Sign::number))
}

/// One row an effect, then the share that S028 counts, then how many means point the published way.
fn judge(effects: &[Effect], found: &[Vec<f64>], tissues: u32) -> Vec<Row> {
    let mut rows: Vec<Row> = effects.iter().zip(found).map(|(e, d)| row(e, d)).collect();
    let held = |keep: &dyn Fn(&Effect) -> bool| {
        let held: Vec<bool> =
            effects.iter().zip(&rows).filter(|(e, _)| keep(e)).map(|(_, r)| r.pass).collect();
        (held.iter().filter(|p| **p).count(), held.len())
    };
    let share = |(held, of): (usize, usize)| held as f64 / of as f64;
    let all = held(&|_| true);
    let part = |(held, of)| format!("{held} of {of}");
    let strict = Row::at_least(
        format!(
            "share told from chance as published, {tissues} tissues a setting ({}; without fitted ones {}, free ones {}): what S028 counts",
            part(all),
            part(held(&|e| e.standing != Standing::Fitted)),
            part(held(&|e| e.standing == Standing::Free)),
        ),
        SHARE,
        share(all),
    );
    let way: Vec<bool> = effects
        .iter()
        .zip(found)
        .filter(|(e, _)| e.sign != Sign::Ns)
        .map(|(e, d)| points(e.sign, d))
        .collect();
    rows.push(strict);
    rows.push(Row::count(
        "effects published as up or down whose mean points that way, told from chance or not: not what S028 counts",
        way.len() as f64,
        way.iter().filter(|p| **p).count() as f64,
    ));
    rows
}

fn run_all(table: &Table, tissues: &Tissues<'_>) -> Result<Vec<Ran>, Failure> {
    let mut ran = table.setting.iter().map(compile).collect::<Result<Vec<_>, _>>()?;
    let jobs: Vec<Job> = table
        .setting
        .iter()
        .zip(&ran)
        .flat_map(|(setting, r)| {
            (0..tissues.replicates).map(|replicate| Job {
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
    let settings = RunSettings { burn_ins: Arc::clone(&tissues.burn_ins), ..RunSettings::new(seed, threads) };
    tissues.progress.started("directions", jobs.len());
    let mut outcomes = runner::run(&jobs, &settings, tissues.progress)?;
    tissues.progress.finished();
    if outcomes.len() != jobs.len() {
        return Err(Box::new(StudyError::Fault("a tissue of the directions was not run".into())));
    }
    for r in ran.iter_mut().rev() {
        r.outcomes = outcomes.split_off(outcomes.len() - tissues.replicates as usize);
    }
    Ok(ran)
}

fn directions(tissues: &Tissues<'_>) -> Rows {
    let table = table::read()?;
    table::check(&table)?;
    let ran = run_all(&table, tissues)?;
    let by_name = |name: &str| {
        let i = table.setting.iter().position(|s| s.name == name);
        i.map(|i| &ran[i]).ok_or_else(|| Failure::from(format!("there is no setting `{name}`")))
    };
    let found = table
        .effect
        .iter()
        .map(|e| differences(e, by_name(&e.of)?, by_name(&e.against)?))
        .collect::<Result<Vec<_>, Failure>>()?;
    Ok(judge(&table.effect, &found, tissues.replicates))
}

#[cfg(test)]
#[path = "directions/tests.rs"]
mod tests;
