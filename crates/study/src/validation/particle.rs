//! Single vesicles in Brownian motion.

use super::measures::{Moments, share_se};
use super::{Case, Length, Row, Rows, Run};
use exoderm_numeric::math::{cos, exp, sin};
use exoderm_numeric::random::Seed;
use exoderm_particle::{
    Class, Cloud, Domain, Error, Face, Fate, Motion, Path, Plane, Scene, Sphere, Touched, Wall, cases,
};

/// One second in the engine's minutes.
const SECOND: f64 = 1.0 / 60.0;
/// um²/s.
const D: f64 = 4.3;
/// um.
const R: f64 = 10.0;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "sphere-capture",
        group: "particle",
        title: "share captured in 10 s by one sphere of 10 um, 1e5 vesicles, steps of 0.1 to 10 s",
        source: "A03; Carslaw and Jaeger, Conduction of Heat in Solids, section 14.7",
        length: Length::Quick,
        run: Run::Alone(capture_long_steps),
    },
    Case {
        name: "sphere-capture-short-steps",
        group: "particle",
        title: "the same in steps of 0.001 to 0.05 s",
        source: "A03",
        length: Length::Long,
        run: Run::Alone(capture_short_steps),
    },
    Case {
        name: "sphere-capture-bias",
        group: "particle",
        title: "the same with 4e6 vesicles, to show a bias of a tenth of a percent",
        source: "A03",
        length: Length::Long,
        run: Run::Alone(capture_bias),
    },
    Case {
        name: "medium-uptake",
        group: "particle",
        title: "what a sphere takes in 10 s from an even medium",
        source: "A04; Collins and Kimball 1949, doi 10.1016/0095-8522(49)90023-9",
        length: Length::Quick,
        run: Run::Alone(medium),
    },
    Case {
        name: "first-passage",
        group: "particle",
        title: "mean first-passage times: slabs, sphere, between two spheres",
        source: "A06",
        length: Length::Quick,
        run: Run::Alone(first_passage),
    },
    Case {
        name: "motions",
        group: "particle",
        title: "mean squared displacement: free, with decay, in traps, on a tether, along a path",
        source: "6 D t; 6 D t^a/Gamma(1 + a); Ornstein-Uhlenbeck; Poisson strides",
        length: Length::Quick,
        run: Run::Alone(motions),
    },
    Case {
        name: "drift-to-a-plane",
        group: "particle",
        title: "arrival of carried vesicles at an absorbing plane, and rest above a reflecting one",
        source: "inverse Gaussian law; barometric law",
        length: Length::Quick,
        run: Run::Alone(drift),
    },
    Case {
        name: "decay-against-capture",
        group: "particle",
        title: "capture by a sphere while vesicles are lost, in steps of 0.5 to 50 s",
        source: "(R/r) exp(-(r - R) sqrt(k/D))",
        length: Length::Quick,
        run: Run::Alone(decay),
    },
    Case {
        name: "obstacles",
        group: "particle",
        title: "touching reflecting spheres neither attract nor repel",
        source: "an even distribution is at rest",
        length: Length::Quick,
        run: Run::Alone(obstacles),
    },
    Case {
        name: "link-particles",
        group: "particle",
        title: "donor, way with loss, recipient, cargo: mean and variance over 2,000 tissues",
        source: "A15: Poisson arrivals, compound-Poisson cargo",
        length: Length::Quick,
        run: Run::Alone(link),
    },
];

fn wall(kappa: f64) -> Wall {
    if kappa == f64::INFINITY { Wall::Absorbing } else { Wall::Partial(kappa / SECOND) }
}

fn brownian() -> Class {
    Class::brownian(D / SECOND)
}

/// The `i`-th of `n` points spread evenly over a sphere of radius `r`.
fn on_sphere(r: f64, i: usize, n: usize) -> [f64; 3] {
    let z = 1.0 - (2.0 * i as f64 + 1.0) / n as f64;
    let angle = 2.399_963_229_728_653 * i as f64;
    let s = (1.0 - z * z).sqrt();
    [r * s * cos(angle), r * s * sin(angle), r * z]
}

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

fn capture_long_steps() -> Rows {
    capture(&[10.0, 1.0, 0.5, 0.25, 0.1])
}

fn capture_short_steps() -> Rows {
    capture(&[0.05, 0.02, 0.01, 0.005, 0.002, 0.001])
}

fn capture_bias() -> Rows {
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

/// Steps until all are gone or `steps` are over; returns the times of capture by what `by` accepts, s.
fn times(
    cloud: &mut Cloud,
    scene: &Scene,
    dt: f64,
    steps: usize,
    by: impl Fn(Touched) -> bool,
) -> Result<Vec<f64>, Error> {
    let mut times = Vec::new();
    for _ in 0..steps {
        for event in cloud.step(scene, dt * SECOND)? {
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
    Ok(times)
}

/// Rows are of independent seeds: with one placement and one set of paths for all three, chance moves them together.
fn medium() -> Rows {
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

fn mean_row(what: &str, exact: f64, values: &[f64]) -> Row {
    let m = Moments::of(values);
    Row::errors(what, exact, m.mean, m.se(), 3.0)
}

fn first_passage() -> Rows {
    let n = 20_000;
    let mut rows = Vec::new();
    let far = Plane { normal: [-1.0, 0.0, 0.0], offset: -100.0, wall: Wall::Absorbing };
    for (what, first, x, exact) in [
        ("slab of 100 um open on both sides, from its middle (s)", Wall::Absorbing, 50.0, 2500.0 / (2.0 * D)),
        ("slab of 100 um open on one side, from the other (s)", Wall::Reflecting, 0.0, 1e4 / (2.0 * D)),
    ] {
        let near = Plane { normal: [1.0, 0.0, 0.0], offset: 0.0, wall: first };
        let scene = Scene::new(Domain::unbounded(), &[], &[near, far], 20.0)?;
        let mut cloud = Cloud::new(Seed::new(1, 0), &[brownian()])?;
        for _ in 0..n {
            cloud.insert(&scene, 0, [x, 0.0, 0.0])?;
        }
        rows.push(mean_row(what, exact, &times(&mut cloud, &scene, 20.0, 2000, |_| true)?));
    }
    let sphere = [Sphere::container([1.0, 2.0, 3.0], 50.0, Wall::Absorbing)];
    let scene = Scene::new(Domain::unbounded(), &sphere, &[], 10.0)?;
    let mut cloud = Cloud::new(Seed::new(2, 0), &[brownian()])?;
    for _ in 0..n {
        cloud.insert(&scene, 0, [1.0, 2.0, 3.0])?;
    }
    let t = times(&mut cloud, &scene, 10.0, 2000, |_| true)?;
    rows.push(mean_row("sphere of 50 um, from its centre (s)", 2500.0 / (6.0 * D), &t));
    for at in [50.0, 100.0, 200.0] {
        let exact = cases::inside_from_centre(50.0, D, at);
        let got = t.iter().filter(|t| **t > at).count() as f64 / n as f64;
        rows.push(Row::errors(
            format!("share still inside after {at} s"),
            exact,
            got,
            share_se(exact, n),
            3.0,
        ));
    }
    let spheres =
        [Sphere::new([0.0; 3], R, Wall::Absorbing), Sphere::container([0.0; 3], 100.0, Wall::Reflecting)];
    let scene = Scene::new(Domain::unbounded(), &spheres, &[], 20.0)?;
    for r in [15.0, 90.0] {
        let n = 3_000;
        let mut cloud = Cloud::new(Seed::new(3, 0), &[brownian()])?;
        for i in 0..n {
            cloud.insert(&scene, 0, on_sphere(r, i, n))?;
        }
        let t = times(&mut cloud, &scene, 10.0, 20_000, |_| true)?;
        let exact = cases::passage_between_spheres(r, R, 100.0, D);
        rows.push(mean_row(&format!("between spheres of 10 and 100 um, from {r} um (s)"), exact, &t));
    }
    Ok(rows)
}

/// Distances from the origin, squared.
fn squares(cloud: &Cloud) -> Vec<f64> {
    (0..cloud.len()).map(|i| cloud.place(i).iter().map(|c| c * c).sum()).collect()
}

fn motions() -> Rows {
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

fn drift() -> Rows {
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

fn decay() -> Rows {
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

fn obstacles() -> Rows {
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

/// Vesicles as a Poisson stream of 0.1/s at 30 um; each taken up brings Poisson(100) copies.
fn link() -> Rows {
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
