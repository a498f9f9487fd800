//! Single vesicles in Brownian motion among spheres and planes.
//!
//! A caller makes a [`Scene`] (a box, spheres, planes, each absorbing, partly absorbing or reflecting), a [`Cloud`]
//! (vesicles as structure of arrays, with the few [`Class`]es of motion they belong to), and steps it. What
//! happened to vesicles in a step comes back as [`Event`]s: captured by which surface, lost, left, arrived.
//! The crate knows no cell and no field; lengths are um, times min.
//!
//! # How a step stays right when it is long
//!
//! A vesicle whose surroundings are clear for five standard deviations of its step moves by one Gaussian jump,
//! which is exact. Near a surface the step is done by `near`: for one sphere or plane the chance of having touched it between
//! two points, the time of the first touch, what a partly absorbing wall then does and where the rest of the step
//! ends all have closed forms, so that one vesicle and one sphere are exact in the distance at any step. A step is
//! cut only (a) to a quarter of the sphere's radius, where the angle around the sphere is approximated, and
//! (b) where a second surface is as near as the first.
//!
//! # Where the same bits come from
//!
//! Every draw is keyed by vesicle and tick. Work is cut into chunks of fixed length, events are gathered in the
//! order of chunks, and the grid that finds spheres only leaves out those that cannot matter, so that neither
//! threads nor the grid's spacing change a result.

#![allow(clippy::needless_range_loop, reason = "kernels walk several arrays by one index")]

pub mod cases;

mod class;
mod cloud;
mod domain;
mod error;
mod grid;
mod motion;
mod near;
mod scene;
mod step;
mod stored;
mod surface;
mod tether;

pub use class::{Class, Motion, Path};
pub use cloud::{Cloud, Event, Fate};
pub use domain::{Domain, Face};
pub use error::Error;
pub use scene::{Scene, Touched};
pub use stored::Stored;
pub use surface::{Plane, Side, Sphere, Wall};
