//! Steps for a user who asks for no scheme.
//!
//! The rule is that of the work–precision study (docs/work-precision.md): with ρ the largest rate of the mesh, a step goes by
//! explicit stages of the exact propagator up to a `ρ dt` at which implicit steps under error control become cheaper. The number of
//! stages grows with the root of `ρ dt`, and hardly with the tolerance ε; the price of implicit steps hardly grows with `ρ dt`, and
//! much with 1/ε. They were measured to cross near 1e4 at ε = 1e-3 and near 1e7 at 1e-5; between and beyond, the limit goes with
//! ε^(−3/2). The choice depends on the operator, the step and the tolerance alone, so that it is the same on every machine.

use crate::control::ControlledLedger;
use crate::error::FieldError;
use crate::exponential::{ExponentialConfig, ExponentialLedger, ExponentialStep};
use crate::implicit::{ImplicitConfig, ImplicitStep, Scheme};
use crate::mesh::Mesh;
use crate::operator::Operator;
use serde::{Deserialize, Serialize};

/// Largest `ρ dt` of a step by explicit stages at a tolerance of [`COARSE`] or more, and at any: 600,000 stages.
const LIMIT: [f64; 2] = [1e4, 1e10];
/// Tolerance from which on the limit rises.
const COARSE: f64 = 1e-3;
/// Stages of implicit steps are solved to this share of the tolerance; error control wants a tenth at most.
const INNER: f64 = 0.05;
/// The best tolerance that stages of implicit steps are solved to: residuals in double precision carry no more.
const FINEST: f64 = 1e-13;

/// What a step did, by the scheme that it went by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ChosenLedger {
    /// Explicit stages.
    Exponential(ExponentialLedger),
    /// Implicit steps under error control.
    Implicit(ControlledLedger),
}

impl ChosenLedger {
    /// Amount before the step, concentration × um³.
    pub fn before(&self) -> f64 {
        match self {
            Self::Exponential(l) => l.before,
            Self::Implicit(l) => l.total.before,
        }
    }

    /// Amount after the step, concentration × um³.
    pub fn after(&self) -> f64 {
        match self {
            Self::Exponential(l) => l.after,
            Self::Implicit(l) => l.total.after,
        }
    }

    /// Bound or estimate of the error in the 2-norm, relative to the field.
    pub fn error(&self) -> f64 {
        match self {
            Self::Exponential(l) => l.error,
            Self::Implicit(l) => l.error,
        }
    }
}

/// Advances a scalar by the scheme that serves its step, [`ExponentialStep`] or [`ImplicitStep`]. Keep one per scalar.
#[derive(Clone, Debug)]
pub struct AutoStep {
    mesh: Mesh,
    tolerance: f64,
    exponential: Option<Box<ExponentialStep>>,
    implicit: Option<Box<ImplicitStep>>,
}

impl AutoStep {
    /// For a mesh. `tolerance`: error of a step in the 2-norm relative to the field; where implicit steps are cut, of each
    /// piece. Scratch is allocated when a scheme is first used.
    ///
    /// # Errors
    /// A tolerance below 2e-12 or not below 1.
    pub fn new(mesh: &Mesh, tolerance: f64) -> Result<Self, FieldError> {
        let least = FINEST / INNER;
        if !(tolerance >= least && tolerance < 1.0) {
            return Err(FieldError::InvalidSetting(format!(
                "tolerance {tolerance} of a step is not between {least} and 1"
            )));
        }
        Ok(Self { mesh: mesh.clone(), tolerance, exponential: None, implicit: None })
    }

    /// Largest `ρ dt` of a step that goes by explicit stages: 1e4 at a tolerance of 1e-3 or more, 1e7 at 1e-5, at most 1e10.
    pub fn limit(&self) -> f64 {
        let finer = (COARSE / self.tolerance).max(1.0);
        (LIMIT[0] * finer * finer.sqrt()).min(LIMIT[1])
    }

    /// Whether a step of `dt` (min) goes by explicit stages: `ρ dt` up to the limit, ρ by Gershgorin's bound.
    pub fn is_explicit(&self, op: &Operator, dt: f64) -> bool {
        op.coefficients().spectrum().1 * dt <= self.limit()
    }

    /// Advances `c` by `dt` (min): `∂c/∂t = ∇·(D ∇c) − k c + s` with boundaries, k, s and D constant over the step.
    ///
    /// The result is ≥ 0 for any `dt`; where the operator is signed, if c, s and what boundaries hold are.
    ///
    /// # Errors
    /// Bad input, a negative concentration (unless the operator is signed), no convergence, a tolerance that no substep keeps; `c` is then unchanged.
    pub fn step(&mut self, op: &Operator, c: &mut [f64], dt: f64) -> Result<ChosenLedger, FieldError> {
        if self.is_explicit(op, dt) {
            let solver = match &mut self.exponential {
                Some(solver) => solver,
                slot => {
                    let config = ExponentialConfig { tolerance: self.tolerance, ..Default::default() };
                    slot.insert(Box::new(ExponentialStep::new(&self.mesh, config)?))
                }
            };
            return solver.step(op, c, dt).map(ChosenLedger::Exponential);
        }
        let solver = match &mut self.implicit {
            Some(solver) => solver,
            slot => {
                let tolerance = INNER * self.tolerance;
                let config = ImplicitConfig { scheme: Scheme::TrBdf2, tolerance, ..Default::default() };
                slot.insert(Box::new(ImplicitStep::new(&self.mesh, config)?))
            }
        };
        solver.step_within(op, c, dt, self.tolerance).map(ChosenLedger::Implicit)
    }
}
