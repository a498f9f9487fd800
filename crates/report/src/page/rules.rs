//! Rules of a model of agents as a page: each as a sentence, with its behaviour over its signal.

use super::leaf;
use super::parts::figure;
use crate::format::number;
use crate::svg::picture::{self, Panel};
use crate::svg::{Scale, WIDE, both, frame, line, polyline, round_range, text};
use exoderm_study::agents::Explained;
use maud::{Markup, html};

const HEIGHT: f64 = 220.0;
const LEFT: f64 = 72.0;
const BOTTOM: f64 = 170.0;
/// How a curve is to be read.
const CAPTION: &str =
    "Over the rule's own signal, from 0 to four half-maxima, all other signals at 0, memories at rest.";

/// The page.
pub(crate) fn rules(name: &str, rules: &[Explained]) -> Markup {
    let title = if name.is_empty() { "Rules".to_owned() } else { format!("Rules of {name}") };
    let mut cells: Vec<&str> = Vec::new();
    for r in rules {
        if !cells.contains(&r.cell.as_str()) {
            cells.push(&r.cell);
        }
    }
    let body = html! {
        @if rules.is_empty() { p { "The model has no rules." } }
        @for cell in cells {
            section {
                h2 { (cell) }
                @for r in rules.iter().filter(|r| r.cell == cell) {
                    p { (r.sentence()) }
                    (curve(r))
                }
            }
        }
    };
    leaf(&title, &title, body)
}

/// A rule's curve with its caption.
pub(super) fn curve(r: &Explained) -> Markup {
    figure(both(|width| draw(width, r)), html! { (CAPTION) })
}

/// The plots as one SVG document.
pub(crate) fn rules_picture(rules: &[Explained]) -> String {
    let panel = |r: &Explained| Panel {
        title: format!("{}: {} {} {}", r.cell, r.signal_name, verb(r), r.behaviour),
        height: HEIGHT,
        drawing: draw(WIDE, r),
    };
    let panels: Vec<Panel> = rules.iter().map(panel).collect();
    picture::document("Rules", &panels)
}

fn verb(r: &Explained) -> &'static str {
    if r.increases { "increases" } else { "decreases" }
}

fn draw(width: f64, r: &Explained) -> Markup {
    let last = r.signal.last().copied().unwrap_or(1.0);
    let x = Scale::linear([0.0, last], [LEFT, width - 12.0]);
    let y = Scale::linear(round_range(r.value.iter().copied()), [BOTTOM, 14.0]);
    let curve = polyline(r.signal.iter().zip(&r.value).map(|(&s, &v)| x.at(s).zip(y.at(v))));
    let inside = html! {
        @for tick in y.ticks(4) { @if let Some(at) = y.at(tick) {
            (line("grid", LEFT, at, width - 12.0, at))
            (text("axis end", LEFT - 6.0, at + 4.0, &number(tick)))
        } }
        @for tick in x.ticks(if width < 400.0 { 3 } else { 6 }) { @if let Some(at) = x.at(tick) {
            (text("axis mid", at, BOTTOM + 18.0, &number(tick)))
        } }
        (text("axis mid", (LEFT + width - 12.0) / 2.0, BOTTOM + 40.0, &r.signal_name))
        g class="series a-exosome" { path class="stroke" fill="none" d=(curve) {} }
    };
    let ends = [r.value.first(), r.value.last()].map(|v| number(v.copied().unwrap_or(0.0)));
    let description = format!("From {} without the signal to {} at four half-maxima", ends[0], ends[1]);
    frame(width, HEIGHT, &format!("{} over {}", r.behaviour, r.signal_name), &description, inside)
}
