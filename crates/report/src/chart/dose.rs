//! The dose between the human anchors, on a logarithmic axis.

use crate::format::{number, power_of_ten};
use crate::svg::{NARROW, Scale, both, decades, frame, line, marker, px, text};
use exoderm_study::results::Plausibility;
use maud::{Markup, html};

/// The dose's purity interval above the anchors' range, at both widths; `None` if the dose is no positive number.
pub(crate) fn chart(p: &Plausibility) -> Option<Markup> {
    let central = p.dose_particles_per_cm2[1];
    (central.is_finite() && central > 0.0).then(|| both(|width| draw(width, p)))
}

fn draw(width: f64, p: &Plausibility) -> Markup {
    let narrow = width <= NARROW;
    let plot = [16.0, width - 16.0];
    let [low, central, high] = p.dose_particles_per_cm2;
    let x = Scale::decades(decades([low, central, high, p.anchors[0], p.anchors[1]]), plot);
    let anchors = x.at(p.anchors[0]).zip(x.at(p.anchors[1]));
    let inside = html! {
        @for tick in x.ticks(if narrow { 5 } else { 8 }) {
            @if let Some(at) = x.at(tick) {
                (line("grid", at, 10.0, at, 112.0))
                (text("axis mid", at, 128.0, &power_of_ten(tick)))
            }
        }
        (text("axis mid", width / 2.0, 148.0, "particles per cm² of wound, logarithmic"))
        (text("t strong", plot[0], 22.0, "This dose, by purity of the preparation"))
        g class="whisker dose" {
            @if let Some((low, high)) = x.at(low).zip(x.at(high)) {
                line x1=(px(low)) y1="38" x2=(px(high)) y2="38" {}
                line class="cap" x1=(px(low)) y1="33" x2=(px(low)) y2="43" {}
                line class="cap" x1=(px(high)) y1="33" x2=(px(high)) y2="43" {}
            }
            @if let Some(at) = x.at(central) { (marker(0, at, 38.0, 5.0)) }
        }
        (text("t strong", plot[0], 74.0, "Doses used in humans"))
        @if let Some((from, to)) = anchors {
            rect class="anchor" x=(px(from)) y="84" width=(px((to - from).max(2.0))) height="14" rx="2" {}
        }
    };
    let description = format!(
        "Dose {} particles per cm² ({} to {}); human anchors {} to {}.",
        number(central),
        number(low),
        number(high),
        number(p.anchors[0]),
        number(p.anchors[1])
    );
    frame(width, 154.0, "Dose between the human anchors", &description, inside)
}
