//! First passages, reaction with a whole medium, flow and loss.

use crate::common::{D, R, SECOND, on_sphere};
use exoderm_numeric::random::Seed;
use exoderm_particle::{Class, Cloud, Domain, Face, Fate, Plane, Scene, Sphere, Touched, Wall, cases};

/// Steps until all are gone or `steps` are over; returns the times of capture by `by`, s.
fn times(cloud: &mut Cloud, scene: &Scene, dt: f64, steps: usize, by: impl Fn(Touched) -> bool) -> Vec<f64> {
    let mut times = Vec::new();
    for _ in 0..steps {
        for event in cloud.step(scene, dt * SECOND).unwrap() {
            if let Fate::Captured(touched) = event.fate
                && by(touched)
            {
                times.push(event.time / SECOND);
            }
        }
        if cloud.is_empty() {
            break;
        }
    }
    times
}

fn check_mean(name: &str, values: &[f64], exact: f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    let z = (mean - exact) / (variance / n).sqrt();
    println!("{name}: mean {mean:.2} exact {exact:.2} ({z:+.2} SE)");
    assert!(z.abs() < 3.5, "{name}: {mean} {exact}");
}

/// A06: mean first-passage times, in steps of up to a tenth of the mean.
#[test]
fn mean_first_passage_times() {
    let n = 8_000;
    let wall = |normal: [f64; 3], offset, wall| Plane { normal, offset, wall };
    let brownian = [Class::brownian(D)];
    let slab = |first: Wall| {
        let planes = [wall([1.0, 0.0, 0.0], 0.0, first), wall([-1.0, 0.0, 0.0], -100.0, Wall::Absorbing)];
        Scene::new(Domain::unbounded(), &[], &planes, 20.0).unwrap()
    };
    for (first, x, exact) in [(Wall::Absorbing, 50.0, 290.697_674), (Wall::Reflecting, 0.0, 1_162.790_698)] {
        let scene = slab(first);
        let mut cloud = Cloud::new(Seed::new(1, 0), &brownian).unwrap();
        for _ in 0..n {
            cloud.insert(&scene, 0, [x, 0.0, 0.0]).unwrap();
        }
        let t = times(&mut cloud, &scene, 20.0, 2000, |_| true);
        assert_eq!(t.len(), n);
        check_mean("slab", &t, exact);
    }
    let sphere = [Sphere::container([1.0, 2.0, 3.0], 50.0, Wall::Absorbing)];
    let scene = Scene::new(Domain::unbounded(), &sphere, &[], 10.0).unwrap();
    let mut cloud = Cloud::new(Seed::new(2, 0), &brownian).unwrap();
    for _ in 0..n {
        cloud.insert(&scene, 0, [1.0, 2.0, 3.0]).unwrap();
    }
    let t = times(&mut cloud, &scene, 10.0, 2000, |_| true);
    check_mean("sphere from its centre", &t, 96.899_224_8);
    // The whole distribution, not only its mean.
    for (at, survival) in [(50.0, 0.789_756_840), (100.0, 0.364_006_426), (200.0, 0.067_068_925)] {
        let alive = t.iter().filter(|t| **t > at).count() as f64 / n as f64;
        let se = (survival * (1.0 - survival) / n as f64).sqrt();
        assert!((alive - survival).abs() < 3.5 * se, "{at} s: {alive} {survival}");
    }
}

/// A06: an absorbing sphere within a reflecting one, 10 and 100 um.
#[test]
fn mean_first_passage_between_two_spheres() {
    let spheres =
        [Sphere::new([0.0; 3], R, Wall::Absorbing), Sphere::container([0.0; 3], 100.0, Wall::Reflecting)];
    let scene = Scene::new(Domain::unbounded(), &spheres, &[], 20.0).unwrap();
    for (r0, exact) in [(15.0, 2_579.134_367), (90.0, 6_580.534_024)] {
        let n = 1_500;
        let mut cloud = Cloud::new(Seed::new(3, 0), &[Class::brownian(D)]).unwrap();
        for i in 0..n {
            cloud.insert(&scene, 0, on_sphere(r0, i, n)).unwrap();
        }
        let t = times(&mut cloud, &scene, 10.0, 20_000, |_| true);
        assert_eq!(t.len(), n);
        check_mean("between spheres", &t, exact);
    }
}

/// A04: what a sphere takes from a medium of even concentration (Smoluchowski; Collins and Kimball).
#[test]
fn uptake_from_a_medium() {
    let edge = 130.0;
    let n = 200_000;
    for kappa in [f64::INFINITY, 1.0, 0.1] {
        let wall = if kappa == f64::INFINITY { Wall::Absorbing } else { Wall::Partial(kappa / SECOND) };
        let sphere = [Sphere::new([0.5 * edge; 3], R, wall)];
        let scene = Scene::new(Domain::cuboid([edge; 3], Face::Periodic), &sphere, &[], 12.0).unwrap();
        let mut cloud = Cloud::new(Seed::new(4, 0), &[Class::brownian(D)]).unwrap();
        let mut tries = 0;
        let mut rng = Seed::new(5, 0).stream(0, 0, 0);
        while cloud.len() < n {
            tries += 1;
            let p = [rng.uniform() * edge, rng.uniform() * edge, rng.uniform() * edge];
            // Refused within the sphere.
            let _ = cloud.insert(&scene, 0, p);
        }
        let concentration = f64::from(tries) / (edge * edge * edge);
        let got = times(&mut cloud, &scene, 0.5, 20, |_| true).len() as f64;
        // The nearest image is at 130 um, the diffusion length 9 um.
        let exact = concentration * cases::captured_from_medium(R, 4.3, kappa, 10.0);
        println!("kappa {kappa}: {got} exact {exact:.0} ({:+.2} SE)", (got - exact) / exact.sqrt());
        assert!((got - exact).abs() < 3.5 * exact.sqrt(), "kappa {kappa}: {got} {exact}");
    }
}

/// Two absorbing spheres side by side share what one would take: the probability of ever being captured by the pair from
/// far away is C/r with C = 2 R ln 2 for touching spheres (Maxwell's capacitance of two touching spheres).
#[test]
fn touching_spheres_capture_as_their_capacitance_says() {
    let spheres = [
        Sphere::new([0.0, 0.0, -R], R, Wall::Absorbing),
        Sphere::new([0.0, 0.0, R], R, Wall::Absorbing),
        Sphere::container([0.0; 3], 60.0, Wall::Absorbing),
    ];
    let scene = Scene::new(Domain::unbounded(), &spheres, &[], 20.0).unwrap();
    // Released on r = 40 and stopped at r = 60. The capacitance and the monopole of the outer sphere:
    // p = C (1/40 − 1/60)/(1 − C/60), up to multipoles of relative size (R/r)^4, averaged over directions.
    let n = 25_000;
    let mut cloud = Cloud::new(Seed::new(6, 0), &[Class::brownian(D)]).unwrap();
    for i in 0..n {
        cloud.insert(&scene, 0, on_sphere(40.0, i, n)).unwrap();
    }
    let inner = times(&mut cloud, &scene, 5.0, 100_000, |t| t != Touched::Sphere(2)).len() as f64 / n as f64;
    assert!(cloud.is_empty());
    let c = 2.0 * R * std::f64::consts::LN_2;
    let exact = c * (1.0 / 40.0 - 1.0 / 60.0) / (1.0 - c / 60.0);
    let se = (exact * (1.0 - exact) / n as f64).sqrt();
    println!("two spheres: {inner:.5} exact {exact:.5} ({:+.2} SE)", (inner - exact) / se);
    assert!((inner - exact).abs() < 3.0 * se + 0.002 * exact, "{inner} {exact}");
}

/// Drift toward an absorbing plane: the inverse Gaussian law of arrival.
#[test]
fn drift_to_a_plane() {
    let plane = [Plane { normal: [0.0, 0.0, 1.0], offset: 0.0, wall: Wall::Absorbing }];
    let scene = Scene::new(Domain::unbounded(), &[], &plane, 30.0).unwrap();
    let n = 50_000;
    for (speed, gap) in [(0.5, 20.0), (-0.2, 5.0)] {
        let class = Class { drift: [0.0, 3.0, -speed / SECOND], ..Class::brownian(D) };
        let mut cloud = Cloud::new(Seed::new(7, 0), &[class]).unwrap();
        for _ in 0..n {
            cloud.insert(&scene, 0, [0.0, 0.0, gap]).unwrap();
        }
        let t = times(&mut cloud, &scene, 3.0, 20, |_| true);
        for at in [3.0, 12.0, 30.0, 60.0] {
            let exact = cases::arrived(gap, speed, 4.3, at);
            let got = t.iter().filter(|t| **t <= at).count() as f64 / n as f64;
            let se = (exact * (1.0 - exact) / n as f64).sqrt();
            assert!((got - exact).abs() < 3.5 * se + 1e-4, "{speed} {gap} at {at}: {got} {exact}");
        }
    }
}

/// Drift onto a reflecting floor: the barometric law, of mean height D/v, whatever the step.
#[test]
fn drift_onto_a_floor_gives_the_barometric_law() {
    let plane = [Plane { normal: [0.0, 0.0, 1.0], offset: 0.0, wall: Wall::Reflecting }];
    let scene = Scene::new(Domain::unbounded(), &[], &plane, 30.0).unwrap();
    let n = 20_000;
    let class = Class { drift: [0.0, 0.0, -0.5 / SECOND], ..Class::brownian(D) };
    let mean = 4.3 / 0.5;
    for dt in [2.0, 20.0] {
        let mut cloud = Cloud::new(Seed::new(8, 0), std::slice::from_ref(&class)).unwrap();
        let mut rng = Seed::new(9, 0).stream(0, 0, 0);
        for _ in 0..n {
            cloud.insert(&scene, 0, [0.0, 0.0, rng.exponential(1.0 / mean)]).unwrap();
        }
        for _ in 0..(100.0 / dt) as usize {
            assert!(cloud.step(&scene, dt * SECOND).unwrap().is_empty());
        }
        let got = cloud.coordinates(2).iter().sum::<f64>() / n as f64;
        let se = mean / (n as f64).sqrt();
        println!("floor, step {dt} s: {got:.3} exact {mean:.3} ({:+.2} SE)", (got - mean) / se);
        // Near the floor drift is split from reflection in substeps, which errs by half a percent.
        assert!((got - mean).abs() < 3.5 * se + 0.005 * mean, "{dt}: {got}");
    }
}

/// Decay competes with capture: ∫ e^(−kt) dP(t) = (R/r) e^(−(r−R)√(k/D)) for an absorbing sphere.
#[test]
fn decay_competes_with_capture() {
    let (k, r0, n) = (0.02, 15.0, 60_000);
    let sphere = [Sphere::new([0.0; 3], R, Wall::Absorbing)];
    let scene = Scene::new(Domain::unbounded(), &sphere, &[], 20.0).unwrap();
    for dt in [0.5, 5.0, 50.0] {
        let class = Class { loss: k / SECOND, ..Class::brownian(D) };
        let mut cloud = Cloud::new(Seed::new(10, 0), &[class]).unwrap();
        for i in 0..n {
            cloud.insert(&scene, 0, on_sphere(r0, i, n)).unwrap();
        }
        let got = times(&mut cloud, &scene, dt, 4000, |_| true).len() as f64 / n as f64;
        let exact = R / r0 * exoderm_numeric::math::exp(-(r0 - R) * (k / 4.3f64).sqrt());
        let se = (exact * (1.0 - exact) / n as f64).sqrt();
        println!("decay, step {dt} s: {got:.5} exact {exact:.5} ({:+.2} SE)", (got - exact) / se);
        assert!((got - exact).abs() < 3.0 * se, "{dt}: {got} {exact}");
    }
}
