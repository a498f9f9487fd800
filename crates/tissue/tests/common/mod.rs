//! What tests and benches of boxes share: a scenario from its text, and its tissue.

#![allow(dead_code)] // each uses its part

use exoderm_ledger::Ledger;
use exoderm_model::scenario::{ArmKind, Scenario, Tissue as Model};
use exoderm_model::{Calibration, Input, Library, Networks, compile};
use exoderm_numeric::random::Seed;
use exoderm_tissue::{Plan, Tissue, lay_out_box};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Compiles a text with settings and networks.
pub(crate) fn try_scenario(text: &str, sets: &[&str], networks: Networks) -> Result<Arc<Scenario>, String> {
    let calibration = Calibration::default();
    let library =
        Library { files: Vec::new(), ledger: Ledger::builtin(), calibration: &calibration, networks };
    let none = BTreeMap::new();
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    compile(&Input {
        path: "box.toml",
        text,
        library: &library,
        sets: &sets,
        ledger_overrides: &none,
        path_overrides: &none,
    })
    .map(Arc::new)
    .map_err(|e| e.to_string())
}

/// Compiles a text without networks that must be right.
pub(crate) fn scenario(text: &str, sets: &[&str]) -> Arc<Scenario> {
    try_scenario(text, sets, Networks::default()).unwrap_or_else(|e| panic!("{e}"))
}

pub(crate) fn plan(s: &Arc<Scenario>, arm: ArmKind) -> Arc<Plan> {
    Arc::new(Plan::new(Arc::clone(s), arm, None).unwrap())
}

/// A simulated tissue of a box at its start.
pub(crate) fn tissue(s: &Arc<Scenario>, arm: ArmKind, replicate: u32) -> Tissue {
    let Model::Box(b) = &s.tissue else { panic!("not a box") };
    let seed = Seed::new(s.seed, replicate);
    Tissue::new(plan(s, arm), lay_out_box(s, b, seed).unwrap(), seed).unwrap()
}
