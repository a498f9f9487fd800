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

/// What stands at the drawing.
pub(crate) struct Words<'a> {
    pub(crate) title: &'a str,
    /// Below the horizontal axis.
    pub(crate) horizontal: &'a str,
    /// Above the vertical axis: what is counted, in which bins.
    pub(crate) vertical: String,
}

/// Height of the drawing (px).
pub(crate) const HEIGHT: f64 = 264.0;
const LEFT: f64 = 52.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 220.0;
/// Baseline of the key, and what a letter and a sample with its gaps take of it.
const KEY: f64 = 36.0;
const LETTER: f64 = 7.2;
const SAMPLE: f64 = 56.0;

/// The chart at both widths.
pub(crate) fn chart(words: &Words<'_>, span: [f64; 2], series: &[Series]) -> Markup {
    both(|width| draw(width, words, span, series))
}

/// The chart at one width.
pub(crate) fn draw(width: f64, words: &Words<'_>, span: [f64; 2], series: &[Series]) -> Markup {
    let x = Scale::linear(span, [LEFT, width - 10.0]);
    let all = series.iter().flat_map(|s| s.values.iter().copied()).chain([0.0, 1.0]);
    let y = Scale::linear([0.0, round_range(all)[1]], [BOTTOM, TOP]);
    let (key, _) = key(series);
    let inside = html! {
        (text("axis", 0.0, 13.0, &words.vertical))
        @for tick in y.ticks(4) { @if let Some(at) = y.at(tick) {
            (line("grid", LEFT, at, width - 10.0, at))
            (text("axis end", LEFT - 6.0, at + 4.0, &number(tick)))
        } }
        @for tick in x.ticks(if width < 400.0 { 4 } else { 8 }) { @if let Some(at) = x.at(tick) {
            (text("axis mid", at, BOTTOM + 16.0, &number(tick)))
        } }
        (text("axis mid", (LEFT + width - 10.0) / 2.0, BOTTOM + 36.0, words.horizontal))
        @for (s, at) in series.iter().zip(&key) {
            g class={ "series " (s.class) } {
                path class="stroke" fill="none" d=(steps(&x, &y, span, &s.values)) {}
                @if series.len() > 1 { (line("stroke", *at, KEY - 4.0, at + 28.0, KEY - 4.0)) }
            }
            @if series.len() > 1 { (text("t", at + 34.0, KEY, s.label)) }
        }
    };
    let totals: Vec<String> =
        series.iter().map(|s| format!("{}: {} in all", s.label, px(s.values.iter().sum()))).collect();
    frame(width, HEIGHT, words.title, &totals.join("; "), inside)
}

/// Where the entries of the key begin, each where the one before ends, and where the last ends.
fn key(series: &[Series]) -> (Vec<f64>, f64) {
    let mut next = LEFT;
    let begin = |s: &Series| {
        let at = next;
        next += SAMPLE + LETTER * s.label.chars().count() as f64;
        at
    };
    let places = series.iter().map(begin).collect();
    (places, next - (SAMPLE - 34.0))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::svg::NARROW;

    /// On a telephone the key of sizes was cut off at the right end.
    #[test]
    fn the_key_fits_a_telephone() {
        let one = |label| Series { label, class: "a-exosome", values: vec![1.0, 2.0] };
        let series = [one("freed"), one("as NTA shows them")];
        let (places, end) = key(&series);
        assert!(places[1] > places[0] + 34.0 + LETTER * 5.0 && end <= NARROW, "{places:?} {end}");
        let words = Words { title: "t", horizontal: "nm", vertical: "vesicles in each 10 nm".into() };
        let text = draw(NARROW, &words, [0.0, 20.0], &series).into_string();
        assert!(text.contains("vesicles in each 10 nm") && text.contains("as NTA shows them"));
        // One line needs no key.
        assert!(!draw(NARROW, &words, [0.0, 20.0], &series[..1]).into_string().contains("freed<"));
    }
}
