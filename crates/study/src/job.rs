//! Jobs of a study: one tissue each.

use exoderm_model::scenario::{ArmKind, Scenario};
use exoderm_tissue::observe::{Row, Snapshot};
use exoderm_tissue::{Clock, Exchange, Settling, Sheet};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Why a job is run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Purpose {
    /// An arm of the study, parameters as given.
    Main,
    /// A parameter draw (`--draws`), by number.
    Draw(u32),
    /// An input at another value: input, and "low" or "high".
    Swing(String, String),
    /// Best or worst case.
    Case(String),
    /// The arms with every need gate open.
    NeedOff,
    /// The healthy counterpart that need gates compare with.
    Counterpart,
    /// A point of `--sweep` or of the design map: the index of its value on each axis.
    Sweep(Vec<u32>),
    /// An input at a value inside its range, on the way to what would have to be true.
    At(String, f64),
}

/// One tissue to run.
#[derive(Clone, Debug)]
pub struct Job {
    /// Unique, safe as a file name ("exosome-r0", "draw3-vehicle-r0").
    pub id: String,
    /// Why.
    pub purpose: Purpose,
    /// The scenario, with this job's overrides compiled in.
    pub scenario: Arc<Scenario>,
    /// Arm.
    pub arm: ArmKind,
    /// Arm's name.
    pub arm_name: String,
    /// Replicate.
    pub replicate: u32,
}

/// What a finished (or stopped) job left.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// The job's id.
    pub id: String,
    /// Why it ran.
    pub purpose: Purpose,
    /// Arm's name.
    pub arm_name: String,
    /// Replicate.
    pub replicate: u32,
    /// Time reached (min after day 0).
    pub reached: f64,
    /// Series.
    pub series: Vec<Row>,
    /// Snapshots; empty for jobs that are not [`Purpose::Main`].
    pub snapshots: Vec<Snapshot>,
    /// Balance sheets by population, then by free species of the soluble arm.
    pub sheets: Vec<Sheet>,
    /// How far the burn-in settled the tissue.
    pub settling: Settling,
    /// Who sent how many vesicles to whom, where the scenario asks for it.
    pub exchange: Option<Exchange>,
    /// xxh3-128 of the final state's columns (law 4).
    pub digest: String,
    /// Wall time by part; zero in an outcome read back.
    #[serde(skip)]
    pub clock: Clock,
}
