//! Reductions in a fixed order.

/// Sum of `values` by pairwise halving: the order depends on the length alone, and the rounding error grows with
/// its logarithm, which the balance sheet (1e-9 relative over 1e6 additions) needs.
pub fn sum(values: &[f64]) -> f64 {
    const BLOCK: usize = 64;
    if values.len() <= BLOCK {
        return values.iter().sum();
    }
    let (a, b) = values.split_at(values.len() / 2);
    sum(a) + sum(b)
}

/// Sum of products, with the order of [`sum`]. The slices must have equal length; the shorter one decides.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    const BLOCK: usize = 64;
    let n = a.len().min(b.len());
    if n <= BLOCK {
        return a[..n].iter().zip(&b[..n]).map(|(x, y)| x * y).sum();
    }
    let m = n / 2;
    dot(&a[..m], &b[..m]) + dot(&a[m..n], &b[m..n])
}

/// A running sum with Neumaier's compensation, for totals that grow over a whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Accumulator {
    sum: f64,
    compensation: f64,
}

impl Accumulator {
    /// Starts at `value`.
    pub fn new(value: f64) -> Self {
        Self { sum: value, compensation: 0.0 }
    }

    /// Adds `x`.
    pub fn add(&mut self, x: f64) {
        let t = self.sum + x;
        self.compensation += if self.sum.abs() >= x.abs() { (self.sum - t) + x } else { (x - t) + self.sum };
        self.sum = t;
    }

    /// The sum so far.
    pub fn value(&self) -> f64 {
        self.sum + self.compensation
    }

    /// The two words of the state, for a checkpoint.
    pub fn parts(&self) -> (f64, f64) {
        (self.sum, self.compensation)
    }

    /// Back from [`Accumulator::parts`].
    pub fn from_parts((sum, compensation): (f64, f64)) -> Self {
        Self { sum, compensation }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairwise_beats_naive() {
        let v = vec![0.1; 1_000_000];
        let naive: f64 = v.iter().sum();
        assert!((sum(&v) - 1e5).abs() < 1e-9);
        assert!((naive - 1e5).abs() > (sum(&v) - 1e5).abs());
        assert!((dot(&v, &v) - 1e4).abs() < 1e-9);
    }

    #[test]
    fn accumulator_keeps_small_terms() {
        let mut a = Accumulator::new(1e16);
        for _ in 0..1000 {
            a.add(1.0);
        }
        a.add(-1e16);
        assert_eq!(a.value(), 1000.0);
        assert_eq!(Accumulator::from_parts(a.parts()), a);
    }
}
