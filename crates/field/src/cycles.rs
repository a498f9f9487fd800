//! Quasi-steady fields of large meshes: multigrid cycles in single precision on residuals in double precision.
//!
//! Saturable sinks are part of the residual, and their slope is part of the operator that a cycle inverts: each cycle
//! is a step of Newton's method, carried no further than the next residual makes worth while. Nothing but the residual and one right-hand side is stored per voxel; a solve that
//! does not contract (couplings that jump, regions joined by almost nothing) is handed back to the caller.

use crate::geometric::Geometric;
use crate::mesh::Face;
use crate::operator::Operator;
use crate::slabs;
use crate::stage::Loss;
use crate::steady::uptake;
use exoderm_numeric::reduce;
use rayon::prelude::*;

#[derive(Clone, Debug, Default)]
pub(crate) struct Cycles {
    hierarchy: Option<Box<Geometric>>,
    parts: Vec<f64>,
}

/// How a solve by cycles ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cycled {
    pub(crate) converged: bool,
    pub(crate) cycles: usize,
    /// Residual, relative to the right-hand side.
    pub(crate) residual: f64,
}

/// Michaelis–Menten uptake: vmax per voxel, km.
pub(crate) type Sink<'a> = Option<(&'a [f64], f64)>;

/// A cycle that leaves more of the residual than this is not worth its time.
const SLOW: f64 = 0.6;
/// A residual of this many rounding errors of its own terms can't be improved on.
const ROUNDING: f64 = 1e-15;

impl Cycles {
    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        self.hierarchy.as_ref().map_or(0, |h| h.bytes())
    }

    /// Improves `c` until the residual is `tolerance` times the right-hand side.
    pub(crate) fn solve(
        &mut self,
        op: &Operator,
        sink: Sink,
        c: &mut [f64],
        tolerance: f64,
        most: usize,
    ) -> Cycled {
        let a = op.coefficients();
        let (s, b) = (op.source(), op.boundary_source());
        let shape = op.mesh().shape();
        let squared = slabs::reduce(shape, &mut self.parts, |from, to| {
            s[from..to].iter().zip(&b[from..to]).map(|(s, b)| (s + b) * (s + b)).sum()
        });
        let norm_b = squared.sqrt();
        let mut result = Cycled { converged: false, cycles: 0, residual: 0.0 };
        if norm_b == 0.0 {
            c.fill(0.0);
            result.converged = true;
            return result;
        }
        let walls = Face::ALL.map(|f| &op.face_cells(f).conductance[..]);
        if !self.hierarchy.as_ref().is_some_and(|h| h.matches(&a, walls)) {
            self.hierarchy = Some(Box::new(Geometric::new(&a, walls)));
        }
        let Some(mg) = self.hierarchy.as_mut() else { return result };
        if sink.is_none() {
            mg.set_loss(a.loss, None);
        }
        // The residual is scaled to its own size: single precision has a narrow range.
        let (mut norm, mut slow) = (norm_b, 0);
        loop {
            let scale = 1.0 / norm;
            let sum = residual(op, sink, c, scale, mg.rhs(), &mut self.parts);
            let before = norm;
            norm = sum.sqrt() / scale;
            result.residual = norm / norm_b;
            if norm <= tolerance * norm_b {
                result.converged = true;
                return result;
            }
            slow += usize::from(result.cycles > 0 && norm > SLOW * before);
            if result.cycles >= most || slow > 3 || !norm.is_finite() || result.residual < ROUNDING {
                return result;
            }
            if let Some((vmax, km)) = sink {
                let now = &*c;
                mg.set_loss(a.loss, Some(&|i| uptake(vmax[i], km, now[i]).1));
            }
            let x = mg.cycle();
            slabs::for_each(shape, c, |first, slab| {
                let len = slab.len();
                for (c, &x) in slab.iter_mut().zip(&x[first..first + len]) {
                    *c += f64::from(x) / scale;
                }
            });
            result.cycles += 1;
        }
    }

    /// Scales a solution so that sources and losses balance to rounding, in a mesh that is one region.
    pub(crate) fn close(&mut self, op: &Operator, c: &mut [f64]) {
        let (a, shape, parts) = (op.coefficients(), op.mesh().shape(), &mut self.parts);
        let (s, b) = (op.source(), op.boundary_source());
        let made = slabs::reduce(shape, parts, |i, j| reduce::sum(&s[i..j]) + reduce::sum(&b[i..j]));
        let lost = match a.loss {
            Loss::Uniform(e) => e * slabs::reduce(shape, parts, |i, j| reduce::sum(&c[i..j])),
            Loss::PerVoxel(k, b) => slabs::reduce(shape, parts, |i, j| {
                reduce::dot(&k[i..j], &c[i..j]) + reduce::dot(&b[i..j], &c[i..j])
            }),
        };
        let factor = made / lost;
        if (factor - 1.0).abs() < 0.01 {
            slabs::for_each(shape, c, |_, slab| slab.iter_mut().for_each(|c| *c *= factor));
        }
    }
}

/// `scale · (s − A c − uptake)` in single precision; returns the sum of its squares.
fn residual(op: &Operator, sink: Sink, c: &[f64], scale: f64, out: &mut [f32], parts: &mut Vec<f64>) -> f64 {
    let a = op.coefficients();
    let (s, b) = (op.source(), op.boundary_source());
    let shape = op.mesh().shape();
    let (nz, len) = (shape[2], slabs::slab_len(shape));
    let one = |first: usize, slab: &mut [f32], row: &mut Vec<f64>| -> f64 {
        row.resize(nz, 0.0);
        let mut sum = 0.0;
        for (k, out) in slab.chunks_exact_mut(nz).enumerate() {
            let start = first + k * nz;
            a.residual_row(c, s, b, start, row);
            if let Some((vmax, km)) = sink {
                for ((r, &v), &c) in row.iter_mut().zip(&vmax[start..]).zip(&c[start..]) {
                    *r -= uptake(v, km, c).0;
                }
            }
            let mut lanes = [0.0; 8];
            for (r, out) in row.iter_mut().zip(out.iter_mut()) {
                *r *= scale;
                *out = *r as f32;
            }
            let (blocks, rest) = row.as_chunks::<8>();
            for block in blocks {
                for (lane, r) in lanes.iter_mut().zip(block) {
                    *lane += r * r;
                }
            }
            sum += lanes.iter().sum::<f64>() + rest.iter().map(|r| r * r).sum::<f64>();
        }
        sum
    };
    if out.len() <= len {
        return one(0, out, &mut Vec::new());
    }
    parts.resize(out.len().div_ceil(len), 0.0);
    out.par_chunks_mut(len)
        .zip(parts.par_iter_mut())
        .enumerate()
        .for_each_init(Vec::new, |row, (k, (slab, part))| *part = one(k * len, slab, row));
    reduce::sum(parts)
}
