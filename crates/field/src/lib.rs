//! Scalars on a voxel mesh: reaction, diffusion, advection, exchange.
//!
//! The unknowns are cell averages of concentration on a uniform box mesh, in whatever unit the scalar declares;
//! lengths are um, times min. The crate knows no cell and no vesicle: uptake, degradation and capillary exchange
//! reach it as a first-order rate `k(x)` and a source `s(x)` per voxel.
//!
//! # What a caller does
//!
//! 1. Make a [`Mesh`], and per scalar an [`Operator`]: diffusivity, membranes, boundaries, `k`, `s`.
//! 2. Fast scalars: [`SteadySolver`] finds the quasi-steady field. Slow ones: [`ExponentialStep`] advances them by
//!    explicit stages without an error in time, [`ImplicitStep`] by linear solves, [`AutoStep`] by the one of the two
//!    that serves the step, and [`Advection`] carries them with the flow (Strang: half a step of advection, a step of
//!    the rest, half a step of advection).
//! 3. Read [`StepLedger`] and [`AdvectionLedger`]: what left, decayed and came in, consistent with the discrete
//!    scheme to rounding, and [`ImplicitStep::sink`], the concentration with which each voxel's loss is
//!    `k · sink · dt · V` exactly.
//!
//! Concentrations are not negative: what is set or stepped is refused with its voxel if it is. Differences, estimates of errors
//! and deviations from a level are stepped with [`Operator::signed`] and [`Advection::signed`].
//!
//! # How it works
//!
//! Finite volumes: fluxes live on faces, so that what leaves a voxel enters its neighbour. Diffusivities in
//! series (harmonic mean) make fluxes across jumps right, and a membrane is one more resistance in that series.
//! The linear systems are symmetric M-matrices; conjugate gradients solve them, preconditioned by a banded
//! factorisation where the mesh is a thin strip, or by multigrid where it is not; large meshes
//! take multigrid cycles alone. Solvers own their scratch, fields belong to the caller. Explicit stages, cycles and
//! all passes over large meshes run on the threads of the surrounding rayon pool, slab by slab of the mesh: a slab needs
//! one plane of either neighbour, and sums are added in a fixed order, so that results have the same bits however they
//! are scheduled. Banded factors, [`lines`] and [`Advection`] run on one thread: many tissues run side by side instead.
//!
//! [`cases`] holds analytic solutions that tests, benches and documents share.

mod advect;
mod balance;
mod banded;
mod boundary;
pub mod cases;
mod chebyshev;
mod choice;
mod control;
mod cycles;
mod error;
mod exchange;
mod exponential;
mod geometric;
mod implicit;
mod kernel;
mod linear;
pub mod lines;
mod medium;
mod mesh;
mod multigrid;
mod operator;
mod passes;
mod remap;
mod rim;
mod sample;
mod settle;
mod slabs;
mod smooth;
mod stage;
mod steady;
mod stencil;
mod sweep;
mod values;
mod vcycle;

pub use advect::{Advection, AdvectionLedger, AdvectionMethod, Inflow, Velocity};
pub use boundary::{Boundary, BoundaryField};
pub use choice::{AutoStep, ChosenLedger};
pub use control::ControlledLedger;
pub use error::FieldError;
pub use exchange::{exchanged_amount, fold_exchange};
pub use exponential::{ExponentialConfig, ExponentialLedger, ExponentialStep};
pub use implicit::{ImplicitConfig, ImplicitStep, Scheme, StepLedger};
pub use linear::{Method, SolveReport, SolverState};
pub use mesh::{Axis, Face, Mesh};
pub use operator::{Operator, Rates};
pub use remap::{Remap, remove_columns};
pub use sample::{
    Weights, deposit_nearest, deposit_trilinear, gradient, gradient_nearest, nearest, trilinear,
};
pub use steady::{SteadyConfig, SteadySolver};
pub use values::Values;
