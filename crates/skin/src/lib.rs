//! Skin: from a layered anatomy to a tissue's blueprint, and the built-in scenarios.
//!
//! Beside scenarios there are tables of their own: what a dose calculator reckons with ([`dosing`]), the roster of vesicle
//! sources ([`sources`]), and what the whole body is reckoned with ([`systemic`]), read with the sources of their numbers
//! ([`stated`]).
//!
//! No numerics and no numbers of biology live here: an anatomy is read from the scenario, which takes its numbers
//! from the ledger.

pub mod anatomy;
pub mod dosing;
pub mod library;
pub mod sources;
pub mod stated;
pub mod systemic;
