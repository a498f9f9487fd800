//! Three-vectors as plain arrays, and random directions.

use exoderm_numeric::random::Stream;

/// A point or vector (um).
pub type Vec3 = [f64; 3];

/// `a + b`.
#[inline]
pub fn add(a: Vec3, b: Vec3) -> Vec3 {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

/// `a - b`.
#[inline]
pub fn sub(a: Vec3, b: Vec3) -> Vec3 {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

/// `s a`.
#[inline]
pub fn scale(a: Vec3, s: f64) -> Vec3 {
    [a[0] * s, a[1] * s, a[2] * s]
}

/// Scalar product.
#[inline]
pub fn dot(a: Vec3, b: Vec3) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Length.
#[inline]
pub fn norm(a: Vec3) -> f64 {
    dot(a, a).sqrt()
}

/// The unit vector along `a`, or `None` where `a` has no usable length.
#[inline]
pub fn unit(a: Vec3) -> Option<Vec3> {
    let n = norm(a);
    (n > 1e-300 && n.is_finite()).then(|| scale(a, 1.0 / n))
}

/// Two unit vectors that span the plane normal to the unit vector `n`.
///
/// Right-handed: `u × v = n`. Built from the axis that `n` has least of, so that it never degenerates.
pub fn plane_basis(n: Vec3) -> (Vec3, Vec3) {
    let (x, y, z) = (n[0].abs(), n[1].abs(), n[2].abs());
    let helper = if x <= y && x <= z {
        [1.0, 0.0, 0.0]
    } else if y <= z {
        [0.0, 1.0, 0.0]
    } else {
        [0.0, 0.0, 1.0]
    };
    let u = unit(cross(helper, n)).unwrap_or([1.0, 0.0, 0.0]);
    (u, cross(n, u))
}

/// Vector product.
#[inline]
pub fn cross(a: Vec3, b: Vec3) -> Vec3 {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// A direction uniform on the sphere (Marsaglia 1972, doi 10.1214/aoms/1177692644).
pub fn random_direction(stream: &mut Stream) -> Vec3 {
    loop {
        let (a, b) = (stream.range(-1.0, 1.0), stream.range(-1.0, 1.0));
        let s = a * a + b * b;
        if s < 1.0 {
            let f = 2.0 * (1.0 - s).sqrt();
            return [a * f, b * f, 1.0 - 2.0 * s];
        }
    }
}

/// A direction uniform on the circle normal to the unit vector `n`.
pub fn random_in_plane(n: Vec3, stream: &mut Stream) -> Vec3 {
    let (u, v) = plane_basis(n);
    loop {
        let (a, b) = (stream.range(-1.0, 1.0), stream.range(-1.0, 1.0));
        let s = a * a + b * b;
        if s < 1.0 && s > 1e-12 {
            let f = 1.0 / s.sqrt();
            return add(scale(u, a * f), scale(v, b * f));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_numeric::random::Seed;

    #[test]
    fn basis_is_orthonormal_and_right_handed() {
        let seed = Seed::new(1, 0);
        for k in 0..200 {
            let n = random_direction(&mut seed.stream(k, 0, 0));
            let (u, v) = plane_basis(n);
            for (value, expected) in
                [(norm(n), 1.0), (norm(u), 1.0), (norm(v), 1.0), (dot(u, v), 0.0), (dot(u, n), 0.0)]
            {
                assert!((value - expected).abs() < 1e-12);
            }
            assert!(norm(sub(cross(u, v), n)) < 1e-12);
        }
    }

    /// Uniform on the sphere: each coordinate has mean 0 and mean square 1/3; in a plane, mean square 1/2.
    #[test]
    fn directions_are_isotropic() {
        let seed = Seed::new(2, 0);
        let n = 40_000;
        let (mut mean, mut square, mut plane) = ([0.0; 3], [0.0; 3], [0.0; 3]);
        for k in 0..n {
            let d = random_direction(&mut seed.stream(k, 0, 0));
            let p = random_in_plane([0.0, 1.0, 0.0], &mut seed.stream(k, 0, 1));
            assert!((norm(p) - 1.0).abs() < 1e-12);
            for a in 0..3 {
                mean[a] += d[a] / n as f64;
                square[a] += d[a] * d[a] / n as f64;
                plane[a] += p[a] * p[a] / n as f64;
            }
        }
        for a in 0..3 {
            assert!(mean[a].abs() < 4.0 * (1.0 / 3.0 / n as f64).sqrt());
            assert!((square[a] - 1.0 / 3.0).abs() < 0.006);
        }
        assert!((plane[0] - 0.5).abs() < 0.008 && plane[1] < 1e-24 && (plane[2] - 0.5).abs() < 0.008);
    }
}
