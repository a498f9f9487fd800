//! The streams of many entities, opened at once.
//!
//! Cells that draw a few numbers each spend most of that time on Philox itself, ten rounds that each wait for the one before.
//! The first four blocks of many streams are made together in vector registers; from there each stream goes on by itself. The draws are
//! those of [`Seed::stream`], to the bit.

use crate::bulk::rounds;
use crate::random::{Purpose, Seed, Stream, WORDS, counter};

/// Entities that one call takes.
pub const MANY: usize = 64;

const LANES: usize = 32;
/// For fewer entities each stream makes its own blocks.
const WORTH: usize = 4;

/// Streams of up to [`MANY`] entities.
#[derive(Clone, Debug)]
pub struct Streams {
    key: [u32; 2],
    counters: [[u32; 4]; MANY],
    words: [[u32; MANY]; WORDS],
    open: usize,
    made: bool,
}

impl Default for Streams {
    fn default() -> Self {
        Self { key: [0; 2], counters: [[0; 4]; MANY], words: [[0; MANY]; WORDS], open: 0, made: false }
    }
}

impl Streams {
    /// Opens the streams of `entities` at `tick` for `purpose`; at most [`MANY`] of them.
    pub fn open(&mut self, seed: Seed, entities: impl IntoIterator<Item = u64>, tick: u32, purpose: Purpose) {
        self.key = seed.key();
        self.open = 0;
        for (slot, entity) in self.counters.iter_mut().zip(entities) {
            *slot = counter(entity, tick, purpose);
            self.open += 1;
        }
        self.made = self.open >= WORTH;
        if self.made {
            self.make();
        }
    }

    /// The stream of the `k`-th entity, at its start. One that was not opened is that of the last call that opened so many.
    #[inline]
    pub fn get(&self, k: usize) -> Stream {
        let words = std::array::from_fn(|w| self.words[w][k]);
        if self.made {
            Stream::begun(self.key, self.counters[k], words)
        } else {
            Stream::fresh(self.key, self.counters[k])
        }
    }

    fn make(&mut self) {
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx512f") && std::is_x86_feature_detected!("avx512dq") {
            // SAFETY: the only precondition is that the processor has both, which was asked in the line above.
            #[expect(unsafe_code, reason = "as for `bulk`, bench `life` of the tissue")]
            return unsafe { self.make_avx512() };
        } else if std::is_x86_feature_detected!("avx2") {
            // SAFETY: the only precondition is that the processor has AVX2, which was asked in the line above.
            #[expect(unsafe_code, reason = "as for `bulk`, bench `life` of the tissue")]
            return unsafe { self.make_avx2() };
        }
        self.make_lanes();
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn make_avx512(&mut self) {
        self.make_lanes();
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn make_avx2(&mut self) {
        self.make_lanes();
    }

    #[inline(always)]
    fn make_lanes(&mut self) {
        for start in (0..self.open).step_by(LANES) {
            let from = &self.counters[start..start + LANES];
            let mut c: [[u64; LANES]; 4] =
                std::array::from_fn(|k| std::array::from_fn(|l| u64::from(from[l][k])));
            for block in 0..WORDS / 4 {
                let made = rounds(c, self.key);
                for (w, made) in made.iter().enumerate() {
                    let to = &mut self.words[4 * block + w][start..start + LANES];
                    for (to, word) in to.iter_mut().zip(made) {
                        *to = *word as u32;
                    }
                }
                for position in &mut c[0] {
                    *position += 1;
                }
            }
        }
    }
}

/// exp(−mean) for each of these means of 0 or more, to two units in the last place: the chance of no event, for
/// [`crate::spare::Spare::poisson`]. A mean above 700 counts as 700.
///
/// All entries go the same way through exactly rounded operations, so that they share vector registers of any width.
pub fn none(means: &[f64; MANY]) -> [f64; MANY] {
    // Added to a number and taken off again it leaves the nearest whole number, which is then in the low bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let mut out = [0.0; MANY];
    for (out, mean) in out.iter_mut().zip(means) {
        let mean = if *mean < 700.0 { *mean } else { 700.0 };
        let halvings = mean * std::f64::consts::LOG2_E + ROUND;
        let n = halvings - ROUND;
        let r = (n * LN_2_HIGH - mean) + n * LN_2_LOW;
        // The series of exp(r), |r| ≤ 0.347: the first term left out is below 1e-17.
        let mut sum = 1.0 / 6_227_020_800.0;
        for inverse in INVERSE_FACTORIALS {
            sum = sum * r + inverse;
        }
        *out = sum * f64::from_bits((1023 - (halvings.to_bits() & 0x7ff)) << 52);
    }
    out
}

/// 1/12!, 1/11!, … 1/0!.
const INVERSE_FACTORIALS: [f64; 13] = [
    1.0 / 479_001_600.0,
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
    1.0,
    1.0,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math;
    use crate::spare::Spare;

    /// Chances of no event are exponentials, and Poisson counts drawn with them are those drawn without.
    #[test]
    fn chances_of_none_are_exponentials() {
        let mut s = Seed::new(3, 0).stream(0, 0, 1);
        for round in 0..200 {
            let mut means: [f64; MANY] =
                std::array::from_fn(|_| s.uniform() * [1e-9, 0.1, 10.0, 700.0][round % 4]);
            (means[0], means[1]) = (0.0, 1e9);
            let none = none(&means);
            assert_eq!(none[0], 1.0);
            assert!(none[1] > 0.0 && none[1] < 1e-300);
            for (k, (mean, none)) in means.iter().zip(none).enumerate().skip(2) {
                let exact = math::exp(-mean);
                assert!((none - exact).abs() <= 4.5e-16 * exact, "{mean}: {none} {exact}");
                let one = Seed::new(4, 0).stream(k as u64, round as u32, 1);
                let spared = Spare::default().poisson(*mean, none, &mut one.clone());
                assert_eq!(spared, one.clone().poisson(*mean), "{mean}");
            }
        }
    }

    /// Law 4: a stream opened with others draws as one opened alone, on every path, for any number of them.
    #[test]
    fn streams_draw_as_those_opened_alone() {
        let seed = Seed::new(5, 7);
        let mut streams = Streams::default();
        for n in [1, 3, 4, 31, 33, MANY] {
            let ids: Vec<u64> = (0..n as u64).map(|i| ((i * i) << 20) | (3 * i)).collect();
            streams.open(seed, ids.iter().copied(), 12, 34);
            let mut lanes = streams.clone();
            lanes.make_lanes();
            assert!(!streams.made || streams.words == lanes.words);
            for (k, &id) in ids.iter().enumerate() {
                let (mut a, mut b) = (streams.get(k), seed.stream(id, 12, 34));
                for draw in 0..40 {
                    match draw % 5 {
                        3 => assert_eq!(a.next_u32(), b.next_u32()),
                        4 => assert_eq!(a.binomial(50, 0.4), b.binomial(50, 0.4)),
                        _ => assert_eq!(a.next_u64(), b.next_u64()),
                    }
                }
            }
        }
        // More than there is room for are left out.
        streams.open(seed, 0..1000, 0, 0);
        assert_eq!(streams.open, MANY);
    }
}
