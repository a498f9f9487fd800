//! Initial substrates from a MATLAB level 4 file: five u32 (type, rows, columns, imaginary, length of the name), the name,
//! then the numbers column by column. PhysiCell reads a row a voxel, `x y z` and its densities; its own snapshots have a
//! column a voxel, `x y z volume` and densities, which is read here too.
//!
//! Numbers are read where they lie: nothing is allocated by what a header claims, and a header that claims more than the
//! file holds is refused.

use super::tables::{Densities, Voxels};
use super::{Note, Refused};
use exoderm_model::agents::AgentModel;

/// Beginnings of later formats of the same ending.
const LATER: [&[u8]; 3] = [b"MATLAB 5.0", b"MATLAB 7.3", b"\x89HDF"];

/// True if a file is no text but a MATLAB file of any level.
pub(super) fn is_mat(bytes: &[u8]) -> bool {
    // Wide text begins with its mark.
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return false;
    }
    LATER.iter().any(|l| bytes.starts_with(l)) || bytes.iter().take(4).any(|&b| b == 0)
}

/// Reads initial substrates from a level 4 file, in the order of the model's substrates.
///
/// # Errors
/// Another level, order of bytes or kind of matrix; numbers that are not there; another number of voxels or substrates; voxels twice
/// there or outside; values that are no numbers.
pub fn substrates_mat(
    file: &str,
    bytes: &[u8],
    model: &AgentModel,
) -> Result<(Densities, Vec<Note>), Refused> {
    let note = |message: String| Note::new(file, 0, message);
    let refuse = |message: String| Refused(vec![note(message)]);
    let matrix = Matrix::of(bytes).map_err(&refuse)?;
    let (rows, columns) = (matrix.rows as usize, matrix.columns as usize);
    let (voxels, densities) = (model.domain.shape().iter().product::<usize>(), model.substrates.len());
    let by_rows = rows == voxels && columns == densities + 3;
    if !by_rows && (columns != voxels || rows != densities + 4) {
        return Err(refuse(format!(
            "the matrix has {rows} rows and {columns} columns; {voxels} voxels and {densities} substrates need {voxels} rows of x, y, z and densities \
             ({} columns)",
            densities + 3
        )));
    }
    let mut table = Voxels::new(model, &(0..densities).collect::<Vec<_>>());
    let mut values = vec![0.0; densities];
    for v in 0..voxels {
        let number = |k: usize| if by_rows { matrix.at(v, k) } else { matrix.at(k, v) };
        let first = if by_rows { 3 } else { 4 };
        values.iter_mut().enumerate().for_each(|(k, x)| *x = number(first + k));
        let what = if by_rows { "row" } else { "column" };
        table
            .put([number(0), number(1), number(2)], &values)
            .map_err(|m| refuse(format!("{what} {}: {m}", v + 1)))?;
    }
    let mut notes = Vec::new();
    if !by_rows {
        notes.push(note(
            "a column is a voxel, as PhysiCell writes them; it reads only files in which a row is a voxel"
                .to_owned(),
        ));
    }
    table.done().map(|out| (out, notes)).map_err(refuse)
}

/// A full real matrix, where it lies in the file.
struct Matrix<'a> {
    rows: u32,
    columns: u32,
    data: &'a [u8],
    size: usize,
    read: fn(&[u8]) -> f64,
}

impl<'a> Matrix<'a> {
    fn of(bytes: &'a [u8]) -> Result<Self, String> {
        if LATER.iter().any(|l| bytes.starts_with(l)) {
            return Err("the file is of a later MATLAB format; save it with -v4".to_owned());
        }
        let Some((header, rest)) = bytes.split_at_checked(20) else {
            return Err(format!("the file has {} bytes; a MATLAB level 4 header has 20", bytes.len()));
        };
        let word = |k: usize| {
            u32::from_le_bytes([header[4 * k], header[4 * k + 1], header[4 * k + 2], header[4 * k + 3]])
        };
        let kind = word(0);
        if kind.swap_bytes() / 1000 == 1 {
            return Err("the file's numbers are big-endian; only little-endian ones are read".to_owned());
        }
        let (size, read): (usize, fn(&[u8]) -> f64) = match (kind / 10 % 10, kind) {
            (format, _) if kind >= 1000 || kind / 100 != 0 || kind % 10 != 0 || format > 5 => {
                return Err(format!("type {kind} is no full matrix of numbers of MATLAB level 4"));
            }
            (0, _) => (8, |b| f64::from_le_bytes(array(b))),
            (1, _) => (4, |b| f64::from(f32::from_le_bytes(array(b)))),
            (2, _) => (4, |b| f64::from(i32::from_le_bytes(array(b)))),
            (3, _) => (2, |b| f64::from(i16::from_le_bytes(array(b)))),
            (4, _) => (2, |b| f64::from(u16::from_le_bytes(array(b)))),
            _ => (1, |b| f64::from(b.first().copied().unwrap_or(0))),
        };
        if word(3) != 0 {
            return Err("the matrix is complex".to_owned());
        }
        let (rows, columns) = (word(1), word(2));
        let needed = u128::from(rows) * u128::from(columns) * size as u128;
        let data = rest.get(word(4) as usize..).unwrap_or(&[]);
        if (data.len() as u128) < needed {
            return Err(format!(
                "the header says {rows} rows and {columns} columns, which are {needed} bytes; {} follow it",
                data.len()
            ));
        }
        Ok(Self { rows, columns, data, size, read })
    }

    /// A number; both places lie inside the matrix.
    fn at(&self, row: usize, column: usize) -> f64 {
        let from = (column * self.rows as usize + row) * self.size;
        (self.read)(&self.data[from..from + self.size])
    }
}

/// The first bytes of a number; a slice too short gives zeros.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.first_chunk().copied().unwrap_or([0; N])
}
