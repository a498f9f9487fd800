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

impl Verdict {
    /// The verdict in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotExcluded => "not excluded",
            Self::OnlyAtUpperEnd => "only at the upper end",
            Self::Implausible => "implausible",
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (says nothing about benefit)", self.words())
    }
}

/// Vesicles left of the particles on a label after storage and after adsorption to walls (shares lost, one after the
/// other).
pub fn true_particles(labelled: f64, storage_loss: f64, adsorption_loss: f64) -> f64 {
    labelled * (1.0 - storage_loss) * (1.0 - adsorption_loss)
}

/// A dose by protein mass in particles: low, stated and high end of the purity interval (particles per mass).
pub fn particles_of_mass(mass: f64, purity: [f64; 3]) -> [f64; 3] {
    purity.map(|per_mass| mass * per_mass)
}

/// Copies at another escape efficiency: they are in proportion to it, since each internalised vesicle escapes with that
/// probability. 0 where nothing escaped.
pub fn copies_at_escape(copies: f64, escape_used: f64, escape: f64) -> f64 {
    if escape_used > 0.0 { copies * escape / escape_used } else { 0.0 }
}

/// Each amount of a waterfall over the one before it; 1 for the first, 0 where nothing was left.
pub fn fractions(amounts: &[f64]) -> Vec<f64> {
    let mut before = None;
    amounts
        .iter()
        .map(|&amount| match before.replace(amount) {
            None => 1.0,
            Some(left) if left > 0.0 => amount / left,
            Some(_) => 0.0,
        })
        .collect()
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
        let back = fractions(&[&[1e9], bars.as_slice()].concat());
        assert!(back[1..].iter().zip(stages).all(|(a, b)| (a / b - 1.0).abs() < 1e-12) && back[0] == 1.0);
        assert_eq!(fractions(&[1.0, 0.0, 0.0]), [1.0, 0.0, 0.0]);
        assert!((true_particles(100.0, 0.3, 0.2) - 56.0).abs() < 1e-12);
    }
}
