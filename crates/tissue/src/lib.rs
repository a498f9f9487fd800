//! Couples cells, dissolved factors, vesicles and matrix under one clock.
//!
//! A [`Plan`] is a scenario and an arm compiled to tables; a [`Blueprint`] is where things start; a [`Tissue`] is the
//! two in motion. [`State`] is all that moves, and all that a checkpoint holds.
//!
//! A tissue runs on one thread: studies run many tissues side by side, and a tissue's bits cannot depend on how many.

pub mod agents;
mod balance;
mod boxed;
mod boxes;
mod cover;
mod dissolved;
mod dressing;
mod matrix;
mod mechanics;
mod molecules;
pub mod networks;
pub mod observe;
mod phenotype;
mod plan;
pub mod purpose;
mod recruit;
mod rest;
pub mod rules;
mod senders;
mod sense;
mod sheet;
mod soluble;
mod sorted;
mod state;
mod tissue;
mod vesicles;
mod work;
mod wound;

pub use balance::{Flows, Line, NAMES as BALANCE_LINES, Sheet};
pub use boxed::Discrete;
pub use boxes::{BoxError, lay_out as lay_out_box};
pub use cover::{GAP_TOLERANCE, percent_closed};
pub use dissolved::{Dissolved, DissolvedState};
pub use plan::{Healthy, NODES, Plan, PlanError, Region, acting_cargo};
pub use senders::{Exchange, Senders};
pub use soluble::SolverWork;
pub use sorted::{SortedPlan, SortedState};
pub use state::{Blueprint, DressingState, Grid, Settling, State, WoundState};
pub use tissue::{Clock, Tissue, TissueError, balance_of, exchange_of};
