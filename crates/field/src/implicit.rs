//! One implicit step of diffusion, loss and source.
//!
//! On large meshes the linear systems are solved by the cycles that quasi-steady fields take, on threads; where those do
//! not contract, and on thin meshes, by conjugate gradients. All other passes over the field run on threads as well,
//! with the bits that one thread gives.

use crate::balance::Balance;
use crate::control::Control;
use crate::cycles::{Cycles, System, walls};
use crate::error::{FieldError, check_field, check_time_step};
use crate::linear::{LinearSolver, Method, SolveReport, SolverState, Target, uses_cycles};
use crate::mesh::Mesh;
use crate::operator::Operator;
use crate::passes;
use crate::rim::Rim;
use crate::stage::{Coefficients, Loss, Weights};
use crate::steady::check_tolerance;
use crate::values::Part;
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
    /// Large meshes: cycles, until one does not contract.
    cycles: Option<Cycles>,
    linear: Option<LinearSolver>,
    /// For a loss that boundaries are part of already.
    no_rim: Rim,
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
        let cycles = uses_cycles(mesh, config.method).then(Cycles::default);
        let linear = match cycles {
            Some(_) => None,
            None => Some(LinearSolver::new(mesh, config.method, config.max_iterations)?),
        };
        Ok(Self {
            mesh: mesh.clone(),
            config,
            cycles,
            linear,
            no_rim: Rim::default(),
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

    /// The time-averaged concentration at which the last step's losses and boundary fluxes were taken, per voxel.
    /// The loss in a voxel was `k · sink · dt · V` exactly, so a part `k_i` of k took `k_i · sink · dt · V`.
    /// Never negative when the step's input is not.
    pub fn sink(&self) -> &[f64] {
        &self.sink
    }

    /// Advances `c` by `dt` (min): `∂c/∂t = ∇·(D ∇c) − k c + s` with boundaries, k, s and D constant over the
    /// step.
    ///
    /// The result is ≥ 0 for any `dt`; where the operator is signed, if c, s and what boundaries hold are.
    ///
    /// # Errors
    /// Bad input, a negative concentration (unless the operator is signed), no convergence; `c` is then unchanged.
    pub fn step(&mut self, op: &Operator, c: &mut [f64], dt: f64) -> Result<StepLedger, FieldError> {
        self.check(op, c, dt)?;
        passes::copy(c, &mut self.old);
        let mut solve = SolveReport::default();
        let mut scheme = self.config.scheme;
        if scheme == Scheme::TrBdf2 && !self.tr_bdf2(op, dt, &mut solve)? {
            scheme = Scheme::BackwardEuler;
        }
        if scheme == Scheme::BackwardEuler {
            self.backward_euler(op, dt, &mut solve)?;
        }
        passes::copy(&self.stage, c);
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
        check_field(&self.mesh, c, op.is_signed())
    }

    /// (1/dt + A) c_new = c_old/dt + s, into `stage`; the sink is the new concentration.
    fn backward_euler(&mut self, op: &Operator, dt: f64, report: &mut SolveReport) -> Result<(), FieldError> {
        let rate = 1.0 / dt;
        self.set_diagonal(op, rate);
        let (old, source) = (&self.old, op.source());
        passes::each(&mut self.rhs, |first, part| {
            for (i, b) in (first..).zip(part) {
                *b = rate * old[i] + source.at(i);
            }
        });
        add_rim_source(op, &mut self.rhs);
        passes::copy(&self.old, &mut self.stage);
        self.solve_stage(op, rate, report)?;
        self.balance.close_system(op.components(), &self.e, &self.rhs, &mut self.stage);
        passes::copy(&self.stage, &mut self.sink);
        self.balance.close_amount(op, &self.old, &self.sink, dt, &mut self.stage);
        Ok(())
    }

    /// Both stages have the matrix 1/(D dt) + A. The second right-hand side needs the rate at the first stage,
    /// which the first stage's own equation gives without another product. False when the result is not positive
    /// or its balance more than rounding away.
    fn tr_bdf2(&mut self, op: &Operator, dt: f64, report: &mut SolveReport) -> Result<bool, FieldError> {
        let rate = 1.0 / (D * dt);
        // (1/(D dt) + A) c_stage = c_old/(D dt) + (s − A c_old) + s: sources count twice, in the rate at the start and in
        // the implicit part.
        if self.cycles.is_some() {
            let source = op.source();
            passes::each(&mut self.rhs, |first, part| {
                (first..).zip(part).for_each(|(i, b)| *b = 2.0 * source.at(i));
            });
            for (v, _, s) in op.rim().iter() {
                self.rhs[v] += 2.0 * s;
            }
            let weights = Weights { old: 1.0, keep: rate, rate: -1.0, inputs: [] };
            op.coefficients().stage(weights, &self.old, [], &mut self.rhs);
        } else {
            self.set_diagonal(op, 0.0);
            op.stencil().apply(&self.e, &self.old, &mut self.rhs);
            for ((b, old), s) in self.rhs.iter_mut().zip(&self.old).zip(op.all_sources()) {
                *b = rate * old + (2.0 * s - *b);
            }
        }
        self.set_diagonal(op, rate);
        passes::copy(&self.old, &mut self.stage);
        self.solve_stage(op, rate, report)?;
        const A: f64 = W / D;
        let (old, stage, source) = (&self.old, &self.stage, op.source());
        passes::each_pair(&mut self.rhs, &mut self.sink, |first, rhs, sink| {
            for (i, (b, sink)) in (first..).zip(rhs.iter_mut().zip(sink)) {
                let c = (1.0 - A) * old[i] + A * stage[i];
                *b = rate * c + source.at(i);
                *sink = W * (old[i] + stage[i]);
            }
        });
        add_rim_source(op, &mut self.rhs);
        self.solve_stage(op, rate, report)?;
        let signed = op.is_signed() && !(passes::all(&self.old, |c| c >= 0.0) && op.sources_are_positive());
        let stage = &self.stage;
        passes::each(&mut self.sink, |first, part| {
            (first..).zip(part).for_each(|(i, sink)| *sink += D * stage[i]);
        });
        if !signed {
            let noise = NOISE * passes::largest(&self.stage);
            let positive = |v: &[f64]| passes::all(v, |c| c >= -noise);
            if !(positive(&self.stage) && positive(&self.sink)) {
                return Ok(false);
            }
            passes::cut_negative(&mut self.stage);
            passes::cut_negative(&mut self.sink);
        }
        Ok(self.balance.close_amount(op, &self.old, &self.sink, dt, &mut self.stage))
    }

    fn set_diagonal(&mut self, op: &Operator, rate: f64) {
        let decay = op.decay();
        passes::each(&mut self.e, |first, part| {
            (first..).zip(part).for_each(|(i, e)| *e = rate + decay.at(i));
        });
        for (v, g, _) in op.rim().iter() {
            self.e[v] += g;
        }
    }

    /// `(rate + A) stage = rhs`, from the guess in `stage`; `e` is the diagonal without couplings.
    fn solve_stage(&mut self, op: &Operator, rate: f64, report: &mut SolveReport) -> Result<(), FieldError> {
        if self.cycle(op, rate, report) {
            return Ok(());
        }
        let linear = match &mut self.linear {
            Some(linear) => linear,
            slot => {
                slot.insert(LinearSolver::new(&self.mesh, Method::Multigrid, self.config.max_iterations)?)
            }
        };
        let target = Target { relative: self.config.tolerance, absolute: 0.0 };
        let r = linear.solve(op.stencil(), op.components(), &self.e, &self.rhs, &mut self.stage, target)?;
        report.iterations += r.iterations;
        report.factorisations += r.factorisations;
        report.residual = report.residual.max(r.residual);
        Ok(())
    }

    /// Solves by cycles; false where they are not used or did not contract. What they reached is then the guess, unless
    /// it is worse than nothing.
    fn cycle(&mut self, op: &Operator, rate: f64, report: &mut SolveReport) -> bool {
        let Some(cycles) = &mut self.cycles else { return false };
        if op.components().count > 1 {
            return false;
        }
        let loss = match op.decay().part() {
            Part::Same(k) => Loss { decay: Part::Same(rate + k), rim: op.rim() },
            Part::Each(_) => Loss { decay: Part::Each(&self.e), rim: &self.no_rim },
        };
        let system = System {
            a: Coefficients { loss, ..op.coefficients() },
            walls: walls(op),
            source: Part::Each(&self.rhs),
            inflow: None,
        };
        let (tolerance, most) = (self.config.tolerance, self.config.max_iterations);
        let r = cycles.solve(system, None, &mut self.stage, tolerance, most);
        report.iterations += r.cycles;
        if r.converged {
            report.residual = report.residual.max(r.residual);
            // Summed over the mesh couplings cancel, `Σ e x = Σ b`: over a long step the amount hangs on this alone.
            let off = passes::sum(&self.rhs) - passes::dot(&self.e, &self.stage);
            let shift = off / passes::sum(&self.e);
            passes::each(&mut self.stage, |_, part| part.iter_mut().for_each(|x| *x += shift));
        } else if !(r.residual < 1.0 && passes::all(&self.stage, f64::is_finite)) {
            passes::copy(&self.old, &mut self.stage);
        }
        r.converged
    }
}

fn add_rim_source(op: &Operator, rhs: &mut [f64]) {
    for (v, _, s) in op.rim().iter() {
        rhs[v] += s;
    }
}
