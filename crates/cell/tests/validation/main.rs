//! Reference models of the field, with the figures that its engines compare.
//!
//! The chain of eleven cells is in `tests/open/stepper.rs` and `tests/behaviour/mechanics.rs`.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod monolayer;
mod sorting;
#[allow(dead_code, reason = "the tests of open space use more of it")]
#[path = "../open/support.rs"]
mod support;
mod walk;
