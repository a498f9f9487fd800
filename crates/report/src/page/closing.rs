//! Warnings, how to run it again, the glossary, the footer.

use super::parts::{absent, scroll};
use crate::format::{count, quantity, seconds, unit};
use exoderm_study::results::Results;
use maud::{Markup, html};

pub(crate) fn warnings(r: &Results) -> Markup {
    if r.warnings.is_empty() {
        return absent("None.");
    }
    html! { ul class="warnings" { @for text in &r.warnings { li { (unit(text)) } } } }
}

pub(crate) fn reproduce(r: &Results) -> Markup {
    let t = &r.timings;
    html! {
        p { "The same program, command and seed give the same numbers on any number of threads." }
        pre tabindex="0" { code { (r.reproduce.command) } }
        (scroll("How to reproduce this report", html! {
            table class="plain" { tbody {
                tr { th scope="row" { "Program" } td { (r.reproduce.version) } }
                tr { th scope="row" { "Seed" } td { (r.reproduce.seed) } }
                @for (name, hash) in &r.reproduce.hashes { tr { th scope="row" { (name) } td { code class="hash" { (hash) } } } }
                tr { th scope="row" { "Results format" } td { (r.format) } }
                @if t.wall_seconds > 0.0 {
                    tr { th scope="row" { "Time taken" } td { (seconds(t.wall_seconds)) " on " (count(t.threads as u64)) @if t.threads == 1 { " thread" } @else { " threads" } } }
                } @else {
                    tr { th scope="row" { "Time taken" } td { "not measured: built again from recorded results" } }
                }
                @for (name, s) in &t.parts { tr { th scope="row" class="sub" { (name) } td { (seconds(*s)) } } }
                @if let Some(mb) = t.peak_memory_mb { tr { th scope="row" { "Highest memory" } td { (quantity(mb, "MB")) } } }
            } }
        }))
        @if !t.parts.is_empty() { p class="note" { "Times of the parts are summed over all runs, which share the threads." } }
    }
}

/// Every abbreviation of this page, once.
const WORDS: [(&str, &str); 25] = [
    (
        "Acting, occupancy",
        "mean share of a target cell’s surface sites that hold a vesicle (0–1, or 0–100 %)",
    ),
    ("Arm", "one of the treatments that are simulated on the same tissues"),
    ("Bed", "the tissue under and around the open wound that the product reaches"),
    ("DOI", "digital object identifier of a publication"),
    ("db/db", "mouse strain that lacks the leptin receptor and becomes diabetic"),
    ("Escape", "share of the cargo inside endosomes that reaches the cytosol"),
    ("Exosome, EV", "extracellular vesicle: a particle of 30–200 nm with a membrane, released by cells"),
    ("FDA", "the Food and Drug Administration of the United States"),
    (
        "FIT, CHECK, context",
        "a published number that the model was fitted to; one kept for testing it; one shown only for comparison",
    ),
    (
        "Ledger",
        "the collected parameters, each with its source, range and kind of evidence; @key names a row",
    ),
    ("MB", "megabyte, 10⁶ bytes"),
    ("miRNA, mir", "microRNA, a short regulating RNA (ribonucleic acid)"),
    ("MSC", "mesenchymal stromal (stem) cell"),
    ("Null", "arm with the product’s vesicles made inert; equal to the vehicle by construction"),
    (
        "Parameter uncertainty",
        "spread of the answer when parameters are drawn from their ranges in the ledger",
    ),
    ("pp", "percentage points: the difference of two percentages"),
    ("RCT", "randomised controlled trial"),
    (
        "Simulated tissue",
        "a repeat of the simulation with a new initial tissue and its own noise, shared by the arms; not a patient",
    ),
    ("Simulation noise", "spread of the answer between simulated tissues, with all parameters fixed"),
    ("Soluble", "arm with the same cargo, free instead of in vesicles"),
    (
        "TNF, TGF-β, VEGF, EGF, PDGF, IL-10, MMP",
        "signal proteins (tumour necrosis factor; transforming, vascular endothelial, epidermal and platelet-derived growth factor; interleukin 10) and matrix-cutting enzymes (matrix metalloproteinases)",
    ),
    ("Untreated", "arm with the wound left as it is"),
    ("Vehicle", "arm with gel and buffer but no vesicles"),
    ("xxh3-128", "a checksum of 128 bits"),
    ("µm, µg, nm", "micrometre (0.001 mm), microgram (0.001 mg), nanometre (0.001 µm)"),
];

/// Words that a report of a box uses.
const OF_BOXES: [&str; 10] = [
    "Arm",
    "DOI",
    "Exosome, EV",
    "Ledger",
    "MB",
    "miRNA, mir",
    "Simulated tissue",
    "Simulation noise",
    "xxh3-128",
    "µm, µg, nm",
];

pub(crate) fn glossary(r: &Results) -> Markup {
    let used = |word: &str| r.course.is_none() || OF_BOXES.contains(&word);
    html! { dl class="glossary" { @for (word, meaning) in WORDS.into_iter().filter(|w| used(w.0)) { div { dt { (word) } dd { (meaning) } } } } }
}

pub(crate) fn footer(r: &Results) -> Markup {
    html! {
        footer {
            p { strong { "Research use, not medical advice. FDA has stated that no exosome product is approved (public notices of 2019 and 2020)." } }
            p { "Made by " (r.reproduce.version) "." }
        }
    }
}
