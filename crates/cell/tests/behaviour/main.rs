//! How cells behave, against exact answers and laws.

#![allow(clippy::unwrap_used, reason = "set-ups of tests")]

mod determinism;
mod loose;
mod mechanics;
mod population;
mod sleeping;
mod store;
mod surfaces;
