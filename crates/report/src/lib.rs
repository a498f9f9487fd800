//! A study's [`Results`] as one HTML page that a person can read, print, keep and trust.
//!
//! [`html`] takes the document and gives the page. The page is complete in itself: styles and drawings are inline, nothing
//! is loaded from anywhere (a content security policy in the page forbids it), and the only script opens the folded
//! lists before printing in browsers that can't do so by style alone.
//!
//! No result is computed here. What this crate decides is how a number is written ([`mod@format`]), how it is drawn
//! (`svg`, `chart`) and in which order it is told (`page`). Two rules hold everywhere:
//!
//! * simulation noise and parameter uncertainty never share a mark, a colour or a column;
//! * a missing, infinite or not-a-number value is said in words and never drawn.
//!
//! What is asked on the command line is answered as text by [`terminal`].
//!
//! Equal documents give equal bytes: nothing here reads a clock, a locale or a hash map.

mod chart;
pub mod format;
mod page;
mod svg;
pub mod terminal;

use exoderm_study::agents::{Explained, Overview};
use exoderm_study::one_cell::OneCell;
use exoderm_study::results::Results;
use exoderm_study::validation::spheroid::{Radii, Shell};
use exoderm_study::whole_body::WholeBody;

/// The report of `results` as one self-contained HTML document.
///
/// Never fails: an empty or partly filled document gives a page that says what is missing.
pub fn html(results: &Results) -> String {
    page::document(results).into_string()
}

/// The plots of one watched cell as one self-contained HTML document.
pub fn one_cell_page(cell: &OneCell) -> String {
    page::one_cell(cell).into_string()
}

/// The same plots as one SVG document.
pub fn one_cell_svg(cell: &OneCell) -> String {
    page::one_cell_picture(cell)
}

/// The whole body as one self-contained HTML document.
pub fn whole_body_page(body: &WholeBody) -> String {
    page::whole_body(body).into_string()
}

/// Its plots as one SVG document.
pub fn whole_body_svg(body: &WholeBody) -> String {
    page::whole_body_picture(body)
}

/// A run of a model of agents as one self-contained HTML document.
pub fn agents_page(run: &Overview) -> String {
    page::agents(run).into_string()
}

/// Rules of a model of agents as one self-contained HTML document.
pub fn rules_page(name: &str, rules: &[Explained]) -> String {
    page::rules(name, rules).into_string()
}

/// Their plots as one SVG document.
pub fn rules_svg(rules: &[Explained]) -> String {
    page::rules_picture(rules)
}

/// A melanoma spheroid of the validation study as one SVG document: its radii from day to day, and its shells at the end.
pub fn spheroid_svg(days: &[Radii], shells: &[Shell]) -> String {
    page::spheroid_picture(days, shells)
}
