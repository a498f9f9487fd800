//! The streams of many entities, opened at once.
//!
//! Cells that draw a few numbers each spend most of that time on Philox itself, ten rounds that each wait for the one before.
//! The first two blocks of many streams are made together in vector registers; from there each stream goes on by itself. The draws are
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

#[cfg(test)]
mod tests {
    use super::*;

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
