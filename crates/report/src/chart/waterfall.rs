//! Vesicles stage by stage as bars on a logarithmic axis.

use super::Rows;
use crate::format::{fraction, number, power_of_ten, unit};
use crate::svg::{Scale, both, decades, frame, line, lines, px, text, wrap};
use exoderm_study::results::{PassageStage, WaterfallStage};
use maud::{Markup, html};

/// One stage as it is drawn.
pub(crate) struct Stage<'r> {
    name: &'r str,
    amount: f64,
    fraction: f64,
    source: &'r str,
}

impl<'r> From<&'r WaterfallStage> for Stage<'r> {
    fn from(s: &'r WaterfallStage) -> Self {
        Self { name: &s.name, amount: s.particles_per_cm2, fraction: s.fraction, source: &s.source }
    }
}

impl<'r> From<&'r PassageStage> for Stage<'r> {
    fn from(s: &'r PassageStage) -> Self {
        Self { name: &s.name, amount: s.amount, fraction: s.fraction, source: &s.source }
    }
}

/// The waterfall at both widths, `axis` saying what is counted; `None` if there is no stage.
pub(crate) fn chart<'r, S: Into<Stage<'r>>>(
    stages: impl IntoIterator<Item = S>,
    axis: &str,
) -> Option<Markup> {
    let stages: Vec<Stage<'r>> = stages.into_iter().map(Into::into).collect();
    (!stages.is_empty()).then(|| both(|width| draw(width, &stages, axis)))
}

fn draw(width: f64, stages: &[Stage<'_>], axis: &str) -> Markup {
    let rows = Rows::new(width, 96.0);
    let values = stages.iter().map(|s| s.amount);
    let [low, high] = decades(values);
    // A decade below the smallest value, so that its bar has a length.
    let x = Scale::decades([low.saturating_sub(1), high], rows.plot);
    let mut y = 10.0;
    let mut drawn = Vec::new();
    for (i, stage) in stages.iter().enumerate() {
        let name = wrap(&unit(stage.name), rows.label_width - if rows.above { 90.0 } else { 0.0 }, 13.0);
        let note = wrap(&note(stage, i), rows.label_width, 12.0);
        let text_height = 17.0 * name.len() as f64 + 15.0 * note.len() as f64;
        drawn.push(lines(6.0, y + 13.0, 17.0, "t strong", &name));
        drawn.push(lines(6.0, y + 13.0 + 17.0 * name.len() as f64 - 1.0, 15.0, "s", &note));
        let value = number(stage.amount);
        let (bar_y, bar_height) = if rows.above { (y + text_height + 4.0, 12.0) } else { (y + 4.0, 22.0) };
        let end = x.at(stage.amount);
        if let Some(end) = end {
            drawn.push(bar(i, rows.plot[0], bar_y, end - rows.plot[0], bar_height));
        }
        if rows.above {
            drawn.push(text("t end", width - 6.0, y + 13.0, &value));
            y += text_height + 26.0;
        } else {
            drawn.push(text("t", end.unwrap_or(rows.plot[0]) + 7.0, bar_y + 16.0, &value));
            y += text_height.max(30.0) + 10.0;
        }
    }
    let inside = html! {
        @for tick in x.ticks(if rows.above { 5 } else { 8 }) {
            @if let Some(at) = x.at(tick) {
                (line("grid", at, 4.0, at, y))
                (text("axis mid", at, y + 16.0, &power_of_ten(tick)))
            }
        }
        (text("axis mid", (rows.plot[0] + rows.plot[1]) / 2.0, y + 36.0, axis))
        @for row in &drawn { (row) }
    };
    let names: Vec<String> = stages.iter().map(|s| format!("{}: {}", s.name, number(s.amount))).collect();
    frame(width, y + 44.0, "Delivery waterfall", &names.join("; "), inside)
}

fn bar(index: usize, x: f64, y: f64, width: f64, height: f64) -> Markup {
    html! {
        rect class=(if index == 0 { "bar first" } else { "bar" })
            x=(px(x)) y=(px(y)) width=(px(width.max(0.0))) height=(px(height)) rx="2" {}
    }
}

/// "37 % of the stage before · simulated".
fn note(stage: &Stage<'_>, index: usize) -> String {
    let source = unit(stage.source);
    if index == 0 { source } else { format!("{} of the stage before · {source}", fraction(stage.fraction)) }
}
