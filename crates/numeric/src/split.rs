//! Events shared out among kinds: multinomial counts in few draws.
//!
//! Where few events are to be shared each takes one uniform; else the counts are a chain of binomials, each of what the kinds
//! before it left. Both are exact, and which is taken depends on the number of events alone.

use crate::binomial::Trial;
use crate::random::Stream;

/// Most events that are shared out one by one.
pub const FEW: u64 = 4;

impl Stream {
    /// Counts of `n` events, each of kind k with chance `weights[k]` over their sum (below 0 or not a number: 0). All are 0
    /// where no weight is positive.
    pub fn multinomial<const N: usize>(&mut self, n: u64, weights: &[f64; N]) -> [u64; N] {
        let mut out = [0; N];
        let mut sum = 0.0;
        let mut last = N;
        for (k, &w) in weights.iter().enumerate() {
            if w > 0.0 {
                sum += w;
                last = k;
            }
        }
        if n == 0 || last == N {
            return out;
        }
        if n <= FEW {
            for _ in 0..n {
                let mut at = self.uniform() * sum;
                let kind = weights[..last].iter().position(|&w| {
                    let here = w > 0.0 && at < w;
                    at -= w.max(0.0);
                    here
                });
                out[kind.unwrap_or(last)] += 1;
            }
            return out;
        }
        let mut left = n;
        for (k, &w) in weights[..last].iter().enumerate() {
            if w > 0.0 {
                out[k] = self.binomial(left, w / sum);
                left -= out[k];
                sum -= w;
            }
        }
        out[last] = left;
        out
    }

    /// [`Stream::multinomial`] with chances that many draws share.
    #[inline]
    pub fn shared<const N: usize>(&mut self, n: u64, shares: &Shares<N>) -> [u64; N] {
        let mut out = [0; N];
        if n <= FEW {
            for _ in 0..n {
                let u = self.uniform();
                // How many kinds the uniform is beyond: no branch depends on it.
                let kind: usize = shares.up_to.iter().map(|&c| usize::from(u >= c)).sum();
                out[kind.min(N - 1)] += 1;
            }
            return out;
        }
        let mut left = n;
        for (out, trial) in out.iter_mut().zip(&shares.of_rest) {
            *out = self.binomial_of(left, trial);
            left -= *out;
        }
        // Rounding alone may leave something: no kind after the last has a share.
        out[shares.last] += left;
        out
    }
}

/// Chances of N kinds, ready for [`Stream::shared`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares<const N: usize> {
    /// Chance of this kind or one before it; 1 from the last on that has any.
    up_to: [f64; N],
    /// Chance of this kind, given that none before it came.
    of_rest: [Trial; N],
    last: usize,
}

impl<const N: usize> Shares<N> {
    /// Chances in proportion to `weights` (below 0 or not a number: 0); the first kind takes all where none is positive.
    pub fn new(weights: &[f64; N]) -> Self {
        let weights = weights.map(|w| if w > 0.0 { w } else { 0.0 });
        let sum: f64 = weights.iter().sum();
        let last = weights.iter().rposition(|&w| w > 0.0).unwrap_or(0);
        let mut shares = Self { up_to: [1.0; N], of_rest: [Trial::default(); N], last };
        let mut before = 0.0;
        for (k, &w) in weights.iter().enumerate().take(last) {
            shares.of_rest[k] = Trial::new(w / (sum - before));
            before += w;
            shares.up_to[k] = before / sum;
        }
        shares.of_rest[last] = Trial::new(1.0);
        shares
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math;
    use crate::random::Seed;

    /// Chi-square of all outcomes of small multinomials, on both sides of the change of method, against exact chances.
    #[test]
    fn multinomials_follow_their_distribution() {
        const DRAWS: u32 = 200_000;
        let weights = [0.7, 0.0, 2.0, 0.3];
        let p = weights.map(|w| w / 3.0);
        let shares = Shares::new(&weights);
        for n in [1, 2, FEW, FEW + 1, 9] {
            for prepared in [false, true] {
                let mut s = Seed::new(4, u32::from(prepared)).stream(n, 0, 5);
                let side = n as usize + 1;
                let mut seen = vec![0u32; side * side];
                for _ in 0..DRAWS {
                    let c = if prepared { s.shared(n, &shares) } else { s.multinomial(n, &weights) };
                    assert_eq!((c.iter().sum::<u64>(), c[1]), (n, 0));
                    seen[c[0] as usize * side + c[3] as usize] += 1;
                }
                let (mut chi2, mut cells, mut rare, mut rare_seen) = (0.0, 0.0, 0.0, 0.0);
                for a in 0..=n {
                    for c in 0..=n - a {
                        let f = |k: u64| math::ln_gamma(k as f64 + 1.0);
                        let ways = f(n) - f(a) - f(c) - f(n - a - c);
                        let ln = |k: u64, p: f64| k as f64 * math::ln(p);
                        let chance = math::exp(ways + ln(a, p[0]) + ln(c, p[3]) + ln(n - a - c, p[2]));
                        let expected = f64::from(DRAWS) * chance;
                        let got = f64::from(seen[a as usize * side + c as usize]);
                        if expected < 10.0 {
                            rare += expected;
                            rare_seen += got;
                        } else {
                            chi2 += (got - expected) * (got - expected) / expected;
                            cells += 1.0;
                        }
                    }
                }
                assert!((rare_seen - rare).abs() < 5.0 * (rare + 1.0).sqrt(), "{n}: {rare_seen} {rare}");
                assert!(chi2 < cells + 4.0 * (2.0_f64 * cells).sqrt() + 4.0, "{n}: {chi2} over {cells}");
            }
        }
    }

    /// Means and variances where many are shared.
    #[test]
    fn many_are_shared_as_their_chances_say() {
        const DRAWS: u32 = 20_000;
        let weights = [1.0, 5.0, 4.0];
        let shares = Shares::new(&weights);
        let mut s = Seed::new(4, 0).stream(0, 1, 5);
        let (mut sum, mut square) = ([0.0; 3], [0.0; 3]);
        for i in 0..DRAWS {
            let c = if i % 2 == 0 { s.shared(500, &shares) } else { s.multinomial(500, &weights) };
            for k in 0..3 {
                sum[k] += c[k] as f64;
                square[k] += (c[k] as f64 - 50.0 * weights[k]) * (c[k] as f64 - 50.0 * weights[k]);
            }
        }
        for k in 0..3 {
            let (mean, variance) = (50.0 * weights[k], 50.0 * weights[k] * (1.0 - 0.1 * weights[k]));
            let n = f64::from(DRAWS);
            assert!((sum[k] / n - mean).abs() < 4.5 * (variance / n).sqrt(), "{k}: {}", sum[k] / n);
            assert!((square[k] / n / variance - 1.0).abs() < 0.06, "{k}: {}", square[k] / n);
        }
    }

    /// Nothing is lost, and a kind without a chance gets nothing, whatever the weights.
    #[test]
    fn odd_weights_lose_nothing() {
        let mut s = Seed::new(4, 0).stream(0, 0, 5);
        for weights in [[0.0, 1.0, 0.0], [f64::NAN, 1e-300, -1.0], [0.0, 1e300, 0.0], [0.0, 3.0, f64::NAN]] {
            for n in [0, 1, 4, 5, 1000, 1 << 40] {
                assert_eq!(s.multinomial(n, &weights), [0, n, 0], "{weights:?}");
                assert_eq!(s.shared(n, &Shares::new(&weights)), [0, n, 0], "{weights:?}");
            }
        }
        assert_eq!(s.multinomial(7, &[0.0; 3]), [0; 3]);
        assert_eq!(s.shared(7, &Shares::new(&[0.0; 3])), [7, 0, 0]);
        // Shares that rounding makes add up to a little less than 1.
        let shares = Shares::new(&[0.1; 10]);
        for _ in 0..1000 {
            assert_eq!(s.shared(50, &shares).iter().sum::<u64>(), 50);
        }
    }
}
