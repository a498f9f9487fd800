//! Implicit steps with error control: each substep is done once whole and once in two halves, whose difference estimates
//! the error of the halves (divided by `2^p − 1`, p the order) and sets the length of the next. The halves are kept.

use crate::error::FieldError;
use crate::implicit::{ImplicitStep, Scheme, StepLedger};
use crate::kernel::dot;
use crate::operator::Operator;
use exoderm_numeric::math;
use serde::{Deserialize, Serialize};

/// What a controlled step did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ControlledLedger {
    /// The whole step; its scheme is backward Euler where any substep gave way.
    pub total: StepLedger,
    /// Substeps that were kept, each made of two halves.
    pub substeps: usize,
    /// Substeps that were done again shorter.
    pub rejected: usize,
    /// Estimated error in the 2-norm relative to the field, summed over substeps.
    pub error: f64,
}

/// Scratch of controlled steps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Control {
    whole: Vec<f64>,
    halves: Vec<f64>,
    now: Vec<f64>,
    /// Time integral of the sink, over the step and over the substep.
    taken: Vec<f64>,
    part: Vec<f64>,
}

/// A substep of this share of the step still not good enough is a tolerance that can't be kept.
const SHORTEST: f64 = 1e-9;
/// The estimate must stand clear of what stages are solved to.
const CLEAR: f64 = 10.0;

impl ImplicitStep {
    /// Advances `c` by `dt` (min) in as many substeps as keep the estimated error of each, in the 2-norm relative to the
    /// field, within `tolerance`. The field is that of the substep or, if it is larger, the one that a single step leads to: a
    /// field that grows from nothing would else ask for substeps without end. [`ImplicitStep::sink`] is then the average over the whole step.
    ///
    /// # Errors
    /// As [`ImplicitStep::step`]; a tolerance not below 1 or less than ten times the one that stages are solved to; one
    /// that no substep keeps. `c` is then unchanged.
    pub fn step_within(
        &mut self,
        op: &Operator,
        c: &mut [f64],
        dt: f64,
        tolerance: f64,
    ) -> Result<ControlledLedger, FieldError> {
        self.check(op, c, dt)?;
        let least = CLEAR * self.config().tolerance;
        if !(tolerance >= least && tolerance < 1.0) {
            return Err(FieldError::InvalidSetting(format!(
                "tolerance {tolerance} of a step is not between {least} (ten times that of its stages) and 1"
            )));
        }
        let mut work = std::mem::take(&mut self.control);
        for v in [&mut work.whole, &mut work.halves, &mut work.now, &mut work.taken, &mut work.part] {
            v.clear();
            v.resize(c.len(), 0.0);
        }
        work.now.copy_from_slice(c);
        let result = self.substeps(op, &mut work, dt, tolerance);
        if result.is_ok() {
            c.copy_from_slice(&work.now);
            for (sink, taken) in self.sink.iter_mut().zip(&work.taken) {
                *sink = taken / dt;
            }
        }
        self.control = work;
        result
    }

    fn substeps(
        &mut self,
        op: &Operator,
        work: &mut Control,
        dt: f64,
        tolerance: f64,
    ) -> Result<ControlledLedger, FieldError> {
        let Control { whole, halves, now, taken, part } = work;
        let mut ledger = ControlledLedger::default();
        let total = &mut ledger.total;
        (total.before, total.scheme) = (op.mesh().amount(now), self.config().scheme);
        let (mut time, mut tau, mut end) = (0.0, dt, None);
        // What comes in from outside in all: without it a field does not grow, and one that fades has no other measure.
        let fed = dt * op.all_sources().map(|s| s * s).sum::<f64>().sqrt();
        while time < dt {
            tau = tau.min(dt - time);
            let rest = dt - time - tau;
            whole.copy_from_slice(now);
            let once = self.step(op, whole, tau)?;
            halves.copy_from_slice(now);
            part.fill(0.0);
            let mut steps = [StepLedger::default(); 2];
            for step in &mut steps {
                *step = self.step(op, halves, 0.5 * tau)?;
                for (part, sink) in part.iter_mut().zip(&self.sink) {
                    *part += 0.5 * tau * sink;
                }
            }
            let gave_way = [once, steps[0], steps[1]].iter().any(|s| s.scheme == Scheme::BackwardEuler);
            let order = if gave_way { 1 } else { 2 };
            for (whole, halves) in whole.iter_mut().zip(&*halves) {
                *whole -= halves;
            }
            let there = dot(halves, halves);
            // The first attempt goes all the way.
            let size = there.max(dot(now, now)).sqrt().max(fed.min(*end.get_or_insert(there.sqrt())));
            let difference = dot(whole, whole).sqrt() / f64::from((1 << order) - 1);
            let error = if difference > 0.0 { difference / size } else { 0.0 };
            let factor = match order {
                1 => 0.9 * (tolerance / error).sqrt(),
                _ => 0.9 * math::cbrt(tolerance / error),
            };
            let solve = &mut total.solve;
            for s in [once, steps[0], steps[1]] {
                solve.iterations += s.solve.iterations;
                solve.factorisations += s.solve.factorisations;
                solve.residual = solve.residual.max(s.solve.residual);
            }
            if error > tolerance {
                ledger.rejected += 1;
                tau *= factor.clamp(0.1, 0.9);
                if tau < SHORTEST * dt {
                    return Err(FieldError::InvalidSetting(format!(
                        "no substep of a step of {dt} min keeps the tolerance {tolerance}"
                    )));
                }
                continue;
            }
            for s in steps {
                total.source += s.source;
                total.decay += s.decay;
                for (sum, b) in total.boundary.iter_mut().zip(s.boundary) {
                    *sum += b;
                }
            }
            if gave_way {
                total.scheme = Scheme::BackwardEuler;
            }
            ledger.substeps += 1;
            ledger.error += error;
            for (taken, part) in taken.iter_mut().zip(&*part) {
                *taken += part;
            }
            now.copy_from_slice(halves);
            // A time that ends short of dt by rounding alone would ask for a step of nothing.
            time = if rest > 0.0 { time + tau } else { dt };
            tau *= factor.clamp(0.2, 5.0);
        }
        total.after = op.mesh().amount(now);
        Ok(ledger)
    }
}
