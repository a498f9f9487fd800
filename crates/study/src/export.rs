//! A run's recording in the files of other programs.

use crate::error::StudyError;
use crate::folder::read_record;
use exoderm_record::vtk::{Array, Values, write_collection, write_image, write_points};
use exoderm_record::{Column, ColumnData, Error, FieldsReader, Table, read_parquet};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What an export wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Where.
    pub folder: PathBuf,
    /// Files written.
    pub files: usize,
    /// The collections in time, to open in ParaView.
    pub collections: Vec<PathBuf>,
}

/// Writes fields, cells and single vesicles of a run's snapshots as VTK XML: for every arm and replicate a folder with
/// `fields-<k>.vti`, `cells-<k>.vtp` and (particles) `vesicles-<k>.vtp`, and a `.pvd` for each of them. `out` is `<run>/vtk` unless
/// given.
///
/// # Errors
/// If the folder holds no run, or one without snapshots; if a file can't be read or written.
pub fn vtk(run: &Path, out: Option<&Path>) -> Result<Exported, StudyError> {
    let record = read_record(run)?;
    let out = out.map_or_else(|| run.join("vtk"), Path::to_path_buf);
    let table = |name: &str| -> Result<Option<Table>, StudyError> {
        let path = run.join(name);
        if path.exists() { Ok(Some(read_parquet(path)?)) } else { Ok(None) }
    };
    let (cells, vesicles) = (table("cells.parquet")?, table("vesicles.parquet")?);
    let mut done = Exported { folder: out.clone(), files: 0, collections: Vec::new() };
    for arm in &record.arms {
        for replicate in 0..record.replicates {
            let job = format!("{arm}-r{replicate}");
            let zarr = run.join("fields").join(format!("{job}.zarr"));
            if !zarr.exists() {
                continue;
            }
            let folder = out.join(&job);
            fs::create_dir_all(&folder).map_err(|source| Error::Io {
                path: folder.clone(),
                action: "create the folder",
                source,
            })?;
            fields(&zarr, &folder, &mut done)?;
            for (what, table) in [("cells", &cells), ("vesicles", &vesicles)] {
                if let Some(table) = table {
                    points(table, (arm, replicate), what, &folder, &mut done)?;
                }
            }
        }
    }
    if done.files == 0 {
        return Err(StudyError::input(
            format!("`{}` has no snapshot to export", run.display()),
            "ask for some in the scenario, as in [record] snapshots = [\"0 d\", \"7 d\"], and run it again",
        ));
    }
    Ok(done)
}

fn fields(zarr: &Path, folder: &Path, done: &mut Exported) -> Result<(), StudyError> {
    let reader = FieldsReader::open(zarr)?;
    let spec = reader.spec();
    let ([nz, ny, nx], [hz, hy, hx]) = (spec.shape, spec.voxel_um);
    let names: Vec<String> = reader.names().map(str::to_owned).collect();
    let mut list = Vec::new();
    for (k, &time) in reader.times().iter().enumerate() {
        let values = names.iter().map(|n| reader.read(k, n)).collect::<Result<Vec<_>, _>>()?;
        let arrays: Vec<Array<'_>> = names
            .iter()
            .zip(&values)
            .map(|(name, v)| Array {
                name: with_unit(name, reader.unit(name).unwrap_or("")),
                values: Values::F32(v),
            })
            .collect();
        let file = format!("fields-{k:04}.vti");
        write_image(folder.join(&file), [nx, ny, nz], [hx, hy, hz], &arrays)?;
        list.push((time, file));
    }
    finish("fields", folder, &list, done)
}

/// The rows of an arm and replicate as points, a file for each of their times.
fn points(
    table: &Table,
    (arm, replicate): (&str, u32),
    what: &str,
    folder: &Path,
    done: &mut Exported,
) -> Result<(), StudyError> {
    let damaged = || StudyError::input(format!("the table of {what} lacks a column it should have"), "");
    let column = |name: &str| table.column(name).map(|c| &c.data).ok_or_else(damaged);
    let (ColumnData::Text { codes, values }, ColumnData::U32(replicates), ColumnData::F64(times)) =
        (column("arm")?, column("replicate")?, column("time_min")?)
    else {
        return Err(damaged());
    };
    let own: Vec<usize> = (0..table.rows())
        .filter(|&i| {
            replicates[i] == replicate && values.get(codes[i] as usize).is_some_and(|v| v.as_str() == arm)
        })
        .collect();
    let (ColumnData::F32(x), ColumnData::F32(y), ColumnData::F32(z)) =
        (column("x_um")?, column("y_um")?, column("z_um")?)
    else {
        return Err(damaged());
    };
    let moments: BTreeSet<u64> = own.iter().map(|&i| order(times[i])).collect();
    let mut list = Vec::new();
    for (k, moment) in moments.into_iter().enumerate() {
        let rows: Vec<usize> = own.iter().copied().filter(|&i| order(times[i]) == moment).collect();
        let places: Vec<[f32; 3]> = rows.iter().map(|&i| [x[i], y[i], z[i]]).collect();
        let skipped = ["arm", "replicate", "time_min", "x_um", "y_um", "z_um"];
        let kept: Vec<(String, Picked)> = table
            .columns
            .iter()
            .filter(|c| !skipped.contains(&c.name.as_str()))
            .filter_map(|c| Some((with_unit(&c.name, &c.unit), pick(c, &rows)?)))
            .collect();
        let arrays: Vec<Array<'_>> = kept
            .iter()
            .map(|(name, v)| Array {
                name: name.clone(),
                values: match v {
                    Picked::Number(v) => Values::F32(v),
                    Picked::Whole(v) => Values::I64(v),
                },
            })
            .collect();
        let file = format!("{what}-{k:04}.vtp");
        write_points(folder.join(&file), &places, &arrays)?;
        list.push((rows.first().map_or(0.0, |&i| times[i]), file));
    }
    if list.is_empty() { Ok(()) } else { finish(what, folder, &list, done) }
}

fn finish(what: &str, folder: &Path, list: &[(f64, String)], done: &mut Exported) -> Result<(), StudyError> {
    let path = folder.join(format!("{what}.pvd"));
    write_collection(&path, list)?;
    done.files += list.len() + 1;
    done.collections.push(path);
    Ok(())
}

/// Bits of a time that sort as the times do.
fn order(time: f64) -> u64 {
    let bits = time.to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

fn with_unit(name: &str, unit: &str) -> String {
    if unit.is_empty() || unit == "1" { name.to_owned() } else { format!("{name} [{unit}]") }
}

enum Picked {
    Number(Vec<f32>),
    Whole(Vec<i64>),
}

/// A column's values at these rows: texts as the numbers of their words, in the order of the table.
fn pick(c: &Column, rows: &[usize]) -> Option<Picked> {
    let number = |f: &dyn Fn(usize) -> f32| Picked::Number(rows.iter().map(|&i| f(i)).collect());
    let whole = |f: &dyn Fn(usize) -> i64| Picked::Whole(rows.iter().map(|&i| f(i)).collect());
    Some(match &c.data {
        ColumnData::F64(v) => number(&|i| v[i] as f32),
        ColumnData::F32(v) => number(&|i| v[i]),
        ColumnData::I64(v) => whole(&|i| v[i]),
        ColumnData::U32(v) => whole(&|i| i64::from(v[i])),
        ColumnData::U8(v) => whole(&|i| i64::from(v[i])),
        ColumnData::Bool(v) => whole(&|i| i64::from(v[i])),
        ColumnData::Text { codes, .. } => whole(&|i| i64::from(codes[i])),
    })
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn times_sort_as_numbers_do() {
        let mut times = [3.0, -1.0, 0.0, -20.0, 1e9];
        times.sort_by_key(|t| order(*t));
        assert_eq!(times, [-20.0, -1.0, 0.0, 3.0, 1e9]);
    }
}
