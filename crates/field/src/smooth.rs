//! Kernels of the geometric multigrid, in single precision: they compute corrections, whose own precision is that of
//! a few per cent. Twice as many fit a vector register, and half as many bytes pass.

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

/// `A x` and the inverse of A's diagonal at one voxel.
#[derive(Clone, Copy)]
pub(crate) struct Product {
    ax: f32,
    inverse: f32,
}

/// What is made of a row of products, by voxel in the row: `own` is x there, `out` what stood in the result.
///
/// `cut` is called once a row, inside the kernel: only when all slices visibly have one length are loops free of
/// checks, and only then do they run in vector registers.
pub(crate) trait Action: Copy {
    fn cut(self, len: usize) -> Self;
    fn at(&self, i: usize, p: Product, own: f32, out: f32) -> f32;
}

/// The loss along a row.
trait Rate: Copy {
    fn cut(self, len: usize) -> Self;
    fn at(self, i: usize) -> f32;
}

impl Rate for f32 {
    #[inline(always)]
    fn cut(self, _: usize) -> Self {
        self
    }
    #[inline(always)]
    fn at(self, _: usize) -> f32 {
        self
    }
}

impl Rate for &[f32] {
    #[inline(always)]
    fn cut(self, len: usize) -> Self {
        &self[..len]
    }
    #[inline(always)]
    fn at(self, i: usize) -> f32 {
        self[i]
    }
}

/// The first step of the smoother from nothing: `b rhs/diagonal`.
#[derive(Clone, Copy)]
pub(crate) struct First<'a> {
    pub(crate) b: f32,
    pub(crate) rhs: &'a [f32],
}

impl Action for First<'_> {
    #[inline(always)]
    fn cut(self, len: usize) -> Self {
        Self { rhs: &self.rhs[..len], ..self }
    }

    #[inline(always)]
    fn at(&self, i: usize, p: Product, _: f32, _: f32) -> f32 {
        self.b * self.rhs[i] * p.inverse
    }
}

/// A step of the smoother after which nothing older counts: `keep x + b (rhs − A x)/diagonal`.
#[derive(Clone, Copy)]
pub(crate) struct Step<'a> {
    pub(crate) keep: f32,
    pub(crate) b: f32,
    pub(crate) rhs: &'a [f32],
}

impl Action for Step<'_> {
    #[inline(always)]
    fn cut(self, len: usize) -> Self {
        Self { rhs: &self.rhs[..len], ..self }
    }

    #[inline(always)]
    fn at(&self, i: usize, p: Product, own: f32, _: f32) -> f32 {
        self.keep * own + self.b * (self.rhs[i] - p.ax) * p.inverse
    }
}

/// A step that remembers the one before: `x + a (x − old) + b (rhs − A x)/diagonal`.
#[derive(Clone, Copy)]
pub(crate) struct Second<'a> {
    pub(crate) a: f32,
    pub(crate) b: f32,
    pub(crate) rhs: &'a [f32],
    pub(crate) old: &'a [f32],
}

impl Action for Second<'_> {
    #[inline(always)]
    fn cut(self, len: usize) -> Self {
        Self { rhs: &self.rhs[..len], old: &self.old[..len], ..self }
    }

    #[inline(always)]
    fn at(&self, i: usize, p: Product, own: f32, _: f32) -> f32 {
        own + self.a * (own - self.old[i]) + self.b * (self.rhs[i] - p.ax) * p.inverse
    }
}

/// Adds the residual to what stands there.
#[derive(Clone, Copy)]
pub(crate) struct AddResidual<'a> {
    pub(crate) rhs: &'a [f32],
}

impl Action for AddResidual<'_> {
    #[inline(always)]
    fn cut(self, len: usize) -> Self {
        Self { rhs: &self.rhs[..len] }
    }

    #[inline(always)]
    fn at(&self, i: usize, p: Product, _: f32, out: f32) -> f32 {
        out + (self.rhs[i] - p.ax)
    }
}

/// The rows around one row: itself, below and above it in x, below and above it in y.
struct Around<'a> {
    c: &'a [f32],
    beside: [&'a [f32]; 4],
}

impl Links {
    /// Voxels of an x plane.
    pub(crate) fn plane_len(&self) -> usize {
        self.n[1] * self.n[2]
    }

    /// The plane beside plane `q` that stands `q` planes from the first: itself, over a periodic end, or none.
    pub(crate) fn plane_at(&self, q: isize) -> Option<usize> {
        let n = self.n[0] as isize;
        if (0..n).contains(&q) {
            Some(q as usize)
        } else if self.periodic[0] {
            Some(q.rem_euclid(n) as usize)
        } else {
            None
        }
    }

    /// One row of plane `ix`. `x`: that plane and the ones below and above it (itself where there is none); `start`:
    /// where the row starts in the plane.
    #[inline(always)]
    pub(crate) fn row<'a>(
        &self,
        loss: Loss<'a>,
        ix: usize,
        start: usize,
        x: [&[f32]; 3],
        out: &mut [f32],
        action: impl Action,
    ) {
        let (n, len) = (self.n, out.len());
        let iy = start / n[2];
        let [below, here, above] = x;
        let around = {
            let at = |iy: usize| &here[iy * len..(iy + 1) * len];
            let low = if iy > 0 {
                iy - 1
            } else if self.periodic[1] {
                n[1] - 1
            } else {
                iy
            };
            let high = if iy + 1 < n[1] {
                iy + 1
            } else if self.periodic[1] {
                0
            } else {
                iy
            };
            let same = start..start + len;
            Around { c: at(iy), beside: [&below[same.clone()], &above[same], at(low), at(high)] }
        };
        let first = ix * self.plane_len() + start;
        let own = |e: &'a [f32]| &e[first..first + len];
        if let Some(g) = self.uniform {
            match loss {
                Loss::Uniform(e) => uniform(out, around, g, self.periodic[2], e, action),
                Loss::PerVoxel(e) => uniform(out, around, g, self.periodic[2], own(e), action),
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
            let low = if i == 0 { wrap } else { &self.link[a][first - stride..][..len] };
            let high = if i + 1 == n[a] { wrap } else { &self.link[a][first..first + len] };
            [low, high]
        });
        let gz = self.link[2].get(first..first + len).unwrap_or(zero);
        let closing = self.wrap[2].get(ix * n[1] + iy).copied().unwrap_or(0.0);
        let g = [g[0][0], g[0][1], g[1][0], g[1][1]];
        match loss {
            Loss::Uniform(e) => variable(out, around, g, gz, closing, e, action),
            Loss::PerVoxel(e) => variable(out, around, g, gz, closing, own(e), action),
        }
    }
}

/// The kernels are functions of their own for the sake of the vectoriser, which must know that `out` overlaps nothing.
#[inline(never)]
fn uniform<E: Rate>(out: &mut [f32], around: Around, g: [f32; 3], periodic: bool, e: E, action: impl Action) {
    let len = out.len();
    let c = &around.c[..len];
    let [xl, xh, yl, yh] = around.beside.map(|s| &s[..len]);
    let (last, e, action) = (len - 1, e.cut(len), action.cut(len));
    let sum = 2.0 * (g[0] + g[1] + g[2]);
    macro_rules! at {
        ($i:expr, $z:expr) => {{
            let i = $i;
            let diagonal = e.at(i) + sum;
            let inverse = 1.0 / diagonal;
            let ax = diagonal * c[i] - (g[0] * (xl[i] + xh[i]) + g[1] * (yl[i] + yh[i]) + g[2] * $z);
            out[i] = action.at(i, Product { ax, inverse }, c[i], out[i]);
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
fn variable<E: Rate>(
    out: &mut [f32],
    around: Around,
    g: [&[f32]; 4],
    gz: &[f32],
    closing: f32,
    e: E,
    action: impl Action,
) {
    let len = out.len();
    let c = &around.c[..len];
    let [xl, xh, yl, yh] = around.beside.map(|s| &s[..len]);
    let (last, e, action) = (len - 1, e.cut(len), action.cut(len));
    let [ga, gb, gc, gd] = g.map(|g| &g[..len]);
    let gz = &gz[..len];
    macro_rules! at {
        ($i:expr, $zl:expr, $zh:expr, $below:expr, $above:expr) => {{
            let i = $i;
            let own = c[i];
            let diagonal = e.at(i) + ((ga[i] + gb[i]) + (gc[i] + gd[i])) + ($zl + $zh);
            let ax = e.at(i) * own
                + (ga[i] * (own - xl[i]) + gb[i] * (own - xh[i]))
                + (gc[i] * (own - yl[i]) + gd[i] * (own - yh[i]))
                + ($zl * (own - $below) + $zh * (own - $above));
            out[i] = action.at(i, Product { ax, inverse: 1.0 / diagonal }, own, out[i]);
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
