//! The whole body as a page of its own, and as a picture.

use super::leaf;
use super::parts::{figure, scroll};
use crate::chart::bands::{self, Axis, Curve, Interval};
use crate::format::{number, percent, rough, unit};
use crate::svg::picture::{self, Panel};
use crate::svg::{WIDE, both};
use exoderm_study::whole_body::{Band, WholeBody};
use maud::{Markup, html};

/// Decades of plasma that are shown below the highest.
const DEPTH: f64 = 1e-6;

pub(crate) fn whole_body(w: &WholeBody) -> Markup {
    let body = html! {
        p { strong { "An average body in compartments. It says nothing about a patient or a product." } }
        p {
            "Clearance at low load " (band(&w.clearance_ml_per_min)) " mL/min; half-lives "
            (band(&w.half_lives_min[0])) " and " (band(&w.half_lives_min[1]))
            " min. Middle values are medians of draws over the ranges, intervals hold 90 % of them."
        }
        section { h2 { "Plasma" } (figure(plasma_both(w), html! { (capital(&w.unit)) " per mL of plasma: median and 90 % of the draws." })) }
        section { h2 { "Organs" } (figure(both(|width| organs(w, width)), html! { "Share of the dose in each organ after " (number(organ_hour(w))) " h: median and 90 % of the draws." })) (organ_table(w)) }
        section { h2 { "Where the dose is at the end" } (fates(w)) }
        @if let Some(d) = &w.depletion {
            section { h2 { "Macrophages" } p {
                "With most macrophages gone, the area under the plasma curve is " (band(&d.area_ratio)) " times that of an intact body; the liver holds "
                (band(&d.liver_depleted)) " % of what organs hold, against " (band(&d.liver_intact)) " %."
            } }
        }
        @if !w.checks.is_empty() {
            section { h2 { "Checks that nothing was fitted to" } ul { @for c in &w.checks {
                li { (c.what) ": holds in " (percent(100.0 * c.share)) " of the draws" (if c.stated { "" } else { ", not with the numbers as stated" }) "." }
            } } }
        }
        @if let Some(i) = &w.index {
            section { h2 { "A payload" } p {
                "Therapeutic index relative to the free drug (target " (i.target) ", ligand × " (number(i.ligand)) "): " (band(&i.index)) "."
            } }
        }
        @if let Some(t) = &w.tumour {
            section { h2 { "A tumour's vesicles in blood" }
                p {
                    (number(t.cells)) " cells (" (band(&t.volume_cm3)) " cm³) hold " (band(&t.per_ml)) " vesicles per mL of plasma, against a background of "
                    (band(&t.background_per_ml)) ". Limit of detection: " (band(&t.limit_half_cm3)) " cm³ in half of people, " (band(&t.limit_95_cm3)) " cm³ in 95 %."
                }
                p {
                    "Of 100,000 people examined, " (band(&t.false_alarms_per_100k)) " get a false alarm and " (band(&t.found_per_100k))
                    " with such a tumour are found: " (band_percent(&t.right)) " of the positive are right."
                }
                (figure(detection_both(w), html! { "Share of people with a tumour of that volume whose test is positive: median and 90 % of the draws." }))
            }
        }
        @if !w.ages.is_empty() { section { h2 { "Age" } (ages(w)) } }
        section { h2 { "What this leaves out" } ul { @for n in &w.notes { li { (n) } } } }
        section { h2 { "Numbers" } ul { @for i in &w.inputs { li { (i.what) ": " (unit(&i.value)) "; " (i.source) } } } }
    };
    leaf("Whole body", &unit(&w.title), body)
}

/// The charts as one SVG document.
pub(crate) fn whole_body_picture(w: &WholeBody) -> String {
    let mut panels = vec![
        Panel { title: format!("Plasma: {}", w.title), height: 300.0, drawing: plasma(w, WIDE) },
        Panel {
            title: format!("Organs after {} h, % of the dose", number(organ_hour(w))),
            height: 56.0 + 26.0 * w.organs.len() as f64,
            drawing: organs(w, WIDE),
        },
    ];
    if w.tumour.is_some() {
        panels.push(Panel {
            title: "Tumours found by a blood test, by volume".to_owned(),
            height: 300.0,
            drawing: detection(w, WIDE),
        });
    }
    picture::document(&w.title, &panels)
}

fn three(b: &Band) -> [f64; 3] {
    [b.low, b.median, b.high]
}

fn band(b: &Band) -> Markup {
    html! { (rough(b.median)) " (" (rough(b.low)) " to " (rough(b.high)) ")" }
}

fn band_percent(b: &Band) -> Markup {
    html! { (percent(100.0 * b.median)) " (" (rough(100.0 * b.low)) " to " (rough(100.0 * b.high)) ")" }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The column of organs that is drawn: the second, or the only one.
fn organ_column(w: &WholeBody) -> usize {
    1.min(w.organ_hours.len().saturating_sub(1))
}

fn organ_hour(w: &WholeBody) -> f64 {
    w.organ_hours.get(organ_column(w)).copied().unwrap_or(w.hours)
}

fn plasma_both(w: &WholeBody) -> Markup {
    both(|width| plasma(w, width))
}

fn plasma(w: &WholeBody, width: f64) -> Markup {
    let curve = Curve {
        label: String::new(),
        class: "a-exosome",
        points: w.plasma.iter().map(|p| (p.hour, three(&p.per_ml))).collect(),
    };
    let x = Axis { label: "hours".into(), log: false, depth: 0.0, most: Some(w.hours) };
    let y = Axis { label: format!("{} per mL", w.unit), log: true, depth: DEPTH, most: None };
    bands::draw(width, "Plasma over time", &w.title, &x, &y, &[curve])
}

fn organs(w: &WholeBody, width: f64) -> Markup {
    let column = organ_column(w);
    let rows: Vec<Interval> = w
        .organs
        .iter()
        .filter_map(|o| {
            Some(Interval { label: o.name.clone(), values: three(o.percent_of_dose.get(column)?) })
        })
        .collect();
    bands::intervals(width, "Organs", &w.title, "% of the dose", &rows)
}

fn detection_both(w: &WholeBody) -> Markup {
    both(|width| detection(w, width))
}

fn detection(w: &WholeBody, width: f64) -> Markup {
    let Some(t) = &w.tumour else { return html! {} };
    let curve = Curve {
        label: String::new(),
        class: "a-vehicle",
        points: t.curve.iter().map(|p| (p.volume_cm3, three(&p.found).map(|v| 100.0 * v))).collect(),
    };
    let x = Axis { label: "volume of the tumour (cm³)".into(), log: true, depth: 0.0, most: None };
    let y = Axis { label: "% of people found".into(), log: false, depth: 0.0, most: Some(100.0) };
    bands::draw(width, "Tumours found by volume", "share of people whose test is positive", &x, &y, &[curve])
}

fn organ_table(w: &WholeBody) -> Markup {
    scroll(
        "Organs",
        html! {
            table {
                thead { tr { th scope="col" { "Organ" } @for h in &w.organ_hours { th scope="col" class="num" { (number(*h)) " h, % of dose" } } th scope="col" class="num" { "most at, h" } } }
                tbody { @for o in &w.organs { tr {
                    th scope="row" { (o.name) }
                    @for b in &o.percent_of_dose { td class="num" { (band(b)) } }
                    td class="num" { (band(&o.peak_hour)) }
                } } }
            }
        },
    )
}

fn fates(w: &WholeBody) -> Markup {
    html! {
        table {
            thead { tr { th scope="col" { "Where" } th scope="col" class="num" { "% of dose" } } }
            tbody { @for f in &w.fates { tr { th scope="row" { (f.name) } td class="num" { (band(&f.percent)) } } } }
        }
        p { "The balance closes to " (rough(w.imbalance)) " (relative)." }
    }
}

fn ages(w: &WholeBody) -> Markup {
    scroll(
        "Age",
        html! {
            table {
                thead { tr { th scope="col" { "Age" } th scope="col" class="num" { "own vesicles in plasma, 30 y = 1" } th scope="col" class="num" { "their uptake by cells" } } }
                tbody { @for a in &w.ages { tr { th scope="row" { (number(a.age)) } td class="num" { (band(&a.concentration)) } td class="num" { (band(&a.uptake)) } } } }
            }
        },
    )
}
