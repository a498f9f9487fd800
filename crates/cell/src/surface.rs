//! The floor: a surface z = f(x), the same for every y, such as a folded basement membrane.
//!
//! Distances are true distances to the nearest point of the surface (`floor`), since folds are as tight as cells are wide (a sine of wavelength 100 um and amplitude 27 um has a radius of curvature of 9 um)
//! and the vertical distance would then be off by half.

mod floor;

pub(crate) use floor::Floor;

use crate::error::{CellError, not_negative, positive};
use crate::vector::Vec3;
use exoderm_numeric::math;
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// A surface z = f(x) (um).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Surface {
    /// f = z.
    Plane {
        /// Height.
        z: f64,
    },
    /// f = mean + amplitude · sin(2πx / wavelength).
    Sine {
        /// Mean height.
        mean: f64,
        /// Amplitude.
        amplitude: f64,
        /// Wavelength.
        wavelength: f64,
    },
    /// Heights `z[k]` at `x = k dx`, joined by a Catmull–Rom cubic (continuous slope); level beyond its ends.
    Sampled {
        /// Spacing of the samples.
        dx: f64,
        /// Heights.
        z: Vec<f64>,
    },
}

/// Where a point lies relative to the surface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearest {
    /// Signed distance to the surface (um), positive above.
    pub distance: f64,
    /// Upward unit normal at the nearest point.
    pub normal: Vec3,
}

impl Surface {
    /// Checks the numbers.
    ///
    /// # Errors
    /// If a length is not finite, a spacing or wavelength not positive, or fewer than two samples are given.
    pub fn check(&self) -> Result<(), CellError> {
        let finite = |value: f64| {
            if value.is_finite() {
                Ok(())
            } else {
                Err(CellError::Parameter {
                    name: "height of the surface",
                    value,
                    expected: "a finite number",
                })
            }
        };
        match self {
            Self::Plane { z } => finite(*z),
            Self::Sine { mean, amplitude, wavelength } => {
                finite(*mean)?;
                not_negative("amplitude of the surface", *amplitude)?;
                positive("wavelength of the surface", *wavelength)
            }
            Self::Sampled { dx, z } => {
                positive("spacing of the surface", *dx)?;
                if z.len() < 2 {
                    return Err(CellError::Length { name: "surface samples", found: z.len(), expected: 2 });
                }
                z.iter().try_for_each(|&z| finite(z))
            }
        }
    }

    /// Height at `x` (um).
    pub fn height(&self, x: f64) -> f64 {
        self.jet(x)[0]
    }

    /// Slope df/dx at `x`.
    pub fn slope(&self, x: f64) -> f64 {
        self.jet(x)[1]
    }

    /// Upward unit normal above `x`.
    pub fn normal(&self, x: f64) -> Vec3 {
        normal_of(self.slope(x))
    }

    /// Height, slope and second derivative.
    fn jet(&self, x: f64) -> [f64; 3] {
        match self {
            Self::Plane { z } => [*z, 0.0, 0.0],
            Self::Sine { mean, amplitude, wavelength } => {
                let k = TAU / wavelength;
                let (s, c) = (math::sin(k * x), math::cos(k * x));
                [mean + amplitude * s, amplitude * k * c, -amplitude * k * k * s]
            }
            Self::Sampled { dx, z } => {
                let last = z.len() - 1;
                let t = x / dx;
                if t <= 0.0 {
                    return [z[0], 0.0, 0.0];
                }
                if t >= last as f64 {
                    return [z[last], 0.0, 0.0];
                }
                let k = (t as usize).min(last - 1);
                let u = t - k as f64;
                let (a, b) = (z[k], z[k + 1]);
                // Level at both ends, to join the level continuation with a continuous slope.
                let m0 = if k == 0 { 0.0 } else { 0.5 * (b - z[k - 1]) };
                let m1 = if k + 1 == last { 0.0 } else { 0.5 * (z[k + 2] - a) };
                let (p, q) = (2.0 * (a - b) + m0 + m1, 3.0 * (b - a) - 2.0 * m0 - m1);
                [
                    ((p * u + q) * u + m0) * u + a,
                    ((3.0 * p * u + 2.0 * q) * u + m0) / dx,
                    (6.0 * p * u + 2.0 * q) / (dx * dx),
                ]
            }
        }
    }

    /// Signed distance of `p` to the surface and the normal at its nearest point.
    ///
    /// Makes tables of the whole surface first: mechanics keeps them, whoever asks now and then need not care.
    pub fn nearest(&self, p: Vec3) -> Nearest {
        Floor::new(self).nearest(p)
    }
}

fn normal_of(slope: f64) -> Vec3 {
    let f = 1.0 / (1.0 + slope * slope).sqrt();
    [-slope * f, 0.0, f]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold() -> Surface {
        Surface::Sine { mean: 100.0, amplitude: 27.0, wavelength: 100.0 }
    }

    /// Points put at a known distance along the normal are found again at that distance.
    #[test]
    fn distance_along_the_normal_is_recovered() {
        for surface in [fold(), Surface::Plane { z: 12.0 }] {
            for k in 0..200 {
                let x = 0.7 * f64::from(k);
                let n = surface.normal(x);
                for d in [-6.0, -1.0, 0.0, 0.5, 4.0, 8.0] {
                    let p = [x + d * n[0], 3.0, surface.height(x) + d * n[2]];
                    let found = surface.nearest(p);
                    assert!((found.distance - d).abs() < 1e-8, "x {x} d {d}: {}", found.distance);
                    assert!((found.normal[0] - n[0]).abs() < 1e-6 && (found.normal[2] - n[2]).abs() < 1e-6);
                }
            }
        }
    }

    /// The nearest point is no farther than any point of a fine scan.
    #[test]
    fn no_point_of_the_surface_is_nearer() {
        let s = fold();
        for k in 0..60 {
            let p = [1.9 * f64::from(k), 0.0, s.height(1.9 * f64::from(k)) + 5.0];
            let found = s.nearest(p).distance;
            let scan = (0..40_000)
                .map(|j| {
                    let x = p[0] - 20.0 + 0.001 * f64::from(j);
                    let (dx, dz) = (p[0] - x, p[2] - s.height(x));
                    (dx * dx + dz * dz).sqrt()
                })
                .fold(f64::INFINITY, f64::min);
            assert!(found <= scan + 1e-6, "{k}: {found} {scan}");
        }
    }

    #[test]
    fn samples_are_met_with_continuous_slope_and_converge() {
        let exact = fold();
        let sample = |dx: f64| Surface::Sampled {
            dx,
            z: (0..=(400.0 / dx) as usize).map(|k| exact.height(k as f64 * dx)).collect(),
        };
        let s = sample(4.0);
        for k in 1..99 {
            let x = 4.0 * f64::from(k);
            assert!((s.height(x) - exact.height(x)).abs() < 1e-9);
            assert!((s.slope(x - 1e-7) - s.slope(x + 1e-7)).abs() < 1e-5);
        }
        let error = |s: &Surface| {
            (0..600)
                .map(|k| 50.0 + 0.5 * f64::from(k))
                .map(|x| (s.height(x) - exact.height(x)).abs())
                .fold(0.0, f64::max)
        };
        let (coarse, fine) = (error(&sample(4.0)), error(&sample(2.0)));
        assert!(coarse / fine > 6.0, "third order at least: {coarse} {fine}");
        assert_eq!((s.slope(-5.0), s.slope(1e4)), (0.0, 0.0));
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(Surface::Sampled { dx: 1.0, z: vec![1.0] }.check().is_err());
        assert!(Surface::Sampled { dx: 0.0, z: vec![1.0, 2.0] }.check().is_err());
        assert!(Surface::Sine { mean: 0.0, amplitude: 1.0, wavelength: 0.0 }.check().is_err());
        assert!(Surface::Plane { z: f64::NAN }.check().is_err());
    }
}
