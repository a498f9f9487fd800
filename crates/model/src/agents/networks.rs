//! Networks in cells of a model of agents: what they read and what they set.
//!
//! A network reads signals by their names and sets behaviours, values of the user's own among them (`custom:…`), which rules read in
//! turn. The file itself is read by whoever loads the model ([`load_networks`]), so that a model can be written and checked
//! without it.

use super::{AgentModel, Checker, Fault, Step, names};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::network_file::{NetworkModel, Role};
use crate::scenario::NetworkDivision;
use crate::source::{Place, Source};
use crate::tree::parse;
use exoderm_kinetics::discrete::Discrete;
use exoderm_kinetics::network::Network;
use exoderm_units::nearest;
use serde::{Deserialize, Serialize};

/// Largest number of states that the implicit steps take.
const MOST_STATES: usize = 256;

/// A network that cells of some types carry.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentNetwork {
    /// Name.
    pub name: String,
    /// SBML file.
    pub file: String,
    /// Types that carry it.
    pub cells: Vec<String>,
    /// Its unit of time (min); may be left out where the file states one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_unit: Option<f64>,
    /// Steps for networks that are not stiff.
    #[serde(default)]
    pub explicit: bool,
    /// Whole molecules, event by event, instead of equations.
    #[serde(default, skip_serializing_if = "is_not")]
    pub exact: bool,
    /// What daughters get.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub division: NetworkDivision,
    /// Relative error allowed to a step.
    #[serde(default = "usual_tolerance")]
    pub tolerance: f64,
    /// What it reads.
    #[serde(default, rename = "input")]
    pub inputs: Vec<AgentInput>,
    /// What it sets.
    #[serde(default, rename = "output")]
    pub outputs: Vec<AgentOutput>,
    /// The file, once read.
    #[serde(skip)]
    pub loaded: Option<LoadedNetwork>,
}

/// A parameter or constant species that follows a signal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentInput {
    /// Signal.
    pub signal: String,
    /// Name in the network.
    pub parameter: String,
    /// The parameter is the signal times this.
    #[serde(default = "one")]
    pub scale: f64,
}

/// A species or variable that sets a behaviour.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentOutput {
    /// Name in the network.
    pub species: String,
    /// Behaviour.
    pub behaviour: String,
    /// The behaviour is the species times this.
    #[serde(default = "one")]
    pub scale: f64,
}

fn usual_tolerance() -> f64 {
    1e-5
}

fn is_not(x: &bool) -> bool {
    !x
}

fn is_usual(x: &NetworkDivision) -> bool {
    *x == NetworkDivision::default()
}

fn one() -> f64 {
    1.0
}

/// A network's file with the names of the model resolved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadedNetwork {
    /// The network.
    pub network: Network,
    /// Its unit of time (min).
    pub time_unit: f64,
    /// By input: parameter, and what its scale is multiplied by (the size of a compartment).
    pub inputs: Vec<(usize, f64)>,
    /// By output: its place among those of the network.
    pub outputs: Vec<usize>,
}

impl AgentModel {
    pub(super) fn check_networks(&self, c: &mut Checker) {
        let dictionary = names::Dictionary::of(self);
        let types: Vec<&str> = self.cells.iter().map(|t| t.name.as_str()).collect();
        c.unique("network", "network", self.networks.iter().map(|n| n.name.as_str()));
        let mut set: Vec<(&str, u16)> = Vec::new();
        for (k, n) in self.networks.iter().enumerate() {
            c.inside("network", Some(k), |c| {
                c.positive("tolerance", n.tolerance);
                if let Some(unit) = n.time_unit {
                    c.positive("time_unit", unit);
                }
                if n.exact && n.explicit {
                    c.fault("explicit", "`explicit` is for equations, and `exact` has none", None);
                }
                if n.division == NetworkDivision::Binomial && !n.exact {
                    let message = "`binomial` shares out whole molecules: it goes with `exact = true`";
                    c.fault("division", message, None);
                }
                for cell in &n.cells {
                    c.name("cells", "type of cell", cell, &types);
                }
                for (i, input) in n.inputs.iter().enumerate() {
                    c.inside("input", Some(i), |c| {
                        c.number("scale", input.scale, true, "a number");
                        if dictionary.signal(&input.signal).is_none() {
                            let near = dictionary.nearest_signal(&input.signal);
                            c.fault("signal", format!("there is no signal `{}`", input.signal), near);
                        }
                    });
                }
                for (i, output) in n.outputs.iter().enumerate() {
                    c.inside("output", Some(i), |c| {
                        c.number("scale", output.scale, true, "a number");
                        let Some(b) = dictionary.behaviour(&output.behaviour) else {
                            let near = dictionary.nearest_behaviour(&output.behaviour);
                            let message = format!("there is no behaviour `{}`", output.behaviour);
                            c.fault("behaviour", message, near);
                            return;
                        };
                        for cell in &n.cells {
                            let by_rule = self
                                .rules
                                .iter()
                                .any(|r| r.cell == *cell && dictionary.behaviour(&r.behaviour) == Some(b));
                            if by_rule || set.contains(&(cell.as_str(), b)) {
                                let other = if by_rule { "a rule" } else { "another output of a network" };
                                let message =
                                    format!("`{}` of `{cell}` is set by {other} as well", output.behaviour);
                                c.fault("behaviour", message, None);
                            }
                            set.push((cell.as_str(), b));
                        }
                    });
                }
            });
        }
    }
}

/// Reads the networks of a model by `read`, which gets the path that the model says, and resolves their names. `text` is
/// what the model was read from, for the places of mistakes.
///
/// # Errors
/// Files that can't be read, names that they do not have, units of time that do not agree.
pub fn load_networks(
    model: &mut AgentModel,
    path: &str,
    text: &str,
    mut read: impl FnMut(&str) -> Result<NetworkModel, Diagnostics>,
) -> Result<(), Diagnostics> {
    let mut found = Diagnostics::default();
    let mut c = Checker { faults: Vec::new(), path: Vec::new() };
    for (k, n) in model.networks.iter_mut().enumerate() {
        match read(&n.file) {
            Ok(file) => c.inside("network", Some(k), |c| n.loaded = resolve(c, n, file)),
            Err(mistakes) => mistakes.list.into_iter().for_each(|d| found.push(d)),
        }
    }
    let source = Source::new(path, text);
    let tree = parse(&source)?;
    for Fault { path, message, nearest } in c.faults {
        let place = super::read::locate(&tree, &path).unwrap_or_else(|| Place::start_of(&source));
        found.push(Diagnostic::new("agents", &place, message).nearest(nearest));
    }
    if found.is_empty() { Ok(()) } else { Err(found) }
}

fn resolve(c: &mut Checker, n: &AgentNetwork, file: NetworkModel) -> Option<LoadedNetwork> {
    let before = c.faults.len();
    let time_unit = match (n.time_unit, file.time_unit) {
        (Some(a), Some(b)) if (a - b).abs() > 1e-9 * b => {
            c.fault(
                "time_unit",
                format!("`time_unit` is {a} min, but the file counts time in {b} min"),
                None,
            );
            f64::NAN
        }
        (Some(a), _) | (None, Some(a)) => a,
        (None, None) => {
            let message = "the file does not say what its time is in: give `time_unit` (min)";
            c.fault("file", message, None);
            f64::NAN
        }
    };
    let network = file.network;
    if let Err(e) = network.check() {
        c.fault("file", format!("the network can't be simulated: {e}"), None);
    }
    if network.states.len() > MOST_STATES && !n.explicit && !n.exact {
        let message = format!("{} states; at most {MOST_STATES} unless `explicit`", network.states.len());
        c.fault("file", message, None);
    }
    let mut inputs = Vec::new();
    for (i, input) in n.inputs.iter().enumerate() {
        let symbol = file.symbols.iter().find(|s| s.name == input.parameter).map(|s| s.role);
        c.inside("input", Some(i), |c| match symbol {
            Some(Role::Given { parameter, size }) => {
                inputs.push((parameter, size.map_or(1.0, |k| network.parameters[k].value)));
            }
            Some(_) => {
                let message = format!(
                    "`{}` can't follow a signal: the network itself says what it is",
                    input.parameter
                );
                c.fault("parameter", message, None);
            }
            None => {
                let given = file.symbols.iter().filter(|s| matches!(s.role, Role::Given { .. }));
                let near = nearest(&input.parameter, given.map(|s| s.name.as_str())).map(str::to_owned);
                c.fault("parameter", format!("the network has no `{}`", input.parameter), near);
            }
        });
    }
    let mut outputs = Vec::new();
    for (i, output) in n.outputs.iter().enumerate() {
        c.inside("output", Some(i), |c| {
            match network.outputs.iter().position(|o| o.name == output.species) {
                Some(k) => outputs.push(k),
                None => {
                    let names = network.outputs.iter().map(|o| o.name.as_str());
                    let near = nearest(&output.species, names).map(str::to_owned);
                    let message = format!("the network has no species or variable `{}`", output.species);
                    c.fault("species", message, near);
                }
            }
        });
    }
    let open: Vec<usize> = inputs.iter().map(|i| i.0).collect();
    if n.exact
        && let Err(e) = Discrete::with_open(&network, &open)
    {
        c.fault("file", format!("the network can't be simulated event by event: {e}"), None);
    }
    (c.faults.len() == before).then_some(LoadedNetwork { network, time_unit, inputs, outputs })
}

/// What reading gives where a file is missing: a mistake at the key that names it.
#[must_use]
pub fn missing_network(path: &str, text: &str, network: usize, message: &str) -> Diagnostics {
    let source = Source::new(path, text);
    let steps = [Step::Key("network".into()), Step::At(network), Step::Key("file".into())];
    let tree = parse(&source);
    let place = tree.ok().and_then(|t| super::read::locate(&t, &steps));
    let place = place.unwrap_or_else(|| Place::start_of(&source));
    Diagnostics::one(Diagnostic::new("network", &place, message).help("the path is relative to the model"))
}
