//! Quasi-steady fields: `k c − ∇·(D ∇c) = s`, with or without a saturable sink.

use crate::balance::Balance;
use crate::error::{FieldError, check_finite, check_len, check_non_negative};
use crate::kernel::dot;
use crate::linear::{LinearSolver, Method, SolveReport, SolverState, Target};
use crate::mesh::Mesh;
use crate::operator::Operator;
use serde::{Deserialize, Serialize};

/// Settings of a [`SteadySolver`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SteadyConfig {
    /// Residual to reach, relative to the right-hand side (2-norms).
    pub tolerance: f64,
    /// How linear systems are preconditioned.
    pub method: Method,
    /// Linear iterations before giving up on one linear system.
    pub max_iterations: usize,
    /// Newton steps before giving up.
    pub max_newton: usize,
}

impl Default for SteadyConfig {
    fn default() -> Self {
        Self { tolerance: 1e-8, method: Method::Auto, max_iterations: 500, max_newton: 60 }
    }
}

/// Solves for quasi-steady fields. Keep one per scalar: it keeps the factor of the last system.
#[derive(Clone, Debug)]
pub struct SteadySolver {
    mesh: Mesh,
    config: SteadyConfig,
    linear: LinearSolver,
    balance: Balance,
    e: Vec<f64>,
    rhs: Vec<f64>,
    residual: Vec<f64>,
}

impl SteadySolver {
    /// Allocates all scratch for a mesh.
    ///
    /// # Errors
    /// A tolerance outside (0, 1), no iterations, a banded factor that would be too large.
    pub fn new(mesh: &Mesh, config: SteadyConfig) -> Result<Self, FieldError> {
        check_tolerance(config.tolerance, config.max_iterations)?;
        let zero = || vec![0.0; mesh.len()];
        Ok(Self {
            mesh: mesh.clone(),
            config,
            linear: LinearSolver::new(mesh, config.method, config.max_iterations)?,
            balance: Balance::default(),
            e: zero(),
            rhs: zero(),
            residual: zero(),
        })
    }

    /// What the bits of the next solution depend on beside the operator and the guess; for checkpoints.
    pub fn state(&self) -> SolverState {
        self.linear.state()
    }

    /// Continues from a checkpoint.
    ///
    /// # Errors
    /// A state of another mesh or method.
    pub fn restore(&mut self, state: SolverState) -> Result<(), FieldError> {
        self.linear.restore(&self.mesh, state)
    }

    /// Solves `k c − ∇·(D ∇c) = s` with the operator's boundaries, from the guess in `c` (the last solution).
    ///
    /// Sources and losses balance to rounding in every region. With sources and boundary values ≥ 0 the solution
    /// is ≥ 0.
    ///
    /// # Errors
    /// [`FieldError::Singular`] when a region neither decays nor is open, [`FieldError::NotConverged`], bad input.
    /// `c` may then hold an intermediate result.
    pub fn solve(&mut self, op: &Operator, c: &mut [f64]) -> Result<SolveReport, FieldError> {
        self.check(op, c)?;
        self.linear_part(op);
        self.check_regular(op, |_| false)?;
        let target = Target { relative: self.config.tolerance, absolute: 0.0 };
        let report = self.linear.solve(op.stencil(), op.components(), &self.e, &self.rhs, c, target)?;
        self.balance.close_system(op.components(), &self.e, &self.rhs, c);
        Ok(report)
    }

    /// Solves `k c + vmax c/(km + c) − ∇·(D ∇c) = s` (Michaelis–Menten uptake, `vmax` per voxel in
    /// concentration/min, `km` a concentration).
    ///
    /// Newton's method. The sink is concave, continued for c < 0 by its tangent at 0; the linearised system is an
    /// M-matrix, so from the first step on the iterates rise monotonically to the solution, from any guess.
    /// The equation is met to the tolerance.
    ///
    /// # Errors
    /// As [`SteadySolver::solve`]; also `km` not positive, negative `vmax`. A closed region that is fed more than
    /// it can take up has no steady state and ends as [`FieldError::NotConverged`].
    pub fn solve_saturable(
        &mut self,
        op: &Operator,
        vmax: &[f64],
        km: f64,
        c: &mut [f64],
    ) -> Result<SolveReport, FieldError> {
        self.check(op, c)?;
        check_len("vmax", vmax, self.mesh.len())?;
        check_non_negative("vmax", vmax)?;
        if !(km > 0.0 && km.is_finite()) {
            return Err(FieldError::InvalidSetting(format!("km = {km} is not a positive concentration")));
        }
        self.linear_part(op);
        self.check_regular(op, |i| vmax[i] > 0.0)?;
        let non_negative = self.rhs.iter().all(|b| *b >= 0.0);
        let norm_s = dot(&self.rhs, &self.rhs).sqrt();
        let mut total = SolveReport::default();
        let mut inner = f64::INFINITY;
        loop {
            // Residual with the true sink.
            op.stencil().residual(&self.e, &self.rhs, c, &mut self.residual);
            for ((r, &v), &c) in self.residual.iter_mut().zip(vmax).zip(c.iter()) {
                *r -= uptake(v, km, c).0;
            }
            let norm_r = dot(&self.residual, &self.residual).sqrt();
            total.residual = if norm_s > 0.0 { norm_r / norm_s } else { norm_r };
            // A linear solve that stopped at rounding can't be followed by a better one.
            let floor = if inner.is_finite() { inner.min(1e-4 * norm_s) } else { 0.0 };
            if norm_r <= (self.config.tolerance * norm_s).max(floor) {
                break;
            }
            if total.newton == self.config.max_newton || !norm_r.is_finite() {
                return Err(FieldError::NotConverged {
                    iterations: total.iterations,
                    residual: total.residual,
                    wanted: self.config.tolerance,
                });
            }
            for (i, &v) in vmax.iter().enumerate() {
                let (f, slope) = uptake(v, km, c[i]);
                self.e[i] += slope;
                self.rhs[i] += slope * c[i] - f;
            }
            let absolute = (0.01 * norm_r).max(0.3 * self.config.tolerance * norm_s);
            let target = Target { relative: 0.0, absolute };
            let report = self.linear.solve(op.stencil(), op.components(), &self.e, &self.rhs, c, target)?;
            let reached = report.residual * dot(&self.rhs, &self.rhs).sqrt();
            inner = if reached > absolute { 2.0 * reached } else { f64::INFINITY };
            total.iterations += report.iterations;
            total.factorisations += report.factorisations;
            total.newton += 1;
            self.linear_part(op);
        }
        if non_negative {
            for c in c.iter_mut() {
                *c = c.max(0.0);
            }
        }
        Ok(total)
    }

    fn check(&self, op: &Operator, c: &[f64]) -> Result<(), FieldError> {
        if *op.mesh() != self.mesh {
            return Err(FieldError::InvalidSetting("operator and solver have different meshes".into()));
        }
        check_len("concentration", c, self.mesh.len())?;
        check_finite("concentration", c)
    }

    fn linear_part(&mut self, op: &Operator) {
        for (i, e) in self.e.iter_mut().enumerate() {
            *e = op.decay()[i] + op.boundary_decay()[i];
            self.rhs[i] = op.source()[i] + op.boundary_source()[i];
        }
    }

    /// Every region must lose something somewhere.
    fn check_regular(&self, op: &Operator, sink: impl Fn(usize) -> bool) -> Result<(), FieldError> {
        let regions = op.components();
        let open = |i: usize| self.e[i] > 0.0 || sink(i);
        if regions.label.is_empty() {
            return if (0..self.e.len()).any(open) { Ok(()) } else { Err(FieldError::Singular { voxel: 0 }) };
        }
        let mut seen = vec![false; regions.count];
        for (i, &label) in regions.label.iter().enumerate() {
            if open(i) {
                seen[label as usize] = true;
            }
        }
        match regions.label.iter().position(|l| !seen[*l as usize]) {
            None => Ok(()),
            Some(voxel) => Err(FieldError::Singular { voxel }),
        }
    }
}

/// Michaelis–Menten uptake and its slope, continued by the tangent below 0.
#[inline]
fn uptake(vmax: f64, km: f64, c: f64) -> (f64, f64) {
    if c > 0.0 {
        let share = km / (km + c);
        (vmax * c / (km + c), vmax * share * share / km)
    } else {
        (vmax * c / km, vmax / km)
    }
}

pub(crate) fn check_tolerance(tolerance: f64, max_iterations: usize) -> Result<(), FieldError> {
    if !(tolerance > 0.0 && tolerance < 1.0) {
        return Err(FieldError::InvalidSetting(format!("tolerance {tolerance} is not between 0 and 1")));
    }
    if max_iterations == 0 {
        return Err(FieldError::InvalidSetting("no iterations are allowed".into()));
    }
    Ok(())
}
