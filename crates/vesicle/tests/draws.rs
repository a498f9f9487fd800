//! Whole distributions of what is drawn for few vesicles, against exact chances.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use exoderm_numeric::math;
use exoderm_numeric::random::Seed;
use exoderm_vesicle::cargo::{Class, Loading, Loadings, MAX_CARGO};
use exoderm_vesicle::size::SizeNode;
use exoderm_vesicle::uptake::{Arrivals, CargoDecay, CellVesicles, UptakeParameters, UptakeSpec, UptakeStep};
use std::collections::BTreeMap;

const RUNS: u32 = 200_000;

fn parameters() -> UptakeParameters {
    UptakeParameters::new(UptakeSpec {
        clearance: 60.0,
        capacity: 5000.0,
        internalisation: 0.03,
        unbinding: 0.02,
        lysosome: 0.02,
        recycled: 0.2,
        escape: 0.15,
    })
    .unwrap()
}

/// Chances of one vesicle's end by RK4 over its equations: surface, inside, unbound, recycled, degraded, escaped. `arriving`
/// comes at a time spread evenly over the step.
fn chances(p: &UptakeParameters, mut y: [f64; 6], arriving: f64, dt: f64) -> [f64; 6] {
    let out = p.escape + p.lysosome + p.recycling;
    let f = |y: [f64; 6]| {
        [
            arriving / dt - (p.unbinding + p.internalisation) * y[0],
            p.internalisation * y[0] - out * y[1],
            p.unbinding * y[0],
            p.recycling * y[1],
            p.lysosome * y[1],
            p.escape * y[1],
        ]
    };
    let n = 1000;
    let h = dt / f64::from(n);
    let plus = |y: [f64; 6], k: [f64; 6], h: f64| std::array::from_fn(|i| y[i] + h * k[i]);
    for _ in 0..n {
        let a = f(y);
        let b = f(plus(y, a, h / 2.0));
        let c = f(plus(y, b, h / 2.0));
        let d = f(plus(y, c, h));
        y = std::array::from_fn(|i| y[i] + h / 6.0 * (a[i] + 2.0 * b[i] + 2.0 * c[i] + d[i]));
    }
    y
}

/// Chi-square of what was seen against expected numbers; rare outcomes are pooled.
fn agrees(what: &str, seen: &BTreeMap<Vec<u64>, u32>, chance: impl Fn(&[u64]) -> f64) {
    let (mut chi2, mut cells, mut expected_sum) = (0.0, 0.0, 0.0);
    let mut rest = f64::from(RUNS);
    for (outcome, &got) in seen {
        let expected = f64::from(RUNS) * chance(outcome);
        if expected >= 10.0 {
            chi2 += (f64::from(got) - expected) * (f64::from(got) - expected) / expected;
            cells += 1.0;
            expected_sum += expected;
            rest -= f64::from(got);
        }
    }
    let rare = f64::from(RUNS) - expected_sum;
    assert!(rare > -1e-6 * f64::from(RUNS), "{what}: chances above 1");
    assert!((rest - rare).abs() < 5.0 * (rare + 1.0).sqrt(), "{what}: rare {rest} {rare}");
    // Mean plus four standard deviations.
    assert!(chi2 < cells + 4.0 * (2.0_f64 * cells).sqrt() + 4.0, "{what}: {chi2} over {cells}");
}

fn ln_ways(counts: &[u64]) -> f64 {
    let n: u64 = counts.iter().sum();
    math::ln_gamma(n as f64 + 1.0) - counts.iter().map(|&k| math::ln_gamma(k as f64 + 1.0)).sum::<f64>()
}

/// Each vesicle goes its way for itself with the chances of the equations: multinomial counts from each of the three groups,
/// few and more than are drawn one by one.
#[test]
fn moves_of_few_vesicles_follow_their_distribution() {
    let (p, dt) = (parameters(), 30.0);
    let step = UptakeStep::new(&p, p.unbinding, &[], dt).unwrap();
    let mut start = [0.0; 6];
    for group in 0..3 {
        start.fill(0.0);
        if group < 2 {
            start[group] = 1.0;
        }
        let chance = chances(&p, start, f64::from(u8::from(group == 2)), dt);
        assert!((chance.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        for n in [1, 3, 8] {
            let mut s = Seed::new(3, group as u32).stream(n, 0, 2);
            let mut seen = BTreeMap::new();
            for _ in 0..RUNS {
                let mut cell = CellVesicles::default();
                let mut arrivals = Arrivals::default();
                match group {
                    0 => cell.surface = n as f64,
                    1 => cell.inside = n as f64,
                    _ => arrivals.count = n,
                }
                let f = step.advance(&mut cell, &arrivals, &mut s);
                let out = vec![
                    cell.surface as u64,
                    cell.inside as u64,
                    f.unbound,
                    f.recycled,
                    f.degraded,
                    f.escaped,
                ];
                *seen.entry(out).or_insert(0) += 1;
            }
            agrees(&format!("group {group}, {n} vesicles"), &seen, |out| {
                let mut ln = ln_ways(out);
                for (&k, &p) in out.iter().zip(&chance) {
                    if k > 0 {
                        ln += k as f64 * math::ln(p);
                    }
                }
                math::exp(ln)
            });
        }
    }
}

/// Many vesicles at once: means and variances of every way, and the covariance of two.
#[test]
fn moves_of_many_vesicles_have_their_moments() {
    const N: u64 = 400;
    let (p, dt) = (parameters(), 30.0);
    let step = UptakeStep::new(&p, p.unbinding, &[], dt).unwrap();
    let chance = chances(&p, [1.0, 0.0, 0.0, 0.0, 0.0, 0.0], 0.0, dt);
    let runs = 20_000;
    let mut s = Seed::new(3, 9).stream(0, 0, 2);
    let (mut sum, mut square, mut cross) = ([0.0; 6], [0.0; 6], 0.0);
    for _ in 0..runs {
        let mut cell = CellVesicles { surface: N as f64, ..CellVesicles::default() };
        let f = step.advance(&mut cell, &Arrivals::default(), &mut s);
        let counts = [cell.surface as u64, cell.inside as u64, f.unbound, f.recycled, f.degraded, f.escaped];
        let off: [f64; 6] = std::array::from_fn(|k| counts[k] as f64 - N as f64 * chance[k]);
        for k in 0..6 {
            sum[k] += off[k];
            square[k] += off[k] * off[k];
        }
        cross += off[1] * off[2];
    }
    let runs = f64::from(runs);
    for k in 0..6 {
        let variance = N as f64 * chance[k] * (1.0 - chance[k]);
        assert!((sum[k] / runs).abs() < 4.5 * (variance / runs).sqrt(), "{k}: {}", sum[k] / runs);
        assert!((square[k] / runs / variance - 1.0).abs() < 0.06, "{k}: {}", square[k] / runs);
    }
    let covariance = -(N as f64) * chance[1] * chance[2];
    assert!((cross / runs / covariance - 1.0).abs() < 0.15, "{} {covariance}", cross / runs);
}

/// Cargo that goes along with vesicles takes no draws of its own: the vesicles move alike with and without it.
#[test]
fn cargo_leaves_the_draws_of_moves_alone() {
    let p = parameters();
    let with = UptakeStep::new(&p, p.unbinding, &[CargoDecay { vesicle: 0.01, cytosol: 0.1 }], 6.0).unwrap();
    let without = UptakeStep::new(&p, p.unbinding, &[], 6.0).unwrap();
    for i in 0..200 {
        let mut cells = [CellVesicles { surface: 7.0, inside: 30.0, ..CellVesicles::default() }; 2];
        cells[0].cargo_surface[0] = 3.5;
        let fates = [&with, &without].map(|step| {
            let cell = &mut cells[usize::from(std::ptr::eq(step, &without))];
            let f = step.advance(
                cell,
                &Arrivals { count: 3, ..Arrivals::default() },
                &mut Seed::new(1, 0).stream(i, 0, 0),
            );
            (cell.surface, cell.inside, f.unbound, f.recycled, f.degraded, f.escaped)
        });
        assert_eq!(fates[0], fates[1]);
    }
}

/// Copies in what arrives: sums over vesicles of Bernoulli (zero-inflated) and Poisson counts, each copy surviving for itself,
/// species independent of each other. Few copies expected, and more than are drawn together.
#[test]
fn cargo_of_arrivals_follows_its_law() {
    let nodes = [SizeNode { diameter_nm: 80.0, weight: 0.5 }, SizeNode { diameter_nm: 120.0, weight: 0.5 }];
    for scale in [1.0, 6.0] {
        let cargo = [
            Loading::new(Class::Protein, 0.2 * scale, 1.0, &nodes).unwrap(),
            Loading::new(Class::Mirna, 0.3, 1.0, &nodes).unwrap(),
            Loading::new(Class::Payload, 0.15 * scale, 1.0, &nodes).unwrap(),
        ];
        let mut ageing = [1.0; MAX_CARGO];
        ageing[0] = 0.6;
        ageing[1] = 0.8;
        let bound = [(2, 0), (1, 1)];
        let mut s = Seed::new(3, 9).stream(1, 0, 2);
        let mut seen = BTreeMap::new();
        for _ in 0..RUNS {
            let a = Arrivals::draw(&bound, &Loadings::new(&cargo, &ageing), &mut s);
            assert_eq!(a.count, 3);
            *seen.entry(a.cargo[..3].iter().map(|&c| c as u64).collect()).or_insert(0) += 1;
        }
        let mean = |m: usize| ageing[m] * (2.0 * cargo[m].mean(0) + cargo[m].mean(1));
        let poisson =
            |k: u64, mean: f64| math::exp(k as f64 * math::ln(mean) - mean - math::ln_gamma(k as f64 + 1.0));
        // A vesicle of node k has a copy of the microRNA with chance mean × survival.
        let [a, b] = [0, 1].map(|node| ageing[1] * cargo[1].mean(node));
        let loaded = [
            (1.0 - a) * (1.0 - a) * (1.0 - b),
            2.0 * a * (1.0 - a) * (1.0 - b) + (1.0 - a) * (1.0 - a) * b,
            a * a * (1.0 - b) + 2.0 * a * (1.0 - a) * b,
            a * a * b,
        ];
        agrees(&format!("scale {scale}"), &seen, |c| {
            poisson(c[0], mean(0)) * loaded[c[1] as usize] * poisson(c[2], mean(2))
        });
    }
}
