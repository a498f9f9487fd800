//! Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, doi 10.1145/2063384.2063405).
//!
//! A [`Stream`] is opened for one entity, at one tick, for one purpose, and then drawn from in sequence. Two
//! streams with any differing coordinate are independent; opening one costs nothing and needs no state, so a
//! cell's draws never depend on which other cells were visited before it. Arms of a study share seed and
//! replicate, hence the same draws: contrasts between arms are paired.

use crate::math;

/// What the draws are for. The number is part of the stream's key: never renumber, only add.
pub type Purpose = u16;

/// The part of the key that is fixed for one tissue: the study's seed and the replicate's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed {
    key: [u32; 2],
}

impl Seed {
    /// The key for a replicate of a study with this seed.
    pub fn new(seed: u64, replicate: u32) -> Self {
        // One Philox round-trip spreads the replicate over the key, so that seeds 1, 2, 3 … and
        // replicates 0, 1, 2 … never give the same stream.
        let b =
            philox([seed as u32, (seed >> 32) as u32, replicate, 0x45_58_4f_44], [0x9e37_79b9, 0x243f_6a88]);
        Self { key: [b[0], b[1]] }
    }

    /// The words that Philox takes as its key.
    pub(crate) fn key(self) -> [u32; 2] {
        self.key
    }

    /// Opens the stream of `entity` at `tick` for `purpose`.
    #[inline]
    pub fn stream(self, entity: u64, tick: u32, purpose: Purpose) -> Stream {
        Stream::fresh(self.key, counter(entity, tick, purpose))
    }
}

/// Where a stream starts: 32 bits of position, 32 of tick, 32 of entity, 16 more of entity and 16 of purpose; entities
/// up to 2^48.
#[inline]
pub(crate) fn counter(entity: u64, tick: u32, purpose: Purpose) -> [u32; 4] {
    [0, tick, entity as u32, ((entity >> 32) as u32) << 16 | u32::from(purpose)]
}

/// Words that a stream holds ready: four blocks.
pub(crate) const WORDS: usize = 16;
/// Words of a block.
const BLOCK: usize = 4;

/// A sequence of draws for one entity, tick and purpose.
#[derive(Clone, Debug)]
pub struct Stream {
    key: [u32; 2],
    counter: [u32; 4],
    words: [u32; WORDS],
    at: usize,
}

impl Stream {
    /// The stream that starts at `counter`.
    #[inline]
    pub(crate) fn fresh(key: [u32; 2], counter: [u32; 4]) -> Self {
        Self { key, counter, words: [0; WORDS], at: WORDS }
    }

    /// The stream that starts at `counter`, its first blocks made already.
    #[inline]
    pub(crate) fn begun(key: [u32; 2], mut counter: [u32; 4], words: [u32; WORDS]) -> Self {
        counter[0] = counter[0].wrapping_add((WORDS / 4) as u32);
        Self { key, counter, words, at: 0 }
    }

    /// 32 random bits.
    #[inline]
    pub fn next_u32(&mut self) -> u32 {
        if self.at >= WORDS {
            self.refill();
        }
        self.at += 1;
        self.words[self.at - 1]
    }

    /// The first block, of which most streams need no more; later the next two, the rounds of one filling the waits of the other.
    #[inline(never)]
    fn refill(&mut self) {
        let mut next = self.counter;
        next[0] = next[0].wrapping_add(1);
        if self.counter[0] == 0 {
            self.words[WORDS - BLOCK..].copy_from_slice(&philox(self.counter, self.key));
            self.counter = next;
            self.at = WORDS - BLOCK;
            return;
        }
        let (one, two) = (philox(self.counter, self.key), philox(next, self.key));
        self.words[WORDS - 2 * BLOCK..WORDS - BLOCK].copy_from_slice(&one);
        self.words[WORDS - BLOCK..].copy_from_slice(&two);
        self.counter[0] = next[0].wrapping_add(1);
        self.at = WORDS - 2 * BLOCK;
    }

    /// 64 random bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        // Most streams give pairs of words only: one question for both.
        if let Some(&[low, high]) = self.words.get(self.at..self.at + 2) {
            self.at += 2;
            return u64::from(low) | u64::from(high) << 32;
        }
        u64::from(self.next_u32()) | u64::from(self.next_u32()) << 32
    }

    /// Uniform on `[0, 1)`, 53 bits.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform on `[low, high)`.
    #[inline]
    pub fn range(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// A whole number below `n` (0 when `n` is 0).
    #[inline]
    pub fn below(&mut self, n: usize) -> usize {
        ((self.next_u32() as u64 * n as u64) >> 32) as usize
    }

    /// True with probability `p`.
    #[inline]
    pub fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// Exponential waiting time with the given rate (infinite when the rate is 0).
    pub fn exponential(&mut self, rate: f64) -> f64 {
        -math::ln(1.0 - self.uniform()) / rate
    }

    /// Standard normal (Marsaglia's polar method; its second value is dropped to keep the stream simple).
    pub fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let s = x * x + y * y;
            if s > 0.0 && s < 1.0 {
                return x * (-2.0 * math::ln(s) / s).sqrt();
            }
        }
    }

    /// The absolute value of a standard normal, given that it exceeds `floor`.
    ///
    /// Rejection from the half normal for small floors, from an exponential above the floor else
    /// (Robert 1995, doi 10.1007/BF00143942).
    pub fn normal_beyond(&mut self, floor: f64) -> f64 {
        if floor < 0.6 {
            loop {
                let z = self.normal().abs();
                if z >= floor {
                    return z;
                }
            }
        }
        let rate = 0.5 * (floor + (floor * floor + 4.0).sqrt());
        loop {
            let z = floor + self.exponential(rate);
            let gap = z - rate;
            if self.uniform() <= math::exp(-0.5 * gap * gap) {
                return z;
            }
        }
    }

    /// A positive stable variable with exponent `a` in (0, 1), whose Laplace transform is exp(−s^a).
    ///
    /// Kanter 1975 (doi 10.1214/aop/1176996309): one angle and one exponential.
    pub fn stable(&mut self, a: f64) -> f64 {
        let angle = std::f64::consts::PI * self.uniform().max(f64::MIN_POSITIVE);
        let e = self.exponential(1.0).max(f64::MIN_POSITIVE);
        let zolotarev = math::sin((1.0 - a) * angle) * math::pow(math::sin(a * angle), a / (1.0 - a))
            / math::pow(math::sin(angle), 1.0 / (1.0 - a));
        math::pow(zolotarev / e, (1.0 - a) / a)
    }

    /// Poisson count with the given mean (0 for a mean that is not positive).
    ///
    /// Inversion below 10, Hörmann's transformed rejection PTRS above (doi 10.1016/0167-6687(93)90997-4).
    pub fn poisson(&mut self, mean: f64) -> u64 {
        if mean.is_nan() || mean <= 0.0 {
            return 0;
        }
        if mean < POISSON_MANY {
            let u = self.uniform();
            if u < none_at_least(mean, mean, mean) {
                return 0;
            }
            return poisson_by_sum(mean, math::exp(-mean), u);
        }
        self.poisson_by_rejection(mean)
    }

    /// Many expected events.
    fn poisson_by_rejection(&mut self, mean: f64) -> u64 {
        let slam = mean.sqrt();
        let b = 0.931 + 2.53 * slam;
        let a = -0.059 + 0.02483 * b;
        let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
        let v_r = 0.9277 - 3.6224 / (b - 2.0);
        loop {
            let u = self.uniform() - 0.5;
            let v = self.uniform();
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + mean + 0.43).floor();
            if us >= 0.07 && v <= v_r {
                return k as u64;
            }
            if k < 0.0 || (us < 0.013 && v > us) {
                continue;
            }
            if math::ln(v * inverse_alpha / (a / (us * us) + b))
                <= k * math::ln(mean) - mean - math::ln_factorial(k)
            {
                return k as u64;
            }
        }
    }

    /// Gamma with the given shape and unit scale (Marsaglia and Tsang 2000, doi 10.1145/358407.358414).
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape <= 0.0 {
            return 0.0;
        }
        if shape < 1.0 {
            let boost = math::pow(1.0 - self.uniform(), 1.0 / shape);
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let t = 1.0 + c * x;
            if t <= 0.0 {
                continue;
            }
            let v = t * t * t;
            if math::ln(1.0 - self.uniform()) < 0.5 * x * x + d - d * v + d * math::ln(v) {
                return d * v;
            }
        }
    }
}

/// Expected events from which on Poisson counts are drawn by rejection.
pub(crate) const POISSON_MANY: f64 = 10.0;

/// A Poisson count of this mean for the uniform `u`: the chances of 0 (`none`), 1, 2, … are summed up to it.
#[inline]
pub(crate) fn poisson_by_sum(mean: f64, none: f64, u: f64) -> u64 {
    let (mut p, mut cumulative, mut k) = (none, none, 0);
    while u > cumulative && k < 1000 {
        k += 1;
        p *= mean * math::reciprocal(k);
        cumulative += p;
    }
    k as u64
}

/// Less than the chance of no event, by all the rounding that its exact form can have: 1 − a + ab/2 − abc/6 with the factorial
/// moments a, ab, abc of the number of events (Bonferroni's inequality). It spares the exponential of most draws where few
/// events are expected, and no draw comes out otherwise.
#[inline]
pub(crate) fn none_at_least(a: f64, b: f64, c: f64) -> f64 {
    1.0 - a * (1.0 - 0.5 * b * (1.0 - c * (1.0 / 3.0))) - 1e-13
}

/// Multipliers and key increments of Philox4x32.
pub(crate) const M0: u64 = 0xD251_1F53;
pub(crate) const M1: u64 = 0xCD9E_8D57;
pub(crate) const W0: u32 = 0x9E37_79B9;
pub(crate) const W1: u32 = 0xBB67_AE85;

/// Philox4x32 with ten rounds: the block at `counter` under `key`.
#[inline]
pub fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let p0 = M0 * u64::from(counter[0]);
        let p1 = M1 * u64::from(counter[2]);
        counter = [
            (p1 >> 32) as u32 ^ counter[1] ^ key[0],
            p1 as u32,
            (p0 >> 32) as u32 ^ counter[3] ^ key[1],
            p0 as u32,
        ];
        key[0] = key[0].wrapping_add(W0);
        key[1] = key[1].wrapping_add(W1);
    }
    counter
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binomial::{Tabled, Trial};
    use crate::spare::Spare;

    /// Known-answer vectors published with Random123 (kat_vectors, philox4x32 10).
    #[test]
    fn philox_known_answers() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(
            philox([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    fn moments(n: usize, mut draw: impl FnMut(&mut Stream) -> f64) -> (f64, f64) {
        let seed = Seed::new(7, 3);
        let v: Vec<f64> = (0..n).map(|i| draw(&mut seed.stream(i as u64, 11, 5))).collect();
        let m = crate::reduce::sum(&v) / n as f64;
        let var = v.iter().map(|x| (x - m) * (x - m)).sum::<f64>() / (n - 1) as f64;
        (m, var)
    }

    /// Mean and variance of one fresh stream per entity, the way cells draw.
    #[test]
    fn moments_are_right() {
        const N: usize = 40_000;
        for mean in [0.3, 4.0, 9.9, 10.1, 60.0, 5000.0] {
            let (m, v) = moments(N, |s| s.poisson(mean) as f64);
            let se = (mean / N as f64).sqrt();
            assert!((m - mean).abs() < 4.5 * se, "poisson {mean}: {m}");
            assert!((v / mean - 1.0).abs() < 0.05, "poisson {mean}: variance {v}");
        }
        for (n, p) in [(10, 0.3), (200, 0.02), (900, 0.8), (4000, 0.4)] {
            let (m, v) = moments(N, |s| s.binomial(n, p) as f64);
            let (em, ev) = (n as f64 * p, n as f64 * p * (1.0 - p));
            assert!((m - em).abs() < 4.5 * (ev / N as f64).sqrt(), "binomial {n} {p}: {m}");
            assert!((v / ev - 1.0).abs() < 0.05, "binomial {n} {p}: variance {v}");
        }
        for shape in [0.4, 1.0, 7.5] {
            let (m, v) = moments(N, |s| s.gamma(shape));
            assert!(
                (m / shape - 1.0).abs() < 0.04 && (v / shape - 1.0).abs() < 0.1,
                "gamma {shape}: {m} {v}"
            );
        }
        let (m, v) = moments(N, Stream::normal);
        assert!(m.abs() < 0.02 && (v - 1.0).abs() < 0.04);
        // E|Z| given |Z| > a is φ(a)/Φ(−a).
        for (floor, mean) in [(0.0, 0.797_884_56), (0.5, 1.141_078_1), (0.7, 1.290_481_8), (3.0, 3.283_098_6)]
        {
            let (m, v) = moments(N, |s| s.normal_beyond(floor));
            assert!((m - mean).abs() < 4.5 * (v / N as f64).sqrt(), "beyond {floor}: {m}");
        }
        // Laplace transform of the stable law at 1 and at 1/2.
        for a in [0.3, 0.5, 0.8] {
            for s in [0.5, 1.0] {
                let (m, v) = moments(N, |r| math::exp(-s * r.stable(a)));
                assert!(
                    (m - math::exp(-math::pow(s, a))).abs() < 4.5 * (v / N as f64).sqrt(),
                    "stable {a}: {m}"
                );
            }
        }
        let (m, v) = moments(N, |s| s.exponential(2.0));
        assert!((m - 0.5).abs() < 0.01 && (v - 0.25).abs() < 0.02);
        let (m, v) = moments(N, Stream::uniform);
        assert!((m - 0.5).abs() < 0.006 && (v - 1.0 / 12.0).abs() < 0.002);
    }

    #[test]
    fn every_coordinate_changes_the_stream() {
        let base = Seed::new(1, 0).stream(5, 6, 7).next_u64();
        for other in [
            Seed::new(2, 0).stream(5, 6, 7),
            Seed::new(1, 1).stream(5, 6, 7),
            Seed::new(1, 0).stream(4, 6, 7),
            Seed::new(1, 0).stream(5 + (1 << 40), 6, 7),
            Seed::new(1, 0).stream(5, 5, 7),
            Seed::new(1, 0).stream(5, 6, 8),
        ] {
            assert_ne!(base, other.clone().next_u64());
        }
        assert_eq!(base, Seed::new(1, 0).stream(5, 6, 7).next_u64());
    }

    /// What spares the exponential changes no draw: the plain sums over one uniform, as the definition has them.
    #[test]
    fn shortcuts_change_no_draw() {
        let plain_poisson = |mean: f64, u: f64| {
            let mut p = math::exp(-mean);
            let (mut k, mut cumulative) = (0u64, p);
            while u > cumulative {
                k += 1;
                p *= mean / k as f64;
                cumulative += p;
            }
            k
        };
        let plain_binomial = |n: u64, p: f64, u: f64| {
            let none =
                if n <= 64 { math::powi(1.0 - p, n as i32) } else { math::exp(n as f64 * math::ln_1p(-p)) };
            assert!((none / math::exp(n as f64 * math::ln_1p(-p)) - 1.0).abs() < 2e-14);
            let (mut cumulative, mut chance, mut k) = (none, none, 0);
            while u >= cumulative {
                chance *= p / (1.0 - p) * (n - k) as f64 / (k + 1) as f64;
                cumulative += chance;
                k += 1;
            }
            k
        };
        for i in 0..40_000 {
            let s = Seed::new(21, 0).stream(i, 0, 1);
            let (u, x) = (s.clone().uniform(), Seed::new(21, 0).stream(i, 0, 2).uniform());
            let mean = 3.0 * x * x * x;
            assert_eq!(s.clone().poisson(mean), plain_poisson(mean, u), "{mean} {u}");
            for n in [1, 2, 3, 20, 400] {
                let p = (mean / n as f64).min(0.5);
                let got = s.clone().binomial(n, p);
                assert_eq!(got, plain_binomial(n, p, u), "{n} {p} {u}");
                let tabled = Tabled::new(Trial::new(p));
                assert_eq!(Spare::default().binomial(n, &tabled, &mut s.clone()), got, "{n} {p} {u}");
            }
            for (n, p) in
                [(5, x), (90, x), (90, 1.0 - x), (3, 0.0), (3, 1.0), (3, f64::NAN), (3, -x), (3, 1.0 + x)]
            {
                let prepared = Trial::new(p);
                assert_eq!(s.clone().binomial_of(n, &prepared), s.clone().binomial(n, p), "{n} {p}");
                let tabled = Tabled::new(prepared);
                assert_eq!(
                    Spare::default().binomial(n, &tabled, &mut s.clone()),
                    s.clone().binomial(n, p),
                    "{n} {p}"
                );
            }
        }
        // The bound lies below, and not far below where few events are expected.
        for m in [1e-9, 1e-3, 0.1, 0.5, 1.0, 3.0, 9.9] {
            let bound = none_at_least(m, m, m);
            assert!(bound < math::exp(-m) && bound > math::exp(-m) - m * m * m * m - 2e-13, "{m}");
        }
    }

    #[test]
    fn odd_parameters_do_not_hang_or_panic() {
        let mut s = Seed::new(0, 0).stream(0, 0, 0);
        assert_eq!(s.poisson(f64::NAN), 0);
        assert_eq!(s.poisson(-1.0), 0);
        assert_eq!(s.binomial(5, f64::NAN), 0);
        assert_eq!(s.binomial(5, 2.0), 5);
        assert_eq!(s.gamma(0.0), 0.0);
        assert_eq!(s.below(0), 0);
    }
}
