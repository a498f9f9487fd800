//! Recordings of earlier versions stay readable. A file in `tests/golden` is never changed: when a format gets a new
//! version, files of it are added beside the old ones (`cargo test --test golden -- --ignored` writes them).
#![allow(clippy::unwrap_used)]

mod common;

use std::path::PathBuf;

use common::{all_types, two_times};
use exoderm_record::{Checkpoint, CheckpointWriter, FieldsReader, read_parquet, write_parquet};

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

#[test]
fn version_1_files_are_read() {
    assert!(read_parquet(golden("v1.parquet")).unwrap().same_bits(&all_types()));

    let checkpoint = Checkpoint::open(golden("v1.checkpoint")).unwrap();
    assert_eq!(checkpoint.section::<(u32, f64)>("clock").unwrap(), (360, 0.1));
    assert_eq!(checkpoint.section::<Vec<String>>("names").unwrap(), ["dermis", ""]);

    let dir = tempfile::tempdir().unwrap();
    let fresh = dir.path().join("f");
    drop(two_times(&fresh));
    let (old, new) = (FieldsReader::open(golden("v1.zarr")).unwrap(), FieldsReader::open(fresh).unwrap());
    assert_eq!(old.spec(), new.spec());
    assert_eq!((old.times(), old.widths()), (new.times(), new.widths()));
    assert_eq!(old.digests().unwrap(), new.digests().unwrap());
}

#[test]
#[ignore = "writes the files that the other test reads; only for a new format version"]
fn write_golden_files() {
    std::fs::create_dir_all(golden("")).unwrap();
    write_parquet(golden("v1.parquet"), &all_types(), &[]).unwrap();
    CheckpointWriter::new()
        .section("clock", &(360_u32, 0.1_f64))
        .unwrap()
        .section("names", ["dermis", ""].as_slice())
        .unwrap()
        .write_atomic(golden("v1.checkpoint"))
        .unwrap();
    drop(two_times(&golden("v1.zarr")));
}
