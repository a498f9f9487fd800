//! Cells in open space: pair mechanics over slices, on several threads, with the same bits on any number of them.
//!
//! [`crate::mechanics`] serves tissue that mostly rests: it sleeps, follows single cells, holds cells on a floor and
//! takes long steps. This module serves the other case, a cluster, spheroid or monolayer in which everything moves:
//! no store of its own, one sweep over half pairs a step, and nothing visited that is not near.
//!
//! * [`bodies`]: what of the cells is read; [`Bodies`] borrows the owner's columns, in whatever order they are.
//! * [`half`]: [`HalfList`], a Verlet list of half pairs over cells sorted in space. It is kept until a cell has come,
//!   gone, or used up its half of the skin.
//! * [`law`]: force laws, [`Affinity`] between kinds.
//! * [`space`]: [`Space`], the sweep that makes velocities, pressures and neighbour rows.
//! * [`awake`]: threads that stay awake through the passes of a step.
//! * [`crowding`]: how much room a flat cell has, for growth that depends on it.
//! * [`springs`], [`walls`]: what adds to the velocities; [`integrate`]: steps through time.
//!
//! # Same bits
//!
//! Cells are sorted by bin and, within one, by id: memory order never matters. A block is a run of the sorted order, and
//! the partners of its cells lie in it or in the next block. So blocks 0, 2, 4 … write to disjoint cells, then blocks
//! 1, 3, 5 … do: each cell's sum has one order whatever the threads do.
//! The order does depend on where the list was last built; a list therefore takes with it, in a checkpoint, where
//! that was.

mod awake;
mod blocks;
pub mod bodies;
pub mod crowding;
pub mod half;
pub mod integrate;
pub mod law;
pub mod space;
pub mod springs;
pub mod walls;

pub use awake::awake;
pub use bodies::{Bodies, Per};
pub use half::HalfList;
pub use integrate::{Stepper, two_step};
pub use law::{Affinity, Law, PRESSURE_SCALE};
pub use space::{Rows, Space};
