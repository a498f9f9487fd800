//! Differences between arms about a zero line: simulation noise and parameter uncertainty on lines of their own.

use super::Rows;
use crate::format::{self, number};
use crate::svg::{Scale, both, frame, line, lines, marker, px, round_range, text, wrap};
use exoderm_study::results::{Contrast, Estimate};
use maud::{Markup, html};

/// Contrasts of one unit on one axis, at both widths; `None` if none of them has a number.
pub(crate) fn chart(contrasts: &[&Contrast], title: &str) -> Option<Markup> {
    let has_number = |c: &&Contrast| c.noise.is_some_and(|e| e.mean.is_finite());
    contrasts.iter().any(has_number).then(|| both(|width| draw(width, contrasts, title)))
}

/// "exosome − vehicle".
pub(crate) fn pair(c: &Contrast) -> String {
    format!("{} − {}", c.arm, c.reference)
}

/// The number and interval of one kind of uncertainty.
pub(crate) fn value(e: &Estimate, unit: &str) -> String {
    let text = format::interval(e, true);
    match text.range {
        Some(range) => format!("{} ({range}) {}", text.mean, format::unit(unit)),
        None => format::with_unit(&text.mean, unit),
    }
}

fn draw(width: f64, contrasts: &[&Contrast], title: &str) -> Markup {
    let rows = Rows::new(width, 0.0);
    let values = contrasts.iter().flat_map(|c| [c.noise, c.parameters]).flatten();
    let values = values.flat_map(|e| [Some(e.mean), e.low, e.high]).flatten().chain([0.0]);
    let x = Scale::linear(round_range(values), rows.plot);
    let unit = contrasts.first().map(|c| format::unit(&c.unit)).unwrap_or_default();
    let mut y = 22.0;
    let mut drawn = Vec::new();
    let mut endpoint = "";
    let several = contrasts.iter().any(|c| c.endpoint != contrasts[0].endpoint);
    for c in contrasts {
        if several && c.endpoint != endpoint {
            endpoint = &c.endpoint;
            let heading = wrap(&format::unit(&c.label), width - 12.0, 14.0);
            drawn.push(lines(6.0, y + 12.0, 16.0, "heading", &heading));
            y += 10.0 + 16.0 * heading.len() as f64;
        }
        let mut label_y = y + 14.0;
        drawn.push(text("t strong", 6.0, label_y, &pair(c)));
        if rows.above {
            y += 21.0;
        }
        label_y += 16.0;
        let values = [("noise", &c.noise), ("parameters", &c.parameters)];
        for (class, e) in values.into_iter().filter_map(|(class, e)| Some((class, e.as_ref()?))) {
            let words = value(e, "");
            if rows.above {
                if class == "parameters" {
                    y += 16.0;
                }
                drawn.push(text(&format!("s end {class}"), width - 6.0, y - 6.0, &words));
                y += 12.0;
            } else {
                drawn.push(text(&format!("s {class}"), 6.0, label_y, &words));
                label_y += 15.0;
                y += 18.0;
            }
            drawn.push(whisker(class, e, &x, y - 3.0));
        }
        y = y.max(label_y - 12.0) + 14.0;
        if c.noise.is_none() && c.parameters.is_none() {
            drawn.push(text("s", rows.plot[0], y - 6.0, c.text.as_deref().unwrap_or("no number")));
            y += 8.0;
        }
    }
    let height = y + 44.0;
    let inside = html! {
        @for tick in x.ticks(if rows.above { 4 } else { 7 }) {
            @if let Some(at) = x.at(tick) {
                (line("grid", at, 18.0, at, y))
                (text("axis mid", at, y + 16.0, &format::signed(tick)))
            }
        }
        @if let Some(zero) = x.at(0.0) {
            (line("zero", zero, 16.0, zero, y + 3.0))
            (text(if zero < 60.0 { "axis" } else if zero > width - 60.0 { "axis end" } else { "axis mid" }, zero, 11.0, "no difference"))
        }
        (text("axis mid", (rows.plot[0] + rows.plot[1]) / 2.0, y + 36.0, &axis_title(&unit)))
        @for row in &drawn { (row) }
    };
    frame(width, height, title, &describe(contrasts), inside)
}

fn axis_title(unit: &str) -> String {
    match unit {
        "pp" => "first arm minus second, percentage points".to_owned(),
        "" => "first arm minus second".to_owned(),
        other => format!("first arm minus second, {other}"),
    }
}

/// Interval and mean: a filled disc on a solid line, or an open diamond on a dashed one.
fn whisker(class: &str, e: &Estimate, x: &Scale, y: f64) -> Markup {
    let ends = e.low.and_then(|l| x.at(l)).zip(e.high.and_then(|h| x.at(h)));
    html! {
        g class={ "whisker " (class) } {
            @if let Some((low, high)) = ends {
                line x1=(px(low)) y1=(px(y)) x2=(px(high)) y2=(px(y)) {}
                line class="cap" x1=(px(low)) y1=(px(y - 4.0)) x2=(px(low)) y2=(px(y + 4.0)) {}
                line class="cap" x1=(px(high)) y1=(px(y - 4.0)) x2=(px(high)) y2=(px(y + 4.0)) {}
            }
            @if let Some(mean) = x.at(e.mean) {
                (marker(if class == "noise" { 0 } else { 3 }, mean, y, 4.5))
            }
        }
    }
}

fn describe(contrasts: &[&Contrast]) -> String {
    let mut words: Vec<String> = Vec::new();
    for c in contrasts {
        let number = c.noise.map_or_else(|| "no number".to_owned(), |e| number(e.mean));
        words.push(format!("{}, {}: {number} {}", pair(c), format::unit(&c.label), format::unit(&c.unit)));
    }
    words.join("; ")
}

/// The key's sample of one kind of uncertainty.
pub(crate) fn key(class: &str) -> Markup {
    html! {
        svg class="sample" viewBox="0 0 40 14" width="40" height="14" aria-hidden="true" {
            g class={ "whisker " (class) } {
                line x1="3" y1="7" x2="37" y2="7" {}
                (marker(if class == "noise" { 0 } else { 3 }, 20.0, 7.0, 4.5))
            }
        }
    }
}
