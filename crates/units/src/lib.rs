//! Quantities read from text ("4.2 um^2/s"), checked for dimension, held in the program's internal units.
//!
//! Internal units: length um, time min, mass ug, amount of substance nmol, temperature K, and *counts*. Particles,
//! vesicles, cells, copies, loops … are one dimension, "count": their labels are kept for display and never
//! compared, so `particles/mL` and `EV/mL` agree while `particles/mL` and `1/mL` do not.
//!
//! * [`Dimension`]: integer exponents of the six base quantities.
//! * [`Unit`]: a text such as `ug/cm^2` with its dimension and its exact ratio of internal units.
//! * [`Quantity`]: a number in internal units with its dimension; [`Quantity::parse`], [`Quantity::in_unit`].
//! * [`nearest`]: the closest known name, for error messages (units here, keys and field names elsewhere).
//!
//! The UCUM library that was considered (`octofhir-ucum`) is not used, because by UCUM's rules a count in braces
//! has dimension 1, so it could not tell `particles/mL` from `1/mL`.
//!
//! # How a unit is written
//!
//! Factors are joined by `*`, `.`, `·` or a space, and divided by `/` or `per`; an exponent follows with or without
//! `^` (`um^2`, `um2`, `um²`, `h^-1`). Each `/` divides by the one factor after it, as usual (`g/m2/h`). A number
//! belongs to the unit after it (`EV/3 h` is a count per three hours). What is meant by a unit may follow it in
//! words from a short list (`ug protein/mL`, `% closure`) or in braces (`ug{protein}/mL`); it changes nothing.
//! `a/b c` is refused as ambiguous: write `a/(b c)` or `a c/b`.
//!
//! ```
//! use exoderm_units::{Quantity, Unit};
//! let d = Quantity::parse("4.2 um^2/s")?;
//! assert_eq!(d.value, 252.0); // um^2/min
//! assert_eq!(d.in_unit(&Unit::parse("um2/h")?)?, 15120.0);
//! assert!(d.in_unit(&Unit::parse("um/h")?).is_err());
//! # Ok::<(), exoderm_units::UnitError>(())
//! ```

mod dimension;
mod error;
mod nearest;
mod parse;
mod quantity;
mod table;
mod unit;

pub use dimension::Dimension;
pub use error::UnitError;
pub use nearest::nearest;
pub use quantity::{Quantity, significant};
pub use unit::Unit;
