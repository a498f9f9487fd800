//! A surface made ready for many questions of what is nearest.
//!
//! The surface is cut into short cubic pieces: exactly where it is sampled, by Hermite interpolation of height and
//! slope within a period where it is a sine (off by less than 1e-10 of the amplitude). A question scans the ends of
//! the pieces within reach, which costs two multiplications each; since no point of a step is farther from its ends
//! than half the arc, only the steps around ends that are nearly nearest can hold the nearest point. There Newton's
//! method, kept within the step, finds the foot. What is found is the nearest point of all, also where folds are
//! tighter than the distance, and it depends on nothing but the point and the surface.

use super::{Nearest, Surface, normal_of};
use crate::vector::Vec3;

/// Pieces of a period of a sine, and those that a step of the scan covers: powers of two, so that a mask folds an index
/// into the period.
const SINE_PIECES: usize = 512;
const SINE_STEP: usize = 8;

/// Longest step of the scan over a sampled surface (um).
const SAMPLED_STEP: f64 = 2.0;

/// Newton stops when the foot moves by less (um): what is left is of the order of its square.
const SETTLED: f64 = 1e-8;

/// Coordinates beyond this (um) are no place for a cell.
const FARTHEST: f64 = 1e9;

/// Height above the left end of a piece: `a + b s + c s² + d s³`, s in um.
#[derive(Clone, Copy, Debug, Default)]
struct Piece {
    a: f64,
    b: f64,
    c: f64,
    d: f64,
}

impl Piece {
    /// From height and slope at both ends, `h` apart.
    fn hermite(h: f64, [z0, m0]: [f64; 2], [z1, m1]: [f64; 2]) -> Self {
        let rise = (z1 - z0) / h;
        Self { a: z0, b: m0, c: (3.0 * rise - 2.0 * m0 - m1) / h, d: (m0 + m1 - 2.0 * rise) / (h * h) }
    }

    /// Height, slope, second derivative.
    #[inline]
    fn jet(&self, s: f64) -> [f64; 3] {
        let Self { a, b, c, d } = *self;
        [((d * s + c) * s + b) * s + a, (3.0 * d * s + 2.0 * c) * s + b, 6.0 * d * s + 2.0 * c]
    }

    /// Steepest slope of the first `h` um.
    fn steepest(&self, h: f64) -> f64 {
        let ends = self.b.abs().max(self.jet(h)[1].abs());
        let turn = -self.c / (3.0 * self.d);
        if turn > 0.0 && turn < h { ends.max(self.jet(turn)[1].abs()) } else { ends }
    }

    /// The same curve from `s` on.
    fn from(&self, s: f64) -> Self {
        let [a, b, bend] = self.jet(s);
        Self { a, b, c: 0.5 * bend, d: self.d }
    }
}

/// What a floor was made from and how its pieces go on beyond their ends.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Shape {
    /// Level at this height.
    #[default]
    Plane,
    /// The pieces repeat.
    Periodic,
    /// Level beyond both ends.
    Finite,
}

/// Buffers and tables; made anew by [`Floor::set`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Floor {
    shape: Shape,
    pieces: Vec<Piece>,
    /// Length of a piece (um).
    h: f64,
    /// Pieces in a step of the scan.
    step: usize,
    /// Half the longest arc of a step (um).
    half_arc: f64,
    /// Heights at the ends of steps, one more than there are steps.
    node: Vec<f64>,
    /// Least and largest height (um), never exceeded, and the steepest slope.
    low: f64,
    high: f64,
    slope: f64,
    source: Option<Surface>,
}

impl Floor {
    /// A floor of this surface.
    pub(crate) fn new(surface: &Surface) -> Self {
        let mut floor = Self::default();
        floor.set(surface);
        floor
    }

    /// Makes the tables of this surface, unless they are already.
    pub(crate) fn set(&mut self, surface: &Surface) {
        if self.source.as_ref() == Some(surface) {
            return;
        }
        self.source = Some(surface.clone());
        self.pieces.clear();
        match surface {
            Surface::Plane { z } => {
                self.shape = Shape::Plane;
                (self.low, self.high, self.slope) = (*z, *z, 0.0);
                return;
            }
            Surface::Sine { wavelength, .. } => {
                self.shape = Shape::Periodic;
                self.h = wavelength / SINE_PIECES as f64;
                self.step = SINE_STEP;
                let end = |k: usize| {
                    let x = (k % SINE_PIECES) as f64 * self.h;
                    [surface.height(x), surface.slope(x)]
                };
                let h = self.h;
                self.pieces.extend((0..SINE_PIECES).map(|k| Piece::hermite(h, end(k), end(k + 1))));
            }
            Surface::Sampled { dx, z } => {
                self.shape = Shape::Finite;
                let cuts = (dx / SAMPLED_STEP).ceil().clamp(1.0, 64.0) as usize;
                self.h = dx / cuts as f64;
                self.step = 1;
                let last = z.len() - 1;
                // Level at both ends, to join the level continuation with a continuous slope.
                let end = |k: usize| {
                    let slope = if k == 0 || k == last { 0.0 } else { 0.5 * (z[k + 1] - z[k - 1]) / dx };
                    [z[k], slope]
                };
                for k in 0..last {
                    let whole = Piece::hermite(*dx, end(k), end(k + 1));
                    self.pieces.extend((0..cuts).map(|cut| whole.from(cut as f64 * self.h)));
                }
            }
        }
        let h = self.h;
        self.node.clear();
        self.node.extend(self.pieces.iter().step_by(self.step).map(|p| p.a));
        self.node.push(self.pieces.last().map_or(0.0, |p| p.jet(h)[0]));
        self.slope = self.pieces.iter().map(|p| p.steepest(h)).fold(0.0, f64::max);
        // Between two ends no height can be reached that is more than half a piece's rise beyond them.
        let margin = 0.5 * h * self.slope;
        let ends = |f: fn(f64, f64) -> f64, start: f64| {
            self.pieces.iter().map(|p| p.a).chain(self.node.last().copied()).fold(start, f)
        };
        let (low, high) = (ends(f64::min, f64::INFINITY), ends(f64::max, f64::NEG_INFINITY));
        (self.low, self.high) = (low - margin, high + margin);
        self.half_arc = 0.5 * h * self.step as f64 * (1.0 + self.slope * self.slope).sqrt();
    }

    /// Height, slope and second derivative at `x`.
    #[inline]
    fn jet(&self, x: f64) -> [f64; 3] {
        let k = floor(x / self.h);
        let s = x - k as f64 * self.h;
        match self.shape {
            Shape::Plane => [self.low, 0.0, 0.0],
            Shape::Periodic => self.pieces[k as usize & (SINE_PIECES - 1)].jet(s),
            Shape::Finite if k < 0 => [self.node[0], 0.0, 0.0],
            Shape::Finite => match self.pieces.get(k as usize) {
                Some(piece) => piece.jet(s),
                None => [self.node[self.node.len() - 1], 0.0, 0.0],
            },
        }
    }

    /// The nearest point, unless `p` lies farther above the surface than `above`, or farther below it than `below` (um):
    /// then mostly none.
    #[inline]
    pub(crate) fn nearest_of(&self, p: Vec3, above: f64, below: f64) -> Option<Nearest> {
        if p[2] > self.high + above || p[2] < self.low - below {
            return None;
        }
        if self.shape == Shape::Plane {
            return Some(Nearest { distance: p[2] - self.low, normal: [0.0, 0.0, 1.0] });
        }
        let jet = self.jet(p[0]);
        let height = p[2] - jet[0];
        let limit = if height >= 0.0 { above } else { below };
        // A height above the surface is at most √(1 + slope²) times the distance.
        if height * height > limit * limit * (1.0 + self.slope * self.slope) {
            return None;
        }
        self.search(p, jet, limit.min(height.abs()))
    }

    /// The nearest point.
    pub(crate) fn nearest(&self, p: Vec3) -> Nearest {
        if self.shape == Shape::Plane {
            return Nearest { distance: p[2] - self.low, normal: [0.0, 0.0, 1.0] };
        }
        let jet = self.jet(p[0]);
        let straight = Nearest { distance: p[2] - jet[0], normal: normal_of(jet[1]) };
        self.search(p, jet, straight.distance.abs()).unwrap_or(straight)
    }

    /// The nearest point of those at most `reach` away from `p`, whose vertical foot has `jet`; none if there is none, or
    /// `p` is no point of any tissue.
    fn search(&self, p: Vec3, jet: [f64; 3], reach: f64) -> Option<Nearest> {
        let (x, z) = (p[0], p[2]);
        let width = self.h * self.step as f64;
        let steps = self.node.len() as i64 - 1;
        let periodic = self.shape == Shape::Periodic;
        // A trial move may lead anywhere; one that does is taken back for its error.
        if !(x.abs() < FARTHEST && z.abs() < FARTHEST) {
            return None;
        }
        // The same point of another period is nearer than one a period away.
        let window = if periodic { reach.min(width * steps as f64) } else { reach };
        let (mut first, mut last) = (floor((x - window) / width), floor((x + window) / width) + 1);
        if self.shape == Shape::Finite {
            (first, last) = (first.clamp(0, steps), last.clamp(0, steps));
        }
        let square = |k: i64| {
            let at = if periodic { k as usize & (SINE_PIECES / SINE_STEP - 1) } else { k as usize };
            let (dx, dz) = (k as f64 * width - x, self.node[at] - z);
            dx * dx + dz * dz
        };
        // The vertical foot is a candidate like any other, and where the surface is level beyond its ends the only one.
        let mut foot = (x, jet, (z - jet[0]) * (z - jet[0]));
        let mut best = foot.2;
        for k in first..=last {
            best = best.min(square(k));
        }
        let rim = best.sqrt();
        if rim - self.half_arc > reach {
            return None;
        }
        let nearly = (rim + self.half_arc) * (rim + self.half_arc);
        let mut before = f64::INFINITY;
        let mut here = square(first);
        for k in first..=last {
            let after = if k < last { square(k + 1) } else { f64::INFINITY };
            if here <= nearly && here <= before && here <= after {
                let (low, high) = ((k - 1).max(first) as f64 * width, (k + 1).min(last) as f64 * width);
                let found = self.descend(x, z, (low, k as f64 * width, high));
                if found.2 < foot.2 {
                    foot = found;
                }
            }
            (before, here) = (here, after);
        }
        let (at, [height, slope, _], square) = foot;
        let (dx, dz, length) = (x - at, z - height, square.sqrt());
        let sign = if z >= jet[0] { 1.0 } else { -1.0 };
        // Close to the surface the difference is all rounding: then the normal comes from the slope.
        let normal =
            if length > 1e-6 { [sign * dx / length, 0.0, sign * dz / length] } else { normal_of(slope) };
        Some(Nearest { distance: sign * length, normal })
    }

    /// Least distance from (x, z) between `low` and `high`, from `start` on: foot, jet there, squared distance.
    fn descend(&self, x: f64, z: f64, (low, start, high): (f64, f64, f64)) -> (f64, [f64; 3], f64) {
        let (mut low, mut foot, mut high) = (low, start, high);
        let mut jet = self.jet(foot);
        for _ in 0..60 {
            let (h, slope, bend) = (jet[0] - z, jet[1], jet[2]);
            // Half the squared distance has this gradient and curvature along x.
            let g = (foot - x) + h * slope;
            if g > 0.0 {
                high = foot;
            } else {
                low = foot;
            }
            let newton = foot - g / (1.0 + slope * slope + h * bend);
            // Outside, or not a number: halve. (A curvature below zero leads out, or uphill and out next time.)
            let next = if newton >= low && newton <= high { newton } else { 0.5 * (low + high) };
            let moved = (next - foot).abs();
            foot = next;
            jet = self.jet(foot);
            if moved < SETTLED {
                break;
            }
        }
        let (dx, dz) = (foot - x, jet[0] - z);
        (foot, jet, dx * dx + dz * dz)
    }
}

/// The whole number below `t`, without the call that `f64::floor` is on machines without SSE4.1.
#[inline]
fn floor(t: f64) -> i64 {
    let k = t as i64;
    k.saturating_sub(i64::from(k as f64 > t))
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_numeric::random::Seed;

    /// As the wound's edge leaves it: folds sampled every 13 um, then level.
    fn sampled() -> Surface {
        let fold = Surface::Sine { mean: 100.0, amplitude: 27.0, wavelength: 100.0 };
        let z = (0..60).map(|k| if k < 20 { 104.0 } else { fold.height(13.0 * f64::from(k)) }).collect();
        Surface::Sampled { dx: 13.0, z }
    }

    fn surfaces() -> [Surface; 3] {
        [
            Surface::Sine { mean: 100.0, amplitude: 27.0, wavelength: 100.0 },
            Surface::Sine { mean: 100.0, amplitude: 40.0, wavelength: 60.0 },
            sampled(),
        ]
    }

    /// Least distance by brute force: every 0.02 um within `reach`, then thrice finer about the best.
    fn scan(s: &Surface, p: Vec3, reach: f64) -> f64 {
        let square = |x: f64| {
            let (dx, dz) = (x - p[0], s.height(x) - p[2]);
            dx * dx + dz * dz
        };
        let (mut middle, mut half, mut step) = (p[0], reach, 0.02);
        for _ in 0..4 {
            let n = (half / step) as i32;
            let at = |k: i32| middle + f64::from(k) * step;
            let best = (-n..=n).min_by(|&a, &b| square(at(a)).total_cmp(&square(at(b)))).unwrap();
            middle = at(best);
            (half, step) = (2.0 * step, 0.05 * step);
        }
        square(middle).sqrt()
    }

    /// Anywhere near the surface, also where several points of a fold are equally near, beyond the radius of
    /// curvature, and across the ends of samples.
    #[test]
    fn no_point_is_nearer_than_the_nearest() {
        let mut found_within = 0;
        for (k, s) in surfaces().iter().enumerate() {
            let floor = Floor::new(s);
            for i in 0..400 {
                let mut r = Seed::new(7, k as u32).stream(i, 0, 0);
                let p = [r.range(-5.0, 790.0), 0.0, r.range(40.0, 160.0)];
                let reach = (p[2] - s.height(p[0])).abs() + 1.0;
                let (found, best) = (floor.nearest(p), scan(s, p, reach));
                assert!((found.distance.abs() - best).abs() < 1e-7, "{s:?} {p:?}: {found:?} {best}");
                assert_eq!(found.distance > 0.0, p[2] > s.height(p[0]));
                // The same point, and none but for cells that are clear.
                match floor.nearest_of(p, 6.0, f64::INFINITY) {
                    Some(near) if found.distance <= 6.0 => {
                        found_within += 1;
                        assert!((near.distance - found.distance).abs() < 1e-12);
                        assert!((near.normal[0] - found.normal[0]).abs() < 1e-6 || best < 1e-3);
                    }
                    Some(near) => assert!(near.distance > 6.0),
                    None => assert!(found.distance > 6.0, "{s:?} {p:?}: {found:?}"),
                }
            }
        }
        assert!(found_within > 300, "{found_within}");
    }

    /// The tables follow the surface they were made from, to rounding or nearly.
    #[test]
    fn tables_agree_with_the_surface() {
        for s in surfaces() {
            let floor = Floor::new(&s);
            for k in -40..9000 {
                let x = 0.1 * f64::from(k);
                let (a, b) = (floor.jet(x), s.jet(x));
                assert!((a[0] - b[0]).abs() < 2e-8 && (a[1] - b[1]).abs() < 1e-6, "{x}: {a:?} {b:?}");
                assert!(a[0] <= floor.high && a[0] >= floor.low && a[1].abs() <= floor.slope);
            }
        }
    }

    #[test]
    fn a_floor_follows_a_changed_surface() {
        let mut floor = Floor::new(&sampled());
        for s in surfaces().iter().chain([&Surface::Plane { z: 3.0 }]) {
            floor.set(s);
            let p = [333.0, 1.0, 140.0];
            assert_eq!(floor.nearest(p), Floor::new(s).nearest(p));
        }
    }

    #[test]
    fn places_that_are_none_are_borne() {
        for s in surfaces() {
            let floor = Floor::new(&s);
            for x in [f64::NAN, f64::INFINITY, -1e300, 1e12, 5.0] {
                for z in [f64::NAN, f64::NEG_INFINITY, 1e300, 1e8] {
                    floor.nearest([x, 0.0, z]);
                    floor.nearest_of([x, 0.0, z], 6.0, f64::INFINITY);
                    floor.nearest_of([x, 0.0, z], f64::INFINITY, 6.0);
                }
            }
        }
    }
}
