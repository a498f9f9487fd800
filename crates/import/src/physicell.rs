//! Projects of PhysiCell that are XML and CSV, as a model of agents.
//!
//! Read are the elements of version 1.14.2. Its reader takes a number's leading part and nothing as 0; so does this one, but
//! says so: every leniency, ignored element and difference in meaning is a [`Note`] with file, line and column. What needs code of the
//! user's own (networks in cells, tables of unknown kinds) is refused, not ignored.

mod distributions;
mod element;
mod mat;
mod places;
mod rules;
mod settings;
mod tables;
mod types;

pub use mat::substrates_mat;
pub use rules::rules;
pub use settings::{Project, parse, read};
pub use tables::{Densities, Tables, cells, substrates};

use std::fmt;

/// A remark about a place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// File.
    pub file: String,
    /// 1-based line; 0 for the whole file.
    pub line: usize,
    /// 1-based column in characters; 0 for the whole line.
    pub column: usize,
    /// What, in a sentence.
    pub message: String,
}

/// A line, or a column of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    line: usize,
    column: usize,
}

impl From<usize> for Spot {
    fn from(line: usize) -> Self {
        Self { line, column: 0 }
    }
}

impl From<(usize, usize)> for Spot {
    fn from((line, column): (usize, usize)) -> Self {
        Self { line, column }
    }
}

impl Note {
    pub(crate) fn new(file: &str, spot: impl Into<Spot>, message: impl Into<String>) -> Self {
        let Spot { line, column } = spot.into();
        Self { file: file.to_owned(), line, column, message: message.into() }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            return write!(f, "{}: {}", self.file, self.message);
        }
        let column = if self.column == 0 { String::new() } else { format!(":{}", self.column) };
        write!(f, "{}:{}{column}: {}", self.file, self.line, self.message)
    }
}

/// Column of the `k`-th field of a line, in characters, spaces before it left out.
fn column_of(line: &str, delimiter: char, k: usize) -> usize {
    let before: usize = line.split(delimiter).take(k).map(|f| f.chars().count() + 1).sum();
    let spaces =
        line.split(delimiter).nth(k).map_or(0, |f| f.chars().take_while(|c| c.is_whitespace()).count());
    1 + before + spaces
}

fn unknown(file: &str, spot: impl Into<Spot>, what: &str, name: &str, near: Option<String>) -> Note {
    let hint = near.map(|n| format!("; nearest is `{n}`")).unwrap_or_default();
    Note::new(file, spot, format!("there is no {what} `{name}`{hint}"))
}

/// Reasons that are shown of more.
const SHOWN: usize = 20;

/// Why a project can't be read: every reason, with its place. Shown are the first twenty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused(pub Vec<Note>);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (k, note) in self.0.iter().take(SHOWN).enumerate() {
            if k > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{note}")?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

impl std::error::Error for Refused {}
