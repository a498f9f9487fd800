//! A lean store for cells in open space: what moves, ages, divides and dies by the hundred thousand.
//!
//! [`crate::Cells`] has what tissue needs to rest: anchors, quiet times, free edges, columns by name. A [`Colony`] has a
//! column for what [`crate::phenotype`] changes, amounts inside by substrate, and as many stored behaviours as rules set
//! that outlive a step; the rest of the rules' values are used where they are made. Velocities and pressures stay in the
//! [`Space`] that made them.
//!
//! An index is good until [`Colony::sweep`] or [`Colony::sort`], an id for ever. Removal and division in a step only flag
//! and append; work that gives out ids goes by [`Colony::by_id`], so that memory order never matters.

use crate::error::{CellError, positive};
use crate::open::{Affinity, Bodies, Law, Per, Space, two_step};
use crate::phenotype::division::{Placement, places};
use crate::phenotype::{VolumeRule, Volumes};
use crate::store::radius_of;
use crate::vector::{Vec3, add};
use serde::{Deserialize, Serialize};

/// Bits of [`Colony::flags`].
pub mod mark {
    /// Goes at the next sweep.
    pub const REMOVED: u8 = 1;
    /// Dies by apoptosis.
    pub const APOPTOTIC: u8 = 2;
    /// Dies by necrosis.
    pub const NECROTIC: u8 = 4;
    /// Either.
    pub const DEAD: u8 = APOPTOTIC | NECROTIC;
    /// Left the box, and stays where it is.
    pub const OUTSIDE: u8 = 8;
}

/// What a founder is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Founder {
    /// Its kind.
    pub kind: u16,
    /// Its centre (um).
    pub position: Vec3,
    /// Its volume (um³).
    pub volume: f64,
    /// Its nucleus (um³).
    pub nucleus: f64,
    /// Share of fluid in both.
    pub fluid_fraction: f64,
    /// Volume at which it would burst, over its volume.
    pub relative_rupture: f64,
}

/// Columns, one entry a cell unless said otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Colony {
    /// Unique, never reused.
    pub id: Vec<u64>,
    /// Id of the founder.
    pub lineage: Vec<u64>,
    /// Kind.
    pub kind: Vec<u16>,
    /// Phase of the cycle or of the death.
    pub phase: Vec<u8>,
    /// Bits of [`mark`].
    pub flags: Vec<u8>,
    /// Time spent in the phase (min).
    pub elapsed: Vec<f64>,
    /// Centre (um), by axis.
    pub position: [Vec<f64>; 3],
    /// Velocity of the step before (um/min).
    pub before: [Vec<f64>; 3],
    /// Radius (um).
    pub radius: Vec<f64>,
    /// Direction of a walk; 0 before the first draw. In single precision: it is drawn anew anyway.
    pub direction: Vec<[f32; 3]>,
    /// Volumes (um³).
    pub volumes: Volumes,
    /// Damage.
    pub damage: Vec<f64>,
    /// Amounts inside: entry `i * substrates + s`.
    pub internal: Vec<f64>,
    /// Behaviours that outlive a step: entry `i * stored + b`.
    pub behaviours: Vec<f64>,
    substrates: usize,
    stored: usize,
    next_id: u64,
}

/// Does the same to every column that has one entry a cell, then to those of several.
macro_rules! columns {
    ($colony:expr, $one:ident => $action:expr, ($many:ident, $width:ident) => $rows:expr) => {{
        let c = $colony;
        columns!(@ $one, $action; c.id, c.lineage, c.kind, c.phase, c.flags, c.elapsed, c.radius, c.direction, c.damage);
        for $one in &mut c.position { $action; }
        for $one in &mut c.before { $action; }
        for $one in c.volumes.columns() { $action; }
        { let ($many, $width) = (&mut c.internal, c.substrates); $rows; }
        { let ($many, $width) = (&mut c.behaviours, c.stored); $rows; }
    }};
    (@ $one:ident, $action:expr; $($field:expr),*) => {$({ let $one = &mut $field; $action; })*};
}

impl Colony {
    /// No cells yet, for so many substrates and stored behaviours.
    pub fn new(substrates: usize, stored: usize) -> Self {
        Self { substrates, stored, ..Self::default() }
    }

    /// Number of cells, those flagged included.
    #[inline]
    pub fn len(&self) -> usize {
        self.id.len()
    }

    /// True if there is no cell.
    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }

    /// Makes room for `more` cells, so that nothing is allocated when they come.
    pub fn reserve(&mut self, more: usize) {
        columns!(self, column => column.reserve_exact(more), (rows, width) => rows.reserve_exact(more * width));
    }

    /// Bytes that the columns hold, room that is not in use included.
    pub fn bytes(&self) -> usize {
        let v = &self.volumes;
        let doubles = [&self.elapsed, &self.radius, &self.damage, &self.internal, &self.behaviours];
        let volumes = [
            &v.fluid,
            &v.nuclear_solid,
            &v.cytoplasmic_solid,
            &v.nucleus,
            &v.target_nuclear_solid,
            &v.rupture,
        ];
        let vectors = self.position.iter().chain(&self.before);
        let doubles = doubles.into_iter().chain(volumes).chain(vectors).map(Vec::capacity).sum::<usize>();
        8 * (doubles + self.id.capacity() + self.lineage.capacity())
            + size_of::<[f32; 3]>() * self.direction.capacity()
            + 2 * self.kind.capacity()
            + self.phase.capacity()
            + self.flags.capacity()
    }

    /// Adds a founder and returns its index.
    ///
    /// # Errors
    /// If its position is not finite, or its volumes cannot be.
    pub fn add(&mut self, founder: Founder) -> Result<usize, CellError> {
        positive("volume", founder.volume)?;
        if let Some(&value) = founder.position.iter().find(|x| !x.is_finite()) {
            return Err(CellError::Parameter { name: "position", value, expected: "a finite number" });
        }
        for (name, value, most) in
            [("nucleus", founder.nucleus, founder.volume), ("fluid fraction", founder.fluid_fraction, 1.0)]
        {
            if !(0.0..=most).contains(&value) {
                let expected = "a number between 0 and the whole";
                return Err(CellError::Parameter { name, value, expected });
            }
        }
        let id = self.next_id;
        self.next_id += 1;
        self.id.push(id);
        self.lineage.push(id);
        self.kind.push(founder.kind);
        self.phase.push(0);
        self.flags.push(0);
        self.elapsed.push(0.0);
        for (column, x) in self.position.iter_mut().zip(founder.position) {
            column.push(x);
        }
        self.before.iter_mut().for_each(|column| column.push(0.0));
        self.radius.push(radius_of(founder.volume));
        self.direction.push([0.0; 3]);
        let Founder { volume, nucleus, fluid_fraction, relative_rupture, .. } = founder;
        self.volumes.push(volume, nucleus, fluid_fraction, relative_rupture);
        self.damage.push(0.0);
        self.internal.resize(self.len() * self.substrates, 0.0);
        self.behaviours.resize(self.len() * self.stored, 0.0);
        Ok(self.len() - 1)
    }

    /// Centre of cell `i` (um).
    #[inline]
    pub fn at(&self, i: usize) -> Vec3 {
        [self.position[0][i], self.position[1][i], self.position[2][i]]
    }

    /// Divides cell `i` along `direction` (um; see [`places`]) and returns the index of the daughter with the new id.
    /// Volumes and amounts inside are halved, the rest is copied, the velocity before is forgotten by the daughter.
    /// Call it in the order of ids.
    ///
    /// # Panics
    /// If `i` is out of range.
    pub fn divide(&mut self, i: usize, direction: Vec3, placement: Placement) -> usize {
        let [there, here] = places(self.at(i), self.radius[i], direction, placement);
        self.volumes.scale(i, 0.5);
        self.radius[i] = radius_of(self.volumes.total(i));
        let inside = i * self.substrates..(i + 1) * self.substrates;
        self.internal[inside].iter_mut().for_each(|a| *a *= 0.5);
        columns!(&mut *self,
            column => column.push(column[i]),
            (rows, width) => rows.extend_from_within(i * width..(i + 1) * width));
        let daughter = self.len() - 1;
        self.id[daughter] = self.next_id;
        self.next_id += 1;
        for a in 0..3 {
            self.position[a][daughter] = there[a];
            self.position[a][i] = here[a];
            self.before[a][daughter] = 0.0;
        }
        daughter
    }

    /// Flags cell `i` to go at the next sweep.
    #[inline]
    pub fn remove(&mut self, i: usize) {
        self.flags[i] |= mark::REMOVED;
    }

    /// Removes flagged cells, the last taking the place of each; returns how many went.
    pub fn sweep(&mut self) -> usize {
        let before = self.len();
        for i in (0..before).rev() {
            if self.flags[i] & mark::REMOVED != 0 {
                let last = self.len() - 1;
                columns!(&mut *self,
                column => { column.swap_remove(i); },
                (rows, width) => {
                    rows.copy_within(last * width.., i * width);
                    rows.truncate(last * width);
                });
            }
        }
        before - self.len()
    }

    /// Puts the cells into the order in space that `space` sorted them into, so that neighbours are near in memory; those
    /// that take no part come last. Changes no result; worth a pass every some ten builds of the list.
    pub fn sort(&mut self, space: &mut Space) {
        let slots = space.list().slots();
        if slots.len() != self.len() {
            return;
        }
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        order.sort_unstable_by_key(|&i| (slots[i as usize], self.id[i as usize]));
        columns!(&mut *self,
        column => {
            let moved = order.iter().map(|&i| column[i as usize]).collect();
            *column = moved;
        },
        (rows, width) => {
            let of = |&i: &u32| rows[i as usize * width..(i as usize + 1) * width].iter().copied();
            let moved = order.iter().flat_map(of).collect();
            *rows = moved;
        });
        space.moved(&order);
    }

    /// Fills `order` with all indices, ascending by id.
    pub fn by_id(&self, order: &mut Vec<u32>) {
        order.clear();
        order.extend(0..self.len() as u32);
        order.sort_unstable_by_key(|&i| self.id[i as usize]);
    }

    /// What pair mechanics reads of the cells, with strengths from the owner's tables.
    pub fn bodies<'a>(&'a self, reach: Per<'a>, repulsion: Per<'a>, adhesion: Per<'a>) -> Bodies<'a> {
        Bodies {
            id: &self.id,
            position: self.position.each_ref().map(Vec::as_slice),
            radius: &self.radius,
            kind: &self.kind,
            reach,
            repulsion,
            adhesion,
        }
    }

    /// One step of volumes of every cell by the rule that `rule` gives it.
    pub fn relax<'r>(&mut self, h: f64, rule: impl Fn(&Self, usize) -> &'r VolumeRule) {
        for i in 0..self.len() {
            let radius = self.volumes.relax(i, rule(self, i), h);
            self.radius[i] = radius;
        }
    }

    /// Moves every cell by a two-step of `h` (min), `ratio` times the step before, with the velocities that `space` summed and
    /// what `own` adds to them.
    ///
    /// # Errors
    /// If columns differ in length.
    pub fn advance(
        &mut self,
        space: &Space,
        h: f64,
        ratio: f64,
        own: impl Fn(usize) -> Vec3 + Sync,
    ) -> Result<(), CellError> {
        let position = self.position.each_mut().map(Vec::as_mut_slice);
        let before = self.before.each_mut().map(Vec::as_mut_slice);
        two_step(position, before, h, ratio, |i| add(space.of(i).0, own(i)))
    }

    /// Pair velocities and pressures of all cells, into `space`.
    ///
    /// # Errors
    /// As [`Space::refresh`] and [`Space::sum`].
    pub fn push(
        &self,
        space: &mut Space,
        law: Law,
        affinity: Affinity<'_>,
        strengths: [Per<'_>; 3],
    ) -> Result<(), CellError> {
        let [reach, repulsion, adhesion] = strengths;
        space.refresh(&self.bodies(reach, repulsion, adhesion))?;
        space.sum(law, affinity)
    }

    /// The id the next new cell will get.
    pub fn next_id(&self) -> u64 {
        self.next_id
    }

    /// Checks that columns fit together and ids are unique, as a checkpoint that was read must.
    ///
    /// # Errors
    /// [`CellError::Inconsistent`] with the first fault found.
    pub fn check(&mut self) -> Result<(), CellError> {
        let n = self.len();
        let mut even = true;
        columns!(&mut *self, column => even &= column.len() == n, (rows, width) => even &= rows.len() == n * width);
        if !even {
            return Err(CellError::Inconsistent("columns differ in length".to_owned()));
        }
        crate::store::check_ids(&self.id, self.next_id)
    }
}
