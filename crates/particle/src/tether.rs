//! Where a tethered vesicle is held, in the eight bytes that every vesicle has for its memory.
//!
//! The spread of a tethered vesicle, σ = √(D/rate) along each axis, bounds how far it can be from its anchor. The anchor
//! lies on a lattice of at most σ/8192, and of its three lattice numbers the last 21 bits are kept; the others are
//! those that put it nearest to where the vesicle is now, 32 σ to either side being told apart. It is rounded once, when
//! the tether begins, and again where a vesicle passes through a periodic face; else it never changes.

use crate::class::{Class, Motion};

const BITS: u32 = 21;
const MASK: i64 = (1 << BITS) - 1;
/// Lattice spacings in σ, before σ is rounded down to a power of two.
const FINE: f64 = 1.0 / 8192.0;

/// Spacing of the lattice of a class: a power of two, so that dividing by it is exact; 0 where nothing moves away from
/// its anchor.
pub(crate) fn spacing(class: &Class) -> f64 {
    let Motion::Tethered { rate } = class.motion else { return 0.0 };
    let spread = (class.diffusion / rate).sqrt();
    if spread < f64::MIN_POSITIVE / FINE {
        return 0.0;
    }
    // The exponent alone: the power of two at or below.
    f64::from_bits(spread.to_bits() & (0x7ff << 52)) * FINE
}

/// The memory of a vesicle held at `anchor`.
pub(crate) fn pack(anchor: [f64; 3], spacing: f64) -> u64 {
    if spacing == 0.0 {
        return 0;
    }
    anchor.iter().fold(0, |packed, x| packed << BITS | (lattice(*x, spacing) & MASK) as u64)
}

/// The anchor of a vesicle that is at `place` now.
pub(crate) fn unpack(memory: u64, place: [f64; 3], spacing: f64) -> [f64; 3] {
    if spacing == 0.0 {
        return place;
    }
    [0, 1, 2].map(|axis| {
        let here = lattice(place[axis], spacing);
        let kept = (memory >> (BITS * (2 - axis as u32))) as i64;
        // The difference modulo 2²¹, as a number with sign.
        let apart = (kept - here) << (64 - BITS) >> (64 - BITS);
        (here + apart) as f64 * spacing
    })
}

/// Number of the nearest lattice point. Beyond 2⁵³ spacings the lattice is that of f64 itself.
fn lattice(x: f64, spacing: f64) -> i64 {
    (x / spacing).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(diffusion: f64, rate: f64) -> Class {
        Class { motion: Motion::Tethered { rate }, ..Class::brownian(diffusion) }
    }

    /// The anchor comes back the same from anywhere within 30 spreads, far from the origin too, and is where it was
    /// put to within half a spacing.
    #[test]
    fn anchors_come_back() {
        for (d, rate) in [(2.0, 3.0), (258.0, 1e-3), (1e-6, 50.0)] {
            let q = spacing(&held(d, rate));
            let spread = (d / rate).sqrt();
            assert!(q <= spread / 8192.0 && q > spread / 16_385.0, "{q} {spread}");
            for anchor in [[0.3, -7.0, 12_345.678], [-1e5, 1e-9, 40.0]] {
                let memory = pack(anchor, q);
                let at = unpack(memory, anchor, q);
                for axis in 0..3 {
                    assert!((at[axis] - anchor[axis]).abs() <= 0.5 * q);
                }
                for k in [-30.0, -3.3, 1e-4, 7.0, 30.0] {
                    let place =
                        [anchor[0] + k * spread, anchor[1] - k * spread, anchor[2] + 0.1 * k * spread];
                    assert_eq!(unpack(memory, place, q), at);
                }
            }
        }
        assert_eq!(unpack(pack([1.0, 2.0, 3.0], 0.0), [1.0, 2.0, 3.0], 0.0), [1.0, 2.0, 3.0]);
        assert_eq!(spacing(&held(0.0, 1.0)), 0.0);
    }
}
