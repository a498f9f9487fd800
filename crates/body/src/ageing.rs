//! Plasma vesicles and age: what is released and what is taken up both change, and their ratio is what a blood sample shows.
//!
//! Each year multiplies secretion and uptake by a factor; the steady concentration is secretion over clearance. A person has a
//! factor for life (how much they differ from others of their age) and each sample adds its own noise.

use exoderm_numeric::math::exp;

/// How vesicles change with age.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ageing {
    /// ln of the yearly factor of secretion (1/y).
    pub secretion: f64,
    /// ln of the yearly factor of uptake by cells (1/y).
    pub uptake: f64,
    /// Age at which both factors are 1 (y).
    pub reference: f64,
    /// Standard deviation of ln concentration between people of one age.
    pub between: f64,
    /// Standard deviation of ln concentration between samples of one person.
    pub within: f64,
}

impl Ageing {
    /// Uptake of vesicles of a donor at an age, relative to the reference.
    pub fn uptake_at(&self, age: f64) -> f64 {
        exp(self.uptake * (age - self.reference))
    }

    /// Secretion at an age, relative to the reference.
    pub fn secretion_at(&self, age: f64) -> f64 {
        exp(self.secretion * (age - self.reference))
    }

    /// Steady concentration in plasma at an age, relative to the reference.
    pub fn concentration_at(&self, age: f64) -> f64 {
        self.secretion_at(age) / self.uptake_at(age)
    }

    /// A sample: the person's deviate (for life) and the sample's, both standard normal.
    pub fn sample(&self, age: f64, person: f64, sample: f64) -> f64 {
        self.concentration_at(age) * exp(self.between * person + self.within * sample)
    }

    /// Share of the variance between samples that is due to who the person is.
    pub fn repeatability(&self) -> f64 {
        let (b, w) = (self.between * self.between, self.within * self.within);
        if b + w > 0.0 { b / (b + w) } else { 1.0 }
    }
}
