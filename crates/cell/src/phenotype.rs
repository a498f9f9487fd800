//! What a cell is and does, phase by phase: plain functions over columns, for whoever owns the columns.
//!
//! * [`volume`]: fluid and solid volumes that relax to targets.
//! * [`phases`]: cycles as graphs of phases with fixed or exponential durations; the field's common models.
//! * [`death`]: apoptosis and necrosis, as phases and as regimes of volume.
//! * [`division`]: where daughters lie, what they have, of which kind they are.
//! * [`exchange`]: secretion, uptake and export.
//! * [`interactions`]: phagocytosis, attack, fusion, transformation.
//!
//! None of them keeps anything: rates come from closures, so that rules may set them cell by cell, random numbers from
//! streams keyed by the cell's id, and events go to a list that the caller works off in the order of ids.

pub mod death;
pub mod division;
pub mod exchange;
pub mod interactions;
pub mod phases;
pub mod volume;

pub use death::DeathRule;
pub use exchange::Exchange;
pub use phases::{Chance, Clock, Cycle, Link, Phase};
pub use volume::{VolumeRule, Volumes};
