//! The scheme that a step goes by where none is asked for.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use common::uniform;
use exoderm_field::{
    AutoStep, Boundary, ChosenLedger, ExponentialConfig, ExponentialStep, Face, FieldError, ImplicitConfig,
    ImplicitStep, Mesh, Operator, Scheme,
};

/// The relative difference in the 2-norm.
fn off(a: &[f64], b: &[f64]) -> f64 {
    let norm = |f: &dyn Fn(usize) -> f64| (0..a.len()).map(|i| f(i) * f(i)).sum::<f64>().sqrt();
    norm(&|i| a[i] - b[i]) / norm(&|i| b[i])
}

/// ρ = 12 D/h² + k: 12.1 a minute at 1 um²/min and 1 um.
fn problem() -> (Mesh, Operator, Vec<f64>) {
    let mesh = Mesh::new(24, 10, 9, [1.0; 3]).unwrap();
    let mut op = uniform(&mesh, 1.0, 0.1);
    op.set_source(&(0..mesh.len()).map(|v| f64::from(u8::from(v % 7 == 0))).collect::<Vec<_>>()).unwrap();
    let c = (0..mesh.len()).map(|v| if mesh.coords(v)[0] < 6 { 1.0 } else { 0.0 }).collect();
    (mesh, op, c)
}

/// The rule: explicit stages up to a limit of ρ dt that rises with the accuracy asked, with ρ from diffusion, loss and open sides; both
/// sides of the limit give the exact answer within the tolerance.
#[test]
fn the_documented_limit_decides_and_both_schemes_keep_the_tolerance() {
    let (mesh, mut op, start) = problem();
    let rho = 12.1;
    for (tolerance, limit) in [(0.1, 1e4), (1e-3, 1e4), (1e-4, 3.162_277_7e5), (1e-5, 1e7), (1e-9, 1e10)] {
        let auto = AutoStep::new(&mesh, tolerance).unwrap();
        assert!((auto.limit() / limit - 1.0).abs() < 1e-6, "{tolerance}: {}", auto.limit());
        assert!(auto.is_explicit(&op, 0.999 * limit / rho) && !auto.is_explicit(&op, 1.001 * limit / rho));
    }
    let tolerance = 1e-4;
    let mut exact =
        ExponentialStep::new(&mesh, ExponentialConfig { tolerance: 1e-13, ..Default::default() }).unwrap();
    let mut auto = AutoStep::new(&mesh, tolerance).unwrap();
    let limit = auto.limit();
    for dt in [0.01, 5.0, 0.9 * limit / rho, 1.1 * limit / rho] {
        let (mut a, mut b) = (start.clone(), start.clone());
        let ledger = auto.step(&op, &mut a, dt).unwrap();
        exact.step(&op, &mut b, dt).unwrap();
        assert_eq!(matches!(ledger, ChosenLedger::Exponential(_)), dt * rho < limit, "{dt}");
        assert!(off(&a, &b) < 3.0 * tolerance, "{dt}: {} {ledger:?}", off(&a, &b));
        assert!(a.iter().all(|c| *c >= 0.0));
        assert!((ledger.after() / mesh.amount(&a) - 1.0).abs() < 1e-12);
        assert!((ledger.before() / mesh.amount(&start) - 1.0).abs() < 1e-12);
    }
    // A side that lets everything through makes the mesh stiffer; what diffuses ten times faster reaches the limit sooner.
    let short = 0.999 * limit / rho;
    op.set_boundary(Face::ZMax, Boundary::Value(1.0)).unwrap();
    assert!(!auto.is_explicit(&op, short));
    let fast = uniform(&mesh, 10.0, 0.1);
    assert!(auto.is_explicit(&fast, 0.09 * short) && !auto.is_explicit(&fast, 0.11 * short));
}

/// A fast factor far from its steady state, in a step whose beginning matters: implicit steps follow it.
#[test]
fn long_steps_of_fast_factors_follow_the_transient() {
    let mesh = Mesh::new(20, 10, 9, [5.0; 3]).unwrap();
    let op = uniform(&mesh, 1.2e5, 2e-3);
    let start: Vec<f64> = (0..mesh.len()).map(|v| (v % 5) as f64).collect();
    let (mut a, mut b) = (start.clone(), start);
    let mut auto = AutoStep::new(&mesh, 1e-4).unwrap();
    let ledger = auto.step(&op, &mut a, 60.0).unwrap();
    assert!(matches!(ledger, ChosenLedger::Implicit(_)), "{ledger:?}");
    let mut exact =
        ExponentialStep::new(&mesh, ExponentialConfig { tolerance: 1e-12, ..Default::default() }).unwrap();
    exact.step(&op, &mut b, 60.0).unwrap();
    assert!(off(&a, &b) < 1e-3 && ledger.error() < 1e-2, "{} {ledger:?}", off(&a, &b));
}

/// From nothing: the first substep's field is as small as its error, and the tolerance is held against what the step leads to.
#[test]
fn long_steps_begin_from_nothing() {
    let mesh = Mesh::new(14, 13, 12, [5.0; 3]).unwrap();
    let mut op = uniform(&mesh, 1.2e5, 0.1);
    let ball =
        |v: usize| mesh.coords(v).iter().map(|i| (*i as f64 - 6.0) * (*i as f64 - 6.0)).sum::<f64>() < 10.0;
    op.set_source(&(0..mesh.len()).map(|v| f64::from(u8::from(ball(v)))).collect::<Vec<_>>()).unwrap();
    let mut exact =
        ExponentialStep::new(&mesh, ExponentialConfig { tolerance: 1e-12, ..Default::default() }).unwrap();
    for tolerance in [1e-3, 1e-5] {
        let (mut a, mut b) = (vec![0.0; mesh.len()], vec![0.0; mesh.len()]);
        let config =
            ImplicitConfig { scheme: Scheme::TrBdf2, tolerance: 0.05 * tolerance, ..Default::default() };
        let mut solver = ImplicitStep::new(&mesh, config).unwrap();
        let ledger = solver.step_within(&op, &mut a, 6.0, tolerance).unwrap();
        exact.step(&op, &mut b, 6.0).unwrap();
        // The tolerance is each substep's, and there are ten or so.
        let allowed = 3.0 * ledger.error.max(tolerance);
        assert!(off(&a, &b) < allowed, "{tolerance}: {} {ledger:?}", off(&a, &b));
    }
}

#[test]
fn bad_input_is_refused() {
    let (mesh, op, start) = problem();
    for tolerance in [0.0, 1e-14, 1.0, f64::NAN] {
        assert!(matches!(AutoStep::new(&mesh, tolerance), Err(FieldError::InvalidSetting(_))));
    }
    let mut auto = AutoStep::new(&mesh, 1e-6).unwrap();
    for dt in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let mut c = start.clone();
        assert!(matches!(auto.step(&op, &mut c, dt), Err(FieldError::InvalidTimeStep(_))), "{dt}");
        assert_eq!(c, start);
    }
    for dt in [1.0, 1e6] {
        let mut c = start.clone();
        c[3] = f64::NAN;
        assert!(matches!(auto.step(&op, &mut c, dt), Err(FieldError::Concentration { voxel: 3, .. })));
    }
}
