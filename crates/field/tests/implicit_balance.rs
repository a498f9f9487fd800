//! Implicit steps: the balance sheet and positivity. What leaves, decays and is made adds up, in every region and at any step.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use common::{Noise, assert_balanced, rod, rough, uniform};
use exoderm_field::{
    Boundary, Face, ImplicitConfig, ImplicitStep, Mesh, Method, Operator, Scheme, exchanged_amount,
    fold_exchange,
};
use proptest::prelude::*;

fn config(scheme: Scheme, method: Method) -> ImplicitConfig {
    ImplicitConfig { scheme, method, ..ImplicitConfig::default() }
}

const BOTH: [Scheme; 2] = [Scheme::BackwardEuler, Scheme::TrBdf2];

/// A closed box keeps its amount to 1e-12 over a thousand steps, whatever the solver's tolerance.
#[test]
fn closed_boxes_conserve() {
    for (shape, method) in [([40, 1, 12], Method::Banded), ([9, 8, 7], Method::Multigrid)] {
        for scheme in BOTH {
            let mut noise = Noise(7);
            let mesh = Mesh::new(shape[0], shape[1], shape[2], [10.0; 3]).unwrap();
            let op = rough(&mesh, &mut noise, false);
            let loose = ImplicitConfig { tolerance: 1e-7, ..config(scheme, method) };
            let mut solver = ImplicitStep::new(&mesh, loose).unwrap();
            let mut c = noise.field(mesh.len(), |n| n.decades(1e-6, 1.0));
            let before = mesh.amount(&c);
            for step in 0..1000 {
                solver.step(&op, &mut c, [0.1, 6.0, 60.0][step % 3]).unwrap();
            }
            let after = mesh.amount(&c);
            assert!((after / before - 1.0).abs() < 1e-12, "{scheme:?} {method:?}: {before} {after}");
        }
    }
}

/// Every loss and every side is booked; the loss of a voxel is k·sink·dt·V.
#[test]
fn open_boxes_book_everything() {
    for method in [Method::Banded, Method::Multigrid] {
        for scheme in BOTH {
            let mut noise = Noise(8);
            let mesh = Mesh::new(30, 2, 9, [10.0, 5.0, 10.0]).unwrap();
            let op = rough(&mesh, &mut noise, true);
            let mut solver = ImplicitStep::new(&mesh, config(scheme, method)).unwrap();
            let mut c = noise.field(mesh.len(), Noise::unit);
            let first = mesh.amount(&c);
            let mut net = 0.0;
            let mut gross = first;
            for step in 0..300 {
                let dt = [0.05, 0.3, 6.0][step % 3];
                let ledger = solver.step(&op, &mut c, dt).unwrap();
                assert_balanced(&ledger, 1e-12);
                let decayed: f64 =
                    solver.sink().iter().enumerate().map(|(i, c)| op.decay().at(i) * c).sum::<f64>()
                        * dt
                        * mesh.volume();
                assert!((decayed / ledger.decay - 1.0).abs() < 1e-12);
                assert!(
                    ledger.boundary[Face::XMax.index()] < 0.0 && ledger.boundary[Face::ZMin.index()] > 0.0
                );
                assert_eq!(ledger.boundary[Face::ZMax.index()], 0.0);
                assert!(c.iter().chain(solver.sink()).all(|c| *c >= 0.0));
                net += ledger.source - ledger.decay - ledger.boundary.iter().sum::<f64>();
                gross += ledger.source + ledger.decay;
            }
            assert!((mesh.amount(&c) - first - net).abs() < 1e-12 * gross);
        }
    }
}

/// Fast oxygen over long steps beside a held value: rounding amplified by g·dt must not reach the balance.
#[test]
fn stiff_boundaries_stay_balanced() {
    let mesh = Mesh::new(100, 1, 26, [10.0; 3]).unwrap();
    let mut op = uniform(&mesh, 1.5e5, 0.3);
    op.set_boundary(Face::ZMax, Boundary::Value(7.3)).unwrap();
    for scheme in BOTH {
        let mut solver = ImplicitStep::new(&mesh, config(scheme, Method::Auto)).unwrap();
        let mut c = vec![1.0; mesh.len()];
        let (mut net, first) = (0.0, mesh.amount(&c));
        for _ in 0..2000 {
            let ledger = solver.step(&op, &mut c, 60.0).unwrap();
            net += ledger.source - ledger.decay - ledger.boundary.iter().sum::<f64>();
        }
        let after = mesh.amount(&c);
        assert!((after - first - net).abs() < 1e-9 * after, "{scheme:?}: {}", after - first - net);
    }
}

/// Regions that do not exchange keep their own amounts.
#[test]
fn separate_regions_keep_separate_accounts() {
    let mesh = Mesh::new(10, 1, 6, [10.0; 3]).unwrap();
    let mut noise = Noise(9);
    let mut op = rough(&mesh, &mut noise, false);
    let mut shut = vec![f64::INFINITY; mesh.face_len(exoderm_field::Axis::X)];
    for iz in 0..6 {
        shut[mesh.face_index(exoderm_field::Axis::X, 4, 0, iz)] = 0.0;
    }
    op.set_face_permeability(exoderm_field::Axis::X, Some(&shut)).unwrap();
    let mut c: Vec<f64> = (0..60).map(|v| if v < 24 { 1e-8 * noise.unit() } else { noise.unit() }).collect();
    let left = |c: &[f64]| c[..24].iter().sum::<f64>();
    let (before, all) = (left(&c), mesh.amount(&c));
    let loose = ImplicitConfig { tolerance: 1e-4, ..config(Scheme::BackwardEuler, Method::Multigrid) };
    let mut solver = ImplicitStep::new(&mesh, loose).unwrap();
    for _ in 0..200 {
        solver.step(&op, &mut c, 5.0).unwrap();
    }
    assert!((left(&c) / before - 1.0).abs() < 1e-12);
    assert!((mesh.amount(&c) / all - 1.0).abs() < 1e-12);
}

/// D = 0 (matrix-bound matter): every voxel is its own region and follows its own exponential scheme.
#[test]
fn without_diffusion_each_voxel_is_alone() {
    let mesh = Mesh::new(5, 2, 3, [10.0; 3]).unwrap();
    let mut noise = Noise(10);
    let k = noise.field(30, |n| n.decades(1e-3, 10.0));
    let mut op = Operator::new(&mesh);
    op.set_decay(&k).unwrap();
    for method in [Method::Banded, Method::Multigrid] {
        let start = noise.field(30, Noise::unit);
        let mut c = start.clone();
        let mut solver = ImplicitStep::new(&mesh, config(Scheme::BackwardEuler, method)).unwrap();
        solver.step(&op, &mut c, 0.7).unwrap();
        for i in 0..30 {
            let exact = start[i] / (1.0 + 0.7 * k[i]);
            assert!((c[i] / exact - 1.0).abs() < 1e-13);
        }
    }
}

/// Capillary exchange folded into k and s: what the blood gave is what the tissue gained.
#[test]
fn exchange_is_booked_from_the_sink() {
    let mesh = Mesh::new(12, 1, 8, [10.0; 3]).unwrap();
    let mut noise = Noise(11);
    let mut op = uniform(&mesh, 50.0, 0.0);
    let rate = noise.field(mesh.len(), |n| n.decades(1e-3, 1.0));
    let (mut k, mut s) = (vec![0.0; mesh.len()], vec![0.0; mesh.len()]);
    fold_exchange(&rate, 2.5, &mut k, &mut s).unwrap();
    op.set_decay(&k).unwrap();
    op.set_source(&s).unwrap();
    for scheme in BOTH {
        let mut solver = ImplicitStep::new(&mesh, config(scheme, Method::Auto)).unwrap();
        let mut c = vec![0.0; mesh.len()];
        for _ in 0..50 {
            let ledger = solver.step(&op, &mut c, 3.0).unwrap();
            let given = exchanged_amount(&mesh, &rate, 2.5, solver.sink(), 3.0).unwrap();
            assert!((ledger.after - ledger.before - given).abs() < 1e-12 * ledger.source);
        }
        assert!(c.iter().all(|c| (c / 2.5 - 1.0).abs() < 1e-6));
    }
}

/// A delta and a long step: TR-BDF2 alone would go negative; the step is then backward Euler's, and says so.
#[test]
fn tr_bdf2_gives_way_where_it_would_turn_negative() {
    let mesh = rod(41, 41.0);
    let op = uniform(&mesh, 4.3, 0.0);
    let mut solver = ImplicitStep::new(&mesh, config(Scheme::TrBdf2, Method::Auto)).unwrap();
    let mut c = vec![0.0; 41];
    c[20] = 1.0;
    let ledger = solver.step(&op, &mut c, 50.0).unwrap();
    assert_eq!(ledger.scheme, Scheme::BackwardEuler);
    assert!(c.iter().all(|c| *c >= 0.0));
    assert_balanced(&ledger, 1e-14);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Backward Euler is positive and balanced for any D over six decades, any decay and any step.
    #[test]
    fn positive_and_balanced_for_any_step(
        seed in any::<u64>(), exponent in -8.0..12.0f64, multigrid in any::<bool>(), open in any::<bool>(),
        second_order in any::<bool>(), spikes in any::<bool>(), periodic in any::<[bool; 3]>(),
    ) {
        let mut noise = Noise(seed);
        let periodic = if open { [false; 3] } else { periodic };
        let mesh = Mesh::new(11, 3, 6, [3.0, 10.0, 5.0]).unwrap().with_periodic(periodic);
        let op = rough(&mesh, &mut noise, open);
        let method = if multigrid { Method::Multigrid } else { Method::Banded };
        let scheme = if second_order { Scheme::TrBdf2 } else { Scheme::BackwardEuler };
        let mut solver = ImplicitStep::new(&mesh, config(scheme, method)).unwrap();
        let mut c = noise.field(mesh.len(), |n| {
            if spikes && n.unit() < 0.95 { 0.0 } else { n.decades(1e-6, 1.0) }
        });
        let dt = exoderm_numeric::math::pow(10.0, exponent);
        for _ in 0..3 {
            let ledger = solver.step(&op, &mut c, dt).unwrap();
            prop_assert!(c.iter().chain(solver.sink()).all(|c| *c >= 0.0));
            assert_balanced(&ledger, 1e-12);
        }
    }
}
