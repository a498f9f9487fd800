//! A model with its tables, from either form.

use crate::error::StudyError;
use exoderm_import::physicell::{self, Note, Refused, Tables};
use exoderm_model::agents::{self, AgentModel, PlacedCell};
use std::path::{Component, Path, PathBuf};

/// A model with its tables.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The model.
    pub model: AgentModel,
    /// Cells of its table.
    pub cells: Vec<PlacedCell>,
    /// Densities by voxel of the substrates that its table has.
    pub substrates: Vec<Option<Vec<f64>>>,
    /// Leniencies and differences, each with its place.
    pub notes: Vec<Note>,
}

/// True if a file is a model of agents in either form.
pub fn is_agents(file: &Path) -> bool {
    is_xml(file) || std::fs::read_to_string(file).is_ok_and(|text| agents::is_agents(&text))
}

fn is_xml(file: &Path) -> bool {
    file.extension().is_some_and(|e| e.eq_ignore_ascii_case("xml"))
}

/// Reads a PhysiCell project (XML) or a model of agents (TOML), with its tables.
///
/// # Errors
/// Everything in it that can't be read or run, with its place.
pub fn load(file: &Path) -> Result<Loaded, StudyError> {
    let (model, notes) = if is_xml(file) {
        let project = physicell::read(file).map_err(refused)?;
        (project.model, project.notes)
    } else {
        (own(file)?, Vec::new())
    };
    let tables = Tables::read(&model).map_err(refused)?;
    let notes = notes.into_iter().chain(tables.notes).collect();
    Ok(Loaded { model, cells: tables.cells, substrates: tables.substrates, notes })
}

fn refused(e: Refused) -> StudyError {
    StudyError::input(e.to_string(), "")
}

/// The own form; tables it names lie beside it.
pub(super) fn own(file: &Path) -> Result<AgentModel, StudyError> {
    let shown = file.display().to_string();
    let bytes =
        std::fs::read(file).map_err(|e| StudyError::input(format!("`{shown}` can't be read: {e}"), ""))?;
    let text = exoderm_model::decode(&shown, &bytes).map_err(StudyError::Scenario)?;
    let mut model = agents::read(&shown, &text).map_err(StudyError::Scenario)?;
    let folder = file.parent().unwrap_or(Path::new(""));
    for table in [&mut model.initial.cells, &mut model.initial.substrates].into_iter().flatten() {
        *table = folder.join(&table).display().to_string();
    }
    for n in &mut model.networks {
        n.file = folder.join(&n.file).display().to_string();
    }
    let mut at = 0;
    let networks = agents::load_networks(&mut model, &shown, &text, |path| {
        at += 1;
        let bytes = std::fs::read(path).map_err(|e| {
            agents::missing_network(&shown, &text, at - 1, &format!("`{path}` can't be read: {e}"))
        })?;
        let time = |m: exoderm_import::sbml::Model| exoderm_model::NetworkModel {
            time_unit: m.units.seconds.map(|s| s / 60.0),
            network: m.network,
            symbols: m.symbols,
        };
        exoderm_import::sbml::read(path, &bytes).map(time)
    });
    networks.map_err(StudyError::Scenario)?;
    Ok(model)
}

/// The model with the names of its tables as seen from `folder`, where it will be written.
///
/// # Errors
/// If the folder or a table is not there.
pub fn portable(model: &AgentModel, folder: &Path) -> Result<AgentModel, StudyError> {
    let full = |p: &Path| {
        let p = if p.as_os_str().is_empty() { Path::new(".") } else { p };
        std::fs::canonicalize(p)
            .map_err(|e| StudyError::input(format!("`{}` can't be found: {e}", p.display()), ""))
    };
    let base = full(folder)?;
    let mut model = model.clone();
    for table in [&mut model.initial.cells, &mut model.initial.substrates].into_iter().flatten() {
        *table = from(&base, &full(Path::new(table))?).display().to_string();
    }
    for n in &mut model.networks {
        n.file = from(&base, &full(Path::new(&n.file))?).display().to_string();
    }
    Ok(model)
}

/// A path as seen from a folder; both are full.
fn from(folder: &Path, file: &Path) -> PathBuf {
    let (a, b): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (folder.components().collect(), file.components().collect());
    let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let up = a[same..].iter().map(|_| Component::ParentDir);
    up.chain(b[same..].iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_found_from_where_the_model_is_written() {
        let see = |a: &str, b: &str| from(Path::new(a), Path::new(b)).display().to_string();
        assert_eq!(see("/a/b", "/a/b/c.csv"), "c.csv");
        assert_eq!(see("/a/b", "/a/d/c.csv"), "../d/c.csv");
        assert_eq!(see("/", "/d/c.csv"), "d/c.csv");
    }
}
