//! The list found anew: cells in order of id, each paired with those of lower id near it, then sorted by the lower one.

use super::{NONE, PairList};
use crate::mechanics::parameters::MechanicsParameters;
use crate::store::Cells;
use crate::vector::{Vec3, dot};

/// Buffers of a build.
#[derive(Clone, Debug, Default)]
pub(super) struct BuildWork {
    /// Positions and radii of listed cells in order of id, pairs as found, and first entries by lower cell.
    points: Vec<Vec3>,
    radii: Vec<f64>,
    found: Vec<[u32; 2]>,
    start: Vec<u32>,
}

impl PairList {
    /// Finds all pairs anew among the same cells.
    pub(super) fn build(&mut self, parameters: &MechanicsParameters, cells: &Cells, positions: &[Vec3]) {
        let (reach, skin, domain) = (parameters.reach, parameters.numerics.skin, &parameters.domain);
        (self.reach, self.skin) = (reach, skin);
        self.reference.clear();
        self.reference.extend(positions.iter().copied().zip(cells.radius.iter().copied()));
        // Members of the grid in order of id.
        self.member.clear();
        self.member.extend((0..cells.len() as u32).filter(|&i| !self.loose[i as usize]));
        let ids = &self.ids;
        self.member.sort_unstable_by_key(|&i| ids[i as usize]);
        self.listed = self.member.len();
        self.extra.clear();
        self.slot.clear();
        self.slot.resize(cells.len(), NONE);
        for (m, &i) in self.member.iter().enumerate() {
            self.slot[i as usize] = m as u32;
        }
        let BuildWork { points, radii, found, start } = &mut self.build;
        points.clear();
        points.extend(self.member.iter().map(|&i| positions[i as usize]));
        radii.clear();
        radii.extend(self.member.iter().map(|&i| cells.radius[i as usize]));
        self.largest_radius = radii.iter().copied().fold(0.0, f64::max);
        let widest = 2.0 * reach * self.largest_radius + skin;
        self.grid.build(domain, points, widest.max(1e-9));
        found.clear();
        start.clear();
        start.resize(self.member.len() + 1, 0);
        for (k, (&p, &r)) in points.iter().zip(radii.iter()).enumerate() {
            self.grid.each_near_below(p, reach * (r + self.largest_radius) + skin, k as u32, |m| {
                let m = m as usize;
                let cutoff = reach * (r + radii[m]) + skin;
                let d = domain.separation(p, points[m]);
                if dot(d, d) <= cutoff * cutoff {
                    found.push([m as u32, k as u32]);
                    start[m + 1] += 1;
                }
            });
        }
        // Found in ascending order of the higher cell: a stable sort by the lower one completes the order.
        for m in 0..self.member.len() {
            start[m + 1] += start[m];
        }
        self.pairs.clear();
        self.pairs.resize(found.len(), [0; 2]);
        for &[m, k] in found.iter() {
            let at = &mut start[m as usize];
            self.pairs[*at as usize] = [self.member[m as usize], self.member[k as usize]];
            *at += 1;
        }
    }
}
