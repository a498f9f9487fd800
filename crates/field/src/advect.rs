//! Advection with a given flow: conservative, second order, without new extrema.
//!
//! Directions are split (Strang): halves of x and y around a whole z, each a sweep of conservative
//! semi-Lagrangian transport along lines (module `sweep`). The fluxes of water are applied to the cells'
//! content of water as well, which returns to 1 after the last sweep when the flow is divergence-free; then a
//! constant concentration stays constant. Where water comes and goes through capillaries and lymph, amounts are
//! still conserved; what such water carries is the caller's to add.

use crate::error::{FieldError, check_field, check_finite, check_len, check_non_negative, check_time_step};
use crate::mesh::{Axis, Face, Mesh};
use crate::sweep::{Ends, Line};
use exoderm_numeric::reduce::Accumulator;
use serde::{Deserialize, Serialize};

/// How far a sweep may carry.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum AdvectionMethod {
    /// Steps are divided so that no sweep carries more than this share (at most 1) of a voxel's water out of it.
    CourantBounded {
        /// The largest Courant number of a substep.
        max: f64,
    },
    /// Any Courant number; steps are divided only where the flow diverges so strongly that one sweep would empty
    /// a voxel of half its water.
    SemiLagrangian,
}

/// Flow (um/min) on the faces normal to each axis, in the order of [`Mesh::face_index`]; an empty slice means no
/// flow along that axis. On a periodic axis the first and the last face of a line are the same face.
#[derive(Clone, Copy, Debug, Default)]
pub struct Velocity<'a> {
    /// Along x, (nx + 1)·ny·nz values.
    pub x: &'a [f64],
    /// Along y, nx·(ny + 1)·nz values.
    pub y: &'a [f64],
    /// Along z, nx·ny·(nz + 1) values.
    pub z: &'a [f64],
}

impl<'a> Velocity<'a> {
    fn along(&self, axis: Axis) -> &'a [f64] {
        match axis {
            Axis::X => self.x,
            Axis::Y => self.y,
            Axis::Z => self.z,
        }
    }
}

/// Concentration of what flows in through a side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Inflow {
    /// The same everywhere.
    Uniform(f64),
    /// Per face cell, numbered as in [`Mesh::face_voxel`].
    PerFace(Vec<f64>),
}

impl Inflow {
    fn at(&self, cell: usize) -> f64 {
        match self {
            Inflow::Uniform(c) => *c,
            Inflow::PerFace(cells) => cells[cell],
        }
    }
}

/// What a step of advection did to the amount of the scalar (concentration × um³):
/// `after = before − Σ boundary`, to rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AdvectionLedger {
    /// Amount before.
    pub before: f64,
    /// Amount after.
    pub after: f64,
    /// Left through each side ([`Face::ALL`]); negative: came in.
    pub boundary: [f64; 6],
    /// Parts the step was divided into.
    pub substeps: usize,
}

impl AdvectionLedger {
    /// What is missing (negative) or too much in the balance.
    pub fn defect(&self) -> f64 {
        let left: f64 = self.boundary.iter().sum();
        self.after - (self.before - left)
    }
}

/// Most substeps of one step; a flow that needs more is a mistake in it.
const MOST_SUBSTEPS: f64 = 1e6;
/// Share of a voxel's water that diverging flow may take out in one step.
const DIVERGENCE: f64 = 0.5;

/// Carries scalars with a flow. Owns its scratch; one serves all scalars with the same inflow.
#[derive(Clone, Debug)]
pub struct Advection {
    mesh: Mesh,
    signed: bool,
    method: AdvectionMethod,
    inflow: [Inflow; 6],
    rho: Vec<f64>,
    line: Line,
}

impl Advection {
    /// What flows in carries nothing until [`Advection::set_inflow`] says otherwise.
    ///
    /// # Errors
    /// A Courant bound outside (0, 1].
    pub fn new(mesh: &Mesh, method: AdvectionMethod) -> Result<Self, FieldError> {
        if let AdvectionMethod::CourantBounded { max } = method
            && !(max > 0.0 && max <= 1.0)
        {
            return Err(FieldError::InvalidSetting(format!("Courant bound {max} is not in (0, 1]")));
        }
        Ok(Self {
            mesh: mesh.clone(),
            signed: false,
            method,
            inflow: [const { Inflow::Uniform(0.0) }; 6],
            rho: vec![1.0; mesh.len()],
            line: Line::default(),
        })
    }

    /// Carries scalars that may be negative from now on: differences of concentrations, deviations from a level.
    #[must_use]
    pub fn signed(self) -> Self {
        Self { signed: true, ..self }
    }

    /// Sets the concentration of what flows in through a side.
    ///
    /// # Errors
    /// Wrong length, a value that is not finite, or negative unless the scalar may be.
    pub fn set_inflow(&mut self, face: Face, inflow: Inflow) -> Result<(), FieldError> {
        let check = if self.signed { check_finite } else { check_non_negative };
        match &inflow {
            Inflow::Uniform(c) => check("inflow concentration", &[*c])?,
            Inflow::PerFace(cells) => {
                check_len("inflow concentration", cells, self.mesh.face_cells(face))?;
                check("inflow concentration", cells)?;
            }
        }
        self.inflow[face.index()] = inflow;
        Ok(())
    }

    /// Carries `c` with the flow for `dt` (min). With c and inflow ≥ 0 the result is ≥ 0.
    ///
    /// # Errors
    /// Bad input, a negative concentration unless the scalar may be; a flow so fast or divergent that a million substeps would not do. `c` is then unchanged.
    pub fn step(
        &mut self,
        velocity: &Velocity<'_>,
        c: &mut [f64],
        dt: f64,
    ) -> Result<AdvectionLedger, FieldError> {
        check_time_step(dt)?;
        check_field(&self.mesh, c, self.signed)?;
        let active = self.check_velocity(velocity)?;
        let substeps = self.substeps(velocity, dt)?;
        let before = self.mesh.amount(c);
        let mut out = [Accumulator::default(); 6];
        let part = dt / substeps as f64;
        let count = active.iter().filter(|a| **a).count();
        for _ in 0..substeps {
            self.rho.fill(1.0);
            let axes = || Axis::ALL.into_iter().filter(|a| active[a.index()]);
            for axis in axes().take(count.saturating_sub(1)) {
                self.sweep_axis(velocity, axis, c, 0.5 * part, &mut out);
            }
            for axis in axes().skip(count.saturating_sub(1)) {
                self.sweep_axis(velocity, axis, c, part, &mut out);
            }
            for axis in axes().rev().skip(1) {
                self.sweep_axis(velocity, axis, c, 0.5 * part, &mut out);
            }
        }
        let volume = self.mesh.volume();
        let after = self.mesh.amount(c);
        Ok(AdvectionLedger { before, after, boundary: out.map(|o| volume * o.value()), substeps })
    }

    /// Checks lengths, values and periodicity; tells which axes flow.
    fn check_velocity(&self, velocity: &Velocity<'_>) -> Result<[bool; 3], FieldError> {
        let mut active = [false; 3];
        for axis in Axis::ALL {
            let (a, v) = (axis.index(), velocity.along(axis));
            if v.is_empty() {
                continue;
            }
            check_len("face velocity", v, self.mesh.face_len(axis))?;
            check_finite("face velocity", v)?;
            active[a] = v.iter().any(|v| *v != 0.0);
            if self.mesh.periodic()[a] {
                for line in 0..self.mesh.lines(axis) {
                    let (start, stride) = self.mesh.face_line(axis, line);
                    if v[start] != v[start + self.mesh.shape()[a] * stride] {
                        return Err(FieldError::Periodicity {
                            face: Face::ALL[2 * a + 1],
                            reason: "the velocity differs from the one on the opposite side",
                        });
                    }
                }
            }
        }
        Ok(active)
    }

    /// Parts a step must be divided into.
    fn substeps(&self, velocity: &Velocity<'_>, dt: f64) -> Result<usize, FieldError> {
        let (mut divergence, mut courant) = (0.0f64, 0.0f64);
        for voxel in 0..self.mesh.len() {
            let [ix, iy, iz] = self.mesh.coords(voxel);
            let (mut net_out, mut most_out) = (0.0, 0.0f64);
            for axis in Axis::ALL {
                let (a, v) = (axis.index(), velocity.along(axis));
                if v.is_empty() {
                    continue;
                }
                let mut at = [ix, iy, iz];
                let low = v[self.mesh.face_index(axis, ix, iy, iz)];
                at[a] += 1;
                let high = v[self.mesh.face_index(axis, at[0], at[1], at[2])];
                let rate = dt / self.mesh.h()[a];
                net_out += ((high - low) * rate).max(0.0);
                most_out = most_out.max((high.max(0.0) + (-low).max(0.0)) * rate);
            }
            divergence = divergence.max(net_out);
            courant = courant.max(most_out + net_out);
        }
        let mut parts = divergence / DIVERGENCE;
        if let AdvectionMethod::CourantBounded { max } = self.method {
            parts = parts.max(courant / max);
        }
        if parts.is_finite() && parts <= MOST_SUBSTEPS && courant <= 1e12 {
            Ok((parts.ceil() as usize).max(1))
        } else {
            Err(FieldError::InvalidSetting(format!(
                "the flow would need {parts:.1e} substeps (Courant number {courant:.1e})"
            )))
        }
    }

    fn sweep_axis(
        &mut self,
        velocity: &Velocity<'_>,
        axis: Axis,
        c: &mut [f64],
        dt: f64,
        out: &mut [Accumulator; 6],
    ) {
        let (mesh, a, v) = (&self.mesh, axis.index(), velocity.along(axis));
        let (n, stride, rate) = (mesh.shape()[a], mesh.stride(axis), dt / mesh.h()[a]);
        let line = &mut self.line;
        line.resize(n);
        for l in 0..mesh.lines(axis) {
            let start = mesh.line_start(axis, l);
            let (face, face_stride) = mesh.face_line(axis, l);
            let mut moving = false;
            for (k, flux) in line.flux.iter_mut().enumerate() {
                *flux = v[face + k * face_stride] * rate;
                moving |= *flux != 0.0;
            }
            if !moving {
                continue;
            }
            for k in 0..n {
                line.mass[k] = c[start + k * stride];
                line.rho[k] = self.rho[start + k * stride];
            }
            let ends = if mesh.periodic()[a] {
                Ends::Periodic
            } else {
                Ends::Open { low: self.inflow[2 * a].at(l), high: self.inflow[2 * a + 1].at(l) }
            };
            let (low, high) = line.sweep(ends);
            out[2 * a].add(low);
            out[2 * a + 1].add(high);
            for k in 0..n {
                c[start + k * stride] = line.mass[k];
                self.rho[start + k * stride] = line.rho[k];
            }
        }
    }
}
