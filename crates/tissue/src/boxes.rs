//! A general box of tissue: cells at given places or packed at random.

use crate::plan::Region;
use crate::purpose;
use crate::state::{Blueprint, Grid};
use exoderm_cell::{Boundary, CellError, Domain};
use exoderm_model::scenario::{Event, Placement, Scenario, TissueBox};
use exoderm_numeric::random::Seed;

/// What a box cannot be.
#[derive(Debug, thiserror::Error)]
pub enum BoxError {
    /// Its sides are impossible.
    #[error("the box cannot be laid out: {0}")]
    Domain(#[from] CellError),
    /// Random cells do not fit.
    #[error("{count} cells of radius {radius} um do not fit between the corners given: {placed} were placed")]
    Crowded {
        /// Asked for.
        count: usize,
        /// Radius (um).
        radius: f64,
        /// Placed.
        placed: usize,
    },
}

/// Attempts at a free place before a box counts as full.
const ATTEMPTS: usize = 2000;

/// Lays a box out for one replicate.
///
/// # Errors
/// If the box is impossible or random cells do not fit.
pub fn lay_out(scenario: &Scenario, b: &TissueBox, seed: Seed) -> Result<Blueprint, BoxError> {
    let n = [0, 1, 2].map(|a| (b.size[a] / b.voxel[a]).round().max(1.0) as usize);
    let grid = Grid { n, h: b.voxel };
    let max = [0, 1, 2].map(|a| n[a] as f64 * b.voxel[a]);
    let boundary = b.periodic.map(|p| if p { Boundary::Periodic } else { Boundary::Wall });
    let domain = Domain::new([0.0; 3], max, boundary)?;
    // Vesicles are released outside cells.
    let points: Vec<[f64; 3]> = scenario
        .events
        .iter()
        .filter_map(|e| if let Event::Release(r) = e { Some(r.position) } else { None })
        .collect();
    let mut cells: Vec<(exoderm_model::scenario::CellTypeId, [f64; 3], f64)> = Vec::new();
    for (index, placement) in b.placements.iter().enumerate() {
        match placement {
            Placement::At { cell, positions } => {
                let r = scenario.cells[cell.0].radius;
                cells.extend(positions.iter().map(|p| (*cell, *p, r)));
            }
            Placement::Random { cell, count, low, high } => {
                let r = scenario.cells[cell.0].radius;
                let mut stream = seed.stream(index as u64, 0, purpose::ASSEMBLY);
                let mut placed = 0;
                let mut failures = 0;
                while placed < *count {
                    let p = [0, 1, 2].map(|a| stream.range(low[a] + r, (high[a] - r).max(low[a] + r)));
                    let clear = cells.iter().all(|(_, q, s)| domain.distance(p, *q) >= r + s)
                        && b.absorbers.iter().all(|a| domain.distance(p, a.centre) >= r + a.radius)
                        && points.iter().all(|q| domain.distance(p, *q) > r);
                    if clear {
                        cells.push((*cell, p, r));
                        placed += 1;
                        failures = 0;
                    } else {
                        failures += 1;
                        if failures > ATTEMPTS {
                            return Err(BoxError::Crowded { count: *count, radius: r, placed });
                        }
                    }
                }
            }
        }
    }
    Ok(Blueprint {
        region: vec![Region::Stroma; grid.len()],
        grid,
        surface: None,
        thickness: 0.0,
        domain,
        cells,
        perfused: false,
    })
}
