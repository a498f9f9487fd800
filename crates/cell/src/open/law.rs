//! Force laws of two cells, and the affinity of kinds for each other.
//!
//! With d the distance of the centres, R the sum of radii, S the sum of ranges, q = 1 − d/R the relative overlap and
//! u = (d − R)/(S − R) the share of the gap in which cells that do not touch still feel each other:
//!
//! | law | pushes apart, d < R | pulls together |
//! |---|---|---|
//! | [`Law::Linear`] | K q | A min(2u, 2 − 2u) for R < d < S |
//! | [`Law::Quadratic`] | K q² | A (4u(1 − u))² for R < d < S |
//! | [`Law::Compact`] | K q² | A (1 − d/S)² for all d < S |
//! | [`Law::Peak`] | K q (1 + q²) | A 4u(1 − u) for R < d < S |
//!
//! K is the geometric mean of both repulsions, A of both adhesions and affinities. Compact is the pair of potentials
//! that Macklin et al. 2012 (doi 10.1016/j.jtbi.2012.02.002) gave the field and PhysiCell uses; its rest distance is
//! where both branches cancel. The others rest where cells touch; their attraction has its peak half way. All vanish
//! at S, are continuous and bounded, also where centres coincide.

/// What scales the sum of q² over touching neighbours to a pressure: 12 neighbours, each at the distance at which
/// hexagonally packed discs of the same area as circles fill the plane, make a pressure of 1. It is
/// 12 (1 − √(π/(2√3)))².
pub const PRESSURE_SCALE: f64 = 0.027_288_820_670_331;

/// A force law, see the module's table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Law {
    /// Proportional to the overlap.
    Linear,
    /// Smooth at contact and at the end of the range.
    Quadratic,
    /// Two parabolas of compact support over each other.
    #[default]
    Compact,
    /// Linear and cubic in the overlap; adhesion with a peak.
    Peak,
}

/// Multiplies the adhesion of a pair, by kinds.
#[derive(Clone, Copy, Debug, Default)]
pub enum Affinity<'a> {
    /// 1 for all.
    #[default]
    One,
    /// By kinds: entry `a * kinds + b` is how much kind a likes kind b; a pair has the geometric mean of both views.
    Kinds {
        /// Number of kinds.
        kinds: usize,
        /// Row by row, not negative.
        table: &'a [f64],
    },
    /// Each cell has a row of its own: entry `i * kinds + b` is how much cell i likes kind b.
    Cells {
        /// Number of kinds.
        kinds: usize,
        /// Row by row in the order of the cells, not negative.
        rows: &'a [f64],
    },
}

/// What two cells do to each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Action {
    /// Force over distance, positive apart.
    pub(super) over_distance: f64,
    /// Overlap q, 0 beyond contact.
    pub(super) overlap: f64,
}

/// A law as a type, so that the sweep is compiled for each.
pub(super) trait Pull: Copy + Sync {
    /// At distance `d` > 0, with sums of radii and of ranges, and the strengths of the pair.
    fn act(self, d: f64, radii: f64, ranges: f64, repulsion: f64, adhesion: f64) -> Action;
}

#[derive(Clone, Copy)]
pub(super) struct Compact;

impl Pull for Compact {
    #[inline(always)]
    fn act(self, d: f64, radii: f64, ranges: f64, repulsion: f64, adhesion: f64) -> Action {
        // One division for three quotients; beyond a range its parabola counts as 0, without a branch.
        let inverse = 1.0 / (radii * ranges * d);
        let by_d = inverse * d;
        let overlap = (1.0 - d * (ranges * by_d)).max(0.0);
        let near = (1.0 - d * (radii * by_d)).max(0.0);
        let force = repulsion * (overlap * overlap) - adhesion * (near * near);
        Action { over_distance: force * (radii * ranges * inverse), overlap }
    }
}

/// The laws whose branches meet at contact.
#[derive(Clone, Copy)]
pub(super) struct Meeting<const SHAPE: u8>;

/// Shapes of [`Meeting`].
pub(super) const LINEAR: u8 = 0;
pub(super) const QUADRATIC: u8 = 1;
pub(super) const PEAK: u8 = 2;

impl<const SHAPE: u8> Pull for Meeting<SHAPE> {
    #[inline(always)]
    fn act(self, d: f64, radii: f64, ranges: f64, repulsion: f64, adhesion: f64) -> Action {
        let overlap = (1.0 - d / radii).max(0.0);
        let room = ranges - radii;
        let u = if room > 0.0 { ((d - radii) / room).clamp(0.0, 1.0) } else { 0.0 };
        let (push, pull) = match SHAPE {
            LINEAR => (overlap, (2.0 * u).min(2.0 - 2.0 * u)),
            QUADRATIC => {
                let bump = 4.0 * u * (1.0 - u);
                (overlap * overlap, bump * bump)
            }
            _ => (overlap * (1.0 + overlap * overlap), 4.0 * u * (1.0 - u)),
        };
        Action { over_distance: (repulsion * push - adhesion * pull) / d, overlap }
    }
}

/// Force of a law at distance `d` (um), positive apart, for one pair: what the sweep does, for plots and tests.
pub fn force(law: Law, d: f64, radii: f64, ranges: f64, repulsion: f64, adhesion: f64) -> f64 {
    if d >= ranges {
        return 0.0;
    }
    let action = match law {
        Law::Compact => Compact.act(d, radii, ranges, repulsion, adhesion),
        Law::Linear => Meeting::<LINEAR>.act(d, radii, ranges, repulsion, adhesion),
        Law::Quadratic => Meeting::<QUADRATIC>.act(d, radii, ranges, repulsion, adhesion),
        Law::Peak => Meeting::<PEAK>.act(d, radii, ranges, repulsion, adhesion),
    };
    action.over_distance * d
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAWS: [Law; 4] = [Law::Linear, Law::Quadratic, Law::Compact, Law::Peak];

    #[test]
    fn laws_are_continuous_compact_and_bounded() {
        for law in LAWS {
            let f = |d: f64| force(law, d, 8.0, 10.0, 3.0, 0.7);
            for k in 1..12_000 {
                let d = 1e-3 * f64::from(k);
                assert!((f(d) - f(d + 1e-8)).abs() < 1e-6, "{law:?} jumps at {d}");
                assert!(f(d).abs() <= 6.0, "{law:?}");
            }
            assert_eq!((f(10.0), f(11.0)), (0.0, 0.0));
        }
    }

    /// Values by hand: overlap a quarter of the contact distance, and the middle of the gap.
    #[test]
    fn laws_take_their_values() {
        let near = |law, d| force(law, d, 8.0, 10.0, 3.0, 0.7);
        for (law, at_six, at_nine) in [
            (Law::Linear, 3.0 * 0.25, -0.7),
            (Law::Quadratic, 3.0 * 0.0625, -0.7),
            (Law::Compact, 3.0 * 0.0625 - 0.7 * 0.16, -0.7 * 0.01),
            (Law::Peak, 3.0 * 0.25 * 1.0625, -0.7),
        ] {
            assert!((near(law, 6.0) - at_six).abs() < 1e-14, "{law:?}");
            assert!((near(law, 9.0) - at_nine).abs() < 1e-14, "{law:?}");
        }
    }

    #[test]
    fn the_pressure_scale_is_what_it_says() {
        let disc = (std::f64::consts::PI / (2.0 * 3.0_f64.sqrt())).sqrt();
        let expected = 12.0 * (1.0 - disc) * (1.0 - disc);
        assert!((PRESSURE_SCALE / expected - 1.0).abs() < 1e-12, "{expected}");
    }
}
