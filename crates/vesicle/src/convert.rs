//! From the checked scenario's plain data to the parameters of this crate.

use crate::biogenesis::{ChainParameters, ChainSpec};
use crate::cargo::Class;
use crate::error::Error;
use crate::gel::{Gel, Law};
use crate::loading::{Loading, Way};
use crate::size::SizeDistribution;
use crate::uptake::{CargoDecay, UptakeParameters, UptakeSpec};
use exoderm_model::scenario as model;

impl From<&model::Biogenesis> for ChainSpec {
    fn from(b: &model::Biogenesis) -> Self {
        Self {
            secretion: b.secretion,
            maturation: b.maturation,
            residence: b.residence,
            secretory_share: b.secretory_share,
            vesicles_per_body: b.vesicles_per_body,
            back_fusion: b.back_fusion,
            branches: [b.branches.0, b.branches.1],
            tethered: b.tethered,
            dispersion: b.dispersion,
        }
    }
}

impl TryFrom<&model::Biogenesis> for ChainParameters {
    type Error = Error;

    fn try_from(b: &model::Biogenesis) -> Result<Self, Error> {
        Self::new(b)
    }
}

impl From<&model::VesicleUptake> for UptakeSpec {
    fn from(u: &model::VesicleUptake) -> Self {
        Self {
            clearance: u.clearance,
            capacity: u.capacity,
            internalisation: u.internalisation,
            unbinding: u.unbinding,
            lysosome: u.lysosome,
            recycled: u.recycled,
            escape: u.escape,
        }
    }
}

impl TryFrom<&model::VesicleUptake> for UptakeParameters {
    type Error = Error;

    fn try_from(u: &model::VesicleUptake) -> Result<Self, Error> {
        Self::new(u)
    }
}

impl TryFrom<&model::Loaded> for Loading {
    type Error = Error;

    fn try_from(l: &model::Loaded) -> Result<Self, Error> {
        let way = match l.way {
            model::LoadingWay::Parent => Way::Parent,
            model::LoadingWay::Incubation => Way::Incubation,
            model::LoadingWay::Electroporation => Way::Electroporation,
            model::LoadingWay::Click => Way::Click,
        };
        Self::new(way, l.offered, l.efficiency, l.lost)
    }
}

impl From<model::CargoClass> for Class {
    fn from(class: model::CargoClass) -> Self {
        match class {
            model::CargoClass::Protein => Self::Protein,
            model::CargoClass::Lipid => Self::Lipid,
            model::CargoClass::Mrna => Self::Mrna,
            model::CargoClass::Mirna => Self::Mirna,
            model::CargoClass::Dna => Self::Dna,
            model::CargoClass::Ligand => Self::Ligand,
            model::CargoClass::Payload => Self::Payload,
        }
    }
}

impl From<&model::Cargo> for CargoDecay {
    fn from(c: &model::Cargo) -> Self {
        Self { vesicle: c.decay_inside, cytosol: c.decay_cytosol }
    }
}

impl TryFrom<&model::Population> for SizeDistribution {
    type Error = Error;

    fn try_from(p: &model::Population) -> Result<Self, Error> {
        Self::new(p.median_diameter, p.ln_sigma)
    }
}

impl From<model::ReleaseLaw> for Law {
    fn from(law: model::ReleaseLaw) -> Self {
        match law {
            model::ReleaseLaw::Slab => Self::Slab,
            model::ReleaseLaw::FirstOrder => Self::FirstOrder,
        }
    }
}

/// The gel of a dressing for a vesicle of 100 nm; see [`Gel::at_size`] for others.
impl TryFrom<&model::Dressing> for Gel {
    type Error = Error;

    fn try_from(d: &model::Dressing) -> Result<Self, Error> {
        Self::new(d.release.into(), d.thickness, d.gel_diffusion, d.degradation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::PopulationId;

    /// Each number lands where it belongs: two swapped shares would change the resting chain.
    #[test]
    fn numbers_keep_their_places() {
        let b = model::Biogenesis {
            population: PopulationId(0),
            secretion: 2.0,
            maturation: 15.0,
            residence: 60.0,
            secretory_share: 0.1,
            vesicles_per_body: 30.0,
            back_fusion: 0.2,
            branches: (0.7, 0.3),
            tethered: 0.05,
            dispersion: 12.0,
            hold: 0.0,
            activities: [1.0; 4],
        };
        let p = ChainParameters::try_from(&b).unwrap();
        let s = p.steady_state();
        assert!((s.vesicles[0] / (s.vesicles[0] + s.vesicles[1]) - 0.7).abs() < 1e-12);
        assert!((p.release_rate(&s, &Default::default()) - 2.0).abs() < 1e-12);
        assert_eq!((p.tethered, p.dispersion, 1.0 / p.maturation), (0.05, 12.0, 15.0));
        let u = model::VesicleUptake {
            clearance: 1600.0,
            capacity: 5000.0,
            internalisation: 0.01,
            unbinding: 0.005,
            lysosome: 0.002,
            recycled: 0.3,
            escape: 0.1,
        };
        let p = UptakeParameters::try_from(&u).unwrap();
        assert!((p.recycling / p.escape - 3.0).abs() < 1e-12);
        assert_eq!((p.clearance, p.capacity, p.internalisation, p.unbinding), (1600.0, 5000.0, 0.01, 0.005));
    }
}
