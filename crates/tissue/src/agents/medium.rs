//! Substrates around cells: diffusion, decay and what cells exchange, taken together.
//!
//! Secretion, uptake and export of the cells of a voxel enter its loss and source, and the exact propagator of the mesh
//! ([`ExponentialStep`]) takes the whole interval between two steps of cells. Nothing is split: what a cell senses does
//! not depend on the step, and a steady state is that of the equation.
//!
//! A face with a held density holds the whole layer of voxels behind it. The layer is left out of the mesh that is
//! solved; a membrane as thick as half a voxel stands for the way from the layer's centres to the inner face.

use super::AgentError;
use super::split::Split;
use exoderm_field::{
    Boundary, ExponentialConfig, ExponentialStep, Face, FieldError, ImplicitConfig, ImplicitStep, Mesh,
    Method, Operator, Scheme, SolverState,
};
use exoderm_model::agents::AgentModel;
use serde::{Deserialize, Serialize};

/// One substrate.
#[derive(Clone, Debug)]
struct Substrate {
    density: Vec<f64>,
    diffusion: f64,
    decay: f64,
    /// First voxel of the inner mesh along each axis, and its operator; `None` if every voxel is held.
    low: [usize; 3],
    inner: Option<Operator>,
    stepper: usize,
    /// Takes single steps instead, if that is asked for.
    split: Option<Split>,
    /// Steps that outlast what the mesh remembers, where steps adapt.
    implicit: Option<ImplicitStep>,
    /// Change in the last step, as a share of the largest density. One that changed nothing need not be taken again until
    /// loss or source change.
    change: f64,
    held: bool,
    tally: Tally,
}

/// What became of a substrate since the start, in the whole box (amounts).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Tally {
    start: f64,
    given: f64,
    taken: f64,
    decayed: f64,
}

/// The balance of a substrate (amounts): what was there and was given off is what was taken up, decayed, is there, or is in
/// the rest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubstrateBalance {
    /// There at the start.
    pub start: f64,
    /// Given off by cells since, by secretion and export.
    pub given: f64,
    /// Taken up by cells, with what secretion towards a target takes back; if it was booked.
    pub taken: Option<f64>,
    /// Decayed; if it was booked.
    pub decayed: Option<f64>,
    /// There now.
    pub end: f64,
    /// All else: what was not booked, and what went out through held faces less what came in. Rounding if there is neither.
    pub rest: f64,
    /// Some face is held.
    pub held: bool,
}

/// All substrates.
#[derive(Clone, Debug)]
pub(super) struct Media {
    shape: [usize; 3],
    origin: [f64; 3],
    voxel: f64,
    substrates: Vec<Substrate>,
    steppers: Vec<ExponentialStep>,
    loss: Vec<f64>,
    source: Vec<f64>,
    field: Vec<f64>,
    average: Vec<f64>,
}

/// A substrate as a checkpoint has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SavedMedium {
    density: Vec<f64>,
    change: f64,
    tally: Tally,
    /// Loss and source of the last step, where the next may be left out.
    last: Option<[Vec<f64>; 2]>,
    implicit: Option<SolverState>,
}

/// What cells of a voxel do to a substrate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Trade {
    pub(crate) voxel: usize,
    /// Volume times the rate of uptake and secretion (um³/min).
    pub(crate) loss: f64,
    /// Amount given off towards the target (amount/min).
    pub(crate) source: f64,
    /// Amount given off whatever the density (amount/min).
    pub(crate) export: f64,
    /// Index of the cell.
    pub(crate) cell: u32,
}

impl Media {
    /// The substrates of a model; `tables` has densities by voxel for those that a table gives.
    pub(crate) fn new(model: &AgentModel, tables: &[Option<Vec<f64>>]) -> Result<Self, FieldError> {
        let shape = model.domain.shape();
        let voxels = shape.iter().product();
        let mut media = Self {
            shape,
            origin: model.domain.origin(),
            voxel: model.domain.voxel,
            substrates: Vec::new(),
            steppers: Vec::new(),
            loss: Vec::new(),
            source: Vec::new(),
            field: Vec::new(),
            average: vec![0.0; if model.options.internalize { voxels } else { 0 }],
        };
        for (s, k) in model.substrates.iter().zip(0..) {
            let given = tables.get(k).and_then(Option::as_ref).filter(|t| t.len() == voxels);
            let mut held = Vec::new();
            let mut density = given.cloned().unwrap_or_else(|| vec![s.initial; voxels]);
            let faces: [Option<f64>; 6] =
                std::array::from_fn(|f| s.faces.all()[f].filter(|_| f < 4 || !model.domain.flat));
            for (f, value) in faces.iter().enumerate() {
                let Some(value) = *value else { continue };
                let (axis, at) = (f / 2, if f % 2 == 0 { 0 } else { shape[f / 2] - 1 });
                for (v, d) in density.iter_mut().enumerate() {
                    if media.place(v)[axis] == at {
                        *d = value;
                        held.push((v as u32, value));
                    }
                }
            }
            let low: [usize; 3] = std::array::from_fn(|a| usize::from(faces[2 * a].is_some()));
            let size: [usize; 3] = std::array::from_fn(|a| {
                (shape[a]).saturating_sub(low[a] + usize::from(faces[2 * a + 1].is_some()))
            });
            let (mut inner, mut stepper, mut split, mut implicit) = (None, 0, None, None);
            if model.options.split {
                let rates = [s.diffusion, s.decay];
                let (h, dt, flat) = (media.voxel, model.steps.diffusion, model.domain.flat);
                split = Some(Split::new(shape, h, rates, dt, flat, held));
            } else if size.iter().all(|&n| n > 0) {
                let mesh = Mesh::new(size[0], size[1], size[2], [media.voxel; 3])?;
                // Export by cells may be negative, and takes whether or not anything is left.
                let mut op = Operator::signed(&mesh);
                op.set_uniform_diffusivity(s.diffusion)?;
                for (face, value) in Face::ALL.into_iter().zip(faces) {
                    if let Some(reservoir) = value {
                        let p = 2.0 * s.diffusion / media.voxel;
                        op.set_boundary(face, Boundary::Permeability { p, reservoir })?;
                    }
                }
                stepper = media.stepper(&mesh, model.options.internalize)?;
                if model.options.adaptive {
                    let config = ImplicitConfig {
                        scheme: Scheme::TrBdf2,
                        tolerance: TOLERANCE,
                        method: Method::Gradients,
                        ..Default::default()
                    };
                    implicit = Some(ImplicitStep::new(&mesh, config)?);
                }
                inner = Some(op);
            }
            let start = density.iter().sum::<f64>() * media.volume();
            media.substrates.push(Substrate {
                tally: Tally { start, ..Tally::default() },
                held: faces.iter().any(Option::is_some),
                density,
                diffusion: s.diffusion,
                decay: s.decay,
                low,
                inner,
                stepper,
                split,
                implicit,
                change: f64::INFINITY,
            });
        }
        Ok(media)
    }

    /// The stepper of a mesh: substrates with the same held faces share one.
    fn stepper(&mut self, mesh: &Mesh, sink: bool) -> Result<usize, FieldError> {
        let meshes = self.substrates.iter().filter_map(|s| Some((s.inner.as_ref()?.mesh(), s.stepper)));
        if let Some((_, k)) = meshes.into_iter().find(|(m, _)| *m == mesh) {
            return Ok(k);
        }
        let config = ExponentialConfig { sink, ..ExponentialConfig::default() };
        self.steppers.push(ExponentialStep::new(mesh, config)?);
        Ok(self.steppers.len() - 1)
    }

    pub(crate) fn saved(&self) -> Vec<SavedMedium> {
        let of =
            |s: &Substrate| SavedMedium {
                density: s.density.clone(),
                change: s.change,
                tally: s.tally,
                last: s.inner.as_ref().filter(|_| s.change <= ROUNDING).map(|op| {
                    [op.decay(), op.source()].map(|x| (0..op.mesh().len()).map(|v| x.at(v)).collect())
                }),
                implicit: s.implicit.as_ref().map(ImplicitStep::state),
            };
        self.substrates.iter().map(of).collect()
    }

    /// Takes the substrates to where they were saved; false if those are others.
    pub(crate) fn restore(&mut self, saved: Vec<SavedMedium>) -> Result<bool, AgentError> {
        let fits = |(s, saved): (&Substrate, &SavedMedium)| s.density.len() == saved.density.len();
        if saved.len() != self.substrates.len() || !self.substrates.iter().zip(&saved).all(fits) {
            return Ok(false);
        }
        for (k, (s, saved)) in self.substrates.iter_mut().zip(saved).enumerate() {
            let wrong = |error| AgentError::Field { name: format!("number {k}"), error };
            (s.density, s.change, s.tally) = (saved.density, saved.change, saved.tally);
            if let (Some(op), Some([loss, source])) = (&mut s.inner, saved.last) {
                op.set_decay(&loss).map_err(wrong)?;
                op.set_source(&source).map_err(wrong)?;
            }
            if let (Some(implicit), Some(state)) = (&mut s.implicit, saved.implicit) {
                implicit.restore(state).map_err(wrong)?;
            }
        }
        Ok(true)
    }

    fn place(&self, v: usize) -> [usize; 3] {
        let [nx, ny, _] = self.shape;
        [v % nx, v / nx % ny, v / (nx * ny)]
    }

    /// Volume of a voxel (um³).
    pub(crate) fn volume(&self) -> f64 {
        self.voxel * self.voxel * self.voxel
    }

    /// The voxel around a point, or the nearest.
    #[inline]
    pub(crate) fn voxel(&self, at: [f64; 3]) -> usize {
        let i: [usize; 3] = std::array::from_fn(|a| {
            // Below the box is 0: the conversion saturates.
            (((at[a] - self.origin[a]) / self.voxel) as usize).min(self.shape[a] - 1)
        });
        (i[2] * self.shape[1] + i[1]) * self.shape[0] + i[0]
    }

    #[inline]
    pub(crate) fn density(&self, substrate: u16, voxel: usize) -> f64 {
        self.substrates[usize::from(substrate)].density[voxel]
    }

    /// All densities of a substrate; x runs fastest.
    pub(crate) fn field(&self, substrate: usize) -> &[f64] {
        &self.substrates[substrate].density
    }

    /// What became of a substrate.
    pub(crate) fn balance(&self, substrate: usize) -> SubstrateBalance {
        let s = &self.substrates[substrate];
        let Tally { start, given, taken, decayed } = s.tally;
        let end = s.density.iter().sum::<f64>() * self.volume();
        let account = !self.average.is_empty();
        let taken = (account || s.split.is_some()).then_some(taken);
        let decayed = (account && s.split.is_none()).then_some(decayed);
        let rest = start + given - taken.unwrap_or(0.0) - decayed.unwrap_or(0.0) - end;
        SubstrateBalance { start, given, taken, decayed, end, rest, held: s.held }
    }

    /// Gradient at a voxel (per um): central differences, one-sided at the faces, 0 along an axis of one voxel.
    pub(crate) fn gradient(&self, substrate: u16, voxel: usize) -> [f64; 3] {
        let density = &self.substrates[usize::from(substrate)].density;
        let (place, mut stride) = (self.place(voxel), 1);
        std::array::from_fn(|a| {
            let step = stride;
            stride *= self.shape[a];
            let below = if place[a] > 0 { voxel - step } else { voxel };
            let above = if place[a] + 1 < self.shape[a] { voxel + step } else { voxel };
            let span = ((above - below) / step) as f64 * self.voxel;
            if span > 0.0 { (density[above] - density[below]) / span } else { 0.0 }
        })
    }

    /// Advances one substrate by `dt` (min) with `trades` of its cells, in the order of ids; a split one by the step of
    /// diffusion, which `dt` must then be. Where cells keep account, `taken` is told which cell
    /// took up how much (negative: gave off).
    pub(crate) fn advance(
        &mut self,
        substrate: usize,
        dt: f64,
        trades: &[Trade],
        mut taken: impl FnMut(u32, f64),
    ) -> Result<(), FieldError> {
        let volume = self.volume();
        let per_volume = 1.0 / volume;
        let (shape, account) = (self.shape, !self.average.is_empty());
        let s = &mut self.substrates[substrate];
        s.tally.given += dt * trades.iter().map(|t| t.source + t.export).sum::<f64>();
        if let Some(split) = &mut s.split {
            split.step(&mut s.density);
            for t in trades {
                let rho = &mut s.density[t.voxel];
                let next = (*rho + dt * t.source * per_volume) / (1.0 + dt * t.loss * per_volume);
                let out = dt * t.export * per_volume;
                s.tally.taken += dt * t.loss * next;
                if account {
                    taken(t.cell, (*rho - next - out) * volume);
                }
                *rho = next + out;
            }
            return Ok(());
        }
        if account {
            self.average.copy_from_slice(&s.density);
        }
        if let Some(op) = &mut s.inner {
            let [nx, ny, nz] = op.mesh().shape();
            let low = s.low;
            // Rows of the inner mesh within the whole one.
            let row = |j: usize, k: usize| ((k + low[2]) * shape[1] + j + low[1]) * shape[0] + low[0];
            self.loss.clear();
            self.loss.resize(nx * ny * nz, s.decay);
            self.source.clear();
            self.source.resize(nx * ny * nz, 0.0);
            let inner_of = |v: usize| {
                let i = [v % shape[0], v / shape[0] % shape[1], v / (shape[0] * shape[1])];
                let size = [nx, ny, nz];
                let inside = (0..3).all(|a| i[a] >= low[a] && i[a] < low[a] + size[a]);
                inside.then(|| ((i[2] - low[2]) * ny + i[1] - low[1]) * nx + i[0] - low[0])
            };
            for t in trades {
                if let Some(v) = inner_of(t.voxel) {
                    self.loss[v] += t.loss * per_volume;
                    self.source[v] += (t.source + t.export) * per_volume;
                }
            }
            if s.change <= ROUNDING && op.decay().are(&self.loss) && op.source().are(&self.source) {
                if account {
                    s.book(dt, trades, &self.average, shape, volume);
                    settle(dt, trades, &self.average, &mut taken);
                }
                return Ok(());
            }
            op.set_decay(&self.loss)?;
            op.set_source(&self.source)?;
            self.field.clear();
            for k in 0..nz {
                for j in 0..ny {
                    self.field.extend_from_slice(&s.density[row(j, k)..row(j, k) + nx]);
                }
            }
            let exchange = s.diffusion * dt / (self.voxel * self.voxel);
            // Exact steps while the density changes much, then such as do not grow dearer with their length.
            let sink = match &mut s.implicit {
                Some(implicit) if s.change < CALM && exchange > LONG => {
                    implicit.step(op, &mut self.field, dt)?;
                    implicit.sink()
                }
                _ => {
                    let stepper = &mut self.steppers[s.stepper];
                    stepper.step(op, &mut self.field, dt)?;
                    stepper.sink()
                }
            };
            let (mut change, mut size) = (0.0_f64, 0.0_f64);
            for k in 0..nz {
                for j in 0..ny {
                    let from = (k * ny + j) * nx;
                    for (d, &new) in s.density[row(j, k)..row(j, k) + nx].iter_mut().zip(&self.field[from..])
                    {
                        change = change.max((new - *d).abs());
                        size = size.max(new.abs());
                        *d = new;
                    }
                    if account {
                        self.average[row(j, k)..row(j, k) + nx].copy_from_slice(&sink[from..from + nx]);
                    }
                }
            }
            s.change = if change > 0.0 { change / size } else { 0.0 };
        }
        if account {
            s.book(dt, trades, &self.average, shape, volume);
            settle(dt, trades, &self.average, &mut taken);
        }
        Ok(())
    }
}

impl Substrate {
    /// Books what a step took, from the densities averaged over it. Held voxels do not decay.
    fn book(&mut self, dt: f64, trades: &[Trade], average: &[f64], shape: [usize; 3], volume: f64) {
        self.tally.taken += dt * trades.iter().map(|t| t.loss * average[t.voxel]).sum::<f64>();
        let Some(op) = &self.inner else { return };
        let ([nx, ny, nz], low) = (op.mesh().shape(), self.low);
        let mut sum = 0.0;
        for k in low[2]..low[2] + nz {
            for j in low[1]..low[1] + ny {
                let from = (k * shape[1] + j) * shape[0] + low[0];
                sum += average[from..from + nx].iter().sum::<f64>();
            }
        }
        self.tally.decayed += dt * self.decay * volume * sum;
    }
}

/// A change of this share is rounding.
const ROUNDING: f64 = 1e-15;
/// Change in a step below which an implicit one may follow, and exchanges between neighbours in a step from which it is
/// cheaper.
const CALM: f64 = 0.02;
const LONG: f64 = 200.0;
/// Residual of an implicit step.
const TOLERANCE: f64 = 1e-6;

/// Tells what each cell took up.
fn settle(dt: f64, trades: &[Trade], average: &[f64], taken: &mut impl FnMut(u32, f64)) {
    for t in trades {
        taken(t.cell, dt * (t.loss * average[t.voxel] - t.source - t.export));
    }
}
