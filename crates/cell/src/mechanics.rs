//! Overdamped, centre-based mechanics.
//!
//! A cell's velocity is the sum of its forces over its drag, plus its own active velocity:
//!
//! ```text
//! dx_i/dt = (Σ_j F(d_ij) n_ij + surface) / drag_i + active_i
//!
//! F(d) =  k e + c e³/s²          d < s      s = r_i + r_j,  e = min(s − d, saturation · s)
//! F(d) = −4 a u (1 − u)          s ≤ d < R  u = (d − s)/(R − s),  R = reach · s
//! ```
//!
//! with n_ij the unit vector from j to i. Both branches vanish at d = s, the law is continuous, of compact
//! support, and bounded. Forces have a unit of the owner's choice; only force/drag (um/min) matters.
//!
//! An interval is taken by a stabilised Runge–Kutta–Chebyshev method of order two (`chebyshev`), whose reach in
//! time grows with the square of its number of stages. Tissue at rest is a stiff gradient flow: an ordinary
//! second-order method would have to take steps of order drag/k for stability, however little moves.
//!
//! Cells that came to rest sleep (`sleep`): no forces, not even looked at, until something near them moves. Cells of
//! kinds that push nobody walk by themselves (`loose`), and only [`Mechanics::observe`] sees who is near them.

mod chebyshev;
mod constraint;
mod force;
mod loose;
mod observe;
mod pairs;
mod parameters;
mod sleep;
mod step;

pub use parameters::{
    KindMechanics, MechanicsParameters, Numerics, PairForce, PairImages, PairTable, SleepRule, SurfaceRule,
};
pub use step::StepReport;

use crate::error::CellError;
use crate::store::{Cells, get};
use crate::surface::Floor;
use crate::vector::Vec3;
use serde::{Deserialize, Serialize};

/// The mechanics of one tissue: parameters, the step size found good so far, and buffers.
///
/// A checkpoint has the parameters and the step size; buffers and lists are made anew. What was read from a file
/// goes through [`MechanicsParameters::check`] and [`Cells::check`] before it is used.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mechanics {
    parameters: MechanicsParameters,
    /// Substep that error control would try next (min); infinite before the first.
    next_substep: Option<f64>,
    #[serde(skip)]
    list: pairs::PairList,
    #[serde(skip)]
    work: Work,
}

/// Buffers of a step, one entry per cell unless said otherwise.
#[derive(Clone, Debug, Default)]
struct Work {
    /// Positions the forces are evaluated at.
    position: Vec<Vec3>,
    /// Stages of the method.
    before: Vec<Vec3>,
    origin: Vec<Vec3>,
    /// Velocities at the start of the substep, at a stage, at its end.
    first: Vec<Vec3>,
    stage: Vec<Vec3>,
    last: Vec<Vec3>,
    /// Where the interval began.
    begin: Vec<Vec3>,
    /// What was touched when velocities were last evaluated.
    contact: force::Contact,
    /// The surface, if there is one; not one entry per cell.
    floor: Floor,
    /// Pairs and sums over them.
    forces: force::Forces,
    /// Indices of the cells that push and are awake, ascending; not one entry per cell.
    awake: Vec<u32>,
    /// The same of those that push nobody.
    loose: Vec<u32>,
    /// By kind: whether it pushes nobody.
    loose_kinds: Vec<bool>,
    /// Indices to wake or to put to sleep.
    changed: Vec<u32>,
    marked: Vec<bool>,
    observe: observe::Buffers,
}

/// A buffer of velocities in [`Work`].
#[derive(Clone, Copy)]
enum Which {
    First,
    Stage,
    Last,
}

impl Work {
    fn gather(&mut self, cells: &Cells, parameters: &MechanicsParameters) {
        let n = cells.len();
        if let Some(surface) = &parameters.surface {
            self.floor.set(surface);
        }
        self.position.clear();
        self.position.extend((0..n).map(|i| parameters.domain.wrap(cells.at(i))));
        for buffer in [
            &mut self.before,
            &mut self.origin,
            &mut self.first,
            &mut self.stage,
            &mut self.last,
            &mut self.begin,
            &mut self.contact.normal,
        ] {
            // Of whoever moves, each is written before it is read.
            buffer.resize(n, [0.0; 3]);
        }
        self.contact.walls.resize(n, [0; 3]);
        loose::kinds(parameters, &mut self.loose_kinds);
        self.forces.set_laws(parameters);
    }
}

impl Mechanics {
    /// Mechanics with these parameters.
    ///
    /// # Errors
    /// If a parameter lies outside what the equations allow.
    pub fn new(parameters: MechanicsParameters) -> Result<Self, CellError> {
        parameters.check()?;
        Ok(Self { parameters, next_substep: None, list: pairs::PairList::default(), work: Work::default() })
    }

    /// The parameters.
    pub fn parameters(&self) -> &MechanicsParameters {
        &self.parameters
    }

    /// Changes parameters (a surface that was remodelled, a kind that softened) and wakes all cells.
    ///
    /// # Errors
    /// If a parameter lies outside what the equations allow; then nothing is changed.
    pub fn set_parameters(
        &mut self,
        parameters: MechanicsParameters,
        cells: &mut Cells,
    ) -> Result<(), CellError> {
        parameters.check()?;
        self.parameters = parameters;
        cells.wake_all();
        Ok(())
    }

    /// Velocities (um/min) of all cells where they are now, sleepers included, into [`Cells::velocity`].
    ///
    /// # Errors
    /// As [`Mechanics::advance`].
    pub fn evaluate(&mut self, cells: &mut Cells) -> Result<(), CellError> {
        self.prepare(cells)?;
        sleep::list_moving(cells, &mut self.work, |_, _| true);
        self.work.forces.take_pairs(&self.parameters, &self.list, cells, &self.work.position, true);
        self.velocities_at::<false>(cells, Which::First);
        for i in 0..self.work.loose.len() {
            let i = self.work.loose[i] as usize;
            self.walk(cells, i, 0.0);
        }
        for (i, v) in self.work.first.iter().enumerate() {
            crate::store::set(&mut cells.velocity, i, *v);
        }
        Ok(())
    }

    /// Velocities of awake cells that push, at `position`, into one of the buffers; see
    /// [`force::Forces::velocities`].
    fn velocities_at<const RATE: bool>(&mut self, cells: &Cells, which: Which) -> f64 {
        let w = &mut self.work;
        let setting = force::Setting { parameters: &self.parameters, cells, floor: &w.floor };
        let out = match which {
            Which::First => &mut w.first,
            Which::Stage => &mut w.stage,
            Which::Last => &mut w.last,
        };
        w.forces.velocities::<RATE>(&setting, &w.awake, &w.position, out, &mut w.contact)
    }

    /// Fills buffers and brings the neighbour list up to date.
    fn prepare(&mut self, cells: &Cells) -> Result<(), CellError> {
        check(cells, self.parameters.kinds.len())?;
        self.work.gather(cells, &self.parameters);
        self.list.refresh(&self.parameters, cells, &self.work.position, &self.work.loose_kinds);
        Ok(())
    }
}

/// Checks what a caller may have written into the arrays.
fn check(cells: &Cells, kinds: usize) -> Result<(), CellError> {
    for i in 0..cells.len() {
        let id = cells.id[i];
        let kind = cells.kind[i].0;
        if usize::from(kind) >= kinds {
            return Err(CellError::UnknownKind { id, kind, known: kinds });
        }
        if cells.at(i).iter().any(|x| !x.is_finite()) {
            return Err(CellError::Invalid { id, what: "position" });
        }
        if get(&cells.active, i).iter().any(|x| !x.is_finite()) {
            return Err(CellError::Invalid { id, what: "active velocity" });
        }
        if !(cells.radius[i] > 0.0 && cells.radius[i].is_finite()) {
            return Err(CellError::Invalid { id, what: "radius" });
        }
    }
    Ok(())
}
