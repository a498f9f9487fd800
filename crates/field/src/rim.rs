//! What boundaries do to the voxels behind them, kept for those voxels alone.

use crate::boundary::FaceCells;
use crate::mesh::{Face, Mesh};

/// Loss through open sides and what comes in through them, by voxel, in the order of voxels.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rim {
    voxel: Vec<u32>,
    /// 1/min.
    decay: Vec<f64>,
    /// Concentration/min.
    source: Vec<f64>,
    /// Where the entries of each row along z begin, one more than rows; empty when there are no entries.
    rows: Vec<u32>,
    nz: usize,
}

impl Rim {
    pub(crate) fn new(mesh: &Mesh, faces: &[FaceCells; 6]) -> Self {
        let mut entries: Vec<(u32, f64, f64)> = Vec::new();
        for face in Face::ALL {
            let cells = &faces[face.index()];
            for (cell, &g) in cells.conductance.iter().enumerate() {
                let source = g * cells.value[cell] + cells.inflow[cell];
                if g != 0.0 || source != 0.0 {
                    entries.push((mesh.face_voxel(face, cell) as u32, g, source));
                }
            }
        }
        // Stable: the sides of an edge are added in the order of sides.
        entries.sort_by_key(|e| e.0);
        let mut rim = Self { nz: mesh.shape()[2], ..Self::default() };
        for (voxel, g, source) in entries {
            if rim.voxel.last() == Some(&voxel)
                && let (Some(decay), Some(s)) = (rim.decay.last_mut(), rim.source.last_mut())
            {
                *decay += g;
                *s += source;
            } else {
                rim.voxel.push(voxel);
                rim.decay.push(g);
                rim.source.push(source);
            }
        }
        if !rim.voxel.is_empty() {
            let rows = mesh.len() / rim.nz;
            rim.rows = (0..=rows)
                .map(|row| rim.voxel.partition_point(|v| (*v as usize) < row * rim.nz) as u32)
                .collect();
        }
        rim
    }

    /// Whether nothing is lost through boundaries.
    pub(crate) fn is_closed(&self) -> bool {
        self.decay.iter().all(|g| *g == 0.0)
    }

    pub(crate) fn has_source(&self) -> bool {
        self.source.iter().any(|s| *s != 0.0)
    }

    /// Voxels with their loss and source.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, f64, f64)> {
        self.entries(0..self.voxel.len())
    }

    fn entries(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = (usize, f64, f64)> {
        range.map(|k| (self.voxel[k] as usize, self.decay[k], self.source[k]))
    }

    /// Those among the voxels from `start` to `end`.
    pub(crate) fn within(&self, start: usize, end: usize) -> impl Iterator<Item = (usize, f64, f64)> {
        let at = |v: usize| self.voxel.partition_point(|x| (*x as usize) < v);
        self.entries(at(start)..at(end))
    }

    /// Those of the row that starts at voxel `start`.
    #[inline]
    pub(crate) fn row(&self, start: usize) -> impl Iterator<Item = (usize, f64, f64)> {
        let row = start / self.nz.max(1);
        let range = match self.rows.get(row..row + 2) {
            Some([from, to]) => *from as usize..*to as usize,
            _ => 0..0,
        };
        self.entries(range)
    }

    pub(crate) fn bytes(&self) -> usize {
        4 * (self.voxel.capacity() + self.rows.capacity())
            + 8 * (self.decay.capacity() + self.source.capacity())
    }
}
