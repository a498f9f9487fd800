//! Numbers that are the same on every machine and on any number of threads.
//!
//! * [`random`]: counter-based streams. A draw is a function of `(seed, replicate, entity, tick, purpose)` and of
//!   nothing else, so that the order in which cells are visited, or by how many threads, cannot matter.
//! * [`batch`]: normals for many entities at once, in vector registers.
//! * [`binomial`]: binomial counts, also of chances that many draws share.
//! * [`bulk`]: waiting times and uniforms of one stream, many at a time, for simulations event by event.
//! * [`math`]: exp, ln, pow, sin … in pure Rust. The standard library calls the platform's libm, whose last
//!   bits differ between systems.
//! * [`quasi`]: points that fill a box evenly, for propagating ranges.
//! * [`reduce`]: sums in an order fixed by index.
//! * [`spare`]: one uniform for a row of events that mostly do not happen.
//! * [`streams`]: the streams of many entities opened at once.
//! * [`split`]: events shared out among kinds.
//!
//! Nothing here keeps global state.

pub mod batch;
pub mod binomial;
pub mod bulk;
pub mod math;
pub mod quasi;
pub mod random;
pub mod reduce;
pub mod spare;
pub mod split;
pub mod streams;
