//! What the answer rests on: published numbers, parameters by evidence, assumptions, conflicts.

use super::parts::{absent, badge, cell, estimate, plural, scroll, source};
use crate::chart::target;
use crate::format::{range, unit};
use exoderm_study::results::{Assumption, EvidenceGroup, ParameterRow, Results, TargetComparison};
use maud::{Markup, html};

/// How an outcome is marked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Met,
    Missed,
    Neither,
}

fn mark(t: &TargetComparison) -> Mark {
    let outcome = t.outcome.trim().to_lowercase();
    if ["outside", "disagree", "miss"].iter().any(|w| outcome.starts_with(w)) {
        Mark::Missed
    } else if ["inside", "agree", "met"].iter().any(|w| outcome.starts_with(w)) {
        Mark::Met
    } else {
        Mark::Neither
    }
}

pub(crate) fn targets(r: &Results) -> Markup {
    if r.targets.is_empty() {
        return absent("No published number was compared in this study.");
    }
    let of = |role: &str| r.targets.iter().filter(|t| t.role.eq_ignore_ascii_case(role)).count();
    let missed = r.targets.iter().filter(|t| mark(t) == Mark::Missed).count();
    let compared = r.targets.iter().filter(|t| mark(t) != Mark::Neither).count();
    html! {
        p {
            @if missed == 0 { strong { "No miss" } } @else { strong class="miss" { (plural(missed, "miss", "misses")) } }
            " in " (plural(compared, "comparison", "comparisons")) ". "
            (badge("open", "FIT")) " the model was fitted to this number, so agreement is no evidence ("
            (of("FIT")) "). " (badge("plain", "CHECK")) " not used in fitting (" (of("CHECK")) "). "
            (badge("plain", "context")) " shown for comparison only (" (of("context")) ")."
        }
        (scroll("Comparison with published numbers", html! {
            table class="cards-on-phone targets" {
                thead { tr {
                    th scope="col" { "Published" } th scope="col" { "Role" } th scope="col" class="num" { "Published value" } th scope="col" class="num" { "This model" }
                    th scope="col" { "Outcome" } th scope="col" { "Likely cause, limits, source" }
                } }
                tbody { @for t in &r.targets { (comparison(t)) } }
            }
        }))
        p class="note" { "Box: accepted band. Disc and line: this model’s mean and simulation noise." }
    }
}

fn comparison(t: &TargetComparison) -> Markup {
    let outcome = match mark(t) {
        Mark::Met => badge("good", &t.outcome),
        Mark::Missed => badge("bad", &format!("Miss: {}", t.outcome)),
        Mark::Neither => badge("plain", &t.outcome),
    };
    html! { tr class=[(mark(t) == Mark::Missed).then_some("missed")] {
        th scope="row" { (unit(&t.what)) span class="range" { code { (t.id) } } }
        (cell("role", badge(if t.role.eq_ignore_ascii_case("fit") { "open" } else { "plain" }, &t.role)))
        td class="num" data-label="published value" {
            (unit(&t.published)) @if let Some([a, b]) = t.band { span class="range" { "band " (range(a, b, &t.unit)) } }
        }
        td class="num" data-label="this model" {
            @match &t.simulated { Some(e) => (estimate(e, &t.unit, false)), None => span class="quiet" { "no value" } }
            (target::bullet(t.band, t.simulated.as_ref()))
        }
        (cell("outcome", outcome))
        (cell("likely cause, limits, source", html! {
            @if !t.note.is_empty() { (unit(&t.note)) " " } span class="source" { (source(&t.source, None)) }
        }))
    } }
}

pub(crate) fn parameters(r: &Results) -> Markup {
    if r.evidence.is_empty() {
        return absent("No ledger parameter was used.");
    }
    let all: usize = r.evidence.iter().map(|g| g.parameters.len()).sum();
    html! {
        p { (plural(all, "ledger parameter", "ledger parameters")) " used, strongest evidence first. The level says what kind of study gave the number, not that it holds here." }
        @for group in &r.evidence { (level(group)) }
    }
}

fn level(group: &EvidenceGroup) -> Markup {
    html! {
        details {
            summary { (group.level) " " span class="count" { (group.parameters.len()) } }
            (scroll(&format!("Parameters: {}", group.level), html! {
                table class="cards-on-phone" {
                    thead { tr {
                        th scope="col" { "Parameter" } th scope="col" class="num" { "value" } th scope="col" class="num" { "range" }
                        th scope="col" { "read" } th scope="col" { "source" } th scope="col" { "used at" }
                    } }
                    tbody { @for p in &group.parameters { (parameter(p)) } }
                }
            }))
        }
    }
}

fn parameter(p: &ParameterRow) -> Markup {
    html! { tr {
        th scope="row" { (unit(&p.what)) span class="range" { code { (p.key) } } }
        td class="num" data-label="value" { (unit(&p.value)) }
        td class="num" data-label="range" { (unit(&p.range)) }
        (cell("read", html! { (p.read) }))
        (cell("source", source(&p.source, p.doi.as_deref())))
        (cell("used at", html! { @for (i, path) in p.used_at.iter().enumerate() { @if i > 0 { ", " } code { (path) } } }))
    } }
}

pub(crate) fn assumptions(r: &Results) -> Markup {
    html! {
        @if r.assumptions.is_empty() { (absent("No assumption: every number of biology comes from the ledger.")) }
        @else {
            p { "Numbers of biology that are written in the scenario or its profile and have no source. The answer is conditional on them." }
            details {
                summary { "Assumptions " span class="count" { (r.assumptions.len()) } }
                (scroll("Assumptions", html! {
                    table class="cards-on-phone" {
                        thead { tr { th scope="col" { "Where" } th scope="col" class="num" { "value" } th scope="col" class="num" { "range" } th scope="col" { "written in" } } }
                        tbody { @for a in &r.assumptions { (assumption(a)) } }
                    }
                }))
            }
        }
        @if r.conflicts.is_empty() { (absent("No conflict: no ledger row used here is contradicted by another.")) }
        @else {
            details open="open" {
                summary { "Conflicts in the ledger " span class="count" { (r.conflicts.len()) } }
                (scroll("Conflicts in the ledger", html! {
                    table class="cards-on-phone keys" {
                        thead { tr { th scope="col" { "Used" } th scope="col" class="num" { "value" } th scope="col" { "contradicted by" } th scope="col" class="num" { "its value" } th scope="col" { "Why" } } }
                        tbody { @for c in &r.conflicts { tr {
                            th scope="row" { code { (c.used) } }
                            td class="num" data-label="value" { (unit(&c.used_value)) }
                            (cell("contradicted by", html! { code { (c.other) } }))
                            td class="num" data-label="its value" { (unit(&c.other_value)) }
                            (cell("why", html! { (unit(&c.why)) }))
                        } } }
                    }
                }))
            }
        }
    }
}

fn assumption(a: &Assumption) -> Markup {
    html! { tr {
        th scope="row" { code { (a.path) } }
        td class="num" data-label="value" { (unit(&a.value)) }
        td class="num" data-label="range" { (a.range.as_deref().map_or_else(|| "none given".to_owned(), unit)) }
        (cell("written in", html! { (a.file) ", line " (a.line) }))
    } }
}
