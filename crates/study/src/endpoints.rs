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
        Measure::CollagenRatio => "1",
        Measure::CollagenContent | Measure::VesselDensity => "x intact",
        Measure::MacrophageScore => "0-1",
        Measure::PeakNeutrophils | Measure::MyofibroblastDensity => "cells/mm2",
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

/// Initial area of the modelled half of the wound (um²), 0 without one.
pub(crate) fn wound_area(scenario: &Scenario) -> f64 {
    radius_of(scenario) * thickness_of(scenario)
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

/// Speed of the front until closure or the last row (um/h): epithelium on the bed, contraction left out.
fn front_speed(series: &[Row]) -> Reading {
    let end = series.iter().find(|r| r.closed >= 100.0).or(series.last());
    match (series.first(), end) {
        (Some(a), Some(b)) if b.time > a.time => {
            // The bed's edge moves with contraction; what the cells crawled is the distance from it.
            let crawled = (b.edge - b.front).max(0.0) - (a.edge - a.front).max(0.0);
            Reading::Value(crawled / (b.time - a.time) * 60.0)
        }
        _ => Reading::Missing,
    }
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
