//! The product on its way: waterfall, dose plausibility, the dressing, what would have to be true.

use super::parts::{absent, badge, cell, figure, scroll, tissues};
use crate::chart::{Look, dose, time, waterfall as waterfall_chart};
use crate::format::{number, percent, quantity, range, unit};
use exoderm_study::results::{
    DressingTable, Passage, Plausibility, Requirement, Results, SpeciesPlausibility,
};
use maud::{Markup, html};

const NO_PRODUCT: &str = "No product with vesicles was applied in this study.";

pub(crate) fn waterfall(r: &Results) -> Markup {
    let Some(w) = &r.waterfall else { return passages(r) };
    html! {
        p {
            "From the label to the cytosol: of every particle counted on the label, the share "
            strong { (number(w.overall)) } " ends as escaped cargo by day " (number(w.day))
            ". Applied vesicles per vesicle that the wound bed’s own cells released over the same time: "
            strong { (number(w.applied_to_endogenous)) } "."
        }
        @if let Some(chart) = waterfall_chart::chart(&w.stages, "particles per cm² of wound, logarithmic") {
            (figure(chart, html! {
                (GRIDLINES) " Beside each stage: its fraction of the stage before, and whether that fraction was simulated or taken from the ledger (a key after @)."
            }))
        } @else { (absent("The waterfall has no stage.")) }
    }
}

const GRIDLINES: &str = "Each gridline is a power of ten: a bar half as long is not half as many.";

/// Where no dressing was applied: each population that was released in a box or by the tissue's own cells.
fn passages(r: &Results) -> Markup {
    if r.passages.is_empty() {
        return absent("No run of this study made vesicles that anything could take up.");
    }
    html! {
        @for w in &r.passages {
            @if r.passages.len() > 1 { h3 { (w.population) } }
            (passage(r, w))
        }
    }
}

fn passage(r: &Results, w: &Passage) -> Markup {
    let arm = r.arms.iter().find(|a| a.name == w.arm).map_or(w.arm.as_str(), |a| a.label.as_str());
    let (counted, axis) = match w.unit.as_str() {
        "vesicles" => ("The bars count vesicles, mean over ", "vesicles, logarithmic"),
        _ => (
            "The bars count vesicles per cm² of skin as it was laid out, mean over ",
            "vesicles per cm² of skin, logarithmic",
        ),
    };
    html! {
        p {
            "Of every vesicle "
            @if w.product { "released (" (w.population) ")" } @else { "that the tissue’s own cells made (" (w.population) ")" }
            @if w.burn_in > 0.0 { ", from the start of the burn-in " (quantity(w.burn_in, "d")) " before day 0 on" }
            ", the share " strong { (number(w.overall)) } " had by " (quantity(w.time, &w.time_unit)) " got to the last stage"
            @if let Some(last) = w.stages.last() { ": " (last.name) }
            @if r.arms.len() > 1 { " (arm: " (arm) ")" } "."
        }
        @if let Some(chart) = waterfall_chart::chart(&w.stages, axis) {
            (figure(chart, html! {
                (counted) (tissues(r.replicates)) ". " (GRIDLINES) " Beside each stage: its fraction of the stage before, and where the number comes from."
            }))
        }
    }
}

pub(crate) fn plausibility(r: &Results) -> Markup {
    let Some(p) = &r.plausibility else { return absent(NO_PRODUCT) };
    html! {
        p {
            "Could the cargo delivered explain an effect by its number of copies? "
            @if let Some(mass) = p.dose_ug_per_cm2 { "Dose by mass: " strong { (quantity(mass, "ug/cm^2")) } ". " }
            "Vesicles taken up per target cell in the bed: median " strong { (number(p.vesicles_per_cell[0])) }
            ", 95th percentile " strong { (number(p.vesicles_per_cell[1])) } "."
        }
        @if let Some(chart) = dose::chart(p) {
            (figure(chart, html! { "Particles per mass vary with the purity of the preparation; the bar is that interval. The box spans the doses used in humans." }))
        }
        @if !p.species.is_empty() {
            (scroll("Copies of each cargo species", copies(p)))
            (scroll("Copies by escape efficiency", by_escape(p)))
        }
        @if !p.note.is_empty() { p class="note" { (unit(&p.note)) } }
    }
}

fn copies(p: &Plausibility) -> Markup {
    html! {
        table class="cards-on-phone" {
            caption { span { "Copies in the cytosol of a target cell, against the threshold for an effect" } }
            thead { tr {
                th scope="col" { "Cargo" } th scope="col" class="num" { "per vesicle" }
                th scope="col" class="num" { "per cell: median" } th scope="col" class="num" { "95th percentile" }
                th scope="col" class="num" { "upper bound, all delivered" } th scope="col" class="num" { "threshold" } th scope="col" { "Verdict" }
            } }
            tbody { @for s in &p.species { tr {
                th scope="row" { (s.name) }
                (num("per vesicle", number(s.copies_per_vesicle)))
                (num("per cell: median", number(s.copies_per_cell[0])))
                (num("per cell: 95th percentile", number(s.copies_per_cell[1])))
                td class="num" data-label="upper bound, all delivered" {
                    span class="mean" { (number(s.upper_bound)) } span class="range" { "highest dose: " (number(s.upper_bound_high)) }
                }
                td class="num" data-label="threshold" {
                    @if s.threshold[1].is_finite() {
                        span class="mean" { (number(s.threshold[1])) } span class="range" { (range(s.threshold[0], s.threshold[2], "")) }
                    } @else { span class="quiet" { "none in the ledger" } }
                }
                (cell("verdict", html! { (badge(copy_class(&s.verdict), &s.verdict)) @if !s.why.is_empty() { span class="range" { (unit(&s.why)) } } }))
            } } }
        }
    }
}

fn copy_class(verdict: &str) -> &'static str {
    // The words that follow say what the verdict is not about.
    match verdict {
        v if v.starts_with("implausible") => "bad",
        v if v.starts_with("only at the upper end") => "open",
        _ => "plain",
    }
}

fn num(heading: &str, text: String) -> Markup {
    html! { td class="num" data-label=(heading) { (text) } }
}

/// The three escape efficiencies side by side, since the true one is not known.
fn by_escape(p: &Plausibility) -> Markup {
    let mut escapes: Vec<f64> = p.species.iter().flat_map(|s| s.by_escape.iter().map(|e| e.0)).collect();
    escapes.sort_by(f64::total_cmp);
    escapes.dedup_by(|a, b| a.total_cmp(b).is_eq());
    let find = |s: &SpeciesPlausibility, escape: f64| {
        s.by_escape
            .iter()
            .find(|e| e.0.total_cmp(&escape).is_eq())
            .map_or_else(|| "–".to_owned(), |e| number(e.1))
    };
    html! {
        table {
            caption { span { "Median copies per target cell, by the share of internalised cargo that escapes into the cytosol (not known: all are shown)" } }
            thead { tr { th scope="col" { "Cargo" } @for e in &escapes { th scope="col" class="num" { "escape " (number(*e)) } } th scope="col" class="num" { "threshold" } } }
            tbody { @for s in &p.species { tr {
                th scope="row" { (s.name) }
                @for e in &escapes { td class="num" { (find(s, *e)) } }
                td class="num" { @if s.threshold[1].is_finite() { (number(s.threshold[1])) } @else { "none" } }
            } } }
        }
    }
}

pub(crate) fn dressing(r: &Results) -> Markup {
    let Some(d) = &r.dressing else { return absent("No dressing was applied in this study.") };
    html! {
        dl class="facts" {
            div { dt { "Dose as written" } dd { (unit(&d.dose)) } }
            @if let Some(mass) = d.ug_per_cm2 { div { dt { "By mass" } dd { (quantity(mass, "ug/cm^2")) } } }
            div { dt { "By number, as labelled" } dd { (quantity(d.particles_per_cm2, "particles/cm^2")) } }
            @if let Some(mass) = d.ug_per_cm2.filter(|m| *m > 0.0) {
                div { dt { "Conversion used" } dd { "1 µg ↔ " (quantity(d.particles_per_cm2 / mass, "particles")) } }
            }
        }
        @if !d.change.is_empty() { p class="change" { strong { "Change interval: " } (unit(&d.change)) } }
        (release(r, d))
        @if d.rows.is_empty() { (absent("No day of the dressing was recorded.")) }
        @else { (scroll("The dressing, day by day", dressing_table(d))) }
    }
}

fn dressing_table(d: &DressingTable) -> Markup {
    html! {
        table {
            caption { span { "Per cent of the vesicles loaded (after storage and adsorption losses); acting: per cent of surface sites" } }
            thead { tr {
                th scope="col" class="day-cell" { "Day" } th scope="col" class="num" { "released" } th scope="col" class="num" { "still in gel" }
                th scope="col" class="num" { "degraded in gel" } th scope="col" class="num" { "in the bed now" }
                th scope="col" class="num" { "still acting" }
            } }
            tbody { @for row in &d.rows { tr {
                th scope="row" class="day-cell" { (number(row.day)) }
                @for value in [row.released_percent, row.still_in_gel_percent, row.degraded_in_gel_percent, row.in_bed_percent, row.acting * 100.0] {
                    td class="num" { (percent(value)) }
                }
            } } }
        }
    }
}

/// The release chart: four lines on one per cent axis.
fn release(r: &Results, d: &DressingTable) -> Markup {
    type Reading = fn(&exoderm_study::results::DressingRow) -> f64;
    let readings: [(&str, &str, Reading); 4] = [
        ("released", "a-exosome", |row| row.released_percent),
        ("in gel", "a-vehicle", |row| row.still_in_gel_percent),
        ("in the bed", "a-soluble", |row| row.in_bed_percent),
        ("acting", "a-null", |row| 100.0 * row.acting),
    ];
    let lines: Vec<time::Line> = readings
        .iter()
        .enumerate()
        .map(|(shape, (label, class, value))| time::Line {
            label: (*label).to_owned(),
            look: Look { class, shape },
            points: d
                .rows
                .iter()
                .map(|row| time::Point { day: row.day, value: value(row), band: None })
                .collect(),
        })
        .collect();
    let axes = time::Axes {
        title: "Release from the dressing",
        description: "Released, still in the gel, in the wound bed, and mean occupancy of target cells, per cent, by day.".to_owned(),
        vertical: "%",
        natural: [0.0, 100.0],
        last_day: r.reached,
        unit: "day",
    };
    html! {
        @if let Some(chart) = time::chart(&lines, &axes) {
            (figure(chart, html! { "Released, in gel, in the bed: per cent of the vesicles loaded. Acting: mean share of the surface sites of target cells in the bed that hold a vesicle." }))
        }
    }
}

pub(crate) fn blood(r: &Results) -> Markup {
    let Some(b) = &r.blood else {
        return absent("Nothing of a product was recorded to leave this tissue by lymph or blood.");
    };
    let three = |x: &exoderm_study::whole_body::Band| {
        html! { (number(x.median)) " (" (number(x.low)) " to " (number(x.high)) ")" }
    };
    let line = time::Line {
        label: "product".to_owned(),
        look: Look { class: "a-exosome", shape: 0 },
        points: b
            .points
            .iter()
            .map(|p| time::Point {
                day: p.day,
                value: p.per_ml.median,
                band: Some([p.per_ml.low, p.per_ml.high]),
            })
            .collect(),
    };
    let axes = time::Axes {
        title: "The product in plasma",
        description: "Vesicles of the product per mL of plasma, by day.".to_owned(),
        vertical: "per mL of plasma",
        natural: [0.0, f64::INFINITY],
        last_day: r.reached,
        unit: "day",
    };
    html! {
        p {
            "Of the vesicles in the dressing, " (percent(b.lymph_percent)) " drained into lymph and " (percent(b.blood_percent))
            " went into blood vessels of the tissue. Over " (quantity(b.area_cm2, "cm^2")) " of a " (b.body)
            " they make at most " (three(&b.highest_per_ml)) " vesicles per mL of plasma, beside " (three(&b.own_per_ml))
            " of the body\u{2019}s own. Intervals hold 90 % of draws over the body\u{2019}s ranges, the tissue as it was run; clearance was fitted in mice to a "
            "dye label. It says nothing about a patient."
        }
        @for l in &b.payload {
            p { "Of " (l.species) ", " (number(l.copies_per_vesicle)) " a vesicle as loaded, at most " (three(&l.highest_per_ml)) " copies ride in a mL of plasma." }
        }
        @if let Some(chart) = time::chart(&[line], &axes) {
            (figure(chart, html! { "Product in plasma: median and 90 % of the draws." }))
        }
    }
}

pub(crate) fn required(r: &Results) -> Markup {
    if r.required.is_empty() {
        return absent("Not asked for in this study.");
    }
    html! {
        p { "The smallest value of each input, changed alone, at which the product gives a 20 % gain over the vehicle." }
        (scroll("What would have to be true", html! {
            table class="cards-on-phone" {
                thead { tr {
                    th scope="col" { "Input" } th scope="col" class="num" { "used" } th scope="col" class="num" { "needed" }
                    th scope="col" class="num" { "ledger’s range" } th scope="col" class="num" { "searched" } th scope="col" { "Reading" }
                } }
                tbody { @for q in &r.required { (requirement(q)) } }
            }
        }))
    }
}

fn requirement(q: &Requirement) -> Markup {
    html! { tr {
        th scope="row" { (unit(&q.input)) }
        (num("used", number(q.used)))
        (num("needed", match (q.bracket, q.needed) {
            (Some([a, b]), _) => format!("between {} and {}", number(a), number(b)),
            (None, Some(x)) => number(x),
            (None, None) => "none found".to_owned(),
        }))
        (num("ledger’s range", q.ledger_range.map_or_else(|| "none".to_owned(), |[a, b]| range(a, b, ""))))
        (num("searched", range(q.searched[0], q.searched[1], "")))
        (cell("reading", html! { (q.reading) @if !q.method.is_empty() { span class="range" { (q.method) } } }))
    } }
}
