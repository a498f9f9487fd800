//! Division and death of single cells: what happens, not when (see [`crate::cycle`]) or why (the owner knows).

use crate::store::{Cells, flag, get, set};
use crate::vector::{Vec3, add, random_direction, random_in_plane, scale, unit};
use exoderm_numeric::random::Stream;
use serde::{Deserialize, Serialize};

/// Why a cell dies, in the owner's numbering; 0 means that it lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cause(pub u8);

/// Along which line daughters part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DivisionAxis {
    /// Along this vector; the new daughter goes to its head. A vector without length counts as [`Self::Random`].
    Along(Vec3),
    /// Along a random direction normal to this vector (in the plane of a layer).
    InPlane(Vec3),
    /// Along any direction.
    Random,
}

/// Distance of newborn daughters as a share of their contact distance.
///
/// They start overlapping, so that the pair takes little more room than its mother did, yet the force between
/// them is a bounded fraction of the law's largest. A choice of geometry, not of biology: mechanics parts them
/// within minutes.
pub const DAUGHTER_SEPARATION: f64 = 0.7;

/// A dying cell shrinks to this share of its volume before it is removed, lest its radius vanish and force tiny
/// steps on all others.
pub const SHRUNK_SHARE: f64 = 0.1;

impl Cells {
    /// Divides cell `i` and returns the new daughter's index, always the last.
    ///
    /// The mother keeps index and id and becomes the other daughter; both have half her volume, her target
    /// volume, her kind, phase and lineage, age 0 and phase clock 0, and are born at [`Cells::tick`]. Extra
    /// columns follow their [`crate::OnDivision`]. Asymmetric fates are for the caller to write on either index.
    /// Call it in the order of ids, which new ids follow.
    ///
    /// # Panics
    /// If `i` is out of range.
    pub fn divide(&mut self, i: usize, axis: DivisionAxis, stream: &mut Stream) -> usize {
        let n = match axis {
            DivisionAxis::Along(v) => unit(v).unwrap_or_else(|| random_direction(stream)),
            DivisionAxis::InPlane(v) => match unit(v) {
                Some(normal) => random_in_plane(normal, stream),
                None => random_direction(stream),
            },
            DivisionAxis::Random => random_direction(stream),
        };
        let daughter = self.bud(i);
        let half = 0.5 * self.volume[i];
        for k in [i, daughter] {
            self.set_volume(k, half);
            self.age[k] = 0.0;
            self.phase_clock[k] = 0.0;
            self.birth_tick[k] = self.tick;
            self.disturb(k);
        }
        // Half the daughters' distance: share × (r + r) / 2.
        let step = scale(n, DAUGHTER_SEPARATION * self.radius[i]);
        let centre = self.at(i);
        set(&mut self.position, daughter, add(centre, step));
        set(&mut self.position, i, add(centre, scale(step, -1.0)));
        let inherited = get(&self.direction, i);
        set(&mut self.direction, daughter, scale(inherited, -1.0));
        daughter
    }

    /// Starts the death of cell `i`. It shrinks over `duration` (min) and is then removed; a duration of 0 (or
    /// none, not finite) removes it at the next sweep, as when a cell is shed. A cell that already dies keeps its
    /// first cause.
    ///
    /// # Panics
    /// If `i` is out of range.
    pub fn kill(&mut self, i: usize, cause: Cause, duration: f64) {
        if self.is_doomed(i) {
            return;
        }
        self.death_cause[i] = cause;
        self.flags[i] |= flag::DYING;
        set(&mut self.active, i, [0.0; 3]);
        if duration > 0.0 && duration.is_finite() {
            self.death_clock[i] = duration;
            self.target_volume[i] = SHRUNK_SHARE * self.volume[i];
        } else {
            self.remove(i);
        }
    }

    /// Shrinks dying cells for `dt` (min), linearly in volume, and flags those whose time is over.
    pub fn advance_deaths(&mut self, dt: f64) {
        for i in 0..self.len() {
            if self.flags[i] & (flag::DYING | flag::REMOVED) != flag::DYING {
                continue;
            }
            let left = self.death_clock[i];
            // A clock that has run down to rounding is over.
            if dt >= left * (1.0 - 1e-12) {
                self.death_clock[i] = 0.0;
                self.set_volume(i, self.target_volume[i]);
                self.remove(i);
            } else {
                let volume = self.volume[i] + (self.target_volume[i] - self.volume[i]) * (dt / left);
                self.set_volume(i, volume);
                self.death_clock[i] = left - dt;
            }
        }
    }
}
