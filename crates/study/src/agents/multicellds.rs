//! A run of agents as MultiCellDS snapshots (Friedman et al. 2016, doi 10.1101/090696) in the layout that PhysiCell writes
//! and pcdl reads: an XML file a time, with tables of cells and substrates in MATLAB level 4 files beside it.
//!
//! What a culture has no counterpart of is written as what it would be there: one nucleus a cell, no membrane, no
//! direction of bias, nothing released at death, all transferred when eaten.

use super::record::read_outcome;
use super::sheet::{Cell, Sheet, fill};
use crate::error::StudyError;
use crate::export::Exported;
use exoderm_cell::open::{Bodies, Per, Space};
use exoderm_model::agents::names::{Behaviour, Dictionary};
use exoderm_model::agents::{self, AgentModel};
use exoderm_record::{Column, ColumnData, Error, FieldsReader, Table, read_parquet, write_atomic};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes every recorded time of a run of agents as `outputNNNNNNNN.xml` with its tables; `out` is `<run>/multicellds` unless
/// given.
///
/// # Errors
/// If the folder holds no run of agents; if a file can't be read or written.
pub fn multicellds(run: &Path, out: Option<&Path>) -> Result<Exported, StudyError> {
    let outcome = read_outcome(run)?;
    let out = out.map_or_else(|| run.join("multicellds"), Path::to_path_buf);
    let file = run.join("model.toml");
    let shown = file.display().to_string();
    let text = fs::read_to_string(&file)
        .map_err(|e| StudyError::input(format!("`{shown}` can't be read: {e}"), ""))?;
    let model = agents::read(&shown, &text).map_err(StudyError::Scenario)?;
    let cells = read_parquet(run.join("cells.parquet"))?;
    let links = read_parquet(run.join("links.parquet"))?;
    let fields =
        if model.substrates.is_empty() { None } else { Some(FieldsReader::open(run.join("fields.zarr"))?) };
    fs::create_dir_all(&out).map_err(|source| Error::Io {
        path: out.clone(),
        action: "create the folder",
        source,
    })?;
    let mut done = Exported { folder: out.clone(), files: 0, collections: Vec::new() };
    let mut put = |name: &str, bytes: &[u8]| -> Result<PathBuf, StudyError> {
        let path = out.join(name);
        write_atomic(&path, bytes)?;
        done.files += 1;
        Ok(path)
    };
    put("initial_mesh0.mat", &mesh(&model))?;
    let mut times: Vec<f64> = Vec::new();
    for row in &outcome.series {
        if times.last() != Some(&row.time_min) {
            times.push(row.time_min);
        }
    }
    let dictionary = Dictionary::of(&model);
    let reader = Cells::of(&cells, &model)?;
    for (k, &time) in times.iter().enumerate() {
        let base = format!("output{k:08}");
        let rows = reader.at(time);
        let all: Vec<Cell> = rows.iter().map(|&r| reader.cell(r)).collect();
        let sheet = fill(&model, &dictionary, &all);
        let near = neighbours(&all, |c| c.does(&model, &dictionary, Behaviour::RelativeRange))?;
        put(&format!("{base}_cells.mat"), &matrix("cells", sheet.rows(), &sheet.values))?;
        let values = (0..model.substrates.len())
            .map(|s| match &fields {
                Some(f) if k < f.len() => f.read(k, &model.substrates[s].name),
                _ => Ok(Vec::new()),
            })
            .collect::<Result<Vec<_>, _>>()?;
        put(&format!("{base}_microenvironment0.mat"), &substrates(&model, &values))?;
        put(&format!("{base}_cell_neighbor_graph.txt"), graph(&all, &near).as_bytes())?;
        let ids: Vec<i64> = all.iter().map(|c| c.id).collect();
        let springs = pairs_at(&links, time, &ids);
        put(&format!("{base}_attached_cells_graph.txt"), graph(&all, &[]).as_bytes())?;
        put(&format!("{base}_spring_attached_cells_graph.txt"), graph(&all, &springs).as_bytes())?;
        let text = snapshot(&model, &outcome.version, time, &base, &sheet);
        let path = put(&format!("{base}.xml"), text.as_bytes())?;
        if k + 1 == times.len() {
            done.collections = vec![path];
        }
    }
    Ok(done)
}

/// The table of cells, column by column.
struct Cells<'a> {
    table: &'a Table,
    times: &'a [f64],
    own: Vec<(usize, &'a [f64])>,
    inside: Vec<Option<&'a [f64]>>,
}

fn damaged(name: &str) -> StudyError {
    StudyError::input(format!("the run's tables lack the column `{name}`"), "")
}

fn numbers<'a>(table: &'a Table, name: &str) -> Result<&'a [f64], StudyError> {
    match table.column(name) {
        Some(Column { data: ColumnData::F64(v), .. }) => Ok(v),
        _ => Err(damaged(name)),
    }
}

impl<'a> Cells<'a> {
    fn of(table: &'a Table, model: &AgentModel) -> Result<Self, StudyError> {
        let dictionary = Dictionary::of(model);
        let own = dictionary
            .behaviours()
            .iter()
            .enumerate()
            .filter_map(|(b, (_, name))| Some((b, numbers(table, &format!("does {name}")).ok()?)))
            .collect();
        let inside =
            model.substrates.iter().map(|s| numbers(table, &format!("inside {}", s.name)).ok()).collect();
        let cells = Self { table, times: numbers(table, "time_min")?, own, inside };
        for name in Cell::NUMBERS {
            numbers(table, name)?;
        }
        for name in Cell::WHOLES {
            if !matches!(table.column(name), Some(Column { data: ColumnData::I64(_), .. })) {
                return Err(damaged(name));
            }
        }
        Ok(cells)
    }

    fn at(&self, time: f64) -> Vec<usize> {
        (0..self.times.len()).filter(|&r| self.times[r] == time).collect()
    }

    fn cell(&self, r: usize) -> Cell {
        let number = |name: &str| numbers(self.table, name).map_or(0.0, |v| v[r]);
        let whole = |name: &str| match self.table.column(name) {
            Some(Column { data: ColumnData::I64(v), .. }) => v[r],
            _ => 0,
        };
        let flag = |name: &str| matches!(self.table.column(name), Some(Column { data: ColumnData::Bool(v), .. }) if v[r]);
        let kind = match self.table.column("cell") {
            Some(Column { data: ColumnData::Text { codes, .. }, .. }) => codes[r] as u16,
            _ => 0,
        };
        Cell {
            id: whole("id"),
            kind,
            dead: flag("dead"),
            outside: flag("outside"),
            numbers: Cell::NUMBERS.map(number),
            wholes: Cell::WHOLES.map(whole),
            own: self.own.iter().map(|&(b, v)| (b, v[r])).collect(),
            inside: self.inside.iter().map(|v| v.map_or(0.0, |v| v[r])).collect(),
        }
    }
}

/// Pairs of indices that touch.
fn neighbours(cells: &[Cell], reach: impl Fn(&Cell) -> f64) -> Result<Vec<(usize, usize)>, StudyError> {
    let id: Vec<u64> = cells.iter().map(|c| c.id as u64).collect();
    let column = |name: &str| -> Vec<f64> { cells.iter().map(|c| c.number(name)).collect() };
    let (x, y, z, radius) = (column("x_um"), column("y_um"), column("z_um"), column("radius_um"));
    let reach: Vec<f64> = cells.iter().map(|c| if c.outside { 0.0 } else { reach(c).max(0.0) }).collect();
    let kind: Vec<u16> = cells.iter().map(|c| c.kind).collect();
    let bodies = Bodies {
        id: &id,
        position: [&x, &y, &z],
        radius: &radius,
        kind: &kind,
        reach: Per::Cell(&reach),
        repulsion: Per::Cell(&reach),
        adhesion: Per::Cell(&reach),
    };
    let wrong = |e: exoderm_cell::CellError| StudyError::input(format!("cells of the run: {e}"), "");
    let mut space = Space::new(1.0).map_err(wrong)?;
    space.refresh(&bodies).map_err(wrong)?;
    let mut pairs = Vec::new();
    space.each_neighbours(|i, j, _| pairs.push((i.min(j), i.max(j))));
    pairs.sort_unstable();
    Ok(pairs)
}

/// Links of a time as pairs of indices; `ids` ascend.
fn pairs_at(links: &Table, time: f64, ids: &[i64]) -> Vec<(usize, usize)> {
    let whole = |name: &str| match links.column(name) {
        Some(Column { data: ColumnData::I64(v), .. }) => &v[..],
        _ => &[],
    };
    let (times, a, b) = (numbers(links, "time_min").unwrap_or(&[]), whole("a"), whole("b"));
    let at = |id: i64| ids.binary_search(&id).ok();
    (0..times.len().min(a.len()).min(b.len()))
        .filter(|&r| times[r] == time)
        .filter_map(|r| Some((at(a[r])?, at(b[r])?)))
        .collect()
}

/// A line a cell: its id, and those it is joined to.
fn graph(cells: &[Cell], pairs: &[(usize, usize)]) -> String {
    let mut joined: Vec<Vec<i64>> = vec![Vec::new(); cells.len()];
    for &(i, j) in pairs {
        joined[i].push(cells[j].id);
        joined[j].push(cells[i].id);
    }
    let line = |(c, ids): (&Cell, &Vec<i64>)| {
        let list: Vec<String> = ids.iter().map(ToString::to_string).collect();
        format!("{}: {}", c.id, list.join(","))
    };
    cells.iter().zip(&joined).map(line).collect::<Vec<_>>().join("\n")
}

/// A MATLAB level 4 file with one matrix of doubles, little endian, column by column.
fn matrix(name: &str, rows: usize, values: &[f64]) -> Vec<u8> {
    let columns = values.len().checked_div(rows).unwrap_or(0);
    let mut out = Vec::with_capacity(20 + name.len() + 8 * values.len());
    for word in [0, rows as u32, columns as u32, 0, name.len() as u32] {
        out.extend(word.to_le_bytes());
    }
    out.extend(name.bytes());
    values.iter().for_each(|v| out.extend(v.to_le_bytes()));
    out
}

fn centres(model: &AgentModel) -> impl Iterator<Item = [f64; 3]> {
    let (shape, origin, h) = (model.domain.shape(), model.domain.origin(), model.domain.voxel);
    let along = move |a: usize, i: usize| origin[a] + (i as f64 + 0.5) * h;
    (0..shape[2]).flat_map(move |k| {
        (0..shape[1]).flat_map(move |j| (0..shape[0]).map(move |i| [along(0, i), along(1, j), along(2, k)]))
    })
}

fn mesh(model: &AgentModel) -> Vec<u8> {
    let h = model.domain.voxel;
    let values: Vec<f64> = centres(model).flat_map(|[x, y, z]| [x, y, z, h * h * h]).collect();
    matrix("mesh", 4, &values)
}

fn substrates(model: &AgentModel, fields: &[Vec<f32>]) -> Vec<u8> {
    let h = model.domain.voxel;
    let mut values = Vec::new();
    for (v, [x, y, z]) in centres(model).enumerate() {
        values.extend([x, y, z, h * h * h]);
        values.extend(fields.iter().map(|f| f.get(v).map_or(f64::NAN, |&c| f64::from(c))));
    }
    matrix("multiscale_microenvironment", 4 + fields.len(), &values)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The XML of one time.
fn snapshot(model: &AgentModel, version: &str, time: f64, base: &str, sheet: &Sheet) -> String {
    let mut t = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let (shape, origin, top, h) =
        (model.domain.shape(), model.domain.origin(), model.domain.top(), model.domain.voxel);
    // The same run gives the same bytes: no clock is read.
    let moment = "1970-01-01T00:00:00Z";
    let _ = write!(
        t,
        "<MultiCellDS version=\"2\" type=\"snapshot/simulation\">\n<metadata>\n<software><name>Exoderm</name><version>{}</version></software>\n\
         <current_time units=\"min\">{time}</current_time>\n<current_runtime units=\"sec\">0</current_runtime>\n\
         <created>{moment}</created>\n<last_modified>{moment}</last_modified>\n</metadata>\n\
         <microenvironment>\n<domain name=\"microenvironment\">\n<mesh type=\"Cartesian\" uniform=\"true\" regular=\"true\" units=\"micron\">\n\
         <bounding_box type=\"axis-aligned\" units=\"micron\">{} {} {} {} {} {}</bounding_box>\n",
        escape(version),
        origin[0],
        origin[1],
        origin[2],
        top[0],
        top[1],
        top[2]
    );
    for (a, axis) in ["x", "y", "z"].iter().enumerate() {
        let list: Vec<String> =
            (0..shape[a]).map(|i| (origin[a] + (i as f64 + 0.5) * h).to_string()).collect();
        let _ = writeln!(t, "<{axis}_coordinates delimiter=\" \">{}</{axis}_coordinates>", list.join(" "));
    }
    t.push_str(
        "<voxels type=\"matlab\"><filename>initial_mesh0.mat</filename></voxels>\n</mesh>\n<variables>\n",
    );
    for (k, s) in model.substrates.iter().enumerate() {
        let _ = writeln!(
            t,
            "<variable name=\"{}\" units=\"{}\" ID=\"{k}\"><physical_parameter_set><diffusion_coefficient units=\"micron^2/min\">{}\
             </diffusion_coefficient><decay_rate units=\"1/min\">{}</decay_rate></physical_parameter_set></variable>",
            escape(&s.name),
            escape(&s.unit),
            s.diffusion,
            s.decay
        );
    }
    let _ = write!(
        t,
        "</variables>\n<data type=\"matlab\"><filename>{base}_microenvironment0.mat</filename></data>\n</domain>\n</microenvironment>\n\
         <cellular_information>\n<cell_populations>\n<cell_population type=\"individual\">\n<custom>\n\
         <simplified_data type=\"matlab\" source=\"PhysiCell\" data_version=\"2\">\n<cell_types>\n"
    );
    for (k, c) in model.cells.iter().enumerate() {
        let _ = writeln!(t, "<type ID=\"{k}\" type=\"{k}\">{}</type>", escape(&c.name));
    }
    t.push_str("</cell_types>\n<labels>\n");
    let mut index = 0;
    for (name, size, unit) in &sheet.labels {
        let _ = writeln!(
            t,
            "<label index=\"{index}\" size=\"{size}\" units=\"{}\">{}</label>",
            escape(unit),
            escape(name)
        );
        index += size;
    }
    let _ = write!(t, "</labels>\n<filename>{base}_cells.mat</filename>\n</simplified_data>\n");
    for (tag, file) in [
        ("neighbor_graph", "cell_neighbor_graph"),
        ("attached_cells_graph", "attached_cells_graph"),
        ("spring_attached_cells_graph", "spring_attached_cells_graph"),
    ] {
        let _ = writeln!(t, "<{tag}><filename>{base}_{file}.txt</filename></{tag}>");
    }
    t.push_str(
        "</custom>\n</cell_population>\n</cell_populations>\n</cellular_information>\n</MultiCellDS>\n",
    );
    t
}
