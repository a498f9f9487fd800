//! Names of signals and behaviours: an open table that grows with substrates, types and values of the user's own.
//!
//! The names are those of the rule grammar of Johnson et al. 2025 (doi 10.1016/j.cell.2025.06.048), version 3, with the
//! synonyms that its users write. Types and substrates may also be given by their number.

use super::AgentModel;
use exoderm_units::nearest;
use std::collections::BTreeMap;

/// What a cell senses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// Density of a substrate where the cell is.
    Substrate(u16),
    /// What it holds of it, per volume.
    Internalized(u16),
    /// Norm of its gradient (per um).
    Gradient(u16),
    /// Pressure of neighbours.
    Pressure,
    /// Volume (um³).
    Volume,
    /// Neighbours of a type, dead ones too.
    ContactWith(u16),
    /// Living neighbours.
    ContactLive,
    /// Dead neighbours.
    ContactDead,
    /// Apoptotic neighbours.
    ContactApoptotic,
    /// Necrotic neighbours.
    ContactNecrotic,
    /// Other dead neighbours.
    ContactOtherDead,
    /// Contact with a basement membrane: there is none in these models, so 0.
    ContactMembrane,
    /// Damage.
    Damage,
    /// Damage done to others.
    DamageDelivered,
    /// 1 while it attacks.
    Attacking,
    /// 1 if it is dead.
    Dead,
    /// How long it was attacked (min).
    AttackTime,
    /// Time (min).
    Time,
    /// A value of the user's own.
    Custom(u16),
    /// 1 if it is apoptotic.
    Apoptotic,
    /// 1 if it is necrotic.
    Necrotic,
}

/// What a rule can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Behaviour {
    /// Secretion rate (1/min).
    Secretion(u16),
    /// Density at which secretion ends.
    SecretionTarget(u16),
    /// Uptake rate (1/min).
    Uptake(u16),
    /// Net export (amount/min).
    Export(u16),
    /// Rate of leaving a phase of the cycle (1/min).
    PhaseExit(u8),
    /// Rate of apoptosis (1/min).
    Apoptosis,
    /// Rate of necrosis (1/min).
    Necrosis,
    /// Speed (um/min).
    Speed,
    /// Bias of migration.
    Bias,
    /// Persistence of migration (min).
    Persistence,
    /// Weight of a gradient.
    Sensitivity(u16),
    /// Adhesion (um/min).
    Adhesion,
    /// Stiffness of springs (1/min).
    Spring,
    /// Affinity to a type.
    Affinity(u16),
    /// Range of adhesion over radius.
    RelativeRange,
    /// Repulsion (um/min).
    Repulsion,
    /// Adhesion to a membrane.
    MembraneAdhesion,
    /// Repulsion by a membrane.
    MembraneRepulsion,
    /// Rate of eating apoptotic cells.
    EatApoptotic,
    /// Rate of eating necrotic cells.
    EatNecrotic,
    /// Rate of eating other dead cells.
    EatOtherDead,
    /// Rate of eating a living type.
    Eat(u16),
    /// Rate of attacking a type.
    Attack(u16),
    /// Rate of fusing with a type.
    Fuse(u16),
    /// Rate of change to a type.
    Transform(u16),
    /// Probability of a daughter of a type.
    Asymmetric(u16),
    /// A value of the user's own.
    Custom(u16),
    /// Above ½: it moves.
    Movable,
    /// Immunogenicity to a type.
    Immunogenicity(u16),
    /// Rate at which springs form.
    AttachmentRate,
    /// Rate at which springs break.
    DetachmentRate,
    /// Most springs.
    MaxAttachments,
    /// Damage done while attacking (1/min).
    AttackDamage,
    /// Mean time of an attack (min).
    AttackDuration,
    /// Damage by itself (1/min).
    DamageRate,
    /// Repair (1/min).
    RepairRate,
}

/// All signals and behaviours of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dictionary {
    signals: Vec<(Signal, String)>,
    behaviours: Vec<(Behaviour, String)>,
    signal_names: BTreeMap<String, u16>,
    behaviour_names: BTreeMap<String, u16>,
}

impl Dictionary {
    /// The table of a model. Values of the user's own are those of its first type.
    pub fn of(model: &AgentModel) -> Self {
        let substrates: Vec<&str> = model.substrates.iter().map(|s| s.name.as_str()).collect();
        let cells: Vec<&str> = model.cells.iter().map(|c| c.name.as_str()).collect();
        let custom: Vec<&str> = scalars(model).collect();
        let mut d = Self::default();
        d.add_signals(&substrates, &cells, &custom);
        d.add_behaviours(&substrates, &cells, &custom);
        d
    }

    /// Signals with their names.
    pub fn signals(&self) -> &[(Signal, String)] {
        &self.signals
    }

    /// Behaviours with their names.
    pub fn behaviours(&self) -> &[(Behaviour, String)] {
        &self.behaviours
    }

    /// Number of a signal, by name or synonym.
    pub fn signal(&self, name: &str) -> Option<u16> {
        self.signal_names.get(name).copied()
    }

    /// Number of a behaviour, by name or synonym.
    pub fn behaviour(&self, name: &str) -> Option<u16> {
        self.behaviour_names.get(name).copied()
    }

    /// Nearest signal.
    pub fn nearest_signal(&self, name: &str) -> Option<String> {
        nearest(name, self.signal_names.keys().map(String::as_str)).map(str::to_owned)
    }

    /// Nearest behaviour.
    pub fn nearest_behaviour(&self, name: &str) -> Option<String> {
        nearest(name, self.behaviour_names.keys().map(String::as_str)).map(str::to_owned)
    }

    /// Number of a behaviour itself; every behaviour of a model has one.
    pub fn number(&self, behaviour: Behaviour) -> Option<u16> {
        self.behaviours.iter().zip(0..).find(|((b, _), _)| *b == behaviour).map(|(_, k)| k)
    }

    fn signal_as(&mut self, signal: Signal, names: &[String]) {
        let at = self.signals.len() as u16;
        self.signals.push((signal, names[0].clone()));
        for name in names {
            self.signal_names.entry(name.clone()).or_insert(at);
        }
    }

    fn behaviour_as(&mut self, behaviour: Behaviour, names: &[String]) {
        let at = self.behaviours.len() as u16;
        self.behaviours.push((behaviour, names[0].clone()));
        for name in names {
            self.behaviour_names.entry(name.clone()).or_insert(at);
        }
    }

    fn add_signals(&mut self, substrates: &[&str], cells: &[&str], custom: &[&str]) {
        for (s, k) in substrates.iter().zip(0..) {
            self.signal_as(Signal::Substrate(k), &[(*s).to_owned()]);
        }
        for (s, k) in substrates.iter().zip(0..) {
            self.signal_as(
                Signal::Internalized(k),
                &[format!("intracellular {s}"), format!("internalized {s}")],
            );
        }
        for (s, k) in substrates.iter().zip(0..) {
            let names = [format!("{s} gradient"), format!("grad({s})"), format!("gradient of {s}")];
            self.signal_as(Signal::Gradient(k), &names);
        }
        let words = |list: &[&str]| list.iter().map(|&s| s.to_owned()).collect::<Vec<_>>();
        self.signal_as(Signal::Pressure, &words(&["pressure"]));
        self.signal_as(Signal::Volume, &words(&["volume"]));
        for (c, k) in cells.iter().zip(0..) {
            let names = [format!("contact with {c}"), format!("contact with cell type {k}")];
            self.signal_as(Signal::ContactWith(k), &names);
        }
        let contact = |what: &str| {
            words(&[&format!("contact with {what} cell"), &format!("contact with {what} cells")])
        };
        self.signal_as(Signal::ContactLive, &contact("live"));
        self.signal_as(Signal::ContactDead, &contact("dead"));
        self.signal_as(Signal::ContactApoptotic, &contact("apoptotic"));
        self.signal_as(Signal::ContactNecrotic, &contact("necrotic"));
        self.signal_as(Signal::ContactOtherDead, &contact("other dead"));
        self.signal_as(
            Signal::ContactMembrane,
            &words(&["contact with basement membrane", "contact with BM"]),
        );
        self.signal_as(Signal::Damage, &words(&["damage"]));
        self.signal_as(Signal::DamageDelivered, &words(&["damage delivered", "total damage delivered"]));
        self.signal_as(Signal::Attacking, &words(&["attacking", "is attacking"]));
        self.signal_as(Signal::Dead, &words(&["dead", "is dead"]));
        self.signal_as(Signal::AttackTime, &words(&["total attack time"]));
        self.signal_as(Signal::Time, &words(&["time", "current time", "global time"]));
        for (c, k) in custom.iter().zip(0..) {
            self.signal_as(Signal::Custom(k), &own(c, k));
        }
        self.signal_as(Signal::Apoptotic, &words(&["apoptotic", "is_apoptotic"]));
        self.signal_as(Signal::Necrotic, &words(&["necrotic", "is_necrotic"]));
    }

    fn add_behaviours(&mut self, substrates: &[&str], cells: &[&str], custom: &[&str]) {
        let words = |list: &[&str]| list.iter().map(|&s| s.to_owned()).collect::<Vec<_>>();
        for (s, k) in substrates.iter().zip(0..) {
            self.behaviour_as(Behaviour::Secretion(k), &[format!("{s} secretion")]);
        }
        for (s, k) in substrates.iter().zip(0..) {
            self.behaviour_as(
                Behaviour::SecretionTarget(k),
                &[format!("{s} secretion target"), format!("{s} secretion saturation density")],
            );
        }
        for (s, k) in substrates.iter().zip(0..) {
            self.behaviour_as(Behaviour::Uptake(k), &[format!("{s} uptake")]);
        }
        for (s, k) in substrates.iter().zip(0..) {
            self.behaviour_as(Behaviour::Export(k), &[format!("{s} export")]);
        }
        self.behaviour_as(Behaviour::PhaseExit(0), &words(&["cycle entry", "exit from cycle phase 0"]));
        for k in 1..6 {
            self.behaviour_as(Behaviour::PhaseExit(k), &[format!("exit from cycle phase {k}")]);
        }
        for (b, name) in [
            (Behaviour::Apoptosis, "apoptosis"),
            (Behaviour::Necrosis, "necrosis"),
            (Behaviour::Speed, "migration speed"),
            (Behaviour::Bias, "migration bias"),
            (Behaviour::Persistence, "migration persistence time"),
        ] {
            self.behaviour_as(b, &words(&[name]));
        }
        for (s, k) in substrates.iter().zip(0..) {
            let names = [format!("chemotactic response to {s}"), format!("chemotactic sensitivity to {s}")];
            self.behaviour_as(Behaviour::Sensitivity(k), &names);
        }
        self.behaviour_as(Behaviour::Adhesion, &words(&["cell-cell adhesion"]));
        self.behaviour_as(Behaviour::Spring, &words(&["cell-cell adhesion elastic constant"]));
        self.by_type(cells, Behaviour::Affinity, &["adhesive affinity to"]);
        self.behaviour_as(Behaviour::RelativeRange, &words(&["relative maximum adhesion distance"]));
        self.behaviour_as(Behaviour::Repulsion, &words(&["cell-cell repulsion"]));
        self.behaviour_as(
            Behaviour::MembraneAdhesion,
            &words(&["cell-BM adhesion", "cell-membrane adhesion"]),
        );
        self.behaviour_as(
            Behaviour::MembraneRepulsion,
            &words(&["cell-BM repulsion", "cell-membrane repulsion"]),
        );
        for (b, what) in [
            (Behaviour::EatApoptotic, "apoptotic"),
            (Behaviour::EatNecrotic, "necrotic"),
            (Behaviour::EatOtherDead, "other dead"),
        ] {
            let names = [
                format!("phagocytose {what} cell"),
                format!("phagocytosis of {what} cell"),
                format!("phagocytosis of {what} cells"),
            ];
            self.behaviour_as(b, &names);
        }
        self.by_type(cells, Behaviour::Eat, &["phagocytose", "phagocytosis of"]);
        self.by_type(cells, Behaviour::Attack, &["attack"]);
        self.by_type(cells, Behaviour::Fuse, &["fuse to"]);
        self.by_type(cells, Behaviour::Transform, &["transition to", "transform to"]);
        self.by_type(cells, Behaviour::Asymmetric, &["asymmetric division to"]);
        for (c, k) in custom.iter().zip(0..) {
            self.behaviour_as(Behaviour::Custom(k), &own(c, k));
        }
        self.behaviour_as(Behaviour::Movable, &words(&["is_movable", "movable", "is movable"]));
        self.by_type(cells, Behaviour::Immunogenicity, &["immunogenicity to"]);
        for (b, name) in [
            (Behaviour::AttachmentRate, "cell attachment rate"),
            (Behaviour::DetachmentRate, "cell detachment rate"),
            (Behaviour::MaxAttachments, "maximum number of cell attachments"),
            (Behaviour::AttackDamage, "attack damage rate"),
            (Behaviour::AttackDuration, "attack duration"),
            (Behaviour::DamageRate, "damage rate"),
            (Behaviour::RepairRate, "damage repair rate"),
        ] {
            self.behaviour_as(b, &words(&[name]));
        }
    }

    fn by_type(&mut self, cells: &[&str], of: fn(u16) -> Behaviour, verbs: &[&str]) {
        for (c, k) in cells.iter().zip(0..) {
            let names: Vec<String> =
                verbs.iter().flat_map(|v| [format!("{v} {c}"), format!("{v} cell type {k}")]).collect();
            self.behaviour_as(of(k), &names);
        }
    }
}

/// Names of a value of the user's own.
fn own(name: &str, number: u16) -> [String; 3] {
    [format!("custom:{name}"), format!("custom: {name}"), format!("custom {number}")]
}

/// Scalar values of the user's own: those of the first type.
pub fn scalars(model: &AgentModel) -> impl Iterator<Item = &str> {
    let values = model.cells.first().map_or(&[][..], |c| &c.custom[..]);
    values.iter().filter(|v| v.value.len() == 1).map(|v| v.name.as_str())
}
