//! References to ledger rows, as scenarios write them: `@key`, `@key.low`, `@key.high`, `@key*0.5`, `@key/2`.

use std::fmt;
use std::str::FromStr;

use exoderm_units::Quantity;

use crate::{Ledger, LedgerError, Parameter};

/// Which number of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The stated value.
    Value,
    /// The lower end of the range.
    Low,
    /// The upper end of the range.
    High,
}

impl Part {
    /// `value`, `low` or `high`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Low => "low",
            Self::High => "high",
        }
    }
}

/// A number of a row, times a factor.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The row.
    pub key: String,
    /// Which of its numbers.
    pub part: Part,
    /// What it is multiplied by; 1 where nothing is written.
    pub factor: f64,
    /// Where the key starts in the text, for errors.
    key_offset: usize,
}

impl Reference {
    /// The value of a row as it stands.
    pub fn to(key: impl Into<String>) -> Self {
        Self { key: key.into(), part: Part::Value, factor: 1.0, key_offset: 0 }
    }

    /// True for a text that is meant as a reference: it starts with `@`.
    pub fn is_reference(text: &str) -> bool {
        text.trim_start().starts_with('@')
    }

    /// Reads a reference. Spaces may surround the parts of the product.
    ///
    /// # Errors
    /// [`LedgerError::Reference`] with the byte where reading stopped.
    pub fn parse(text: &str) -> Result<Self, LedgerError> {
        let error = |offset, expected| LedgerError::Reference { text: text.to_owned(), offset, expected };
        let start = text.len() - text.trim_start().len();
        if !text[start..].starts_with('@') {
            return Err(error(start, "a reference such as @k_deg_37"));
        }
        let key_offset = start + 1;
        let rest = &text[key_offset..];
        let length =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
        let name = &rest[..length];
        let (key, part) = if let Some(key) = name.strip_suffix(".low") {
            (key, Part::Low)
        } else if let Some(key) = name.strip_suffix(".high") {
            (key, Part::High)
        } else {
            (name, Part::Value)
        };
        if !key.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(error(key_offset, "a key of the ledger"));
        }
        let reference = |factor| Self { key: key.to_owned(), part, factor, key_offset };
        let tail = rest[length..].trim_start();
        let tail_offset = text.len() - tail.len();
        let Some(operator) = tail.chars().next() else {
            return Ok(reference(1.0));
        };
        let number = tail[operator.len_utf8()..].trim();
        let number_offset = text.len() - tail[operator.len_utf8()..].trim_start().len();
        // Only digits, so that "inf" and "nan", which Rust reads as numbers, are refused.
        let plain = number.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))
            && number.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E'));
        let number = number.parse::<f64>().ok().filter(|x| plain && x.is_finite());
        match (operator, number) {
            ('*', Some(x)) => Ok(reference(x)),
            ('/', Some(x)) if x != 0.0 && (1.0 / x).is_finite() => Ok(reference(1.0 / x)),
            ('*', None) => Err(error(number_offset, "a number such as 0.5")),
            ('/', _) => Err(error(number_offset, "a number other than 0")),
            _ => Err(error(tail_offset, "*, / or the end")),
        }
    }

    /// The row it cites.
    ///
    /// # Errors
    /// [`LedgerError::UnknownKey`], with the key's byte in the text and the nearest key.
    pub fn parameter<'a>(&self, ledger: &'a Ledger) -> Result<&'a Parameter, LedgerError> {
        ledger.require(&self.key, self.key_offset)
    }

    /// The number it stands for.
    ///
    /// # Errors
    /// [`LedgerError::UnknownKey`], and [`LedgerError::NoNumber`] for a row without that number.
    pub fn resolve(&self, ledger: &Ledger) -> Result<Quantity, LedgerError> {
        Ok(self.parameter(ledger)?.quantity(self.part)? * self.factor)
    }
}

impl fmt::Display for Reference {
    /// A text that reads back as the same reference.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}", self.key)?;
        if self.part != Part::Value {
            write!(f, ".{}", self.part.as_str())?;
        }
        if self.factor != 1.0 {
            write!(f, "*{:e}", self.factor)?;
        }
        Ok(())
    }
}

impl FromStr for Reference {
    type Err = LedgerError;
    fn from_str(text: &str) -> Result<Self, LedgerError> {
        Self::parse(text)
    }
}
