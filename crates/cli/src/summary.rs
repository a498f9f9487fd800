//! The end of a run in a few lines: the answer, closure by arm, contrasts, where the report is.

use crate::output::table;
use crate::terminal::seconds;
use exoderm_study::pipeline::{Finished, OFF_LABEL};
use exoderm_study::results::{ArmResult, Contrast, Course, CourseLine, Estimate, Results, Sweep, SweepPoint};
use exoderm_units::significant;
use std::fmt::Write as _;

/// The text.
pub(crate) fn of(finished: &Finished, verbose: bool) -> String {
    let r = &finished.results;
    let mut out = String::new();
    for flag in r.warnings.iter().filter(|w| w.starts_with(OFF_LABEL)) {
        let _ = writeln!(out, "! {flag}\n");
    }
    let _ = writeln!(out, "{}", r.title);
    if !r.answer.is_empty() {
        let _ = writeln!(out, "\n{}", r.answer);
    }
    let _ = writeln!(out, "\n{}", r.course.as_ref().map_or_else(|| closure(r), course));
    if !r.contrasts.is_empty() {
        let _ = writeln!(out, "{}", contrasts(r));
    }
    if let Some(s) = &r.sweep {
        let _ = writeln!(out, "{}", sweep(s));
    }
    for warning in r.warnings.iter().filter(|w| !w.starts_with(OFF_LABEL)) {
        let _ = writeln!(out, "! {warning}");
    }
    if verbose {
        for (part, s) in &r.timings.parts {
            let _ = writeln!(out, "{part}: {}", seconds(*s));
        }
    }
    let missing = r.unfinished.as_ref().map(|part| match r.status.as_str() {
        "partial" => " (partial: the study was stopped)".to_owned(),
        _ => format!(" (stopped in \"{part}\": that part and what follows it are missing)"),
    });
    let what = match r.status.as_str() {
        _ if missing.is_some() => missing.as_deref().unwrap_or(""),
        "preview" => " (a preview: fewer than ten replicates)",
        "partial" => " (partial: the study was stopped)",
        _ => "",
    };
    let time = match &r.course {
        Some(c) => format!(
            "{} of {} {}",
            significant(r.reached / r.horizon * c.horizon, 3),
            significant(c.horizon, 3),
            c.unit
        ),
        None => format!("{} of {} d", significant(r.reached, 3), significant(r.horizon, 3)),
    };
    let _ = writeln!(
        out,
        "{time}, {} {}, {}{what}\nreport: {}",
        r.replicates,
        if r.replicates == 1 { "replicate" } else { "replicates" },
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

/// Per cent closed by arm at up to five times, whole days where the run is long enough.
fn closure(r: &Results) -> String {
    let Some(first) = r.arms.first() else { return String::new() };
    let last = first.series.last().map_or(0.0, |p| p.day);
    let mut days: Vec<f64> = (1..=5)
        .map(|k| f64::from(k) * last / 5.0)
        .map(|d| if last >= 5.0 { d.round() } else { d })
        .filter_map(|d| {
            first.series.iter().map(|p| p.day).min_by(|a, b| (a - d).abs().total_cmp(&(b - d).abs()))
        })
        .collect();
    days.dedup();
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

/// Where the vesicles of a box are, at up to five times.
fn course(c: &Course) -> String {
    let Some(first) = c.lines.first() else { return "no vesicles".to_owned() };
    let n = first.points.len();
    let mut at: Vec<usize> = (1..=5).map(|k| (k * n.saturating_sub(1)) / 5).collect();
    at.dedup();
    let times: Vec<f64> = at.iter().filter_map(|&i| first.points.get(i)).map(|p| p.time).collect();
    let one_arm = c.lines.iter().all(|l| l.arm == first.arm);
    let one_population = c.lines.iter().all(|l| l.population == first.population);
    let header: Vec<String> = std::iter::once("% of the vesicles made".to_owned())
        .chain(times.iter().map(|t| format!("{} {}", significant(*t, 3), c.unit)))
        .collect();
    let row = |l: &CourseLine| {
        let mut name = l.place.clone();
        if !one_population {
            name = format!("{}: {name}", l.population);
        }
        if !one_arm {
            name = format!("{}, {name}", l.arm);
        }
        let value = |time: &f64| {
            let point = l.points.iter().find(|p| (p.time - time).abs() < 1e-9);
            point.map_or_else(|| "–".to_owned(), |p| show(&p.share))
        };
        std::iter::once(name).chain(times.iter().map(value)).collect::<Vec<_>>()
    };
    let rows: Vec<_> = c.lines.iter().map(row).collect();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    table(&header, &rows, &(1..header.len()).collect::<Vec<_>>())
}

/// The measure by arm, or with two axes the first contrast (without one the first arm), at each point.
fn sweep(s: &Sweep) -> String {
    let show = |e: Option<&Estimate>| e.map_or_else(|| "–".to_owned(), show);
    let value = |p: &SweepPoint| match p.contrasts.first() {
        Some(c) => show(c.value.as_ref()) + if c.nothing_to_gain { " *" } else { "" },
        None => show(p.arms.first().and_then(|a| a.value.as_ref())),
    };
    if let [rows, columns] = s.axes.as_slice() {
        let contrast = s.points.first().and_then(|p| p.contrasts.first());
        let (what, unit) = match contrast {
            Some(c) => (format!("{} − {}, {}", c.arm, c.reference, s.measure), &s.difference_unit),
            None => (s.measure.clone(), &s.unit),
        };
        let header: Vec<String> = std::iter::once(format!("{} \\ {}", rows.label, columns.label))
            .chain(columns.values.iter().cloned())
            .collect();
        let line = |(i, v): (usize, &String)| {
            let at =
                |j: usize| s.points.iter().find(|p| p.at == [i, j]).map_or_else(|| "–".to_owned(), value);
            std::iter::once(v.clone()).chain((0..columns.values.len()).map(at)).collect::<Vec<_>>()
        };
        let table = table(
            &header.iter().map(String::as_str).collect::<Vec<_>>(),
            &rows.values.iter().enumerate().map(line).collect::<Vec<_>>(),
            &(1..header.len()).collect::<Vec<_>>(),
        );
        let note = if contrast.is_some() {
            "* nothing to gain: the interval reaches 0, or the gain is negligible\n"
        } else {
            ""
        };
        return format!("{what} ({unit})\n{table}{note}");
    }
    let (Some(axis), Some(first)) = (s.axes.first(), s.points.first()) else { return String::new() };
    let header: Vec<String> = std::iter::once(axis.label.clone())
        .chain(first.arms.iter().map(|a| format!("{} ({})", a.arm, s.unit)))
        .chain(first.contrasts.iter().map(|c| format!("{} − {} ({})", c.arm, c.reference, s.difference_unit)))
        .collect();
    let line = |p: &SweepPoint| {
        std::iter::once(axis.values[p.at[0]].clone())
            .chain(p.arms.iter().map(|a| show(a.value.as_ref())))
            .chain(p.contrasts.iter().map(|c| show(c.value.as_ref())))
            .collect::<Vec<_>>()
    };
    let table = table(
        &header.iter().map(String::as_str).collect::<Vec<_>>(),
        &s.points.iter().map(line).collect::<Vec<_>>(),
        &(1..header.len()).collect::<Vec<_>>(),
    );
    format!("{}\n{table}", s.measure)
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
