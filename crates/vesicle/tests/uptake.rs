//! Uptake and fate against their equations, and conservation.
#![allow(missing_docs)]

use exoderm_numeric::math;
use exoderm_numeric::random::{Seed, Stream};
use exoderm_vesicle::cargo::{Class, Loading, Loadings, MAX_CARGO};
use exoderm_vesicle::size::SizeDistribution;
use exoderm_vesicle::uptake::{
    Arrivals, CargoDecay, CellVesicles, Fates, SurfaceExchange, UptakeParameters, UptakeSpec, UptakeStep,
    binding_rate, effective_clearance, exchange_block, unresolved_resistance,
};
use proptest::prelude::*;
use std::f64::consts::PI;

fn spec() -> UptakeSpec {
    UptakeSpec {
        clearance: 1600.0,
        capacity: 5000.0,
        internalisation: 0.5 / 60.0,
        unbinding: 0.3 / 60.0,
        lysosome: 0.15 / 60.0,
        recycled: 0.2,
        escape: 0.05,
    }
}

fn stream(entity: u64) -> Stream {
    Seed::new(21, 0).stream(entity, 0, 7)
}

/// RK4 with tiny steps over §4: S, I, S_m, I_m, X_m, and what unbound, was recycled, lysed, escaped.
fn equations(
    p: &UptakeParameters,
    d: CargoDecay,
    inflow: f64,
    each: f64,
    mut y: [f64; 9],
    t: f64,
) -> [f64; 9] {
    let out = p.escape + p.lysosome + p.recycling;
    let s_out = p.unbinding + p.internalisation;
    let f = |y: &[f64; 9]| {
        [
            inflow - s_out * y[0],
            p.internalisation * y[0] - out * y[1],
            inflow * each - (s_out + d.vesicle) * y[2],
            p.internalisation * y[2] - (out + d.vesicle) * y[3],
            p.escape * y[3] - d.cytosol * y[4],
            p.unbinding * y[0],
            p.recycling * y[1],
            p.lysosome * y[1],
            p.escape * y[1],
        ]
    };
    let n = 2000;
    let h = t / f64::from(n);
    let step = |y: &[f64; 9], k: &[f64; 9], h: f64| std::array::from_fn::<f64, 9, _>(|i| y[i] + h * k[i]);
    for _ in 0..n {
        let a = f(&y);
        let b = f(&step(&y, &a, h / 2.0));
        let c = f(&step(&y, &b, h / 2.0));
        let e = f(&step(&y, &c, h));
        for i in 0..9 {
            y[i] += h / 6.0 * (a[i] + 2.0 * b[i] + 2.0 * c[i] + e[i]);
        }
    }
    y
}

/// So many vesicles that noise is 1e-6 or so: the means of the scheme equal the equations at any step length,
/// in the transient and at rest, with cargo that decays quickly or not at all.
#[test]
fn means_equal_the_equations() {
    let decays = [
        CargoDecay { vesicle: 0.002, cytosol: 0.01 },
        CargoDecay::default(),
        CargoDecay { vesicle: 0.2, cytosol: 0.0 },
    ];
    for (dt, steps) in [(1.0, 100), (30.0, 20), (600.0, 6)] {
        for escape in [0.05, 0.3] {
            let p = UptakeParameters::new(UptakeSpec { escape, ..spec() }).unwrap();
            let step = UptakeStep::new(&p, p.unbinding, &decays, dt).unwrap();
            let inflow = 1e12;
            let mut s = stream(1);
            let mut cell = CellVesicles::default();
            let mut y = [[0.0; 9]; 3];
            let mut sum = [0.0; 4];
            for _ in 0..steps {
                let count = (inflow * dt) as u64;
                let mut arrivals = Arrivals { count, ..Arrivals::default() };
                arrivals.cargo[..3].fill(2.0 * inflow * dt);
                let fates = step.advance(&mut cell, &arrivals, &mut s);
                for (total, n) in
                    sum.iter_mut().zip([fates.unbound, fates.recycled, fates.degraded, fates.escaped])
                {
                    *total += n as f64;
                }
                for m in 0..3 {
                    y[m] = equations(&p, decays[m], inflow, 2.0, y[m], dt);
                    let now = [
                        cell.surface,
                        cell.inside,
                        cell.cargo_surface[m],
                        cell.cargo_inside[m],
                        cell.cytosol[m],
                    ];
                    for (i, a) in now.into_iter().chain(sum).enumerate() {
                        // Integration, and the noise of the vesicles that made the number (two copies each).
                        let tolerance = 1e-6 + 6.0 * (2.0 / y[m][i]).sqrt();
                        assert!(
                            (a / y[m][i] - 1.0).abs() < tolerance,
                            "dt {dt} cargo {m} quantity {i}: {a} {}",
                            y[m][i]
                        );
                    }
                }
            }
        }
    }
}

/// Few vesicles and a Poisson inflow: the stationary mean within 2 % (and 3.5 standard errors) at 30 min steps, and
/// counts as noisy as independent vesicles are (variance = mean).
#[test]
fn whole_vesicles_are_unbiased() {
    const CELLS: usize = 6000;
    let p = UptakeParameters::new(spec()).unwrap();
    let (inflow, dt) = (0.2, 30.0);
    let step = UptakeStep::new(&p, p.unbinding, &[], dt).unwrap();
    let cells: Vec<CellVesicles> = (0..CELLS)
        .map(|i| {
            let mut s = stream(i as u64);
            let mut cell = CellVesicles::default();
            for _ in 0..80 {
                let count = s.poisson(inflow * dt);
                step.advance(&mut cell, &Arrivals { count, ..Arrivals::default() }, &mut s);
            }
            cell
        })
        .collect();
    let surface = inflow / (p.unbinding + p.internalisation);
    let inside = p.internalisation * surface / (p.escape + p.lysosome + p.recycling);
    for (name, expected, v) in [
        ("surface", surface, cells.iter().map(|c| c.surface).collect::<Vec<_>>()),
        ("inside", inside * (1.0 - 4e-4), cells.iter().map(|c| c.inside).collect()),
    ] {
        let m = v.iter().sum::<f64>() / CELLS as f64;
        let var = v.iter().map(|x| (x - m) * (x - m)).sum::<f64>() / CELLS as f64;
        let se = (expected / CELLS as f64).sqrt();
        assert!(
            (m / expected - 1.0).abs() < 0.02 && (m - expected).abs() < 3.5 * se,
            "{name}: {m} {expected} ± {se}"
        );
        assert!((var / expected - 1.0).abs() < 0.08, "{name}: variance {var}, mean {expected}");
    }
}

/// S024: of what is internalised, the lysosome gets 1 − escape − recycled, at least 90 % when these are ≤ 0.1.
#[test]
fn s024_lysosomal_share() {
    for (recycled, escape) in [(0.2, 0.05), (0.05, 0.05), (0.0, 0.3), (0.0, 0.0)] {
        let p = UptakeParameters::new(UptakeSpec { recycled, escape, ..spec() }).unwrap();
        let all = p.lysosome + p.recycling + p.escape;
        assert!((p.lysosome / all - (1.0 - escape - recycled)).abs() < 1e-12);
        assert!((p.recycling / all - recycled).abs() < 1e-12 && (p.escape / all - escape).abs() < 1e-12);
        let step = UptakeStep::new(&p, 0.0, &[], 1e6).unwrap();
        let mut cell = CellVesicles { inside: 1e9, ..CellVesicles::default() };
        let f = step.advance(&mut cell, &Arrivals::default(), &mut stream(3));
        let share = f.degraded as f64 / 1e9;
        assert!((share - (1.0 - escape - recycled)).abs() < 1e-4);
        assert!(escape + recycled > 0.1 || share >= 0.9 - 1e-4);
    }
}

/// The parameters give back the clearance: a steady S at low load takes up CL·C.
#[test]
fn clearance_is_returned() {
    let p = UptakeParameters::new(spec()).unwrap();
    let c = 1e-9;
    let s = p.binding * c * p.capacity / (p.unbinding + p.internalisation);
    assert!((p.internalisation * s / c / 1600.0 - 1.0).abs() < 1e-12);
    assert!((binding_rate(&p, 0.0, 0.0, 0.0) - p.binding * 5000.0).abs() < 1e-9);
    assert_eq!(binding_rate(&p, 4000.0, 1000.0, 0.0), 0.0);
    assert_eq!(binding_rate(&p, 4000.0, 2000.0, 0.0), 0.0);
}

/// S024: uptake saturates with dose (twice the concentration gives less than twice) and with time (the surface
/// settles); at a picomolar dose no cell is without vesicles.
#[test]
fn s024_uptake_saturates() {
    let p = UptakeParameters::new(spec()).unwrap();
    let dt = 10.0;
    let step = UptakeStep::new(&p, p.unbinding, &[], dt).unwrap();
    let run = |concentration: f64, steps: usize| {
        let (mut taken, mut positive, mut surface) = (0.0, 0, 0.0);
        for i in 0..60 {
            let mut s = stream(100 + i);
            let mut cell = CellVesicles::default();
            for _ in 0..steps {
                let free = p.mean_free_sites(cell.surface, 0.0, concentration, dt);
                let count = s.poisson(p.binding * free * concentration * dt);
                let f = step.advance(&mut cell, &Arrivals { count, ..Arrivals::default() }, &mut s);
                taken += (count - f.unbound) as f64;
            }
            positive += usize::from(cell.surface + cell.inside > 0.0);
            surface += cell.surface / 60.0;
        }
        (taken / 60.0, positive, surface)
    };
    // 50 pM = 0.03 vesicles/um³.
    let (low, positive, _) = run(0.003, 12);
    let (middle, _, _) = run(0.03, 12);
    let (high, _, early) = run(0.3, 12);
    assert_eq!(positive, 60);
    // Ten times the dose gives six times, then twice as many.
    assert!(middle < 7.0 * low && high < 2.5 * middle && high > middle, "{low} {middle} {high}");
    let (_, _, late) = run(0.3, 60);
    assert!((late / early - 1.0).abs() < 0.02 && late < 5000.0, "{early} {late}");
}

/// Free sites averaged over the step are those of the saturating equation, and a huge step cannot overfill.
#[test]
fn mean_free_sites_follow_the_equation() {
    let p = UptakeParameters::new(spec()).unwrap();
    for (s0, others, c, dt) in
        [(100.0, 0.0, 0.03, 30.0), (4000.0, 500.0, 0.001, 300.0), (0.0, 1000.0, 3.0, 600.0)]
    {
        let n = 200_000;
        let h = dt / f64::from(n);
        let (mut s, mut sum) = (s0, 0.0);
        for _ in 0..n {
            let slope =
                |s: f64| p.binding * c * (p.capacity - others - s) - (p.unbinding + p.internalisation) * s;
            let middle = s + 0.5 * h * slope(s);
            sum += (p.capacity - others - middle) / f64::from(n);
            s += h * slope(middle);
        }
        let mean = p.mean_free_sites(s0, others, c, dt);
        assert!((mean / sum - 1.0).abs() < 1e-6, "{mean} {sum}");
    }
}

/// Unbinding and binding through the same resistance leave CL in series with it at steady state.
#[test]
fn exchange_in_series_with_diffusion() {
    let p = UptakeParameters::new(UptakeSpec { unbinding: 0.1, ..spec() }).unwrap();
    let resistance = 1.0 / 900.0;
    let e = SurfaceExchange::new(&p, p.capacity, resistance);
    let net = e.binding * p.internalisation / (e.unbinding + p.internalisation);
    assert!((net - 1.0 / (1.0 / 1600.0 + resistance)).abs() < 1e-9, "{net}");
}

/// A point sink in one voxel of a cubic lattice (Gauss–Seidel with over-relaxation, far field on the boundary): the
/// drop at the sink is Watson's, so that the uptake with the corrected clearance is that of a sphere in a
/// continuum, CL·k_D/(CL + k_D), for every mesh that needs a correction.
#[test]
fn a_voxel_sink_takes_up_what_a_sphere_does() {
    const N: usize = 33;
    let at = |i: usize, j: usize, k: usize| (i * N + j) * N + k;
    let centre = (N - 1) / 2;
    let mut drop = vec![0.0; N * N * N];
    for i in 0..N {
        for j in 0..N {
            for k in 0..N {
                let r2 = [i, j, k]
                    .iter()
                    .map(|&x| (x as f64 - centre as f64) * (x as f64 - centre as f64))
                    .sum::<f64>();
                drop[at(i, j, k)] = 1.0 / (4.0 * PI * f64::max(r2, 0.5).sqrt());
            }
        }
    }
    for _ in 0..150 {
        for i in 1..N - 1 {
            for j in 1..N - 1 {
                for k in 1..N - 1 {
                    let around = drop[at(i - 1, j, k)]
                        + drop[at(i + 1, j, k)]
                        + drop[at(i, j - 1, k)]
                        + drop[at(i, j + 1, k)]
                        + drop[at(i, j, k - 1)]
                        + drop[at(i, j, k + 1)];
                    let source = f64::from(u8::from((i, j, k) == (centre, centre, centre)));
                    drop[at(i, j, k)] += 1.82 * ((around + source) / 6.0 - drop[at(i, j, k)]);
                }
            }
        }
    }
    // With D = h = 1 and unit uptake.
    let lattice = drop[at(centre, centre, centre)];
    assert!((lattice / 0.252_731 - 1.0).abs() < 1e-4, "{lattice}");
    let (d, radius, clearance) = (20.0, 5.0, 1600.0);
    let k_d = 4.0 * PI * d * radius;
    let sphere = clearance * k_d / (clearance + k_d);
    for h in [16.0, 20.0, 40.0] {
        let own = effective_clearance(clearance, d, radius, h);
        let uptake = 1.0 / (1.0 / own + lattice / (d * h));
        assert!((uptake / sphere - 1.0).abs() < 1e-3, "{h}: {uptake} {sphere}");
    }
    // A block of eight voxels: the mean over all pairs.
    let g = |i: usize, j: usize, k: usize| drop[at(centre + i, centre + j, centre + k)];
    let pairs = (g(0, 0, 0) + 3.0 * g(1, 0, 0) + 3.0 * g(1, 1, 0) + g(1, 1, 1)) / 8.0;
    let (r, h) = (5.0, 10.0);
    let rest = (1.0 / (4.0 * PI * r) - unresolved_resistance(1.0, r, h, 2)) * h;
    assert!((pairs / rest - 1.0).abs() < 1e-3, "{pairs} {rest}");
    // The block is the smallest that resists no more than the cell.
    for (h, block) in [(1.0, 10), (2.5, 4), (5.0, 3), (10.0, 2), (15.8, 2), (16.0, 1), (20.0, 1)] {
        assert_eq!(exchange_block(5.0, h), block, "{h}");
        assert!(unresolved_resistance(1.0, 5.0, h, block) > 0.0);
    }
    assert_eq!((exchange_block(0.0, 10.0), exchange_block(5.0, 0.0)), (1, 1));
    // Below 3.18 R one voxel resists more than the sphere, and nothing is added.
    assert_eq!(unresolved_resistance(d, radius, 15.8, 1), 0.0);
    assert!((effective_clearance(clearance, d, radius, 10.0) - clearance).abs() < 1e-9);
    assert_eq!(effective_clearance(clearance, 0.0, radius, 10.0), 0.0);
}

/// Vesicles and cargo of a dividing cell end in one of the two, half in each on average.
#[test]
fn division_splits() {
    let mother = CellVesicles {
        surface: 40.0,
        inside: 301.0,
        cargo_surface: [3.0; MAX_CARGO],
        cargo_inside: [7.0; MAX_CARGO],
        cytosol: [5.0; MAX_CARGO],
    };
    let n = 2000;
    let mut inside = 0.0;
    for i in 0..n {
        let mut m = mother;
        let d = m.divide(&mut stream(i));
        assert_eq!((m.surface + d.surface, m.inside + d.inside), (40.0, 301.0));
        for k in 0..MAX_CARGO {
            assert!((m.cargo_inside[k] + d.cargo_inside[k] - 7.0).abs() < 1e-12);
            assert!((m.cargo_surface[k] - 3.0 * m.surface / 40.0).abs() < 1e-12);
            assert_eq!(m.cytosol[k], 2.5);
        }
        inside += d.inside / n as f64;
    }
    assert!((inside - 150.5).abs() < 3.5 * (301.0 * 0.25 / n as f64).sqrt(), "{inside}");
    assert_eq!(CellVesicles::default().divide(&mut stream(0)), CellVesicles::default());
}

#[test]
fn impossible_uptake_is_refused() {
    let ok = spec();
    for bad in [
        UptakeSpec { clearance: -1.0, ..ok },
        UptakeSpec { capacity: 0.0, ..ok },
        UptakeSpec { internalisation: 0.0, ..ok },
        UptakeSpec { recycled: 0.7, escape: 0.3, ..ok },
        UptakeSpec { lysosome: f64::NAN, ..ok },
    ] {
        assert!(UptakeParameters::new(bad).is_err(), "{bad:?}");
    }
    let blocked = UptakeParameters::new(UptakeSpec { clearance: 0.0, capacity: 0.0, ..ok }).unwrap();
    assert_eq!((binding_rate(&blocked, 0.0, 0.0, 1.0), blocked.occupancy(3.0)), (0.0, 0.0));
    let p = UptakeParameters::new(ok).unwrap();
    assert!(UptakeStep::new(&p, p.unbinding, &[CargoDecay::default(); 9], 1.0).is_err());
    assert!(UptakeStep::new(&p, p.unbinding, &[], 0.0).is_err());
}

/// Arrivals carry the mean cargo of their nodes, aged.
#[test]
fn arrivals_carry_cargo() {
    let nodes = SizeDistribution::new(100.0, 0.226).unwrap().nodes(3).unwrap();
    let cargo = [
        Loading::new(Class::Mirna, 0.00825, 1.0, &nodes).unwrap(),
        Loading::new(Class::Ligand, 20.0, 1.0, &nodes).unwrap(),
    ];
    let mut ageing = [1.0; MAX_CARGO];
    ageing[0] = math::exp(-0.5);
    let bound = [(300_000, 0), (700_000, 2)];
    let a = Arrivals::draw(&bound, &Loadings::new(&cargo, &ageing), &mut stream(5));
    assert_eq!(a.count, 1_000_000);
    for (m, l) in cargo.iter().enumerate() {
        let expected = ageing[m] * (3e5 * l.mean(0) + 7e5 * l.mean(2));
        assert!((a.cargo[m] - expected).abs() < 4.0 * expected.sqrt(), "{m}: {} {expected}", a.cargo[m]);
    }
    assert_eq!(a.cargo[2], 0.0);
}

fn total(f: &Fates) -> u64 {
    f.unbound + f.recycled + f.degraded + f.escaped
}

proptest! {
    /// Vesicles to the last one and cargo to rounding, whatever the rates and the step.
    #[test]
    fn conserves(surface in 0u64..3000, inside in 0u64..3000, count in 0u64..3000, dt in 0.01..2000.0f64,
                 unbinding in 0.0..5.0f64, internalisation in 1e-4..5.0f64, lysosome in 0.0..5.0f64,
                 escape in 0.0..0.49f64, recycled in 0.0..0.49f64, decay in 0.0..1.0f64, cytosol in 0.0..1.0f64,
                 seed in 0u64..1000) {
        let p = UptakeParameters::new(UptakeSpec { clearance: 10.0, capacity: 100.0, internalisation, unbinding,
            lysosome, recycled, escape }).unwrap();
        let decays = [CargoDecay { vesicle: decay, cytosol }, CargoDecay { vesicle: 0.0, cytosol: 0.0 }];
        let step = UptakeStep::new(&p, unbinding, &decays, dt).unwrap();
        let mut cell = CellVesicles { surface: surface as f64, inside: inside as f64, ..CellVesicles::default() };
        let mut arrivals = Arrivals { count, ..Arrivals::default() };
        for m in 0..2 {
            cell.cargo_surface[m] = 0.3 * surface as f64;
            cell.cargo_inside[m] = 1.7 * inside as f64;
            arrivals.cargo[m] = 2.0 * count as f64;
        }
        let before = cell;
        let f = step.advance(&mut cell, &arrivals, &mut Seed::new(seed, 0).stream(0, 0, 0));
        prop_assert_eq!(surface + inside + count, cell.surface as u64 + cell.inside as u64 + total(&f));
        for m in 0..2 {
            let had = before.cargo_surface[m] + before.cargo_inside[m] + arrivals.cargo[m];
            let has = cell.cargo_surface[m] + cell.cargo_inside[m] + f.cargo_returned[m] + f.cargo_degraded[m]
                + f.cargo_delivered[m] + f.cargo_decayed[m];
            prop_assert!((had - has).abs() <= 1e-12 * had);
            prop_assert!(f.cargo_decayed[m] >= -1e-12 * had);
            prop_assert!(cell.cytosol[m] >= 0.0 && cell.cytosol[m] <= f.cargo_delivered[m] * (1.0 + 1e-12));
        }
        prop_assert!(f.cargo_decayed[1].abs() <= 1e-12 * (1.0 + before.cargo_inside[1] + arrivals.cargo[1]));
        prop_assert!((cell.cytosol[1] - f.cargo_delivered[1]).abs() <= 1e-9 * f.cargo_delivered[1]);
    }
}
