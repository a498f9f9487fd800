//! A unit: text, dimension, and the exact ratio to internal units.

use std::fmt;
use std::str::FromStr;

use crate::{Dimension, UnitError, parse};

/// A unit that was read from text.
///
/// The factor is kept as a ratio of two whole numbers as long as both fit, so that `um^2/s` is 60 um^2/min and not
/// 1/0.01666….
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    text: String,
    dimension: Dimension,
    above: f64,
    below: f64,
    /// Added after scaling: 273.15 for degC, else 0.
    offset: f64,
}

impl Unit {
    /// Reads a unit such as `ug/cm^2`, `mL/h/cell`, `1/M/s`, `%`, `-`. The crate's front page has the grammar.
    ///
    /// # Errors
    /// [`UnitError`] names the byte and the nearest known unit.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        parse::unit(text)
    }

    pub(crate) fn from_parts(text: &str, dimension: Dimension, above: f64, below: f64, offset: f64) -> Self {
        Self { text: text.trim().to_owned(), dimension, above, below, offset }
    }

    /// The internal unit of a dimension (`um^2/min`), with factor 1.
    pub fn internal(dimension: Dimension) -> Self {
        Self { text: dimension.internal_unit(), dimension, above: 1.0, below: 1.0, offset: 0.0 }
    }

    /// The text it was read from, trimmed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its dimension.
    pub fn dimension(&self) -> Dimension {
        self.dimension
    }

    /// How many internal units one of it is (an interval, for degC).
    pub fn factor(&self) -> f64 {
        self.above / self.below
    }

    /// A number in this unit, in internal units.
    pub fn to_internal(&self, value: f64) -> f64 {
        value * self.above / self.below + self.offset
    }

    /// A number in internal units, in this unit.
    pub fn from_internal(&self, internal: f64) -> f64 {
        (internal - self.offset) * self.below / self.above
    }

    /// Refuses a quantity of another dimension.
    ///
    /// # Errors
    /// [`UnitError::DimensionMismatch`], with this unit as the example of what is needed.
    pub fn check(&self, found: Dimension) -> Result<(), UnitError> {
        if found == self.dimension {
            return Ok(());
        }
        Err(UnitError::DimensionMismatch { found, expected: self.dimension, example: self.text.clone() })
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl FromStr for Unit {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        Self::parse(text)
    }
}
