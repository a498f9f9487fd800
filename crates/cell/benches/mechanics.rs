//! Time per cell and step of mechanics: a jittered hexagonal strip of 10,000 cells.
//!
//! `evaluate` is one force evaluation of every cell with its neighbours from the list; `interval` is 6 min of
//! tissue that is being stirred, `asleep` the same of tissue at rest.
//! `half awake` is 6 min of a strip of 3,000 cells over a floor, one half stirred and the other asleep, with 300 fast
//! cells that push nobody running through both.

#![allow(clippy::unwrap_used, missing_docs, reason = "a bench; the macros of criterion make public items")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use exoderm_cell::store::SortBuffers;
use exoderm_cell::{
    Cells, Kind, KindMechanics, Mechanics, NewCell, PairForce, PairTable, SleepRule, Surface, SurfaceRule,
    cases,
};

fn packed() -> (Cells, Mechanics) {
    let (mut cells, parameters) = cases::strip(500, 20, 4.0, 0.2).unwrap();
    cells.sort_spatial(12.0, &mut SortBuffers::default()).unwrap();
    (cells, Mechanics::new(parameters).unwrap())
}

/// Half of it stirred, half asleep, and runners.
fn half_awake() -> (Cells, Mechanics) {
    let (mut cells, mut p) = cases::strip(300, 10, 4.5, 0.15).unwrap();
    let tissue = p.kinds[0];
    p.kinds = vec![tissue, KindMechanics { surface: SurfaceRule::Above, ..tissue }, tissue];
    p.surface = Some(Surface::Plane { z: 0.0 });
    p.pairs = PairTable::uniform(3, PairForce { stiffness: 2.0, cubic: 2.0, adhesion: 0.3 });
    for kind in 0..3 {
        p.pairs.set(Kind(2), Kind(kind), PairForce::default()).unwrap();
    }
    p.reach = 1.35;
    (p.numerics.tolerance, p.numerics.max_move) = (1.0, 4.0);
    p.numerics.sleep = Some(SleepRule { speed: 0.005, intervals: 2, wake_distance: 0.5 });
    cells.kind[..600].fill(Kind(1));
    let mut m = Mechanics::new(p).unwrap();
    for _ in 0..40 {
        m.advance(&mut cells, 6.0).unwrap();
    }
    for i in (0..cells.len()).filter(|i| i % 3 == 0) {
        if cells.position[0][i] < 1350.0 {
            cells.active[0][i] = if i % 2 == 0 { 0.3 } else { -0.3 };
        }
    }
    for k in 0..300 {
        let at = [20.0 + 8.6 * f64::from(k), 6.5, 5.0 + f64::from(k % 60)];
        let i = cells.add(NewCell::sphere(Kind(2), at, 4.0)).unwrap();
        cells.active[0][i] = if k % 2 == 0 { 2.0 } else { -2.0 };
    }
    (cells, m)
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
    for _ in 0..400 {
        if m.advance(&mut cells, 6.0).unwrap().awake == 0 {
            break;
        }
    }
    group.bench_function("interval of 6 min asleep", |b| b.iter(|| m.advance(&mut cells, 6.0).unwrap()));
    group.bench_function("observe", |b| b.iter(|| m.observe(&mut cells).unwrap()));
    let (mut cells, mut m) = half_awake();
    group.throughput(Throughput::Elements(cells.len() as u64));
    group.bench_function("interval of 6 min half awake", |b| {
        b.iter(|| {
            m.advance(&mut cells, 6.0).unwrap();
            m.observe(&mut cells).unwrap();
        });
    });
    group.finish();
}

criterion_group!(benches, mechanics);
criterion_main!(benches);
