//! What scenarios can refer to: the built-in scenarios, profiles, ledger and fitted values.

use crate::error::StudyError;
use exoderm_ledger::Ledger;
use exoderm_model::scenario::Scenario;
use exoderm_model::{Calibration, Input, Library, LibraryFile, NetworkFile, Networks};
use exoderm_skin::library::{BuiltIn, CALIBRATIONS, NETWORKS, PROFILES, SCENARIOS};
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
    /// Files of networks that it names: path and text. Those of built-in scenarios come with the program.
    pub networks: Vec<(String, String)>,
}

impl ScenarioText {
    /// A text that extends built-in files only.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self { file: file.into(), text: text.into(), bases: Vec::new(), networks: Vec::new() }
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
        networks: Networks {
            files: NETWORKS
                .iter()
                .map(|n| NetworkFile { path: n.path.into(), text: n.text.into() })
                .collect(),
            read: Some(exoderm_import::sbml::for_cells),
        },
    })
}

/// Adds the user's own files that a scenario refers to.
pub(crate) fn add_own_files(library: &mut Library<'_>, scenario: &ScenarioText) {
    let file = |(path, text): &(String, String)| LibraryFile {
        name: path.clone(),
        path: path.clone(),
        text: text.clone(),
    };
    library.files.extend(scenario.bases.iter().map(file));
    let network = |(path, text): &(String, String)| NetworkFile { path: path.clone(), text: text.clone() };
    library.networks.files.extend(scenario.networks.iter().map(network));
}

/// Compiles a scenario with the built-in library.
///
/// # Errors
/// All mistakes of the text and the settings.
pub fn compile(scenario: &ScenarioText, set: &[String]) -> Result<Scenario, StudyError> {
    let none = BTreeMap::new();
    let mut library = library()?;
    add_own_files(&mut library, scenario);
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
    find_with(name_or_path, &[])
}

/// The same with the files of networks that settings (`--set`) name in place of the file's own.
///
/// # Errors
/// As [`find`].
pub fn find_with(name_or_path: &str, sets: &[String]) -> Result<ScenarioText, StudyError> {
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
    let mut found = ScenarioText { file: name_or_path.to_owned(), text, bases, networks: Vec::new() };
    found.networks = networks(&found, sets)?;
    Ok(found)
}

/// The network files that a scenario and settings name. One that can't be read is left out: the compiler tells of it, with its place.
fn networks(scenario: &ScenarioText, sets: &[String]) -> Result<Vec<(String, String)>, StudyError> {
    let mut library = library()?;
    add_own_files(&mut library, scenario);
    let mut found = Vec::new();
    for path in exoderm_model::network_files(&scenario.file, &scenario.text, &library, sets) {
        let Ok(bytes) = std::fs::read(&path) else {
            found.extend(likely(&path));
            continue;
        };
        match String::from_utf8(bytes) {
            Ok(text) => found.push((path, text)),
            Err(e) => {
                exoderm_import::sbml::read(&path, e.as_bytes())?;
            }
        }
    }
    Ok(found)
}

/// The file beside a missing one that was most likely meant, for the message that tells of it.
fn likely(path: &str) -> Option<(String, String)> {
    let (folder, _) = path.rsplit_once('/').unwrap_or((".", path));
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|e| e.ok()?.file_name().into_string().ok())
        .filter(|n| n.ends_with(".xml") || n.ends_with(".sbml"))
        .map(|n| path.rsplit_once('/').map_or_else(|| n.clone(), |(folder, _)| format!("{folder}/{n}")))
        .collect();
    names.sort_unstable();
    let meant = nearest(path, names.iter().map(String::as_str))?;
    Some((meant.to_owned(), std::fs::read_to_string(meant).ok()?))
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

/// Files of networks that a built-in scenario names: path from where the scenario lies, and text.
///
/// # Errors
/// If there is no such scenario.
pub fn networks_to_edit(name: &str) -> Result<Vec<(&'static str, &'static str)>, StudyError> {
    let b = built_in(name)?;
    let folder = b.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let named = exoderm_model::network_files(b.path, b.text, &library()?, &[]);
    let files = NETWORKS.iter().filter(|n| named.iter().any(|p| p == n.path));
    Ok(files
        .map(|n| (n.path.strip_prefix(folder).unwrap_or(n.path).trim_start_matches('/'), n.text))
        .collect())
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
