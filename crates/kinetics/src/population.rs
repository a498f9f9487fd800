//! The networks of many cells: states and parameters in blocks of [`LANES`] cells.
//!
//! A block is advanced as one: all its cells take the same steps, the size of which the cell with the largest error
//! decides. What a cell gets therefore depends, within the tolerance, on the cells it shares a block with, hence on the
//! order of cells and on nothing else.

use crate::error::Error;
use crate::lanes::{LANES, Lane};
use crate::system::System;

/// Accuracy of steps: the error of a step is to stay below `absolute + relative · |x|`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Relative part.
    pub relative: f64,
    /// Absolute part, in the unit of the states.
    pub absolute: f64,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self { relative: 1e-5, absolute: 1e-8 }
    }
}

/// Work done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Steps that counted, of all blocks together.
    pub steps: u64,
    /// Steps that were tried again shorter.
    pub rejected: u64,
    /// Evaluations of dx/dt, of all blocks together.
    pub evaluations: u64,
}

/// Advances one block; implemented by [`crate::explicit::Explicit`] and [`crate::implicit::Implicit`].
pub trait Stepper {
    /// Advances a block's states from `from` to `to`. `rows` holds states, then parameters; `step` the size to try first
    /// (0: to be found), and afterwards that to go on with.
    ///
    /// # Errors
    /// [`Error::Stuck`].
    fn advance_block(
        &mut self,
        system: &System,
        rows: &mut [Lane],
        step: &mut f64,
        from: f64,
        to: f64,
    ) -> Result<Work, Error>;
}

/// States and parameters of many cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Population {
    cells: usize,
    states: usize,
    stride: usize,
    rows: Vec<Lane>,
    steps: Vec<f64>,
}

impl Population {
    /// `cells` cells with the network's initial states and declared parameters.
    pub fn new(system: &System, cells: usize) -> Self {
        let blocks = cells.div_ceil(LANES);
        let one: Vec<Lane> = system.initial().iter().chain(system.given()).map(|&v| [v; LANES]).collect();
        let stride = one.len();
        Self {
            cells,
            states: system.states(),
            stride,
            rows: (0..blocks).flat_map(|_| one.iter().copied()).collect(),
            steps: vec![0.0; blocks],
        }
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.cells
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.cells == 0
    }

    fn row(&self, cell: usize, offset: usize) -> usize {
        cell / LANES * self.stride + offset
    }

    /// A cell's state.
    pub fn state(&self, cell: usize, state: usize) -> f64 {
        self.rows[self.row(cell, state)][cell % LANES]
    }

    /// Sets a cell's state.
    pub fn set_state(&mut self, cell: usize, state: usize, value: f64) {
        let row = self.row(cell, state);
        self.rows[row][cell % LANES] = value;
    }

    /// A cell's parameter.
    pub fn parameter(&self, cell: usize, parameter: usize) -> f64 {
        self.rows[self.row(cell, self.states + parameter)][cell % LANES]
    }

    /// Sets a cell's parameter, such as a signal it senses.
    pub fn set_parameter(&mut self, cell: usize, parameter: usize, value: f64) {
        let row = self.row(cell, self.states + parameter);
        self.rows[row][cell % LANES] = value;
    }

    /// Adds a cell at the end, with the network's initial states and declared parameters; gives its number.
    pub fn push(&mut self, system: &System) -> usize {
        let cell = self.cells;
        if cell.is_multiple_of(LANES) {
            self.rows.extend(system.initial().iter().chain(system.given()).map(|&v| [v; LANES]));
            self.steps.push(0.0);
        }
        self.cells += 1;
        for (s, &v) in system.initial().iter().enumerate() {
            self.set_state(cell, s, v);
        }
        for (p, &v) in system.given().iter().enumerate() {
            self.set_parameter(cell, p, v);
        }
        cell
    }

    /// Copies one cell's states and parameters to another, as when a cell divides.
    pub fn copy(&mut self, from: usize, to: usize) {
        for offset in 0..self.stride {
            let (a, b) = (self.row(from, offset), self.row(to, offset));
            self.rows[b][to % LANES] = self.rows[a][from % LANES];
        }
    }

    /// Takes a cell out; the last one takes its number.
    pub fn swap_remove(&mut self, cell: usize) {
        let Some(last) = self.cells.checked_sub(1) else { return };
        self.copy(last, cell);
        self.cells = last;
        let blocks = last.div_ceil(LANES);
        self.rows.truncate(blocks * self.stride);
        self.steps.truncate(blocks);
    }

    /// Advances all cells from `from` to `to`, block by block.
    ///
    /// # Errors
    /// [`Error::Stuck`] of the first block that could not go on; blocks before it are advanced.
    pub fn advance(
        &mut self,
        system: &System,
        stepper: &mut impl Stepper,
        from: f64,
        to: f64,
    ) -> Result<Work, Error> {
        let used = self.cells % LANES;
        if used > 0 {
            // Lanes without a cell follow the block's first one, so that they never decide a step.
            let at = self.rows.len() - self.stride;
            for row in &mut self.rows[at..] {
                let first = row[0];
                row[used..].fill(first);
            }
        }
        let mut all = Work::default();
        for (rows, step) in self.rows.chunks_exact_mut(self.stride.max(1)).zip(&mut self.steps) {
            let work = stepper.advance_block(system, rows, step, from, to)?;
            all.steps += work.steps;
            all.rejected += work.rejected;
            all.evaluations += work.evaluations;
        }
        Ok(all)
    }
}
