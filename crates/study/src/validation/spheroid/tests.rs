//! Nutrient at the start, free growth, radii of densities made by hand.

#![allow(clippy::unwrap_used)] // tests

use super::*;
use exoderm_numeric::math;

/// In a ball of even density c = c₀ sinh(λr)/(λr), λ² = αv, outside 1 − B (1/r − 1/b): b is where it is 1, about 2.2 mm for a
/// cube of 4 mm; 2 mm and 3.5 mm (its corners) bound it.
#[test]
fn nutrient_begins_as_the_equation_says() {
    // An odd number, so that a voxel lies in the middle.
    let coarse = Spheroid::new(Setup { voxels: 51, ..Setup::PUBLISHED }).unwrap();
    let r = 245.0;
    let v = 30_000.0 / (4.0 / 3.0 * std::f64::consts::PI * r * r * r);
    let x = r * (0.15_f64 * v).sqrt();
    let exact = |b: f64| {
        let (s, c) = (0.5 * (math::exp(x) - math::exp(-x)), 0.5 * (math::exp(x) + math::exp(-x)));
        // Inside and flux meet at r; far away it is 1 at b.
        1.0 / (s / x + (c - s / x) * (1.0 - r / b))
    };
    let got = coarse.nutrient_in_the_middle();
    let (low, high) = (exact(3460.0), exact(2000.0));
    assert!(low * 0.97 < got && got < high * 1.03, "{low} {got} {high}");
}

/// Without uptake the numbers of cells by phase are those of a linear chain; none is lost or doubled.
#[test]
fn free_growth_is_that_of_the_cycle() {
    let setup = Setup { cells: 4000, voxels: 8, steps: 20, alpha: Some(0.0), seed: 3, ..Setup::PUBLISHED };
    let mut s = Spheroid::new(setup).unwrap();
    let begun =
        |s: &Spheroid| [0_u8, 1, 2].map(|p| s.colony.phase.iter().filter(|&&q| q == p).count() as f64);
    let mut x = begun(&s);
    s.advance(24).unwrap();
    let entry = 0.047 / (1.0 + math::pow(0.4, 5.0));
    let h = 0.001;
    for _ in 0..24_000 {
        let d = [
            2.0 * 0.062 * x[2] - (entry + 0.0005) * x[0],
            entry * x[0] - (0.4898 + 0.0005) * x[1],
            0.4898 * x[1] - (0.062 + 0.0005) * x[2],
        ];
        x.iter_mut().zip(d).for_each(|(x, d)| *x += h * d);
    }
    let (got, expected) = (s.living() as f64, x.iter().sum::<f64>());
    // Births are about Poisson; those missed by one event a step are 1 in 100.
    let births = s.events[0] as f64;
    assert!((got - expected).abs() < 4.0 * births.sqrt() + 0.01 * births, "{got} {expected}");
    assert_eq!(s.living() as u64, 4000 + s.events[0] - s.events[1]);
    let mut ids = s.colony.id.clone();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), s.living());
}

/// Radii of densities made by hand.
#[test]
fn radii_are_where_densities_fall() {
    let shell = |k: usize, living: f64| Shell {
        radius: 20.0 * k as f64 + 10.0,
        living,
        green: living,
        nutrient: 1.0,
    };
    let shells: Vec<Shell> =
        [0.0, 0.0, 20.0, 80.0, 100.0, 5.0].into_iter().enumerate().map(|(k, d)| shell(k, d)).collect();
    assert_eq!(falls_to(&shells, |s| s.living, 0.5), 60.0);
    assert_eq!(falls_to(&shells, |s| s.living, 0.1), 40.0);
    assert_eq!(falls_to(&shells[2..], |s| s.living, 0.1), 0.0);
}
