//! Published studies of vesicles in cells, with their authors' own tolerances.
//!
//! STEPS 5 ships a suite of vesicle tests with a pass condition each; what is compared here is what its closed forms
//! say, for the same numbers of vesicles and runs. Not among them: pairs of vesicles that bind each other (neither
//! `particle` nor `vesicle::counts` has a reaction of a kind with itself) and obstacles of given volume fraction,
//! for which no closed form exists.

use super::measures::{Moments, share_se};
use super::{Case, Length, Row, Rows};
use exoderm_numeric::math::exp;
use exoderm_numeric::random::Seed;
use exoderm_particle::{Class, Cloud, Domain, Path, Scene, Sphere, Wall};
use exoderm_vesicle::counts::{Counts, Exact, Move, Network, Sink};

const SECOND: f64 = 1.0 / 60.0;
/// Runs in the suite's stochastic tests.
const RUNS: usize = 1000;

const SUITE: &str = "STEPS 5 vesicle suite, closed forms and tolerances of its tests";

pub(super) const CASES: &[Case] = &[
    Case {
        name: "steps-diffusion",
        group: "particle",
        title: "one vesicle from the centre of a sphere of 10 um, 10,000 runs: mean squared displacement",
        source: "STEPS 5 vesicle suite: 6 D t, D = 1 um2/s",
        length: Length::Quick,
        run: diffusion,
    },
    Case {
        name: "steps-exocytosis",
        group: "particle",
        title: "10 vesicles of 38 nm in a sphere of 0.5 um leave at 5/s, 1,000 runs",
        source: SUITE,
        length: Length::Quick,
        run: exocytosis,
    },
    Case {
        name: "steps-active-path",
        group: "particle",
        title: "transport along a path in stochastic strides of 8 nm",
        source: SUITE,
        length: Length::Quick,
        run: active_path,
    },
    Case {
        name: "steps-surface-reactions",
        group: "counts",
        title: "endocytosis, decay and a reversible reaction on vesicles, event by event",
        source: SUITE,
        length: Length::Quick,
        run: surface_reactions,
    },
    Case {
        name: "membrane-fusion",
        group: "particle",
        title: "release by fusion: from the centre of a sphere of 5 um with wall constant 30 um/s",
        source: "Huang 2023: distribution of fusion times, Robin condition",
        length: Length::Quick,
        run: fusion,
    },
];

/// The suite's "rtol and atol" as one absolute tolerance.
fn within(what: String, exact: f64, got: f64, relative: f64, absolute: f64) -> Row {
    Row::absolute(what, exact, got, relative * exact.abs() + absolute)
}

fn diffusion() -> Rows {
    let container = [Sphere::container([0.0; 3], 10.0, Wall::Reflecting)];
    let scene = Scene::new(Domain::unbounded(), &container, &[], 5.0)?;
    let class = Class { radius: 0.025, ..Class::brownian(1.0 / SECOND) };
    let mut cloud = Cloud::new(Seed::new(31, 0), &[class])?;
    for _ in 0..10_000 {
        cloud.insert(&scene, 0, [0.0; 3])?;
    }
    let mut rows = Vec::new();
    for step in 1..=20 {
        cloud.step(&scene, 0.05 * SECOND)?;
        if step % 10 == 0 {
            let t = 0.05 * f64::from(step);
            let squares: Vec<f64> =
                (0..cloud.len()).map(|i| cloud.place(i).iter().map(|x| x * x).sum()).collect();
            let m = Moments::of(&squares);
            rows.push(Row::errors(format!("MSD after {t} s (um2)"), 6.0 * t, m.mean, m.se(), 3.0));
        }
    }
    Ok(rows)
}

fn exocytosis() -> Rows {
    let (per_run, rate) = (10, 5.0);
    let container = [Sphere::container([0.0; 3], 0.5, Wall::Reflecting)];
    let scene = Scene::new(Domain::unbounded(), &container, &[], 0.5)?;
    let class = Class { radius: 0.019, loss: rate / SECOND, ..Class::brownian(1.0 / SECOND) };
    let mut cloud = Cloud::new(Seed::new(32, 0), &[class])?;
    for _ in 0..per_run * RUNS {
        cloud.insert(&scene, 0, [0.0; 3])?;
    }
    let mut rows = Vec::new();
    for step in 1..=20 {
        cloud.step(&scene, 0.04 * SECOND)?;
        if [1, 5, 10, 20].contains(&step) {
            let t = 0.04 * f64::from(step);
            let mut left = vec![0.0; RUNS];
            for id in cloud.ids() {
                left[*id as usize / per_run] += 1.0;
            }
            let (m, p) = (Moments::of(&left), exp(-rate * t));
            let n = per_run as f64;
            rows.push(within(format!("vesicles left after {t:.2} s, mean"), n * p, m.mean, 0.05, 0.05));
            let sd = (n * p * (1.0 - p)).sqrt();
            rows.push(within(format!("vesicles left after {t:.2} s, sd"), sd, m.variance.sqrt(), 0.1, 0.0));
        }
    }
    Ok(rows)
}

fn active_path() -> Rows {
    let scene = Scene::new(Domain::unbounded(), &[], &[], 1.0)?;
    let mut rows = Vec::new();
    for speed in [0.5, 0.3] {
        let path = Path::new(&[[0.0, 0.0, -0.22], [0.0, 0.0, 0.5]], speed / SECOND, 0.008, None)?;
        let mut cloud = Cloud::new(Seed::new(33, 0), &[Class::directed(path)])?;
        for _ in 0..RUNS {
            cloud.insert(&scene, 0, [0.0; 3])?;
        }
        for step in 1..=12 {
            cloud.step(&scene, 0.05 * SECOND)?;
            if step % 4 == 0 {
                let t = 0.05 * f64::from(step);
                let mean = cloud.coordinates(2).iter().sum::<f64>() / RUNS as f64;
                let what = format!("{speed} um/s: mean z after {t:.1} s (um)");
                rows.push(Row::absolute(what, -0.22 + speed * t, mean, 0.05));
            }
        }
    }
    Ok(rows)
}

/// Numbers at place 0 over runs of a network that starts with `start` there, at `t` s.
fn numbers(network: &Network, start: u64, t: f64, seed: u64) -> Result<Moments, exoderm_vesicle::Error> {
    let values = (0..RUNS as u64)
        .map(|run| {
            let mut counts = Counts::new(network);
            counts.at[0] = start;
            Exact::new(network, Seed::new(seed, 0), run).step(network, &mut counts, t * SECOND)?;
            Ok(counts.at[0] as f64)
        })
        .collect::<Result<Vec<f64>, exoderm_vesicle::Error>>()?;
    Ok(Moments::of(&values))
}

fn surface_reactions() -> Rows {
    let mut rows = Vec::new();
    let decay = Network::new(1, 1, &[], &[Sink { from: 0, counter: 0, rate: 10.0 / SECOND }], &[], &[])?;
    for t in [0.05, 0.1, 0.2] {
        let p = exp(-10.0 * t);
        let m = numbers(&decay, 10, t, 34)?;
        rows.push(within(format!("endocytosis: receptors left after {t} s"), 10.0 * p, m.mean, 0.05, 0.0));
        let m = numbers(&decay, 100, t, 35)?;
        rows.push(within(format!("decay: molecules left after {t} s"), 100.0 * p, m.mean, 0.05, 0.1));
    }
    let pair = [Move { from: 0, to: 1, rate: 100.0 / SECOND }, Move { from: 1, to: 0, rate: 20.0 / SECOND }];
    let reversible = Network::new(2, 0, &pair, &[], &[], &[])?;
    let m = numbers(&reversible, 500, 1.0, 36)?;
    rows.push(Row::errors("reversible: A of 500 at equilibrium", 500.0 / 6.0, m.mean, m.se(), 3.0));
    let variance = 500.0 / 6.0 * 5.0 / 6.0;
    rows.push(Row::errors("reversible: variance of A", variance, m.variance, m.variance_se, 3.0));
    Ok(rows)
}

/// Shares released, from the series of the Robin problem (computed independently).
const FUSED: &[(f64, [(f64, f64); 4])] = &[
    (
        9.0,
        [(0.1, 0.003_183_680_376), (0.2, 0.094_981_224_48), (0.5, 0.594_484_035_9), (1.0, 0.915_093_492_7)],
    ),
    (18.0, [(0.1, 0.073_836_892_98), (0.2, 0.392_997_595_7), (0.5, 0.882_321_251_8), (1.0, 0.992_704_555_7)]),
];

fn fusion() -> Rows {
    let n = 20_000;
    let mut rows = Vec::new();
    for (diffusion, table) in FUSED {
        let container = [Sphere::container([0.0; 3], 5.0, Wall::Partial(30.0 / SECOND))];
        let scene = Scene::new(Domain::unbounded(), &container, &[], 10.0)?;
        let mut cloud = Cloud::new(Seed::new(37, 0), &[Class::brownian(diffusion / SECOND)])?;
        for _ in 0..n {
            cloud.insert(&scene, 0, [0.0; 3])?;
        }
        let mut times = Vec::with_capacity(n);
        for _ in 0..20 {
            times.extend(cloud.step(&scene, 0.05 * SECOND)?.iter().map(|e| e.time / SECOND));
        }
        for (t, exact) in table {
            let got = times.iter().filter(|at| *at <= t).count() as f64 / n as f64;
            let what = format!("D {diffusion} um2/s: share fused by {t} s");
            rows.push(Row::errors(what, *exact, got, share_se(*exact, n), 3.0));
        }
    }
    Ok(rows)
}
