//! Curves and maps of swept inputs.

use super::parts::{absent, estimate, figure, scroll, tissues};
use crate::chart::{curve, heat, look};
use crate::format::unit;
use exoderm_study::results::{Results, Sweep};
use maud::{Markup, html};

pub(crate) fn sweep(r: &Results) -> Markup {
    let Some(s) = &r.sweep else {
        return absent(
            "Not asked for: run with --sweep path=a,b,c, or `exoderm map` for the design map of a dressing.",
        );
    };
    html! {
        p { "Read off: " strong { (unit(&s.measure)) } ". " (s.method) }
        @if s.axes.len() == 2 { (map(r, s)) } @else { (curves(r, s)) }
        details { summary { "All points, as a table" } (scroll("Points of the sweep", table(s))) }
    }
}

fn noise(r: &Results) -> Markup {
    html! {
        @if r.replicates > 1 { "simulation noise: 95 % interval of the mean over " (tissues(r.replicates)) ", parameters fixed" }
        @else { "one simulated tissue, so no interval; parameters fixed" }
    }
}

fn curves(r: &Results, s: &Sweep) -> Markup {
    let Some((axis, first)) = s.axes.first().zip(s.points.first()) else {
        return absent("No point of the sweep was run.");
    };
    let arms: Vec<curve::Line> = first
        .arms
        .iter()
        .enumerate()
        .map(|(i, a)| curve::Line {
            label: a.arm.clone(),
            look: look(&a.kind, i),
            values: s.points.iter().map(|p| p.arms.get(i).and_then(|a| a.value)).collect(),
        })
        .collect();
    let contrasts: Vec<curve::Line> = first
        .contrasts
        .iter()
        .enumerate()
        .map(|(i, c)| curve::Line {
            label: format!("{} − {}", c.arm, c.reference),
            look: look("", i),
            values: s.points.iter().map(|p| p.contrasts.get(i).and_then(|c| c.value)).collect(),
        })
        .collect();
    let natural = if s.unit == "%" { [0.0, 100.0] } else { [f64::NEG_INFINITY, f64::INFINITY] };
    let by_arm =
        curve::Words { title: "The measure by arm over what was swept", vertical: unit(&s.unit), natural };
    let paired = curve::Words {
        title: "Differences between arms over what was swept",
        vertical: format!("difference, {}", unit(&s.difference_unit)),
        natural: [f64::NEG_INFINITY, f64::INFINITY],
    };
    html! {
        @match curve::chart(axis, &arms, &by_arm) {
            Some(chart) => (figure(chart, html! { "By arm; bars: " (noise(r)) "." })),
            None => (absent("No point of the sweep could be read.")),
        }
        @if let Some(chart) = curve::chart(axis, &contrasts, &paired) {
            (figure(chart, html! { "Paired differences: both arms start from the same tissues. Bars: " (noise(r)) "." }))
        }
    }
}

fn map(r: &Results, s: &Sweep) -> Markup {
    let contrast = s.points.first().and_then(|p| p.contrasts.first());
    let Some(chart) = heat::chart(s) else { return absent("No point of the map could be read.") };
    figure(
        chart,
        html! {
            @if let Some(c) = contrast {
                (c.arm) " − " (c.reference) ", " (unit(&s.difference_unit)) "; " (noise(r)) ". "
                strong { "Hatched: nothing to gain" }
                @if r.replicates > 1 { ": the interval reaches 0, or the gain is negligible." } @else { ": no gain, or a negligible one." }
            } @else {
                (unit(&s.unit)) ", mean over " (tissues(r.replicates)) "."
            }
        },
    )
}

fn table(s: &Sweep) -> Markup {
    let first = s.points.first();
    html! {
        table {
            thead { tr {
                @for a in &s.axes { th scope="col" { (unit(&a.label)) } }
                @for a in first.map_or(&[][..], |p| &p.arms) { th scope="col" class="num" { (a.arm) " (" (unit(&s.unit)) ")" } }
                @for c in first.map_or(&[][..], |p| &p.contrasts) {
                    th scope="col" class="num" { (c.arm) " − " (c.reference) " (" (unit(&s.difference_unit)) ")" }
                }
            } }
            tbody {
                @for p in &s.points {
                    tr {
                        @for (a, k) in s.axes.iter().zip(&p.at) { th scope="row" { (a.values.get(*k).map(|v| unit(v)).unwrap_or_default()) } }
                        @for a in &p.arms { td class="num" { @match &a.value { Some(e) => (estimate(e, "", false)), None => "not read" } } }
                        @for c in &p.contrasts {
                            td class="num" {
                                @match &c.value { Some(e) => (estimate(e, "", true)), None => "not read" }
                                @if c.nothing_to_gain { span class="range" { "nothing to gain" } }
                            }
                        }
                    }
                }
            }
        }
    }
}
