//! What a run of agents leaves in its folder.

use super::saved::{self, Recorded};
use crate::error::StudyError;
use exoderm_import::physicell::Note;
use exoderm_model::agents::{self, AgentModel};
use exoderm_record::{
    Column, ColumnData, Error, FieldName, FieldsSpec, FieldsWriter, Table, TableWriter, write_atomic,
    write_parquet,
};
use exoderm_tissue::agents::{Culture, SubstrateBalance};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// The files of a run.
const OURS: [&str; 9] = [
    "agents.json",
    "report.html",
    "model.toml",
    "series.parquet",
    "series.csv",
    "cells.parquet",
    "links.parquet",
    "fields.zarr",
    "checkpoints",
];
/// Beginnings of the names of parts of tables that a run leaves when it is killed.
const PARTS: [&str; 2] = ["cells.part-", "links.part-"];

/// What is counted, in the order of [`Outcome::events`].
pub const EVENTS: [&str; 9] = [
    "divisions",
    "apoptoses",
    "necroses",
    "removals",
    "meals",
    "attacks",
    "fusions",
    "changes of type",
    "cells that left the box",
];

/// Cells of a type at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Time (min).
    pub time_min: f64,
    /// Type.
    pub cell: String,
    /// Alive.
    pub live: u64,
    /// Dying of apoptosis.
    pub apoptotic: u64,
    /// Necrotic.
    pub necrotic: u64,
}

/// A substrate at a time, over all voxels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Time (min).
    pub time_min: f64,
    /// Substrate.
    pub substrate: String,
    /// Mean.
    pub mean: f64,
    /// Lowest.
    pub low: f64,
    /// Highest.
    pub high: f64,
}

/// What became of a substrate (amounts).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    /// Substrate.
    pub substrate: String,
    /// Its books.
    #[serde(flatten)]
    pub books: SubstrateBalance,
}

/// What was asked of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// Command that runs it again.
    pub command: String,
    /// What was asked for that its file says differently.
    pub changed: Vec<String>,
}

/// What came out of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Version of this form: 1.
    pub format: u32,
    /// Name of the model.
    pub name: String,
    /// Seed.
    pub seed: u64,
    /// Version of the program.
    pub version: String,
    /// Time reached (min).
    pub time_min: f64,
    /// It was stopped before its end.
    pub stopped: bool,
    /// What was asked for.
    #[serde(default)]
    pub asked: Asked,
    /// Remarks about the model, each with its place.
    pub notes: Vec<String>,
    /// Cells by type at each recorded time.
    pub series: Vec<Row>,
    /// Substrates at each recorded time.
    #[serde(default)]
    pub levels: Vec<Level>,
    /// What became of the substrates.
    #[serde(default)]
    pub balance: Vec<Balance>,
    /// How often things happened, by their names.
    pub events: Vec<(String, u64)>,
    /// Where it was recorded.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// Reads what a run left.
///
/// # Errors
/// If the folder holds no run of agents.
pub fn read_outcome(folder: &Path) -> Result<Outcome, StudyError> {
    let file = folder.join("agents.json");
    let text = fs::read_to_string(&file).map_err(|_| {
        StudyError::input(
            format!("`{}` holds no run of agents", folder.display()),
            "give the folder that `exoderm run PhysiCell_settings.xml` wrote",
        )
    })?;
    let outcome: Outcome = serde_json::from_str(&text)
        .map_err(|e| StudyError::input(format!("`{}` is damaged: {e}", file.display()), ""))?;
    Ok(Outcome { folder: folder.to_path_buf(), ..outcome })
}

/// Writes a run's folder while it runs.
pub(super) struct Recorder {
    folder: PathBuf,
    asked: Asked,
    notes: Vec<String>,
    series: Vec<Row>,
    levels: Vec<Level>,
    /// Recorded time that comes next, counted from 0.
    next: u32,
    cells: Option<TableWriter>,
    links: TableWriter,
    fields: Option<FieldsWriter>,
}

impl Recorder {
    pub(super) fn create(
        folder: &Path,
        force: bool,
        model: &AgentModel,
        notes: &[Note],
        asked: Asked,
    ) -> Result<Self, StudyError> {
        let shown = folder.display();
        let io = |action: &'static str| {
            let path = folder.to_path_buf();
            move |source| Error::Io { path, action, source }
        };
        if folder.exists() && !folder.is_dir() {
            return Err(StudyError::input(
                format!("`{shown}` is a file, not a folder"),
                "choose another place with --out",
            ));
        }
        if folder.is_dir() && fs::read_dir(folder).map_err(io("list"))?.next().is_some() {
            let ours = folder.join("agents.json").exists() || saved::folder(folder).is_dir();
            if !ours || !force {
                let (message, help) = if ours {
                    ("holds a run already", "replace it with --force, or choose another place with --out")
                } else {
                    ("is not empty and holds no run of agents", "choose another place with --out")
                };
                return Err(StudyError::input(format!("`{shown}` {message}"), help));
            }
            let parts = fs::read_dir(folder).map_err(io("list"))?.filter_map(Result::ok).map(|f| f.path());
            let is_part = |path: &PathBuf| {
                let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
                PARTS.iter().any(|p| name.starts_with(p)) && name.ends_with(".parquet")
            };
            for old in parts.filter(is_part).chain(OURS.map(|name| folder.join(name))) {
                let removed = if old.is_dir() { fs::remove_dir_all(&old) } else { fs::remove_file(&old) };
                if let Err(e) = removed
                    && e.kind() != std::io::ErrorKind::NotFound
                {
                    return Err(io("remove a former run")(e).into());
                }
            }
        }
        fs::create_dir_all(folder).map_err(io("create the folder"))?;
        fs::create_dir_all(saved::folder(folder)).map_err(io("create the folder of checkpoints in"))?;
        let own = super::portable(model, folder)?;
        let text = agents::write(&own).map_err(StudyError::Fault)?;
        write_atomic(folder.join("model.toml"), text.as_bytes())?;
        let fields = match fields_of(model) {
            Some(spec) => Some(FieldsWriter::create(folder.join("fields.zarr"), spec)?),
            None => None,
        };
        Ok(Self {
            folder: folder.to_path_buf(),
            asked,
            notes: notes.iter().map(ToString::to_string).collect(),
            series: Vec::new(),
            levels: Vec::new(),
            next: 0,
            cells: None,
            links: TableWriter::create(folder, &links_table(&[], &[], &[]), &[])?,
            fields,
        })
    }

    /// Goes on after what had been recorded at a checkpoint; what lies beyond is dropped.
    pub(super) fn resume(folder: &Path, culture: &Culture, to: Recorded) -> Result<Self, StudyError> {
        let form = cells_table(culture, 0.0);
        let cells = to.cells.map(|rows| TableWriter::resume(folder, &form, &[], rows)).transpose()?;
        let fields = fields_of(culture.model())
            .map(|spec| FieldsWriter::resume(folder.join("fields.zarr"), &spec, to.fields))
            .transpose()?;
        Ok(Self {
            folder: folder.to_path_buf(),
            asked: to.asked,
            notes: to.notes,
            series: to.series,
            levels: to.levels,
            next: to.next,
            cells,
            links: TableWriter::resume(folder, &links_table(&[], &[], &[]), &[], to.links)?,
            fields,
        })
    }

    /// Recorded time that comes next, counted from 0.
    pub(super) fn next(&self) -> u32 {
        self.next
    }

    /// Puts everything on disk and says how far it got.
    pub(super) fn flush(&mut self) -> Result<Recorded, StudyError> {
        Ok(Recorded {
            next: self.next,
            cells: self.cells.as_mut().map(TableWriter::flush).transpose()?,
            links: self.links.flush()?,
            fields: self.fields.as_ref().map_or(0, FieldsWriter::len),
            series: self.series.clone(),
            levels: self.levels.clone(),
            asked: self.asked.clone(),
            notes: self.notes.clone(),
        })
    }

    /// Records the culture as it is.
    pub(super) fn take(&mut self, culture: &Culture, time: f64) -> Result<(), StudyError> {
        for (count, cell) in culture.counts().iter().zip(&culture.model().cells) {
            self.series.push(Row {
                time_min: time,
                cell: cell.name.clone(),
                live: count.live,
                apoptotic: count.apoptotic,
                necrotic: count.necrotic,
            });
        }
        for (s, k) in culture.model().substrates.iter().zip(0..) {
            let field = culture.field(k);
            let (low, high) =
                field.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &x| (l.min(x), h.max(x)));
            let mean = field.iter().sum::<f64>() / field.len().max(1) as f64;
            self.levels.push(Level { time_min: time, substrate: s.name.clone(), mean, low, high });
        }
        let table = cells_table(culture, time);
        if self.cells.is_none() {
            self.cells = Some(TableWriter::create(&self.folder, &table, &[])?);
        }
        if let Some(cells) = &mut self.cells {
            cells.append(&table)?;
        }
        let links: Vec<(u64, u64)> = culture.spring_links().collect();
        let (a, b): (Vec<i64>, Vec<i64>) = links.iter().map(|&(a, b)| (a as i64, b as i64)).unzip();
        self.links.append(&links_table(&vec![time; links.len()], &a, &b))?;
        if let Some(fields) = &mut self.fields
            && fields.next_time() == Some(time)
        {
            let values: Vec<&[f64]> =
                (0..culture.model().substrates.len()).map(|s| culture.field(s)).collect();
            fields.append(time, culture.model().domain.shape()[0], &values)?;
        }
        self.next += 1;
        Ok(())
    }

    pub(super) fn finish(mut self, culture: &Culture, stopped: bool) -> Result<(), StudyError> {
        if let Some(cells) = self.cells.take() {
            cells.finish()?;
        }
        self.links.finish()?;
        write_parquet(self.folder.join("series.parquet"), &series_table(&self.series), &[])?;
        let mut csv = "time_min,cell,live,apoptotic,necrotic\n".to_owned();
        for r in &self.series {
            let name = if r.cell.contains([',', '"']) {
                format!("\"{}\"", r.cell.replace('"', "\"\""))
            } else {
                r.cell.clone()
            };
            csv.push_str(&format!("{},{name},{},{},{}\n", r.time_min, r.live, r.apoptotic, r.necrotic));
        }
        write_atomic(self.folder.join("series.csv"), csv.as_bytes())?;
        let e = culture.events();
        let events = [
            e.divisions,
            e.apoptoses,
            e.necroses,
            e.removals,
            e.meals,
            e.attacks,
            e.fusions,
            e.changes,
            e.strays,
        ];
        let outcome = Outcome {
            format: 1,
            name: culture.model().name.clone(),
            seed: culture.model().seed,
            version: crate::program::version().to_owned(),
            time_min: culture.time(),
            stopped,
            asked: self.asked,
            notes: self.notes,
            series: self.series,
            levels: self.levels,
            balance: (culture.model().substrates.iter().zip(0..))
                .map(|(s, k)| Balance { substrate: s.name.clone(), books: culture.balance(k) })
                .collect(),
            events: EVENTS.iter().map(|&n| n.to_owned()).zip(events).collect(),
            folder: self.folder.clone(),
        };
        write_atomic(self.folder.join("agents.json"), &crate::folder::json(&outcome)?)?;
        if !stopped {
            let done = saved::folder(&self.folder);
            fs::remove_dir_all(&done).map_err(|source| Error::Io { path: done, action: "remove", source })?;
        }
        Ok(())
    }
}

/// What is recorded of substrates, if there are any.
fn fields_of(model: &AgentModel) -> Option<FieldsSpec> {
    let [nx, ny, nz] = model.domain.shape();
    let count = (model.steps.end / model.steps.record + 1e-9).floor().min(1e6) as u32;
    (!model.substrates.is_empty()).then(|| FieldsSpec {
        fields: model.substrates.iter().map(|s| FieldName::new(&s.name, &s.unit)).collect(),
        shape: [nz, ny, nx],
        voxel_um: [model.domain.voxel; 3],
        times_min: (0..=count).map(|k| f64::from(k) * model.steps.record).collect(),
    })
}

fn links_table(times: &[f64], a: &[i64], b: &[i64]) -> Table {
    Table::new("links")
        .with(Column::new("time_min", "min", ColumnData::F64(times.to_vec())))
        .with(Column::new("a", "", ColumnData::I64(a.to_vec())).describe("id of the one end"))
        .with(Column::new("b", "", ColumnData::I64(b.to_vec())).describe("id of the other"))
}

fn series_table(rows: &[Row]) -> Table {
    let whole = |f: &dyn Fn(&Row) -> u64| ColumnData::I64(rows.iter().map(|r| f(r) as i64).collect());
    Table::new("series")
        .with(Column::new("time_min", "min", ColumnData::F64(rows.iter().map(|r| r.time_min).collect())))
        .with(Column::new("cell", "", ColumnData::text(rows.iter().map(|r| r.cell.as_str()))))
        .with(Column::new("live", "1", whole(&|r| r.live)))
        .with(Column::new("apoptotic", "1", whole(&|r| r.apoptotic)))
        .with(Column::new("necrotic", "1", whole(&|r| r.necrotic)))
}

/// All cells in the order of ids. Beside what every model has come amounts inside, where cells keep account, and every
/// behaviour that is a cell's own.
fn cells_table(culture: &Culture, time: f64) -> Table {
    let order = culture.order();
    let model = culture.model();
    let cells: Vec<_> = order.iter().map(|&i| culture.cell(i)).collect();
    type Cell = exoderm_tissue::agents::CellView;
    let number = |f: &dyn Fn(&Cell) -> f64| ColumnData::F64(cells.iter().map(f).collect());
    let whole = |f: &dyn Fn(&Cell) -> i64| ColumnData::I64(cells.iter().map(f).collect());
    // All names of types, so that codes are the same at every time.
    let types = ColumnData::Text {
        codes: cells.iter().map(|c| u32::from(c.kind)).collect(),
        values: model.cells.iter().map(|t| t.name.clone()).collect(),
    };
    let mut table = Table::new("cells")
        .with(Column::new("time_min", "min", number(&|_| time)))
        .with(Column::new("id", "", whole(&|c| c.id as i64)))
        .with(Column::new("lineage", "", whole(&|c| c.lineage as i64)).describe("id of the founder"))
        .with(Column::new("cell", "", types).describe("type"))
        .with(Column::new("dead", "", ColumnData::Bool(cells.iter().map(|c| c.dead).collect())))
        .with(Column::new("outside", "", ColumnData::Bool(cells.iter().map(|c| c.outside).collect())));
    for (a, axis) in ["x", "y", "z"].iter().enumerate() {
        table = table
            .with(Column::new(format!("{axis}_um"), "um", number(&|c| c.position[a])))
            .with(Column::new(format!("velocity_{axis}"), "um/min", number(&|c| c.velocity[a])))
            .with(Column::new(format!("walk_{axis}"), "um/min", number(&|c| c.walk[a])));
    }
    table = table
        .with(Column::new("radius_um", "um", number(&|c| c.radius)))
        .with(Column::new("volume", "um^3", number(&|c| c.volume)))
        .with(Column::new("nucleus", "um^3", number(&|c| c.nucleus)))
        .with(Column::new("fluid", "um^3", number(&|c| c.fluid)))
        .with(Column::new("target_nuclear_solid", "um^3", number(&|c| c.target_nuclear_solid)))
        .with(Column::new("calcified", "1", number(&|c| c.calcified)))
        .with(Column::new("cycle", "", whole(&|c| i64::from(c.cycle))).describe("code of cycle or death"))
        .with(Column::new("phase", "", whole(&|c| i64::from(c.phase))).describe("code of the phase"))
        .with(Column::new("elapsed", "min", number(&|c| c.elapsed)).describe("time in the phase"))
        .with(Column::new("pressure", "1", number(&|c| c.pressure)))
        .with(Column::new("damage", "1", number(&|c| c.damage)))
        .with(Column::new("attacked", "min", number(&|c| c.attacked)))
        .with(Column::new("delivered", "1", number(&|c| c.delivered)).describe("damage done to others"))
        .with(Column::new("target", "", whole(&|c| c.target.map_or(-1, |t| t as i64))));
    if model.options.internalize {
        for (s, k) in model.substrates.iter().zip(0..) {
            let inside = order.iter().map(|&i| culture.internal(i, k)).collect();
            table = table.with(Column::new(format!("inside {}", s.name), "", ColumnData::F64(inside)));
        }
    }
    for &b in culture.own_behaviours() {
        let name = &culture.dictionary().behaviours()[usize::from(b)].1;
        let values = order.iter().map(|&i| culture.behaviour(i, b)).collect();
        table = table.with(Column::new(format!("does {name}"), "", ColumnData::F64(values)));
    }
    table
}
