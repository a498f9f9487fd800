//! How much room a flat cell has among its neighbours: its compressed area, and the share of its rim that touches nobody. Growth
//! may be made to depend on either (contact inhibition of a monolayer).
//!
//! Two discs that overlap share the line through the points where their rims cross. What lies beyond it is the other's, so that a
//! compressed cell is its disc cut by these lines, and its free rim what they leave of the circle. Both are summed over
//! [`DIRECTIONS`] directions.

use crate::vector::{Vec3, sub};

/// Directions of the sums: the free share of the rim is right to one over this number.
pub const DIRECTIONS: usize = 360;

/// The room of one cell, as shares of its free disc.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    /// Area that neighbours leave it.
    pub area: f64,
    /// Rim that touches nobody.
    pub rim: f64,
}

/// The room of a disc in the plane z = 0; `others` are centres and radii, those that do not overlap make no difference.
pub fn room(at: Vec3, radius: f64, others: impl Iterator<Item = (Vec3, f64)> + Clone) -> Room {
    let (mut area, mut rim) = (0.0, 0_usize);
    for k in 0..DIRECTIONS {
        let angle = std::f64::consts::TAU * (k as f64 + 0.5) / DIRECTIONS as f64;
        let (x, y) = (exoderm_numeric::math::cos(angle), exoderm_numeric::math::sin(angle));
        let mut reach = 1.0_f64;
        for (other, r) in others.clone() {
            let d = sub(other, at);
            let square = d[0] * d[0] + d[1] * d[1];
            let touch = radius + r;
            let along = d[0] * x + d[1] * y;
            if square >= touch * touch || along <= 0.0 {
                continue;
            }
            // The shared line is where |p|² − R² = |p − d|² − r²; a centre beyond it has nothing left that way.
            let line = 0.5 * (square + radius * radius - r * r);
            reach = reach.min((line / (along * radius)).max(0.0));
        }
        area += reach * reach;
        rim += usize::from(reach == 1.0);
    }
    Room { area: area / DIRECTIONS as f64, rim: rim as f64 / DIRECTIONS as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_numeric::math;
    use std::f64::consts::PI;

    /// One neighbour cuts a segment; six around a cell leave a hexagon; without any it is free.
    #[test]
    fn room_is_that_of_cut_discs() {
        let free = room([0.0; 3], 2.0, [([5.0, 0.0, 0.0], 2.0)].into_iter());
        assert_eq!(free, Room { area: 1.0, rim: 1.0 });
        let d = 1.6;
        let one = room([0.0; 3], 1.0, [([d, 0.0, 0.0], 1.0)].into_iter());
        let half = math::acos(0.5 * d);
        let segment = half - 0.5 * d * math::sin(half);
        assert!((one.area - (1.0 - segment / PI)).abs() < 1e-4, "{one:?}");
        assert!((one.rim - (1.0 - half / PI)).abs() < 2.0 / DIRECTIONS as f64, "{one:?}");
        let ring: Vec<(Vec3, f64)> = (0..6)
            .map(|k| {
                let angle = PI / 3.0 * f64::from(k);
                ([1.5 * math::cos(angle), 1.5 * math::sin(angle), 0.0], 1.0)
            })
            .collect();
        let six = room([0.0; 3], 1.0, ring.iter().copied());
        // A hexagon whose sides are 0.75 off the middle.
        assert!(
            (six.area - 2.0 * 3.0_f64.sqrt() * 0.75 * 0.75 / PI).abs() < 1e-3 && six.rim == 0.0,
            "{six:?}"
        );
    }

    /// A larger neighbour takes more.
    #[test]
    fn the_larger_takes_more() {
        let small = room([0.0; 3], 1.0, [([2.0, 0.0, 0.0], 1.5)].into_iter());
        let large = room([2.0, 0.0, 0.0], 1.5, [([0.0; 3], 1.0)].into_iter());
        assert!(small.area < large.area && small.rim < large.rim, "{small:?} {large:?}");
    }
}
