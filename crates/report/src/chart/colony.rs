//! Agents at one time as SVG, and maps of substrates: in um, y upwards, as [`super::tissue`] draws sections.

use super::tissue::{dots, image};
use crate::format::quantity;
use exoderm_study::agents::Shot;
use maud::{Markup, html};

/// Cells drawn at most; beyond, every n-th is drawn and the caption says so.
const MOST_CELLS: usize = 25_000;
/// Colour of substrates in the maps.
const SUBSTRATE: [u8; 3] = [0, 140, 150];
/// Classes of types, each with a colour and a dash of its own.
const CLASSES: [&str; 10] = ["k-0", "k-1", "k-2", "k-3", "k-4", "k-5", "k-6", "k-7", "k-8", "k-9"];

/// How a type looks in every drawing.
pub(crate) fn class(kind: usize) -> &'static str {
    CLASSES[kind % CLASSES.len()]
}

/// The rectangle of a domain (um).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    /// Lower corner.
    pub(crate) low: [f64; 2],
    /// Extent.
    pub(crate) size: [f64; 2],
}

/// Every n-th cell is drawn.
pub(crate) fn stride(shot: &Shot) -> usize {
    shot.cells.len().div_ceil(MOST_CELLS).max(1)
}

/// Cells as discs in the colour of their type, dead ones with a dark core. `id` is of this drawing alone.
pub(crate) fn cells(id: &str, shot: &Shot, frame: Frame, title: &str) -> Markup {
    let all = || shot.cells.iter().step_by(stride(shot));
    let place = |c: &exoderm_study::agents::ShotCell, share: f32| {
        (c.x - frame.low[0] as f32, c.y - frame.low[1] as f32, share * c.radius)
    };
    let bodies = dots(all().map(|c| (class(usize::from(c.kind)), place(c, 1.0))));
    let cores = dots(all().filter(|c| c.dead).map(|c| ((), place(c, 0.6))));
    let [width, height] = frame.size;
    let clip = format!("{id}-clip");
    let inside = html! {
        clipPath id=(clip) { rect width=(width) height=(height) {} }
        g clip-path={ "url(#" (clip) ")" } {
            g class="cells" transform={ "translate(0 " (height) ") scale(.5 -.5)" } {
                @for ((class, radius), data) in &bodies { path class=(class) stroke-width=(4 * radius) d=(data) {} }
                @for (((), radius), data) in &cores { path class="core" stroke-width=(4 * radius) d=(data) {} }
            }
        }
    };
    plane(frame, title, &format!("{} cells", shot.cells.len()), true, inside)
}

/// A map, of the same rectangle as the cells', of `nx` columns from clear at `range[0]` to full colour at `range[1]`; `None` if it can't be drawn.
pub(crate) fn map(nx: usize, values: &[f32], range: [f64; 2], frame: Frame, title: &str) -> Option<Markup> {
    let ny = values.len().checked_div(nx)?;
    let span = range[1] - range[0];
    let share = |v: f64| if span > 0.0 { ((v - range[0]) / span).clamp(0.0, 1.0) } else { 0.5 };
    let [width, height] = frame.size;
    let inside = image(nx, ny, values, SUBSTRATE, share).map(|data| {
        html! { image href=(data) width=(width) height=(height) preserveAspectRatio="none" {} }
    })?;
    Some(plane(frame, title, "", false, inside))
}

/// The rectangle, with a scale bar under it if `bar`.
fn plane(frame: Frame, title: &str, description: &str, bar: bool, inside: Markup) -> Markup {
    let [width, height] = frame.size;
    let letter = 0.05 * width;
    let length = super::section::round_length(width / 4.0);
    let below = if bar { 1.6 * letter } else { 0.0 };
    html! {
        svg class="detail" role="img" viewBox={ "0 0 " (width) " " (height + below) } {
            title { (title) }
            @if !description.is_empty() { desc { (description) } }
            rect class="ground" width=(width) height=(height) {}
            (inside)
            rect class="window" width=(width) height=(height) {}
            @if bar {
                rect class="scale-bar" y=(height + 0.75 * letter) width=(length) height=(0.2 * letter) {}
                text x=(length + 0.4 * letter) y=(height + 1.2 * letter) style={ "font-size:" (letter) "px;stroke:none" } { (quantity(length, "um")) }
            }
        }
    }
}
