//! Tissue sections at the recorded days, arms under one another and side by side.

use super::parts::{absent, scroll};
use crate::chart::section::{self, Named, WINDOW};
use crate::chart::tissue;
use crate::format::{number, quantity};
use exoderm_study::results::{Results, Section};
use maud::{Markup, html};

pub(crate) fn sections(r: &Results) -> Markup {
    let drawable: Vec<Named<'_>> = r
        .sections
        .iter()
        .filter(|s| tissue::drawable(s))
        .enumerate()
        .map(|(i, section)| Named { id: format!("tissue-{i}"), section })
        .collect();
    if drawable.is_empty() {
        return absent("No section was recorded.");
    }
    let densities = drawable.iter().flat_map(|n| &n.section.vesicles).map(|v| f64::from(*v));
    let densest = densities.filter(|v| v.is_finite()).fold(0.0, f64::max);
    html! {
        p {
            "One simulated tissue" @if let Some(n) = drawable.first() { " (replicate " (n.section.replicate) ")" }
            ", cut through half of the wound: its centre is at the left. For each day the whole strips, one above the other, then a window of "
            (quantity(WINDOW, "um")) " around each front (outlined in the strip). All windows have the same scale."
        }
        (legend(&drawable, densest))
        @for day in days(drawable) { (one_day(&day, densest)) }
    }
}

/// Sections grouped by day, days rising, arms in the document's order.
fn days(mut all: Vec<Named<'_>>) -> Vec<Vec<Named<'_>>> {
    all.sort_by(|a, b| a.section.day.total_cmp(&b.section.day));
    let mut days: Vec<Vec<Named<'_>>> = Vec::new();
    for named in all {
        match days.last_mut() {
            Some(day) if day[0].section.day.total_cmp(&named.section.day).is_eq() => day.push(named),
            _ => days.push(vec![named]),
        }
    }
    days
}

fn one_day(day: &[Named<'_>], densest: f64) -> Markup {
    let label = format!("Day {}", number(day.first().map_or(f64::NAN, |n| n.section.day)));
    let most = day.iter().map(|n| tissue::stride(n.section)).max().unwrap_or(1);
    html! {
        figure class="day" {
            h3 { (label) }
            (scroll(&format!("{label}: whole strips"), section::strips(day, densest)))
            div class="pair" {
                @for named in day { div { p class="arm-name" { strong { (named.section.arm) } (cells(named.section)) } (section::detail(named)) } }
            }
            figcaption {
                (label) ": solid line, front of the epithelium; dashed line, original edge of the wound."
                @if most > 1 { " Every " (most) ". cell is drawn." }
            }
        }
    }
}

fn cells(s: &Section) -> Markup {
    html! { span class="quiet" { " · " (crate::format::count(s.cells.len() as u64)) " cells in the whole strip" } }
}

fn legend(all: &[Named<'_>], densest: f64) -> Markup {
    let mut kinds: Vec<(&str, u8)> = Vec::new();
    for named in all {
        for (i, name) in named.section.types.iter().enumerate() {
            let index = u8::try_from(i).unwrap_or(u8::MAX);
            let present = named.section.cells.iter().any(|c| c.0 == index);
            if present && !kinds.iter().any(|k| k.0 == name) {
                kinds.push((name, index));
            }
        }
    }
    html! {
        ul class="key cells-key" {
            @for (name, index) in kinds {
                li { span class={ "dot " (tissue::style(name, index)) } {} (name) }
            }
            li { span class="dot line-key" {} "basement membrane and skin surface" }
            li { span class="patch collagen" {} "collagen (clear: none; full: 1.6 times intact dermis)" }
            @if densest > 0.0 {
                li { span class="patch vesicles" {} "product vesicles, from " (number(densest * 1e-4)) " to " (quantity(densest, "per um^3")) ", logarithmic" }
            } @else { li { "no product vesicles in these sections" } }
        }
    }
}
