//! Others must be able to read what we write: pyarrow and zarr-python open a table and a recording of fields and
//! compare values and metadata.
//!
//! `EXODERM_PYTHON` names the interpreter (default `python3`). Without it or its packages the test says so and
//! passes, unless `EXODERM_REQUIRE_PYTHON=1`.
#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;
use std::process::Command;

fn interpreter() -> String {
    std::env::var("EXODERM_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

fn check(package: &str, script: &str, path: &Path) {
    let import = Command::new(interpreter()).args(["-c", &format!("import {package}")]).output();
    let missing = match import {
        Err(e) => Some(format!("{}: {e}", interpreter())),
        Ok(o) if !o.status.success() => Some(format!("{} has no package {package}", interpreter())),
        Ok(_) => None,
    };
    if let Some(missing) = missing {
        let required = std::env::var("EXODERM_REQUIRE_PYTHON").is_ok_and(|v| v == "1");
        assert!(!required, "{missing}, but EXODERM_REQUIRE_PYTHON=1");
        println!("SKIPPED {script}: {missing}");
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python").join(script);
    let output = Command::new(interpreter()).arg(&script).arg(path).output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn pyarrow_reads_a_table() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cells.parquet");
    let metadata = [("seed".to_owned(), "7".to_owned())];
    exoderm_record::write_parquet(&path, &common::all_types(), &metadata).unwrap();
    check("pyarrow.parquet", "read_table.py", &path);
}

#[test]
fn zarr_python_reads_fields() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fields.zarr");
    drop(common::two_times(&path));
    check("zarr", "read_fields.py", &path);
}
