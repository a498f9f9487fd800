//! Cost of writing, with fsync and rename, per unit of work named in each benchmark.
#![allow(missing_docs, clippy::expect_used)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use exoderm_record::{CheckpointWriter, Column, ColumnData, Table, write_parquet};

/// Numbers that compress no better than a simulation's.
fn noise(n: usize) -> Vec<f64> {
    let mut state = 1_u64;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    std::iter::repeat_with(next).take(n).collect()
}

fn parquet(c: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let rows = 100_000;
    let mut table = Table::new("cells")
        .with(Column::new("id", "", ColumnData::U32((0..rows as u32).collect())))
        .with(Column::new("kind", "", ColumnData::text((0..rows).map(|i| ["a", "b", "c"][i % 3]))));
    for name in ["time", "x", "y", "z", "radius", "signal"] {
        table = table.with(Column::new(name, "1", ColumnData::F64(noise(rows))));
    }
    let mut group = c.benchmark_group("parquet");
    group.sample_size(10).throughput(Throughput::Elements(rows as u64));
    let path = dir.path().join("cells.parquet");
    group.bench_function("write 1e5 rows x 8 columns", |b| b.iter(|| write_parquet(&path, &table, &[])));
    group.finish();
}

fn checkpoint(c: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let state = noise(10_000_000 / 8);
    let mut group = c.benchmark_group("checkpoint");
    group.sample_size(10).throughput(Throughput::Bytes(10_000_000));
    group.bench_function("encode and write 10 MB of f64", |b| {
        b.iter(|| CheckpointWriter::new().section("state", &state)?.write_next(dir.path(), "run"));
    });
    let path = dir.path().join("one.checkpoint");
    CheckpointWriter::new()
        .section("state", &state)
        .and_then(|w| w.write_atomic(&path))
        .expect("a checkpoint to read");
    group.bench_function("verify and decode 10 MB of f64", |b| {
        b.iter(|| exoderm_record::Checkpoint::open(&path)?.section::<Vec<f64>>("state"));
    });
    group.finish();
}

criterion_group!(benches, parquet, checkpoint);
criterion_main!(benches);
