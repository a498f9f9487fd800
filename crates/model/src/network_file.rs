//! Networks in files of their own, as a scenario refers to them.
//!
//! This crate does not know how such a file is written: whoever compiles a scenario hands over the texts and the function that
//! reads one. What it gives is a network and the meaning of its names.

use crate::diagnostics::Diagnostics;
use crate::source::Place;
use exoderm_kinetics::network::Network;

/// A file that holds a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkFile {
    /// Path, as [`crate::network_files`] gives it.
    pub path: String,
    /// Text.
    pub text: String,
}

/// Reads a network: path for messages, text, and values at the start to use instead of the file's.
pub type ReadNetwork = fn(&str, &str, &[(String, f64)]) -> Result<NetworkModel, Diagnostics>;

/// The network files that a scenario can refer to, and how one is read.
#[derive(Clone, Debug, Default)]
pub struct Networks {
    /// Files.
    pub files: Vec<NetworkFile>,
    /// Reader; without it there are no networks.
    pub read: Option<ReadNetwork>,
}

/// A network that was read.
#[derive(Clone, Debug)]
pub struct NetworkModel {
    /// The network; its outputs are what rules of a scenario can read.
    pub network: Network,
    /// What its names mean, in the order of the file.
    pub symbols: Vec<Symbol>,
    /// The file's unit of time (min), if it states one.
    pub time_unit: Option<f64>,
}

/// A name of a network.
#[derive(Clone, Debug)]
pub struct Symbol {
    /// The name.
    pub name: String,
    /// Where it is declared.
    pub place: Place,
    /// Its value at the start, as the name means it (a concentration for most species).
    pub value: f64,
    /// What it may be used for.
    pub role: Role,
}

/// What a name of a network may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Given from outside: its parameter in the network and, where the name means a concentration, that of the size by which
    /// the amount is divided.
    Given {
        /// Parameter.
        parameter: usize,
        /// Parameter that holds the size.
        size: Option<usize>,
    },
    /// Changes by reactions or by the rate that a rule gives: it has a value at the start.
    Changes,
    /// It is what a rule says.
    Assigned,
    /// Given, but as a concentration in a compartment whose size changes: it can't be set from outside.
    InChanging,
}
