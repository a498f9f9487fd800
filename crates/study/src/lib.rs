//! Arms, replicates, parameter draws, sensitivity and calibration: runs tissues and compares their recordings.

pub mod analyse;
pub mod burn_in;
pub mod clock;
pub mod compare;
mod delivery;
pub mod design;
pub mod digest;
pub mod endpoints;
pub mod error;
mod evidence;
pub mod folder;
pub mod job;
pub mod library;
pub mod pipeline;
pub mod program;
pub mod progress;
pub mod reach;
pub mod results;
pub mod runner;
mod schedule;
mod sections;
pub mod stats;
pub mod store;
pub mod tables;
mod variants;
