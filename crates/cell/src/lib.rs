//! Cells as agents, in structure-of-arrays.
//!
//! The crate moves, ages, divides and removes cells. It knows neither skin nor vesicles: what a cell *is* to the
//! biology hangs on it as extra columns that the owner registers by name. Lengths are um, times min.
//!
//! * [`store`]: [`Cells`], the arrays, with ids that are never reused, removal at the end of a step, and
//!   reordering for memory locality.
//! * [`domain`]: the box, its walls and periods; [`surface`]: the curved floor (a folded basement membrane).
//! * [`neighbours`]: a uniform grid that finds pairs.
//! * [`mechanics`]: overdamped centre-based forces, taken over an interval by an error-controlled stabilised
//!   Runge–Kutta method of order two; cells at rest sleep.
//! * [`motility`]: persistent random walks, free, in a plane or along an axis, with a bias and along fibres.
//! * [`cycle`] and [`fate`]: division by a rate, growth, the act of division, death.
//! * [`open`]: cells in open space: pair mechanics over slices, on several threads.
//! * [`phenotype`]: volume, cycle, death, division, interactions as functions over columns.
//! * [`rules`]: signals to behaviours, compiled to flat tables.
//! * [`colony`]: a lean store for open space.
//! * [`cases`]: set-ups with known answers, for tests, benches and examples.
//! * [`digest`]: a hash per column with values in id order, to compare two runs.
//!
//! # Same bits
//!
//! What happens to a cell depends on the state and on streams keyed by the cell's id, never on where it lies in
//! memory: neighbours are visited in the order of their ids, maxima are taken instead of sums over cells, and
//! everything that assigns ids is driven by lists sorted by id. Neighbour lists are rebuilt whenever they are
//! stale and never change a result, so that they are not part of a checkpoint.
//!
//! ```
//! use exoderm_cell::{Boundary, Cells, Domain, Kind, KindMechanics, Mechanics, MechanicsParameters, NewCell,
//!     PairForce, PairTable};
//!
//! let mut cells = Cells::default();
//! for x in [40.0, 46.0] {
//!     cells.add(NewCell::sphere(Kind(0), [x, 6.5, 50.0], 4.0))?;
//! }
//! let mut mechanics = Mechanics::new(MechanicsParameters::new(
//!     Domain::new([0.0; 3], [100.0, 13.0, 100.0], [Boundary::Wall, Boundary::Periodic, Boundary::Wall])?,
//!     vec![KindMechanics { drag: 1.0, ..KindMechanics::default() }],
//!     PairTable::uniform(1, PairForce { stiffness: 2.0, cubic: 0.0, adhesion: 0.0 }),
//! ))?;
//! mechanics.advance(&mut cells, 6.0)?;
//! let gap = cells.position[0][1] - cells.position[0][0];
//! assert!((gap - 8.0).abs() < 0.05, "pushed apart until they touch");
//! # Ok::<(), exoderm_cell::CellError>(())
//! ```

pub mod cases;
pub mod colony;
pub mod cycle;
pub mod digest;
pub mod domain;
pub mod error;
pub mod fate;
pub mod lent;
pub mod mechanics;
pub mod motility;
pub mod neighbours;
pub mod open;
pub mod phenotype;
pub mod rules;
pub mod store;
pub mod surface;
pub mod vector;

pub use cycle::{advance_ages, divisions_due, relax_volumes};
pub use domain::{Boundary, Domain};
pub use error::CellError;
pub use fate::{Cause, DivisionAxis};
pub use mechanics::{
    KindMechanics, Mechanics, MechanicsParameters, Numerics, PairForce, PairImages, PairTable, SleepRule,
    StepReport, SurfaceRule,
};
pub use motility::{Confinement, Fibres, Walk, steer, steer_on};
pub use store::{Cells, Column, Kind, NewCell, OnDivision};
pub use surface::Surface;
