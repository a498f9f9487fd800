//! Cost of a right-hand side and of steps by cell, and of an event; the events beside other programs.
//!
//! `EXODERM_PYTHON` names an interpreter with gillespy2 (and SCons) and rebop; without it, or without them, their lines say
//! so and nothing fails.
#![allow(missing_docs, clippy::expect_used, clippy::print_stdout)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use exoderm_kinetics::discrete::Discrete;
use exoderm_kinetics::ensemble::Ensemble;
use exoderm_kinetics::exact::Exact;
use exoderm_kinetics::explicit::Explicit;
use exoderm_kinetics::implicit::{Implicit, Method};
use exoderm_kinetics::lanes::{LANES, Lane};
use exoderm_kinetics::leap::Leap;
use exoderm_kinetics::network::Network;
use exoderm_kinetics::population::{Population, Tolerance};
use exoderm_kinetics::system::System;
use exoderm_numeric::random::Seed;
use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

#[path = "../tests/common/mod.rs"]
mod common;

const CELLS: usize = 8192;

fn cells(system: &System) -> Population {
    let mut p = Population::new(system, CELLS);
    for c in 0..CELLS {
        p.set_parameter(c, 0, 1.5 * c as f64 / CELLS as f64);
    }
    p
}

/// Three states, six reactions, two Hill functions.
fn rates(c: &mut Criterion) {
    let mut group = c.benchmark_group("kinetics");
    group.throughput(Throughput::Elements(CELLS as u64));
    for (name, power) in [("Hill power 2", 2.0), ("Hill power 2.5", 2.5)] {
        let system = System::new(&common::switch(power)).expect("valid network");
        let tape = system.rates();
        let mut registers: Vec<Lane> = tape.registers();
        for (i, row) in registers[..system.inputs()].iter_mut().enumerate() {
            *row = std::array::from_fn(|l| 0.3 + 0.05 * (i + l) as f64);
        }
        group.bench_function(format!("right-hand side, {name}, cells"), |b| {
            b.iter(|| {
                for _ in 0..CELLS / LANES {
                    tape.run_block(black_box(&mut registers));
                }
            });
        });
    }
    let system = System::new(&common::switch(2.0)).expect("valid network");
    let start = cells(&system);
    let t = Tolerance { relative: 1e-4, absolute: 1e-7 };
    group.bench_function("explicit, interval 0.1 of a turnover time, cells", |b| {
        let mut stepper = Explicit::new(&system, t);
        let mut warm = start.clone();
        warm.advance(&system, &mut stepper, 0.0, 0.1).expect("steps");
        b.iter_batched_ref(
            || warm.clone(),
            |p| p.advance(&system, &mut stepper, 0.1, 0.2).expect("steps"),
            BatchSize::LargeInput,
        );
    });
    group.bench_function("implicit, interval 0.1 of a turnover time, cells", |b| {
        let mut stepper = Implicit::new(&system, t, Method::RODAS3);
        let mut warm = start.clone();
        warm.advance(&system, &mut stepper, 0.0, 0.1).expect("steps");
        b.iter_batched_ref(
            || warm.clone(),
            |p| p.advance(&system, &mut stepper, 0.1, 0.2).expect("steps"),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

/// Name, network, horizon.
fn networks() -> [(&'static str, Network, f64); 3] {
    [
        ("birth-death", common::birth_death(1000.0, 1.0, 1000.0), 1000.0),
        ("dimerisation", common::dimerisation(1e-3, 1.0, 2000.0), 2000.0),
        ("bursts", common::telegraph(0.5, 1.0, 30.0, 1.0, 20.0, 0.5), 3000.0),
    ]
}

fn events(c: &mut Criterion) {
    let mut group = c.benchmark_group("events");
    for (name, network, horizon) in networks() {
        let model = Discrete::new(&network).expect("valid network");
        let mut cell = Exact::new(&model);
        let seed = Seed::new(1, 0);
        let n = cell.advance(&model, horizon, &mut seed.draws(0, 0, 1)).expect("runs");
        group.throughput(Throughput::Elements(n));
        group.bench_function(format!("exact, {name}, events"), |b| {
            b.iter(|| {
                cell.restart(&model);
                cell.advance(&model, horizon, &mut seed.draws(0, 0, 1)).expect("runs")
            });
        });
        let mut block = Ensemble::new(&model).expect("small network");
        let start = |block: &mut Ensemble| block.start(&model, seed, std::array::from_fn(|l| l as u64), 0, 1);
        start(&mut block);
        group.throughput(Throughput::Elements(block.advance(horizon / 10.0).expect("runs")));
        group.bench_function(format!("exact, block of cells, {name}, events"), |b| {
            b.iter(|| {
                start(&mut block);
                block.advance(horizon / 10.0).expect("runs")
            });
        });
        group.throughput(Throughput::Elements(n));
        let mut leaps = 0;
        group.bench_function(format!("leaps of epsilon 0.03, {name}, events"), |b| {
            b.iter(|| {
                let mut cell = Leap::new(&model, 0.03).expect("valid");
                leaps += cell.advance(&model, horizon, &mut seed.stream(0, 0, 1)).expect("runs").leaps;
            });
        });
        black_box(leaps);
    }
    group.finish();
}

/// Median time of an event here, and of the same trajectory elsewhere, in turn.
fn peers(_: &mut Criterion) {
    let python = std::env::var("EXODERM_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers.py");
    const TRAJECTORIES: u32 = LANES as u32;
    for (name, network, horizon) in networks() {
        let model = Discrete::new(&network).expect("valid network");
        let last = model.states() - 1;
        let mut cell = Exact::new(&model);
        let (mut seconds, mut events, mut mean) = (Vec::new(), 0, 0.0);
        for i in 0..TRAJECTORIES {
            cell.restart(&model);
            let start = Instant::now();
            events +=
                cell.advance(&model, horizon, &mut Seed::new(1, 0).draws(u64::from(i), 0, 1)).expect("runs");
            seconds.push(start.elapsed().as_secs_f64());
            mean += cell.amounts()[last] / f64::from(TRAJECTORIES);
        }
        seconds.sort_by(f64::total_cmp);
        let per = f64::from(TRAJECTORIES) / events as f64;
        let own = seconds[seconds.len() / 2] * per;
        println!("{name}: one cell {:.2} ns an event; mean at the end {mean:.4}", own * 1e9);
        let mut block = Ensemble::new(&model).expect("small network");
        let mut times = Vec::new();
        for i in 0..5 {
            block.start(&model, Seed::new(1 + i, 0), std::array::from_fn(|l| l as u64), 0, 1);
            let start = Instant::now();
            let n = block.advance(horizon).expect("runs");
            times.push(start.elapsed().as_secs_f64() / n as f64);
        }
        times.sort_by(f64::total_cmp);
        let in_block = times[times.len() / 2];
        println!("{name}: block of {LANES} cells {:.2} ns an event", in_block * 1e9);
        let out = Command::new(&python)
            .args([script, name, &horizon.to_string(), &TRAJECTORIES.to_string()])
            .output();
        let text = match out {
            Ok(out) => String::from_utf8_lossy(&out.stdout).into_owned(),
            Err(e) => {
                println!("{name}: no Python interpreter `{python}` ({e}): not compared");
                continue;
            }
        };
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            match words.get(2).and_then(|t| t.parse::<f64>().ok()) {
                Some(t) if words.len() == 4 => println!(
                    "{name}: {} {}: {:.2} ns an event, {:.2} times one cell, {:.2} times a block; mean at the end {}",
                    words[0],
                    words[1],
                    t * per * 1e9,
                    t * per / own,
                    t * per / in_block,
                    words[3]
                ),
                _ => println!("{name}: {line}: not compared"),
            }
        }
    }
}

criterion_group!(benches, rates, events, peers);
criterion_main!(benches);
