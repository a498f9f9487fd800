//! Steps of any length by the exact propagator of the mesh: `c(t) = e^(−tA) c0 + t φ1(tA) s`.
//!
//! Diffusion, loss and source of one scalar are linear with coefficients that stay as they are over a step, so the
//! step has an exact solution, and the only question is how to apply a function of A to a field. A is symmetric with a known
//! spectrum: the function is expanded in Chebyshev polynomials (module `chebyshev`) and summed by
//! Clenshaw's recurrence, one explicit stage (module `stage`) a term. The number of stages grows with the root of the
//! step, as in super-time-stepping, but there is no error in time: what is left out of a series bounds the error of
//! the whole step in the 2-norm before it is taken. That bound is the error control. Splitting, and with it a bias
//! of steady states, does not occur; uniform decay is exact however long the step.
//!
//! The exact propagator is positive, the truncated one is so to its tolerance. Where a result would be negative by
//! more than rounding, the step is done anew with the whole series, and what is then left (rounding) is cut off and
//! booked. Amounts are closed afterwards, region by region, by a factor that differs from 1 by the tolerance at most.
//!
//! Saturable uptake `vmax c/(km + c)` is taken as the rate `vmax/(km + c)` at the middle of a substep, predicted
//! with the rate at its beginning: second order, positive, and with the same steady states as the equation itself.
//! The difference between predictor and corrector controls the length of substeps.

use crate::chebyshev::{Propagators, terms};
use crate::error::{FieldError, check_field, check_len, check_non_negative, check_time_step};
use crate::mesh::Mesh;
use crate::operator::Operator;
use crate::passes;
use crate::settle::Settle;
use crate::slabs;
use crate::stage::{Coefficients, Weights};
use crate::steady::check_tolerance;
use crate::values::Part;
use serde::{Deserialize, Serialize};

/// Settings of an [`ExponentialStep`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExponentialConfig {
    /// Largest error of a step in the 2-norm, relative to the norm of what was there and came in, decayed as it must.
    pub tolerance: f64,
    /// Whether the time-averaged concentration, at which losses are booked, is computed as well: twice the work.
    pub sink: bool,
    /// Stages before a step is refused.
    pub max_stages: usize,
}

impl Default for ExponentialConfig {
    fn default() -> Self {
        Self { tolerance: 1e-8, sink: false, max_stages: 1_000_000 }
    }
}

/// What a step did to the amount of the scalar (concentration × um³): `after = before + source − lost` to rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExponentialLedger {
    /// Amount before the step.
    pub before: f64,
    /// Amount after the step.
    pub after: f64,
    /// Made by sources and brought in by fluxes and reservoirs.
    pub source: f64,
    /// Lost to k, to reservoirs and to saturable uptake.
    pub lost: f64,
    /// Negative amount that was cut off (positive number), taken from the rest of its region.
    pub clipped: f64,
    /// Explicit stages done.
    pub stages: usize,
    /// Substeps that saturable uptake made necessary (1 for a linear step).
    pub substeps: usize,
    /// Largest relative error in the 2-norm by the bound of the series, summed over substeps.
    pub error: f64,
}

/// A series that leaves this out leaves out nothing.
const WHOLE: f64 = 1e-17;
/// Negative values beyond this share of the largest are no rounding.
const ROUNDING: f64 = 1e-14;

/// Advances a scalar exactly in time. One serves all scalars of a mesh: it carries nothing from step to step.
#[derive(Clone, Debug)]
pub struct ExponentialStep {
    mesh: Mesh,
    config: ExponentialConfig,
    /// The recurrence; the first one ends up with the result.
    here: Vec<f64>,
    there: Vec<f64>,
    /// Sources with what boundaries bring in, where the operator does not hold just that itself.
    source: Vec<f64>,
    sink: Vec<f64>,
    saturable: Option<Box<Saturable>>,
    settle: Settle,
}

/// What only steps with saturable uptake need.
#[derive(Clone, Debug)]
struct Saturable {
    loss: Vec<f64>,
    start: Vec<f64>,
    predicted: Vec<f64>,
    taken: Vec<f64>,
}

impl ExponentialStep {
    /// Allocates the scratch for a mesh.
    ///
    /// # Errors
    /// A tolerance outside (0, 1), no stages.
    pub fn new(mesh: &Mesh, config: ExponentialConfig) -> Result<Self, FieldError> {
        check_tolerance(config.tolerance, config.max_stages)?;
        let zero = || vec![0.0; mesh.len()];
        Ok(Self {
            mesh: mesh.clone(),
            config,
            here: zero(),
            there: zero(),
            source: Vec::new(),
            sink: if config.sink { zero() } else { Vec::new() },
            saturable: None,
            settle: Settle::default(),
        })
    }

    /// The settings.
    pub fn config(&self) -> &ExponentialConfig {
        &self.config
    }

    /// Bytes of scratch held for the mesh.
    pub fn scratch_bytes(&self) -> usize {
        let arrays = [&self.here, &self.there, &self.source, &self.sink];
        let mut values: usize = arrays.iter().map(|v| v.capacity()).sum();
        if let Some(s) = &self.saturable {
            values += [&s.loss, &s.start, &s.predicted, &s.taken].iter().map(|v| v.capacity()).sum::<usize>();
        }
        8 * values
    }

    /// The time-averaged concentration of the last linear step, per voxel: a part `k_i` of the loss took
    /// `k_i · sink · dt · V`. Empty unless the settings ask for it.
    pub fn sink(&self) -> &[f64] {
        &self.sink
    }

    /// What saturable uptake took in the last [`ExponentialStep::step_saturable`], concentration per voxel. Empty
    /// before the first.
    pub fn taken(&self) -> &[f64] {
        self.saturable.as_ref().map_or(&[], |s| &s.taken)
    }

    /// Advances `c` by `dt` (min): `∂c/∂t = ∇·(D ∇c) − k c + s` with boundaries, k, s and D constant over the step.
    ///
    /// The result is ≥ 0 for any `dt`; where the operator is signed, if c, s and what boundaries hold are.
    ///
    /// # Errors
    /// Bad input, a negative concentration (unless the operator is signed), more stages than allowed; `c` is then unchanged.
    pub fn step(&mut self, op: &Operator, c: &mut [f64], dt: f64) -> Result<ExponentialLedger, FieldError> {
        self.check(op, c, dt)?;
        let gathered = self.gather_source(op);
        let source = source_of(op, &gathered);
        let work = Work { op, coefficients: op.coefficients(), source, sink: self.config.sink };
        let result = self.propagate(&work, c, dt).map(|mut ledger| {
            ledger.before = self.mesh.amount(c);
            self.finish(&work, c, dt, &mut ledger);
            passes::copy(&self.here, c);
            ledger
        });
        self.source = gathered;
        result
    }

    /// Advances `c` by `dt` (min) with saturable uptake beside the operator:
    /// `∂c/∂t = ∇·(D ∇c) − k c − vmax c/(km + c) + s`, `vmax` per voxel (concentration/min), `km` a concentration.
    /// Substeps keep the estimated error of each within the tolerance, and that of the whole within about
    /// tolerance times their number.
    ///
    /// # Errors
    /// As [`ExponentialStep::step`]; `km` not positive, negative `vmax`; negative concentrations.
    pub fn step_saturable(
        &mut self,
        op: &Operator,
        vmax: &[f64],
        km: f64,
        c: &mut [f64],
        dt: f64,
    ) -> Result<ExponentialLedger, FieldError> {
        self.check(op, c, dt)?;
        check_len("vmax", vmax, self.mesh.len())?;
        check_non_negative("vmax", vmax)?;
        check_non_negative("concentration", c)?;
        if !(km > 0.0 && km.is_finite()) {
            return Err(FieldError::InvalidSetting(format!("km = {km} is not a positive concentration")));
        }
        let gathered = self.gather_source(op);
        let n = self.mesh.len();
        let mut s = self.saturable.take().unwrap_or_else(|| {
            let zero = || vec![0.0; n];
            Box::new(Saturable { loss: zero(), start: zero(), predicted: zero(), taken: zero() })
        });
        s.taken.fill(0.0);
        s.start.copy_from_slice(c);
        let result = self.substeps(op, source_of(op, &gathered), vmax, km, &mut s, dt);
        self.source = gathered;
        if result.is_ok() {
            c.copy_from_slice(&s.start);
        }
        self.saturable = Some(s);
        result
    }

    fn substeps(
        &mut self,
        op: &Operator,
        source: &[f64],
        vmax: &[f64],
        km: f64,
        s: &mut Saturable,
        dt: f64,
    ) -> Result<ExponentialLedger, FieldError> {
        let mut total = ExponentialLedger { before: self.mesh.amount(&s.start), ..Default::default() };
        let shape = self.mesh.shape();
        if self.sink.is_empty() {
            // Uptake is booked at the average concentration.
            self.sink = vec![0.0; s.start.len()];
        }
        let (mut time, mut tau) = (0.0, dt);
        while time < dt {
            tau = tau.min(dt - time);
            let rest = dt - time - tau;
            for (i, ((e, &v), &c)) in s.loss.iter_mut().zip(vmax).zip(&s.start).enumerate() {
                let k = op.decay().at(i);
                *e = k + v / (km + c);
            }
            let coefficients = op.coefficients_with(&s.loss);
            let first = self.propagate(&Work { op, coefficients, source, sink: false }, &s.start, tau)?;
            total.stages += first.stages;
            s.predicted.copy_from_slice(&self.here);
            let old = &s.start;
            for (i, e) in s.loss.iter_mut().enumerate() {
                let middle = 0.5 * (old[i] + s.predicted[i].max(0.0));
                *e = op.decay().at(i) + vmax[i] / (km + middle);
            }
            let coefficients = op.coefficients_with(&s.loss);
            let work = Work { op, coefficients, source, sink: true };
            let mut second = self.propagate(&work, &s.start, tau)?;
            total.stages += second.stages;
            let (here, predicted) = (&self.here, &s.predicted);
            let parts = &mut self.settle.parts;
            let norm = |parts: &mut Vec<f64>, f: &(dyn Fn(usize) -> f64 + Sync)| {
                slabs::reduce(shape, parts, |a, b| (a..b).map(|i| f(i) * f(i)).sum()).sqrt()
            };
            let difference = norm(parts, &|i| here[i] - predicted[i]);
            let size = norm(parts, &|i| here[i]).max(norm(parts, &|i| s.start[i]));
            let wanted = self.config.tolerance * size;
            let factor = if difference > 0.0 { 0.9 * (wanted / difference).sqrt() } else { 5.0 };
            if difference > wanted && tau > 1e-9 * dt {
                tau *= factor.clamp(0.1, 0.9);
                continue;
            }
            second.before = self.mesh.amount(&s.start);
            self.finish(&work, &s.start, tau, &mut second);
            total.clipped += second.clipped;
            total.source += second.source;
            total.error += second.error;
            total.substeps += 1;
            for (i, taken) in s.taken.iter_mut().enumerate() {
                *taken += tau * (s.loss[i] - op.decay().at(i)) * self.sink[i];
            }
            std::mem::swap(&mut s.start, &mut self.here);
            // A time that ends short of dt by rounding alone would ask for a step of nothing.
            time = if rest > 0.0 { time + tau } else { dt };
            tau *= factor.clamp(0.2, 5.0);
        }
        if !self.config.sink {
            self.sink = Vec::new();
        }
        total.after = self.mesh.amount(&s.start);
        total.lost = total.before + total.source - total.after;
        Ok(total)
    }

    fn check(&self, op: &Operator, c: &[f64], dt: f64) -> Result<(), FieldError> {
        check_time_step(dt)?;
        if *op.mesh() != self.mesh {
            return Err(FieldError::InvalidSetting("operator and solver have different meshes".into()));
        }
        check_field(&self.mesh, c, op.is_signed())
    }

    /// The buffer for sources, filled if it is needed; to be given back.
    fn gather_source(&mut self, op: &Operator) -> Vec<f64> {
        let mut out = std::mem::take(&mut self.source);
        let own = op.source().part();
        let none = matches!(own, Part::Same(0.0)) && !op.rim().has_source();
        if none || (matches!(own, Part::Each(_)) && !op.rim().has_source()) {
            return Vec::new();
        }
        out.resize(self.mesh.len(), 0.0);
        own.copy_to(0, &mut out);
        for (v, _, s) in op.rim().iter() {
            out[v] += s;
        }
        out
    }

    /// The step into `here`, the average into `sink`.
    fn propagate(&mut self, work: &Work, c: &[f64], dt: f64) -> Result<ExponentialLedger, FieldError> {
        let (low, high) = work.coefficients.spectrum();
        let half = 0.5 * (high - low);
        let (y0, z) = (low * dt, half * dt);
        if !(y0.is_finite() && z.is_finite()) {
            return Err(FieldError::InvalidTimeStep(dt));
        }
        let too_many = |stages: usize| {
            Err(FieldError::InvalidSetting(format!(
                "a step of {dt} min needs about {stages} stages; take shorter steps, or the quasi-steady field"
            )))
        };
        // The series itself has some √(100 z) entries: no table for a step that is refused anyway.
        if z > 1e12 || 8.0 * z.sqrt() > 100.0 * self.config.max_stages as f64 {
            return too_many((4.0 * z.sqrt()) as usize);
        }
        let series = Propagators::new(y0, z);
        let signed =
            work.op.is_signed() && !(passes::all(c, |c| c >= 0.0) && passes::all(work.source, |s| s >= 0.0));
        let mut ledger = ExponentialLedger { substeps: 1, ..Default::default() };
        let x = (1.0 + if half > 0.0 { low / half } else { 0.0 }, if half > 0.0 { -1.0 / half } else { 0.0 });
        for tolerance in [self.config.tolerance.max(WHOLE), WHOLE] {
            ledger.error = tolerance;
            let plan = |f: &[f64], g: &[f64]| {
                let f = &f[..terms(f, tolerance * series_sum(f))];
                let g = &g[..terms(g, tolerance * series_sum(g))];
                (f.to_vec(), g.to_vec())
            };
            let (f, g) = plan(&series.exponential, &series.phi1);
            let stages = f.len().max(g.len());
            if stages > self.config.max_stages {
                return too_many(stages);
            }
            if work.sink {
                let (f, g) = plan(&series.phi1, &series.phi2);
                ledger.stages += self.clenshaw(work, &f, &g, c, dt, x);
                passes::copy(&self.here, &mut self.sink);
                if !signed {
                    passes::cut_negative(&mut self.sink);
                }
            }
            ledger.stages += self.clenshaw(work, &f, &g, c, dt, x);
            if signed {
                break;
            }
            let rounding = ROUNDING * passes::largest(&self.here);
            if passes::all(&self.here, |h| h >= -rounding) {
                break;
            }
        }
        if !signed {
            ledger.clipped = self.settle.clip(&self.mesh, &mut self.here);
        }
        Ok(ledger)
    }

    /// `Σ (f_k c + dt g_k s) T_k(X)`, X the operator mapped to [−1, 1]: `X = x.0 + x.1 A`. Returns the stages done.
    fn clenshaw(&mut self, work: &Work, f: &[f64], g: &[f64], c: &[f64], dt: f64, x: (f64, f64)) -> usize {
        let a = &work.coefficients;
        let count = f.len().max(g.len()).max(1);
        let weights = |k: usize| {
            let half = if k == 0 { 0.5 } else { 1.0 };
            let at = |s: &[f64]| half * s.get(k).copied().unwrap_or(0.0);
            [at(f), dt * at(g)]
        };
        let shape = self.mesh.shape();
        let (source, empty) = (work.source, work.source.is_empty());
        let [wc, ws] = weights(count - 1);
        slabs::for_each(shape, &mut self.here, |first, slab| {
            for (i, out) in slab.iter_mut().enumerate() {
                *out = wc * c[first + i] + if empty { 0.0 } else { ws * source[first + i] };
            }
        });
        passes::each(&mut self.there, |_, part| part.fill(0.0));
        for k in (0..count - 1).rev() {
            let twice = if k == 0 { 1.0 } else { 2.0 };
            let (keep, rate, [wc, ws]) = (twice * x.0, twice * x.1, weights(k));
            let (y, out) = (&self.here, &mut self.there);
            match (k < f.len(), k < g.len() && !empty) {
                (true, true) => {
                    a.stage(Weights { old: -1.0, keep, rate, inputs: [wc, ws] }, y, [c, source], out);
                }
                (true, false) => a.stage(Weights { old: -1.0, keep, rate, inputs: [wc] }, y, [c], out),
                (false, true) => {
                    a.stage(Weights { old: -1.0, keep, rate, inputs: [ws] }, y, [source], out);
                }
                (false, false) => a.stage(Weights { old: -1.0, keep, rate, inputs: [] }, y, [], out),
            }
            std::mem::swap(&mut self.here, &mut self.there);
        }
        count - 1
    }

    /// Closes the balance of the step from `c` to `here` and fills in the ledger.
    fn finish(&mut self, work: &Work, c: &[f64], dt: f64, ledger: &mut ExponentialLedger) {
        let regions = work.op.components();
        let sink = if work.sink { &mut self.sink[..] } else { &mut [] };
        self.settle.close(&self.mesh, regions, &work.coefficients, c, work.source, dt, &mut self.here, sink);
        ledger.source = dt * self.mesh.amount(work.source);
        ledger.after = self.mesh.amount(&self.here);
        ledger.lost = ledger.before + ledger.source - ledger.after;
    }
}

/// All sources: gathered, or the operator's own.
fn source_of<'a>(op: &'a Operator, gathered: &'a [f64]) -> &'a [f64] {
    match op.source().part() {
        Part::Each(own) if gathered.is_empty() => own,
        _ => gathered,
    }
}

/// One propagation: the operator, what of it the stages use, whether the average is wanted.
struct Work<'a> {
    op: &'a Operator,
    coefficients: Coefficients<'a>,
    /// Per voxel, boundaries included; empty where there is none.
    source: &'a [f64],
    sink: bool,
}

/// `a0/2 + Σ a_k`: the function at the slow end of the spectrum.
fn series_sum(a: &[f64]) -> f64 {
    a.iter().skip(1).rev().sum::<f64>() + 0.5 * a[0]
}
