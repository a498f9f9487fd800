//! Sums over long vectors that run in vector registers, with one order of additions on every machine.

/// Partial sums kept side by side: a fixed number, so that the order of additions is.
const LANES: usize = 8;
/// Products summed plainly before their sum joins the total.
const BLOCK: usize = 128;

/// Σ a b.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    block_dots(a, b).fold(0.0, |total, block| total + block)
}

/// Σ a b of each block, in order.
pub(crate) fn block_dots(a: &[f64], b: &[f64]) -> impl Iterator<Item = f64> {
    a.chunks(BLOCK).zip(b.chunks(BLOCK)).map(|(a, b)| block_dot(a, b))
}

#[inline]
fn block_dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for k in 0..LANES {
            lanes[k] += a[k] * b[k];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    let quad = [lanes[0] + lanes[4], lanes[1] + lanes[5], lanes[2] + lanes[6], lanes[3] + lanes[7]];
    (quad[0] + quad[2]) + (quad[1] + quad[3]) + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every length, also those that no lane or block divides.
    #[test]
    fn sums_whole_numbers_exactly() {
        for n in [0, 1, 7, 8, 9, 127, 128, 129, 1000] {
            let a: Vec<f64> = (0..n).map(f64::from).collect();
            let b: Vec<f64> = (0..n).map(|i| f64::from(i % 5 - 2)).collect();
            let exact: i64 = (0..i64::from(n)).map(|i| i * (i % 5 - 2)).sum();
            assert_eq!(dot(&a, &b), exact as f64);
        }
    }
}
