//! Networks in cells as whole molecules, event by event (Gillespie 1977, doi 10.1021/j100540a008).
//!
//! Cells take turns on one realisation. Each draws from a stream of its own id and the step, and nothing of the cell before is
//! kept, so that what happens in a cell depends neither on the order of cells nor on threads. Parameters that follow signals
//! stand still over a step; since waiting times have no memory, going on with other parameters is exact.

use exoderm_kinetics::discrete::Discrete;
use exoderm_kinetics::error::Error;
use exoderm_kinetics::exact::Exact;
use exoderm_kinetics::lanes::Lane;
use exoderm_numeric::random::Stream;

/// Room for one cell at a time.
#[derive(Clone, Debug)]
pub(crate) struct Molecules {
    cell: Exact,
}

impl Molecules {
    pub(crate) fn new(model: &Discrete) -> Self {
        Self { cell: Exact::new(model) }
    }

    /// Goes on for `span` (the network's time) with the cell in lane `lane` of a block, whose rows are states, then all parameters;
    /// those of `open` are read.
    pub(crate) fn advance(
        &mut self,
        model: &Discrete,
        open: impl Iterator<Item = usize>,
        rows: &mut [Lane],
        lane: usize,
        span: f64,
        mut draws: Stream,
    ) -> Result<(), Error> {
        let states = model.molecules();
        let given = open.map(|k| rows[states + k][lane]);
        self.cell.begin(rows[..states].iter().map(|r| r[lane]).chain(given), 0.0);
        self.cell.advance(model, span, &mut draws)?;
        for (row, &x) in rows[..states].iter_mut().zip(self.cell.amounts()) {
            row[lane] = x;
        }
        Ok(())
    }
}

/// Shares `amount` molecules out: what stays with the mother, and what the daughter gets.
pub(crate) fn share(amount: f64, draws: &mut Stream) -> [f64; 2] {
    let kept = draws.binomial(amount.max(0.0) as u64, 0.5) as f64;
    [kept, amount - kept]
}
