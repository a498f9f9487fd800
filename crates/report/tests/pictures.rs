//! Pages and pictures of commands: whole, readable by an XML parser, loading nothing.

#![allow(clippy::unwrap_used)]

use exoderm_report::{one_cell_svg, whole_body_page, whole_body_svg};
use exoderm_study::{one_cell, whole_body};

fn body() -> whole_body::WholeBody {
    whole_body::run(&whole_body::Request {
        draws: 20,
        tumour_cells: Some(1e8),
        target: Some("tumour".into()),
        ligand: 5.0,
        age: Some(60.0),
        ..whole_body::Request::default()
    })
    .unwrap()
}

/// A picture of its own must say which namespace it is in, or no viewer shows it.
#[test]
fn pictures_are_svg_documents() {
    let cell = one_cell::watch(&one_cell::Request {
        source: "fibroblast".into(),
        hours: 24.0,
        modifiers: Vec::new(),
        seed: 1,
    })
    .unwrap();
    for text in [whole_body_svg(&body()), one_cell_svg(&cell)] {
        let document = roxmltree::Document::parse(&text).unwrap();
        let root = document.root_element();
        assert!(root.has_tag_name(("http://www.w3.org/2000/svg", "svg")));
        let paths: Vec<_> = document
            .descendants()
            .filter(|n| n.has_tag_name(("http://www.w3.org/2000/svg", "path")))
            .collect();
        assert!(paths.len() >= 2 && paths.iter().all(|p| p.attribute("d").is_some_and(|d| d.len() > 10)));
        assert!(!text.contains("NaN") && !text.contains("href"));
    }
}

/// The page says what it is not, tells false alarms beside detections, and loads nothing.
#[test]
fn s052_page_of_the_body_is_honest_and_whole() {
    let page = whole_body_page(&body());
    for part in [
        "says nothing about a patient",
        "false alarm",
        "Limit of detection",
        "Therapeutic index",
        "balance closes",
        "liver",
        "T09",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("NaN"));
}
