//! Single questions about plasma: sinks, detection, age.

#![allow(clippy::unwrap_used)]

use exoderm_body::ageing::Ageing;
use exoderm_body::assay::{Assay, screening, tumour_concentration};
use exoderm_body::binding::{competition, complex, free_beside_sink};
use exoderm_numeric::random::Seed;

/// S051: the complex obeys mass action exactly, and more PD-L1 on vesicles leaves less of an antibody that binds it free.
#[test]
fn s051_more_vesicle_sites_leave_less_antibody_free() {
    let mut before = f64::INFINITY;
    for exponent in -12..6 {
        let sites = exoderm_numeric::math::pow(10.0, f64::from(exponent));
        for kd in [1e-9, 1e-3, 1.0, 1e3] {
            let x = complex(2.0, sites, kd);
            let (antibody, free_sites) = (free_beside_sink(2.0, sites, kd), free_beside_sink(sites, 2.0, kd));
            assert!((antibody * free_sites / (kd * x) - 1.0).abs() < 1e-9, "{sites} {kd}");
            assert!(
                (antibody + x - 2.0).abs() < 1e-12 && (free_sites + x - sites).abs() < 1e-12 * sites.max(1.0)
            );
        }
        let free = free_beside_sink(2.0, sites, 0.1);
        assert!((0.0..before).contains(&free) || free == before && sites < 1e-10, "{sites}: {free}");
        before = free;
    }
    assert_eq!(free_beside_sink(2.0, 0.0, 0.1), 2.0);
    assert_eq!(complex(0.0, 0.0, 0.0), 0.0);
}

/// S051: an antibody on the receptor itself is not soaked up but rivalled: more PD-L1 vesicles, less receptor blocked; and the
/// equilibrium is exact for every species.
#[test]
fn s051_vesicles_compete_with_an_antibody_on_the_receptor() {
    let mut before = f64::INFINITY;
    for ligand in [0.0, 0.1, 1.0, 10.0, 1e3, 1e6] {
        let (receptor, antibody) = ([1.0, 0.02], [5.0, 0.05]);
        let c = competition(receptor[0], antibody, [ligand, 8.0]);
        let total = c.free_receptor + c.first + c.second;
        assert!((total - 1.0).abs() < 1e-12, "{c:?}");
        let action = c.free_receptor * (antibody[0] - c.first) / antibody[1];
        assert!((action / c.first - 1.0).abs() < 1e-9);
        assert!(c.first < before);
        before = c.first;
    }
    // Without a rival it is the quadratic.
    let c = competition(1.0, [5.0, 0.05], [0.0, 8.0]);
    assert!((c.first - complex(1.0, 5.0, 0.05)).abs() < 1e-12);
}

fn test() -> Assay {
    Assay {
        volume: 1e12,
        recovery: 0.1,
        marker: 0.3,
        false_marker: 1e-6,
        background: 1e10 / 1e12,
        spread: 0.5,
        specificity: 0.95,
    }
}

/// S052 (scenario S6d): plasma concentrations of tumour vesicles at 1e6 to 1e9 cells.
#[test]
fn s052_steady_concentrations_of_s6d() {
    // 60 an hour, a tenth reaches blood, 3 L with a half-life of 10 min; per mL.
    let clearance = std::f64::consts::LN_2 / 10.0 * 3e15;
    for (cells, expected) in [(1e6, 5e2), (1e7, 5e3), (1e8, 5e4), (1e9, 5e5)] {
        let c = tumour_concentration(1.0, cells, 0.1, clearance) * 1e12;
        assert!((c / expected - 1.0).abs() < 0.05, "{cells}: {c}");
    }
}

/// S052: the share that the test finds rises with the tumour from the false-positive rate to 1, and the limit of detection lies
/// where it says.
#[test]
fn s052_detection_rises_with_the_tumour() {
    for a in [test(), Assay { background: 1e-6, ..test() }, Assay { spread: 0.0, ..test() }] {
        let a = a.checked().unwrap();
        let threshold = a.threshold();
        assert!((a.exceeds(threshold, 0.0) - 0.05).abs() < 2e-4, "{}", a.exceeds(threshold, 0.0));
        let mut before = 0.0;
        for step in 0..80 {
            let tumour = 1e-12 * exoderm_numeric::math::pow(10.0, f64::from(step) / 8.0);
            let found = a.exceeds(threshold, tumour);
            assert!(found >= before - 1e-12 && found <= 1.0, "{tumour}: {found} after {before}");
            before = found;
        }
        assert!(before > 0.999);
        let [half, most] = [0.5, 0.95].map(|s| a.limit(s));
        assert!(half < most && (a.exceeds(threshold, half) - 0.5).abs() < 1e-3);
    }
    // More background that looks like the tumour, a worse limit.
    assert!(Assay { false_marker: 1e-5, ..test() }.limit(0.95) > test().limit(0.95));
    assert_eq!(Assay { marker: 0.0, ..test() }.limit(0.95), f64::INFINITY);
    assert!(Assay { marker: 1.2, ..test() }.checked().is_err());
}

/// The mixture is what a simulation of people gives.
#[test]
fn s052_detection_agrees_with_drawn_people() {
    let a = Assay { false_marker: 2e-8, ..test() };
    let (tumour, threshold) = (200.0 / 1e12, a.threshold());
    let people = 40_000;
    let positive = (0..people)
        .filter(|i| {
            let mut s = Seed::new(5, 0).stream(*i, 0, 1);
            let person = exoderm_numeric::math::exp(a.spread * s.normal());
            s.poisson(a.false_counts() * person + a.true_counts(tumour)) as f64 > threshold
        })
        .count();
    let (got, want) = (positive as f64 / people as f64, a.exceeds(threshold, tumour));
    // The threshold lies between counts, where the model interpolates; a whole count decides for the drawn people.
    let around = [threshold.floor(), threshold.floor() + 1.0].map(|t| a.exceeds(t, tumour));
    assert!(got <= around[0] + 0.01 && got >= around[1] - 0.01, "{got} {want} {around:?}");
}

/// S052: at population prevalence most alarms are false, however good the test looks.
#[test]
fn s052_false_alarms_at_population_prevalence() {
    let s = screening(0.9, 0.95, 2.5e-4);
    assert!((s.found - 2.25e-4).abs() < 1e-12 && (s.false_alarms - 0.05 * (1.0 - 2.5e-4)).abs() < 1e-12);
    assert!(s.right < 0.005);
    assert_eq!(screening(0.0, 1.0, 0.1).right, 0.0);
}

/// S057: with uptake that rises and secretion that does not, plasma vesicles fall with age; a person's samples repeat; donors'
/// vesicles are internalised more the older they are.
#[test]
fn s057_plasma_vesicles_fall_with_age_and_repeat_within_a_person() {
    let a = Ageing { secretion: 0.0, uptake: 0.008, reference: 30.0, between: 0.5, within: 0.2 };
    let ages = [30.0, 45.0, 60.0, 80.0];
    for pair in ages.windows(2) {
        assert!(a.concentration_at(pair[1]) < a.concentration_at(pair[0]));
        assert!(a.uptake_at(pair[1]) > a.uptake_at(pair[0]));
    }
    assert_eq!(a.concentration_at(30.0), 1.0);
    // Two samples of each of many people: the correlation is the repeatability.
    let mut sums = [0.0; 5];
    let n = 20_000;
    for i in 0..n {
        let mut s = Seed::new(3, 0).stream(i, 0, 1);
        let person = s.normal();
        let [x, y] = [0; 2].map(|_: i32| exoderm_numeric::math::ln(a.sample(50.0, person, s.normal())));
        for (sum, v) in sums.iter_mut().zip([x, y, x * x, y * y, x * y]) {
            *sum += v / n as f64;
        }
    }
    let r = (sums[4] - sums[0] * sums[1])
        / ((sums[2] - sums[0] * sums[0]) * (sums[3] - sums[1] * sums[1])).sqrt();
    assert!((r - a.repeatability()).abs() < 0.02 && r > 0.8, "{r} {}", a.repeatability());
    // Secretion that rises faster than uptake turns it round: the direction is an input, not a law.
    assert!(Ageing { secretion: 0.02, ..a }.concentration_at(80.0) > 1.0);
}
