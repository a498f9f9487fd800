//! Who sent how many vesicles to whom: a matrix of senders and recipients.

use crate::format::number;
use crate::svg::{NARROW, both, frame, px, text, wrap};
use exoderm_study::results::Communication;
use maud::{Markup, html};

/// Draws the matrix at both widths; `None` without a sender or a recipient.
pub(crate) fn chart(c: &Communication) -> Option<Markup> {
    (!c.senders.is_empty() && !c.recipients.is_empty()).then(|| both(|width| draw(width, c)))
}

/// Share of a slanted name's width that it needs along and across.
const SLANT: f64 = 0.72;

fn draw(width: f64, c: &Communication) -> Markup {
    let narrow = width <= NARROW;
    // On a narrow drawing recipients stand in rows of their own below each sender's name.
    if narrow { lists(width, c) } else { table(width, c) }
}

fn most(c: &Communication) -> f64 {
    c.senders.iter().flat_map(|s| &s.taken).copied().filter(|v| v.is_finite()).fold(0.0, f64::max).max(1e-300)
}

/// Shading: the root of the share of the largest number, so that small ones are seen.
fn shade(taken: f64, most: f64) -> String {
    format!("{:.2}", 0.75 * (taken / most).clamp(0.0, 1.0).sqrt())
}

/// An expected number as a cell has room for.
fn brief(taken: f64) -> String {
    if taken > 0.0 && taken < 0.1 { "<0.1".to_owned() } else { number(taken) }
}

/// Width of a name in the size of the axis (px), about.
fn width_of(name: &str) -> f64 {
    6.4 * name.chars().count() as f64
}

fn class(product: bool) -> &'static str {
    if product { "heat high" } else { "heat own" }
}

fn table(width: f64, c: &Communication) -> Markup {
    let most = most(c);
    let left = 170.0;
    // Names over the columns slant at 45 degrees; the last ones need room on the right.
    let slanted = |name: &String| SLANT * width_of(name);
    let columns = c.recipients.len() as f64;
    let right = c.recipients.last().map_or(0.0, slanted);
    let cell = ((width - left - 4.0 - right) / columns).min(120.0);
    let (top, row) = (24.0 + c.recipients.iter().map(slanted).fold(0.0, f64::max), 40.0);
    let height = top + row * c.senders.len() as f64 + 6.0;
    let inside = html! {
        (text("axis", 0.0, top - 8.0, "from ↓   to →"))
        @for (j, head) in c.recipients.iter().enumerate() {
            g transform=(format!("translate({} {}) rotate(-45)", px(left + cell * (j as f64 + 0.5)), px(top - 6.0))) {
                (text("axis", 0.0, 0.0, head))
            }
        }
        @for (i, s) in c.senders.iter().enumerate() {
            @let y = top + row * i as f64;
            @for (k, part) in wrap(&s.name, left - 12.0, 12.0).into_iter().take(2).enumerate() {
                (text("axis end", left - 8.0, y + 18.0 + 14.0 * k as f64, &part))
            }
            @for (j, taken) in s.taken.iter().enumerate() {
                @let x = left + cell * j as f64;
                rect class=(class(s.product)) x=(px(x)) y=(px(y)) width=(px(cell - 2.0)) height=(px(row - 2.0)) fill-opacity=(shade(*taken, most)) {}
                (text("t mid", x + cell / 2.0 - 1.0, y + row / 2.0 + 4.0, &brief(*taken)))
            }
        }
    };
    frame(width, height, "Who sent how many vesicles to whom", &describe(c), inside)
}

fn lists(width: f64, c: &Communication) -> Markup {
    let most = most(c);
    let row = 24.0;
    let block = 24.0 + row * c.recipients.len() as f64 + 8.0;
    let height = block * c.senders.len() as f64 + 4.0;
    let split = width * 0.62;
    let inside = html! {
        @for (i, s) in c.senders.iter().enumerate() {
            @let y = block * i as f64;
            (text("t", 0.0, y + 16.0, &wrap(&format!("from {}", s.name), width, 13.0).into_iter().next().unwrap_or_default()))
            @for (j, (to, taken)) in c.recipients.iter().zip(&s.taken).enumerate() {
                @let y = y + 24.0 + row * j as f64;
                (text("axis end", split - 8.0, y + 16.0, &wrap(to, split - 12.0, 12.0).into_iter().next().unwrap_or_default()))
                rect class=(class(s.product)) x=(px(split)) y=(px(y)) width=(px(width - split - 2.0)) height=(px(row - 2.0)) fill-opacity=(shade(*taken, most)) {}
                (text("t mid", split + (width - split) / 2.0, y + 15.0, &brief(*taken)))
            }
        }
    };
    frame(width, height, "Who sent how many vesicles to whom", &describe(c), inside)
}

fn describe(c: &Communication) -> String {
    let all = c.senders.iter().flat_map(|s| s.taken.iter().zip(&c.recipients).map(move |(n, r)| (*n, s, r)));
    match all.max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((n, s, r)) => format!("most, {}, from {} to {}", number(n), s.name, r),
        None => "nobody took any up".to_owned(),
    }
}
