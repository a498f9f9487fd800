//! A general box: where its vesicles are over time.

use super::parts::{absent, estimate, figure, scroll, tissues};
use crate::chart::{look, time};
use crate::format::{count, number, quantity};
use exoderm_study::results::{Course, CourseLine, Results};
use maud::{Markup, html};

/// Looks of lines that are no arms, each with a colour of its own.
const LOOKS: [&str; 6] = ["exosome", "vehicle", "soluble", "untreated", "null", ""];

pub(crate) fn course(r: &Results, c: &Course) -> Markup {
    let Some(first) = c.lines.first() else { return absent("No vesicle was released.") };
    let groups: Vec<(&str, &str)> = {
        let mut seen = Vec::new();
        for l in &c.lines {
            let key = (l.arm.as_str(), l.population.as_str());
            if !seen.contains(&key) {
                seen.push(key);
            }
        }
        seen
    };
    let single = groups.len() == 1;
    html! {
        p {
            "Transport as " strong { (c.resolution) } ". Each line is a share of the vesicles made so far; together they are all of them, since a vesicle "
            "is always somewhere (see the " a href="#balance" { "balance sheet" } "). Intervals are cut at 0 and 100 %."
            @if c.lines.iter().any(|l| l.place.contains("drawn")) {
                " Uptake is drawn vesicle by vesicle: “expected − drawn uptake” is what the draws lie short of (or, negative, beyond) their "
                "expectation, by which the other shares add up to more than 100 %."
            }
        }
        @for (arm, population) in &groups {
            @let lines: Vec<&CourseLine> =
                c.lines.iter().filter(|l| l.arm == *arm && l.population == *population).collect();
            @if !single { h3 { (arm) " · " (population) } }
            (drawing(r, c, &lines))
        }
        (scroll("Where the vesicles are at the end", html! {
            table {
                thead { tr {
                    th scope="col" { "Place" }
                    @if !single { th scope="col" { "Arm" } th scope="col" { "Population" } }
                    th scope="col" class="num" { "% of those made" } th scope="col" class="num" { "vesicles made" }
                } }
                tbody {
                    @for l in &c.lines {
                        tr {
                            th scope="row" { (l.place) }
                            @if !single { td { (l.arm) } td { (l.population) } }
                            td class="num" { @if let Some(p) = l.points.last() { (estimate(&p.share, "", false)) } }
                            td class="num" { (count(l.made.round() as u64)) }
                        }
                    }
                }
            }
        }))
        @if let Some(last) = first.points.last() {
            p class="note" { "At " (quantity(last.time, &c.unit)) "." }
        }
    }
}

fn drawing(r: &Results, c: &Course, lines: &[&CourseLine]) -> Markup {
    let drawn: Vec<time::Line> = lines
        .iter()
        .enumerate()
        .map(|(i, l)| time::Line {
            label: l.place.clone(),
            look: look(LOOKS[i % LOOKS.len()], i),
            points: l
                .points
                .iter()
                .map(|p| time::Point {
                    day: p.time,
                    value: p.share.mean,
                    band: p.share.low.zip(p.share.high).map(<[f64; 2]>::from),
                })
                .collect(),
        })
        .collect();
    let last: Vec<String> = lines
        .iter()
        .filter_map(|l| Some(format!("{} {} %", l.place, number(l.points.last()?.share.mean))))
        .collect();
    let axes = time::Axes {
        title: "Where the vesicles are over time",
        description: last.join("; "),
        vertical: "% of the vesicles made so far",
        natural: [0.0, 100.0],
        last_day: c.horizon,
        unit: &c.unit,
    };
    let Some(chart) = time::chart(&drawn, &axes) else { return absent("No time series was recorded.") };
    let band = lines.iter().flat_map(|l| &l.points).any(|p| p.share.low.is_some());
    figure(
        chart,
        html! {
            "Mean over " (tissues(r.replicates))
            @if band { "; bands: simulation noise (95 % interval of the mean, parameters fixed)." }
            @else { "; no interval, since it takes two simulated tissues or more." }
        },
    )
}
