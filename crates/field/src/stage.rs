//! One explicit stage: the product with the operator, fused with the sums around it.
//!
//! `out ← old·out + keep·y + rate·A y + Σ w_k in_k`, `A = E − ∇·(D ∇)`, in one pass over the field: a stage of any
//! recurrence (Chebyshev, super-time-stepping, Euler) reads `y`, the inputs and what it replaces, and writes once.
//! Rows along z are contiguous and run in vector registers; a row's neighbours in x and y are rows at fixed
//! distances. Where diffusivity is uniform the couplings are three numbers, else one array per axis.

use crate::rim::Rim;
use crate::slabs::{beside, for_each, piece_len};
use crate::stencil::Stencil;
use crate::values::Part;
use exoderm_numeric::reduce;
use rayon::prelude::*;

/// The operator as a stage reads it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Coefficients<'a> {
    /// Without links where they are uniform.
    pub(crate) stencil: &'a Stencil,
    /// The links along x, y, z where all are the same.
    pub(crate) uniform: Option<[f64; 3]>,
    pub(crate) loss: Loss<'a>,
}

/// First-order loss (1/min): decay, and what leaves through boundaries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loss<'a> {
    pub(crate) decay: Part<'a>,
    pub(crate) rim: &'a Rim,
}

impl Loss<'_> {
    /// Where it is the same everywhere.
    pub(crate) fn uniform(&self) -> Option<f64> {
        match self.decay {
            Part::Same(k) if self.rim.is_closed() => Some(k),
            _ => None,
        }
    }

    /// The loss of the row that starts at voxel `start`.
    pub(crate) fn row(&self, start: usize, out: &mut [f64]) {
        self.decay.copy_to(start, out);
        for (v, g, _) in self.rim.row(start) {
            out[v - start] += g;
        }
    }

    /// `Σ e x` over the voxels from `start` to `end`.
    pub(crate) fn dot(&self, start: usize, end: usize, x: &[f64]) -> f64 {
        let decay = match self.decay {
            Part::Same(0.0) => 0.0,
            Part::Same(k) => k * reduce::sum(&x[start..end]),
            Part::Each(k) => reduce::dot(&k[start..end], &x[start..end]),
        };
        decay + self.rim.within(start, end).map(|(v, g, _)| g * x[v]).sum::<f64>()
    }
}

/// What a stage does with each of its terms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weights<const K: usize> {
    pub(crate) old: f64,
    pub(crate) keep: f64,
    pub(crate) rate: f64,
    pub(crate) inputs: [f64; K],
}

impl Coefficients<'_> {
    /// Bounds of the spectrum of A (Gershgorin).
    pub(crate) fn spectrum(&self) -> (f64, f64) {
        let stencil = self.stencil;
        if let (Some(g), Some(e)) = (self.uniform, self.loss.uniform()) {
            return (e, e + 4.0 * (g[0] + g[1] + g[2]));
        }
        let n = stencil.n;
        let planes = (piece_len(n) / (n[1] * n[2])).max(1);
        let bounds = |from: usize| self.bounds(from * n[1]..((from + planes).min(n[0])) * n[1]);
        let wider = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
        if n[0] <= planes {
            return bounds(0);
        }
        (0..n[0].div_ceil(planes))
            .into_par_iter()
            .map(|k| bounds(k * planes))
            .reduce(|| (f64::INFINITY, 0.0), wider)
    }

    /// The same bounds from the rows along z in `columns` alone.
    fn bounds(&self, columns: std::ops::Range<usize>) -> (f64, f64) {
        let stencil = self.stencil;
        let n = stencil.n;
        let (mut low, mut high) = (f64::INFINITY, 0.0f64);
        let mut e = vec![0.0; n[2]];
        for column in columns {
            let start = column * n[2];
            let [gx, gy] = self.links_beside(column);
            self.loss.row(start, &mut e);
            for (iz, e) in e.iter().enumerate() {
                let i = start + iz;
                let links = match self.uniform {
                    Some(g) => 2.0 * (g[0] + g[1] + g[2]),
                    None => {
                        let [below, above] = match stencil.link[2].is_empty() {
                            true => [0.0; 2],
                            false => [if iz > 0 { stencil.link[2][i - 1] } else { 0.0 }, stencil.link[2][i]],
                        };
                        let closing = match stencil.wrap[2].get(column) {
                            Some(g) if iz == 0 || iz + 1 == n[2] => *g,
                            _ => 0.0,
                        };
                        let side =
                            |g: [&[f64]; 2]| g[0].get(iz).unwrap_or(&0.0) + g[1].get(iz).unwrap_or(&0.0);
                        below + above + closing + side(gx) + side(gy)
                    }
                };
                low = low.min(*e);
                high = high.max(e + 2.0 * links);
            }
        }
        (low, high)
    }

    /// Links of a row along z to the rows below and above it in x and in y; empty where there is no neighbour.
    #[inline]
    fn links_beside(&self, column: usize) -> [[&[f64]; 2]; 2] {
        let s = self.stencil;
        let (n, len) = (s.n, s.n[2]);
        let i = [column / n[1], column % n[1]];
        [0, 1].map(|a| {
            if s.link[a].is_empty() {
                return [&[][..], &[][..]];
            }
            let start = column * len;
            let line = len * i[1 - a];
            let wrap = s.wrap[a].get(line..line + len).unwrap_or(&[]);
            let low = match i[a] {
                0 => wrap,
                _ => &s.link[a][start - s.stride(a)..][..len],
            };
            let high = if i[a] + 1 == n[a] { wrap } else { &s.link[a][start..start + len] };
            [low, high]
        })
    }

    /// The stage. All arrays have the length of the mesh.
    pub(crate) fn stage<const K: usize>(
        &self,
        w: Weights<K>,
        y: &[f64],
        inputs: [&[f64]; K],
        out: &mut [f64],
    ) {
        let n = self.stencil.n;
        for_each(n, out, |first, slab| {
            let mut scratch = Vec::new();
            for (k, row) in slab.chunks_exact_mut(n[2]).enumerate() {
                self.row(w, y, inputs, first + k * n[2], row, &mut scratch);
            }
        });
    }

    /// `out − A y` in the row that starts at voxel `start`.
    pub(crate) fn residual_row(&self, y: &[f64], start: usize, out: &mut [f64], scratch: &mut Vec<f64>) {
        let w = Weights { old: 1.0, keep: 0.0, rate: -1.0, inputs: [] };
        self.row(w, y, [], start, out, scratch);
    }

    /// One row of the stage.
    #[inline]
    fn row<const K: usize>(
        &self,
        w: Weights<K>,
        y: &[f64],
        inputs: [&[f64]; K],
        start: usize,
        out: &mut [f64],
        scratch: &mut Vec<f64>,
    ) {
        let (s, len) = (self.stencil, out.len());
        let n = s.n;
        let column = start / n[2];
        let beside = beside(n, self.periodic(), column / n[1], column % n[1]).map(|at| &y[at..at + len]);
        let c = &y[start..start + len];
        let row = Row { w, c, beside, inputs: inputs.map(|v| &v[start..start + len]) };
        // Open sides are mostly met at the ends of a row alone.
        let e = self.loss.decay.stretch(start, len);
        let mut ends = [e.at(0), e.at(len - 1)];
        let mut inside = false;
        for (v, g, _) in self.loss.rim.row(start) {
            match v - start {
                0 if len == 1 => ends = [ends[0] + g; 2],
                0 => ends[0] += g,
                i if i + 1 == len => ends[1] += g,
                _ => inside = true,
            }
        }
        if inside {
            scratch.resize(len, 0.0);
            self.loss.row(start, scratch);
            return self.row_with(row, column, out, &scratch[..], ends);
        }
        match e {
            Part::Same(e) => self.row_with(row, column, out, e, ends),
            Part::Each(e) => self.row_with(row, column, out, e, ends),
        }
    }

    #[inline]
    fn row_with<const K: usize, E: Rate>(
        &self,
        row: Row<'_, K>,
        column: usize,
        out: &mut [f64],
        e: E,
        ends: [f64; 2],
    ) {
        let (s, len, c) = (self.stencil, out.len(), row.c);
        if let Some(g) = self.uniform {
            let beyond = if s.wrap[2].is_empty() { [c[0], c[len - 1]] } else { [c[len - 1], c[0]] };
            return uniform_kernel(out, row, g, beyond, e, ends);
        }
        // Where there is no neighbour the difference is zero, and any coupling does.
        let [gx, gy] = self.links_beside(column);
        let g = [gx[0], gx[1], gy[0], gy[1]].map(|g| if g.is_empty() { c } else { g });
        let start = column * len;
        let gz = if len == 1 { c } else { &s.link[2][start..start + len] };
        let closing = s.wrap[2].get(column).map_or(0.0, |g| g * (c[0] - c[len - 1]));
        variable_kernel(out, row, g, gz, closing, e, ends);
    }

    #[inline]
    fn periodic(&self) -> [bool; 3] {
        [0, 1, 2].map(|a| !self.stencil.wrap[a].is_empty())
    }
}

/// The loss inside a row.
trait Rate: Copy {
    fn cut(self, len: usize) -> Self;
    fn at(self, i: usize) -> f64;
}

impl Rate for f64 {
    #[inline(always)]
    fn cut(self, _: usize) -> Self {
        self
    }
    #[inline(always)]
    fn at(self, _: usize) -> f64 {
        self
    }
}

impl Rate for &[f64] {
    #[inline(always)]
    fn cut(self, len: usize) -> Self {
        &self[..len]
    }
    #[inline(always)]
    fn at(self, i: usize) -> f64 {
        self[i]
    }
}

/// A row along z and all that its new values are made of.
#[derive(Clone, Copy)]
struct Row<'a, const K: usize> {
    w: Weights<K>,
    c: &'a [f64],
    /// Rows below and above in x and in y.
    beside: [&'a [f64]; 4],
    inputs: [&'a [f64]; K],
}

impl<const K: usize> Row<'_, K> {
    /// Called inside a kernel: only when all slices visibly have one length are its loops free of checks, and only
    /// then do they run in vector registers.
    #[inline(always)]
    fn cut(self, len: usize) -> Self {
        Self {
            w: self.w,
            c: &self.c[..len],
            beside: self.beside.map(|s| &s[..len]),
            inputs: self.inputs.map(|s| &s[..len]),
        }
    }

    #[inline(always)]
    fn add_inputs(&self, i: usize, mut v: f64) -> f64 {
        for k in 0..K {
            v += self.w.inputs[k] * self.inputs[k][i];
        }
        v
    }

    /// With the same couplings `g` everywhere; `z` the sum of the neighbours along the row.
    #[inline(always)]
    fn uniform(&self, i: usize, keep: f64, g: [f64; 3], z: f64, old: f64) -> f64 {
        let [xl, xh, yl, yh] = self.beside;
        let mut v = self.w.old * old + keep * self.c[i];
        v += g[0] * (xl[i] + xh[i]) + g[1] * (yl[i] + yh[i]) + g[2] * z;
        self.add_inputs(i, v)
    }

    /// With couplings of its own; `z` the flow along the row, `e` the loss.
    #[inline(always)]
    fn variable(&self, i: usize, g: &[&[f64]; 4], z: f64, e: f64, old: f64) -> f64 {
        let [xl, xh, yl, yh] = self.beside;
        let own = self.c[i];
        let x = g[0][i] * (own - xl[i]) + g[1][i] * (own - xh[i]);
        let y = g[2][i] * (own - yl[i]) + g[3][i] * (own - yh[i]);
        self.add_inputs(i, self.w.old * old + self.w.keep * own + self.w.rate * (e * own + z + x + y))
    }
}

/// The kernels are functions of their own for the sake of the vectoriser, which must know that `out` overlaps nothing.
/// `beyond`: the neighbours of the first and the last voxel along the row; `ends`: their loss.
#[inline(never)]
fn uniform_kernel<const K: usize, E: Rate>(
    out: &mut [f64],
    row: Row<'_, K>,
    g: [f64; 3],
    beyond: [f64; 2],
    e: E,
    ends: [f64; 2],
) {
    let len = out.len();
    let (row, e, w) = (row.cut(len), e.cut(len), row.w);
    let c = row.c;
    let g = g.map(|g| -w.rate * g);
    let base = w.keep - 2.0 * (g[0] + g[1] + g[2]);
    let last = len - 1;
    if last == 0 {
        out[0] = row.uniform(0, base + w.rate * ends[0], g, 2.0 * c[0], out[0]);
        return;
    }
    out[0] = row.uniform(0, base + w.rate * ends[0], g, beyond[0] + c[1], out[0]);
    for i in 1..last {
        out[i] = row.uniform(i, base + w.rate * e.at(i), g, c[i - 1] + c[i + 1], out[i]);
    }
    out[last] = row.uniform(last, base + w.rate * ends[1], g, c[last - 1] + beyond[1], out[last]);
}

/// `g`: couplings to the rows beside; `gz`: along the row; `closing`: the flow over the ends of a periodic row;
/// `ends`: the loss of the first and the last voxel.
#[inline(never)]
fn variable_kernel<const K: usize, E: Rate>(
    out: &mut [f64],
    row: Row<'_, K>,
    g: [&[f64]; 4],
    gz: &[f64],
    closing: f64,
    e: E,
    ends: [f64; 2],
) {
    let len = out.len();
    let (row, e, gz) = (row.cut(len), e.cut(len), &gz[..len]);
    let c = row.c;
    let g = &g.map(|s| &s[..len]);
    let last = len - 1;
    if last == 0 {
        out[0] = row.variable(0, g, 0.0, ends[0], out[0]);
        return;
    }
    out[0] = row.variable(0, g, gz[0] * (c[0] - c[1]) + closing, ends[0], out[0]);
    for i in 1..last {
        let z = gz[i - 1] * (c[i] - c[i - 1]) + gz[i] * (c[i] - c[i + 1]);
        out[i] = row.variable(i, g, z, e.at(i), out[i]);
    }
    let z = gz[last - 1] * (c[last] - c[last - 1]) - closing;
    out[last] = row.variable(last, g, z, ends[1], out[last]);
}
