//! Multigrid for meshes of any shape, as a preconditioner.
//!
//! The smoother solves whole z lines at once, red lines and then black ones: depth is where skin has its thin
//! layers, membranes and jumps, and a line solve is exact through all of them. Depth is therefore never
//! coarsened; x and y are, by aggregation: a coarse unknown stands for 2 × 2 lines, or for 4 in a row where one
//! direction couples much more strongly. Coarse couplings are sums of fine ones (Galerkin with piecewise constant
//! interpolation), so that every level is an M-matrix with the same shape of stencil, jumps and regions without
//! decay included. Plain aggregation would need more cycles on finer meshes; the coarse problem is therefore
//! solved by up to two conjugate-gradient steps, each preconditioned by the next coarser level (a K-cycle, Notay
//! & Vassilevski, Numer. Linear Algebra Appl. 15:473, 2008), which makes the number of cycles independent of the
//! mesh at a total cost of about twice the finest level.

use crate::passes::{self, dot};
use crate::stencil::Stencil;
use rayon::prelude::*;

/// Voxels that a task of the smoother takes, in whole x planes: coarse levels of large meshes are worth sharing too.
const TASK: usize = 1 << 13;
/// A coarse problem whose first step reduced the residual this much needs no second step (Notay's choice).
const GOOD_ENOUGH: f64 = 0.25;
/// One direction is coarsened alone when its mean link exceeds the other's by this factor.
const ANISOTROPY: f64 = 4.0;
/// As in the banded factor: smaller pivots are rounding noise.
const PIVOT_FLOOR: f64 = 1e-14;

#[derive(Clone, Debug)]
pub(crate) struct Multigrid {
    levels: Vec<Level>,
}

#[derive(Clone, Debug)]
struct Level {
    stencil: Stencil,
    e: Vec<f64>,
    /// Lines joined in x and in y to make the next level.
    factor: [usize; 2],
    /// z-line factors: 1/pivot, and the multiplier that eliminates the voxel above.
    inverse: Vec<f64>,
    eliminate: Vec<f64>,
    /// For each task of the smoother: a line, and copies of the planes beside its own.
    beside: Vec<f64>,
    x: Vec<f64>,
    b: Vec<f64>,
    r: Vec<f64>,
    krylov: [Vec<f64>; 3],
}

impl Multigrid {
    pub(crate) fn new(stencil: &Stencil, e: &[f64]) -> Self {
        let mut levels = vec![Level::new(stencil.clone(), e.to_vec())];
        while let Some(last) = levels.last_mut() {
            if last.stencil.n[0] == 1 && last.stencil.n[1] == 1 {
                break;
            }
            last.factor = last.choose_factor();
            let (s, e) = last.coarsen();
            levels.push(Level::new(s, e));
        }
        Self { levels }
    }

    /// Whether it was built from these coefficients.
    pub(crate) fn matches(&self, stencil: &Stencil, e: &[f64]) -> bool {
        let fine = &self.levels[0];
        let same = |a: &[f64], b: &[f64]| {
            a.len() == b.len() && passes::every(a, |first, a| *a == b[first..first + a.len()])
        };
        let s = &fine.stencil;
        let pairs = s.link.iter().chain(&s.wrap).zip(stencil.link.iter().chain(&stencil.wrap));
        same(&fine.e, e) && s.n == stencil.n && pairs.into_iter().all(|(a, b)| same(a, b))
    }

    /// `x ≈ A⁻¹ b`: one cycle.
    pub(crate) fn solve(&mut self, b: &[f64], x: &mut [f64]) {
        passes::copy(b, &mut self.levels[0].b);
        cycle(&mut self.levels);
        passes::copy(&self.levels[0].x, x);
    }
}

impl Level {
    fn new(stencil: Stencil, e: Vec<f64>) -> Self {
        let n = e.len();
        let zero = || vec![0.0; n];
        let mut level = Self {
            beside: Vec::new(),
            stencil,
            e,
            factor: [1, 1],
            inverse: zero(),
            eliminate: zero(),
            x: zero(),
            b: zero(),
            r: zero(),
            krylov: [zero(), zero(), zero()],
        };
        level.factor_lines();
        level
    }

    fn factor_lines(&mut self) {
        let nz = self.stencil.n[2];
        self.stencil.diagonal(&self.e, &mut self.inverse);
        let links = &self.stencil.link[2];
        for (i, eliminate) in self.eliminate.iter_mut().enumerate() {
            let mut pivot = self.inverse[i];
            let floor = PIVOT_FLOOR * pivot;
            if i % nz > 0 {
                let g = links[i - 1];
                *eliminate = g * self.inverse[i - 1];
                pivot -= g * *eliminate;
            }
            pivot = pivot.max(floor);
            self.inverse[i] = if pivot > 0.0 { 1.0 / pivot } else { 0.0 };
        }
    }

    fn choose_factor(&self) -> [usize; 2] {
        let n = self.stencil.n;
        if n[0] == 1 {
            return [1, 4];
        }
        if n[1] == 1 {
            return [4, 1];
        }
        let mean = |a: usize| {
            let links = exoderm_numeric::reduce::sum(&self.stencil.link[a]);
            links * n[a] as f64 / (n[a] - 1) as f64
        };
        let (x, y) = (mean(0), mean(1));
        if x > ANISOTROPY * y {
            [4, 1]
        } else if y > ANISOTROPY * x {
            [1, 4]
        } else {
            [2, 2]
        }
    }

    fn coarse_n(&self) -> [usize; 3] {
        let n = self.stencil.n;
        [n[0].div_ceil(self.factor[0]), n[1].div_ceil(self.factor[1]), n[2]]
    }

    /// The coarse column that a fine column belongs to.
    #[inline]
    fn parent(&self, column: usize) -> usize {
        let ny = self.stencil.n[1];
        (column % ny) / self.factor[1] + ny.div_ceil(self.factor[1]) * (column / ny / self.factor[0])
    }

    /// Sums of everything over aggregates.
    fn coarsen(&self) -> (Stencil, Vec<f64>) {
        let (n, nz) = (self.stencil.n, self.stencil.n[2]);
        let periodic = [0, 1, 2].map(|a| !self.stencil.wrap[a].is_empty());
        let mut coarse = Stencil::new(self.coarse_n(), periodic);
        let mut e = vec![0.0; coarse.len()];
        for column in 0..n[0] * n[1] {
            let parent = self.parent(column);
            let (ix, iy) = (column / n[1], column % n[1]);
            for iz in 0..nz {
                let (i, p) = (column * nz + iz, parent * nz + iz);
                e[p] += self.e[i];
                if nz > 1 {
                    coarse.link[2][p] += self.stencil.link[2][i];
                }
                // The links that leave the aggregate upwards are those of its last line.
                if ix % self.factor[0] == self.factor[0] - 1 && !coarse.link[0].is_empty() {
                    coarse.link[0][p] += self.stencil.link[0][i];
                }
                if iy % self.factor[1] == self.factor[1] - 1 && !coarse.link[1].is_empty() {
                    coarse.link[1][p] += self.stencil.link[1][i];
                }
                if ix == 0 && !coarse.wrap[0].is_empty() {
                    let line = |iy: usize| iz + nz * iy;
                    coarse.wrap[0][line(iy / self.factor[1])] += self.stencil.wrap[0][line(iy)];
                }
                if iy == 0 && !coarse.wrap[1].is_empty() {
                    let line = |ix: usize| iz + nz * ix;
                    coarse.wrap[1][line(ix / self.factor[0])] += self.stencil.wrap[1][line(ix)];
                }
            }
            if !coarse.wrap[2].is_empty() {
                coarse.wrap[2][parent] += self.stencil.wrap[2][column];
            }
        }
        (coarse, e)
    }

    /// Residuals summed over aggregates; coarse planes have `ny` lines.
    fn restrict(&self, b: &mut [f64], ny: usize) {
        let (n, nz) = (self.stencil.n, self.stencil.n[2]);
        let plane = n[1] * nz;
        let (slab, total) = (self.factor[0] * plane, self.r.len());
        let sum = |x: usize, b: &mut [f64]| {
            b.fill(0.0);
            for r in self.r[x * slab..((x + 1) * slab).min(total)].chunks_exact(plane) {
                for (iy, r) in r.chunks_exact(nz).enumerate() {
                    let y = iy / self.factor[1] * nz;
                    b[y..y + nz].iter_mut().zip(r).for_each(|(b, &r)| *b += r);
                }
            }
        };
        if self.planes() == n[0] {
            b.chunks_exact_mut(ny * nz).enumerate().for_each(|(x, b)| sum(x, b));
        } else {
            b.par_chunks_exact_mut(ny * nz).enumerate().for_each(|(x, b)| sum(x, b));
        }
    }

    /// Adds the solution of the next level.
    fn prolong(&mut self, coarse: &[f64]) {
        let mut x = std::mem::take(&mut self.x);
        let (planes, nz) = (self.planes(), self.stencil.n[2]);
        let columns = planes * self.stencil.n[1];
        let task = |(k, x): (usize, &mut [f64])| {
            for (column, x) in (k * columns..).zip(x.chunks_exact_mut(nz)) {
                let p = self.parent(column) * nz;
                x.iter_mut().zip(&coarse[p..p + nz]).for_each(|(x, &c)| *x += c);
            }
        };
        if planes == self.stencil.n[0] {
            task((0, &mut x));
        } else {
            x.par_chunks_mut(columns * nz).enumerate().for_each(task);
        }
        self.x = x;
    }

    /// Planes that a task of the smoother takes.
    fn planes(&self) -> usize {
        let [nx, ny, nz] = self.stencil.n;
        (TASK / (ny * nz)).clamp(1, nx)
    }

    /// One sweep over the lines. Forward: red lines upwards, then black; backward: the exact reverse, which makes
    /// the cycle symmetric. Lines of one colour do not read each other, so that planes are shared out to threads; what
    /// lies beside a task's planes is copied before, as the other tasks write theirs meanwhile.
    fn smooth(&mut self, forward: bool) {
        let [nx, ny, nz] = self.stencil.n;
        let (planes, plane) = (self.planes(), ny * nz);
        let (mut x, mut beside) = (std::mem::take(&mut self.x), std::mem::take(&mut self.beside));
        let scratch = nz + 2 * plane;
        beside.resize(nx.div_ceil(planes) * scratch, 0.0);
        for half in 0..2 {
            let colour = if forward { half } else { 1 - half };
            let copied = if planes == nx { 0 } else { beside.len() };
            for (k, beside) in beside[..copied].chunks_exact_mut(scratch).enumerate() {
                let (first, end) = (k * planes, ((k + 1) * planes).min(nx));
                let (below, above) = beside[nz..].split_at_mut(plane);
                for (to, from) in [(below, (first + nx - 1) % nx), (above, end % nx)] {
                    to.copy_from_slice(&x[from * plane..(from + 1) * plane]);
                }
            }
            let task = |(k, (x, beside)): (usize, (&mut [f64], &mut [f64]))| {
                let first = k * planes * ny;
                let columns = x.len() / nz;
                let (line, beside) = beside.split_at_mut(nz);
                let mut slab = Slab { first, x, beside: beside.split_at(plane).into(), line };
                for k in 0..columns {
                    let column = first + if forward { k } else { columns - 1 - k };
                    if (column / ny + column % ny) % 2 == colour {
                        self.solve_line(column, &mut slab);
                    }
                }
            };
            if planes == nx {
                task((0, (&mut x, &mut beside)));
            } else {
                x.par_chunks_mut(planes * plane)
                    .zip(beside.par_chunks_exact_mut(scratch))
                    .enumerate()
                    .for_each(task);
            }
        }
        (self.x, self.beside) = (x, beside);
    }

    /// Solves one z line with its neighbours' present values.
    fn solve_line(&self, column: usize, slab: &mut Slab) {
        let [nx, ny, nz] = self.stencil.n;
        let (sx, start) = (ny * nz, column * nz);
        let (ix, iy) = (column / ny, column % ny);
        let here = start..start + nz;
        slab.line.copy_from_slice(&self.b[here.clone()]);
        let s = &self.stencil;
        if nx > 1 {
            if ix > 0 {
                slab.add(&s.link[0][start - sx..], column - ny, iy, 0);
            }
            if ix + 1 < nx {
                slab.add(&s.link[0][start..], column + ny, iy, 1);
            }
        }
        if ny > 1 {
            if iy > 0 {
                slab.add(&s.link[1][start - nz..], column - 1, iy, 0);
            }
            if iy + 1 < ny {
                slab.add(&s.link[1][start..], column + 1, iy, 1);
            }
        }
        if !s.wrap[0].is_empty() {
            let links = &s.wrap[0][iy * nz..];
            if ix == 0 {
                slab.add(links, column + (nx - 1) * ny, iy, 0);
            }
            if ix == nx - 1 {
                slab.add(links, column - (nx - 1) * ny, iy, 1);
            }
        }
        if !s.wrap[1].is_empty() {
            let links = &s.wrap[1][ix * nz..];
            if iy == 0 {
                slab.add(links, column + ny - 1, iy, 0);
            }
            if iy == ny - 1 {
                slab.add(links, column + 1 - ny, iy, 1);
            }
        }
        let Slab { first, x, line, .. } = slab;
        let x = &mut x[(column - *first) * nz..][..nz];
        if let Some(&g) = s.wrap[2].get(column) {
            // The link that closes the line takes the old values: the line solve stays tridiagonal.
            line[0] += g * x[nz - 1];
            line[nz - 1] += g * x[0];
        }
        let (eliminate, inverse) = (&self.eliminate[here.clone()], &self.inverse[here]);
        let mut below = 0.0;
        for (value, &m) in line.iter_mut().zip(eliminate) {
            below = *value + m * below;
            *value = below;
        }
        let mut above = 0.0;
        for k in (0..nz).rev() {
            let m = if k + 1 < nz { eliminate[k + 1] } else { 0.0 };
            above = line[k] * inverse[k] + m * above;
            x[k] = above;
        }
    }
}

/// What a task of the smoother works on: its planes, from line `first` on, copies of those below and above them, and a
/// line.
struct Slab<'a> {
    first: usize,
    x: &'a mut [f64],
    beside: [&'a [f64]; 2],
    line: &'a mut [f64],
}

impl Slab<'_> {
    /// Adds `links · x` of a line in the slab, or of line `iy` of the plane below or above it.
    #[inline]
    fn add(&mut self, links: &[f64], column: usize, iy: usize, side: usize) {
        let nz = self.line.len();
        let own = column.checked_sub(self.first).and_then(|c| self.x.get(c * nz..(c + 1) * nz));
        let x = own.unwrap_or(&self.beside[side][iy * nz..(iy + 1) * nz]);
        for ((line, &g), &x) in self.line.iter_mut().zip(links).zip(x) {
            *line += g * x;
        }
    }
}

/// From `b` of the first level to `x ≈ A⁻¹ b`.
fn cycle(levels: &mut [Level]) {
    let Some((fine, coarse)) = levels.split_first_mut() else { return };
    passes::each(&mut fine.x, |_, part| part.fill(0.0));
    fine.smooth(true);
    if let Some(next) = coarse.first_mut() {
        fine.stencil.residual(&fine.e, &fine.b, &fine.x, &mut fine.r);
        fine.restrict(&mut next.b, next.stencil.n[1]);
        solve_coarse(coarse);
        fine.prolong(&coarse[0].x);
    }
    fine.smooth(false);
}

/// Up to two preconditioned conjugate-gradient steps on the first of `levels`, from its `b` to its `x`.
fn solve_coarse(levels: &mut [Level]) {
    cycle(levels);
    if levels.len() == 1 {
        return;
    }
    let level = &mut levels[0];
    let [c, v, _] = &mut level.krylov;
    passes::copy(&level.x, c);
    level.stencil.apply(&level.e, c, v);
    let (rho, alpha) = (dot(c, v), dot(c, &level.b));
    if rho <= 0.0 || !rho.is_finite() {
        return;
    }
    let before = dot(&level.b, &level.b);
    let step = alpha / rho;
    let (c, v) = (&*c, &*v);
    passes::each(&mut level.b, |first, part| {
        part.iter_mut().zip(&v[first..]).for_each(|(b, &v)| *b -= step * v);
    });
    if dot(&level.b, &level.b) <= GOOD_ENOUGH * GOOD_ENOUGH * before {
        passes::each(&mut level.x, |first, part| {
            part.iter_mut().zip(&c[first..]).for_each(|(x, &c)| *x = step * c);
        });
        return;
    }
    cycle(levels);
    let level = &mut levels[0];
    let [c, v, w] = &mut level.krylov;
    level.stencil.apply(&level.e, &level.x, w);
    let gamma = dot(&level.x, v);
    let beta = dot(&level.x, w);
    let alpha2 = dot(&level.x, &level.b);
    let rho2 = beta - gamma * gamma / rho;
    // Without a second direction of its own, the first step stands.
    let second = if rho2 > 0.0 { alpha2 / rho2 } else { 0.0 };
    let first_share = step - gamma * second / rho;
    let c = &*c;
    passes::each(&mut level.x, |first, part| {
        part.iter_mut().zip(&c[first..]).for_each(|(x, &c)| *x = first_share * c + second * *x);
    });
}
