//! Poisson counts against their exact law.
#![allow(missing_docs)]

use exoderm_numeric::math;
use exoderm_numeric::random::Seed;
use exoderm_numeric::spare::Spare;

/// The whole distribution, on both sides of the change of method: chi-square against the exact chances.
#[test]
fn poisson_follows_its_distribution() {
    const N: u32 = 200_000;
    for mean in [0.05, 0.3, 4.0, 9.9, 10.1, 60.0, 250.0, 700.0] {
        let mut s = Seed::new(17, 0).stream(1, mean as u32, 5);
        let none = math::exp(-mean);
        let mut seen = vec![0u32; (mean + 12.0 * f64::sqrt(mean) + 20.0) as usize];
        for i in 0..N {
            let count =
                if i % 2 == 0 { s.poisson(mean) } else { Spare::default().poisson(mean, none, &mut s) };
            seen[count as usize] += 1;
        }
        let (mut chi2, mut cells, mut rare, mut rare_seen) = (0.0, 0.0, 0.0, 0.0);
        for (k, &got) in seen.iter().enumerate() {
            let k = k as f64;
            let expected = f64::from(N) * math::exp(k * math::ln(mean) - mean - math::ln_gamma(k + 1.0));
            if expected < 10.0 {
                rare += expected;
                rare_seen += f64::from(got);
            } else {
                chi2 += (f64::from(got) - expected) * (f64::from(got) - expected) / expected;
                cells += 1.0;
            }
        }
        assert!((rare_seen - rare).abs() < 5.0 * (rare + 1.0).sqrt(), "{mean}: tails {rare_seen} {rare}");
        // Mean plus four standard deviations of a chi-square.
        assert!(chi2 < cells + 4.0 * (2.0_f64 * cells).sqrt() + 4.0, "{mean}: {chi2} over {cells}");
    }
}
