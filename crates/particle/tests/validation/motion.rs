//! Free, trapped, tethered and directed motion; equilibrium among obstacles.

use crate::common::{D, SECOND};
use exoderm_numeric::math;
use exoderm_numeric::random::Seed;
use exoderm_particle::{Class, Cloud, Domain, Face, Fate, Motion, Path, Scene, Sphere, Wall};

fn empty() -> Scene {
    Scene::new(Domain::unbounded(), &[], &[], 10.0).unwrap()
}

fn cloud(scene: &Scene, class: Class, n: usize) -> Cloud {
    let mut cloud = Cloud::new(Seed::new(21, 0), &[class]).unwrap();
    for _ in 0..n {
        cloud.insert(scene, 0, [0.0; 3]).unwrap();
    }
    cloud
}

/// Mean squared distance from the origin, and its standard error.
fn msd(cloud: &Cloud) -> (f64, f64) {
    let n = cloud.len() as f64;
    let squares: Vec<f64> = (0..cloud.len()).map(|i| cloud.place(i).iter().map(|c| c * c).sum()).collect();
    let mean = squares.iter().sum::<f64>() / n;
    let variance = squares.iter().map(|s| (s - mean) * (s - mean)).sum::<f64>() / n;
    (mean, (variance / n).sqrt())
}

/// Free motion: 6 D t at any step; decay thins it at its rate.
#[test]
fn free_motion_and_decay() {
    let scene = empty();
    for dt in [0.01, 1.0] {
        let mut free = cloud(&scene, Class { loss: 0.05 / SECOND, ..Class::brownian(D) }, 50_000);
        for _ in 0..(2.0 / dt) as usize {
            free.step(&scene, dt * SECOND).unwrap();
        }
        let (got, se) = msd(&free);
        assert!((got - 6.0 * 4.3 * 2.0).abs() < 3.5 * se, "{dt}: {got}");
        let alive = 50_000.0 * math::exp(-0.1);
        assert!(
            (free.len() as f64 - alive).abs() < 3.5 * (50_000.0 * 0.0861f64).sqrt(),
            "{dt}: {}",
            free.len()
        );
    }
}

/// Traps: 6 D t^α/Γ(1 + α), for a quantum of the inner clock that is not small, at two times.
#[test]
fn trapped_motion_has_its_exponent() {
    let scene = empty();
    for exponent in [0.5, 0.8] {
        let class = Class { motion: Motion::Trapped { exponent, quantum: 0.1 }, ..Class::brownian(2.0) };
        let mut trapped = cloud(&scene, class, 40_000);
        let mut at = 0.0;
        for (until, dt) in [(1.0, 0.25), (9.0, 1.0)] {
            while at < until - 1e-9 {
                trapped.step(&scene, dt).unwrap();
                at += dt;
            }
            let exact = 12.0 * math::pow(until, exponent) / math::exp(math::ln_gamma(1.0 + exponent));
            let (got, se) = msd(&trapped);
            println!(
                "exponent {exponent} at {until}: {got:.3} exact {exact:.3} ({:+.2} SE)",
                (got - exact) / se
            );
            assert!((got - exact).abs() < 3.5 * se, "exponent {exponent} at {until}: {got} {exact}");
        }
    }
}

/// A tether: variance D/k (1 − e^(−2kt)) per axis at any step, free and beside a wall that it does not feel.
#[test]
fn tethered_motion_is_ornstein_uhlenbeck() {
    let scene = empty();
    let class = Class { motion: Motion::Tethered { rate: 3.0 }, ..Class::brownian(2.0) };
    for dt in [0.05, 0.5] {
        let mut held = cloud(&scene, class.clone(), 40_000);
        for _ in 0..(0.5 / dt) as usize {
            held.step(&scene, dt).unwrap();
        }
        let (got, se) = msd(&held);
        let exact = 3.0 * 2.0 / 3.0 * (1.0 - math::exp(-3.0));
        assert!((got - exact).abs() < 3.5 * se, "{dt}: {got} {exact}");
    }
    // Anchored on a reflecting sphere of large radius: half of the Gaussian, whose second moment is the same.
    let wall = [Sphere::new([0.0, 0.0, -500.0], 500.0, Wall::Reflecting)];
    let scene = Scene::new(Domain::unbounded(), &wall, &[], 5.0).unwrap();
    let mut held = cloud(&scene, class, 10_000);
    for _ in 0..8 {
        held.step(&scene, 0.25).unwrap();
    }
    let (got, se) = msd(&held);
    assert!((got - 2.0).abs() < 3.5 * se + 0.02, "{got}");
    assert!(held.coordinates(2).iter().all(|z| *z > -1.0));
}

/// A path: mean v t and variance v t × stride; at the end the class changes.
#[test]
fn directed_motion_arrives() {
    let scene = empty();
    let path = Path::new(&[[0.0; 3], [0.0, 0.0, 3.0], [4.0, 0.0, 3.0]], 2.0, 0.05, Some(1)).unwrap();
    let mut cloud = Cloud::new(Seed::new(22, 0), &[Class::directed(path), Class::brownian(0.0)]).unwrap();
    for _ in 0..10_000 {
        cloud.insert(&scene, 0, [0.0; 3]).unwrap();
    }
    assert!(cloud.step(&scene, 1.0).unwrap().is_empty());
    let z = cloud.coordinates(2);
    let mean = z.iter().sum::<f64>() / 1e4;
    let variance = z.iter().map(|z| (z - mean) * (z - mean)).sum::<f64>() / 1e4;
    assert!((mean - 2.0).abs() < 3.5 * (0.1f64 / 1e4).sqrt() && (variance / 0.1 - 1.0).abs() < 0.06);
    let mut arrived = 0;
    for _ in 0..6 {
        arrived += cloud.step(&scene, 1.0).unwrap().iter().filter(|e| e.fate == Fate::Arrived).count();
    }
    assert_eq!(arrived, 10_000);
    assert!(cloud.classes().iter().all(|c| *c == 1));
    assert!((0..cloud.len()).all(|i| cloud.place(i) == [4.0, 0.0, 3.0]));
}

/// Among reflecting obstacles, some touching, an even distribution stays even: no surface attracts or repels.
#[test]
fn obstacles_leave_an_even_distribution_even() {
    let mut spheres = Vec::new();
    for i in 0..27 {
        let c = [i / 9, i / 3 % 3, i % 3].map(|k| 10.0 * f64::from(k) + 5.0);
        spheres.push(Sphere::new(c, 5.0, Wall::Reflecting));
    }
    let domain = Domain::cuboid([30.0; 3], Face::Periodic);
    let scene = Scene::new(domain, &spheres, &[], 4.0).unwrap();
    let mut cloud = Cloud::new(Seed::new(23, 0), &[Class::brownian(D)]).unwrap();
    let mut rng = Seed::new(24, 0).stream(0, 0, 0);
    let n = 20_000;
    while cloud.len() < n {
        let _ = cloud.insert(&scene, 0, [0, 1, 2].map(|_| 30.0 * rng.uniform()));
    }
    // Share within 0.5 um of a surface: shells of the cubic packing, minus nothing, as shells of touching spheres
    // overlap; so compare with the start, which is even by construction.
    let near = |cloud: &Cloud| {
        let count = (0..n).filter(|&i| {
            let p = cloud.place(i).map(|x| (x / 10.0).fract() * 10.0 - 5.0);
            let r = (p[0] * p[0] + p[1] * p[1] + p[2] * p[2]).sqrt();
            assert!(r >= 5.0 - 1e-9, "inside an obstacle: {r}");
            r < 5.5
        });
        count.count() as f64 / n as f64
    };
    let before = near(&cloud);
    for _ in 0..12 {
        assert!(cloud.step(&scene, 0.5 * SECOND).unwrap().is_empty());
    }
    let after = near(&cloud);
    println!("within 0.5 um: {before:.4} then {after:.4}");
    let se = (2.0 * before * (1.0 - before) / n as f64).sqrt();
    assert!((after - before).abs() < 3.5 * se, "{before} {after}");
}
