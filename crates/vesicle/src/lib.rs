//! The life of a vesicle population, as functions over numbers and small per-cell structs.
//!
//! A vesicle buds into an endosome and leaves with it ([`biogenesis`], [`exact`]), has a size ([`size`]) that sets
//! its mobility ([`mobility`]) and its load ([`cargo`]), is bound and taken up by a cell and ends there
//! ([`uptake`]), or waits in a dressing ([`gel`]) and leaves it through
//! holes in the skin ([`channels`]). [`counts`] moves whole vesicles from place to place. [`delivery`] runs a
//! dose through one well-mixed layer of skin, [`dose`] does the arithmetic that judges it.
//!
//! Nothing here knows a mesh, a cell's position or a clock: a caller hands in rates, concentrations and a random
//! stream. Steps do not allocate. Linear kinetics are solved exactly over a step of any length (by divided
//! differences of the exponential), so that the length of a step is a choice about coupling, not about accuracy.
//!
//! Units: um, min, vesicles, copies; diameters of vesicles and radii of fibres in nm, as they are reported.

pub mod biogenesis;
pub mod cargo;
pub mod cases;
pub mod channels;
pub mod counts;
pub mod delivery;
pub mod dose;
pub mod exact;
pub mod gel;
pub mod loading;
pub mod mobility;
pub mod observe;
pub mod size;
pub mod stiff;
pub mod uptake;

mod convert;
mod divided;
mod error;

pub use error::Error;
