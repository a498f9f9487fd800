//! The balance sheet of a vesicle population: everything made is somewhere.

use exoderm_numeric::reduce::Accumulator;
use serde::{Deserialize, Serialize};

/// Running totals of one population (vesicles). What is present now (free, bound, in cells, in the gel) is counted
/// when the sheet is read; these are the flows.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Flows {
    lines: Vec<(f64, f64)>,
    /// Sum of expected single uptakes: the variance of `sampling` for Poisson draws.
    variance: (f64, f64),
}

/// A line of the sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Line {
    /// Made: released by cells.
    Secreted = 0,
    /// Made: held by the dressing when it was put on.
    Loaded,
    /// Made: released at once by an event.
    Injected,
    /// Lost in tissue fluid and on the matrix.
    DegradedTissue,
    /// Lost in the gel.
    DegradedGel,
    /// Lost in lysosomes.
    DegradedLysosome,
    /// Broke open in a cell: cargo in the cytosol.
    Escaped,
    /// Drained into lymph.
    Lymph,
    /// Taken into blood.
    Plasma,
    /// Carried out of the wound's surface by exudate.
    Exudate,
    /// Left the domain otherwise (deep flow).
    Outflow,
    /// Went with cells that died, were shed or cut out.
    WithCells,
    /// Went with tissue that was cut out.
    WithTissue,
    /// Went with a dressing that was taken off.
    WithDressing,
    /// Absorbed by a sphere of a box.
    Absorbed,
    /// Drawn minus expected uptake.
    Sampling,
    /// Went with cells that died, were shed or cut out, before they were let go.
    HeldWithCells,
    /// Copies of a cargo that decayed in vesicles.
    Decayed,
}

/// Number of lines.
pub(crate) const LINES: usize = 18;

/// Names of the lines, in order.
pub const NAMES: [&str; LINES] = [
    "released by cells",
    "loaded in the dressing",
    "injected",
    "degraded in tissue",
    "degraded in the gel",
    "degraded in lysosomes",
    "escaped into the cytosol",
    "drained into lymph",
    "taken into blood",
    "carried off by exudate",
    "left with deep flow",
    "went with dead or shed cells",
    "went with cut tissue",
    "went with a used dressing",
    "absorbed",
    "drawn minus expected uptake",
    "held, went with dead or shed cells",
    "decayed in vesicles",
];

impl Flows {
    /// Adds to a line.
    pub fn add(&mut self, line: Line, amount: f64) {
        if self.lines.is_empty() {
            self.lines = vec![(0.0, 0.0); LINES];
        }
        let slot = &mut self.lines[line as usize];
        let mut a = Accumulator::from_parts(*slot);
        a.add(amount);
        *slot = a.parts();
    }

    /// Adds the variance of a draw.
    pub fn add_variance(&mut self, v: f64) {
        let mut a = Accumulator::from_parts(self.variance);
        a.add(v);
        self.variance = a.parts();
    }

    /// A line's total.
    pub fn get(&self, line: Line) -> f64 {
        self.lines.get(line as usize).map_or(0.0, |&p| Accumulator::from_parts(p).value())
    }

    /// Three standard deviations of the sampling line.
    pub fn sampling_bound(&self) -> f64 {
        3.0 * Accumulator::from_parts(self.variance).value().max(0.0).sqrt()
    }
}

/// What is present now (vesicles).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stock {
    /// In tissue fluid.
    pub(crate) free: f64,
    /// On the matrix.
    pub(crate) bound: f64,
    /// At the sites of fusion, not free yet; absent where none are held.
    pub(crate) held: Option<f64>,
    /// On cell surfaces.
    pub(crate) surface: f64,
    /// Inside cells.
    pub(crate) inside: f64,
    /// In the gel.
    pub(crate) gel: f64,
    /// Beyond the open faces of a box.
    pub(crate) beyond: f64,
}

/// A population's sheet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    /// What is counted: the population, or a free species.
    pub name: String,
    /// Made, by line.
    pub made: Vec<(String, f64)>,
    /// Where they are or went, by line.
    pub fates: Vec<(String, f64)>,
    /// Drawn minus expected uptake.
    pub sampling: f64,
    /// Its statistical bound (three standard deviations).
    pub sampling_bound: f64,
    /// |made + sampling − fates| / made.
    pub relative_error: f64,
}

/// Closes the sheet: made + sampling = fates (the draws put whole vesicles into cells where the field gave up the
/// expected number).
pub(crate) fn close(name: String, flows: &Flows, stock: &Stock) -> Sheet {
    let line = |l: Line| (NAMES[l as usize].to_owned(), flows.get(l));
    let made: Vec<_> = [Line::Secreted, Line::Loaded, Line::Injected].map(line).into();
    let mut fates = vec![
        ("free in tissue".to_owned(), stock.free),
        ("bound to matrix".to_owned(), stock.bound),
        ("on cell surfaces".to_owned(), stock.surface),
        ("inside cells".to_owned(), stock.inside),
        ("in the gel".to_owned(), stock.gel),
        ("beyond the open faces".to_owned(), stock.beyond),
    ];
    if let Some(held) = stock.held {
        fates.push(("held at fusion sites".to_owned(), held));
        fates.push(line(Line::HeldWithCells));
    }
    fates.extend(
        [
            Line::DegradedTissue,
            Line::DegradedGel,
            Line::DegradedLysosome,
            Line::Escaped,
            Line::Lymph,
            Line::Plasma,
            Line::Exudate,
            Line::Outflow,
            Line::WithCells,
            Line::WithTissue,
            Line::WithDressing,
            Line::Absorbed,
        ]
        .map(line),
    );
    let total: f64 = made.iter().map(|(_, v)| v).sum();
    let gone: f64 = fates.iter().map(|(_, v)| v).sum();
    let sampling = flows.get(Line::Sampling);
    let relative_error = if total > 0.0 { (total + sampling - gone).abs() / total } else { gone.abs() };
    Sheet { name, made, fates, sampling, sampling_bound: flows.sampling_bound(), relative_error }
}

/// Closes the sheet of a cargo that cells sort into their vesicles: copies `outside` are free and on the matrix, `in_cells` on
/// surfaces and inside.
pub(crate) fn close_copies(name: String, flows: &Flows, outside: [f64; 2], in_cells: [f64; 2]) -> Sheet {
    let line = |l: Line| (NAMES[l as usize].to_owned(), flows.get(l));
    let made = vec![line(Line::Secreted)];
    let mut fates = vec![
        ("free in tissue".to_owned(), outside[0]),
        ("bound to matrix".to_owned(), outside[1]),
        ("on cell surfaces".to_owned(), in_cells[0]),
        ("inside cells".to_owned(), in_cells[1]),
    ];
    fates.extend(
        [
            Line::Decayed,
            Line::DegradedTissue,
            Line::DegradedLysosome,
            Line::Escaped,
            Line::Lymph,
            Line::Plasma,
            Line::Exudate,
            Line::Outflow,
            Line::WithCells,
            Line::WithTissue,
            Line::Absorbed,
        ]
        .map(line),
    );
    let total = made[0].1;
    let gone: f64 = fates.iter().map(|(_, v)| v).sum();
    let sampling = flows.get(Line::Sampling);
    let relative_error = if total > 0.0 { (total + sampling - gone).abs() / total } else { gone.abs() };
    Sheet { name, made, fates, sampling, sampling_bound: flows.sampling_bound(), relative_error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_that_does_not_close_says_by_how_much() {
        let mut f = Flows::default();
        f.add(Line::Secreted, 100.0);
        f.add(Line::Lymph, 40.0);
        f.add(Line::Sampling, 1.0);
        let closed = close("x".into(), &f, &Stock { free: 61.0, ..Stock::default() });
        assert!(closed.relative_error < 1e-15);
        let open = close("x".into(), &f, &Stock { free: 60.0, ..Stock::default() });
        assert!((open.relative_error - 0.01).abs() < 1e-12);
    }
}
