//! Single vesicles in Brownian motion.

mod capture;
mod motion;

use super::measures::{Moments, share_se};
use super::{Case, Length, Row, Rows, Run};
use exoderm_numeric::math::{cos, sin};
use exoderm_numeric::random::Seed;
use exoderm_particle::{Class, Cloud, Domain, Error, Fate, Plane, Scene, Sphere, Touched, Wall, cases};

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
        run: Run::Alone(capture::capture_long_steps),
    },
    Case {
        name: "sphere-capture-short-steps",
        group: "particle",
        title: "the same in steps of 0.001 to 0.05 s",
        source: "A03",
        length: Length::Long,
        run: Run::Alone(capture::capture_short_steps),
    },
    Case {
        name: "sphere-capture-bias",
        group: "particle",
        title: "the same with 4e6 vesicles, to show a bias of a tenth of a percent",
        source: "A03",
        length: Length::Long,
        run: Run::Alone(capture::capture_bias),
    },
    Case {
        name: "medium-uptake",
        group: "particle",
        title: "what a sphere takes in 10 s from an even medium",
        source: "A04; Collins and Kimball 1949, doi 10.1016/0095-8522(49)90023-9",
        length: Length::Quick,
        run: Run::Alone(capture::medium),
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
        run: Run::Alone(motion::motions),
    },
    Case {
        name: "drift-to-a-plane",
        group: "particle",
        title: "arrival of carried vesicles at an absorbing plane, and rest above a reflecting one",
        source: "inverse Gaussian law; barometric law",
        length: Length::Quick,
        run: Run::Alone(motion::drift),
    },
    Case {
        name: "decay-against-capture",
        group: "particle",
        title: "capture by a sphere while vesicles are lost, in steps of 0.5 to 50 s",
        source: "(R/r) exp(-(r - R) sqrt(k/D))",
        length: Length::Quick,
        run: Run::Alone(capture::decay),
    },
    Case {
        name: "obstacles",
        group: "particle",
        title: "touching reflecting spheres neither attract nor repel",
        source: "an even distribution is at rest",
        length: Length::Quick,
        run: Run::Alone(motion::obstacles),
    },
    Case {
        name: "link-particles",
        group: "particle",
        title: "donor, way with loss, recipient, cargo: mean and variance over 2,000 tissues",
        source: "A15: Poisson arrivals, compound-Poisson cargo",
        length: Length::Quick,
        run: Run::Alone(capture::link),
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
