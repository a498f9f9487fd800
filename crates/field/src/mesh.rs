//! The voxel mesh: a box of equal voxels with its corner at the origin.
//!
//! Layout: `index = iz + nz · (iy + ny · ix)`, z fastest, x slowest. A column of tissue (all z of one x, y) is
//! contiguous, a slab at one x is contiguous (so that columns are removed and slabs cut without a gather), and
//! for a strip the natural order is the one with the narrowest band.

use crate::error::FieldError;
use serde::{Deserialize, Serialize};

/// A direction of the mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Axis {
    /// Along the skin.
    X,
    /// Along the skin, across x.
    Y,
    /// Depth.
    Z,
}

impl Axis {
    /// All three, in order.
    pub const ALL: [Axis; 3] = [Axis::X, Axis::Y, Axis::Z];

    /// 0, 1, 2.
    #[inline]
    pub fn index(self) -> usize {
        match self {
            Axis::X => 0,
            Axis::Y => 1,
            Axis::Z => 2,
        }
    }
}

/// A side of the mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Face {
    /// x = 0.
    XMin,
    /// x = nx · hx.
    XMax,
    /// y = 0.
    YMin,
    /// y = ny · hy.
    YMax,
    /// z = 0.
    ZMin,
    /// z = nz · hz.
    ZMax,
}

impl Face {
    /// All six, in the order of arrays indexed by face.
    pub const ALL: [Face; 6] = [Face::XMin, Face::XMax, Face::YMin, Face::YMax, Face::ZMin, Face::ZMax];

    /// Position in [`Face::ALL`].
    #[inline]
    pub fn index(self) -> usize {
        2 * self.axis().index() + usize::from(self.is_max())
    }

    /// The axis this side is normal to.
    #[inline]
    pub fn axis(self) -> Axis {
        match self {
            Face::XMin | Face::XMax => Axis::X,
            Face::YMin | Face::YMax => Axis::Y,
            Face::ZMin | Face::ZMax => Axis::Z,
        }
    }

    /// Whether it is the far side of its axis.
    #[inline]
    pub fn is_max(self) -> bool {
        matches!(self, Face::XMax | Face::YMax | Face::ZMax)
    }

    /// The side across.
    pub fn opposite(self) -> Face {
        Face::ALL[self.index() ^ 1]
    }
}

/// A box of `nx × ny × nz` voxels of size `h` (um). One voxel along an axis makes the mesh lower-dimensional.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "MeshData", into = "MeshData")]
pub struct Mesh {
    n: [usize; 3],
    h: [f64; 3],
    periodic: [bool; 3],
}

/// What is written of a mesh; read back through the checks of [`Mesh::new`].
#[derive(Serialize, Deserialize)]
struct MeshData {
    n: [usize; 3],
    h: [f64; 3],
    periodic: [bool; 3],
}

impl From<Mesh> for MeshData {
    fn from(m: Mesh) -> Self {
        Self { n: m.n, h: m.h, periodic: m.periodic }
    }
}

impl TryFrom<MeshData> for Mesh {
    type Error = FieldError;

    fn try_from(d: MeshData) -> Result<Self, FieldError> {
        Ok(Self::new(d.n[0], d.n[1], d.n[2], d.h)?.with_periodic(d.periodic))
    }
}

impl Mesh {
    /// A mesh of `nx × ny × nz` voxels with edges `h` (um).
    ///
    /// # Errors
    /// When an axis has no voxel, the total exceeds 2³² − 1, or an edge is not a positive length.
    pub fn new(nx: usize, ny: usize, nz: usize, h: [f64; 3]) -> Result<Self, FieldError> {
        let total = nx.checked_mul(ny).and_then(|m| m.checked_mul(nz));
        match total {
            Some(1..=0xffff_ffff) => {}
            _ => {
                return Err(FieldError::InvalidMesh(format!(
                    "{nx} x {ny} x {nz} voxels: between 1 and 4294967295 in all are possible"
                )));
            }
        }
        for (axis, &edge) in Axis::ALL.iter().zip(&h) {
            // The bounds keep 1/h² and the voxel's volume far from overflow.
            if !(1e-30..=1e30).contains(&edge) {
                return Err(FieldError::InvalidMesh(format!(
                    "voxel edge along {axis:?} is {edge} um; it must be a positive length"
                )));
            }
        }
        Ok(Self { n: [nx, ny, nz], h, periodic: [false; 3] })
    }

    /// The same mesh, closed on itself along the axes marked.
    #[must_use]
    pub fn with_periodic(mut self, periodic: [bool; 3]) -> Self {
        self.periodic = periodic;
        self
    }

    /// Voxels along x.
    #[inline]
    pub fn nx(&self) -> usize {
        self.n[0]
    }

    /// Voxels along y.
    #[inline]
    pub fn ny(&self) -> usize {
        self.n[1]
    }

    /// Voxels along z.
    #[inline]
    pub fn nz(&self) -> usize {
        self.n[2]
    }

    /// Voxels along x, y, z.
    #[inline]
    pub fn shape(&self) -> [usize; 3] {
        self.n
    }

    /// Edges of a voxel, um.
    #[inline]
    pub fn h(&self) -> [f64; 3] {
        self.h
    }

    /// Which axes are closed on themselves.
    #[inline]
    pub fn periodic(&self) -> [bool; 3] {
        self.periodic
    }

    /// Edges of the whole box, um.
    pub fn extent(&self) -> [f64; 3] {
        [0, 1, 2].map(|a| self.n[a] as f64 * self.h[a])
    }

    /// Number of voxels.
    #[inline]
    #[expect(clippy::len_without_is_empty, reason = "a mesh has at least one voxel")]
    pub fn len(&self) -> usize {
        self.n[0] * self.n[1] * self.n[2]
    }

    /// Volume of a voxel, um³.
    #[inline]
    pub fn volume(&self) -> f64 {
        self.h[0] * self.h[1] * self.h[2]
    }

    /// Area of a voxel's face normal to `axis`, um².
    pub fn face_area(&self, axis: Axis) -> f64 {
        match axis {
            Axis::X => self.h[1] * self.h[2],
            Axis::Y => self.h[0] * self.h[2],
            Axis::Z => self.h[0] * self.h[1],
        }
    }

    /// Amount of a scalar with concentrations `c`: Σ c V, in a fixed order.
    pub fn amount(&self, c: &[f64]) -> f64 {
        self.volume() * crate::passes::sum(c)
    }

    /// Voxel index: z fastest, then y, then x. The coordinates must lie in the mesh.
    #[inline]
    pub fn index(&self, ix: usize, iy: usize, iz: usize) -> usize {
        debug_assert!(ix < self.n[0] && iy < self.n[1] && iz < self.n[2]);
        iz + self.n[2] * (iy + self.n[1] * ix)
    }

    /// Coordinates `[ix, iy, iz]` of a voxel index.
    #[inline]
    pub fn coords(&self, voxel: usize) -> [usize; 3] {
        let line = voxel / self.n[2];
        [line / self.n[1], line % self.n[1], voxel % self.n[2]]
    }

    /// Centre of a voxel, um.
    pub fn centre(&self, voxel: usize) -> [f64; 3] {
        let i = self.coords(voxel);
        [0, 1, 2].map(|a| (i[a] as f64 + 0.5) * self.h[a])
    }

    /// The voxel that holds a position (um); `None` outside or for NaN. Periodic axes wrap. A position on the far
    /// side of the box belongs to the last voxel.
    pub fn voxel_of(&self, position: [f64; 3]) -> Option<usize> {
        let mut i = [0; 3];
        for a in 0..3 {
            let mut s = position[a] / self.h[a];
            let n = self.n[a] as f64;
            if self.periodic[a] {
                s -= n * (s / n).floor();
            }
            if !(0.0..=n).contains(&s) {
                return None;
            }
            i[a] = (s as usize).min(self.n[a] - 1);
        }
        Some(self.index(i[0], i[1], i[2]))
    }

    /// Distance in the index between neighbours along `axis`.
    #[inline]
    pub fn stride(&self, axis: Axis) -> usize {
        match axis {
            Axis::X => self.n[1] * self.n[2],
            Axis::Y => self.n[2],
            Axis::Z => 1,
        }
    }

    /// Number of lines of voxels along `axis`, which is the number of face cells of either of its sides.
    #[inline]
    pub fn lines(&self, axis: Axis) -> usize {
        self.len() / self.n[axis.index()]
    }

    /// First voxel of a line along `axis`. Lines are numbered with the remaining coordinates in the order of the
    /// layout: `iz + nz·iy` for x, `iz + nz·ix` for y, `iy + ny·ix` for z.
    #[inline]
    pub fn line_start(&self, axis: Axis, line: usize) -> usize {
        match axis {
            Axis::X => line,
            Axis::Y => (line / self.n[2]) * self.n[1] * self.n[2] + line % self.n[2],
            Axis::Z => line * self.n[2],
        }
    }

    /// Number of cells of a side of the box: the length of an array given per face cell.
    pub fn face_cells(&self, face: Face) -> usize {
        self.lines(face.axis())
    }

    /// The voxel behind cell `cell` of a side. Face cells are numbered as the lines of [`Mesh::line_start`].
    #[inline]
    pub fn face_voxel(&self, face: Face, cell: usize) -> usize {
        let axis = face.axis();
        let start = self.line_start(axis, cell);
        if face.is_max() { start + (self.n[axis.index()] - 1) * self.stride(axis) } else { start }
    }

    /// Length of an array over all faces normal to `axis`, the two sides included: (nx + 1)·ny·nz for x, ….
    pub fn face_len(&self, axis: Axis) -> usize {
        self.lines(axis) * (self.n[axis.index()] + 1)
    }

    /// Index into an array over the faces normal to `axis` of the face on the low side of voxel `[ix, iy, iz]`;
    /// the coordinate along `axis` may be one past the last voxel. Same order as voxels, with one more along
    /// `axis`.
    #[inline]
    pub fn face_index(&self, axis: Axis, ix: usize, iy: usize, iz: usize) -> usize {
        match axis {
            Axis::X => iz + self.n[2] * (iy + self.n[1] * ix),
            Axis::Y => iz + self.n[2] * (iy + (self.n[1] + 1) * ix),
            Axis::Z => iz + (self.n[2] + 1) * (iy + self.n[1] * ix),
        }
    }

    /// First face and stride of a line in an array over the faces normal to `axis`.
    #[inline]
    pub(crate) fn face_line(&self, axis: Axis, line: usize) -> (usize, usize) {
        match axis {
            Axis::X => (line, self.n[1] * self.n[2]),
            Axis::Y => ((line / self.n[2]) * (self.n[1] + 1) * self.n[2] + line % self.n[2], self.n[2]),
            Axis::Z => (line * (self.n[2] + 1), 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_and_coords_are_inverse_and_lines_visit_every_voxel_once() {
        let mesh = Mesh::new(4, 3, 5, [1.0, 2.0, 3.0]).unwrap();
        for v in 0..mesh.len() {
            let [x, y, z] = mesh.coords(v);
            assert_eq!(mesh.index(x, y, z), v);
            assert_eq!(mesh.voxel_of(mesh.centre(v)), Some(v));
        }
        for axis in Axis::ALL {
            let mut seen = vec![false; mesh.len()];
            for line in 0..mesh.lines(axis) {
                for k in 0..mesh.shape()[axis.index()] {
                    let v = mesh.line_start(axis, line) + k * mesh.stride(axis);
                    assert!(!seen[v]);
                    seen[v] = true;
                    let mut i = mesh.coords(v);
                    let (start, stride) = mesh.face_line(axis, line);
                    assert_eq!(mesh.face_index(axis, i[0], i[1], i[2]), start + k * stride);
                    i[axis.index()] += 1;
                    assert!(mesh.face_index(axis, i[0], i[1], i[2]) < mesh.face_len(axis));
                }
            }
            assert!(seen.iter().all(|s| *s));
        }
        for face in Face::ALL {
            let a = face.axis().index();
            let edge = if face.is_max() { mesh.shape()[a] - 1 } else { 0 };
            for cell in 0..mesh.face_cells(face) {
                assert_eq!(mesh.coords(mesh.face_voxel(face, cell))[a], edge);
            }
        }
    }

    #[test]
    fn bad_meshes_are_refused() {
        assert!(Mesh::new(0, 1, 1, [1.0; 3]).is_err());
        assert!(Mesh::new(usize::MAX, 2, 2, [1.0; 3]).is_err());
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Mesh::new(2, 2, 2, [1.0, bad, 1.0]).is_err());
        }
    }

    #[test]
    fn positions_outside_have_no_voxel_unless_periodic() {
        let mesh = Mesh::new(4, 1, 2, [2.0, 1.0, 1.0]).unwrap();
        assert_eq!(mesh.voxel_of([-0.1, 0.5, 0.5]), None);
        assert_eq!(mesh.voxel_of([f64::NAN, 0.5, 0.5]), None);
        assert_eq!(mesh.voxel_of([8.0, 1.0, 2.0]), Some(mesh.index(3, 0, 1)));
        let wrapped = mesh.with_periodic([true, false, false]);
        assert_eq!(wrapped.voxel_of([-0.1, 0.5, 0.5]), Some(wrapped.index(3, 0, 0)));
        assert_eq!(wrapped.voxel_of([8.1, 0.5, 0.5]), Some(0));
    }
}
