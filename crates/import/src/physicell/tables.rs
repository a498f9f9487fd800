//! Tables of cells and substrates in CSV; a table of substrates may be a MATLAB file ([`super::mat`]).

use super::element::leading_number;
use super::mat::{is_mat, substrates_mat};
use super::settings::{bytes_of, text_of};
use super::{Note, Refused, column_of, unknown};
use exoderm_model::agents::names::Dictionary;
use exoderm_model::agents::{AgentModel, PlacedCell};
use std::path::Path;

/// Densities by voxel for each substrate of a model; none for those that a table does not have.
pub type Densities = Vec<Option<Vec<f64>>>;

/// What the tables of a model hold.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// Cells.
    pub cells: Vec<PlacedCell>,
    /// Densities by voxel, for the substrates that the table has.
    pub substrates: Densities,
    /// Leniencies, each with its place.
    pub notes: Vec<Note>,
}

impl Tables {
    /// Reads the tables that a checked model names.
    ///
    /// # Errors
    /// What can't be read, with its place.
    pub fn read(model: &AgentModel) -> Result<Self, Refused> {
        let mut tables = Self::default();
        if let Some(file) = &model.initial.cells {
            let text = text_of(Path::new(file)).map_err(|n| Refused(vec![n]))?;
            (tables.cells, tables.notes) = cells(file, &text, model)?;
        }
        if let Some(file) = &model.initial.substrates {
            let bytes = bytes_of(Path::new(file)).map_err(|n| Refused(vec![n]))?;
            if is_mat(&bytes) {
                let (found, notes) = substrates_mat(file, &bytes, model)?;
                tables.substrates = found;
                tables.notes.extend(notes);
            } else {
                tables.substrates = substrates(file, &crate::csv::decode(&bytes), model)?;
            }
        }
        Ok(tables)
    }
}

/// What a column beyond the type holds.
enum Column {
    Volume,
    Behaviour(u16),
    /// A name that is none, with what is said of the first value under it.
    Unknown(Option<String>),
}

/// Reads a table of cells: without a header `x,y,z,number of type`, with one `x,y,z,type` and columns named `volume` or as
/// behaviours.
///
/// # Errors
/// Columns that are none, coordinates that are no numbers.
pub fn cells(file: &str, text: &str, model: &AgentModel) -> Result<(Vec<PlacedCell>, Vec<Note>), Refused> {
    let dictionary = Dictionary::of(model);
    let (mut out, mut notes, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    let named = text.trim_start().starts_with(['x', 'X']);
    let mut lines = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty());
    let mut columns: Vec<Column> = Vec::new();
    if named && let Some((k, header)) = lines.next() {
        for (column, name) in header.trim_end().split(',').enumerate().skip(4) {
            let name = name.trim();
            if name == "volume" {
                columns.push(Column::Volume);
            } else if let Some(b) = dictionary.behaviour(name) {
                columns.push(Column::Behaviour(b));
            } else {
                let spot = (k + 1, column_of(header, ',', column));
                let near = dictionary.nearest_behaviour(name);
                let mut note = unknown(file, spot, "behaviour", name, near);
                let message = note.message.clone();
                note.message.push_str("; its column must be empty");
                notes.push(note);
                columns.push(Column::Unknown(Some(message)));
            }
        }
    }
    for (k, line) in lines {
        let fields: Vec<&str> = line.trim_end().split(',').map(str::trim).collect();
        let spot = |field: usize| (k + 1, column_of(line, ',', field));
        let mut cell = PlacedCell::default();
        if fields.len() < 4 {
            let message = format!("the line has {} of the fields x,y,z,type", fields.len());
            faults.push(Note::new(file, k + 1, message));
            continue;
        }
        let mut placed = true;
        for a in 0..3 {
            match leading_number(fields[a]).filter(|n| n.0.is_finite()) {
                Some((x, _)) => cell.at[a] = x,
                None => {
                    let axis = ["x", "y", "z"][a];
                    let message = format!("{axis} is `{}`, which is no number", fields[a].escape_debug());
                    faults.push(Note::new(file, spot(a), message));
                    placed = false;
                }
            }
        }
        if !placed {
            continue;
        }
        if model.domain.flat && cell.at[2] != 0.0 {
            notes.push(Note::new(file, spot(2), "z is not 0 in a flat domain; the cell is put at 0"));
            cell.at[2] = 0.0;
        }
        let found = if named {
            model.cells.iter().position(|c| c.name == fields[3])
        } else {
            leading_number(fields[3]).map(|n| n.0 as usize).filter(|&n| n < model.cells.len())
        };
        let Some(kind) = found else {
            let near = exoderm_units::nearest(fields[3], model.cells.iter().map(|c| c.name.as_str()));
            let mut note = unknown(file, spot(3), "type of cell", fields[3], near.map(str::to_owned));
            note.message.push_str("; the cell is left out");
            notes.push(note);
            continue;
        };
        cell.cell = kind as u16;
        for ((column, field), at) in columns.iter_mut().zip(&fields[4..]).zip(4..) {
            if field.is_empty() || field.starts_with(['s', 'S']) {
                continue;
            }
            let Some((value, whole)) = leading_number(field) else {
                faults.push(Note::new(file, spot(at), format!("`{field}` is no number")));
                continue;
            };
            if !whole {
                notes.push(Note::new(file, spot(at), format!("`{field}` is read as {value}")));
            }
            match column {
                Column::Volume => cell.volume = Some(value),
                Column::Behaviour(b) => cell.set.push((*b, value)),
                Column::Unknown(message) => {
                    // Once for its column.
                    if let Some(message) = message.take() {
                        let message = format!("{message}; this column must be empty, and here is `{field}`");
                        faults.push(Note::new(file, spot(at), message));
                    }
                }
            }
        }
        out.push(cell);
    }
    if faults.is_empty() { Ok((out, notes)) } else { Err(Refused(faults)) }
}

/// Reads initial substrates: a header `x,y,z,name…`, then every voxel once. Columns come in the order of the model's
/// substrates; those that the table does not name are `None`.
///
/// # Errors
/// A missing header, unknown substrates, voxels that are missing, twice there or outside.
pub fn substrates(file: &str, text: &str, model: &AgentModel) -> Result<Densities, Refused> {
    let refuse = |line, message: String| Refused(vec![Note::new(file, line, message)]);
    let mut lines = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty());
    let (top, header) = lines.next().map_or((1, ""), |(k, l)| (k + 1, l));
    let indent = header.chars().take_while(|c| c.is_whitespace()).count();
    let header = header.trim();
    if !header.starts_with(['x', 'X']) {
        return Err(refuse(top, "the table needs a header x,y,z and names of substrates".to_owned()));
    }
    let mut columns = Vec::new();
    for (field, name) in header.split(',').map(str::trim).enumerate().skip(3) {
        match model.substrates.iter().position(|s| s.name == name) {
            Some(k) => columns.push(k),
            None => {
                let near = exoderm_units::nearest(name, model.substrates.iter().map(|s| s.name.as_str()));
                let spot = (top, indent + column_of(header, ',', field));
                return Err(Refused(vec![unknown(file, spot, "substrate", name, near.map(str::to_owned))]));
            }
        }
    }
    let mut table = Voxels::new(model, &columns);
    for (k, line) in lines {
        let numbers: Option<Vec<f64>> = line.split(',').map(|f| leading_number(f).map(|n| n.0)).collect();
        let Some(n) = numbers.filter(|n| n.len() == 3 + columns.len()) else {
            return Err(refuse(k + 1, format!("the line has not {} numbers", 3 + columns.len())));
        };
        table.put([n[0], n[1], n[2]], &n[3..]).map_err(|m| refuse(k + 1, m))?;
    }
    table.done().map_err(|m| refuse(0, m))
}

/// Densities by voxel as a table gives them, each voxel once.
pub(super) struct Voxels<'a> {
    model: &'a AgentModel,
    shape: [usize; 3],
    columns: Vec<usize>,
    out: Densities,
    seen: Vec<bool>,
}

impl<'a> Voxels<'a> {
    /// `columns` are the substrates that the table has, in its order.
    pub(super) fn new(model: &'a AgentModel, columns: &[usize]) -> Self {
        let shape = model.domain.shape();
        let voxels: usize = shape.iter().product();
        let mut out = vec![None; model.substrates.len()];
        for &k in columns {
            out[k] = Some(vec![0.0; voxels]);
        }
        Self { model, shape, columns: columns.to_vec(), out, seen: vec![false; voxels] }
    }

    /// Sets the voxel around a point; the error is a sentence.
    pub(super) fn put(&mut self, at: [f64; 3], values: &[f64]) -> Result<(), String> {
        let domain = &self.model.domain;
        let origin = domain.origin();
        let mut index = 0;
        for a in (0..3).rev() {
            let i = ((at[a] - origin[a]) / domain.voxel).floor();
            if !(0.0..self.shape[a] as f64).contains(&i) {
                return Err("the point lies outside of the box".to_owned());
            }
            index = index * self.shape[a] + i as usize;
        }
        if std::mem::replace(&mut self.seen[index], true) {
            return Err("the voxel was there before".to_owned());
        }
        for (&column, &value) in self.columns.iter().zip(values) {
            if !value.is_finite() || value < 0.0 {
                let name = &self.model.substrates[column].name;
                return Err(format!("`{name}` is {value} there; a density is a number of 0 or more"));
            }
            if let Some(field) = &mut self.out[column] {
                field[index] = value;
            }
        }
        Ok(())
    }

    /// The densities, if every voxel was there.
    pub(super) fn done(self) -> Result<Densities, String> {
        match self.seen.iter().filter(|s| !**s).count() {
            0 => Ok(self.out),
            missing => Err(format!("{missing} of {} voxels are missing", self.seen.len())),
        }
    }
}
