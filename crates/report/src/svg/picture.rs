//! Drawings as one SVG file: the charts of a page under one another, with colours of their own, for documents.

use super::{WIDE, px};
use maud::{Markup, PreEscaped, html};

/// Look of the charts without the page's style sheet.
const STYLE: &str = "text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;fill:#1b2328}\
.axis{font-size:12px;fill:#56636b}.title{font-size:15px;font-weight:600}.end{text-anchor:end}.mid{text-anchor:middle}\
.grid{stroke:#dfe4e7;stroke-width:1}.stroke{fill:none;stroke:var(--c);stroke-width:2.4;stroke-dasharray:var(--d,none)}\
.a-exosome{--c:#0b6e8f}.a-vehicle{--c:#b5651d;--d:8 4}.a-untreated{--c:#5b6770;--d:2 4}.a-soluble{--c:#6a4fa3;--d:12 3 2 3}\
.series circle{fill:var(--c)}.band{fill:var(--c);opacity:.16}.label{fill:var(--c);font-weight:600}";
/// Space around and above each chart (px).
const MARGIN: f64 = 16.0;
const TITLE: f64 = 30.0;

/// A chart with its title and height.
pub(crate) struct Panel {
    pub(crate) title: String,
    pub(crate) height: f64,
    pub(crate) drawing: Markup,
}

/// One SVG document.
pub(crate) fn document(title: &str, panels: &[Panel]) -> String {
    let width = WIDE + 2.0 * MARGIN;
    let height = MARGIN + panels.iter().map(|p| TITLE + p.height + MARGIN).sum::<f64>();
    let mut tops = vec![MARGIN];
    for p in panels {
        tops.push(tops.last().copied().unwrap_or(MARGIN) + TITLE + p.height + MARGIN);
    }
    let inside = html! {
        title { (title) }
        style { (PreEscaped(STYLE)) }
        rect width=(px(width)) height=(px(height)) fill="#ffffff" {}
        @for (panel, top) in panels.iter().zip(&tops) {
            text class="title" x=(px(MARGIN)) y=(px(top + 15.0)) { (panel.title) }
            svg x=(px(MARGIN)) y=(px(top + TITLE)) width=(px(WIDE)) height=(px(panel.height)) { (panel.drawing) }
        }
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" role=\"img\">{}</svg>\n",
        inside.into_string(),
        w = px(width),
        h = px(height),
    )
}
