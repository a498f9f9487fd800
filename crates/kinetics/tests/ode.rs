//! Differential equations: order of convergence, error control, stiffness, agreement with another library.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use diffsol::{NalgebraLU, NalgebraMat, OdeBuilder, OdeSolverMethod};
use exoderm_kinetics::explicit::Explicit;
use exoderm_kinetics::implicit::{Implicit, Method};
use exoderm_kinetics::lanes::LANES;
use exoderm_kinetics::population::{Population, Stepper, Tolerance};
use exoderm_kinetics::system::System;
use exoderm_numeric::math;
use proptest::prelude::*;

fn tolerance(relative: f64) -> Tolerance {
    Tolerance { relative, absolute: relative * 1e-3 }
}

/// Error at t = 2 with `n` equal steps.
fn error_with_steps(stepper: &mut impl Stepper, system: &System, n: u32) -> f64 {
    let mut p = Population::new(system, 1);
    for k in 0..n {
        let (from, to) = (2.0 * f64::from(k) / f64::from(n), 2.0 * f64::from(k + 1) / f64::from(n));
        let work = p.advance(system, stepper, from, to).unwrap();
        // The first call looks for a step of its own.
        assert!(k == 0 || work.steps == 1);
    }
    let x = (p.state(0, 0) - math::exp(math::sin(2.0))).abs();
    x.max((p.state(0, 1) - 1.0 / 3.0).abs())
}

/// Halving the step divides the error by 2^order: the tableaus are right, time dependence included.
#[test]
fn orders_of_convergence() {
    let system = System::new(&common::two_known()).unwrap();
    // So loose that every step counts.
    let loose = Tolerance { relative: 1e6, absolute: 1e6 };
    let order =
        |stepper: &mut dyn FnMut(u32) -> f64, n: u32| math::ln(stepper(n) / stepper(2 * n)) / math::ln(2.0);
    let explicit = order(&mut |n| error_with_steps(&mut Explicit::new(&system, loose), &system, n), 80);
    let third =
        order(&mut |n| error_with_steps(&mut Implicit::new(&system, loose, Method::RODAS3), &system, n), 80);
    let fourth =
        order(&mut |n| error_with_steps(&mut Implicit::new(&system, loose, Method::RODAS4), &system, n), 40);
    assert!((explicit - 5.0).abs() < 0.3, "{explicit}");
    assert!((third - 3.0).abs() < 0.2, "{third}");
    assert!((fourth - 4.0).abs() < 0.3, "{fourth}");
}

/// A tighter tolerance gives a smaller error, about in proportion, and the error stays near what was asked.
#[test]
fn error_control_holds() {
    let system = System::new(&common::two_known()).unwrap();
    let exact = [math::exp(math::sin(7.0)), 1.0 / 8.0];
    for relative in [1e-4, 1e-6, 1e-8] {
        let t = tolerance(relative);
        let mut all = [Population::new(&system, 3), Population::new(&system, 3), Population::new(&system, 3)];
        all[0].advance(&system, &mut Explicit::new(&system, t), 0.0, 7.0).unwrap();
        all[1].advance(&system, &mut Implicit::new(&system, t, Method::RODAS3), 0.0, 7.0).unwrap();
        all[2].advance(&system, &mut Implicit::new(&system, t, Method::RODAS4), 0.0, 7.0).unwrap();
        for (k, p) in all.iter().enumerate() {
            for (s, exact) in exact.iter().enumerate() {
                let error = (p.state(2, s) / exact - 1.0).abs();
                assert!(error < 20.0 * relative, "{k} {s} at {relative}: {error}");
            }
        }
    }
}

/// Robertson's problem at 40 and 4e5, against diffsol's BDF at a tight tolerance; explicit steps would need millions.
#[test]
fn stiff_network_agrees_with_diffsol() {
    let system = System::new(&common::robertson()).unwrap();
    let times = [0.4, 40.0, 4e3, 4e5];
    let problem = OdeBuilder::<NalgebraMat<f64>>::new()
        .rtol(1e-10)
        .atol([1e-14])
        .p([0.04, 1e4, 3e7])
        .rhs_implicit(
            |x, p, _t, y| {
                y[0] = -p[0] * x[0] + p[1] * x[1] * x[2];
                y[2] = p[2] * x[1] * x[1];
                y[1] = -y[0] - y[2];
            },
            |x, p, _t, v, y| {
                y[0] = -p[0] * v[0] + p[1] * (v[1] * x[2] + x[1] * v[2]);
                y[2] = 2.0 * p[2] * x[1] * v[1];
                y[1] = -y[0] - y[2];
            },
        )
        .init(
            |_p, _t, y| {
                y[0] = 1.0;
                y[1] = 0.0;
                y[2] = 0.0;
            },
            3,
        )
        .build()
        .unwrap();
    let mut solver = problem.bdf::<NalgebraLU<f64>>().unwrap();
    let (reference, ..) = solver.solve_dense(&times).unwrap();
    let t = Tolerance { relative: 1e-8, absolute: 1e-13 };
    let mut stepper = Implicit::new(&system, t, Method::RODAS4);
    let mut p = Population::new(&system, 5);
    let mut from = 0.0;
    let mut steps = 0;
    for (k, &to) in times.iter().enumerate() {
        steps += p.advance(&system, &mut stepper, from, to).unwrap().steps;
        from = to;
        for s in 0..3 {
            let (got, expected) = (p.state(4, s), reference[(s, k)]);
            assert!((got / expected - 1.0).abs() < 1e-6, "t = {to}, {s}: {got} {expected}");
        }
        let total: f64 = (0..3).map(|s| p.state(4, s)).sum();
        assert!((total - 1.0).abs() < 1e-10, "mass is kept: {total}");
    }
    assert!(steps < 2000, "{steps}");
    // Published (Hairer and Wanner, IV.1): y1(40) = 0.7158270688.
    let mut p = Population::new(&system, 1);
    p.advance(&system, &mut stepper, 0.0, 40.0).unwrap();
    assert!((p.state(0, 0) - 0.715_827_068_8).abs() < 1e-8);
}

/// A cell's network of two that repress each other, against diffsol, for 40 cells with different signals.
#[test]
fn cells_with_their_own_signals_agree_with_diffsol() {
    let system = System::new(&common::switch(2.0)).unwrap();
    let mut p = Population::new(&system, 40);
    for c in 0..40 {
        p.set_parameter(c, 0, 0.05 * c as f64);
    }
    let mut q = p.clone();
    p.advance(&system, &mut Explicit::new(&system, tolerance(1e-8)), 0.0, 6.0).unwrap();
    q.advance(&system, &mut Implicit::new(&system, tolerance(1e-7), Method::RODAS4), 0.0, 6.0).unwrap();
    for c in [0, 7, 31, 32, 39] {
        let signal = 0.05 * c as f64;
        let problem = OdeBuilder::<NalgebraMat<f64>>::new()
            .rtol(1e-10)
            .atol([1e-12])
            .p([signal])
            .rhs(|x, p, _t, y| {
                y[0] = p[0] + 3.0 / (1.0 + x[1] * x[1]) - x[0];
                y[1] = 3.0 / (1.0 + x[0] * x[0]) - x[1];
                y[2] = p[0] * x[0] - x[2];
            })
            .init(
                |_p, _t, y| {
                    y[0] = 0.1;
                    y[1] = 2.0;
                    y[2] = 0.0;
                },
                3,
            )
            .build()
            .unwrap();
        let (reference, ..) = problem.tsit45().unwrap().solve_dense(&[6.0]).unwrap();
        for s in 0..3 {
            let expected = reference[(s, 0)];
            for (name, got) in [("explicit", p.state(c, s)), ("implicit", q.state(c, s))] {
                assert!((got - expected).abs() < 2e-6 * (1.0 + expected), "{name} {c} {s}: {got} {expected}");
            }
        }
    }
}

/// What a cell gets does not depend on how many cells come after its block, nor on the block's position.
#[test]
fn blocks_do_not_know_of_each_other() {
    let system = System::new(&common::switch(2.0)).unwrap();
    let mut few = Population::new(&system, LANES);
    let mut many = Population::new(&system, 3 * LANES - 5);
    for c in 0..LANES {
        few.set_parameter(c, 0, 0.03 * c as f64);
        many.set_parameter(c + LANES, 0, 0.03 * c as f64);
    }
    let mut stepper = Explicit::new(&system, tolerance(1e-5));
    few.advance(&system, &mut stepper, 0.0, 3.0).unwrap();
    many.advance(&system, &mut stepper, 0.0, 3.0).unwrap();
    for c in 0..LANES {
        for s in 0..3 {
            assert_eq!(few.state(c, s).to_bits(), many.state(c + LANES, s).to_bits());
        }
    }
}

/// Pins the bits of both steppers: law 4.
#[test]
fn bits_are_pinned() {
    let system = System::new(&common::switch(2.5)).unwrap();
    let digest = |stepper: &mut dyn FnMut(&mut Population)| {
        let mut p = Population::new(&system, 10);
        for c in 0..10 {
            p.set_parameter(c, 0, 0.1 * c as f64);
        }
        stepper(&mut p);
        (0..10)
            .flat_map(|c| [p.state(c, 0), p.state(c, 1), p.state(c, 2)])
            .fold(0u64, |h, x| h.rotate_left(7).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ x.to_bits())
    };
    let t = tolerance(1e-5);
    let explicit = digest(&mut |p| {
        p.advance(&system, &mut Explicit::new(&system, t), 0.0, 4.0).unwrap();
    });
    let implicit = digest(&mut |p| {
        p.advance(&system, &mut Implicit::new(&system, t, Method::RODAS3), 0.0, 4.0).unwrap();
    });
    assert_eq!((explicit, implicit), (10_857_934_738_219_298_879, 13_069_190_608_577_343_101));
}

/// Rates that leave the numbers stop with a message; nothing hangs.
#[test]
fn explosions_stop() {
    let mut n = common::two_known();
    // x' = x³ reaches infinity at t = 1/2.
    let x = n.state(0);
    let cube = n.graph.power(x, 3);
    n.rules[0].rate = cube;
    let system = System::new(&n).unwrap();
    for result in [
        Population::new(&system, 1).advance(&system, &mut Explicit::new(&system, tolerance(1e-5)), 0.0, 1.0),
        Population::new(&system, 1).advance(
            &system,
            &mut Implicit::new(&system, tolerance(1e-5), Method::RODAS4),
            0.0,
            1.0,
        ),
    ] {
        let message = result.unwrap_err().to_string();
        assert!(
            message.contains("stopped at time 0.") || message.contains("stopped at time 0.5"),
            "{message}"
        );
    }
}

/// Cells can be added, copied and taken out.
#[test]
fn population_keeps_its_cells() {
    let system = System::new(&common::switch(2.0)).unwrap();
    let mut p = Population::new(&system, LANES);
    for c in 0..LANES {
        p.set_state(c, 0, c as f64);
    }
    assert_eq!(p.push(&system), LANES);
    assert_eq!(p.state(LANES, 1), 2.0);
    p.copy(3, LANES);
    p.swap_remove(0);
    assert_eq!((p.len(), p.state(0, 0), p.state(1, 0)), (LANES, 3.0, 1.0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// A closed chain keeps its mass and stays near its exact solution, whatever its rates (stiff or not).
    #[test]
    fn reversible_pair_relaxes_exactly(forth in 1e-3..1e4f64, back in 1e-3..1e4f64, to in 0.01..50.0f64) {
        let mut n = exoderm_kinetics::network::Network::new(&[("a", 1.0), ("b", 0.0)], &[("f", forth), ("b_", back)]);
        let (f, b) = (n.parameter(0), n.parameter(1));
        n.mass_action("forth", f, &[0], &[1]);
        n.mass_action("back", b, &[1], &[0]);
        let system = System::new(&n).unwrap();
        let mut p = Population::new(&system, 2);
        p.advance(&system, &mut Implicit::new(&system, tolerance(1e-6), Method::RODAS3), 0.0, to).unwrap();
        let exact = forth / (forth + back) * -math::exp_m1(-(forth + back) * to);
        prop_assert!((p.state(1, 1) - exact).abs() < 1e-4 * exact.max(1e-3), "{} {}", p.state(1, 1), exact);
        prop_assert!((p.state(1, 0) + p.state(1, 1) - 1.0).abs() < 1e-11);
    }
}
