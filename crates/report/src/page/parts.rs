//! Pieces that several sections share.

pub(crate) use crate::format::plural;

use crate::format;
use exoderm_study::results::{Estimate, Results};
use maud::{Markup, html};

/// A box in which a wide table scrolls by itself, reachable by keyboard.
pub(crate) fn scroll(label: &str, inside: Markup) -> Markup {
    html! { div class="scroll" role="region" tabindex="0" aria-label=(label) { (inside) } }
}

/// A figure with its caption.
pub(crate) fn figure(drawing: Markup, caption: Markup) -> Markup {
    html! { figure { (drawing) figcaption { (caption) } } }
}

/// A paragraph that says that something is missing, and why.
pub(crate) fn absent(text: &str) -> Markup {
    html! { p class="absent" { (text) } }
}

/// A short marked word; `class` is one of `good`, `bad`, `open`, `plain`.
pub(crate) fn badge(class: &str, text: &str) -> Markup {
    html! { span class={ "badge " (class) } { (text) } }
}

/// Mean and, below it, its interval.
pub(crate) fn estimate(e: &Estimate, unit: &str, sign: bool) -> Markup {
    let text = format::interval(e, sign);
    html! {
        span class="mean" { (format::with_unit(&text.mean, unit)) }
        @if let Some(range) = text.range { span class="range" { (range) } }
    }
}

/// "3 simulated tissues".
pub(crate) fn tissues(n: u32) -> String {
    if n == 1 {
        "1 simulated tissue".to_owned()
    } else {
        format!("{} simulated tissues", format::count(n.into()))
    }
}

/// A cell of a table that becomes a card on a telephone: the heading travels with the value.
pub(crate) fn cell(heading: &str, inside: Markup) -> Markup {
    html! { td data-label=(heading) { (inside) } }
}

/// A source, with its DOI as a link where the text or `doi` holds one.
pub(crate) fn source(text: &str, doi: Option<&str>) -> Markup {
    let (words, found) = match text.find("doi:10.") {
        Some(at) => {
            let rest = &text[at + 4..];
            let end = rest.find(|c: char| c.is_whitespace() || c == ';' || c == ',').unwrap_or(rest.len());
            let (doi, after) = rest.split_at(end);
            (format!("{}{after}", &text[..at]), Some(doi))
        }
        None => (text.to_owned(), None),
    };
    let doi = found.or(doi).map(|d| d.trim().trim_end_matches('.')).filter(|d| is_doi(d));
    html! {
        (words.trim())
        @if let Some(doi) = doi {
            @if !words.trim().is_empty() { " " }
            a href={ "https://doi.org/" (doi) } rel="noreferrer" { "doi:" (doi) }
        }
    }
}

/// True for the form that a DOI has, so that nothing else becomes a link.
fn is_doi(text: &str) -> bool {
    text.starts_with("10.")
        && text.contains('/')
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// The label of an endpoint by its name; the name itself if no arm has it.
pub(crate) fn endpoint_label(r: &Results, name: &str) -> String {
    let mut all = r.arms.iter().flat_map(|a| &a.endpoints);
    all.find(|e| e.name == name).map_or_else(|| name.to_owned(), |e| format::unit(&e.label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_doi_becomes_a_link() {
        let link = source("Berdal 2013 doi:10.1155/2013/307925", None).into_string();
        assert_eq!(
            link,
            "Berdal 2013 <a href=\"https://doi.org/10.1155/2013/307925\" rel=\"noreferrer\">doi:10.1155/2013/307925</a>"
        );
        assert_eq!(source("x", Some("javascript:alert(1)")).into_string(), "x");
        assert!(!source("<b>", Some("10.1/\"onload=\"x")).into_string().contains("\"onload"));
    }
}
