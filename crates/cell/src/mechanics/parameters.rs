//! What mechanics must be told.

use super::chebyshev::MAX_STAGES;
use crate::domain::Domain;
use crate::error::{CellError, not_negative, positive};
use crate::store::Kind;
use crate::surface::Surface;
use serde::{Deserialize, Serialize};

/// How a kind of cell stands to the surface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SurfaceRule {
    /// Takes no notice of it.
    #[default]
    Free,
    /// Stays above: its centre is never nearer than its radius. It slides along the surface.
    Above,
    /// Held with its centre one radius above, by a spring along the normal (basal cells); slides along it.
    Bound,
    /// Stays below: its centre is never nearer than its radius from below.
    Below,
}

/// Mechanics of a kind of cell.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KindMechanics {
    /// Drag (force · min / um), above 0.
    pub drag: f64,
    /// Cells of one class count for each other's free edge.
    pub class: u8,
    /// How it stands to the surface.
    pub surface: SurfaceRule,
}

impl Default for KindMechanics {
    fn default() -> Self {
        Self { drag: 1.0, class: 0, surface: SurfaceRule::Free }
    }
}

/// Forces between two kinds; see the module's law.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PairForce {
    /// Linear stiffness k (force / um).
    pub stiffness: f64,
    /// Cubic stiffness c (force / um): as large as the linear part when the overlap is the whole contact distance
    /// and c = k.
    pub cubic: f64,
    /// Largest attraction a (force): stiffness times affinity, as the owner sees fit.
    pub adhesion: f64,
}

impl PairForce {
    /// True unless the force is zero at every distance.
    #[inline]
    pub(crate) fn acts(&self) -> bool {
        self.stiffness != 0.0 || self.cubic != 0.0 || self.adhesion != 0.0
    }
}

/// A symmetric table of pair forces by kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairTable {
    kinds: usize,
    values: Vec<PairForce>,
}

impl PairTable {
    /// The same force between any two of `kinds` kinds.
    pub fn uniform(kinds: usize, force: PairForce) -> Self {
        Self { kinds, values: vec![force; kinds * kinds] }
    }

    /// Sets the force between `a` and `b`, and between `b` and `a`.
    ///
    /// # Errors
    /// If a kind is not in the table.
    pub fn set(&mut self, a: Kind, b: Kind, force: PairForce) -> Result<(), CellError> {
        let (i, j) = (usize::from(a.0), usize::from(b.0));
        if i.max(j) >= self.kinds {
            return Err(CellError::Length {
                name: "table of pair forces",
                found: self.kinds,
                expected: i.max(j) + 1,
            });
        }
        self.values[i * self.kinds + j] = force;
        self.values[j * self.kinds + i] = force;
        Ok(())
    }

    /// Forces of kind `a` with every kind, by index.
    #[inline]
    pub(crate) fn row(&self, a: Kind) -> &[PairForce] {
        let i = usize::from(a.0) * self.kinds;
        &self.values[i..i + self.kinds]
    }
}

/// Which periodic images of a neighbour act. No cell ever acts on itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PairImages {
    /// All images within range, at most three along an axis. Where the period is more than twice the range this is
    /// the nearest image. In a thinner strip it keeps the force continuous: a neighbour half a period away touches
    /// from both sides, and the sides balance.
    #[default]
    InRange,
    /// The nearest image alone. In a strip thinner than twice the range the force flips its sign where two images
    /// are equally near; pairs pushed there chatter across the jump and force tiny steps.
    Nearest,
}

/// When cells at rest sleep.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SleepRule {
    /// A cell is quiet in an interval if both its mean and its last speed stay below this (um/min).
    pub speed: f64,
    /// It sleeps after this many quiet intervals in a row, once all within its reach are as quiet.
    pub intervals: u8,
    /// It wakes when an awake neighbour has moved, or changed its radius, by this much (um).
    pub wake_distance: f64,
}

impl Default for SleepRule {
    /// At most 0.15 um lost in a day.
    fn default() -> Self {
        Self { speed: 1e-4, intervals: 3, wake_distance: 0.02 }
    }
}

/// Choices of the method, not of the biology.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Numerics {
    /// Error in position allowed to a substep (um).
    pub tolerance: f64,
    /// Farthest a cell may move in a substep, as a share of its radius.
    pub max_move: f64,
    /// Longest substep (min).
    pub max_substep: f64,
    /// Shortest substep (min): taken whatever its error, with moves cut to `max_move`.
    pub min_substep: f64,
    /// Most stages of a substep, at least 2.
    pub max_stages: usize,
    /// Skin of the neighbour list (um).
    pub skin: f64,
    /// Sleep, or `None` to keep all awake.
    pub sleep: Option<SleepRule>,
}

impl Default for Numerics {
    fn default() -> Self {
        Self {
            tolerance: 0.05,
            max_move: 0.25,
            max_substep: f64::INFINITY,
            min_substep: 1e-3,
            max_stages: 16,
            skin: 1.5,
            sleep: Some(SleepRule::default()),
        }
    }
}

/// Everything that [`crate::Mechanics`] needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MechanicsParameters {
    /// The box.
    pub domain: Domain,
    /// By kind.
    pub kinds: Vec<KindMechanics>,
    /// By pair of kinds.
    pub pairs: PairTable,
    /// Share of the contact distance beyond which overlap adds no more force (0–1).
    pub saturation: f64,
    /// Range of interaction as a multiple of the contact distance (at least 1).
    pub reach: f64,
    /// Range within which cells count as being in contact, as a multiple of the contact distance (up to `reach`).
    pub contact_range: f64,
    /// The floor, if there is one.
    pub surface: Option<Surface>,
    /// Stiffness that holds bound cells to the surface (force / um).
    pub binding: f64,
    /// Which periodic images act.
    pub images: PairImages,
    /// Choices of the method.
    pub numerics: Numerics,
}

impl MechanicsParameters {
    /// Parameters without a surface, with range 1.25, contact within 1.1, and forces that grow up to full overlap.
    pub fn new(domain: Domain, kinds: Vec<KindMechanics>, pairs: PairTable) -> Self {
        Self {
            domain,
            kinds,
            pairs,
            saturation: 1.0,
            reach: 1.25,
            contact_range: 1.1,
            surface: None,
            binding: 0.0,
            images: PairImages::default(),
            numerics: Numerics::default(),
        }
    }

    /// Checks the numbers.
    ///
    /// # Errors
    /// With the first parameter that is out of bounds.
    pub fn check(&self) -> Result<(), CellError> {
        let expected = self.kinds.len();
        if self.pairs.kinds != expected || self.pairs.values.len() != expected * expected {
            return Err(CellError::Length {
                name: "table of pair forces",
                found: self.pairs.kinds,
                expected,
            });
        }
        for kind in &self.kinds {
            positive("drag", kind.drag)?;
        }
        for pair in &self.pairs.values {
            not_negative("stiffness", pair.stiffness)?;
            not_negative("cubic stiffness", pair.cubic)?;
            not_negative("adhesion", pair.adhesion)?;
        }
        not_negative("binding", self.binding)?;
        between("saturation", self.saturation, 1e-6, 1.0, "a share above 0 and up to 1")?;
        between("reach", self.reach, 1.0, 10.0, "a multiple from 1 to 10")?;
        between("contact range", self.contact_range, 0.0, self.reach, "a multiple up to `reach`")?;
        if let Some(surface) = &self.surface {
            surface.check()?;
        }
        let n = &self.numerics;
        positive("tolerance", n.tolerance)?;
        positive("max move", n.max_move)?;
        positive("min substep", n.min_substep)?;
        between("max substep", n.max_substep, n.min_substep, f64::INFINITY, "at least the shortest")?;
        positive("skin", n.skin)?;
        between("stages", n.max_stages as f64, 2.0, MAX_STAGES as f64, "2 to 200")?;
        if let Some(sleep) = &n.sleep {
            positive("sleep speed", sleep.speed)?;
            positive("wake distance", sleep.wake_distance)?;
            between("intervals before sleep", f64::from(sleep.intervals), 1.0, 200.0, "1 to 200")?;
        }
        Ok(())
    }
}

fn between(
    name: &'static str,
    value: f64,
    low: f64,
    high: f64,
    expected: &'static str,
) -> Result<(), CellError> {
    if value >= low && value <= high { Ok(()) } else { Err(CellError::Parameter { name, value, expected }) }
}
