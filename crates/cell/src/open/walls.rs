//! A box whose faces push cells back in.

/// Adds the push of the nearest face to the velocity of every cell that overlaps it: `strength (1 − d/r)²` along the
/// inward normal, with d the distance of the centre to the face and r the cell's radius. Of faces equally near, the
/// first in the order lower x, upper x, lower y … acts. A centre beyond the face counts as on it. Axes without
/// extent have no faces.
pub fn push_in(
    low: [f64; 3],
    high: [f64; 3],
    strength: f64,
    position: [&[f64]; 3],
    radius: &[f64],
    velocity: [&mut [f64]; 3],
) {
    for (i, &r) in radius.iter().enumerate() {
        let mut nearest = (f64::INFINITY, 0, 0.0);
        for a in 0..3 {
            if high[a] <= low[a] {
                continue;
            }
            for (d, inward) in [(position[a][i] - low[a], 1.0), (high[a] - position[a][i], -1.0)] {
                if d < nearest.0 {
                    nearest = (d, a, inward);
                }
            }
        }
        let (d, axis, inward) = nearest;
        if d < r {
            let q = 1.0 - d.max(0.0) / r;
            velocity[axis][i] += inward * strength * q * q;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_face_pushes_inward() {
        let (x, y, z) = ([1.0, 9.5, 5.0, -3.0], [5.0, 9.0, 5.0, 5.0], [0.0; 4]);
        let (mut u, mut v, mut w) = ([0.0; 4], [0.0; 4], [0.0; 4]);
        push_in([0.0; 3], [10.0, 10.0, 0.0], 100.0, [&x, &y, &z], &[2.0; 4], [&mut u, &mut v, &mut w]);
        assert_eq!(u, [25.0, -56.25, 0.0, 100.0]);
        assert_eq!((v, w), ([0.0; 4], [0.0; 4]), "a plane has no faces above and below");
    }
}
