//! Implicit steps: analytic transients, order, cycles against conjugate gradients.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use common::{Noise, assert_balanced, l1, log2, rod, rough, uniform};
use exoderm_field::{
    Boundary, Face, ImplicitConfig, ImplicitStep, Mesh, Method, Operator, Scheme, SteadyConfig, SteadySolver,
    cases,
};
use exoderm_numeric::math::sin;

fn config(scheme: Scheme, method: Method) -> ImplicitConfig {
    ImplicitConfig { scheme, method, ..ImplicitConfig::default() }
}

const BOTH: [Scheme; 2] = [Scheme::BackwardEuler, Scheme::TrBdf2];

/// The cloud of vesicles from one point, in one, two and three dimensions.
#[test]
fn point_release_follows_the_gaussian() {
    for (dim, shape, h) in
        [(1, [161, 1, 1], [1.0, 1.0, 1.0]), (2, [81, 1, 81], [1.0, 1.0, 1.0]), (3, [41, 41, 41], [1.5; 3])]
    {
        let (d, k, amount) = (4.3, 0.05, 1000.0);
        let mesh = Mesh::new(shape[0], shape[1], shape[2], h).unwrap();
        let op = uniform(&mesh, d, k);
        let middle = mesh.index(shape[0] / 2, shape[1] / 2, shape[2] / 2);
        let origin = mesh.centre(middle);
        let radius = |v: usize| {
            let p = mesh.centre(v);
            (0..3).map(|a| (p[a] - origin[a]) * (p[a] - origin[a])).sum::<f64>().sqrt()
        };
        // From the Gaussian at t = 2 (a delta is no function on a mesh) to t = 4.
        let exact = |t: f64| -> Vec<f64> {
            (0..mesh.len()).map(|v| cases::point_release(amount, d, k, dim, radius(v), t)).collect()
        };
        let mut c = exact(2.0);
        let mut solver = ImplicitStep::new(&mesh, config(Scheme::TrBdf2, Method::Auto)).unwrap();
        for _ in 0..20 {
            let ledger = solver.step(&op, &mut c, 0.1).unwrap();
            assert_eq!(ledger.scheme, Scheme::TrBdf2);
        }
        let (peak, e) = (exact(4.0)[middle], exact(4.0));
        let worst = c.iter().zip(&e).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let limit = if dim == 3 { 0.06 } else { 0.02 };
        assert!(worst < limit * peak, "{dim}-D: {worst} of {peak}");
    }
}

/// S026, locally: filling of a slab from one side, to 0.2 % of what it is held at.
#[test]
fn s026_slab_fills_as_the_series_says() {
    let (d, length, n) = (60.0 * 4.3, 100.0, 200);
    let mesh = rod(n, length);
    let mut op = uniform(&mesh, d, 0.0);
    op.set_boundary(Face::ZMin, Boundary::Value(1.0)).unwrap();
    let mut solver = ImplicitStep::new(&mesh, config(Scheme::BackwardEuler, Method::Auto)).unwrap();
    let mut c = vec![0.0; n];
    let dt = 0.01;
    for step in 1..=4000 {
        solver.step(&op, &mut c, dt).unwrap();
        if [200, 1000, 4000].contains(&step) {
            let t = dt * f64::from(step);
            for v in (0..n).step_by(7) {
                let exact = cases::slab_fill(d, length, mesh.centre(v)[2], t);
                assert!((c[v] - exact).abs() < 2e-3, "t = {t}, voxel {v}: {} {exact}", c[v]);
            }
        }
    }
}

/// Order one and two in time, asserted against the same space discretisation's exact mode, with decay.
#[test]
fn orders_in_time() {
    let (n, length, d, k, source, end) = (40, 100.0, 100.0, 0.02, 0.1, 8.0);
    let mesh = rod(n, length);
    let mut op = uniform(&mesh, d, k);
    op.set_source(&vec![source; n]).unwrap();
    // A uniform source adds the same everywhere.
    let made = |t: f64| -source / k * exoderm_numeric::math::exp_m1(-k * t);
    let h: f64 = length / n as f64;
    let q = std::f64::consts::PI / length;
    // The cosine is an eigenvector of the discrete Laplacian as well, with this eigenvalue in place of q².
    let d_discrete = d * (2.0 * sin(q * h / 2.0) / h) * (2.0 * sin(q * h / 2.0) / h) / (q * q);
    for (scheme, order) in [(Scheme::BackwardEuler, 1.0), (Scheme::TrBdf2, 2.0)] {
        let error = |steps: usize| {
            let settings = ImplicitConfig { tolerance: 1e-13, ..config(scheme, Method::Auto) };
            let mut solver = ImplicitStep::new(&mesh, settings).unwrap();
            let mut c: Vec<f64> =
                (0..n).map(|v| cases::cosine_mode(d, k, length, 1, mesh.centre(v)[2], 0.0)).collect();
            for _ in 0..steps {
                assert_eq!(solver.step(&op, &mut c, end / steps as f64).unwrap().scheme, scheme);
            }
            (0..n)
                .map(|v| {
                    (c[v] - made(end) - cases::cosine_mode(d_discrete, k, length, 1, mesh.centre(v)[2], end))
                        .abs()
                })
                .fold(0.0, f64::max)
        };
        let (coarse, fine) = (error(40), error(80));
        let got = log2(coarse / fine);
        assert!((got - order).abs() < 0.08, "{scheme:?}: order {got} ({coarse} {fine})");
    }
}

/// The same orders with everything on at once: layers, sources, a held value and a reservoir behind a membrane,
/// from the steady state of another uptake; against a run with much shorter steps.
#[test]
fn orders_in_time_with_sources_and_open_sides() {
    let mesh = Mesh::new(12, 1, 10, [10.0; 3]).unwrap();
    let mut noise = Noise(12);
    let mut op = Operator::new(&mesh);
    let d: Vec<f64> = (0..mesh.len()).map(|v| if mesh.coords(v)[2] < 4 { 5.0 } else { 40.0 }).collect();
    op.set_diffusivity(&d).unwrap();
    op.set_source(&noise.field(mesh.len(), |n| 0.1 * n.unit())).unwrap();
    op.set_boundary(Face::ZMax, Boundary::Value(2.0)).unwrap();
    op.set_boundary(Face::XMin, Boundary::Permeability { p: 0.5, reservoir: 1.0 }).unwrap();
    op.set_boundary(Face::XMax, Boundary::Flux(0.02)).unwrap();
    op.set_decay(&vec![0.3; mesh.len()]).unwrap();
    let mut start = vec![0.0; mesh.len()];
    let mut steady = SteadySolver::new(&mesh, SteadyConfig::default()).unwrap();
    steady.solve(&op, &mut start).unwrap();
    op.set_decay(&noise.field(mesh.len(), |n| 0.2 * n.unit())).unwrap();
    let run = |scheme, steps: usize| {
        let settings = ImplicitConfig { tolerance: 1e-13, ..config(scheme, Method::Auto) };
        let mut solver = ImplicitStep::new(&mesh, settings).unwrap();
        let mut c = start.clone();
        for _ in 0..steps {
            let ledger = solver.step(&op, &mut c, 8.0 / steps as f64).unwrap();
            assert_eq!(ledger.scheme, scheme, "no step may need to give way here");
            assert_balanced(&ledger, 1e-13);
        }
        c
    };
    let exact = run(Scheme::TrBdf2, 4000);
    for (scheme, order) in [(Scheme::BackwardEuler, 1.0), (Scheme::TrBdf2, 2.0)] {
        let [coarse, fine] = [40, 80].map(|steps| l1(&run(scheme, steps), &exact));
        let got = log2(coarse / fine);
        assert!((got - order).abs() < 0.1, "{scheme:?}: order {got} ({coarse} {fine})");
    }
    // Both end in the same steady state.
    let (mut c, mut rest) = (exact, start.clone());
    steady.solve(&op, &mut rest).unwrap();
    let mut solver = ImplicitStep::new(&mesh, config(Scheme::TrBdf2, Method::Auto)).unwrap();
    for _ in 0..200 {
        solver.step(&op, &mut c, 20.0).unwrap();
    }
    assert!(l1(&c, &rest) < 1e-6);
}

/// Second order in space for a transient, with errors of time kept small.
#[test]
fn order_in_space() {
    let (length, d, k, end) = (100.0, 100.0, 0.02, 4.0);
    let error = |n: usize| {
        let mesh = rod(n, length);
        let op = uniform(&mesh, d, k);
        let settings = ImplicitConfig { tolerance: 1e-13, ..config(Scheme::TrBdf2, Method::Auto) };
        let mut solver = ImplicitStep::new(&mesh, settings).unwrap();
        let mut c: Vec<f64> =
            (0..n).map(|v| cases::cosine_mode(d, k, length, 2, mesh.centre(v)[2], 0.0)).collect();
        for _ in 0..2000 {
            solver.step(&op, &mut c, end / 2000.0).unwrap();
        }
        (0..n)
            .map(|v| (c[v] - cases::cosine_mode(d, k, length, 2, mesh.centre(v)[2], end)).abs())
            .fold(0.0, f64::max)
    };
    let order = log2(error(16) / error(32));
    assert!((1.9..2.1).contains(&order), "{order}");
}

/// Large meshes take cycles: they give what conjugate gradients give, on couplings that jump tenfold, beside every kind of
/// boundary, from a short step to one that forgets the past; and where cycles do not contract (couplings that jump by six
/// decades from voxel to voxel) conjugate gradients take over.
#[test]
fn cycles_and_gradients_agree() {
    let mesh = Mesh::new(23, 21, 20, [10.0; 3]).unwrap();
    for (decades, layered) in [(0.0, false), (1.0, true), (6.0, true)] {
        for scheme in BOTH {
            for dt in [0.01, 6.0, 1e5] {
                let mut noise = Noise(15);
                let mut op = rough(&mesh, &mut noise, true);
                let low = exoderm_numeric::math::pow(10.0, -decades);
                op.set_diffusivity(&noise.field(mesh.len(), |n| 1e3 * n.decades(low, 1.0))).unwrap();
                if !layered {
                    op.set_decay(&vec![0.1; mesh.len()]).unwrap();
                }
                let start = noise.field(mesh.len(), Noise::unit);
                let [a, b] = [Method::Auto, Method::Gradients].map(|method| {
                    let mut solver = ImplicitStep::new(&mesh, config(scheme, method)).unwrap();
                    let mut c = start.clone();
                    let ledger = solver.step(&op, &mut c, dt).unwrap();
                    assert_balanced(&ledger, 1e-12);
                    assert!(c.iter().chain(solver.sink()).all(|c| *c >= 0.0));
                    (c, solver.sink().to_vec(), ledger.scheme)
                });
                let (_, most) = common::range(&b.0);
                let off = |a: &[f64], b: &[f64]| {
                    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / most
                };
                let off = [off(&a.0, &b.0), off(&a.1, &b.1)];
                // A residual of 1e-10 of a right-hand side that is a hundred times the field, over a loss of 0.1/min.
                assert!(a.2 == b.2 && off.iter().all(|o| *o < 1e-6), "{decades} {scheme:?} {dt}: {off:?}");
            }
        }
    }
}

/// Issue 3: D→cD, k→ck, s→cs, P→cP, t→t/c changes nothing, for implicit steps and quasi-steady fields.
#[test]
fn time_can_be_rescaled() {
    let mesh = Mesh::new(11, 10, 9, [7.0; 3]).unwrap();
    for method in [Method::Auto, Method::Gradients] {
        for scheme in BOTH {
            let run = |c: f64| {
                let mut op = uniform(&mesh, 80.0 * c, 0.2 * c);
                op.set_source(&(0..mesh.len()).map(|v| c * (v % 3) as f64).collect::<Vec<_>>()).unwrap();
                op.set_boundary(Face::YMax, Boundary::Permeability { p: 4.0 * c, reservoir: 2.0 }).unwrap();
                let mut field = vec![1.0; mesh.len()];
                let settings = ImplicitConfig { tolerance: 1e-12, ..config(scheme, method) };
                ImplicitStep::new(&mesh, settings).unwrap().step(&op, &mut field, 3.0 / c).unwrap();
                let mut steady = vec![0.0; mesh.len()];
                let settings = SteadyConfig { tolerance: 1e-12, method, ..SteadyConfig::default() };
                SteadySolver::new(&mesh, settings).unwrap().solve(&op, &mut steady).unwrap();
                field.extend(steady);
                field
            };
            assert!(l1(&run(1.0), &run(37.0)) < 1e-10);
        }
    }
}

/// Steps shorter than single precision can tell from nothing, and so long that 1/dt drowns in the couplings.
#[test]
fn cycles_take_steps_of_any_length() {
    let mesh = Mesh::new(12, 11, 10, [10.0; 3]).unwrap();
    for closed in [true, false] {
        for dt in [1e-100, 1e-40, 1e-10, 1e8, 1e14] {
            let mut op = uniform(&mesh, 1e5, if closed { 0.0 } else { 0.1 });
            op.set_source(&(0..mesh.len()).map(|v| f64::from(u8::from(v % 7 == 0))).collect::<Vec<_>>())
                .unwrap();
            let mut solver = ImplicitStep::new(&mesh, config(Scheme::BackwardEuler, Method::Auto)).unwrap();
            let mut c: Vec<f64> = (0..mesh.len()).map(|v| (v % 5) as f64).collect();
            let start = c.clone();
            let ledger = solver.step(&op, &mut c, dt).unwrap();
            assert_balanced(&ledger, 1e-12);
            if dt < 1e-20 {
                assert!(c.iter().zip(&start).all(|(c, s)| (c - s).abs() < 1e-12));
            } else if dt > 1.0 {
                let mean = ledger.after / mesh.volume() / mesh.len() as f64;
                let spread = common::range(&c);
                assert!(
                    spread.0 >= 0.0 && spread.1 - spread.0 < 0.1 * mean.max(1.0),
                    "{dt}: {spread:?} {mean}"
                );
            }
        }
    }
}

/// Nothing half done on bad input.
#[test]
fn bad_input_is_refused() {
    let mesh = Mesh::new(4, 1, 3, [10.0; 3]).unwrap();
    let mut op = uniform(&mesh, 1.0, 0.1);
    let mut solver = ImplicitStep::new(&mesh, ImplicitConfig::default()).unwrap();
    let mut c = vec![1.0; 12];
    for dt in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(solver.step(&op, &mut c, dt).is_err());
    }
    assert!(solver.step(&op, &mut c[..11], 1.0).is_err());
    c[5] = f64::NAN;
    assert!(solver.step(&op, &mut c, 1.0).is_err());
    let mut bad = vec![1.0; 12];
    bad[3] = f64::NAN;
    assert!(op.set_diffusivity(&bad).is_err() && op.set_decay(&bad).is_err() && op.set_source(&bad).is_err());
    bad[3] = -1.0;
    assert!(op.set_diffusivity(&bad).is_err() && op.set_decay(&bad).is_err());
    assert!(op.diffusivity().are(&vec![1.0; mesh.len()]));
    for b in [
        Boundary::Value(f64::NAN),
        Boundary::Flux(f64::INFINITY),
        Boundary::Permeability { p: -1.0, reservoir: 0.0 },
        Boundary::Permeability { p: f64::NAN, reservoir: 0.0 },
        Boundary::Periodic,
    ] {
        assert!(op.set_boundary(Face::XMin, b).is_err(), "{b:?}");
    }
    assert!(
        ImplicitStep::new(&mesh, ImplicitConfig { tolerance: 0.0, ..ImplicitConfig::default() }).is_err()
    );
    let ring = mesh.with_periodic([true, false, false]);
    assert!(Operator::new(&ring).set_boundary(Face::XMin, Boundary::NoFlux).is_err());
}
