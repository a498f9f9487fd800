//! The product: what is on record of it, what was loaded onto it; and the model against the rival that vesicles are waste.

use super::parts::{absent, badge, cell, plural, scroll};
use crate::format::{number, percent, quantity, unit};
use exoderm_study::results::{LoadedRow, Product, Results, RivalRow};
use maud::{Markup, html};

pub(crate) fn products(r: &Results) -> Markup {
    if r.products.is_empty() {
        return absent("No product is part of this scenario.");
    }
    html! { @for p in &r.products { (product(p)) } }
}

fn product(p: &Product) -> Markup {
    let missing: Vec<&str> = p.record.iter().filter(|i| i.stated.is_none()).map(|i| i.key.as_str()).collect();
    html! {
        h3 { (p.name) }
        p {
            @if p.at_most_low { (badge("bad", "evidence: low at most")) } @else { (badge("plain", "record complete enough to be graded")) }
            " " (p.why) ". "
            @match p.mode.as_str() {
                "carrier" => "It is given as a carrier: only what was loaded onto it acts.",
                "active" => "It is given without what could be loaded onto it: the vesicles act themselves.",
                _ => "",
            }
        }
        details {
            summary { "Record " span class="count" { (percent(100.0 * p.completeness)) } }
            (scroll("Record of the product", html! {
                table class="cards-on-phone" {
                    thead { tr { th scope="col" { "Item" } th scope="col" { "should say" } th scope="col" { "stated" } } }
                    tbody { @for i in &p.record { tr {
                        th scope="row" { code { (i.key) } @if i.essential { span class="range" { "must be there" } } }
                        (cell("should say", html! { (i.what) }))
                        (cell("stated", html! { @match &i.stated { Some(t) => (t), None => span class="quiet" { "nothing" } } }))
                    } } }
                }
            }))
            @if !missing.is_empty() {
                p class="note" { "State what is known in [vesicle." (p.name) ".record] of the scenario: " (missing.join(", ")) "." }
            }
        }
        @if !p.loaded.is_empty() { (scroll("What was loaded", loaded(&p.loaded))) }
    }
}

fn loaded(rows: &[LoadedRow]) -> Markup {
    html! {
        table class="cards-on-phone" {
            caption { span { "What was loaded, and what loading cost" } }
            thead { tr {
                th scope="col" { "Cargo" } th scope="col" { "way" } th scope="col" class="num" { "offered per vesicle" }
                th scope="col" class="num" { "got in" } th scope="col" class="num" { "copies per vesicle" }
                th scope="col" class="num" { "vesicles that went in per one left" } th scope="col" class="num" { "of all molecules offered, on vesicles" }
            } }
            tbody { @for l in rows { tr {
                th scope="row" { (l.species) }
                (cell("way", html! { (l.way) }))
                td class="num" data-label="offered per vesicle" { (number(l.offered)) }
                td class="num" data-label="got in" { (percent(100.0 * l.efficiency)) }
                td class="num" data-label="copies per vesicle" { (number(l.copies_per_vesicle)) }
                td class="num" data-label="vesicles that went in per one left" { @if l.vesicles_per_labelled.is_finite() { (number(l.vesicles_per_labelled)) } @else { "none is left" } }
                td class="num" data-label="of all molecules offered, on vesicles" { (percent(100.0 * l.yield_of_molecules)) }
            } } }
        }
    }
}

pub(crate) fn rival(r: &Results) -> Markup {
    let Some(rival) = &r.rival else { return absent("Not reckoned in this study.") };
    html! {
        p {
            "Vesicles were first taken for a way to be rid of waste. In that rival nobody acts on them: its prediction is the vehicle in the product\u{2019}s place. "
            strong { (rival.reading) }
        }
        @if !rival.rows.is_empty() {
            (scroll("The model against the rival", html! {
                table class="cards-on-phone" {
                    thead { tr {
                        th scope="col" { "Published number" } th scope="col" class="num" { "published" } th scope="col" class="num" { "this model" }
                        th scope="col" class="num" { "waste" } th scope="col" class="num" { "difference of log scores" }
                    } }
                    tbody { @for row in &rival.rows { (rival_row(row)) } }
                }
            }))
            p class="note" {
                "Above 0 the model is nearer to the published number, below 0 the rival. A band is read as a mean and its half-width as an SD; simulation noise is left out. "
                (plural(rival.rows.iter().filter(|r| r.counts).count(), "number counts", "numbers count")) "; one that was fitted to does not."
            }
        }
    }
}

fn rival_row(row: &RivalRow) -> Markup {
    html! { tr {
        th scope="row" { (unit(&row.what)) " " (badge(if row.counts { "plain" } else { "open" }, &row.role)) span class="range" { code { (row.id) } } }
        td class="num" data-label="published" { (number(row.published[0])) " ± " (quantity(row.published[1], &row.unit)) }
        td class="num" data-label="this model" { (number(row.model)) }
        td class="num" data-label="waste" { (number(row.null)) }
        td class="num" data-label="difference of log scores" { (number(row.score)) }
    } }
}

pub(crate) fn hazard(r: &Results) -> Markup {
    let Some(h) = &r.hazard else { return absent("No product is part of this scenario.") };
    html! {
        p {
            "A clone of cells that is already on its way to a tumour: the chance that it grows faster with vesicles lies between "
            strong { (percent(100.0 * h.chance[0])) " and " (percent(100.0 * h.chance[1])) }
            ", by which of the sources one goes. " (h.note)
        }
        (scroll("Harm by source", html! {
            table class="cards-on-phone" {
                thead { tr { th scope="col" { "Source" } th scope="col" class="num" { "effect" } th scope="col" class="num" { "chance of harm" } } }
                tbody { @for v in &h.views { tr {
                    th scope="row" { (unit(&v.what)) span class="range" { code { (v.key) } } }
                    td class="num" data-label="effect" { (unit(&v.effect)) }
                    td class="num" data-label="chance of harm" { (percent(100.0 * v.chance)) }
                } } }
            }
        }))
        p class="note" { "Value and range of the ledger, the range read as a 95 % interval. No run simulates this." }
    }
}
