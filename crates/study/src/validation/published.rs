//! Published studies of vesicles in cells, with their authors' own tolerances.
//!
//! STEPS 5 ships a suite of vesicle tests with a pass condition each; what is compared here is what its closed forms
//! say, at every time that the suite reads, for the same numbers of vesicles. Where its tolerance is relative and numbers
//! are small, more runs than its own are taken, so that chance does not use the tolerance up. Not among them: obstacles
//! of given volume fraction, for which no closed form exists.

use super::measures::{Moments, share_se};
use super::{Case, Length, Row, Rows, Run};
use exoderm_numeric::math::{exp, ln, ln_gamma};
use exoderm_numeric::random::Seed;
use exoderm_particle::{Class, Cloud, Domain, Fate, Path, Scene, Sphere, Wall};
use exoderm_vesicle::cases::pairs_left;
use exoderm_vesicle::counts::{Counts, Exact, Leap, Move, Network, Reaction, Sink};

const SECOND: f64 = 1.0 / 60.0;
/// Runs in the suite's stochastic tests.
const RUNS: usize = 1000;
/// Runs where relative tolerances meet small numbers.
const MANY: usize = 10_000;

const SUITE: &str = "STEPS 5 vesicle suite, closed forms and tolerances of its tests";

pub(super) const CASES: &[Case] = &[
    Case {
        name: "steps-diffusion",
        group: "particle",
        title: "one vesicle from the centre of a sphere of 10 um, 10,000 runs: mean squared displacement",
        source: "STEPS 5 vesicle suite: 6 D t, D = 1 um2/s",
        length: Length::Quick,
        run: Run::Alone(diffusion),
    },
    Case {
        name: "steps-exocytosis",
        group: "particle",
        title: "10 vesicles of 38 nm in a sphere of 0.5 um leave at 5/s, 10,000 runs",
        source: SUITE,
        length: Length::Quick,
        run: Run::Alone(exocytosis),
    },
    Case {
        name: "steps-active-path",
        group: "particle",
        title: "transport along a path in stochastic strides of 8 nm, exocytosis at its end",
        source: SUITE,
        length: Length::Quick,
        run: Run::Alone(active_path),
    },
    Case {
        name: "steps-surface-reactions",
        group: "counts",
        title: "endocytosis, decay and a reversible reaction on vesicles, event by event",
        source: SUITE,
        length: Length::Quick,
        run: Run::Alone(surface_reactions),
    },
    Case {
        name: "steps-pair-binding",
        group: "counts",
        title: "200 vesicles in 65 aL bind each other in pairs, k = 2e6/M/s: event by event and by leaps",
        source: "STEPS 5 vesicle suite: 1/c = 1/c0 + 2 k t; master equation of the pairs",
        length: Length::Quick,
        run: Run::Alone(pair_binding),
    },
    Case {
        name: "membrane-fusion",
        group: "particle",
        title: "release by fusion: from the centre of a sphere of 5 um with wall constant 30 um/s",
        source: "Huang 2023: distribution of fusion times, Robin condition",
        length: Length::Quick,
        run: Run::Alone(fusion),
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
        let t = 0.05 * f64::from(step);
        let squares: Vec<f64> =
            (0..cloud.len()).map(|i| cloud.place(i).iter().map(|x| x * x).sum()).collect();
        let m = Moments::of(&squares);
        rows.push(Row::errors(format!("MSD after {t:.2} s (um2)"), 6.0 * t, m.mean, m.se(), 3.0));
    }
    Ok(rows)
}

fn exocytosis() -> Rows {
    let (per_run, rate) = (10, 5.0);
    let container = [Sphere::container([0.0; 3], 0.5, Wall::Reflecting)];
    let scene = Scene::new(Domain::unbounded(), &container, &[], 0.5)?;
    let class = Class { radius: 0.019, loss: rate / SECOND, ..Class::brownian(1.0 / SECOND) };
    let mut cloud = Cloud::new(Seed::new(32, 0), &[class])?;
    for _ in 0..per_run * MANY {
        cloud.insert(&scene, 0, [0.0; 3])?;
    }
    let mut rows = Vec::new();
    for step in 1..=26 {
        cloud.step(&scene, 0.04 * SECOND)?;
        let t = 0.04 * f64::from(step);
        let mut left = vec![0.0; MANY];
        for id in cloud.ids() {
            left[*id as usize / per_run] += 1.0;
        }
        let (m, p) = (Moments::of(&left), exp(-rate * t));
        let n = per_run as f64;
        rows.push(within(format!("vesicles left after {t:.2} s, mean"), n * p, m.mean, 0.05, 0.05));
        let sd = (n * p * (1.0 - p)).sqrt();
        rows.push(within(format!("vesicles left after {t:.2} s, sd"), sd, m.variance.sqrt(), 0.1, 0.0));
    }
    Ok(rows)
}

/// Both paths of the suite: the mean height until vesicles reach the membrane, and, where one does within the time,
/// the share that has been taken up there, at 1e4/s, against the Poisson law of its strides.
fn active_path() -> Rows {
    let scene = Scene::new(Domain::unbounded(), &[], &[], 1.0)?;
    let (start, membrane, stride) = (-0.22, 0.184, 0.008);
    let mut rows = Vec::new();
    for speed in [0.5, 0.3] {
        let free = Path::new(&[[0.0, 0.0, start], [0.0, 0.0, 1.0]], speed / SECOND, stride, None)?;
        let ends = Path::new(&[[0.0, 0.0, start], [0.0, 0.0, membrane]], speed / SECOND, stride, Some(1))?;
        let fusing = Class { loss: 1e4 / SECOND, ..Class::brownian(0.0) };
        let mut way = Cloud::new(Seed::new(33, 0), &[Class::directed(free)])?;
        let mut whole = Cloud::new(Seed::new(33, 0), &[Class::directed(ends), fusing])?;
        for _ in 0..RUNS {
            way.insert(&scene, 0, [0.0; 3])?;
            whole.insert(&scene, 0, [0.0; 3])?;
        }
        let mut gone = 0usize;
        for step in 1..=27 {
            way.step(&scene, 0.05 * SECOND)?;
            let lost = whole.step(&scene, 0.05 * SECOND)?.iter().filter(|e| e.fate == Fate::Lost).count();
            gone += lost;
            let t = 0.05 * f64::from(step);
            let height = start + speed * t;
            if height < membrane {
                let mean = way.coordinates(2).iter().sum::<f64>() / RUNS as f64;
                rows.push(Row::absolute(
                    format!("{speed} um/s: mean z after {t:.2} s (um)"),
                    height,
                    mean,
                    0.05,
                ));
            }
            if step % 4 == 0 && t > 0.5 {
                // Arrived a step ago at the latest, as exocytosis begins with the step after arrival.
                let before = t - 0.05;
                let needed = ((membrane - start) / stride).ceil() as u32;
                let arrived = 1.0 - poisson_below(needed, speed * before / stride);
                let got = gone as f64 / RUNS as f64;
                let se = share_se(arrived, RUNS).max(1.0 / RUNS as f64);
                let what = format!("{speed} um/s: share gone by exocytosis after {t:.2} s");
                rows.push(Row::errors(what, arrived, got, se, 3.0));
            }
        }
    }
    Ok(rows)
}

/// Probability that a Poisson number of this mean is below `k`.
fn poisson_below(k: u32, mean: f64) -> f64 {
    (0..k).map(f64::from).map(|i| exp(i * ln(mean) - mean - ln_gamma(i + 1.0))).sum()
}

/// Numbers at place 0 over runs of a network that starts with `start` there, after each of `times` (s).
fn numbers(
    network: &Network,
    [start, runs]: [u64; 2],
    times: &[f64],
    seed: u64,
) -> Result<Vec<Moments>, exoderm_vesicle::Error> {
    let mut values = vec![Vec::new(); times.len()];
    for run in 0..runs {
        let mut counts = Counts::new(network);
        counts.at[0] = start;
        let mut exact = Exact::new(network, Seed::new(seed, 0), run);
        let mut now = 0.0;
        for (k, t) in times.iter().enumerate() {
            exact.step(network, &mut counts, (t - now) * SECOND)?;
            now = *t;
            values[k].push(counts.at[0] as f64);
        }
    }
    Ok(values.iter().map(|v| Moments::of(v)).collect())
}

fn surface_reactions() -> Rows {
    let mut rows = Vec::new();
    let decay = Network::new(1, 1, &[], &[Sink { from: 0, counter: 0, rate: 10.0 / SECOND }], &[], &[])?;
    let times: Vec<f64> = (1..=31).map(|k| 0.01 * f64::from(k)).collect();
    for (m, t) in numbers(&decay, [10, MANY as u64], &times, 34)?.iter().zip(&times) {
        let p = exp(-10.0 * t);
        rows.push(within(format!("endocytosis: receptors left after {t:.2} s"), 10.0 * p, m.mean, 0.05, 0.0));
        let made = 10.0 - m.mean;
        let what = format!("endocytosis: vesicles formed after {t:.2} s");
        rows.push(within(what, 10.0 * (1.0 - p), made, 0.05, 0.0));
    }
    let times = &times[..21];
    for (m, t) in numbers(&decay, [100, RUNS as u64], times, 35)?.iter().zip(times) {
        let p = exp(-10.0 * t);
        rows.push(within(format!("decay: molecules left after {t:.2} s"), 100.0 * p, m.mean, 0.05, 0.1));
    }
    let pair = [Move { from: 0, to: 1, rate: 100.0 / SECOND }, Move { from: 1, to: 0, rate: 20.0 / SECOND }];
    let reversible = Network::new(2, 0, &pair, &[], &[], &[])?;
    let m = &numbers(&reversible, [500, RUNS as u64], &[1.0], 36)?[0];
    rows.push(Row::errors("reversible: A of 500 at equilibrium", 500.0 / 6.0, m.mean, m.se(), 3.0));
    let variance = 500.0 / 6.0 * 5.0 / 6.0;
    rows.push(Row::errors("reversible: variance of A", variance, m.variance, m.variance_se, 3.0));
    Ok(rows)
}

/// Vesicles in a sphere of 0.5 um, so small and fast that place does not matter: the suite's law of mass action, within
/// its tolerance, and mean and variance of the pairs' master equation, within chance.
fn pair_binding() -> Rows {
    // 1/M/s, m³ and 1/mol.
    let (k, volume, avogadro) = (2e6, 6.544_98e-20, 6.022_140_76e23);
    let litre = 1e3;
    // Each pair: the law dc/dt = -2 k c² loses two at a time.
    let rate = 2.0 * k / (avogadro * volume * litre) / SECOND;
    let (n, runs) = (200u64, RUNS);
    let binding = Reaction { of: 0, with: Some(0), into: [Some(1), None], rate };
    let network = Network::new(2, 0, &[], &[], &[], &[binding])?;
    let mut rows = Vec::new();
    for (method, seed) in [("event by event", 38), ("leaps", 39)] {
        let mut values = vec![Vec::new(); 5];
        for run in 0..runs {
            let mut counts = Counts::new(&network);
            counts.at[0] = n;
            let mut exact = Exact::new(&network, Seed::new(seed, 0), run as u64);
            let mut leap = Leap::new(Seed::new(seed, run as u32), 0.03)?;
            for at in &mut values {
                if method == "leaps" {
                    leap.step(&network, &mut counts, 0.01 * SECOND)?;
                } else {
                    exact.step(&network, &mut counts, 0.01 * SECOND)?;
                }
                at.push(counts.at[0] as f64);
            }
        }
        for (i, v) in values.iter().enumerate() {
            let t = 0.01 * (i + 1) as f64;
            let m = Moments::of(v);
            let concentration = |single: f64| single / (avogadro * volume * litre);
            let law = 1.0 / concentration(n as f64) + 2.0 * k * t;
            let got = 1.0 / concentration(m.mean);
            rows.push(Row::relative(format!("{method}: 1/c after {t:.2} s (1/M)"), law, got, 0.05));
            let (mean, variance) = pairs_left(n as usize, rate, t * SECOND);
            rows.push(Row::errors(format!("{method}: single after {t:.2} s"), mean, m.mean, m.se(), 3.0));
            let what = format!("{method}: variance of the single after {t:.2} s");
            rows.push(Row::errors(what, variance, m.variance, m.variance_se, 3.0));
        }
    }
    Ok(rows)
}

/// Shares released, from the series of the Robin problem (computed independently): D (um²/s), then time (s) and share.
const FUSED: &[(f64, &[(f64, f64)])] = &[
    (
        9.0,
        &[
            (0.1, 0.003_183_680_376),
            (0.2, 0.094_981_224_48),
            (0.3, 0.275_494_578_3),
            (0.5, 0.594_484_035_9),
            (0.75, 0.813_802_625_7),
            (1.0, 0.915_093_492_7),
            (1.5, 0.982_368_404_8),
            (2.0, 0.996_338_904_5),
            (3.0, 0.999_842_148_2),
        ],
    ),
    (
        18.0,
        &[
            (0.1, 0.073_836_892_98),
            (0.2, 0.392_997_595_7),
            (0.3, 0.643_796_751),
            (0.5, 0.882_321_251_8),
            (0.75, 0.970_697_268_1),
            (1.0, 0.992_704_555_7),
            (1.5, 0.999_547_793_1),
        ],
    ),
    (
        27.0,
        &[
            (0.1, 0.195_370_943_9),
            (0.2, 0.590_406_165_6),
            (0.3, 0.803_692_587_5),
            (0.5, 0.955_395_038_4),
            (0.75, 0.993_007_304),
            (1.0, 0.998_903_763_5),
        ],
    ),
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
        for _ in 0..60 {
            times.extend(cloud.step(&scene, 0.05 * SECOND)?.iter().map(|e| e.time / SECOND));
        }
        for (t, exact) in *table {
            let got = times.iter().filter(|at| *at <= t).count() as f64 / n as f64;
            let what = format!("D {diffusion} um2/s: share fused by {t} s");
            rows.push(Row::errors(what, *exact, got, share_se(*exact, n), 3.0));
        }
    }
    Ok(rows)
}
