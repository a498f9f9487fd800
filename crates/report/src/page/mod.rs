//! The page: its frame, its order, and one module for each group of sections.
//!
//! Every section is always there, in the same order, so that two reports can be laid side by side; a section without
//! data says why it has none. A general box has sections of its own.

mod agents;
mod answer;
mod bench;
mod boxes;
mod carried;
mod closing;
mod communication;
mod delivery;
mod effect;
mod evidence;
mod machine;
mod one_cell;
mod parts;
mod product;
mod rules;
mod sections;
mod spheroid;
mod sweep;
mod whole_body;

use exoderm_study::results::Results;
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("style.css");
/// Opens the folded lists for printing where style alone can't, and folds them again.
const PRINT: &str = "addEventListener('beforeprint',function(){document.querySelectorAll('main details:not([open])')\
.forEach(function(d){d.open=true;d.dataset.folded=1})});addEventListener('afterprint',function(){\
document.querySelectorAll('details[data-folded]').forEach(function(d){d.open=false;delete d.dataset.folded})});";
/// Nothing may be loaded from anywhere; images only from the page itself.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

pub(crate) use agents::page as agents;
pub(crate) use one_cell::{one_cell, one_cell_picture};
pub(crate) use rules::{rules, rules_picture};
pub(crate) use spheroid::spheroid_picture;
pub(crate) use whole_body::{whole_body, whole_body_picture};

/// One section of the page.
struct Part {
    id: &'static str,
    title: &'static str,
    body: Markup,
}

/// A page around its body: nothing is loaded from anywhere.
fn shell(title: &str, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            (body)
        }
    }
}

/// A page of its own: one column under a heading.
fn leaf(title: &str, heading: &str, body: Markup) -> Markup {
    shell(
        &format!("{title} – Exoderm"),
        html! { body { div class="page leaf" { main { h1 { (heading) } (body) } } } },
    )
}

/// The whole document.
pub(crate) fn document(r: &Results) -> Markup {
    let title = format!("{} – Exoderm report", r.title);
    whole(&title, "Question and answer", answer::header(r), &parts(r), closing::footer(r))
}

/// A page of sections with its contents at the side; `first` names the header there.
fn whole(title: &str, first: &str, header: Markup, parts: &[Part], footer: Markup) -> Markup {
    let body = html! {
        body {
            a class="skip" href="#answer" { "Skip to the answer" }
            div class="page" {
                nav class="side" aria-label="Contents" { p class="brand" { "Exoderm" } (contents(first, parts)) }
                main {
                    (header)
                    details class="contents" { summary { "Contents" } (contents(first, parts)) }
                    @for part in parts {
                        section id=(part.id) {
                            h2 { (part.title) }
                            (part.body)
                        }
                    }
                    (footer)
                }
            }
            script { (PreEscaped(PRINT)) }
        }
    };
    shell(title, body)
}

fn parts(r: &Results) -> Vec<Part> {
    let mut parts = all_parts(r);
    // Nobody who swept nothing is told that nothing was swept.
    parts.retain(|p| p.id != "sweep" || r.sweep.is_some());
    // Nor that nothing was sorted.
    parts.retain(|p| p.id != "carried" || !r.carried.is_empty());
    parts
}

fn all_parts(r: &Results) -> Vec<Part> {
    let part = |id, title, body| Part { id, title, body };
    if let Some(course) = &r.course {
        // Nothing closes in a box, and no product is compared with a vehicle.
        return vec![
            part("course", "Where the vesicles are", boxes::course(r, course)),
            part("waterfall", "Where the particles went", delivery::waterfall(r)),
            part("carried", "What the tissue’s own vesicles carry", carried::carried(r)),
            part("communication", "Who sent how many to whom", communication::communication(r)),
            part("product", "The product", product::products(r)),
            part("sweep", "What was swept", sweep::sweep(r)),
            part("balance", "Balance sheet", machine::balance(r)),
            part("parameters", "Parameters by evidence", evidence::parameters(r)),
            part("assumptions", "Assumptions and conflicts", evidence::assumptions(r)),
            part("warnings", "Warnings", closing::warnings(r)),
            part("reproduce", "How to reproduce this report", closing::reproduce(r)),
            part("glossary", "Words and abbreviations", closing::glossary(r)),
        ];
    }
    vec![
        part("closure", "Closure over days", effect::closure(r)),
        part("contrasts", "Differences between arms", effect::contrasts(r)),
        part("cases", "Best case, null and worst case", effect::cases(r)),
        part("endpoints", "Endpoints by arm", effect::endpoints(r)),
        part("product", "The product", product::products(r)),
        part("waterfall", "Where the particles went", delivery::waterfall(r)),
        part("plausibility", "Is the dose plausible?", delivery::plausibility(r)),
        part("dressing", "The dressing, day by day", delivery::dressing(r)),
        part("blood", "What reaches the blood", delivery::blood(r)),
        part("carried", "What the tissue’s own vesicles carry", carried::carried(r)),
        part("communication", "Who sent how many to whom", communication::communication(r)),
        part("required", "What would have to be true", delivery::required(r)),
        part("sensitivity", "The inputs that swing the answer most", machine::sensitivity(r)),
        part(
            "sweep",
            if r.sweep.as_ref().is_some_and(|s| s.design_map) { "Design map" } else { "What was swept" },
            sweep::sweep(r),
        ),
        part("bench", "For the bench", bench::bench(r)),
        part("balance", "Balance sheet", machine::balance(r)),
        part("sections", "Tissue sections", sections::sections(r)),
        part("targets", "Comparison with published numbers", evidence::targets(r)),
        part("rival", "Message or waste?", product::rival(r)),
        part("hazard", "What it may do to a tumour", product::hazard(r)),
        part("parameters", "Parameters by evidence", evidence::parameters(r)),
        part("assumptions", "Assumptions and conflicts", evidence::assumptions(r)),
        part("enforced", "What the model enforces", machine::enforced(r)),
        part("warnings", "Warnings", closing::warnings(r)),
        part("reproduce", "How to reproduce this report", closing::reproduce(r)),
        part("glossary", "Words and abbreviations", closing::glossary(r)),
    ]
}

fn contents(first: &str, parts: &[Part]) -> Markup {
    html! {
        ol {
            li { a href="#answer" { (first) } }
            @for part in parts { li { a href={ "#" (part.id) } { (part.title) } } }
        }
    }
}
