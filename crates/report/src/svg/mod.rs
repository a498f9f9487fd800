//! The small part of SVG that the charts need: scales, ticks, path data, wrapped text.
//!
//! Every drawing is made for a width in CSS pixels and comes out twice, for wide and for narrow pages; the style sheet
//! shows the one that fits, so that letters keep their size on a telephone.

pub(crate) mod picture;
pub(crate) mod png;

use exoderm_numeric::math;
use maud::{Markup, html};

/// Width of the wide drawing (px).
pub(crate) const WIDE: f64 = 760.0;
/// Width of the narrow drawing (px): a telephone of 390 px less its margins.
pub(crate) const NARROW: f64 = 350.0;

/// Draws at both widths.
pub(crate) fn both(draw: impl Fn(f64) -> Markup) -> Markup {
    html! {
        div class="wide" { (draw(WIDE)) }
        div class="narrow" { (draw(NARROW)) }
    }
}

/// An SVG element of `width` × `height` px with its title and description.
pub(crate) fn frame(width: f64, height: f64, title: &str, description: &str, inside: Markup) -> Markup {
    html! {
        svg class="chart" role="img" viewBox={ "0 0 " (px(width)) " " (px(height)) }
            width=(px(width)) height=(px(height)) {
            title { (title) }
            desc { (description) }
            (inside)
        }
    }
}

/// A coordinate with at most one decimal.
pub(crate) fn px(x: f64) -> String {
    if !x.is_finite() {
        return "0".to_owned();
    }
    let text = format!("{x:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Maps data to pixels, linearly or by the logarithm.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    from: [f64; 2],
    to: [f64; 2],
    log: bool,
}

impl Scale {
    /// Linear from `from` to `to`; an empty or non-finite range is widened to one unit.
    pub(crate) fn linear(from: [f64; 2], to: [f64; 2]) -> Self {
        let usable = from[0].is_finite() && from[1].is_finite() && from[1] > from[0];
        let low = if from[0].is_finite() { from[0] } else { 0.0 };
        Self { from: if usable { from } else { [low, low + 1.0] }, to, log: false }
    }

    /// Decades from 10^`from[0]` to 10^`from[1]`.
    pub(crate) fn decades(from: [i32; 2], to: [f64; 2]) -> Self {
        let high = from[1].max(from[0] + 1);
        Self { from: [f64::from(from[0]), f64::from(high)], to, log: true }
    }

    /// Pixel of `x`, kept inside the drawing; `None` for what can't be drawn (not finite; not positive on a log scale).
    pub(crate) fn at(&self, x: f64) -> Option<f64> {
        let x = match self.log {
            true if x > 0.0 => math::log10(x),
            true => return None,
            false => x,
        };
        if !x.is_finite() {
            return None;
        }
        let share = ((x - self.from[0]) / (self.from[1] - self.from[0])).clamp(0.0, 1.0);
        Some(self.to[0] + share * (self.to[1] - self.to[0]))
    }

    /// Ticks at round numbers, about `n` of them; whole decades on a log scale.
    pub(crate) fn ticks(&self, n: usize) -> Vec<f64> {
        let n = n.max(1) as f64;
        let [low, high] = self.from;
        if self.log {
            let every = ((high - low) / n).ceil().max(1.0);
            let mut exponent = low;
            let mut ticks = Vec::new();
            while exponent <= high + 1e-9 {
                ticks.push(math::pow(10.0, exponent));
                exponent += every;
            }
            return ticks;
        }
        let step = round_step((high - low) / n);
        let mut ticks = Vec::new();
        let mut i = (low / step - 1e-9).ceil();
        while i * step <= high + step * 1e-9 && ticks.len() < 50 {
            ticks.push(i * step);
            i += 1.0;
        }
        ticks
    }
}

/// The smallest of 1, 2, 5 × 10ⁿ that is at least `x`.
fn round_step(x: f64) -> f64 {
    if !(x.is_finite() && x > 0.0) {
        return 1.0;
    }
    let power = math::pow(10.0, math::log10(x).floor());
    let times = [1.0, 2.0, 5.0].into_iter().find(|t| t * power >= x * (1.0 - 1e-9)).unwrap_or(10.0);
    times * power
}

/// A linear range that holds all finite `values`, widened to round ends.
pub(crate) fn round_range(values: impl IntoIterator<Item = f64>) -> [f64; 2] {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values.into_iter().filter(|v| v.is_finite()) {
        low = low.min(value);
        high = high.max(value);
    }
    if low > high {
        return [0.0, 1.0];
    }
    let span = if high > low { high - low } else { low.abs().max(1.0) };
    if !span.is_finite() {
        return [low, high];
    }
    let step = round_step(span / 5.0);
    [((low - 0.03 * span) / step).floor() * step, ((high + 0.03 * span) / step).ceil() * step]
}

/// Whole decades that hold all positive finite `values`, at least two of them.
pub(crate) fn decades(values: impl IntoIterator<Item = f64>) -> [i32; 2] {
    let (mut low, mut high) = (i32::MAX, i32::MIN);
    for value in values.into_iter().filter(|v| v.is_finite() && *v > 0.0) {
        let power = math::log10(value);
        low = low.min((power + 1e-9).floor() as i32);
        high = high.max((power - 1e-9).ceil() as i32);
    }
    if low > high { [0, 2] } else { [low, high.max(low + 2)] }
}

/// Path data of a polyline; `None` lifts the pen.
pub(crate) fn polyline(points: impl IntoIterator<Item = Option<(f64, f64)>>) -> String {
    let mut data = String::new();
    let mut down = false;
    for point in points {
        match point {
            Some((x, y)) => {
                data.push(if down { 'L' } else { 'M' });
                data.push_str(&px(x));
                data.push(' ');
                data.push_str(&px(y));
                down = true;
            }
            None => down = false,
        }
    }
    data
}

/// Words of `text` in lines of at most `width` px at `size` px letters.
///
/// System fonts differ: 0.56 of the size is a wide average, so that a line never runs out of the drawing.
pub(crate) fn wrap(text: &str, width: f64, size: f64) -> Vec<String> {
    let most = ((width / (0.56 * size)) as usize).max(8);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        while !word.is_empty() {
            let line_length = lines.last().map_or(0, |l| l.chars().count());
            let room = if line_length == 0 { most } else { most.saturating_sub(line_length + 1) };
            if word.len() > room && line_length > 0 {
                lines.push(String::new());
                continue;
            }
            // A word longer than a line (a parameter's path) is cut.
            let part: String = word.drain(..word.len().min(room)).collect();
            if let Some(line) = lines.last_mut() {
                if line_length > 0 {
                    line.push(' ');
                }
                line.push_str(&part);
            }
        }
    }
    lines
}

/// Lines of text under one another from baseline `y`; `class` gives the look.
pub(crate) fn lines(x: f64, y: f64, leading: f64, class: &str, lines: &[String]) -> Markup {
    html! {
        @for (i, line) in lines.iter().enumerate() {
            text class=(class) x=(px(x)) y=(px(y + leading * i as f64)) { (line) }
        }
    }
}

/// A line between two points.
pub(crate) fn line(class: &str, x1: f64, y1: f64, x2: f64, y2: f64) -> Markup {
    html! { line class=(class) x1=(px(x1)) y1=(px(y1)) x2=(px(x2)) y2=(px(y2)) {} }
}

/// Text at a point; `class` may hold `end` or `mid` for its anchor.
pub(crate) fn text(class: &str, x: f64, y: f64, text: &str) -> Markup {
    html! { text class=(class) x=(px(x)) y=(px(y)) { (text) } }
}

/// Pushes labels apart to at least `gap`, keeping their order and staying inside `range`; gives each label's place.
pub(crate) fn spread(wanted: &[f64], gap: f64, range: [f64; 2]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]).then(a.cmp(&b)));
    let mut places = wanted.to_vec();
    let mut least = range[0];
    for &i in &order {
        places[i] = places[i].max(least);
        least = places[i] + gap;
    }
    let mut most = range[1];
    for &i in order.iter().rev() {
        places[i] = places[i].min(most);
        most = places[i] - gap;
    }
    places
}

/// The five marker shapes, so that arms differ without colour; centred on a point.
pub(crate) fn marker(shape: usize, x: f64, y: f64, r: f64) -> Markup {
    let path = match shape % 5 {
        0 => return html! { circle cx=(px(x)) cy=(px(y)) r=(px(r)) {} },
        1 => polyline([(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)].map(Some)),
        2 => polyline([(x, y - 1.3 * r), (x + 1.2 * r, y + r), (x - 1.2 * r, y + r)].map(Some)),
        3 => polyline([(x, y - 1.4 * r), (x + 1.4 * r, y), (x, y + 1.4 * r), (x - 1.4 * r, y)].map(Some)),
        _ => polyline([(x, y + 1.3 * r), (x + 1.2 * r, y - r), (x - 1.2 * r, y - r)].map(Some)),
    };
    html! { path d={ (path) "Z" } {} }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let scale = Scale::linear([0.0, 14.0], [0.0, 100.0]);
        assert_eq!(scale.ticks(7), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0]);
        assert_eq!(Scale::decades([0, 12], [0.0, 1.0]).ticks(4), [1.0, 1e3, 1e6, 1e9, 1e12]);
    }

    #[test]
    fn nothing_undrawable_gets_a_pixel() {
        let log = Scale::decades([0, 2], [0.0, 10.0]);
        assert_eq!(log.at(0.0), None);
        assert_eq!(log.at(f64::NAN), None);
        assert_eq!(log.at(10.0), Some(5.0));
        let linear = Scale::linear([f64::NAN, 2.0], [0.0, 10.0]);
        assert_eq!(linear.at(f64::INFINITY), None);
        assert_eq!(linear.at(0.5), Some(5.0));
        assert_eq!(decades([f64::NAN, -1.0, 0.0]), [0, 2]);
        assert_eq!(round_range([f64::NAN]), [0.0, 1.0]);
    }

    #[test]
    fn labels_keep_apart_and_inside() {
        let places = spread(&[50.0, 51.0, 99.0, 98.0], 10.0, [0.0, 100.0]);
        let mut sorted = places.clone();
        sorted.sort_by(f64::total_cmp);
        assert!(sorted.windows(2).all(|w| w[1] - w[0] >= 10.0 - 1e-9), "{places:?}");
        assert!(sorted[0] >= 0.0 && sorted[3] <= 100.0);
    }

    #[test]
    fn wrapping_loses_no_letter() {
        let text = "cell.keratinocyte_stem.secretion.vegf.value is long and has words";
        for width in [60.0, 120.0, 700.0] {
            let joined: String = wrap(text, width, 12.0).concat().chars().filter(|c| *c != ' ').collect();
            assert_eq!(joined, text.replace(' ', ""));
        }
    }
}
