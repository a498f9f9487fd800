//! The melanoma spheroid of the validation study as a picture: radii over days, and what lies where at the end.

use crate::format::number;
use crate::svg::picture::{self, Panel};
use crate::svg::{Scale, WIDE, frame, line, marker, polyline, round_range, text};
use exoderm_study::validation::spheroid::{PUBLISHED_RADII, Radii, Shell};
use maud::{Markup, html};

const HEIGHT: f64 = 290.0;
const LEFT: f64 = 60.0;
const BOTTOM: f64 = 236.0;
const RIGHT: f64 = 150.0;

/// A line: its look, its name, its points.
struct Curve {
    look: &'static str,
    name: &'static str,
    points: Vec<[f64; 2]>,
    /// A published value at the end, with what it may differ by as a share.
    published: Option<[f64; 2]>,
}

/// One SVG document.
pub(crate) fn spheroid_picture(days: &[Radii], shells: &[Shell]) -> String {
    let over = |of: fn(&Radii) -> f64| days.iter().map(|r| [f64::from(r.hours) / 24.0, of(r)]).collect();
    let [outer, arrest, necrotic] = PUBLISHED_RADII.map(Some);
    let radii = [
        Curve { look: "a-exosome", name: "outer", points: over(|r| r.outer), published: outer },
        Curve { look: "a-vehicle", name: "arrest", points: over(|r| r.arrest), published: arrest },
        Curve { look: "a-untreated", name: "necrotic", points: over(|r| r.necrotic), published: necrotic },
    ];
    let densest = shells.iter().map(|s| s.living).fold(f64::MIN_POSITIVE, f64::max);
    let greenest = shells.iter().map(|s| s.green).fold(f64::MIN_POSITIVE, f64::max);
    let at = |of: &dyn Fn(&Shell) -> f64| {
        shells.iter().map(|s| [s.radius, of(s)]).filter(|p| p[1].is_finite()).collect()
    };
    let profile = [
        Curve {
            look: "a-exosome",
            name: "living cells",
            points: at(&|s| s.living / densest),
            published: None,
        },
        Curve { look: "a-vehicle", name: "in S/G2/M", points: at(&|s| s.green / greenest), published: None },
        Curve { look: "a-untreated", name: "nutrient", points: at(&|s| s.nutrient), published: None },
    ];
    let panels = [
        Panel {
            title: "Radii of the spheroid (um) over days; bars: published, with tolerance".to_owned(),
            height: HEIGHT,
            drawing: draw("Radii over days", "days", &radii),
        },
        Panel {
            title: "At the end: densities as shares of their maxima, and nutrient".to_owned(),
            height: HEIGHT,
            drawing: draw("Densities over distance", "distance from the middle, um", &profile),
        },
    ];
    picture::document("Melanoma spheroid", &panels)
}

fn draw(title: &str, horizontal: &str, curves: &[Curve]) -> Markup {
    let points = || curves.iter().flat_map(|c| c.points.iter());
    let published = curves.iter().filter_map(|c| c.published).map(|[p, t]| p * (1.0 + t));
    let right = WIDE - RIGHT;
    // Nothing drawn here is negative.
    let most = points().map(|p| p[0]).fold(f64::MIN_POSITIVE, f64::max);
    let highest = round_range(points().map(|p| p[1]).chain(published).chain([0.0]))[1];
    let x = Scale::linear([0.0, most], [LEFT, right]);
    let y = Scale::linear([0.0, highest], [BOTTOM, 14.0]);
    let inside = html! {
        @for tick in y.ticks(5) { @if let Some(at) = y.at(tick) {
            (line("grid", LEFT, at, right, at))
            (text("axis end", LEFT - 6.0, at + 4.0, &number(tick)))
        } }
        @for tick in x.ticks(8) { @if let Some(at) = x.at(tick) {
            (text("axis mid", at, BOTTOM + 18.0, &number(tick)))
        } }
        (text("axis mid", 0.5 * (LEFT + right), BOTTOM + 40.0, horizontal))
        @for (k, c) in curves.iter().enumerate() {
            g class=(format!("series {}", c.look)) {
                path class="stroke" fill="none" d=(polyline(c.points.iter().map(|p| x.at(p[0]).zip(y.at(p[1]))))) {}
                @if let (Some([p, t]), Some(at)) = (c.published, c.points.last().and_then(|p| x.at(p[0]))) {
                    @if let (Some(low), Some(middle), Some(high)) = (y.at(p * (1.0 - t)), y.at(p), y.at(p * (1.0 + t))) {
                        (line("stroke", at + 8.0, low, at + 8.0, high))
                        (marker(0, at + 8.0, middle, 4.0))
                    }
                }
                (line("stroke", right + 24.0, 24.0 + 24.0 * k as f64, right + 48.0, 24.0 + 24.0 * k as f64))
                (text("label", right + 54.0, 28.0 + 24.0 * k as f64, c.name))
            }
        }
    };
    let ends: Vec<String> = curves
        .iter()
        .map(|c| format!("{} {}", c.name, number(c.points.last().map_or(0.0, |p| p[1]))))
        .collect();
    frame(WIDE, HEIGHT, title, &format!("At the end: {}", ends.join(", ")), inside)
}
