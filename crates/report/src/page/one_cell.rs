//! One watched cell as a page of its own: releases over time and sizes, with the table of cargo.

use super::leaf;
use super::parts::{figure, scroll};
use crate::chart::columns::{self, Series, Words};
use crate::format::{count, number, percent, unit};
use crate::svg::WIDE;
use crate::svg::picture::{self, Panel};
use exoderm_study::one_cell::{self, OneCell, Told};
use maud::{Markup, html};

pub(crate) fn one_cell(c: &OneCell) -> Markup {
    let title = format!("One {}, {} h", c.what, number(c.hours));
    let body = html! {
        @for m in &c.modifiers { p { strong { "Changed: " } (m) } }
        p {
            (count(c.fusions)) " multivesicular " (bodies(c.fusions)) " fused with the plasma membrane, " (count(c.fused)) " vesicles in them ("
            (count(c.by_branch[0])) " by ESCRT, " (count(c.by_branch[1])) " by ceramide): " (count(c.released)) " were freed and "
            (count(c.tethered)) " stayed tethered; " (count(c.lysed)) " ended in lysosomes. That is " (number(c.per_hour[0]))
            " freed an hour, where the rates give " (number(c.per_hour[1])) " on average, and " (number(c.per_hour_at_rest)) " at rest."
        }
        p class="note" { "Every event was drawn (seed " (c.seed) "); another seed gives another day of the same cell." }
        @if c.released == 0 {
            p { "None was freed in this time; " (one_cell::LONGER) }
        } @else {
            section { h2 { "Releases" } (releases(c)) }
            section { h2 { "Sizes" } (sizes(c)) }
            section { h2 { "Cargo of the freed vesicles" } (cargo(c)) }
        }
        @if let Some(t) = &c.told { section { h2 { "Do vesicles tell this state?" } (told(t)) } }
        section { h2 { "Numbers" } ul { @for i in &c.inputs { li { (i.what) ": " (unit(&i.value)) "; " (i.source) } } } }
    };
    leaf(&title, &title, body)
}

/// The plots as one SVG document.
pub(crate) fn one_cell_picture(c: &OneCell) -> String {
    let title = format!("One {}, {} h", c.what, number(c.hours));
    let (sizes, end) = size_series(c);
    let panels = [
        Panel {
            title: format!("{title}: vesicles freed in each {} h", number(c.bin_hours)),
            height: columns::HEIGHT,
            drawing: columns::draw(WIDE, &release_words(c), [0.0, c.hours], &release_series(c)),
        },
        Panel {
            title: "Diameters of the freed, and as NTA would show them".to_owned(),
            height: columns::HEIGHT,
            drawing: columns::draw(WIDE, &size_words(c), [0.0, end], &sizes),
        },
    ];
    picture::document(&title, &panels)
}

fn bodies(n: u64) -> &'static str {
    if n == 1 { "body" } else { "bodies" }
}

fn release_words(c: &OneCell) -> Words<'static> {
    let vertical = format!("vesicles freed in each {} h", number(c.bin_hours));
    Words { title: "Vesicles freed over time", horizontal: "hours", vertical }
}

fn size_words(c: &OneCell) -> Words<'static> {
    let vertical = format!("vesicles in each {} nm", number(bin_width(c)));
    Words { title: "Diameters", horizontal: "diameter (nm)", vertical }
}

/// Width of the bins of diameter (nm).
fn bin_width(c: &OneCell) -> f64 {
    match c.sizes.as_slice() {
        [a, b, ..] => b.diameter_nm - a.diameter_nm,
        _ => 0.0,
    }
}

fn release_series(c: &OneCell) -> [Series; 1] {
    [Series { label: "freed", class: "a-exosome", values: c.releases.iter().map(|n| *n as f64).collect() }]
}

fn releases(c: &OneCell) -> Markup {
    let series = release_series(c);
    let chart = columns::chart(&release_words(c), [0.0, c.hours], &series);
    figure(
        chart,
        html! { "Vesicles freed in each " (number(c.bin_hours)) " h. They come in bursts, one for each body that fuses." },
    )
}

/// Sizes, and the end of their axis (nm).
fn size_series(c: &OneCell) -> ([Series; 2], f64) {
    let width = bin_width(c);
    let end = c.sizes.last().map_or(1.0, |s| s.diameter_nm + 0.5 * width);
    let series = [
        Series {
            label: "freed",
            class: "a-exosome",
            values: c.sizes.iter().map(|s| s.freed as f64).collect(),
        },
        Series {
            label: "as NTA shows them",
            class: "a-vehicle",
            values: c.sizes.iter().map(|s| s.nta as f64).collect(),
        },
    ];
    (series, end)
}

fn sizes(c: &OneCell) -> Markup {
    let (series, end) = size_series(c);
    let chart = columns::chart(&size_words(c), [0.0, end], &series);
    figure(
        chart,
        html! {
            "Diameters of the freed vesicles (mean " (number(c.mean_diameter[0])) " nm) and as NTA would show them (mean "
            (number(c.mean_diameter[1])) " nm; " (percent(100.0 * c.seen)) " are seen): short tracks pull upward, small vesicles are missed."
        },
    )
}

fn told(t: &Told) -> Markup {
    html! {
        p {
            "If the state puts " (number(t.fold)) " times a marker microRNA into vesicles (assumed), " (number(t.people as f64)) " people of each kind and "
            (number(t.vesicles as f64)) " vesicles of each are told apart with the area under the curve below; 0.5 tells nothing. Platelets’ vesicles in "
            "blood hold the marker as at rest and dilute it. Arithmetic on assumed numbers, no biomarker study."
        }
        (areas(t))
    }
}

/// Areas under the curve by background.
pub(crate) fn areas(t: &Told) -> Markup {
    scroll(
        "Areas under the curve",
        html! {
            table {
                thead { tr { th scope="col" { "Platelets’ vesicles per vesicle of skin" } th scope="col" class="num" { "area" } th scope="col" class="num" { "95 % interval" } } }
                tbody { @for r in &t.rows { tr {
                    th scope="row" { @if r.platelets == 0.0 { "none (skin fluid)" } @else { (number(r.platelets)) } }
                    td class="num" { (format!("{:.2}", r.auc)) } td class="num" { (format!("{:.2} to {:.2}", r.interval[0], r.interval[1])) }
                } } }
            }
        },
    )
}

fn cargo(c: &OneCell) -> Markup {
    html! {
        table {
            thead { tr { th scope="col" { "Cargo" } th scope="col" class="num" { "copies" } th scope="col" class="num" { "per vesicle" } th scope="col" class="num" { "vesicles with any" } } }
            tbody { @for r in &c.cargo { tr {
                th scope="row" { (r.name) }
                td class="num" { (number(r.total as f64)) } td class="num" { (number(r.mean)) } td class="num" { (percent(100.0 * r.loaded)) }
            } } }
        }
    }
}
