//! A yardstick: super-time-stepping by Runge–Kutta–Legendre stages of second order, RKL2 (Meyer, Balsara & Aslam, J. Comput.
//! Phys. 257:594, 2014, eqs. 16–20).
//!
//! `s` stages cover `(s² + s − 2)/4` steps of Euler's explicit scheme. The recurrence needs the first field and its rate in every
//! stage; they are added in a pass of their own, which a production kernel would fuse with the stage.

use exoderm_field::{Face, FieldError, Operator};

/// The stepper of a mesh without open sides.
pub(crate) struct Rkl2 {
    /// Source per voxel, concentration/min.
    source: Vec<f64>,
    /// Rate of change of the first field.
    rate: Vec<f64>,
    first: Vec<f64>,
    before: Vec<f64>,
    here: Vec<f64>,
}

/// `b_j` of the paper.
fn b(j: usize) -> f64 {
    let j = j.max(2) as f64;
    (j * j + j - 2.0) / (2.0 * j * (j + 1.0))
}

impl Rkl2 {
    /// For an operator; its sources are taken over.
    pub(crate) fn new(op: &Operator) -> Self {
        assert!(Face::ALL.iter().all(|f| *op.boundary(*f) == exoderm_field::Boundary::NoFlux.into()));
        let n = op.mesh().len();
        let zero = || vec![0.0; n];
        let source = (0..n).map(|v| op.source().at(v)).collect();
        Self { source, rate: zero(), first: zero(), before: zero(), here: zero() }
    }

    /// Fewest stages (odd, as the paper advises, at least 3) that are stable over `dt` (min) where the largest rate of the
    /// mesh is `rho` (1/min).
    pub(crate) fn stages(rho: f64, dt: f64) -> usize {
        // dt ≤ (2/ρ) (s² + s − 2)/4.
        let s = (0.5 * ((9.0 + 8.0 * rho * dt).sqrt() - 1.0)).ceil() as usize;
        (s | 1).max(3)
    }

    /// Advances `c` by `dt` (min) in one super-step of `s` stages.
    pub(crate) fn step(&mut self, op: &Operator, c: &mut [f64], dt: f64, s: usize) -> Result<(), FieldError> {
        let w1 = 4.0 / (s * s + s - 2) as f64;
        self.first.copy_from_slice(c);
        // L(Y0) = s − A Y0.
        self.rate.copy_from_slice(&self.source);
        op.explicit_stage([1.0, 0.0, -1.0], &self.first, &mut self.rate)?;
        self.before.copy_from_slice(c);
        let mu1 = b(1) * w1;
        for ((y, c), r) in self.here.iter_mut().zip(&self.first).zip(&self.rate) {
            *y = c + mu1 * dt * r;
        }
        for j in 2..=s {
            let n = j as f64;
            let mu = (2.0 * n - 1.0) / n * b(j) / b(j - 1);
            let nu = -(n - 1.0) / n * b(j) / b(j - 2);
            let mu_t = mu * w1;
            let gamma_t = -(1.0 - b(j - 1)) * mu_t;
            op.explicit_stage([nu, mu, -mu_t * dt], &self.here, &mut self.before)?;
            let (keep, rate, source) = (1.0 - mu - nu, gamma_t * dt, mu_t * dt);
            let inputs = self.first.iter().zip(&self.rate).zip(&self.source);
            for (y, ((c, r), s)) in self.before.iter_mut().zip(inputs) {
                *y += keep * c + rate * r + source * s;
            }
            std::mem::swap(&mut self.here, &mut self.before);
        }
        c.copy_from_slice(&self.here);
        Ok(())
    }
}
