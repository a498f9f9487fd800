//! A run of a model of agents as a page: counts, where cells are, substrates, rules, what was changed, how to run it again.

use super::parts::{absent, badge, figure, plural, scroll};
use super::{Part, rules, whole};
use crate::chart::colony::{self, Frame};
use crate::chart::{Look, time};
use crate::format::{count, number, quantity};

use exoderm_study::agents::{AgentModel, Balance, Level, Overview, Row, Shot};
use maud::{Markup, html};

/// Remarks shown before the rest is folded.
const OPEN_NOTES: usize = 12;
/// A unit of time and its minutes.
type Time = (&'static str, f64);

/// The page.
pub(crate) fn page(o: &Overview) -> Markup {
    let part = |id, title, body| Part { id, title, body };
    let t = time_unit(o.outcome.series.last().map_or(0.0, |r| r.time_min));
    let mut parts = vec![
        part("cells", "Living and dead cells", cells(o, t)),
        part("places", "Where the cells are", places(o, t)),
    ];
    if !o.model.substrates.is_empty() {
        parts.push(part("substrates", "Substrates", substrates(o, t)));
        parts.push(part("balance", "Balance of the substrates", balance(o)));
    }
    parts.push(part("rules", "Rules", rule_sentences(o)));
    parts.push(part("warnings", "What was changed, and warnings", remarks(o)));
    parts.push(part("reproduce", "How to run it again", reproduce(o)));
    let footer = html! {
        footer {
            p { "Times are in minutes in the files of the run; lengths in µm. A single run: another seed gives another course." }
            p { "Made by " (o.outcome.version) "." }
        }
    };
    whole(&format!("{} – Exoderm", name(o)), "In short", head(o), &parts, footer)
}

fn name(o: &Overview) -> &str {
    if o.outcome.name.is_empty() { "A model of agents" } else { &o.outcome.name }
}

/// The unit in which times up to `end` (min) are easy to read.
fn time_unit(end: f64) -> Time {
    match end {
        e if e <= 300.0 => ("min", 1.0),
        e if e <= 5760.0 => ("h", 60.0),
        _ => ("days", 1440.0),
    }
}

fn at(min: f64, (unit, minutes): Time) -> String {
    quantity(min / minutes, unit)
}

/// The rows of the last recorded time, and of the first.
fn ends(o: &Overview) -> [&[Row]; 2] {
    let n = o.model.cells.len().min(o.outcome.series.len());
    [&o.outcome.series[..n], &o.outcome.series[o.outcome.series.len() - n..]]
}

fn live(rows: &[Row]) -> u64 {
    rows.iter().map(|r| r.live).sum()
}

fn dead(rows: &[Row]) -> u64 {
    rows.iter().map(|r| r.apoptotic + r.necrotic).sum()
}

fn head(o: &Overview) -> Markup {
    let m = &o.model;
    let [first, last] = ends(o);
    let t = time_unit(last.first().map_or(0.0, |r| r.time_min));
    let mut most: Vec<&Row> = last.iter().filter(|r| r.live > 0).collect();
    most.sort_by_key(|r| std::cmp::Reverse(r.live));
    let d = &m.domain;
    let size: Vec<String> = (0..if d.flat { 2 } else { 3 }).map(|a| number(d.high[a] - d.low[a])).collect();
    let events = o.outcome.events.iter().filter(|(_, n)| *n > 0);
    html! {
        header id="answer" {
            p class="kicker" { "Exoderm run of a model of agents" }
            h1 { (name(o)) }
            div class="answer" {
                p class="badges" {
                    @if o.outcome.stopped {
                        (badge("open", &format!("Stopped at {} of {}", at(o.outcome.time_min, t), at(m.steps.end, t)))) " "
                    }
                    (badge("plain", &format!("Seed {}", o.outcome.seed)))
                    @if !o.outcome.notes.is_empty() {
                        " " a class="warn-link whole" href="#warnings" { (plural(o.outcome.notes.len(), "remark", "remarks")) }
                    }
                }
                p class="lead" {
                    @if let Some(row) = last.first() {
                        "After " (at(row.time_min, t)) " " (count(live(last))) " cells live"
                        @if most.len() > 1 {
                            " (" (most.iter().take(4).map(|r| format!("{} {}", count(r.live), r.cell)).collect::<Vec<_>>().join(", "))
                            @if most.len() > 4 { ", and others" } ")"
                        }
                        " and " (count(dead(last))) " are dead. " (count(live(first))) " lived at the start."
                    } @else { "No time was recorded." }
                }
            }
            ul class="figures events" {
                @for (what, n) in events { li {
                    span class="pair" { (capital(what)) }
                    span class="mean" { (count(*n)) }
                } }
            }
            dl class="facts" {
                (fact("Domain", &format!("{} µm, {}, voxels of {}", size.join(" × "), if d.flat { "2-D" } else { "3-D" }, quantity(d.voxel, "um"))))
                (fact("Types of cells", &count(m.cells.len() as u64)))
                (fact("Substrates", &count(m.substrates.len() as u64)))
                (fact("Rules", &count(m.rules.len() as u64)))
                @if !m.networks.is_empty() { (fact("Networks in cells", &count(m.networks.len() as u64))) }
                (fact("Recorded every", &quantity(m.steps.record, "min")))
            }
        }
    }
}

fn fact(name: &str, text: &str) -> Markup {
    html! { div { dt { (name) } dd { (text) } } }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |c| c.to_uppercase().chain(letters).collect())
}

fn cells(o: &Overview, t: Time) -> Markup {
    let [first, last] = ends(o);
    let any_dead = o.outcome.series.iter().any(|r| r.apoptotic + r.necrotic > 0);
    html! {
        @match counts(o, t, "Living cells by type over time", "living cells", &|r| r.live) {
            Some(chart) => (figure(chart, html! { "Living cells by type." })),
            None => (absent("No cell lived at a recorded time.")),
        }
        @if any_dead {
            @if let Some(chart) = counts(o, t, "Dead cells by type over time", "dead cells that are still there", &|r| r.apoptotic + r.necrotic) {
                (figure(chart, html! { "Dead cells by type, until they are removed, are eaten or have dissolved." }))
            }
        }
        (scroll("Cells by type", html! {
            table {
                thead { tr {
                    th scope="col" { "Type" } th scope="col" class="num" { "living at the start" } th scope="col" class="num" { "living at the end" }
                    th scope="col" class="num" { "apoptotic" } th scope="col" class="num" { "necrotic" }
                } }
                tbody { @for (a, b) in first.iter().zip(last) { tr {
                    th scope="row" { (b.cell) }
                    td class="num" { (count(a.live)) } td class="num" { (count(b.live)) } td class="num" { (count(b.apoptotic)) } td class="num" { (count(b.necrotic)) }
                } } }
            }
        }))
        p class="note" { "All recorded times are in " code { "series.csv" } ", every cell at each of them in " code { "cells.parquet" } "." }
    }
}

/// Lines over time by type; types that never have any are left out.
fn counts(o: &Overview, t: Time, title: &str, vertical: &str, of: &dyn Fn(&Row) -> u64) -> Option<Markup> {
    let n = o.model.cells.len().max(1);
    let lines: Vec<time::Line> = (0..n)
        .filter(|&k| o.outcome.series.iter().skip(k).step_by(n).any(|r| of(r) > 0))
        .map(|k| time::Line {
            label: o.model.cells.get(k).map(|c| c.name.clone()).unwrap_or_default(),
            look: Look { class: colony::class(k), shape: k },
            points: o
                .outcome
                .series
                .iter()
                .skip(k)
                .step_by(n)
                .map(|r| point(r.time_min, of(r) as f64, None, t))
                .collect(),
        })
        .collect();
    let said = lines.iter().filter_map(|l| Some(format!("{} {}", l.label, number(l.points.last()?.value))));
    let axes = time::Axes {
        title,
        description: format!("At the end: {}", said.collect::<Vec<_>>().join("; ")),
        vertical,
        natural: [0.0, f64::INFINITY],
        last_day: 0.0,
        unit: t.0,
    };
    time::chart(&lines, &axes)
}

fn point(min: f64, value: f64, band: Option<[f64; 2]>, t: Time) -> time::Point {
    time::Point { day: min / t.1, value, band }
}

/// The rectangle that snapshots show.
fn frame(m: &AgentModel) -> Frame {
    let (low, shape) = (m.domain.origin(), m.domain.shape());
    let size = [0, 1].map(|a| shape[a] as f64 * m.domain.voxel);
    Frame { low: [low[0], low[1]], size }
}

fn places(o: &Overview, t: Time) -> Markup {
    let frame = frame(&o.model);
    let Some(shot) = o.shots.first() else { return absent("No time was recorded.") };
    let thinned = o.shots.iter().map(colony::stride).max().unwrap_or(1);
    let seen = |k: usize| o.shots.iter().flat_map(|s| &s.cells).any(|c| usize::from(c.kind) == k);
    let dead = o.shots.iter().flat_map(|s| &s.cells).any(|c| c.dead);
    html! {
        ul class="key cells-key" {
            @for (k, cell) in o.model.cells.iter().enumerate().filter(|(k, _)| seen(*k)) {
                li { span class={ "dot " (colony::class(k)) } {} (cell.name) }
            }
            @if dead { li { span class="dot core-key" {} "dark core: dead" } }
        }
        div class="trio" {
            @for (k, shot) in o.shots.iter().enumerate() {
                figure {
                    p class="arm-name" { strong { (at(shot.time_min, t)) } " " (plural(shot.cells.len(), "cell", "cells")) }
                    (colony::cells(&format!("shot-{k}"), shot, frame, &format!("Cells at {}", at(shot.time_min, t))))
                }
            }
        }
        p class="note" {
            @if let Some(z) = shot.height { "Cut through the middle, at z = " (quantity(z, "um")) ": cells as large as the plane cuts them. " }
            @if o.model.cells.len() > 10 { "Ten colours: the types after the tenth repeat them. " }
            @if thinned > 1 { "Every " (thinned) "th cell at most is drawn." }
        }
    }
}

fn substrates(o: &Overview, t: Time) -> Markup {
    html! {
        @for (k, s) in o.model.substrates.iter().enumerate() {
            @let unit = if s.unit == "dimensionless" { "" } else { &s.unit };
            @let levels: Vec<&Level> = o.outcome.levels.iter().filter(|l| l.substrate == s.name).collect();
            h3 { (s.name) }
            @match over_time(&s.name, unit, &levels, t) {
                Some(chart) => (figure(chart, html! {
                    "Mean over all voxels" @if !unit.is_empty() { " (" (unit) ")" } "; the band goes from the lowest to the highest voxel."
                })),
                None => (absent("Its mean over time was not recorded.")),
            }
            (maps(o, k, t))
        }
    }
}

fn over_time(name: &str, unit: &str, levels: &[&Level], t: Time) -> Option<Markup> {
    let line = time::Line {
        label: "mean".to_owned(),
        look: Look { class: "k-5", shape: 0 },
        points: levels.iter().map(|l| point(l.time_min, l.mean, Some([l.low, l.high]), t)).collect(),
    };
    let last = levels.last().map(|l| format!("{} at the end", number(l.mean))).unwrap_or_default();
    let axes = time::Axes {
        title: &format!("{name} over time"),
        description: last,
        vertical: if unit.is_empty() { "density" } else { unit },
        natural: [0.0, f64::INFINITY],
        last_day: 0.0,
        unit: t.0,
    };
    time::chart(&[line], &axes)
}

fn maps(o: &Overview, k: usize, t: Time) -> Markup {
    let shots: Vec<(&Shot, &Vec<f32>)> = o.shots.iter().filter_map(|s| Some((s, s.maps.get(k)?))).collect();
    let values = shots.iter().flat_map(|s| s.1).map(|v| f64::from(*v)).filter(|v| v.is_finite());
    let range = values.fold([f64::INFINITY, f64::NEG_INFINITY], |[l, h], v| [l.min(v), h.max(v)]);
    if range[0] > range[1] {
        return html! {};
    }
    if range[1] - range[0] <= 1e-6 * range[1].abs() {
        return html! { p class="note" { "The same everywhere at these times: " (number(range[1])) "." } };
    }
    let (frame, nx) = (frame(&o.model), o.model.domain.shape()[0]);
    html! {
        div class="trio maps" {
            @for (shot, values) in shots {
                @if let Some(map) = colony::map(nx, values, range, frame, &format!("At {}", at(shot.time_min, t))) {
                    figure { p class="arm-name" { strong { (at(shot.time_min, t)) } } (map) }
                }
            }
        }
        ul class="key" { li { (number(range[0])) span class="patch vesicles" {} (number(range[1])) } }
    }
}

fn balance(o: &Overview) -> Markup {
    if o.outcome.balance.is_empty() {
        return absent("Not recorded by the version that made this run.");
    }
    let never = |b: &&Balance| b.books.start == 0.0 && b.books.given == 0.0 && b.books.end == 0.0;
    let absent: Vec<&str> = o.outcome.balance.iter().filter(never).map(|b| b.substrate.as_str()).collect();
    html! {
        p {
            "Amounts in the whole box (density × µm³): what was there and what cells gave off is what was taken up, decayed, left through held faces, or is there."
            @if !o.model.options.internalize { " Decay and uptake are booked apart where cells keep account of what they take up." }
        }
        div class="sheets" { @for b in o.outcome.balance.iter().filter(|b| !never(b)) { (sheet(b)) } }
        @if !absent.is_empty() { p class="note" { "None at any time: " (absent.join(", ")) "." } }
    }
}

fn sheet(b: &Balance) -> Markup {
    let x = &b.books;
    let line = |name: &str, value: f64| html! { tr { th scope="row" { (name) } td class="num" { (number(value)) } } };
    let open: Vec<&str> = [
        (x.decayed.is_none(), "decayed"),
        (x.taken.is_none(), "taken up by cells"),
        (x.held, "out through held faces, less what came in"),
    ]
    .into_iter()
    .filter_map(|(open, name)| open.then_some(name))
    .collect();
    let made = x.start + x.given;
    scroll(
        &format!("Balance of {}", b.substrate),
        html! {
            table class="sheet" {
                caption { strong { (b.substrate) } }
                tbody {
                    (line("there at the start", x.start))
                    (line("given off by cells", x.given))
                }
                tbody {
                    tr class="part" { th colspan="2" scope="rowgroup" { "Where it is or went" } }
                    (line("there at the end", x.end))
                    @if let Some(taken) = x.taken { (line("taken up by cells", taken)) }
                    @if let Some(decayed) = x.decayed { (line("decayed", decayed)) }
                    @if open.is_empty() {
                        tr { th scope="row" { "unexplained, relative to all" } td class="num" { (number(if made > 0.0 { x.rest / made } else { x.rest })) } }
                    } @else {
                        (line(&open.join("; "), x.rest))
                    }
                }
            }
        },
    )
}

fn rule_sentences(o: &Overview) -> Markup {
    let of = |cell: &str| o.rules.iter().filter(|r| r.cell == cell).collect::<Vec<_>>();
    html! {
        @if o.rules.is_empty() { (absent("The model has no rules.")) }
        @for cell in &o.model.cells {
            @let mine = of(&cell.name);
            @if !mine.is_empty() {
                h3 { (cell.name) }
                ul { @for r in &mine { li { (capital(&r.clause)) } } }
                details { summary { "Curves of " (cell.name) } @for r in &mine { (rules::curve(r)) } }
            }
        }
        @for n in &o.model.networks {
            h3 { "Network " (n.name) }
            p {
                "From " code { (n.file) } ", in " (n.cells.join(", ")) ". It reads "
                @if n.inputs.is_empty() { "nothing" }
                (n.inputs.iter().map(|i| format!("{} (as {})", i.signal, i.parameter)).collect::<Vec<_>>().join(", "))
                " and sets "
                @if n.outputs.is_empty() { "nothing" }
                (n.outputs.iter().map(|i| format!("{} (from {})", i.behaviour, i.species)).collect::<Vec<_>>().join(", "))
                "."
            }
        }
    }
}

fn remarks(o: &Overview) -> Markup {
    let notes = &o.outcome.notes;
    let (first, rest) = notes.split_at(notes.len().min(OPEN_NOTES));
    html! {
        @if !o.outcome.asked.changed.is_empty() {
            p { "Asked for on the command line:" }
            ul { @for c in &o.outcome.asked.changed { li { (c) } } }
        }
        @if notes.is_empty() { (absent("No remark about the model’s files.")) }
        @else {
            p { "Where the files are read with leniency, where they mean something else here than elsewhere, and what in them does nothing:" }
            ul class="warnings" { @for n in first { li { (n) } } }
            @if !rest.is_empty() {
                details { summary { (plural(rest.len(), "more remark", "more remarks")) } ul class="warnings" { @for n in rest { li { (n) } } } }
            }
        }
    }
}

fn reproduce(o: &Overview) -> Markup {
    let (m, s) = (&o.model, &o.model.steps);
    let row = |name: &str, text: String| html! { tr { th scope="row" { (name) } td { (text) } } };
    let options: Vec<&str> = [
        (m.options.split, "split steps"),
        (m.options.adaptive, "steps that adapt"),
        (m.options.wall, "walls at the edge"),
        (m.options.no_springs, "no springs that form by themselves"),
        (m.options.polar_divisions, "old directions of division"),
        (m.options.internalize, "cells keep account of what they take up"),
    ]
    .into_iter()
    .filter_map(|(on, name)| on.then_some(name))
    .collect();
    html! {
        p { "The same program, model and seed give the same bits on any number of threads." }
        @if !o.outcome.asked.command.is_empty() { pre tabindex="0" { code { (o.outcome.asked.command) } } }
        p { "Without the original files: " code { "exoderm run model.toml" } " in the folder of this run, as long as the tables that it names are there." }
        (scroll("How to run it again", html! {
            table class="plain" { tbody {
                (row("Program", o.outcome.version.clone()))
                (row("Seed", o.outcome.seed.to_string()))
                (row("End", quantity(s.end, "min")))
                (row("Steps", format!("substrates {}, mechanics {}, phenotype {}", quantity(s.diffusion, "min"), quantity(s.mechanics, "min"), quantity(s.phenotype, "min"))))
                (row("Options", if options.is_empty() { "none".to_owned() } else { options.join(", ") }))
            } }
        }))
    }
}
