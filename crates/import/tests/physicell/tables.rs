//! Tables of cells and of substrates.

use crate::{folder, project};
use exoderm_import::physicell;
use exoderm_model::agents;

#[test]
fn cells_have_what_their_table_says() {
    let model = project().model;
    let file = folder().join("cells.csv");
    let text = std::fs::read_to_string(&file).unwrap();
    let (cells, notes) = physicell::cells("cells.csv", &text, &model).unwrap();
    let entry = agents::names::Dictionary::of(&model).behaviour("cycle entry").unwrap();
    assert_eq!((cells.len(), notes.len()), (2, 2), "{notes:?}");
    assert_eq!(
        (cells[0].at, cells[0].cell, cells[0].volume, cells[0].set.len()),
        ([0.0; 3], 0, Some(2000.0), 1)
    );
    assert_eq!((cells[1].at, cells[1].cell, cells[1].volume), ([10.0, -5.0, 0.0], 1, None));
    assert_eq!(cells[1].set, [(entry, 0.02)]);
    // A column of an unknown name may be there, but must be empty.
    let table = |value: &str| format!("x,y,z,type,custom:chrage\n0,0,0,tumour,{value}\n");
    let (_, notes) = physicell::cells("c", &table("skip"), &model).unwrap();
    assert!(notes[0].to_string().contains("nearest is `custom:charge`"), "{notes:?}");
    assert!(physicell::cells("c", &table("3"), &model).is_err());
    let (plain, _) = physicell::cells("v1.csv", "1,2,0,2\n3,4,0,0\n", &model).unwrap();
    assert_eq!((plain[0].cell, plain[1].at), (2, [3.0, 4.0, 0.0]));
}

#[test]
fn substrates_need_every_voxel_once() {
    let model = project().model;
    let mut text = "x,y,z,debris\n".to_owned();
    for j in 0..8 {
        for i in 0..10 {
            text.push_str(&format!("{},{},0,{}\n", 20 * i - 90, 20 * j - 70, i + 10 * j));
        }
    }
    let fields = physicell::substrates("s.csv", &text, &model).unwrap();
    assert!(fields[0].is_none() && fields[1].as_ref().unwrap()[37] == 37.0);
    let twice = format!("{text}-90,-70,0,1\n");
    let missing = text.trim_end().rsplit_once('\n').unwrap().0;
    for (bad, part) in
        [(twice.as_str(), "was there before"), (missing, "1 of 80 voxels"), ("1,2,3,4\n", "header")]
    {
        let refused = physicell::substrates("s.csv", bad, &model).unwrap_err().to_string();
        assert!(refused.contains(part), "{refused}");
    }
    let negative = text.replacen("-90,-70,0,0\n", "-90,-70,0,-0.25\n", 1);
    let refused = physicell::substrates("s.csv", &negative, &model).unwrap_err().to_string();
    assert_eq!(refused, "s.csv:2: `debris` is -0.25 there; a density is a number of 0 or more");
    let refused = physicell::substrates("s.csv", "x,y,z,  oxygn\n", &model).unwrap_err().to_string();
    assert!(refused.starts_with("s.csv:1:9: ") && refused.contains("nearest is `oxygen`"), "{refused}");
}

/// A level 4 file: numbers of a format, row by row as given, written column by column.
pub(crate) fn mat(format: u32, rows: &[Vec<f64>]) -> Vec<u8> {
    let (r, c) = (rows.len(), rows.first().map_or(0, Vec::len));
    let mut out: Vec<u8> = [format, r as u32, c as u32, 0, 2].iter().flat_map(|x| x.to_le_bytes()).collect();
    out.extend(b"M\0");
    for k in 0..c {
        for row in rows {
            match format {
                0 => out.extend(row[k].to_le_bytes()),
                10 => out.extend((row[k] as f32).to_le_bytes()),
                _ => out.extend((row[k] as i16).to_le_bytes()),
            }
        }
    }
    out
}

/// Rows of x, y, z and two densities, the last voxel first.
pub(crate) fn rows() -> Vec<Vec<f64>> {
    let row = |v: u32| {
        let (i, j) = (f64::from(v % 10), f64::from(v / 10));
        vec![20.0 * i - 90.0, 20.0 * j - 70.0, 0.0, f64::from(v), 100.0 + f64::from(v)]
    };
    (0..80).rev().map(row).collect()
}

#[test]
fn substrates_come_from_matlab_files() {
    let model = project().model;
    for format in [0, 10, 30] {
        let (fields, notes) = physicell::substrates_mat("s.mat", &mat(format, &rows()), &model).unwrap();
        let expected: Vec<f64> = (0..80).map(f64::from).collect();
        assert_eq!(fields[0].as_ref().unwrap(), &expected);
        assert!(fields[1].as_ref().unwrap()[37] == 137.0 && notes.is_empty());
    }
    // As snapshots have it: a column a voxel, with its volume.
    let turned: Vec<Vec<f64>> = [0, 1, 2, 9, 3, 4]
        .iter()
        .map(|&k| rows().iter().map(|r| r.get(k).copied().unwrap_or(8000.0)).collect())
        .collect();
    let (fields, notes) = physicell::substrates_mat("s.mat", &mat(0, &turned), &model).unwrap();
    assert!(fields[0].as_ref().unwrap()[41] == 41.0 && notes[0].message.contains("a column is a voxel"));
    // Through a model that names it, by what is in it and not by its name.
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), mat(0, &rows())).unwrap();
    let mut named = model.clone();
    named.initial.substrates = Some(file.path().display().to_string());
    named.initial.cells = None;
    assert_eq!(physicell::Tables::read(&named).unwrap().substrates[0].as_ref().unwrap()[5], 5.0);
}

/// What a file claims and does not hold, other formats, and rows that can't be: each with its reason.
#[test]
fn matlab_files_that_do_not_fit_are_refused() {
    let model = project().model;
    let good = mat(0, &rows());
    let word = |at: usize, x: u32| {
        let mut bytes = good.clone();
        bytes[4 * at..4 * at + 4].copy_from_slice(&x.to_le_bytes());
        bytes
    };
    let with = |row: usize, column: usize, x: f64| {
        let mut all = rows();
        all[row][column] = x;
        mat(0, &all)
    };
    for (bytes, part) in [
        (word(1, u32::MAX), "the header says 4294967295 rows and 5 columns"),
        (word(2, 4), "80 rows and 4 columns; 80 voxels and 2 substrates need 80 rows"),
        (word(3, 1), "complex"),
        (word(0, 1000), "no full matrix"),
        (word(0, 1000_u32.swap_bytes()), "big-endian"),
        (word(4, u32::MAX), "0 follow it"),
        (good[..good.len() - 1].to_vec(), "3200 bytes; 3199 follow it"),
        (good[..19].to_vec(), "has 19 bytes"),
        (b"MATLAB 5.0 MAT-file, Platform".to_vec(), "save it with -v4"),
        (with(3, 0, -90.0), "row 10: the voxel was there before"),
        (with(3, 0, 1e6), "row 4: the point lies outside"),
        (with(3, 4, -0.5), "row 4: `debris` is -0.5 there; a density is a number of 0 or more"),
        (with(3, 4, f64::NAN), "row 4: `debris` is NaN there; a density is a number of 0 or more"),
    ] {
        let refused = physicell::substrates_mat("s.mat", &bytes, &model).unwrap_err().to_string();
        assert!(refused.starts_with("s.mat: ") && refused.contains(part), "{refused}");
    }
}
