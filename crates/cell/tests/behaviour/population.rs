//! Walks, growth, death.

use exoderm_cell::motility::{msd, msd_in_ticks};
use exoderm_cell::vector::{dot, norm};
use exoderm_cell::*;
use exoderm_numeric::math;
use exoderm_numeric::random::Seed;

fn walkers(n: usize) -> Cells {
    let mut cells = Cells::default();
    for _ in 0..n {
        cells.add(NewCell::sphere(Kind(0), [0.0; 3], 5.0)).unwrap();
    }
    cells
}

/// Mean squared displacement of free walkers against Fürth's formula, in 1, 2 and 3 dimensions and long and short
/// of the persistence time, within 3 standard errors.
#[test]
fn persistent_walks_spread_as_furth_says() {
    let n = 4000;
    let (speed, tau, dt) = (0.5, 30.0, 1.0);
    let tilted = [0.6, 0.0, 0.8];
    for (k, confinement) in
        [Confinement::Space, Confinement::Plane(tilted), Confinement::Axis(tilted)].into_iter().enumerate()
    {
        let seed = Seed::new(100 + k as u64, 0);
        let mut cells = walkers(n);
        let walk = Walk { speed, persistence: tau, confinement };
        for tick in 1..=240u32 {
            for i in 0..n {
                let id = cells.id[i];
                steer(&mut cells, i, &walk, [0.0; 3], dt, &mut seed.stream(id, tick, 0));
                for a in 0..3 {
                    cells.position[a][i] += cells.active[a][i] * dt;
                }
            }
            if [6, 30, 240].contains(&tick) {
                let t = f64::from(tick) * dt;
                let squares: Vec<f64> = (0..n).map(|i| dot(cells.at(i), cells.at(i))).collect();
                let mean = squares.iter().sum::<f64>() / n as f64;
                let var = squares.iter().map(|s| (s - mean) * (s - mean)).sum::<f64>() / (n - 1) as f64;
                let se = (var / n as f64).sqrt();
                let exact = msd_in_ticks(speed, tau, dt, tick);
                assert!((mean - exact).abs() < 3.0 * se, "{confinement:?} t {t}: {mean} {exact} ± {se}");
                // The limit of short ticks.
                assert!((exact / msd(speed, tau, t) - 1.0).abs() < 0.01);
                if let Confinement::Plane(normal) = confinement {
                    assert!((0..n).all(|i| dot(cells.at(i), normal).abs() < 1e-9));
                }
            }
        }
    }
}

/// Speed is kept whatever the bias; a bias of 1 leads straight, one of 0.5 leads on the whole.
#[test]
fn a_bias_leads() {
    let seed = Seed::new(3, 0);
    let mut cells = walkers(2000);
    for (strength, low, high) in [(0.0, -0.04, 0.04), (0.5, 0.4, 0.8), (1.0, 0.999_999, 1.000_001)] {
        let walk = Walk { speed: 2.0, persistence: 10.0, confinement: Confinement::Space };
        let mut mean = 0.0;
        for i in 0..cells.len() {
            steer(&mut cells, i, &walk, [0.0, strength, 0.0], 1e3, &mut seed.stream(i as u64, 0, 0));
            let v = [0, 1, 2].map(|a| cells.active[a][i]);
            assert!((norm(v) - 2.0).abs() < 1e-9);
            mean += v[1] / 2.0 / 2000.0;
        }
        assert!(mean >= low && mean <= high, "bias {strength}: {mean}");
    }
    let stop = Walk { speed: 0.0, persistence: 10.0, confinement: Confinement::Space };
    steer(&mut cells, 0, &stop, [1.0, 0.0, 0.0], 1.0, &mut seed.stream(0, 0, 0));
    assert_eq!(cells.active[0][0], 0.0);
}

/// Free division at a constant rate: the mean over replicates grows as e^(rate t), within 3 standard errors.
#[test]
fn a_population_grows_exponentially() {
    let (rate, dt, ticks, replicates) = (0.002, 3.0, 400, 60);
    let mut sizes = Vec::new();
    for replicate in 0..replicates {
        let seed = Seed::new(77, replicate);
        let mut cells = walkers(20);
        let mut due = Vec::new();
        for tick in 0..ticks {
            cells.tick = tick;
            let rates = vec![rate; cells.len()];
            divisions_due(&cells, &rates, &[0.0], dt, seed, 1, &mut due).unwrap();
            for &i in &due {
                let mut s = seed.stream(cells.id[i as usize], tick, 2);
                cells.divide(i as usize, DivisionAxis::Random, &mut s);
            }
            advance_ages(&mut cells, dt);
        }
        sizes.push(cells.len() as f64);
    }
    let n = sizes.len() as f64;
    let mean = sizes.iter().sum::<f64>() / n;
    let se = (sizes.iter().map(|s| (s - mean) * (s - mean)).sum::<f64>() / (n - 1.0) / n).sqrt();
    let exact = 20.0 * math::exp(rate * dt * f64::from(ticks));
    // At most one division per tick: (2 − e^(−rate dt)) per tick instead of e^(rate dt).
    let in_ticks = 20.0 * math::powi(1.0 - math::exp_m1(-rate * dt), ticks as i32);
    assert!((mean - in_ticks).abs() < 3.0 * se, "{mean} {in_ticks} ± {se}");
    assert!((mean - exact).abs() < 3.0 * se, "{mean} {exact} ± {se}");
}

/// No division before the refractory time; after it the waiting time is exponential from there, even where the
/// refractory time ends within a tick.
#[test]
fn the_refractory_time_is_kept() {
    let n = 20_000;
    let (rate, dt, refractory) = (0.01, 10.0, 25.0);
    let mut cells = walkers(n);
    let seed = Seed::new(8, 0);
    let rates = vec![rate; n];
    let (mut due, mut first) = (Vec::new(), Vec::new());
    for tick in 0..4 {
        cells.tick = tick;
        divisions_due(&cells, &rates, &[refractory], dt, seed, 1, &mut due).unwrap();
        assert!(due.is_sorted_by_key(|&i| cells.id[i as usize]));
        first.push(due.len() as f64 / n as f64);
        advance_ages(&mut cells, dt);
    }
    assert_eq!(&first[..2], &[0.0, 0.0]);
    for (found, exposure) in [(first[2], 5.0), (first[3], 10.0)] {
        let p = -math::exp_m1(-rate * exposure);
        assert!((found - p).abs() < 3.0 * (p * (1.0 - p) / n as f64).sqrt(), "{found} {p}");
    }
    assert!(divisions_due(&cells, &rates, &[], dt, seed, 1, &mut due).is_err());
    assert!(divisions_due(&cells, &rates[1..], &[0.0], dt, seed, 1, &mut due).is_err());
}

/// Volume is conserved by division; daughters relax back along the exact exponential.
#[test]
fn daughters_start_at_half_and_grow_back() {
    let mut cells = walkers(1);
    let load = cells.register("load", 6.0, OnDivision::Halve).unwrap();
    let memory = cells.register("memory", 0.0, OnDivision::Copy).unwrap();
    let count = cells.register("count", 1.0, OnDivision::Reset).unwrap();
    (cells.extra_mut(memory)[0], cells.extra_mut(count)[0]) = (3.0, 9.0);
    cells.tick = 12;
    let full = cells.volume[0];
    let d = cells.divide(0, DivisionAxis::Along([0.0, 0.0, 2.0]), &mut Seed::new(1, 0).stream(0, 0, 0));
    assert_eq!((cells.id[0], cells.id[d], cells.lineage[d]), (0, 1, 0));
    assert_eq!((cells.birth_tick[0], cells.birth_tick[d]), (12, 12));
    assert_eq!(cells.extra(load), &[3.0, 3.0]);
    assert_eq!(cells.extra(memory), &[3.0, 3.0]);
    assert_eq!(cells.extra(count), &[1.0, 1.0]);
    assert_eq!(cells.volume[0] + cells.volume[d], full);
    let gap = vector::sub(cells.at(d), cells.at(0));
    let share = norm(gap) / (2.0 * cells.radius[0]);
    assert!((share - fate::DAUGHTER_SEPARATION).abs() < 1e-12 && gap[2] > 0.0 && gap[0] == 0.0);
    for k in 1..=10 {
        relax_volumes(&mut cells, &[0.03], 6.0).unwrap();
        let exact = full * (1.0 - 0.5 * math::exp(-0.03 * 6.0 * f64::from(k)));
        assert!((cells.volume[0] / exact - 1.0).abs() < 1e-12);
        assert!((store::volume_of(cells.radius[d]) / exact - 1.0).abs() < 1e-12);
    }
}

/// Apoptosis shrinks linearly over its duration, then removes; shedding removes at once.
#[test]
fn cells_die_in_their_time() {
    let mut cells = walkers(3);
    let full = cells.volume[0];
    cells.kill(0, Cause(3), 60.0);
    cells.kill(0, Cause(4), 0.0);
    cells.kill(1, Cause(5), 0.0);
    assert_eq!(cells.death_cause, vec![Cause(3), Cause(5), Cause(0)]);
    assert_eq!(cells.removed().collect::<Vec<_>>(), vec![1]);
    assert_eq!(cells.sweep(), 1);
    for k in 1..10 {
        cells.advance_deaths(6.0);
        let i = cells.index_of(0).unwrap();
        let exact = full * (1.0 - 0.9 * f64::from(k) / 10.0);
        assert!((cells.volume[i] / exact - 1.0).abs() < 1e-9, "{k}");
        assert_eq!(cells.sweep(), 0);
    }
    cells.advance_deaths(6.0);
    assert_eq!(cells.sweep(), 1);
    assert_eq!(cells.id, vec![2]);
}

/// Contact guidance: Fürth's law by axis. With a share g of the turns along fibres, ⟨ξ²⟩ is g + (1 − g)/d along them and (1 − g)/d
/// along each other axis, in space and in a plane; turns come as often as ever and lead nowhere on the whole.
#[test]
fn fibres_guide_walks_by_fuerths_law_along_each_axis() {
    let n = 6000;
    let (speed, tau, dt, ticks) = (0.5, 30.0, 1.0, 120u32);
    let fibre = [0.6, 0.8, 0.0];
    let across = [-0.8, 0.6, 0.0];
    let up = [0.0, 0.0, 1.0];
    for (k, (confinement, d, share)) in [
        (Confinement::Space, 3.0, 0.0),
        (Confinement::Space, 3.0, 0.4),
        (Confinement::Space, 3.0, 1.0),
        (Confinement::Plane(up), 2.0, 0.4),
    ]
    .into_iter()
    .enumerate()
    {
        let seed = Seed::new(300 + k as u64, 0);
        let mut cells = walkers(n);
        let walk = Walk { speed, persistence: tau, confinement };
        let fibres = Fibres { axis: fibre.map(|x| 7.0 * x), share };
        for tick in 1..=ticks {
            for i in 0..n {
                let mut stream = seed.stream(cells.id[i], tick, 0);
                steer_on(&mut cells, i, &walk, &fibres, [0.0; 3], dt, &mut stream);
                for a in 0..3 {
                    cells.position[a][i] += cells.active[a][i] * dt;
                }
            }
        }
        let whole = msd_in_ticks(speed, tau, dt, ticks);
        let flat = if d == 2.0 { 0.0 } else { (1.0 - share) / d };
        for (axis, part) in [(fibre, share + (1.0 - share) / d), (across, (1.0 - share) / d), (up, flat)] {
            let x: Vec<f64> = (0..n).map(|i| dot(cells.at(i), axis)).collect();
            let mean = x.iter().sum::<f64>() / n as f64;
            let squares = x.iter().map(|v| v * v).sum::<f64>() / n as f64;
            let fourth = x.iter().map(|v| v * v * v * v).sum::<f64>() / n as f64;
            let se = ((fourth - squares * squares) / n as f64).sqrt();
            let exact = part * whole;
            assert!(
                (squares - exact).abs() <= 3.0 * se + 1e-9,
                "share {share}, {axis:?}: {squares} {exact} ± {se}"
            );
            assert!(
                mean.abs() <= 3.5 * (squares / n as f64).sqrt() + 1e-9,
                "share {share}, {axis:?}: {mean}"
            );
        }
    }
}

/// Fibres that guide nothing (a share of 0, no direction, upright on the walk's plane) leave every draw as it is.
#[test]
fn fibres_that_guide_nothing_change_no_bit() {
    let seed = Seed::new(12, 0);
    let up = [0.0, 0.0, 1.0];
    for (confinement, fibres) in [
        (Confinement::Space, Fibres { axis: [1.0, 0.0, 0.0], share: 0.0 }),
        (Confinement::Space, Fibres { axis: [0.0; 3], share: 1.0 }),
        (Confinement::Plane(up), Fibres { axis: up, share: 1.0 }),
    ] {
        let walk = Walk { speed: 1.0, persistence: 5.0, confinement };
        let (mut plain, mut guided) = (walkers(50), walkers(50));
        for tick in 0..20 {
            for i in 0..50 {
                let stream = || seed.stream(i as u64, tick, 0);
                steer(&mut plain, i, &walk, [0.1, 0.2, 0.0], 1.0, &mut stream());
                steer_on(&mut guided, i, &walk, &fibres, [0.1, 0.2, 0.0], 1.0, &mut stream());
            }
        }
        assert_eq!((&plain.active, &plain.direction), (&guided.active, &guided.direction));
    }
}

/// Haptotaxis along fibres: cells that turn along fibres only drift at v (b·a) along them, whatever the bias has across; their
/// speed and the times between their turns stay.
#[test]
fn a_bias_leads_along_fibres() {
    let n = 20_000;
    let fibre = [0.6, 0.8, 0.0];
    let walk = Walk { speed: 2.0, persistence: 10.0, confinement: Confinement::Space };
    let fibres = Fibres { axis: fibre, share: 1.0 };
    for (k, bias) in
        [[0.5, 0.0, 0.0], [0.0, -0.9, 0.3], [0.8, -0.6, 0.0], [0.6, 0.8, 0.0]].into_iter().enumerate()
    {
        let seed = Seed::new(40 + k as u64, 0);
        let mut cells = walkers(n);
        let mut kept = 0;
        let mut before = vec![0.0; n];
        for tick in 0..2 {
            for (i, last) in before.iter_mut().enumerate() {
                steer_on(&mut cells, i, &walk, &fibres, bias, 5.0, &mut seed.stream(i as u64, tick, 0));
                let v = [0, 1, 2].map(|a| cells.active[a][i]);
                let along = dot(v, fibre);
                assert!((along.abs() - 2.0).abs() < 1e-9 && (norm(v) - 2.0).abs() < 1e-9, "{v:?}");
                kept += usize::from(tick == 1 && along * *last > 0.0);
                *last = along;
            }
        }
        let lead = dot(bias, fibre);
        let drift = before.iter().sum::<f64>() / (2.0 * n as f64);
        let se = ((1.0 - lead * lead) / n as f64).sqrt();
        assert!((drift - lead).abs() <= 3.5 * se + 1e-9, "{bias:?}: {drift} {lead} ± {se}");
        // Not turned within the step, or turned and drawn the same way again.
        let stays = math::exp(-0.5);
        let same = stays + (1.0 - stays) * 0.5 * (1.0 + lead * lead);
        let kept = kept as f64 / n as f64;
        assert!((kept - same).abs() <= 3.5 * (same * (1.0 - same) / n as f64).sqrt() + 1e-9, "{kept} {same}");
    }
}
