//! What is simulated, as plain data: scenario files are parsed, merged with what they extend, checked for names,
//! units, ranges and geometry, and compiled to a [`scenario::Scenario`] in which every number knows its source.
//!
//! * [`compile`]: text in, [`scenario::Scenario`] or [`Diagnostics`] out. Nothing downstream checks again.
//! * [`fields`]: the one table of the format; parsing, hints, the JSON Schema and the reference come from it.
//! * [`Calibration`]: fitted values, cited as `@cal.KEY`; the ledger's rows are cited as `@key`.
//! * [`check_summary`]: what would run: arms, cells, voxels, memory, assumptions, warnings.
//! * [`resolved_toml`], [`scenario_hash`]: the compiled scenario for the run folder.
//!
//! The way of a text: [`source`] (lines and columns) → tree (TOML with places) → merge (`extends`, `--set`) → shape
//! (unknown keys) → readers (units, references, ranges, provenance) → geometry. Each stage collects its mistakes
//! rather than stopping at the first. Nothing is run and no mesh is allocated.
//!
//! ```
//! use exoderm_ledger::Ledger;
//! use exoderm_model::{Calibration, Input, Library, Networks, compile};
//! use std::collections::BTreeMap;
//!
//! let calibration = Calibration::default();
//! let library = Library {
//!     files: Vec::new(),
//!     ledger: Ledger::builtin(),
//!     calibration: &calibration,
//!     networks: Networks::default(),
//! };
//! let none = BTreeMap::new();
//! let input = Input {
//!     path: "my.toml",
//!     text: "format = 1\n[run]\nhorizon = \"3 um\"\n",
//!     library: &library,
//!     sets: &[],
//!     ledger_overrides: &none,
//!     path_overrides: &none,
//! };
//! let mistakes = compile(&input).unwrap_err();
//! let wrong = mistakes.list.iter().find(|d| d.code == "dimension").unwrap();
//! assert_eq!((wrong.line, wrong.column), (3, 11));
//! assert_eq!(wrong.message, "`horizon` is length, but time is needed");
//! ```

pub mod agents;
mod calibration;
mod check;
pub mod diagnostics;
pub mod fields;
mod geometry;
mod merge;
mod network_file;
mod number;
mod output;
mod read_cells;
mod read_compare;
mod read_frame;
mod read_networks;
mod read_product;
mod read_rules;
mod read_sorted;
mod read_tissue;
mod read_vesicles;
mod reader;
mod render;
mod resolution;
pub mod scenario;
pub mod schema;
mod shape;
pub mod source;
mod stated;
mod tree;
mod words;

pub use calibration::{Calibration, Fitted};
pub use check::{CheckSummary, OFF_LABEL, check_summary, check_summary_with, seconds};
pub use diagnostics::{Diagnostic, Diagnostics};
pub use merge::{extended_file, network_files};
pub use network_file::{NetworkFile, NetworkModel, Networks, ReadNetwork, Role, Symbol};
pub use output::{from_resolved_toml, resolved_json, resolved_toml, scenario_hash};

use exoderm_ledger::Ledger;
use scenario::Scenario;
use source::{Place, Source};
use std::collections::BTreeMap;

/// Largest scenario file (bytes).
pub const MAX_FILE: usize = 4 << 20;

/// A profile or scenario that others can extend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryFile {
    /// Name in `extends`.
    pub name: String,
    /// Path for messages; a user's own file is found by it.
    pub path: String,
    /// Text.
    pub text: String,
}

/// What a scenario can refer to.
#[derive(Clone, Debug)]
pub struct Library<'a> {
    /// Profiles and scenarios.
    pub files: Vec<LibraryFile>,
    /// The ledger.
    pub ledger: &'a Ledger,
    /// Fitted values.
    pub calibration: &'a Calibration,
    /// Networks of cells.
    pub networks: Networks,
}

impl Library<'_> {
    /// The file of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&LibraryFile> {
        self.files.iter().find(|f| f.name == name)
    }
}

/// What is compiled.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// Path of the file, for messages and for the name of a scenario that gives none.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
    /// What it can refer to.
    pub library: &'a Library<'a>,
    /// `path=value` settings of the command line, applied in order.
    pub sets: &'a [String],
    /// Ledger values to use instead, in the row's own unit (parameter draws).
    pub ledger_overrides: &'a BTreeMap<String, f64>,
    /// Values to use instead, in internal units, by path of the provenance list (parameter draws). They take
    /// precedence over the ledger's.
    pub path_overrides: &'a BTreeMap<String, f64>,
}

/// Text of a file's bytes.
///
/// # Errors
/// A file that is larger than [`MAX_FILE`] or not UTF-8.
pub fn decode(path: &str, bytes: &[u8]) -> Result<String, Diagnostics> {
    if bytes.len() > MAX_FILE {
        return Err(too_large(path, bytes.len()));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned()),
        Err(error) => {
            let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned();
            let source = Source::new(path, &format!("{good}\u{fffd}"));
            let at = good.len();
            Err(Diagnostics::one(
                Diagnostic::new(
                    "encoding",
                    &Place { source, span: at..at + 3 },
                    "the file is not UTF-8 text",
                )
                .label("this byte")
                .help("save it as UTF-8"),
            ))
        }
    }
}

fn too_large(path: &str, size: usize) -> Diagnostics {
    let place = Place::start_of(&Source::new(path, ""));
    let message = format!("the file has {size} bytes; a scenario has at most {MAX_FILE}");
    Diagnostics::one(
        Diagnostic::new("size", &place, message).help("put data into the run folder, not into the scenario"),
    )
}

/// Compiles a scenario.
///
/// # Errors
/// The mistakes found, with file, line, column, the nearest valid name and a line of help each.
pub fn compile(input: &Input<'_>) -> Result<Scenario, Diagnostics> {
    if input.text.len() > MAX_FILE {
        return Err(too_large(input.path, input.text.len()));
    }
    let merged = merge::load(input.path, input.text, input.library, input.sets)?;
    let mut reader = reader::Reader::new(input, &merged);
    shape::check(&mut reader);
    if reader.is_full() {
        return Err(reader.give_up());
    }
    let shape_mistakes = reader.mistakes();
    let scenario = read_frame::scenario(&mut reader);
    // A value that could not be read stands as a placeholder: geometry would complain about it again.
    if reader.mistakes() == shape_mistakes {
        geometry::check(&mut reader, &scenario);
        resolution::check(&mut reader, &scenario);
    }
    reader.finish(scenario)
}
