//! Points that fill a box evenly without any chance in them, for propagating ranges.
//!
//! The additive recurrence x_n = frac(½ + n α), α_j = g^(−j), where g is the positive root of g^(d+1) = g + 1 (for one
//! dimension the golden ratio). Every prefix is spread evenly, so a mean over the first n points converges nearly as
//! 1/n, and one more point never moves the others.

use crate::math;

/// Most dimensions. Beyond some dozens the coordinates' steps get so close to 1 that pairs of them line up.
pub const MAX_DIMENSIONS: usize = 32;

/// A sequence of points in the unit box.
#[derive(Clone, Debug, PartialEq)]
pub struct Additive {
    steps: Vec<f64>,
}

impl Additive {
    /// The sequence in `dimensions` dimensions (at most [`MAX_DIMENSIONS`]; more are cut off).
    pub fn new(dimensions: usize) -> Self {
        let d = dimensions.min(MAX_DIMENSIONS);
        // Newton's method from above: g^(d+1) − g − 1 is convex there and its root lies in (1, 2).
        let (n, mut g) = (d as i32 + 1, 2.0);
        for _ in 0..64 {
            let power = math::powi(g, n - 1);
            g -= (power * g - g - 1.0) / (f64::from(n) * power - 1.0);
        }
        Self { steps: (1..=d).map(|j| 1.0 / math::powi(g, j as i32)).collect() }
    }

    /// Number of dimensions.
    pub fn dimensions(&self) -> usize {
        self.steps.len()
    }

    /// The coordinate of the `n`-th point in a dimension, in [0, 1); one half for a dimension that is not there.
    pub fn at(&self, n: u32, dimension: usize) -> f64 {
        let Some(step) = self.steps.get(dimension) else { return 0.5 };
        let x = 0.5 + f64::from(n) * step;
        x - x.floor()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The golden ratio in one dimension, the plastic number in two.
    #[test]
    fn steps_are_the_known_constants() {
        assert!((Additive::new(1).steps[0] - 0.618_033_988_749_894_8).abs() < 1e-15);
        let two = Additive::new(2).steps;
        assert!((two[0] - 0.754_877_666_246_692_8).abs() < 1e-15);
        assert!((two[1] - 0.569_840_290_998_053_3).abs() < 1e-15);
        assert_eq!(Additive::new(1000).dimensions(), MAX_DIMENSIONS);
    }

    /// The mean of a smooth function over the points is nearer to its integral than the standard error of chance draws.
    #[test]
    fn means_converge_faster_than_chance() {
        const N: u32 = 1024;
        for d in [1, 4, 16] {
            let points = Additive::new(d);
            let mean = (0..N)
                .map(|n| (0..d).map(|j| 1.0 + 0.25 * (points.at(n, j) - 0.5)).product::<f64>())
                .sum::<f64>()
                / f64::from(N);
            let chance = ((math::powi(1.0 + 0.0625 / 12.0, d as i32) - 1.0) / f64::from(N)).sqrt();
            assert!((mean - 1.0).abs() < 0.4 * chance, "{d}: {mean} {chance}");
            // Each coordinate by itself is even: its largest gap is a few times the smallest possible.
            for j in 0..d {
                let mut x: Vec<f64> = (0..N).map(|n| points.at(n, j)).collect();
                x.sort_by(f64::total_cmp);
                let gap = x.windows(2).map(|w| w[1] - w[0]).fold(0.0, f64::max);
                assert!((0.0..1.0).contains(&x[0]) && gap < 30.0 / f64::from(N), "{d} {j}: {gap}");
            }
        }
    }
}
