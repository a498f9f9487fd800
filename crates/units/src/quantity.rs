//! A number with a dimension, in internal units.

use std::fmt;
use std::ops::Mul;
use std::str::FromStr;

use crate::{Dimension, Unit, UnitError, parse};

/// A number in internal units (um, min, ug, nmol, K, counts) with its dimension.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantity {
    /// The number, in internal units.
    pub value: f64,
    /// What it measures.
    pub dimension: Dimension,
}

impl Quantity {
    /// Reads a number and its unit: `4.2 um^2/s`, `5%`, `1/h`, `37 degC`, `0.3` (a pure number).
    ///
    /// # Errors
    /// [`UnitError`] when there is no number, the unit is not known, or the result is no finite number.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        parse::quantity(text)
    }

    /// A number without a unit: dimensionless.
    pub const fn parse_bare(value: f64) -> Self {
        Self { value, dimension: Dimension::NONE }
    }

    /// `value` in `unit`.
    pub fn new(value: f64, unit: &Unit) -> Self {
        Self { value: unit.to_internal(value), dimension: unit.dimension() }
    }

    /// The number in `unit`.
    ///
    /// # Errors
    /// [`UnitError::DimensionMismatch`] when `unit` measures something else.
    pub fn in_unit(&self, unit: &Unit) -> Result<f64, UnitError> {
        unit.check(self.dimension)?;
        Ok(unit.from_internal(self.value))
    }

    /// For people: the number in `unit` with four significant digits, and the unit.
    ///
    /// # Errors
    /// [`UnitError::DimensionMismatch`] when `unit` measures something else.
    pub fn show_in(&self, unit: &Unit) -> Result<String, UnitError> {
        let number = significant(self.in_unit(unit)?, 4);
        Ok(match unit.text() {
            "" | "-" | "1" => number,
            text => format!("{number} {text}"),
        })
    }
}

impl Mul<f64> for Quantity {
    type Output = Self;
    fn mul(self, factor: f64) -> Self {
        Self { value: self.value * factor, dimension: self.dimension }
    }
}

impl fmt::Display for Quantity {
    /// In internal units with every digit: [`Quantity::parse`] gives the same quantity back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.value.abs();
        let number = if size != 0.0 && !(1e-4..1e15).contains(&size) {
            format!("{:e}", self.value)
        } else {
            format!("{}", self.value)
        };
        if self.dimension.is_none() {
            f.pad(&number)
        } else {
            f.pad(&format!("{number} {}", self.dimension.internal_unit()))
        }
    }
}

impl FromStr for Quantity {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        Self::parse(text)
    }
}

/// `value` with at most `digits` significant digits, without trailing zeros, as `0.00825` or `1.5e12`.
///
/// Plain from 0.001 to below a million, with an exponent outside.
pub fn significant(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let digits = digits.clamp(1, 17);
    // Rounding can carry into the next power of ten, so the exponent is read from the rounded text.
    let rounded = format!("{:.*e}", digits - 1, value);
    let (mantissa, exponent) = rounded.split_once('e').unwrap_or((&rounded, "0"));
    let power: i32 = exponent.parse().unwrap_or(0);
    let text = if value == 0.0 {
        "0".to_owned()
    } else if (-3..6).contains(&power) {
        let decimals = usize::try_from(digits as i32 - 1 - power).unwrap_or(0);
        // From the rounded number, so that digits beyond the wanted ones are zero.
        let number: f64 = rounded.parse().unwrap_or(value);
        trim_zeros(&format!("{number:.decimals$}")).to_owned()
    } else {
        format!("{}e{power}", trim_zeros(mantissa))
    };
    if text == "-0" { "0".to_owned() } else { text }
}

fn trim_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_significant_digits() {
        for (value, text) in [
            (0.0, "0"),
            (6.57, "6.57"),
            (0.00825, "0.00825"),
            (123.456, "123.5"),
            (12_345.6, "12350"),
            (999.96, "1000"),
            (999_960.0, "1e6"),
            (1.5e12, "1.5e12"),
            (-2.34567e-7, "-2.346e-7"),
            (100.0, "100"),
        ] {
            assert_eq!(significant(value, 4), text);
        }
        assert_eq!(significant(f64::NAN, 4), "NaN");
    }
}
