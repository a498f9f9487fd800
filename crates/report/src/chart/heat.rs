//! A map: a contrast (or a measure) over two swept inputs. What is hatched gains nothing.

use super::curve::name;
use crate::format::{number, signed};
use crate::svg::{NARROW, both, frame, px, text, wrap};
use exoderm_numeric::math;
use exoderm_study::results::{Estimate, Sweep, SweepAxis, SweepPoint};
use maud::{Markup, html};

/// What a point shows: its value, and whether nothing is gained there.
pub(crate) fn shown(p: &SweepPoint) -> (Option<Estimate>, bool) {
    match p.contrasts.first() {
        Some(c) => (c.value, c.nothing_to_gain),
        None => (p.arms.first().and_then(|a| a.value), false),
    }
}

/// Draws the map at both widths; `None` without two axes or without a value.
pub(crate) fn chart(s: &Sweep) -> Option<Markup> {
    let any = s.points.iter().any(|p| shown(p).0.is_some_and(|e| e.mean.is_finite()));
    let axes = s.axes.len() == 2 && s.axes.iter().all(|a| !a.values.is_empty());
    (axes && any).then(|| both(|width| draw(width, s)))
}

/// The axis in words; values stand side by side, whatever they are.
fn plain(axis: &SweepAxis) -> String {
    name(&SweepAxis { logarithmic: false, ..axis.clone() })
}

fn draw(width: f64, s: &Sweep) -> Markup {
    let narrow = width <= NARROW;
    let (down, across) = (&s.axes[0], &s.axes[1]);
    let difference = s.points.iter().any(|p| !p.contrasts.is_empty());
    let left = if narrow { 74.0 } else { 150.0 };
    let (top, cell_height) = (if narrow { 46.0 } else { 40.0 }, if narrow { 34.0 } else { 40.0 });
    let cell = (width - left - 4.0) / across.values.len() as f64;
    let height = top + cell_height * down.values.len() as f64 + 44.0;
    let most = s
        .points
        .iter()
        .filter_map(|p| shown(p).0)
        .map(|e| e.mean.abs())
        .filter(|v| v.is_finite())
        .fold(0.0, f64::max)
        .max(1e-300);
    // Digits that the largest value shows are enough for all.
    let step = math::pow(10.0, math::log10(most).floor() - 2.0);
    let short_of = |x: f64| if step > 0.0 { (x / step).round() * step } else { x };
    let pattern = if narrow { "hatch-narrow" } else { "hatch-wide" };
    let short = |axis: &SweepAxis, k: usize| match axis.numbers.as_ref().and_then(|n| n.get(k)) {
        Some(n) => number(*n),
        None => axis.values.get(k).cloned().unwrap_or_default(),
    };
    let within = |k: usize, axis: &SweepAxis| k.min(axis.values.len() - 1) as f64;
    let place = |p: &SweepPoint| {
        let (i, j) = (p.at.first().copied().unwrap_or(0), p.at.get(1).copied().unwrap_or(0));
        (left + cell * within(j, across), top + cell_height * within(i, down))
    };
    let inside = html! {
        defs {
            pattern id=(pattern) width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                line class="hatch" x1="0" y1="0" x2="0" y2="7" {}
            }
        }
        @for (i, part) in wrap(&plain(down), if narrow { width } else { left - 8.0 }, 12.0).into_iter().enumerate().take(2) {
            (text("axis", 0.0, 13.0 + 15.0 * i as f64, &part))
        }
        @for k in 0..across.values.len() {
            (text("axis mid", left + cell * (k as f64 + 0.5), height - 26.0, &short(across, k)))
        }
        (text("axis mid", left + (width - left) / 2.0, height - 6.0, &plain(across)))
        @for k in 0..down.values.len() {
            (text("axis end", left - 8.0, top + cell_height * (k as f64 + 0.5) + 4.0, &short(down, k)))
        }
        @for p in &s.points {
            @let (x, y) = place(p);
            @let (value, nothing) = shown(p);
            @let strength = value.map_or(0.0, |e| (e.mean.abs() / most).clamp(0.0, 1.0));
            @let class = if value.is_some_and(|e| e.mean < 0.0) { "heat low" } else { "heat high" };
            rect class=(class) x=(px(x)) y=(px(y)) width=(px(cell - 2.0)) height=(px(cell_height - 2.0)) fill-opacity=(format!("{:.2}", 0.75 * strength)) {}
            @if nothing { rect class="hatched" x=(px(x)) y=(px(y)) width=(px(cell - 2.0)) height=(px(cell_height - 2.0)) fill={ "url(#" (pattern) ")" } {} }
            @let word = value.map_or_else(|| "–".to_owned(), |e| if difference { signed(short_of(e.mean)) } else { number(short_of(e.mean)) });
            (text("t mid", x + cell / 2.0 - 1.0, y + cell_height / 2.0 + 4.0, &word))
        }
    };
    frame(width, height, "Map of two inputs", &describe(s), inside)
}

fn describe(s: &Sweep) -> String {
    let gained = s.points.iter().filter(|p| !shown(p).1).count();
    let best = s.points.iter().filter_map(|p| Some((shown(p).0?.mean, p))).max_by(|a, b| a.0.total_cmp(&b.0));
    let most = best.map_or_else(String::new, |(v, p)| {
        let at: Vec<&str> =
            s.axes.iter().zip(&p.at).filter_map(|(a, k)| a.values.get(*k)).map(String::as_str).collect();
        format!("; highest {} at {}", number(v), at.join(" and "))
    });
    format!("{} of {} points are not hatched{most}", gained, s.points.len())
}
