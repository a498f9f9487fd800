//! Diameters: a lognormal cut to 30–200 nm, and the few size nodes that stand for it.
//!
//! Transport carries a population as [`SizeNode`]s, each with its own mobility. The nodes are those of the Gauss
//! quadrature that belongs to the truncated density itself: n of them integrate every polynomial in the diameter up
//! to degree 2n − 1 exactly, so three carry the mean area and lumen without error, and mobility to 1 % where the
//! hindrance at 100 nm is 0.05 or more (at 1e-4, as in epidermis, it takes six). The
//! recurrence of the orthogonal polynomials comes from Stieltjes' procedure on a fine fixed grid, the nodes from
//! Sturm bisection of its Jacobi matrix, the weights from the Christoffel function.

use crate::error::{Error, check, not_negative, positive};
use exoderm_numeric::{math, random::Stream};
use serde::{Deserialize, Serialize};

/// Smallest diameter (nm): below it no membrane closes around a lumen.
pub const MIN_DIAMETER_NM: f64 = 30.0;
/// Largest diameter (nm): above it a particle is not called a small vesicle.
pub const MAX_DIAMETER_NM: f64 = 200.0;
/// Default number of nodes in transport.
pub const DEFAULT_NODES: usize = 3;
/// Largest number of nodes.
pub const MAX_NODES: usize = 16;

/// Panels of the grid for Stieltjes' procedure, each with a four-point Gauss–Legendre rule.
const PANELS: usize = 128;
/// Points of the grid.
const POINTS: usize = 4 * PANELS;
/// A lognormal narrower than this is one size.
const NARROW: f64 = 1e-6;
/// The source must keep at least this share of its vesicles inside the limits.
const LEAST_MASS: f64 = 1e-6;

/// One diameter that stands for a share of the population.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SizeNode {
    /// Diameter (nm).
    pub diameter_nm: f64,
    /// Share of the vesicles; the shares of a population sum to 1.
    pub weight: f64,
}

/// Lognormal diameters, truncated to [`MIN_DIAMETER_NM`]–[`MAX_DIAMETER_NM`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SizeDistribution {
    median: f64,
    ln_sigma: f64,
    mass: f64,
}

impl SizeDistribution {
    /// A source with this median (nm) and width (ln units) before truncation.
    ///
    /// # Errors
    /// When the median is not positive, the width negative, or less than a millionth of it lies within the limits.
    pub fn new(median_nm: f64, ln_sigma: f64) -> Result<Self, Error> {
        positive("median_diameter", median_nm)?;
        not_negative("ln_sigma", ln_sigma)?;
        let mut s = Self { median: median_nm, ln_sigma, mass: 1.0 };
        s.mass = if ln_sigma < NARROW {
            f64::from(u8::from((MIN_DIAMETER_NM..=MAX_DIAMETER_NM).contains(&median_nm)))
        } else {
            normal_between(s.z(MIN_DIAMETER_NM), s.z(MAX_DIAMETER_NM))
        };
        check(
            "median_diameter",
            median_nm,
            s.mass >= LEAST_MASS,
            "a population that lies within 30 to 200 nm",
        )?;
        Ok(s)
    }

    /// Share of the untruncated lognormal that lies within the limits.
    pub fn mass_kept(&self) -> f64 {
        self.mass
    }

    /// Probability density at a diameter (1/nm); of one size, 0 (a density there is none).
    pub fn pdf(&self, diameter_nm: f64) -> f64 {
        if !(MIN_DIAMETER_NM..=MAX_DIAMETER_NM).contains(&diameter_nm) || self.narrow() {
            return 0.0;
        }
        let z = self.z(diameter_nm);
        let root = (2.0 * std::f64::consts::PI).sqrt();
        math::exp(-0.5 * z * z) / (root * self.ln_sigma * diameter_nm * self.mass)
    }

    /// Share of the vesicles not larger than a diameter.
    pub fn cdf(&self, diameter_nm: f64) -> f64 {
        if diameter_nm < MIN_DIAMETER_NM {
            return 0.0;
        }
        if diameter_nm >= MAX_DIAMETER_NM {
            return 1.0;
        }
        if self.narrow() {
            return f64::from(u8::from(diameter_nm >= self.median));
        }
        (normal_between(self.z(MIN_DIAMETER_NM), self.z(diameter_nm)) / self.mass).clamp(0.0, 1.0)
    }

    /// Mean of the k-th power of the diameter (nm^k).
    pub fn moment(&self, k: i32) -> f64 {
        if self.narrow() {
            return math::powi(self.median, k);
        }
        let shift = f64::from(k) * self.ln_sigma;
        let inside = normal_between(self.z(MIN_DIAMETER_NM) - shift, self.z(MAX_DIAMETER_NM) - shift);
        math::powi(self.median, k) * math::exp(0.5 * shift * shift) * inside / self.mass
    }

    /// Mean diameter (nm).
    pub fn mean(&self) -> f64 {
        self.moment(1)
    }

    /// Diameter (nm) below which a share `p` (0–1) of the vesicles lies.
    pub fn quantile(&self, p: f64) -> f64 {
        if self.narrow() {
            return self.median;
        }
        // Bisection in ln d: 60 halvings reach the last bit and cannot fail.
        let (mut low, mut high) = (math::ln(MIN_DIAMETER_NM), math::ln(MAX_DIAMETER_NM));
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if self.cdf(math::exp(middle)) < p { low = middle } else { high = middle }
        }
        math::exp(0.5 * (low + high)).clamp(MIN_DIAMETER_NM, MAX_DIAMETER_NM)
    }

    /// One diameter (nm) drawn from the full distribution.
    pub fn sample(&self, stream: &mut Stream) -> f64 {
        if self.narrow() {
            return self.median;
        }
        // Rejection is quick unless nearly everything is cut off.
        if self.mass < 0.1 {
            return self.quantile(stream.uniform());
        }
        loop {
            let d = self.median * math::exp(self.ln_sigma * stream.normal());
            if (MIN_DIAMETER_NM..=MAX_DIAMETER_NM).contains(&d) {
                return d;
            }
        }
    }

    /// The n-point Gauss quadrature of this density, diameters ascending, weights summing to 1.
    ///
    /// # Errors
    /// When `n` is 0 or above [`MAX_NODES`].
    pub fn nodes(&self, n: usize) -> Result<Vec<SizeNode>, Error> {
        check("size nodes", n as f64, n >= 1, "1 to 16 size nodes")?;
        if n > MAX_NODES {
            return Err(Error::TooMany { what: "size nodes", count: n, limit: MAX_NODES });
        }
        if self.narrow() {
            return Ok(vec![SizeNode { diameter_nm: self.median, weight: 1.0 / n as f64 }; n]);
        }
        // The density beyond nine widths is below 1e-17.
        let reach = math::exp(9.0 * self.ln_sigma);
        let low = MIN_DIAMETER_NM.max(self.median / reach);
        let high = MAX_DIAMETER_NM.min(self.median * reach);
        let (centre, half) = (0.5 * (low + high), 0.5 * (high - low));
        let grid = self.grid(low, high, |d| (d - centre) / half);
        let (alpha, beta) = recurrence(&grid, n);
        let mut nodes = Vec::with_capacity(n);
        for k in 0..n {
            let x = eigenvalue(&alpha[..n], &beta[..n], k);
            nodes.push(SizeNode { diameter_nm: centre + half * x, weight: christoffel(&alpha, &beta, n, x) });
        }
        let total: f64 = nodes.iter().map(|s| s.weight).sum();
        for node in &mut nodes {
            node.weight /= total;
        }
        Ok(nodes)
    }

    /// Points of the density on a grid even in ln d: (map(d), weight), weights summing to 1.
    fn grid(&self, low: f64, high: f64, map: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
        let (a, b) = (math::ln(low), math::ln(high));
        let h = (b - a) / PANELS as f64;
        // Roots of the fourth Legendre polynomial and their weights.
        let (inner, outer) = {
            let r = 2.0 / 7.0 * (6.0f64 / 5.0).sqrt();
            ((3.0 / 7.0 - r).sqrt(), (3.0 / 7.0 + r).sqrt())
        };
        let (wi, wo) = ((18.0 + 30.0f64.sqrt()) / 36.0, (18.0 - 30.0f64.sqrt()) / 36.0);
        let rule = [(-outer, wo), (-inner, wi), (inner, wi), (outer, wo)];
        let mut grid = Vec::with_capacity(POINTS);
        let mut total = 0.0;
        for panel in 0..PANELS {
            for (x, w) in rule {
                let d = math::exp(a + h * (panel as f64 + 0.5 * (1.0 + x)));
                let weight = w * d * self.pdf(d);
                total += weight;
                grid.push((map(d), weight));
            }
        }
        for point in &mut grid {
            point.1 /= total;
        }
        grid
    }

    fn narrow(&self) -> bool {
        self.ln_sigma < NARROW
    }

    /// Standard score of a diameter.
    fn z(&self, diameter_nm: f64) -> f64 {
        math::ln(diameter_nm / self.median) / self.ln_sigma
    }
}

/// Mass of the standard normal between two scores, without cancellation in either tail.
fn normal_between(a: f64, b: f64) -> f64 {
    let scale = std::f64::consts::FRAC_1_SQRT_2;
    if a > 0.0 {
        0.5 * (math::erfc(a * scale) - math::erfc(b * scale))
    } else {
        0.5 * (math::erfc(-b * scale) - math::erfc(-a * scale))
    }
}

/// Stieltjes: coefficients of p_{k+1} = (x − α_k) p_k − β_k p_{k−1} for the discrete measure `grid`.
fn recurrence(grid: &[(f64, f64)], n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut current = vec![1.0; grid.len()];
    let mut before = vec![0.0; grid.len()];
    let (mut alpha, mut beta) = (vec![0.0; n], vec![0.0; n]);
    let mut norm_before = 1.0;
    for k in 0..n {
        let (mut norm, mut first) = (0.0, 0.0);
        for (p, (x, w)) in current.iter().zip(grid) {
            norm += w * p * p;
            first += w * x * p * p;
        }
        alpha[k] = first / norm;
        beta[k] = if k == 0 { 0.0 } else { norm / norm_before };
        norm_before = norm;
        for ((p, q), (x, _)) in current.iter_mut().zip(&mut before).zip(grid) {
            let next = (x - alpha[k]) * *p - beta[k] * *q;
            *q = *p;
            *p = next;
        }
    }
    (alpha, beta)
}

/// The k-th smallest eigenvalue of the Jacobi matrix, which lies in (−1, 1).
fn eigenvalue(alpha: &[f64], beta: &[f64], k: usize) -> f64 {
    // Sturm: the negative pivots of the shifted matrix count the eigenvalues below the shift.
    let below = |x: f64| {
        let (mut count, mut pivot) = (0, 1.0);
        for (a, b) in alpha.iter().zip(beta) {
            pivot = a - x - if *b == 0.0 { 0.0 } else { b / pivot };
            if pivot == 0.0 {
                pivot = 1e-300;
            }
            count += usize::from(pivot < 0.0);
        }
        count
    };
    let (mut low, mut high) = (-1.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if below(middle) > k { high = middle } else { low = middle }
    }
    0.5 * (low + high)
}

/// Weight of a node: 1 / Σ p_k² over the orthonormal polynomials below degree n.
fn christoffel(alpha: &[f64], beta: &[f64], n: usize, x: f64) -> f64 {
    let (mut p, mut q, mut sum) = (1.0, 0.0, 0.0);
    for k in 0..n {
        sum += p * p;
        if k + 1 < n {
            let next = ((x - alpha[k]) * p - beta[k].sqrt() * q) / beta[k + 1].sqrt();
            q = p;
            p = next;
        }
    }
    1.0 / sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mobility;
    use exoderm_numeric::random::Seed;
    use proptest::prelude::*;

    fn default_source() -> SizeDistribution {
        SizeDistribution::new(100.0, 0.226).unwrap()
    }

    fn mean(nodes: &[SizeNode], f: impl Fn(f64) -> f64) -> f64 {
        nodes.iter().map(|n| n.weight * f(n.diameter_nm)).sum()
    }

    /// S013: at least 90 % of the default source between 40 and 160 nm, by formula and by sampling.
    #[test]
    fn s013_default_source_lies_in_40_to_160_nm() {
        let s = default_source();
        let share = s.cdf(160.0) - s.cdf(40.0);
        assert!(share >= 0.9, "{share}");
        let mut stream = Seed::new(1, 0).stream(0, 0, 1);
        const N: usize = 20_000;
        let v: Vec<f64> = (0..N).map(|_| s.sample(&mut stream)).collect();
        let hits = v.iter().filter(|d| (40.0..=160.0).contains(*d)).count() as f64 / N as f64;
        assert!((hits - share).abs() < 3.0 * (share * (1.0 - share) / N as f64).sqrt(), "{hits} {share}");
        let below = v.iter().filter(|d| **d < s.quantile(0.05)).count() as f64 / N as f64;
        assert!((below - 0.05).abs() < 3.0 * (0.05f64 * 0.95 / N as f64).sqrt(), "{below}");
    }

    /// Gauss with n nodes is exact to degree 2n − 1: the closed moments are an independent check of it.
    #[test]
    fn nodes_reproduce_moments() {
        for (median, sigma) in
            [(100.0, 0.226), (60.0, 0.5), (140.0, 0.15), (250.0, 0.3), (30.0, 0.9), (90.0, 1e-4)]
        {
            let s = SizeDistribution::new(median, sigma).unwrap();
            for n in [1, 2, 3, 5, 15] {
                let nodes = s.nodes(n).unwrap();
                assert!((mean(&nodes, |_| 1.0) - 1.0).abs() < 1e-14);
                for k in 1..=(2 * n as i32 - 1).min(7) {
                    let (a, b) = (mean(&nodes, |d| math::powi(d, k)), s.moment(k));
                    assert!((a / b - 1.0).abs() < 1e-9, "{median} {sigma} n {n} k {k}: {a} {b}");
                }
            }
        }
    }

    /// mechanisms §2: what three nodes carry is within 1 % of fifteen.
    #[test]
    fn three_nodes_within_one_per_cent_of_fifteen() {
        let s = default_source();
        let (few, many) = (s.nodes(3).unwrap(), s.nodes(15).unwrap());
        let check = |name: &str, f: &dyn Fn(f64) -> f64| {
            let (a, b) = (mean(&few, f), mean(&many, f));
            assert!((a / b - 1.0).abs() < 0.01, "{name}: {a} {b}");
        };
        check("area", &|d| d * d);
        check("lumen", &|d| (d - 10.0) * (d - 10.0) * (d - 10.0));
        check("free mobility", &|d| mobility::diffusion_at_size(1.0, d));
        let hindered = |h100: f64, fibre: f64| {
            move |d: f64| {
                mobility::diffusion_at_size(1.0, d) * mobility::size_scaled_hindrance(h100, d, fibre)
            }
        };
        for h100 in [0.4, 0.2, 0.05] {
            for fibre in [1.0, 10.0, 100.0] {
                check("hindered mobility", &hindered(h100, fibre));
            }
        }
        // Where a mesh stops nearly all, the few smallest carry what passes, and three nodes are too few.
        let tight = hindered(1e-4, 10.0);
        let error = |n: usize| (mean(&s.nodes(n).unwrap(), tight) / mean(&many, tight) - 1.0).abs();
        assert!(error(3) > 0.02 && error(6) < 0.01, "{} {}", error(3), error(6));
    }

    /// The quantile inverts the distribution function.
    #[test]
    fn quantile_inverts_cdf() {
        for s in [default_source(), SizeDistribution::new(300.0, 0.2).unwrap()] {
            for p in [1e-6, 0.05, 0.5, 0.95, 1.0 - 1e-6] {
                assert!((s.cdf(s.quantile(p)) - p).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn one_size_and_impossible_sources() {
        let s = SizeDistribution::new(80.0, 0.0).unwrap();
        assert_eq!(s.nodes(3).unwrap(), vec![SizeNode { diameter_nm: 80.0, weight: 1.0 / 3.0 }; 3]);
        assert_eq!(s.moment(2), 6400.0);
        for (m, w) in [(0.0, 0.2), (f64::NAN, 0.2), (100.0, -0.1), (1000.0, 0.1), (250.0, 0.0), (5.0, 0.1)] {
            assert!(SizeDistribution::new(m, w).is_err(), "{m} {w}");
        }
        assert!(default_source().nodes(0).is_err() && default_source().nodes(17).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn nodes_lie_inside_and_ascend(median in 20.0..260.0f64, sigma in 0.05..1.2f64, n in 1usize..=16) {
            if let Ok(s) = SizeDistribution::new(median, sigma) {
                let nodes = s.nodes(n).unwrap();
                prop_assert_eq!(nodes.len(), n);
                prop_assert!(nodes.windows(2).all(|w| w[0].diameter_nm < w[1].diameter_nm));
                prop_assert!(nodes.iter().all(|x| x.weight > 0.0
                    && (MIN_DIAMETER_NM..=MAX_DIAMETER_NM).contains(&x.diameter_nm)));
            }
        }

        #[test]
        fn samples_stay_inside(median in 20.0..260.0f64, sigma in 0.05..1.2f64, seed in 0u64..1000) {
            if let Ok(s) = SizeDistribution::new(median, sigma) {
                let d = s.sample(&mut Seed::new(seed, 0).stream(0, 0, 0));
                prop_assert!((MIN_DIAMETER_NM..=MAX_DIAMETER_NM).contains(&d));
            }
        }
    }
}
