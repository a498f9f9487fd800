//! Time per voxel and scalar (one element is one voxel of one scalar, in one solve or step).
#![allow(clippy::expect_used, missing_docs, reason = "a bench may panic, and has no readers but its own")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use exoderm_field::{
    Advection, AdvectionMethod, Axis, Boundary, Face, ImplicitConfig, ImplicitStep, Inflow, Mesh, Operator,
    Scheme, SteadyConfig, SteadySolver, Velocity,
};
use std::hint::black_box;

/// The strip of the main use: 462 × 1 × 26 voxels of 10 um.
fn strip() -> Mesh {
    Mesh::new(462, 1, 26, [10.0; 3]).expect("a valid mesh")
}

/// Uptake that varies along the mesh as cells do.
fn operator(mesh: &Mesh, d: f64, phase: usize) -> Operator {
    let mut op = Operator::new(mesh);
    let varied = |base: f64, salt: usize| -> Vec<f64> {
        (0..mesh.len()).map(|v| base * (1.0 + ((v * 7919 + salt) % 101) as f64 / 101.0)).collect()
    };
    let layered: Vec<f64> =
        (0..mesh.len()).map(|v| if mesh.coords(v)[2] > mesh.nz() / 2 { d } else { 0.1 * d }).collect();
    op.set_diffusivity(&layered).expect("valid");
    op.set_decay(&varied(0.05, phase)).expect("valid");
    op.set_source(&varied(0.01, 3)).expect("valid");
    op.set_boundary(Face::ZMax, Boundary::Value(1.0)).expect("valid");
    op
}

fn steady(c: &mut Criterion) {
    for (name, mesh) in [
        ("strip_462x1x26", strip()),
        ("cube_64x64x64", Mesh::new(64, 64, 64, [10.0; 3]).expect("a valid mesh")),
    ] {
        let mut group = c.benchmark_group(format!("steady_{name}_per_voxel_substrate"));
        group.throughput(Throughput::Elements(mesh.len() as u64)).sample_size(10);
        let ops = [operator(&mesh, 1e3, 0), operator(&mesh, 1e3, 1)];
        let mut solver = SteadySolver::new(&mesh, SteadyConfig::default()).expect("valid");
        let mut field = vec![0.0; mesh.len()];
        let mut k = 0;
        group.bench_function("warm_solve_changed_uptake", |b| {
            b.iter(|| {
                k += 1;
                solver.solve(&ops[k % 2], black_box(&mut field)).expect("converges")
            });
        });
        let mut other = operator(&mesh, 1e3, 0);
        let base: Vec<f64> = (0..mesh.len()).map(|v| other.source().at(v)).collect();
        group.bench_function("warm_solve_changed_source", |b| {
            b.iter(|| {
                k += 1;
                let factor = 1.0 + 0.1 * (k % 2) as f64;
                let source: Vec<f64> = base.iter().map(|s| s * factor).collect();
                other.set_source(&source).expect("valid");
                solver.solve(&other, black_box(&mut field)).expect("converges")
            });
        });
        group.bench_function("cold_solve_with_setup", |b| {
            b.iter(|| {
                let mut fresh = SteadySolver::new(&mesh, SteadyConfig::default()).expect("valid");
                field.fill(0.0);
                fresh.solve(&ops[0], black_box(&mut field)).expect("converges")
            });
        });
        group.finish();
    }
}

fn implicit(c: &mut Criterion) {
    let mesh = strip();
    let mut group = c.benchmark_group("implicit_step_strip_462x1x26_per_voxel_substrate");
    group.throughput(Throughput::Elements(mesh.len() as u64)).sample_size(20);
    // Uptake alternates, so that the field never comes to rest.
    let ops = [operator(&mesh, 250.0, 0), operator(&mesh, 250.0, 1)];
    for scheme in [Scheme::BackwardEuler, Scheme::TrBdf2] {
        let settings = ImplicitConfig { scheme, ..ImplicitConfig::default() };
        let mut solver = ImplicitStep::new(&mesh, settings).expect("valid");
        let mut field = vec![0.5; mesh.len()];
        let mut k = 0;
        group.bench_function(format!("{scheme:?}"), |b| {
            b.iter(|| {
                k += 1;
                solver.step(&ops[k % 2], black_box(&mut field), 6.0).expect("converges")
            });
        });
    }
    group.finish();
}

fn advection(c: &mut Criterion) {
    let mesh = strip();
    let mut group = c.benchmark_group("advection_strip_462x1x26_per_voxel_substrate");
    group.throughput(Throughput::Elements(mesh.len() as u64)).sample_size(20);
    let u = vec![2.0; mesh.face_len(Axis::X)];
    let w = vec![-4.0; mesh.face_len(Axis::Z)];
    for (name, dt) in [("semi_lagrangian_courant_1", 3.0), ("semi_lagrangian_courant_10", 30.0)] {
        let mut solver = Advection::new(&mesh, AdvectionMethod::SemiLagrangian).expect("valid");
        solver.set_inflow(Face::XMin, Inflow::Uniform(1.0)).expect("valid");
        let mut field: Vec<f64> = (0..mesh.len()).map(|v| (v % 17) as f64).collect();
        group.bench_function(name, |b| {
            b.iter(|| {
                let velocity = Velocity { x: &u, y: &[], z: &w };
                solver.step(&velocity, black_box(&mut field), dt).expect("valid flow")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, steady, implicit, advection);
criterion_main!(benches);
