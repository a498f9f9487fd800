//! Diffusion to a cell's surface in series with binding: what the mesh does not show of it.
//!
//! A mesh that holds the sink of a cell in a block of voxels resists as that block does; a sphere resists 1/(4πDR). The difference
//! stands between the voxel's concentration and that at the surface.

use super::UptakeParameters;
use std::f64::consts::PI;

/// Resistance of a block of k³ voxels of a cubic mesh to a steady sink spread evenly over it, times D·h, for k = 1 to 10:
/// the mean of the lattice's Green function over all pairs of the block's voxels. The first is Watson's integral for the
/// simple cubic lattice, half of 0.505 462 0197; all are ½ ∫ A_k(t)³ dt with A_k the mean of e^(−t) I_|i−j|(t) over
/// i, j < k.
const BLOCK_RESISTANCE: [f64; 10] = [
    0.252_731_010,
    0.090_009_587,
    0.054_678_908,
    0.039_506_890,
    0.031_028_461,
    0.025_590_209,
    0.021_794_675,
    0.018_990_221,
    0.016_831_049,
    0.015_116_151,
];
/// The same for a large block, times k: the mean of 1/(4πr) over all pairs of points of a unit cube, and what the lattice
/// adds, times k³.
const CUBE_RESISTANCE: [f64; 2] = [0.149_789_7, 0.137_4];

fn block_resistance(block: usize) -> f64 {
    match block {
        0 => BLOCK_RESISTANCE[0],
        k if k <= BLOCK_RESISTANCE.len() => BLOCK_RESISTANCE[k - 1],
        k => (CUBE_RESISTANCE[0] + CUBE_RESISTANCE[1] / (k * k) as f64) / k as f64,
    }
}

/// Voxels along an edge of the block that a cell's exchange is spread over: the smallest that resists no more than the
/// cell's own sphere does. A voxel of 3.18 radii or more is a block by itself.
pub fn exchange_block(radius: f64, voxel: f64) -> usize {
    let sphere = voxel / (4.0 * PI * radius);
    if sphere.is_nan() || sphere <= 0.0 {
        return 1;
    }
    let mut block = 1;
    // A block of edge 2 R resists about as much as the sphere, so that this ends soon after it.
    while block_resistance(block) > sphere && (block as f64) < 4.0 * radius / voxel + 2.0 {
        block += 1;
    }
    block
}

/// Diffusive resistance (min/um³) around a cell that the mesh does not show: that of a sphere, 1/(4πDR), less that
/// of the block of voxels that holds the sink; not below 0.
///
/// `diffusion` is the hindered one (um²/min), `radius` the cell's and `voxel` the edge of the mesh (um), `block` the voxels
/// along an edge of the block, as [`exchange_block`] gives it. A single voxel smaller than 3.18 R resists more than the
/// sphere does: its sink takes up too little, and nothing is added here.
pub fn unresolved_resistance(diffusion: f64, radius: f64, voxel: f64, block: usize) -> f64 {
    if diffusion <= 0.0 || radius <= 0.0 {
        return f64::INFINITY;
    }
    (1.0 / (4.0 * PI * radius) - block_resistance(block) / voxel).max(0.0) / diffusion
}

/// Clearance (um³/min) of a cell from its voxel when diffusion to it stands in series with its own clearance.
pub fn effective_clearance(clearance: f64, diffusion: f64, radius: f64, voxel: f64) -> f64 {
    if clearance <= 0.0 {
        return 0.0;
    }
    1.0 / (1.0 / clearance + unresolved_resistance(diffusion, radius, voxel, 1))
}

/// Exchange between a voxel's free vesicles and a cell's surface, diffusion in series.
///
/// At the surface, binding k_b (S_max − S) and unbinding balance diffusion through a resistance ρ; eliminating the
/// concentration there divides *both* by 1 + ρ k_b (S_max − S): what unbinds may bind again before it is away. With both,
/// the net clearance at low load is CL in series with ρ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SurfaceExchange {
    /// Clearance of free vesicles onto the surface (um³/min).
    pub binding: f64,
    /// Unbinding to the voxel (1/min).
    pub unbinding: f64,
}

impl SurfaceExchange {
    /// With `free_sites` free, through `resistance` (min/um³, see [`unresolved_resistance`]).
    pub fn new(parameters: &UptakeParameters, free_sites: f64, resistance: f64) -> Self {
        let [one] = Self::of_sizes(parameters, free_sites, &[resistance]);
        one
    }

    /// For sizes that differ in nothing but their resistances.
    #[inline]
    pub fn of_sizes<const N: usize>(
        parameters: &UptakeParameters,
        free_sites: f64,
        resistances: &[f64; N],
    ) -> [Self; N] {
        let bare = parameters.bare_clearance(free_sites);
        let away = shares_away(bare, resistances);
        away.map(|share| Self { binding: bare * share, unbinding: parameters.unbinding * share })
    }
}

impl UptakeParameters {
    /// Clearance (um³/min) of the surface itself, with `free_sites` free.
    #[inline]
    pub fn bare_clearance(&self, free_sites: f64) -> f64 {
        (self.binding * free_sites).max(0.0)
    }
}

/// The share 1/(1 + ρ × `bare`) by which diffusion through each resistance ρ (min/um³) lessens both binding and unbinding of a
/// surface whose own clearance is `bare` (um³/min, 0 or more).
#[inline]
pub fn shares_away<const N: usize>(bare: f64, resistances: &[f64; N]) -> [f64; N] {
    // Nothing binds where nothing can, not even through an infinite resistance.
    if bare <= 0.0 {
        return [1.0; N];
    }
    resistances.map(|resistance| 1.0 / (1.0 + resistance * bare))
}

/// Clearance of free vesicles onto a cell's surface (um³/min) with `surface` sites occupied by this population and
/// `sites_taken_by_others` by others.
pub fn binding_rate(p: &UptakeParameters, surface: f64, sites_taken_by_others: f64, resistance: f64) -> f64 {
    SurfaceExchange::new(p, p.capacity - surface - sites_taken_by_others, resistance).binding
}
