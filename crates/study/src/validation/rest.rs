//! Skin that nothing disturbs, for a year (S031).

use super::{Case, Length, Row, Rows, Run};
use crate::job::{Job, Outcome, Purpose};
use crate::library::{self, ScenarioText};
use crate::progress::Silent;
use crate::runner::{self, RunSettings};
use exoderm_model::scenario::{ArmKind, Density, FateTrigger, Scenario, Tissue as TissueModel};
use exoderm_tissue::observe::Row as Record;
use std::sync::Arc;

pub(super) const CASES: &[Case] = &[Case {
    name: "year-at-rest",
    group: "tissue",
    title: "unwounded mouse skin whose residents keep their number, over a year, and after two weeks of faster division",
    source: "S031: thickness, turnover and barrier drift by less than 2 %; what was disturbed returns",
    length: Length::Long,
    run: Run::Alone(year),
}];

/// Tissues a year and a disturbance are run on: 6 mm of skin each, since numbers of cells are what limits a judgement to 2 %.
const TISSUES: u32 = 2;
const DAY: f64 = 1440.0;

fn tissues(sets: &[&str]) -> Result<(Arc<Scenario>, Vec<Outcome>), crate::error::StudyError> {
    let text = include_str!("year_at_rest.toml");
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    let scenario = Arc::new(library::compile(&ScenarioText::new("year_at_rest.toml", text), &sets)?);
    let jobs: Vec<Job> = (0..TISSUES)
        .map(|replicate| Job {
            id: format!("untreated-r{replicate}"),
            purpose: Purpose::Main,
            scenario: Arc::clone(&scenario),
            arm: ArmKind::Untreated,
            arm_name: "untreated".into(),
            replicate,
        })
        .collect();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let outcomes = runner::run(&jobs, &RunSettings::new(scenario.seed, threads), &Silent)?;
    Ok((scenario, outcomes))
}

/// Mean over tissues of what is read off the rows, by time (d).
fn course(outcomes: &[Outcome], read: impl Fn(&Record) -> f64) -> Vec<(f64, f64)> {
    let rows = outcomes.iter().map(|o| o.series.len()).min().unwrap_or(0);
    let share = 1.0 / outcomes.len() as f64;
    (0..rows)
        .map(|k| {
            let time = outcomes[0].series[k].time / DAY;
            (time, share * outcomes.iter().map(|o| read(&o.series[k])).sum::<f64>())
        })
        .collect()
}

fn mean(course: &[(f64, f64)]) -> f64 {
    course.iter().map(|p| p.1).sum::<f64>() / course.len() as f64
}

/// Start and end of the straight line through a course (least squares).
fn line(course: &[(f64, f64)]) -> (f64, f64) {
    let (n, y) = (course.len() as f64, mean(course));
    let t = course.iter().map(|p| p.0).sum::<f64>() / n;
    let (mut above, mut below) = (0.0, 0.0);
    for p in course {
        above += (p.0 - t) * (p.1 - y);
        below += (p.0 - t) * (p.0 - t);
    }
    let slope = above / below;
    (y + slope * (course[0].0 - t), y + slope * (course[course.len() - 1].0 - t))
}

/// Cells of a type that a tissue starts with.
fn at_start(scenario: &Scenario, kind: usize) -> f64 {
    let TissueModel::Skin(skin) = &scenario.tissue else { return 0.0 };
    let area = skin.width * skin.voxel;
    skin.density
        .iter()
        .filter(|(cell, _)| cell.0 == kind)
        .map(|(_, d)| match d {
            Density::PerArea(n) => n * area,
            Density::PerVolume(n) => n * area * skin.dermis,
        })
        .sum()
}

fn year() -> Rows {
    let (scenario, outcomes) = tissues(&[])?;
    let kind = |name: &str| scenario.cells.iter().position(|c| c.name == name).ok_or("no such cell type");
    let living = ["kc_stem", "kc_ta", "kc_spinous", "kc_granular"].map(kind);
    let living = living.into_iter().collect::<Result<Vec<_>, _>>()?;
    let corneocyte = kind("corneocyte")?;
    let residence = scenario.cells[corneocyte]
        .fates
        .iter()
        .find_map(|f| if let FateTrigger::Age(mean) = f.trigger { Some(mean / DAY) } else { None })
        .ok_or("corneocytes are not shed by age")?;
    let corneal = |r: &Record| f64::from(r.cells[corneocyte]);
    let thickness = course(&outcomes, |r| r.epidermal_thickness);
    // What is shed is made: living cells over the production of the layer above them.
    let turnover = course(&outcomes, |r| {
        living.iter().map(|&k| f64::from(r.cells[k])).sum::<f64>() / corneal(r) * residence
    });
    // Water is lost through the stratum corneum by Fick's law: as one over its thickness, which goes with its cells.
    let loss = course(&outcomes, |r| 1.0 / corneal(r));
    let mut rows = Vec::new();
    for (what, course) in [
        ("thickness of the viable epidermis (um)", &thickness),
        ("turnover of the viable epidermis (d)", &turnover),
        ("water lost (1/corneocytes)", &loss),
    ] {
        let (start, end) = line(course);
        rows.push(Row::relative(
            format!("{what}: end of the year against its start, by the line through it"),
            start,
            end,
            0.02,
        ));
    }
    for name in ["fibroblast", "macrophage"] {
        let kind = kind(name)?;
        let all = course(&outcomes, |r| f64::from(r.cells[kind]));
        // A birth and death process held at n cells has a variance of n, and forgets in 1/rate.
        let start = f64::from(TISSUES) * at_start(&scenario, kind);
        let forgets = 1.0 / (scenario.cells[kind].division * DAY);
        let se = (start * 2.0 * forgets / 365.0).sqrt();
        rows.push(Row::errors(
            format!("{name}s on average, against their number at the start (both tissues)"),
            start,
            f64::from(TISSUES) * mean(&all),
            se,
            3.0,
        ));
    }
    let (_, disturbed) = tissues(&[
        "exposure.irritation.level=1",
        "run.horizon=\"150 d\"",
        "record.series=\"2 d\"",
        "endpoint.thickness.time=\"150 d\"",
    ])?;
    let after = course(&disturbed, |r| r.epidermal_thickness);
    let rest = mean(&thickness);
    let most = after.iter().fold(0.0_f64, |m, p| m.max(p.1));
    rows.push(Row::at_most(
        "thickness at rest over that at the height of the irritation",
        1.0 / 1.05,
        rest / most,
    ));
    let late: Vec<_> = after.into_iter().filter(|p| p.0 >= 100.0).collect();
    rows.push(Row::relative(
        "thickness 86 to 136 d after the irritation, against the year's mean (um)",
        rest,
        mean(&late),
        0.02,
    ));
    Ok(rows)
}
