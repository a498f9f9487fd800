//! Advection: exact mass, no new extrema, order two, any Courant number.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use common::{Noise, l1, log2, range, rod, uniform};
use exoderm_field::{
    Advection, AdvectionMethod, Axis, Boundary, Face, ImplicitConfig, ImplicitStep, Inflow, Mesh, Scheme,
    Velocity, cases, trilinear,
};
use exoderm_numeric::math::{cos, sin};
use proptest::prelude::*;
use std::f64::consts::PI;

const METHODS: [AdvectionMethod; 2] =
    [AdvectionMethod::SemiLagrangian, AdvectionMethod::CourantBounded { max: 0.9 }];

fn ring(n: usize) -> Mesh {
    Mesh::new(n, 1, 1, [1.0 / n as f64, 1.0, 1.0]).unwrap().with_periodic([true, false, false])
}

/// Cell averages of 1 + ½ sin(2π(x − a)).
fn wave(n: usize, a: f64) -> Vec<f64> {
    let h = 1.0 / n as f64;
    let primitive = |x: f64| x - cos(2.0 * PI * (x - a)) / (4.0 * PI);
    (0..n).map(|i| (primitive((i + 1) as f64 * h) - primitive(i as f64 * h)) / h).collect()
}

/// Once around the ring, at Courant numbers below and far above 1, both ways.
#[test]
fn translation_conserves_and_makes_no_extrema() {
    for courant in [0.3, 7.6, -0.3, -7.6, 0.0, 250.0] {
        let n = 100;
        let mesh = ring(n);
        let mut noise = Noise(1);
        let mut c: Vec<f64> =
            (0..n).map(|i| if (20..40).contains(&i) { 1.0 } else { 0.1 * noise.unit() }).collect();
        let (amount, (low, high)) = (mesh.amount(&c), range(&c));
        let u = vec![courant / n as f64; n + 1];
        let velocity = Velocity { x: &u, ..Velocity::default() };
        let mut advection = Advection::new(&mesh, AdvectionMethod::SemiLagrangian).unwrap();
        for _ in 0..200 {
            let ledger = advection.step(&velocity, &mut c, 1.0).unwrap();
            assert_eq!(ledger.substeps, 1);
            assert_eq!(ledger.boundary, [0.0; 6]);
            let (l, h) = range(&c);
            assert!(l >= low - 1e-13 && h <= high + 1e-13, "Courant {courant}: {l} {h}");
        }
        assert!((mesh.amount(&c) / amount - 1.0).abs() < 1e-13);
    }
}

/// A shift by whole voxels is exact; order two on a smooth profile at either Courant number.
#[test]
fn order_of_translation() {
    let error = |n: usize, courant: f64, method| {
        let mesh = ring(n);
        let u = vec![courant / n as f64; n + 1];
        let velocity = Velocity { x: &u, ..Velocity::default() };
        let mut advection = Advection::new(&mesh, method).unwrap();
        let mut c = wave(n, 0.0);
        let steps = (0.4 * n as f64 / courant).round();
        for _ in 0..steps as usize {
            advection.step(&velocity, &mut c, 1.0).unwrap();
        }
        l1(&c, &wave(n, steps * courant / n as f64))
    };
    for method in METHODS {
        for courant in [0.3, 7.6] {
            let (coarse, fine) = (error(128, courant, method), error(256, courant, method));
            let order = log2(coarse / fine);
            assert!(order > 1.8, "Courant {courant}: {order} ({coarse} {fine})");
        }
        assert!(error(64, 2.0, AdvectionMethod::SemiLagrangian) < 1e-14);
    }
}

/// Face velocities of a divergence-free swirl in x–z from a stream function that vanishes on the box.
fn swirl(mesh: &Mesh, speed: f64) -> (Vec<f64>, Vec<f64>) {
    let [lx, _, lz] = mesh.extent();
    let [hx, _, hz] = mesh.h();
    let psi = |i: usize, k: usize| {
        // Exactly 0 on the box: the rounding of sin(π) would be an inflow.
        if i == 0 || k == 0 || i == mesh.nx() || k == mesh.nz() {
            return 0.0;
        }
        speed * sin(PI * (i as f64 * hx) / lx) * sin(PI * (k as f64 * hz) / lz) * lz / PI
    };
    let (mut u, mut w) = (vec![0.0; mesh.face_len(Axis::X)], vec![0.0; mesh.face_len(Axis::Z)]);
    for i in 0..=mesh.nx() {
        for k in 0..mesh.nz() {
            u[mesh.face_index(Axis::X, i, 0, k)] = (psi(i, k + 1) - psi(i, k)) / hz;
        }
    }
    for i in 0..mesh.nx() {
        for k in 0..=mesh.nz() {
            w[mesh.face_index(Axis::Z, i, 0, k)] = -(psi(i + 1, k) - psi(i, k)) / hx;
        }
    }
    (u, w)
}

/// A constant stays constant in divergence-free flow, directions split and Courant numbers large or not.
#[test]
fn constants_stay_constant_in_divergence_free_flow() {
    let mesh = Mesh::new(40, 1, 30, [1.0; 3]).unwrap();
    let (u, w) = swirl(&mesh, 1.0);
    for method in METHODS {
        for dt in [0.4, 5.0] {
            let mut advection = Advection::new(&mesh, method).unwrap();
            let mut c = vec![2.0; mesh.len()];
            for _ in 0..20 {
                advection.step(&Velocity { x: &u, y: &[], z: &w }, &mut c, dt).unwrap();
            }
            let (low, high) = range(&c);
            assert!(low > 2.0 - 1e-11 && high < 2.0 + 1e-11, "{method:?} {dt}: {low} {high}");
        }
    }
}

/// A blob stirred in a box: mass to 1e-13, values within the old range.
#[test]
fn stirring_conserves_and_makes_no_extrema() {
    let mesh = Mesh::new(40, 1, 30, [1.0; 3]).unwrap();
    let (u, w) = swirl(&mesh, 1.0);
    for method in METHODS {
        for dt in [0.4, 3.0] {
            let mut c: Vec<f64> = (0..mesh.len())
                .map(|v| {
                    let p = mesh.centre(v);
                    if (p[0] - 12.0).abs() < 5.0 && (p[2] - 15.0).abs() < 6.0 { 1.0 } else { 0.2 }
                })
                .collect();
            let amount = mesh.amount(&c);
            let mut advection = Advection::new(&mesh, method).unwrap();
            for _ in 0..60 {
                let ledger = advection.step(&Velocity { x: &u, y: &[], z: &w }, &mut c, dt).unwrap();
                assert!(ledger.defect().abs() < 1e-13 * amount && ledger.boundary.iter().all(|b| *b == 0.0));
            }
            assert!((mesh.amount(&c) / amount - 1.0).abs() < 1e-13);
            let (low, high) = range(&c);
            assert!(low >= 0.2 - 1e-11 && high <= 1.0 + 1e-11, "{method:?} {dt}: {low} {high}");
        }
    }
}

/// Second order in space and time together, split directions included: a smooth profile carried diagonally
/// around a torus.
#[test]
fn split_directions_are_second_order() {
    let error = |n: usize| {
        let h = 1.0 / n as f64;
        let mesh = Mesh::new(n, n, 1, [h, h, 1.0]).unwrap().with_periodic([true, true, false]);
        // A flow whose directions do not commute: u depends on y, so splitting errors count.
        let mut u = vec![0.0; mesh.face_len(Axis::X)];
        for i in 0..=n {
            for j in 0..n {
                u[mesh.face_index(Axis::X, i, j, 0)] = 1.0 + 0.5 * sin(2.0 * PI * (j as f64 + 0.5) * h);
            }
        }
        let v = vec![1.0; mesh.face_len(Axis::Y)];
        let start = |x: f64, y: f64| 1.0 + 0.4 * sin(2.0 * PI * x) * cos(2.0 * PI * y);
        let mut c: Vec<f64> = (0..mesh.len()).map(|k| start(mesh.centre(k)[0], mesh.centre(k)[1])).collect();
        let mut advection = Advection::new(&mesh, AdvectionMethod::SemiLagrangian).unwrap();
        let (steps, end) = (n / 8, 0.5);
        for _ in 0..steps {
            advection.step(&Velocity { x: &u, y: &v, z: &[] }, &mut c, end / steps as f64).unwrap();
        }
        // Back along the path: y0 = y − t; x0 = x − t + (cos 2πy − cos 2πy0)/4π.
        let exact: Vec<f64> = (0..mesh.len())
            .map(|k| {
                let [x, y, _] = mesh.centre(k);
                let y0 = y - end;
                start(x - end + (cos(2.0 * PI * y) - cos(2.0 * PI * y0)) / (4.0 * PI), y0)
            })
            .collect();
        l1(&c, &exact)
    };
    let order = log2(error(64) / error(128));
    assert!(order > 1.8, "{order}");
}

/// Inflow and outflow are booked per side, also when one step washes more than the whole line through.
#[test]
fn open_sides_are_booked() {
    let mesh = Mesh::new(8, 2, 1, [2.0, 3.0, 5.0]).unwrap();
    for (speed, inflow_side, outflow_side) in [(1.0, Face::XMin, Face::XMax), (-1.0, Face::XMax, Face::XMin)]
    {
        for dt in [0.5, 3.0, 40.0] {
            let u = vec![speed; mesh.face_len(Axis::X)];
            let mut advection = Advection::new(&mesh, AdvectionMethod::SemiLagrangian).unwrap();
            advection.set_inflow(inflow_side, Inflow::PerFace(vec![4.0, 1.0])).unwrap();
            let mut c = Noise(5).field(16, Noise::unit);
            let before = mesh.amount(&c);
            let ledger = advection.step(&Velocity { x: &u, ..Velocity::default() }, &mut c, dt).unwrap();
            let inward = (4.0 + 1.0) * 15.0 * dt;
            assert!((ledger.boundary[inflow_side.index()] + inward).abs() < 1e-12 * inward);
            let out = ledger.boundary[outflow_side.index()];
            assert!((mesh.amount(&c) - (before + inward - out)).abs() < 1e-12 * (before + inward));
            assert!(ledger.defect().abs() < 1e-12 * (before + inward));
            if dt == 40.0 {
                let line = |iy: usize| c[mesh.index(3, iy, 0)];
                assert!((line(0) - 4.0).abs() < 1e-12 && (line(1) - 1.0).abs() < 1e-12);
            }
        }
    }
}

/// Ogata & Banks: flow and diffusion into tissue from a wetted surface, Strang-split.
#[test]
fn ogata_banks_column() {
    let (v, d, end) = (0.5, 4.3, 60.0);
    let mesh = rod(800, 200.0);
    let mut op = uniform(&mesh, d, 0.0);
    op.set_boundary(Face::ZMin, Boundary::Value(1.0)).unwrap();
    op.set_boundary(Face::ZMax, Boundary::Outflow).unwrap();
    let w = vec![v; mesh.face_len(Axis::Z)];
    let velocity = Velocity { z: &w, ..Velocity::default() };
    let mut advection = Advection::new(&mesh, AdvectionMethod::SemiLagrangian).unwrap();
    advection.set_inflow(Face::ZMin, Inflow::Uniform(1.0)).unwrap();
    let settings = ImplicitConfig { scheme: Scheme::TrBdf2, ..ImplicitConfig::default() };
    let mut implicit = ImplicitStep::new(&mesh, settings).unwrap();
    let mut c = vec![0.0; mesh.len()];
    let steps = 600;
    let dt = end / f64::from(steps);
    for _ in 0..steps {
        advection.step(&velocity, &mut c, 0.5 * dt).unwrap();
        implicit.step(&op, &mut c, dt).unwrap();
        advection.step(&velocity, &mut c, 0.5 * dt).unwrap();
    }
    for (x, exact) in [(1.0, 0.99593764328), (10.0, 0.935855411391), (50.0, 0.261088939946)] {
        let got = trilinear(&mesh, &c, [0.5, 0.5, x]);
        assert!((got - exact).abs() < 1.5e-3, "x = {x}: {got} {exact}");
        assert!((cases::ogata_banks(v, d, x, end) - exact).abs() < 1e-11);
    }
}

/// Cell Péclet number 100: a front as sharp as the mesh, and nothing below 0 or above 1.
#[test]
fn sharp_fronts_have_no_new_extrema() {
    let (n, v) = (200, 1.0);
    let mesh = rod(n, n as f64);
    let mut op = uniform(&mesh, v / 100.0, 0.0);
    op.set_boundary(Face::ZMin, Boundary::Value(1.0)).unwrap();
    let w = vec![v; mesh.face_len(Axis::Z)];
    for method in METHODS {
        for dt in [0.6, 6.3] {
            let mut advection = Advection::new(&mesh, method).unwrap();
            advection.set_inflow(Face::ZMin, Inflow::Uniform(1.0)).unwrap();
            let mut implicit = ImplicitStep::new(&mesh, ImplicitConfig::default()).unwrap();
            let mut c = vec![0.0; n];
            let steps = (100.0f64 / dt).round() as usize;
            for _ in 0..steps {
                advection.step(&Velocity { z: &w, ..Velocity::default() }, &mut c, dt).unwrap();
                implicit.step(&op, &mut c, dt).unwrap();
                let (low, high) = range(&c);
                assert!(low >= 0.0 && high <= 1.0 + 1e-12, "{low} {high}");
                assert!(c.windows(2).all(|w| w[1] <= w[0] + 1e-12), "front is not monotone");
            }
            let front = c.iter().filter(|c| **c > 0.5).count() as f64;
            assert!((front - dt * steps as f64).abs() < 3.0, "{front}");
        }
    }
}

/// Water that enters through capillaries and leaves by lymph: amounts balance and stay positive, however strong.
#[test]
fn divergent_flow_conserves() {
    let mesh = Mesh::new(30, 1, 10, [1.0; 3]).unwrap();
    let mut u = vec![0.0; mesh.face_len(Axis::X)];
    for i in 1..30 {
        for k in 0..10 {
            u[mesh.face_index(Axis::X, i, 0, k)] = sin(i as f64 * 0.7 + k as f64);
        }
    }
    for method in METHODS {
        let mut advection = Advection::new(&mesh, method).unwrap();
        let mut c = Noise(6).field(300, |n| if n.unit() < 0.5 { 0.0 } else { n.unit() });
        let before = mesh.amount(&c);
        for _ in 0..20 {
            let ledger = advection.step(&Velocity { x: &u, ..Velocity::default() }, &mut c, 4.0).unwrap();
            assert!(ledger.substeps > 1);
        }
        assert!((mesh.amount(&c) / before - 1.0).abs() < 1e-12);
        assert!(c.iter().all(|c| *c >= 0.0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Any field, any flow, any step: balanced and positive.
    #[test]
    fn any_flow_is_conservative_and_positive(
        seed in any::<u64>(), dt in 0.01..20.0f64, bounded in any::<bool>(), periodic in any::<[bool; 3]>(),
    ) {
        let mut noise = Noise(seed);
        let mesh = Mesh::new(7, 4, 5, [1.0, 2.0, 3.0]).unwrap().with_periodic(periodic);
        let mut faces = Axis::ALL.map(|a| noise.field(mesh.face_len(a), |n| n.unit() - 0.5));
        for axis in Axis::ALL {
            let a = axis.index();
            if periodic[a] {
                for line in 0..mesh.lines(axis) {
                    let mut i = mesh.coords(mesh.line_start(axis, line));
                    let low = faces[a][mesh.face_index(axis, i[0], i[1], i[2])];
                    i[a] = mesh.shape()[a];
                    faces[a][mesh.face_index(axis, i[0], i[1], i[2])] = low;
                }
            }
        }
        let method = METHODS[usize::from(bounded)];
        let mut advection = Advection::new(&mesh, method).unwrap();
        for f in Face::ALL {
            advection.set_inflow(f, Inflow::Uniform(noise.unit())).unwrap();
        }
        let mut c = noise.field(mesh.len(), |n| if n.unit() < 0.3 { 0.0 } else { n.decades(1e-12, 1.0) });
        let velocity = Velocity { x: &faces[0], y: &faces[1], z: &faces[2] };
        let ledger = advection.step(&velocity, &mut c, dt).unwrap();
        let gross = ledger.before + ledger.boundary.iter().map(|b| b.abs()).sum::<f64>();
        prop_assert!(ledger.defect().abs() <= 1e-12 * gross);
        prop_assert!(c.iter().all(|c| *c >= 0.0), "{:?}", range(&c));
    }
}

#[test]
fn bad_flows_are_refused() {
    let mesh = Mesh::new(4, 1, 3, [1.0; 3]).unwrap();
    let mut advection = Advection::new(&mesh, AdvectionMethod::SemiLagrangian).unwrap();
    let mut c = vec![1.0; 12];
    let short = vec![0.0; 3];
    assert!(advection.step(&Velocity { x: &short, ..Velocity::default() }, &mut c, 1.0).is_err());
    let mut u = vec![0.0; 15];
    u[4] = f64::NAN;
    assert!(advection.step(&Velocity { x: &u, ..Velocity::default() }, &mut c, 1.0).is_err());
    u[4] = 1e300;
    assert!(advection.step(&Velocity { x: &u, ..Velocity::default() }, &mut c, 1.0).is_err());
    u[4] = 1.0;
    assert!(advection.step(&Velocity { x: &u, ..Velocity::default() }, &mut c, f64::NAN).is_err());
    assert!(advection.set_inflow(Face::XMin, Inflow::PerFace(vec![1.0])).is_err());
    assert!(advection.set_inflow(Face::XMin, Inflow::Uniform(f64::NAN)).is_err());
    assert!(Advection::new(&mesh, AdvectionMethod::CourantBounded { max: 1.5 }).is_err());
    let around = mesh.with_periodic([true, false, false]);
    let mut advection = Advection::new(&around, AdvectionMethod::SemiLagrangian).unwrap();
    u.fill(0.0);
    u[0] = 1.0;
    assert!(advection.step(&Velocity { x: &u, ..Velocity::default() }, &mut c, 1.0).is_err());
    assert!(c.iter().all(|c| *c == 1.0));
}
