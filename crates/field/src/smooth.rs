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

/// First-order loss of a level, boundaries included; where couplings are per voxel, the inverse of A's diagonal, per
/// voxel too.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Loss<'a> {
    Uniform(f32),
    PerVoxel(&'a [f32]),
}

/// The product with A at one voxel, as far as an action needs it.
pub(crate) trait Product: Copy {
    /// `rhs − A x`.
    fn residual(self, rhs: f32) -> f32;
    /// `b (rhs − A x)/diagonal`.
    fn step(self, b: f32, rhs: f32) -> f32;
    /// `rhs/diagonal`.
    fn share(self, rhs: f32) -> f32;
}

/// With the same couplings everywhere: `A x`, and the inverse of the diagonal.
#[derive(Clone, Copy)]
struct Plain {
    ax: f32,
    inverse: f32,
}

impl Product for Plain {
    #[inline(always)]
    fn residual(self, rhs: f32) -> f32 {
        rhs - self.ax
    }
    #[inline(always)]
    fn step(self, b: f32, rhs: f32) -> f32 {
        b * (rhs - self.ax) * self.inverse
    }
    #[inline(always)]
    fn share(self, rhs: f32) -> f32 {
        rhs * self.inverse
    }
}

/// With couplings per voxel: what comes from the neighbours, the inverse of the diagonal, and x itself. Only a residual
/// takes a division, and `share` no couplings at all.
#[derive(Clone, Copy)]
struct Gathered {
    inflow: f32,
    inverse: f32,
    own: f32,
}

impl Product for Gathered {
    #[inline(always)]
    fn residual(self, rhs: f32) -> f32 {
        (rhs + self.inflow) - self.own / self.inverse
    }
    #[inline(always)]
    fn step(self, b: f32, rhs: f32) -> f32 {
        b * ((rhs + self.inflow) * self.inverse - self.own)
    }
    #[inline(always)]
    fn share(self, rhs: f32) -> f32 {
        rhs * self.inverse
    }
}

/// What is made of a row of products, by voxel in the row: `own` is x there, `out` what stood in the result.
///
/// `cut` is called once a row, inside the kernel: only when all slices visibly have one length are loops free of
/// checks, and only then do they run in vector registers.
pub(crate) trait Action: Copy {
    fn cut(self, from: usize, len: usize) -> Self;
    fn at(&self, i: usize, p: impl Product, own: f32, out: f32) -> f32;
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
    fn cut(self, from: usize, len: usize) -> Self {
        Self { rhs: &self.rhs[from..][..len], ..self }
    }

    #[inline(always)]
    fn at(&self, i: usize, p: impl Product, _: f32, _: f32) -> f32 {
        p.share(self.b * self.rhs[i])
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
    fn cut(self, from: usize, len: usize) -> Self {
        Self { rhs: &self.rhs[from..][..len], ..self }
    }

    #[inline(always)]
    fn at(&self, i: usize, p: impl Product, own: f32, _: f32) -> f32 {
        self.keep * own + p.step(self.b, self.rhs[i])
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
    fn cut(self, from: usize, len: usize) -> Self {
        Self { rhs: &self.rhs[from..][..len], old: &self.old[from..][..len], ..self }
    }

    #[inline(always)]
    fn at(&self, i: usize, p: impl Product, own: f32, _: f32) -> f32 {
        own + self.a * (own - self.old[i]) + p.step(self.b, self.rhs[i])
    }
}

/// Adds the residual to what stands there.
#[derive(Clone, Copy)]
pub(crate) struct AddResidual<'a> {
    pub(crate) rhs: &'a [f32],
}

impl Action for AddResidual<'_> {
    #[inline(always)]
    fn cut(self, from: usize, len: usize) -> Self {
        Self { rhs: &self.rhs[from..][..len] }
    }

    #[inline(always)]
    fn at(&self, i: usize, p: impl Product, _: f32, out: f32) -> f32 {
        out + p.residual(self.rhs[i])
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
        let Loss::PerVoxel(inverse) = loss else { return };
        let beside = self.beside(ix, iy);
        variable(out, around, beside, own(inverse), action);
    }

    /// The couplings of row `iy` of plane `ix`, where they are per voxel.
    fn beside(&self, ix: usize, iy: usize) -> Beside<'_> {
        let (n, len) = (self.n, self.n[2]);
        let first = (ix * n[1] + iy) * len;
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
        Beside {
            g: [g[0][0], g[0][1], g[1][0], g[1][1]],
            along: self.link[2].get(first..first + len).unwrap_or(zero),
            closing: self.wrap[2].get(ix * n[1] + iy).copied().unwrap_or(0.0),
        }
    }

    /// Makes losses along row `iy` of plane `ix` the inverse of A's diagonal, where couplings are per voxel.
    pub(crate) fn invert(&self, ix: usize, iy: usize, e: &mut [f32]) {
        if self.uniform.is_none() {
            invert(e, self.beside(ix, iy));
        }
    }
}

/// Couplings of a row to the rows below and above it in x and in y, along itself, and over its ends.
struct Beside<'a> {
    g: [&'a [f32]; 4],
    along: &'a [f32],
    closing: f32,
}

#[inline(never)]
fn invert(e: &mut [f32], beside: Beside) {
    let len = e.len();
    let [ga, gb, gc, gd] = beside.g.map(|g| &g[..len]);
    let (gz, closing, last) = (&beside.along[..len], beside.closing, len - 1);
    macro_rules! at {
        ($i:expr, $zl:expr, $zh:expr) => {{
            let i = $i;
            e[i] = 1.0 / (e[i] + ((ga[i] + gb[i]) + (gc[i] + gd[i])) + ($zl + $zh));
        }};
    }
    if last == 0 {
        at!(0, 0.0, 0.0);
        return;
    }
    at!(0, closing, gz[0]);
    for i in 1..last {
        at!(i, gz[i - 1], gz[i]);
    }
    at!(last, gz[last - 1], closing);
}

/// The kernels are functions of their own for the sake of the vectoriser, which must know that `out` overlaps nothing.
#[inline(never)]
fn uniform<E: Rate>(out: &mut [f32], around: Around, g: [f32; 3], periodic: bool, e: E, action: impl Action) {
    let len = out.len();
    let c = &around.c[..len];
    let [xl, xh, yl, yh] = around.beside.map(|s| &s[..len]);
    let (last, e, action) = (len - 1, e.cut(len), action.cut(0, len));
    let sum = 2.0 * (g[0] + g[1] + g[2]);
    macro_rules! at {
        ($i:expr, $z:expr) => {{
            let i = $i;
            let diagonal = e.at(i) + sum;
            let inverse = 1.0 / diagonal;
            let ax = diagonal * c[i] - (g[0] * (xl[i] + xh[i]) + g[1] * (yl[i] + yh[i]) + g[2] * $z);
            out[i] = action.at(i, Plain { ax, inverse }, c[i], out[i]);
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
fn variable(out: &mut [f32], around: Around, beside: Beside, inverse: &[f32], action: impl Action) {
    let len = out.len();
    let c = &around.c[..len];
    let [xl, xh, yl, yh] = around.beside.map(|s| &s[..len]);
    let (last, inverse, action) = (len - 1, &inverse[..len], action.cut(0, len));
    let [ga, gb, gc, gd] = beside.g.map(|g| &g[..len]);
    let (gz, closing) = (&beside.along[..len], beside.closing);
    let end = |i: usize, z: f32, out: &mut [f32]| {
        let inflow = (ga[i] * xl[i] + gb[i] * xh[i]) + (gc[i] * yl[i] + gd[i] * yh[i]) + z;
        let p = Gathered { inflow, inverse: inverse[i], own: c[i] };
        out[i] = action.at(i, p, c[i], out[i]);
    };
    if last == 0 {
        end(0, 0.0, out);
        return;
    }
    end(0, closing * c[last] + gz[0] * c[1], out);
    end(last, gz[last - 1] * c[last - 1] + closing * c[0], out);
    let m = len - 2;

    let (own, below, above) = (&c[1..][..m], &c[..m], &c[2..][..m]);
    let [xl, xh, yl, yh] = [xl, xh, yl, yh].map(|s| &s[1..][..m]);
    let [ga, gb, gc, gd] = [ga, gb, gc, gd].map(|s| &s[1..][..m]);
    let (gl, gh, inverse) = (&gz[..m], &gz[1..][..m], &inverse[1..][..m]);
    let (action, out) = (action.cut(1, m), &mut out[1..][..m]);
    for i in 0..m {
        let inflow = (ga[i] * xl[i] + gb[i] * xh[i])
            + (gc[i] * yl[i] + gd[i] * yh[i])
            + (gl[i] * below[i] + gh[i] * above[i]);
        let p = Gathered { inflow, inverse: inverse[i], own: own[i] };
        out[i] = action.at(i, p, own[i], out[i]);
    }
}
