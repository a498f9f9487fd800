//! Removal, reordering, contraction: what changes all cells at once.

use super::{Cells, flag, for_each_column};
use crate::error::{CellError, not_negative, positive};
use serde::{Deserialize, Serialize};

/// Buffers for reordering, kept by the caller so that nothing is allocated per step.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SortBuffers {
    #[serde(skip)]
    keys: Vec<([i64; 3], u64, u32)>,
    #[serde(skip)]
    order: Vec<u32>,
}

impl Cells {
    /// Flags cell `i` to be removed at the next sweep.
    #[inline]
    pub fn remove(&mut self, i: usize) {
        self.flags[i] |= flag::REMOVED;
    }

    /// Indices flagged for removal, ascending.
    pub fn removed(&self) -> impl Iterator<Item = usize> {
        (0..self.len()).filter(|&i| self.flags[i] & flag::REMOVED != 0)
    }

    /// Removes every flagged cell and returns how many went. The last cell takes the place of each, from the
    /// highest index down. Sleepers around a removed cell wake at the next mechanics step.
    pub fn sweep(&mut self) -> usize {
        let before = self.len();
        for i in (0..before).rev() {
            if self.flags[i] & flag::REMOVED != 0 {
                self.disturbances.push((self.at(i), self.radius[i]));
                for_each_column!(&mut *self, column => { column.swap_remove(i); });
            }
        }
        before - self.len()
    }

    /// Puts the cell now at `order[k]` at index `k`.
    ///
    /// # Errors
    /// If `order` is not a permutation of all indices; then nothing is changed.
    pub fn reorder(&mut self, order: &[u32]) -> Result<(), CellError> {
        let n = self.len();
        if order.len() != n {
            return Err(CellError::Length { name: "order", found: order.len(), expected: n });
        }
        let mut seen = vec![false; n];
        for &i in order {
            match seen.get_mut(i as usize) {
                Some(s) if !*s => *s = true,
                _ => return Err(CellError::Inconsistent(format!("order is not a permutation: {i}"))),
            }
        }
        for_each_column!(&mut *self, column => {
            let moved = order.iter().map(|&i| column[i as usize]).collect();
            *column = moved;
        });
        Ok(())
    }

    /// Reorders cells by grid cells of side `bin` (um), and by id within one, so that neighbours in space are
    /// near in memory. x runs slowest and z fastest. Costs a pass over all columns: every some hundred steps.
    ///
    /// # Errors
    /// If `bin` is not positive.
    pub fn sort_spatial(&mut self, bin: f64, buffers: &mut SortBuffers) -> Result<(), CellError> {
        positive("bin", bin)?;
        buffers.keys.clear();
        buffers.keys.extend((0..self.len()).map(|i| {
            let [x, y, z] = self.at(i).map(|v| (v / bin).floor() as i64);
            ([x, y, z], self.id[i], i as u32)
        }));
        buffers.keys.sort_unstable();
        buffers.order.clear();
        buffers.order.extend(buffers.keys.iter().map(|k| k.2));
        self.reorder(&buffers.order)
    }

    /// Fills `order` with all indices, ascending by id.
    pub fn ids_in_order(&self, order: &mut Vec<u32>) {
        order.clear();
        order.extend(0..self.len() as u32);
        order.sort_unstable_by_key(|&i| self.id[i as usize]);
    }

    /// Contracts the tissue towards x = 0, as a wound's edge is drawn in: what lies before `x_edge` is compressed
    /// by the factor `1 - shrink / x_edge`, what lies beyond is shifted by `-shrink` (um). Wakes all cells.
    ///
    /// # Errors
    /// Unless `0 <= shrink < x_edge`.
    pub fn translate_scale(&mut self, x_edge: f64, shrink: f64) -> Result<(), CellError> {
        positive("x_edge", x_edge)?;
        not_negative("shrink", shrink)?;
        if shrink >= x_edge {
            return Err(CellError::Parameter {
                name: "shrink",
                value: shrink,
                expected: "less than the distance of the edge",
            });
        }
        let factor = 1.0 - shrink / x_edge;
        for x in &mut self.position[0] {
            if *x < x_edge {
                *x *= factor;
            } else {
                *x -= shrink;
            }
        }
        self.wake_all();
        Ok(())
    }
}
