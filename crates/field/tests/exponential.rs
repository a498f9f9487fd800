//! Steps by the exact propagator: any length, positive, conservative, the same bits on any number of threads.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use common::{Noise, log2};
use exoderm_field::cases::{Lod, lattice_share};
use exoderm_field::{
    Axis, Boundary, ExponentialConfig, ExponentialStep, Face, FieldError, ImplicitConfig, ImplicitStep, Mesh,
    Operator, Scheme, SteadyConfig, SteadySolver,
};
use exoderm_numeric::math::exp;
use proptest::prelude::*;

fn step(mesh: &Mesh, tolerance: f64) -> ExponentialStep {
    ExponentialStep::new(mesh, ExponentialConfig { tolerance, ..Default::default() }).unwrap()
}

fn box_operator(mesh: &Mesh, d: f64, k: f64) -> Operator {
    let mut op = Operator::new(mesh);
    op.set_uniform_diffusivity(d).unwrap();
    op.set_decay(&vec![k; mesh.len()]).unwrap();
    op
}

/// Rough coefficients, membranes and open sides.
fn rough(mesh: &Mesh, noise: &mut Noise, open: bool) -> Operator {
    let n = mesh.len();
    let mut op = Operator::new(mesh);
    op.set_diffusivity(&noise.field(n, |r| r.decades(1.0, 1e3))).unwrap();
    op.set_decay(&noise.field(n, |r| if r.unit() < 0.5 { 0.0 } else { r.decades(1e-3, 10.0) })).unwrap();
    op.set_source(&noise.field(n, |r| if r.unit() < 0.7 { 0.0 } else { r.unit() })).unwrap();
    let faces = mesh.face_len(Axis::X);
    let p = noise.field(faces, |r| if r.unit() < 0.7 { f64::INFINITY } else { r.decades(1e-2, 10.0) });
    op.set_face_permeability(Axis::X, Some(&p)).unwrap();
    if open {
        op.set_boundary(Face::ZMax, Boundary::Value(2.0)).unwrap();
        op.set_boundary(Face::YMin, Boundary::Permeability { p: 3.0, reservoir: 0.5 }).unwrap();
        op.set_boundary(Face::XMin, Boundary::Flux(1.5)).unwrap();
    }
    op
}

fn l2(a: &[f64], b: &[f64]) -> f64 {
    let difference: f64 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
    (difference / b.iter().map(|b| b * b).sum::<f64>()).sqrt()
}

/// "After one step of any length a one-voxel delta is within 10 % of exact", here in amount and in every voxel that
/// holds anything to speak of, from a thousandth of a voxel's time to long after everything is even.
#[test]
fn a_delta_is_exact_after_one_step_of_any_length() {
    let (n, h, d, k) = (13, 10.0, 250.0, 0.3);
    let mesh = Mesh::new(n, n, n, [h; 3]).unwrap();
    let op = box_operator(&mesh, d, k);
    let mut solver = step(&mesh, 1e-6);
    let start = mesh.index(6, 6, 4);
    for dt in [1e-4, 1e-2, 0.4, 3.0, 20.0, 150.0, 1000.0] {
        let mut c = vec![0.0; mesh.len()];
        c[start] = 1.0;
        let ledger = solver.step(&op, &mut c, dt).unwrap();
        let left = exp(-k * dt);
        let amount: f64 = c.iter().sum();
        assert!((amount / left - 1.0).abs() < 1e-5, "{dt}: {amount} of {left}");
        let g = d / (h * h);
        let mut largest = 0.0f64;
        for (v, &c) in c.iter().enumerate() {
            let [x, y, z] = mesh.coords(v);
            let share = |from, to| lattice_share(n, g, from, to, dt);
            let exact = left * share(6, x) * share(6, y) * share(4, z);
            largest = largest.max((c - exact).abs() / left);
            assert!(c >= 0.0);
        }
        assert!(largest < 2e-6, "{dt}: {largest}");
        assert!(ledger.clipped <= 1e-13 * amount, "{dt}: {} of {amount}", ledger.clipped);
    }
}

/// The semigroup: one step is two halves, with everything that an operator can have.
#[test]
fn one_step_is_two_halves_on_rough_coefficients() {
    let mut noise = Noise(5);
    for (shape, periodic) in
        [([6, 5, 9], [false; 3]), ([5, 4, 6], [false, true, true]), ([1, 12, 1], [false; 3])]
    {
        let mesh = Mesh::new(shape[0], shape[1], shape[2], [3.0, 4.0, 5.0]).unwrap().with_periodic(periodic);
        let mut op = rough(&mesh, &mut noise, false);
        op.set_boundary(Face::XMax, Boundary::Permeability { p: 2.0, reservoir: 1.0 }).unwrap();
        let mut once = noise.field(mesh.len(), Noise::unit);
        let mut twice = once.clone();
        let mut solver = step(&mesh, 1e-12);
        solver.step(&op, &mut once, 4.0).unwrap();
        solver.step(&op, &mut twice, 1.5).unwrap();
        solver.step(&op, &mut twice, 2.5).unwrap();
        assert!(l2(&once, &twice) < 1e-10, "{shape:?}: {}", l2(&once, &twice));
    }
}

/// Agrees with the implicit scheme as that is refined, and its booked losses close the balance voxel by voxel.
#[test]
fn implicit_steps_converge_to_it() {
    let mut noise = Noise(8);
    let mesh = Mesh::new(6, 5, 7, [4.0; 3]).unwrap();
    let op = rough(&mesh, &mut noise, true);
    let begin = noise.field(mesh.len(), |r| 1.0 + r.unit());
    let mut exact = begin.clone();
    let config = ExponentialConfig { tolerance: 1e-12, sink: true, ..Default::default() };
    let mut solver = ExponentialStep::new(&mesh, config).unwrap();
    let ledger = solver.step(&op, &mut exact, 2.0).unwrap();
    let rates = op.rates(solver.sink()).unwrap();
    let lost = 2.0 * (rates.decay + rates.boundary.iter().sum::<f64>() - rates.source);
    let change = ledger.before - ledger.after;
    assert!((change - lost).abs() < 1e-11 * ledger.before, "{change} {lost}");
    let error = |steps: usize| {
        let settings = ImplicitConfig { scheme: Scheme::TrBdf2, ..Default::default() };
        let mut implicit = ImplicitStep::new(&mesh, settings).unwrap();
        let mut c = begin.clone();
        for _ in 0..steps {
            implicit.step(&op, &mut c, 2.0 / steps as f64).unwrap();
        }
        l2(&c, &exact)
    };
    let (coarse, fine) = (error(128), error(256));
    assert!(fine < 1e-4 && log2(coarse / fine) > 1.8, "{coarse} {fine}");
}

/// The error stays below tolerance times (what was there + what came in), 2-norms.
#[test]
fn the_bound_holds() {
    let mut noise = Noise(11);
    let mesh = Mesh::new(7, 8, 6, [5.0; 3]).unwrap();
    let op = rough(&mesh, &mut noise, false);
    let begin = noise.field(mesh.len(), Noise::unit);
    let run = |tolerance: f64| {
        let mut c = begin.clone();
        let stages = step(&mesh, tolerance).step(&op, &mut c, 5.0).unwrap().stages;
        (c, stages)
    };
    let norm = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>().sqrt();
    let scale = norm(&begin) + 5.0 * norm(&(0..mesh.len()).map(|v| op.source().at(v)).collect::<Vec<_>>());
    let (exact, most) = run(1e-15);
    for tolerance in [1e-2, 1e-4, 1e-6, 1e-8] {
        let (c, stages) = run(tolerance);
        let error = l2(&c, &exact) * norm(&exact);
        assert!(error < 2.0 * tolerance * scale && stages < most, "{tolerance}: {error} of {scale}");
    }
}

/// Closed and without losses, an amount stays to rounding over a thousand steps.
#[test]
fn closed_boxes_conserve() {
    let mut noise = Noise(2);
    let mesh = Mesh::new(5, 6, 7, [10.0; 3]).unwrap();
    let mut op = Operator::new(&mesh);
    op.set_diffusivity(&noise.field(mesh.len(), |r| r.decades(1.0, 1e4))).unwrap();
    let mut c = noise.field(mesh.len(), Noise::unit);
    let before = mesh.amount(&c);
    let mut solver = step(&mesh, 1e-4);
    for k in 0..1000 {
        let ledger = solver.step(&op, &mut c, 0.01 * f64::from(k % 7 + 1)).unwrap();
        assert!((ledger.after - ledger.before - ledger.source + ledger.lost).abs() <= 1e-14 * before);
    }
    assert!((mesh.amount(&c) / before - 1.0).abs() < 1e-13);
}

/// Uptake that saturates: second order in the substep, and the steady state is that of the quasi-steady solver.
#[test]
fn saturable_uptake_converges_to_the_steady_state() {
    let mut noise = Noise(3);
    let mesh = Mesh::new(6, 5, 8, [10.0; 3]).unwrap();
    let mut op = box_operator(&mesh, 300.0, 0.02);
    op.set_boundary(Face::ZMax, Boundary::Value(5.0)).unwrap();
    let vmax = noise.field(mesh.len(), |r| if r.unit() < 0.4 { 2.0 } else { 0.0 });
    let run = |tolerance: f64, time: f64| {
        let mut c = vec![5.0; mesh.len()];
        let mut solver = step(&mesh, tolerance);
        let ledger = solver.step_saturable(&op, &vmax, 1.0, &mut c, time).unwrap();
        let taken = mesh.amount(solver.taken());
        assert!(taken > 0.0 && taken < ledger.lost + 1e-9);
        (c, ledger)
    };
    let (reference, _) = run(1e-9, 3.0);
    for tolerance in [1e-3, 1e-5] {
        let (c, ledger) = run(tolerance, 3.0);
        assert!(l2(&c, &reference) < 2.0 * tolerance, "{tolerance}: {} {ledger:?}", l2(&c, &reference));
    }
    let (late, _) = run(1e-7, 2000.0);
    let mut steady = vec![0.0; mesh.len()];
    let mut quasi = SteadySolver::new(&mesh, SteadyConfig::default()).unwrap();
    quasi.solve_saturable(&op, &vmax, 1.0, &mut steady).unwrap();
    assert!(l2(&late, &steady) < 1e-5, "{}", l2(&late, &steady));
}

/// D→cD, k→ck, s→cs, P→cP, t→t/c changes nothing.
#[test]
fn time_can_be_rescaled() {
    let mesh = Mesh::new(6, 4, 5, [7.0; 3]).unwrap();
    let run = |c: f64| {
        let mut op = box_operator(&mesh, 80.0 * c, 0.2 * c);
        op.set_source(&(0..mesh.len()).map(|v| c * (v % 3) as f64).collect::<Vec<_>>()).unwrap();
        op.set_boundary(Face::YMax, Boundary::Permeability { p: 4.0 * c, reservoir: 2.0 }).unwrap();
        let mut field = vec![1.0; mesh.len()];
        step(&mesh, 1e-10).step(&op, &mut field, 3.0 / c).unwrap();
        field
    };
    assert!(l2(&run(1.0), &run(37.0)) < 1e-12);
}

/// Enough voxels for several slabs.
#[test]
fn same_bits_on_one_two_and_five_threads() {
    let mesh = Mesh::new(64, 64, 64, [20.0; 3]).unwrap();
    let mut op = box_operator(&mesh, 1e3, 0.1);
    op.set_source(&(0..mesh.len()).map(|v| ((v * 7919) % 101) as f64).collect::<Vec<_>>()).unwrap();
    op.set_boundary(Face::ZMax, Boundary::Value(3.0)).unwrap();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut c: Vec<f64> = (0..mesh.len()).map(|v| (v % 13) as f64).collect();
            step(&mesh, 1e-4).step(&op, &mut c, 0.5).unwrap();
            let mut steady = vec![0.0; mesh.len()];
            let mut quasi = SteadySolver::new(&mesh, SteadyConfig::default()).unwrap();
            quasi.solve(&op, &mut steady).unwrap();
            c.extend(steady);
            c.iter().map(|c| c.to_bits()).collect::<Vec<_>>()
        })
    };
    let one = run(1);
    assert!(one == run(2) && one == run(5));
}

/// At most 24 bytes per voxel and substrate beyond the two buffers that a scheme needs: the field and one more.
#[test]
fn scratch_is_small() {
    let mesh = Mesh::new(40, 40, 40, [20.0; 3]).unwrap();
    let op = box_operator(&mesh, 1e3, 0.1);
    let mut c = vec![1.0; mesh.len()];
    for sink in [false, true] {
        let config = ExponentialConfig { sink, ..Default::default() };
        let mut solver = ExponentialStep::new(&mesh, config).unwrap();
        solver.step(&op, &mut c, 0.1).unwrap();
        let beyond = solver.scratch_bytes() as f64 / mesh.len() as f64 - 8.0;
        assert!(beyond <= 24.0, "sink {sink}: {beyond} bytes");
    }
}

/// The yardstick is the scheme that peers run: workload A to the digits that they agree on.
#[test]
fn the_yardstick_passes_its_gate() {
    let (n, h) = (100, 20.0);
    let mesh = Mesh::new(n, n, n, [h; 3]).unwrap();
    let length = n as f64 * h;
    let mut c: Vec<f64> = (0..mesh.len())
        .map(|v| {
            let r2: f64 = mesh.centre(v).iter().map(|x| (x - 0.5 * length) * (x - 0.5 * length)).sum();
            38.0 * exp(-r2 / (2.0 * (0.15 * length) * (0.15 * length)))
        })
        .collect();
    let lod = Lod::new(n, h, 1e5, 0.1, 0.01);
    for _ in 0..22 {
        lod.step(&mut c, &[]);
    }
    let sum = exoderm_numeric::reduce::sum(&c);
    assert!((sum - 1970871.27073).abs() < 1e-5, "{sum}");
    let centre = c[mesh.index(50, 50, 50)];
    assert!((centre - 20.5604923617).abs() < 1e-10, "{centre}");
}

#[test]
fn bad_input_is_refused() {
    let mesh = Mesh::new(3, 3, 3, [1.0; 3]).unwrap();
    let op = box_operator(&mesh, 1.0, 0.0);
    let mut solver = step(&mesh, 1e-6);
    let mut c = vec![1.0; 27];
    for dt in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(solver.step(&op, &mut c, dt), Err(FieldError::InvalidTimeStep(_))), "{dt}");
    }
    assert!(matches!(solver.step(&op, &mut c[..9], 1.0), Err(FieldError::Length { .. })));
    c[4] = f64::NAN;
    assert!(matches!(solver.step(&op, &mut c, 1.0), Err(FieldError::Concentration { voxel: 4, .. })));
    c[4] = -1.0;
    let uptake = solver.step_saturable(&op, &[1.0; 27], 1.0, &mut c, 1.0);
    assert!(matches!(uptake, Err(FieldError::Concentration { voxel: 4, .. })));
    c[4] = 1.0;
    assert!(solver.step_saturable(&op, &[1.0; 27], 0.0, &mut c, 1.0).is_err());
    assert!(solver.step(&op, &mut c, 1e300).is_err());
    assert_eq!(c, vec![1.0; 27]);
    let none = ExponentialConfig { max_stages: 0, ..Default::default() };
    assert!(ExponentialStep::new(&mesh, none).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Positive, within the range of what was there (maximum principle), and conserving, from any field by any step.
    #[test]
    fn maximum_principle_and_conservation(
        seed in any::<u64>(),
        dt in prop::sample::select(vec![1e-6, 1e-3, 0.1, 2.0, 50.0, 1e3]),
        periodic in any::<[bool; 3]>(),
    ) {
        let mut noise = Noise(seed);
        let mesh = Mesh::new(4, 5, 6, [3.0, 2.0, 4.0]).unwrap().with_periodic(periodic);
        let mut op = Operator::new(&mesh);
        op.set_diffusivity(&noise.field(mesh.len(), |r| r.decades(0.1, 1e3))).unwrap();
        let mut c = noise.field(mesh.len(), |r| if r.unit() < 0.8 { 0.0 } else { r.unit() });
        c[7] = 1.0;
        let ledger = step(&mesh, 1e-4).step(&op, &mut c, dt).unwrap();
        prop_assert!(c.iter().all(|c| *c >= 0.0 && *c <= 1.0 + 1e-3));
        prop_assert!((ledger.after / ledger.before - 1.0).abs() < 1e-13);
        prop_assert!(ledger.clipped <= 1e-13 * ledger.before);
    }

    /// Turning the axes round turns the field round.
    #[test]
    fn axes_can_be_exchanged(seed in any::<u64>()) {
        let mut noise = Noise(seed);
        let (mesh, turned) =
            (Mesh::new(4, 5, 6, [3.0, 2.0, 4.0]).unwrap(), Mesh::new(6, 4, 5, [4.0, 3.0, 2.0]).unwrap());
        let turn = |from: &[f64]| -> Vec<f64> {
            (0..turned.len()).map(|v| {
                let [z, x, y] = turned.coords(v);
                from[mesh.index(x, y, z)]
            }).collect()
        };
        let d = noise.field(mesh.len(), |r| r.decades(1.0, 100.0));
        let mut c = noise.field(mesh.len(), Noise::unit);
        let mut a = Operator::new(&mesh);
        a.set_diffusivity(&d).unwrap();
        let mut b = Operator::new(&turned);
        b.set_diffusivity(&turn(&d)).unwrap();
        let mut other = turn(&c);
        step(&mesh, 1e-10).step(&a, &mut c, 0.7).unwrap();
        step(&turned, 1e-10).step(&b, &mut other, 0.7).unwrap();
        prop_assert!(l2(&turn(&c), &other) < 1e-9);
    }
}
