//! How the model behaves: which inputs matter, whether the books balance, what holds by construction.

use super::parts::{absent, badge, figure, scroll};
use crate::chart::tornado;
use crate::format::{number, signed, unit, with_unit};
use exoderm_study::results::{Balance, Results, Swing};
use maud::{Markup, html};

/// Inputs in the chart; the table has the rest.
const SHOWN: usize = 5;

pub(crate) fn sensitivity(r: &Results) -> Markup {
    if r.sensitivity.is_empty() {
        return absent("Not asked for in this study.");
    }
    let shown = &r.sensitivity[..r.sensitivity.len().min(SHOWN)];
    html! {
        @if !r.sensitivity_method.is_empty() { p { (unit(&r.sensitivity_method)) } }
        @if let Some(chart) = tornado::chart(shown) {
            (figure(chart, html! {
                "exosome − vehicle with one input at the low " span class="swatch low" {} " or the high " span class="swatch high" {}
                " value written under the bar, all others as run. Dashed line: all as run."
            }))
        }
        details open=[tornado::chart(shown).is_none().then_some("open")] {
            summary { "All inputs tried, as a table" }
            (scroll("Inputs tried", html! {
                table {
                    thead { tr {
                        th scope="col" { "Input" } th scope="col" { "Evidence" } th scope="col" class="num" { "low value" } th scope="col" class="num" { "gives" }
                        th scope="col" class="num" { "high value" } th scope="col" class="num" { "gives" } th scope="col" class="num" { "as run" }
                    } }
                    tbody { @for s in &r.sensitivity { (swing(s)) } }
                }
            }))
        }
    }
}

fn swing(s: &Swing) -> Markup {
    let result = |v: f64| with_unit(&signed(v), &s.unit);
    html! { tr {
        th scope="row" { (unit(&s.what)) span class="range" { code { (s.input) } } }
        td { (s.evidence) }
        td class="num" { (unit(&s.values[0])) } td class="num" { (result(s.results[0])) }
        td class="num" { (unit(&s.values[1])) } td class="num" { (result(s.results[1])) }
        td class="num" { (result(s.base)) }
    } }
}

pub(crate) fn balance(r: &Results) -> Markup {
    if r.balance.is_empty() {
        return absent("No arm of this study holds vesicles.");
    }
    html! {
        p { "Vesicles made must equal vesicles found, to one part in 10⁹. Particles, summed over the simulated tissues. Uptake is drawn vesicle by vesicle; how far the draws lie from their expectation is a line of its own." }
        div class="sheets" { @for b in &r.balance { (sheet(b)) } }
    }
}

fn sheet(b: &Balance) -> Markup {
    let line = |name: &str, value: f64| html! { tr { th scope="row" { (unit(name)) } td class="num" { (number(value)) } } };
    let label = format!("Balance of {} in {}", b.population, b.arm);
    scroll(
        &label,
        html! {
            table class="sheet" {
                caption { strong { (b.arm) } " · " (b.population) " " @if b.closes { (badge("good", "closes")) } @else { (badge("bad", "does not close")) } }
                tbody {
                    tr class="part" { th colspan="2" scope="rowgroup" { "Made" } }
                    @for (name, value) in &b.made { (line(name, *value)) }
                }
                tbody {
                    tr class="part" { th colspan="2" scope="rowgroup" { "Where they are or went" } }
                    @for (name, value) in &b.fates { (line(name, *value)) }
                }
                tbody {
                    tr class="part" { th colspan="2" scope="rowgroup" { "Difference" } }
                    tr { th scope="row" { "Drawn − expected uptake" } td class="num" { (signed(b.sampling)) } }
                    tr { th scope="row" { "its bound (3 standard deviations)" } td class="num" { "±" (number(b.sampling_bound)) } }
                    tr { th scope="row" { "Unexplained, relative to made" } td class="num" { (number(b.relative_error)) } }
                }
            }
        },
    )
}

pub(crate) fn enforced(r: &Results) -> Markup {
    if r.enforced.is_empty() {
        return absent("None listed.");
    }
    html! {
        p { "These hold because the program is built so. They are " strong { "not evidence" } " for or against the product." }
        ul { @for text in &r.enforced { li { (unit(text)) } } }
    }
}
