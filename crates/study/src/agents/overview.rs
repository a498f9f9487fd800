//! A run of agents as its page shows it, made from its folder: nothing is computed anew, and little of the table of cells is
//! read.

use super::record::{Outcome, read_outcome};
use crate::error::StudyError;
use exoderm_model::agents::{self, AgentModel};
use exoderm_record::{Column, ColumnData, FieldsReader, Table, read_rows};
use exoderm_tissue::agents::rules::{Explained, explain};
use std::fs;
use std::path::Path;

/// What a page shows.
#[derive(Clone, Debug)]
pub struct Overview {
    /// What came out.
    pub outcome: Outcome,
    /// The model that was run.
    pub model: AgentModel,
    /// Its rules.
    pub rules: Vec<Explained>,
    /// The first, a middle and the last recorded time, as far as there are so many.
    pub shots: Vec<Shot>,
}

/// The cells and substrates of one time, in the plane of a flat domain or in the middle layer of voxels of another.
#[derive(Clone, Debug, Default)]
pub struct Shot {
    /// Time (min).
    pub time_min: f64,
    /// Height of the cut (um); none in a flat domain.
    pub height: Option<f64>,
    /// Cells that the plane cuts.
    pub cells: Vec<ShotCell>,
    /// Densities by substrate of the model, y row by row from the lowest, x running fastest.
    pub maps: Vec<Vec<f32>>,
}

/// A cell that the plane cuts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShotCell {
    /// Type.
    pub kind: u16,
    /// Dead.
    pub dead: bool,
    /// Centre, and radius in the plane (um).
    pub x: f32,
    /// See `x`.
    pub y: f32,
    /// See `x`.
    pub radius: f32,
}

/// What the page of a run in a folder shows.
///
/// # Errors
/// If the folder holds no run of agents that came to an end or was stopped; if its files can't be read.
pub fn overview(folder: &Path) -> Result<Overview, StudyError> {
    let outcome = read_outcome(folder)?;
    let file = folder.join("model.toml");
    let shown = file.display().to_string();
    let text = fs::read_to_string(&file)
        .map_err(|e| StudyError::input(format!("`{shown}` can't be read: {e}"), ""))?;
    let model = agents::read(&shown, &text).map_err(StudyError::Scenario)?;
    let rules = explain(&model).map_err(|e| StudyError::input(format!("{shown}: {e}"), ""))?;
    let shots = shots(folder, &outcome, &model)?;
    Ok(Overview { outcome, model, rules, shots })
}

/// The first, a middle and the last of the recorded times.
fn times(outcome: &Outcome) -> Vec<f64> {
    let mut all: Vec<f64> = outcome.series.iter().map(|r| r.time_min).collect();
    all.dedup();
    let Some(last) = all.len().checked_sub(1) else { return Vec::new() };
    let mut places = vec![0, last.div_ceil(2), last];
    places.dedup();
    places.into_iter().map(|k| all[k]).collect()
}

fn shots(folder: &Path, outcome: &Outcome, model: &AgentModel) -> Result<Vec<Shot>, StudyError> {
    let times = times(outcome);
    let cells = folder.join("cells.parquet");
    if times.is_empty() || !cells.exists() {
        return Ok(Vec::new());
    }
    let table = read_rows(cells, &["cell", "dead", "x_um", "y_um", "z_um", "radius_um"], "time_min", &times)?;
    let fields = match model.substrates.is_empty() {
        true => None,
        false => Some(FieldsReader::open(folder.join("fields.zarr"))?),
    };
    let [nx, ny, nz] = model.domain.shape();
    let layer = nz / 2;
    let height =
        (!model.domain.flat).then(|| model.domain.origin()[2] + (layer as f64 + 0.5) * model.domain.voxel);
    let mut shots = Vec::new();
    for &time_min in &times {
        let mut shot = Shot { time_min, height, cells: cut(&table, time_min, height)?, maps: Vec::new() };
        let at = fields.as_ref().and_then(|f| Some((f, f.times().iter().position(|t| *t == time_min)?)));
        if let Some((fields, at)) = at {
            for s in &model.substrates {
                let all = fields.read(at, &s.name)?;
                shot.maps.push(all[layer * nx * ny..(layer + 1) * nx * ny].to_vec());
            }
        }
        shots.push(shot);
    }
    Ok(shots)
}

/// The cells of a time that a plane cuts; all of them without a plane.
fn cut(table: &Table, time: f64, height: Option<f64>) -> Result<Vec<ShotCell>, StudyError> {
    let damaged = |name: &str| StudyError::input(format!("the run's cells have no column `{name}`"), "");
    let numbers = |name: &str| match table.column(name) {
        Some(Column { data: ColumnData::F64(v), .. }) => Ok(v),
        _ => Err(damaged(name)),
    };
    let Some(Column { data: ColumnData::Text { codes, .. }, .. }) = table.column("cell") else {
        return Err(damaged("cell"));
    };
    let Some(Column { data: ColumnData::Bool(dead), .. }) = table.column("dead") else {
        return Err(damaged("dead"));
    };
    let (times, x, y, z) = (numbers("time_min")?, numbers("x_um")?, numbers("y_um")?, numbers("z_um")?);
    let radius = numbers("radius_um")?;
    let mut out = Vec::new();
    for r in (0..times.len()).filter(|&r| times[r] == time) {
        let off = height.map_or(0.0, |h| z[r] - h);
        let square = radius[r] * radius[r] - off * off;
        if square > 0.0 {
            out.push(ShotCell {
                kind: codes[r] as u16,
                dead: dead[r],
                x: x[r] as f32,
                y: y[r] as f32,
                radius: square.sqrt() as f32,
            });
        }
    }
    Ok(out)
}
