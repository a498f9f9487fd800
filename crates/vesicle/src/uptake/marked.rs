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

    /// Vesicles lost in lysosomes, escaped into the cytosol, and back outside.
    pub fn fates(&self) -> [u64; 3] {
        let mut out = [0; 3];
        for (_, split) in &self.groups {
            out[0] += split.degraded;
            out[1] += split.escaped;
            out[2] += split.unbound + split.recycled;
        }
        out
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
