//! Where the daughters of a division lie, and of which kind they are.

use crate::vector::{Vec3, add, dot, norm, random_direction, scale, sub, unit};
use exoderm_numeric::random::Stream;

/// Along what a cell divides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Orientation {
    /// Unit vector of the cell, an axis or the normal of its plane.
    pub axis: Vec3,
    /// 0 divides in any direction, 1 in the plane normal to `axis`; between, the component along `axis` counts less.
    pub polarity: f64,
    /// Lengthen the direction to a unit vector again.
    pub unit: bool,
}

/// How far daughters come to lie from where the mother was, in mother's radii.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// The daughter with the new id, along the direction.
    pub daughter: f64,
    /// The one that keeps the id, against it.
    pub mother: f64,
}

impl Placement {
    /// Half a radius to either side: the centre of mass stays.
    pub const EVEN: Self = Self { daughter: 0.5, mother: 0.5 };
    /// A whole radius and half of one: what others do.
    pub const UNEVEN: Self = Self { daughter: 1.0, mother: 0.5 };
}

/// The direction of a division.
pub fn direction(orientation: &Orientation, stream: &mut Stream) -> Vec3 {
    loop {
        let n = random_direction(stream);
        let n = sub(n, scale(orientation.axis, orientation.polarity * dot(n, orientation.axis)));
        if !orientation.unit {
            return n;
        }
        // Only a draw along the very axis has no direction left.
        if norm(n) > 1e-6 {
            return unit(n).unwrap_or(n);
        }
    }
}

/// Centres of the daughter with the new id and of the one that keeps the id.
pub fn places(at: Vec3, radius: f64, direction: Vec3, placement: Placement) -> [Vec3; 2] {
    [
        add(at, scale(direction, placement.daughter * radius)),
        sub(at, scale(direction, placement.mother * radius)),
    ]
}

/// The kind of the daughter with the new id: kind k with probability `chances[k]`, its mother's with what is left.
/// Chances that add up to more than 1 take from the mother's own first, then the later ones lose.
pub fn daughter_kind(own: u16, chances: &[f64], stream: &mut Stream) -> u16 {
    if chances.iter().all(|&p| p <= 0.0) {
        return own;
    }
    let others: f64 = chances.iter().zip(0..).filter(|&(_, k)| k != own).map(|(p, _)| p).sum();
    let mut left = stream.uniform();
    for (&p, k) in chances.iter().zip(0..) {
        let p = if k == own { p.min((1.0 - others).max(0.0)) } else { p };
        left -= p;
        if left < 0.0 {
            return k;
        }
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_numeric::random::Seed;

    #[test]
    fn daughters_lie_where_the_orientation_says() {
        let seed = Seed::new(4, 0);
        let flat = Orientation { axis: [0.0, 0.0, 1.0], polarity: 1.0, unit: true };
        for id in 0..100 {
            let n = direction(&flat, &mut seed.stream(id, 0, 1));
            assert!(n[2].abs() < 1e-12 && (norm(n) - 1.0).abs() < 1e-12);
            let [a, b] = places([1.0, 2.0, 3.0], 4.0, n, Placement::EVEN);
            let middle = scale(add(a, b), 0.5);
            assert!(norm(sub(middle, [1.0, 2.0, 3.0])) < 1e-12 && (norm(sub(a, b)) - 4.0).abs() < 1e-12);
            let short = direction(&Orientation { unit: false, ..flat }, &mut seed.stream(id, 0, 1));
            assert!(norm(short) <= 1.0 && short[2].abs() < 1e-12);
        }
    }

    #[test]
    fn daughters_are_of_the_kinds_given() {
        let seed = Seed::new(4, 0);
        let share = |chances: &[f64]| {
            let mut count = [0.0_f64; 3];
            for id in 0..20_000 {
                count[usize::from(daughter_kind(1, chances, &mut seed.stream(id, 0, 2)))] += 1.0 / 20_000.0;
            }
            count
        };
        for (chances, expected) in [
            ([0.2, 0.0, 0.3], [0.2, 0.5, 0.3]),
            ([0.5, 0.9, 0.3], [0.5, 0.2, 0.3]),
            ([0.0; 3], [0.0, 1.0, 0.0]),
        ] {
            let found = share(&chances);
            assert!((0..3).all(|k| (found[k] - expected[k]).abs() < 0.015), "{found:?} {expected:?}");
        }
    }
}
