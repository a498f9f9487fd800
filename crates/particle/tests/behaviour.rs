//! What holds for every scene: same bits, invariances, refusals.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use exoderm_numeric::random::Seed;
use exoderm_particle::{
    Class, Cloud, Domain, Error, Event, Face, Fate, Motion, Path, Plane, Scene, Sphere, Touched, Wall,
};
use proptest::prelude::*;

/// A crowd of spheres of all kinds in a box periodic along x, with a floor that absorbs and a lid that reflects.
fn spheres(kappa_scale: f64) -> Vec<Sphere> {
    (0..40)
        .map(|i| {
            let f = |g: f64| (g * f64::from(i + 1)).fract();
            let centre = [100.0 * f(0.819_172), 100.0 * f(0.671_043), 8.0 + 84.0 * f(0.549_700)];
            let wall = match i % 3 {
                0 => Wall::Absorbing,
                1 => Wall::Partial(40.0 * kappa_scale),
                _ => Wall::Reflecting,
            };
            Sphere::new(centre, 3.0 + 4.0 * f(0.37), wall)
        })
        .collect()
}

fn domain() -> Domain {
    let mut domain = Domain::cuboid([100.0; 3], Face::Periodic);
    domain.faces[4] = Face::Wall(Wall::Absorbing);
    domain.faces[5] = Face::Wall(Wall::Reflecting);
    domain
}

fn classes(rate: f64) -> [Class; 4] {
    let brownian = Class::brownian(258.0 * rate);
    [
        Class { radius: 0.05, loss: 1.0 * rate, ..brownian.clone() },
        Class { drift: [30.0 * rate, 0.0, -20.0 * rate], ..brownian.clone() },
        Class { motion: Motion::Tethered { rate: 4.0 * rate }, ..brownian.clone() },
        brownian,
    ]
}

fn filled(scene: &Scene, classes: &[Class], n: usize) -> Cloud {
    let mut cloud = Cloud::new(Seed::new(5, 2), classes).unwrap();
    let mut rng = Seed::new(6, 0).stream(0, 0, 0);
    while cloud.len() < n {
        let p = [0, 1, 2].map(|_| 100.0 * rng.uniform());
        // Refused inside a sphere.
        let _ = cloud.insert(scene, (cloud.len() % classes.len()) as u8, p);
    }
    cloud
}

type State = (Vec<u32>, Vec<[u64; 3]>, Vec<Event>);

fn run(scene: &Scene, classes: &[Class], n: usize, dt: f64, steps: usize) -> State {
    let mut cloud = filled(scene, classes, n);
    let mut events = Vec::new();
    for _ in 0..steps {
        events.extend_from_slice(cloud.step(scene, dt).unwrap());
    }
    let places = (0..cloud.len()).map(|i| cloud.place(i).map(f64::to_bits)).collect();
    (cloud.ids().to_vec(), places, events)
}

/// Law 4: any number of threads.
#[test]
fn threads_do_not_change_a_bit() {
    let scene = Scene::new(domain(), &spheres(1.0), &[], 6.0).unwrap();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&scene, &classes(1.0), 20_000, 0.004, 5))
    };
    let one = on(1);
    assert!(one.2.len() > 500, "enough must happen: {}", one.2.len());
    assert_eq!(one, on(2));
    assert_eq!(one, on(5));
}

/// Issue 3: independence of the size of the cell list.
#[test]
fn spacing_of_the_grid_does_not_change_a_bit() {
    let with = |spacing| {
        let scene = Scene::with_spacing(domain(), &spheres(1.0), &[], 6.0, spacing).unwrap();
        run(&scene, &classes(1.0), 8_000, 0.004, 5)
    };
    let reference = with(None);
    for spacing in [0.9, 3.3, 17.0, 500.0] {
        assert_eq!(reference, with(Some(spacing)), "{spacing} um");
    }
}

/// Issue 3: D → cD, κ → cκ, k → ck, v → cv, t → t/c leaves paths as they are; with c a power of two, to the bit.
#[test]
fn rescaling_time_does_not_change_a_path() {
    let of = |c: f64| {
        let scene = Scene::new(domain(), &spheres(c), &[], 6.0).unwrap();
        run(&scene, &classes(c), 8_000, 0.004 / c, 5)
    };
    let (one, four) = (of(1.0), of(4.0));
    assert_eq!(one.0, four.0);
    assert_eq!(one.1, four.1);
    for (a, b) in one.2.iter().zip(&four.2) {
        assert_eq!((a.vesicle, a.fate), (b.vesicle, b.fate));
    }
}

/// The order in which spheres are given names them and changes nothing else, where at most one is near.
#[test]
fn permuting_spheres_permutes_captures() {
    let at = |i: usize| Sphere::new([30.0 * i as f64 + 15.0, 50.0, 50.0], 6.0, Wall::Partial(100.0));
    let forward: Vec<Sphere> = (0..3).map(at).collect();
    let backward: Vec<Sphere> = (0..3).rev().map(at).collect();
    let result = |spheres: &[Sphere]| {
        let scene = Scene::new(domain(), spheres, &[], 4.0).unwrap();
        run(&scene, &[Class::brownian(258.0)], 10_000, 0.002, 20)
    };
    let (a, b) = (result(&forward), result(&backward));
    assert_eq!((&a.0, &a.1), (&b.0, &b.1));
    let mut captured = 0;
    for (a, b) in a.2.iter().zip(&b.2) {
        match (a.fate, b.fate) {
            (Fate::Captured(Touched::Sphere(i)), Fate::Captured(Touched::Sphere(j))) => {
                captured += 1;
                assert_eq!(i, 2 - j);
            }
            (x, y) => assert_eq!(x, y),
        }
    }
    assert!(captured > 10);
}

/// Vesicles never end up where they can't be, and none is lost from the books.
#[test]
fn vesicles_stay_outside_of_spheres_and_are_accounted_for() {
    let scene = Scene::new(domain(), &spheres(1.0), &[], 6.0).unwrap();
    let n = 10_000;
    for dt in [0.0005, 0.05, 2.0] {
        let mut cloud = filled(&scene, &classes(1.0), n);
        let mut gone = 0;
        for _ in 0..3 {
            let before = cloud.len();
            let events = cloud.step(&scene, dt).unwrap().len();
            gone += events;
            assert_eq!(before - cloud.len(), events);
        }
        assert_eq!(cloud.len() + gone, n);
        for i in 0..cloud.len() {
            let p = cloud.place(i);
            assert!((0.0..100.0).contains(&p[0]) && (0.0..=100.0).contains(&p[2]), "{p:?}");
            for s in spheres(1.0) {
                let mut d2 = 0.0;
                for (a, (x, c)) in p.iter().zip(s.centre).enumerate() {
                    let d = (x - c).abs();
                    let d = if a < 2 { d.min(100.0 - d) } else { d };
                    d2 += d * d;
                }
                assert!(d2.sqrt() > s.radius - 1e-9, "step {dt}: {p:?} is inside a sphere");
            }
        }
    }
}

/// Issue 3: at most 40 bytes a vesicle, tethered ones too.
#[test]
fn a_vesicle_takes_37_bytes() {
    assert_eq!(Cloud::BYTES, 37);
    let scene = Scene::new(Domain::unbounded(), &[], &[], 5.0).unwrap();
    for motion in [Motion::Brownian, Motion::Tethered { rate: 1.0 }] {
        let class = Class { motion, ..Class::brownian(1.0) };
        let filled = |n: usize| {
            let mut cloud = Cloud::new(Seed::new(1, 0), std::slice::from_ref(&class)).unwrap();
            for k in 0..n {
                cloud.insert(&scene, 0, [k as f64, 0.0, 0.0]).unwrap();
            }
            cloud.step(&scene, 0.01).unwrap();
            cloud.column_bytes()
        };
        let each = (filled(4096) - filled(2048)) / 2048;
        assert_eq!(each, Cloud::BYTES, "{class:?}: {each} bytes");
    }
}

/// A tether across a periodic face pulls towards the near image of its anchor, and the spread is that of open space.
#[test]
fn tethers_reach_through_periodic_faces() {
    let class = Class { motion: Motion::Tethered { rate: 3.0 }, ..Class::brownian(2.0) };
    let domain = Domain::cuboid([40.0; 3], Face::Periodic);
    // A reflecting sphere out of reach lets some steps go the slow way.
    for spheres in [vec![], vec![Sphere::new([4.0, 0.0, 0.0], 2.0, Wall::Reflecting)]] {
        let scene = Scene::new(domain, &spheres, &[], 10.0).unwrap();
        let mut cloud = Cloud::new(Seed::new(8, 0), std::slice::from_ref(&class)).unwrap();
        let n = 4000;
        for _ in 0..n {
            cloud.insert(&scene, 0, [0.0, 39.999, 20.0]).unwrap();
        }
        for _ in 0..40 {
            cloud.step(&scene, 0.5).unwrap();
        }
        // Along y and z nothing is in the way: variance D/rate.
        for (axis, anchor) in [(1, 39.999), (2, 20.0)] {
            let squares = cloud.coordinates(axis).iter().map(|y| {
                let d = y - anchor;
                let d = d - 40.0 * (d / 40.0).round();
                d * d
            });
            let variance = squares.sum::<f64>() / f64::from(n);
            let exact = 2.0 / 3.0;
            assert!(
                (variance - exact).abs() < 4.0 * exact * (2.0 / f64::from(n)).sqrt() + 0.01,
                "{variance}"
            );
        }
    }
}

#[test]
fn bad_input_is_refused_with_a_reason() {
    let text = |e: Error| e.to_string();
    let scene = |spheres: &[Sphere], planes: &[Plane]| Scene::new(domain(), spheres, planes, 5.0).map(|_| ());
    let ok = Sphere::new([50.0; 3], 5.0, Wall::Absorbing);
    assert_eq!(
        text(scene(&[ok, Sphere { radius: -1.0, ..ok }], &[]).unwrap_err()),
        "sphere 1: radius is -1, expected a positive length"
    );
    assert!(scene(&[Sphere { centre: [0.0, f64::NAN, 0.0], ..ok }], &[]).is_err());
    assert!(scene(&[Sphere { wall: Wall::Partial(f64::NAN), ..ok }], &[]).is_err());
    assert!(scene(&[Sphere { wall: Wall::Partial(-1.0), ..ok }], &[]).is_err());
    assert!(scene(&[], &[Plane { normal: [0.0; 3], offset: 0.0, wall: Wall::Absorbing }]).is_err());
    let mut half = domain();
    half.faces[0] = Face::Open;
    assert_eq!(
        text(Scene::new(half, &[], &[], 5.0).unwrap_err()),
        "faces along axis 0: both or neither must be periodic"
    );
    assert!(Scene::new(domain(), &[], &[], 0.0).is_err());
    let mut upside_down = Domain::cuboid([10.0, -10.0, 10.0], Face::Open);
    assert!(Scene::new(upside_down, &[], &[], 5.0).is_err());
    upside_down.high[1] = f64::NAN;
    assert!(Scene::new(upside_down, &[], &[], 5.0).is_err());

    let scene = Scene::new(domain(), &[ok], &[], 30.0).unwrap();
    assert!(Cloud::new(Seed::new(1, 0), &[]).is_err());
    for bad in [
        Class::brownian(-1.0),
        Class::brownian(f64::NAN),
        Class { loss: f64::INFINITY, ..Class::brownian(1.0) },
        Class { motion: Motion::Trapped { exponent: 1.0, quantum: 0.1 }, ..Class::brownian(1.0) },
        Class { motion: Motion::Tethered { rate: 0.0 }, ..Class::brownian(1.0) },
        Class { drift: [f64::NAN, 0.0, 0.0], ..Class::brownian(1.0) },
    ] {
        assert!(Cloud::new(Seed::new(1, 0), &[bad]).is_err());
    }
    assert!(Path::new(&[[0.0; 3]], 1.0, 0.1, None).is_err());
    assert!(Path::new(&[[0.0; 3], [1.0; 3]], 0.0, 0.1, None).is_err());
    let big = Class { radius: 6.0, ..Class::brownian(1.0) };
    let mut cloud = Cloud::new(Seed::new(1, 0), &[Class::brownian(1.0), big]).unwrap();
    assert_eq!(
        text(cloud.insert(&scene, 1, [10.0; 3]).unwrap_err()),
        "a vesicle of radius 6 um is larger than a sphere (5 um)"
    );
    assert_eq!(
        text(cloud.insert(&scene, 0, [50.0, 50.0, 52.0]).unwrap_err()),
        "a vesicle at (50, 50, 52) um lies inside a sphere, or nearer to it than its radius"
    );
    assert_eq!(
        text(cloud.insert(&scene, 0, [50.0, 50.0, 101.0]).unwrap_err()),
        "a vesicle at (50, 50, 101) um lies outside the box, or nearer to its wall than its radius"
    );
    assert!(cloud.insert(&scene, 0, [f64::NAN, 0.0, 0.0]).is_err());
    assert!(cloud.insert(&scene, 7, [10.0; 3]).is_err());
    assert!(cloud.insert_at(&scene, 0, [10.0; 3], -1.0).is_err());
    let mut small = Cloud::new(Seed::new(1, 0), &[Class::brownian(1.0)]).unwrap();
    for dt in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(small.step(&scene, dt).is_err(), "{dt}");
    }
    let near_sighted = Scene::new(domain(), &[ok], &[], 0.01).unwrap();
    assert!(text(small.step(&near_sighted, 1.0).unwrap_err()).contains("too long for a horizon of 0.01 um"));
    small.insert_at(&scene, 0, [10.0; 3], 0.5).unwrap();
    assert!(small.step(&scene, 0.25).is_err(), "it would begin after the step");
    assert!(small.step(&scene, 0.5).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    /// Any scene that is accepted can be stepped, and no vesicle is made or unmade.
    #[test]
    fn accepted_scenes_step(
        radius in 0.1f64..40.0,
        kappa in prop_oneof![Just(0.0), Just(f64::INFINITY), 1e-6f64..1e9],
        d in prop_oneof![Just(0.0), 1e-6f64..1e5],
        drift in -1e4f64..1e4,
        dt in 1e-6f64..10.0,
        horizon in 0.1f64..60.0,
        size in 0.0f64..0.5,
    ) {
        let wall = if kappa == f64::INFINITY { Wall::Absorbing } else { Wall::Partial(kappa) };
        let sphere = [Sphere::new([50.0; 3], radius, wall)];
        let scene = Scene::new(domain(), &sphere, &[], horizon).unwrap();
        let class = Class { drift: [0.0, 0.0, drift], radius: size, ..Class::brownian(d) };
        let mut cloud = Cloud::new(Seed::new(1, 0), &[class]).unwrap();
        let mut n = 0;
        for i in 0..20 {
            let p = [0.819, 0.671, 0.549].map(|g: f64| (g * f64::from(i + 1)).fract() * 100.0);
            n += usize::from(cloud.insert(&scene, 0, p).is_ok());
        }
        for _ in 0..2 {
            if let Ok(events) = cloud.step(&scene, dt) {
                n -= events.len();
            }
        }
        prop_assert_eq!(cloud.len(), n);
        for i in 0..n {
            prop_assert!(cloud.place(i).iter().all(|c| c.is_finite()));
        }
    }
}
