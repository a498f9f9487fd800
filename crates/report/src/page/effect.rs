//! What the product did: closure, contrasts, the three cases, endpoints.

use super::parts::{absent, badge, endpoint_label, estimate, figure, plural, scroll, tissues};
use crate::chart::{cases as case_chart, forest, look, time};
use crate::format::{MISSING, number, quantity, signed, unit, with_unit};
use exoderm_study::results::{Case, Contrast, EndpointResult, Results};
use maud::{Markup, html};

/// Rows in the drawn forest plot at most; the table has them all.
const MOST_ROWS: usize = 12;

pub(crate) fn closure(r: &Results) -> Markup {
    let lines: Vec<time::Line> = r
        .arms
        .iter()
        .enumerate()
        .map(|(i, arm)| time::Line {
            label: arm.name.clone(),
            look: look(&arm.kind, i),
            points: arm
                .series
                .iter()
                .map(|p| time::Point {
                    day: p.day,
                    value: p.closed.mean,
                    band: p.closed.low.zip(p.closed.high).map(<[f64; 2]>::from),
                })
                .collect(),
        })
        .collect();
    let last: Vec<String> = r
        .arms
        .iter()
        .filter_map(|a| {
            a.series
                .last()
                .map(|p| format!("{} {} % at day {}", a.name, number(p.closed.mean), number(p.day)))
        })
        .collect();
    let axes = time::Axes {
        title: "Wound area closed over days, by arm",
        description: last.join("; "),
        vertical: "% of wound area closed",
        natural: [0.0, 100.0],
        last_day: r.horizon,
        unit: "day",
    };
    let has_band = r.arms.iter().flat_map(|a| &a.series).any(|p| p.closed.low.is_some());
    let Some(chart) = time::chart(&lines, &axes) else {
        return absent("No time series was recorded.");
    };
    let caption = html! {
        "Mean over " (tissues(r.replicates)) " per arm"
        @if has_band { "; bands: simulation noise (95 % interval of the mean, parameters fixed), cut at 0 and 100 %." }
        @else { "; no interval, since it takes two simulated tissues or more." }
        " Arms: "
        @for (i, arm) in r.arms.iter().enumerate() {
            @if i > 0 { ", " }
            strong class={ "arm " (look(&arm.kind, i).class) } { (arm.name) } " (" (unit(&arm.label)) ")"
        }
        "."
        @if null_is_vehicle(r) {
            " Null and vehicle lie on one another: the model makes them equal."
        }
    };
    figure(chart, caption)
}

/// True if the null arm's line lies exactly on the vehicle's, as it must.
fn null_is_vehicle(r: &Results) -> bool {
    let series = |kind: &str| r.arms.iter().find(|a| a.kind == kind).map(|a| &a.series);
    series("null").zip(series("vehicle")).is_some_and(|(null, vehicle)| null == vehicle)
}

pub(crate) fn contrasts(r: &Results) -> Markup {
    if r.contrasts.is_empty() {
        return absent("No contrast could be formed: it takes two arms with a common endpoint.");
    }
    let headline_unit =
        r.contrasts.iter().find(|c| c.endpoint == r.headline).unwrap_or(&r.contrasts[0]).unit.as_str();
    let mut drawn: Vec<&Contrast> = r.contrasts.iter().filter(|c| c.unit == headline_unit).collect();
    if drawn.len() > MOST_ROWS {
        drawn.retain(|c| c.endpoint == r.headline);
        drawn.truncate(MOST_ROWS);
    }
    // Rows of one endpoint stand together, headline first, otherwise in the document's order.
    let mut names: Vec<&str> = vec![&r.headline];
    names.extend(drawn.iter().map(|c| c.endpoint.as_str()));
    let place = |name: &str| names.iter().position(|n| *n == name);
    drawn.sort_by_key(|c| place(&c.endpoint));
    html! {
        p {
            "Each difference is paired: both arms start from the same tissue and the same random numbers. "
            strong { "exosome − vehicle" } " is the effect of the vesicles, " strong { "exosome − soluble" }
            " that of their being vesicles, " strong { "vehicle − untreated" } " that of the gel."
        }
        ul class="key" {
            li { (forest::key("noise")) span { strong { "Simulation noise" } @if r.replicates > 1 { ": 95 % interval of the mean over " (tissues(r.replicates)) ", parameters fixed" }
                    @else { ": one simulated tissue, so no interval; parameters fixed" } } }
            li {
                (forest::key("parameters"))
                span {
                    strong { "Parameter uncertainty" }
                    @if r.draws == 0 { ": not asked for: run with " code { "--draws" } }
                    @else { ": central 95 % of " (plural(r.draws as usize, "draw", "draws")) " over the ranges of all inputs that have one" }
                }
            }
        }
        @if let Some(chart) = forest::chart(&drawn, "Differences between arms") {
            (figure(chart, html! { "The two kinds of uncertainty are never added together. Right of the line: higher in the first arm." }))
        }
        @let (head, others) = r.contrasts.iter().partition::<Vec<_>, _>(|c| c.endpoint == r.headline);
        @if head.is_empty() || others.is_empty() {
            (scroll("Differences between arms", contrast_table(r, &r.contrasts.iter().collect::<Vec<_>>())))
        } @else {
            (scroll("Differences in the headline", contrast_table(r, &head)))
            details {
                summary { "Differences in the other endpoints" }
                (scroll("Differences in the other endpoints", contrast_table(r, &others)))
            }
        }
    }
}

/// Contrasts; the two kinds of uncertainty in columns of their own.
fn contrast_table(r: &Results, rows: &[&Contrast]) -> Markup {
    html! {
        table class="contrasts" {
            thead {
                tr {
                    th rowspan="2" scope="col" { "Endpoint" }
                    th rowspan="2" scope="col" { "Difference" }
                    th colspan="2" scope="colgroup" class="noise" { "Simulation noise" }
                    th colspan="2" scope="colgroup" class="parameters" { "Parameter uncertainty" }
                }
                tr {
                    th scope="col" class="num" { "mean (95 % interval)" } th scope="col" class="num" { "tissues" }
                    th scope="col" class="num" { "mean (central 95 %)" } th scope="col" class="num" { "draws" }
                }
            }
            tbody {
                @for c in rows {
                    tr class=[(c.endpoint == r.headline).then_some("headline")] {
                        th scope="row" { (unit(&c.label)) }
                        td { (c.arm) " − " (c.reference) }
                        @if let Some(e) = &c.noise {
                            td class="num" { (estimate(e, &c.unit, true)) } td class="num" { (e.n) }
                        } @else {
                            td colspan="2" { (c.text.as_deref().unwrap_or(MISSING)) }
                        }
                        @if let Some(e) = &c.parameters {
                            td class="num" { (estimate(e, &c.unit, true)) } td class="num" { (e.n) }
                        } @else {
                            td colspan="2" class="quiet" { @if r.draws == 0 { "not asked for" } @else { (MISSING) } }
                        }
                    }
                }
            }
        }
    }
}

/// Best case, null and worst case, always all three and in this order (S086).
pub(crate) fn cases(r: &Results) -> Markup {
    let names = ["best case", "null", "worst case"];
    let find = |name: &str| r.cases.iter().find(|c| c.name.eq_ignore_ascii_case(name));
    let others = r.cases.iter().filter(|c| !names.iter().any(|n| c.name.eq_ignore_ascii_case(n)));
    let values = r.cases.iter().filter_map(|c| c.value).filter(|v| v.is_finite());
    let largest = values.fold(0.0_f64, |m, v| m.max(v.abs()));
    html! {
        p { "exosome − vehicle in " strong { (endpoint_label(r, &r.headline)) } ", with the product’s inputs at three settings. All three are shown whatever they say."
            @if others.clone().next().is_some() { " Where rules act by need, the same with their gates open stands beside them." } }
        div class="cards" {
            @for name in names { (case(name, find(name), largest, r.less_is_better)) }
            @for other in others { (case(&other.name, Some(other), largest, r.less_is_better)) }
        }
    }
}

fn case(name: &str, case: Option<&Case>, largest: f64, less_is_better: bool) -> Markup {
    let value = case.and_then(|c| c.value).filter(|v| v.is_finite());
    html! {
        div class="card" data-case=(name) {
            h3 { (name) }
            @match value {
                Some(v) => p class="big" { (with_unit(&signed(v), case.map_or("", |c| &c.unit))) },
                None => p class="big missing" { "not computed" },
            }
            (case_chart::bar(value, if largest > 0.0 { largest } else { 1.0 }, less_is_better))
            p class="how" { (case.map_or_else(|| "This study did not run this case.".to_owned(), |c| unit(&c.how))) }
        }
    }
}

pub(crate) fn endpoints(r: &Results) -> Markup {
    let mut names: Vec<&EndpointResult> = Vec::new();
    for e in r.arms.iter().flat_map(|a| &a.endpoints) {
        if !names.iter().any(|n| n.name == e.name) {
            names.push(e);
        }
    }
    if names.is_empty() {
        return absent("No endpoint was recorded.");
    }
    let header = html! {
        tr { th scope="col" { "Endpoint" } @for (i, arm) in r.arms.iter().enumerate() {
            th scope="col" class={ "num arm " (look(&arm.kind, i).class) } { (arm.name) }
        } }
    };
    let find = |arm: usize, name: &str| r.arms[arm].endpoints.iter().find(|e| e.name == name);
    html! {
        p {
            @if r.replicates > 1 { "Mean over " (tissues(r.replicates)) " per arm; below it the 95 % interval of the mean (simulation noise), cut where the quantity ends (0; 0 and 100 %)." }
            @else { "Values of one simulated tissue per arm, so without an interval." }
        }
        (scroll("Endpoints by arm", html! {
            table class="endpoints" {
                thead { (header) }
                tbody {
                    @for e in &names {
                        tr class=[(e.name == r.headline).then_some("headline")] {
                            th scope="row" {
                                (unit(&e.label))
                                @if !e.unit.is_empty() { span class="unit" { ", " (unit(&e.unit)) } }
                                @if e.role.eq_ignore_ascii_case("fit") { " " (badge("open", "fitted")) }
                            }
                            @for arm in 0..r.arms.len() { td class="num" { (endpoint(find(arm, &e.name))) } }
                        }
                    }
                    tr {
                        th scope="row" { "Cells at the end" }
                        @for arm in &r.arms { td class="num" { span class="mean" { (number(arm.cells)) } } }
                    }
                }
            }
        }))
        @if names.iter().any(|e| e.role.eq_ignore_ascii_case("fit")) {
            p class="note" { (badge("open", "fitted")) " The model was fitted to a published value of this endpoint, so its agreement there is no evidence." }
        }
        details {
            summary { "Value of each simulated tissue" }
            (scroll("Value of each simulated tissue", html! {
                table class="endpoints" {
                    thead { (header) }
                    tbody {
                        @for e in &names {
                            tr {
                                th scope="row" { (unit(&e.label)) @if !e.unit.is_empty() { span class="unit" { ", " (unit(&e.unit)) } } }
                                @for arm in 0..r.arms.len() { td class="num" { (each(find(arm, &e.name))) } }
                            }
                        }
                    }
                }
            }))
        }
    }
}

fn endpoint(e: Option<&EndpointResult>) -> Markup {
    html! {
        @match e {
            Some(EndpointResult { text: Some(text), .. }) => span class="mean" { (unit(text)) },
            Some(EndpointResult { value: Some(value), .. }) => (estimate(value, "", false)),
            Some(_) => span class="quiet" { "not reached" },
            None => span class="quiet" { "–" },
        }
    }
}

fn each(e: Option<&EndpointResult>) -> Markup {
    html! {
        @for value in e.map_or(&[][..], |e| &e.replicates) {
            span class="each" { @match value { Some(v) => (quantity(*v, "")), None => "not reached" } }
        }
    }
}
