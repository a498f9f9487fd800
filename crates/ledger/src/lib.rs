//! What the numbers of Exoderm rest on: sources, parameters with ranges and evidence, their conflicts, checks of
//! their arithmetic, and the published results that predictions are held to.
//!
//! * [`Ledger::builtin`]: the rows of `data/ledger/*.toml`, embedded at compile time; [`Ledger::load_dir`] and
//!   [`Ledger::builtin_with`] read rows of one's own.
//! * [`Parameter`]: one row; [`Evidence`] with its tier, [`ReadLevel`], [`Confidence`]; rows that contradict each
//!   other name each other ([`Conflict`]).
//! * [`Reference`]: `@key`, `@key*0.5`, `@key.low`, as scenarios write it.
//! * [`checks`]: what the rows say they were computed from, computed again.
//! * [`targets`]: published curves and numbers, with what they may be used for.
//!
//! ```
//! use exoderm_ledger::{Ledger, Reference};
//! use exoderm_units::Unit;
//! let ledger = Ledger::builtin();
//! let d = ledger.quantity("D0_water_100")?;
//! assert!((d.in_unit(&Unit::parse("um^2/s")?)? - 6.57).abs() < 1e-12);
//! let low = Reference::parse("@k_deg_37.low*2")?.resolve(ledger)?;
//! assert!((low.in_unit(&Unit::parse("1/h")?)? - 0.01).abs() < 1e-12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod checks;
mod embedded;
mod error;
mod evidence;
mod hash;
mod ledger;
mod parameter;
mod read;
mod reference;
mod search;
pub mod targets;
mod unit_text;

pub use error::{LedgerError, Place};
pub use evidence::{Confidence, Evidence, ReadLevel};
pub use ledger::Ledger;
pub use parameter::{Conflict, Parameter, Source, SourceId, Value};
pub use reference::{Part, Reference};
pub use unit_text::{OPAQUE_UNITS, UnitText};
