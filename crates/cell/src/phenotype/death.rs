//! Apoptosis and necrosis as regimes of volume.
//!
//! An apoptotic cell shrinks: fluid and solids relax to nothing. A necrotic cell swells: its fluid relaxes to the whole
//! volume while solids decay, until it bursts at its rupture volume and loses the fluid. How long the phases take is
//! [`super::phases`]' part.

use super::volume::{VolumeRule, Volumes};

/// How volumes change in a dying cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeathRule {
    /// Rate of the fluid while the membrane holds (1/min).
    pub unlysed_fluid_rate: f64,
    /// Rate of the fluid after it burst (1/min).
    pub lysed_fluid_rate: f64,
    /// Rate of the cytoplasmic solid (1/min).
    pub cytoplasmic_rate: f64,
    /// Rate of the nuclear solid (1/min).
    pub nuclear_rate: f64,
    /// Rate of calcification (1/min).
    pub calcification_rate: f64,
    /// Volume at which the cell bursts, over the volume at which it began to die.
    pub relative_rupture: f64,
}

impl DeathRule {
    fn rule(&self, fluid_rate: f64, fluid_fraction: f64) -> VolumeRule {
        VolumeRule {
            fluid_rate,
            nuclear_rate: self.nuclear_rate,
            cytoplasmic_rate: self.cytoplasmic_rate,
            calcification_rate: self.calcification_rate,
            fluid_fraction,
            cytoplasmic_ratio: 0.0,
        }
    }

    /// Rule of an apoptotic cell.
    pub fn shrinking(&self) -> VolumeRule {
        self.rule(self.unlysed_fluid_rate, 0.0)
    }

    /// Rule of a necrotic cell that is whole.
    pub fn swelling(&self) -> VolumeRule {
        self.rule(self.unlysed_fluid_rate, 1.0)
    }

    /// Rule of a necrotic cell that has burst.
    pub fn lysed(&self) -> VolumeRule {
        self.rule(self.lysed_fluid_rate, 0.0)
    }

    /// Cell `i` begins to die: its solids have no target any more, and it bursts at its relative rupture volume.
    pub fn begin(&self, volumes: &mut Volumes, i: usize) {
        volumes.target_nuclear_solid[i] = 0.0;
        volumes.rupture[i] = self.relative_rupture * volumes.total(i);
    }

    /// True if a swelling cell has not yet reached its rupture volume.
    #[inline]
    pub fn holds(volumes: &Volumes, i: usize) -> bool {
        volumes.total(i) < volumes.rupture[i]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: DeathRule = DeathRule {
        unlysed_fluid_rate: 0.01,
        lysed_fluid_rate: 0.01,
        cytoplasmic_rate: 5e-4,
        nuclear_rate: 1e-3,
        calcification_rate: 0.0,
        relative_rupture: 2.0,
    };

    #[test]
    fn apoptosis_shrinks_necrosis_swells_bursts_and_shrinks() {
        let mut v = Volumes::default();
        v.push(2494.0, 540.0, 0.75, 2.0);
        v.push(2494.0, 540.0, 0.75, 2.0);
        (0..2).for_each(|i| RULE.begin(&mut v, i));
        let fast = DeathRule { cytoplasmic_rate: 0.02, nuclear_rate: 0.01, ..RULE };
        let mut before = v.total(0);
        for _ in 0..100 {
            v.relax(0, &fast.shrinking(), 6.0);
            assert!(v.total(0) < before, "shrinks all the time");
            before = v.total(0);
        }
        assert!(before < 0.05 * 2494.0);
        let mut steps = 0;
        while DeathRule::holds(&v, 1) {
            let larger = v.total(1);
            v.relax(1, &RULE.swelling(), 0.6);
            assert!(v.total(1) > larger, "swells all the time");
            steps += 1;
            assert!(steps < 10_000, "never burst, {}", v.total(1));
        }
        for _ in 0..5000 {
            v.relax(1, &RULE.lysed(), 6.0);
        }
        assert!(v.total(1) < 1.0);
    }
}
