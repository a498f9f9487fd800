//! What an experiment would need to see the predicted effect.

use super::parts::{absent, figure, scroll, source};
use crate::chart::curve;
use crate::chart::look;
use crate::format::{count, fraction, interval, number, quantity, unit, with_unit};
use exoderm_study::results::{Bench, Estimate, Results, SweepAxis};
use maud::{Markup, html};

pub(crate) fn bench(r: &Results) -> Markup {
    let Some(b) = &r.bench else {
        return absent(
            "Not available: it takes an exosome arm and a vehicle, and a headline whose target has a published spread between animals.",
        );
    };
    let effect = interval(&b.effect, true);
    let animals = |n: Option<u32>, none: &str| n.map_or_else(|| none.to_owned(), |n| count(n.into()));
    html! {
        p {
            "The model gives " strong { (with_unit(&effect.mean, &b.unit)) }
            @if let Some(range) = &effect.range { " (" (range) ", simulation noise)" }
            " for " (unit(&b.endpoint)) ", exosome − vehicle. Animals differ by a standard deviation of " strong { (quantity(b.spread, &b.unit)) }
            ", published: " (source(&b.spread_source, None)) ". That is a standardised effect of " (number(b.standardised))
            ". Simulated tissues are no animals: their spread is not used here."
        }
        (scroll("Animals a group", html! {
            table {
                caption { "Animals in each of two groups, two-sided t test at 5 %, noncentral t" }
                thead { tr {
                    th scope="col" { "Power" } th scope="col" class="num" { "for the predicted effect" }
                    th scope="col" class="num" { "for the weaker end of its interval" }
                } }
                tbody {
                    @for s in &b.sizes {
                        tr {
                            th scope="row" { (fraction(s.power)) }
                            td class="num" { (animals(s.per_group, "more than 100 000")) }
                            td class="num" { (animals(s.per_group_cautious, "the interval reaches 0, or more than 100 000")) }
                        }
                    }
                }
            }
        }))
        @if let Some(chart) = power(b) { (figure(chart, html! { "Chance that the test sees the predicted effect, by animals a group." })) }
        (scroll("Groups of the experiment", html! {
            table {
                thead { tr { th scope="col" { "Group" } th scope="col" { "What it tells" } th scope="col" { "Material" } th scope="col" { "Arm here" } } }
                tbody {
                    @for g in &b.groups {
                        tr {
                            th scope="row" { (g.group) } td { (g.tells) } td { (g.material) }
                            td { @match &g.simulated { Some(a) => (a), None => span class="quiet" { "not in this run" } } }
                        }
                    }
                }
            }
        }))
        p class="note" {
            "Measure at days " (b.days.iter().map(|d| number(d.day)).collect::<Vec<_>>().join(", ")) "; the main one is day " (number(b.day))
            ". The same as a file: " code { "bench.csv" } " in the run folder. It rests on the predicted size, which rests on the listed assumptions: it is no advice to "
            "run an experiment, and no approval of one by those who must give it."
        }
    }
}

fn power(b: &Bench) -> Option<Markup> {
    let numbers: Vec<f64> = b.curve.iter().map(|(n, _)| f64::from(*n)).collect();
    let axis = SweepAxis {
        path: String::new(),
        label: "animals a group".to_owned(),
        unit: String::new(),
        logarithmic: false,
        values: b.curve.iter().map(|(n, _)| n.to_string()).collect(),
        numbers: Some(numbers),
    };
    let value = |p: f64| Some(Estimate { mean: 100.0 * p, low: None, high: None, n: 1 });
    let line = curve::Line {
        label: "power".to_owned(),
        look: look("exosome", 0),
        values: b.curve.iter().map(|(_, p)| value(*p)).collect(),
    };
    let words = curve::Words {
        title: "Power by animals a group",
        vertical: "power, %".to_owned(),
        natural: [0.0, 100.0],
    };
    curve::chart(&axis, &[line], &words)
}
