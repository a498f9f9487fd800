//! Marked vesicles among those of a cell: who sent them, without drawing anything that is not drawn anyway.

use super::step::{GROUPS, Split};

/// The whole vesicles of a cell that share a mark, such as the type of the cell that made them: the number expected, given how
/// many moved in all.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Marked {
    /// On the surface.
    pub surface: f64,
    /// Inside.
    pub inside: f64,
}

/// What moved in one step of one cell. Vesicles of a population all move alike, whatever their mark: given the numbers that
/// moved, the expected number of marked ones among them is their share in each group, exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moves {
    groups: [(u64, Split); GROUPS],
}

impl Moves {
    pub(super) fn note(&mut self, group: usize, count: u64, split: Split) {
        self.groups[group] = (count, split);
    }

    pub(super) fn groups(&self) -> &[(u64, Split); GROUPS] {
        &self.groups
    }

    /// Vesicles on the surface and inside after the step.
    #[inline]
    pub fn held(&self) -> [u64; 2] {
        let [on, within, new] = self.groups.each_ref().map(|(_, split)| split);
        [on.surface + new.surface, on.inside + within.inside + new.inside]
    }

    /// Whether those that were there stay where they were, and those that arrive on the surface.
    #[inline]
    pub fn all_stay(&self) -> bool {
        let [(surface, on), (inside, within), (arriving, new)] = &self.groups;
        on.surface == *surface && within.inside == *inside && new.surface == *arriving
    }

    /// Vesicles lost in lysosomes, escaped into the cytosol, and back outside.
    #[inline]
    pub fn fates(&self) -> [u64; 3] {
        let [a, b, c] = self.groups.each_ref().map(|(_, split)| split);
        [
            a.degraded + b.degraded + c.degraded,
            a.escaped + b.escaped + c.escaped,
            a.unbound + a.recycled + b.unbound + b.recycled + c.unbound + c.recycled,
        ]
    }

    /// Moves the marked vesicles, of which `arriving` are expected among the arrivals, and returns how many of them are
    /// back outside.
    pub fn carry(&self, marked: &mut Marked, arriving: f64) -> f64 {
        let (mut next, mut back) = (Marked::default(), 0.0);
        for ((count, split), part) in self.groups.iter().zip([marked.surface, marked.inside, arriving]) {
            if *count == 0 {
                continue;
            }
            let each = part / *count as f64;
            next.surface += each * split.surface as f64;
            next.inside += each * split.inside as f64;
            back += each * (split.unbound + split.recycled) as f64;
        }
        *marked = next;
        back
    }
}
