//! Time per cell and step of mechanics in open space: the packed ball of the comparison with other engines
//! (docs/performance.md), whose gates `tests/open/ball.rs` checks.
//!
//! `step` is velocities, pressures and a two-step update with the list checked and reused; `21 steps from nothing` is
//! the whole comparison, building the list included; `list` is that build; `rows` is a table of all neighbours.
//!
//! `by turns` is what a second thread gives. Each sample is a ratio of batches that follow each other at once, in the same store, so
//! that what the machine lends to others in the course of a run hits both; and each is taken beside the ratio of arithmetic in
//! registers, the most that the second thread could give then. Medians and quartiles are printed after the times.

#![allow(clippy::unwrap_used, missing_docs, reason = "a bench; the macros of criterion make public items")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use exoderm_cell::cases::ball;
use exoderm_cell::colony::{Colony, Founder};
use exoderm_cell::open::{Affinity, Law, Per, Rows, Space, awake};
use exoderm_cell::phenotype::Exchange;
use exoderm_cell::rules::{Line, Rules};
use rayon::prelude::*;
use std::hint::black_box;
use std::time::{Duration, Instant};

#[path = "../tests/open/support.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod support;
use support::Cluster;

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

fn ready(n: usize) -> (Cluster, Space) {
    let mut cluster = Cluster::new(ball(n));
    let mut space = Space::new(SKIN).unwrap();
    cluster.step(&mut space, 0.1);
    (cluster, space)
}

/// Skin of the list (um).
const SKIN: f64 = 2.5;

/// The same ball as a store of whole cells.
fn colony(n: usize) -> Colony {
    let mut c = Colony::new(0, 0);
    let [x, y, z] = ball(n);
    for ((&x, &y), &z) in x.iter().zip(&y).zip(&z) {
        let founder = Founder {
            kind: 0,
            position: [x, y, z],
            volume: 2494.0,
            nucleus: 540.0,
            fluid_fraction: 0.75,
            relative_rupture: 2.0,
        };
        c.add(founder).unwrap();
    }
    c
}

fn step(c: &mut Colony, space: &mut Space, h: f64) {
    let strengths = [Per::Kind(&[1.25]), Per::Kind(&[10.0]), Per::Kind(&[0.4])];
    c.push(space, Law::Compact, Affinity::One, strengths).unwrap();
    c.advance(space, h, 1.0, |_| [0.0; 3]).unwrap();
}

/// What `k` calls would take if each took the median: what else the machine does now and then is left out, as it hits two
/// threads more often than one.
fn median(k: u64, mut f: impl FnMut()) -> Duration {
    let mut time = || {
        let begin = Instant::now();
        f();
        begin.elapsed()
    };
    let mut times: Vec<Duration> = (0..k).map(|_| time()).collect();
    times.sort_unstable();
    times[times.len() / 2].mul_f64(k as f64)
}

fn open(c: &mut Criterion) {
    for n in [10_000, 100_000] {
        let mut group = c.benchmark_group(format!("cell-step of {n}"));
        group.throughput(Throughput::Elements(n as u64)).sample_size(30);
        let start = colony(n);
        for threads in [1, 2] {
            let (mut c, mut space) = (start.clone(), Space::new(SKIN).unwrap());
            step(&mut c, &mut space, 0.1);
            c.sort(&mut space);
            // The loop runs inside the pool, as that of a model does.
            group.bench_function(format!("step, threads {threads}"), |b| {
                pool(threads).install(|| {
                    b.iter_custom(|k| awake(n, || median(k, || step(&mut c, &mut space, 1e-4))));
                });
            });
        }
        let (mut cluster, mut space) = ready(n);
        let one = pool(1);
        group.bench_function("velocities", |b| {
            b.iter(|| one.install(|| cluster.velocities(&mut space, Law::Compact, Affinity::One)));
        });
        let mut rows = Rows::default();
        group.bench_function("rows", |b| b.iter(|| space.rows(&mut rows)));
        for threads in [1, 2] {
            group.bench_function(format!("list, threads {threads}"), |b| {
                pool(threads).install(|| {
                    b.iter_batched_ref(
                        || Space::new(SKIN).unwrap(),
                        |s| s.refresh(&cluster.bodies()).unwrap(),
                        BatchSize::PerIteration,
                    );
                });
            });
        }
        group.throughput(Throughput::Elements(21 * n as u64)).sample_size(10);
        for threads in [1, 2] {
            group.bench_function(format!("21 steps from nothing, threads {threads}"), |b| {
                pool(threads).install(|| {
                    b.iter_batched_ref(
                        || (start.clone(), Space::new(SKIN).unwrap()),
                        |(c, space)| awake(n, || (0..21).for_each(|_| step(c, space, 0.1))),
                        BatchSize::PerIteration,
                    );
                });
            });
        }
        group.finish();
    }
}

/// What two threads give against one, by turns.
fn threads(c: &mut Criterion) {
    let (one, two) = (pool(1), pool(2));
    for (n, steps) in [(10_000, 60), (100_000, 8)] {
        let (mut c1, mut space) = (colony(n), Space::new(SKIN).unwrap());
        step(&mut c1, &mut space, 0.1);
        c1.sort(&mut space);
        let (mut ratios, mut yardsticks) = (Vec::new(), Vec::new());
        let mut group = c.benchmark_group(format!("cell-step of {n}"));
        group.throughput(Throughput::Elements(n as u64)).sample_size(20);
        group.bench_function("step by turns, threads 2", |b| {
            b.iter_custom(|k| {
                let mut batch = |pool: &rayon::ThreadPool| {
                    pool.install(|| awake(n, || median(steps, || step(&mut c1, &mut space, 1e-4))))
                };
                let mut sum = Duration::ZERO;
                for _ in 0..k.min(3) {
                    let (a1, a2) = (arithmetic(&one), arithmetic(&two));
                    let (t1, t2) = (batch(&one), batch(&two));
                    ratios.push(t1.as_secs_f64() / t2.as_secs_f64());
                    yardsticks.push(a1.as_secs_f64() / a2.as_secs_f64());
                    sum += t2 / steps as u32;
                }
                sum.mul_f64(k as f64 / k.min(3) as f64)
            });
        });
        group.finish();
        for (what, x) in [("step", &mut ratios), ("yardstick: arithmetic", &mut yardsticks)] {
            x.sort_unstable_by(f64::total_cmp);
            if let Some(last) = x.len().checked_sub(1) {
                let [low, middle, high] = [last / 4, last / 2, last - last / 4].map(|k| x[k]);
                println!(
                    "{n} cells, {what}: two threads {middle:.2} times one (quartiles {low:.2} to {high:.2})"
                );
            }
        }
    }
}

/// Time of a median batch of multiplications, as many chains as keep a core busy.
fn arithmetic(pool: &rayon::ThreadPool) -> Duration {
    let batch = || {
        (0..16_u32).into_par_iter().with_max_len(1).for_each(|k| {
            let mut chains = [1.0 + f64::from(k); 8];
            for _ in 0..40_000 {
                chains.iter_mut().for_each(|x| *x *= 1.000_000_1);
            }
            black_box(chains);
        });
    };
    pool.install(|| awake(10_000, || median(5, batch)))
}

/// Ten rules of one kind on 10,000 cells: five behaviours, each with one signal up and one down, of any Hill power; the same
/// with whole powers; and with the general library's power in a plain loop.
fn rules(c: &mut Criterion) {
    let n = 10_000;
    let mut group = c.benchmark_group("cell-update of ten rules");
    group.throughput(Throughput::Elements(n as u64)).sample_size(20);
    let signals: Vec<Vec<f64>> = (0..10)
        .map(|s| (0..n).map(|i| 0.01 + ((i * 7919 + s * 131) % 1000) as f64 * 0.004).collect())
        .collect();
    let dead = vec![false; n];
    for (name, power) in [("any power", 2.35), ("whole powers", 3.0)] {
        let line = |k: u16| Line {
            kind: 0,
            signal: k,
            increases: k.is_multiple_of(2),
            behaviour: k / 2,
            response: f64::from(k % 2),
            half_max: 1.0 + 0.1 * f64::from(k),
            power: power + f64::from(k % 3),
            dead: false,
            memory: 0.0,
        };
        let rules = Rules::compile(&(0..10).map(line).collect::<Vec<_>>(), 1, |_, _| 0.2).unwrap();
        let mut values = vec![0.0; 5 * n];
        group.bench_function(name, |b| {
            b.iter(|| rules.evaluate(0, |s| &signals[usize::from(s)], &dead, &mut values).unwrap());
        });
    }
    let mut values = vec![0.0; 5 * n];
    group.bench_function("yardstick: power of the general library", |b| {
        b.iter(|| {
            for i in 0..n {
                for r in 0..5 {
                    let x = |k: usize| {
                        let s = signals[k][i] / (1.0 + 0.1 * k as f64);
                        exoderm_numeric::math::pow(s, 2.35 + (k % 3) as f64)
                    };
                    let (up, down) = (x(2 * r), x(2 * r + 1));
                    let u = 0.2 - 0.2 * up / (1.0 + up);
                    values[r * n + i] = u + (1.0 - u) * down / (1.0 + down);
                }
            }
        });
    });
    group.finish();
}

/// Uptake and secretion of one substrate by cells sorted in space, in voxels of 20 um.
fn exchange(c: &mut Criterion) {
    for n in [10_000, 100_000] {
        let mut group = c.benchmark_group(format!("cell-substrate of {n}"));
        group.throughput(Throughput::Elements(n as u64)).sample_size(20);
        let (cluster, space) = ready(n);
        let side = 64;
        let voxel: Vec<u32> = space
            .list()
            .order()
            .iter()
            .map(|&i| {
                let at = |a: usize| (cluster.position[a][i as usize] / 20.0) as i64 + side / 2;
                ((at(2) * side + at(1)) * side + at(0)) as u32
            })
            .collect();
        let (volume, secretion, target, uptake) =
            (vec![2494.0; n], vec![1.0; n], vec![1.0; n], vec![10.0; n]);
        let export = vec![0.0; n];
        let cells = Exchange {
            voxel: &voxel,
            volume: &volume,
            secretion: &secretion,
            target: &target,
            uptake: &uptake,
            export: &export,
        };
        let mut field = vec![38.0; (side * side * side) as usize];
        group.bench_function("uptake and secretion", |b| {
            b.iter(|| cells.step(&mut field, 8000.0, 0.01, |_, _| {}))
        });
        let mut inside = vec![0.0; n];
        group.bench_function("with amounts inside", |b| {
            b.iter(|| cells.step(&mut field, 8000.0, 0.01, |i, amount| inside[i] += amount));
        });
        group.finish();
    }
}

criterion_group!(benches, open, threads, rules, exchange);
criterion_main!(benches);
