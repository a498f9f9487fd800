//! The rows: sources and parameters.

use exoderm_units::Quantity;

use crate::{Confidence, Evidence, LedgerError, Part, Place, ReadLevel, UnitText};

/// Id of a source (`chiu-2016`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub String);

impl SourceId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for SourceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

/// A paper, data set or repository that parameters cite.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// As a reader would cite it.
    pub citation: String,
    /// Its DOI, without an address in front.
    pub doi: Option<String>,
    /// Addresses that were read.
    pub urls: Vec<String>,
    /// What a reader should know about the entry.
    pub note: Option<String>,
    /// Where it is defined.
    pub place: Place,
}

/// What a row states: a number, or words where there is none.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number in the row's unit.
    Number(f64),
    /// A formula or a finding in words.
    Text(String),
}

/// Another row that says something else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// The other row's key.
    pub with: String,
    /// What the conflict is, in a sentence; the same in both rows.
    pub why: String,
    /// True when the rows are one measurement entered twice, which must not be counted twice.
    pub duplicate: bool,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Unique name, cited by scenarios as `@key`.
    pub key: String,
    /// What the row states; absent where only a direction or a fact is known.
    pub value: Option<Value>,
    /// Lower end of the range, in the row's unit.
    pub low: Option<f64>,
    /// Upper end of the range, in the row's unit.
    pub high: Option<f64>,
    /// Unit of value and range.
    pub unit: UnitText,
    /// What is measured.
    pub what: String,
    /// In what.
    pub system: String,
    /// Kind of study.
    pub evidence: Evidence,
    /// How well the source was read.
    pub read: ReadLevel,
    /// How far it is trusted.
    pub confidence: Confidence,
    /// Where it is from; none for an assumption.
    pub source: Option<SourceId>,
    /// The row's own citation where it says more than the source's (a figure, a computation).
    pub cited: Option<String>,
    /// Address of the place in the source.
    pub url: Option<String>,
    /// Remarks.
    pub note: String,
    /// Rows that contradict this one, in key order.
    pub conflicts: Vec<Conflict>,
    /// Where the row is defined.
    pub place: Place,
}

impl Parameter {
    /// True for a wide prior (unchecked, assumption, direction only), which must be shown as such.
    pub fn is_prior(&self) -> bool {
        self.read.is_prior()
    }

    /// Tier of the evidence, 0 to 5 (the table at [`Evidence`]); 0 for a row whose number was assumed, whatever it is
    /// about.
    pub fn tier(&self) -> u8 {
        if self.read == ReadLevel::Assumption { 0 } else { self.evidence.tier() }
    }

    /// The stated number, in the row's unit.
    pub fn number(&self) -> Option<f64> {
        match self.value {
            Some(Value::Number(x)) => Some(x),
            _ => None,
        }
    }

    /// One of the row's numbers.
    ///
    /// # Errors
    /// [`LedgerError::NoNumber`] when the row has no such number.
    pub fn quantity(&self, part: Part) -> Result<Quantity, LedgerError> {
        let number = match part {
            Part::Value => self.number(),
            Part::Low => self.low,
            Part::High => self.high,
        };
        let text = match (&self.value, part) {
            (Some(Value::Text(text)), Part::Value) => Some(text.clone()),
            _ => None,
        };
        number.map(|x| self.unit.quantity(x)).ok_or_else(|| LedgerError::NoNumber {
            key: self.key.clone(),
            part: part.as_str(),
            text,
        })
    }

    /// Low and high. An end that the row does not give is its value.
    ///
    /// # Errors
    /// [`LedgerError::NoNumber`] when an end is missing and there is no value to stand for it.
    pub fn range(&self) -> Result<(Quantity, Quantity), LedgerError> {
        let end = |part: Part, given: Option<f64>| {
            if given.is_some() { self.quantity(part) } else { self.quantity(Part::Value) }
        };
        Ok((end(Part::Low, self.low)?, end(Part::High, self.high)?))
    }
}
