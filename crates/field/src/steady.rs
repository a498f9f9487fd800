//! Quasi-steady fields: `k c − ∇·(D ∇c) = s`, with or without a saturable sink.

use crate::balance::Balance;
use crate::cycles::{Cycles, Sink, System};
use crate::error::{FieldError, check_field, check_len, check_non_negative};
use crate::kernel::dot;
use crate::linear::{LinearSolver, Method, SolveReport, SolverState, Target, uses_cycles};
use crate::mesh::Mesh;
use crate::operator::Operator;
use crate::passes;
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
    /// Large meshes: cycles, until one does not contract.
    cycles: Option<Cycles>,
    linear: Option<LinearSolver>,
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
        let mut solver = Self {
            mesh: mesh.clone(),
            config,
            cycles: uses_cycles(mesh, config.method).then(Cycles::default),
            linear: None,
            balance: Balance::default(),
            e: Vec::new(),
            rhs: Vec::new(),
            residual: Vec::new(),
        };
        if solver.cycles.is_none() {
            solver.fall_back()?;
        }
        Ok(solver)
    }

    /// Allocates what conjugate gradients need.
    fn fall_back(&mut self) -> Result<(), FieldError> {
        if self.linear.is_none() {
            let method = if self.cycles.is_some() { Method::Multigrid } else { self.config.method };
            // First: it may refuse the mesh.
            self.linear = Some(LinearSolver::new(&self.mesh, method, self.config.max_iterations)?);
        }
        for v in [&mut self.e, &mut self.rhs, &mut self.residual] {
            if v.len() != self.mesh.len() {
                *v = vec![0.0; self.mesh.len()];
            }
        }
        Ok(())
    }

    /// Bytes of scratch held for the mesh.
    pub fn scratch_bytes(&self) -> usize {
        let own = [&self.e, &self.rhs, &self.residual].iter().map(|v| 8 * v.capacity()).sum::<usize>();
        own + self.cycles.as_ref().map_or(0, Cycles::bytes)
            + self.linear.as_ref().map_or(0, LinearSolver::bytes)
    }

    /// Solves by cycles; `None` where they are not used or did not contract.
    fn cycle(&mut self, op: &Operator, sink: Sink, c: &mut [f64]) -> Option<SolveReport> {
        let cycles = self.cycles.as_mut()?;
        if op.components().count > 1 {
            return None;
        }
        let r = cycles.solve(System::steady(op), sink, c, self.config.tolerance, self.config.max_iterations);
        let newton = if sink.is_some() { r.cycles } else { 0 };
        r.converged.then_some(SolveReport {
            iterations: r.cycles,
            newton,
            factorisations: 0,
            residual: r.residual,
        })
    }

    /// What the bits of the next solution depend on beside the operator and the guess; for checkpoints.
    pub fn state(&self) -> SolverState {
        self.linear.as_ref().map_or_else(SolverState::default, LinearSolver::state)
    }

    /// Continues from a checkpoint.
    ///
    /// # Errors
    /// A state of another mesh or method.
    pub fn restore(&mut self, state: SolverState) -> Result<(), FieldError> {
        match &mut self.linear {
            Some(linear) => linear.restore(&self.mesh, state),
            None if state == SolverState::default() => Ok(()),
            None => Err(FieldError::InvalidSetting("solver state of another method".into())),
        }
    }

    /// Solves `k c − ∇·(D ∇c) = s` with the operator's boundaries, from the guess in `c` (the last solution).
    ///
    /// Sources and losses balance to rounding in every region. The solution is ≥ 0; where the operator is signed, if sources
    /// and what boundaries hold are. A guess may be any numbers.
    ///
    /// # Errors
    /// [`FieldError::Singular`] when a region neither decays nor is open, [`FieldError::NotConverged`], bad input.
    /// `c` may then hold an intermediate result.
    pub fn solve(&mut self, op: &Operator, c: &mut [f64]) -> Result<SolveReport, FieldError> {
        self.check(op, c)?;
        self.check_regular(op, |_| false)?;
        if let Some(report) = self.cycle(op, None, c) {
            if op.sources_are_positive() {
                passes::cut_negative(c);
            }
            if let Some(cycles) = &mut self.cycles {
                cycles.close(op, c);
            }
            return Ok(report);
        }
        self.fall_back()?;
        self.linear_part(op);
        let target = Target { relative: self.config.tolerance, absolute: 0.0 };
        let report = self.linear(op, c, target)?;
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
        self.check_regular(op, |i| vmax[i] > 0.0)?;
        if let Some(report) = self.cycle(op, Some((vmax, km)), c) {
            if op.sources_are_positive() {
                passes::cut_negative(c);
            }
            return Ok(report);
        }
        self.fall_back()?;
        self.linear_part(op);
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
            let report = self.linear(op, c, target)?;
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
        // A guess: any numbers will do.
        check_field(&self.mesh, c, true)
    }

    fn linear(&mut self, op: &Operator, c: &mut [f64], target: Target) -> Result<SolveReport, FieldError> {
        match &mut self.linear {
            Some(linear) => linear.solve(op.stencil(), op.components(), &self.e, &self.rhs, c, target),
            None => Err(FieldError::InvalidSetting("no solver".into())),
        }
    }

    fn linear_part(&mut self, op: &Operator) {
        for (i, e) in self.e.iter_mut().enumerate() {
            *e = op.decay().at(i);
            self.rhs[i] = op.source().at(i);
        }
        for (v, g, s) in op.rim().iter() {
            self.e[v] += g;
            self.rhs[v] += s;
        }
    }

    /// Every region must lose something somewhere.
    fn check_regular(&self, op: &Operator, sink: impl Fn(usize) -> bool) -> Result<(), FieldError> {
        let regions = op.components();
        let open = |i: usize| op.decay().at(i) > 0.0 || sink(i);
        let mut rim = op.rim().iter().filter(|(_, g, _)| *g > 0.0).map(|(v, ..)| v);
        if regions.label.is_empty() {
            return if rim.next().is_some() || (0..self.mesh.len()).any(open) {
                Ok(())
            } else {
                Err(FieldError::Singular { voxel: 0 })
            };
        }
        let mut seen = vec![false; regions.count];
        for (i, &label) in regions.label.iter().enumerate() {
            if open(i) {
                seen[label as usize] = true;
            }
        }
        for v in rim {
            seen[regions.label(v)] = true;
        }
        match regions.label.iter().position(|l| !seen[*l as usize]) {
            None => Ok(()),
            Some(voxel) => Err(FieldError::Singular { voxel }),
        }
    }
}

/// Michaelis–Menten uptake and its slope, continued by the tangent below 0.
#[inline]
pub(crate) fn uptake(vmax: f64, km: f64, c: f64) -> (f64, f64) {
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
