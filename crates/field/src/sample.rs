//! Reading fields at points, and putting matter down at points.
//!
//! Between voxel centres fields are interpolated trilinearly; within half a voxel of a closed side, and beyond
//! it, the nearest centres decide (no extrapolation). Periodic axes wrap. Depositing uses the same weights as
//! reading, so that an exchange between a point and the field sees the concentration it acts on.

use crate::error::FieldError;
use crate::mesh::{Axis, Mesh};

/// The voxels around a position and their shares: computed once, used for any number of scalars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// Up to eight voxels; along axes with one voxel, the same ones repeat with weight 0.
    pub voxel: [usize; 8],
    /// Their shares, which add up to 1; NaN for a position that is not a number.
    pub weight: [f64; 8],
}

impl Weights {
    /// Trilinear weights at a position (um).
    pub fn at(mesh: &Mesh, position: [f64; 3]) -> Self {
        let axis = [0, 1, 2].map(|a| {
            let n = mesh.shape()[a];
            let s = position[a] / mesh.h()[a] - 0.5;
            if mesh.periodic()[a] {
                let turns = s - n as f64 * (s / n as f64).floor();
                let low = (turns as usize).min(n - 1);
                (low, (low + 1) % n, turns - low as f64)
            } else {
                let s = s.clamp(0.0, (n - 1) as f64);
                let low = (s as usize).min(n.saturating_sub(2));
                (low, (low + 1).min(n - 1), s - low as f64)
            }
        });
        let mut w = Self { voxel: [0; 8], weight: [0.0; 8] };
        for k in 0..8 {
            let pick = |a: usize, bit: usize| {
                let (low, high, t) = axis[a];
                if k & bit == 0 { (low, 1.0 - t) } else { (high, t) }
            };
            let ((x, wx), (y, wy), (z, wz)) = (pick(0, 4), pick(1, 2), pick(2, 1));
            w.voxel[k] = mesh.index(x, y, z);
            w.weight[k] = wx * wy * wz;
        }
        w
    }

    /// Value of a field.
    #[inline]
    pub fn value(&self, values: &[f64]) -> f64 {
        let mut sum = 0.0;
        for k in 0..8 {
            sum += self.weight[k] * values[self.voxel[k]];
        }
        sum
    }

    /// Gradient of a field: central differences at the voxels, interpolated.
    pub fn gradient(&self, mesh: &Mesh, values: &[f64]) -> [f64; 3] {
        let mut g = [0.0; 3];
        for k in 0..8 {
            if self.weight[k] != 0.0 {
                let at = gradient_of_voxel(mesh, values, self.voxel[k]);
                for a in 0..3 {
                    g[a] += self.weight[k] * at[a];
                }
            }
        }
        g
    }

    /// Adds an amount (concentration × um³), shared out by weight.
    #[inline]
    pub fn deposit(&self, mesh: &Mesh, values: &mut [f64], amount: f64) {
        let c = amount / mesh.volume();
        for k in 0..8 {
            values[self.voxel[k]] += self.weight[k] * c;
        }
    }
}

/// The voxel whose centre is nearest: positions outside go to the edge, periodic axes wrap.
fn nearest_voxel(mesh: &Mesh, position: [f64; 3]) -> usize {
    let i = [0, 1, 2].map(|a| {
        let n = mesh.shape()[a];
        let mut s = position[a] / mesh.h()[a];
        if mesh.periodic()[a] {
            s -= n as f64 * (s / n as f64).floor();
        }
        // A cast saturates, and takes NaN to 0.
        (s as usize).min(n - 1)
    });
    mesh.index(i[0], i[1], i[2])
}

/// Central difference at a voxel, one-sided at closed sides, 0 along axes with one voxel.
fn gradient_of_voxel(mesh: &Mesh, values: &[f64], voxel: usize) -> [f64; 3] {
    let i = mesh.coords(voxel);
    let mut g = [0.0; 3];
    for axis in Axis::ALL {
        let (a, s) = (axis.index(), mesh.stride(axis));
        let (n, periodic) = (mesh.shape()[a], mesh.periodic()[a]);
        if n == 1 {
            continue;
        }
        let (up, up_steps) = match i[a] + 1 < n {
            true => (voxel + s, 1.0),
            false if periodic => (voxel - (n - 1) * s, 1.0),
            false => (voxel, 0.0),
        };
        let (down, down_steps) = match i[a] > 0 {
            true => (voxel - s, 1.0),
            false if periodic => (voxel + (n - 1) * s, 1.0),
            false => (voxel, 0.0),
        };
        g[a] = (values[up] - values[down]) / ((up_steps + down_steps) * mesh.h()[a]);
    }
    g
}

/// Value of the voxel that holds a position (um), or of the nearest one for a position outside.
pub fn nearest(mesh: &Mesh, values: &[f64], position: [f64; 3]) -> f64 {
    values[nearest_voxel(mesh, position)]
}

/// Trilinear value at a position (um).
pub fn trilinear(mesh: &Mesh, values: &[f64], position: [f64; 3]) -> f64 {
    Weights::at(mesh, position).value(values)
}

/// Gradient at a position (um), 1/um: central differences, interpolated trilinearly.
pub fn gradient(mesh: &Mesh, values: &[f64], position: [f64; 3]) -> [f64; 3] {
    Weights::at(mesh, position).gradient(mesh, values)
}

/// Gradient at the voxel that holds a position (um), 1/um: central differences.
pub fn gradient_nearest(mesh: &Mesh, values: &[f64], position: [f64; 3]) -> [f64; 3] {
    gradient_of_voxel(mesh, values, nearest_voxel(mesh, position))
}

fn check_deposit(position: [f64; 3], amount: f64) -> Result<(), FieldError> {
    for (index, value) in position.into_iter().enumerate() {
        if !value.is_finite() {
            return Err(FieldError::NotFinite { what: "position", index, value });
        }
    }
    if !amount.is_finite() {
        return Err(FieldError::NotFinite { what: "deposited amount", index: 0, value: amount });
    }
    Ok(())
}

/// Adds an amount (concentration × um³) to the voxel that holds a position, or to the nearest one.
///
/// # Errors
/// A position or amount that is not finite.
pub fn deposit_nearest(
    mesh: &Mesh,
    values: &mut [f64],
    position: [f64; 3],
    amount: f64,
) -> Result<(), FieldError> {
    check_deposit(position, amount)?;
    values[nearest_voxel(mesh, position)] += amount / mesh.volume();
    Ok(())
}

/// Adds an amount (concentration × um³) around a position with the weights of [`trilinear`].
///
/// # Errors
/// A position or amount that is not finite.
pub fn deposit_trilinear(
    mesh: &Mesh,
    values: &mut [f64],
    position: [f64; 3],
    amount: f64,
) -> Result<(), FieldError> {
    check_deposit(position, amount)?;
    Weights::at(mesh, position).deposit(mesh, values, amount);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn linear(mesh: &Mesh) -> Vec<f64> {
        let f = |p: [f64; 3]| 1.0 + 2.0 * p[0] - 3.0 * p[1] + 0.5 * p[2];
        (0..mesh.len()).map(|v| f(mesh.centre(v))).collect()
    }

    #[test]
    fn linear_fields_are_read_exactly_inside() {
        let mesh = Mesh::new(6, 4, 5, [2.0, 1.0, 3.0]).unwrap();
        let c = linear(&mesh);
        let p = [5.3, 2.2, 7.9];
        assert!((trilinear(&mesh, &c, p) - (1.0 + 2.0 * p[0] - 3.0 * p[1] + 0.5 * p[2])).abs() < 1e-12);
        for g in [gradient(&mesh, &c, p), gradient_nearest(&mesh, &c, p)] {
            assert!((g[0] - 2.0).abs() < 1e-12 && (g[1] + 3.0).abs() < 1e-12 && (g[2] - 0.5).abs() < 1e-12);
        }
        assert_eq!(nearest(&mesh, &c, p), c[mesh.voxel_of(p).unwrap()]);
    }

    /// Cells touch the edge of the tissue: no extrapolation there, and no index outside.
    #[test]
    fn edges_clamp_or_wrap() {
        let mesh = Mesh::new(4, 1, 1, [1.0; 3]).unwrap();
        let c = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(trilinear(&mesh, &c, [-9.0, 0.0, 0.9]), 1.0);
        assert_eq!(trilinear(&mesh, &c, [3.9, 0.5, 0.5]), 4.0);
        assert_eq!(nearest(&mesh, &c, [99.0, 0.5, 0.5]), 4.0);
        let ring = mesh.with_periodic([true, false, false]);
        assert_eq!(trilinear(&ring, &c, [0.0, 0.5, 0.5]), 2.5);
        assert_eq!(trilinear(&ring, &c, [4.0, 0.5, 0.5]), 2.5);
        assert_eq!(nearest(&ring, &c, [-0.5, 0.5, 0.5]), 4.0);
        assert_eq!(gradient(&ring, &c, [0.5, 0.5, 0.5])[0], -1.0);
        assert!(trilinear(&ring, &c, [f64::NAN, 0.5, 0.5]).is_nan());
    }

    proptest! {
        /// What a cell secretes arrives, wherever the cell sits.
        #[test]
        fn deposits_conserve(p in prop::array::uniform3(-3.0..12.0f64), periodic in any::<[bool; 3]>()) {
            let mesh = Mesh::new(5, 1, 3, [2.0, 3.0, 1.0]).unwrap().with_periodic(periodic);
            for deposit in [deposit_nearest, deposit_trilinear] {
                let mut c = vec![0.0; mesh.len()];
                deposit(&mesh, &mut c, p, 7.0).unwrap();
                prop_assert!((mesh.amount(&c) - 7.0).abs() < 1e-14 * 7.0);
                prop_assert!(c.iter().all(|c| *c >= 0.0));
            }
        }
    }

    #[test]
    fn bad_deposits_are_refused() {
        let mesh = Mesh::new(2, 2, 2, [1.0; 3]).unwrap();
        let mut c = vec![0.0; 8];
        assert!(deposit_trilinear(&mesh, &mut c, [f64::NAN, 0.0, 0.0], 1.0).is_err());
        assert!(deposit_nearest(&mesh, &mut c, [0.0; 3], f64::INFINITY).is_err());
        assert!(c.iter().all(|c| *c == 0.0));
    }
}
