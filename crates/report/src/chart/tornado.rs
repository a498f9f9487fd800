//! How far each input swings the headline contrast.

use super::Rows;
use crate::format::{signed, unit, with_unit};
use crate::svg::{Scale, both, frame, line, lines, px, round_range, text, wrap};
use exoderm_study::results::Swing;
use maud::{Markup, html};

/// The swings at both widths, in the order given; `None` if none can be drawn.
pub(crate) fn chart(swings: &[Swing]) -> Option<Markup> {
    let drawable = |s: &Swing| s.results.iter().all(|r| r.is_finite());
    swings.iter().any(drawable).then(|| both(|width| draw(width, swings)))
}

fn draw(width: f64, swings: &[Swing]) -> Markup {
    let rows = Rows::new(width, 0.0);
    let base = swings.iter().map(|s| s.base).find(|b| b.is_finite());
    let values = swings.iter().flat_map(|s| s.results).chain(base).chain([0.0]);
    let x = Scale::linear(round_range(values), rows.plot);
    let first_unit = swings.first().map(|s| unit(&s.unit)).unwrap_or_default();
    let mut y = 24.0;
    let mut drawn = Vec::new();
    for swing in swings {
        let name = wrap(&unit(&swing.what), rows.label_width, 13.0);
        let evidence = wrap(&format!("evidence: {}", swing.evidence), rows.label_width, 12.0);
        let name_height = 17.0 * name.len() as f64;
        drawn.push(lines(6.0, y + 13.0, 17.0, "t strong", &name));
        drawn.push(lines(6.0, y + 12.0 + name_height, 15.0, "s", &evidence));
        let text_height = name_height + 15.0 * evidence.len() as f64;
        let (bar_y, step) = if rows.above {
            (y + text_height + 6.0, text_height + 52.0)
        } else {
            (y + 2.0, text_height.max(42.0) + 14.0)
        };
        let results = [x.at(swing.results[0]), x.at(swing.results[1])];
        let centre = x.at(swing.base).or(x.at(0.0)).unwrap_or(rows.plot[0]);
        for (end, class) in results.into_iter().zip(["swing low", "swing high"]) {
            let Some(end) = end else { continue };
            let (from, to) = if end < centre { (end, centre) } else { (centre, end) };
            drawn.push(html! {
                rect class=(class) x=(px(from)) y=(px(bar_y)) width=(px((to - from).max(1.5))) height="18" {}
            });
        }
        drawn.push(ends(swing, results, bar_y + 32.0, rows.plot));
        y += step;
    }
    let inside = html! {
        @for tick in x.ticks(if rows.above { 4 } else { 7 }) {
            @if let Some(at) = x.at(tick) {
                (line("grid", at, 20.0, at, y))
                (text("axis mid", at, y + 16.0, &signed(tick)))
            }
        }
        @if let Some(at) = x.at(0.0) { (line("zero", at, 20.0, at, y)) }
        @for row in &drawn { (row) }
        @if let Some((base, at)) = base.and_then(|b| Some((b, x.at(b)?))) {
            (line("base", at, 16.0, at, y))
            @let anchor = if at > rows.plot[1] - 60.0 { "axis end" } else if at < rows.plot[0] + 60.0 { "axis" } else { "axis mid" };
            (text(anchor, at, 11.0, &format!("as run: {}", with_unit(&signed(base), &first_unit))))
        }
        (text("axis mid", (rows.plot[0] + rows.plot[1]) / 2.0, y + 36.0, &format!("exosome − vehicle, {}", long(&first_unit))))
    };
    frame(width, y + 44.0, "Inputs that swing the answer most", &describe(swings), inside)
}

fn long(unit: &str) -> &str {
    if unit == "pp" { "percentage points" } else { unit }
}

/// The values tried, each under its end of the bar; both in one line where the ends are too close.
fn ends(swing: &Swing, at: [Option<f64>; 2], y: f64, plot: [f64; 2]) -> Markup {
    let words = [unit(&swing.values[0]), unit(&swing.values[1])];
    let width = |text: &str| text.chars().count() as f64 * 7.2;
    let swapped = matches!(at, [Some(a), Some(b)] if a > b);
    let (left, right) = if swapped { (1, 0) } else { (0, 1) };
    let place = |i: usize| at[i].unwrap_or(plot[0]);
    let (mut left_x, mut right_x) = (place(left), place(right));
    // Each text starts at its bar's end and runs inwards, unless the bar is too short for both.
    let needed = width(&words[left]) + width(&words[right]) + 16.0;
    if right_x - left_x < needed {
        let middle = ((left_x + right_x) / 2.0)
            .clamp(plot[0] + needed / 2.0, (plot[1] - needed / 2.0).max(plot[0] + needed / 2.0));
        left_x = middle - needed / 2.0;
        right_x = middle + needed / 2.0;
    }
    let class = |i: usize| if i == 0 { "low-text" } else { "high-text" };
    html! {
        text class={ "s " (class(left)) } x=(px(left_x)) y=(px(y)) { (words[left]) }
        text class={ "s end " (class(right)) } x=(px(right_x)) y=(px(y)) { (words[right]) }
    }
}

fn describe(swings: &[Swing]) -> String {
    let words: Vec<String> = swings
        .iter()
        .map(|s| {
            let [low, high] = [signed(s.results[0]), signed(s.results[1])];
            format!("{}: {low} at {}, {high} at {} ({})", s.what, s.values[0], s.values[1], s.unit)
        })
        .collect();
    words.join("; ")
}
