//! Radii as those who published them measure them on their simulated spheroids, so that like is compared with like.
//!
//! The definition is that of the authors' program (github.com/ProfMJSimpson/4DFUCCI, commit 8433ece, the functions that give the
//! curves of their figure 8, equations S1 to S4 of the supplement), read for facts; it was written down here before its first
//! result was seen.
//!
//! * *outer*: cells less than 18 um off the plane through the middle of the box are drawn on pixels of 1 um, each with all
//!   pixels less than 6 um from its own. Regions (pixels that touch, corners included) below 30 % of all that is drawn are
//!   dropped, holes filled. The radius is that of a circle of the area of the region.
//! * *necrotic*: that of the area of the largest hole (corners included), if dead cells of the slice, drawn in the same way,
//!   cover a region of a circle of 12 um or more in holes, and if it is 18 um or more; else 0.
//! * *arrest*: distances are from the centroid of all cells, dead ones included. Densities of S/G2/M in shells of 20 um, as many
//!   as end within the outer radius rounded up to 10 um, divided by the largest. From the third shell to the densest one (looked
//!   for from the fifth on) a Gompertz curve a exp(−exp(b (c − r))) is fitted by least squares: the radius is where it is 0.2. It is
//!   0 if the curve is above 0.2 in the middle or falls outwards, or if it is below 12 um.

use exoderm_cell::vector::{Vec3, norm, sub};
use exoderm_numeric::math;

/// Half the thickness of the slice, and radius of a drawn cell (um).
const SLICE: f64 = 18.0;
const DRAWN: i64 = 6;
/// Regions smaller than this share of what is drawn are dropped.
const SMALL: f64 = 0.3;
/// Radii of what is seen as dead, and of a hole that is told (um).
const DEAD: f64 = 12.0;
const HOLE: f64 = 18.0;
/// Thickness of shells (um), share of the densest at which cells count as arrested, smallest radius of such a region (um).
const SHELL: f64 = 20.0;
const ARRESTED: f64 = 0.2;
const LEAST: f64 = 12.0;

/// Outer and necrotic radius (um) of a slice through `middle`.
pub(super) fn slice_radii(living: &[Vec3], dead: &[Vec3], middle: Vec3) -> [f64; 2] {
    let drawn = |cells: &[Vec3]| -> Vec<[i64; 2]> {
        let near = cells.iter().filter(|x| (x[2] - middle[2]).abs() < SLICE);
        near.map(|x| [x[0].round() as i64, x[1].round() as i64]).collect()
    };
    let (living, dead) = (drawn(living), drawn(dead));
    let mut picture = Picture::around(living.iter().chain(&dead));
    let inked = picture.draw(&living);
    let total = inked.iter().filter(|p| **p).count() as f64;
    let mut body = vec![false; inked.len()];
    for region in picture.regions(&inked) {
        if region.len() as f64 >= (SMALL * total).ceil() {
            region.iter().for_each(|&p| body[p] = true);
        }
    }
    let outside = picture.outside(&body);
    let filled: Vec<bool> = outside.iter().map(|o| !o).collect();
    let holes: Vec<bool> = body.iter().zip(&filled).map(|(b, f)| *f && !b).collect();
    let dead_in_holes: Vec<bool> = picture.draw(&dead).iter().zip(&holes).map(|(d, h)| *d && *h).collect();
    let radius = |mask: &[bool], picture: &Picture| {
        let area = picture.regions(mask).iter().map(Vec::len).max().unwrap_or(0);
        (area as f64 / std::f64::consts::PI).sqrt()
    };
    let necrotic = radius(&holes, &picture);
    let told = radius(&dead_in_holes, &picture) >= DEAD && necrotic >= HOLE;
    [radius(&filled, &picture), if told { necrotic } else { 0.0 }]
}

/// Pixels of 1 um around what is drawn, with a margin.
struct Picture {
    corner: [i64; 2],
    width: usize,
    height: usize,
    stack: Vec<usize>,
}

impl Picture {
    fn around<'a>(cells: impl Iterator<Item = &'a [i64; 2]> + Clone) -> Self {
        let margin = DRAWN + 1;
        let low: [i64; 2] = std::array::from_fn(|a| cells.clone().map(|c| c[a]).min().unwrap_or(0) - margin);
        let high: [i64; 2] = std::array::from_fn(|a| cells.clone().map(|c| c[a]).max().unwrap_or(0) + margin);
        let [width, height] = std::array::from_fn(|a| (high[a] - low[a] + 1) as usize);
        Self { corner: low, width, height, stack: Vec::new() }
    }

    fn draw(&self, cells: &[[i64; 2]]) -> Vec<bool> {
        let mut mask = vec![false; self.width * self.height];
        for c in cells {
            for dy in 1 - DRAWN..DRAWN {
                for dx in 1 - DRAWN..DRAWN {
                    if dx * dx + dy * dy < DRAWN * DRAWN {
                        let (x, y) = (c[0] + dx - self.corner[0], c[1] + dy - self.corner[1]);
                        mask[y as usize * self.width + x as usize] = true;
                    }
                }
            }
        }
        mask
    }

    /// Calls `f` with the neighbours of a pixel, those over corners too if wanted.
    fn neighbours(&self, pixel: usize, corners: bool, mut f: impl FnMut(usize)) {
        let (x, y) = ((pixel % self.width) as i64, (pixel / self.width) as i64);
        for (dx, dy) in [(-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, -1), (-1, 1), (1, 1)] {
            let (u, v) = (x + dx, y + dy);
            let inside = u >= 0 && v >= 0 && u < self.width as i64 && v < self.height as i64;
            if inside && (corners || dx * dy == 0) {
                f(v as usize * self.width + u as usize);
            }
        }
    }

    /// Pixels of each region of a mask; pixels that touch by a side or a corner are of one.
    fn regions(&self, mask: &[bool]) -> Vec<Vec<usize>> {
        let mut seen = vec![false; mask.len()];
        let mut out = Vec::new();
        for start in 0..mask.len() {
            if !mask[start] || std::mem::replace(&mut seen[start], true) {
                continue;
            }
            let (mut region, mut next) = (vec![start], 0);
            while next < region.len() {
                let pixel = region[next];
                next += 1;
                self.neighbours(pixel, true, |p| {
                    if mask[p] && !std::mem::replace(&mut seen[p], true) {
                        region.push(p);
                    }
                });
            }
            out.push(region);
        }
        out
    }

    /// What is reached from the corner of the picture without crossing a mask; over sides only, so that a thin slanting wall holds.
    fn outside(&mut self, mask: &[bool]) -> Vec<bool> {
        let mut out = vec![false; mask.len()];
        let mut stack = std::mem::take(&mut self.stack);
        stack.push(0);
        out[0] = true;
        while let Some(pixel) = stack.pop() {
            self.neighbours(pixel, false, |p| {
                if !mask[p] && !std::mem::replace(&mut out[p], true) {
                    stack.push(p);
                }
            });
        }
        self.stack = stack;
        out
    }
}

/// Arrest radius (um) of cells in S/G2/M around the centroid of all, given the outer radius.
pub(super) fn arrest_radius(green: &[Vec3], centroid: Vec3, outer: f64) -> f64 {
    let shells = (10.0 * (outer / 10.0).ceil() / SHELL) as usize;
    let mut counts = vec![0.0; shells];
    for at in green {
        if let Some(count) = counts.get_mut((norm(sub(*at, centroid)) / SHELL) as usize) {
            *count += 1.0;
        }
    }
    let middle = |k: usize| (k as f64 + 0.5) * SHELL;
    let density: Vec<f64> = counts.iter().enumerate().map(|(k, n)| n / (middle(k) * middle(k))).collect();
    let most = density.iter().copied().fold(0.0, f64::max);
    // The first of the densest from the fifth shell on.
    let Some(top) = (4..shells).rev().max_by(|&i, &j| density[i].total_cmp(&density[j])) else {
        return 0.0;
    };
    if most == 0.0 {
        return 0.0;
    }
    let points: Vec<[f64; 2]> = (2..=top).map(|k| [middle(k), density[k] / most]).collect();
    let end = shells as f64 * SHELL;
    let fit = Gompertz::fit(&points, end);
    if fit.at(end) < fit.at(0.0) || fit.at(0.0) > ARRESTED {
        return 0.0;
    }
    let radius = fit.c - math::ln(-math::ln(ARRESTED / fit.a)) / fit.b;
    if radius >= LEAST { radius } else { 0.0 }
}

/// a exp(−exp(b (c − r))).
#[derive(Clone, Copy, Debug)]
struct Gompertz {
    a: f64,
    b: f64,
    c: f64,
}

impl Gompertz {
    fn at(self, r: f64) -> f64 {
        self.a * math::exp(-math::exp(self.b * (self.c - r)))
    }

    fn cost(self, points: &[[f64; 2]]) -> f64 {
        points.iter().map(|p| (p[1] - self.at(p[0])) * (p[1] - self.at(p[0]))).sum()
    }

    /// The best of Levenberg and Marquardt's search from three starts, at a fifth, a half and four fifths of `end`.
    fn fit(points: &[[f64; 2]], end: f64) -> Self {
        let starts = [0.2, 0.5, 0.8].map(|s| Self { a: 0.5, b: 0.1, c: s * end }.improved(points));
        starts.into_iter().fold(starts[0], |a, b| if b.cost(points) < a.cost(points) { b } else { a })
    }

    fn improved(mut self, points: &[[f64; 2]]) -> Self {
        let (mut damping, mut cost) = (1e-3, self.cost(points));
        for _ in 0..500 {
            let (mut m, mut v) = ([[0.0; 3]; 3], [0.0; 3]);
            for p in points {
                let inner = math::exp(self.b * (self.c - p[0]));
                let value = self.at(p[0]);
                let slope = [value / self.a, -value * inner * (self.c - p[0]), -value * inner * self.b];
                for i in 0..3 {
                    v[i] += slope[i] * (p[1] - value);
                    (0..3).for_each(|j| m[i][j] += slope[i] * slope[j]);
                }
            }
            (0..3).for_each(|i| m[i][i] *= 1.0 + damping);
            let Some([a, b, c]) = solve(m, v) else { return self };
            let next = Self { a: self.a + a, b: self.b + b, c: self.c + c };
            let better = next.cost(points);
            if better < cost {
                let settled = cost - better <= 1e-14 * cost;
                (self, cost, damping) = (next, better, damping * 0.3);
                if settled {
                    return self;
                }
            } else if damping > 1e12 {
                return self;
            } else {
                damping *= 4.0;
            }
        }
        self
    }
}

/// Solves three equations by Cramer's rule.
fn solve(m: [[f64; 3]; 3], v: [f64; 3]) -> Option<[f64; 3]> {
    let determinant = |m: [[f64; 3]; 3]| -> f64 {
        (0..3)
            .map(|j| {
                let (k, l) = ((j + 1) % 3, (j + 2) % 3);
                m[0][j] * (m[1][k] * m[2][l] - m[1][l] * m[2][k])
            })
            .sum()
    };
    let whole = determinant(m);
    let out = std::array::from_fn(|j| {
        let mut replaced = m;
        (0..3).for_each(|i| replaced[i][j] = v[i]);
        determinant(replaced) / whole
    });
    out.iter().all(|x: &f64| x.is_finite()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points every 3 um, so that drawn cells overlap, of a disc with a hole, and dead ones in the hole.
    fn disc(outer: f64, hole: f64) -> (Vec<Vec3>, Vec<Vec3>) {
        let grid = (-100..=100)
            .flat_map(|i| (-100..=100).map(move |j| [3.0 * f64::from(i), 3.0 * f64::from(j), 0.0]));
        let (living, rest): (Vec<Vec3>, Vec<Vec3>) =
            grid.filter(|x| norm(*x) < outer).partition(|x| norm(*x) > hole);
        (living, rest)
    }

    #[test]
    fn a_slice_is_measured_by_its_area() {
        let (living, dead) = disc(200.0, 80.0);
        let [outer, necrotic] = slice_radii(&living, &dead, [0.0; 3]);
        // Cells are drawn 6 um beyond their points, on both sides.
        assert!((outer - 205.5).abs() < 1.5 && (necrotic - 74.5).abs() < 1.5, "{outer} {necrotic}");
        // A hole without dead cells is no necrosis, one of less than 18 um neither.
        assert_eq!(slice_radii(&living, &[], [0.0; 3])[1], 0.0);
        let (living, dead) = disc(200.0, 20.0);
        assert_eq!(slice_radii(&living, &dead, [0.0; 3])[1], 0.0);
    }

    /// Cells beside the slice and small islands do not count.
    #[test]
    fn islands_and_other_slices_are_left_out() {
        let (mut living, dead) = disc(200.0, 80.0);
        let before = slice_radii(&living, &dead, [0.0; 3]);
        living.extend((0..40).map(|k| [400.0 + 2.0 * f64::from(k), 0.0, 0.0]));
        living.extend((0..40).map(|k| [300.0 - 7.0 * f64::from(k), 0.0, 19.0]));
        assert_eq!(slice_radii(&living, &dead, [0.0; 3]), before);
        assert_eq!(slice_radii(&[], &[], [0.0; 3]), [0.0, 0.0]);
    }

    /// Cells laid along a ray by a known curve give back where it is 0.2 of its densest.
    #[test]
    fn arrest_is_where_the_fitted_curve_is_a_fifth() {
        let curve = Gompertz { a: 1.0, b: 0.05, c: 180.0 };
        let mut green = Vec::new();
        for k in 0..15 {
            let r = (f64::from(k) + 0.5) * SHELL;
            let n = (0.4 * r * r * curve.at(r)).round() as usize;
            green.resize(green.len() + n, [r, 0.0, 0.0]);
        }
        let got = arrest_radius(&green, [0.0; 3], 293.0);
        // The densest shell has curve.at(290), which is what shares are of.
        let share = 0.2 * curve.at(290.0);
        let expected = curve.c - math::ln(-math::ln(share)) / curve.b;
        assert!((got - expected).abs() < 0.5, "{got} {expected}");
        // Evenly green: no arrest. None: none.
        let even: Vec<Vec3> = (0..15)
            .flat_map(|k| {
                let r = (f64::from(k) + 0.5) * SHELL;
                vec![[0.0, r, 0.0]; (0.1 * r * r) as usize]
            })
            .collect();
        assert_eq!(arrest_radius(&even, [0.0; 3], 293.0), 0.0);
        assert_eq!(arrest_radius(&[], [0.0; 3], 293.0), 0.0);
    }
}
