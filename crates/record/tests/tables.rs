//! Tables return bit for bit, and a growing table survives a kill at any point.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;

use common::all_types;
use exoderm_record::digest::digest_table;
use exoderm_record::{
    Column, ColumnData, Error, Table, TableWriter, read_parquet, read_parquet_metadata, read_rows,
    read_table, write_parquet,
};
use proptest::prelude::*;

fn round_trip(table: &Table) -> Table {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.parquet");
    write_parquet(&path, table, &[]).unwrap();
    read_parquet(&path).unwrap()
}

#[test]
fn every_type_returns_bit_for_bit_with_units_and_descriptions() {
    let table = all_types();
    let back = round_trip(&table);
    assert!(back.same_bits(&table), "{back:?}");
    assert_eq!(back.name, "cells");
    assert_eq!(back.columns[0].unit, "min");
    assert_eq!(back.columns[0].description, "Model time");
    assert_eq!(digest_table(&back, &["id"]).unwrap(), digest_table(&table, &["id"]).unwrap());
}

#[test]
fn a_table_without_rows_keeps_its_columns() {
    let mut table = Table::new("none").with(Column::new("x", "um", ColumnData::F64(vec![])));
    table = table.with(Column::new("kind", "", ColumnData::Text { codes: vec![], values: vec!["a".into()] }));
    let back = round_trip(&table);
    assert_eq!(back, table);
}

#[test]
fn more_rows_than_one_batch_return() {
    let n = 200_000_u32;
    let table = Table::new("long")
        .with(Column::new("i", "", ColumnData::U32((0..n).collect())))
        .with(Column::new("x", "um", ColumnData::F64((0..n).map(|i| f64::from(i).sqrt()).collect())))
        .with(Column::new("kind", "", ColumnData::text((0..n).map(|i| format!("k{}", i % 500)))));
    assert!(round_trip(&table).same_bits(&table));
}

/// Rows at some times come without the others, over batches; a column that is not there is named.
#[test]
fn some_rows_and_columns_are_read_without_the_rest() {
    let n = 150_000_u32;
    let table = Table::new("long")
        .with(Column::new("time", "min", ColumnData::F64((0..n).map(|i| f64::from(i / 1000)).collect())))
        .with(Column::new("x", "um", ColumnData::F64((0..n).map(f64::from).collect())))
        .with(Column::new("i", "", ColumnData::U32((0..n).collect())))
        .with(Column::new("kind", "", ColumnData::text((0..n).map(|i| format!("k{}", i % 500)))));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.parquet");
    write_parquet(&path, &table, &[]).unwrap();
    let some = read_rows(&path, &["i", "kind"], "time", &[3.0, 149.0, 7.5]).unwrap();
    let names: Vec<&str> = some.columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["time", "i", "kind"]);
    let expected: Vec<u32> = (3000..4000).chain(149_000..150_000).collect();
    assert_eq!(some.columns[1].data, ColumnData::U32(expected.clone()));
    let ColumnData::Text { codes, values } = &some.columns[2].data else { panic!("no text") };
    assert!(codes.iter().zip(&expected).all(|(&c, i)| values[c as usize] == format!("k{}", i % 500)));
    let wrong = read_rows(&path, &["y"], "time", &[]).unwrap_err().to_string();
    assert!(wrong.contains("no column `y`"), "{wrong}");
}

#[test]
fn file_metadata_return() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.parquet");
    let metadata = vec![("seed".to_owned(), "7".to_owned()), ("arm".to_owned(), "vehicle".to_owned())];
    write_parquet(&path, &all_types(), &metadata).unwrap();
    assert_eq!(read_parquet_metadata(&path).unwrap(), metadata);
}

#[test]
fn invalid_tables_and_unreadable_files_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.parquet");
    assert!(matches!(write_parquet(&path, &Table::new("none"), &[]), Err(Error::Invalid(_))));
    assert!(matches!(read_parquet(&path), Err(Error::Io { .. })));
    write_parquet(&path, &all_types(), &[]).unwrap();
    let good = fs::read(&path).unwrap();
    for length in 0..good.len() {
        fs::write(&path, &good[..length]).unwrap();
        let error = read_parquet(&path).unwrap_err();
        assert_eq!(error.path(), Some(path.as_path()), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_bits_return(bits in proptest::collection::vec(any::<u64>(), 0..300)) {
        let table = Table::new("t")
            .with(Column::new("a", "", ColumnData::F64(bits.iter().map(|&b| f64::from_bits(b)).collect())))
            .with(Column::new("b", "", ColumnData::F32(bits.iter().map(|&b| f32::from_bits(b as u32)).collect())))
            .with(Column::new("c", "", ColumnData::I64(bits.iter().map(|&b| b as i64).collect())))
            .with(Column::new("d", "", ColumnData::text(bits.iter().map(|&b| format!("{:x}", b % 9)))));
        prop_assert!(round_trip(&table).same_bits(&table));
    }
}

/// Rows `from..to` of a table in which everything is a function of the row's number.
fn rows(from: u32, to: u32) -> Table {
    Table::new("events").with(Column::new("i", "", ColumnData::U32((from..to).collect()))).with(Column::new(
        "kind",
        "",
        ColumnData::text((from..to).map(|i| format!("k{}", i / 3))),
    ))
}

/// What is recorded; the numbering of the texts may differ.
fn content(dir: &Path) -> Vec<(String, String)> {
    digest_table(&read_table(dir, "events").unwrap(), &[]).unwrap()
}

fn expected(n: u32) -> Vec<(String, String)> {
    digest_table(&rows(0, n), &[]).unwrap()
}

fn files(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Three flushed parts of 4, 6 and 5 rows, and 2 rows that were not flushed.
fn killed_run(dir: &Path) {
    let mut writer = TableWriter::create(dir, &rows(0, 0), &[]).unwrap();
    for (from, to) in [(0, 4), (4, 10), (10, 15)] {
        writer.append(&rows(from, to)).unwrap();
        assert_eq!(writer.flush().unwrap(), u64::from(to));
    }
    writer.append(&rows(15, 17)).unwrap();
    assert_eq!(writer.rows(), 17);
}

#[test]
fn a_kill_loses_only_what_was_not_flushed() {
    let dir = tempfile::tempdir().unwrap();
    killed_run(dir.path());
    assert_eq!(content(dir.path()), expected(15));
}

#[test]
fn resuming_at_any_row_gives_the_table_of_an_uninterrupted_run() {
    for at in 0..=15 {
        for finished in [false, true] {
            let dir = tempfile::tempdir().unwrap();
            killed_run(dir.path());
            if finished {
                // The former run went on to its end after the checkpoint from which we resume.
                TableWriter::resume(dir.path(), &rows(0, 0), &[], 15).unwrap().finish().unwrap();
                assert_eq!(files(dir.path()), ["events.parquet"]);
            }
            fs::write(dir.path().join(".events.part-000000000000.parquet.1-2-3.tmp"), "half").unwrap();
            let mut writer = TableWriter::resume(dir.path(), &rows(0, 0), &[], u64::from(at)).unwrap();
            assert_eq!(writer.rows(), u64::from(at));
            if at > 0 {
                assert_eq!(content(dir.path()), expected(at), "at {at}, finished {finished}");
            }
            writer.append(&rows(at, 17)).unwrap();
            let path = writer.finish().unwrap();
            assert_eq!(files(dir.path()), ["events.parquet"]);
            assert_eq!(path, dir.path().join("events.parquet"));
            assert_eq!(content(dir.path()), expected(17), "at {at}, finished {finished}");
        }
    }
}

/// A kill between the rename of the merged file and the removal of the last part.
#[test]
fn parts_left_beside_a_merged_file_do_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    killed_run(dir.path());
    let part = dir.path().join("events.part-000000000010.parquet");
    let kept = fs::read(&part).unwrap();
    TableWriter::resume(dir.path(), &rows(0, 0), &[], 15).unwrap().finish().unwrap();
    fs::write(&part, kept).unwrap();
    assert_eq!(content(dir.path()), expected(15));
    for at in [12_u32, 15] {
        let mut writer = TableWriter::resume(dir.path(), &rows(0, 0), &[], u64::from(at)).unwrap();
        writer.append(&rows(at, 17)).unwrap();
        writer.finish().unwrap();
        assert_eq!(content(dir.path()), expected(17));
    }
}

#[test]
fn nothing_is_overwritten_and_nothing_missing_is_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    killed_run(dir.path());
    let error = TableWriter::create(dir.path(), &rows(0, 0), &[]).unwrap_err();
    assert!(matches!(&error, Error::Io { source, .. } if source.kind() == std::io::ErrorKind::AlreadyExists));
    let error = TableWriter::resume(dir.path(), &rows(0, 0), &[], 16).unwrap_err();
    assert!(matches!(error, Error::Corrupt { .. }), "{error}");
    assert_eq!(content(dir.path()), expected(15), "a refused resume changes nothing");
    let other = Table::new("events").with(Column::new("i", "min", ColumnData::U32(vec![])));
    assert!(matches!(TableWriter::resume(dir.path(), &other, &[], 15), Err(Error::Invalid(_))));
    fs::remove_file(dir.path().join("events.part-000000000004.parquet")).unwrap();
    assert!(matches!(read_table(dir.path(), "events"), Err(Error::Corrupt { .. })));
    assert!(matches!(read_table(dir.path(), "none"), Err(Error::Io { .. })));
    assert!(matches!(read_table(dir.path(), "a/b"), Err(Error::Invalid(_))));
}

#[test]
fn a_table_that_never_got_a_row_is_still_written() {
    let dir = tempfile::tempdir().unwrap();
    TableWriter::create(dir.path(), &rows(0, 0), &[]).unwrap().finish().unwrap();
    assert_eq!(read_table(dir.path(), "events").unwrap(), rows(0, 0));
}
