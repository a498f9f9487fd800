//! Fields on large meshes: time per voxel and scalar, each beside its yardstick. One element is one voxel of one
//! scalar in one stage, step or solve. Run with `RAYON_NUM_THREADS=1` for one core.
#![allow(clippy::expect_used, missing_docs, reason = "a bench may panic, and has no readers but its own")]

use criterion::{
    BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use exoderm_field::cases::Lod;
use exoderm_field::{
    Boundary, ExponentialConfig, ExponentialStep, Face, ImplicitConfig, ImplicitStep, Mesh, Method, Operator,
    Scheme, SteadyConfig, SteadySolver,
};
use rayon::prelude::*;
use std::hint::black_box;
use std::time::Duration;

const H: f64 = 20.0;

fn cube(n: usize) -> Mesh {
    Mesh::new(n, n, n, [H; 3]).expect("a valid mesh")
}

/// The same diffusivity and decay everywhere, or layers that differ tenfold.
fn operator(mesh: &Mesh, d: f64, k: f64, layered: bool) -> Operator {
    let mut op = Operator::new(mesh);
    let d: Vec<f64> = (0..mesh.len())
        .map(|v| if layered && (mesh.coords(v)[0] / 7).is_multiple_of(3) { 0.1 * d } else { d })
        .collect();
    op.set_diffusivity(&d).expect("valid");
    op.set_decay(&vec![k; mesh.len()]).expect("valid");
    op
}

fn group<'a>(c: &'a mut Criterion, name: &str, elements: usize) -> BenchmarkGroup<'a, WallTime> {
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Elements(elements as u64)).sample_size(10);
    group.warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(800));
    group
}

fn stage(c: &mut Criterion) {
    // Far larger than any cache: 24 bytes an element cross the memory bus.
    let len = 1 << 24;
    let (a, b, mut out) = (vec![1.0; len], vec![2.0; len], vec![0.0; len]);
    group(c, "triad_24_bytes_per_element", len).bench_function("f64", |bench| {
        bench.iter(|| {
            for ((out, a), b) in out.iter_mut().zip(&a).zip(&b) {
                *out = a + 0.5 * b;
            }
            black_box(&mut out);
        });
    });
    for n in [100, 200] {
        let mesh = cube(n);
        let mut group = group(c, &format!("explicit_stage_{n}x{n}x{n}_per_voxel_substrate"), mesh.len());
        for (name, layered) in [("constant_D", false), ("variable_D", true)] {
            let op = operator(&mesh, 1e3, 0.1, layered);
            let mut fields = [vec![1.0; mesh.len()], vec![0.5; mesh.len()]];
            for threads in [1, 2] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
                group.bench_function(format!("{name}_{threads}_threads"), |bench| {
                    pool.install(|| {
                        bench.iter(|| {
                            let [y, out] = &mut fields;
                            op.explicit_stage([-1.0, 2.0, -0.01], y, out).expect("valid");
                            fields.swap(0, 1);
                        });
                    });
                });
            }
        }
        group.finish();
    }
}

/// A ball of 200 um that secretes in a closed box, from nothing, for an hour. LOD is timed by the step: an hour at its
/// step of 0.01 min is 6,000 of them.
fn hour(c: &mut Criterion) {
    for n in [100, 200] {
        let mesh = cube(n);
        let mut group =
            group(c, &format!("hour_of_a_secreting_ball_{n}x{n}x{n}_per_voxel_substrate"), mesh.len());
        let middle = 0.5 * n as f64 * H;
        let source: Vec<f64> = (0..mesh.len())
            .map(|v| {
                let r2: f64 = mesh.centre(v).iter().map(|x| (x - middle) * (x - middle)).sum();
                f64::from(u8::from(r2 < 200.0 * 200.0))
            })
            .collect();
        let mut op = operator(&mesh, 1e3, 0.1, false);
        op.set_source(&source).expect("valid");
        for tolerance in [1e-4, 1e-8] {
            let config = ExponentialConfig { tolerance, ..Default::default() };
            let mut solver = ExponentialStep::new(&mesh, config).expect("valid");
            let mut field = vec![0.0; mesh.len()];
            group.bench_function(
                format!("exponential_one_step_of_60_min_tolerance_{tolerance:e}"),
                |bench| {
                    bench.iter(|| {
                        field.fill(0.0);
                        solver.step(&op, black_box(&mut field), 60.0).expect("valid")
                    });
                },
            );
        }
        let lod = Lod::new(n, H, 1e3, 0.1, 0.01);
        let mut field = vec![0.0; mesh.len()];
        group.bench_function("lod_yardstick_one_step_of_0.01_min", |bench| {
            bench.iter(|| lod.step(black_box(&mut field), &source));
        });
        group.finish();
    }
}

/// Oxygen-like: from a guess of nothing to a residual of 1e-6. The hierarchy is kept, as a simulation keeps it.
fn steady(c: &mut Criterion) {
    for n in [50, 100, 200] {
        let mesh = cube(n);
        let mut group = group(c, &format!("steady_to_1e-6_{n}x{n}x{n}_per_voxel_substrate"), mesh.len());
        let scattered = |share: usize, value: f64| -> Vec<f64> {
            (0..mesh.len()).map(|v| if (v * 7919) % 1009 < share { value } else { 0.0 }).collect()
        };
        let config = SteadyConfig { tolerance: 1e-6, ..Default::default() };
        let mut solver = SteadySolver::new(&mesh, config).expect("valid");
        let mut field = vec![0.0; mesh.len()];
        let mut op = operator(&mesh, 1e5, 0.1, false);
        op.set_source(&scattered(100, 3.0)).expect("valid");
        let mut report = None;
        group.bench_function("constant_coefficients", |bench| {
            bench.iter(|| {
                field.fill(0.0);
                report = Some(solver.solve(&op, black_box(&mut field)).expect("converges"));
            });
        });
        println!("cycles: {:?}", report.map(|r| r.iterations));
        let mut op = operator(&mesh, 1e5, 0.1, true);
        op.set_boundary(Face::ZMax, Boundary::Value(38.0)).expect("valid");
        let vmax = scattered(300, 10.0);
        group.bench_function("variable_coefficients_saturable_sinks", |bench| {
            bench.iter(|| {
                field.fill(0.0);
                report =
                    Some(solver.solve_saturable(&op, &vmax, 2.0, black_box(&mut field)).expect("converges"));
            });
        });
        println!("cycles: {:?}", report.map(|r| r.iterations));
        group.finish();
    }
}

/// What two threads give against one: first what the machine itself gives, by bandwidth (a triad) and by arithmetic
/// (as many chains of multiplications as keep a core busy), then steps and quasi-steady solves.
fn threads(c: &mut Criterion) {
    let pools = [1, 2].map(|n| (n, rayon::ThreadPoolBuilder::new().num_threads(n).build().expect("threads")));
    let len = 1 << 24;
    let (a, b, mut out) = (vec![1.0; len], vec![2.0; len], vec![0.0; len]);
    let mut bandwidth = group(c, "threads_triad_24_bytes_per_element", len);
    for (n, pool) in &pools {
        bandwidth.bench_function(format!("{n}_threads"), |bench| {
            pool.install(|| {
                bench.iter(|| {
                    out.par_chunks_mut(1 << 16)
                        .zip(a.par_chunks(1 << 16))
                        .zip(b.par_chunks(1 << 16))
                        .for_each(|((out, a), b)| {
                            for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                                *out = a + 0.5 * b;
                            }
                        });
                    black_box(&mut out);
                });
            });
        });
    }
    bandwidth.finish();
    let mut arithmetic = group(c, "threads_arithmetic_per_product", 64 * 8 * 100_000);
    for (n, pool) in &pools {
        arithmetic.bench_function(format!("{n}_threads"), |bench| {
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
    arithmetic.finish();
    for n in [50, 100] {
        let mesh = cube(n);
        let mut group = group(c, &format!("threads_{n}x{n}x{n}_per_voxel_substrate"), mesh.len());
        let source: Vec<f64> = (0..mesh.len()).map(|v| f64::from(u8::from(v % 17 == 0))).collect();
        let vmax: Vec<f64> = (0..mesh.len()).map(|v| if v % 3 == 0 { 10.0 } else { 0.0 }).collect();
        for (name, layered) in [("constant_D", false), ("variable_D", true)] {
            let (mut slow, mut fast) =
                (operator(&mesh, 1e3, 0.1, layered), operator(&mesh, 1e5, 0.1, layered));
            slow.set_source(&source).expect("valid");
            fast.set_source(&source).expect("valid");
            let mut exponential =
                ExponentialStep::new(&mesh, ExponentialConfig { tolerance: 1e-6, ..Default::default() })
                    .expect("valid");
            let implicit = ImplicitConfig { scheme: Scheme::TrBdf2, tolerance: 1e-6, ..Default::default() };
            let gradients = ImplicitConfig { method: Method::Gradients, ..implicit };
            let mut implicit = [("implicit", implicit), ("implicit_by_gradients", gradients)]
                .map(|(name, config)| (name, ImplicitStep::new(&mesh, config).expect("valid")));
            let config = SteadyConfig { tolerance: 1e-6, ..Default::default() };
            let mut steady = SteadySolver::new(&mesh, config).expect("valid");
            let mut field = vec![1.0; mesh.len()];
            for (threads, pool) in &pools {
                group.bench_function(format!("{name}_exponential_6_min_{threads}_threads"), |bench| {
                    pool.install(|| {
                        bench.iter(|| {
                            field.fill(1.0);
                            exponential.step(&slow, &mut field, 6.0).expect("valid");
                        });
                    });
                });
                for (method, implicit) in &mut implicit {
                    group.bench_function(format!("{name}_{method}_6_min_{threads}_threads"), |bench| {
                        pool.install(|| {
                            bench.iter(|| {
                                field.fill(1.0);
                                implicit.step(&slow, &mut field, 6.0).expect("valid");
                            });
                        });
                    });
                }
                group.bench_function(format!("{name}_steady_{threads}_threads"), |bench| {
                    pool.install(|| {
                        bench.iter(|| {
                            field.fill(0.0);
                            if layered {
                                steady.solve_saturable(&fast, &vmax, 2.0, &mut field).expect("converges");
                            } else {
                                steady.solve(&fast, &mut field).expect("converges");
                            }
                        });
                    });
                });
            }
        }
        group.finish();
    }
}

criterion_group!(benches, stage, hour, steady, threads);
criterion_main!(benches);
