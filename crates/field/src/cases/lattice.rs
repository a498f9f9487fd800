//! Exact solutions on the mesh itself: what a scheme should give with no error in time at all.

use exoderm_numeric::math::{cos, exp, sin};
use std::f64::consts::PI;

/// Share of an amount put into voxel `from` of a closed line of `n` voxels that is in voxel `to` after `t`, with `g`
/// = D/h² (1/min): the eigenvectors of the three-point stencil are cosines. In a closed box with equal diffusivity
/// everywhere the shares of the axes multiply.
pub fn lattice_share(n: usize, g: f64, from: usize, to: usize, t: f64) -> f64 {
    let size = n as f64;
    let mut sum = 1.0 / size;
    for m in 1..n {
        let q = PI * m as f64 / size;
        let half = sin(0.5 * q);
        let decay = exp(-4.0 * g * half * half * t);
        sum += 2.0 / size * cos(q * (from as f64 + 0.5)) * cos(q * (to as f64 + 0.5)) * decay;
    }
    sum
}
