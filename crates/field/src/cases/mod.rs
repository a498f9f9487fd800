//! Analytic solutions, shared by tests, benches and documents. Any consistent units.

mod lattice;
mod lod;

pub use lattice::lattice_share;
pub use lod::Lod;

use exoderm_numeric::math::{cos, erfc, erfcx, exp, powi, sin};
use std::f64::consts::PI;

/// Cosh through exp, for moderate arguments.
fn cosh(x: f64) -> f64 {
    0.5 * (exp(x) + exp(-x))
}

/// Concentration at distance `r` and time `t` of an amount released at a point of unbounded space in `dim`
/// dimensions, with decay `k`: `A (4πDt)^(−dim/2) exp(−r²/4Dt − kt)`.
pub fn point_release(amount: f64, d: f64, k: f64, dim: i32, r: f64, t: f64) -> f64 {
    let spread = (4.0 * PI * d * t).sqrt();
    amount * exp(-r * r / (4.0 * d * t) - k * t) / powi(spread, dim)
}

/// Concentration at distance `r`, `t` after a point source of strength `rate` began to flow into unbounded space of
/// three dimensions, with decay `k`; infinite `t`: at rest, `q/(4πDr) exp(−r √(k/D))` (Carslaw and Jaeger,
/// Conduction of Heat in Solids, §10.4, with decay).
pub fn point_source(rate: f64, d: f64, k: f64, r: f64, t: f64) -> f64 {
    let (a, b) = (r * (k / d).sqrt(), r / (4.0 * d * t).sqrt());
    let scale = rate / (8.0 * PI * d * r);
    if t == f64::INFINITY {
        return 2.0 * scale * exp(-a);
    }
    let c = (k * t).sqrt();
    // exp(a) erfc(b + c) as exp(a − (b + c)²) erfcx(b + c), which does not overflow.
    scale * (exp(-a) * erfc(b - c) + exp(a - (b + c) * (b + c)) * erfcx(b + c))
}

/// Steady c/c0 at depth `x` of a slab of length `length` held at c0 at x = 0, closed at the far end, with decay
/// `k` (Thiele): `cosh(φ(1 − x/L)) / cosh φ`, `φ = L √(k/D)`.
pub fn thiele_slab(d: f64, k: f64, length: f64, x: f64) -> f64 {
    let q = (k / d).sqrt();
    cosh(q * (length - x)) / cosh(q * length)
}

/// c/c0 at depth `x` and time `t` of a slab, empty at first, held at c0 at x = 0 and closed at x = `length`
/// (Crank, The Mathematics of Diffusion, section 4.3).
pub fn slab_fill(d: f64, length: f64, x: f64, t: f64) -> f64 {
    // Images for short times, modes for long ones: both converge at once in their half.
    if d * t < 0.1 * length * length {
        let s = 2.0 * (d * t).sqrt();
        let mut c = 0.0;
        for n in 0..8 {
            let sign = if n % 2 == 0 { 1.0 } else { -1.0 };
            let span = 2.0 * f64::from(n) * length;
            c += sign * (erfc((span + x) / s) + erfc((span + 2.0 * length - x) / s));
        }
        c
    } else {
        let mut c = 1.0;
        for n in 0..40 {
            let m = (f64::from(n) + 0.5) * PI;
            c -= 2.0 / m * sin(m * x / length) * exp(-m * m * d * t / (length * length));
        }
        c
    }
}

/// c/c0 at `x` and time `t` in a half-space, empty at first, held at c0 at x = 0, with flow `v` into it (Ogata &
/// Banks, USGS Professional Paper 411-A, 1961).
pub fn ogata_banks(v: f64, d: f64, x: f64, t: f64) -> f64 {
    let s = 2.0 * (d * t).sqrt();
    0.5 * (erfc((x - v * t) / s) + exp(v * x / d) * erfc((x + v * t) / s))
}

/// Steady concentration at depth `x` of a slab with decay `k`, closed at x = `length`, fed through a membrane `p`
/// from a reservoir at `c0` at x = 0: the Thiele profile times `p / (p + √(kD) tanh φ)`.
pub fn robin_slab(d: f64, k: f64, length: f64, p: f64, c0: f64, x: f64) -> f64 {
    let phi = length * (k / d).sqrt();
    let tanh = 1.0 - 2.0 / (exp(2.0 * phi) + 1.0);
    c0 * thiele_slab(d, k, length, x) * p / (p + (k * d).sqrt() * tanh)
}

/// Steady flux through two layers with a membrane between, concentrations `c1`, `c2` held at the outer faces:
/// `(c1 − c2) / (L1/D1 + 1/P + L2/D2)`.
pub fn membrane_flux(c: [f64; 2], layer: [(f64, f64); 2], p: f64) -> f64 {
    let [(l1, d1), (l2, d2)] = layer;
    (c[0] - c[1]) / (l1 / d1 + 1.0 / p + l2 / d2)
}

/// Concentration at `x` and time `t` of the cosine mode `m` of a closed slab over a mean of 1, with decay `k`:
/// `exp(−kt) (1 + ½ cos(mπx/L) exp(−D (mπ/L)² t))`. Smooth and positive: for orders of convergence.
pub fn cosine_mode(d: f64, k: f64, length: f64, m: i32, x: f64, t: f64) -> f64 {
    let q = f64::from(m) * PI / length;
    exp(-k * t) * (1.0 + 0.5 * cos(q * x) * exp(-d * q * q * t))
}

/// Steady concentration at distance `r` from the centre of a ball of `radius` that takes up at rate `uptake` in a medium
/// that decays at rate `k` and is fed `k · far` everywhere, so that it holds `far` at a distance:
/// `a + B sinh(qr)/r` inside, `far + C e^(−pr)/r` outside, value and flux continuous.
pub fn uptake_ball(d: f64, k: f64, uptake: f64, far: f64, radius: f64, r: f64) -> f64 {
    let (q, p) = (((k + uptake) / d).sqrt(), (k / d).sqrt());
    let inner = k * far / (k + uptake);
    // With s = sinh(qR)/R and e = e^(−pR)/R: inner + B s = far + C e, B s (q coth(qR) − 1/R) = −C e (p + 1/R).
    let e2 = exp(-2.0 * q * radius);
    let coth = (1.0 + e2) / (1.0 - e2);
    let (a, b) = (q * coth - 1.0 / radius, p + 1.0 / radius);
    let inside = (far - inner) * b / (a + b);
    if r < radius {
        // sinh(qr)/sinh(qR) · R/r.
        let share = if r < 1e-9 * radius {
            2.0 * q * radius * exp(-q * radius) / (1.0 - e2)
        } else {
            exp(q * (r - radius)) * (1.0 - exp(-2.0 * q * r)) / (1.0 - e2) * radius / r
        };
        inner + inside * share
    } else {
        far + (inner + inside - far) * exp(-p * (r - radius)) * radius / r
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values computed independently, to more digits than any test here needs.
    #[test]
    fn published_points() {
        let thiele =
            [(10.0, 0.872405215958), (20.0, 0.765138274588), (50.0, 0.54233885833), (80.0, 0.435045965341)];
        for (x, c) in thiele {
            assert!((thiele_slab(4.3, 0.001, 100.0, x) - c).abs() < 1e-11);
        }
        let source = [(1.0, 2.0, 0.0458071696521), (10.0, 1.0, 0.169033774457)];
        for (t, r, c) in source {
            assert!((point_source(10.0, 4.3, 0.001, r, t) / c - 1.0).abs() < 1e-10, "{t} {r}");
        }
        assert!((point_source(10.0, 4.3, 0.001, 50.0, f64::INFINITY) / 0.00172665367806 - 1.0).abs() < 1e-10);
        let ogata = [(1.0, 0.99593764328), (10.0, 0.935855411391), (50.0, 0.261088939946)];
        for (x, c) in ogata {
            assert!((ogata_banks(0.5, 4.3, x, 60.0) - c).abs() < 1e-11, "{x}");
        }
    }

    #[test]
    fn the_two_series_of_the_slab_agree() {
        for x in [0.0, 0.3, 1.0] {
            let (a, b) = (slab_fill(1.0, 1.0, x, 0.1 - 1e-12), slab_fill(1.0, 1.0, x, 0.1 + 1e-12));
            assert!((a - b).abs() < 1e-10, "{a} {b}");
        }
    }
}
