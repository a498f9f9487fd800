//! Quasi-steady solves and implicit steps have the same bits on any number of threads, although the cut of their passes
//! into slabs differs.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

use exoderm_field::{
    Boundary, Face, ImplicitConfig, ImplicitStep, Mesh, Method, Operator, Scheme, SteadyConfig, SteadySolver,
};

#[test]
fn quasi_steady_fields_have_the_same_bits_on_any_number_of_threads() {
    let mesh = Mesh::new(101, 40, 41, [20.0; 3]).unwrap();
    let solve = |threads: usize, layered: bool| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut op = Operator::new(&mesh);
        let low = |v: usize| layered && (mesh.coords(v)[0] / 7).is_multiple_of(3);
        op.set_diffusivity(&(0..mesh.len()).map(|v| if low(v) { 1e4 } else { 1e5 }).collect::<Vec<_>>())
            .unwrap();
        op.set_decay(&vec![0.1; mesh.len()]).unwrap();
        op.set_source(&(0..mesh.len()).map(|v| f64::from(u8::from(v % 13 == 0))).collect::<Vec<_>>())
            .unwrap();
        op.set_boundary(Face::ZMax, Boundary::Value(38.0)).unwrap();
        let mut c = vec![0.0; mesh.len()];
        let mut solver = SteadySolver::new(&mesh, SteadyConfig::default()).unwrap();
        let vmax: Vec<f64> = (0..mesh.len()).map(|v| if v % 3 == 0 { 10.0 } else { 0.0 }).collect();
        let report = pool.install(|| match layered {
            true => solver.solve_saturable(&op, &vmax, 2.0, &mut c).unwrap(),
            false => solver.solve(&op, &mut c).unwrap(),
        });
        (c, report)
    };
    for layered in [false, true] {
        let one = solve(1, layered);
        for threads in [2, 3, 5] {
            assert!(solve(threads, layered) == one, "{threads} threads, layered: {layered}");
        }
    }
}

/// By cycles and by conjugate gradients, whose smoother solves lines of one colour on all threads; also over the ends of
/// a periodic axis with an odd number of planes, where the first and the last are of one colour.
#[test]
fn implicit_steps_have_the_same_bits_on_any_number_of_threads() {
    let mesh = Mesh::new(61, 40, 41, [20.0; 3]).unwrap();
    let step = |threads: usize, method: Method, scheme: Scheme, rings: bool| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mesh = mesh.clone().with_periodic([rings, rings, false]);
        let mut op = Operator::new(&mesh);
        let low = |v: usize| (mesh.coords(v)[0] / 7).is_multiple_of(3);
        op.set_diffusivity(&(0..mesh.len()).map(|v| if low(v) { 1e2 } else { 1e3 }).collect::<Vec<_>>())
            .unwrap();
        op.set_decay(&(0..mesh.len()).map(|v| 0.1 * (v % 3) as f64).collect::<Vec<_>>()).unwrap();
        op.set_source(&(0..mesh.len()).map(|v| f64::from(u8::from(v % 13 == 0))).collect::<Vec<_>>())
            .unwrap();
        op.set_boundary(Face::ZMax, Boundary::Value(3.0)).unwrap();
        let config = ImplicitConfig { scheme, method, tolerance: 1e-6, ..Default::default() };
        let mut solver = ImplicitStep::new(&mesh, config).unwrap();
        let mut c = vec![1.0; mesh.len()];
        let ledgers = pool.install(|| [6.0, 6.0].map(|dt| solver.step(&op, &mut c, dt).unwrap()));
        (c, ledgers, solver.sink().to_vec())
    };
    for (method, scheme, rings) in [
        (Method::Auto, Scheme::TrBdf2, false),
        (Method::Auto, Scheme::BackwardEuler, true),
        (Method::Gradients, Scheme::TrBdf2, false),
        (Method::Gradients, Scheme::BackwardEuler, true),
    ] {
        let one = step(1, method, scheme, rings);
        for threads in [2, 5] {
            assert!(step(threads, method, scheme, rings) == one, "{threads} threads, {method:?}, {scheme:?}");
        }
    }
}
