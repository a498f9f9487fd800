//! One uniform for a row of events that mostly do not happen.
//!
//! Given that a uniform u lies below the chance c that nothing happens, u/c is uniform again and independent of what was decided: it
//! serves the next question. Where the first of a row of independent counts that is not 0 turns up, u/c decides which it is, and the
//! next question takes a new uniform. A row in which nothing happens thus costs one uniform and a comparison a count, and every
//! count has its own law and is independent of the others. A uniform is given up once [`LEAST`] of it is left, so that of its 53 bits
//! all but five decide.

use crate::binomial::Tabled;
use crate::random::{POISSON_MANY, Stream, poisson_by_sum};

/// Least part of a uniform that still serves.
const LEAST: f64 = 1.0 / 32.0;

/// What is left of a uniform: a number that is uniform from 0 to `below`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spare {
    u: f64,
    below: f64,
}

impl Spare {
    /// Whether an event whose absence has chance `none` occurs: if so, a uniform given that it is not below `none`.
    #[inline]
    fn event(&mut self, none: f64, stream: &mut Stream) -> Option<f64> {
        if self.below < LEAST {
            *self = Self { u: stream.uniform(), below: 1.0 };
        }
        let bound = self.below * none;
        if self.u < bound {
            self.below = bound;
            return None;
        }
        let u = self.u / self.below;
        self.below = 0.0;
        Some(u)
    }

    /// [`Stream::poisson`] where the chance of no event, exp(−mean), is known: [`crate::streams::none`] works it out for many.
    #[inline]
    pub fn poisson(&mut self, mean: f64, none: f64, stream: &mut Stream) -> u64 {
        if mean >= POISSON_MANY {
            return stream.poisson(mean);
        }
        if mean.is_nan() || mean <= 0.0 {
            return 0;
        }
        match self.event(none, stream) {
            None => 0,
            Some(u) => poisson_by_sum(mean, none, u),
        }
    }

    /// [`Stream::binomial_of`] for chances whose draws are mostly of few trials.
    #[inline]
    pub fn binomial(&mut self, n: u64, tabled: &Tabled, stream: &mut Stream) -> u64 {
        let Some(none) = tabled.none(n) else { return stream.binomial_of(n, tabled.trial()) };
        let few = match self.event(none, stream) {
            None => 0,
            Some(u) => stream.binomial_by_sum(n, tabled.trial().odds(), none, u),
        };
        tabled.trial().of(n, few)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binomial::Trial;
    use crate::math;
    use crate::random::Seed;

    /// Chi-square of the joint outcomes of rows of five counts, drawn from one spare uniform, against the product of their exact
    /// laws: each law is right, and none depends on what came before it.
    #[test]
    fn rows_of_counts_follow_the_product_of_their_laws() {
        const DRAWS: u64 = 400_000;
        // Number of trials (0: a Poisson count) and the chance or mean.
        type Row = [(u64, f64); 5];
        let rows: [Row; 4] = [
            [(0, 0.4), (3, 0.08), (2, 0.05), (0, 0.1), (1, 0.3)],
            [(0, 0.05), (1, 0.02), (64, 0.01), (2, 0.1), (0, 0.02)],
            // The uniform is used up in the middle, a flipped chance, and one of more trials than are tabled.
            [(0, 1.5), (5, 0.3), (1, 0.8), (70, 0.01), (0, 0.2)],
            [(0, 0.0), (0, 2.5), (0, 3.0), (1, 0.5), (0, 0.3)],
        ];
        for (r, row) in rows.iter().enumerate() {
            let top = |n: u64| if n == 0 { 4 } else { n.min(4) as usize };
            let tabled = row.map(|(_, p)| Tabled::new(Trial::new(p)));
            let none = row.map(|(_, mean)| math::exp(-mean));
            let mut seen = vec![0u32; 5usize.pow(5)];
            for i in 0..DRAWS {
                let mut stream = Seed::new(9, r as u32).stream(i, 0, 5);
                let mut spare = Spare::default();
                let mut at = 0;
                for (k, &(n, p)) in row.iter().enumerate() {
                    let count = if n == 0 {
                        spare.poisson(p, none[k], &mut stream)
                    } else {
                        spare.binomial(n, &tabled[k], &mut stream)
                    };
                    assert!(n == 0 || count <= n);
                    at = at * 5 + (count as usize).min(4);
                }
                seen[at] += 1;
            }
            // Chance of each count; the last is that or more.
            let law = row.map(|(n, p)| {
                let f = |k: usize| math::ln_gamma(k as f64 + 1.0);
                let mut law = [0.0; 5];
                for (k, chance) in law.iter_mut().enumerate().take(top(n)) {
                    let x = k as f64;
                    *chance = if n == 0 {
                        math::exp(-p) * math::powi(p, k as i32) / math::exp(f(k))
                    } else {
                        let ways = f(n as usize) - f(k) - f(n as usize - k);
                        math::exp(ways + (n as f64 - x) * math::ln_1p(-p)) * math::powi(p, k as i32)
                    };
                }
                law[top(n)] = (1.0 - law.iter().sum::<f64>()).max(0.0);
                law
            });
            let (mut chi2, mut cells, mut rare, mut rare_seen) = (0.0, 0.0, 0.0, 0.0);
            for (at, &got) in seen.iter().enumerate() {
                let digit = |k: u32| at / 5usize.pow(4 - k) % 5;
                let chance: f64 = (0..5).map(|k| law[k as usize][digit(k)]).product();
                let (expected, got) = (DRAWS as f64 * chance, f64::from(got));
                if expected < 10.0 {
                    rare += expected;
                    rare_seen += got;
                } else {
                    chi2 += (got - expected) * (got - expected) / expected;
                    cells += 1.0;
                }
            }
            assert!((rare_seen - rare).abs() < 5.0 * (rare + 1.0).sqrt(), "{r}: rare {rare_seen} {rare}");
            assert!(chi2 < cells + 4.0 * (2.0_f64 * cells).sqrt() + 4.0, "{r}: {chi2} over {cells}");
            assert!(cells > 10.0, "{r}: {cells} outcomes");
        }
    }

    /// A row in which nothing happens takes one uniform.
    #[test]
    fn a_quiet_row_takes_one_uniform() {
        let tabled = Tabled::new(Trial::new(1e-12));
        let mut stream = Seed::new(1, 0).stream(0, 0, 0);
        let mut other = stream.clone();
        let mut spare = Spare::default();
        for _ in 0..100 {
            assert_eq!(
                spare.binomial(5, &tabled, &mut stream) + spare.poisson(1e-12, 1.0 - 1e-12, &mut stream),
                0
            );
        }
        other.uniform();
        assert_eq!(stream.next_u64(), other.next_u64());
        assert_eq!(spare.poisson(f64::NAN, 0.5, &mut stream) + spare.poisson(-1.0, 1.0, &mut stream), 0);
        assert_eq!(spare.binomial(0, &tabled, &mut stream), 0);
    }
}
