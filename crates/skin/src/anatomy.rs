//! A strip of layered skin, laid out for a tissue.
//!
//! x runs across the wound from its symmetry plane, y is one voxel (periodic), z runs up from the bottom of the
//! modelled dermis. The basement membrane is a sine along x; basal cells sit on it, suprabasal types follow upward
//! in the scenario's order, each in a layer as thick as its cells' volume asks for; dermal cells are scattered below.

use exoderm_cell::{Boundary, Domain, Surface};
use exoderm_model::scenario::{Density, Place, Scenario, SkinStrip};
use exoderm_numeric::random::Seed;
use exoderm_tissue::{Blueprint, Grid, Region, purpose};

/// What cannot be laid out.
#[derive(Debug, thiserror::Error)]
pub enum AnatomyError {
    /// The strip's box is impossible.
    #[error("the strip cannot be laid out: {0}")]
    Domain(#[from] exoderm_cell::CellError),
}

/// Lays a strip out for one replicate.
///
/// # Errors
/// If the box of the strip is impossible (the scenario's checks exclude it).
pub fn lay_out(scenario: &Scenario, strip: &SkinStrip, seed: Seed) -> Result<Blueprint, AnatomyError> {
    let h = strip.voxel;
    let nx = (strip.width / h).round().max(2.0) as usize;
    // The membrane lies on a face of the mesh, so that no voxel is half bed and half epidermis.
    let base = (strip.dermis / h).round().max(1.0) * h;
    let cover = strip.epidermis + strip.stratum_corneum;
    let nz = ((base + strip.fold_amplitude + cover + strip.air_gap) / h).ceil() as usize;
    let grid = Grid { n: [nx, 1, nz], h: [h; 3] };
    let (width, depth, height) = (nx as f64 * h, h, nz as f64 * h);
    let surface = if strip.fold_amplitude > 0.0 {
        Surface::Sine { mean: base, amplitude: strip.fold_amplitude, wavelength: strip.fold_wavelength }
    } else {
        Surface::Plane { z: base }
    };
    let mut region = vec![Region::Outside; grid.len()];
    for iz in 0..nz {
        for ix in 0..nx {
            let (x, z) = ((ix as f64 + 0.5) * h, (iz as f64 + 0.5) * h);
            let floor = surface.height(x);
            region[grid.index(ix, 0, iz)] = if z < floor {
                Region::Stroma
            } else if z < floor + strip.epidermis.max(h) {
                Region::Epithelium
            } else {
                Region::Outside
            };
        }
    }
    let domain =
        Domain::new([0.0; 3], [width, depth, height], [Boundary::Wall, Boundary::Periodic, Boundary::Wall])?;
    let area = width * depth;
    let dermis = area * base;
    let mut cells = Vec::new();
    let mut layer = 0.0; // height of the next suprabasal layer above the membrane
    for &(id, density) in &strip.density {
        let t = &scenario.cells[id.0];
        let expected = match density {
            Density::PerArea(n) => n * area,
            Density::PerVolume(n) => n * dermis,
        };
        let count = expected.round().max(0.0) as usize;
        let r = t.radius;
        let volume = 4.0 / 3.0 * std::f64::consts::PI * r * r * r;
        let thickness = expected * volume / area;
        for k in 0..count {
            let mut s = seed.stream((id.0 as u64) << 32 | k as u64, 0, purpose::ASSEMBLY);
            // Evenly along x with half a spacing of jitter; anywhere across.
            let x = ((k as f64 + 0.5 + s.range(-0.5, 0.5)) / count as f64 * width).clamp(r, width - r);
            let y = s.range(0.0, depth);
            let floor = surface.height(x);
            let position = match t.place {
                Place::Basal => {
                    let n = surface.normal(x);
                    [(x + r * n[0]).clamp(r, width - r), y, floor + r * n[2]]
                }
                Place::Suprabasal | Place::Corneal => {
                    [x, y, floor + 2.0 * r + layer + s.uniform() * thickness]
                }
                Place::Dermal | Place::Free => {
                    let x = s.range(r, width - r);
                    let z = s.range(r, (surface.height(x) - strip.fold_amplitude.min(1.0) - r).max(2.0 * r));
                    [x, y, z]
                }
            };
            cells.push((id, [position[0], position[1], position[2].clamp(r, height - r)], r));
        }
        if matches!(t.place, Place::Suprabasal | Place::Corneal) {
            layer += thickness;
        }
    }
    Ok(Blueprint {
        grid,
        region,
        surface: Some(surface),
        thickness: strip.epidermis.max(h),
        domain,
        cells,
        perfused: true,
    })
}
