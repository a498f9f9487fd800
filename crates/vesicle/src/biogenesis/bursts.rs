//! Whole vesicles of a step: bursts out of the chain's mean, and how long they stay at their site.

use exoderm_numeric::{math, random::Stream, spare::Spare};

/// A whole number of vesicles released in a step, with this mean and variance = `dispersion` × mean: see [`Bursts`].
pub fn release_draw(mean: f64, dispersion: f64, stream: &mut Stream) -> u64 {
    Bursts::new(dispersion).draw(mean, stream)
}

/// Bursts of vesicles, ready for many draws: a whole number with a mean and variance = dispersion × mean.
///
/// Bodies fuse as a Poisson stream and each lets out a geometric number (1, 2, …) of mean (dispersion + 1)/2, which
/// makes variance over mean the dispersion. A dispersion of 1 or less is a plain Poisson count: no stream of
/// whole vesicles without memory is more regular.
#[derive(Clone, Copy, Debug)]
pub struct Bursts {
    /// Mean vesicles in a burst; 1 where each comes alone.
    size: f64,
    /// 1/ln(1 − 1/size).
    scale: f64,
    /// The mean last asked for and the chance of no burst at it: cells at rest share it.
    last: (f64, f64),
}

impl Bursts {
    /// With this variance over mean.
    pub fn new(dispersion: f64) -> Self {
        let size = if dispersion > 1.0 { 0.5 * (dispersion + 1.0) } else { 1.0 };
        Self { size, scale: 1.0 / math::ln_1p(-1.0 / size), last: (0.0, 1.0) }
    }

    /// Draws a number with this mean.
    pub fn draw(&mut self, mean: f64, stream: &mut Stream) -> u64 {
        if mean.is_nan() || mean <= 0.0 {
            return 0;
        }
        if mean != self.last.0 {
            self.last = (mean, math::exp(-mean / self.size));
        }
        let bursts = Spare::default().poisson(mean / self.size, self.last.1, stream);
        if bursts == 0 || self.size == 1.0 {
            return bursts;
        }
        if bursts <= ONE_BY_ONE {
            // Each by inversion: more than k with chance (1 − 1/size)^k.
            return (0..bursts).map(|_| 1 + (math::ln(1.0 - stream.uniform()) * self.scale) as u64).sum();
        }
        // The sum of n geometric counts above their least value 1 is negative binomial, a Poisson of a gamma.
        let excess = stream.gamma(bursts as f64) * (self.size - 1.0);
        bursts + stream.poisson(excess)
    }
}

/// Most bursts whose sizes are drawn one by one.
const ONE_BY_ONE: u64 = 4;

/// Bursts that stay at the fusion site for an exponential time of mean `hold` (min) before they are free: of `held` vesicles
/// there at the start of a step of `dt` and of `fused` that come at times spread evenly over it, how many are freed in the
/// step; the others are held at its end. Each vesicle goes for itself.
///
/// `CD63` stays bright at a fusion site for 107 s on average (`@mvb_fusion_signal`): an upper bound on the mean hold, since the
/// signal ends with the vesicles' leaving or with the pore's closing.
pub fn freed_of_held(held: u64, fused: u64, hold: f64, dt: f64, stream: &mut Stream) -> u64 {
    if hold <= 0.0 {
        return held + fused;
    }
    let x = dt / hold;
    let kept = stream.binomial(held, math::exp(-x));
    let late = stream.binomial(fused, -math::exp_m1(-x) / x);
    held + fused - kept - late
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_numeric::random::Seed;

    /// Mean and variance of the bursts.
    #[test]
    fn release_draw_has_its_moments() {
        const N: usize = 60_000;
        for (mean, dispersion) in [(0.4, 30.0), (6.0, 30.0), (6.0, 1.0), (6.0, 0.2), (300.0, 5.0), (2.0, 1.5)]
        {
            let seed = Seed::new(5, 1);
            let v: Vec<f64> = (0..N)
                .map(|i| release_draw(mean, dispersion, &mut seed.stream(i as u64, 3, 9)) as f64)
                .collect();
            let m = v.iter().sum::<f64>() / N as f64;
            let var = v.iter().map(|x| (x - m) * (x - m)).sum::<f64>() / N as f64;
            let expected = mean * dispersion.max(1.0);
            assert!((m - mean).abs() < 4.0 * (expected / N as f64).sqrt(), "{mean} {dispersion}: mean {m}");
            assert!((var / expected - 1.0).abs() < 0.06, "{mean} {dispersion}: variance {var}");
        }
        let mut s = Seed::new(0, 0).stream(0, 0, 0);
        assert_eq!(release_draw(f64::NAN, 2.0, &mut s) + release_draw(-1.0, 2.0, &mut s), 0);
    }

    /// The whole distribution against its exact one, a compound Poisson count by Panjer's recursion, where bursts are drawn one by
    /// one and where they are many: chi-square.
    #[test]
    fn bursts_follow_their_distribution() {
        const N: u32 = 100_000;
        for (mean, dispersion) in [(0.4, 5.0), (3.0, 2.0), (6.0, 30.0), (40.0, 4.0)] {
            let size = 0.5 * (dispersion + 1.0);
            let rate = mean / size;
            let one = |k: usize| math::powi(1.0 - 1.0 / size, k as i32 - 1) / size;
            let mut chance = vec![math::exp(-rate)];
            for n in 1..200 {
                let sum: f64 = (1..=n).map(|k| k as f64 * one(k) * chance[n - k]).sum();
                chance.push(rate / n as f64 * sum);
            }
            let mut s = Seed::new(5, 2).stream(1, 0, 9);
            let mut seen = vec![0u32; chance.len() + 1];
            for _ in 0..N {
                seen[(release_draw(mean, dispersion, &mut s) as usize).min(chance.len())] += 1;
            }
            let (mut chi2, mut cells, mut rare, mut rare_seen) = (0.0, 0.0, f64::from(N), f64::from(N));
            for (p, &got) in chance.iter().zip(&seen) {
                let (expected, got) = (f64::from(N) * p, f64::from(got));
                if expected >= 10.0 {
                    chi2 += (got - expected) * (got - expected) / expected;
                    cells += 1.0;
                    rare -= expected;
                    rare_seen -= got;
                }
            }
            assert!(
                (rare_seen - rare).abs() < 5.0 * (rare.max(0.0) + 1.0).sqrt(),
                "{mean} {dispersion}: {rare_seen} {rare}"
            );
            let most = cells + 4.0 * (2.0_f64 * cells).sqrt() + 4.0;
            assert!(chi2 < most, "{mean} {dispersion}: {chi2} over {cells}");
        }
    }

    /// S022: what is held settles at rate × hold whatever the step, and nothing is lost on the way.
    #[test]
    fn s022_held_vesicles_settle_at_rate_times_hold() {
        const RATE: f64 = 40.0;
        for (hold, dt) in [(1.78, 0.5), (1.78, 6.0), (30.0, 6.0), (0.0, 6.0)] {
            let (mut held, mut sum, mut count) = (0_u64, 0.0, 0.0);
            let (mut fused, mut freed) = (0, 0);
            for step in 0..40_000_u32 {
                let mut stream = Seed::new(11, 0).stream(0, step, 9);
                let new = stream.poisson(RATE * dt);
                let out = freed_of_held(held, new, hold, dt, &mut stream);
                held = held + new - out;
                fused += new;
                freed += out;
                if step > 1000 {
                    sum += held as f64;
                    count += 1.0;
                }
            }
            assert_eq!(fused, freed + held);
            // Poisson of this mean, correlated over the hold: five standard errors.
            let expected = RATE * hold;
            let error = 5.0 * (expected * (1.0 + 2.0 * hold / dt) / count).sqrt();
            assert!((sum / count - expected).abs() <= error, "{hold} {dt}: {} {expected}", sum / count);
        }
    }
}
