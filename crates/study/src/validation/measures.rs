//! One compared quantity, and small statistics of samples.

use serde::Serialize;

/// How an error and its tolerance are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// In the quantity's own unit.
    Absolute,
    /// As a share of what was expected.
    Relative,
    /// In standard errors of the simulation, the tolerance counted in them too.
    StandardErrors,
    /// The expected value is a bound; an error is the share by which it is broken.
    Bound,
    /// The same, a bound from below.
    Floor,
    /// A direction: 1 up, -1 down, 0 neither. Misses are told, and judged together by their share.
    Direction,
    /// As a share of what was expected; a miss is told and fails no case.
    Told,
    /// How many of so many: counted beside another number, and nothing is asked of it.
    Count,
}

/// One compared quantity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// What, with its unit.
    pub quantity: String,
    /// Exact or published value, or bound.
    pub expected: f64,
    /// What the engine gave.
    pub got: f64,
    /// Difference, with its sign, as `measure` counts it.
    pub error: f64,
    /// The largest error that passes.
    pub tolerance: f64,
    /// How both are counted.
    pub measure: Measure,
    /// Whether it holds.
    pub pass: bool,
}

impl Row {
    /// Within `tolerance` times the expected value.
    pub fn relative(quantity: impl Into<String>, expected: f64, got: f64, tolerance: f64) -> Self {
        Self::new(quantity, expected, got, got / expected - 1.0, tolerance, Measure::Relative)
    }

    /// Within `tolerance`, in the quantity's own unit.
    pub fn absolute(quantity: impl Into<String>, expected: f64, got: f64, tolerance: f64) -> Self {
        Self::new(quantity, expected, got, got - expected, tolerance, Measure::Absolute)
    }

    /// Within `tolerance` standard errors `se` of the simulation.
    pub fn errors(quantity: impl Into<String>, expected: f64, got: f64, se: f64, tolerance: f64) -> Self {
        Self::new(quantity, expected, got, (got - expected) / se, tolerance, Measure::StandardErrors)
    }

    /// At most `limit`.
    pub fn at_most(quantity: impl Into<String>, limit: f64, got: f64) -> Self {
        let error = if got <= limit { 0.0 } else { got / limit - 1.0 };
        Self::new(quantity, limit, got, error, 0.0, Measure::Bound)
    }

    /// A direction, or none that could be read (`None`).
    pub fn direction(quantity: impl Into<String>, expected: f64, got: Option<f64>) -> Self {
        let got = got.unwrap_or(f64::NAN);
        Self::new(quantity, expected, got, got - expected, 0.0, Measure::Direction)
    }

    /// How many of so many: nothing is asked of it.
    pub fn count(quantity: impl Into<String>, of: f64, got: f64) -> Self {
        Self { pass: true, ..Self::new(quantity, of, got, got - of, f64::INFINITY, Measure::Count) }
    }

    /// At least `limit`.
    pub fn at_least(quantity: impl Into<String>, limit: f64, got: f64) -> Self {
        let error = if got >= limit { 0.0 } else { got / limit - 1.0 };
        Self::new(quantity, limit, got, error, 0.0, Measure::Floor)
    }

    /// The same row, told beside one that is judged: a miss of it fails no case.
    pub(crate) fn told(self) -> Self {
        Self { measure: Measure::Told, ..self }
    }

    /// Whether a miss of this row fails its case.
    pub(crate) fn judged(&self) -> bool {
        !matches!(self.measure, Measure::Direction | Measure::Told | Measure::Count)
    }

    fn new(
        quantity: impl Into<String>,
        expected: f64,
        got: f64,
        error: f64,
        tolerance: f64,
        measure: Measure,
    ) -> Self {
        // A comparison with NaN is false: what is no number fails.
        let pass = error.abs() <= tolerance;
        Self { quantity: quantity.into(), expected, got, error, tolerance, measure, pass }
    }
}

/// Mean and variance of a sample, with their standard errors.
pub(crate) struct Moments {
    pub(crate) n: f64,
    pub(crate) mean: f64,
    pub(crate) variance: f64,
    /// Standard error of the variance, from the sample's fourth moment.
    pub(crate) variance_se: f64,
}

impl Moments {
    pub(crate) fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares = |x: &f64| (x - mean) * (x - mean);
        let variance = values.iter().map(squares).sum::<f64>() / (n - 1.0);
        let fourth = values.iter().map(|x| squares(x) * squares(x)).sum::<f64>() / n;
        Self { n, mean, variance, variance_se: ((fourth - variance * variance).max(0.0) / n).sqrt() }
    }

    /// Standard error of the mean.
    pub(crate) fn se(&self) -> f64 {
        (self.variance / self.n).sqrt()
    }
}

/// Standard error of a share, from the exact probability.
pub(crate) fn share_se(p: f64, n: usize) -> f64 {
    (p * (1.0 - p) / n as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_fails() {
        for got in [f64::NAN, f64::INFINITY] {
            assert!(!Row::relative("a", 1.0, got, 0.1).pass);
            assert!(!Row::absolute("a", 1.0, got, 0.1).pass);
            assert!(!Row::errors("a", 1.0, got, 0.1, 3.0).pass);
        }
        assert!(!Row::at_most("a", 1.0, 1.001).pass && Row::at_most("a", 1.0, 1.0).pass);
        assert!(!Row::at_most("a", 1.0, f64::INFINITY).pass);
        assert!(!Row::at_least("a", 0.8, 0.79).pass && Row::at_least("a", 0.8, 0.8).pass);
        assert!(!Row::at_least("a", 0.8, f64::NAN).pass && !Row::direction("a", 0.0, None).pass);
    }

    #[test]
    fn moments_of_a_small_sample() {
        let m = Moments::of(&[1.0, 2.0, 3.0, 6.0]);
        assert!((m.mean - 3.0).abs() < 1e-15 && (m.variance - 14.0 / 3.0).abs() < 1e-15);
        assert!((m.se() - (14.0f64 / 12.0).sqrt()).abs() < 1e-15);
    }
}
