//! A general model of agents in a box with diffusing substrates, as plain data.
//!
//! It says what projects of the field's common simulators say in XML: a domain, substrates with values on faces, types of
//! cells with cycle, deaths, volume, mechanics, motility, secretion, interactions; rules from signals to behaviours; where
//! cells are at the start. Its own form is TOML with `kind = "agents"` ([`read`], [`write`](fn@write)); numbers have the units that
//! [`unit_of`] gives for their keys: um, min, um³, amounts per um³.
//!
//! Types and substrates are named; [`AgentModel::check`] makes sure that every name is one, that numbers are in range and
//! rules can be combined, so that nothing behind it asks again. Tables of cells and of initial substrates stay files
//! ([`Initial`]), read by `import`.

mod base;
mod check;
mod kinds;
pub mod names;
mod networks;
mod read;
mod write;

use check::Checker;
pub use check::{Fault, Step};
pub use kinds::{
    Advanced, Bounds, CellType, Chemotaxis, CustomValue, Cycle, CycleModel, Death, Deaths, Distribution,
    Exchange, Interactions, Law, Mechanics, Motility, PhaseRate, Volume,
};
pub use networks::{AgentInput, AgentNetwork, AgentOutput, LoadedNetwork, load_networks, missing_network};
pub use read::{is_agents, read};
pub use write::{unit_of, write};

use serde::{Deserialize, Serialize};

/// The only value of the key `kind`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A model of agents.
    #[default]
    Agents,
}

/// A model of agents.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentModel {
    /// What the file is.
    pub kind: Kind,
    /// Version of the form: 1.
    pub format: u32,
    /// Name for reports.
    pub name: String,
    /// Seed of all draws.
    pub seed: u64,
    /// The box.
    pub domain: Domain,
    /// Steps of time.
    pub steps: Steps,
    /// Switches.
    #[serde(default)]
    pub options: Options,
    /// Where cells and substrates begin.
    #[serde(default)]
    pub initial: Initial,
    /// Substrates; their order counts.
    #[serde(default, rename = "substrate")]
    pub substrates: Vec<Substrate>,
    /// Types of cells; their order counts.
    #[serde(rename = "cell")]
    pub cells: Vec<CellType>,
    /// Rules, in the order in which they act.
    #[serde(default, rename = "rule")]
    pub rules: Vec<Rule>,
    /// Networks in cells.
    #[serde(default, rename = "network", skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<AgentNetwork>,
}

/// The box, and voxels in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// Lower corner (um).
    pub low: [f64; 3],
    /// Upper corner (um).
    pub high: [f64; 3],
    /// Edge of a voxel (um).
    pub voxel: f64,
    /// Two-dimensional: one layer of voxels about z = 0, and cells stay in it.
    #[serde(default)]
    pub flat: bool,
}

impl Domain {
    /// Voxels by axis.
    pub fn shape(&self) -> [usize; 3] {
        std::array::from_fn(|a| {
            if self.flat && a == 2 {
                return 1;
            }
            ((self.high[a] - self.low[a]) / self.voxel + 1e-16).ceil().max(1.0) as usize
        })
    }

    /// Lower corner of the first voxel (um): z is centred in a flat domain.
    pub fn origin(&self) -> [f64; 3] {
        let z = if self.flat { -0.5 * self.voxel } else { self.low[2] };
        [self.low[0], self.low[1], z]
    }

    /// Upper corner (um), with z as [`Domain::origin`].
    pub fn top(&self) -> [f64; 3] {
        let z = if self.flat { 0.5 * self.voxel } else { self.high[2] };
        [self.high[0], self.high[1], z]
    }
}

/// Steps of time (min).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    /// End of the run.
    pub end: f64,
    /// Substrates and what cells exchange with them.
    pub diffusion: f64,
    /// Positions.
    pub mechanics: f64,
    /// Cycle, death, volume, rules.
    pub phenotype: f64,
    /// Between rows of the record.
    pub record: f64,
}

/// Switches.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Faces of the box push cells back in.
    pub wall: bool,
    /// No spring links that form by themselves.
    pub no_springs: bool,
    /// Directions of division with the polar angle uniform, which prefers the poles.
    pub polar_divisions: bool,
    /// Cells keep account of what they took up.
    pub internalize: bool,
    /// Substrates and exchange one after the other at every step of diffusion, as PhysiCell takes them, instead of both
    /// together: what cells sense then depends on the step. For comparison.
    pub split: bool,
    /// Positions in steps as long as their error allows, from that of mechanics up to that of the phenotype, and substrates as
    /// long as nobody senses them in between. Not together with `split`.
    pub adaptive: bool,
}

/// Where cells and substrates begin.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Initial {
    /// Cells of every type, anywhere in the box.
    pub random: u32,
    /// Table of cells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cells: Option<String>,
    /// Table of substrates by voxel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub substrates: Option<String>,
    /// Draw parameters from the distributions of the types.
    pub distributions: bool,
}

/// A substrate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Substrate {
    /// Name.
    pub name: String,
    /// Unit of its density, a label.
    #[serde(default)]
    pub unit: String,
    /// Diffusion (um²/min).
    pub diffusion: f64,
    /// Decay (1/min).
    pub decay: f64,
    /// Density at the start.
    pub initial: f64,
    /// Densities held on faces; the others are closed.
    #[serde(default)]
    pub faces: Faces,
}

/// Densities held on faces.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faces {
    /// Lower x.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xmin: Option<f64>,
    /// Upper x.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xmax: Option<f64>,
    /// Lower y.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ymin: Option<f64>,
    /// Upper y.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ymax: Option<f64>,
    /// Lower z.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zmin: Option<f64>,
    /// Upper z.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zmax: Option<f64>,
}

impl Faces {
    /// In the order xmin, xmax, ymin, ymax, zmin, zmax.
    pub fn all(&self) -> [Option<f64>; 6] {
        [self.xmin, self.xmax, self.ymin, self.ymax, self.zmin, self.zmax]
    }

    /// The same, to write to.
    pub fn all_mut(&mut self) -> [&mut Option<f64>; 6] {
        [&mut self.xmin, &mut self.xmax, &mut self.ymin, &mut self.ymax, &mut self.zmin, &mut self.zmax]
    }
}

/// Which way a signal moves a behaviour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Up.
    #[default]
    Increases,
    /// Down.
    Decreases,
}

/// A line of the rule table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Type of cell.
    pub cell: String,
    /// Signal.
    pub signal: String,
    /// Up or down.
    pub direction: Direction,
    /// Behaviour.
    pub behaviour: String,
    /// The behaviour at full signal.
    pub response: f64,
    /// Signal of half effect.
    pub half_max: f64,
    /// Hill power.
    pub power: f64,
    /// Holds for dead cells too.
    #[serde(default)]
    pub dead: bool,
    /// Time constant (min) with which a memory follows the signal's effect; 0 for none.
    #[serde(default, skip_serializing_if = "nothing")]
    pub memory: f64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it so")]
fn nothing(x: &f64) -> bool {
    *x == 0.0
}

/// A cell that a table puts somewhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlacedCell {
    /// Centre (um).
    pub at: [f64; 3],
    /// Type.
    pub cell: u16,
    /// Total volume (um³), if the table has it.
    pub volume: Option<f64>,
    /// Behaviours that the table sets, by their number in [`names::Dictionary`].
    pub set: Vec<(u16, f64)>,
}
