//! The passes of a multigrid cycle over one level: down (smooth from nothing, restrict the residual) and up
//! (interpolate the correction, smooth).
//!
//! Memory is slower than arithmetic, so each pass crosses the level once: it marches along x, and a sweep of the
//! smoother follows one plane behind the sweep that it needs, on a few planes that stay in the cache. Slabs of
//! planes go to threads; what a slab needs beyond its ends it computes itself from arrays that the pass only reads,
//! so that results have the same bits however slabs are scheduled.

use crate::geometric::Level;
use crate::smooth::{Action, AddResidual, First, Links, Second, Step};
use rayon::prelude::*;

/// The part of the spectrum of D⁻¹A that the smoother deals with: from the fastest mode that the coarse level has to
/// Gershgorin's bound.
const SPECTRUM: (f32, f32) = (0.36, 1.95);
/// Planes of a slab at least: each computes up to four beyond its own.
const PLANES: usize = 8;
/// Voxels of a slab at least.
const VOXELS: usize = 1 << 12;
/// Slabs for each thread.
const SHARE: usize = 1;

/// Weights of the smoother, a Chebyshev polynomial of second degree.
struct Smoother {
    /// Of the first step.
    first: f32,
    /// Of what the first step changed, in the second.
    again: f32,
    /// Of the residual in the second.
    second: f32,
}

fn smoother() -> Smoother {
    let (a, b) = SPECTRUM;
    let (theta, delta) = (0.5 * (b + a), 0.5 * (b - a));
    let rho0 = delta / theta;
    let rho1 = 1.0 / (2.0 * theta / delta - rho0);
    Smoother { first: 1.0 / theta, again: rho1 * rho0, second: 2.0 * rho1 / delta }
}

/// The three planes last computed.
#[derive(Default)]
struct Ring([Vec<f32>; 3]);

impl Ring {
    fn resize(&mut self, len: usize) {
        for plane in &mut self.0 {
            plane.resize(len, 0.0);
        }
    }

    fn slot(q: isize) -> usize {
        q.rem_euclid(3) as usize
    }

    fn get(&self, q: isize) -> &[f32] {
        &self.0[Self::slot(q)]
    }

    /// Plane `q` with the ones below and above it; itself where there is none.
    fn around(&self, links: &Links, q: isize) -> [&[f32]; 3] {
        let beside = |p: isize| self.get(if links.plane_at(p).is_some() { p } else { q });
        [beside(q - 1), self.get(q), beside(q + 1)]
    }
}

/// Scratch of a thread.
#[derive(Default)]
struct Scratch {
    one: Ring,
    two: Ring,
    line: Vec<f32>,
}

/// Planes of the coarse level that make a slab, `factor` fine planes each. The fewer slabs, the less is computed twice;
/// results do not depend on it.
fn planes(links: &Links, factor: usize) -> usize {
    let threads = rayon::current_num_threads();
    let slabs = if threads == 1 { 1 } else { SHARE * threads };
    PLANES.max(VOXELS / links.plane_len()).max(links.n[0].div_ceil(slabs)).div_ceil(factor)
}

/// Fills a plane row by row.
fn fill<A: Action>(
    fine: &Level,
    ix: usize,
    x: [&[f32]; 3],
    out: &mut [f32],
    action: impl Fn(std::ops::Range<usize>) -> A,
) {
    let len = fine.links.n[2];
    for (iy, row) in out.chunks_exact_mut(len).enumerate() {
        let start = iy * len;
        fine.links.row(fine.loss(), ix, start, x, row, action(start..start + len));
    }
}

/// From the right-hand side of a level to its smoothed first guess `x`, and to the right-hand side of the next level.
pub(crate) fn down(fine: &mut Level, coarse: &mut Level) {
    let mut x = std::mem::take(&mut fine.x);
    let (plane, below) = (fine.links.plane_len(), coarse.links.plane_len());
    let f = fine.factor[0];
    let step = planes(&fine.links, f);
    let level = &*fine;
    if x.len() <= step * f * plane {
        down_slab(level, 0, &mut x, coarse.links.n, &mut coarse.b, &mut Scratch::default());
        fine.x = x;
        return;
    }
    x.par_chunks_mut(step * f * plane).zip(coarse.b.par_chunks_mut(step * below)).enumerate().for_each_init(
        Scratch::default,
        |scratch, (k, (x, b))| {
            down_slab(level, (k * step * f) as isize, x, coarse.links.n, b, scratch);
        },
    );
    fine.x = x;
}

fn down_slab(fine: &Level, first: isize, x: &mut [f32], m: [usize; 3], b: &mut [f32], scratch: &mut Scratch) {
    let (links, w) = (&fine.links, smoother());
    let plane = links.plane_len();
    let last = first + (x.len() / plane) as isize;
    let Scratch { one, two, line } = scratch;
    one.resize(plane);
    two.resize(plane);
    line.resize(links.n[2], 0.0);
    b.fill(0.0);
    let rhs = |ix: usize| &fine.b[ix * plane..(ix + 1) * plane];
    let begin = |one: &mut Ring, q: isize| {
        if let Some(ix) = links.plane_at(q) {
            let rhs = rhs(ix);
            // The product is not used, and the compiler leaves it out.
            fill(fine, ix, [rhs; 3], &mut one.0[Ring::slot(q)], |r| First { b: w.first, rhs: &rhs[r] });
        }
    };
    begin(one, first - 2);
    begin(one, first - 1);
    for q in first - 1..=last {
        begin(one, q + 1);
        if let Some(ix) = links.plane_at(q) {
            let (out, rhs) = (&mut two.0[Ring::slot(q)], rhs(ix));
            fill(fine, ix, one.around(links, q), out, |r| Step {
                keep: 1.0 + w.again,
                b: w.second,
                rhs: &rhs[r],
            });
            if (first..last).contains(&q) {
                let at = (q - first) as usize * plane;
                x[at..at + plane].copy_from_slice(out);
            }
        }
        let done = q - 1;
        if done >= first {
            let at = ((done - first) as usize / fine.factor[0]) * m[1] * m[2];
            let b = &mut b[at..at + m[1] * m[2]];
            restrict(fine, done as usize, two.around(links, done), rhs(done as usize), line, b);
        }
    }
}

/// Adds the residual of plane `ix` to the aggregates in `out`.
fn restrict(fine: &Level, ix: usize, x: [&[f32]; 3], rhs: &[f32], line: &mut [f32], out: &mut [f32]) {
    let (n, f) = (fine.links.n, fine.factor);
    for (y, out) in out.chunks_exact_mut(n[2].div_ceil(f[2])).enumerate() {
        line.fill(0.0);
        for iy in y * f[1]..((y + 1) * f[1]).min(n[1]) {
            let start = iy * n[2];
            let rhs = &rhs[start..start + n[2]];
            fine.links.row(fine.loss(), ix, start, x, line, AddResidual { rhs });
        }
        if f[2] == 1 {
            for (out, r) in out.iter_mut().zip(&*line) {
                *out += r;
            }
        } else {
            let (pairs, rest) = line.as_chunks::<2>();
            for (out, [a, b]) in out.iter_mut().zip(pairs) {
                *out += a + b;
            }
            if let ([last], Some(out)) = (rest, out.last_mut()) {
                *out += last;
            }
        }
    }
}

/// From a level's first guess and the correction of the next level to its solution, handed over row by row:
/// `give(row of out, solution)`. `out` has the voxels of the level.
pub(crate) fn up<T: Send>(
    fine: &Level,
    coarse: &Level,
    out: &mut [T],
    give: impl Fn(&mut [T], &[f32]) + Sync,
) {
    let plane = fine.links.plane_len();
    let step = planes(&fine.links, 1);
    if out.len() <= step * plane {
        up_slab(fine, coarse, 0, out, &give, &mut Scratch::default());
        return;
    }
    out.par_chunks_mut(step * plane).enumerate().for_each_init(Scratch::default, |scratch, (k, out)| {
        up_slab(fine, coarse, (k * step) as isize, out, &give, scratch);
    });
}

fn up_slab<T>(
    fine: &Level,
    coarse: &Level,
    first: isize,
    out: &mut [T],
    give: &impl Fn(&mut [T], &[f32]),
    scratch: &mut Scratch,
) {
    let (links, w) = (&fine.links, smoother());
    let (plane, len) = (links.plane_len(), links.n[2]);
    let last = first + (out.len() / plane) as isize;
    let Scratch { one, two, line } = scratch;
    one.resize(plane);
    two.resize(plane);
    line.resize(len.max(coarse.links.n[2] + 2), 0.0);
    let rhs = |ix: usize| &fine.b[ix * plane..(ix + 1) * plane];
    for q in first - 2..=last + 1 {
        if let Some(ix) = links.plane_at(q) {
            prolong(fine, coarse, ix, line, &mut one.0[Ring::slot(q)]);
        }
        let smoothed = q - 1;
        if smoothed >= first - 1
            && let Some(ix) = links.plane_at(smoothed)
        {
            let (out, rhs) = (&mut two.0[Ring::slot(smoothed)], rhs(ix));
            let x = one.around(links, smoothed);
            fill(fine, ix, x, out, |r| Step { keep: 1.0, b: w.first, rhs: &rhs[r] });
        }
        let done = q - 2;
        if !(first..last).contains(&done) {
            continue;
        }
        let (ix, at) = (done as usize, (done - first) as usize * plane);
        let (x, old, rhs) = (two.around(links, done), one.get(done), rhs(ix));
        for (iy, out) in out[at..at + plane].chunks_exact_mut(len).enumerate() {
            let r = iy * len..(iy + 1) * len;
            let action = Second { a: w.again, b: w.second, rhs: &rhs[r.clone()], old: &old[r] };
            fine.links.row(fine.loss(), ix, iy * len, x, &mut line[..len], action);
            give(out, &line[..len]);
        }
    }
}

/// Plane `ix` of the first guess with the coarse correction, interpolated linearly between centres.
fn prolong(fine: &Level, coarse: &Level, ix: usize, line: &mut [f32], out: &mut [f32]) {
    let (n, m, f) = (fine.links.n, coarse.links.n, fine.factor);
    // The coarse coordinate a fine one lies in, the next nearest one, and the shares of both. A single voxel at the
    // end of an odd line has the centre of its aggregate, and its neighbours are nearer than others are. Beyond a
    // side the correction goes on as the side makes it.
    let near = |i: usize, a: usize| -> (usize, usize, f32, f32) {
        let (c, odd) = (i / 2, !n[a].is_multiple_of(2));
        if f[a] == 1 {
            return (i, i, 1.0, 0.0);
        }
        if odd && i + 1 == n[a] {
            return (c, c, 1.0, 0.0);
        }
        let up = !i.is_multiple_of(2);
        let end = if up { c + 1 == m[a] } else { c == 0 };
        if end && !fine.links.periodic[a] {
            let beyond = coarse.beyond[2 * a + usize::from(up)];
            return (c, c, 0.75 + 0.25 * beyond, 0.0);
        }
        let other = if up { (c + 1) % m[a] } else { (c + m[a] - 1) % m[a] };
        let share = if odd && other + 1 == m[a] { 1.0 / 3.0 } else { 0.25 };
        (c, other, 1.0 - share, share)
    };
    let (xa, xb, wa, wb) = near(ix, 0);
    let row = |x: usize, y: usize| &coarse.x[m[2] * (y + m[1] * x)..][..m[2]];
    let guess = &fine.x[ix * fine.links.plane_len()..][..out.len()];
    for (iy, (out, x)) in out.chunks_exact_mut(n[2]).zip(guess.chunks_exact(n[2])).enumerate() {
        let (ya, yb, va, vb) = near(iy, 1);
        let line = &mut line[..m[2] + 2];
        {
            let (aa, ab, ba, bb) = (row(xa, ya), row(xa, yb), row(xb, ya), row(xb, yb));
            let w = [wa * va, wa * vb, wb * va, wb * vb];
            for ((((t, aa), ab), ba), bb) in line[1..=m[2]].iter_mut().zip(aa).zip(ab).zip(ba).zip(bb) {
                *t = (w[0] * aa + w[1] * ab) + (w[2] * ba + w[3] * bb);
            }
        }
        if f[2] == 1 {
            for ((out, x), t) in out.iter_mut().zip(x).zip(&line[1..]) {
                *out = x + t;
            }
            continue;
        }
        let ends = match fine.links.periodic[2] {
            true => (line[m[2]], line[1]),
            false => (coarse.beyond[4] * line[1], coarse.beyond[5] * line[m[2]]),
        };
        (line[0], line[m[2] + 1]) = ends;
        let ((pairs, rest), (x, x_rest)) = (out.as_chunks_mut::<2>(), x.as_chunks::<2>());
        let (below, here, above) = (&line[..pairs.len()], &line[1..], &line[2..]);
        for ((((pair, x), t), below), above) in pairs.iter_mut().zip(x).zip(here).zip(below).zip(above) {
            pair[0] = x[0] + (0.75 * t + 0.25 * below);
            pair[1] = x[1] + (0.75 * t + 0.25 * above);
        }
        if let ([last], [end]) = (rest, x_rest) {
            *last = end + line[m[2]];
            if let Some(before) = pairs.last_mut() {
                // Its next centre is nearer.
                before[1] += (0.25 - 1.0 / 3.0) * line[m[2] - 1] + (1.0 / 3.0 - 0.25) * line[m[2]];
            }
        }
    }
}
