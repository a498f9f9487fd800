//! Spring links between cells by id, and where cells with an id are.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Links, each once, the lower id first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Links {
    pairs: BTreeSet<(u64, u64)>,
}

impl Links {
    pub(crate) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    pub(crate) fn join(&mut self, a: u64, b: u64) -> bool {
        a != b && self.pairs.insert((a.min(b), a.max(b)))
    }

    pub(crate) fn part(&mut self, a: u64, b: u64) -> bool {
        self.pairs.remove(&(a.min(b), a.max(b)))
    }

    /// Drops all links of a cell.
    pub(crate) fn forget(&mut self, id: u64) {
        if !self.pairs.is_empty() {
            self.pairs.retain(|&(a, b)| a != id && b != id);
        }
    }

    /// Keeps links between cells that are there.
    pub(crate) fn keep(&mut self, there: impl Fn(u64) -> bool) {
        self.pairs.retain(|&(a, b)| there(a) && there(b));
    }

    /// All links in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        self.pairs.iter().copied()
    }

    /// Every end of a link with its other end, ascending by the first.
    pub(crate) fn ends(&self) -> Vec<(u64, u64)> {
        let mut ends: Vec<(u64, u64)> = self.pairs.iter().flat_map(|&(a, b)| [(a, b), (b, a)]).collect();
        ends.sort_unstable();
        ends
    }
}

/// Indices of cells by id.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    sorted: Vec<(u64, u32)>,
}

impl Places {
    pub(crate) fn of(ids: &[u64]) -> Self {
        let mut sorted: Vec<(u64, u32)> = ids.iter().copied().zip(0..).collect();
        sorted.sort_unstable();
        Self { sorted }
    }

    pub(crate) fn at(&self, id: u64) -> Option<u32> {
        self.sorted.binary_search_by_key(&id, |p| p.0).ok().map(|k| self.sorted[k].1)
    }
}
