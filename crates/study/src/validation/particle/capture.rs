//! Vesicles that a sphere takes: from a point, from an even medium, while they are lost, from a stream.

use super::{D, R, SECOND, brownian, on_sphere, times, wall};
use crate::validation::measures::{Moments, share_se};
use crate::validation::{Row, Rows};
use exoderm_numeric::math::exp;
use exoderm_numeric::random::Seed;
use exoderm_particle::{Class, Cloud, Domain, Error, Face, Fate, Scene, Sphere, Touched, Wall, cases};

/// Captured share of `n` vesicles released at `r0` after 10 s in steps of `dt` s.
fn captured(kappa: f64, r0: f64, dt: f64, n: usize, seed: u64) -> Result<f64, Error> {
    let sphere = Sphere::new([0.0; 3], R, wall(kappa));
    let dt = dt * SECOND;
    let horizon = Scene::horizon_for(D / SECOND, dt);
    let scene = Scene::new(Domain::unbounded(), &[sphere], &[], horizon)?;
    let mut cloud = Cloud::new(Seed::new(seed, 0), &[brownian()])?;
    for i in 0..n {
        cloud.insert(&scene, 0, on_sphere(r0, i, n))?;
    }
    let mut count = 0;
    for _ in 0..(10.0 * SECOND / dt).round() as usize {
        count += cloud.step(&scene, dt)?.len();
    }
    Ok(count as f64 / n as f64)
}

fn capture(steps: &[f64]) -> Rows {
    let n = 100_000;
    let mut rows = Vec::new();
    for (k, kappa) in [f64::INFINITY, 1.0].into_iter().enumerate() {
        for (j, r0) in [15.0, 20.0, 50.0].into_iter().enumerate() {
            for (i, &dt) in steps.iter().enumerate() {
                let exact = cases::captured(r0, R, D, kappa, 10.0);
                let got = captured(kappa, r0, dt, n, (100 * k + 10 * j + i) as u64)?;
                let what = format!("kappa {kappa} um/s, from {r0} um, steps of {dt} s");
                let se = share_se(exact, n).max(poisson_reach(exact * n as f64) / 3.0 / n as f64);
                rows.push(Row::errors(what, exact, got, se, 3.0));
            }
        }
    }
    Ok(rows)
}

/// How far above its mean a Poisson count must reach to leave 0.135 % beyond, as three standard errors of a normal one do.
/// Where a third of a vesicle is expected, chance gives two in one row of twenty-five.
fn poisson_reach(mean: f64) -> f64 {
    let (mut count, mut term) = (0.0, exp(-mean));
    let mut beyond = 1.0 - term;
    // From here on three standard errors say the same.
    while beyond > 0.00135 && count < 100.0 {
        count += 1.0;
        term *= mean / count;
        beyond -= term;
    }
    count - mean
}

pub(super) fn capture_long_steps() -> Rows {
    capture(&[10.0, 1.0, 0.5, 0.25, 0.1])
}

pub(super) fn capture_short_steps() -> Rows {
    capture(&[0.05, 0.02, 0.01, 0.005, 0.002, 0.001])
}

pub(super) fn capture_bias() -> Rows {
    let n = 4_000_000;
    let mut rows = Vec::new();
    for (kappa, r0, dt) in [
        (1.0, 15.0, 1.0),
        (1.0, 15.0, 0.25),
        (f64::INFINITY, 15.0, 0.25),
        (1.0, 20.0, 0.1),
        (0.05, 11.0, 1.0),
    ] {
        let exact = cases::captured(r0, R, D, kappa, 10.0);
        let got = captured(kappa, r0, dt, n, 7)?;
        let what = format!("kappa {kappa} um/s, from {r0} um, steps of {dt} s");
        rows.push(Row::errors(what, exact, got, share_se(exact, n), 3.0));
    }
    Ok(rows)
}

/// Rows are of independent seeds: with one placement and one set of paths for all three, chance moves them together.
pub(super) fn medium() -> Rows {
    let (edge, n) = (70.0, 200_000);
    let mut rows = Vec::new();
    for (k, kappa) in [f64::INFINITY, 1.0, 0.1].into_iter().enumerate() {
        let sphere = [Sphere::new([0.5 * edge; 3], R, wall(kappa))];
        let scene = Scene::new(Domain::cuboid([edge; 3], Face::Periodic), &sphere, &[], 12.0)?;
        let mut cloud = Cloud::new(Seed::new(40 + k as u64, 0), &[brownian()])?;
        let mut tries = 0;
        let mut rng = Seed::new(50 + k as u64, 0).stream(0, 0, 0);
        while cloud.len() < n {
            tries += 1;
            // Refused within the sphere.
            let _ = cloud.insert(&scene, 0, [0, 1, 2].map(|_| rng.uniform() * edge));
        }
        let concentration = f64::from(tries) / (edge * edge * edge);
        let got = times(&mut cloud, &scene, 0.5, 20, |_| true)?.len() as f64;
        // The nearest image's surface is 50 um away, the diffusion length 13 um.
        let exact = concentration * cases::captured_from_medium(R, D, kappa, 10.0);
        rows.push(Row::errors(format!("kappa {kappa} um/s: vesicles taken"), exact, got, exact.sqrt(), 3.0));
    }
    Ok(rows)
}

pub(super) fn decay() -> Rows {
    let (k, r0, n) = (0.02, 15.0, 60_000);
    let sphere = [Sphere::new([0.0; 3], R, Wall::Absorbing)];
    let scene = Scene::new(Domain::unbounded(), &sphere, &[], 20.0)?;
    let mut rows = Vec::new();
    for dt in [0.5, 5.0, 50.0] {
        let mut cloud = Cloud::new(Seed::new(10, 0), &[Class { loss: k / SECOND, ..brownian() }])?;
        for i in 0..n {
            cloud.insert(&scene, 0, on_sphere(r0, i, n))?;
        }
        let got = times(&mut cloud, &scene, dt, 4000, |_| true)?.len() as f64 / n as f64;
        let exact = R / r0 * exp(-(r0 - R) * (k / D).sqrt());
        rows.push(Row::errors(
            format!("share captured, steps of {dt} s"),
            exact,
            got,
            share_se(exact, n),
            3.0,
        ));
    }
    Ok(rows)
}

/// Vesicles as a Poisson stream of 0.1/s at 30 um; each taken up brings Poisson(100) copies.
pub(super) fn link() -> Rows {
    const RATE: f64 = 0.1;
    const COPIES: f64 = 100.0;
    let (tissues, dt, end) = (2000, 6.0, 600.0);
    let mut rows = Vec::new();
    for (kappa, loss) in [(f64::INFINITY, 0.0), (f64::INFINITY, 0.001), (1.0, 0.001), (0.1, 0.0)] {
        let scene = Scene::new(Domain::unbounded(), &[Sphere::new([0.0; 3], R, wall(kappa))], &[], 20.0)?;
        let mut cloud = Cloud::new(Seed::new(15, 0), &[Class { loss: loss / SECOND, ..brownian() }])?;
        let mut taken = vec![0u64; tissues];
        let mut of = Vec::new();
        for step in 0..(end / dt) as u32 {
            for tissue in 0..tissues {
                let mut rng = Seed::new(16, 0).stream(tissue as u64, step, 0);
                let mut at = rng.exponential(RATE);
                while at < dt {
                    cloud.insert_at(&scene, 0, [0.0, 0.0, 30.0], at * SECOND)?;
                    of.push(tissue);
                    at += rng.exponential(RATE);
                }
            }
            for event in cloud.step(&scene, dt * SECOND)? {
                if event.fate == Fate::Captured(Touched::Sphere(0)) {
                    taken[of[event.vesicle as usize]] += 1;
                }
            }
        }
        let exact = cases::captured_from_stream(RATE, [30.0, R], [D, kappa, loss], end);
        let seed = Seed::new(77, 0);
        let vesicles: Vec<f64> = taken.iter().map(|n| *n as f64).collect();
        let copies: Vec<f64> = taken
            .iter()
            .enumerate()
            .map(|(k, n)| {
                let mut rng = seed.stream(k as u64, 0, 1);
                (0..*n).map(|_| rng.poisson(COPIES)).sum::<u64>() as f64
            })
            .collect();
        for (name, values, mean, variance) in [
            ("vesicles", vesicles, exact, exact),
            ("copies", copies, COPIES * exact, (COPIES + COPIES * COPIES) * exact),
        ] {
            let m = Moments::of(&values);
            let what = format!("kappa {kappa} um/s, loss {loss}/s: {name} in 600 s");
            rows.push(Row::errors(format!("{what}, mean"), mean, m.mean, (variance / m.n).sqrt(), 3.0));
            rows.push(Row::errors(format!("{what}, variance"), variance, m.variance, m.variance_se, 3.0));
        }
    }
    Ok(rows)
}
