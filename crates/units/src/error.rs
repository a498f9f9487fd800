//! What can be wrong with a quantity or a unit.

use crate::Dimension;

/// Why a text is no quantity or unit, or why a quantity does not fit a unit.
///
/// Offsets count bytes from the start of `text`, the whole text given to the parser.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum UnitError {
    /// Nothing to read.
    #[error("expected {expected}, found an empty text")]
    Empty {
        /// What was expected, with an example.
        expected: &'static str,
    },
    /// A name that is no unit.
    #[error("unknown unit \"{name}\" in \"{text}\" (byte {offset}){}", suggestion(.nearest))]
    UnknownUnit {
        /// The whole text.
        text: String,
        /// Where the name starts.
        offset: usize,
        /// The name.
        name: String,
        /// The nearest known unit.
        nearest: Option<String>,
    },
    /// A form that is not understood.
    #[error("expected {expected} at byte {offset} of \"{text}\"")]
    Syntax {
        /// The whole text.
        text: String,
        /// Where reading stopped.
        offset: usize,
        /// What would have been read there.
        expected: &'static str,
    },
    /// A unit such as `a/b c`, which people read in two ways.
    #[error(
        "\"{text}\" can be read in two ways at byte {offset}: write the divided units in parentheses, a/(b c), or put the product first, a c/b"
    )]
    Ambiguous {
        /// The whole text.
        text: String,
        /// Where the second reading starts.
        offset: usize,
    },
    /// A number or exponent beyond what is meaningful.
    #[error("the number at byte {offset} of \"{text}\" is out of range")]
    OutOfRange {
        /// The whole text.
        text: String,
        /// Where the number or factor starts.
        offset: usize,
    },
    /// A quantity of one dimension where another is needed.
    #[error("this is {} where {} is needed, for example in \"{example}\"", called(*found), called(*expected))]
    DimensionMismatch {
        /// The dimension that was given.
        found: Dimension,
        /// The dimension that is needed.
        expected: Dimension,
        /// A unit that would have been accepted.
        example: String,
    },
}

/// A dimension in a sentence.
fn called(dimension: Dimension) -> String {
    if dimension.is_none() {
        "a number without a unit".to_owned()
    } else if dimension == Dimension::LENGTH * Dimension::LENGTH {
        "an area".to_owned()
    } else {
        format!("a {dimension}")
    }
}

impl UnitError {
    /// Byte offset of the fault in the text, where there is one.
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::UnknownUnit { offset, .. }
            | Self::Syntax { offset, .. }
            | Self::Ambiguous { offset, .. }
            | Self::OutOfRange { offset, .. } => Some(*offset),
            Self::Empty { .. } => Some(0),
            Self::DimensionMismatch { .. } => None,
        }
    }
}

fn suggestion(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or_else(String::new, |n| format!("; did you mean \"{n}\"?"))
}
