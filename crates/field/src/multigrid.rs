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

use crate::stencil::Stencil;

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
    line: Vec<f64>,
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
        self.levels[0].e == e && self.levels[0].stencil == *stencil
    }

    /// `x ≈ A⁻¹ b`: one cycle.
    pub(crate) fn solve(&mut self, b: &[f64], x: &mut [f64]) {
        self.levels[0].b.copy_from_slice(b);
        cycle(&mut self.levels);
        x.copy_from_slice(&self.levels[0].x);
    }
}

impl Level {
    fn new(stencil: Stencil, e: Vec<f64>) -> Self {
        let n = e.len();
        let zero = || vec![0.0; n];
        let mut level = Self {
            line: vec![0.0; stencil.n[2]],
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

    /// One sweep over the lines. Forward: red lines upwards, then black; backward: the exact reverse, which makes
    /// the cycle symmetric.
    fn smooth(&mut self, forward: bool) {
        let [nx, ny, _] = self.stencil.n;
        let columns = nx * ny;
        for half in 0..2 {
            let colour = if forward { half } else { 1 - half };
            for k in 0..columns {
                let column = if forward { k } else { columns - 1 - k };
                if (column / ny + column % ny) % 2 == colour {
                    self.solve_line(column);
                }
            }
        }
    }

    /// Solves one z line with its neighbours' present values.
    fn solve_line(&mut self, column: usize) {
        let [nx, ny, nz] = self.stencil.n;
        let (sx, start) = (ny * nz, column * nz);
        let (ix, iy) = (column / ny, column % ny);
        let here = start..start + nz;
        self.line.copy_from_slice(&self.b[here.clone()]);
        let (line, x, s) = (&mut self.line, &self.x, &self.stencil);
        let mut add = |links: &[f64], from: usize| {
            for ((line, &g), &x) in line.iter_mut().zip(links).zip(&x[from..from + nz]) {
                *line += g * x;
            }
        };
        if nx > 1 {
            if ix > 0 {
                add(&s.link[0][start - sx..], start - sx);
            }
            if ix + 1 < nx {
                add(&s.link[0][start..], start + sx);
            }
        }
        if ny > 1 {
            if iy > 0 {
                add(&s.link[1][start - nz..], start - nz);
            }
            if iy + 1 < ny {
                add(&s.link[1][start..], start + nz);
            }
        }
        if !s.wrap[0].is_empty() {
            let links = &s.wrap[0][iy * nz..];
            if ix == 0 {
                add(links, start + (nx - 1) * sx);
            }
            if ix == nx - 1 {
                add(links, start - (nx - 1) * sx);
            }
        }
        if !s.wrap[1].is_empty() {
            let links = &s.wrap[1][ix * nz..];
            if iy == 0 {
                add(links, start + (ny - 1) * nz);
            }
            if iy == ny - 1 {
                add(links, start - (ny - 1) * nz);
            }
        }
        if let Some(&g) = s.wrap[2].get(column) {
            // The link that closes the line takes the old values: the line solve stays tridiagonal.
            line[0] += g * x[start + nz - 1];
            line[nz - 1] += g * x[start];
        }
        let (eliminate, inverse) = (&self.eliminate[here.clone()], &self.inverse[here.clone()]);
        let mut below = 0.0;
        for (value, &m) in line.iter_mut().zip(eliminate) {
            below = *value + m * below;
            *value = below;
        }
        let mut above = 0.0;
        let x = &mut self.x[here];
        for k in (0..nz).rev() {
            let m = if k + 1 < nz { eliminate[k + 1] } else { 0.0 };
            above = line[k] * inverse[k] + m * above;
            x[k] = above;
        }
    }
}

/// From `b` of the first level to `x ≈ A⁻¹ b`.
fn cycle(levels: &mut [Level]) {
    let Some((fine, coarse)) = levels.split_first_mut() else { return };
    fine.x.fill(0.0);
    fine.smooth(true);
    if !coarse.is_empty() {
        fine.stencil.residual(&fine.e, &fine.b, &fine.x, &mut fine.r);
        let nz = fine.stencil.n[2];
        coarse[0].b.fill(0.0);
        for (column, r) in fine.r.chunks_exact(nz).enumerate() {
            let p = fine.parent(column) * nz;
            for (b, &r) in coarse[0].b[p..p + nz].iter_mut().zip(r) {
                *b += r;
            }
        }
        solve_coarse(coarse);
        for column in 0..fine.e.len() / nz {
            let (p, i) = (fine.parent(column) * nz, column * nz);
            for (x, &c) in fine.x[i..i + nz].iter_mut().zip(&coarse[0].x[p..p + nz]) {
                *x += c;
            }
        }
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
    c.copy_from_slice(&level.x);
    level.stencil.apply(&level.e, c, v);
    let (rho, alpha) = (dot(c, v), dot(c, &level.b));
    if rho <= 0.0 || !rho.is_finite() {
        return;
    }
    let before = dot(&level.b, &level.b);
    let step = alpha / rho;
    for (b, &v) in level.b.iter_mut().zip(v.iter()) {
        *b -= step * v;
    }
    if dot(&level.b, &level.b) <= GOOD_ENOUGH * GOOD_ENOUGH * before {
        for (x, &c) in level.x.iter_mut().zip(c.iter()) {
            *x = step * c;
        }
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
    let first = step - gamma * second / rho;
    for (x, &c) in level.x.iter_mut().zip(c.iter()) {
        *x = first * c + second * *x;
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    exoderm_numeric::reduce::dot(a, b)
}
