//! What pair mechanics reads of cells.

use crate::error::CellError;

/// Cells as borrowed columns, one entry a cell, in any order.
#[derive(Clone, Copy, Debug)]
pub struct Bodies<'a> {
    /// Unique ids.
    pub id: &'a [u64],
    /// Centres (um), by axis.
    pub position: [&'a [f64]; 3],
    /// Radii (um).
    pub radius: &'a [f64],
    /// How far a cell's adhesion reaches from its centre (um), at least its radius: two cells are neighbours while
    /// their centres are nearer than the sum of both. A cell whose range is not above 0 takes no part.
    pub range: &'a [f64],
    /// Kinds: indices into the table of affinities.
    pub kind: &'a [u16],
    /// Strength of repulsion (velocity or force, at the law's discretion); a pair has the geometric mean.
    pub repulsion: &'a [f64],
    /// Strength of adhesion, likewise.
    pub adhesion: &'a [f64],
}

impl Bodies<'_> {
    /// Number of cells.
    #[inline]
    pub fn len(&self) -> usize {
        self.id.len()
    }

    /// True if there is no cell.
    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }

    /// Centre of cell `i` (um).
    #[inline]
    pub fn at(&self, i: usize) -> [f64; 3] {
        [self.position[0][i], self.position[1][i], self.position[2][i]]
    }

    /// Checks lengths and, cell by cell, that numbers are finite and radii of cells that take part positive.
    ///
    /// # Errors
    /// [`CellError::Length`] or [`CellError::Invalid`] with the first fault.
    pub fn check(&self) -> Result<(), CellError> {
        let n = self.len();
        for (name, found) in [
            ("position x", self.position[0].len()),
            ("position y", self.position[1].len()),
            ("position z", self.position[2].len()),
            ("radius", self.radius.len()),
            ("range", self.range.len()),
            ("kind", self.kind.len()),
            ("repulsion", self.repulsion.len()),
            ("adhesion", self.adhesion.len()),
        ] {
            if found != n {
                return Err(CellError::Length { name, found, expected: n });
            }
        }
        for i in 0..n {
            let what = if self.at(i).iter().any(|x| !x.is_finite()) {
                "position"
            } else if !self.range[i].is_finite() {
                "range"
            } else if !(self.radius[i].is_finite() && (self.radius[i] > 0.0 || self.range[i] <= 0.0)) {
                "radius"
            } else {
                continue;
            };
            return Err(CellError::Invalid { id: self.id[i], what });
        }
        Ok(())
    }
}
