//! Arms, replicates, parameter draws, sensitivity and calibration: runs tissues and compares their recordings.

pub mod analyse;
mod delivery;
pub mod design;
pub mod endpoints;
mod evidence;
pub mod job;
mod sections;
pub mod stats;
pub mod results;
pub mod burn_in;
pub mod clock;
pub mod compare;
pub mod digest;
pub mod error;
pub mod folder;
pub mod library;
pub mod pipeline;
pub mod program;
pub mod progress;
pub mod runner;
pub mod store;
pub mod tables;
mod schedule;
mod variants;
