//! What happens at a side of the box.

use crate::error::FieldError;
use crate::mesh::{Face, Mesh};
use serde::{Deserialize, Serialize};

/// Condition on one face cell, or on a whole side, for diffusion. (What flow carries in is set on
/// [`Advection`](crate::Advection).) Concentrations and fluxes are not negative, but where the operator is signed
/// ([`Operator::signed`](crate::Operator::signed)).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Boundary {
    /// Closed.
    NoFlux,
    /// Fixed concentration at the face.
    Value(f64),
    /// Fixed flux into the domain, concentration · um/min (negative, where the operator is signed: out, whether or not anything is left).
    Flux(f64),
    /// A membrane of permeability `p` (um/min) to a well-stirred reservoir (a gel, air): flux in
    /// `p (reservoir − c at the face)`.
    Permeability {
        /// um/min; infinite means no membrane, i.e. [`Boundary::Value`].
        p: f64,
        /// Concentration beyond the membrane.
        reservoir: f64,
    },
    /// Open to the flow: no diffusive flux (zero gradient); advection carries the scalar out.
    Outflow,
    /// Joined to the opposite side. Both sides of a periodic axis have it, and no other side can.
    Periodic,
}

impl Boundary {
    fn check(&self, cell: usize, signed: bool) -> Result<(), FieldError> {
        let finite = |what, value: f64| match value {
            v if !v.is_finite() => Err(FieldError::NotFinite { what, index: cell, value }),
            v if v < 0.0 && !signed => Err(FieldError::Negative { what, index: cell, value }),
            _ => Ok(()),
        };
        match *self {
            Boundary::NoFlux | Boundary::Outflow | Boundary::Periodic => Ok(()),
            Boundary::Value(v) => finite("boundary value", v),
            Boundary::Flux(f) => finite("boundary flux", f),
            Boundary::Permeability { p, reservoir } => {
                finite("boundary reservoir", reservoir)?;
                if p.is_nan() {
                    return finite("boundary permeability", p);
                }
                if p < 0.0 {
                    return Err(FieldError::Negative {
                        what: "boundary permeability",
                        index: cell,
                        value: p,
                    });
                }
                Ok(())
            }
        }
    }
}

/// The condition on a side: the same everywhere, or one per face cell (intact skin open to air beside a wound
/// under a dressing). Face cells are numbered as in [`Mesh::face_voxel`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum BoundaryField {
    /// The same on all face cells.
    Uniform(Boundary),
    /// One per face cell.
    PerFace(Vec<Boundary>),
}

impl From<Boundary> for BoundaryField {
    fn from(b: Boundary) -> Self {
        BoundaryField::Uniform(b)
    }
}

impl BoundaryField {
    /// The condition on one face cell.
    #[inline]
    pub fn at(&self, cell: usize) -> Boundary {
        match self {
            BoundaryField::Uniform(b) => *b,
            BoundaryField::PerFace(cells) => cells[cell],
        }
    }

    /// Checks lengths, values and periodicity against the mesh.
    pub(crate) fn check(&self, mesh: &Mesh, face: Face, signed: bool) -> Result<(), FieldError> {
        let periodic_axis = mesh.periodic()[face.axis().index()];
        let one = |cell: usize, b: &Boundary| {
            b.check(cell, signed)?;
            match (*b == Boundary::Periodic, periodic_axis) {
                (true, false) => {
                    Err(FieldError::Periodicity { face, reason: "the mesh is not periodic along this axis" })
                }
                (false, true) => Err(FieldError::Periodicity {
                    face,
                    reason: "the mesh is periodic along this axis, so this side can only be Periodic",
                }),
                _ => Ok(()),
            }
        };
        match self {
            BoundaryField::Uniform(b) => one(0, b),
            BoundaryField::PerFace(cells) => {
                let expected = mesh.face_cells(face);
                if cells.len() != expected {
                    return Err(FieldError::Length {
                        what: "boundary per face cell",
                        expected,
                        got: cells.len(),
                    });
                }
                cells.iter().enumerate().try_for_each(|(cell, b)| one(cell, b))
            }
        }
    }
}

/// The conditions of a side as the stencil needs them: the rate of concentration change in the voxel behind face
/// cell i is `inflow[i] − conductance[i] (c − value[i])`, all per minute. Empty where nothing passes.
#[derive(Clone, Debug, Default)]
pub(crate) struct FaceCells {
    pub(crate) conductance: Vec<f64>,
    pub(crate) value: Vec<f64>,
    pub(crate) inflow: Vec<f64>,
}

impl FaceCells {
    /// `resistance(cell)` is min/um between the voxel's centre and the face (half a voxel and membranes on it);
    /// `h` the voxel's edge across the face.
    pub(crate) fn resolve(
        &mut self,
        field: &BoundaryField,
        cells: usize,
        h: f64,
        resistance: impl Fn(usize) -> f64,
    ) -> Result<(), FieldError> {
        self.conductance.clear();
        self.value.clear();
        self.inflow.clear();
        for values in [&mut self.conductance, &mut self.value, &mut self.inflow] {
            values.reserve_exact(cells);
        }
        for cell in 0..cells {
            let (g, v, f) = match field.at(cell) {
                Boundary::NoFlux | Boundary::Outflow | Boundary::Periodic => (0.0, 0.0, 0.0),
                Boundary::Value(v) => (1.0 / (h * resistance(cell)), v, 0.0),
                Boundary::Flux(f) => (0.0, 0.0, f / h),
                Boundary::Permeability { p, reservoir } => {
                    (1.0 / (h * (resistance(cell) + 1.0 / p.abs())), reservoir, 0.0)
                }
            };
            let pull = g * v;
            if !(g.is_finite() && pull.is_finite() && f.is_finite()) {
                let value = g + pull + f;
                return Err(FieldError::NotFinite { what: "boundary conductance", index: cell, value });
            }
            self.conductance.push(g);
            self.value.push(v);
            self.inflow.push(f);
        }
        if self.conductance.iter().chain(&self.inflow).all(|v| *v == 0.0) {
            *self = Self::default();
        }
        Ok(())
    }

    pub(crate) fn bytes(&self) -> usize {
        8 * (self.conductance.capacity() + self.value.capacity() + self.inflow.capacity())
    }

    /// Rate at which the scalar leaves through the side, concentration/min summed over its voxels.
    pub(crate) fn out_rate(&self, mesh: &Mesh, face: Face, c: &[f64]) -> f64 {
        let mut total = exoderm_numeric::reduce::Accumulator::default();
        for cell in 0..self.conductance.len() {
            total.add(self.cell_rate(cell, c[mesh.face_voxel(face, cell)]));
        }
        total.value()
    }

    /// Rate at which the scalar leaves one face cell, concentration/min in its voxel.
    #[inline]
    pub(crate) fn cell_rate(&self, cell: usize, c: f64) -> f64 {
        if self.conductance.is_empty() {
            return 0.0;
        }
        self.conductance[cell] * (c - self.value[cell]) - self.inflow[cell]
    }
}
