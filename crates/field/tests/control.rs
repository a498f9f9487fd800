//! Implicit steps with error control.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

use exoderm_field::{
    Boundary, ExponentialConfig, ExponentialStep, Face, FieldError, ImplicitConfig, ImplicitStep, Mesh,
    Operator, Scheme,
};
use exoderm_numeric::math;

const DT: f64 = 4.0;

fn problem() -> (Mesh, Operator, Vec<f64>) {
    let mesh = Mesh::new(12, 5, 9, [10.0, 12.0, 8.0]).unwrap();
    let mut op = Operator::new(&mesh);
    let per_voxel = |f: fn(usize) -> f64| (0..mesh.len()).map(f).collect::<Vec<_>>();
    op.set_diffusivity(&per_voxel(|v| if v % 9 < 4 { 40.0 } else { 200.0 })).unwrap();
    op.set_decay(&per_voxel(|v| 0.02 * (v % 5) as f64)).unwrap();
    op.set_source(&per_voxel(|v| if v % 7 == 0 { 0.3 } else { 0.0 })).unwrap();
    op.set_boundary(Face::ZMax, Boundary::Permeability { p: 3.0, reservoir: 0.5 }).unwrap();
    let c = (0..mesh.len())
        .map(|v| {
            let x = (mesh.centre(v)[0] - 60.0) / 25.0;
            2.0 / (1.0 + x * x)
        })
        .collect();
    (mesh, op, c)
}

fn norm(a: impl Iterator<Item = f64>) -> f64 {
    a.map(|x| x * x).sum::<f64>().sqrt()
}

/// The error against the exact propagator stays within what was asked of each substep times their number, and the number
/// grows as the order says: with the root of 1/tolerance for the first, with the third root for the second.
#[test]
fn tolerances_are_kept_at_the_order_of_the_scheme() {
    let (mesh, op, start) = problem();
    let mut exact = start.clone();
    let config = ExponentialConfig { tolerance: 1e-13, ..Default::default() };
    ExponentialStep::new(&mesh, config).unwrap().step(&op, &mut exact, DT).unwrap();
    for (scheme, power) in [(Scheme::BackwardEuler, 1.0 / 2.0), (Scheme::TrBdf2, 1.0 / 3.0)] {
        let run = |tolerance: f64| {
            let config = ImplicitConfig { scheme, tolerance: 1e-12, ..Default::default() };
            let (mut solver, mut c) = (ImplicitStep::new(&mesh, config).unwrap(), start.clone());
            let ledger = solver.step_within(&op, &mut c, DT, tolerance).unwrap();
            assert_eq!(ledger.total.scheme, scheme);
            assert!(ledger.error <= tolerance * ledger.substeps as f64);
            assert!(ledger.total.defect().abs() < 1e-10 * ledger.total.before, "{:?}", ledger.total);
            let booked = DT
                * mesh.volume()
                * solver.sink().iter().enumerate().map(|(v, s)| op.decay().at(v) * s).sum::<f64>();
            assert!((booked / ledger.total.decay - 1.0).abs() < 1e-12);
            let error = norm(c.iter().zip(&exact).map(|(a, b)| a - b)) / norm(exact.iter().copied());
            assert!(
                error <= 1.5 * tolerance * ledger.substeps as f64,
                "{scheme:?} {tolerance} {error} {ledger:?}"
            );
            ledger.substeps as f64
        };
        let (coarse, fine) = (run(1e-4), run(1e-6));
        let grown = math::ln(fine / coarse) / math::ln(100.0);
        assert!((grown - power).abs() < 0.12, "{scheme:?}: {coarse} {fine} substeps, power {grown}");
    }
}

/// Tolerances that mean nothing or that stages are not solved to; the field is left as it was.
#[test]
fn impossible_tolerances_are_refused() {
    let (mesh, op, start) = problem();
    let mut solver = ImplicitStep::new(&mesh, ImplicitConfig::default()).unwrap();
    let mut c = start.clone();
    for tolerance in [0.0, -1.0, f64::NAN, 1.0, 1e-10] {
        let refused = solver.step_within(&op, &mut c, 1.0, tolerance);
        assert!(
            matches!(refused, Err(FieldError::InvalidSetting(m)) if m.contains("tolerance")),
            "{tolerance}"
        );
    }
    assert!(solver.step_within(&op, &mut c, 0.0, 1e-3).is_err());
    assert_eq!(c, start);
}
