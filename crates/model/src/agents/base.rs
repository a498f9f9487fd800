//! The value that a behaviour has in a type's definition, before rules.

use super::AgentModel;
use super::names::{Behaviour, scalars};

impl AgentModel {
    /// The value of a behaviour in the definition of type `cell`; 0 for a type, substrate or link that it does not name,
    /// 1 for an affinity or immunogenicity.
    pub fn base(&self, cell: u16, behaviour: Behaviour) -> f64 {
        let Some(t) = self.cells.get(usize::from(cell)) else { return 0.0 };
        let substrate = |k: u16| self.substrates.get(usize::from(k)).map_or("", |s| s.name.as_str());
        let other = |k: u16| self.cells.get(usize::from(k)).map_or("", |c| c.name.as_str());
        let exchange = |k: u16| t.exchange.get(substrate(k)).copied().unwrap_or_default();
        let (m, i) = (&t.mechanics, &t.interactions);
        match behaviour {
            Behaviour::Secretion(k) => exchange(k).secretion,
            Behaviour::SecretionTarget(k) => exchange(k).target,
            Behaviour::Uptake(k) => exchange(k).uptake,
            Behaviour::Export(k) => exchange(k).export,
            Behaviour::PhaseExit(k) => t.cycle.rates.iter().find(|r| r.from == k).map_or(0.0, |r| r.rate),
            Behaviour::Apoptosis => t.death.apoptosis.rate,
            Behaviour::Necrosis => t.death.necrosis.rate,
            Behaviour::Speed => t.motility.speed,
            Behaviour::Bias => t.motility.bias,
            Behaviour::Persistence => t.motility.persistence,
            Behaviour::Sensitivity(k) => t.motility.sensitivities.get(substrate(k)).copied().unwrap_or(0.0),
            Behaviour::Adhesion => m.adhesion,
            Behaviour::Spring => m.spring,
            Behaviour::Affinity(k) => m.affinities.get(other(k)).copied().unwrap_or(1.0),
            Behaviour::RelativeRange => m.relative_range,
            Behaviour::Repulsion => m.repulsion,
            Behaviour::MembraneAdhesion => m.membrane_adhesion,
            Behaviour::MembraneRepulsion => m.membrane_repulsion,
            Behaviour::EatApoptotic => i.eat_apoptotic,
            Behaviour::EatNecrotic => i.eat_necrotic,
            Behaviour::EatOtherDead => i.eat_other_dead,
            Behaviour::Eat(k) => i.eat.get(other(k)).copied().unwrap_or(0.0),
            Behaviour::Attack(k) => i.attack.get(other(k)).copied().unwrap_or(0.0),
            Behaviour::Fuse(k) => i.fuse.get(other(k)).copied().unwrap_or(0.0),
            Behaviour::Transform(k) => t.transformations.get(other(k)).copied().unwrap_or(0.0),
            Behaviour::Asymmetric(k) => t.cycle.asymmetric.get(other(k)).copied().unwrap_or(0.0),
            Behaviour::Custom(k) => scalars(self)
                .nth(usize::from(k))
                .and_then(|name| t.custom.iter().find(|v| v.name == name))
                .and_then(|v| v.value.first().copied())
                .unwrap_or(0.0),
            Behaviour::Movable => f64::from(u8::from(!t.fixed)),
            Behaviour::Immunogenicity(k) => i.immunogenicity.get(other(k)).copied().unwrap_or(1.0),
            Behaviour::AttachmentRate => m.attachment_rate,
            Behaviour::DetachmentRate => m.detachment_rate,
            Behaviour::MaxAttachments => f64::from(m.max_attachments),
            Behaviour::AttackDamage => i.attack_damage_rate,
            Behaviour::AttackDuration => i.attack_duration,
            Behaviour::DamageRate => t.damage_rate,
            Behaviour::RepairRate => t.repair_rate,
        }
    }
}
