//! Tumour vesicles in plasma against everybody's own: from which size on a blood test sees them.
//!
//! In a steady state the tumour's vesicles stand at  C = q N f / CL  (release per cell, cells, share that reaches blood,
//! clearance). A test counts vesicles with a marker in a volume of plasma. A share ε of the background, platelet vesicles
//! among it, is counted too, and the background differs between people (lognormal). The count is a Poisson variable whose mean
//! varies with the person; the threshold is the count that only a share 1 − specificity of healthy people exceed.

use crate::{BodyError, not_negative, positive, share};
use exoderm_numeric::math::{cbrt, erfc, exp};

/// Concentration of tumour vesicles in plasma (per um³): release (vesicles/min a cell), cells, share that reaches blood,
/// clearance (um³/min).
pub fn tumour_concentration(release: f64, cells: f64, reaching: f64, clearance: f64) -> f64 {
    release * cells * reaching / clearance
}

/// A counting test of plasma.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assay {
    /// Plasma examined (um³).
    pub volume: f64,
    /// Share of its vesicles that is counted if they have the marker.
    pub recovery: f64,
    /// Share of the tumour's vesicles with the marker.
    pub marker: f64,
    /// Share of background vesicles that counts as having it.
    pub false_marker: f64,
    /// Background (vesicles per um³), of a median person.
    pub background: f64,
    /// Standard deviation of ln background between people.
    pub spread: f64,
    /// Share of healthy people that must test negative.
    pub specificity: f64,
}

impl Assay {
    /// Checks the numbers.
    ///
    /// # Errors
    /// The first that can't be.
    pub fn checked(self) -> Result<Self, BodyError> {
        positive("the volume of plasma", self.volume)?;
        share("the recovery", self.recovery)?;
        share("the share with the marker", self.marker)?;
        share("the share of background that counts", self.false_marker)?;
        not_negative("the background", self.background)?;
        not_negative("the spread between people", self.spread)?;
        share("the specificity", self.specificity)?;
        Ok(self)
    }

    /// Counts expected from a median person's background.
    pub fn false_counts(&self) -> f64 {
        self.volume * self.recovery * self.background * self.false_marker
    }

    /// Counts expected from a tumour at a concentration (per um³).
    pub fn true_counts(&self, tumour: f64) -> f64 {
        self.volume * self.recovery * self.marker * tumour
    }

    /// Share of people with this tumour whose count exceeds a threshold.
    pub fn exceeds(&self, threshold: f64, tumour: f64) -> f64 {
        let (false_counts, true_counts) = (self.false_counts(), self.true_counts(tumour));
        // The person's factor: the trapezoid over ±6 standard deviations is exact to rounding for a smooth integrand.
        const HALF: i32 = 60;
        let (mut sum, mut weights) = (0.0, 0.0);
        for i in -HALF..=HALF {
            let z = 6.0 * f64::from(i) / f64::from(HALF);
            let weight = exp(-0.5 * z * z);
            sum += weight * above(threshold, false_counts * exp(self.spread * z) + true_counts);
            weights += weight;
        }
        sum / weights
    }

    /// The threshold: counts that a share 1 − specificity of healthy people exceed.
    pub fn threshold(&self) -> f64 {
        let target = 1.0 - self.specificity;
        let (mut low, mut high) = (0.0, 10.0 + self.false_counts() * exp(6.0 * self.spread) * 2.0);
        for _ in 0..100 {
            let middle = 0.5 * (low + high);
            if self.exceeds(middle, 0.0) > target { low = middle } else { high = middle }
        }
        high
    }

    /// The concentration (per um³) at which a share `sensitivity` of people with the tumour test positive: the limit of
    /// detection. Infinite if the marker or the recovery is 0.
    pub fn limit(&self, sensitivity: f64) -> f64 {
        let threshold = self.threshold();
        let unit = self.true_counts(1.0);
        if unit <= 0.0 {
            return f64::INFINITY;
        }
        let (mut low, mut high) = (0.0, (2.0 * threshold + 100.0) / unit);
        for _ in 0..100 {
            let middle = 0.5 * (low + high);
            if self.exceeds(threshold, middle) < sensitivity { low = middle } else { high = middle }
        }
        high
    }
}

/// What a test means in a population.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Screening {
    /// True positives among all examined.
    pub found: f64,
    /// False positives among all examined.
    pub false_alarms: f64,
    /// Share of the positive who have the tumour.
    pub right: f64,
}

/// Sensitivity, specificity and prevalence together.
pub fn screening(sensitivity: f64, specificity: f64, prevalence: f64) -> Screening {
    let found = sensitivity * prevalence;
    let false_alarms = (1.0 - specificity) * (1.0 - prevalence);
    let positive = found + false_alarms;
    Screening { found, false_alarms, right: if positive > 0.0 { found / positive } else { 0.0 } }
}

/// P(count > threshold) of a Poisson count; the threshold may lie between counts, so that it changes without jumps.
fn above(threshold: f64, mean: f64) -> f64 {
    let k = threshold.max(0.0).floor();
    let part = threshold.max(0.0) - k;
    (1.0 - part) * tail(k, mean) + part * tail(k + 1.0, mean)
}

/// P(count > k): summed up to a mean of 40, above by the cube-root approximation (Wilson and Hilferty 1931), right to 2e-4.
fn tail(k: f64, mean: f64) -> f64 {
    if mean <= 0.0 {
        return 0.0;
    }
    if mean <= 40.0 {
        let (mut term, mut sum, mut n) = (exp(-mean), 0.0, 0.0);
        while n <= k && n < 400.0 {
            sum += term;
            n += 1.0;
            term *= mean / n;
        }
        return (1.0 - sum).max(0.0);
    }
    let n = k + 1.0;
    let z = 3.0 * n.sqrt() * (cbrt(mean / n) - 1.0 + 1.0 / (9.0 * n));
    0.5 * erfc(-z / std::f64::consts::SQRT_2)
}

/// Diameter (um) of a sphere of a volume (um³).
pub fn diameter(volume: f64) -> f64 {
    cbrt(6.0 * volume / std::f64::consts::PI)
}
