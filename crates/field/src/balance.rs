//! Makes a solver's answer conservative to rounding.
//!
//! An iterative solution satisfies its equations to a tolerance only, and over thousands of steps that would show
//! in the balance sheet. Two corrections close it, both per connected region, both multiplicative, so that what
//! was positive stays positive and what was zero stays zero:
//!
//! 1. *The system.* Summed over a region, the links cancel and `(E + L) x = b` says `Σ e x = Σ b`. Negative noise
//!    is cut off and x is scaled by `Σ b / Σ e x`, a ratio of sums of non-negative terms, so without
//!    cancellation. When a region hardly loses anything (`e → 0`), its mean is all but undetermined by the
//!    equations in floating point; this identity is what fixes it.
//! 2. *The amount.* Losses and boundary fluxes are booked at the concentration just found, the step's *sink*; the
//!    new concentration is then scaled so that its amount is the old amount plus what was booked. The factor
//!    differs from 1 by rounding alone, but at a strongly coupled boundary (rate g, g·dt ≫ 1) rounding of c is
//!    amplified g·dt times in the booked flux, and this keeps it out of the balance.
//!
//! The flux form `c_old + dt · (fluxes of the solution)`, which also conserves by construction, is not used: it
//! amplifies the rounding of c by dt·D/h², which at 60 min steps of oxygen is 1e5, and can turn negative.

use crate::mesh::Face;
use crate::operator::Operator;
use crate::passes;
use crate::stencil::Components;
use exoderm_numeric::reduce::Accumulator;

/// Largest share by which a region's mean may be off before it is shifted rather than scaled.
const SHIFT: f64 = 1e-6;
/// Largest correction of the amount. More means that hardly anything is left beside what flowed, so that the
/// difference is rounding of the flow; it then stays in the ledger as its defect.
const LARGEST_CORRECTION: f64 = 1e-6;

/// Scratch: one entry per region.
#[derive(Clone, Debug, Default)]
pub(crate) struct Balance {
    have: Vec<f64>,
    want: Vec<f64>,
    weight: Vec<f64>,
    sums: Vec<Accumulator>,
}

impl Balance {
    /// Correction 1: makes `Σ e x = Σ b` in every region; with `b ≥ 0` also `x ≥ 0`.
    pub(crate) fn close_system(&mut self, regions: &Components, e: &[f64], b: &[f64], x: &mut [f64]) {
        let non_negative = passes::all(b, |b| b >= 0.0);
        self.resize(regions.count);
        region_sums(regions, &mut self.sums, &mut self.want, b.len(), |i| b[i]);
        region_sums(regions, &mut self.sums, &mut self.weight, b.len(), |i| e[i]);
        region_dots(regions, &mut self.sums, &mut self.have, e, x);
        let off = |have: f64, want: f64| (want - have).abs() > SHIFT * have.abs().max(want.abs());
        if self.have.iter().zip(&self.want).any(|(h, w)| off(*h, *w)) {
            for (i, x) in x.iter_mut().enumerate() {
                let c = regions.label(i);
                if off(self.have[c], self.want[c]) && self.weight[c] > 0.0 {
                    *x += (self.want[c] - self.have[c]) / self.weight[c];
                }
            }
        }
        if non_negative {
            passes::cut_negative(x);
        }
        region_dots(regions, &mut self.sums, &mut self.have, e, x);
        for ((have, &want), &weight) in self.have.iter_mut().zip(&self.want).zip(&self.weight) {
            let scalable = if non_negative { *have > 0.0 } else { !off(*have, want) && *have != 0.0 };
            let fallback = if want == 0.0 || weight <= 0.0 { 1.0 } else { f64::NAN };
            *have = if scalable { want / *have } else { fallback };
        }
        let (have, want, weight) = (&self.have, &self.want, &self.weight);
        passes::each(x, |first, part| {
            for (i, x) in part.iter_mut().enumerate() {
                let c = regions.label(first + i);
                let factor = have[c];
                if !factor.is_nan() {
                    *x *= factor;
                } else if non_negative {
                    // All of it was lost to underflow: what little there is, is spread.
                    *x = want[c] / weight[c];
                }
            }
        });
    }

    /// Correction 2: scales `x` in every region to the amount in `old` plus what `op` books in `dt` at `sink`.
    /// False when a region would need more than rounding; it is then left as it was.
    pub(crate) fn close_amount(
        &mut self,
        op: &Operator,
        old: &[f64],
        sink: &[f64],
        dt: f64,
        x: &mut [f64],
    ) -> bool {
        let regions = op.components();
        let (k, s) = (op.decay(), op.source());
        self.resize(regions.count);
        let n = x.len();
        region_sums(regions, &mut self.sums, &mut self.want, n, |i| {
            old[i] + dt * (s.at(i) - k.at(i) * sink[i])
        });
        region_sums(regions, &mut self.sums, &mut self.have, n, |i| x[i]);
        self.sums.clear();
        self.sums.extend(self.want.iter().map(|w| Accumulator::new(*w)));
        for face in Face::ALL {
            let cells = op.face_cells(face);
            for cell in 0..cells.conductance.len() {
                let voxel = op.mesh().face_voxel(face, cell);
                self.sums[regions.label(voxel)].add(-dt * cells.cell_rate(cell, sink[voxel]));
            }
        }
        let mut closed = true;
        for (have, want) in self.have.iter_mut().zip(&self.sums) {
            let factor = want.value() / *have;
            let small = (factor - 1.0).abs() <= LARGEST_CORRECTION;
            closed &= small || (*have == 0.0 && want.value() == 0.0);
            *have = if small { factor } else { 1.0 };
        }
        let have = &self.have;
        passes::each(x, |first, part| {
            part.iter_mut().enumerate().for_each(|(i, x)| *x *= have[regions.label(first + i)]);
        });
        closed
    }

    fn resize(&mut self, count: usize) {
        for v in [&mut self.have, &mut self.want, &mut self.weight] {
            v.resize(count, 0.0);
        }
    }
}

/// Sum of `term` over the voxels of each region, in a fixed order.
pub(crate) fn region_sums(
    regions: &Components,
    scratch: &mut Vec<Accumulator>,
    out: &mut [f64],
    n: usize,
    term: impl Fn(usize) -> f64 + Sync,
) {
    if regions.label.is_empty() {
        out[0] = passes::sum_terms(0, n, &term);
        return;
    }
    scratch.clear();
    scratch.resize(regions.count, Accumulator::default());
    for (i, &label) in regions.label.iter().enumerate() {
        scratch[label as usize].add(term(i));
    }
    for (out, sum) in out.iter_mut().zip(scratch.iter()) {
        *out = sum.value();
    }
}

/// Σ a b over the voxels of each region, in a fixed order.
pub(crate) fn region_dots(
    regions: &Components,
    scratch: &mut Vec<Accumulator>,
    out: &mut [f64],
    a: &[f64],
    b: &[f64],
) {
    scratch.clear();
    scratch.resize(regions.count, Accumulator::default());
    for (run, region) in regions.runs() {
        passes::add_dot(&mut scratch[region], &a[run.clone()], &b[run]);
    }
    for (out, sum) in out.iter_mut().zip(scratch.iter()) {
        *out = sum.value();
    }
}
