//! A published band and our value on a small axis of their own.

use crate::svg::{Scale, px};
use exoderm_study::results::Estimate;
use maud::{Markup, html};

/// Band and value; nothing if either is missing. Lengths are per cent of the cell.
pub(crate) fn bullet(band: Option<[f64; 2]>, simulated: Option<&Estimate>) -> Markup {
    let Some((band, e)) =
        band.zip(simulated).filter(|(b, e)| b.iter().chain([&e.mean]).all(|v| v.is_finite()))
    else {
        return html! {};
    };
    let (mut low, mut high) = (band[0].min(e.mean), band[1].max(e.mean));
    for end in [e.low, e.high].into_iter().flatten().filter(|v| v.is_finite()) {
        low = low.min(end);
        high = high.max(end);
    }
    let margin = (high - low) * 0.12;
    let x = Scale::linear([low - margin, high + margin], [0.0, 100.0]);
    let at = |v: f64| x.at(v).unwrap_or(0.0);
    html! {
        svg class="bullet" width="100%" height="18" aria-hidden="true" {
            rect class="anchor" x={ (px(at(band[0]))) "%" } y="3" width={ (px((at(band[1]) - at(band[0])).max(0.5))) "%" } height="12" {}
            g class="whisker noise" {
                @if let Some((low, high)) = e.low.zip(e.high) {
                    line x1={ (px(at(low))) "%" } y1="9" x2={ (px(at(high))) "%" } y2="9" {}
                }
                circle cx={ (px(at(e.mean))) "%" } cy="9" r="4" {}
            }
        }
    }
}
