//! Cells in open space.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod ball;
mod colony;
mod invariance;
mod rules;
mod same_bits;
mod stepper;
mod support;
