//! Helpers of this crate's tests.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

use exoderm_field::{Boundary, Face, Mesh, Operator, StepLedger};
use exoderm_numeric::math::{ln, pow};

/// A small generator for test data; not for simulation.
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    /// In (0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((z ^ (z >> 31)) >> 12) as f64 + 0.5) / 4_503_599_627_370_496.0
    }

    /// Log-uniform between `low` and `high`.
    pub(crate) fn decades(&mut self, low: f64, high: f64) -> f64 {
        low * pow(high / low, self.unit())
    }

    pub(crate) fn field(&mut self, n: usize, mut f: impl FnMut(&mut Self) -> f64) -> Vec<f64> {
        (0..n).map(|_| f(self)).collect()
    }
}

/// A 1-D mesh along z.
pub(crate) fn rod(n: usize, length: f64) -> Mesh {
    Mesh::new(1, 1, n, [1.0, 1.0, length / n as f64]).unwrap()
}

pub(crate) fn uniform(mesh: &Mesh, d: f64, k: f64) -> Operator {
    let mut op = Operator::new(mesh);
    op.set_uniform_diffusivity(d).unwrap();
    op.set_decay(&vec![k; mesh.len()]).unwrap();
    op
}

/// Mean absolute difference.
pub(crate) fn l1(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f64>() / a.len() as f64
}

pub(crate) fn range(c: &[f64]) -> (f64, f64) {
    c.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), c| (l.min(*c), h.max(*c)))
}

/// Of a ratio of errors on meshes or steps that differ by 2: the order of convergence.
pub(crate) fn log2(ratio: f64) -> f64 {
    ln(ratio) / std::f64::consts::LN_2
}

/// What a step books adds up to the change of the amount.
pub(crate) fn assert_balanced(ledger: &StepLedger, tolerance: f64) {
    let gross =
        ledger.before + ledger.source + ledger.decay + ledger.boundary.iter().map(|b| b.abs()).sum::<f64>();
    assert!(ledger.defect().abs() <= tolerance * gross, "{} of {gross}: {ledger:?}", ledger.defect());
}

/// A rough operator: D over six decades, decay, sources, and every kind of boundary.
pub(crate) fn rough(mesh: &Mesh, noise: &mut Noise, open: bool) -> Operator {
    let mut op = Operator::new(mesh);
    op.set_diffusivity(&noise.field(mesh.len(), |n| n.decades(1e-3, 1e3))).unwrap();
    if open {
        op.set_decay(&noise.field(mesh.len(), |n| n.decades(1e-4, 10.0))).unwrap();
        op.set_source(&noise.field(mesh.len(), |n| n.decades(1e-6, 1.0))).unwrap();
        op.set_boundary(Face::XMin, Boundary::Value(0.3)).unwrap();
        op.set_boundary(Face::XMax, Boundary::Flux(0.01)).unwrap();
        op.set_boundary(Face::ZMin, Boundary::Permeability { p: 0.1, reservoir: 0.0 }).unwrap();
        op.set_boundary(Face::ZMax, Boundary::Outflow).unwrap();
    }
    op
}
