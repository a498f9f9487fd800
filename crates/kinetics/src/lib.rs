//! Reaction networks: what a cell does inside, without space.
//!
//! * [`graph`]: rate laws as a graph of shared terms, with exact derivatives.
//! * [`tape`]: a graph compiled to a flat list of instructions, run for a block of cells at once.
//! * [`network`]: states, parameters, reactions and rules, checked.
//! * [`system`]: a network as dx/dt, with its Jacobian, on tapes; [`population`] holds the states of many cells.
//! * [`explicit`] and [`implicit`]: adaptive steps for blocks of cells, the second for stiff networks.
//! * [`discrete`]: a network in whole amounts; [`exact`]: event by event (Gillespie), [`ensemble`]: the same for many cells at once; [`leap`]: many events at a time
//!   (tau-leaping).
//!
//! Time and amounts are in whatever units the network is written in; nothing here converts.

mod control;
mod dense;
mod derive;
pub mod discrete;
pub mod ensemble;
pub mod error;
pub mod exact;
pub mod explicit;
pub mod graph;
mod heap;
pub mod implicit;
pub mod lanes;
pub mod leap;
pub mod network;
pub mod population;
pub mod system;
pub mod tape;
