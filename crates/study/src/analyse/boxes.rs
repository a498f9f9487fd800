//! What a run in a general box gives: where its vesicles are, as shares of those made.

use super::Study;
use crate::endpoints::{DAY, row_at};
use crate::job::{Outcome, Purpose};
use crate::results::{Course, CourseLine, CoursePoint};
use crate::stats::{estimate, within};
use exoderm_model::scenario::{Scenario, Tissue, TissueBox};
use exoderm_tissue::observe::Row;
use exoderm_units::significant;

/// The line that makes shares add up to all vesicles.
const DRAWN: &str = "expected − drawn uptake";
/// Share of the vesicles made that is rounding.
const ROUNDING: f64 = 1e-9;

/// The box of a scenario.
pub(crate) fn model(s: &Scenario) -> Option<&TissueBox> {
    match &s.tissue {
        Tissue::Box(b) => Some(b),
        Tissue::Skin(_) => None,
    }
}

/// A place, whether what is there counts as caught, and how many vesicles of population `p` a row has there.
type Place = (String, bool, Box<dyn Fn(&Row, usize) -> f64>);

fn places(b: &TissueBox) -> Vec<Place> {
    let spheres = b.absorbers.len();
    let mut list: Vec<Place> = Vec::new();
    for (k, a) in b.absorbers.iter().enumerate() {
        let of = move |r: &Row, p: usize| r.caught.get(p * spheres + k).copied().unwrap_or(0.0);
        list.push((format!("caught by {}", a.name), true, Box::new(of)));
    }
    let of = |f: fn(&exoderm_tissue::observe::VesicleRow) -> f64| {
        Box::new(move |r: &Row, p: usize| r.vesicles.get(p).map_or(0.0, f)) as Box<dyn Fn(&Row, usize) -> f64>
    };
    list.push(("taken by cells".to_owned(), true, of(|v| v.taken)));
    list.push(("free in the box".to_owned(), false, of(|v| v.free)));
    list.push(("bound to matrix".to_owned(), false, of(|v| v.bound)));
    list.push(("lost on the way".to_owned(), false, of(|v| v.lost)));
    list.push(("left the box".to_owned(), false, of(|v| v.left)));
    list
}

/// Per cent of the vesicles made, of all populations, that spheres and cells have by the end of a run.
pub(crate) fn caught_share(s: &Scenario, o: &Outcome) -> Option<f64> {
    let (b, row) = (model(s)?, o.series.last()?);
    let places = places(b);
    let (mut caught, mut made) = (0.0, 0.0);
    for p in 0..s.vesicles.len() {
        made += row.vesicles[p].made;
        caught += places.iter().filter(|x| x.1).map(|x| (x.2)(row, p)).sum::<f64>();
    }
    (made > 0.0).then(|| 100.0 * caught / made)
}

/// A unit in which the times of a run are short numbers, and how many minutes it has.
pub(crate) fn time_unit(horizon: f64) -> (&'static str, f64) {
    match horizon {
        h if h < 5.0 => ("s", 1.0 / 60.0),
        h if h < 180.0 => ("min", 1.0),
        h if h < 3.0 * DAY => ("h", 60.0),
        _ => ("d", DAY),
    }
}

/// The course of a box; `None` in skin.
pub(super) fn course(study: &Study<'_>) -> Option<Course> {
    let s = study.scenario;
    let b = model(s)?;
    let (unit, minutes) = time_unit(s.horizon);
    let mut lines = Vec::new();
    for arm in &s.arms {
        let runs = study.of(&arm.name, &Purpose::Main);
        let Some(longest) = runs.iter().max_by(|x, y| x.reached.total_cmp(&y.reached)) else { continue };
        let times: Vec<f64> = longest.series.iter().map(|r| r.time).collect();
        for (p, population) in s.vesicles.iter().enumerate() {
            let mut list = places(b);
            // Uptake is drawn vesicle by vesicle, what is left free goes down as expected: the rest is what the draws took beyond
            // (or short of) their expectation.
            let counted = places(b);
            list.push((
                DRAWN.to_owned(),
                false,
                Box::new(move |r: &Row, p: usize| {
                    let made = r.vesicles.get(p).map_or(0.0, |v| v.made);
                    let rest = made - counted.iter().map(|x| (x.2)(r, p)).sum::<f64>();
                    if rest.abs() > ROUNDING * made { rest } else { 0.0 }
                }),
            ));
            for (name, caught, of) in list {
                let share = |o: &Outcome, t: f64| {
                    let row = row_at(&o.series, t)?;
                    let made = row.vesicles[p].made;
                    (made > 0.0).then(|| 100.0 * of(row, p) / made)
                };
                let points: Vec<CoursePoint> = times
                    .iter()
                    .filter_map(|&t| {
                        let values: Vec<f64> = runs
                            .iter()
                            .filter(|o| o.reached >= t - 1e-6)
                            .filter_map(|o| share(o, t))
                            .collect();
                        let share = estimate(&values)?;
                        let share = if name == DRAWN { share } else { within(share, [0.0, 100.0], &values) };
                        Some(CoursePoint { time: t / minutes, share })
                    })
                    .collect();
                if points.iter().all(|x| x.share.mean == 0.0) {
                    continue;
                }
                let made: Vec<f64> =
                    runs.iter().filter_map(|o| o.series.last()).map(|r| r.vesicles[p].made).collect();
                lines.push(CourseLine {
                    arm: arm.name.clone(),
                    population: population.name.clone(),
                    place: name,
                    caught,
                    made: estimate(&made).map_or(0.0, |e| e.mean),
                    points,
                });
            }
        }
    }
    Some(Course {
        resolution: s.transport.resolution.word().to_owned(),
        unit: unit.to_owned(),
        horizon: s.horizon / minutes,
        lines,
    })
}

/// A number with a true minus sign.
fn plain(x: f64) -> String {
    significant(x, 3).replace('-', "\u{2212}")
}

/// What a box's run gave, in a sentence.
pub(super) fn answer(course: &Course) -> String {
    let Some(first) = course.lines.first() else {
        return "No vesicle was released in this run.".to_owned();
    };
    let same = |l: &&CourseLine| l.arm == first.arm && l.population == first.population;
    let said: Vec<String> = course
        .lines
        .iter()
        .filter(same)
        .filter(|l| l.place != DRAWN)
        .filter_map(|l| {
            let e = l.points.last()?.share;
            let interval = match (e.low, e.high) {
                (Some(a), Some(b)) => format!(" ({} to {})", plain(a), plain(b)),
                _ => String::new(),
            };
            Some(format!("{} % {}{interval}", plain(e.mean), l.place))
        })
        .collect();
    let time = first.points.last().map_or(0.0, |p| p.time);
    let runs = first.points.last().map_or(1, |p| p.share.n);
    format!(
        "Of {} vesicles ({}) there are after {} {}: {}{}.",
        first.made.round(),
        first.population,
        significant(time, 3),
        course.unit,
        said.join(", "),
        if runs > 1 { format!(" (mean over {runs} simulated boxes, 95 % interval)") } else { String::new() }
    )
}
