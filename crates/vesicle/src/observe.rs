//! What instruments make of a population's diameters.
//!
//! * **NTA** follows each vesicle's Brownian path over n displacements. Its diffusion is estimated from their mean
//!   square, which for n independent displacements in a plane is D·G/n with G gamma-distributed of shape n; so the
//!   diameter comes out as d·n/G, broadened by about 1/√n and pulled upward. Small vesicles scatter too little to be seen:
//!   the share detected rises as d^s around a half-way diameter (light scattered goes with d⁶).
//! * **TEM** shows every vesicle, shrunk by drying, with an error of reading.
//! * **Resistive pulse** sees what is between the pore's noise and its width, with an error of reading.
//!
//! The forward models serve plots and tests; [`fit_lognormal`] goes back from a histogram to the lognormal behind it.

use crate::error::{Error, check, positive};
use crate::size::SizeDistribution;
use exoderm_numeric::{math, random::Stream};

/// An instrument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Instrument {
    /// Nanoparticle tracking.
    Nta {
        /// Displacements in a track.
        displacements: f64,
        /// Diameter (nm) at which half of the vesicles are detected.
        half_detected: f64,
        /// Exponent of the share detected.
        steepness: f64,
    },
    /// Electron microscopy.
    Tem {
        /// Diameter shown over true diameter.
        shrinkage: f64,
        /// Relative error of a reading.
        error: f64,
    },
    /// Resistive pulse.
    Pulse {
        /// Smallest diameter seen (nm).
        lower: f64,
        /// Largest (nm).
        upper: f64,
        /// Relative error of a reading.
        error: f64,
    },
}

impl Instrument {
    /// Checks the numbers.
    ///
    /// # Errors
    /// When one is not positive, a track has fewer than two displacements, or a window is empty.
    pub fn checked(self) -> Result<Self, Error> {
        match self {
            Self::Nta { displacements, half_detected, steepness } => {
                check("displacements", displacements, displacements >= 2.0, "2 or more")?;
                positive("half_detected", half_detected)?;
                positive("steepness", steepness)?;
            }
            Self::Tem { shrinkage, error } => {
                positive("shrinkage", shrinkage)?;
                positive("error", error)?;
            }
            Self::Pulse { lower, upper, error } => {
                positive("lower", lower)?;
                check("upper", upper, upper > lower, "above the lower limit")?;
                positive("error", error)?;
            }
        }
        Ok(self)
    }

    /// Share of vesicles of a diameter (nm) that are seen.
    pub fn detected(&self, diameter_nm: f64) -> f64 {
        match *self {
            Self::Nta { half_detected, steepness, .. } => math::hill(diameter_nm, half_detected, steepness),
            Self::Tem { .. } => 1.0,
            Self::Pulse { lower, upper, .. } => f64::from(u8::from((lower..=upper).contains(&diameter_nm))),
        }
    }

    /// Density (1/nm) of the reading `shown_nm` for a vesicle of a diameter that is seen.
    pub fn reading(&self, shown_nm: f64, diameter_nm: f64) -> f64 {
        if shown_nm <= 0.0 || diameter_nm <= 0.0 {
            return 0.0;
        }
        match *self {
            Self::Nta { displacements: n, .. } => {
                // Inverse gamma with shape n and scale n d.
                let scaled = n * diameter_nm / shown_nm;
                math::exp(n * math::ln(scaled) - scaled - math::ln_gamma(n)) / shown_nm
            }
            Self::Tem { shrinkage, error } => lognormal(shown_nm, diameter_nm * shrinkage, error),
            Self::Pulse { error, .. } => lognormal(shown_nm, diameter_nm, error),
        }
    }

    /// What the instrument shows of one vesicle; `None` if it is not seen.
    pub fn observe(&self, diameter_nm: f64, stream: &mut Stream) -> Option<f64> {
        if !stream.chance(self.detected(diameter_nm)) {
            return None;
        }
        Some(match *self {
            Self::Nta { displacements: n, .. } => diameter_nm * n / stream.gamma(n).max(f64::MIN_POSITIVE),
            Self::Tem { shrinkage, error } => diameter_nm * shrinkage * math::exp(error * stream.normal()),
            Self::Pulse { error, .. } => diameter_nm * math::exp(error * stream.normal()),
        })
    }

    /// Share of a population that is seen.
    pub fn detected_share(&self, population: &SizeDistribution) -> f64 {
        let nodes = grid(crate::size::MIN_DIAMETER_NM, crate::size::MAX_DIAMETER_NM);
        let sum =
            |f: &dyn Fn(f64) -> f64| nodes.iter().map(|(d, w)| w * population.pdf(*d) * f(*d)).sum::<f64>();
        sum(&|d| self.detected(d)) / sum(&|_| 1.0)
    }
}

/// Lognormal density with median `centre` and width `sigma` in ln units.
fn lognormal(x: f64, centre: f64, sigma: f64) -> f64 {
    let z = math::ln(x / centre) / sigma;
    math::exp(-0.5 * z * z) / ((2.0 * std::f64::consts::PI).sqrt() * sigma * x)
}

/// Points even in ln d with the widths they stand for (nm).
fn grid(low: f64, high: f64) -> Vec<(f64, f64)> {
    const POINTS: usize = 240;
    let h = math::ln(high / low) / POINTS as f64;
    (0..POINTS)
        .map(|i| {
            let d = low * math::exp(h * (i as f64 + 0.5));
            (d, d * h)
        })
        .collect()
}

/// A lognormal found in a histogram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LognormalFit {
    /// Median of the diameters (nm), before any truncation.
    pub median: f64,
    /// Width (ln units).
    pub ln_sigma: f64,
    /// Share of the particles that the instrument saw, by the fit.
    pub detected: f64,
    /// Largest difference between the histogram's and the fit's share of particles up to a size: 0 is perfect.
    pub distance: f64,
}

/// The lognormal whose image in the instrument is likeliest to give a histogram.
///
/// `bins` are centre (nm), width (nm) and amount; only relative amounts count. The likelihood is that of the shares; its
/// maximum is found by a simplex search from the histogram's own moments.
///
/// # Errors
/// When no bin holds anything.
pub fn fit_lognormal(bins: &[(f64, f64, f64)], instrument: &Instrument) -> Result<LognormalFit, Error> {
    let total: f64 = bins.iter().map(|b| b.2).sum();
    positive("amount", total)?;
    let shares: Vec<f64> = bins.iter().map(|b| b.2 / total).collect();
    let (low, high) = (
        bins.iter().map(|b| b.0).fold(f64::INFINITY, f64::min),
        bins.iter().map(|b| b.0).fold(0.0, f64::max),
    );
    let points = grid(low / 3.0, high * 1.5);
    // image[i][j]: what a vesicle of diameter j puts into bin i; a wide bin is read at three points.
    let image: Vec<Vec<f64>> = bins
        .iter()
        .map(|&(x, width, _)| {
            let parts = [x - width / 3.0, x, x + width / 3.0];
            points
                .iter()
                .map(|&(d, w)| {
                    let mean = parts.iter().map(|&p| instrument.reading(p, d)).sum::<f64>() / 3.0;
                    w * instrument.detected(d) * mean * width
                })
                .collect()
        })
        .collect();
    let expected = |median: f64, sigma: f64| -> Vec<f64> {
        let density: Vec<f64> = points.iter().map(|&(d, _)| lognormal(d, median, sigma)).collect();
        let raw: Vec<f64> =
            image.iter().map(|row| row.iter().zip(&density).map(|(a, b)| a * b).sum()).collect();
        let all: f64 = raw.iter().sum();
        raw.into_iter().map(|r| if all > 0.0 { r / all } else { 0.0 }).collect()
    };
    let cost = |p: [f64; 2]| {
        let (median, sigma) = (math::exp(p[0]), math::exp(p[1]));
        if !(1e-2..=2.0).contains(&sigma) || !(low / 3.0..=high * 1.5).contains(&median) {
            return 1e9;
        }
        let e = expected(median, sigma);
        -shares.iter().zip(&e).map(|(s, e)| s * math::ln(e.max(1e-300))).sum::<f64>()
    };
    let mean_ln: f64 = bins.iter().zip(&shares).map(|(b, s)| s * math::ln(b.0)).sum();
    let var: f64 = bins
        .iter()
        .zip(&shares)
        .map(|(b, s)| {
            let z = math::ln(b.0) - mean_ln;
            s * z * z
        })
        .sum();
    let best = simplex(cost, [mean_ln, 0.5 * math::ln(var.max(1e-3))]);
    let (median, ln_sigma) = (math::exp(best[0]), math::exp(best[1]));
    let e = expected(median, ln_sigma);
    let (mut a, mut b, mut distance) = (0.0, 0.0, 0.0f64);
    for (s, e) in shares.iter().zip(&e) {
        a += s;
        b += e;
        distance = distance.max((a - b).abs());
    }
    let seen = |f: &dyn Fn(f64) -> f64| {
        points.iter().map(|&(d, w)| w * lognormal(d, median, ln_sigma) * f(d)).sum::<f64>()
    };
    let detected = seen(&|d| instrument.detected(d)) / seen(&|_| 1.0);
    Ok(LognormalFit { median, ln_sigma, detected, distance })
}

/// What a lognormal population puts into bins (centre, width, …; nm): each bin's share of the vesicles.
pub fn image(bins: &[(f64, f64, f64)], median_nm: f64, ln_sigma: f64, instrument: &Instrument) -> Vec<f64> {
    let reach = math::exp(6.0 * ln_sigma);
    let points = grid(median_nm / reach, median_nm * reach);
    bins.iter()
        .map(|&(x, width, _)| {
            let each = |d: f64| {
                lognormal(d, median_nm, ln_sigma) * instrument.detected(d) * instrument.reading(x, d)
            };
            width * points.iter().map(|&(d, w)| w * each(d)).sum::<f64>()
        })
        .collect()
}

/// Nelder and Mead's simplex in two dimensions.
fn simplex(cost: impl Fn([f64; 2]) -> f64, start: [f64; 2]) -> [f64; 2] {
    let with = |p: [f64; 2]| (cost(p), p);
    let mut s = [with(start), with([start[0] + 0.2, start[1]]), with([start[0], start[1] + 0.3])];
    for _ in 0..200 {
        s.sort_by(|a, b| a.0.total_cmp(&b.0));
        if (s[2].1[0] - s[0].1[0]).abs() + (s[2].1[1] - s[0].1[1]).abs() < 1e-7 {
            break;
        }
        let centre = [0.5 * (s[0].1[0] + s[1].1[0]), 0.5 * (s[0].1[1] + s[1].1[1])];
        let along = |t: f64| [0, 1].map(|i| centre[i] + t * (centre[i] - s[2].1[i]));
        let reflected = with(along(1.0));
        if reflected.0 < s[0].0 {
            let further = with(along(2.0));
            s[2] = if further.0 < reflected.0 { further } else { reflected };
        } else if reflected.0 < s[1].0 {
            s[2] = reflected;
        } else {
            let inward = with(along(if reflected.0 < s[2].0 { 0.5 } else { -0.5 }));
            if inward.0 < s[2].0.min(reflected.0) {
                s[2] = inward;
            } else {
                let best = s[0].1;
                for corner in &mut s[1..] {
                    *corner = with([0, 1].map(|i| 0.5 * (best[i] + corner.1[i])));
                }
            }
        }
    }
    s[0].1
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_numeric::random::Seed;

    const NTA: Instrument = Instrument::Nta { displacements: 20.0, half_detected: 65.0, steepness: 8.0 };
    const TEM: Instrument = Instrument::Tem { shrinkage: 0.85, error: 0.08 };
    const PULSE: Instrument = Instrument::Pulse { lower: 60.0, upper: 300.0, error: 0.05 };

    fn histogram(
        instrument: &Instrument,
        median: f64,
        sigma: f64,
        n: u64,
        width: f64,
    ) -> Vec<(f64, f64, f64)> {
        let mut counts = vec![0.0; (600.0 / width) as usize];
        let mut stream = Seed::new(12, 0).stream(0, 0, 7);
        for _ in 0..n {
            let d = median * math::exp(sigma * stream.normal());
            if let Some(x) = instrument.observe(d, &mut stream)
                && let Some(c) = counts.get_mut((x / width) as usize)
            {
                *c += 1.0;
            }
        }
        counts.iter().enumerate().map(|(i, c)| ((i as f64 + 0.5) * width, width, *c)).collect()
    }

    /// Readings are densities; drawn readings have their mean (NTA: n/(n − 1), the pull upward of short tracks).
    #[test]
    fn s013_forward_models_have_their_moments() {
        for (instrument, factor) in
            [(NTA, 20.0 / 19.0), (TEM, 0.85 * math::exp(0.0032)), (PULSE, math::exp(0.00125))]
        {
            let points = grid(10.0, 2000.0);
            let integral = |f: &dyn Fn(f64) -> f64| {
                points.iter().map(|(x, w)| w * instrument.reading(*x, 100.0) * f(*x)).sum::<f64>()
            };
            assert!((integral(&|_| 1.0) - 1.0).abs() < 1e-6, "{instrument:?}");
            let mean = integral(&|x| x);
            assert!((mean / (100.0 * factor) - 1.0).abs() < 1e-4, "{instrument:?} {mean}");
            let mut stream = Seed::new(2, 0).stream(0, 0, 7);
            let seen: Vec<f64> = (0..20_000).filter_map(|_| instrument.observe(100.0, &mut stream)).collect();
            let drawn = seen.iter().sum::<f64>() / seen.len() as f64;
            assert!((drawn / mean - 1.0).abs() < 0.01, "{instrument:?} {drawn} {mean}");
            let share = seen.len() as f64 / 20_000.0;
            assert!((share - instrument.detected(100.0)).abs() < 0.01);
        }
    }

    /// The same population through three instruments: NTA, blind to the small, shows it largest, TEM smallest (S013).
    #[test]
    fn s013_instruments_differ_as_they_do() {
        let population = SizeDistribution::new(80.0, 0.3).unwrap();
        let mean = |i: &Instrument| {
            let mut stream = Seed::new(3, 0).stream(0, 0, 7);
            let v: Vec<f64> =
                (0..20_000).filter_map(|_| i.observe(population.sample(&mut stream), &mut stream)).collect();
            v.iter().sum::<f64>() / v.len() as f64
        };
        let (nta, tem, pulse) = (mean(&NTA), mean(&TEM), mean(&PULSE));
        assert!(nta > 1.1 * population.mean() && tem < 0.9 * population.mean(), "{nta} {tem}");
        assert!(nta > pulse && pulse > tem, "{nta} {pulse} {tem}");
        assert!((0.3..0.9).contains(&NTA.detected_share(&population)));
        assert_eq!(TEM.detected_share(&population), 1.0);
    }

    /// From the image back to what was there: median within 3 %, width within 10 %.
    #[test]
    fn fit_recovers_the_population() {
        for (instrument, width) in [(NTA, 5.0), (NTA, 1.0), (TEM, 5.0), (PULSE, 4.0)] {
            for (median, sigma) in [(110.0, 0.3), (90.0, 0.25)] {
                let bins = histogram(&instrument, median, sigma, 60_000, width);
                let f = fit_lognormal(&bins, &instrument).unwrap();
                assert!((f.median / median - 1.0).abs() < 0.03, "{instrument:?} {median}: {f:?}");
                assert!((f.ln_sigma / sigma - 1.0).abs() < 0.1, "{instrument:?} {sigma}: {f:?}");
                assert!(f.distance < 0.02, "{f:?}");
            }
        }
        assert!(fit_lognormal(&[(100.0, 5.0, 0.0)], &NTA).is_err());
    }

    #[test]
    fn impossible_instruments_are_refused() {
        assert!(NTA.checked().is_ok() && TEM.checked().is_ok() && PULSE.checked().is_ok());
        for bad in [
            Instrument::Nta { displacements: 1.0, half_detected: 60.0, steepness: 6.0 },
            Instrument::Tem { shrinkage: 0.0, error: 0.1 },
            Instrument::Pulse { lower: 100.0, upper: 50.0, error: 0.1 },
        ] {
            assert!(bad.checked().is_err(), "{bad:?}");
        }
    }
}
