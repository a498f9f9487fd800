//! Volumes of fluid, nuclear solid and cytoplasmic solid that relax to their targets.
//!
//! With F the fluid, N the nuclear solid, C the cytoplasmic solid (um³), V their sum, and rates per min:
//!
//! ```text
//! dF/dt = k_f (f V − F)      dN/dt = k_n (N* − N)      dC/dt = k_c (c N* − C)
//! ```
//!
//! f is the target share of fluid, N* the target of the nuclear solid, c the ratio of cytoplasmic to nuclear solid. The
//! fluid divides between nucleus and cytoplasm as the whole volumes did. One step is Euler's, none of the three falls
//! below 0, and V and the nucleus are those before the step (Macklin et al. 2012, doi 10.1016/j.jtbi.2012.02.002, and
//! the reading of it that others' models are built on).

use crate::store::radius_of;
use serde::{Deserialize, Serialize};

/// Keeps quotients by a vanished volume finite (um³).
const NOTHING: f64 = 1e-16;

/// Rates and targets, for all cells of one kind in one condition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VolumeRule {
    /// Rate of the fluid (1/min).
    pub fluid_rate: f64,
    /// Rate of the nuclear solid (1/min).
    pub nuclear_rate: f64,
    /// Rate of the cytoplasmic solid (1/min).
    pub cytoplasmic_rate: f64,
    /// Rate of calcification (1/min).
    pub calcification_rate: f64,
    /// Target share of fluid.
    pub fluid_fraction: f64,
    /// Target of cytoplasmic over nuclear solid.
    pub cytoplasmic_ratio: f64,
}

/// Columns of volumes (um³), one entry a cell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Volumes {
    /// Fluid.
    pub fluid: Vec<f64>,
    /// Solid of the nucleus.
    pub nuclear_solid: Vec<f64>,
    /// Solid of the cytoplasm.
    pub cytoplasmic_solid: Vec<f64>,
    /// The nucleus, its fluid included.
    pub nucleus: Vec<f64>,
    /// What the nuclear solid relaxes to.
    pub target_nuclear_solid: Vec<f64>,
    /// Volume at which a swelling cell bursts.
    pub rupture: Vec<f64>,
}

impl Volumes {
    /// Number of cells.
    pub fn len(&self) -> usize {
        self.fluid.len()
    }

    /// True if there is no cell.
    pub fn is_empty(&self) -> bool {
        self.fluid.is_empty()
    }

    /// Total volume of cell `i`.
    #[inline]
    pub fn total(&self, i: usize) -> f64 {
        self.fluid[i] + self.nuclear_solid[i] + self.cytoplasmic_solid[i]
    }

    /// Every column.
    pub fn columns(&mut self) -> [&mut Vec<f64>; 6] {
        [
            &mut self.fluid,
            &mut self.nuclear_solid,
            &mut self.cytoplasmic_solid,
            &mut self.nucleus,
            &mut self.target_nuclear_solid,
            &mut self.rupture,
        ]
    }

    /// Appends a cell of this total and nuclear volume with a share `fluid_fraction` of fluid in both, whose target is
    /// what it has.
    pub fn push(&mut self, total: f64, nucleus: f64, fluid_fraction: f64, relative_rupture: f64) {
        let solid = 1.0 - fluid_fraction;
        self.fluid.push(fluid_fraction * total);
        self.nuclear_solid.push(solid * nucleus);
        self.cytoplasmic_solid.push(solid * (total - nucleus));
        self.nucleus.push(nucleus);
        self.target_nuclear_solid.push(solid * nucleus);
        self.rupture.push(relative_rupture * total);
    }

    /// One step of `h` (min) of cell `i`; returns its radius (um).
    #[inline]
    pub fn relax(&mut self, i: usize, rule: &VolumeRule, h: f64) -> f64 {
        let total = self.total(i);
        let fluid = &mut self.fluid[i];
        *fluid = (*fluid + h * rule.fluid_rate * (rule.fluid_fraction * total - *fluid)).max(0.0);
        let nuclear_fluid = *fluid * (self.nucleus[i] / (total + NOTHING));
        let target = self.target_nuclear_solid[i];
        let solid = &mut self.nuclear_solid[i];
        *solid = (*solid + h * rule.nuclear_rate * (target - *solid)).max(0.0);
        self.nucleus[i] = nuclear_fluid + *solid;
        let solid = &mut self.cytoplasmic_solid[i];
        *solid = (*solid + h * rule.cytoplasmic_rate * (rule.cytoplasmic_ratio * target - *solid)).max(0.0);
        radius_of(self.total(i))
    }

    /// Multiplies all volumes, targets included, of cell `i`.
    pub fn scale(&mut self, i: usize, factor: f64) {
        for column in self.columns() {
            column[i] *= factor;
        }
    }

    /// Takes up cell `prey` into the cytoplasm of `i`, which then relaxes to its old targets; the prey is left empty.
    pub fn ingest(&mut self, i: usize, prey: usize) {
        let solid = self.nuclear_solid[prey] + self.cytoplasmic_solid[prey];
        self.fluid[i] += self.fluid[prey];
        self.cytoplasmic_solid[i] += solid;
        self.empty(prey);
    }

    /// Joins cell `other` to `i`, nucleus with nucleus and cytoplasm with cytoplasm, targets too; `other` is left empty.
    pub fn fuse(&mut self, i: usize, other: usize) {
        for column in self.columns() {
            column[i] += column[other];
        }
        self.empty(other);
    }

    fn empty(&mut self, i: usize) {
        for column in self.columns() {
            column[i] = 0.0;
        }
    }
}

/// One step of `h` (min) of a calcified share at `rate` (1/min).
#[inline]
pub fn calcify(share: f64, rate: f64, h: f64) -> f64 {
    share + h * rate * (1.0 - share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_numeric::math;

    const RULE: VolumeRule = VolumeRule {
        fluid_rate: 0.05,
        nuclear_rate: 0.0055,
        cytoplasmic_rate: 0.0045,
        calcification_rate: 0.0,
        fluid_fraction: 0.75,
        cytoplasmic_ratio: 3.6,
    };

    fn one() -> Volumes {
        let mut v = Volumes::default();
        v.push(2494.0, 540.0, 0.75, 2.0);
        v
    }

    /// Solids relax exponentially; halving the step halves the error.
    #[test]
    fn a_doubled_target_is_reached_exponentially() {
        let run = |steps: u32| {
            let mut v = one();
            v.target_nuclear_solid[0] *= 2.0;
            let h = 300.0 / f64::from(steps);
            (0..steps).for_each(|_| _ = v.relax(0, &RULE, h));
            v.nuclear_solid[0]
        };
        let exact = 135.0 * (2.0 - math::exp(-0.0055 * 300.0));
        let (coarse, fine) = (run(50) - exact, run(100) - exact);
        assert!(coarse.abs() < 0.01 * exact && (coarse / fine - 2.0).abs() < 0.05, "{coarse} {fine}");
    }

    #[test]
    fn a_cell_at_its_targets_stays() {
        let mut v = one();
        let ratio = (2494.0 - 540.0) / 540.0;
        let rule = VolumeRule { cytoplasmic_ratio: ratio, ..RULE };
        (0..100).for_each(|_| _ = v.relax(0, &rule, 6.0));
        assert!((v.total(0) - 2494.0).abs() < 1e-9 && (v.nucleus[0] - 540.0).abs() < 1e-9);
    }

    #[test]
    fn ingestion_and_fusion_keep_volume() {
        let mut v = one();
        v.push(1000.0, 300.0, 0.6, 2.0);
        v.push(500.0, 100.0, 0.7, 2.0);
        v.ingest(0, 1);
        assert!((v.total(0) - 3494.0).abs() < 1e-9 && v.total(1) == 0.0);
        assert_eq!(v.target_nuclear_solid[0], 135.0, "targets stay");
        v.fuse(0, 2);
        assert!((v.total(0) - 3994.0).abs() < 1e-9 && (v.nucleus[0] - 640.0).abs() < 1e-9);
    }
}
