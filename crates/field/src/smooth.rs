//! Kernels of the geometric multigrid, in single precision: they compute corrections, whose own precision is that of
//! a few per cent. Twice as many fit a vector register, and half as many bytes pass.

use crate::slabs::{beside, for_each};

/// Couplings of a level.
#[derive(Clone, Debug, Default)]
pub(crate) struct Links {
    pub(crate) n: [usize; 3],
    pub(crate) periodic: [bool; 3],
    /// The same everywhere, along x, y, z; the arrays are then empty.
    pub(crate) uniform: Option<[f32; 3]>,
    /// To the neighbour one further, per voxel, 0 at the end of a line that is not periodic.
    pub(crate) link: [Vec<f32>; 3],
    /// Over the end of a line, one per line.
    pub(crate) wrap: [Vec<f32>; 3],
    /// The links of a row that has no neighbour.
    pub(crate) zeros: Vec<f32>,
}

/// First-order loss of a level, boundaries included.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Loss<'a> {
    Uniform(f32),
    PerVoxel(&'a [f32]),
}

/// `A x` and the diagonal of A at one voxel.
#[derive(Clone, Copy)]
struct Product {
    ax: f32,
    diagonal: f32,
}

/// What is done with a row of products: `f(voxel in the row, product, old value)`.
trait Action {
    fn at(&self, i: usize, p: Product, own: f32, old: f32) -> f32;
}

/// A step of a Chebyshev or Jacobi smoother: `x + a (x − old) + b (rhs − A x)/diagonal`, in the place of `old`.
struct Smooth<'a> {
    a: f32,
    b: f32,
    rhs: &'a [f32],
}

impl Action for Smooth<'_> {
    #[inline(always)]
    fn at(&self, i: usize, p: Product, own: f32, old: f32) -> f32 {
        own + self.a * (own - old) + self.b * (self.rhs[i] - p.ax) / p.diagonal
    }
}

/// Adds the residual.
struct AddResidual<'a> {
    rhs: &'a [f32],
}

impl Action for AddResidual<'_> {
    #[inline(always)]
    fn at(&self, i: usize, p: Product, _: f32, old: f32) -> f32 {
        old + (self.rhs[i] - p.ax)
    }
}

/// The first step from a zero guess: `b rhs/diagonal`.
struct First<'a> {
    b: f32,
    rhs: &'a [f32],
}

impl Action for First<'_> {
    #[inline(always)]
    fn at(&self, i: usize, p: Product, _: f32, _: f32) -> f32 {
        self.b * self.rhs[i] / p.diagonal
    }
}

/// The rows around one row.
struct Around<'a> {
    c: &'a [f32],
    beside: [&'a [f32]; 4],
}

impl Links {
    /// `out ← x + a (x − out) + b (rhs − A x)/diagonal`.
    pub(crate) fn smooth(&self, loss: Loss, a: f32, b: f32, rhs: &[f32], x: &[f32], out: &mut [f32]) {
        let len = self.n[2];
        for_each(self.n, out, |first, slab| {
            for (k, row) in slab.chunks_exact_mut(len).enumerate() {
                let start = first + k * len;
                self.row(loss, x, start, row, &Smooth { a, b, rhs: &rhs[start..start + len] });
            }
        });
    }

    /// `out ← b rhs/diagonal`.
    pub(crate) fn first(&self, loss: Loss, b: f32, rhs: &[f32], out: &mut [f32]) {
        let len = self.n[2];
        for_each(self.n, out, |first, slab| {
            for (k, row) in slab.chunks_exact_mut(len).enumerate() {
                let start = first + k * len;
                // The product is not used, and the compiler leaves it out.
                self.row(loss, rhs, start, row, &First { b, rhs: &rhs[start..start + len] });
            }
        });
    }

    /// Adds `rhs − A x` of the row that starts at voxel `start` to `out`.
    pub(crate) fn add_residual(&self, loss: Loss, rhs: &[f32], x: &[f32], start: usize, out: &mut [f32]) {
        let len = self.n[2];
        self.row(loss, x, start, out, &AddResidual { rhs: &rhs[start..start + len] });
    }

    #[inline(always)]
    fn row(&self, loss: Loss, x: &[f32], start: usize, out: &mut [f32], action: &impl Action) {
        let (n, len) = (self.n, out.len());
        let column = start / n[2];
        let (ix, iy) = (column / n[1], column % n[1]);
        let at = beside(n, self.periodic, ix, iy);
        let around = Around { c: &x[start..start + len], beside: at.map(|s| &x[s..s + len]) };
        if let Some(g) = self.uniform {
            match loss {
                Loss::Uniform(e) => uniform(out, around, g, self.periodic[2], |_| e, action),
                Loss::PerVoxel(e) => {
                    let e = &e[start..start + len];
                    uniform(out, around, g, self.periodic[2], |i| e[i], action);
                }
            }
            return;
        }
        let zero = &self.zeros[..];
        let g = [0, 1].map(|a| {
            if self.link[a].is_empty() {
                return [zero, zero];
            }
            let stride = if a == 0 { n[1] * n[2] } else { n[2] };
            let (i, line) = if a == 0 { (ix, iy) } else { (iy, ix) };
            let wrap = self.wrap[a].get(line * len..(line + 1) * len).unwrap_or(zero);
            let low = if i == 0 { wrap } else { &self.link[a][start - stride..][..len] };
            let high = if i + 1 == n[a] { wrap } else { &self.link[a][start..start + len] };
            [low, high]
        });
        let gz = self.link[2].get(start..start + len).unwrap_or(zero);
        let closing = self.wrap[2].get(column).copied().unwrap_or(0.0);
        let g = [g[0][0], g[0][1], g[1][0], g[1][1]];
        match loss {
            Loss::Uniform(e) => variable(out, around, g, gz, closing, |_| e, action),
            Loss::PerVoxel(e) => {
                let e = &e[start..start + len];
                variable(out, around, g, gz, closing, |i| e[i], action);
            }
        }
    }
}

#[inline(never)]
fn uniform(
    out: &mut [f32],
    around: Around,
    g: [f32; 3],
    periodic: bool,
    e: impl Fn(usize) -> f32,
    action: &impl Action,
) {
    let len = out.len();
    let c = &around.c[..len];
    let [xl, xh, yl, yh] = around.beside.map(|s| &s[..len]);
    let sum = 2.0 * (g[0] + g[1] + g[2]);
    let last = len - 1;
    macro_rules! at {
        ($i:expr, $z:expr) => {{
            let i = $i;
            let diagonal = e(i) + sum;
            let ax = diagonal * c[i] - (g[0] * (xl[i] + xh[i]) + g[1] * (yl[i] + yh[i]) + g[2] * $z);
            out[i] = action.at(i, Product { ax, diagonal }, c[i], out[i]);
        }};
    }
    let (below, above) = if periodic { (c[last], c[0]) } else { (c[0], c[last]) };
    if last == 0 {
        at!(0, 2.0 * c[0]);
        return;
    }
    at!(0, below + c[1]);
    for i in 1..last {
        at!(i, (c[i - 1] + c[i + 1]));
    }
    at!(last, c[last - 1] + above);
}

#[inline(never)]
fn variable(
    out: &mut [f32],
    around: Around,
    g: [&[f32]; 4],
    gz: &[f32],
    closing: f32,
    e: impl Fn(usize) -> f32,
    action: &impl Action,
) {
    let len = out.len();
    let c = &around.c[..len];
    let [xl, xh, yl, yh] = around.beside.map(|s| &s[..len]);
    let last = len - 1;
    let [ga, gb, gc, gd] = g.map(|g| &g[..len]);
    let gz = &gz[..len];
    macro_rules! at {
        ($i:expr, $zl:expr, $zh:expr, $below:expr, $above:expr) => {{
            let i = $i;
            let own = c[i];
            let diagonal = e(i) + ((ga[i] + gb[i]) + (gc[i] + gd[i])) + ($zl + $zh);
            let ax = e(i) * own
                + (ga[i] * (own - xl[i]) + gb[i] * (own - xh[i]))
                + (gc[i] * (own - yl[i]) + gd[i] * (own - yh[i]))
                + ($zl * (own - $below) + $zh * (own - $above));
            out[i] = action.at(i, Product { ax, diagonal }, own, out[i]);
        }};
    }
    if last == 0 {
        at!(0, 0.0, 0.0, c[0], c[0]);
        return;
    }
    at!(0, closing, gz[0], c[last], c[1]);
    for i in 1..last {
        at!(i, gz[i - 1], gz[i], c[i - 1], c[i + 1]);
    }
    at!(last, gz[last - 1], closing, c[last - 1], c[0]);
}
