//! Capture by one sphere: absorbing and partly absorbing, at any step.

use crate::common::{D, R, SECOND, on_sphere, rows};
use exoderm_numeric::random::Seed;
use exoderm_particle::{Class, Cloud, Domain, Scene, Sphere, Wall, cases};

fn wall(kappa: f64) -> Wall {
    if kappa == f64::INFINITY { Wall::Absorbing } else { Wall::Partial(kappa) }
}

/// The formulas that other tests use agree with the tables.
#[test]
fn cases_agree_with_the_tables() {
    for row in rows(include_str!("../data/A03_sphere_capture_probability.csv")) {
        let [kappa, r0, t, p, ever] = row[..] else { panic!("five columns") };
        let got = cases::captured(r0, R, 4.3, kappa, t);
        assert!((got - p).abs() <= 1e-9 * p + 1e-300, "{row:?}: {got}");
        assert!((cases::captured_ever(r0, R, 4.3, kappa) - ever).abs() < 1e-10);
    }
    for row in rows(include_str!("../data/A04_smoluchowski_collins_kimball.csv")) {
        let [kappa, t, _, _, integral] = row[..] else { panic!("five columns") };
        let got = cases::captured_from_medium(R, 4.3, kappa, t);
        assert!((got / integral - 1.0).abs() < 1e-6, "{row:?}: {got}");
    }
    for row in rows(include_str!("../data/A15_end_to_end_link.csv")) {
        let [kappa, loss, r0, t, taken, ..] = row[..] else { panic!("nine columns") };
        let got = cases::captured_from_stream(0.1, [r0, R], [4.3, kappa, loss], t);
        assert!((got / taken - 1.0).abs() < 1e-6, "{row:?}: {got}");
    }
    for (r, exact) in [(15.0, 2_579.134_366_93), (90.0, 6_580.534_023_74)] {
        assert!((cases::passage_between_spheres(r, R, 100.0, 4.3) - exact).abs() < 1e-7 * exact);
    }
    for row in rows(include_str!("../data/A06b_sphere_exit_survival.csv")) {
        assert!((cases::inside_from_centre(50.0, 4.3, row[0]) - row[1]).abs() < 1e-9, "{row:?}");
    }
    for row in rows(include_str!("../data/A12c_ogata_banks_advection.csv")) {
        let got = cases::ogata_banks(row[1], 0.5, 4.3, row[0]);
        assert!((got - row[2]).abs() < 1e-9, "{row:?}: {got}");
    }
}

/// Captured share of `n` vesicles released at `r0` after `t` s in steps of `dt` s.
fn captured(kappa: f64, r0: f64, t: f64, dt: f64, n: usize, seed: u64) -> f64 {
    let sphere = Sphere::new([0.0; 3], R, wall(kappa / SECOND));
    let dt = dt * SECOND;
    let scene = Scene::new(Domain::unbounded(), &[sphere], &[], Scene::horizon_for(D, dt)).unwrap();
    let mut cloud = Cloud::new(Seed::new(seed, 0), &[Class::brownian(D)]).unwrap();
    for i in 0..n {
        cloud.insert(&scene, 0, on_sphere(r0, i, n)).unwrap();
    }
    let mut count = 0;
    for _ in 0..(t * SECOND / dt).round() as usize {
        count += cloud.step(&scene, dt).unwrap().len();
    }
    assert_eq!(count + cloud.len(), n);
    count as f64 / n as f64
}

fn a03(steps: &[f64], n: usize) {
    for (k, kappa) in [f64::INFINITY, 1.0].into_iter().enumerate() {
        for (j, r0) in [15.0, 20.0, 50.0].into_iter().enumerate() {
            for (i, &dt) in steps.iter().enumerate() {
                let exact = cases::captured(r0, R, 4.3, kappa, 10.0);
                let got = captured(kappa, r0, 10.0, dt, n, (100 * k + 10 * j + i) as u64);
                let se = (exact * (1.0 - exact) / n as f64).sqrt();
                println!(
                    "kappa {kappa} r0 {r0} dt {dt}: {got:.5} exact {exact:.5} {:+.2} SE",
                    (got - exact) / se
                );
                // Where hardly any is captured a single one is the granularity.
                assert!((got - exact).abs() <= 3.0 * se + 1.0 / n as f64, "kappa {kappa} r0 {r0} dt {dt}");
            }
        }
    }
}

/// Issue 3: within 3 standard errors at every step; 1 s is 3 um against a sphere of 10 um.
#[test]
fn captured_share_is_exact_at_long_steps() {
    a03(&[0.25, 1.0], 100_000);
}

/// The same at short steps (three minutes in a release build).
#[test]
#[ignore = "long: up to 1e9 vesicle-steps a case"]
fn captured_share_is_exact_at_short_steps() {
    a03(&[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5], 100_000);
}

/// One step of 10 s, which must be cut inside, and a step that does not divide the time of interest evenly.
#[test]
fn captured_share_is_exact_in_one_step() {
    a03(&[10.0], 100_000);
}

/// A bias of 0.1 % would show: forty times as many vesicles.
#[test]
#[ignore = "long: 4e6 vesicles"]
fn captured_share_has_no_bias_of_a_tenth_of_a_standard_error() {
    for (kappa, r0, dt) in [
        (1.0, 15.0, 1.0),
        (1.0, 15.0, 0.25),
        (f64::INFINITY, 15.0, 0.25),
        (1.0, 20.0, 0.1),
        (0.05, 11.0, 1.0),
    ] {
        let n = 4_000_000;
        let exact = cases::captured(r0, R, 4.3, kappa, 10.0);
        let got = captured(kappa, r0, 10.0, dt, n, 7);
        let se = (exact * (1.0 - exact) / n as f64).sqrt();
        println!("kappa {kappa} r0 {r0} dt {dt}: {got:.6} exact {exact:.6} {:+.2} SE", (got - exact) / se);
        assert!((got - exact).abs() <= 4.0 * se, "kappa {kappa} r0 {r0} dt {dt}");
    }
}
