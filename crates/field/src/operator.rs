//! The operator `−∇·(D ∇c) + k c − s` of one scalar with its boundaries.

use crate::boundary::{Boundary, BoundaryField, FaceCells};
use crate::error::{FieldError, check_finite, check_len, check_non_negative};
use crate::medium::Medium;
use crate::mesh::{Axis, Face, Mesh};
use crate::passes;
use crate::rim::Rim;
use crate::stage::{Coefficients, Loss, Weights};
use crate::stencil::{Components, Stencil, membrane};
use crate::values::{Part, Values};
use std::sync::Arc;

/// Diffusion, first-order loss and source of one scalar, and its boundaries:
/// `∂c/∂t = ∇·(D ∇c) − k c + s`.
///
/// D (um²/min), k (1/min) and s (concentration/min) are per voxel. The flux between two voxels is what two half
/// voxels and a membrane in series let through, so it is exact for piecewise constant D.
///
/// What is the same everywhere is held as one number, what boundaries do for the voxels behind them only. A clone
/// shares diffusivity and couplings with its original until either sets its own.
///
/// The scalar is a concentration, and nothing negative goes in or comes out: fields, sources, what boundaries hold and bring
/// in are refused if they are negative. A *signed* operator ([`Operator::signed`]) takes them: for differences of
/// concentrations, estimates of errors, deviations from a level, and for sinks of a fixed rate, which take whether or not
/// anything is left.
#[derive(Clone, Debug)]
pub struct Operator {
    mesh: Mesh,
    signed: bool,
    medium: Arc<Medium>,
    decay: Values,
    source: Values,
    boundaries: [BoundaryField; 6],
    faces: [FaceCells; 6],
    rim: Rim,
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
    /// No diffusion, no loss, no source; sides closed (or periodic, where the mesh is). Of a concentration.
    pub fn new(mesh: &Mesh) -> Self {
        Self::of(mesh, false)
    }

    /// The same for a scalar that may be negative. Where a field and all that comes in are not, steps keep it so.
    pub fn signed(mesh: &Mesh) -> Self {
        Self::of(mesh, true)
    }

    fn of(mesh: &Mesh, signed: bool) -> Self {
        let boundaries = Face::ALL.map(|f| {
            let periodic = mesh.periodic()[f.axis().index()];
            BoundaryField::Uniform(if periodic { Boundary::Periodic } else { Boundary::NoFlux })
        });
        Self {
            mesh: mesh.clone(),
            signed,
            medium: Arc::new(Medium::new(mesh)),
            decay: Values::Uniform(0.0),
            source: Values::Uniform(0.0),
            boundaries,
            faces: Face::ALL.map(|_| FaceCells::default()),
            rim: Rim::default(),
        }
    }

    /// The mesh.
    pub fn mesh(&self) -> &Mesh {
        &self.mesh
    }

    /// Whether the scalar may be negative.
    pub fn is_signed(&self) -> bool {
        self.signed
    }

    /// D, um²/min.
    pub fn diffusivity(&self) -> &Values {
        &self.medium.diffusivity
    }

    /// k, 1/min.
    pub fn decay(&self) -> &Values {
        &self.decay
    }

    /// s, concentration/min.
    pub fn source(&self) -> &Values {
        &self.source
    }

    /// Bytes held for the mesh: nothing per voxel for what is the same everywhere, 8 a voxel for each of k and s
    /// that is not, and 32 for a diffusivity that is not (or 24 with membranes alone), once for all clones. A linear
    /// solver (thin meshes, conjugate gradients) adds couplings per voxel, 24.
    pub fn bytes(&self) -> usize {
        let faces = self.faces.iter().map(FaceCells::bytes).sum::<usize>();
        self.medium.bytes() + self.decay.bytes() + self.source.bytes() + self.rim.bytes() + faces
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
        if self.medium.diffusivity.are(d) {
            return Ok(());
        }
        let medium = Arc::make_mut(&mut self.medium);
        medium.diffusivity.set(d);
        medium.rebuild(&self.mesh);
        self.rebuild_faces()
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
        self.decay.set(k);
        Ok(())
    }

    /// Sets the source s per voxel, concentration/min. A negative source of a signed operator is a zero-order sink: it is
    /// taken whether or not anything is left.
    ///
    /// # Errors
    /// Wrong length, a value that is not finite, or negative where the operator is not signed.
    pub fn set_source(&mut self, s: &[f64]) -> Result<(), FieldError> {
        check_len("source", s, self.mesh.len())?;
        if self.signed {
            check_finite("source", s)?
        } else {
            check_non_negative("source", s)?
        }
        self.source.set(s);
        Ok(())
    }

    /// Sets the condition on a side.
    ///
    /// # Errors
    /// Wrong length, values that are not finite, a negative permeability, concentrations and fluxes that are negative where
    /// the operator is not signed, or a contradiction with the periodicity of the mesh. The operator then keeps its old
    /// condition.
    pub fn set_boundary(&mut self, face: Face, boundary: impl Into<BoundaryField>) -> Result<(), FieldError> {
        let boundary = boundary.into();
        boundary.check(&self.mesh, face, self.signed)?;
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
        let resistance = match p {
            None => Vec::new(),
            Some(p) => {
                check_len("face permeability", p, self.mesh.face_len(axis))?;
                if let Some(index) = p.iter().position(|v| v.is_nan()) {
                    return Err(FieldError::NotFinite { what: "face permeability", index, value: p[index] });
                }
                if let Some(index) = p.iter().position(|v| *v < 0.0) {
                    return Err(FieldError::Negative { what: "face permeability", index, value: p[index] });
                }
                p.iter().map(|p| 1.0 / p.abs()).collect()
            }
        };
        let medium = Arc::make_mut(&mut self.medium);
        medium.resistance[axis.index()] = resistance;
        medium.rebuild(&self.mesh);
        self.rebuild_faces()
    }

    /// Rates at which a field leaves, decays and is made.
    ///
    /// # Errors
    /// Wrong length.
    pub fn rates(&self, c: &[f64]) -> Result<Rates, FieldError> {
        check_len("concentration", c, self.mesh.len())?;
        let v = self.mesh.volume();
        let decay = match self.decay.part() {
            Part::Same(0.0) => 0.0,
            Part::Same(k) => k * passes::sum(c),
            Part::Each(k) => passes::dot(k, c),
        };
        let source = match self.source.part() {
            Part::Same(s) => s * self.mesh.len() as f64,
            Part::Each(s) => passes::sum(s),
        };
        Ok(Rates {
            boundary: Face::ALL.map(|f| v * self.faces[f.index()].out_rate(&self.mesh, f, c)),
            decay: v * decay,
            source: v * source,
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

    /// Couplings per voxel.
    pub(crate) fn stencil(&self) -> &Stencil {
        self.medium.stencil(&self.mesh)
    }

    pub(crate) fn face_cells(&self, face: Face) -> &FaceCells {
        &self.faces[face.index()]
    }

    pub(crate) fn components(&self) -> &Components {
        self.medium.components(&self.mesh)
    }

    /// What goes through boundaries, by voxel.
    pub(crate) fn rim(&self) -> &Rim {
        &self.rim
    }

    /// The source with what comes in through boundaries, per voxel, in order.
    pub(crate) fn all_sources(&self) -> impl Iterator<Item = f64> {
        let mut rim = self.rim.iter().peekable();
        (0..self.mesh.len()).map(move |i| {
            let own = self.source.at(i);
            rim.next_if(|(v, ..)| *v == i).map_or(own, |(_, _, s)| own + s)
        })
    }

    /// Whether nothing is taken by a source, boundaries included.
    pub(crate) fn sources_are_positive(&self) -> bool {
        let own = match self.source.part() {
            Part::Same(s) => s >= 0.0,
            Part::Each(s) => passes::all(s, |s| s >= 0.0),
        };
        (own && self.rim.iter().all(|(_, _, s)| s >= 0.0)) || self.all_sources().all(|s| s >= 0.0)
    }

    /// The operator as explicit stages read it.
    pub(crate) fn coefficients(&self) -> Coefficients<'_> {
        self.with(self.decay.part())
    }

    /// The same with another first-order loss than its own.
    pub(crate) fn coefficients_with<'a>(&'a self, decay: &'a [f64]) -> Coefficients<'a> {
        self.with(Part::Each(decay))
    }

    fn with<'a>(&'a self, decay: Part<'a>) -> Coefficients<'a> {
        let loss = Loss { decay, rim: &self.rim };
        Coefficients { stencil: &self.medium.compact, uniform: self.medium.uniform, loss }
    }

    fn rebuild_faces(&mut self) -> Result<(), FieldError> {
        for face in Face::ALL {
            let (axis, mesh) = (face.axis(), &self.mesh);
            let h = mesh.h()[axis.index()];
            let (d, r) = (&self.medium.diffusivity, &self.medium.resistance[axis.index()]);
            let position = if face.is_max() { mesh.shape()[axis.index()] } else { 0 };
            let cells = &mut self.faces[face.index()];
            cells.resolve(&self.boundaries[face.index()], mesh.face_cells(face), h, |cell| {
                let (start, stride) = mesh.face_line(axis, cell);
                0.5 * h / d.at(mesh.face_voxel(face, cell)).abs() + membrane(r, start + position * stride)
            })?;
        }
        self.rim = Rim::new(&self.mesh, &self.faces);
        Ok(())
    }
}
