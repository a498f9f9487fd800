//! One implicit step of diffusion, loss and source.

use crate::balance::Balance;
use crate::control::Control;
use crate::error::{FieldError, check_finite, check_len, check_time_step};
use crate::linear::{LinearSolver, Method, SolveReport, SolverState, Target};
use crate::mesh::Mesh;
use crate::operator::Operator;
use crate::steady::check_tolerance;
use serde::{Deserialize, Serialize};

/// The time integrator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scheme {
    /// First order, positive and L-stable for every step.
    #[default]
    BackwardEuler,
    /// Second order, L-stable: trapezoidal rule to t + (2−√2) dt, then BDF2 (Bank et al., IEEE Trans.
    /// Comput.-Aided Des. 4:436, 1985; as an ESDIRK by Hosea & Shampine, Appl. Numer. Math. 20:21, 1996). Not
    /// positive at steps long beside the finest feature of the field; a step that would turn a concentration
    /// negative is done with backward Euler instead, and says so.
    TrBdf2,
}

/// Settings of an [`ImplicitStep`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImplicitConfig {
    /// The integrator.
    pub scheme: Scheme,
    /// Residual to reach in each stage, relative to its right-hand side. It bounds local errors; amounts balance
    /// to rounding whatever it is.
    pub tolerance: f64,
    /// How linear systems are preconditioned.
    pub method: Method,
    /// Linear iterations before giving up.
    pub max_iterations: usize,
}

impl Default for ImplicitConfig {
    fn default() -> Self {
        Self { scheme: Scheme::BackwardEuler, tolerance: 1e-10, method: Method::Auto, max_iterations: 500 }
    }
}

/// What a step did to the amount of the scalar (concentration × um³):
/// `after = before + source − decay − Σ boundary + defect()`, the defect being rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepLedger {
    /// Amount before the step.
    pub before: f64,
    /// Amount after the step.
    pub after: f64,
    /// Made by the source.
    pub source: f64,
    /// Lost to k: Σ k · sink · dt · V.
    pub decay: f64,
    /// Left through each side ([`Face::ALL`](crate::Face::ALL)); negative: came in.
    pub boundary: [f64; 6],
    /// The integrator that made the step: [`Scheme::BackwardEuler`] where TR-BDF2 gave way.
    pub scheme: Scheme,
    /// What the solves took.
    pub solve: SolveReport,
}

impl StepLedger {
    /// What is missing (negative) or too much in the balance: rounding of the largest entry.
    pub fn defect(&self) -> f64 {
        let left: f64 = self.boundary.iter().sum();
        self.after - (self.before + self.source - self.decay - left)
    }
}

/// γ/2 of TR-BDF2, the share of the step that is implicit in both stages: 1 − √2/2.
const D: f64 = 1.0 - std::f64::consts::FRAC_1_SQRT_2;
/// Weight of the first two stages: √2/4.
const W: f64 = 0.5 * std::f64::consts::FRAC_1_SQRT_2;
/// A negative value of TR-BDF2 below this share of the largest is more than noise.
const NOISE: f64 = 1e-10;

/// Advances a scalar by implicit steps. Keep one per scalar: it keeps the factor of the last system.
#[derive(Clone, Debug)]
pub struct ImplicitStep {
    mesh: Mesh,
    config: ImplicitConfig,
    linear: LinearSolver,
    balance: Balance,
    e: Vec<f64>,
    rhs: Vec<f64>,
    old: Vec<f64>,
    stage: Vec<f64>,
    pub(crate) sink: Vec<f64>,
    pub(crate) control: Control,
}

impl ImplicitStep {
    /// Allocates all scratch for a mesh.
    ///
    /// # Errors
    /// A tolerance outside (0, 1), no iterations, a banded factor that would be too large.
    pub fn new(mesh: &Mesh, config: ImplicitConfig) -> Result<Self, FieldError> {
        check_tolerance(config.tolerance, config.max_iterations)?;
        let zero = || vec![0.0; mesh.len()];
        Ok(Self {
            mesh: mesh.clone(),
            config,
            linear: LinearSolver::new(mesh, config.method, config.max_iterations)?,
            balance: Balance::default(),
            e: zero(),
            rhs: zero(),
            old: zero(),
            stage: zero(),
            sink: zero(),
            control: Control::default(),
        })
    }

    /// The settings.
    pub fn config(&self) -> &ImplicitConfig {
        &self.config
    }

    /// What the bits of the next step depend on beside its input; for checkpoints.
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

    /// The time-averaged concentration at which the last step's losses and boundary fluxes were taken, per voxel.
    /// The loss in a voxel was `k · sink · dt · V` exactly, so a part `k_i` of k took `k_i · sink · dt · V`.
    /// Never negative when the step's input is not.
    pub fn sink(&self) -> &[f64] {
        &self.sink
    }

    /// Advances `c` by `dt` (min): `∂c/∂t = ∇·(D ∇c) − k c + s` with boundaries, k, s and D constant over the
    /// step.
    ///
    /// With c, s and boundary values ≥ 0 the result is ≥ 0 for any `dt`.
    ///
    /// # Errors
    /// Bad input, or no convergence; `c` is then unchanged.
    pub fn step(&mut self, op: &Operator, c: &mut [f64], dt: f64) -> Result<StepLedger, FieldError> {
        self.check(op, c, dt)?;
        self.old.copy_from_slice(c);
        let mut solve = SolveReport::default();
        let mut scheme = self.config.scheme;
        if scheme == Scheme::TrBdf2 && !self.tr_bdf2(op, dt, &mut solve)? {
            scheme = Scheme::BackwardEuler;
        }
        if scheme == Scheme::BackwardEuler {
            self.backward_euler(op, dt, &mut solve)?;
        }
        c.copy_from_slice(&self.stage);
        let rates = op.rates(&self.sink)?;
        Ok(StepLedger {
            before: self.mesh.amount(&self.old),
            after: self.mesh.amount(c),
            source: rates.source * dt,
            decay: rates.decay * dt,
            boundary: rates.boundary.map(|r| r * dt),
            scheme,
            solve,
        })
    }

    pub(crate) fn check(&self, op: &Operator, c: &[f64], dt: f64) -> Result<(), FieldError> {
        check_time_step(dt)?;
        if *op.mesh() != self.mesh {
            return Err(FieldError::InvalidSetting("operator and solver have different meshes".into()));
        }
        check_len("concentration", c, self.mesh.len())?;
        check_finite("concentration", c)
    }

    /// (1/dt + A) c_new = c_old/dt + s, into `stage`; the sink is the new concentration.
    fn backward_euler(&mut self, op: &Operator, dt: f64, report: &mut SolveReport) -> Result<(), FieldError> {
        let rate = 1.0 / dt;
        self.set_diagonal(op, rate);
        for (i, b) in self.rhs.iter_mut().enumerate() {
            *b = rate * self.old[i] + op.source().at(i);
        }
        add_rim_source(op, &mut self.rhs);
        self.stage.copy_from_slice(&self.old);
        self.solve_stage(op, report)?;
        self.balance.close_system(op.components(), &self.e, &self.rhs, &mut self.stage);
        self.sink.copy_from_slice(&self.stage);
        self.balance.close_amount(op, &self.old, &self.sink, dt, &mut self.stage);
        Ok(())
    }

    /// Both stages have the matrix 1/(D dt) + A. The second right-hand side needs the rate at the first stage,
    /// which the first stage's own equation gives without another product. False when the result is not positive
    /// or its balance more than rounding away.
    fn tr_bdf2(&mut self, op: &Operator, dt: f64, report: &mut SolveReport) -> Result<bool, FieldError> {
        let rate = 1.0 / (D * dt);
        // (1/(D dt) + A) c_stage = c_old/(D dt) + (s − A c_old) + s.
        self.set_diagonal(op, 0.0);
        op.stencil().apply(&self.e, &self.old, &mut self.rhs);
        for ((b, old), s) in self.rhs.iter_mut().zip(&self.old).zip(op.all_sources()) {
            // Sources count twice: in the rate at the start and in the implicit part.
            *b = rate * old + (2.0 * s - *b);
        }
        self.set_diagonal(op, rate);
        self.stage.copy_from_slice(&self.old);
        self.solve_stage(op, report)?;
        const A: f64 = W / D;
        for (i, b) in self.rhs.iter_mut().enumerate() {
            let c = (1.0 - A) * self.old[i] + A * self.stage[i];
            *b = rate * c + op.source().at(i);
            self.sink[i] = W * (self.old[i] + self.stage[i]);
        }
        add_rim_source(op, &mut self.rhs);
        self.solve_stage(op, report)?;
        let signed = self.old.iter().any(|c| *c < 0.0) || !op.sources_are_positive();
        let (mut low, mut high) = (f64::INFINITY, 0.0f64);
        for (sink, &c) in self.sink.iter_mut().zip(&self.stage) {
            *sink += D * c;
            low = low.min(c).min(*sink);
            high = high.max(c);
        }
        if !signed {
            if low < -NOISE * high {
                return Ok(false);
            }
            for (c, sink) in self.stage.iter_mut().zip(&mut self.sink) {
                *c = c.max(0.0);
                *sink = sink.max(0.0);
            }
        }
        Ok(self.balance.close_amount(op, &self.old, &self.sink, dt, &mut self.stage))
    }

    fn set_diagonal(&mut self, op: &Operator, rate: f64) {
        for (i, e) in self.e.iter_mut().enumerate() {
            *e = rate + op.decay().at(i);
        }
        for (v, g, _) in op.rim().iter() {
            self.e[v] += g;
        }
    }

    fn solve_stage(&mut self, op: &Operator, report: &mut SolveReport) -> Result<(), FieldError> {
        let target = Target { relative: self.config.tolerance, absolute: 0.0 };
        let r =
            self.linear.solve(op.stencil(), op.components(), &self.e, &self.rhs, &mut self.stage, target)?;
        report.iterations += r.iterations;
        report.factorisations += r.factorisations;
        report.residual = report.residual.max(r.residual);
        Ok(())
    }
}

fn add_rim_source(op: &Operator, rhs: &mut [f64]) {
    for (v, _, s) in op.rim().iter() {
        rhs[v] += s;
    }
}
