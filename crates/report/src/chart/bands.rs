//! Lines with bands over linear or logarithmic axes, and intervals by row.

use crate::format::{number, power_of_ten};
use crate::svg::{NARROW, Scale, decades, frame, line, lines, polyline, px, round_range, spread, text, wrap};
use maud::{Markup, html};

/// One line: points with low, middle and high.
pub(crate) struct Curve {
    pub(crate) label: String,
    /// Class that sets its colour and dash.
    pub(crate) class: &'static str,
    pub(crate) points: Vec<(f64, [f64; 3])>,
}

/// An axis.
pub(crate) struct Axis {
    pub(crate) label: String,
    pub(crate) log: bool,
    /// Least value shown on a logarithmic axis, as a part of the largest; on a linear one it starts at 0.
    pub(crate) depth: f64,
    /// Upper end, where the quantity has one.
    pub(crate) most: Option<f64>,
}

impl Axis {
    fn scale(&self, values: &[f64], to: [f64; 2]) -> Scale {
        let largest = values.iter().copied().filter(|v| v.is_finite()).fold(0.0, f64::max);
        if self.log {
            let shown = values.iter().copied().filter(|v| *v >= largest * self.depth);
            return Scale::decades(decades(shown), to);
        }
        Scale::linear([0.0, self.most.unwrap_or_else(|| round_range([0.0, largest])[1])], to)
    }
}

/// The chart at one width.
pub(crate) fn draw(
    width: f64,
    title: &str,
    description: &str,
    x: &Axis,
    y: &Axis,
    curves: &[Curve],
) -> Markup {
    let narrow = width <= NARROW;
    let (height, left, top, bottom) = (300.0, 52.0, 30.0, 40.0);
    let longest = curves.iter().map(|c| c.label.chars().count()).max().unwrap_or(0) as f64;
    let right = if curves.len() > 1 { (longest * 7.4 + 20.0).min(width * 0.36) } else { 14.0 };
    let xs: Vec<f64> = curves.iter().flat_map(|c| c.points.iter().map(|p| p.0)).collect();
    let ys: Vec<f64> = curves.iter().flat_map(|c| c.points.iter().flat_map(|p| p.1)).collect();
    let (sx, sy) = (x.scale(&xs, [left, width - right]), y.scale(&ys, [height - bottom, top]));
    let path = |c: &Curve, which: usize| {
        polyline(c.points.iter().map(|(at, v)| Some((sx.at(*at)?, sy.at(v[which])?))))
    };
    let ends: Vec<f64> = curves
        .iter()
        .map(|c| c.points.iter().rev().find_map(|p| sy.at(p.1[1])).unwrap_or(height - bottom))
        .collect();
    let places = spread(&ends, 17.0, [top, height - bottom]);
    let word = |axis: &Axis, tick: f64| if axis.log { power_of_ten(tick) } else { number(tick) };
    let inside = html! {
        (text("axis", 0.0, 13.0, &y.label))
        @for tick in sy.ticks(5) { @if let Some(at) = sy.at(tick) {
            (line("grid", left, at, width - right, at))
            (text("axis end", left - 6.0, at + 4.0, &word(y, tick)))
        } }
        @for tick in sx.ticks(if narrow { 4 } else { 8 }) { @if let Some(at) = sx.at(tick) {
            (text("axis mid", at, height - bottom + 17.0, &word(x, tick)))
        } }
        (text("axis mid", (left + width - right) / 2.0, height - 5.0, &x.label))
        @for (c, place) in curves.iter().zip(&places) {
            @let edge = outline(c, &sx, &sy);
            @if !edge.is_empty() { path class={ "band " (c.class) } d=(edge) {} }
            g class={ "series " (c.class) } { path class="stroke" d=(path(c, 1)) {} }
            @if curves.len() > 1 {
                text class={ "label " (c.class) } x=(px(width - right + 8.0)) y=(px(place + 4.0)) { (c.label) }
            }
        }
    };
    frame(width, height, title, description, inside)
}

/// Outline of the interval; what lies below a logarithmic axis is cut off at its end.
fn outline(c: &Curve, x: &Scale, y: &Scale) -> String {
    let floor = |v: f64| y.at(v.max(f64::MIN_POSITIVE));
    let low: Vec<_> = c.points.iter().filter_map(|(at, v)| Some((x.at(*at)?, floor(v[0])?))).collect();
    let mut high: Vec<_> = c.points.iter().filter_map(|(at, v)| Some((x.at(*at)?, floor(v[2])?))).collect();
    if low.len() < 2 {
        return String::new();
    }
    high.reverse();
    polyline(low.into_iter().chain(high).map(Some)) + "Z"
}

/// A row: label, low, middle, high.
pub(crate) struct Interval {
    pub(crate) label: String,
    pub(crate) values: [f64; 3],
}

/// Intervals by row over a linear axis, at one width.
pub(crate) fn intervals(
    width: f64,
    title: &str,
    description: &str,
    label: &str,
    rows: &[Interval],
) -> Markup {
    let (row_height, top, left) = (26.0, 12.0, if width <= NARROW { 84.0 } else { 130.0 });
    let height = top + row_height * rows.len() as f64 + 44.0;
    let base = height - 44.0;
    let most = rows.iter().flat_map(|r| r.values).filter(|v| v.is_finite()).fold(0.0, f64::max);
    let x = Scale::linear([0.0, round_range([0.0, most])[1]], [left, width - 14.0]);
    let at = |v: f64| x.at(v).unwrap_or(left);
    let inside = html! {
        @for tick in x.ticks(if width <= NARROW { 4 } else { 8 }) {
            (line("grid", at(tick), top, at(tick), base))
            (text("axis mid", at(tick), base + 17.0, &number(tick)))
        }
        (text("axis mid", (left + width) / 2.0, height - 8.0, label))
        @for (i, r) in rows.iter().enumerate() {
            @let y = top + row_height * (i as f64 + 0.5);
            (lines(0.0, y + 4.0, 14.0, "t", &wrap(&r.label, left - 8.0, 13.0)[..1]))
            g class="series a-exosome" {
                path class="stroke" d=(polyline([Some((at(r.values[0]), y)), Some((at(r.values[2]), y))])) {}
                circle cx=(px(at(r.values[1]))) cy=(px(y)) r="5" {}
            }
        }
    };
    frame(width, height, title, description, inside)
}
