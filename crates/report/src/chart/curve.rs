//! A measure over the values of one swept input, by arm or by contrast.

use super::Look;
use crate::format::{number, power_of_ten};
use crate::svg::{
    NARROW, Scale, both, decades, frame, line, marker, polyline, px, round_range, spread, text,
};
use exoderm_study::results::{Estimate, SweepAxis};
use maud::{Markup, html};

/// One line, a value per point of the axis.
pub(crate) struct Line {
    pub(crate) label: String,
    pub(crate) look: Look,
    pub(crate) values: Vec<Option<Estimate>>,
}

/// What stands at the drawing.
pub(crate) struct Words<'a> {
    pub(crate) title: &'a str,
    /// Above the vertical axis.
    pub(crate) vertical: String,
    /// The natural ends of the quantity.
    pub(crate) natural: [f64; 2],
}

/// Where the values lie: numbers on a scale, words side by side.
struct Horizontal {
    at: Vec<f64>,
    ticks: Vec<(f64, String)>,
}

fn horizontal(axis: &SweepAxis, plot: [f64; 2], narrow: bool) -> Horizontal {
    if let Some(numbers) = &axis.numbers {
        let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
        let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let scale = if axis.logarithmic {
            Scale::decades(decades(numbers.iter().copied()), plot)
        } else {
            Scale::linear([low, high], plot)
        };
        let ticks = scale.ticks(if narrow { 4 } else { 8 }).into_iter();
        let word = |t: f64| if axis.logarithmic { power_of_ten(t) } else { number(t) };
        return Horizontal {
            at: numbers.iter().map(|n| scale.at(*n).unwrap_or(plot[0])).collect(),
            ticks: ticks.filter_map(|t| Some((scale.at(t)?, word(t)))).collect(),
        };
    }
    let n = axis.values.len() as f64;
    let place = |k: usize| plot[0] + (plot[1] - plot[0]) * (k as f64 + 0.5) / n;
    Horizontal {
        at: (0..axis.values.len()).map(place).collect(),
        ticks: axis.values.iter().enumerate().map(|(k, v)| (place(k), v.clone())).collect(),
    }
}

/// Draws the curve at both widths; `None` if no value can be drawn.
pub(crate) fn chart(axis: &SweepAxis, lines: &[Line], words: &Words<'_>) -> Option<Markup> {
    let drawable = |e: &Option<Estimate>| e.is_some_and(|e| e.mean.is_finite());
    lines.iter().flat_map(|l| &l.values).any(drawable).then(|| both(|width| draw(width, axis, lines, words)))
}

fn draw(width: f64, axis: &SweepAxis, lines: &[Line], words: &Words<'_>) -> Markup {
    let narrow = width <= NARROW;
    let (height, left) = if narrow { (290.0, 34.0) } else { (360.0, 44.0) };
    let longest = lines.iter().map(|l| l.label.chars().count()).max().unwrap_or(0) as f64;
    let right = (longest * 7.4 + 24.0).min(width * 0.44);
    let (top, bottom) = (30.0, 40.0);
    let x = horizontal(axis, [left + 8.0, width - right - 8.0], narrow);
    let ends = lines
        .iter()
        .flat_map(|l| l.values.iter().flatten())
        .flat_map(|e| [e.mean, e.low.unwrap_or(e.mean), e.high.unwrap_or(e.mean)]);
    let [low, high] = round_range(ends.chain([0.0]));
    let y = Scale::linear([low.max(words.natural[0]), high.min(words.natural[1])], [height - bottom, top]);
    let places: Vec<(usize, f64, f64)> = lines
        .iter()
        .enumerate()
        .filter_map(|(i, l)| {
            let (k, e) = l.values.iter().enumerate().rev().find_map(|(k, e)| Some((k, (*e)?)))?;
            Some((i, *x.at.get(k)?, y.at(e.mean)?))
        })
        .collect();
    let labels = spread(&places.iter().map(|p| p.2).collect::<Vec<_>>(), 17.0, [top, height - bottom]);
    let mut sorted: Vec<usize> = (0..x.at.len()).collect();
    sorted.sort_by(|a, b| x.at[*a].total_cmp(&x.at[*b]));
    let inside = html! {
        (text("axis", 0.0, 13.0, &words.vertical))
        @for tick in y.ticks(5) {
            @if let Some(at) = y.at(tick) {
                (line("grid", left, at, width - right, at))
                (text("axis end", left - 9.0, at + 4.0, &number(tick)))
            }
        }
        @if let Some(at) = y.at(0.0) { @if low < 0.0 { (line("zero", left, at, width - right, at)) } }
        @for (at, word) in &x.ticks {
            (line("grid tick", *at, height - bottom, *at, height - bottom + 5.0))
            (text("axis mid", *at, height - bottom + 19.0, word))
        }
        (text("axis mid", (left + width - right) / 2.0, height - 3.0, &name(axis)))
        @for l in lines {
            g class={ "series " (l.look.class) } {
                @if axis.numbers.is_some() {
                    path class="stroke" d=(polyline(sorted.iter().map(|&k| Some((x.at[k], y.at((*l.values.get(k)?)?.mean)?))))) {}
                }
                @for (e, at) in l.values.iter().zip(&x.at) {
                    @if let Some(e) = e {
                        @if let Some((low, high)) = e.low.and_then(|v| y.at(v)).zip(e.high.and_then(|v| y.at(v))) {
                            line class="stroke" x1=(px(*at)) x2=(px(*at)) y1=(px(low)) y2=(px(high)) {}
                        }
                        @if let Some(height) = y.at(e.mean) { (marker(l.look.shape, *at, height, 3.6)) }
                    }
                }
            }
        }
        @for ((i, end_x, end_y), place) in places.iter().zip(&labels) {
            @let l = &lines[*i];
            path class={ "leader " (l.look.class) } d=(polyline([Some((end_x + 5.0, *end_y)), Some((width - right + 11.0, *place))])) {}
            text class={ "label " (l.look.class) } x=(px(width - right + 14.0)) y=(px(place + 4.0)) { (l.label) }
        }
    };
    frame(width, height, words.title, &describe(axis, lines), inside)
}

/// The axis in words.
pub(crate) fn name(axis: &SweepAxis) -> String {
    let unit = crate::format::unit(&axis.unit);
    let scale = if axis.logarithmic { ", logarithmic" } else { "" };
    if unit.is_empty() { format!("{}{scale}", axis.label) } else { format!("{} ({unit}){scale}", axis.label) }
}

fn describe(axis: &SweepAxis, lines: &[Line]) -> String {
    let one = |l: &Line| {
        let values: Vec<String> = l
            .values
            .iter()
            .zip(&axis.values)
            .filter_map(|(e, v)| Some(format!("{} at {v}", number((*e)?.mean))))
            .collect();
        format!("{}: {}", l.label, values.join(", "))
    };
    lines.iter().map(one).collect::<Vec<_>>().join("; ")
}
