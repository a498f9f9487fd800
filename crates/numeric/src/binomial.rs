//! Binomial counts.
//!
//! Where few successes (or failures) are expected the distribution is summed up to one uniform; else transformed
//! rejection (Hörmann 1993, doi 10.1080/00949659308811496). What spares arithmetic changes no draw.

use crate::math;
use crate::random::{Stream, none_at_least};

/// Expected successes from which on counts are drawn by rejection.
const MANY: f64 = 12.0;
/// Most trials for which the chance of none is a product.
const BY_SQUARING: u64 = 64;
/// Uniforms as near to 1 as rounding of a sum of chances.
const LAST: f64 = 1.0 - 1e-13;

impl Stream {
    /// Binomial count: successes in `n` trials of probability `p`. Exact at any size.
    pub fn binomial(&mut self, n: u64, p: f64) -> u64 {
        if n == 0 || p.is_nan() || p <= 0.0 {
            return 0;
        }
        if p >= 1.0 {
            return n;
        }
        if p > 0.5 {
            return n - self.binomial(n, 1.0 - p);
        }
        let trials = n as f64;
        if trials * p >= MANY {
            return self.binomial_by_rejection(n, p, p / (1.0 - p));
        }
        let u = self.uniform();
        if n == 1 && u < LAST {
            return u64::from(u >= 1.0 - p);
        }
        self.few_of(n, p, u, || p / (1.0 - p), || math::ln_1p(-p))
    }

    /// [`Stream::binomial`] with a chance that many draws share, to the bit.
    #[inline]
    pub fn binomial_of(&mut self, n: u64, trial: &Trial) -> u64 {
        if n == 0 || trial.p <= 0.0 {
            return if trial.flipped { n } else { 0 };
        }
        let few = if n as f64 * trial.p >= MANY {
            self.binomial_by_rejection(n, trial.p, trial.odds)
        } else {
            let u = self.uniform();
            if n == 1 && u < LAST {
                u64::from(u >= 1.0 - trial.p)
            } else {
                self.few_of(n, trial.p, u, || trial.odds, || trial.ln_failure)
            }
        };
        if trial.flipped { n - few } else { few }
    }

    /// A binomial count of chance `p` up to one half for the uniform `u`, by its odds and the logarithm of the chance of failure.
    #[inline]
    fn few_of(
        &mut self,
        n: u64,
        p: f64,
        u: f64,
        odds: impl FnOnce() -> f64,
        ln_failure: impl FnOnce() -> f64,
    ) -> u64 {
        let trials = n as f64;
        if u < none_at_least(trials * p, (trials - 1.0) * p, (trials - 2.0) * p) {
            return 0;
        }
        // By squaring where that is cheaper than an exponential.
        let none =
            if n <= BY_SQUARING { math::powi(1.0 - p, n as i32) } else { math::exp(trials * ln_failure()) };
        self.binomial_by_sum(n, odds(), none, u)
    }

    /// Few expected successes: the chances of 0, 1, 2, … are summed up to one uniform.
    pub(crate) fn binomial_by_sum(&mut self, n: u64, odds: f64, none: f64, mut u: f64) -> u64 {
        loop {
            let (mut chance, mut cumulative, mut k) = (none, none, 0);
            while u >= cumulative && (k as u64) < n {
                let left = (n - k as u64) as f64;
                k += 1;
                chance *= odds * left * math::reciprocal(k);
                // What is left is below the rounding of the sum: drawn again.
                if chance < 1e-18 && k > 13 {
                    break;
                }
                cumulative += chance;
            }
            if u < cumulative {
                return k as u64;
            }
            u = self.uniform();
        }
    }

    /// Many expected successes.
    fn binomial_by_rejection(&mut self, n: u64, p: f64, odds: f64) -> u64 {
        let trials = n as f64;
        let sd = (trials * p * (1.0 - p)).sqrt();
        let b = 1.15 + 2.53 * sd;
        let a = -0.0873 + 0.0248 * b + 0.01 * p;
        let c = trials * p + 0.5;
        let alpha = (2.83 + 5.1 / b) * sd;
        let quick = 0.92 - 4.2 / b;
        loop {
            let u = self.uniform() - 0.5;
            let v = 1.0 - self.uniform();
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + c).floor();
            if us >= 0.07 && v <= quick {
                return k as u64;
            }
            if k < 0.0 || k > trials {
                continue;
            }
            // Seldom asked.
            let mode = ((trials + 1.0) * p).floor();
            let ways = math::ln_factorial(mode) + math::ln_factorial(trials - mode)
                - math::ln_factorial(k)
                - math::ln_factorial(trials - k);
            if math::ln(v * alpha / (a / (us * us) + b)) <= ways + (k - mode) * math::ln(odds) {
                return k as u64;
            }
        }
    }
}

/// A chance of success with what [`Stream::binomial_of`] needs of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Trial {
    /// The smaller of the chances of success and of failure.
    p: f64,
    odds: f64,
    ln_failure: f64,
    /// Failures are drawn.
    flipped: bool,
}

impl Trial {
    /// With probability `p`: none succeeds where it is below 0 or not a number, all where it is above 1.
    pub fn new(p: f64) -> Self {
        let p = if p > 0.0 { p.min(1.0) } else { 0.0 };
        let flipped = p > 0.5;
        let few = if flipped { 1.0 - p } else { p };
        Self { p: few, odds: few / (1.0 - few), ln_failure: math::ln_1p(-few), flipped }
    }

    /// Odds of the rarer outcome.
    #[inline]
    pub(crate) fn odds(&self) -> f64 {
        self.odds
    }

    /// Successes among `n` trials of which `few` had the rarer outcome.
    #[inline]
    pub(crate) fn of(&self, n: u64, few: u64) -> u64 {
        if self.flipped { n - few } else { few }
    }
}

/// Numbers of trials below which the chance of none is looked up.
const TABLED: usize = 65;

/// A [`Trial`] with the chances that none of few succeeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tabled {
    trial: Trial,
    none: [f64; TABLED],
}

impl Tabled {
    /// Looks up what `trial` would work out.
    pub fn new(trial: Trial) -> Self {
        Self { trial, none: std::array::from_fn(|n| math::powi(1.0 - trial.p, n as i32)) }
    }

    /// The chance that none of `n` trials has the rarer outcome, if it is looked up and one uniform is to decide about all.
    #[inline]
    pub(crate) fn none(&self, n: u64) -> Option<f64> {
        let none = *self.none.get(usize::try_from(n).ok()?)?;
        (n as f64 * self.trial.p < MANY).then_some(none)
    }

    #[inline]
    pub(crate) fn trial(&self) -> &Trial {
        &self.trial
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;

    /// The whole distribution, on both sides of the change of method: chi-square against the exact chances.
    #[test]
    fn binomial_follows_its_distribution() {
        const N: u32 = 100_000;
        for (n, p) in [(7u64, 0.3), (400, 0.02), (1000, 0.011), (60, 0.21), (300, 0.5), (5000, 0.7)] {
            let mut s = Seed::new(11, 0).stream(n, 0, 5);
            let mut seen = vec![0u32; n as usize + 1];
            for _ in 0..N {
                seen[s.binomial(n, p) as usize] += 1;
            }
            let chance = |k: u64| {
                let (n, k) = (n as f64, k as f64);
                let ways = math::ln_gamma(n + 1.0) - math::ln_gamma(k + 1.0) - math::ln_gamma(n - k + 1.0);
                math::exp(ways + k * math::ln(p) + (n - k) * math::ln_1p(-p))
            };
            let (mut chi2, mut cells, mut rare, mut rare_seen) = (0.0, 0.0, 0.0, 0.0);
            for k in 0..=n {
                let (expected, got) = (f64::from(N) * chance(k), f64::from(seen[k as usize]));
                if expected < 10.0 {
                    rare += expected;
                    rare_seen += got;
                } else {
                    chi2 += (got - expected) * (got - expected) / expected;
                    cells += 1.0;
                }
            }
            assert!(
                (rare_seen - rare).abs() < 5.0 * (rare + 1.0).sqrt(),
                "{n} {p}: tails {rare_seen} {rare}"
            );
            // Mean plus four standard deviations of a chi-square.
            assert!(chi2 < cells + 4.0 * (2.0_f64 * cells).sqrt() + 4.0, "{n} {p}: {chi2} over {cells}");
        }
    }
}
