//! The ledger: all rows together, consistent.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use exoderm_units::{Quantity, nearest};

use crate::read::Rows;
use crate::{Conflict, LedgerError, Parameter, Part, Place, Source, SourceId, embedded, hash, read, search};

/// Sources and parameters, checked against each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    sources: BTreeMap<String, Source>,
    parameters: BTreeMap<String, Parameter>,
}

/// What is done about a conflict that only one row names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OneSided {
    /// Refused: whoever writes one row can write the other.
    Refuse,
    /// Written into the other row, which may be a built-in one.
    Mirror,
}

impl Ledger {
    /// The rows that come with the program.
    #[expect(
        clippy::expect_used,
        reason = "a fault in the embedded files is a fault of the build; a test loads them"
    )]
    pub fn builtin() -> &'static Self {
        static BUILTIN: OnceLock<Ledger> = OnceLock::new();
        BUILTIN.get_or_init(|| Self::embedded().expect("the embedded ledger is valid"))
    }

    /// The embedded rows, read anew.
    pub(crate) fn embedded() -> Result<Self, LedgerError> {
        Self::assemble(Self::rows(embedded::LEDGER.iter().copied())?, OneSided::Refuse)
    }

    /// A ledger from the `*.toml` files of a folder (not of its subfolders).
    ///
    /// # Errors
    /// [`LedgerError`], with file and line where the fault has one.
    pub fn load_dir(path: impl AsRef<Path>) -> Result<Self, LedgerError> {
        Self::assemble(Self::folder(path.as_ref())?, OneSided::Refuse)
    }

    /// The built-in rows and those of a folder, which may cite built-in sources and conflict with built-in rows, but
    /// not redefine either.
    ///
    /// # Errors
    /// [`LedgerError`], with file and line where the fault has one.
    pub fn builtin_with(path: impl AsRef<Path>) -> Result<Self, LedgerError> {
        let own = Self::folder(path.as_ref())?;
        let builtin = Self::builtin();
        let mut rows = Rows {
            sources: builtin.sources.values().cloned().collect(),
            parameters: builtin.parameters.values().cloned().collect(),
        };
        rows.sources.extend(own.sources);
        rows.parameters.extend(own.parameters);
        Self::assemble(rows, OneSided::Mirror)
    }

    /// A ledger from texts, each with the name that errors call it.
    ///
    /// # Errors
    /// [`LedgerError`], with file and line where the fault has one.
    pub fn from_texts<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, LedgerError> {
        Self::assemble(Self::rows(files)?, OneSided::Refuse)
    }

    fn rows<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Rows, LedgerError> {
        let mut all = Rows::default();
        for (name, text) in files {
            let rows = read::file(name, text)?;
            all.sources.extend(rows.sources);
            all.parameters.extend(rows.parameters);
        }
        Ok(all)
    }

    fn folder(path: &Path) -> Result<Rows, LedgerError> {
        let io = |path: &Path, source| LedgerError::Io { path: path.to_owned(), source };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(path).map_err(|e| io(path, e))? {
            let file = entry.map_err(|e| io(path, e))?.path();
            if file.extension().is_some_and(|e| e == "toml") {
                paths.push(file);
            }
        }
        if paths.is_empty() {
            return Err(LedgerError::EmptyFolder { path: path.to_owned() });
        }
        // The system lists a folder in any order; errors and first definitions should not depend on it.
        paths.sort();
        let mut all = Rows::default();
        for file in paths {
            let text = std::fs::read_to_string(&file).map_err(|e| io(&file, e))?;
            let rows = read::file(&file.display().to_string(), &text)?;
            all.sources.extend(rows.sources);
            all.parameters.extend(rows.parameters);
        }
        Ok(all)
    }

    fn assemble(rows: Rows, one_sided: OneSided) -> Result<Self, LedgerError> {
        let mut ledger = Self::default();
        let twice = |id: &str, first: &Place, place: &Place| LedgerError::Duplicate {
            place: place.clone(),
            id: id.to_owned(),
            first: first.clone(),
        };
        for source in rows.sources {
            if let Some(first) = ledger.sources.get(source.id.as_str()) {
                return Err(twice(source.id.as_str(), &first.place, &source.place));
            }
            ledger.sources.insert(source.id.0.clone(), source);
        }
        for parameter in rows.parameters {
            if let Some(first) = ledger.parameters.get(&parameter.key) {
                return Err(twice(&parameter.key, &first.place, &parameter.place));
            }
            ledger.parameters.insert(parameter.key.clone(), parameter);
        }
        ledger.check_sources()?;
        let missing = ledger.missing_conflicts()?;
        for (key, conflict) in missing {
            if one_sided == OneSided::Refuse {
                let place = ledger.parameters[&conflict.with].place.clone();
                return Err(LedgerError::OneSidedConflict { place, key: conflict.with, with: key });
            }
            if let Some(row) = ledger.parameters.get_mut(&key) {
                row.conflicts.push(conflict);
                row.conflicts.sort();
            }
        }
        Ok(ledger)
    }

    fn check_sources(&self) -> Result<(), LedgerError> {
        for row in self.parameters.values() {
            if let Some(id) = &row.source
                && !self.sources.contains_key(id.as_str())
            {
                return Err(LedgerError::UnknownSource {
                    place: row.place.clone(),
                    key: row.key.clone(),
                    id: id.0.clone(),
                    nearest: nearest(id.as_str(), self.sources.keys().map(String::as_str)).map(str::to_owned),
                });
            }
        }
        Ok(())
    }

    /// The counterparts of conflicts that the other row does not have, as (row, conflict it lacks).
    fn missing_conflicts(&self) -> Result<Vec<(String, Conflict)>, LedgerError> {
        let mut missing = Vec::new();
        for row in self.parameters.values() {
            for conflict in &row.conflicts {
                let other = self.parameters.get(&conflict.with).filter(|other| other.key != row.key);
                let Some(other) = other else {
                    return Err(LedgerError::UnknownConflict {
                        place: row.place.clone(),
                        key: row.key.clone(),
                        with: conflict.with.clone(),
                        nearest: self.nearest(&conflict.with).map(str::to_owned),
                    });
                };
                let back = Conflict { with: row.key.clone(), ..conflict.clone() };
                if !other.conflicts.contains(&back) {
                    missing.push((other.key.clone(), back));
                }
            }
        }
        Ok(missing)
    }

    /// The row of a key.
    pub fn get(&self, key: &str) -> Option<&Parameter> {
        self.parameters.get(key)
    }

    /// The key nearest to a misspelt one, if one is near.
    pub fn nearest(&self, key: &str) -> Option<&str> {
        nearest(key, self.parameters.keys().map(String::as_str))
    }

    /// The rows that contain every word of `text` in key, what, system or source, best first: a word counts most in the
    /// key, then in what, system, source. Equals stand in key order.
    pub fn search(&self, text: &str) -> Vec<&Parameter> {
        search::search(self, text)
    }

    /// The row of a key, or the error that suggests another. `offset` is where the key starts in the user's text.
    pub(crate) fn require(&self, key: &str, offset: usize) -> Result<&Parameter, LedgerError> {
        self.get(key).ok_or_else(|| LedgerError::UnknownKey {
            key: key.to_owned(),
            offset,
            nearest: self.nearest(key).map(str::to_owned),
        })
    }

    /// The value of a row.
    ///
    /// # Errors
    /// [`LedgerError::UnknownKey`], [`LedgerError::NoNumber`].
    pub fn quantity(&self, key: &str) -> Result<Quantity, LedgerError> {
        self.require(key, 0)?.quantity(Part::Value)
    }

    /// Low and high of a row ([`Parameter::range`]).
    ///
    /// # Errors
    /// [`LedgerError::UnknownKey`], [`LedgerError::NoNumber`].
    pub fn range(&self, key: &str) -> Result<(Quantity, Quantity), LedgerError> {
        self.require(key, 0)?.range()
    }

    /// All rows, in key order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Parameter> {
        self.parameters.values()
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.parameters.len()
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty()
    }

    /// All sources, in the order of their ids.
    pub fn sources(&self) -> impl ExactSizeIterator<Item = &Source> {
        self.sources.values()
    }

    /// The source of an id.
    pub fn source(&self, id: &SourceId) -> Option<&Source> {
        self.sources.get(id.as_str())
    }

    /// XXH3-128 (32 hex digits) of what the ledger says. Files, their order, comments and spelling of numbers do not
    /// matter; every field of every row and source does.
    pub fn hash(&self) -> String {
        hash::hash(self)
    }
}
