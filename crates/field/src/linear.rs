//! Symmetric positive definite systems `(E + L) x = b` by preconditioned conjugate gradients.
//!
//! With the banded factor the preconditioner is exact while coefficients stay as they were, and one iteration
//! does; when they drift a little (cells moved, the time step changed), the stale factor still does in a few. It
//! is made anew when the iterations it has cost beyond that one, over all solves since, would have paid for a
//! factorisation ([`STALE_LIMIT`]): never more than twice the work of the best choice in hindsight, and the best
//! one when iterations grow evenly with drift. Whether to do so depends on iteration counts alone, so results depend on the history of calls but never on the clock; [`SolverState`] carries that history
//! through a checkpoint. The multigrid hierarchy is cheap to build and always fresh.
//!
//! The mean of each region is deflated. In a closed region with little loss (`e → 0`: a long step, no decay) the
//! equations hold the mean only through terms that drown in the rounding of the links. Summed over the region the
//! links cancel, `Σ e x = Σ b`: the guess is shifted to satisfy it, and every search direction is kept at
//! `Σ e p = 0` (deflation with one constant per region, A-DEF2 of Tang, Nabben, Vuik & Erlangga, J. Sci. Comput.
//! 39:340, 2009), which costs two sums.

use crate::balance::{region_dots, region_sums};
use crate::banded::{Banded, band_width};
use crate::error::{FieldError, check_len, check_non_negative};
use crate::mesh::Mesh;
use crate::multigrid::Multigrid;
use crate::passes::{self, plain_dot as dot};
use crate::stencil::{Components, Stencil};
use exoderm_numeric::reduce::Accumulator;
use serde::{Deserialize, Serialize};

/// How linear systems are preconditioned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// Banded where the cross-section of the mesh has up to 64 voxels, else geometric multigrid cycles, and where those
    /// do not contract conjugate gradients with [`Method::Multigrid`].
    #[default]
    Auto,
    /// Banded LDLᵀ factorisation.
    Banded,
    /// Multigrid: z-line smoothing, aggregation in x and y, K-cycle.
    Multigrid,
    /// As [`Method::Auto`], but never geometric cycles.
    Gradients,
}

/// Whether systems on this mesh are solved by geometric cycles.
pub(crate) fn uses_cycles(mesh: &Mesh, method: Method) -> bool {
    method == Method::Auto && band_width(mesh.shape(), mesh.periodic()) > AUTO_BAND
}

/// Widest band for which [`Method::Auto`] factorises.
const AUTO_BAND: usize = 64;
/// Most entries of a factor (8 GB).
const LARGEST_FACTOR: usize = 1 << 30;
/// Iterations with a stale factor, beyond those that a fresh one would have taken, before it is made anew: as
/// many as cost a factorisation (3 to 4 on strips of 25 to 33 voxels).
const STALE_LIMIT: usize = 4;
/// Times the true residual is computed anew after the recursive one has converged.
const RESTARTS: usize = 6;
/// A residual of this many rounding errors of its own terms can't be improved on.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// What a solve took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SolveReport {
    /// Conjugate-gradient iterations, over all Newton steps.
    pub iterations: usize,
    /// Newton steps (0 for a linear problem).
    pub newton: usize,
    /// Banded factorisations made.
    pub factorisations: usize,
    /// Residual, relative to the right-hand side.
    pub residual: f64,
}

/// The history that a solver's next result depends on beside its input: the coefficients its factor was made
/// from. A run that is resumed from a checkpoint with it continues with the same bits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SolverState {
    frozen: Option<Frozen>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Frozen {
    stencil: Stencil,
    e: Vec<f64>,
    /// Iterations since, beyond the one a solve that a fresh factor would have taken.
    excess: u32,
}

/// When to stop: at `relative` to the right-hand side, or at `absolute`, whichever is larger.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) relative: f64,
    pub(crate) absolute: f64,
}

#[derive(Clone, Debug)]
enum Preconditioner {
    Banded { factor: Box<Banded>, frozen: Option<Frozen> },
    Multigrid(Option<Box<Multigrid>>),
}

#[derive(Clone, Debug)]
pub(crate) struct LinearSolver {
    preconditioner: Preconditioner,
    max_iterations: usize,
    r: Vec<f64>,
    z: Vec<f64>,
    p: Vec<f64>,
    q: Vec<f64>,
    regions: Regions,
}

/// Scratch of the deflation: per region Σ e and a sum to be cancelled.
#[derive(Clone, Debug, Default)]
struct Regions {
    weight: Vec<f64>,
    sum: Vec<f64>,
    scratch: Vec<Accumulator>,
}

impl Regions {
    fn prepare(&mut self, of: &Components, e: &[f64]) {
        self.weight.resize(of.count, 0.0);
        self.sum.resize(of.count, 0.0);
        region_sums(of, &mut self.scratch, &mut self.weight, e.len(), |i| e[i]);
    }

    /// Shifts the guess `x` by a constant per region so that `Σ e x = Σ b`.
    fn balance(&mut self, of: &Components, e: &[f64], b: &[f64], x: &mut [f64]) {
        region_sums(of, &mut self.scratch, &mut self.sum, x.len(), |i| b[i] - e[i] * x[i]);
        self.shift(of, x);
    }

    /// Shifts the direction `z` by a constant per region so that `Σ e z = 0`.
    fn deflate(&mut self, of: &Components, e: &[f64], z: &mut [f64]) {
        region_dots(of, &mut self.scratch, &mut self.sum, e, z);
        for sum in &mut self.sum {
            *sum = -*sum;
        }
        self.shift(of, z);
    }

    fn shift(&mut self, of: &Components, x: &mut [f64]) {
        for (sum, &weight) in self.sum.iter_mut().zip(&self.weight) {
            *sum = if weight > 0.0 { *sum / weight } else { 0.0 };
        }
        for (run, region) in of.runs() {
            let by = self.sum[region];
            passes::each(&mut x[run], |_, part| part.iter_mut().for_each(|x| *x += by));
        }
    }
}

enum Outcome {
    Converged(usize),
    Exhausted(usize),
}

impl LinearSolver {
    pub(crate) fn new(mesh: &Mesh, method: Method, max_iterations: usize) -> Result<Self, FieldError> {
        let (shape, periodic) = (mesh.shape(), mesh.periodic());
        let band = band_width(shape, periodic);
        let banded = match method {
            Method::Auto | Method::Gradients => band <= AUTO_BAND,
            Method::Banded => true,
            Method::Multigrid => false,
        };
        let preconditioner = if banded {
            if mesh.len().saturating_mul(band + 1) > LARGEST_FACTOR {
                return Err(FieldError::InvalidSetting(format!(
                    "a banded factor of a {shape:?} mesh is too large; use multigrid"
                )));
            }
            Preconditioner::Banded { factor: Box::new(Banded::new(shape, periodic)), frozen: None }
        } else {
            Preconditioner::Multigrid(None)
        };
        let zero = || vec![0.0; mesh.len()];
        Ok(Self {
            preconditioner,
            max_iterations,
            r: zero(),
            z: zero(),
            p: zero(),
            q: zero(),
            regions: Regions::default(),
        })
    }

    /// Bytes of its vectors, the preconditioner apart.
    pub(crate) fn bytes(&self) -> usize {
        8 * [&self.r, &self.z, &self.p, &self.q].iter().map(|v| v.capacity()).sum::<usize>()
    }

    pub(crate) fn state(&self) -> SolverState {
        match &self.preconditioner {
            Preconditioner::Banded { frozen, .. } => SolverState { frozen: frozen.clone() },
            Preconditioner::Multigrid(_) => SolverState::default(),
        }
    }

    pub(crate) fn restore(&mut self, mesh: &Mesh, state: SolverState) -> Result<(), FieldError> {
        if let Preconditioner::Banded { factor, frozen } = &mut self.preconditioner {
            if let Some(f) = &state.frozen {
                f.stencil.check(mesh)?;
                check_len("diagonal of the solver state", &f.e, mesh.len())?;
                check_non_negative("diagonal of the solver state", &f.e)?;
                for a in 0..3 {
                    check_non_negative("links of the solver state", &f.stencil.link[a])?;
                    check_non_negative("links of the solver state", &f.stencil.wrap[a])?;
                }
                factor.factorise(&f.stencil, &f.e);
            }
            *frozen = state.frozen;
        } else if state.frozen.is_some() {
            return Err(FieldError::InvalidSetting("solver state of another method".into()));
        }
        Ok(())
    }

    /// Solves `(diag(e) + L) x = b` from the guess in `x`. `components` are the connected regions of the stencil.
    pub(crate) fn solve(
        &mut self,
        stencil: &Stencil,
        components: &Components,
        e: &[f64],
        b: &[f64],
        x: &mut [f64],
        target: Target,
    ) -> Result<SolveReport, FieldError> {
        let norm_b = dot(b, b).sqrt();
        if !norm_b.is_finite() {
            return Err(FieldError::NotFinite { what: "right-hand side norm", index: 0, value: norm_b });
        }
        if norm_b == 0.0 {
            x.fill(0.0);
            return Ok(SolveReport::default());
        }
        let wanted = (target.relative * norm_b).max(target.absolute);
        let mut report = SolveReport::default();
        let mut fresh = false;
        self.regions.prepare(components, e);
        for _ in 0..RESTARTS {
            self.regions.balance(components, e, b, x);
            stencil.residual(e, b, x, &mut self.r);
            let norm_r = dot(&self.r, &self.r).sqrt();
            report.residual = norm_r / norm_b;
            if norm_r <= wanted {
                self.account(fresh, report.iterations);
                return Ok(report);
            }
            // The diagonal is borrowed by z until the preconditioner overwrites it.
            stencil.diagonal(e, &mut self.z);
            let at = &*x;
            passes::each(&mut self.z, |first, part| {
                part.iter_mut().zip(&at[first..]).for_each(|(d, &x)| *d *= x);
            });
            let size = dot(&self.z, &self.z);
            let goal = wanted.max(ROUNDING * size.sqrt());
            if norm_r <= goal {
                self.account(fresh, report.iterations);
                return Ok(report);
            }
            if !norm_r.is_finite() || report.iterations >= self.max_iterations {
                break;
            }
            let budget = self.prepare(stencil, e, &mut fresh, &mut report);
            let budget = budget.min(self.max_iterations - report.iterations);
            match self.iterate(stencil, components, e, x, 0.5 * goal, budget) {
                Outcome::Converged(k) => report.iterations += k,
                Outcome::Exhausted(k) => {
                    report.iterations += k;
                    if let (Preconditioner::Banded { frozen, .. }, false) = (&mut self.preconditioner, fresh)
                    {
                        *frozen = None;
                    }
                }
            }
        }
        Err(FieldError::NotConverged {
            iterations: report.iterations,
            residual: report.residual,
            wanted: target.relative.max(target.absolute / norm_b),
        })
    }

    /// Books a solve's iterations; gives up a stale factor that has cost as much as a new one.
    fn account(&mut self, fresh: bool, iterations: usize) {
        let Preconditioner::Banded { frozen, .. } = &mut self.preconditioner else { return };
        let Some(f) = frozen.as_mut().filter(|_| !fresh) else { return };
        f.excess = f.excess.saturating_add(iterations.saturating_sub(1) as u32);
        if f.excess as usize >= STALE_LIMIT {
            *frozen = None;
        }
    }

    /// Makes the preconditioner ready; returns how many iterations it is worth.
    fn prepare(&mut self, stencil: &Stencil, e: &[f64], fresh: &mut bool, report: &mut SolveReport) -> usize {
        match &mut self.preconditioner {
            Preconditioner::Banded { factor, frozen } => {
                if frozen.is_none() {
                    factor.factorise(stencil, e);
                    report.factorisations += 1;
                    *frozen = Some(Frozen { stencil: stencil.clone(), e: e.to_vec(), excess: 0 });
                    *fresh = true;
                }
                if *fresh { self.max_iterations } else { STALE_LIMIT }
            }
            Preconditioner::Multigrid(hierarchy) => {
                if !hierarchy.as_ref().is_some_and(|m| m.matches(stencil, e)) {
                    *hierarchy = Some(Box::new(Multigrid::new(stencil, e)));
                }
                self.max_iterations
            }
        }
    }

    /// Flexible conjugate gradients from the residual in `r`, until its norm is at most `wanted`.
    fn iterate(
        &mut self,
        stencil: &Stencil,
        components: &Components,
        e: &[f64],
        x: &mut [f64],
        wanted: f64,
        budget: usize,
    ) -> Outcome {
        let (mut rz_old, mut alpha) = (0.0, 0.0);
        for k in 0..budget {
            match &mut self.preconditioner {
                Preconditioner::Banded { factor, .. } => factor.solve(&self.r, &mut self.z),
                Preconditioner::Multigrid(Some(m)) => m.solve(&self.r, &mut self.z),
                Preconditioner::Multigrid(None) => self.z.copy_from_slice(&self.r),
            }
            self.regions.deflate(components, e, &mut self.z);
            let rz = dot(&self.r, &self.z);
            if rz <= 0.0 || !rz.is_finite() {
                return Outcome::Exhausted(k);
            }
            if k == 0 {
                passes::copy(&self.z, &mut self.p);
            } else {
                // z · (r − r_old) instead of z · r: the K-cycle is not a fixed linear operator.
                let beta = -alpha * dot(&self.z, &self.q) / rz_old;
                let z = &self.z;
                passes::each(&mut self.p, |first, part| {
                    part.iter_mut().zip(&z[first..]).for_each(|(p, &z)| *p = z + beta * *p);
                });
            }
            stencil.apply(e, &self.p, &mut self.q);
            let curvature = dot(&self.p, &self.q);
            if !(curvature > 0.0 && curvature.is_finite()) {
                return Outcome::Exhausted(k);
            }
            alpha = dot(&self.p, &self.r) / curvature;
            let (p, q) = (&self.p, &self.q);
            passes::each_pair(x, &mut self.r, |first, x, r| {
                for (((x, r), &p), &q) in x.iter_mut().zip(r).zip(&p[first..]).zip(&q[first..]) {
                    *x += alpha * p;
                    *r -= alpha * q;
                }
            });
            rz_old = rz;
            if dot(&self.r, &self.r).sqrt() <= wanted {
                return Outcome::Converged(k + 1);
            }
        }
        Outcome::Exhausted(budget)
    }
}
