//! The box in which cells live.

use crate::error::CellError;
use crate::vector::Vec3;
use serde::{Deserialize, Serialize};

/// What happens at the two ends of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Boundary {
    /// Nothing: cells may leave.
    Open,
    /// Cell centres stay inside; motion into the wall is taken away, motion along it is kept (a mirror plane).
    Wall,
    /// The two ends are one.
    Periodic,
}

/// A box with a boundary per axis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Domain {
    min: Vec3,
    max: Vec3,
    boundary: [Boundary; 3],
    /// Period per axis; infinite where the axis is not periodic, so that the minimum image is then the identity.
    period: Vec3,
}

impl Domain {
    /// A box from `min` to `max` (um).
    ///
    /// # Errors
    /// If a side is not finite or not positive.
    pub fn new(min: Vec3, max: Vec3, boundary: [Boundary; 3]) -> Result<Self, CellError> {
        let mut period = [f64::INFINITY; 3];
        for axis in 0..3 {
            let side = max[axis] - min[axis];
            crate::error::positive("side of the domain", side)?;
            if boundary[axis] == Boundary::Periodic {
                period[axis] = side;
            }
        }
        Ok(Self { min, max, boundary, period })
    }

    /// Lower corner (um).
    pub fn min(&self) -> Vec3 {
        self.min
    }

    /// Upper corner (um).
    pub fn max(&self) -> Vec3 {
        self.max
    }

    /// The boundary per axis.
    pub fn boundary(&self) -> [Boundary; 3] {
        self.boundary
    }

    /// Period per axis (um), infinite where the axis is not periodic.
    pub fn period(&self) -> Vec3 {
        self.period
    }

    /// The vector from `b` to `a` between nearest images.
    ///
    /// Both points lie in the box or at most half a period outside; `separation(a, b)` is exactly
    /// `-separation(b, a)`.
    #[inline]
    pub fn separation(&self, a: Vec3, b: Vec3) -> Vec3 {
        let mut d = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
        for (d, period) in d.iter_mut().zip(self.period) {
            // Comparisons instead of `round`: exact at the half, antisymmetric, no division.
            if *d > 0.5 * period {
                *d -= period;
            } else if *d < -0.5 * period {
                *d += period;
            }
        }
        d
    }

    /// Distance between nearest images (um).
    #[inline]
    pub fn distance(&self, a: Vec3, b: Vec3) -> f64 {
        crate::vector::norm(self.separation(a, b))
    }

    /// The shift that brings `p` back into the box along periodic axes (0 on the others).
    #[inline]
    pub fn wrap_shift(&self, p: Vec3) -> Vec3 {
        let mut shift = [0.0; 3];
        for axis in 0..3 {
            if self.boundary[axis] == Boundary::Periodic
                && !(p[axis] >= self.min[axis] && p[axis] < self.max[axis])
            {
                let l = self.period[axis];
                shift[axis] = -l * ((p[axis] - self.min[axis]) / l).floor();
            }
        }
        shift
    }

    /// `p` brought back into the box along periodic axes.
    #[inline]
    pub fn wrap(&self, p: Vec3) -> Vec3 {
        crate::vector::add(p, self.wrap_shift(p))
    }

    /// Moves `p` onto a wall it has crossed. Returns which axes were at or beyond a wall: -1 at the lower end,
    /// +1 at the upper, 0 elsewhere.
    #[inline]
    pub(crate) fn hold_inside(&self, p: &mut Vec3) -> [i8; 3] {
        let mut at = [0; 3];
        for axis in 0..3 {
            if self.boundary[axis] == Boundary::Wall {
                if p[axis] <= self.min[axis] {
                    p[axis] = self.min[axis];
                    at[axis] = -1;
                } else if p[axis] >= self.max[axis] {
                    p[axis] = self.max[axis];
                    at[axis] = 1;
                }
            }
        }
        at
    }

    /// `direction` turned back from the walls that `p` stands at, as in a mirror: a walker does not lean on a wall until it turns
    /// by itself, which would gather cells there.
    #[inline]
    pub fn mirrored(&self, p: Vec3, mut direction: Vec3) -> Vec3 {
        for axis in 0..3 {
            if self.boundary[axis] == Boundary::Wall {
                let (low, high) = (p[axis] <= self.min[axis], p[axis] >= self.max[axis]);
                if (low && direction[axis] < 0.0) || (high && direction[axis] > 0.0) {
                    direction[axis] = -direction[axis];
                }
            }
        }
        direction
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip() -> Domain {
        Domain::new([0.0; 3], [6000.0, 13.0, 400.0], [Boundary::Wall, Boundary::Periodic, Boundary::Wall])
            .unwrap()
    }

    #[test]
    fn distances_take_the_nearest_image_on_periodic_axes_only() {
        let d = strip();
        assert!((d.distance([1.0, 0.5, 1.0], [1.0, 12.5, 1.0]) - 1.0).abs() < 1e-12);
        assert!((d.distance([1.0, 1.0, 1.0], [5999.0, 1.0, 1.0]) - 5998.0).abs() < 1e-9);
        assert!((d.distance([1.0, 1.0, 0.0], [1.0, 1.0, 400.0]) - 400.0).abs() < 1e-12);
        assert_eq!(d.distance([1.0, 0.0, 0.0], [1.0, 13.0, 0.0]), 0.0, "the ends are one");
    }

    #[test]
    fn walls_turn_directions_back_and_ends_of_a_ring_do_not() {
        let d = strip();
        let turned = |p, v| d.mirrored(p, v);
        assert_eq!(turned([0.0, 0.0, 400.0], [-1.0, -2.0, 3.0]), [1.0, -2.0, -3.0]);
        assert_eq!(
            turned([0.0, 13.0, 400.0], [1.0, 2.0, -3.0]),
            [1.0, 2.0, -3.0],
            "away from a wall already"
        );
        assert_eq!(turned([1.0, 6.0, 399.0], [-1.0, 2.0, 3.0]), [-1.0, 2.0, 3.0], "no wall near");
    }

    #[test]
    fn separation_is_antisymmetric_to_the_bit() {
        let d = strip();
        for k in 0..400 {
            let (a, b) = ([0.3 * f64::from(k), 0.0325 * f64::from(k), 1.0], [7.1, 6.5, 2.0]);
            let (s, t) = (d.separation(a, b), d.separation(b, a));
            assert_eq!(s.map(|x| -x), t);
            assert!(s[1].abs() <= 6.5);
        }
    }

    #[test]
    fn wrapping_keeps_points_in_the_box() {
        let d = strip();
        for y in [-40.0, -13.0, -1e-3, 0.0, 5.0, 13.0, 13.5, 260.1] {
            let p = d.wrap([1.0, y, 2.0]);
            assert!(p[1] >= 0.0 && p[1] < 13.0, "{y} -> {}", p[1]);
            assert_eq!((p[0], p[2]), (1.0, 2.0));
        }
    }

    #[test]
    fn a_box_without_extent_is_refused() {
        assert!(Domain::new([0.0; 3], [1.0, 0.0, 1.0], [Boundary::Wall; 3]).is_err());
        assert!(Domain::new([0.0; 3], [1.0, f64::NAN, 1.0], [Boundary::Wall; 3]).is_err());
    }
}
