//! What cells sense, as columns, and rules on them.

use super::plan::stored;
use super::{AgentError, Culture};
use exoderm_cell::colony::mark;
use exoderm_cell::vector::norm;
use exoderm_model::agents::names::Signal;

impl Culture {
    /// Lets the rules of every type set what its cells do; memories go on by `h` (min).
    pub(super) fn apply_rules(&mut self, h: f64) -> Result<(), AgentError> {
        let mut cells = std::mem::take(&mut self.work.cells);
        let mut columns = std::mem::take(&mut self.work.columns);
        let mut dead = std::mem::take(&mut self.work.dead);
        let mut values = std::mem::take(&mut self.work.values);
        let mut memories = std::mem::take(&mut self.work.memories);
        columns.resize(self.plan.signals.len(), Vec::new());
        let mut result = Ok(());
        for kind in 0..self.plan.kinds.len() as u16 {
            if self.plan.rules.responses(kind).is_empty() {
                continue;
            }
            cells.clear();
            cells.extend(
                (0..self.colony.len() as u32)
                    .filter(|&i| self.colony.kind[i as usize] == kind && self.takes_part(i as usize)),
            );
            for ((_, signal), column) in self.plan.signals.iter().zip(&mut columns) {
                self.sense(*signal, &cells, column);
            }
            dead.clear();
            dead.extend(cells.iter().map(|&i| self.is_dead(i as usize)));
            values.clear();
            for r in self.plan.rules.responses(kind) {
                values.extend(cells.iter().map(|&i| self.value(i as usize, r.behaviour)));
            }
            let column = |s: u16| {
                self.plan.signals.binary_search_by_key(&s, |p| p.0).map_or(&[][..], |k| columns[k].as_slice())
            };
            memories.clear();
            for m in 0..self.plan.rules.memories() {
                memories.extend(cells.iter().map(|&i| self.memory(i as usize, m)));
            }
            let rules = &self.plan.rules;
            if let Err(e) = rules.evaluate_over(kind, column, &dead, &mut values, h, &mut memories) {
                result = Err(e.into());
                break;
            }
            for (m, column) in memories.chunks_exact(cells.len().max(1)).enumerate() {
                for (&i, &value) in cells.iter().zip(column) {
                    let at = self.memory_at(i as usize, m);
                    self.colony.behaviours[at] = value;
                }
            }
            let responses: Vec<Option<usize>> =
                self.plan.rules.responses(kind).iter().map(|r| self.plan.slot(r.behaviour)).collect();
            for (slot, column) in responses.iter().zip(values.chunks_exact(cells.len().max(1))) {
                let Some(slot) = *slot else { continue };
                for (&i, &value) in cells.iter().zip(column) {
                    *self.kept(i as usize, slot) = value;
                }
            }
        }
        self.work.cells = cells;
        self.work.columns = columns;
        self.work.dead = dead;
        self.work.values = values;
        self.work.memories = memories;
        result
    }

    /// Where a memory of a cell stands: behind all else in its row.
    #[inline]
    fn memory_at(&self, i: usize, memory: usize) -> usize {
        (i + 1) * self.width() - self.plan.rules.memories() + memory
    }

    fn memory(&self, i: usize, memory: usize) -> f64 {
        self.colony.behaviours[self.memory_at(i, memory)]
    }

    /// A cell of a new type forgets what rules of its former type alone remembered.
    pub(super) fn forget(&mut self, i: usize) {
        let kind = self.colony.kind[i];
        for m in 0..self.plan.rules.memories() {
            if !self.plan.rules.remembers(kind, m) {
                let at = self.memory_at(i, m);
                self.colony.behaviours[at] = 0.0;
            }
        }
    }

    /// Fills a column with a signal of some cells.
    pub(super) fn sense(&self, signal: Signal, cells: &[u32], column: &mut Vec<f64>) {
        column.clear();
        let of = |f: &dyn Fn(usize) -> f64, column: &mut Vec<f64>| {
            column.extend(cells.iter().map(|&i| f(i as usize)));
        };
        let voxel = |i: usize| self.media.voxel(self.colony.at(i));
        let flag = |yes: bool| f64::from(u8::from(yes));
        let contacts = |i: usize, which: &dyn Fn(usize) -> bool| {
            let there = |&&j: &&u32| {
                let j = j as usize;
                self.colony.flags[j] & mark::REMOVED == 0 && which(j)
            };
            self.neighbours(i).iter().filter(there).count() as f64
        };
        let flagged = |j: usize, bit: u8| self.colony.flags[j] & bit != 0;
        let kept = |i: usize, k: usize| self.colony.behaviours[i * self.width() + k];
        match signal {
            Signal::Substrate(s) => of(&|i| self.media.density(s, voxel(i)), column),
            Signal::Internalized(s) => {
                let width = self.plan.model.substrates.len();
                let inside = |i: usize| self.colony.internal.get(i * width + usize::from(s)).copied();
                of(&|i| inside(i).unwrap_or(0.0) / self.colony.volumes.total(i).max(1e-16), column);
            }
            Signal::Gradient(s) => of(&|i| norm(self.media.gradient(s, voxel(i))), column),
            Signal::Pressure => of(&|i| self.pressure(i), column),
            Signal::Volume => of(&|i| self.colony.volumes.total(i), column),
            Signal::ContactWith(k) => of(&|i| contacts(i, &|j| self.colony.kind[j] == k), column),
            Signal::ContactLive => of(&|i| contacts(i, &|j| !self.is_dead(j)), column),
            Signal::ContactDead => of(&|i| contacts(i, &|j| self.is_dead(j)), column),
            Signal::ContactApoptotic => of(&|i| contacts(i, &|j| flagged(j, mark::APOPTOTIC)), column),
            Signal::ContactNecrotic => of(&|i| contacts(i, &|j| flagged(j, mark::NECROTIC)), column),
            // Cells die in these two ways only; there is no membrane.
            Signal::ContactOtherDead | Signal::ContactMembrane => of(&|_| 0.0, column),
            Signal::Damage => of(&|i| self.colony.damage[i], column),
            Signal::DamageDelivered => of(&|i| kept(i, stored::DELIVERED), column),
            Signal::Attacking => of(&|i| flag(kept(i, stored::TARGET) >= 0.0), column),
            Signal::Dead => of(&|i| flag(self.is_dead(i)), column),
            Signal::AttackTime => of(&|i| kept(i, stored::ATTACKED), column),
            Signal::Time => of(&|_| self.time(), column),
            Signal::Custom(k) => of(&|i| self.value(i, self.plan.number.custom + k), column),
            Signal::Apoptotic => of(&|i| flag(flagged(i, mark::APOPTOTIC)), column),
            Signal::Necrotic => of(&|i| flag(flagged(i, mark::NECROTIC)), column),
        }
    }

    /// Pressure at the last mechanics step.
    pub(super) fn pressure(&self, i: usize) -> f64 {
        if let Some(pressures) = &self.pressures {
            return pressures.get(i).copied().unwrap_or(0.0);
        }
        if i < self.space.list().slots().len() { self.space.of(i).1 } else { 0.0 }
    }
}
