//! Vesicles in motion: displacement, drift, and rest among obstacles.

use super::{D, SECOND, brownian, mean_row, times};
use crate::validation::measures::{Moments, share_se};
use crate::validation::{Row, Rows};
use exoderm_numeric::math::exp;
use exoderm_numeric::random::Seed;
use exoderm_particle::{Class, Cloud, Domain, Error, Face, Motion, Path, Plane, Scene, Sphere, Wall, cases};

/// Distances from the origin, squared.
fn squares(cloud: &Cloud) -> Vec<f64> {
    (0..cloud.len()).map(|i| cloud.place(i).iter().map(|c| c * c).sum()).collect()
}

pub(super) fn motions() -> Rows {
    let scene = Scene::new(Domain::unbounded(), &[], &[], 10.0)?;
    let many = |class: Class, n: usize| -> Result<Cloud, Error> {
        let mut cloud = Cloud::new(Seed::new(21, 0), &[class, Class::brownian(0.0)])?;
        for _ in 0..n {
            cloud.insert(&scene, 0, [0.0; 3])?;
        }
        Ok(cloud)
    };
    let mut rows = Vec::new();
    let n = 50_000;
    for dt in [0.01, 1.0] {
        let mut free = many(Class { loss: 0.05 / SECOND, ..brownian() }, n)?;
        for _ in 0..(2.0 / dt) as usize {
            free.step(&scene, dt * SECOND)?;
        }
        rows.push(mean_row(
            &format!("free, steps of {dt} s: MSD after 2 s (um2)"),
            12.0 * D,
            &squares(&free),
        ));
        let alive = exp(-0.1);
        let got = free.len() as f64 / n as f64;
        rows.push(Row::errors(
            format!("share left by decay, steps of {dt} s"),
            alive,
            got,
            share_se(alive, n),
            3.0,
        ));
    }
    for exponent in [0.5, 0.8] {
        let class = Class { motion: Motion::Trapped { exponent, quantum: 0.1 }, ..Class::brownian(2.0) };
        let mut trapped = many(class, n)?;
        for (until, steps, dt) in [(1.0, 4, 0.25), (9.0, 8, 1.0)] {
            for _ in 0..steps {
                trapped.step(&scene, dt)?;
            }
            let exact = cases::trapped_displacement(2.0, exponent, until);
            let what = format!("in traps, exponent {exponent}: MSD after {until} min (um2)");
            rows.push(mean_row(&what, exact, &squares(&trapped)));
        }
    }
    let class = Class { motion: Motion::Tethered { rate: 3.0 }, ..Class::brownian(2.0) };
    for dt in [0.05, 0.5] {
        let mut held = many(class.clone(), n)?;
        for _ in 0..(0.5 / dt) as usize {
            held.step(&scene, dt)?;
        }
        let exact = 3.0 * 2.0 / 3.0 * (1.0 - exp(-3.0));
        rows.push(mean_row(&format!("on a tether, steps of {dt} min: MSD (um2)"), exact, &squares(&held)));
    }
    let path = Path::new(&[[0.0; 3], [0.0, 0.0, 3.0], [4.0, 0.0, 3.0]], 2.0, 0.05, Some(1))?;
    let mut carried = many(Class::directed(path), n)?;
    carried.step(&scene, 1.0)?;
    let m = Moments::of(carried.coordinates(2));
    rows.push(Row::errors("along a path: way after 1 min (um)", 2.0, m.mean, m.se(), 3.0));
    rows.push(Row::errors("along a path: variance of the way (um2)", 0.1, m.variance, m.variance_se, 3.0));
    for _ in 0..6 {
        carried.step(&scene, 1.0)?;
    }
    let arrived = carried.classes().iter().filter(|c| **c == 1).count();
    rows.push(Row::absolute("along a path: share that arrived", 1.0, arrived as f64 / n as f64, 0.0));
    Ok(rows)
}

pub(super) fn drift() -> Rows {
    let n = 50_000;
    let mut rows = Vec::new();
    let plane = |wall| [Plane { normal: [0.0, 0.0, 1.0], offset: 0.0, wall }];
    let scene = Scene::new(Domain::unbounded(), &[], &plane(Wall::Absorbing), 30.0)?;
    for (speed, gap) in [(0.5, 20.0), (-0.2, 5.0)] {
        let class = Class { drift: [0.0, 3.0, -speed / SECOND], ..brownian() };
        let mut cloud = Cloud::new(Seed::new(7, 0), &[class])?;
        for _ in 0..n {
            cloud.insert(&scene, 0, [0.0, 0.0, gap])?;
        }
        let t = times(&mut cloud, &scene, 3.0, 20, |_| true)?;
        for at in [12.0, 30.0, 60.0] {
            let exact = cases::arrived(gap, speed, D, at);
            let got = t.iter().filter(|t| **t <= at).count() as f64 / n as f64;
            let what = format!("{speed} um/s from {gap} um: share arrived by {at} s");
            rows.push(Row::errors(what, exact, got, share_se(exact, n), 3.0));
        }
    }
    let scene = Scene::new(Domain::unbounded(), &[], &plane(Wall::Reflecting), 30.0)?;
    let class = Class { drift: [0.0, 0.0, -0.5 / SECOND], ..brownian() };
    let mean = D / 0.5;
    for dt in [2.0, 20.0] {
        let mut cloud = Cloud::new(Seed::new(8, 0), std::slice::from_ref(&class))?;
        let mut rng = Seed::new(9, 0).stream(0, 0, 0);
        for _ in 0..n {
            cloud.insert(&scene, 0, [0.0, 0.0, rng.exponential(1.0 / mean)])?;
        }
        for _ in 0..(100.0 / dt) as usize {
            cloud.step(&scene, dt * SECOND)?;
        }
        let got = cloud.coordinates(2).iter().sum::<f64>() / n as f64;
        // Near the floor drift is split from reflection in substeps, which errs by half a percent.
        rows.push(Row::relative(format!("mean height above a floor, steps of {dt} s (um)"), mean, got, 0.02));
    }
    Ok(rows)
}

pub(super) fn obstacles() -> Rows {
    let spheres: Vec<Sphere> = (0..27)
        .map(|i| [i / 9, i / 3 % 3, i % 3].map(|k| 10.0 * f64::from(k) + 5.0))
        .map(|centre| Sphere::new(centre, 5.0, Wall::Reflecting))
        .collect();
    let scene = Scene::new(Domain::cuboid([30.0; 3], Face::Periodic), &spheres, &[], 4.0)?;
    let mut cloud = Cloud::new(Seed::new(23, 0), &[brownian()])?;
    let mut rng = Seed::new(24, 0).stream(0, 0, 0);
    let n = 50_000;
    while cloud.len() < n {
        // Refused within a sphere.
        let _ = cloud.insert(&scene, 0, [0, 1, 2].map(|_| 30.0 * rng.uniform()));
    }
    let radius = |cloud: &Cloud, i: usize| {
        let p = cloud.place(i).map(|x| (x / 10.0).fract() * 10.0 - 5.0);
        (p[0] * p[0] + p[1] * p[1] + p[2] * p[2]).sqrt()
    };
    let near = |cloud: &Cloud| (0..n).filter(|&i| radius(cloud, i) < 5.5).count() as f64 / n as f64;
    let before = near(&cloud);
    for _ in 0..12 {
        cloud.step(&scene, 0.5 * SECOND)?;
    }
    let inside = (0..n).filter(|&i| radius(&cloud, i) < 5.0 - 1e-9).count();
    let se = (2.0f64).sqrt() * share_se(before, n);
    Ok(vec![
        Row::errors("share within 0.5 um of a surface after 6 s", before, near(&cloud), se, 3.0),
        Row::absolute("vesicles inside an obstacle", 0.0, inside as f64, 0.0),
    ])
}
