//! A type of cell. All rates are per min, lengths um, volumes um³.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Numbers by the name of a type or of a substrate.
pub(super) type Named = BTreeMap<String, f64>;

/// A type of cell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellType {
    /// Name.
    pub name: String,
    /// It stays where it is, whoever pushes.
    #[serde(default)]
    pub fixed: bool,
    /// Volumes.
    pub volume: Volume,
    /// Cycle.
    pub cycle: Cycle,
    /// Ways to die.
    pub death: Deaths,
    /// Pushing, adhesion, springs.
    pub mechanics: Mechanics,
    /// Migration.
    #[serde(default)]
    pub motility: Motility,
    /// Exchange with substrates, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub exchange: BTreeMap<String, Exchange>,
    /// What it does to others.
    #[serde(default)]
    pub interactions: Interactions,
    /// Rates of change to other types, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub transformations: Named,
    /// Damage by itself.
    #[serde(default)]
    pub damage_rate: f64,
    /// Repair of damage.
    #[serde(default)]
    pub repair_rate: f64,
    /// Values of the user's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub custom: Vec<CustomValue>,
    /// Parameters drawn for each initial cell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub distributions: Vec<Distribution>,
}

/// The model of a cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CycleModel {
    /// One phase that divides at a rate.
    #[default]
    Live,
    /// Ki67 negative and positive.
    Ki67Basic,
    /// Ki67 negative, positive before and after division.
    Ki67Advanced,
    /// G0/G1, S, G2/M.
    FlowCytometry,
    /// G0/G1, S, G2, M.
    FlowCytometrySeparated,
    /// Quiescent and cycling.
    CyclingQuiescent,
}

/// A cycle.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cycle {
    /// Its phases.
    pub model: CycleModel,
    /// Rates of the links; a link that is not named never opens.
    #[serde(default)]
    pub rates: Vec<PhaseRate>,
    /// Probability that the new daughter is of a type, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub asymmetric: Named,
}

/// The rate of a link between phases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhaseRate {
    /// Phase left, from 0.
    pub from: u8,
    /// Phase entered.
    pub to: u8,
    /// Rate (1/min).
    pub rate: f64,
    /// After just 1/rate.
    #[serde(default)]
    pub fixed: bool,
}

/// Both ways to die.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deaths {
    /// Shrinks and is removed.
    pub apoptosis: Death,
    /// Swells, bursts, remains as debris.
    pub necrosis: Death,
}

/// A way to die.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Death {
    /// Rate of dying this way.
    pub rate: f64,
    /// Rates at which its phases end.
    pub phases: Vec<PhaseRate>,
    /// Fluid while the membrane holds.
    pub unlysed_fluid_rate: f64,
    /// Fluid after it burst.
    pub lysed_fluid_rate: f64,
    /// Cytoplasmic solid.
    pub cytoplasmic_rate: f64,
    /// Nuclear solid.
    pub nuclear_rate: f64,
    /// Calcification.
    pub calcification_rate: f64,
    /// Volume of bursting over volume at death.
    pub relative_rupture: f64,
}

/// Volumes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// Total.
    pub total: f64,
    /// Nucleus.
    pub nuclear: f64,
    /// Share of fluid.
    pub fluid_fraction: f64,
    /// Rate of the fluid.
    pub fluid_rate: f64,
    /// Rate of the cytoplasmic solid.
    pub cytoplasmic_rate: f64,
    /// Rate of the nuclear solid.
    pub nuclear_rate: f64,
    /// Share calcified.
    #[serde(default)]
    pub calcified_fraction: f64,
    /// Rate of calcification.
    #[serde(default)]
    pub calcification_rate: f64,
    /// Volume of bursting over total.
    pub relative_rupture: f64,
}

/// Pushing, adhesion, springs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mechanics {
    /// Adhesion (um/min).
    pub adhesion: f64,
    /// Repulsion (um/min).
    pub repulsion: f64,
    /// Adhesion to a basement membrane (um/min).
    #[serde(default)]
    pub membrane_adhesion: f64,
    /// Repulsion by a basement membrane (um/min).
    #[serde(default)]
    pub membrane_repulsion: f64,
    /// Range of adhesion over radius.
    pub relative_range: f64,
    /// Affinities by type; 1 unless named.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub affinities: Named,
    /// Stiffness of springs (1/min).
    pub spring: f64,
    /// Rate at which springs form.
    #[serde(default)]
    pub attachment_rate: f64,
    /// Rate at which springs break.
    #[serde(default)]
    pub detachment_rate: f64,
    /// Most springs of a cell.
    pub max_attachments: u32,
}

/// Migration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Motility {
    /// It migrates.
    pub moves: bool,
    /// Speed (um/min).
    pub speed: f64,
    /// Time between new directions (min).
    pub persistence: f64,
    /// 0 random, 1 along the bias.
    pub bias: f64,
    /// In the plane only.
    #[serde(default)]
    pub flat: bool,
    /// Up or down one gradient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chemotaxis: Option<Chemotaxis>,
    /// Along several gradients.
    #[serde(default)]
    pub advanced: Advanced,
    /// Weight of each gradient, by substrate.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sensitivities: Named,
}

/// How several gradients are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Advanced {
    /// Not.
    #[default]
    Off,
    /// Weighted gradients.
    Sum,
    /// Weighted directions.
    Normalized,
}

/// Chemotaxis along one gradient.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chemotaxis {
    /// Substrate.
    pub substrate: String,
    /// 1 up, −1 down.
    pub direction: f64,
}

/// Exchange with one substrate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Exchange {
    /// Secretion towards the target (1/min).
    pub secretion: f64,
    /// Density at which secretion ends.
    pub target: f64,
    /// Uptake (1/min).
    pub uptake: f64,
    /// Net export (amount/min).
    pub export: f64,
}

/// What a cell does to others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Interactions {
    /// Eats apoptotic cells.
    pub eat_apoptotic: f64,
    /// Eats necrotic cells.
    pub eat_necrotic: f64,
    /// Eats other dead cells.
    pub eat_other_dead: f64,
    /// Eats living cells, by type.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub eat: Named,
    /// Attacks, by type.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attack: Named,
    /// Immunogenicity to types; 1 unless named.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub immunogenicity: Named,
    /// Damage it does while it attacks (1/min).
    pub attack_damage_rate: f64,
    /// Mean time of an attack (min).
    pub attack_duration: f64,
    /// Fuses, by type.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fuse: Named,
}

/// A value of the user's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomValue {
    /// Name.
    pub name: String,
    /// One number is a scalar, several are a vector.
    pub value: Vec<f64>,
    /// Unit, a label.
    #[serde(default)]
    pub unit: String,
    /// Halved at division, added at ingestion, kept at a change of type.
    #[serde(default)]
    pub conserved: bool,
}

/// A law of a distribution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Law {
    /// From `low` to `high`.
    #[default]
    Uniform,
    /// The logarithm is uniform.
    LogUniform,
    /// Mean and standard deviation.
    Normal,
    /// The natural logarithm is normal.
    LogNormal,
    /// The decadic logarithm is normal.
    Log10Normal,
}

/// Bounds of a draw, both excluded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// Lower.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}

/// A parameter drawn for each initial cell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distribution {
    /// Behaviour, or `volume`.
    pub behaviour: String,
    /// Law.
    pub law: Law,
    /// Lower bound of a uniform law, mean of a normal one.
    pub first: f64,
    /// Upper bound of a uniform law, standard deviation of a normal one.
    pub second: f64,
    /// Draws beyond are repeated.
    #[serde(default)]
    pub bounds: Bounds,
}
