//! Time per vesicle and step (one element is one vesicle in one step), on one thread; and what two threads give.
#![allow(clippy::expect_used, missing_docs, reason = "a bench may panic, and has no readers but its own")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use exoderm_numeric::batch::{BLOCK, Normals};
use exoderm_numeric::random::Seed;
use exoderm_particle::{Class, Cloud, Domain, Face, Scene, Sphere, Wall};
use rayon::prelude::*;
use std::hint::black_box;

/// um²/min (4.3 um²/s).
const D: f64 = 258.0;
/// A step of 10 ms, min.
const DT: f64 = 0.01 / 60.0;

fn one_thread() -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool")
}

fn normals(c: &mut Criterion) {
    let mut group = c.benchmark_group("four_normals_per_entity");
    group.throughput(Throughput::Elements(BLOCK as u64));
    let ids: Vec<u32> = (0..BLOCK as u32).collect();
    let (seed, mut out, mut tick) = (Seed::new(1, 0), Normals::default(), 0);
    group.bench_function("batch", |b| {
        b.iter(|| {
            tick += 1;
            seed.normals(black_box(&ids), tick, 1, &mut out);
            black_box(out.values[0][0])
        });
    });
    group.finish();
}

/// Vesicles spread over a cube by low-discrepancy steps, outside of all spheres.
fn cloud(scene: &Scene, n: usize, edge: f64) -> Cloud {
    let mut cloud = Cloud::new(Seed::new(1, 0), &[Class::brownian(D)]).expect("valid");
    let mut k = 0u32;
    while cloud.len() < n {
        k += 1;
        let p = [0.819_172_513_4, 0.671_043_606_7, 0.549_700_477_9]
            .map(|g: f64| (g * f64::from(k)).fract() * edge);
        // Refused inside a sphere.
        let _ = cloud.insert(scene, 0, p);
    }
    cloud
}

fn free(c: &mut Criterion) {
    let pool = one_thread();
    let mut group = c.benchmark_group("free_brownian_per_vesicle_step");
    for n in [10_000, 100_000, 1_000_000] {
        let scene = Scene::new(Domain::unbounded(), &[], &[], 1.0).expect("valid");
        let mut vesicles = cloud(&scene, n, 1000.0);
        group.throughput(Throughput::Elements(n as u64)).sample_size(if n > 500_000 { 20 } else { 50 });
        group.bench_function(n.to_string(), |b| {
            b.iter(|| pool.install(|| vesicles.step(&scene, DT).expect("a step").len()));
        });
    }
    group.finish();
}

/// Spheres of 10 um on a lattice of 40 um (6.5 % of the volume) in a periodic box; those that absorb lose vesicles,
/// which are put back, so that the number stays.
fn lattice(wall: Wall) -> (Scene, f64) {
    let m = 6;
    let edge = 40.0 * f64::from(m);
    let mut spheres = Vec::new();
    for i in 0..m * m * m {
        let centre = [i / (m * m), i / m % m, i % m].map(|k| 40.0 * f64::from(k) + 20.0);
        spheres.push(Sphere::new(centre, 10.0, wall));
    }
    let domain = Domain::cuboid([edge; 3], Face::Periodic);
    (Scene::new(domain, &spheres, &[], Scene::horizon_for(D, DT)).expect("valid"), edge)
}

/// A step, after which those that were lost are put back on a plane between the spheres.
fn step(vesicles: &mut Cloud, scene: &Scene, edge: f64, k: &mut u32) {
    let lost = vesicles.step(scene, DT).expect("a step").len();
    for _ in 0..lost {
        *k += 1;
        let p = [0.754_877_666_2, 0.569_840_290_9].map(|g: f64| (g * f64::from(*k)).fract() * edge);
        vesicles.insert(scene, 0, [p[0], p[1], 1.0]).expect("outside of spheres");
    }
}

fn among_spheres(c: &mut Criterion) {
    let pool = one_thread();
    for (name, wall) in [
        ("absorbing", Wall::Absorbing),
        ("partly_absorbing", Wall::Partial(6.0)),
        ("reflecting", Wall::Reflecting),
    ] {
        let mut group = c.benchmark_group(format!("among_{name}_spheres_per_vesicle_step"));
        for n in [10_000, 100_000, 1_000_000] {
            let (scene, edge) = lattice(wall);
            let mut vesicles = cloud(&scene, n, edge);
            group.throughput(Throughput::Elements(n as u64)).sample_size(if n > 500_000 { 20 } else { 50 });
            group.bench_function(n.to_string(), |b| {
                let mut k = 0u32;
                b.iter(|| pool.install(|| step(&mut vesicles, &scene, edge, &mut k)));
            });
        }
        group.finish();
    }
}

/// What two threads give against one: first what the machine itself gives, by bandwidth (a triad) and by arithmetic (as
/// many chains of multiplications as keep a core busy), then vesicles.
fn threads(c: &mut Criterion) {
    let pools = [1, 2].map(|n| (n, rayon::ThreadPoolBuilder::new().num_threads(n).build().expect("a pool")));
    let len = 1 << 24;
    let (a, b, mut out) = (vec![1.0; len], vec![2.0; len], vec![0.0; len]);
    let mut group = c.benchmark_group("threads_triad_24_bytes_per_element");
    group.throughput(Throughput::Elements(len as u64)).sample_size(10);
    for (n, pool) in &pools {
        group.bench_function(format!("{n}_threads"), |bench| {
            pool.install(|| {
                bench.iter(|| {
                    let inputs = a.par_chunks(1 << 16).zip(b.par_chunks(1 << 16));
                    out.par_chunks_mut(1 << 16).zip(inputs).for_each(|(out, (a, b))| {
                        for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                            *out = a + 0.5 * b;
                        }
                    });
                    black_box(&mut out);
                });
            });
        });
    }
    group.finish();
    let mut group = c.benchmark_group("threads_arithmetic_per_product");
    group.throughput(Throughput::Elements(64 * 8 * 100_000)).sample_size(10);
    for (n, pool) in &pools {
        group.bench_function(format!("{n}_threads"), |bench| {
            pool.install(|| {
                bench.iter(|| {
                    (0..64u32).into_par_iter().for_each(|k| {
                        let mut chains = [1.0 + f64::from(k); 8];
                        for _ in 0..100_000 {
                            chains.iter_mut().for_each(|x| *x *= 1.000_000_1);
                        }
                        black_box(chains);
                    });
                });
            });
        });
    }
    group.finish();
    let (spheres, edge) = lattice(Wall::Absorbing);
    let free = Scene::new(Domain::unbounded(), &[], &[], 1.0).expect("valid");
    for n in [10_000, 100_000, 1_000_000] {
        let mut group = c.benchmark_group(format!("threads_{n}_vesicles_per_vesicle_step"));
        group.throughput(Throughput::Elements(n as u64)).sample_size(20);
        group.measurement_time(std::time::Duration::from_secs(2));
        for (name, scene, edge) in [("free", &free, 1000.0), ("absorbing_spheres", &spheres, edge)] {
            for (threads, pool) in &pools {
                let (mut vesicles, mut k) = (cloud(scene, n, edge), 0);
                group.bench_function(format!("{name}_{threads}_threads"), |b| {
                    pool.install(|| b.iter(|| step(&mut vesicles, scene, edge, &mut k)));
                });
            }
        }
        group.finish();
    }
}

criterion_group!(benches, normals, free, among_spheres, threads);
criterion_main!(benches);
