//! A checked model as flat tables: what a cell of each type is and does, before rules.

use super::AgentError;
use super::networks::{self, NetworkPlan};
use super::rules;
use exoderm_cell::phenotype::{Cycle, DeathRule, VolumeRule};
use exoderm_cell::rules::Rules;
use exoderm_model::agents::names::{Behaviour, Dictionary, Signal, scalars};
use exoderm_model::agents::{
    Advanced, AgentModel, CellType, CycleModel, Death, Distribution, PhaseRate, PlacedCell,
};
use std::collections::BTreeSet;

/// Columns of a cell that every culture stores before those of behaviours.
pub(super) mod stored {
    /// Share calcified.
    pub(crate) const CALCIFIED: usize = 0;
    /// Id of the cell under attack by it, −1 for none; exact below 2^53.
    pub(crate) const TARGET: usize = 1;
    /// How long it was attacked (min).
    pub(crate) const ATTACKED: usize = 2;
    /// Damage it did to others.
    pub(crate) const DELIVERED: usize = 3;
    /// Number of them.
    pub(crate) const COUNT: usize = 4;
}

/// A behaviour that is not stored cell by cell.
const BY_TYPE: u16 = u16::MAX;

/// Numbers of behaviours; those of a substrate or type add its own to the first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    pub(crate) secretion: u16,
    pub(crate) target: u16,
    pub(crate) uptake: u16,
    pub(crate) export: u16,
    pub(crate) exit: u16,
    pub(crate) apoptosis: u16,
    pub(crate) necrosis: u16,
    pub(crate) speed: u16,
    pub(crate) bias: u16,
    pub(crate) persistence: u16,
    pub(crate) sensitivity: u16,
    pub(crate) adhesion: u16,
    pub(crate) spring: u16,
    pub(crate) affinity: u16,
    pub(crate) reach: u16,
    pub(crate) repulsion: u16,
    pub(crate) eat_apoptotic: u16,
    pub(crate) eat_necrotic: u16,
    pub(crate) eat: u16,
    pub(crate) attack: u16,
    pub(crate) fuse: u16,
    pub(crate) transform: u16,
    pub(crate) asymmetric: u16,
    pub(crate) custom: u16,
    pub(crate) movable: u16,
    pub(crate) immunogenicity: u16,
    pub(crate) attachment: u16,
    pub(crate) detachment: u16,
    pub(crate) most_links: u16,
    pub(crate) attack_damage: u16,
    pub(crate) attack_duration: u16,
    pub(crate) damage: u16,
    pub(crate) repair: u16,
}

impl Numbers {
    fn of(d: &Dictionary) -> Self {
        // A model without substrates or values of its own has no such behaviour, and none asks for it.
        let n = |b| d.number(b).unwrap_or(0);
        Self {
            secretion: n(Behaviour::Secretion(0)),
            target: n(Behaviour::SecretionTarget(0)),
            uptake: n(Behaviour::Uptake(0)),
            export: n(Behaviour::Export(0)),
            exit: n(Behaviour::PhaseExit(0)),
            apoptosis: n(Behaviour::Apoptosis),
            necrosis: n(Behaviour::Necrosis),
            speed: n(Behaviour::Speed),
            bias: n(Behaviour::Bias),
            persistence: n(Behaviour::Persistence),
            sensitivity: n(Behaviour::Sensitivity(0)),
            adhesion: n(Behaviour::Adhesion),
            spring: n(Behaviour::Spring),
            affinity: n(Behaviour::Affinity(0)),
            reach: n(Behaviour::RelativeRange),
            repulsion: n(Behaviour::Repulsion),
            eat_apoptotic: n(Behaviour::EatApoptotic),
            eat_necrotic: n(Behaviour::EatNecrotic),
            eat: n(Behaviour::Eat(0)),
            attack: n(Behaviour::Attack(0)),
            fuse: n(Behaviour::Fuse(0)),
            transform: n(Behaviour::Transform(0)),
            asymmetric: n(Behaviour::Asymmetric(0)),
            custom: n(Behaviour::Custom(0)),
            movable: n(Behaviour::Movable),
            immunogenicity: n(Behaviour::Immunogenicity(0)),
            attachment: n(Behaviour::AttachmentRate),
            detachment: n(Behaviour::DetachmentRate),
            most_links: n(Behaviour::MaxAttachments),
            attack_damage: n(Behaviour::AttackDamage),
            attack_duration: n(Behaviour::AttackDuration),
            damage: n(Behaviour::DamageRate),
            repair: n(Behaviour::RepairRate),
        }
    }
}

/// A step that adapts is at most this share of a walk's persistence time: turns are drawn once in a step.
const WALK_SHARE: f64 = 0.1;

/// How a type follows gradients.
#[derive(Clone, Debug)]
pub(super) enum Following {
    No,
    /// One substrate, up or down.
    One(u16, f64),
    /// All of them by their sensitivities; directions instead of gradients if `true`.
    All(bool),
}

/// One type.
#[derive(Clone, Debug)]
pub(super) struct KindPlan {
    pub(crate) cycle: Cycle,
    pub(crate) deaths: [(DeathRule, Cycle, Vec<f64>); 2],
    /// Of a living cell, an apoptotic one, a necrotic one, a burst one.
    pub(crate) volume: [VolumeRule; 4],
    pub(crate) total: f64,
    pub(crate) nuclear: f64,
    pub(crate) fluid_fraction: f64,
    pub(crate) relative_rupture: f64,
    pub(crate) calcified: f64,
    pub(crate) moves: bool,
    pub(crate) flat: bool,
    pub(crate) following: Following,
    pub(crate) distributions: Vec<(Option<u16>, Distribution)>,
}

/// What types of this model can ever do, so that nothing is asked of those that can't.
#[derive(Clone, Debug, Default)]
pub(super) struct Abilities {
    /// Substrates that a type may exchange.
    pub(crate) exchange: Vec<u16>,
    pub(crate) transforms: bool,
    pub(crate) links: bool,
    /// Eats, attacks or fuses.
    pub(crate) acts: bool,
    pub(crate) divides_unevenly: bool,
    pub(crate) damages_itself: bool,
}

/// A model as tables.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(crate) model: AgentModel,
    pub(crate) dictionary: Dictionary,
    pub(crate) number: Numbers,
    pub(crate) rules: Rules,
    /// Signals that rules read, ascending by number.
    pub(crate) signals: Vec<(u16, Signal)>,
    pub(crate) kinds: Vec<KindPlan>,
    pub(crate) able: Vec<Abilities>,
    /// Behaviours stored cell by cell, ascending.
    pub(crate) kept: Vec<u16>,
    /// Numbers of custom values that are conserved.
    pub(crate) conserved: Vec<u16>,
    /// Networks of cells.
    pub(crate) networks: Vec<NetworkPlan>,
    slots: Vec<u16>,
    base: Vec<f64>,
    /// Diffusion steps between two phenotype and two mechanics steps.
    pub(crate) every: [u64; 2],
    /// Last diffusion step.
    pub(crate) last: u64,
}

impl Plan {
    pub(crate) fn new(model: &AgentModel, cells: &[PlacedCell]) -> Result<Self, AgentError> {
        let dictionary = Dictionary::of(model);
        let number = Numbers::of(&dictionary);
        let rules = rules::compile(model, &dictionary)?;
        let kinds: Vec<KindPlan> = model.cells.iter().map(|t| kind(t, model, &dictionary)).collect();
        let behaviours = dictionary.behaviours().len();
        let mut base = Vec::with_capacity(2 * kinds.len() * behaviours);
        for k in 0..model.cells.len() as u16 {
            base.extend(dictionary.behaviours().iter().map(|(b, _)| model.base(k, *b)));
        }
        for at in 0..base.len() {
            let scale = on_death(dictionary.behaviours()[at % behaviours].0);
            base.push(base[at] * scale);
        }
        let mut kept = BTreeSet::new();
        for rule in &model.rules {
            kept.extend(dictionary.behaviour(&rule.behaviour));
        }
        let networks = networks::plans(model, &dictionary)?;
        kept.extend(networks.iter().flat_map(|n| n.outputs.iter().map(|o| o.1)));
        kept.extend(cells.iter().flat_map(|c| c.set.iter().map(|s| s.0)));
        if model.initial.distributions {
            kept.extend(kinds.iter().flat_map(|k| k.distributions.iter().filter_map(|d| d.0)));
        }
        let mut conserved = Vec::new();
        for (name, k) in scalars(model).zip(0..) {
            if model.cells.iter().any(|t| t.custom.iter().any(|v| v.name == name && v.conserved)) {
                conserved.push(number.custom + k);
            }
        }
        kept.extend(&conserved);
        let kept: Vec<u16> = kept.into_iter().collect();
        let mut slots = vec![BY_TYPE; behaviours];
        for (&b, slot) in kept.iter().zip(stored::COUNT as u16..) {
            slots[usize::from(b)] = slot;
        }
        let mut used: Vec<u16> = model.rules.iter().filter_map(|r| dictionary.signal(&r.signal)).collect();
        used.sort_unstable();
        used.dedup();
        let signals = used.iter().map(|&s| (s, dictionary.signals()[usize::from(s)].0)).collect();
        let s = &model.steps;
        // Due when more than the interval less half a diffusion step has passed.
        let due = |interval: f64| (interval / s.diffusion + 0.5).floor().clamp(1.0, 1e15) as u64;
        let mut plan = Self {
            every: [due(s.phenotype), due(s.mechanics)],
            last: (s.end / s.diffusion + 0.1).floor().max(0.0) as u64,
            model: model.clone(),
            dictionary,
            number,
            rules,
            signals,
            able: Vec::new(),
            networks,
            kinds,
            kept,
            conserved,
            slots,
            base,
        };
        plan.able = (0..model.cells.len()).map(|k| plan.abilities(k)).collect();
        if model.options.adaptive {
            plan.every[1] =
                due(plan.longest_interval()).clamp(plan.every[1], plan.every[0].max(plan.every[1]));
        }
        Ok(plan)
    }

    /// Longest time between two mechanics steps that adapt (min).
    fn longest_interval(&self) -> f64 {
        let s = &self.model.steps;
        let walks = self.kinds.iter().zip(0..).filter(|(k, _)| k.moves);
        // Positions are recorded where a step ends.
        walks.fold(s.phenotype.min(s.record), |least, (_, k)| {
            let persistence = if self.slot(self.number.persistence).is_some() {
                s.mechanics
            } else {
                WALK_SHARE * self.by_type(k, false, self.number.persistence)
            };
            least.min(persistence)
        })
    }

    /// True if a mechanics step reads substrates.
    pub(crate) fn follows(&self) -> bool {
        self.kinds.iter().any(|k| k.moves && !matches!(k.following, Following::No))
    }

    /// True if some rule reads who touches a cell.
    pub(crate) fn senses_contacts(&self) -> bool {
        use Signal::{ContactApoptotic, ContactDead, ContactLive, ContactNecrotic, ContactWith};
        self.signals.iter().any(|(_, s)| {
            matches!(s, ContactWith(_) | ContactLive | ContactDead | ContactApoptotic | ContactNecrotic)
        })
    }

    /// Number of behaviours.
    pub(crate) fn behaviours(&self) -> usize {
        self.slots.len()
    }

    /// Stored columns of a cell: its own, behaviours, networks, memories of rules.
    #[inline]
    pub(crate) fn width(&self) -> usize {
        stored::COUNT + self.kept.len() + networks::width(&self.networks) + self.rules.memories()
    }

    /// Column in which a behaviour is stored, if it is.
    #[inline]
    pub(crate) fn slot(&self, behaviour: u16) -> Option<usize> {
        let slot = self.slots[usize::from(behaviour)];
        (slot != BY_TYPE).then_some(usize::from(slot))
    }

    /// Value of a behaviour by type, for the living or the dead.
    #[inline]
    pub(crate) fn by_type(&self, kind: u16, dead: bool, behaviour: u16) -> f64 {
        let class = usize::from(kind) + if dead { self.kinds.len() } else { 0 };
        self.base[class * self.slots.len() + usize::from(behaviour)]
    }

    /// True if some cell of a type may have a value other than 0.
    fn possible(&self, kind: usize, behaviour: u16) -> bool {
        self.slot(behaviour).is_some() || self.by_type(kind as u16, false, behaviour) != 0.0
    }

    fn abilities(&self, kind: usize) -> Abilities {
        let n = &self.number;
        let types = self.kinds.len() as u16;
        let one = |b: u16| self.possible(kind, b);
        let any = |first: u16| (0..types).any(|k| self.possible(kind, first + k));
        let exchange = (0..self.model.substrates.len() as u16)
            .filter(|&s| one(n.secretion + s) || one(n.uptake + s) || one(n.export + s))
            .collect();
        Abilities {
            exchange,
            transforms: any(n.transform),
            links: !self.model.options.no_springs && one(n.attachment),
            acts: (0..3).any(|k| one(n.eat_apoptotic + k)) || any(n.eat) || any(n.attack) || any(n.fuse),
            divides_unevenly: any(n.asymmetric),
            damages_itself: one(n.damage) || one(n.repair),
        }
    }
}

/// Phases of a cycle.
pub fn cycle_of(model: CycleModel) -> Cycle {
    match model {
        CycleModel::Live => Cycle::live(),
        CycleModel::Ki67Basic => Cycle::ki67_basic(),
        CycleModel::Ki67Advanced => Cycle::ki67_advanced(),
        CycleModel::FlowCytometry => Cycle::flow_cytometry(),
        CycleModel::FlowCytometrySeparated => Cycle::flow_cytometry_separated(),
        CycleModel::CyclingQuiescent => Cycle::cycling_quiescent(),
    }
}

/// What dying does to a behaviour: nothing is given off any more, and a tenth taken up. The value is multiplied by this.
pub fn on_death(behaviour: Behaviour) -> f64 {
    match behaviour {
        Behaviour::Secretion(_) | Behaviour::Export(_) => 0.0,
        Behaviour::Uptake(_) => 0.1,
        _ => 1.0,
    }
}

fn kind(t: &CellType, model: &AgentModel, dictionary: &Dictionary) -> KindPlan {
    let v = &t.volume;
    let living = VolumeRule {
        fluid_rate: v.fluid_rate,
        nuclear_rate: v.nuclear_rate,
        cytoplasmic_rate: v.cytoplasmic_rate,
        calcification_rate: v.calcification_rate,
        fluid_fraction: v.fluid_fraction,
        cytoplasmic_ratio: (v.total - v.nuclear) / v.nuclear,
    };
    let deaths = [dying(&t.death.apoptosis, Cycle::apoptosis()), dying(&t.death.necrosis, Cycle::necrosis())];
    let mut cycle = cycle_of(t.cycle.model);
    set_fixed(&mut cycle, &t.cycle.rates);
    let number = |name: &str| model.substrates.iter().position(|s| s.name == name).unwrap_or(0) as u16;
    KindPlan {
        cycle,
        volume: [living, deaths[0].0.shrinking(), deaths[1].0.swelling(), deaths[1].0.lysed()],
        deaths,
        total: v.total,
        nuclear: v.nuclear,
        fluid_fraction: v.fluid_fraction,
        relative_rupture: v.relative_rupture,
        calcified: v.calcified_fraction,
        moves: t.motility.moves,
        flat: t.motility.flat || model.domain.flat,
        following: match (t.motility.advanced, &t.motility.chemotaxis) {
            (Advanced::Normalized, _) => Following::All(true),
            (Advanced::Sum, _) => Following::All(false),
            (Advanced::Off, Some(c)) => Following::One(number(&c.substrate), c.direction),
            (Advanced::Off, None) => Following::No,
        },
        distributions: t
            .distributions
            .iter()
            .map(|d| (dictionary.behaviour(&d.behaviour), d.clone()))
            .collect(),
    }
}

fn set_fixed(cycle: &mut Cycle, rates: &[PhaseRate]) {
    for (phase, from) in cycle.phases.iter_mut().zip(0..) {
        for link in &mut phase.links {
            if let Some(r) = rates.iter().find(|r| r.from == from) {
                link.fixed = r.fixed;
            }
        }
    }
}

/// A death's rule, its phases, and the rates at which these end.
fn dying(d: &Death, mut cycle: Cycle) -> (DeathRule, Cycle, Vec<f64>) {
    set_fixed(&mut cycle, &d.phases);
    let rate = |k: usize| d.phases.iter().find(|r| usize::from(r.from) == k).map_or(0.0, |r| r.rate);
    let rates = (0..cycle.phases.len()).map(rate).collect();
    let rule = DeathRule {
        unlysed_fluid_rate: d.unlysed_fluid_rate,
        lysed_fluid_rate: d.lysed_fluid_rate,
        cytoplasmic_rate: d.cytoplasmic_rate,
        nuclear_rate: d.nuclear_rate,
        calcification_rate: d.calcification_rate,
        relative_rupture: d.relative_rupture,
    };
    (rule, cycle, rates)
}
