//! Issue 3: what is refused, each with its reason and before anything is changed: NaN, infinite and negative values, steps
//! of zero, meshes that no memory holds. Every solver by its own table of calls.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use common::uniform;
use exoderm_field::{
    Advection, AdvectionMethod, ExponentialConfig, ExponentialStep, FieldError, ImplicitConfig, ImplicitStep,
    Mesh, Method, Operator, Scheme, SteadyConfig, SteadySolver, Velocity,
};

type Call = Box<dyn FnMut(&Operator, &mut [f64], f64) -> Result<(), FieldError>>;

/// Every way to advance a field by a step, on a mesh for cycles and on a thin one.
fn steppers(mesh: &Mesh) -> Vec<(String, Call)> {
    let mut all: Vec<(String, Call)> = Vec::new();
    for method in [Method::Auto, Method::Gradients, Method::Multigrid] {
        for scheme in [Scheme::BackwardEuler, Scheme::TrBdf2] {
            let config = ImplicitConfig { scheme, method, ..Default::default() };
            let mut solver = ImplicitStep::new(mesh, config).unwrap();
            all.push((
                format!("{method:?} {scheme:?}"),
                Box::new(move |op, c, dt| solver.step(op, c, dt).map(|_| ())),
            ));
            let mut solver = ImplicitStep::new(mesh, config).unwrap();
            all.push((
                format!("{method:?} {scheme:?} within a tolerance"),
                Box::new(move |op, c, dt| solver.step_within(op, c, dt, 1e-3).map(|_| ())),
            ));
        }
    }
    let mut solver = ExponentialStep::new(mesh, ExponentialConfig::default()).unwrap();
    all.push(("exponential".into(), Box::new(move |op, c, dt| solver.step(op, c, dt).map(|_| ()))));
    let mut solver = ExponentialStep::new(mesh, ExponentialConfig::default()).unwrap();
    all.push((
        "exponential, saturable".into(),
        Box::new(move |op, c, dt| solver.step_saturable(op, &vec![1.0; c.len()], 1.0, c, dt).map(|_| ())),
    ));
    let mut flow = Advection::new(mesh, AdvectionMethod::SemiLagrangian).unwrap();
    all.push((
        "advection".into(),
        Box::new(move |_, c, dt| flow.step(&Velocity::default(), c, dt).map(|_| ())),
    ));
    all
}

#[test]
fn steps_of_no_time_and_fields_that_are_no_numbers() {
    for shape in [[11, 10, 9], [7, 1, 5]] {
        let mesh = Mesh::new(shape[0], shape[1], shape[2], [10.0; 3]).unwrap();
        let op = uniform(&mesh, 10.0, 0.1);
        for (name, mut step) in steppers(&mesh) {
            let whole = vec![1.0; mesh.len()];
            for dt in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY] {
                let mut c = whole.clone();
                let error = step(&op, &mut c, dt).unwrap_err();
                assert!(matches!(error, FieldError::InvalidTimeStep(_)), "{name}, {dt} min: {error}");
                assert!(error.to_string().contains("not a positive number"), "{error}");
                assert_eq!(c, whole, "{name}");
            }
            for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                let mut c = whole.clone();
                c[17] = bad;
                let error = step(&op, &mut c, 1.0).unwrap_err();
                assert!(matches!(error, FieldError::NotFinite { index: 17, .. }), "{name}, {bad}: {error}");
                assert!(error.to_string().starts_with("concentration[17] = "), "{error}");
                assert!(c.iter().enumerate().all(|(i, c)| i == 17 || *c == 1.0), "{name}");
            }
            let short = step(&op, &mut whole.clone()[1..], 1.0).unwrap_err();
            assert!(matches!(short, FieldError::Length { .. }), "{name}: {short}");
            // The solver is none the worse.
            assert!(step(&op, &mut whole.clone(), 1.0).is_ok(), "{name}");
        }
    }
}

#[test]
fn quasi_steady_solves_take_numbers_only() {
    for shape in [[11, 10, 9], [7, 1, 5]] {
        let mesh = Mesh::new(shape[0], shape[1], shape[2], [10.0; 3]).unwrap();
        let op = uniform(&mesh, 10.0, 0.1);
        let mut solver = SteadySolver::new(&mesh, SteadyConfig::default()).unwrap();
        let sinks = vec![1.0; mesh.len()];
        for bad in [f64::NAN, f64::INFINITY] {
            let mut c = vec![1.0; mesh.len()];
            c[3] = bad;
            for result in [solver.solve(&op, &mut c), solver.solve_saturable(&op, &sinks, 1.0, &mut c)] {
                assert!(matches!(result, Err(FieldError::NotFinite { index: 3, .. })), "{result:?}");
            }
        }
        let mut c = vec![1.0; mesh.len()];
        for bad in [f64::NAN, f64::INFINITY, -1.0] {
            let mut vmax = sinks.clone();
            vmax[5] = bad;
            let error = solver.solve_saturable(&op, &vmax, 1.0, &mut c).unwrap_err();
            assert!(error.to_string().starts_with("vmax[5] = "), "{error}");
        }
        for km in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = solver.solve_saturable(&op, &sinks, km, &mut c).unwrap_err();
            assert!(error.to_string().contains("not a positive concentration"), "{error}");
        }
        assert_eq!(c, vec![1.0; mesh.len()]);
    }
}

/// A saturable sink of a negative concentration has no meaning. (Linear steps take signed fields: a deviation from a level, or
/// what a negative source has left.)
#[test]
fn negative_concentrations_have_no_saturable_sink() {
    let mesh = Mesh::new(6, 5, 4, [10.0; 3]).unwrap();
    let op = uniform(&mesh, 10.0, 0.1);
    let mut c = vec![1.0; mesh.len()];
    c[9] = -1e-3;
    let mut solver = ExponentialStep::new(&mesh, ExponentialConfig::default()).unwrap();
    let error = solver.step_saturable(&op, &vec![1.0; mesh.len()], 1.0, &mut c, 1.0).unwrap_err();
    assert_eq!(error.to_string(), "concentration[9] = -0.001 is negative");
    assert_eq!(c[9], -1e-3);
}

/// No mesh of more voxels than numbers tell apart, and no factor larger than 8 GB: refused before anything is allocated.
#[test]
fn what_no_memory_holds_is_refused() {
    for [x, y, z] in [[usize::MAX, 2, 2], [1 << 22, 1 << 22, 1 << 22], [1 << 16, 1 << 16, 1], [0, 4, 4]] {
        let error = Mesh::new(x, y, z, [1.0; 3]).unwrap_err();
        assert!(error.to_string().contains("voxels: between 1 and 4294967295"), "{error}");
    }
    let mesh = Mesh::new(1000, 1000, 1000, [1.0; 3]).unwrap();
    let config = ImplicitConfig { method: Method::Banded, ..Default::default() };
    let error = ImplicitStep::new(&mesh, config).unwrap_err();
    assert!(error.to_string().contains("too large; use multigrid"), "{error}");
    let config = SteadyConfig { method: Method::Banded, ..Default::default() };
    assert!(SteadySolver::new(&mesh, config).unwrap_err().to_string().contains("too large"));
}
