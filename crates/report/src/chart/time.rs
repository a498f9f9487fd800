//! Lines over days with interval bands and direct labels.

use super::Look;
use crate::format::number;
use crate::svg::{NARROW, Scale, both, frame, line, marker, polyline, px, round_range, spread, text};
use maud::{Markup, html};

/// One line.
pub(crate) struct Line {
    pub(crate) label: String,
    pub(crate) look: Look,
    pub(crate) points: Vec<Point>,
}

/// One point of a line.
#[derive(Clone, Copy)]
pub(crate) struct Point {
    pub(crate) day: f64,
    pub(crate) value: f64,
    /// Interval, where there is one.
    pub(crate) band: Option<[f64; 2]>,
}

/// What the axes and the readers of the page are told.
pub(crate) struct Axes<'a> {
    pub(crate) title: &'a str,
    pub(crate) description: String,
    /// Above the vertical axis.
    pub(crate) vertical: &'a str,
    /// The natural ends of the quantity; passed only by values beyond them.
    pub(crate) natural: [f64; 2],
    /// Last day of the horizontal axis.
    pub(crate) last_day: f64,
    /// Unit of the horizontal axis.
    pub(crate) unit: &'a str,
}

/// Draws the chart at both widths; `None` if no point can be drawn.
pub(crate) fn chart(lines: &[Line], axes: &Axes<'_>) -> Option<Markup> {
    let drawable = |p: &Point| p.day.is_finite() && p.value.is_finite();
    lines.iter().flat_map(|l| &l.points).any(drawable).then(|| both(|width| draw(width, lines, axes)))
}

fn draw(width: f64, lines: &[Line], axes: &Axes<'_>) -> Markup {
    let narrow = width <= NARROW;
    let (height, left) = if narrow { (290.0, 34.0) } else { (380.0, 44.0) };
    let longest = lines.iter().map(|l| l.label.chars().count()).max().unwrap_or(0) as f64;
    let right = (longest * 7.4 + 24.0).min(width * 0.36);
    let (top, bottom) = (30.0, 40.0);
    let points = || lines.iter().flat_map(|l| &l.points);
    let last = points().map(|p| p.day).filter(|d| d.is_finite()).fold(axes.last_day.max(0.0), f64::max);
    let first = points().map(|p| p.day).filter(|d| d.is_finite()).fold(0.0, f64::min);
    let x = Scale::linear([first, last], [left, width - right]);
    let y = Scale::linear(vertical_range(lines, axes.natural), [height - bottom, top]);
    let ends: Vec<(usize, f64, f64)> =
        lines.iter().enumerate().filter_map(|(i, l)| end(l, i, &x, &y)).collect();
    let wanted: Vec<f64> = ends.iter().map(|e| e.2).collect();
    let places = spread(&wanted, 17.0, [top, height - bottom]);
    let inside = html! {
        (text("axis", 0.0, 13.0, axes.vertical))
        @for tick in y.ticks(5) {
            @if let Some(at) = y.at(tick) {
                (line("grid", left, at, width - right, at))
                (text("axis end", left - 9.0, at + 4.0, &number(tick)))
            }
        }
        @for tick in x.ticks(if narrow { 5 } else { 8 }) {
            @if let Some(at) = x.at(tick) {
                (line("grid tick", at, height - bottom, at, height - bottom + 5.0))
                (text("axis mid", at, height - bottom + 19.0, &number(tick)))
            }
        }
        (text("axis mid", (left + width - right) / 2.0, height - 3.0, axes.unit))
        @for l in lines {
            @let edge = band(l, &x, &y);
            @if !edge.is_empty() { path class={ "band " (l.look.class) } d=(edge) {} }
        }
        @for l in lines {
            g class={ "series " (l.look.class) } {
                path class="stroke" d=(polyline(l.points.iter().map(|p| Some((x.at(p.day)?, y.at(p.value)?))))) {}
                @for (px, py) in marks(l, &x, &y) { (marker(l.look.shape, px, py, 3.6)) }
            }
        }
        @for ((i, end_x, end_y), place) in ends.iter().zip(&places) {
            @let l = &lines[*i];
            path class={ "leader " (l.look.class) } d=(polyline([Some((end_x + 5.0, *end_y)), Some((width - right + 11.0, *place))])) {}
            text class={ "label " (l.look.class) } x=(px(width - right + 14.0)) y=(px(place + 4.0)) { (fitting(&l.label, right - 14.0)) }
        }
    };
    frame(width, height, axes.title, &axes.description, inside)
}

/// A label, cut where it would run out of `room` (px).
fn fitting(label: &str, room: f64) -> String {
    let most = (room / 7.4) as usize;
    if label.chars().count() <= most {
        return label.to_owned();
    }
    let start: String = label.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", start.trim_end())
}

/// From zero to the highest value, at round ends; below zero only if a mean lies there, not for a band that strays.
fn vertical_range(lines: &[Line], most: [f64; 2]) -> [f64; 2] {
    let points = || lines.iter().flat_map(|l| &l.points);
    let means = points().map(|p| p.value).filter(|v| v.is_finite());
    let lowest = means.fold(0.0, f64::min);
    let tops = points().flat_map(|p| [p.value, p.band.map_or(p.value, |b| b[1])]).filter(|v| v.is_finite());
    let highest = tops.fold(f64::NEG_INFINITY, f64::max);
    let [low, high] = round_range([lowest, highest.max(lowest)]);
    // The margin of the round range must not put values below an honest zero, or above all there can be.
    let low = if lowest >= -0.02 * highest.abs() { most[0] } else { low };
    [low, if highest <= most[1] { high.min(most[1]) } else { high }]
}

/// The last drawable point of a line.
fn end(l: &Line, index: usize, x: &Scale, y: &Scale) -> Option<(usize, f64, f64)> {
    l.points.iter().rev().find_map(|p| Some((index, x.at(p.day)?, y.at(p.value)?)))
}

/// Outline of the interval band.
fn band(l: &Line, x: &Scale, y: &Scale) -> String {
    let edge = |which: usize| {
        l.points.iter().filter_map(move |p| {
            let band = p.band?;
            Some((x.at(p.day)?, y.at(band[0]).and(y.at(band[which]))?))
        })
    };
    let low: Vec<(f64, f64)> = edge(0).collect();
    if low.len() < 2 {
        return String::new();
    }
    let mut high: Vec<(f64, f64)> = edge(1).collect();
    high.reverse();
    polyline(low.into_iter().chain(high).map(Some)) + "Z"
}

/// Where markers sit: about eight of them, and the last point.
fn marks(l: &Line, x: &Scale, y: &Scale) -> Vec<(f64, f64)> {
    let all: Vec<(f64, f64)> = l.points.iter().filter_map(|p| Some((x.at(p.day)?, y.at(p.value)?))).collect();
    let every = all.len().div_ceil(8).max(1);
    let last = all.len().saturating_sub(1);
    all.iter().enumerate().filter(|(i, _)| (last - i).is_multiple_of(every)).map(|(_, p)| *p).collect()
}
