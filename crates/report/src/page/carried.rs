//! What the tissue's own vesicles carry of what their parents hold, and what of it reaches a cytosol.

use super::one_cell::areas;
use super::parts::{scroll, tissues};
use crate::format::number;
use exoderm_study::one_cell::Told;
use exoderm_study::results::{Carried, Results};
use maud::{Markup, html};

pub(crate) fn carried(r: &Results) -> Markup {
    html! {
        p {
            "A cell loads its vesicles with what it holds, times an enrichment that its state sets; those that were in its bodies already come out "
            "first. Copies ride with the vesicles and are drawn when cells bind them. Means over " (tissues(r.replicates)) "."
        }
        @for c in &r.carried { (species(r, c)) }
    }
}

fn species(r: &Results, c: &Carried) -> Markup {
    let label = r.arms.iter().find(|a| a.name == c.arm).map_or(c.arm.as_str(), |a| a.label.as_str());
    let first = c.recipients.iter().flat_map(|x| &x.by_escape).map(|(e, _)| *e);
    let mut escapes: Vec<f64> = Vec::new();
    for e in first {
        if !escapes.contains(&e) {
            escapes.push(e);
        }
    }
    html! {
        h3 { (c.species) @if r.arms.len() > 1 { " · " (label) } }
        (scroll("What parents load", html! {
            table class="cards-on-phone" {
                thead { tr {
                    th scope="col" { "Parent" } th scope="col" class="num" { "vesicles released" }
                    th scope="col" class="num" { "copies a vesicle, at first" } th scope="col" class="num" { "at the end" }
                } }
                tbody { @for d in &c.donors { tr {
                    th scope="row" { (d.name) }
                    td class="num" data-label="vesicles released" { (number(d.released)) }
                    td class="num" data-label="copies a vesicle, at first" { (number(d.copies[0])) }
                    td class="num" data-label="at the end" { (number(d.copies[1])) }
                } } }
            }
        }))
        @for (name, t) in c.donors.iter().filter_map(|d| Some((&d.name, d.told.as_ref()?))) { (told(name, t)) }
        @if !c.recipients.is_empty() {
            (scroll("What reaches the cytosol", html! {
                table class="cards-on-phone" {
                    thead { tr {
                        th scope="col" { "Recipient" } th scope="col" class="num" { "copies in the cytosol, mean" }
                        th scope="col" class="num" { "median" } th scope="col" class="num" { "95th percentile" }
                        @for e in &escapes { th scope="col" class="num" { "mean at escape " (number(*e)) } }
                        @if c.rna { th scope="col" { "Against the threshold" } }
                    } }
                    tbody { @for x in &c.recipients { tr {
                        th scope="row" { (x.name) }
                        td class="num" data-label="copies, mean" { (number(x.copies[0])) }
                        td class="num" data-label="median" { (number(x.copies[1])) }
                        td class="num" data-label="95th percentile" { (number(x.copies[2])) }
                        @for (e, copies) in &x.by_escape {
                            td class="num" data-label={ "mean at escape " (number(*e)) } { (number(*copies)) }
                        }
                        @if c.rna { td data-label="against the threshold" { (x.verdict.as_deref().unwrap_or("–")) } }
                    } } }
                }
            }))
        }
        @if c.rna {
            p class="note" {
                "Threshold of an effect: " (number(c.threshold[1])) " copies (" (number(c.threshold[0])) " to " (number(c.threshold[2]))
                "). The verdict is about copy numbers in the cytosol at the last snapshot; it says nothing about benefit. Copies at other escape "
                "efficiencies are in proportion."
            }
        } @else {
            p class="note" { "The ledger has no threshold for this class of cargo." }
        }
    }
}

/// Whether a sample of a parent's vesicles tells the end of the run from its start.
fn told(parent: &str, t: &Told) -> Markup {
    html! {
        p {
            "Do vesicles of the " (parent) " tell this change? They hold " (number(t.fold)) " times the copies at the end. Of "
            (number(t.people as f64)) " people in either state, " (number(t.vesicles as f64)) " vesicles each, two are told apart with the area under "
            "the curve below; 0.5 tells nothing. People’s spread and the platelets’ vesicles of blood, which hold the cargo as at the start, are assumed "
            "(data/sources.toml); it is arithmetic, no biomarker study."
        }
        (areas(t))
    }
}
