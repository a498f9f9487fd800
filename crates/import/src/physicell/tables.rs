//! Tables of rules, cells and substrates in CSV; a table of substrates may be a MATLAB file ([`super::mat`]).

use super::element::leading_number;
use super::mat::{is_mat, substrates_mat};
use super::settings::{bytes_of, text_of};
use super::{Note, Refused, Spot};
use exoderm_model::agents::names::{Behaviour, Dictionary, Signal};
use exoderm_model::agents::{AgentModel, Direction, PlacedCell, Rule};
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
    Unknown,
}

/// Reads rules of grammar version 3: `cell type,signal,direction,behaviour,max response,half-max,power,dead`.
///
/// # Errors
/// Names that the model does not have, with the nearest, and numbers that can't be a rule's.
pub fn rules(file: &str, text: &str, model: &AgentModel) -> Result<(Vec<Rule>, Vec<Note>), Refused> {
    rules_at(file, text, model).map(|(rules, _, notes)| (rules, notes))
}

/// Rules, the line of each, and remarks.
type RulesAt = (Vec<Rule>, Vec<usize>, Vec<Note>);

/// The same with the line of each rule.
pub(super) fn rules_at(file: &str, text: &str, model: &AgentModel) -> Result<RulesAt, Refused> {
    let dictionary = Dictionary::of(model);
    let (mut out, mut lines, mut notes, mut faults) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (k, line) in text.lines().enumerate() {
        let at = k + 1;
        let plain = line.trim_end_matches('\r');
        if plain.trim().is_empty() || plain.trim_start().starts_with("//") {
            continue;
        }
        let mut delimiter = ',';
        let mut fields: Vec<&str> = plain.split(delimiter).collect();
        if fields.len() != 8 {
            delimiter = '\t';
            fields = plain.split(delimiter).collect();
        }
        let spot = |k: usize| (at, column_of(plain, delimiter, k));
        if fields.len() != 8 || fields.iter().any(|f| f.is_empty()) {
            notes.push(Note::new(file, at, "the line has not eight fields and is passed over"));
            continue;
        }
        let mut number = |name: &str, k: usize| match leading_number(fields[k]) {
            Some((x, true)) => x,
            Some((x, false)) => {
                notes.push(Note::new(file, spot(k), format!("{name} is `{}`; read as {x}", fields[k])));
                x
            }
            None => {
                let message = format!("{name} is `{}`, which is no number; read as 0", fields[k]);
                notes.push(Note::new(file, spot(k), message));
                0.0
            }
        };
        let rule = Rule {
            cell: fields[0].to_owned(),
            signal: fields[1].to_owned(),
            direction: Direction::Increases,
            behaviour: fields[3].to_owned(),
            response: number("max response", 4),
            half_max: number("half-max", 5),
            power: number("Hill power", 6),
            dead: number("applies to dead", 7) != 0.0,
            memory: 0.0,
        };
        let direction = match fields[2] {
            "increases" => Direction::Increases,
            "decreases" => Direction::Decreases,
            other => {
                let message = format!("`{other}` is neither `increases` nor `decreases`");
                faults.push(Note::new(file, spot(2), message));
                continue;
            }
        };
        if !model.cells.iter().any(|c| c.name == rule.cell) {
            let near = exoderm_units::nearest(&rule.cell, model.cells.iter().map(|c| c.name.as_str()));
            faults.push(unknown(file, spot(0), "type of cell", &rule.cell, near.map(str::to_owned)));
        }
        if dictionary.signal(&rule.signal).is_none() {
            faults.push(unknown(
                file,
                spot(1),
                "signal",
                &rule.signal,
                dictionary.nearest_signal(&rule.signal),
            ));
        }
        if dictionary.behaviour(&rule.behaviour).is_none() {
            let near = dictionary.nearest_behaviour(&rule.behaviour);
            faults.push(unknown(file, spot(3), "behaviour", &rule.behaviour, near));
        }
        if !(rule.half_max > 0.0 && rule.power > 0.0) {
            faults.push(Note::new(
                file,
                spot(if rule.half_max > 0.0 { 6 } else { 5 }),
                "half-max and Hill power must be above 0: the rule has no value otherwise",
            ));
        }
        let rule = Rule { direction, ..rule };
        notes.extend(differences(&rule, &out, model, &dictionary).map(|m| Note::new(file, at, m)));
        out.push(rule);
        lines.push(at);
    }
    if faults.is_empty() { Ok((out, lines, notes)) } else { Err(Refused(faults)) }
}

/// What a rule means here and not in PhysiCell 1.14.2, given those before it.
fn differences(
    rule: &Rule,
    before: &[Rule],
    model: &AgentModel,
    dictionary: &Dictionary,
) -> impl Iterator<Item = String> + use<> {
    let mut notes = Vec::new();
    let (signal, behaviour) = (dictionary.signal(&rule.signal), dictionary.behaviour(&rule.behaviour));
    let kind = |s: Option<u16>| s.and_then(|s| dictionary.signals().get(usize::from(s))).map(|s| s.0);
    if matches!(
        kind(signal),
        Some(Signal::ContactApoptotic | Signal::ContactNecrotic | Signal::ContactOtherDead)
    ) {
        notes.push(format!("`{}` is always 0 in rules of PhysiCell; here it counts", rule.signal));
    }
    if kind(signal) == Some(Signal::ContactMembrane) {
        notes.push(format!("`{}` is always 0: there is no basement membrane", rule.signal));
    }
    for other in before.iter().filter(|o| o.cell == rule.cell) {
        let (s, b) = (dictionary.signal(&other.signal), dictionary.behaviour(&other.behaviour));
        if behaviour.is_none() || b != behaviour {
            continue;
        }
        if other.behaviour != rule.behaviour {
            notes.push(format!(
                "`{}` is another name of `{}`: both are one response here, in PhysiCell the later one replaces the earlier",
                rule.behaviour, other.behaviour
            ));
        }
        if s == signal && other.direction != rule.direction {
            notes.push(format!(
                "`{}` both increases and decreases `{}`: PhysiCell mixes up the numbers of such rules, here they hold as written",
                rule.signal, rule.behaviour
            ));
        }
    }
    let rate = behaviour.and_then(|b| dictionary.behaviours().get(usize::from(b))).map(|b| b.0);
    let step = match rate {
        Some(
            Behaviour::PhaseExit(_) | Behaviour::Apoptosis | Behaviour::Necrosis | Behaviour::Transform(_),
        ) => model.steps.phenotype,
        Some(
            Behaviour::EatApoptotic
            | Behaviour::EatNecrotic
            | Behaviour::EatOtherDead
            | Behaviour::Eat(_)
            | Behaviour::Attack(_)
            | Behaviour::Fuse(_),
        ) => model.steps.mechanics,
        _ => 0.0,
    };
    if rule.response * step > 1.0 {
        notes.push(format!(
            "a rate of {} makes a chance above 1 in a step of {step} min: it happens in the first step, as in PhysiCell",
            rule.response
        ));
    }
    notes.into_iter()
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
                let mut note = unknown(file, spot, "behaviour", name, dictionary.nearest_behaviour(name));
                note.message.push_str("; its column must be empty");
                notes.push(note);
                columns.push(Column::Unknown);
            }
        }
    }
    for (k, line) in lines {
        let fields: Vec<&str> = line.trim_end().split(',').map(str::trim).collect();
        let spot = |field: usize| (k + 1, column_of(line, ',', field));
        let mut cell = PlacedCell::default();
        let numbers: Option<Vec<f64>> =
            fields.iter().take(3).map(|f| leading_number(f).map(|n| n.0)).collect();
        let Some(at) = numbers.filter(|n| n.len() == 3 && fields.len() >= 4) else {
            faults.push(Note::new(file, k + 1, "the line does not begin with x,y,z,type"));
            continue;
        };
        cell.at.copy_from_slice(&at);
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
        for ((column, field), at) in columns.iter().zip(&fields[4..]).zip(4..) {
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
                Column::Unknown => {
                    faults.push(Note::new(
                        file,
                        spot(at),
                        format!("`{field}` stands in a column that is unknown"),
                    ));
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
            if !value.is_finite() {
                return Err(format!("`{}` is {value} there", self.model.substrates[column].name));
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
