//! Cost of one cell's update of uptake and biogenesis, and of exact events.
#![allow(missing_docs, clippy::expect_used)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use exoderm_numeric::random::Seed;
use exoderm_vesicle::biogenesis::{ChainParameters, ChainSpec, Modifiers};
use exoderm_vesicle::exact::ExactCell;
use exoderm_vesicle::uptake::{Arrivals, CargoDecay, CellVesicles, UptakeParameters, UptakeSpec, UptakeStep};
use std::hint::black_box;

fn chain() -> ChainParameters {
    ChainParameters::new(ChainSpec {
        secretion: 1.0,
        maturation: 15.0,
        residence: 60.0,
        secretory_share: 0.1,
        vesicles_per_body: 30.0,
        back_fusion: 0.1,
        branches: [0.6, 0.4],
        tethered: 0.1,
        dispersion: 30.0,
    })
    .expect("valid chain")
}

fn uptake(c: &mut Criterion) {
    let p = UptakeParameters::new(UptakeSpec {
        clearance: 1600.0,
        capacity: 5000.0,
        internalisation: 0.5 / 60.0,
        unbinding: 0.3 / 60.0,
        lysosome: 0.15 / 60.0,
        recycled: 0.2,
        escape: 0.05,
    })
    .expect("valid uptake");
    let decay = [CargoDecay { vesicle: 0.001, cytosol: 0.002 }; 2];
    let step = UptakeStep::new(&p, p.unbinding, &decay, 30.0).expect("valid step");
    let mut group = c.benchmark_group("uptake");
    group.throughput(Throughput::Elements(1));
    group.bench_function("advance, cell-updates", |b| {
        let mut tick = 0;
        let arrivals = Arrivals { count: 5, cargo: [1.0; 8] };
        let mut cell = CellVesicles::default();
        b.iter(|| {
            tick += 1;
            let mut stream = Seed::new(1, 0).stream(0, tick, 1);
            black_box(step.advance(&mut cell, &arrivals, &mut stream))
        });
    });
    group
        .bench_function("prepare, steps", |b| b.iter(|| UptakeStep::new(black_box(&p), 0.004, &decay, 30.0)));
    group.finish();
}

fn biogenesis(c: &mut Criterion) {
    let p = chain();
    let mut group = c.benchmark_group("biogenesis");
    group.throughput(Throughput::Elements(1));
    let propagator = p.propagator(6.0, &Modifiers::default());
    group.bench_function("rate form, cell-updates", |b| {
        let mut state = p.steady_state();
        b.iter(|| black_box(propagator.advance(&mut state, black_box(1.1))));
    });
    group.bench_function("prepare, propagators", |b| {
        b.iter(|| black_box(&p).propagator(6.0, &Modifiers::default()));
    });
    let mut warm = ExactCell::new(p);
    warm.advance(2000.0, &mut Seed::new(1, 0).stream(0, 0, 1), |_| ());
    let mut after = warm.clone();
    after.advance(2100.0, &mut Seed::new(1, 0).stream(0, 1, 1), |_| ());
    group.throughput(Throughput::Elements(after.totals().events - warm.totals().events));
    group.bench_function("exact form, events", |b| {
        b.iter_batched(
            || warm.clone(),
            |mut cell| {
                cell.advance(2100.0, &mut Seed::new(1, 0).stream(0, 1, 1), |f| {
                    black_box(f);
                });
                cell
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, uptake, biogenesis);
criterion_main!(benches);
