//! The end of a run in a few lines: the answer, closure by arm, contrasts, where the report is.

use crate::output::table;
use crate::terminal::seconds;
use exoderm_study::pipeline::Finished;
use exoderm_study::results::{ArmResult, Contrast, Estimate, Results};
use exoderm_units::significant;
use std::fmt::Write as _;

/// The text.
pub(crate) fn of(finished: &Finished, verbose: bool) -> String {
    let r = &finished.results;
    let mut out = String::new();
    let _ = writeln!(out, "{}", r.title);
    if !r.answer.is_empty() {
        let _ = writeln!(out, "\n{}", r.answer);
    }
    let _ = writeln!(out, "\n{}", closure(r));
    if !r.contrasts.is_empty() {
        let _ = writeln!(out, "{}", contrasts(r));
    }
    for warning in &r.warnings {
        let _ = writeln!(out, "! {warning}");
    }
    if verbose {
        for (part, s) in &r.timings.parts {
            let _ = writeln!(out, "{part}: {}", seconds(*s));
        }
    }
    let what = match r.status.as_str() {
        "preview" => " (a preview: fewer than ten replicates)",
        "partial" => " (partial: the study was stopped)",
        _ => "",
    };
    let _ = writeln!(
        out,
        "{} of {} d, {} replicates, {}{what}\nreport: {}",
        significant(r.reached, 3),
        significant(r.horizon, 3),
        r.replicates,
        seconds(r.timings.wall_seconds),
        finished.folder.join("report.html").display()
    );
    out
}

fn show(estimate: &Estimate) -> String {
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => {
            format!("{} ({} to {})", significant(estimate.mean, 3), significant(low, 3), significant(high, 3))
        }
        _ => significant(estimate.mean, 3),
    }
}

/// Per cent closed by arm at up to five times.
fn closure(r: &Results) -> String {
    let Some(first) = r.arms.first() else { return String::new() };
    let n = first.series.len();
    let mut at: Vec<usize> = (1..=5).map(|k| (k * n.saturating_sub(1)) / 5).collect();
    at.dedup();
    let days: Vec<f64> = at.iter().filter_map(|&i| first.series.get(i)).map(|p| p.day).collect();
    let header: Vec<String> = std::iter::once("% closed".to_owned())
        .chain(days.iter().map(|d| format!("d {}", significant(*d, 3))))
        .collect();
    let row = |arm: &ArmResult| {
        let value = |day: &f64| {
            let point = arm.series.iter().find(|p| (p.day - day).abs() < 1e-6);
            point.map_or_else(|| "–".to_owned(), |p| show(&p.closed))
        };
        std::iter::once(arm.name.clone()).chain(days.iter().map(value)).collect::<Vec<_>>()
    };
    let rows: Vec<_> = r.arms.iter().map(row).collect();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    table(&header, &rows, &(1..header.len()).collect::<Vec<_>>())
}

/// The headline's contrasts.
fn contrasts(r: &Results) -> String {
    let of_headline: Vec<&Contrast> = r.contrasts.iter().filter(|c| c.endpoint == r.headline).collect();
    let shown = if of_headline.is_empty() { r.contrasts.iter().collect() } else { of_headline };
    let rows: Vec<Vec<String>> = shown
        .iter()
        .map(|c| {
            let words = || c.text.clone().unwrap_or_else(|| "–".into());
            vec![
                format!("{} − {}", c.arm, c.reference),
                c.label.clone(),
                c.noise.as_ref().map_or_else(words, |e| format!("{} {}", show(e), c.unit)),
                c.parameters.as_ref().map_or_else(|| "–".into(), |e| format!("{} {}", show(e), c.unit)),
            ]
        })
        .collect();
    table(&["contrast", "endpoint", "simulation noise", "parameter uncertainty"], &rows, &[])
}
