//! What rides in a vesicle: copies by size, their distribution, loading and ageing.
//!
//! What is dissolved in the lumen scales with its volume, (d − two membranes)³; what sits in or on the membrane with
//! d². RNA and DNA are zero-inflated: a few vesicles carry some copies, nearly all carry none. Other classes are
//! Poisson in each vesicle. The copies of k vesicles are drawn at once, at a cost that does not grow with k.

use crate::error::{Error, not_negative, positive};
use crate::size::{MAX_NODES, SizeNode};
use exoderm_numeric::{math, random::Stream};
use serde::{Deserialize, Serialize};

mod loadings;

pub use loadings::Loadings;

/// Most cargo species a tissue can carry: they have a fixed place in each cell.
pub const MAX_CARGO: usize = 8;
/// Two membranes of 5 nm, which the lumen's diameter lacks (nm).
pub const MEMBRANES_NM: f64 = 10.0;

/// Classes of cargo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Class {
    /// Protein in the lumen.
    Protein,
    /// Lipid of the membrane.
    Lipid,
    /// Messenger RNA.
    Mrna,
    /// microRNA.
    Mirna,
    /// DNA.
    Dna,
    /// Ligand on the outer surface.
    Ligand,
    /// Loaded drug, in the lumen.
    Payload,
}

impl Class {
    /// Rides in the lumen (scales with its volume, protected from outside) rather than in or on the membrane.
    pub fn in_lumen(self) -> bool {
        !matches!(self, Self::Lipid | Self::Ligand)
    }

    /// Few vesicles carry any.
    pub fn zero_inflated(self) -> bool {
        matches!(self, Self::Mrna | Self::Mirna | Self::Dna)
    }

    /// How copies scale with the diameter, up to a factor.
    pub fn capacity(self, diameter_nm: f64) -> f64 {
        if self.in_lumen() {
            let lumen = (diameter_nm - MEMBRANES_NM).max(0.0);
            lumen * lumen * lumen
        } else {
            diameter_nm * diameter_nm
        }
    }

    /// Room for it in a vesicle: the lumen's volume (um³), or the membrane's outer area (um²).
    pub fn room(self, diameter_nm: f64) -> f64 {
        let capacity = self.capacity(diameter_nm);
        if self.in_lumen() {
            std::f64::consts::PI / 6.0 * 1e-9 * capacity
        } else {
            std::f64::consts::PI * 1e-6 * capacity
        }
    }
}

/// One cargo species in one population: mean copies at each size node, and their distribution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Loading {
    class: Class,
    when_loaded: f64,
    by_node: [f64; MAX_NODES],
}

impl Loading {
    /// Copies with this mean over the whole population, shared among the nodes by capacity. `when_loaded` is the
    /// number of copies in a vesicle that has any, for zero-inflated classes; others ignore it.
    ///
    /// # Errors
    /// When a number is negative (for zero-inflated classes `when_loaded` must be positive), there is no node, or
    /// more than [`MAX_NODES`].
    pub fn new(class: Class, mean: f64, when_loaded: f64, nodes: &[SizeNode]) -> Result<Self, Error> {
        not_negative("copies", mean)?;
        if class.zero_inflated() {
            positive("copies_when_loaded", when_loaded)?;
        }
        positive("size nodes", nodes.len() as f64)?;
        if nodes.len() > MAX_NODES {
            return Err(Error::TooMany { what: "size nodes", count: nodes.len(), limit: MAX_NODES });
        }
        let whole: f64 = nodes.iter().map(|n| n.weight * class.capacity(n.diameter_nm)).sum();
        positive("lumen of the population", whole)?;
        let mut by_node = [0.0; MAX_NODES];
        for (copies, node) in by_node.iter_mut().zip(nodes) {
            *copies = mean * class.capacity(node.diameter_nm) / whole;
        }
        Ok(Self { class, when_loaded, by_node })
    }

    /// Class.
    pub fn class(&self) -> Class {
        self.class
    }

    /// Mean copies in a vesicle of a node, when made.
    pub fn mean(&self, node: usize) -> f64 {
        self.by_node.get(node).copied().unwrap_or(0.0)
    }

    /// Copies in `k` vesicles of a node, of which a share `factor` has survived since they were loaded.
    pub fn draw(&self, k: u64, node: usize, factor: f64, stream: &mut Stream) -> u64 {
        let made = draw_copies(k, self.mean(node), self.class, self.when_loaded, stream);
        survivors(made, factor, stream)
    }
}

/// Copies in `k` vesicles together, of a species with this mean in each.
///
/// Zero-inflated classes: a vesicle is loaded with probability mean/`when_loaded`, and then carries `when_loaded`
/// copies (the whole number below, or one more with the probability of the fraction); where the mean is above
/// `when_loaded`, every vesicle is loaded with the mean. Other classes: Poisson.
pub fn draw_copies(k: u64, mean: f64, class: Class, when_loaded: f64, stream: &mut Stream) -> u64 {
    if k == 0 || mean.is_nan() || mean <= 0.0 {
        return 0;
    }
    if !class.zero_inflated() {
        return stream.poisson(k as f64 * mean);
    }
    let each = when_loaded.max(mean);
    let loaded = stream.binomial(k, mean / each);
    let whole = each.floor();
    loaded * whole as u64 + stream.binomial(loaded, each - whole)
}

/// Mean of the square of the copies in one vesicle, as [`draw_copies`] draws them.
pub fn mean_square_copies(mean: f64, class: Class, when_loaded: f64) -> f64 {
    if mean.is_nan() || mean <= 0.0 {
        return 0.0;
    }
    if !class.zero_inflated() {
        return mean + mean * mean;
    }
    let each = when_loaded.max(mean);
    let (whole, more) = (each.floor(), each - each.floor());
    mean / each * ((1.0 - more) * whole * whole + more * (whole + 1.0) * (whole + 1.0))
}

/// Copies left of `copies` when each has survived with probability `factor`.
pub fn survivors(copies: u64, factor: f64, stream: &mut Stream) -> u64 {
    stream.binomial(copies, factor)
}

/// Share of the copies left in a vesicle `age` min after loading: exp(−decay · age).
pub fn ageing_factor(decay_inside: f64, age: f64) -> f64 {
    math::exp(-decay_inside * age)
}

/// Copies loaded passively, times an enrichment: lumen volume × cytosolic concentration (copies/um³) × enrichment; for lipids and
/// ligands membrane area × copies/um² of the parent's membranes.
///
/// With enrichment 1, two species are in the vesicle in the ratio they have in the cytosol.
pub fn sorted_copies(class: Class, diameter_nm: f64, content: f64, enrichment: f64) -> f64 {
    class.room(diameter_nm) * content * enrichment
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::size::SizeDistribution;
    use exoderm_numeric::random::Seed;
    use proptest::prelude::*;

    const RNA: [Class; 3] = [Class::Mrna, Class::Mirna, Class::Dna];

    /// S014: mean copies within 5 % or 3 standard errors, loaded fraction mean/m, > 99 % of vesicles empty.
    #[test]
    fn s014_zero_inflated_copies() {
        const N: usize = 400_000;
        let mean = 0.00825;
        for class in RNA {
            for m in [1.0, 2.5, 10.0, 100.0] {
                let seed = Seed::new(3, 0);
                let (mut sum, mut loaded) = (0u64, 0usize);
                for i in 0..N {
                    let c = draw_copies(1, mean, class, m, &mut seed.stream(i as u64, 0, 2));
                    sum += c;
                    loaded += usize::from(c > 0);
                }
                let n = N as f64;
                let sampled = sum as f64 / n;
                // Variance of a vesicle's copies is at most mean·(m + 1).
                let se = (mean * (m + 1.0) / n).sqrt();
                assert!((sampled - mean).abs() < (0.05 * mean).max(3.0 * se), "{class:?} {m}: {sampled}");
                let p = mean / m;
                let share = loaded as f64 / n;
                assert!((share - p).abs() < 3.0 * (p / n).sqrt(), "{class:?} {m}: loaded {share}");
                assert!(share < 0.01, "{class:?} {m}: loaded {share}");
            }
        }
    }

    /// The mean square that a sheet's bound rests on is that of the draws.
    #[test]
    fn mean_squares_are_those_of_draws() {
        const N: usize = 40_000;
        for (class, mean, m) in [
            (Class::Mirna, 0.3, 4.0),
            (Class::Mirna, 0.2, 2.5),
            (Class::Mirna, 3.4, 1.0),
            (Class::Protein, 1.7, 0.0),
        ] {
            let seed = Seed::new(12, 0);
            let squares: Vec<f64> = (0..N)
                .map(|i| draw_copies(1, mean, class, m, &mut seed.stream(i as u64, 0, 3)) as f64)
                .map(|x| x * x)
                .collect();
            let n = N as f64;
            let a = squares.iter().sum::<f64>() / n;
            let spread = squares.iter().map(|x| (x - a) * (x - a)).sum::<f64>() / n;
            let exact = mean_square_copies(mean, class, m);
            assert!((a - exact).abs() < 4.0 * (spread / n).sqrt(), "{class:?} {mean}: {a} {exact}");
        }
    }

    /// Drawing k vesicles at once has the mean and variance of k single draws.
    #[test]
    fn a_lot_equals_its_vesicles() {
        const N: usize = 20_000;
        let cases = [
            (Class::Mirna, 0.3, 4.0),
            (Class::Mirna, 3.4, 1.0),
            (Class::Protein, 0.7, 0.0),
            (Class::Dna, 0.02, 2.5),
        ];
        for (class, mean, m) in cases {
            let moments = |lot: bool| {
                let seed = Seed::new(9, u32::from(lot));
                let v: Vec<f64> = (0..N)
                    .map(|i| {
                        let mut s = seed.stream(i as u64, 1, 4);
                        let n = if lot { 1 } else { 25 };
                        (0..n).map(|_| draw_copies(25 / n, mean, class, m, &mut s)).sum::<u64>() as f64
                    })
                    .collect();
                let a = v.iter().sum::<f64>() / N as f64;
                (a, v.iter().map(|x| (x - a) * (x - a)).sum::<f64>() / N as f64)
            };
            let ((a, va), (b, vb)) = (moments(true), moments(false));
            assert!((a - 25.0 * mean).abs() < 4.0 * (va / N as f64).sqrt() + 1e-12, "{class:?} {mean}: {a}");
            assert!((b - 25.0 * mean).abs() < 4.0 * (vb / N as f64).sqrt() + 1e-12, "{class:?} {mean}: {b}");
            assert!((va / vb - 1.0).abs() < 0.1, "{class:?} {mean}: {va} {vb}");
        }
    }

    /// The population's mean is the given one; lumen cargo goes by (d − 10)³, membrane cargo by d².
    #[test]
    fn nodes_share_the_mean_by_capacity() {
        let nodes = SizeDistribution::new(100.0, 0.226).unwrap().nodes(3).unwrap();
        for class in [
            Class::Protein,
            Class::Lipid,
            Class::Mrna,
            Class::Mirna,
            Class::Dna,
            Class::Ligand,
            Class::Payload,
        ] {
            let l = Loading::new(class, 4.2, 10.0, &nodes).unwrap();
            let mean: f64 = nodes.iter().enumerate().map(|(i, n)| n.weight * l.mean(i)).sum();
            assert!((mean - 4.2).abs() < 1e-12);
            let ratio = |d: f64| if class.in_lumen() { math::powi(d - 10.0, 3) } else { d * d };
            let (a, b) = (l.mean(2) / l.mean(0), ratio(nodes[2].diameter_nm) / ratio(nodes[0].diameter_nm));
            assert!((a / b - 1.0).abs() < 1e-12);
        }
        assert!(Loading::new(Class::Mirna, 0.1, 0.0, &nodes).is_err());
        assert!(Loading::new(Class::Protein, -0.1, 1.0, &nodes).is_err());
        assert!(Loading::new(Class::Protein, 0.1, 1.0, &[]).is_err());
    }

    /// S021: enrichment 1 gives the cytosol's ratio; ageing is exponential and thins copies one by one.
    #[test]
    fn s021_sorting_and_ageing() {
        let sorted = |content, enrichment| sorted_copies(Class::Protein, 100.0, content, enrichment);
        let (a, b) = (sorted(600.0, 1.0), sorted(30.0, 1.0));
        assert!((a / b - 20.0).abs() < 1e-12);
        assert!((sorted(600.0, 7.0) / a - 7.0).abs() < 1e-12);
        let lipid = sorted_copies(Class::Lipid, 100.0, 200.0, 1.0);
        assert!((lipid - 200.0 * std::f64::consts::PI * 0.01).abs() < 1e-12);
        assert!((a - 600.0 * 0.000_381_703_507_411_159_9).abs() < 1e-12);
        assert!((ageing_factor(0.01, 69.314_718_055_994_53) - 0.5).abs() < 1e-14);
        let nodes = [SizeNode { diameter_nm: 100.0, weight: 1.0 }];
        let l = Loading::new(Class::Protein, 8.0, 1.0, &nodes).unwrap();
        let mut s = Seed::new(2, 2).stream(0, 0, 0);
        let n = 4000;
        let left: u64 = (0..n).map(|_| l.draw(10, 0, 0.25, &mut s)).sum();
        let mean = left as f64 / f64::from(n);
        assert!((mean - 20.0).abs() < 4.0 * (20.0 / f64::from(n)).sqrt(), "{mean}");
    }

    /// S021: an enrichment is found again from what is counted: copies of a sorted species over those of a passive one of the same
    /// vesicles, over their ratio in the cytosol, for proteins and for microRNA that most vesicles lack.
    #[test]
    fn s021_enrichment_is_identified_from_counts() {
        const LOTS: u64 = 2000;
        const VESICLES: u64 = 50;
        let nodes = [SizeNode { diameter_nm: 100.0, weight: 1.0 }];
        let cytosol = [3000.0, 900.0];
        for (class, m) in [(Class::Protein, 1.0), (Class::Mirna, 2.0)] {
            for truth in [0.2, 1.0, 3.0] {
                let load = |c: f64, e: f64| {
                    Loading::new(class, sorted_copies(class, 100.0, c, e), m, &nodes).unwrap()
                };
                let (passive, sorted) = (load(cytosol[0], 1.0), load(cytosol[1], truth));
                let mut counts = [0u64; 2];
                for lot in 0..LOTS {
                    let mut s = Seed::new(21, 0).stream(lot, 0, 1);
                    counts[0] += passive.draw(VESICLES, 0, 1.0, &mut s);
                    counts[1] += sorted.draw(VESICLES, 0, 1.0, &mut s);
                }
                let [a, b] = counts.map(|n| n as f64);
                let estimate = (b / cytosol[1]) / (a / cytosol[0]);
                // Copies come m at a time where few vesicles carry any: variance (m + 1) times the mean at most.
                let error = ((m + 1.0) * (1.0 / a + 1.0 / b)).sqrt();
                assert!(
                    (math::ln(estimate / truth)).abs() < 3.0 * error,
                    "{class:?} {truth}: {estimate} ± {error}"
                );
                // The interval is narrow enough to tell the three apart.
                assert!(3.0 * error < math::ln(3.0) / 2.0, "{class:?} {truth}: {error}");
            }
        }
    }

    proptest! {
        #[test]
        fn draws_never_hang_or_invent(k in 0u64..100_000, mean in -1.0..50.0f64, m in 0.5..100.0f64, seed in 0u64..99) {
            let mut s = Seed::new(seed, 0).stream(1, 1, 1);
            for class in RNA {
                let c = draw_copies(k, mean, class, m, &mut s);
                prop_assert!(c as f64 <= k as f64 * (m.max(mean).floor() + 1.0));
                prop_assert!(mean > 0.0 || c == 0);
                prop_assert!(survivors(c, 0.3, &mut s) <= c);
            }
        }
    }
}
