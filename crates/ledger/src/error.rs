//! What can be wrong with a ledger file, a key or a reference.

use std::fmt;
use std::path::PathBuf;

use exoderm_units::UnitError;

/// A line of a ledger file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as it was given.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Why a ledger could not be read, or a number not be found in it.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// A file or folder that cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A folder without ledger files.
    #[error("{}: no .toml file in this folder", path.display())]
    EmptyFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A file that is no TOML, or not of the ledger's form.
    #[error("{place}:{column}: {message}")]
    Toml {
        /// Where.
        place: Place,
        /// Column, from 1, in characters.
        column: usize,
        /// What the TOML reader says.
        message: String,
    },
    /// A word outside the list of a field.
    #[error("{place}: {key}: \"{word}\" is no {field}; expected one of: {expected}")]
    UnknownWord {
        /// Where the row starts.
        place: Place,
        /// The row.
        key: String,
        /// The field.
        field: &'static str,
        /// What was written.
        word: String,
        /// The list.
        expected: String,
    },
    /// A unit that is neither known nor listed as opaque.
    #[error("{place}: {key}: {source}")]
    Unit {
        /// Where the row starts.
        place: Place,
        /// The row.
        key: String,
        /// What is wrong with it.
        source: Box<UnitError>,
    },
    /// A key that no scenario could cite.
    #[error(
        "{place}: \"{key}\" is no key: use letters, digits, \"_\" and \".\", not ending in .low or .high"
    )]
    BadKey {
        /// Where the row starts.
        place: Place,
        /// What was written.
        key: String,
    },
    /// A number that is infinite or not a number.
    #[error("{place}: {key}: {field} is no finite number")]
    NotFinite {
        /// Where the row starts.
        place: Place,
        /// The row.
        key: String,
        /// The field.
        field: &'static str,
    },
    /// A key or source id that is defined twice.
    #[error("{place}: \"{id}\" is already defined at {first}")]
    Duplicate {
        /// The second definition.
        place: Place,
        /// The key or id.
        id: String,
        /// The first definition.
        first: Place,
    },
    /// A source id that no `[[source]]` has.
    #[error("{place}: {key}: no source \"{id}\"{}", suggestion(.nearest))]
    UnknownSource {
        /// Where the row starts.
        place: Place,
        /// The row.
        key: String,
        /// The id.
        id: String,
        /// The nearest known id.
        nearest: Option<String>,
    },
    /// A conflict with a row that does not exist, or with itself.
    #[error("{place}: {key}: conflict with \"{with}\", which is no other row{}", suggestion(.nearest))]
    UnknownConflict {
        /// Where the row starts.
        place: Place,
        /// The row.
        key: String,
        /// The other row.
        with: String,
        /// The nearest known key.
        nearest: Option<String>,
    },
    /// A conflict that only one row names, or for another reason.
    #[error("{place}: {key}: the conflict with \"{with}\" must stand in both rows with the same words")]
    OneSidedConflict {
        /// Where the row starts.
        place: Place,
        /// The row.
        key: String,
        /// The other row.
        with: String,
    },
    /// A key that is not in the ledger.
    #[error("no parameter \"{key}\" (byte {offset}){}", suggestion(.nearest))]
    UnknownKey {
        /// The key.
        key: String,
        /// Where it starts in the text that cites it.
        offset: usize,
        /// The nearest known key.
        nearest: Option<String>,
    },
    /// A row without the number that is asked for.
    #[error("parameter \"{key}\" has no number for its {part}{}", stated(.text))]
    NoNumber {
        /// The row.
        key: String,
        /// Which number: value, low or high.
        part: &'static str,
        /// The text that stands there instead.
        text: Option<String>,
    },
    /// A reference that is not of the form `@key`, `@key.low`, `@key*0.5`, `@key/2`.
    #[error("expected {expected} at byte {offset} of \"{text}\"")]
    Reference {
        /// The whole text.
        text: String,
        /// Where reading stopped.
        offset: usize,
        /// What would have been read there.
        expected: &'static str,
    },
}

fn suggestion(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or_else(String::new, |n| format!("; did you mean \"{n}\"?"))
}

fn stated(text: &Option<String>) -> String {
    text.as_ref().map_or_else(String::new, |t| format!(" (it says \"{t}\")"))
}
