//! The operator `−∇·(D ∇c) + k c − s` of one scalar with its boundaries.

use crate::boundary::{Boundary, BoundaryField, FaceCells};
use crate::error::{FieldError, check_finite, check_len, check_non_negative};
use crate::mesh::{Axis, Face, Mesh};
use crate::stage::{Coefficients, Loss, Weights};
use crate::stencil::{Components, Stencil, link, membrane, rebuild_axis};
use exoderm_numeric::reduce;

/// Diffusion, first-order loss and source of one scalar, and its boundaries:
/// `∂c/∂t = ∇·(D ∇c) − k c + s`.
///
/// D (um²/min), k (1/min) and s (concentration/min) are per voxel. The flux between two voxels is what two half
/// voxels and a membrane in series let through, so it is exact for piecewise constant D.
#[derive(Clone, Debug)]
pub struct Operator {
    mesh: Mesh,
    diffusivity: Vec<f64>,
    decay: Vec<f64>,
    source: Vec<f64>,
    /// 1/P on the faces normal to each axis, min/um; empty: no membrane.
    resistance: [Vec<f64>; 3],
    boundaries: [BoundaryField; 6],
    stencil: Stencil,
    /// The links along x, y, z where diffusivity is the same everywhere and no membrane is set.
    uniform: Option<[f64; 3]>,
    /// The loss, boundaries included, where it is the same everywhere.
    plain_loss: Option<f64>,
    components: Components,
    faces: [FaceCells; 6],
    boundary_decay: Vec<f64>,
    boundary_source: Vec<f64>,
}

/// Rates at which the scalar leaves, decays and is made, amount/min.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// Leaving through each side ([`Face::ALL`]); negative: coming in.
    pub boundary: [f64; 6],
    /// Lost to `k`.
    pub decay: f64,
    /// Made by `s`.
    pub source: f64,
}

impl Operator {
    /// No diffusion, no loss, no source; sides closed (or periodic, where the mesh is).
    pub fn new(mesh: &Mesh) -> Self {
        let n = mesh.len();
        let stencil = Stencil::new(mesh.shape(), mesh.periodic());
        let components = Components::of(&stencil, mesh);
        let boundaries = Face::ALL.map(|f| {
            let periodic = mesh.periodic()[f.axis().index()];
            BoundaryField::Uniform(if periodic { Boundary::Periodic } else { Boundary::NoFlux })
        });
        let faces = Face::ALL.map(|f| {
            let zero = vec![0.0; mesh.face_cells(f)];
            FaceCells { conductance: zero.clone(), value: zero.clone(), inflow: zero }
        });
        Self {
            mesh: mesh.clone(),
            diffusivity: vec![0.0; n],
            decay: vec![0.0; n],
            source: vec![0.0; n],
            resistance: [const { Vec::new() }; 3],
            boundaries,
            stencil,
            uniform: None,
            plain_loss: None,
            components,
            faces,
            boundary_decay: vec![0.0; n],
            boundary_source: vec![0.0; n],
        }
    }

    /// The mesh.
    pub fn mesh(&self) -> &Mesh {
        &self.mesh
    }

    /// D per voxel, um²/min.
    pub fn diffusivity(&self) -> &[f64] {
        &self.diffusivity
    }

    /// k per voxel, 1/min.
    pub fn decay(&self) -> &[f64] {
        &self.decay
    }

    /// s per voxel, concentration/min.
    pub fn source(&self) -> &[f64] {
        &self.source
    }

    /// The condition on a side.
    pub fn boundary(&self, face: Face) -> &BoundaryField {
        &self.boundaries[face.index()]
    }

    /// Sets D per voxel, um²/min.
    ///
    /// # Errors
    /// Wrong length, a value that is not finite or negative.
    pub fn set_diffusivity(&mut self, d: &[f64]) -> Result<(), FieldError> {
        check_len("diffusivity", d, self.mesh.len())?;
        check_non_negative("diffusivity", d)?;
        // Far beyond any diffusivity, and far from overflow in the links.
        if let Some(index) = d.iter().position(|v| *v > 1e100) {
            return Err(FieldError::NotFinite { what: "diffusivity", index, value: d[index] });
        }
        if self.diffusivity != d {
            self.diffusivity.copy_from_slice(d);
            self.rebuild_links();
            self.rebuild_faces()?;
        }
        Ok(())
    }

    /// Sets the same D everywhere, um²/min.
    ///
    /// # Errors
    /// As [`Operator::set_diffusivity`].
    pub fn set_uniform_diffusivity(&mut self, d: f64) -> Result<(), FieldError> {
        self.set_diffusivity(&vec![d; self.mesh.len()])
    }

    /// Sets the first-order loss k per voxel, 1/min: the sum of all processes that take the scalar out.
    ///
    /// # Errors
    /// Wrong length, a value that is not finite or negative.
    pub fn set_decay(&mut self, k: &[f64]) -> Result<(), FieldError> {
        check_len("decay", k, self.mesh.len())?;
        check_non_negative("decay", k)?;
        self.decay.copy_from_slice(k);
        self.note_loss();
        Ok(())
    }

    /// Sets the source s per voxel, concentration/min. A negative source is a zero-order sink: it is taken whether
    /// or not anything is left, and then concentrations can turn negative.
    ///
    /// # Errors
    /// Wrong length, a value that is not finite.
    pub fn set_source(&mut self, s: &[f64]) -> Result<(), FieldError> {
        check_len("source", s, self.mesh.len())?;
        check_finite("source", s)?;
        self.source.copy_from_slice(s);
        Ok(())
    }

    /// Sets the condition on a side.
    ///
    /// # Errors
    /// Wrong length, values that are not finite, a negative permeability, or a contradiction with the
    /// periodicity of the mesh. The operator then keeps its old condition.
    pub fn set_boundary(&mut self, face: Face, boundary: impl Into<BoundaryField>) -> Result<(), FieldError> {
        let boundary = boundary.into();
        boundary.check(&self.mesh, face)?;
        let old = std::mem::replace(&mut self.boundaries[face.index()], boundary);
        if let Err(error) = self.rebuild_faces() {
            self.boundaries[face.index()] = old;
            self.rebuild_faces()?;
            return Err(error);
        }
        Ok(())
    }

    /// Sets membranes on the faces normal to `axis`: permeability (um/min) per face in the order of
    /// [`Mesh::face_index`], infinite where there is none, 0 where nothing passes; `None` removes all.
    ///
    /// A membrane on a side of the box is in series with that side's `Value` or `Permeability`; on a periodic
    /// axis the first face of a line stands for the last too.
    ///
    /// # Errors
    /// Wrong length, NaN, a negative value.
    pub fn set_face_permeability(&mut self, axis: Axis, p: Option<&[f64]>) -> Result<(), FieldError> {
        let slot = &mut self.resistance[axis.index()];
        match p {
            None => slot.clear(),
            Some(p) => {
                check_len("face permeability", p, self.mesh.face_len(axis))?;
                if let Some(index) = p.iter().position(|v| v.is_nan()) {
                    return Err(FieldError::NotFinite { what: "face permeability", index, value: p[index] });
                }
                if let Some(index) = p.iter().position(|v| *v < 0.0) {
                    return Err(FieldError::Negative { what: "face permeability", index, value: p[index] });
                }
                slot.clear();
                slot.extend(p.iter().map(|p| 1.0 / p.abs()));
            }
        }
        self.rebuild_links();
        self.rebuild_faces()
    }

    /// Rates at which a field leaves, decays and is made.
    ///
    /// # Errors
    /// Wrong length.
    pub fn rates(&self, c: &[f64]) -> Result<Rates, FieldError> {
        check_len("concentration", c, self.mesh.len())?;
        let v = self.mesh.volume();
        Ok(Rates {
            boundary: Face::ALL.map(|f| v * self.faces[f.index()].out_rate(&self.mesh, f, c)),
            decay: v * reduce::dot(&self.decay, c),
            source: v * reduce::sum(&self.source),
        })
    }

    /// Amount that left through each cell of a side in `dt`, given the step's
    /// [`sink`](crate::ImplicitStep::sink) concentration (or a steady field): what a reservoir that covers part
    /// of a side must be credited with. Cells are numbered as in [`Mesh::face_voxel`].
    ///
    /// # Errors
    /// Wrong length of `sink` or `out`.
    pub fn boundary_amounts(
        &self,
        face: Face,
        sink: &[f64],
        dt: f64,
        out: &mut [f64],
    ) -> Result<(), FieldError> {
        check_len("concentration", sink, self.mesh.len())?;
        check_len("boundary amounts", out, self.mesh.face_cells(face))?;
        let cells = &self.faces[face.index()];
        let scale = dt * self.mesh.volume();
        for (cell, out) in out.iter_mut().enumerate() {
            *out = scale * cells.cell_rate(cell, sink[self.mesh.face_voxel(face, cell)]);
        }
        Ok(())
    }

    /// One explicit stage, `out ← w[0] out + w[1] y + w[2] A y` with `A = k − ∇·(D ∇)`, boundaries included but for what
    /// they bring in: the kernel that [`ExponentialStep`](crate::ExponentialStep) is made of. Euler's step of `dt` is
    /// `[0, 1, −dt]`.
    ///
    /// # Errors
    /// Wrong length.
    pub fn explicit_stage(&self, w: [f64; 3], y: &[f64], out: &mut [f64]) -> Result<(), FieldError> {
        check_len("concentration", y, self.mesh.len())?;
        check_len("result", out, self.mesh.len())?;
        let weights = Weights { old: w[0], keep: w[1], rate: w[2], inputs: [] };
        self.coefficients().stage(weights, y, [], out);
        Ok(())
    }

    pub(crate) fn stencil(&self) -> &Stencil {
        &self.stencil
    }

    pub(crate) fn face_cells(&self, face: Face) -> &FaceCells {
        &self.faces[face.index()]
    }

    pub(crate) fn components(&self) -> &Components {
        &self.components
    }

    /// Loss rate through boundaries, 1/min per voxel.
    pub(crate) fn boundary_decay(&self) -> &[f64] {
        &self.boundary_decay
    }

    /// Source through boundaries, concentration/min per voxel.
    pub(crate) fn boundary_source(&self) -> &[f64] {
        &self.boundary_source
    }

    /// The operator as explicit stages read it.
    pub(crate) fn coefficients(&self) -> Coefficients<'_> {
        let loss = match self.plain_loss {
            Some(k) => Loss::Uniform(k),
            None => Loss::PerVoxel(&self.decay, &self.boundary_decay),
        };
        Coefficients { stencil: &self.stencil, uniform: self.uniform, loss }
    }

    /// The same with another first-order loss than its own.
    pub(crate) fn coefficients_with<'a>(&'a self, decay: &'a [f64]) -> Coefficients<'a> {
        let loss = Loss::PerVoxel(decay, &self.boundary_decay);
        Coefficients { stencil: &self.stencil, uniform: self.uniform, loss }
    }

    fn note_loss(&mut self) {
        let k = self.decay[0];
        let same = self.decay.iter().all(|x| *x == k) && self.boundary_decay.iter().all(|b| *b == 0.0);
        self.plain_loss = same.then_some(k);
    }

    fn rebuild_links(&mut self) {
        let d = self.diffusivity[0];
        let plain = self.resistance.iter().all(Vec::is_empty) && self.diffusivity.iter().all(|x| *x == d);
        self.uniform = plain.then(|| {
            let (n, h) = (self.mesh.shape(), self.mesh.h());
            [0, 1, 2].map(|a| if n[a] > 1 { link(d, d, h[a], 0.0) } else { 0.0 })
        });
        let mut pattern_changed = false;
        for axis in Axis::ALL {
            let r = &self.resistance[axis.index()];
            pattern_changed |= rebuild_axis(&mut self.stencil, &self.mesh, axis, &self.diffusivity, r);
        }
        if pattern_changed {
            self.components = Components::of(&self.stencil, &self.mesh);
        }
    }

    fn rebuild_faces(&mut self) -> Result<(), FieldError> {
        self.boundary_decay.fill(0.0);
        self.boundary_source.fill(0.0);
        for face in Face::ALL {
            let (axis, mesh) = (face.axis(), &self.mesh);
            let h = mesh.h()[axis.index()];
            let (d, r) = (&self.diffusivity, &self.resistance[axis.index()]);
            let position = if face.is_max() { mesh.shape()[axis.index()] } else { 0 };
            let cells = &mut self.faces[face.index()];
            cells.resolve(&self.boundaries[face.index()], mesh.face_cells(face), h, |cell| {
                let (start, stride) = mesh.face_line(axis, cell);
                0.5 * h / d[mesh.face_voxel(face, cell)].abs() + membrane(r, start + position * stride)
            })?;
            for cell in 0..cells.conductance.len() {
                let voxel = mesh.face_voxel(face, cell);
                let g = cells.conductance[cell];
                self.boundary_decay[voxel] += g;
                self.boundary_source[voxel] += g * cells.value[cell] + cells.inflow[cell];
            }
        }
        self.note_loss();
        Ok(())
    }
}
