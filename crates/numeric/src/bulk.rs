//! Waiting times and uniforms of one stream, many at a time, for simulations that go event by event.
//!
//! An event takes one Philox block: its first two words give a standard exponential, the last two a uniform. Blocks of
//! consecutive positions are independent, so that many of them are made at once in vector registers, and the logarithm
//! is a series without branches or tables. As in [`crate::batch`] every lane does the same exactly rounded operations,
//! and the bits do not depend on the width of the registers.

use crate::random::{M0, M1, Purpose, Seed, W0, W1};

const LANES: usize = 32;
/// Pairs made at a time.
const BATCH: usize = 64;

/// The draws of one entity, tick and purpose, as pairs of a standard exponential and a uniform.
#[derive(Clone, Debug)]
pub struct Draws {
    key: [u32; 2],
    counter: [u32; 4],
    exponentials: [f64; BATCH],
    uniforms: [f64; BATCH],
    at: usize,
}

impl Seed {
    /// Opens the draws of `entity` at `tick` for `purpose`. They use the words of the stream that [`Seed::stream`] opens
    /// with the same coordinates: take one of the two.
    pub fn draws(self, entity: u64, tick: u32, purpose: Purpose) -> Draws {
        Draws {
            key: self.key(),
            counter: crate::random::counter(entity, tick, purpose),
            exponentials: [0.0; BATCH],
            uniforms: [0.0; BATCH],
            at: BATCH,
        }
    }
}

impl Draws {
    /// A standard exponential (at most 36.04: 52 bits) and an independent uniform on `[0, 1)`.
    #[inline]
    pub fn pair(&mut self) -> (f64, f64) {
        if self.at == BATCH {
            self.refill();
        }
        let i = self.at;
        self.at += 1;
        (self.exponentials[i], self.uniforms[i])
    }

    /// A uniform on `[0, 1)`; uses up a pair.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        self.pair().1
    }

    /// A standard exponential; uses up a pair.
    #[inline]
    pub fn exponential(&mut self) -> f64 {
        self.pair().0
    }

    #[cold]
    #[inline(never)]
    fn refill(&mut self) {
        self.at = 0;
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx512f") && std::is_x86_feature_detected!("avx512dq") {
            // SAFETY: the only precondition is that the processor has both, which was asked in the line above.
            #[expect(unsafe_code, reason = "half the time of AVX2, bench `exact`")]
            return unsafe { self.fill_avx512() };
        } else if std::is_x86_feature_detected!("avx2") {
            // SAFETY: the only precondition is that the processor has AVX2, which was asked in the line above.
            #[expect(unsafe_code, reason = "half the time of the baseline, bench `exact`")]
            return unsafe { self.fill_avx2() };
        }
        self.fill();
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn fill_avx512(&mut self) {
        self.fill();
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn fill_avx2(&mut self) {
        self.fill();
    }

    #[inline(always)]
    fn fill(&mut self) {
        for g in 0..BATCH / LANES {
            let at = g * LANES;
            let [a, b, c, d] = self.words();
            for l in 0..LANES {
                self.exponentials[at + l] = minus_ln(above_zero(a[l], b[l]));
                self.uniforms[at + l] = 1.0 - above_zero(c[l], d[l]);
            }
        }
    }

    /// The next blocks, word by word.
    #[inline(always)]
    fn words(&mut self) -> [[u64; LANES]; 4] {
        let mut c0 = [0; LANES];
        for (l, c) in c0.iter_mut().enumerate() {
            *c = u64::from(self.counter[0].wrapping_add(l as u32));
        }
        self.counter[0] = self.counter[0].wrapping_add(LANES as u32);
        let [c1, c2, c3] = [1, 2, 3].map(|k| [u64::from(self.counter[k]); LANES]);
        let key = self.key;
        if self.counter[0] == 0 {
            // 2³² positions are used up: an event simulation may need more than that, and goes on under another key.
            let next = crate::random::philox([key[0], key[1], 0x4e45_5854, 0], key);
            self.key = [next[0], next[1]];
        }
        rounds([c0, c1, c2, c3], key)
    }
}

/// Ten rounds of Philox, lane by lane. Words are kept in 64 bits, where a product of two needs no shuffling.
#[inline(always)]
pub(crate) fn rounds<const N: usize>(
    [mut c0, mut c1, mut c2, mut c3]: [[u64; N]; 4],
    key: [u32; 2],
) -> [[u64; N]; 4] {
    const LOW: u64 = 0xffff_ffff;
    let [mut k0, mut k1] = key;
    for _ in 0..10 {
        for l in 0..N {
            let p0 = M0 * (c0[l] & LOW);
            let p1 = M1 * (c2[l] & LOW);
            // Above the low half of each word lies what the next round does not read.
            c0[l] = p1 >> 32 ^ c1[l] ^ u64::from(k0);
            c1[l] = p1;
            c2[l] = p0 >> 32 ^ c3[l] ^ u64::from(k1);
            c3[l] = p0;
        }
        k0 = k0.wrapping_add(W0);
        k1 = k1.wrapping_add(W1);
    }
    [c0, c1, c2, c3]
}

/// The draws of several entities, a pair of each at a time: those that [`Draws`] gives each of them.
///
/// Not dispatched by itself: it is inlined into kernels that are.
#[derive(Clone, Debug)]
pub struct ManyDraws<const N: usize> {
    key: [u32; 2],
    position: [u64; N],
    counter: [[u64; N]; 3],
}

impl<const N: usize> ManyDraws<N> {
    /// Opens the draws of `entities` at `tick` for `purpose`.
    pub fn new(seed: Seed, entities: [u64; N], tick: u32, purpose: Purpose) -> Self {
        let counters = entities.map(|e| crate::random::counter(e, tick, purpose));
        let word = |k: usize| std::array::from_fn(|l| u64::from(counters[l][k]));
        Self { key: seed.key(), position: [0; N], counter: [word(1), word(2), word(3)] }
    }

    /// The next pair of each entity; it is used up where `take` is 1, and comes again where it is 0.
    #[inline(always)]
    pub fn pairs(&mut self, take: &[u64; N], exponentials: &mut [f64; N], uniforms: &mut [f64; N]) {
        let [c1, c2, c3] = self.counter;
        let [a, b, c, d] = rounds([self.position, c1, c2, c3], self.key);
        for l in 0..N {
            exponentials[l] = minus_ln(above_zero(a[l], b[l]));
            uniforms[l] = 1.0 - above_zero(c[l], d[l]);
            self.position[l] += take[l];
        }
    }

    /// Whether a stream has no more than `left` positions left.
    pub fn nearly_used_up(&self, left: u32) -> bool {
        self.position.iter().any(|&p| p + u64::from(left) >= 1 << 32)
    }
}

/// A uniform on `(0, 1]` from the upper 52 of 64 bits.
#[inline(always)]
fn above_zero(low: u64, high: u64) -> f64 {
    let bits = low & 0xffff_ffff | high << 32;
    2.0 - f64::from_bits(0x3ff0_0000_0000_0000 | bits >> 12)
}

/// −ln u for u in `(0, 1]`, to 3 units in the last place.
#[inline(always)]
fn minus_ln(u: f64) -> f64 {
    const SQRT_HALF_BITS: u64 = 0x3fe6_a09e_667f_3bcd;
    const ONE_BITS: u64 = 0x3ff0_0000_0000_0000;
    const MANTISSA: u64 = 0x000f_ffff_ffff_ffff;
    // 2⁵² in bits: an integer below 2⁵² put into its mantissa, less 2⁵², is that integer as a number.
    const MAGIC: u64 = 0x4330_0000_0000_0000;
    // u = 2^e · m with m from √½ to √2.
    let shifted = u.to_bits() + (ONE_BITS - SQRT_HALF_BITS);
    let e = f64::from_bits(MAGIC | shifted >> 52) - 4_503_599_627_370_496.0 - 1023.0;
    let m = f64::from_bits((shifted & MANTISSA) + SQRT_HALF_BITS);
    // ln m = 2 artanh(s), s = (m − 1)/(m + 1), |s| ≤ 0.172; the first term left out is below 4e-18 of the sum.
    let s = (m - 1.0) / (m + 1.0);
    let q = s * s;
    let tail = 1.0 / 13.0 + q * (1.0 / 15.0 + q * (1.0 / 17.0 + q * (1.0 / 19.0 + q * (1.0 / 21.0))));
    let series =
        q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q * tail)))));
    let ln_m = 2.0 * s + 2.0 * s * series;
    -(e * std::f64::consts::LN_2 + ln_m)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math;

    #[test]
    fn logarithm_is_right() {
        for u in [1.0, 0.5, 0.75, 0.9999, 0.707_106_781_186_547_5, 0.1, 1e-9, f64::EPSILON] {
            let (got, expected) = (minus_ln(u), -math::ln(u));
            assert!((got - expected).abs() <= 4e-16 * expected.abs().max(1e-300), "{u}: {got} {expected}");
        }
        assert_eq!(minus_ln(1.0), 0.0);
        let mut s = Seed::new(2, 0).stream(0, 0, 0);
        for _ in 0..20_000 {
            let u = 1.0 - s.uniform();
            let (got, expected) = (minus_ln(u), -math::ln(u));
            assert!((got - expected).abs() <= 7e-16 * expected + 1e-300, "{u}: {got} {expected}");
        }
    }

    /// The words are those of the entity's own stream.
    #[test]
    fn pairs_come_from_the_stream() {
        let seed = Seed::new(3, 1);
        let (mut d, mut s) = (seed.draws(1 << 40 | 5, 17, 9), seed.stream(1 << 40 | 5, 17, 9));
        for _ in 0..200 {
            let (e, u) = d.pair();
            let (a, b) = (s.next_u64() >> 12, s.next_u64() >> 12);
            let scale = 1.0 / (1u64 << 52) as f64;
            let expected = -math::ln(1.0 - a as f64 * scale);
            assert!((e - expected).abs() <= 7e-16 * expected, "{e} {expected}");
            assert_eq!(u, b as f64 * scale);
        }
    }

    /// Several entities at once get what each gets alone, also when one of them pauses.
    #[test]
    fn many_are_as_each_alone() {
        let seed = Seed::new(8, 0);
        let entities = [5, 1 << 33, 9];
        let mut many = ManyDraws::new(seed, entities, 3, 4);
        let mut alone = entities.map(|e| seed.draws(e, 3, 4));
        let (mut e, mut u) = ([0.0; 3], [0.0; 3]);
        for k in 0..100 {
            let take = [1, k % 2, u64::from(k % 7 == 0)];
            many.pairs(&take, &mut e, &mut u);
            for l in 0..3 {
                if take[l] == 1 {
                    assert_eq!(alone[l].pair(), (e[l], u[l]));
                }
            }
        }
        assert!(!many.nearly_used_up(1000) && many.nearly_used_up(u32::MAX));
    }

    /// Law 4: registers of any width give the same bits, and the bits stay.
    #[test]
    fn vector_and_baseline_paths_agree_to_the_bit() {
        let (mut a, mut b) = (Seed::new(11, 2).draws(7, 1, 3), Seed::new(11, 2).draws(7, 1, 3));
        let mut digest = 0u64;
        for _ in 0..50 {
            a.refill();
            b.fill();
            for i in 0..BATCH {
                assert_eq!(a.exponentials[i].to_bits(), b.exponentials[i].to_bits());
                assert_eq!(a.uniforms[i].to_bits(), b.uniforms[i].to_bits());
                digest = digest.rotate_left(7).wrapping_mul(0x9e37_79b9_7f4a_7c15)
                    ^ a.exponentials[i].to_bits()
                    ^ a.uniforms[i].to_bits();
            }
        }
        assert_eq!(digest, 15_775_317_710_554_083_815);
    }

    /// A stream that comes to its end goes on with other numbers.
    #[test]
    fn positions_do_not_run_out() {
        let mut d = Seed::new(1, 0).draws(0, 0, 0);
        let first = d.pair();
        d.counter[0] = 0u32.wrapping_sub(BATCH as u32);
        d.at = BATCH;
        let last = d.pair();
        d.at = BATCH;
        assert!(d.pair() != first && d.pair() != last && d.counter[0] == BATCH as u32);
    }

    /// Moments of the exponential and the uniform, and no correlation between them or from one pair to the next.
    #[test]
    fn moments_are_right() {
        const N: usize = 400_000;
        let mut d = Seed::new(5, 0).draws(1, 2, 3);
        let (mut e1, mut e2, mut e3, mut u1, mut u2, mut eu, mut lag, mut last) =
            (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0);
        for _ in 0..N {
            let (e, u) = d.pair();
            (e1, e2, e3) = (e1 + e, e2 + e * e, e3 + e * e * e);
            (u1, u2) = (u1 + u, u2 + u * u);
            eu += (e - 1.0) * (u - 0.5);
            lag += (last - 1.0) * (e - 1.0);
            last = e;
        }
        let n = N as f64;
        let near = |got: f64, mean: f64, variance: f64| {
            assert!((got / n - mean).abs() < 4.5 * (variance / n).sqrt(), "{} {mean}", got / n);
        };
        near(e1, 1.0, 1.0);
        near(e2, 2.0, 20.0);
        near(e3, 6.0, 684.0);
        near(u1, 0.5, 1.0 / 12.0);
        near(u2, 1.0 / 3.0, 4.0 / 45.0);
        near(eu, 0.0, 1.0 / 12.0);
        near(lag, 0.0, 1.0);
    }
}
