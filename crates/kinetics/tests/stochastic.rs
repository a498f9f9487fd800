//! Event simulation and leaps against what is known exactly.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use exoderm_kinetics::discrete::Discrete;
use exoderm_kinetics::ensemble::Ensemble;
use exoderm_kinetics::error::Error;
use exoderm_kinetics::exact::{Exact, Method};
use exoderm_kinetics::implicit::{Implicit, Method as Rosenbrock};
use exoderm_kinetics::lanes::LANES;
use exoderm_kinetics::leap::Leap;
use exoderm_kinetics::network::Network;
use exoderm_kinetics::population::{Population, Tolerance};
use exoderm_kinetics::system::System;
use exoderm_numeric::math;
use exoderm_numeric::random::Seed;

/// Mean, its standard error, variance.
fn moments(v: &[f64]) -> (f64, f64, f64) {
    let n = v.len() as f64;
    let m = v.iter().sum::<f64>() / n;
    let var = v.iter().map(|x| (x - m) * (x - m)).sum::<f64>() / (n - 1.0);
    (m, (var / n).sqrt(), var)
}

/// The amount of `state` at `time` in `n` cells, each with its own draws.
fn sample(model: &Discrete, method: Method, state: usize, time: f64, n: u64, seed: u64) -> Vec<f64> {
    let mut cell = Exact::with_method(model, method);
    (0..n)
        .map(|i| {
            cell.restart(model);
            cell.advance(model, time, &mut Seed::new(seed, 0).draws(i, 0, 1)).unwrap();
            cell.amounts()[state]
        })
        .collect()
}

/// Pearson's chi-square of counts against probabilities, classes merged to at least 8 expected; with the bound that a
/// right simulation exceeds once in ten thousand times (Wilson and Hilferty).
fn chi_square(values: &[f64], probability: impl Fn(usize) -> f64, most: usize) -> (f64, f64) {
    let n = values.len() as f64;
    let mut counts = vec![0.0; most + 1];
    for &v in values {
        counts[(v as usize).min(most)] += 1.0;
    }
    let p: Vec<f64> = (0..most).map(&probability).collect();
    let last = 1.0 - p.iter().sum::<f64>();
    let (mut sum, mut classes, mut seen, mut expected) = (0.0, 0.0, 0.0, 0.0);
    let mut left = n;
    for (k, c) in counts.iter().enumerate() {
        seen += c;
        expected += n * p.get(k).copied().unwrap_or(last);
        let rest = left - expected;
        if expected >= 8.0 && rest >= 8.0 || k == most {
            sum += (seen - expected) * (seen - expected) / expected.max(1e-9);
            classes += 1.0;
            left -= expected;
            (seen, expected) = (0.0, 0.0);
        }
    }
    let f: f64 = classes - 1.0;
    let q = 2.0 / (9.0 * f);
    let z = 1.0 - q + 3.72 * q.sqrt();
    (sum, f * z * z * z)
}

fn poisson(mean: f64) -> impl Fn(usize) -> f64 {
    move |k| math::exp(k as f64 * math::ln(mean) - mean - math::ln_gamma(k as f64 + 1.0))
}

/// Birth and death at rest are Poisson, by either method.
#[test]
fn birth_death_is_poisson_at_rest() {
    let model = Discrete::new(&common::birth_death(12.0, 1.0, 3.0)).unwrap();
    for method in [Method::Direct, Method::NextReaction] {
        let v = sample(&model, method, 0, 30.0, 20_000, 1);
        let (sum, bound) = chi_square(&v, poisson(12.0), 40);
        assert!(sum < bound, "{method:?}: {sum} {bound}");
    }
    // The test can fail: another mean by 1 %·√n is seen.
    let v = sample(&model, Method::Direct, 0, 30.0, 20_000, 1);
    let (sum, bound) = chi_square(&v, poisson(12.3), 40);
    assert!(sum > bound);
}

/// A switching gene: moments, and the transcripts' distribution, which is Poisson with a beta-distributed mean (Peccoud and
/// Ycart 1995, doi 10.1006/tpbi.1995.1027).
#[test]
fn telegraph_transcripts_are_poisson_beta() {
    let (on, off, make, decay) = (2.0, 3.0, 25.0, 1.0);
    let model = Discrete::new(&common::telegraph(on, off, make, decay, 0.0, 1.0)).unwrap();
    let v = sample(&model, Method::Direct, 2, 25.0, 20_000, 2);
    let (m, se, var) = moments(&v);
    let mean = make / decay * on / (on + off);
    let variance = mean + mean * mean * off / on * decay / (decay + on + off);
    assert!((m - mean).abs() < 3.5 * se, "{m} {mean}");
    assert!((var / variance - 1.0).abs() < 0.04, "{var} {variance}");
    // Midpoints over the beta density.
    const POINTS: usize = 4000;
    let ln_beta = math::ln_gamma(on) + math::ln_gamma(off) - math::ln_gamma(on + off);
    let probability = |k: usize| {
        (0..POINTS)
            .map(|i| {
                let b = (i as f64 + 0.5) / POINTS as f64;
                let density = math::exp((on - 1.0) * math::ln(b) + (off - 1.0) * math::ln(1.0 - b) - ln_beta);
                density * poisson(make / decay * b)(k) / POINTS as f64
            })
            .sum::<f64>()
    };
    let (sum, bound) = chi_square(&v, probability, 40);
    assert!(sum < bound, "{sum} {bound}");
}

/// A10: bursts of fixed size with clearance; mean and variance at all times of the table.
#[test]
fn a10_bursts_have_their_moments() {
    let table = include_str!("data/a10_fixed_bursts.csv");
    let mut rows = 0;
    for line in table.lines().filter(|l| l.starts_with("fixed")) {
        let f: Vec<f64> = line.split(',').skip(1).map(|t| t.parse().unwrap()).collect();
        let (size, time, mean, variance) = (f[0], f[1], f[2], f[3]);
        let model = Discrete::new(&common::bursts(1.0, size, 0.1)).unwrap();
        let v = sample(&model, Method::Direct, 0, time, 6000, 3);
        let (m, se, var) = moments(&v);
        assert!((m - mean).abs() < 3.5 * se, "{line}: {m} ± {se}");
        // Variance of a variance: kurtosis of a compound Poisson stays below 3 + 6 here; 4.5 standard errors.
        assert!((var / variance - 1.0).abs() < 4.5 * (8.0f64 / 6000.0).sqrt(), "{line}: {var}");
        rows += 1;
    }
    assert!(rows >= 10, "{rows}");
}

/// S019: means of a linear network (gene, transcript, protein) equal the differential equations within 3 standard errors.
#[test]
fn s019_event_means_equal_the_equations() {
    let network = common::telegraph(0.4, 0.8, 6.0, 1.0, 2.0, 0.2);
    let (model, system) = (Discrete::new(&network).unwrap(), System::new(&network).unwrap());
    let t = Tolerance { relative: 1e-8, absolute: 1e-10 };
    let mut stepper = Implicit::new(&system, t, Rosenbrock::RODAS4);
    let mut ode = Population::new(&system, 1);
    let mut from = 0.0;
    for (k, time) in [0.7, 2.0, 8.0].into_iter().enumerate() {
        ode.advance(&system, &mut stepper, from, time).unwrap();
        from = time;
        for state in 0..4 {
            let v = sample(&model, Method::Direct, state, time, 4000, 4 + k as u64);
            let (m, se, _) = moments(&v);
            assert!(
                (m - ode.state(0, state)).abs() < 3.0 * se,
                "{time} {state}: {m} ± {se} {}",
                ode.state(0, state)
            );
        }
    }
}

/// Two join and part: at rest the ways to choose satisfy detailed balance; a total of ten leaves no room for large numbers.
#[test]
fn dimers_at_rest_are_in_detailed_balance() {
    let (join, part, n) = (0.3, 1.0, 10.0);
    let model = Discrete::new(&common::dimerisation(join, part, n)).unwrap();
    let mut weights = vec![1.0];
    for d in 0..5 {
        let m = n - 2.0 * f64::from(d);
        weights.push(weights[d as usize] * join * m * (m - 1.0) / 2.0 / (part * f64::from(d + 1)));
    }
    let total: f64 = weights.iter().sum();
    for method in [Method::Direct, Method::NextReaction] {
        let v = sample(&model, method, 1, 20.0, 20_000, 7);
        let (sum, bound) = chi_square(&v, |k| weights.get(k).copied().unwrap_or(0.0) / total, 5);
        assert!(sum < bound, "{method:?}: {sum} {bound}");
    }
}

/// A ring of 120 places, long enough for the heap and for the sorted search: both methods reach the same distribution, and
/// nothing is lost on the way.
#[test]
fn large_rings_agree() {
    let names: Vec<String> = (0..120).map(|i| format!("s{i}")).collect();
    let states: Vec<(&str, f64)> =
        names.iter().enumerate().map(|(i, n)| (n.as_str(), if i == 0 { 600.0 } else { 0.0 })).collect();
    let mut n = Network::new(&states, &[("k", 1.0)]);
    let k = n.parameter(0);
    for i in 0..120 {
        n.mass_action(&format!("r{i}"), k, &[i], &[(i + 1) % 120]);
    }
    let model = Discrete::new(&n).unwrap();
    // Place after time t: Poisson(t) steps.
    for method in [Method::Direct, Method::NextReaction] {
        let mut cell = Exact::with_method(&model, method);
        let mut seen = [0.0; 40];
        for i in 0..40 {
            cell.restart(&model);
            cell.advance(&model, 12.0, &mut Seed::new(9, 0).draws(i, 0, 1)).unwrap();
            assert_eq!(cell.amounts().iter().sum::<f64>(), 600.0);
            for (s, x) in seen.iter_mut().zip(cell.amounts()) {
                *s += x;
            }
        }
        let places: Vec<f64> =
            seen.iter().enumerate().flat_map(|(k, &n)| std::iter::repeat_n(k as f64, n as usize)).collect();
        let (sum, bound) = chi_square(&places, poisson(12.0), 39);
        assert!(sum < bound, "{method:?}: {sum} {bound}");
    }
}

/// A rate that is no product (Michaelis–Menten) runs on its tape; conversion of the last molecule waits 1/rate.
#[test]
fn taped_rates_wait_as_they_should() {
    let mut n = Network::new(&[("s", 1.0), ("p", 0.0)], &[("v", 2.0), ("km", 3.0)]);
    let (s, v, km) = (n.state(0), n.parameter(0), n.parameter(1));
    let g = &mut n.graph;
    let (top, bottom) = (g.mul(v, s), g.add(km, s));
    let rate = g.div(top, bottom);
    n.reactions.push(exoderm_kinetics::network::Reaction {
        name: "convert".into(),
        rate,
        changes: vec![(0, -1.0), (1, 1.0)],
    });
    let model = Discrete::new(&n).unwrap();
    let v = sample(&model, Method::Direct, 1, 1.0, 20_000, 10);
    let expected = -math::exp_m1(-0.5);
    let (m, se, _) = moments(&v);
    assert!((m - expected).abs() < 3.5 * se, "{m} {expected}");
}

/// Leaps: mean and variance of birth and death at rest and of a dimerising pool, against events; the error falls with ε.
#[test]
fn leaps_agree_with_events() {
    let birth_death = Discrete::new(&common::birth_death(2000.0, 1.0, 100.0)).unwrap();
    let dimers = Discrete::new(&common::dimerisation(1e-3, 0.1, 2000.0)).unwrap();
    for (name, model, time) in [("birth–death", &birth_death, 1.2), ("dimers", &dimers, 2.0)] {
        let (m, se, var) = moments(&sample(model, Method::Direct, 0, time, 1500, 11));
        let mut errors = Vec::new();
        for epsilon in [0.2, 0.03] {
            let mut leaps = 0;
            let mut events = 0;
            let v: Vec<f64> = (0..1500)
                .map(|i| {
                    let mut cell = Leap::new(model, epsilon).unwrap();
                    let work = cell.advance(model, time, &mut Seed::new(12, 0).stream(i, 0, 1)).unwrap();
                    leaps += work.leaps;
                    events += work.events + work.single;
                    cell.amounts()[0]
                })
                .collect();
            assert!(events > 20 * leaps, "{name}: {events} events in {leaps} leaps");
            let (m2, se2, var2) = moments(&v);
            errors.push((m2 - m).abs() / m);
            // The bound: rates are wrong by at most ε within a leap.
            let noise = 3.5 * (se * se + se2 * se2).sqrt();
            assert!((m2 - m).abs() < epsilon * m + noise, "{name} {epsilon}: {m2} {m}");
            if epsilon < 0.1 {
                assert!((m2 - m).abs() < 0.2 * epsilon * m + noise, "{name} {epsilon}: {m2} {m}");
                assert!((var2 / var - 1.0).abs() < 0.2, "{name}: {var2} {var}");
            }
        }
        assert!(errors[1] < errors[0], "{name}: {errors:?}");
    }
}

/// Few molecules: leaps turn into events, amounts never become negative and the end is the exact one.
#[test]
fn leaps_never_go_below_zero() {
    let model = Discrete::new(&common::birth_death(0.0, 1.0, 1000.0)).unwrap();
    let left: Vec<f64> = (0..2000)
        .map(|i| {
            let mut cell = Leap::new(&model, 0.1).unwrap();
            let mut stream = Seed::new(13, 0).stream(i, 0, 1);
            for k in 1..=7 {
                cell.advance(&model, f64::from(k), &mut stream).unwrap();
                assert!(cell.amounts()[0] >= 0.0);
            }
            cell.amounts()[0]
        })
        .collect();
    let (m, se, _) = moments(&left);
    let mean = 1000.0 * math::exp(-7.0);
    // Leaps of ε = 0.1 lag behind the decay by up to ε/2 of what decayed in each.
    assert!((m - mean).abs() < 3.5 * se + 0.1 * mean, "{m} {mean}");
}

/// A block of cells takes the paths that each of its cells takes alone, to the bit, over several intervals.
#[test]
fn ensembles_equal_single_cells_to_the_bit() {
    for network in [
        common::birth_death(12.0, 1.0, 3.0),
        common::dimerisation(0.3, 1.0, 31.0),
        common::telegraph(2.0, 3.0, 25.0, 1.0, 1.0, 0.5),
        common::bursts(1.0, 20.0, 0.1),
    ] {
        let model = Discrete::new(&network).unwrap();
        let mut block = Ensemble::new(&model).unwrap();
        let seed = Seed::new(21, 0);
        block.start(&model, seed, std::array::from_fn(|l| 100 + l as u64), 2, 1);
        let mut alone: Vec<_> =
            (0..LANES).map(|l| (Exact::new(&model), seed.draws(100 + l as u64, 2, 1))).collect();
        for until in [0.5, 3.0, 3.0, 11.0] {
            let events = block.advance(until).unwrap();
            let mut expected = 0;
            for (l, (cell, draws)) in alone.iter_mut().enumerate() {
                expected += cell.advance(&model, until, draws).unwrap();
                for s in 0..model.states() {
                    assert_eq!(block.amount(l, s), cell.amounts()[s], "{until} {l} {s}");
                }
            }
            assert_eq!(events, expected);
        }
    }
    // A rate that would take what is not there has no place in a block.
    let mut greedy = common::birth_death(1.0, 1.0, 5.0);
    greedy.reactions[1].changes[0].1 = -2.0;
    assert!(Ensemble::new(&Discrete::new(&greedy).unwrap()).is_none());
}

/// Draws are keyed: the same cell gives the same path, another cell another one; pinned (law 4).
#[test]
fn paths_are_keyed() {
    let model = Discrete::new(&common::telegraph(2.0, 3.0, 25.0, 1.0, 1.0, 0.5)).unwrap();
    let run = |entity| {
        let mut cell = Exact::new(&model);
        let events = cell.advance(&model, 20.0, &mut Seed::new(1, 0).draws(entity, 0, 1)).unwrap();
        (events, cell.amounts().to_vec())
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    assert_eq!(run(1), (1107, vec![0.0, 1.0, 8.0, 24.0]));
}

/// What can't be simulated in whole amounts is named.
#[test]
fn impossible_networks_are_refused() {
    let mut n = common::birth_death(1.0, 1.0, 2.5);
    assert!(Discrete::new(&n).is_err());
    n.states[0].value = 2.0;
    n.reactions[0].changes[0].1 = 0.5;
    assert!(matches!(Discrete::new(&n).unwrap_err(), Error::NotWhole { .. }));
    n.reactions[0].changes[0].1 = 1.0;
    n.parameters[0].value = -1.0;
    let model = Discrete::new(&n).unwrap();
    let e = Exact::new(&model).advance(&model, 1.0, &mut Seed::new(0, 0).draws(0, 0, 0)).unwrap_err();
    assert_eq!(e.to_string(), "the rate of `birth` is -1 at time 0");
    let t = n.time();
    n.reactions[0].rate = t;
    assert!(matches!(Discrete::new(&n).unwrap_err(), Error::TimeDependent(_)));
    assert!(matches!(Discrete::new(&common::two_known()).unwrap_err(), Error::Continuous(_)));
}

/// A parameter left open and given to each cell in turn does what the same number declared does, to the bit.
#[test]
fn open_parameters_are_those_declared() {
    let open = Discrete::with_open(&common::birth_death(1.0, 2.0, 3.0), &[1, 0]).unwrap();
    assert_eq!((open.states(), open.molecules()), (3, 1));
    let mut cell = Exact::new(&open);
    for (k, (birth, death)) in [(12.0, 1.0), (0.5, 0.25), (40.0, 2.5)].into_iter().enumerate() {
        let model = Discrete::new(&common::birth_death(birth, death, 7.0)).unwrap();
        let mut alone = Exact::new(&model);
        let draws = || Seed::new(4, 0).stream(k as u64, 0, 1);
        alone.advance(&model, 5.0, &mut draws()).unwrap();
        cell.begin([7.0, death, birth], 0.0);
        cell.advance(&open, 5.0, &mut draws()).unwrap();
        assert_eq!(cell.amounts(), [alone.amounts()[0], death, birth]);
    }
    assert!(Discrete::with_open(&common::birth_death(1.0, 2.0, 3.0), &[2]).is_err());
}
