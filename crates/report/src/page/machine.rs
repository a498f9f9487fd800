//! How the model behaves: which inputs matter, whether the books balance, what holds by construction.

use super::parts::{absent, badge, figure, plural, scroll};
use crate::chart::tornado;
use crate::format::{number, signed, unit, with_unit};
use exoderm_study::results::{Balance, Drawn, Results, Swing};
use maud::{Markup, html};

/// Inputs in the chart; the table has the rest.
const SHOWN: usize = 5;

pub(crate) fn sensitivity(r: &Results) -> Markup {
    if r.sensitivity.is_empty() {
        return match &r.drawn {
            Some(d) => drawn(d),
            None => absent("Not asked for in this study, or its runs end before the headline is read."),
        };
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
        @if let Some(d) = &r.drawn { (drawn(d)) }
    }
}

/// Inputs that were drawn together, by their rank correlation with the headline.
fn drawn(d: &Drawn) -> Markup {
    html! {
        h3 { "All inputs drawn together" }
        p {
            (d.inputs) " inputs with a range were drawn together in " (plural(d.draws as usize, "draw", "draws"))
            ", each on simulated tissue 0 with a burn-in of its own; ranked by the rank correlation of the input with exosome − vehicle. "
            @if d.chance >= 1.0 {
                strong { "So few draws cannot tell so many inputs apart: any of these may be chance." }
            } @else {
                "The largest of so many unrelated inputs passes ±" (number(d.chance)) " by chance in one of twenty studies."
            }
        }
        (scroll("Inputs drawn together", html! {
            table {
                thead { tr {
                    th scope="col" { "Input" } th scope="col" { "Evidence" } th scope="col" class="num" { "range" } th scope="col" class="num" { "rank correlation" }
                } }
                tbody { @for i in &d.ranks { tr {
                    th scope="row" { (unit(&i.what)) span class="range" { code { (i.input) } } }
                    td { (i.evidence) }
                    td class="num" { (unit(&i.range[0])) " to " (unit(&i.range[1])) }
                    td class="num" { (signed(i.correlation)) @if i.correlation.abs() < d.chance { span class="range" { "may be chance" } } }
                } } }
            }
        }))
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
