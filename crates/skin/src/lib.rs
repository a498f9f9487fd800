//! Skin: from a layered anatomy to a tissue's blueprint, and the built-in scenarios.
//!
//! No numerics and no numbers of biology live here: an anatomy is read from the scenario, which takes its numbers
//! from the ledger.

pub mod anatomy;
pub mod library;
