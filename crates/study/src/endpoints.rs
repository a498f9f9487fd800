//! Endpoints, read off the time series of a run.

use crate::job::Outcome;
use exoderm_model::scenario::{CellTypeId, Endpoint, Event, Measure, Place, Scenario, Tissue};
use exoderm_tissue::observe::Row;

/// Minutes of a day.
pub(crate) const DAY: f64 = 1440.0;

/// A value of an endpoint in one run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// A value in the endpoint's unit for people.
    Value(f64),
    /// Not reached within the horizon.
    Beyond,
    /// The run has not got that far, or the tissue has nothing to measure.
    Missing,
}

impl Reading {
    /// The value, if there is one.
    pub fn value(self) -> Option<f64> {
        match self {
            Self::Value(v) => Some(v),
            _ => None,
        }
    }
}

/// Unit for people of a measure.
pub fn unit(measure: Measure) -> &'static str {
    match measure {
        Measure::PercentClosed | Measure::MeanOpenArea => "%",
        Measure::ClosureTime | Measure::PeakNeutrophilTime | Measure::PeakMacrophageTime => "d",
        Measure::EpidermalThickness => "um",
        Measure::CollagenRatio | Measure::MacrophageScore => "",
        Measure::CollagenContent | Measure::VesselDensity => "x intact",
        Measure::PeakNeutrophils | Measure::MyofibroblastDensity => "cells/mm2 of section",
        Measure::FrontSpeed => "um/h",
        Measure::Delivered => "particles/cm2",
    }
}

/// Which way a measure is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The wound closes faster.
    More,
    /// Likewise.
    Less,
    /// A reading of the tissue that is neither good nor bad by itself.
    Neither,
}

/// Which way a measure is better.
pub fn better(measure: Measure) -> Better {
    match measure {
        Measure::PercentClosed | Measure::FrontSpeed => Better::More,
        Measure::MeanOpenArea | Measure::ClosureTime => Better::Less,
        Measure::EpidermalThickness
        | Measure::CollagenRatio
        | Measure::CollagenContent
        | Measure::VesselDensity
        | Measure::MacrophageScore
        | Measure::PeakNeutrophils
        | Measure::PeakNeutrophilTime
        | Measure::PeakMacrophageTime
        | Measure::MyofibroblastDensity
        | Measure::Delivered => Better::Neither,
    }
}

/// What a measure can be, in its unit for people.
pub(crate) fn bounds(measure: Measure) -> [f64; 2] {
    match measure {
        Measure::PercentClosed | Measure::MeanOpenArea => [0.0, 100.0],
        Measure::FrontSpeed | Measure::MacrophageScore => [f64::NEG_INFINITY, f64::INFINITY],
        _ => [0.0, f64::INFINITY],
    }
}

/// Unit of a difference of the measure.
pub fn difference_unit(measure: Measure) -> &'static str {
    match unit(measure) {
        "%" => "pp",
        u => u,
    }
}

/// Reads an endpoint off a run.
pub fn read(scenario: &Scenario, endpoint: &Endpoint, outcome: &Outcome) -> Reading {
    let series = &outcome.series;
    if series.is_empty() {
        return Reading::Missing;
    }
    let at = |time: Option<f64>| row_at(series, time.unwrap_or(scenario.horizon));
    let complete = outcome.reached >= endpoint.time.unwrap_or(scenario.horizon) - 1e-6;
    if !complete && endpoint.measure != Measure::ClosureTime {
        return Reading::Missing;
    }
    let value =
        |f: &dyn Fn(&Row) -> f64| at(endpoint.time).map_or(Reading::Missing, |r| Reading::Value(f(r)));
    let depth = depth_of(scenario);
    match endpoint.measure {
        Measure::PercentClosed => value(&|r| r.closed),
        Measure::MeanOpenArea => Reading::Value(mean_open(series)),
        Measure::ClosureTime => match series.iter().find(|r| r.closed >= 100.0) {
            Some(r) => Reading::Value(r.time / DAY),
            None if complete => Reading::Beyond,
            None => Reading::Missing,
        },
        Measure::EpidermalThickness => value(&|r| r.epidermal_thickness),
        Measure::CollagenRatio => value(&|r| r.collagen_ratio),
        Measure::CollagenContent => value(&|r| r.collagen_content),
        Measure::VesselDensity => vessel_density(scenario, series, at(endpoint.time)),
        Measure::MacrophageScore => value(&|r| r.macrophage_score),
        Measure::PeakNeutrophils => {
            peak(scenario, series, "neutrophil", depth).map_or(Reading::Missing, |p| Reading::Value(p.0))
        }
        Measure::PeakNeutrophilTime => {
            peak(scenario, series, "neutrophil", depth).map_or(Reading::Missing, |p| Reading::Value(p.1))
        }
        Measure::PeakMacrophageTime => {
            peak(scenario, series, "macrophage", depth).map_or(Reading::Missing, |p| Reading::Value(p.1))
        }
        Measure::FrontSpeed => front_speed(series),
        Measure::MyofibroblastDensity => at(endpoint.time).map_or(Reading::Missing, |r| {
            let n: u32 =
                scenario.cells.iter().zip(&r.in_wound).filter(|(c, _)| c.contractile).map(|(_, n)| n).sum();
            per_section(f64::from(n), r.edge, depth)
        }),
        Measure::Delivered => at(endpoint.time).map_or(Reading::Missing, |r| {
            let released: f64 = scenario
                .vesicles
                .iter()
                .zip(&r.vesicles)
                .filter(|(p, _)| !p.endogenous)
                .map(|(_, v)| v.released)
                .sum();
            let area = wound_area(scenario);
            if area > 0.0 { Reading::Value(released / area * 1e8) } else { Reading::Missing }
        }),
    }
}

/// The row at a time (the last one not after it).
pub(crate) fn row_at(series: &[Row], time: f64) -> Option<&Row> {
    series.iter().rev().find(|r| r.time <= time + 1e-6)
}

/// Area under the dressing (um²): the modelled half of the wound as it was cut or, without one, the strip of intact skin.
pub(crate) fn wound_area(scenario: &Scenario) -> f64 {
    let width = match (radius_of(scenario), &scenario.tissue) {
        (r, Tissue::Skin(strip)) if r <= 0.0 => scenario.mesh()[0] * strip.voxel,
        (r, _) => r,
    };
    width * thickness_of(scenario)
}

/// Radius of the wound (um), 0 without one.
pub(crate) fn radius_of(scenario: &Scenario) -> f64 {
    scenario
        .events
        .iter()
        .find_map(|e| match e {
            Event::Wound(w) => Some(w.radius),
            _ => None,
        })
        .unwrap_or(0.0)
}

/// Extent of the tissue across y (um).
pub(crate) fn thickness_of(scenario: &Scenario) -> f64 {
    match &scenario.tissue {
        Tissue::Skin(s) => s.voxel,
        Tissue::Box(b) => b.size[1],
    }
}

fn depth_of(scenario: &Scenario) -> f64 {
    match &scenario.tissue {
        Tissue::Skin(s) => s.dermis,
        Tissue::Box(b) => b.size[2],
    }
}

/// Cells per mm² of section, the section being as thick as the strip.
fn per_section(count: f64, width: f64, depth: f64) -> Reading {
    if width > 0.0 && depth > 0.0 { Reading::Value(count / (width * depth) * 1e6) } else { Reading::Missing }
}

/// Restricted mean open area: mean over time of 100 − closed (trapezoids).
fn mean_open(series: &[Row]) -> f64 {
    let (mut sum, mut span) = (0.0, 0.0);
    for w in series.windows(2) {
        let dt = w[1].time - w[0].time;
        sum += dt * (100.0 - 0.5 * (w[0].closed + w[1].closed));
        span += dt;
    }
    if span > 0.0 { sum / span } else { 100.0 - series[0].closed }
}

/// Rows that a regression of the front looks at, evenly spread; more would cost pairs and tell nothing new.
const FRONT_ROWS: usize = 256;

/// Speed of the front over the closing interval (um/h): epithelium on the bed, contraction left out.
///
/// The closing interval runs from the cut to the first row without open wound, or to the last row. What the cells crawled
/// is the distance of the front from the bed's edge, which moves with contraction. Its speed is the median of the slopes
/// of all pairs of rows (Theil 1950, Sen 1968), which a pore that throws the front back for some rows does not change.
fn front_speed(series: &[Row]) -> Reading {
    let Some(first) = series.iter().position(|r| r.edge > 0.0) else { return Reading::Missing };
    let last = series.iter().position(|r| r.closed >= 100.0).unwrap_or(series.len() - 1);
    let rows = series.get(first..=last).unwrap_or_default();
    let stride = rows.len().div_ceil(FRONT_ROWS).max(1);
    let points: Vec<(f64, f64)> =
        rows.iter().step_by(stride).map(|r| (r.time, (r.edge - r.front).max(0.0))).collect();
    let mut slopes: Vec<f64> = Vec::with_capacity(points.len() * points.len() / 2);
    for (i, a) in points.iter().enumerate() {
        slopes.extend(points[i + 1..].iter().filter(|b| b.0 > a.0).map(|b| (b.1 - a.1) / (b.0 - a.0)));
    }
    if slopes.is_empty() {
        return Reading::Missing;
    }
    slopes.sort_unstable_by(f64::total_cmp);
    Reading::Value(60.0 * crate::stats::quantile(&slopes, 0.5))
}

/// Highest number of a cell type in the wound (per mm² of section) and its time (d).
fn peak(scenario: &Scenario, series: &[Row], name: &str, depth: f64) -> Option<(f64, f64)> {
    let k = scenario.cells.iter().position(|c| c.name == name)?;
    let best = series.iter().filter(|r| r.edge > 0.0).max_by(|a, b| {
        (f64::from(a.in_wound[k]) / a.edge)
            .total_cmp(&(f64::from(b.in_wound[k]) / b.edge))
            .then(b.time.total_cmp(&a.time))
    })?;
    Some((per_section(f64::from(best.in_wound[k]), best.edge, depth).value()?, best.time / DAY))
}

/// Vessel cells per area of section in the wound, relative to the intact tissue beside it at day 0.
fn vessel_density(scenario: &Scenario, series: &[Row], row: Option<&Row>) -> Reading {
    let vessels: Vec<CellTypeId> =
        (0..scenario.cells.len()).map(CellTypeId).filter(|&k| scenario.cells[k.0].vessel).collect();
    let (Some(first), Some(row), Tissue::Skin(strip)) = (series.first(), row, &scenario.tissue) else {
        return Reading::Missing;
    };
    let count = |counts: &[u32]| vessels.iter().map(|k| f64::from(counts[k.0])).sum::<f64>();
    let intact =
        (count(&first.cells) - count(&first.in_wound)) / (strip.width - radius_of(scenario)).max(1.0);
    if intact <= 0.0 || row.edge <= 0.0 {
        return Reading::Missing;
    }
    Reading::Value(count(&row.in_wound) / row.edge / intact)
}

/// Cells that a product is meant to reach: those in the bed and its cover that take vesicles up and are not shed.
pub(crate) fn is_target(scenario: &Scenario, kind: usize) -> bool {
    let c = &scenario.cells[kind];
    c.vesicle_uptake.clearance > 0.0 && c.place != Place::Corneal
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wound of 1000 um whose front crawls `speed` um/h while its edge contracts, read every 6 h for `days`.
    fn closing(speed: f64, contraction: f64, days: u32) -> Vec<Row> {
        (0..=4 * days)
            .map(|k| {
                let hours = f64::from(k) * 6.0;
                let edge = 1000.0 - contraction * hours;
                let front = (edge - speed * hours).max(0.0);
                let q = front / 1000.0;
                Row { time: 60.0 * hours, edge, front, closed: 100.0 * (1.0 - q * q), ..Row::default() }
            })
            .collect()
    }

    fn speed(rows: &[Row]) -> f64 {
        front_speed(rows).value().unwrap()
    }

    /// Contraction does not count, nor what follows closure, nor rows before the cut.
    #[test]
    fn speed_is_that_of_crawling() {
        assert!((speed(&closing(5.0, 0.0, 7)) - 5.0).abs() < 1e-9);
        assert!((speed(&closing(3.0, 1.0, 7)) - 3.0).abs() < 1e-9);
        let mut rows = closing(10.0, 0.0, 14);
        assert!(rows.last().unwrap().closed >= 100.0);
        assert!((speed(&rows) - 10.0).abs() < 0.02 * 10.0);
        rows.iter_mut().for_each(|r| r.time += 1440.0);
        rows.insert(0, Row::default());
        assert!((speed(&rows) - 10.0).abs() < 0.02 * 10.0);
        assert_eq!(front_speed(&rows[..1]), Reading::Missing);
        assert_eq!(front_speed(&[]), Reading::Missing);
    }

    /// A pore behind the leading cells throws the front back to the edge for a day in the middle, and in the last rows:
    /// the speed stays, where a difference of two times would read nothing at all.
    #[test]
    fn pores_do_not_change_the_speed() {
        let clean = closing(5.0, 0.5, 7);
        let mut rows = clean.clone();
        let n = rows.len();
        for k in [9, 10, 11, 12, n - 2, n - 1] {
            rows[k].front = rows[k].edge;
        }
        let (a, b) = (&rows[0], &rows[n - 1]);
        assert_eq!((b.edge - b.front) - (a.edge - a.front), 0.0);
        assert!((speed(&rows) / speed(&clean) - 1.0).abs() < 0.05, "{}", speed(&rows));
    }

    /// A long recording is thinned, not refused.
    #[test]
    fn many_rows_are_thinned() {
        let mut rows = closing(0.5, 0.0, 14);
        rows = (0..5000).map(|k| rows[k * rows.len() / 5000].clone()).collect();
        assert!((speed(&rows) - 0.5).abs() < 0.01);
    }
}
