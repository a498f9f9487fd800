//! Counts on a lattice: A17's means and Poisson variances, and pairs against the exact method.

use exoderm_numeric::math;
use exoderm_numeric::random::Seed;
use exoderm_vesicle::cases::pairs_left;
use exoderm_vesicle::counts::{Counts, Exact, Leap, Move, Network, Reaction, Sink, Source};

const SECOND: f64 = 1.0 / 60.0;

/// A17: 50 voxels of 2 um in a line, D = 4.3 um²/s, decay 0.01/s, 10 vesicles/s into the first, closed ends.
fn a17() -> Network {
    let jump = 4.3 / 4.0 / SECOND;
    let mut moves = Vec::new();
    for v in 0..49 {
        moves.push(Move { from: v, to: v + 1, rate: jump });
        moves.push(Move { from: v + 1, to: v, rate: jump });
    }
    let sinks: Vec<Sink> = (0..50).map(|from| Sink { from, counter: 0, rate: 0.01 / SECOND }).collect();
    Network::new(50, 1, &moves, &sinks, &[Source { to: 0, rate: 10.0 / SECOND }], &[]).unwrap()
}

/// Rows of the table at time `t`: voxel and mean, which is also the variance.
fn table(t: f64) -> Vec<(usize, f64)> {
    include_str!("../data/A17_rdme_1d_gradient.csv")
        .lines()
        .skip(1)
        .map(|l| l.split(',').map(|c| c.parse::<f64>().unwrap()).collect::<Vec<_>>())
        .filter(|r| r[2] == t)
        .map(|r| (r[3] as usize, r[5].max(0.0)))
        .collect()
}

/// Means and variances of `n` replicates.
fn moments(n: u64, places: usize, mut run: impl FnMut(u64) -> Vec<u64>) -> Vec<(f64, f64)> {
    let (mut sum, mut square) = (vec![0.0; places], vec![0.0; places]);
    for replicate in 0..n {
        for (v, x) in run(replicate).into_iter().enumerate() {
            sum[v] += x as f64;
            square[v] += (x * x) as f64;
        }
    }
    let n = n as f64;
    (0..places).map(|v| (sum[v] / n, (square[v] - sum[v] * sum[v] / n) / (n - 1.0))).collect()
}

fn check_poisson(name: &str, n: u64, got: &[(f64, f64)], exact: &[(usize, f64)]) {
    let (mut chi, mut terms) = (0.0, 0.0);
    for &(v, mean) in exact {
        let (m, variance) = got[v];
        if mean * (n as f64) < 5.0 {
            assert!(m * (n as f64) < 20.0, "{name} voxel {v}: {m} {mean}");
            continue;
        }
        let z = (m - mean) / (mean / n as f64).sqrt();
        // Var of the sample variance of a Poisson variable: (m + 2 m²)/n.
        let zv = (variance - mean) / ((mean + 2.0 * mean * mean) / n as f64).sqrt();
        assert!(
            z.abs() < 4.0 && zv.abs() < 4.5,
            "{name} voxel {v}: mean {m} variance {variance} exact {mean}"
        );
        chi += z * z + zv * zv;
        terms += 2.0;
    }
    println!("{name}: chi² {chi:.1} of {terms}");
    assert!(chi < terms + 4.0 * (2.0f64 * terms).sqrt(), "{name}: chi² {chi} of {terms}");
}

/// One leap of 10 s, ten leaps, and the exact method: all have A17's means and Poisson variances.
#[test]
fn a17_lattice_means_and_poisson_variances() {
    let network = a17();
    for (t, dt, n) in [(10.0, 10.0, 4000), (10.0, 0.25, 1000), (100.0, 50.0, 1500)] {
        let got = moments(n, 50, |replicate| {
            let mut leap = Leap::new(Seed::new(1, replicate as u32), 0.03).unwrap();
            let mut counts = Counts::new(&network);
            for _ in 0..(t / dt) as usize {
                leap.step(&network, &mut counts, dt * SECOND).unwrap();
            }
            assert_eq!(counts.entered, counts.at.iter().sum::<u64>() + counts.left[0]);
            counts.at
        });
        check_poisson(&format!("leaps of {dt} s, {t} s"), n, &got, &table(t));
    }
    let n = 2000;
    let got = moments(n, 50, |replicate| {
        let mut exact = Exact::new(&network, Seed::new(2, 0), replicate);
        let mut counts = Counts::new(&network);
        exact.step(&network, &mut counts, 10.0 * SECOND).unwrap();
        counts.at
    });
    check_poisson("event by event, 10 s", n, &got, &table(10.0));
}

/// The steady state (t = 1000 s is within 1e-5 of it).
#[test]
#[ignore = "long: 2000 jumps a vesicle"]
fn a17_steady_state() {
    let network = a17();
    let n = 300;
    let got = moments(n, 50, |replicate| {
        let mut leap = Leap::new(Seed::new(3, replicate as u32), 0.03).unwrap();
        let mut counts = Counts::new(&network);
        leap.step(&network, &mut counts, 1000.0 * SECOND).unwrap();
        counts.at
    });
    check_poisson("1000 s", n, &got, &table(1000.0));
}

/// Vesicles that bind to 40 sites and let go, in two voxels with exchange: leaps agree with the exact method in mean and
/// variance, and get nearer as ε falls.
#[test]
fn binding_to_sites_agrees_with_the_exact_method() {
    // Places: free 0, free 1, sites 0, sites 1, bound 0, bound 1.
    let moves = [Move { from: 0, to: 1, rate: 2.0 }, Move { from: 1, to: 0, rate: 2.0 }];
    let mut pairs = Vec::new();
    for v in 0..2 {
        pairs.push(Reaction { of: v, with: Some(2 + v), into: [Some(4 + v), None], rate: 0.03 });
        pairs.push(Reaction { of: 4 + v, with: None, into: [Some(v), Some(2 + v)], rate: 0.5 });
    }
    let network = Network::new(
        6,
        1,
        &moves,
        &[Sink { from: 4, counter: 0, rate: 0.4 }, Sink { from: 5, counter: 0, rate: 0.4 }],
        &[Source { to: 0, rate: 30.0 }],
        &pairs,
    )
    .unwrap();
    let start = || {
        let mut counts = Counts::new(&network);
        counts.at[0] = 100;
        counts.at[2] = 80;
        counts.at[3] = 120;
        counts
    };
    let n = 3000;
    let exact = moments(n, 6, |replicate| {
        let mut counts = start();
        Exact::new(&network, Seed::new(4, 0), replicate).step(&network, &mut counts, 1.5).unwrap();
        counts.at
    });
    let error = |epsilon: f64| {
        let got = moments(n, 6, |replicate| {
            let mut counts = start();
            Leap::new(Seed::new(5, replicate as u32), epsilon)
                .unwrap()
                .step(&network, &mut counts, 1.5)
                .unwrap();
            counts.at
        });
        (0..6)
            .map(|v| {
                let se = (2.0 * exact[v].1 / n as f64).sqrt();
                println!("epsilon {epsilon} place {v}: {:?} exact {:?}", got[v], exact[v]);
                (
                    ((got[v].0 - exact[v].0) / se).abs(),
                    (got[v].1 / exact[v].1 - 1.0).abs(),
                    ((got[v].0 - exact[v].0) / exact[v].0).abs(),
                )
            })
            .fold((0.0f64, 0.0f64, 0.0f64), |a, b| (a.0.max(b.0), a.1.max(b.1), a.2.max(b.2)))
    };
    let (fine, coarse) = (error(0.03), error(0.5));
    println!("fine {fine:?} coarse {coarse:?}");
    assert!(fine.0 < 3.5 && fine.1 < 0.15, "{fine:?}");
    // The bound on propensities is 0.5 here; their effect on means is a tenth of it.
    assert!(fine.2 < 0.015 && coarse.2 < 0.1, "{coarse:?}");
}

/// Correlations too: a pure jump process of n vesicles is multinomial, of covariance −n p q.
#[test]
fn a_closed_lattice_is_multinomial() {
    let moves = [Move { from: 0, to: 1, rate: 1.0 }, Move { from: 1, to: 0, rate: 1.0 }];
    let network = Network::new(2, 0, &moves, &[], &[], &[]).unwrap();
    let n = 4000;
    let got = moments(n, 2, |replicate| {
        let mut counts = Counts::new(&network);
        counts.at[0] = 50;
        Leap::new(Seed::new(6, replicate as u32), 0.1).unwrap().step(&network, &mut counts, 0.8).unwrap();
        assert_eq!(counts.at[0] + counts.at[1], 50);
        counts.at
    });
    let p = 0.5 * (1.0 + math::exp(-1.6));
    let (mean, variance) = (50.0 * p, 50.0 * p * (1.0 - p));
    assert!((got[0].0 - mean).abs() < 4.0 * (variance / n as f64).sqrt(), "{got:?} {mean}");
    assert!((got[0].1 / variance - 1.0).abs() < 0.1, "{got:?} {variance}");
}

/// Vesicles that bind each other in pairs, while they jump between two places: in one place mean and variance are
/// those of the master equation, exactly and by leaps; in two, leaps agree with the exact method and pairs are kept.
#[test]
fn pairs_of_one_kind_bind() {
    // Places: single 0, pair 0, single 1, pair 1.
    let pair =
        |single: u32| Reaction { of: single, with: Some(single), into: [Some(single + 1), None], rate: 0.01 };
    let (n, t) = (2000, 2.0);
    let close = |name: &str, got: (f64, f64), exact: (f64, f64), bias: f64| {
        let se = (exact.1 / n as f64).sqrt();
        assert!((got.0 - exact.0).abs() < 4.0 * se + bias * exact.0, "{name}: {got:?} {exact:?}");
        assert!((got.1 / exact.1 - 1.0).abs() < 0.15 + bias, "{name}: {got:?} {exact:?}");
    };
    let alone = Network::new(2, 0, &[], &[], &[], &[pair(0)]).unwrap();
    let jumps = [Move { from: 0, to: 2, rate: 1.0 }, Move { from: 2, to: 0, rate: 0.5 }];
    let apart = Network::new(4, 0, &jumps, &[], &[], &[pair(0), pair(2)]).unwrap();
    let run = |network: &Network, exact: bool, odd: u64| {
        moments(n, network.places(), |replicate| {
            let mut counts = Counts::new(network);
            counts.at[0] = 100 + odd;
            if exact {
                Exact::new(network, Seed::new(7, 0), replicate).step(network, &mut counts, t).unwrap();
            } else {
                let mut leap = Leap::new(Seed::new(8, replicate as u32), 0.03).unwrap();
                leap.step(network, &mut counts, t).unwrap();
            }
            let singles: u64 = counts.at.iter().step_by(2).sum();
            let pairs: u64 = counts.at.iter().skip(1).step_by(2).sum();
            assert_eq!(singles + 2 * pairs, 100 + odd);
            counts.at
        })
    };
    for odd in [0, 1] {
        let exact = pairs_left(100 + odd as usize, 0.01, t);
        close("event by event", run(&alone, true, odd)[0], exact, 0.0);
        close("leaps", run(&alone, false, odd)[0], exact, 0.01);
    }
    let (exact, leaps) = (run(&apart, true, 0), run(&apart, false, 0));
    for place in 0..4 {
        // Two samples: √2 of the standard error of one.
        let twice = (exact[place].0, 2.0 * exact[place].1);
        let got = (leaps[place].0, 2.0 * leaps[place].1);
        close("two places", got, twice, 0.015);
    }
}

#[test]
fn bad_input_is_refused_with_a_reason() {
    let bad = |moves: &[Move], pairs: &[Reaction]| {
        Network::new(2, 1, moves, &[], &[], pairs).unwrap_err().to_string()
    };
    assert_eq!(bad(&[Move { from: 2, to: 0, rate: 1.0 }], &[]), "place 2, but there are 2");
    assert!(bad(&[Move { from: 0, to: 1, rate: f64::NAN }], &[]).contains("rate of a move is NaN"));
    assert!(bad(&[Move { from: 0, to: 1, rate: -1.0 }], &[]).contains("0 or more"));
    assert!(
        bad(&[], &[Reaction { of: 1, with: Some(1), into: [None; 2], rate: -1.0 }]).contains("0 or more")
    );
    let network = a17();
    let mut counts = Counts::new(&network);
    let mut leap = Leap::new(Seed::new(1, 0), 0.1).unwrap();
    for dt in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(leap.step(&network, &mut counts, dt).is_err());
    }
    counts.at.pop();
    assert!(leap.step(&network, &mut counts, 1.0).is_err());
    assert!(Leap::new(Seed::new(1, 0), 0.0).is_err());
}
