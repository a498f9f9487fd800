//! One case's place on the axis that best case, null and worst case share.

use crate::svg::{Scale, px};
use maud::{Markup, html};

/// A bar from zero to `value`; `largest` is the end of the shared axis on both sides. Lengths are per cent, so that the
/// bar fits a card of any width. It is drawn as a loss on the worse side of zero.
pub(crate) fn bar(value: Option<f64>, largest: f64, less_is_better: bool) -> Markup {
    let x = Scale::linear([-largest, largest], [2.0, 98.0]);
    let end = value.and_then(|v| x.at(v));
    html! {
        svg class="case-bar" width="100%" height="26" aria-hidden="true" {
            line class="grid" x1="2%" y1="13" x2="98%" y2="13" {}
            @if let Some(end) = end {
                @let from = end.min(50.0);
                rect class=(if (end < 50.0) != less_is_better { "bar loss" } else { "bar" })
                    x={ (px(from)) "%" } y="8" width={ (px((end - 50.0).abs())) "%" } height="10" {}
                circle class="dot" cx={ (px(end)) "%" } cy="13" r="5" {}
            }
            line class="zero" x1="50%" y1="2" x2="50%" y2="24" {}
        }
    }
}
