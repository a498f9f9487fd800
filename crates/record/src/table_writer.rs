//! Tables that grow over a long run.
//!
//! A Parquet file can't be appended to: without its footer, written last, it is unreadable. So the rows go to part
//! files, `<table>.part-<first row>.parquet`, each complete or absent, and are merged into `<table>.parquet` at the
//! end. It is the simplest scheme that survives a kill at any instruction:
//!
//! * there is no file that is ever changed, hence none that can be half changed;
//! * a flush costs the new rows only (rewriting one file whole would cost all rows each time) and frees them;
//! * what a kill loses are the rows since the last flush. A run flushes, then writes a checkpoint with the number
//!   of rows that [`TableWriter::flush`] returned; [`TableWriter::resume`] goes back to just that number;
//! * the merge commits by one rename; parts that a kill then leaves beside the merged file are ignored by
//!   [`read_table`] and removed by the next resume.

use std::path::{Path, PathBuf};

use crate::atomic::{folder_of, names_in, remove_file, sweep, sync_folder};
use crate::error::{Error, Result};
use crate::parquet_file::{read_form, read_parquet, write_parquet, write_pieces};
use crate::table::{Column, ColumnData, Table, merge_values};

/// Rows kept in memory before a part is written without being asked for.
const FLUSH_ROWS: usize = 1 << 18;

/// Appends rows to a recorded table.
#[derive(Debug)]
pub struct TableWriter {
    folder: PathBuf,
    metadata: Vec<(String, String)>,
    /// Rows not yet on disk; its text columns keep the values met so far.
    pending: Table,
    flushed: u64,
}

impl TableWriter {
    /// Starts the table in `folder`, which must exist. `form` gives name, columns and units; its rows, if any, are not
    /// written.
    ///
    /// # Errors
    /// [`Error::Io`] if a recording of that table is there already (nothing is ever overwritten);
    /// [`Error::Invalid`] for a table that [`Table::check`] refuses or whose name is not a plain file name.
    pub fn create(folder: impl AsRef<Path>, form: &Table, metadata: &[(String, String)]) -> Result<Self> {
        let writer = Self::new(folder.as_ref(), form, metadata)?;
        let existing = parts(&writer.folder, &form.name)?.into_iter().next().map(|(_, path)| path);
        let existing = existing.or_else(|| Some(merged(&writer.folder, &form.name)).filter(|p| p.exists()));
        if let Some(path) = existing {
            return Err(Error::io(&path, "create", std::io::ErrorKind::AlreadyExists.into()));
        }
        Ok(writer)
    }

    /// Goes on with a recording after its first `rows` rows; what lies beyond is removed. It doesn't matter whether
    /// the former run was killed, or even finished the table after that point.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if fewer than `rows` rows are there, [`Error::Invalid`] if the recorded columns are others.
    pub fn resume(
        folder: impl AsRef<Path>,
        form: &Table,
        metadata: &[(String, String)],
        rows: u64,
    ) -> Result<Self> {
        let mut writer = Self::new(folder.as_ref(), form, metadata)?;
        let (folder, name) = (&writer.folder, form.name.as_str());
        sweep(folder, &format!("{name}."))?;
        let all = parts(folder, name)?;
        let merged = merged(folder, name);

        // How far the parts reach without a gap.
        let mut reach = 0;
        let mut kept = Vec::new();
        for (start, path) in &all {
            if *start != reach || reach >= rows {
                break;
            }
            let (found, count) = read_form(path)?;
            form.same_form(&found)?;
            reach += count;
            kept.push((*start, path));
        }
        if reach >= rows {
            for (_, path) in all.iter().rev().filter(|(start, _)| *start >= rows) {
                remove_file(path)?;
            }
            if let Some((start, path)) = kept.last().filter(|_| reach > rows) {
                truncate_file(path, path, metadata, rows - start)?;
            }
        } else if merged.exists() {
            // The former run finished the table, so its parts are gone or on their way out. The first rows of the
            // merged file become part 0; until that is complete the merged file stays.
            let (found, count) = read_form(&merged)?;
            form.same_form(&found)?;
            if count < rows {
                return Err(too_short(&merged, rows, count));
            }
            for (_, path) in all.iter().rev() {
                remove_file(path)?;
            }
            truncate_file(&merged, &part(folder, name, 0), metadata, rows)?;
        } else {
            return Err(too_short(&part(folder, name, reach), rows, reach));
        }
        remove_file(&merged)?;
        sync_folder(folder)?;
        writer.flushed = rows;
        Ok(writer)
    }

    fn new(folder: &Path, form: &Table, metadata: &[(String, String)]) -> Result<Self> {
        form.check()?;
        plain_name(&form.name)?;
        Ok(Self {
            folder: folder.to_path_buf(),
            metadata: metadata.to_vec(),
            pending: form.empty_like(),
            flushed: 0,
        })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the columns differ from the recording's; those of [`TableWriter::flush`], since
    /// many rows are flushed unasked.
    pub fn append(&mut self, rows: &Table) -> Result<()> {
        self.pending.append(rows)?;
        if self.pending.rows() >= FLUSH_ROWS {
            self.flush()?;
        }
        Ok(())
    }

    /// The number of rows so far, on disk or not.
    pub fn rows(&self) -> u64 {
        self.flushed + self.pending.rows() as u64
    }

    /// Puts all rows on disk; returns their number, which belongs into the checkpoint written next.
    ///
    /// # Errors
    /// [`Error::Io`] with the path; the rows stay in memory, so it can be tried again.
    pub fn flush(&mut self) -> Result<u64> {
        if self.pending.rows() > 0 {
            let path = part(&self.folder, &self.pending.name, self.flushed);
            write_parquet(&path, &self.pending, &self.metadata)?;
            self.flushed += self.pending.rows() as u64;
            self.pending.truncate(0);
        }
        Ok(self.flushed)
    }

    /// Flushes, merges the parts into one file and returns its path. One part is in memory at a time.
    ///
    /// # Errors
    /// [`Error::Io`] with the path; the parts stay, so nothing is lost.
    pub fn finish(mut self) -> Result<PathBuf> {
        self.flush()?;
        let name = self.pending.name.as_str();
        let parts = parts(&self.folder, name)?;
        let mut form = self.pending.empty_like();
        for (_, path) in &parts {
            merge_all_values(&mut form, &read_form(path)?.0);
        }
        let path = merged(&self.folder, name);
        let pieces = parts.iter().map(|(_, part)| {
            let mut piece = form.empty_like();
            piece.append(&read_parquet(part)?)?;
            Ok(piece)
        });
        write_pieces(&path, &form, &self.metadata, pieces)?;
        for (_, part) in &parts {
            remove_file(part)?;
        }
        sync_folder(&self.folder)?;
        Ok(path)
    }
}

/// Reads a recorded table, finished or not.
///
/// # Errors
/// [`Error::Io`] with `<folder>/<name>.parquet` if there is no such recording; those of
/// [`read_parquet`]; [`Error::Corrupt`] if a part is missing.
pub fn read_table(folder: impl AsRef<Path>, name: &str) -> Result<Table> {
    let folder = folder.as_ref();
    plain_name(name)?;
    let path = merged(folder, name);
    let parts = parts(folder, name)?;
    if path.exists() || parts.is_empty() {
        return read_parquet(path);
    }
    let mut table: Option<Table> = None;
    for (start, path) in parts {
        let rows = table.as_ref().map_or(0, |t| t.rows() as u64);
        if start != rows {
            return Err(too_short(&part(folder, name, rows), start, rows));
        }
        let more = read_parquet(&path)?;
        match &mut table {
            None => table = Some(more),
            Some(table) => table.append(&more)?,
        }
    }
    table.ok_or_else(|| Error::io(&path, "read", std::io::ErrorKind::NotFound.into()))
}

fn merged(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.parquet"))
}

fn part(folder: &Path, name: &str, start: u64) -> PathBuf {
    folder.join(format!("{name}.part-{start:012}.parquet"))
}

/// The parts of a table with their first rows, in order.
fn parts(folder: &Path, name: &str) -> Result<Vec<(u64, PathBuf)>> {
    let start = |file: &str| -> Option<u64> {
        let digits = file.strip_prefix(name)?.strip_prefix(".part-")?.strip_suffix(".parquet")?;
        if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None }
    };
    let names = names_in(folder)?;
    let mut found: Vec<_> = names.iter().filter_map(|n| Some((start(n)?, folder.join(n)))).collect();
    found.sort();
    Ok(found)
}

fn plain_name(name: &str) -> Result<()> {
    if name.is_empty() || Path::new(name).file_name() != Some(std::ffi::OsStr::new(name)) {
        return Err(Error::Invalid(format!("table name `{name}` is not a plain file name")));
    }
    Ok(())
}

fn truncate_file(from: &Path, to: &Path, metadata: &[(String, String)], rows: u64) -> Result<()> {
    let mut table = read_parquet(from)?;
    table.truncate(usize::try_from(rows).unwrap_or(usize::MAX));
    write_parquet(to, &table, metadata)?;
    sync_folder(folder_of(to))
}

fn merge_all_values(form: &mut Table, other: &Table) {
    let text = |c: &Column| matches!(c.data, ColumnData::Text { .. });
    for (a, b) in form.columns.iter_mut().zip(&other.columns).filter(|(a, b)| text(a) && text(b)) {
        if let (ColumnData::Text { values, .. }, ColumnData::Text { values: more, .. }) =
            (&mut a.data, &b.data)
        {
            merge_values(values, more);
        }
    }
}

fn too_short(path: &Path, expected: u64, found: u64) -> Error {
    Error::corrupt(path, "rows", format!("{expected} rows of the table are expected, {found} are there"))
}
