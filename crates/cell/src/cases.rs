//! Set-ups that tests, benches and examples share, with exact answers where there are any.

use crate::domain::{Boundary, Domain};
use crate::error::CellError;
use crate::mechanics::{KindMechanics, Mechanics, MechanicsParameters, Numerics, PairForce, PairTable};
use crate::store::{Cells, Kind, NewCell};
use exoderm_numeric::random::{Purpose, Seed};

/// Relaxation of a compressed chain: eleven cells of diameter 1, half a diameter apart on a line with free ends,
/// pushed apart by a linear force of rate [`CHAIN_RATE`].
///
/// The width, from the first centre to the last, is [`CHAIN_WIDTHS`].
///
/// # Errors
/// Never with these numbers.
pub fn chain(numerics: Numerics) -> Result<(Cells, Mechanics), CellError> {
    let mut cells = Cells::default();
    for k in 0..11 {
        cells.add(NewCell::sphere(Kind(0), [0.5 * f64::from(k), 0.0, 0.0], 0.5))?;
    }
    let domain = Domain::new([-50.0; 3], [50.0; 3], [Boundary::Open; 3])?;
    let force = PairForce { stiffness: CHAIN_RATE, cubic: 0.0, adhesion: 0.0 };
    let mut p =
        MechanicsParameters::new(domain, vec![KindMechanics::default()], PairTable::uniform(1, force));
    p.reach = 1.0;
    p.contact_range = 1.0;
    p.numerics = numerics;
    Ok((cells, Mechanics::new(p)?))
}

/// Stiffness over drag of the chain, per unit of time.
pub const CHAIN_RATE: f64 = 18.281_664_721_463_4;

/// Time and width (diameters) of the chain.
pub const CHAIN_WIDTHS: [(f64, f64); 5] =
    [(0.1, 6.0789), (0.5, 7.9022), (1.0, 9.0), (2.0, 9.7726), (5.0, 9.9973)];

/// Key of the jitter's stream in [`strip`].
const JITTER: Purpose = 1;

/// A thin strip of packed tissue, periodic along y with a period of 13 um: cells of radius `radius` in hexagonal
/// rows in the x–z plane, each moved by up to `jitter` radii along every axis. One kind, adhesive.
///
/// # Errors
/// If a length is not positive.
pub fn strip(
    columns: usize,
    rows: usize,
    radius: f64,
    jitter: f64,
) -> Result<(Cells, MechanicsParameters), CellError> {
    let (dx, dz) = (2.0 * radius, 3.0_f64.sqrt() * radius);
    let size = [(columns as f64 + 0.5) * dx, 13.0, rows as f64 * dz];
    let domain = Domain::new([0.0; 3], size, [Boundary::Wall, Boundary::Periodic, Boundary::Wall])?;
    let mut cells = Cells::default();
    let seed = Seed::new(1, 0);
    for row in 0..rows {
        for column in 0..columns {
            let mut s = seed.stream(cells.next_id(), 0, JITTER);
            let mut shift = || radius * jitter * s.range(-1.0, 1.0);
            let x = (column as f64 + 0.5 + 0.5 * (row % 2) as f64) * dx + shift();
            let p = [x, 6.5 + shift(), (row as f64 + 0.5) * dz + shift()];
            cells.add(NewCell::sphere(Kind(0), p, radius))?;
        }
    }
    let force = PairForce { stiffness: 2.0, cubic: 2.0, adhesion: 0.3 };
    let kinds = vec![KindMechanics { drag: 1.0, ..KindMechanics::default() }];
    let mut p = MechanicsParameters::new(domain, kinds, PairTable::uniform(1, force));
    p.saturation = 0.5;
    Ok((cells, p))
}
