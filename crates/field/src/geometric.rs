//! Geometric multigrid for large meshes, a cycle of which costs little more than the residual it starts from.
//!
//! Two voxels along each strongly coupled axis make one of the next level. Coarse links are sums of fine ones over
//! the distance that grew, coarse losses sums of losses, and the conductance to a reservoir gets the part of a voxel
//! in series by which its centre moved away: the same finite volumes on a coarser mesh, of any shape, down to a
//! single voxel. Corrections are interpolated linearly, residuals are summed. The smoother is a Chebyshev polynomial
//! of second degree of the Jacobi iteration (Adams et al., J. Comput. Phys. 188:593, 2003): every voxel is treated
//! alike, so that it runs in vector registers and on any number of threads with the same bits. All of it is in
//! single precision; residuals and the solution, in double precision, are the caller's.

use crate::slabs;
use crate::smooth::{Links, Loss};
use crate::stage::{Coefficients, Loss as FineLoss};
use rayon::prelude::*;

#[derive(Clone, Debug)]
pub(crate) struct Geometric {
    levels: Vec<Level>,
}

#[derive(Clone, Debug)]
struct Level {
    links: Links,
    /// Loss per voxel, reservoirs included; empty where it is uniform.
    e: Vec<f32>,
    uniform_loss: f32,
    /// Conductance to the reservoir behind each side, per face cell; empty where closed.
    walls: [Vec<f32>; 6],
    /// Voxels joined along each axis to make the next level (1 or 2).
    factor: [usize; 3],
    x: Vec<f32>,
    b: Vec<f32>,
    t: Vec<f32>,
}

/// An axis is coarsened unless its links are weaker than the strongest by this factor.
const WEAK: f64 = 0.3;
/// The part of the spectrum of D⁻¹A that the smoother deals with: from the fastest mode that the coarse level has to
/// Gershgorin's bound.
const SPECTRUM: (f32, f32) = (0.36, 1.95);

impl Geometric {
    /// The hierarchy of an operator with these links; call [`Geometric::set_loss`] before the first cycle.
    /// `walls` is the conductance (1/min) to the reservoir behind each side's face cells.
    pub(crate) fn new(a: &Coefficients, walls: [&[f64]; 6]) -> Self {
        let mut levels = vec![Level::finest(a, walls)];
        while let Some(last) = levels.last_mut() {
            if last.links.n == [1; 3] {
                break;
            }
            last.choose_factor();
            let coarse = last.coarsen();
            levels.push(coarse);
        }
        Self { levels }
    }

    /// Whether it was made for these links and reservoirs.
    pub(crate) fn matches(&self, a: &Coefficients, walls: [&[f64]; 6]) -> bool {
        let fine = &self.levels[0];
        let same = |have: &[f32], want: &[f64]| {
            have.len() == want.len() && have.iter().zip(want).all(|(a, b)| *a == *b as f32)
        };
        let links = match (fine.links.uniform, a.uniform) {
            (Some(have), Some(want)) => have == want.map(|g| g as f32),
            (None, None) => {
                let pairs = |have: &[Vec<f32>; 3], want: &[Vec<f64>; 3]| {
                    have.iter().zip(want).all(|(h, w)| same(h, w))
                };
                pairs(&fine.links.link, &a.stencil.link) && pairs(&fine.links.wrap, &a.stencil.wrap)
            }
            _ => false,
        };
        let wall = |(have, want): (&Vec<f32>, &[f64])| match have.is_empty() {
            true => want.iter().all(|g| *g == 0.0),
            false => same(have, want),
        };
        links && fine.links.n == a.stencil.n && fine.walls.iter().zip(walls).all(wall)
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        let count = |l: &Level| {
            l.e.len()
                + l.x.len()
                + l.b.len()
                + l.t.len()
                + l.links.link.iter().chain(&l.links.wrap).chain(&l.walls).map(Vec::len).sum::<usize>()
        };
        4 * self.levels.iter().map(count).sum::<usize>()
    }

    /// Takes over the loss: the operator's, plus `extra(voxel)`.
    pub(crate) fn set_loss(&mut self, loss: FineLoss, extra: Option<&(dyn Fn(usize) -> f64 + Sync)>) {
        let fine = &mut self.levels[0];
        match (loss, extra) {
            (FineLoss::Uniform(e), None) => {
                fine.uniform_loss = e as f32;
                fine.e = Vec::new();
            }
            _ => {
                let n = fine.links.n;
                fine.e.resize(fine.x.len(), 0.0);
                slabs::for_each(n, &mut fine.e, |first, slab| {
                    for (k, e) in slab.iter_mut().enumerate() {
                        let i = first + k;
                        let own = match loss {
                            FineLoss::Uniform(e) => e,
                            FineLoss::PerVoxel(k, b) => k[i] + b[i],
                        };
                        *e = (own + extra.map_or(0.0, |f| f(i))) as f32;
                    }
                });
            }
        }
        for k in 1..self.levels.len() {
            let (fine, coarse) = self.levels.split_at_mut(k);
            fine[k - 1].coarsen_loss(&mut coarse[0]);
        }
    }

    /// Where the caller puts the right-hand side.
    pub(crate) fn rhs(&mut self) -> &mut [f32] {
        &mut self.levels[0].b
    }

    /// `A⁻¹ rhs`, by one V-cycle.
    pub(crate) fn cycle(&mut self) -> &[f32] {
        cycle(&mut self.levels);
        &self.levels[0].x
    }
}

/// From `b` of the first level to its `x`.
fn cycle(levels: &mut [Level]) {
    let Some((fine, rest)) = levels.split_first_mut() else { return };
    let (a, b) = SPECTRUM;
    let (theta, delta) = (0.5 * (b + a), 0.5 * (b - a));
    let loss = loss_of(&fine.e, fine.uniform_loss);
    let Some(coarse) = rest.first_mut() else {
        // One voxel.
        fine.links.first(loss, 1.0, &fine.b, &mut fine.x);
        return;
    };
    let rho0 = delta / theta;
    let rho1 = 1.0 / (2.0 * theta / delta - rho0);
    fine.links.first(loss, 1.0 / theta, &fine.b, &mut fine.t);
    fine.x.fill(0.0);
    // From (0 in x, first step in t) to the second step in x.
    fine.links.smooth(loss, rho1 * rho0, 2.0 * rho1 / delta, &fine.b, &fine.t, &mut fine.x);
    restrict(fine, loss, coarse);
    cycle(rest);
    prolong(&rest[0], fine);
    let loss = loss_of(&fine.e, fine.uniform_loss);
    // First step: x into t (its old content has weight 0), then back.
    fine.t.copy_from_slice(&fine.x);
    fine.links.smooth(loss, 0.0, 1.0 / theta, &fine.b, &fine.x, &mut fine.t);
    fine.links.smooth(loss, rho1 * rho0, 2.0 * rho1 / delta, &fine.b, &fine.t, &mut fine.x);
}

fn loss_of(e: &[f32], uniform: f32) -> Loss<'_> {
    if e.is_empty() { Loss::Uniform(uniform) } else { Loss::PerVoxel(e) }
}

/// Sums of the residual over aggregates.
fn restrict(fine: &Level, loss: Loss, coarse: &mut Level) {
    let (n, m, f) = (fine.links.n, coarse.links.n, fine.factor);
    let slab_len = slabs::slab_len(m);
    let one = |k: usize, slab: &mut [f32], row: &mut Vec<f32>| {
        row.resize(n[2], 0.0);
        for (j, out) in slab.chunks_exact_mut(m[2]).enumerate() {
            let column = k * slab_len / m[2] + j;
            let (x, y) = (column / m[1], column % m[1]);
            row.fill(0.0);
            for ix in x * f[0]..((x + 1) * f[0]).min(n[0]) {
                for iy in y * f[1]..((y + 1) * f[1]).min(n[1]) {
                    fine.links.add_residual(loss, &fine.b, &fine.x, n[2] * (iy + n[1] * ix), row);
                }
            }
            if f[2] == 1 {
                out.copy_from_slice(row);
            } else {
                for (out, pair) in out.iter_mut().zip(row.chunks(2)) {
                    *out = pair.iter().sum();
                }
            }
        }
    };
    if coarse.b.len() <= slab_len {
        one(0, &mut coarse.b, &mut Vec::new());
    } else {
        coarse
            .b
            .par_chunks_mut(slab_len)
            .enumerate()
            .for_each_init(Vec::new, |row, (k, slab)| one(k, slab, row));
    }
}

/// Adds the coarse correction, interpolated linearly between centres.
fn prolong(coarse: &Level, fine: &mut Level) {
    let (n, m, f) = (fine.links.n, coarse.links.n, fine.factor);
    let periodic = fine.links.periodic;
    // The coarse coordinate a fine one lies in, and the next nearest one.
    let near = |i: usize, a: usize| -> (usize, usize) {
        if f[a] == 1 {
            return (i, i);
        }
        let c = i / 2;
        let other = if i.is_multiple_of(2) {
            if c > 0 {
                c - 1
            } else if periodic[a] {
                m[a] - 1
            } else {
                c
            }
        } else if c + 1 < m[a] {
            c + 1
        } else if periodic[a] {
            0
        } else {
            c
        };
        (c, other)
    };
    let values = &coarse.x;
    let slab_len = slabs::slab_len(n);
    let one = |k: usize, slab: &mut [f32], line: &mut Vec<f32>| {
        line.resize(m[2] + 2, 0.0);
        for (j, out) in slab.chunks_exact_mut(n[2]).enumerate() {
            let column = k * slab_len / n[2] + j;
            let ((xa, xb), (ya, yb)) = (near(column / n[1], 0), near(column % n[1], 1));
            let row = |x: usize, y: usize| &values[m[2] * (y + m[1] * x)..][..m[2]];
            let (aa, ab, ba, bb) = (row(xa, ya), row(xa, yb), row(xb, ya), row(xb, yb));
            for (k, t) in line[1..=m[2]].iter_mut().enumerate() {
                *t = 0.5625 * aa[k] + 0.1875 * (ab[k] + ba[k]) + 0.0625 * bb[k];
            }
            if f[2] == 1 {
                for (out, t) in out.iter_mut().zip(&line[1..]) {
                    *out += t;
                }
                continue;
            }
            let ends = if periodic[2] { (line[m[2]], line[1]) } else { (line[1], line[m[2]]) };
            line[0] = ends.0;
            line[m[2] + 1] = ends.1;
            let (pairs, rest) = out.as_chunks_mut::<2>();
            for ((pair, t), (below, above)) in
                pairs.iter_mut().zip(&line[1..]).zip(line.iter().zip(&line[2..]))
            {
                pair[0] += 0.75 * t + 0.25 * below;
                pair[1] += 0.75 * t + 0.25 * above;
            }
            if let [last] = rest {
                *last += 0.75 * line[m[2]] + 0.25 * line[m[2] - 1];
            }
        }
    };
    if fine.x.len() <= slab_len {
        one(0, &mut fine.x, &mut Vec::new());
    } else {
        fine.x
            .par_chunks_mut(slab_len)
            .enumerate()
            .for_each_init(Vec::new, |line, (k, slab)| one(k, slab, line));
    }
}

impl Level {
    fn new(links: Links, walls: [Vec<f32>; 6]) -> Self {
        let n = links.n[0] * links.n[1] * links.n[2];
        let zero = || vec![0.0; n];
        Self {
            links,
            e: Vec::new(),
            uniform_loss: 0.0,
            walls,
            factor: [1; 3],
            x: zero(),
            b: zero(),
            t: zero(),
        }
    }

    fn finest(a: &Coefficients, walls: [&[f64]; 6]) -> Self {
        let s = a.stencil;
        let single = |v: &Vec<f64>| v.iter().map(|v| *v as f32).collect();
        let arrays = if a.uniform.is_some() {
            ([const { Vec::new() }; 3], [const { Vec::new() }; 3])
        } else {
            (s.link.each_ref().map(single), s.wrap.each_ref().map(single))
        };
        let links = Links {
            n: s.n,
            periodic: s.wrap.each_ref().map(|w| !w.is_empty()),
            uniform: a.uniform.map(|g| g.map(|g| g as f32)),
            link: arrays.0,
            wrap: arrays.1,
            zeros: vec![0.0; s.n[2]],
        };
        let walls = walls.map(|w| {
            if w.iter().all(|g| *g == 0.0) { Vec::new() } else { w.iter().map(|g| *g as f32).collect() }
        });
        Self::new(links, walls)
    }

    /// The link from a voxel to the next along axis `a`.
    fn link(&self, a: usize, i: usize) -> f32 {
        match self.links.uniform {
            Some(g) => g[a],
            None => self.links.link[a][i],
        }
    }

    fn choose_factor(&mut self) {
        let n = self.links.n;
        let mean = [0, 1, 2].map(|a| match self.links.uniform {
            _ if n[a] == 1 => 0.0,
            Some(g) => f64::from(g[a]),
            None => {
                let sum: f64 = self.links.link[a].iter().map(|g| f64::from(*g)).sum();
                sum * n[a] as f64 / (n[a] - 1) as f64
            }
        });
        let most = mean.iter().fold(0.0f64, |m, x| m.max(*x));
        self.factor = [0, 1, 2].map(|a| if n[a] > 1 && mean[a] >= WEAK * most { 2 } else { 1 });
    }

    fn coarse_n(&self) -> [usize; 3] {
        [0, 1, 2].map(|a| self.links.n[a].div_ceil(self.factor[a]))
    }

    /// The next level without its losses.
    fn coarsen(&self) -> Level {
        let (n, m, f) = (self.links.n, self.coarse_n(), self.factor);
        let total = m[0] * m[1] * m[2];
        let mut links = Links {
            n: m,
            periodic: [0, 1, 2].map(|a| self.links.periodic[a] && m[a] > 1),
            uniform: None,
            link: [0, 1, 2].map(|a| vec![0.0; if m[a] > 1 { total } else { 0 }]),
            wrap: [const { Vec::new() }; 3],
            zeros: vec![0.0; m[2]],
        };
        links.wrap = [0, 1, 2].map(|a| vec![0.0; if links.periodic[a] { total / m[a] } else { 0 }]);
        // Width of a coarse voxel in fine ones: the last may be a single one.
        let width = |a: usize, c: usize| ((c + 1) * f[a]).min(n[a]) - c * f[a];
        let stride = [n[1] * n[2], n[2], 1];
        for a in 0..3 {
            if m[a] == 1 {
                continue;
            }
            let (b, c) = ((a + 1) % 3, (a + 2) % 3);
            let wrapped = !self.links.wrap[a].is_empty();
            for i in 0..n[a] {
                // Only links that leave an aggregate.
                let last = i + 1 == n[a];
                if !last && (i + 1) % f[a] != 0 {
                    continue;
                }
                let from = i / f[a];
                let to = if last { 0 } else { from + 1 };
                let distance = 0.5 * (width(a, from) + width(a, to)) as f32;
                for j in 0..n[b] {
                    for k in 0..n[c] {
                        let mut at = [0; 3];
                        (at[a], at[b], at[c]) = (i, j, k);
                        let parent = [0, 1, 2].map(|d| at[d] / f[d]);
                        let line = |p: [usize; 3], n: [usize; 3]| match a {
                            0 => p[2] + n[2] * p[1],
                            1 => p[2] + n[2] * p[0],
                            _ => p[1] + n[1] * p[0],
                        };
                        if !last {
                            let v = at[0] * stride[0] + at[1] * stride[1] + at[2];
                            let g = self.link(a, v);
                            links.link[a][parent[2] + m[2] * (parent[1] + m[1] * parent[0])] += g / distance;
                        } else if links.periodic[a] {
                            let g = match self.links.uniform {
                                Some(g) => g[a],
                                None if wrapped => self.links.wrap[a][line(at, n)],
                                None => 0.0,
                            };
                            links.wrap[a][line(parent, m)] += g / distance;
                        }
                    }
                }
            }
        }
        let walls = [0, 1, 2, 3, 4, 5].map(|face| self.coarse_wall(face, m));
        Level::new(links, walls)
    }

    /// Conductances to a reservoir, with the part of a voxel in series by which the centre moves away.
    fn coarse_wall(&self, face: usize, m: [usize; 3]) -> Vec<f32> {
        let (n, f, a) = (self.links.n, self.factor, face / 2);
        if self.walls[face].is_empty() {
            return Vec::new();
        }
        let (b, c) = match a {
            0 => (1, 2),
            1 => (0, 2),
            _ => (0, 1),
        };
        let mut coarse = vec![0.0; m[b] * m[c]];
        let stride = [n[1] * n[2], n[2], 1];
        for j in 0..n[b] {
            for k in 0..n[c] {
                let wall = self.walls[face][k + n[c] * j];
                // A single layer at the far end stays where it was.
                let moved = f[a] == 2 && n[a] > 1 && !(face % 2 == 1 && n[a] % 2 == 1);
                let resistance = if moved {
                    let at = if face.is_multiple_of(2) { 0 } else { n[a] - 2 };
                    0.5 / self.link(a, at * stride[a] + j * stride[b] + k * stride[c])
                } else {
                    0.0
                };
                coarse[k / f[c] + m[c] * (j / f[b])] +=
                    if wall > 0.0 { 1.0 / (1.0 / wall + resistance) } else { 0.0 };
            }
        }
        coarse
    }

    fn coarsen_loss(&self, coarse: &mut Level) {
        let (n, m, f) = (self.links.n, coarse.links.n, self.factor);
        coarse.e.resize(coarse.x.len(), 0.0);
        slabs::for_each(m, &mut coarse.e, |first, slab| {
            for (j, out) in slab.chunks_exact_mut(m[2]).enumerate() {
                let column = first / m[2] + j;
                let (x, y) = (column / m[1], column % m[1]);
                out.fill(0.0);
                for ix in x * f[0]..((x + 1) * f[0]).min(n[0]) {
                    for iy in y * f[1]..((y + 1) * f[1]).min(n[1]) {
                        let row = n[2] * (iy + n[1] * ix);
                        for (k, out) in out.iter_mut().enumerate() {
                            let range = row + k * f[2]..row + ((k + 1) * f[2]).min(n[2]);
                            *out += match self.e.is_empty() {
                                true => self.uniform_loss * range.len() as f32,
                                false => self.e[range].iter().sum::<f32>(),
                            };
                        }
                    }
                }
            }
        });
        // Reservoirs are further away now.
        for face in 0..6 {
            if self.walls[face].is_empty() {
                continue;
            }
            let a = face / 2;
            let (b, c) = match a {
                0 => (1, 2),
                1 => (0, 2),
                _ => (0, 1),
            };
            let stride = [m[1] * m[2], m[2], 1];
            let end = if face.is_multiple_of(2) { 0 } else { m[a] - 1 };
            let voxel = |j: usize, k: usize| end * stride[a] + j * stride[b] + k * stride[c];
            for j in 0..n[b] {
                for k in 0..n[c] {
                    coarse.e[voxel(j / f[b], k / f[c])] -= self.walls[face][k + n[c] * j];
                }
            }
            for j in 0..m[b] {
                for k in 0..m[c] {
                    let e = &mut coarse.e[voxel(j, k)];
                    *e = e.max(0.0) + coarse.walls[face][k + m[c] * j];
                }
            }
        }
    }
}
