//! What can go wrong.

/// An error of the cell engine. The text names what was expected; fields serve programs.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CellError {
    /// A parameter lies outside what the equations allow.
    #[error("{name} = {value}: expected {expected}")]
    Parameter {
        /// The parameter's name.
        name: &'static str,
        /// The value given.
        value: f64,
        /// What would be valid.
        expected: &'static str,
    },
    /// Two tables or slices that belong together differ in length.
    #[error("{name} has {found} entries, expected {expected}")]
    Length {
        /// The table's name.
        name: &'static str,
        /// Entries found.
        found: usize,
        /// Entries expected.
        expected: usize,
    },
    /// A cell is of a kind for which no parameters were given.
    #[error("cell {id} is of kind {kind}, but only {known} kinds have parameters")]
    UnknownKind {
        /// The cell's id.
        id: u64,
        /// Its kind.
        kind: u8,
        /// How many kinds are known.
        known: usize,
    },
    /// A cell's position, radius or active velocity is not a finite number, or its radius is not positive.
    #[error("cell {id}: {what} is not valid")]
    Invalid {
        /// The cell's id.
        id: u64,
        /// The column at fault.
        what: &'static str,
    },
    /// A column of this name exists already.
    #[error("column `{0}` is already registered")]
    DuplicateColumn(String),
    /// A checkpoint's columns do not fit together.
    #[error("inconsistent cell columns: {0}")]
    Inconsistent(String),
}

pub(crate) fn positive(name: &'static str, value: f64) -> Result<(), CellError> {
    if value.is_finite() && value > 0.0 {
        Ok(())
    } else {
        Err(CellError::Parameter { name, value, expected: "a finite number above 0" })
    }
}

pub(crate) fn not_negative(name: &'static str, value: f64) -> Result<(), CellError> {
    if value.is_finite() && value >= 0.0 {
        Ok(())
    } else {
        Err(CellError::Parameter { name, value, expected: "a finite number of at least 0" })
    }
}
