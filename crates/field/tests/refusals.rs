//! Issue 3: what is refused, each with its reason and before anything is changed: NaN, infinite and negative values, steps
//! of zero, meshes that no memory holds. Every solver by its own table of calls.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use common::uniform;
use exoderm_field::{
    Advection, AdvectionMethod, Axis, Boundary, BoundaryField, ExponentialConfig, ExponentialStep, Face,
    FieldError, ImplicitConfig, ImplicitStep, Inflow, Mesh, Method, Operator, Scheme, SteadyConfig,
    SteadySolver, Velocity, fold_exchange,
};

type Advance<'a> = Box<dyn FnMut(&Operator, &mut [f64]) + 'a>;
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
            for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1e-300, -2.5] {
                let mut c = whole.clone();
                c[17] = bad;
                let error = step(&op, &mut c, 1.0).unwrap_err();
                assert!(
                    matches!(error, FieldError::Concentration { voxel: 17, .. }),
                    "{name}, {bad}: {error}"
                );
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
                assert!(matches!(result, Err(FieldError::Concentration { voxel: 3, .. })), "{result:?}");
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

/// The words, for a mesh of 6 by 5 by 4: the value, where it is, why it is refused.
#[test]
fn negative_concentrations_are_told_with_their_place() {
    let mesh = Mesh::new(6, 5, 4, [10.0; 3]).unwrap();
    let mut op = uniform(&mesh, 10.0, 0.1);
    let mut solver = ExponentialStep::new(&mesh, ExponentialConfig::default()).unwrap();
    let mut told = |value: f64| {
        let mut c = vec![1.0; mesh.len()];
        c[49] = value;
        let linear = solver.step(&op, &mut c, 1.0).unwrap_err();
        let saturable = solver.step_saturable(&op, &vec![1.0; mesh.len()], 1.0, &mut c, 1.0).unwrap_err();
        assert_eq!(linear.to_string(), saturable.to_string());
        linear.to_string()
    };
    assert_eq!(
        told(-1e-3),
        "concentration[49] = -0.001 at voxel x 2, y 2, z 1 is negative, which no concentration is; differences and what \
         sinks of fixed rate may draw below nothing are signed fields"
    );
    assert_eq!(told(f64::NAN), "concentration[49] = NaN at voxel x 2, y 2, z 1 is not a finite number");
    let mut source = vec![0.0; mesh.len()];
    source[7] = -2.0;
    assert_eq!(op.set_source(&source).unwrap_err().to_string(), "source[7] = -2 is negative");
    let mut held = vec![Boundary::Value(1.0); mesh.face_cells(Face::ZMax)];
    held[3] = Boundary::Permeability { p: 1.0, reservoir: -4.0 };
    for (boundary, words) in [
        (Boundary::Value(-0.5).into(), "boundary value[0] = -0.5 is negative"),
        (Boundary::Flux(-0.5).into(), "boundary flux[0] = -0.5 is negative"),
        (BoundaryField::PerFace(held), "boundary reservoir[3] = -4 is negative"),
    ] {
        assert_eq!(op.set_boundary(Face::ZMax, boundary).unwrap_err().to_string(), words);
    }
    assert_eq!(op.boundary(Face::ZMax), &Boundary::NoFlux.into());
    let mut flow = Advection::new(&mesh, AdvectionMethod::SemiLagrangian).unwrap();
    let refused = flow.set_inflow(Face::XMin, Inflow::Uniform(-1.0)).unwrap_err();
    assert_eq!(refused.to_string(), "inflow concentration[0] = -1 is negative");
    let (mut k, mut s) = ([0.0], [0.0]);
    let refused = fold_exchange(&[0.1], -3.0, &mut k, &mut s).unwrap_err();
    assert_eq!(refused.to_string(), "compartment concentration[0] = -3 is negative");
}

/// Differences of concentrations are signed fields, and the equation is linear: what the difference of two fields becomes is
/// the difference of what they become, with every scheme, negative sources and boundaries included.
#[test]
fn signed_fields_are_differences_of_concentrations() {
    for shape in [[11, 10, 9], [7, 1, 5]] {
        let mesh = Mesh::new(shape[0], shape[1], shape[2], [10.0; 3]).unwrap();
        let n = mesh.len();
        let field = |m: usize| (0..n).map(|v| ((v * 7919 + m) % 13) as f64).collect::<Vec<_>>();
        let of = |mut op: Operator, source: &[f64], held: f64| {
            op.set_uniform_diffusivity(40.0).unwrap();
            op.set_decay(&vec![0.1; n]).unwrap();
            op.set_source(source).unwrap();
            op.set_boundary(Face::ZMax, Boundary::Value(held)).unwrap();
            op
        };
        let minus = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>();
        let (s, c) = ([field(1), field(5)], [field(2), field(8)]);
        let ops = [of(Operator::new(&mesh), &s[0], 1.0), of(Operator::new(&mesh), &s[1], 3.0)];
        let signed = of(Operator::signed(&mesh), &minus(&s[0], &s[1]), -2.0);
        assert!(signed.is_signed() && !ops[0].is_signed());
        let difference = minus(&c[0], &c[1]);
        // Backward Euler, the exact propagator, quasi-steady: linear all of them. Advection is limited, so not.
        let config = ImplicitConfig { tolerance: 1e-12, ..Default::default() };
        let mut implicit = ImplicitStep::new(&mesh, config).unwrap();
        let mut exponential =
            ExponentialStep::new(&mesh, ExponentialConfig { tolerance: 1e-12, ..Default::default() })
                .unwrap();
        let mut steady =
            SteadySolver::new(&mesh, SteadyConfig { tolerance: 1e-12, ..Default::default() }).unwrap();
        let mut all: [Advance<'_>; 3] = [
            Box::new(|op, c| implicit.step(op, c, 3.0).map(|_| ()).unwrap()),
            Box::new(|op, c| exponential.step(op, c, 3.0).map(|_| ()).unwrap()),
            Box::new(|op, c| steady.solve(op, c).map(|_| ()).unwrap()),
        ];
        for (k, advance) in all.iter_mut().enumerate() {
            let [mut a, mut b, mut d] = [c[0].clone(), c[1].clone(), difference.clone()];
            advance(&ops[0], &mut a);
            advance(&ops[1], &mut b);
            advance(&signed, &mut d);
            assert!(d.iter().any(|d| *d < 0.0), "{k}");
            for ((a, b), d) in a.iter().zip(&b).zip(&d) {
                assert!((a - b - d).abs() < 1e-9 * 13.0, "{k}: {a} - {b} = {d}");
            }
        }
        let mut flow = Advection::new(&mesh, AdvectionMethod::SemiLagrangian).unwrap().signed();
        flow.set_inflow(Face::XMin, Inflow::Uniform(-1.0)).unwrap();
        let velocity = vec![2.0; mesh.face_len(Axis::X)];
        let mut d = difference.clone();
        let ledger = flow.step(&Velocity { x: &velocity, ..Default::default() }, &mut d, 3.0).unwrap();
        assert!(d.iter().all(|d| (-12.0..=12.0).contains(d)) && ledger.defect().abs() < 1e-6, "{ledger:?}");
    }
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
