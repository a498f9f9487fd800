//! The cells: one array per property, one index per cell.
//!
//! An index is good until the next [`Cells::sweep`], [`Cells::reorder`] or [`Cells::sort_spatial`]; an id is good
//! for ever. Work that assigns ids or consumes anything shared must visit cells by id ([`Cells::ids_in_order`]),
//! since memory order is an accident of history. The arrays are public, because a step reads some and writes
//! others at once; their lengths belong to this module.

mod order;

pub use order::SortBuffers;

use crate::error::{CellError, positive};
use crate::fate::Cause;
use crate::vector::Vec3;
use exoderm_numeric::math;
use serde::{Deserialize, Serialize};

/// A cell's kind: an index into the tables of parameters of whoever owns the cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Kind(pub u8);

/// Bits of [`Cells::flags`].
pub mod flag {
    /// Mechanically at rest: forces are not evaluated.
    pub const ASLEEP: u8 = 1;
    /// Dying: shrinks, no longer grows, divides or moves by itself.
    pub const DYING: u8 = 2;
    /// Goes at the next sweep.
    pub const REMOVED: u8 = 4;
    /// New or changed in place: wakes its neighbours at the next mechanics step.
    pub const DISTURBS: u8 = 8;
}

/// Handle of an extra column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Column(pub(crate) usize);

/// What an extra column's value does when its cell divides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnDivision {
    /// Both daughters have the mother's value: concentrations, scores, memories.
    Copy,
    /// Each daughter has half: amounts.
    Halve,
    /// Both daughters start at the column's default.
    Reset,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct ColumnInfo {
    name: String,
    default: f64,
    on_division: OnDivision,
}

/// What a founder is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NewCell {
    /// Its kind.
    pub kind: Kind,
    /// Its centre (um).
    pub position: Vec3,
    /// Its volume (um³).
    pub volume: f64,
    /// The volume it relaxes to (um³).
    pub target_volume: f64,
    /// Its phase, in the owner's numbering.
    pub phase: u8,
}

impl NewCell {
    /// A full-grown cell of this radius (um), in phase 0.
    pub fn sphere(kind: Kind, position: Vec3, radius: f64) -> Self {
        let volume = volume_of(radius);
        Self { kind, position, volume, target_volume: volume, phase: 0 }
    }
}

/// Volume of a sphere (um³).
#[inline]
pub fn volume_of(radius: f64) -> f64 {
    4.0 / 3.0 * std::f64::consts::PI * radius * radius * radius
}

/// Radius of a sphere (um).
#[inline]
pub fn radius_of(volume: f64) -> f64 {
    math::cbrt(volume * (3.0 / (4.0 * std::f64::consts::PI)))
}

/// All cells of a tissue.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Cells {
    /// Unique, never reused.
    pub id: Vec<u64>,
    /// Id of the founder this cell descends from.
    pub lineage: Vec<u64>,
    /// Kind.
    pub kind: Vec<Kind>,
    /// Centre (um).
    pub position: [Vec<f64>; 3],
    /// Velocity at the end of the last mechanics step (um/min).
    pub velocity: [Vec<f64>; 3],
    /// Velocity the cell gives itself (um/min), constant over a mechanics step; set by [`crate::motility`].
    pub active: [Vec<f64>; 3],
    /// Unit vector of the persistent walk; zero before the first draw.
    pub direction: [Vec<f64>; 3],
    /// Radius (um), the sphere's of `volume`: set both by [`Cells::set_volume`].
    pub radius: Vec<f64>,
    /// Volume (um³).
    pub volume: Vec<f64>,
    /// Volume the cell relaxes to (um³).
    pub target_volume: Vec<f64>,
    /// Time since birth (min).
    pub age: Vec<f64>,
    /// Phase, in the owner's numbering.
    pub phase: Vec<u8>,
    /// Time since the phase began (min).
    pub phase_clock: Vec<f64>,
    /// Tick of birth.
    pub birth_tick: Vec<u32>,
    /// Bits of [`flag`].
    pub flags: Vec<u8>,
    /// Why the cell dies; 0 while it lives.
    pub death_cause: Vec<Cause>,
    /// Time left until a dying cell is removed (min).
    pub death_clock: Vec<f64>,
    /// Sum of overlap / contact distance over neighbours; see [`crate::mechanics::Mechanics::observe`].
    pub pressure: Vec<f64>,
    /// Number of cells in contact; see [`crate::mechanics::Mechanics::observe`].
    pub contacts: Vec<u32>,
    /// Direction of free space among cells of the own class; see [`crate::mechanics::Mechanics::observe`].
    pub free_edge: [Vec<f64>; 3],
    /// The owner's current tick, stamped on cells as they are born.
    pub tick: u32,

    /// Intervals at rest so far.
    pub(crate) quiet: Vec<u8>,
    /// Where the cell was when its neighbours last took notice of it.
    pub(crate) anchor: [Vec<f64>; 3],
    /// Its radius then.
    pub(crate) anchor_radius: Vec<f64>,
    /// Spheres around which sleepers must wake: where cells were removed.
    pub(crate) disturbances: Vec<(Vec3, f64)>,
    pub(crate) extra: Vec<Vec<f64>>,
    columns: Vec<ColumnInfo>,
    next_id: u64,
}

/// Does the same to every per-cell vector: the one list of them.
macro_rules! for_each_column {
    ($cells:expr, $column:ident => $action:expr) => {{
        let c = $cells;
        for_each_column!(@one $column, $action; c.id, c.lineage, c.kind, c.radius, c.volume, c.target_volume,
            c.age, c.phase, c.phase_clock, c.birth_tick, c.flags, c.death_cause, c.death_clock, c.pressure,
            c.contacts, c.quiet, c.anchor_radius);
        for_each_column!(@many $column, $action; c.position, c.velocity, c.active, c.direction, c.free_edge,
            c.anchor, c.extra);
    }};
    (@one $column:ident, $action:expr; $($field:expr),*) => {$(
        #[allow(unused_mut)]
        { let $column = &mut $field; $action; }
    )*};
    (@many $column:ident, $action:expr; $($field:expr),*) => {$(
        for $column in &mut $field { $action; }
    )*};
}
pub(crate) use for_each_column;

impl Cells {
    /// Number of cells, the dying and those flagged for removal included.
    #[inline]
    pub fn len(&self) -> usize {
        self.id.len()
    }

    /// True if there is no cell.
    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }

    /// Adds a column of one number per cell; present cells get the default.
    ///
    /// # Errors
    /// If the name is taken.
    pub fn register(
        &mut self,
        name: &str,
        default: f64,
        on_division: OnDivision,
    ) -> Result<Column, CellError> {
        if self.column(name).is_some() {
            return Err(CellError::DuplicateColumn(name.to_owned()));
        }
        self.columns.push(ColumnInfo { name: name.to_owned(), default, on_division });
        self.extra.push(vec![default; self.len()]);
        Ok(Column(self.extra.len() - 1))
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<Column> {
        self.columns.iter().position(|c| c.name == name).map(Column)
    }

    /// Names of the extra columns, in the order of registration.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|c| c.name.as_str())
    }

    /// Values of an extra column, by index.
    ///
    /// # Panics
    /// If the column belongs to another store.
    #[inline]
    pub fn extra(&self, column: Column) -> &[f64] {
        &self.extra[column.0]
    }

    /// Values of an extra column, to write.
    ///
    /// # Panics
    /// If the column belongs to another store.
    #[inline]
    pub fn extra_mut(&mut self, column: Column) -> &mut [f64] {
        &mut self.extra[column.0]
    }

    /// Adds a founder and returns its index. Its neighbours wake.
    ///
    /// # Errors
    /// If the position is not finite or a volume not positive.
    pub fn add(&mut self, cell: NewCell) -> Result<usize, CellError> {
        positive("volume", cell.volume)?;
        positive("target volume", cell.target_volume)?;
        if let Some(&value) = cell.position.iter().find(|x| !x.is_finite()) {
            return Err(CellError::Parameter { name: "position", value, expected: "a finite number" });
        }
        let id = self.next_id;
        self.next_id += 1;
        let radius = radius_of(cell.volume);
        self.id.push(id);
        self.lineage.push(id);
        self.kind.push(cell.kind);
        for axis in 0..3 {
            self.position[axis].push(cell.position[axis]);
            self.anchor[axis].push(cell.position[axis]);
            self.velocity[axis].push(0.0);
            self.active[axis].push(0.0);
            self.direction[axis].push(0.0);
            self.free_edge[axis].push(0.0);
        }
        self.radius.push(radius);
        self.anchor_radius.push(radius);
        self.volume.push(cell.volume);
        self.target_volume.push(cell.target_volume);
        self.age.push(0.0);
        self.phase.push(cell.phase);
        self.phase_clock.push(0.0);
        self.birth_tick.push(self.tick);
        self.flags.push(flag::DISTURBS);
        self.death_cause.push(Cause::default());
        self.death_clock.push(0.0);
        self.pressure.push(0.0);
        self.contacts.push(0);
        self.quiet.push(0);
        for (values, info) in self.extra.iter_mut().zip(&self.columns) {
            values.push(info.default);
        }
        Ok(self.len() - 1)
    }

    /// Appends a copy of cell `i` under the next id, with extra columns treated as at division.
    pub(crate) fn bud(&mut self, i: usize) -> usize {
        for (values, info) in self.extra.iter_mut().zip(&self.columns) {
            match info.on_division {
                OnDivision::Copy => {}
                OnDivision::Halve => values[i] *= 0.5,
                OnDivision::Reset => values[i] = info.default,
            }
        }
        for_each_column!(&mut *self, column => {
            let value = column[i];
            column.push(value);
        });
        let daughter = self.len() - 1;
        self.id[daughter] = self.next_id;
        self.next_id += 1;
        daughter
    }

    /// Centre of cell `i` (um).
    #[inline]
    pub fn at(&self, i: usize) -> Vec3 {
        [self.position[0][i], self.position[1][i], self.position[2][i]]
    }

    /// Puts cell `i` at `p` (um). Its neighbours at the new place wake if it moved far enough to matter; those
    /// at the old place wake too.
    pub fn place(&mut self, i: usize, p: Vec3) {
        self.disturbances.push((self.at(i), self.radius[i]));
        set(&mut self.position, i, p);
        self.disturb(i);
    }

    /// Sets volume and radius of cell `i` together (um³). Not-positive volumes are ignored.
    #[inline]
    pub fn set_volume(&mut self, i: usize, volume: f64) {
        if volume > 0.0 && volume.is_finite() {
            self.volume[i] = volume;
            self.radius[i] = radius_of(volume);
        }
    }

    /// True if cell `i` is dying or flagged for removal.
    #[inline]
    pub fn is_doomed(&self, i: usize) -> bool {
        self.flags[i] & (flag::DYING | flag::REMOVED) != 0
    }

    /// True if cell `i` is mechanically asleep.
    #[inline]
    pub fn is_asleep(&self, i: usize) -> bool {
        self.flags[i] & flag::ASLEEP != 0
    }

    /// Wakes cell `i` and, at the next mechanics step, its neighbours.
    #[inline]
    pub fn disturb(&mut self, i: usize) {
        self.flags[i] = (self.flags[i] & !flag::ASLEEP) | flag::DISTURBS;
        self.quiet[i] = 0;
    }

    /// Wakes every cell; to be called when parameters or surfaces change.
    pub fn wake_all(&mut self) {
        for (flags, quiet) in self.flags.iter_mut().zip(&mut self.quiet) {
            *flags &= !flag::ASLEEP;
            *quiet = 0;
        }
    }

    /// Index of the cell with this id (a linear search).
    pub fn index_of(&self, id: u64) -> Option<usize> {
        self.id.iter().position(|&x| x == id)
    }

    /// The id the next new cell will get.
    pub fn next_id(&self) -> u64 {
        self.next_id
    }

    /// Checks that the columns fit together, as a checkpoint that was read must.
    ///
    /// # Errors
    /// [`CellError::Inconsistent`] with the first fault found.
    pub fn check(&mut self) -> Result<(), CellError> {
        let n = self.len();
        let mut even = self.columns.len() == self.extra.len();
        for_each_column!(&mut *self, column => even &= column.len() == n);
        if !even {
            return Err(CellError::Inconsistent("columns differ in length".to_owned()));
        }
        check_ids(&self.id, self.next_id)
    }
}

/// Checks that ids are unique and below the counter of the next one.
pub(crate) fn check_ids(ids: &[u64], next: u64) -> Result<(), CellError> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    if ids.windows(2).any(|w| w[0] == w[1]) {
        return Err(CellError::Inconsistent("an id occurs twice".to_owned()));
    }
    if ids.last().is_some_and(|&last| last >= next) {
        return Err(CellError::Inconsistent("an id is above the counter".to_owned()));
    }
    Ok(())
}

/// Writes a vector into component columns.
#[inline]
pub(crate) fn set(columns: &mut [Vec<f64>; 3], i: usize, v: Vec3) {
    for axis in 0..3 {
        columns[axis][i] = v[axis];
    }
}

/// Reads a vector from component columns.
#[inline]
pub(crate) fn get(columns: &[Vec<f64>; 3], i: usize) -> Vec3 {
    [columns[0][i], columns[1][i], columns[2][i]]
}
