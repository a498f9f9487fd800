//! Projects of PhysiCell that are XML and CSV, as a model of agents.
//!
//! Read are the elements of version 1.14.2. Its reader takes a number's leading part and nothing as 0; so does this one, but
//! says so: every leniency, ignored element and difference in meaning is a [`Note`] with file and line. What needs code of the
//! user's own (networks in cells, tables of unknown kinds) is refused, not ignored.

mod element;
mod settings;
mod tables;
mod types;

pub use settings::{Project, parse, read};
pub use tables::{Tables, cells, rules, substrates};

use std::fmt;

/// A remark about a place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// File.
    pub file: String,
    /// 1-based line; 0 for the whole file.
    pub line: usize,
    /// What, in a sentence.
    pub message: String,
}

impl Note {
    pub(crate) fn new(file: &str, line: usize, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            return write!(f, "{}: {}", self.file, self.message);
        }
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// Why a project can't be read: every reason, with its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused(pub Vec<Note>);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (k, note) in self.0.iter().enumerate() {
            if k > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{note}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}
