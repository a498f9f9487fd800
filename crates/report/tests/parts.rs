//! Small parts of the page as they are written.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::{fabricated, fabricated_bare};
use exoderm_report::{format, html};
use exoderm_study::results::Results;

/// The text of an element and what is in it, one line per table row, list item, heading or paragraph.
fn text_of(r: &Results, id: &str) -> String {
    let page = common::xml(&html(r));
    let tree = roxmltree::Document::parse(&page).unwrap();
    let part = tree.descendants().find(|n| n.attribute("id") == Some(id)).unwrap();
    let mut lines = String::new();
    for node in part.descendants() {
        let parent = node.parent().map_or("", |p| p.tag_name().name());
        match node.tag_name().name() {
            "tr" | "p" | "h2" | "h3" | "li" | "dt" | "caption" | "figcaption" | "summary" => lines.push('\n'),
            "td" | "th" => lines.push_str(" | "),
            _ if node.is_text() && !["title", "desc", "text", "tspan"].contains(&parent) => {
                if !lines.ends_with(['\n', ' ']) && parent == "span" {
                    lines.push(' ');
                }
                lines.push_str(node.text().unwrap_or(""));
            }
            _ => {}
        }
    }
    lines.trim().replace(['\u{a0}', '\u{202f}'], " ")
}

#[test]
fn contrasts_in_full() {
    insta::assert_snapshot!(text_of(&fabricated(), "contrasts"));
}

#[test]
fn contrasts_without_draws() {
    let mut r = fabricated();
    r.draws = 0;
    r.replicates = 1;
    for c in &mut r.contrasts {
        c.parameters = None;
        if let Some(e) = &mut c.noise {
            (e.low, e.high, e.n) = (None, None, 1);
        }
    }
    insta::assert_snapshot!(text_of(&r, "contrasts"));
}

#[test]
fn the_three_cases() {
    insta::assert_snapshot!(text_of(&fabricated(), "cases"));
}

#[test]
fn the_answer_of_a_stopped_study_without_product() {
    insta::assert_snapshot!(text_of(&fabricated_bare(), "answer"));
}

#[test]
fn published_numbers_and_their_misses() {
    insta::assert_snapshot!(text_of(&fabricated(), "targets"));
}

#[test]
fn numbers_as_people_read_them() {
    let values = [0.0, 1.0, -1.0, 0.05, 1.0 / 3.0, 99.96, 1234.5, 98_765.0, 1e6, 6.02e23, -4.2e-7, f64::NAN];
    let lines: Vec<String> = values.iter().map(|x| format!("{x:e} reads {}", format::number(*x))).collect();
    insta::assert_snapshot!(lines.join("\n").replace(['\u{a0}', '\u{202f}'], " "));
}
