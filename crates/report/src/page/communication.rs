//! Who sent how many vesicles to whom.

use super::parts::{absent, figure, scroll, tissues};
use crate::chart::matrix;
use crate::format::{number, percent};
use exoderm_study::results::{Communication, Results};
use maud::{Markup, html};

pub(crate) fn communication(r: &Results) -> Markup {
    if r.communication.is_empty() {
        return absent(
            "Not asked for: add communication = true to [record], or --set record.communication=true; it changes no result.",
        );
    }
    html! {
        p {
            "Every vesicle that cells took up, by the type of the cell that released it and the type that took it up, from the start of the "
            "burn-in to the end. The tissue’s own vesicles are alike whoever made them; they are told apart by following each type’s share of "
            "their density, so that the numbers are expected ones, given how many whole vesicles each cell drew. Taken up is not acted upon."
        }
        @for c in &r.communication {
            @if r.communication.len() > MOST_OPEN && !is_product(r, c) {
                details { summary { (label(r, c)) } (arm(r, c)) }
            } @else {
                h3 { (label(r, c)) }
                (arm(r, c))
            }
        }
    }
}

/// Of more arms than these only the product's stands open: a matrix fills a screen.
const MOST_OPEN: usize = 5;

fn is_product(r: &Results, c: &Communication) -> bool {
    r.arms.iter().any(|a| a.name == c.arm && a.kind == "exosome")
}

fn label<'r>(r: &'r Results, c: &'r Communication) -> &'r str {
    r.arms.iter().find(|a| a.name == c.arm).map_or(c.arm.as_str(), |a| a.label.as_str())
}

fn arm(r: &Results, c: &Communication) -> Markup {
    html! {
        @match matrix::chart(c) {
            Some(chart) => (figure(chart, html! {
                "Vesicles taken up, mean over " (tissues(r.replicates)) ". Shade: root of the share of the largest number"
                @if c.senders.iter().any(|s| s.product) { "; products in the colour of the exosome arm" }
                "."
            })),
            None => (absent("No vesicle was taken up.")),
        }
        @if !c.senders.is_empty() {
            details { summary { "Where each sender’s vesicles went" } (scroll("Where each sender’s vesicles went", fates(c))) }
        }
    }
}

fn fates(c: &Communication) -> Markup {
    html! {
        table class="cards-on-phone" {
            thead { tr {
                th scope="col" { "Sender" } th scope="col" class="num" { "released" }
                th scope="col" class="num" { "taken up" } th scope="col" class="num" { "share" }
                th scope="col" class="num" { "still in tissue fluid or on matrix" }
                th scope="col" class="num" { "degraded outside cells, drained, carried off" }
            } }
            tbody { @for s in &c.senders {
                @let taken = s.taken.iter().sum::<f64>();
                tr {
                    th scope="row" { (s.name) }
                    td class="num" data-label="released" { (number(s.released)) }
                    td class="num" data-label="taken up" { (number(taken)) }
                    td class="num" data-label="share" { (percent(if s.released > 0.0 { 100.0 * taken / s.released } else { 0.0 })) }
                    td class="num" data-label="still there" { (number(s.present)) }
                    td class="num" data-label="lost" { (number(s.lost)) }
                }
            } }
        }
    }
}
