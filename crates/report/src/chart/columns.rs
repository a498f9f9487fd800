//! Counts in bins as stepped lines over a linear axis.

use crate::format::number;
use crate::svg::{Scale, both, frame, line, polyline, px, round_range, text};
use maud::{Markup, html};

/// One line of bins.
pub(crate) struct Series {
    pub(crate) label: &'static str,
    /// Class that sets its colour and dash.
    pub(crate) class: &'static str,
    /// Counts, of equal bins over the axis.
    pub(crate) values: Vec<f64>,
}

/// Height of the drawing (px).
pub(crate) const HEIGHT: f64 = 240.0;
const LEFT: f64 = 52.0;
const BOTTOM: f64 = 196.0;

/// The chart at both widths.
pub(crate) fn chart(title: &str, horizontal: &str, span: [f64; 2], series: &[Series]) -> Markup {
    both(|width| draw(width, title, horizontal, span, series))
}

/// The chart at one width.
pub(crate) fn draw(width: f64, title: &str, horizontal: &str, span: [f64; 2], series: &[Series]) -> Markup {
    let x = Scale::linear(span, [LEFT, width - 10.0]);
    let all = series.iter().flat_map(|s| s.values.iter().copied()).chain([0.0, 1.0]);
    let y = Scale::linear([0.0, round_range(all)[1]], [BOTTOM, 24.0]);
    let inside = html! {
        @for tick in y.ticks(4) { @if let Some(at) = y.at(tick) {
            (line("grid", LEFT, at, width - 10.0, at))
            (text("axis end", LEFT - 6.0, at + 4.0, &number(tick)))
        } }
        @for tick in x.ticks(if width < 400.0 { 4 } else { 8 }) { @if let Some(at) = x.at(tick) {
            (text("axis mid", at, BOTTOM + 16.0, &number(tick)))
        } }
        (text("axis mid", (LEFT + width - 10.0) / 2.0, BOTTOM + 36.0, horizontal))
        @for (i, s) in series.iter().enumerate() {
            g class={ "series " (s.class) } {
                path class="stroke" fill="none" d=(steps(&x, &y, span, &s.values)) {}
                (line("stroke", LEFT + 8.0 + 160.0 * i as f64, 12.0, LEFT + 32.0 + 160.0 * i as f64, 12.0))
            }
            (text("t", LEFT + 38.0 + 160.0 * i as f64, 16.0, s.label))
        }
    };
    let totals: Vec<String> =
        series.iter().map(|s| format!("{}: {} in all", s.label, px(s.values.iter().sum()))).collect();
    frame(width, HEIGHT, title, &totals.join("; "), inside)
}

/// The outline of the bins.
fn steps(x: &Scale, y: &Scale, span: [f64; 2], values: &[f64]) -> String {
    let width = (span[1] - span[0]) / values.len().max(1) as f64;
    let edge = |i: usize| x.at(span[0] + width * i as f64);
    polyline(values.iter().enumerate().flat_map(|(i, &v)| {
        let height = y.at(v);
        [edge(i), edge(i + 1)].map(|e| e.zip(height))
    }))
}
