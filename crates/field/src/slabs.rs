//! Work cut into slabs of whole x planes, for threads.
//!
//! The cut depends on the mesh alone, a slab reads one plane of its neighbours on either side and writes its own
//! planes only, and sums are made slab by slab and added in order: the same bits on any number of threads, and the
//! layout that a decomposition over machines would need.

use exoderm_numeric::reduce::Accumulator;
use rayon::prelude::*;

/// Voxels of a slab: enough to outweigh handing it to a thread, few enough for every core to get some.
const SLAB: usize = 1 << 16;
/// Voxels of a piece of a slab, where no sum is made: the smaller, the less a thread waits for another at the end.
const PIECE: usize = 1 << 14;

/// Voxels of a slab of a mesh of this shape: whole planes.
pub(crate) fn slab_len(n: [usize; 3]) -> usize {
    let plane = n[1] * n[2];
    plane * (SLAB / plane).clamp(1, n[0])
}

/// Voxels of a piece: whole planes.
pub(crate) fn piece_len(n: [usize; 3]) -> usize {
    let plane = n[1] * n[2];
    plane * (PIECE / plane).clamp(1, n[0])
}

/// Calls `f(first voxel, piece)` for pieces of whole planes that cover `out`.
pub(crate) fn for_each<T: Send>(n: [usize; 3], out: &mut [T], f: impl Fn(usize, &mut [T]) + Sync) {
    if out.len() <= slab_len(n) {
        f(0, out);
    } else {
        let len = piece_len(n);
        out.par_chunks_mut(len).enumerate().for_each(|(k, piece)| f(k * len, piece));
    }
}

/// Calls `f(first voxel, slab)` for every slab of `out`, which returns a part of a sum; the parts are added in order.
pub(crate) fn sum_each<T: Send>(
    n: [usize; 3],
    out: &mut [T],
    parts: &mut Vec<f64>,
    f: impl Fn(usize, &mut [T]) -> f64 + Sync,
) -> f64 {
    let len = slab_len(n);
    if out.len() <= len {
        return f(0, out);
    }
    parts.resize(out.len().div_ceil(len), 0.0);
    out.par_chunks_mut(len)
        .zip(parts.par_iter_mut())
        .enumerate()
        .for_each(|(k, (slab, part))| *part = f(k * len, slab));
    let mut total = Accumulator::default();
    for part in parts.iter() {
        total.add(*part);
    }
    total.value()
}

/// Adds up `f(first voxel, end)` over the slabs, in order.
pub(crate) fn reduce(n: [usize; 3], parts: &mut Vec<f64>, f: impl Fn(usize, usize) -> f64 + Sync) -> f64 {
    let (len, total) = (slab_len(n), n[0] * n[1] * n[2]);
    if total <= len {
        return f(0, total);
    }
    parts.resize(total.div_ceil(len), 0.0);
    parts.par_iter_mut().enumerate().for_each(|(k, part)| *part = f(k * len, ((k + 1) * len).min(total)));
    let mut sum = Accumulator::default();
    for part in parts.iter() {
        sum.add(*part);
    }
    sum.value()
}

/// Where the rows along z beside row (ix, iy) start: below and above in x, below and above in y. Beyond a side of
/// the box a row is its own neighbour, so that the difference across the side is zero; periodic axes wrap.
#[inline]
pub(crate) fn beside(n: [usize; 3], periodic: [bool; 3], ix: usize, iy: usize) -> [usize; 4] {
    let row = |ix: usize, iy: usize| n[2] * (iy + n[1] * ix);
    let low = |i: usize, a: usize| match i {
        0 if periodic[a] => n[a] - 1,
        0 => 0,
        _ => i - 1,
    };
    let high = |i: usize, a: usize| match i + 1 < n[a] {
        true => i + 1,
        false if periodic[a] => 0,
        false => i,
    };
    [row(low(ix, 0), iy), row(high(ix, 0), iy), row(ix, low(iy, 1)), row(ix, high(iy, 1))]
}
