//! The sections of one day: the whole strips of the arms under one another, and a window around each front.

use super::tissue;
use crate::format::{fixed, number, quantity};
use crate::svg::{line, px, text};
use exoderm_study::results::Section;
use maud::{Markup, html};

/// Width of the drawing of whole strips (px).
const STRIP: f64 = 960.0;
/// Width of the window around the front (um).
pub(crate) const WINDOW: f64 = 900.0;

/// A section with the name under which its tissue is drawn.
pub(crate) struct Named<'a> {
    pub(crate) id: String,
    pub(crate) section: &'a Section,
}

/// Whole strips of the arms at one day, one above the other on the same axis; holds the drawings the windows refer to.
pub(crate) fn strips(sections: &[Named<'_>], densest: f64) -> Markup {
    let longest = sections.iter().map(|n| n.section.size[0]).fold(1.0, f64::max);
    let scale = STRIP / longest;
    let mut y = 0.0;
    let mut drawn = Vec::new();
    for named in sections {
        let s = named.section;
        y += 20.0;
        let tall = s.size[1] * scale;
        drawn.push(html! {
            text class="t" x="0" y=(px(y - 5.0)) { tspan class="strong" { (s.arm) } tspan class="s" dx="8" { (state(s)) } }
            g transform={ "translate(0 " (px(y)) ") scale(" (format!("{scale:.5}")) ")" } {
                use href={ "#" (named.id) } {}
            }
            @let (from, width) = window(s);
            rect class="window" x=(px(from * scale)) y=(px(y)) width=(px(width * scale)) height=(px(tall)) {}
            (mark("edge", s.wound[0] * scale, y, tall))
            (mark("front", s.front * scale, y, tall))
        });
        y += tall + 6.0;
    }
    let bar = round_length(longest / 6.0);
    html! {
        svg class="strips" role="img" viewBox={ "0 0 " (px(STRIP)) " " (px(y + 20.0)) } {
            title { "Whole sections at day " (number(sections.first().map_or(0.0, |n| n.section.day))) }
            desc { (describe(sections)) }
            defs { @for named in sections { (tissue::group(&named.id, named.section, densest)) } }
            @for strip in &drawn { (strip) }
            (text("s", 0.0, y + 13.0, "← centre of the wound"))
            (text("s end", STRIP, y + 13.0, "unwounded skin →"))
            (scale_bar(STRIP / 2.0 - bar * scale / 2.0, y + 5.0, bar * scale, &length(bar)))
        }
    }
}

/// The window around the front of one section, in um.
pub(crate) fn detail(named: &Named<'_>) -> Markup {
    let s = named.section;
    let (from, width) = window(s);
    let tall = s.size[1];
    let clip = format!("{}-window", named.id);
    let bar = round_length(width / 6.0);
    html! {
        svg class="detail" role="img" viewBox={ "0 0 " (px(width)) " " (px(tall + 86.0)) } {
            title { (s.arm) ", day " (number(s.day)) ", window around the front" }
            desc { (describe(std::slice::from_ref(named))) }
            clipPath id=(clip) { rect width=(px(width)) height=(px(tall)) y="44" {} }
            g clip-path={ "url(#" (clip) ")" } {
                g transform={ "translate(" (px(-from)) " 44)" } { use href={ "#" (named.id) } {} }
            }
            rect class="window" width=(px(width)) height=(px(tall)) y="44" {}
            @for (class, at, name) in [("edge", s.wound[0], "original edge"), ("front", s.front, "front")] {
                @if at.is_finite() && at >= from && at <= from + width {
                    (mark(class, at - from, 44.0, tall))
                    (label(at - from, width, class, name))
                }
            }
            (scale_bar(0.0, tall + 58.0, bar, &length(bar)))
            text class="um end" x=(px(width)) y=(px(tall + 78.0)) {
                (fixed(from, 0)) " to " (quantity((from + width).round(), "um")) " from the centre"
            }
        }
    }
}

/// A vertical mark; the original edge is dashed, the front solid.
fn mark(class: &str, x: f64, y: f64, tall: f64) -> Markup {
    html! { @if x.is_finite() { (line(&format!("mark {class}"), x, y, x, y + tall)) } }
}

/// A mark's name above the window: the front's nearest to the tissue, so that the two never overlap.
fn label(x: f64, width: f64, class: &str, name: &str) -> Markup {
    let anchor = if x > width - 120.0 {
        "end"
    } else if x < 120.0 {
        ""
    } else {
        "mid"
    };
    let y = if class == "front" { 38.0 } else { 13.0 };
    html! { text class={ "um " (class) " " (anchor) } x=(px(x)) y=(px(y)) { (name) } }
}

fn scale_bar(x: f64, y: f64, width: f64, name: &str) -> Markup {
    html! {
        rect class="scale-bar" x=(px(x)) y=(px(y)) width=(px(width)) height="4" {}
        text class="um scale-text" x=(px(x + width + 6.0)) y=(px(y + 8.0)) { (name) }
    }
}

/// Left end and width (um) of the window: about the front, inside the section.
fn window(s: &Section) -> (f64, f64) {
    let width = WINDOW.min(s.size[0]);
    let front = if s.front.is_finite() { s.front } else { 0.0 };
    ((front - width / 2.0).clamp(0.0, s.size[0] - width), width)
}

/// A round length near `x` (um).
pub(crate) fn round_length(x: f64) -> f64 {
    let lengths = [10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0];
    lengths.into_iter().rev().find(|l| *l <= x).unwrap_or(x)
}

fn length(um: f64) -> String {
    if um >= 1000.0 { quantity(um / 1000.0, "mm") } else { quantity(um, "um") }
}

/// "front at 1230 um".
fn state(s: &Section) -> String {
    let half = s.wound[1];
    if s.front.is_finite() && s.front <= 0.0 {
        "covered: the front has reached the centre".to_owned()
    } else {
        format!(
            "front at {}, wound half-width now {}",
            quantity(s.front.round(), "um"),
            quantity(half.round(), "um")
        )
    }
}

fn describe(sections: &[Named<'_>]) -> String {
    let words: Vec<String> = sections
        .iter()
        .map(|n| format!("{}: {} cells, {}", n.section.arm, n.section.cells.len(), state(n.section)))
        .collect();
    words.join("; ")
}
