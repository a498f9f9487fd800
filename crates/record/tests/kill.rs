//! A process killed at any moment leaves recordings that open, hold only what is right, and can be resumed.
#![allow(clippy::unwrap_used)]
#![cfg(unix)]

mod common;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use exoderm_record::checkpoint::latest_valid;
use exoderm_record::{
    CheckpointWriter, Column, ColumnData, FieldName, FieldsReader, FieldsSpec, FieldsWriter, Table,
    TableWriter, read_table,
};

const VICTIM: &str = "EXODERM_TEST_VICTIM";
const STEPS: usize = 100_000;

fn spec() -> FieldsSpec {
    FieldsSpec {
        fields: vec![FieldName::new("a", "1"), FieldName::new("b", "1")],
        times_min: (0..STEPS).map(|i| i as f64).collect(),
        ..common::spec()
    }
}

fn rows(step: usize) -> Table {
    Table::new("steps").with(Column::new("step", "1", ColumnData::U32(vec![step as u32; 3])))
}

/// What a run does: record, flush, checkpoint; resuming if there is a checkpoint.
fn run(dir: &Path) {
    let start = latest_valid(dir, "run").unwrap().map(|l| l.checkpoint.section("at").unwrap());
    let (mut fields, mut table, first) = match start {
        None => {
            // Killed before the first checkpoint: what there is was never promised to anyone.
            for entry in std::fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    std::fs::remove_dir_all(path).unwrap()
                } else {
                    std::fs::remove_file(path).unwrap()
                }
            }
            let table = TableWriter::create(dir, &rows(0), &[]).unwrap();
            (FieldsWriter::create(dir.join("fields"), spec()).unwrap(), table, 0)
        }
        Some((step, row)) => {
            let table = TableWriter::resume(dir, &rows(0), &[], row).unwrap();
            (FieldsWriter::resume(dir.join("fields"), &spec(), step).unwrap(), table, step)
        }
    };
    for step in first..STEPS {
        let values = vec![step as f32; 24];
        fields.append(step as f64, 4, &[&values[..], &values]).unwrap();
        table.append(&rows(step)).unwrap();
        let row = table.flush().unwrap();
        let at = CheckpointWriter::new().section("at", &(step + 1, row)).unwrap();
        at.write_next(dir, "run").unwrap();
    }
}

#[test]
fn a_kill_at_any_moment_is_survived() {
    if let Some(dir) = std::env::var_os(VICTIM) {
        return run(Path::new(&dir));
    }
    let dir = tempfile::tempdir().unwrap();
    let mut checkpointed = 0;
    for round in 0..12_u64 {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_kill_at_any_moment_is_survived"])
            .env(VICTIM, dir.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(90 + 37 * round));
        assert!(victim.try_wait().unwrap().is_none(), "the run ended by itself, with an error");
        victim.kill().unwrap();
        victim.wait().unwrap();

        let Some(latest) = latest_valid(dir.path(), "run").unwrap() else { continue };
        assert_eq!(latest.warning, None, "a kill damages no checkpoint");
        let (step, row): (usize, u64) = latest.checkpoint.section("at").unwrap();
        assert!(step >= checkpointed, "nothing that was checkpointed is lost");
        checkpointed = step;
        let fields = FieldsReader::open(dir.path().join("fields")).unwrap();
        assert!(fields.len() >= step);
        for t in 0..fields.len() {
            assert_eq!(fields.read(t, "b").unwrap(), vec![t as f32; 24]);
        }
        let table = read_table(dir.path(), "steps").unwrap();
        assert!(table.rows() as u64 >= row);
        let ColumnData::U32(steps) = &table.columns[0].data else { unreachable!() };
        assert!(steps.iter().enumerate().all(|(i, s)| *s as usize == i / 3));
    }
    assert!(checkpointed > 0, "no round got as far as a checkpoint");
}
