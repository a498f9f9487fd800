//! What pair mechanics reads of cells.

use crate::error::CellError;

/// A property that all cells of a kind share, or that each cell has for itself.
#[derive(Clone, Copy, Debug)]
pub enum Per<'a> {
    /// By kind.
    Kind(&'a [f64]),
    /// By cell.
    Cell(&'a [f64]),
}

impl Per<'_> {
    /// Value of cell `i`, which is of kind `kind`.
    #[inline]
    pub fn of(&self, i: usize, kind: u16) -> f64 {
        match self {
            Self::Kind(values) => values[usize::from(kind)],
            Self::Cell(values) => values[i],
        }
    }

    /// True if there is a value for each of `n` cells of kinds up to `highest`.
    fn fits(&self, n: usize, highest: u16) -> bool {
        match self {
            Self::Kind(values) => n == 0 || values.len() > usize::from(highest),
            Self::Cell(values) => values.len() == n,
        }
    }
}

/// Cells as borrowed columns, one entry a cell, in any order.
#[derive(Clone, Copy, Debug)]
pub struct Bodies<'a> {
    /// Unique ids.
    pub id: &'a [u64],
    /// Centres (um), by axis.
    pub position: [&'a [f64]; 3],
    /// Radii (um).
    pub radius: &'a [f64],
    /// Kinds: indices into the table of affinities.
    pub kind: &'a [u16],
    /// How far adhesion reaches, in radii, usually above 1: two cells are neighbours while their centres are nearer than
    /// the sum of their [ranges](Bodies::range). A cell without reach takes no part.
    pub reach: Per<'a>,
    /// Strength of repulsion (velocity or force, at the law's discretion); a pair has the geometric mean.
    pub repulsion: Per<'a>,
    /// Strength of adhesion, likewise.
    pub adhesion: Per<'a>,
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

    /// How far cell `i` reaches from its centre (um).
    #[inline]
    pub fn range(&self, i: usize) -> f64 {
        self.reach.of(i, self.kind[i]) * self.radius[i]
    }

    /// True if every column has an entry for every cell.
    pub(super) fn fit(&self) -> bool {
        self.misfit().is_none()
    }

    /// Name and length of a column that does not go with the ids.
    fn misfit(&self) -> Option<(&'static str, usize)> {
        let n = self.len();
        let columns = [
            ("position x", self.position[0].len()),
            ("position y", self.position[1].len()),
            ("position z", self.position[2].len()),
            ("radius", self.radius.len()),
            ("kind", self.kind.len()),
        ];
        if let Some(&column) = columns.iter().find(|c| c.1 != n) {
            return Some(column);
        }
        let highest = self.kind.iter().copied().max().unwrap_or(0);
        [("reach", self.reach), ("repulsion", self.repulsion), ("adhesion", self.adhesion)]
            .into_iter()
            .find(|(_, per)| !per.fits(n, highest))
            .map(|(name, Per::Kind(values) | Per::Cell(values))| (name, values.len()))
    }

    /// Checks lengths and, cell by cell, that numbers are finite and radii of cells that take part positive.
    ///
    /// # Errors
    /// [`CellError::Length`] or [`CellError::Invalid`] with the first fault.
    pub fn check(&self) -> Result<(), CellError> {
        let n = self.len();
        if let Some((name, found)) = self.misfit() {
            return Err(CellError::Length { name, found, expected: n });
        }
        for i in 0..n {
            let what = if self.at(i).iter().any(|x| !x.is_finite()) {
                "position"
            } else if !self.range(i).is_finite() {
                "reach"
            } else if !(self.radius[i].is_finite() && (self.radius[i] > 0.0 || self.range(i) <= 0.0)) {
                "radius"
            } else {
                continue;
            };
            return Err(CellError::Invalid { id: self.id[i], what });
        }
        Ok(())
    }
}
