//! What scenarios can refer to: the built-in scenarios, profiles, ledger and fitted values.

use crate::error::StudyError;
use exoderm_ledger::Ledger;
use exoderm_model::scenario::Scenario;
use exoderm_model::{Calibration, Input, Library, LibraryFile};
use exoderm_skin::library::{BuiltIn, CALIBRATIONS, PROFILES, SCENARIOS};
use exoderm_units::nearest;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;
use xxhash_rust::xxh3::Xxh3;

/// A scenario's text and what it is called in messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioText {
    /// Path, or for a built-in its path in the repository.
    pub file: String,
    /// Text.
    pub text: String,
    /// Files of the user's own that it extends, directly or through each other: path and text.
    pub bases: Vec<(String, String)>,
}

impl ScenarioText {
    /// A text that extends built-in files only.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self { file: file.into(), text: text.into(), bases: Vec::new() }
    }
}

/// The fitted values that come with the program.
///
/// # Errors
/// If they are faulty, which is a fault of the build.
pub fn calibration() -> Result<&'static Calibration, StudyError> {
    static FITTED: OnceLock<Result<Calibration, String>> = OnceLock::new();
    let read = || {
        let mut all = Calibration::default();
        for file in CALIBRATIONS {
            all.extend(Calibration::parse(file.path, file.text).map_err(|d| d.to_string())?);
        }
        Ok(all)
    };
    FITTED.get_or_init(read).as_ref().map_err(|text| StudyError::Fault(text.clone()))
}

/// Digest of the texts of the fitted values (32 hexadecimal digits).
pub fn calibration_hash() -> String {
    let mut hasher = Xxh3::new();
    for file in CALIBRATIONS {
        hasher.update(&(file.text.len() as u64).to_le_bytes());
        hasher.update(file.text.as_bytes());
    }
    format!("{:032x}", hasher.digest128())
}

/// Everything a scenario can refer to.
///
/// # Errors
/// If the fitted values are faulty, which is a fault of the build.
pub fn library() -> Result<Library<'static>, StudyError> {
    let file = |b: &BuiltIn| LibraryFile { name: b.name.into(), path: b.path.into(), text: b.text.into() };
    Ok(Library {
        files: SCENARIOS.iter().chain(PROFILES).map(file).collect(),
        ledger: Ledger::builtin(),
        calibration: calibration()?,
    })
}

/// The user's own files that a scenario extends.
pub(crate) fn own_files(scenario: &ScenarioText) -> impl Iterator<Item = LibraryFile> {
    let file = |(path, text): &(String, String)| LibraryFile {
        name: path.clone(),
        path: path.clone(),
        text: text.clone(),
    };
    scenario.bases.iter().map(file)
}

/// Compiles a scenario with the built-in library.
///
/// # Errors
/// All mistakes of the text and the settings.
pub fn compile(scenario: &ScenarioText, set: &[String]) -> Result<Scenario, StudyError> {
    let none = BTreeMap::new();
    let mut library = library()?;
    library.files.extend(own_files(scenario));
    Ok(exoderm_model::compile(&Input {
        path: &scenario.file,
        text: &scenario.text,
        library: &library,
        sets: set,
        ledger_overrides: &none,
        path_overrides: &none,
    })?)
}

/// The built-in scenario of a name.
///
/// # Errors
/// If there is none; the nearest name is told.
pub fn built_in(name: &str) -> Result<&'static BuiltIn, StudyError> {
    SCENARIOS.iter().find(|b| b.name == name).ok_or_else(|| {
        let names = SCENARIOS.iter().map(|b| b.name);
        let near = nearest(name, names.clone()).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
        StudyError::input(
            format!("there is no built-in scenario `{name}`{near}"),
            format!("built in are: {}", names.collect::<Vec<_>>().join(", ")),
        )
    })
}

/// The text of a built-in scenario or of a file: a name without folder and ending is a built-in.
///
/// # Errors
/// If there is neither, or the file is no text.
pub fn find(name_or_path: &str) -> Result<ScenarioText, StudyError> {
    let path = Path::new(name_or_path);
    let like_a_name = !name_or_path.contains(['/', '\\', '.']);
    if like_a_name && !path.exists() {
        return built_in(name_or_path).map(|b| ScenarioText::new(b.path, b.text));
    }
    if like_a_name && let Ok(b) = built_in(name_or_path) {
        return Ok(ScenarioText::new(b.path, b.text));
    }
    let bytes = std::fs::read(path).map_err(|e| {
        let help = match e.kind() {
            std::io::ErrorKind::NotFound => {
                "give the path of a scenario file, or the name of a built-in one (`exoderm scenarios`)"
            }
            _ => "give the path of a scenario file that you may read",
        };
        StudyError::input(format!("could not read `{name_or_path}`: {e}"), help)
    })?;
    let text = exoderm_model::decode(name_or_path, &bytes)?;
    let bases = bases(name_or_path, &text)?;
    Ok(ScenarioText { file: name_or_path.to_owned(), text, bases })
}

/// Files that may extend each other; the compiler says where the chain is too long.
const MAX_BASES: usize = 16;

/// The user's own files that a text extends. One that can't be read is left out: the compiler tells of it, with its place.
fn bases(file: &str, text: &str) -> Result<Vec<(String, String)>, StudyError> {
    let mut found: Vec<(String, String)> = Vec::new();
    while found.len() < MAX_BASES {
        let (from, last) = found.last().map_or((file, text), |(f, t)| (f.as_str(), t.as_str()));
        let Some(path) = exoderm_model::extended_file(from, last) else { break };
        if path == file || found.iter().any(|(f, _)| *f == path) {
            break;
        }
        let Ok(bytes) = std::fs::read(&path) else { break };
        let text = exoderm_model::decode(&path, &bytes)?;
        found.push((path, text));
    }
    Ok(found)
}

/// The commented copy of a built-in scenario, to edit.
///
/// # Errors
/// If there is no such scenario.
pub fn copy_to_edit(name: &str, file: &str) -> Result<String, StudyError> {
    let b = built_in(name)?;
    Ok(format!(
        "# A copy of the built-in scenario `{name}`, to edit.\n\
         #\n\
         #     exoderm check {file}      what would run, and every mistake with its line\n\
         #     exoderm run {file}        runs it and writes a report\n\
         #\n\
         # What is not said here comes from the profile that it extends; any entry of that can be set here too.\n\n{}",
        b.text
    ))
}
