//! Arithmetic that judges a dose before and after a run.

use serde::{Deserialize, Serialize};

/// Copies that each target cell would get if every vesicle of the dose arrived and let its cargo go: an upper bound.
///
/// Dose and cells per the same area. 0 cells give infinity.
pub fn copies_per_cell_upper(vesicles_per_area: f64, copies_per_vesicle: f64, cells_per_area: f64) -> f64 {
    vesicles_per_area * copies_per_vesicle / cells_per_area
}

/// What the copies in a target cell say about a route by cargo, against a threshold of effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// The median reaches the threshold.
    NotExcluded,
    /// Only the 95th percentile reaches it.
    OnlyAtUpperEnd,
    /// Not even that does.
    Implausible,
}

impl Verdict {
    /// Judges the median and 95th percentile of copies per cell. What is not a number reaches nothing.
    pub fn new(median: f64, p95: f64, threshold: f64) -> Self {
        if median >= threshold {
            Self::NotExcluded
        } else if p95 >= threshold {
            Self::OnlyAtUpperEnd
        } else {
            Self::Implausible
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let verdict = match self {
            Self::NotExcluded => "not excluded",
            Self::OnlyAtUpperEnd => "only at the upper end",
            Self::Implausible => "implausible",
        };
        write!(f, "{verdict} (says nothing about benefit)")
    }
}

/// Share that passes a chain of stages: the product of the stages' shares.
pub fn efficiency(stages: &[f64]) -> f64 {
    stages.iter().product()
}

/// What is left after each stage of a chain, of `applied` at its head: the bars of a waterfall.
pub fn waterfall(applied: f64, stages: &[f64]) -> impl Iterator<Item = f64> + '_ {
    stages.iter().scan(applied, |left, stage| {
        *left *= stage;
        Some(*left)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S034: 1e7 vesicles/cm² × 0.00825 copies / 7.5e6 cells/cm² = 0.011 copies a cell.
    #[test]
    fn s034_upper_bound_and_verdict() {
        let copies = copies_per_cell_upper(1e7, 0.00825, 7.5e6);
        assert!((copies - 0.011).abs() < 1e-12);
        assert_eq!(Verdict::new(copies, copies, 100.0), Verdict::Implausible);
        assert_eq!(Verdict::new(100.0, 100.0, 100.0), Verdict::NotExcluded);
        assert_eq!(Verdict::new(99.9, 100.0, 100.0), Verdict::OnlyAtUpperEnd);
        assert_eq!(Verdict::new(f64::NAN, f64::NAN, 100.0), Verdict::Implausible);
        assert_eq!(Verdict::Implausible.to_string(), "implausible (says nothing about benefit)");
    }

    /// S033: the last bar of the waterfall is the product of the stages.
    #[test]
    fn s033_waterfall_ends_at_the_product() {
        let stages = [0.7, 0.9, 0.25, 0.01, 0.005];
        let bars: Vec<f64> = waterfall(1e9, &stages).collect();
        assert_eq!(bars.len(), 5);
        assert!((bars[0] - 7e8).abs() < 1.0);
        assert!((bars[4] / (1e9 * efficiency(&stages)) - 1.0).abs() < 1e-12);
        assert_eq!(efficiency(&[]), 1.0);
    }
}
