//! Passes over long vectors, on threads where they are long enough, with the bits that one thread gives: sums halve as
//! [`reduce`] does or add blocks in their order, and everything else is done to each value alone.

use crate::kernel::block_dots;
use exoderm_numeric::reduce::{self, Accumulator};
use rayon::prelude::*;

/// Values that one task takes.
const TASK: usize = 1 << 15;

/// Σ v, the bits of [`reduce::sum`].
pub(crate) fn sum(v: &[f64]) -> f64 {
    if v.len() <= TASK {
        return reduce::sum(v);
    }
    let (a, b) = v.split_at(v.len() / 2);
    let (a, b) = rayon::join(|| sum(a), || sum(b));
    a + b
}

/// Σ a b, the bits of [`reduce::dot`].
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    if a.len() <= TASK {
        return reduce::dot(a, b);
    }
    let middle = a.len() / 2;
    let low = || dot(&a[..middle], &b[..middle]);
    let (low, high) = rayon::join(low, || dot(&a[middle..], &b[middle..]));
    low + high
}

/// Σ term(first..last), by halves down to blocks of 64.
pub(crate) fn sum_terms(first: usize, last: usize, term: &(impl Fn(usize) -> f64 + Sync)) -> f64 {
    const BLOCK: usize = 64;
    if last - first <= BLOCK {
        return (first..last).map(term).sum();
    }
    let middle = first + (last - first) / 2;
    let (low, high) = (|| sum_terms(first, middle, term), || sum_terms(middle, last, term));
    let (low, high) = if last - first > TASK { rayon::join(low, high) } else { (low(), high()) };
    low + high
}

/// Adds Σ a b to a compensated sum, block by block.
pub(crate) fn add_dot(sum: &mut Accumulator, a: &[f64], b: &[f64]) {
    blocks(a, b, |block| sum.add(block));
}

/// Σ a b, the bits of [`dot`](crate::kernel::dot).
pub(crate) fn plain_dot(a: &[f64], b: &[f64]) -> f64 {
    let mut total = 0.0;
    blocks(a, b, |block| total += block);
    total
}

/// Gives the sums of products of all blocks, in order.
fn blocks(a: &[f64], b: &[f64], mut take: impl FnMut(f64)) {
    if a.len() <= 2 * TASK {
        return block_dots(a, b).for_each(take);
    }
    let parts: Vec<Vec<f64>> =
        a.par_chunks(TASK).zip(b.par_chunks(TASK)).map(|(a, b)| block_dots(a, b).collect()).collect();
    parts.into_iter().flatten().for_each(&mut take);
}

/// Calls `f(index of the first value, stretch)` for stretches that cover `out`.
pub(crate) fn each<T: Send>(out: &mut [T], f: impl Fn(usize, &mut [T]) + Sync) {
    if out.len() <= TASK {
        f(0, out);
    } else {
        out.par_chunks_mut(TASK).enumerate().for_each(|(k, part)| f(k * TASK, part));
    }
}

/// The same for two arrays of one length.
pub(crate) fn each_pair(a: &mut [f64], b: &mut [f64], f: impl Fn(usize, &mut [f64], &mut [f64]) + Sync) {
    if a.len() <= TASK {
        f(0, a, b);
    } else {
        a.par_chunks_mut(TASK)
            .zip(b.par_chunks_mut(TASK))
            .enumerate()
            .for_each(|(k, (a, b))| f(k * TASK, a, b));
    }
}

/// Copies on threads.
pub(crate) fn copy(from: &[f64], to: &mut [f64]) {
    each(to, |first, part| part.copy_from_slice(&from[first..first + part.len()]));
}

/// Sets negative values to 0.
pub(crate) fn cut_negative(values: &mut [f64]) {
    each(values, |_, part| part.iter_mut().for_each(|v| *v = v.max(0.0)));
}

/// Whether `f(index of the first value, stretch)` holds for all of stretches that cover `values`.
pub(crate) fn every<T: Sync>(values: &[T], f: impl Fn(usize, &[T]) -> bool + Sync) -> bool {
    if values.len() <= TASK {
        f(0, values)
    } else {
        values.par_chunks(TASK).enumerate().all(|(k, part)| f(k * TASK, part))
    }
}

/// Whether `f` holds for every value. Stretches are looked at without branches, in vector registers.
pub(crate) fn all(values: &[f64], f: impl Fn(f64) -> bool + Sync) -> bool {
    every(values, |_, part| part.chunks(256).all(|c| c.iter().fold(true, |ok, v| ok & f(*v))))
}

/// The largest value, at least 0.
pub(crate) fn largest(values: &[f64]) -> f64 {
    let of = |part: &[f64]| part.iter().fold(0.0f64, |m, v| m.max(*v));
    if values.len() <= TASK { of(values) } else { values.par_chunks(TASK).map(of).reduce(|| 0.0, f64::max) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel;

    /// Long enough for several tasks, of lengths that none divides.
    #[test]
    fn bits_are_those_of_one_thread() {
        for n in [100, TASK + 1, 3 * TASK + 77, 5 * TASK - 3] {
            let a: Vec<f64> = (0..n).map(|i| ((i * 7919 + 13) % 1009) as f64 / 1009.0 - 0.3).collect();
            let b: Vec<f64> = (0..n).map(|i| ((i * 104_729 + 7) % 997) as f64 / 997.0).collect();
            let (mut one, mut many) = (Accumulator::default(), Accumulator::default());
            block_dots(&a, &b).for_each(|block| one.add(block));
            add_dot(&mut many, &a, &b);
            assert_eq!(one, many);
            assert_eq!(plain_dot(&a, &b), kernel::dot(&a, &b));
            assert_eq!(sum(&a), reduce::sum(&a));
            assert_eq!(dot(&a, &b), reduce::dot(&a, &b));
            assert_eq!(sum_terms(0, n, &|i| a[i]), halved(&a));
            assert!(all(&b, |v| v < 1.0) && !all(&b, |v| v != b[n - 1]));
            assert_eq!(largest(&b), b.iter().copied().fold(0.0, f64::max));
        }
    }

    fn halved(v: &[f64]) -> f64 {
        match v.len() {
            0..=64 => v.iter().sum(),
            n => halved(&v[..n / 2]) + halved(&v[n / 2..]),
        }
    }
}
