//! The head of the page: the question, then the answer in two sentences with what it rests on.

use super::parts::{badge, endpoint_label, estimate, plural, tissues};
use crate::format::{quantity, unit};
use exoderm_study::pipeline::OFF_LABEL;
use exoderm_study::results::{Contrast, Results};
use maud::{Markup, html};

pub(crate) fn header(r: &Results) -> Markup {
    html! {
        header id="answer" {
            p class="kicker" { "Exoderm report · " (r.scenario) " · " (r.species) }
            h1 { (r.title) }
            @if !r.question.text.is_empty() { div class="question" {
                p class="lead" { (r.question.text) }
                dl class="facts" {
                    (fact("Who", &r.question.population))
                    (fact("Outcome", &r.question.outcome))
                    (fact("Compared with", &r.question.comparator))
                }
            } }
            @for flag in r.warnings.iter().filter(|w| w.starts_with(OFF_LABEL)) { p class="flag" { strong { (flag) } } }
            div class="answer" {
                p class="badges" {
                    @if let Some(c) = &r.course { (badge("plain", &format!("Transport: {}", c.resolution))) }
                    @else { (badge(verdict_class(&r.verdict), &format!("Model: {}", or_unknown(&r.verdict)))) }
                    " " (status(r))
                }
                p class="lead" { (or_unknown(&unit(&r.answer))) }
                @if !r.trials.is_empty() {
                    ul class="trials" { @for t in &r.trials { li {
                        (badge("open", match t.finding.as_str() { "null" => "Published: no difference", "harm" => "Published: worse", _ => "Published: better" }))
                        " " (unit(&t.what)) ": " (unit(&t.published))
                        @if !t.limits.is_empty() { details { summary { "limits" } (unit(&t.limits)) } }
                    } } }
                }
                p class="condition" {
                    "Conditional on " a href="#assumptions" { (plural(r.assumptions.len(), "listed assumption", "listed assumptions")) }
                    ". Not a prediction for a patient or a product."
                    @if !r.warnings.is_empty() {
                        " " a class="warn-link whole" href="#warnings" { (plural(r.warnings.len(), "warning", "warnings")) } "."
                    }
                }
            }
            (figures(r))
            (status_note(r))
        }
    }
}

fn fact(name: &str, text: &str) -> Markup {
    html! { @if !text.is_empty() { div { dt { (name) } dd { (unit(text)) } } } }
}

fn or_unknown(text: &str) -> &str {
    if text.trim().is_empty() { "not known" } else { text }
}

fn verdict_class(verdict: &str) -> &'static str {
    // What a model says is neither good nor bad news: no colour of fact.
    match verdict {
        "faster" | "slower" | "no effect" | "higher" | "lower" => "plain",
        _ => "open",
    }
}

fn is_partial(r: &Results) -> bool {
    r.status.contains("partial") || r.reached < r.horizon || r.unfinished.is_some()
}

fn status(r: &Results) -> Markup {
    html! {
        @if is_partial(r) { (badge("open", "Partial")) " " }
        @if r.status.contains("preview") || r.replicates < 10 { (badge("open", "Preview")) }
        @else if !is_partial(r) { (badge("plain", "Full study")) }
    }
}

fn status_note(r: &Results) -> Markup {
    html! {
        p class="note" {
            @if let Some(part) = &r.unfinished {
                "Stopped in “" (part) "”: that part, and what follows it, is missing. "
            }
            @if r.reached < r.horizon {
                "Partial: the study was stopped at day " (quantity(r.reached, "")) " of " (quantity(r.horizon, "")) ". "
            }
            @if r.replicates < 10 {
                "Preview: " (tissues(r.replicates)) " per arm; ten or more make a full study. "
            } @else {
                (tissues(r.replicates)) " per arm. "
            }
            "Simulated tissues are repeats of the simulation with a new initial tissue; they are not patients. "
            @if r.draws == 0 {
                "Parameter uncertainty: not asked for (run with " code { "--draws" } ")."
            } @else {
                "Parameter uncertainty: " (plural(r.draws as usize, "draw", "draws")) " over the ranges of all " @if let Some(d) = &r.drawn { (d.inputs) " " } "inputs that have one."
            }
        }
    }
}

/// The headline contrasts as three figures; each kind of uncertainty has its own line.
fn figures(r: &Results) -> Markup {
    let headline: Vec<&Contrast> = r.contrasts.iter().filter(|c| c.endpoint == r.headline).take(3).collect();
    html! {
        @if !headline.is_empty() {
            p class="figures-title" { "Differences in " strong { (endpoint_label(r, &r.headline)) } }
            ul class="figures" {
                @for c in headline {
                    li {
                        span class="pair" { (c.arm) " − " (c.reference) }
                        @if let Some(e) = &c.noise {
                            (estimate(e, &c.unit, true))
                            span class="what noise" {
                                @if e.low.is_some() { "simulation noise, 95 % interval" } @else { "one simulated tissue, no interval" }
                            }
                        } @else {
                            span class="mean small" { (c.text.as_deref().unwrap_or("not known")) }
                        }
                        @if let Some(e) = &c.parameters {
                            span class="what parameters" {
                                "parameter uncertainty, central 95 %: "
                                span class="whole" { (crate::chart::forest::value(e, &c.unit)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
