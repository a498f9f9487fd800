//! A full disk or a folder one may not write to gives an error with the path, and leaves nothing half written.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{all_types, field, spec, two_times};
use exoderm_record::{
    CheckpointWriter, Error, FieldsReader, FieldsWriter, TableWriter, read_table, write_atomic, write_parquet,
};

/// All files below a folder.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn assert_io(error: &Error, path: &Path) {
    assert!(matches!(error, Error::Io { .. }), "{error}");
    assert_eq!(error.path(), Some(path));
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
}

/// Every writer, aimed at a folder in which nothing can be made.
fn all_writers_fail(folder: &Path) {
    let path = folder.join("x");
    assert_io(&write_atomic(&path, b"x").unwrap_err(), &path);
    assert_io(&write_parquet(&path, &all_types(), &[]).unwrap_err(), &path);
    assert_io(&CheckpointWriter::new().section("a", &1).unwrap().write_atomic(&path).unwrap_err(), &path);
    assert_io(&FieldsWriter::create(&path, spec()).unwrap_err(), &path);
}

#[test]
fn a_file_in_the_place_of_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("folder");
    fs::write(&file, "kept").unwrap();
    let path = file.join("x");
    assert_io(&write_atomic(&path, b"x").unwrap_err(), &path);
    assert_io(&write_parquet(&path, &all_types(), &[]).unwrap_err(), &path);
    assert_eq!(fs::read(&file).unwrap(), b"kept");
    assert_eq!(files(dir.path()), [file]);
}

#[test]
fn a_missing_folder() {
    let dir = tempfile::tempdir().unwrap();
    all_writers_fail(&dir.path().join("none"));
    assert!(files(dir.path()).is_empty());
}

#[cfg(unix)]
#[test]
fn a_folder_without_permission() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(dir.path().join("probe"), "").is_ok() {
        // The superuser may write anywhere; /proc refuses even him.
        #[cfg(target_os = "linux")]
        all_writers_fail(Path::new("/proc"));
        return;
    }
    all_writers_fail(dir.path());
    let error = write_atomic(dir.path().join("x"), b"x").unwrap_err();
    assert!(error.to_string().contains("permissions"), "{error}");
    assert!(files(dir.path()).is_empty());
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
}

/// The test below, run again in a process in which no file may grow beyond a few kB: writes then fail midway with
/// the system's own error, as on a full disk.
const LIMITED: &str = "EXODERM_TEST_LIMITED";

#[cfg(unix)]
#[test]
fn a_write_that_fails_midway() {
    if let Some(dir) = std::env::var_os(LIMITED) {
        return limited(Path::new(&dir));
    }
    let dir = tempfile::tempdir().unwrap();
    // What was there before must survive.
    write_atomic(dir.path().join("former"), b"former").unwrap();
    drop(two_times(&dir.path().join("fields")));
    // 16 blocks of 512 bytes, or of 1 kB in some shells.
    // Its output goes through pipes: a log file that is longer than the limit would fail the child's own printing.
    let child = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ && ulimit -f 16 && exec \"$0\" --exact a_write_that_fails_midway"])
        .arg(std::env::current_exe().unwrap())
        .env(LIMITED, dir.path())
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
}

fn limited(dir: &Path) {
    let before = files(dir);
    // Too random to be compressed below the limit.
    let mut state = 1_u64;
    let noise: Vec<f64> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from_bits(state)
    })
    .take(40_000)
    .collect();

    let former = dir.join("former");
    assert_io(&write_atomic(&former, &[1; 320_000]).unwrap_err(), &former);
    assert_eq!(fs::read(&former).unwrap(), b"former");

    let checkpoint = CheckpointWriter::new().section("noise", &noise).unwrap();
    let error = checkpoint.write_next(dir, "run").unwrap_err();
    assert_io(&error, &dir.join("run.000001.checkpoint"));

    let column = exoderm_record::Column::new("x", "um", exoderm_record::ColumnData::F64(noise.clone()));
    let table = exoderm_record::Table::new("noise").with(column);
    let path = dir.join("noise.parquet");
    assert_io(&write_parquet(&path, &table, &[]).unwrap_err(), &path);
    let mut writer = TableWriter::create(dir, &table, &[]).unwrap();
    writer.append(&table).unwrap();
    assert!(matches!(writer.flush(), Err(Error::Io { .. })));
    assert_eq!(writer.rows(), 40_000, "the rows stay in memory");
    assert!(read_table(dir, "noise").is_err());
    assert_eq!(files(dir), before, "nothing half written, no temporary file");

    let wide = exoderm_record::FieldsSpec { shape: [10, 40, 100], ..spec() };
    let mut fields = FieldsWriter::create(dir.join("wide"), wide).unwrap();
    let error = fields.append(30.0, 100, &[&noise[..], &noise]).unwrap_err();
    assert_io(&error, &dir.join("wide/0/c/0/0/0/0/0"));
    assert!(FieldsReader::open(dir.join("wide")).unwrap().is_empty());
    // The writer is still good for what fits.
    fields.append(30.0, 100, &[&[1.0; 40_000][..], &[2.0; 40_000]]).unwrap();
    assert_eq!(FieldsReader::open(dir.join("wide")).unwrap().read(0, "oxygen").unwrap(), [1.0; 40_000]);
    assert!(files(dir).iter().all(|f| f.extension().is_none_or(|e| e != "tmp")));
    assert_eq!(FieldsReader::open(dir.join("fields")).unwrap().len(), 2);
    assert_eq!(field(0, 4, 0.0).len(), 24);
}
