//! One step of Brownian motion beside one surface, without error in the distance from it.
//!
//! The distance from the centre of a sphere is a process of its own (three-dimensional Bessel): its density times
//! r obeys the heat equation on a line, with the boundary condition ∂u/∂x = h u at the surface, where x is the
//! distance from the surface, h = κ/D + 1/R outside a sphere, κ/D − 1/R inside, κ/D at a plane. Hence, for a step τ
//! from distance x:
//!
//! * a free jump that ends at distance y > 0 touched the surface on its way with probability exp(−x y/(Dτ)); one
//!   that ends beyond it touched it surely;
//! * given that it touched, it did so first at s = x²/(2D Z²) with Z half normal beyond x/√(2Dτ);
//! * from the surface, capture in the time t that is left has probability κ√(t/D) (1 − erfcx H)/H with H = h√(Dt);
//! * and if it is not captured, the distance is y = u√(4Dt) with density ∝ exp(−u²) (1 − √π H erfcx(u + H)) (1 ± y/R).
//!
//! Only direction is approximate, and only after a touch: the turn around the sphere is a Gaussian with the step's variance.
//! What is neglected besides is exp(−r r'/(Dτ)), the chance to go around through the sphere's centre: below 1e-13
//! while the step is at most a quarter of the radius.

use crate::surface::{along, dot, sub};
use exoderm_numeric::math::{erfcx, exp, ln};
use exoderm_numeric::random::Stream;

const SQRT_PI: f64 = 1.772_453_850_905_516;

/// A sphere or plane, its vesicle's radius already added.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Local {
    /// Unit vector from the surface to the vesicle.
    pub normal: [f64; 3],
    /// Distance of the vesicle, 0 or more.
    pub gap: f64,
    /// Centre; not read for a plane.
    pub centre: [f64; 3],
    /// 1/R outside, −1/R inside, 0 for a plane.
    pub curvature: f64,
    /// um/min.
    pub kappa: f64,
}

/// What one substep takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leap {
    /// Length, min.
    pub tau: f64,
    /// um²/min.
    pub diffusion: f64,
    /// um/min.
    pub drift: [f64; 3],
}

/// How a substep ended with respect to one surface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// It was not touched: the jump stands.
    Clear,
    /// It was touched and let go: the vesicle is here now.
    Turned([f64; 3]),
    /// It took the vesicle, this long after the substep began.
    Captured(f64),
}

/// Distance of `point` from the surface, negative beyond it.
pub(crate) fn distance(surface: &Local, from: [f64; 3], point: [f64; 3]) -> f64 {
    if surface.curvature == 0.0 {
        return surface.gap + dot(surface.normal, sub(point, from));
    }
    let d = sub(point, surface.centre);
    let (r, radius) = (dot(d, d).sqrt(), 1.0 / surface.curvature.abs());
    if surface.curvature > 0.0 { r - radius } else { radius - r }
}

/// What the surface does to the jump from `from` to `to`.
pub(crate) fn meet(surface: &Local, from: [f64; 3], to: [f64; 3], leap: &Leap, rng: &mut Stream) -> Outcome {
    let (x, y) = (surface.gap, distance(surface, from, to));
    let spread = leap.diffusion * leap.tau;
    if y > 0.0 {
        let exponent = x * y / spread;
        if exponent > 36.0 || rng.uniform() >= exp(-exponent) {
            return Outcome::Clear;
        }
    }
    if surface.kappa == 0.0 && surface.curvature == 0.0 {
        // A reflecting plane: the mirror image of the jump.
        return if y < 0.0 { Outcome::Turned(along(to, -2.0 * y, surface.normal)) } else { Outcome::Clear };
    }
    let touch = if x > 0.0 {
        let z = rng.normal_beyond(x / (2.0 * spread).sqrt());
        (x * x / (2.0 * leap.diffusion * z * z)).min(leap.tau)
    } else {
        0.0
    };
    if surface.kappa == f64::INFINITY {
        return Outcome::Captured(touch);
    }
    let rest = leap.tau - touch;
    let h = surface.kappa / leap.diffusion + surface.curvature;
    let chance = |t: f64| captured_from_surface(surface.kappa, leap.diffusion, h, t);
    let u = rng.uniform();
    let total = chance(rest);
    if u < total {
        return Outcome::Captured(touch + invert(chance, u, rest));
    }
    let length = (4.0 * leap.diffusion * rest).sqrt();
    let y = length * scaled_distance(h * 0.5 * length, length * surface.curvature, rng);
    Outcome::Turned(place(surface, from, y, rest, leap, rng))
}

/// Probability to be captured within `t` from the surface.
fn captured_from_surface(kappa: f64, diffusion: f64, h: f64, t: f64) -> f64 {
    let big_h = h * (diffusion * t).sqrt();
    let ratio = if big_h.abs() < 1e-4 {
        2.0 / SQRT_PI - big_h + big_h * big_h * (4.0 / (3.0 * SQRT_PI))
    } else {
        (1.0 - erfcx(big_h)) / big_h
    };
    (kappa * (t / diffusion).sqrt() * ratio).min(1.0)
}

/// The time at which the rising function `chance` reaches `u`, to 2⁻⁴⁰ of `end`.
fn invert(chance: impl Fn(f64) -> f64, u: f64, end: f64) -> f64 {
    let (mut low, mut high) = (0.0, end);
    for _ in 0..40 {
        let mid = 0.5 * (low + high);
        if chance(mid) < u {
            low = mid;
        } else {
            high = mid;
        }
    }
    high
}

/// Distance in units of √(4Dt), from the density ∝ exp(−u²) (1 − √π H erfcx(u + H)) (1 + e u), u > 0.
fn scaled_distance(big_h: f64, e: f64, rng: &mut Stream) -> f64 {
    let bracket = |u: f64| 1.0 - SQRT_PI * big_h * erfcx(u + big_h);
    // With strong capture the bracket is about u/(u + H): propose from (u + 1/2H) exp(−u²) instead.
    let strong = big_h > 4.0;
    let slope = if strong { 1.0 } else { e.max(0.0) };
    let constant = if strong { 0.5 / big_h } else { 1.0 };
    // Masses of exp(−u²) and of u exp(−u²).
    let (flat, rising) = (constant * 0.5 * SQRT_PI, slope * 0.5);
    let top = if big_h < 0.0 { bracket(0.0) } else { 1.0 };
    loop {
        let u = if rng.uniform() * (flat + rising) < flat {
            rng.normal().abs() * std::f64::consts::FRAC_1_SQRT_2
        } else {
            (-ln(1.0 - rng.uniform())).sqrt()
        };
        let accept = if strong {
            // The bracket is at most (u + 1/2H)/H, and 1 + e u at most 1 + 6 e for any u that occurs.
            let bound = (u + constant) / big_h * (1.0 + 6.0 * e.max(0.0));
            bracket(u) * (1.0 + e * u).max(0.0) / bound
        } else if e < 0.0 {
            bracket(u) / top * (1.0 + e * u).max(0.0)
        } else {
            bracket(u) / top
        };
        if rng.uniform() < accept {
            return u;
        }
    }
}

/// A point at distance `y`, turned around the surface as far as the step lets it.
fn place(s: &Local, from: [f64; 3], y: f64, rest: f64, leap: &Leap, rng: &mut Stream) -> [f64; 3] {
    let sd = (2.0 * leap.diffusion * leap.tau).sqrt();
    let xi = [rng.normal(), rng.normal(), rng.normal()];
    let push = dot(leap.drift, s.normal);
    let mut sideways = along(xi.map(|c| sd * c), -sd * dot(xi, s.normal), s.normal);
    sideways = along(sideways, leap.tau, along(leap.drift, -push, s.normal));
    let y = (y + push * rest).abs();
    if s.curvature == 0.0 {
        return along(along(from, 1.0, sideways), y - s.gap, s.normal);
    }
    let radius = 1.0 / s.curvature.abs();
    let side = if s.curvature > 0.0 { 1.0 } else { -1.0 };
    let outward = s.normal.map(|c| side * c);
    // The turn happens between the distances of start, surface and end.
    let mean = radius + side * (s.gap + y) / 3.0;
    let turned = along(outward.map(|c| mean * c), 1.0, sideways);
    let length = dot(turned, turned).sqrt();
    along(s.centre, (radius + side * y) / length, turned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_numeric::random::Seed;

    /// The sampled distance has the density it is said to have: mean and second moment against quadrature.
    #[test]
    fn distances_follow_their_density() {
        for (big_h, e) in
            [(0.0, 0.0), (0.3, 0.3), (3.0, 0.2), (6.0, 0.3), (60.0, 0.0), (-0.1, -0.2), (2.0, -0.3)]
        {
            let n = 20_000;
            let seed = Seed::new(1, 0);
            let mut sums = [0.0; 3];
            for i in 0..n {
                let u = scaled_distance(big_h, e, &mut seed.stream(i, 0, 0));
                sums[1] += u;
                sums[2] += u * u;
            }
            let mut exact = [0.0; 5];
            for k in 0..60_000 {
                let u = (k as f64 + 0.5) * 1e-4;
                let w = exp(-u * u) * (1.0 - SQRT_PI * big_h * erfcx(u + big_h)) * (1.0 + e * u).max(0.0);
                let mut p = w;
                for x in &mut exact {
                    *x += p;
                    p *= u;
                }
            }
            for k in 1..3 {
                let (got, mean) = (sums[k] / n as f64, exact[k] / exact[0]);
                let sd = (exact[2 * k] / exact[0] - mean * mean).sqrt();
                assert!(
                    (got - mean).abs() < 4.5 * sd / (n as f64).sqrt(),
                    "H {big_h} e {e} moment {k}: {got} {mean}"
                );
            }
        }
    }
}
