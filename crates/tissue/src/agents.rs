//! Models of agents ([`exoderm_model::agents`]): their rules explained, and cells that live by them.
//!
//! A [`Culture`] is a model in motion. Cells are a [`exoderm_cell::colony::Colony`], pairs of them a
//! [`exoderm_cell::open::Space`], substrates meshes that are solved together with what cells exchange. The clock is that
//! of the field's common simulator (Ghaffarizadeh et al. 2018, doi 10.1371/journal.pcbi.1005991): steps of diffusion are
//! counted; phenotypes and mechanics fall on some of them, both on the first; between two such steps substrates are
//! advanced at once.
//!
//! On a phenotype step a cell may change its type, then networks in cells go on and rules set its behaviours, its volume relaxes, it is damaged or
//! repaired, may die, and goes on in its cycle; divisions follow in the order of ids. On a mechanics step pair velocities are
//! summed, cells walk, links form and break, cells eat, attack and fuse, then move.
//!
//! # Same bits
//!
//! Every draw comes from a stream of the cell's id and the step; whatever order matters is that of ids or of slots in
//! space. Threads share pair sums and fields, which add up in a fixed order.

mod contacts;
mod culture;
mod error;
mod links;
mod medium;
mod motion;
mod networks;
mod phenotype;
mod plan;
pub mod rules;
mod saved;
mod signals;
mod split;
mod start;
mod view;

pub use culture::{Culture, Events};
pub use error::AgentError;
pub use medium::SubstrateBalance;
pub use plan::{cycle_of, on_death};
pub use saved::Saved;
pub use view::{CellView, Count};
