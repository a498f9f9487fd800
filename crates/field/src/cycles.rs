//! Quasi-steady fields and implicit steps of large meshes: multigrid cycles in single precision on residuals in double
//! precision.
//!
//! Saturable sinks are part of the residual, and their slope is part of the operator that a cycle inverts: each cycle
//! is a step of Newton's method, carried no further than the next residual makes worth while. Nothing but the residual
//! and the first guess of a cycle is stored per voxel; a solve that does not
//! contract (couplings that jump, regions joined by almost nothing) is handed back to the caller.

use crate::geometric::Geometric;
use crate::kernel::dot;
use crate::mesh::Face;
use crate::operator::Operator;
use crate::rim::Rim;
use crate::slabs;
use crate::stage::Coefficients;
use crate::values::Part;
use exoderm_numeric::reduce;
use rayon::prelude::*;

#[derive(Clone, Debug, Default)]
pub(crate) struct Cycles {
    hierarchy: Option<Box<Geometric>>,
    parts: Vec<f64>,
}

/// `A c = source`, with what comes in through boundaries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct System<'a> {
    pub(crate) a: Coefficients<'a>,
    /// Conductance (1/min) to the reservoir behind each side's face cells.
    pub(crate) walls: [&'a [f64]; 6],
    pub(crate) source: Part<'a>,
    /// What boundaries bring in beside the source.
    pub(crate) inflow: Option<&'a Rim>,
}

impl<'a> System<'a> {
    /// The quasi-steady field of an operator.
    pub(crate) fn steady(op: &'a Operator) -> Self {
        Self { a: op.coefficients(), walls: walls(op), source: op.source().part(), inflow: Some(op.rim()) }
    }
}

/// Conductances to reservoirs.
pub(crate) fn walls(op: &Operator) -> [&[f64]; 6] {
    Face::ALL.map(|f| &op.face_cells(f).conductance[..])
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
/// Relative residual from which on the slope of uptake is left as it is, while cycles contract at least so well.
const SETTLED: f64 = 1e-3;
const STEADY: f64 = 0.3;
/// A share of the residual beyond which a cycle is stretched.
const LEFT: f64 = 0.15;
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
        system: System,
        sink: Sink,
        c: &mut [f64],
        tolerance: f64,
        most: usize,
    ) -> Cycled {
        let System { a, walls, source: own, inflow } = system;
        let shape = a.stencil.n;
        let squared = slabs::reduce(shape, &mut self.parts, |from, to| {
            let inner = match own {
                Part::Same(s) => (to - from) as f64 * s * s,
                Part::Each(s) => dot(&s[from..to], &s[from..to]),
            };
            // (s + b)² where boundaries bring in b.
            let rim = inflow.into_iter().flat_map(|rim| rim.within(from, to));
            inner + rim.map(|(v, _, b)| b * (b + 2.0 * own.at(v))).sum::<f64>()
        });
        let norm_b = squared.max(0.0).sqrt();
        let mut result = Cycled { converged: false, cycles: 0, residual: 0.0 };
        if norm_b == 0.0 {
            c.fill(0.0);
            result.converged = true;
            return result;
        }
        if !self.hierarchy.as_ref().is_some_and(|h| h.matches(&a, walls)) {
            self.hierarchy = Some(Box::new(Geometric::new(&a, walls)));
        }
        let Some(mg) = self.hierarchy.as_mut() else { return result };
        if sink.is_none() {
            mg.set_loss(&a.loss);
        }
        // The residual is scaled to what it was before: single precision has a narrow range.
        let (mut norm, mut slow, mut fresh, mut stretch) = (norm_b, 0, false, 1.0);
        loop {
            let scale = 1.0 / norm;
            let before = norm;
            // The slope of uptake is found beside the residual, as long as it still changes.
            let slope = sink.is_some() && !fresh;
            let sum = residual(system, sink, c, scale, mg, slope, &mut self.parts);
            norm = sum.sqrt() / scale;
            result.residual = norm / norm_b;
            if norm <= tolerance * norm_b {
                result.converged = true;
                return result;
            }
            slow += usize::from(result.cycles > 0 && stretch == 1.0 && norm > SLOW * before);
            if result.cycles >= most || slow > 3 || !norm.is_finite() || result.residual < ROUNDING {
                return result;
            }
            if slope {
                mg.coarsen_loss();
            }
            fresh = result.cycles > 0 && result.residual < SETTLED && norm < STEADY * before;
            // What cycles are slow on is one smooth mode, of which each leaves the same share: from that share follows
            // how much further to go. The next cycle then clears up what was overshot.
            let left = norm / before;
            let alone = stretch == 1.0 && result.residual < SETTLED && left > LEFT;
            stretch = if alone { 1.0 / (1.0 - left.min(0.6)) } else { 1.0 };
            mg.correct(c, stretch / scale);
            result.cycles += 1;
        }
    }

    /// Scales a solution so that sources and losses balance to rounding, in a mesh that is one region.
    pub(crate) fn close(&mut self, op: &Operator, c: &mut [f64]) {
        let (a, shape, parts) = (op.coefficients(), op.mesh().shape(), &mut self.parts);
        let own = op.source().part();
        let made = slabs::reduce(shape, parts, |i, j| {
            let inner = match own {
                Part::Same(s) => (j - i) as f64 * s,
                Part::Each(s) => reduce::sum(&s[i..j]),
            };
            inner + op.rim().within(i, j).map(|(_, _, b)| b).sum::<f64>()
        });
        let lost = slabs::reduce(shape, parts, |i, j| a.loss.dot(i, j, c));
        let factor = made / lost;
        if (factor - 1.0).abs() < 0.01 {
            slabs::for_each(shape, c, |_, slab| slab.iter_mut().for_each(|c| *c *= factor));
        }
    }
}

/// `scale · (s − A c − uptake)` in single precision into the right-hand side of the hierarchy, and with `slope` the loss
/// of its finest level, uptake's slope included; returns the sum of squares of the residual.
fn residual(
    system: System,
    sink: Sink,
    c: &[f64],
    scale: f64,
    mg: &mut Geometric,
    slope: bool,
    parts: &mut Vec<f64>,
) -> f64 {
    let System { a, source: own, inflow, .. } = system;
    let shape = a.stencil.n;
    let nz = shape[2];
    let (rhs, loss) = mg.rhs_and_loss(slope);
    // One row: its sum of squares.
    let one = |start: usize, out: &mut [f32], loss: Option<&mut [f32]>, rows: &mut [Vec<f64>; 3]| -> f64 {
        let [row, steep, scratch] = rows;
        row.resize(nz, 0.0);
        steep.resize(nz, 0.0);
        own.copy_to(start, row);
        for (v, _, b) in inflow.into_iter().flat_map(|rim| rim.row(start)) {
            row[v - start] += b;
        }
        a.residual_row(c, start, row, scratch);
        if let Some((vmax, km)) = sink {
            let (vmax, c) = (&vmax[start..start + nz], &c[start..start + nz]);
            match loss {
                Some(loss) => {
                    a.loss.row(start, steep);
                    take_steeply(row, vmax, km, c, steep);
                    for (loss, e) in loss.iter_mut().zip(&*steep) {
                        *loss = *e as f32;
                    }
                }
                None => take(row, vmax, km, c),
            }
        }
        scale_down(row, scale, out)
    };
    // Rows of slabs are added in order, and then slabs, whatever the pieces that threads take.
    let (slab, piece) = (slabs::slab_len(shape) / nz, slabs::piece_len(shape) / nz);
    parts.resize(rhs.len() / nz, 0.0);
    let some = |k: usize, rhs: &mut [f32], loss: &mut [f32], sums: &mut [f64], rows: &mut [Vec<f64>; 3]| {
        let mut loss = loss.chunks_exact_mut(nz);
        for ((i, out), sum) in rhs.chunks_exact_mut(nz).enumerate().zip(sums) {
            *sum = one((k * piece + i) * nz, out, loss.next(), rows);
        }
    };
    if parts.len() <= slab {
        some(0, rhs, loss, parts, &mut Default::default());
        return parts.iter().fold(0.0, |sum, row| sum + row);
    }
    let rhs = rhs.par_chunks_mut(piece * nz).zip(parts.par_chunks_mut(piece)).enumerate();
    if loss.is_empty() {
        rhs.for_each_init(Default::default, |rows, (k, (rhs, sums))| some(k, rhs, &mut [], sums, rows));
    } else {
        rhs.zip(loss.par_chunks_mut(piece * nz))
            .for_each_init(Default::default, |rows, ((k, (rhs, sums)), loss)| some(k, rhs, loss, sums, rows));
    }
    let slabs: Vec<f64> =
        parts.chunks(slab).map(|rows| rows.iter().fold(0.0, |sum, row| sum + row)).collect();
    reduce::sum(&slabs)
}

/// Subtracts uptake from a row and adds its slope to `steep`; both as [`uptake`](crate::steady::uptake) says, with
/// one division and no branch.
#[inline(never)]
fn take_steeply(row: &mut [f64], vmax: &[f64], km: f64, c: &[f64], steep: &mut [f64]) {
    let n = row.len();
    let (vmax, c, steep) = (&vmax[..n], &c[..n], &mut steep[..n]);
    for i in 0..n {
        let inverse = 1.0 / (km + c[i].max(0.0));
        let rate = vmax[i] * inverse;
        row[i] -= rate * c[i];
        steep[i] += rate * (km * inverse);
    }
}

/// Subtracts uptake from a row.
#[inline(never)]
fn take(row: &mut [f64], vmax: &[f64], km: f64, c: &[f64]) {
    let n = row.len();
    let (vmax, c) = (&vmax[..n], &c[..n]);
    for i in 0..n {
        row[i] -= vmax[i] * c[i] / (km + c[i].max(0.0));
    }
}

/// `out ← scale row`; returns the sum of squares.
#[inline(never)]
fn scale_down(row: &[f64], scale: f64, out: &mut [f32]) -> f64 {
    const LANES: usize = 8;
    let mut lanes = [0.0; LANES];
    let ((blocks, rest), (outs, out_rest)) = (row.as_chunks::<LANES>(), out.as_chunks_mut::<LANES>());
    for (block, out) in blocks.iter().zip(outs) {
        for k in 0..LANES {
            let r = scale * block[k];
            lanes[k] += r * r;
            out[k] = r as f32;
        }
    }
    let mut sum = lanes.iter().sum::<f64>();
    for (r, out) in rest.iter().zip(out_rest) {
        let r = scale * r;
        sum += r * r;
        *out = r as f32;
    }
    sum
}
