//! Time per vesicle and step (one element is one vesicle in one step), on one thread.
#![allow(clippy::expect_used, missing_docs, reason = "a bench may panic, and has no readers but its own")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use exoderm_numeric::batch::{BLOCK, Normals};
use exoderm_numeric::random::Seed;
use exoderm_particle::{Class, Cloud, Domain, Face, Scene, Sphere, Wall};
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
fn among_spheres(c: &mut Criterion) {
    let pool = one_thread();
    for (name, wall) in [
        ("absorbing", Wall::Absorbing),
        ("partly_absorbing", Wall::Partial(6.0)),
        ("reflecting", Wall::Reflecting),
    ] {
        let mut group = c.benchmark_group(format!("among_{name}_spheres_per_vesicle_step"));
        for n in [10_000, 100_000, 1_000_000] {
            let m = 6;
            let edge = 40.0 * f64::from(m);
            let mut spheres = Vec::new();
            for i in 0..m * m * m {
                let centre = [i / (m * m), i / m % m, i % m].map(|k| 40.0 * f64::from(k) + 20.0);
                spheres.push(Sphere::new(centre, 10.0, wall));
            }
            let domain = Domain::cuboid([edge; 3], Face::Periodic);
            let scene = Scene::new(domain, &spheres, &[], Scene::horizon_for(D, DT)).expect("valid");
            let mut vesicles = cloud(&scene, n, edge);
            group.throughput(Throughput::Elements(n as u64)).sample_size(if n > 500_000 { 20 } else { 50 });
            group.bench_function(n.to_string(), |b| {
                let mut k = 0u32;
                b.iter(|| {
                    let lost = pool.install(|| vesicles.step(&scene, DT).expect("a step").len());
                    for _ in 0..lost {
                        k += 1;
                        let p = [0.754_877_666_2, 0.569_840_290_9]
                            .map(|g: f64| (g * f64::from(k)).fract() * edge);
                        // A plane between the spheres.
                        vesicles.insert(&scene, 0, [p[0], p[1], 1.0]).expect("outside of spheres");
                    }
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, normals, free, among_spheres);
criterion_main!(benches);
