//! Time per cell and step of mechanics: a jittered hexagonal strip of 10,000 cells.
//!
//! `evaluate` is one force evaluation of every cell with its neighbours from the list; `interval` is 6 min of
//! tissue that is being stirred, `asleep` the same of tissue at rest; `rebuild` is a neighbour list from nothing.

#![allow(clippy::unwrap_used, missing_docs, reason = "a bench; the macros of criterion make public items")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use exoderm_cell::neighbours::Verlet;
use exoderm_cell::store::SortBuffers;
use exoderm_cell::{Cells, Mechanics, cases};

fn packed() -> (Cells, Mechanics) {
    let (mut cells, parameters) = cases::strip(500, 20, 4.0, 0.2).unwrap();
    cells.sort_spatial(12.0, &mut SortBuffers::default()).unwrap();
    (cells, Mechanics::new(parameters).unwrap())
}

fn mechanics(c: &mut Criterion) {
    let (mut cells, mut m) = packed();
    let mut group = c.benchmark_group("cell-step");
    group.throughput(Throughput::Elements(cells.len() as u64));
    group.sample_size(20);
    group.bench_function("evaluate", |b| b.iter(|| m.evaluate(&mut cells).unwrap()));
    group.bench_function("interval of 6 min from a jittered start", |b| {
        b.iter_batched_ref(packed, |(cells, m)| m.advance(cells, 6.0).unwrap(), BatchSize::LargeInput);
    });
    let positions: Vec<[f64; 3]> = (0..cells.len()).map(|i| cells.at(i)).collect();
    let (domain, mut list) = (m.parameters().domain, Verlet::default());
    group.bench_function("rebuild", |b| {
        b.iter(|| list.build(&domain, &cells.id, &positions, &cells.radius, 1.25, 1.5));
    });
    for _ in 0..400 {
        if m.advance(&mut cells, 6.0).unwrap().awake == 0 {
            break;
        }
    }
    group.bench_function("interval of 6 min asleep", |b| b.iter(|| m.advance(&mut cells, 6.0).unwrap()));
    group.bench_function("observe", |b| b.iter(|| m.observe(&mut cells).unwrap()));
    group.finish();
}

criterion_group!(benches, mechanics);
criterion_main!(benches);
