//! Extra columns lent out of the store: several threads write parts of them while all read the rest of it.

use crate::store::{Cells, Column};

/// Columns that the store does without until they are given back.
#[derive(Debug)]
pub struct Lent {
    columns: Vec<(Column, Vec<f64>)>,
}

/// The values of a run of cells in the columns lent.
#[derive(Debug)]
pub struct Part<'a> {
    first: usize,
    cells: usize,
    columns: Vec<&'a mut [f64]>,
}

impl Cells {
    /// Lends out these columns, each named once. Until [`Cells::give_back`] the store has them empty.
    ///
    /// # Panics
    /// If a column belongs to another store.
    pub fn lend(&mut self, columns: &[Column]) -> Lent {
        Lent { columns: columns.iter().map(|&c| (c, std::mem::take(&mut self.extra[c.0]))).collect() }
    }

    /// Takes back what was lent.
    pub fn give_back(&mut self, lent: Lent) {
        for (column, values) in lent.columns {
            self.extra[column.0] = values;
        }
    }
}

impl Lent {
    /// Runs of `size` cells (the last may be shorter), in order.
    pub fn parts(&mut self, size: usize) -> Vec<Part<'_>> {
        let size = size.max(1);
        let n = self.columns.first().map_or(0, |(_, values)| values.len());
        let mut parts: Vec<Part<'_>> = (0..n)
            .step_by(size)
            .map(|first| Part {
                first,
                cells: size.min(n - first),
                columns: Vec::with_capacity(self.columns.len()),
            })
            .collect();
        for (_, values) in &mut self.columns {
            for (part, values) in parts.iter_mut().zip(values.chunks_mut(size)) {
                part.columns.push(values);
            }
        }
        parts
    }
}

impl Part<'_> {
    /// Indices of its cells in the store.
    pub fn cells(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.cells
    }

    /// Its values in the `k`-th of the columns lent; cell `i` of the store is at `i` less the first of [`Part::cells`].
    ///
    /// # Panics
    /// If fewer were lent.
    #[inline]
    pub fn column(&self, k: usize) -> &[f64] {
        self.columns[k]
    }

    /// The same, to write.
    ///
    /// # Panics
    /// If fewer were lent.
    #[inline]
    pub fn column_mut(&mut self, k: usize) -> &mut [f64] {
        self.columns[k]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Kind, NewCell, OnDivision};

    /// Parts cover every cell of every column once, and what they write is in the store afterwards.
    #[test]
    fn parts_cover_all_and_come_back() {
        let mut cells = Cells::default();
        let [a, b, c] =
            ["a", "b", "c"].map(|name| cells.register(name, 1.0, OnDivision::Copy).expect("a new name"));
        for i in 0..10 {
            cells.add(NewCell::sphere(Kind(0), [f64::from(i), 0.0, 0.0], 1.0)).expect("a cell");
        }
        let mut lent = cells.lend(&[c, a]);
        assert!(cells.extra(a).is_empty() && cells.extra(b).len() == 10);
        let mut seen = Vec::new();
        for part in &mut lent.parts(4) {
            let run = part.cells();
            seen.extend(run.clone());
            for i in run.clone() {
                part.column_mut(0)[i - run.start] = i as f64;
                part.column_mut(1)[i - run.start] -= i as f64;
            }
            assert_eq!(part.column(0).len(), run.len());
        }
        assert_eq!(seen, (0..10).collect::<Vec<_>>());
        cells.give_back(lent);
        assert_eq!(cells.extra(c), (0..10).map(f64::from).collect::<Vec<_>>());
        assert_eq!(cells.extra(a), (0..10).map(|i| 1.0 - f64::from(i)).collect::<Vec<_>>());
        assert!(cells.extra(b).iter().all(|&x| x == 1.0));
        assert!(Cells::default().lend(&[]).parts(3).is_empty());
    }
}
