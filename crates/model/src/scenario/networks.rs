//! Reaction networks inside cells.

use super::{CellTypeId, NetworkId, Scenario, Signal};
use exoderm_kinetics::network::Network;
use serde::{Deserialize, Serialize};

/// A network that each cell of some types carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellNetwork {
    /// Name.
    pub name: String,
    /// Cell types that carry it.
    pub cells: Vec<CellTypeId>,
    /// Its unit of time (min).
    pub time_unit: f64,
    /// The network, with the values of this scenario.
    pub network: Network,
    /// What follows the cell's signals.
    pub inputs: Vec<NetworkInput>,
    /// Outputs that are recorded.
    pub recorded: Vec<usize>,
    /// How it is advanced.
    pub method: NetworkMethod,
    /// What daughters get.
    pub division: NetworkDivision,
    /// Relative error allowed to a step.
    pub tolerance: f64,
    /// Absolute error allowed to a step, in the unit of its states.
    pub absolute: f64,
}

/// How a network in cells is advanced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkMethod {
    /// Steps for stiff equations.
    #[default]
    Implicit,
    /// Steps for others.
    Explicit,
    /// Whole molecules, event by event.
    Exact,
}

/// What daughters get of their mother's molecules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkDivision {
    /// As much as she had: concentrations stay.
    #[default]
    Copy,
    /// Each molecule goes to either with equal chance. For whole molecules only.
    Binomial,
}

/// A parameter of a network that follows a signal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkInput {
    /// Parameter of the network.
    pub parameter: usize,
    /// Signal.
    pub signal: Signal,
    /// The parameter is the signal times this.
    pub factor: f64,
}

impl Scenario {
    /// Outputs of a network that something looks at: rules, networks or the record; ascending.
    pub fn outputs_in_use(&self, network: NetworkId) -> Vec<usize> {
        let read = |signal: Signal| match signal {
            Signal::Network(n, output) if n == network => Some(output),
            _ => None,
        };
        let by_rules = self.rules.iter().filter_map(|r| read(r.signal));
        let inputs = self.networks.iter().flat_map(|n| &n.inputs);
        let recorded = self.networks.get(network.0).map_or(&[][..], |n| n.recorded.as_slice());
        let mut out: Vec<usize> =
            by_rules.chain(inputs.filter_map(|i| read(i.signal))).chain(recorded.iter().copied()).collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    /// Every signal that rules or networks read.
    pub fn signals_in_use(&self) -> impl Iterator<Item = Signal> + '_ {
        let inputs = self.networks.iter().flat_map(|n| &n.inputs).map(|i| i.signal);
        self.rules.iter().map(|r| r.signal).chain(inputs)
    }
}
