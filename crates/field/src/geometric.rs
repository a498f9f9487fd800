//! Geometric multigrid for large meshes, a cycle of which costs little more than the residual it starts from.
//!
//! Two voxels along each strongly coupled axis make one of the next level. Coarse links are sums of fine ones over
//! the distance that grew, coarse losses sums of losses, and the conductance to a reservoir gets the part of a voxel
//! in series by which its centre moved away: the same finite volumes on a coarser mesh, of any shape, down to a
//! single voxel. Corrections are interpolated linearly, residuals are summed. The smoother is a Chebyshev polynomial
//! of second degree of the Jacobi iteration (Adams et al., J. Comput. Phys. 188:593, 2003): every voxel is treated
//! alike, so that it runs in vector registers and on any number of threads with the same bits. All of it is in
//! single precision; residuals and the solution, in double precision, are the caller's.

use crate::passes;
use crate::slabs;
use crate::smooth::{Links, Loss};
use crate::stage::{Coefficients, Loss as FineLoss};
use crate::vcycle::{down, up};
use rayon::prelude::*;

#[derive(Clone, Debug)]
pub(crate) struct Geometric {
    levels: Vec<Level>,
}

#[derive(Clone, Debug)]
pub(crate) struct Level {
    pub(crate) links: Links,
    /// Loss per voxel, reservoirs included; empty where it is uniform. Where links are per voxel: the inverse of A's
    /// diagonal, once the loss has gone to the next level.
    e: Vec<f32>,
    uniform_loss: f32,
    /// Conductance to the reservoir behind each side, per face cell; empty where closed.
    walls: [Vec<f32>; 6],
    /// Voxels joined along each axis to make the next level (1 or 2).
    pub(crate) factor: [usize; 3],
    /// What stands beyond each side for a correction next to it, as a multiple of it: 1 where the side is closed, −1
    /// where the value is given.
    pub(crate) beyond: [f32; 6],
    pub(crate) x: Vec<f32>,
    pub(crate) b: Vec<f32>,
    /// Where the next `x` is made; the finest level gives it to the caller instead.
    t: Vec<f32>,
}

/// An axis is coarsened unless its links are weaker than the strongest by this factor.
const WEAK: f64 = 0.3;
/// Where links differ, the resistance between two aggregates is a mean: this share of it is what lies between their
/// middles in series, which smooth corrections want; the rest counts the link between them for all, which fits linear
/// interpolation. Found by trial on layers that differ tenfold: 0 and 0.5 take a cycle more.
const SERIES: f32 = 0.3;
/// Links inside an aggregate add at most this many times the resistance of the one between: a membrane in the middle of
/// one must not cut both its halves off.
const BARRIER: f32 = 20.0;

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
            let mut coarse = last.coarsen(a.uniform.is_none());
            coarse.beyond = [0, 1, 2, 3, 4, 5].map(|face| coarse.beyond(face));
            levels.push(coarse);
        }
        Self { levels }
    }

    /// Whether it was made for these links and reservoirs.
    pub(crate) fn matches(&self, a: &Coefficients, walls: [&[f64]; 6]) -> bool {
        let fine = &self.levels[0];
        let same = |have: &[f32], want: &[f64]| {
            have.len() == want.len()
                && passes::every(have, |first, have| {
                    let want = &want[first..first + have.len()];
                    have.chunks(256).zip(want.chunks(256)).all(|(have, want)| {
                        have.iter().zip(want).fold(true, |same, (a, b)| same & (*a == *b as f32))
                    })
                })
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

    /// Takes over the operator's loss.
    pub(crate) fn set_loss(&mut self, loss: &FineLoss) {
        let fine = &mut self.levels[0];
        let n = fine.links.n;
        if let (Some(e), Some(_)) = (loss.uniform(), fine.links.uniform) {
            fine.uniform_loss = e as f32;
            fine.e = Vec::new();
        } else {
            fine.e.resize(fine.x.len(), 0.0);
            slabs::for_each(n, &mut fine.e, |first, slab| {
                let mut row = vec![0.0; n[2]];
                for (k, e) in slab.chunks_exact_mut(n[2]).enumerate() {
                    loss.row(first + k * n[2], &mut row);
                    for (e, r) in e.iter_mut().zip(&row) {
                        *e = *r as f32;
                    }
                }
            });
        }
        self.coarsen_loss();
    }

    /// Takes the loss of the finest level, which the caller has put there, to the others.
    pub(crate) fn coarsen_loss(&mut self) {
        for k in 1..self.levels.len() {
            let (fine, coarse) = self.levels.split_at_mut(k);
            fine[k - 1].coarsen_loss(&mut coarse[0]);
        }
        if let Some(last) = self.levels.last_mut() {
            last.links.invert(0, 0, &mut last.e);
        }
    }

    /// Where the caller puts the right-hand side and, if asked for, the loss per voxel (else empty).
    pub(crate) fn rhs_and_loss(&mut self, loss: bool) -> (&mut [f32], &mut [f32]) {
        let fine = &mut self.levels[0];
        if !loss {
            return (&mut fine.b, &mut []);
        }
        fine.e.resize(fine.x.len(), 0.0);
        (&mut fine.b, &mut fine.e)
    }

    /// Adds `factor A⁻¹ rhs` to `c`, by one V-cycle.
    pub(crate) fn correct(&mut self, c: &mut [f64], factor: f64) {
        let add = |c: &mut [f64], x: &[f32]| {
            for (c, x) in c.iter_mut().zip(x) {
                *c += f64::from(*x) * factor;
            }
        };
        let Some((fine, rest)) = self.levels.split_first_mut() else { return };
        let Some(coarse) = rest.first_mut() else {
            return add(c, &[fine.alone()]);
        };
        down(fine, coarse);
        cycle(rest);
        up(fine, &rest[0], c, add);
    }
}

/// From `b` of the first level to its `x`.
fn cycle(levels: &mut [Level]) {
    let Some((fine, rest)) = levels.split_first_mut() else { return };
    let Some(coarse) = rest.first_mut() else {
        fine.x[0] = fine.alone();
        return;
    };
    down(fine, coarse);
    cycle(rest);
    let mut out = std::mem::take(&mut fine.t);
    up(fine, &rest[0], &mut out, |out, x| out.copy_from_slice(x));
    fine.t = std::mem::replace(&mut fine.x, out);
}

impl Level {
    /// The loss.
    pub(crate) fn loss(&self) -> Loss<'_> {
        if self.e.is_empty() { Loss::Uniform(self.uniform_loss) } else { Loss::PerVoxel(&self.e) }
    }

    /// The solution of a level of one voxel: no links, or links to itself.
    fn alone(&self) -> f32 {
        match self.e.first() {
            Some(inverse) if self.links.uniform.is_none() => self.b[0] * inverse,
            Some(loss) => self.b[0] / loss,
            None => self.b[0] / self.uniform_loss,
        }
    }

    /// The finest level gives its solution to the caller, row by row.
    fn new(links: Links, walls: [Vec<f32>; 6], finest: bool) -> Self {
        let n = links.n[0] * links.n[1] * links.n[2];
        let zero = || vec![0.0; n];
        Self {
            links,
            e: Vec::new(),
            uniform_loss: 0.0,
            walls,
            factor: [1; 3],
            beyond: [1.0; 6],
            x: zero(),
            b: zero(),
            t: if finest { Vec::new() } else { zero() },
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
        Self::new(links, walls, true)
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

    /// The next level without its losses; `rough`: where the finest links differ.
    fn coarsen(&self, rough: bool) -> Level {
        let (n, m, f) = (self.links.n, self.coarse_n(), self.factor);
        let total = m[0] * m[1] * m[2];
        let walls = [0, 1, 2, 3, 4, 5].map(|face| self.coarse_wall(face, m));
        if let Some(g) = self.links.uniform
            && (0..3).all(|a| n[a].is_multiple_of(f[a]))
        {
            let volume = (f[0] * f[1] * f[2]) as f32;
            let coupling = |a: usize| if m[a] > 1 { g[a] * volume / (f[a] * f[a]) as f32 } else { 0.0 };
            let links = Links {
                n: m,
                periodic: [0, 1, 2].map(|a| self.links.periodic[a] && m[a] > 1),
                uniform: Some([0, 1, 2].map(coupling)),
                zeros: vec![0.0; m[2]],
                ..Links::default()
            };
            return Level::new(links, walls, false);
        }
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
                let coarse_link = |g: f32, before: usize, after: usize| {
                    if !rough || g == 0.0 {
                        return g / distance;
                    }
                    let half =
                        |c: usize, v: usize| if width(a, c) == 1 { 0.0 } else { 0.5 / self.link(a, v) };
                    let series = 1.0 / g + (half(from, before) + half(to, after)).min(BARRIER / g);
                    1.0 / (SERIES * series + (1.0 - SERIES) * distance / g)
                };
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
                            let g = coarse_link(self.link(a, v), v.wrapping_sub(stride[a]), v + stride[a]);
                            links.link[a][parent[2] + m[2] * (parent[1] + m[1] * parent[0])] += g;
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
        Level::new(links, walls, false)
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

    /// Mean over a side of what continues a correction beyond it linearly.
    fn beyond(&self, face: usize) -> f32 {
        let (n, a) = (self.links.n, face / 2);
        let walls = &self.walls[face];
        if walls.is_empty() || n[a] == 1 {
            return 1.0;
        }
        let (b, c) = match a {
            0 => (1, 2),
            1 => (0, 2),
            _ => (0, 1),
        };
        let stride = [n[1] * n[2], n[2], 1];
        let at = if face.is_multiple_of(2) { 0 } else { n[a] - 2 };
        let mut sum = 0.0;
        for j in 0..n[b] {
            for k in 0..n[c] {
                let link = self.link(a, at * stride[a] + j * stride[b] + k * stride[c]);
                let wall = walls[k + n[c] * j];
                // Over the half voxel to the side the correction falls by this share of itself.
                let share = if wall > 0.0 { (0.5 * wall / link).min(1.0) } else { 0.0 };
                sum += 1.0 - 2.0 * share;
            }
        }
        sum / (n[b] * n[c]) as f32
    }

    fn coarsen_loss(&mut self, coarse: &mut Level) {
        let (n, m, f) = (self.links.n, coarse.links.n, self.factor);
        let closed = self.walls.iter().all(Vec::is_empty);
        if self.e.is_empty() && closed && (0..3).all(|a| n[a].is_multiple_of(f[a])) {
            coarse.e = Vec::new();
            coarse.uniform_loss = self.uniform_loss * (f[0] * f[1] * f[2]) as f32;
            return;
        }
        coarse.e.resize(coarse.x.len(), 0.0);
        let (links, uniform_loss, has) = (&self.links, self.uniform_loss, !self.e.is_empty());
        // Planes of the next level that one task takes.
        let planes = (slabs::slab_len(n) / (n[1] * n[2] * f[0])).max(1);
        let task = |k: usize, out: &mut [f32], e: &mut [f32]| {
            let mut line = vec![0.0; n[2]];
            for (j, out) in out.chunks_exact_mut(m[2]).enumerate() {
                let (x, y) = (k * planes + j / m[1], j % m[1]);
                line.fill(0.0);
                for ix in x * f[0]..((x + 1) * f[0]).min(n[0]) {
                    for iy in y * f[1]..((y + 1) * f[1]).min(n[1]) {
                        if has {
                            let row = n[2] * (iy + n[1] * (ix - k * planes * f[0]));
                            let e = &mut e[row..row + n[2]];
                            line.iter_mut().zip(&*e).for_each(|(sum, e)| *sum += e);
                            links.invert(ix, iy, e);
                        } else {
                            line.iter_mut().for_each(|sum| *sum += uniform_loss);
                        }
                    }
                }
                if f[2] == 1 {
                    out.copy_from_slice(&line);
                } else {
                    let (pairs, rest) = line.as_chunks::<2>();
                    for (out, [a, b]) in out.iter_mut().zip(pairs) {
                        *out = a + b;
                    }
                    if let ([last], Some(out)) = (rest, out.last_mut()) {
                        *out = *last;
                    }
                }
            }
        };
        let out = coarse.e.par_chunks_mut(planes * m[1] * m[2]).enumerate();
        if has {
            out.zip(self.e.par_chunks_mut(planes * f[0] * n[1] * n[2]))
                .for_each(|((k, out), e)| task(k, out, e));
        } else {
            out.for_each(|(k, out)| task(k, out, &mut []));
        }
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
