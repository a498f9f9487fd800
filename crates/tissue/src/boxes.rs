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
    let widest = scenario.cells.iter().fold(0.0_f64, |w, c| w.max(c.radius));
    let count = b.placements.iter().map(|p| match p {
        Placement::At { positions, .. } => positions.len(),
        Placement::Random { count, .. } => *count,
    });
    let mut bins = Bins::new(max, b.periodic, 2.0 * widest, count.sum());
    for (index, placement) in b.placements.iter().enumerate() {
        match placement {
            Placement::At { cell, positions } => {
                let r = scenario.cells[cell.0].radius;
                for p in positions {
                    bins.put(*p, cells.len());
                    cells.push((*cell, *p, r));
                }
            }
            Placement::Random { cell, count, low, high } => {
                let r = scenario.cells[cell.0].radius;
                let mut stream = seed.stream(index as u64, 0, purpose::ASSEMBLY);
                let mut placed = 0;
                let mut failures = 0;
                while placed < *count {
                    let p = [0, 1, 2].map(|a| stream.range(low[a] + r, (high[a] - r).max(low[a] + r)));
                    let clear = bins.near(p).all(|i| domain.distance(p, cells[i].1) >= r + cells[i].2)
                        && b.absorbers.iter().all(|a| domain.distance(p, a.centre) >= r + a.radius)
                        && points.iter().all(|q| domain.distance(p, *q) > r);
                    if clear {
                        bins.put(p, cells.len());
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

/// Which cells lie near a place: bins no narrower than the widest two cells, so that what touches is in the same bin or beside it.
struct Bins {
    n: [usize; 3],
    edge: [f64; 3],
    periodic: [bool; 3],
    inside: Vec<Vec<u32>>,
}

impl Bins {
    fn new(size: [f64; 3], periodic: [bool; 3], least: f64, cells: usize) -> Self {
        // More bins than about eight a cell cost memory and save nothing; wider ones are never wrong.
        let most = 2 * exoderm_numeric::math::cbrt(cells as f64).ceil().clamp(1.0, 64.0) as usize;
        let n = size.map(|l| ((l / least).floor() as usize).clamp(1, most));
        let edge = std::array::from_fn(|a| size[a] / n[a] as f64);
        Self { n, edge, periodic, inside: vec![Vec::new(); n[0] * n[1] * n[2]] }
    }

    fn at(&self, p: [f64; 3], a: usize) -> usize {
        ((p[a] / self.edge[a]).max(0.0) as usize).min(self.n[a] - 1)
    }

    fn put(&mut self, p: [f64; 3], cell: usize) {
        let [x, y, z] = [0, 1, 2].map(|a| self.at(p, a));
        self.inside[(x * self.n[1] + y) * self.n[2] + z].push(cell as u32);
    }

    /// The bins along an axis in which a neighbour of `p` can lie, each once.
    fn along(&self, p: [f64; 3], a: usize) -> impl Iterator<Item = usize> + Clone + use<> {
        let (n, at, periodic) = (self.n[a], self.at(p, a), self.periodic[a]);
        let few = n < 3;
        (0..if few { n } else { 3 }).filter_map(move |k| match (few, periodic) {
            (true, _) => Some(k),
            (false, true) => Some((at + n + k - 1) % n),
            (false, false) => (at + k).checked_sub(1).filter(|&i| i < n),
        })
    }

    fn near(&self, p: [f64; 3]) -> impl Iterator<Item = usize> + use<'_> {
        let (ys, zs) = (self.along(p, 1), self.along(p, 2));
        self.along(p, 0).flat_map(move |x| {
            let zs = zs.clone();
            ys.clone().flat_map(move |y| {
                zs.clone().flat_map(move |z| {
                    self.inside[(x * self.n[1] + y) * self.n[2] + z].iter().map(|&i| i as usize)
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is nearer than a bin's edge is found once, across periodic faces too, and with one or two bins along an axis.
    #[test]
    fn bins_find_all_neighbours_once() {
        let size = [100.0, 33.0, 12.0];
        for periodic in [[true; 3], [false; 3], [true, false, true]] {
            let boundary = periodic.map(|p| if p { Boundary::Periodic } else { Boundary::Wall });
            let domain = Domain::new([0.0; 3], size, boundary).unwrap();
            let mut s = Seed::new(4, 0).stream(0, 0, 0);
            let places: Vec<[f64; 3]> = (0..400).map(|_| size.map(|l| s.range(0.0, l))).collect();
            let mut bins = Bins::new(size, periodic, 11.0, places.len());
            places.iter().enumerate().for_each(|(i, p)| bins.put(*p, i));
            for p in &places {
                let mut near: Vec<usize> = bins.near(*p).collect();
                let found = near.len();
                near.sort_unstable();
                near.dedup();
                assert_eq!(near.len(), found);
                for (j, q) in places.iter().enumerate() {
                    assert!(domain.distance(*p, *q) >= 11.0 || near.binary_search(&j).is_ok(), "{p:?} {q:?}");
                }
            }
        }
    }
}
