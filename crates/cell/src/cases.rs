//! Set-ups that tests, benches and examples share, with exact answers where there are any.

use crate::domain::{Boundary, Domain};
use crate::error::CellError;
use crate::mechanics::{KindMechanics, Mechanics, MechanicsParameters, Numerics, PairForce, PairTable};
use crate::store::{Cells, Kind, NewCell};
use exoderm_numeric::math;
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

/// Centres (um) of a ball of `n` packed cells: the points of a hexagonal close packing of spacing 15 um nearest to the
/// origin, each moved by up to 0.5 um along every axis by a linear congruential generator, with six decimals as in a
/// table of cells. The same points as in the comparison with other engines, whose numbers [`BALLS`] has.
pub fn ball(n: usize) -> [Vec<f64>; 3] {
    let (spacing, jitter) = (15.0_f64, 0.5);
    let volume = n as f64 * (spacing * spacing * spacing) / 2.0_f64.sqrt();
    let radius = math::cbrt(volume * 3.0 / (4.0 * std::f64::consts::PI)) * 1.15 + 2.0 * spacing;
    let most = (radius / spacing) as i64 + 3;
    let mut points = Vec::new();
    for k in -most * 2..most * 2 {
        let z = k as f64 * spacing * (2.0_f64 / 3.0).sqrt();
        for j in -most * 2..most * 2 {
            let y = (j as f64 + k.rem_euclid(2) as f64 / 3.0) * spacing * 3.0_f64.sqrt() / 2.0;
            if z.abs() > radius || y.abs() > radius {
                continue;
            }
            for i in -most * 2..most * 2 {
                let x = (i as f64 + 0.5 * (j + k).rem_euclid(2) as f64) * spacing;
                let square = x * x + y * y + z * z;
                if square < radius * radius {
                    // Shells are told apart by nine decimals of the squared distance.
                    points.push(((square * 1e9).round_ties_even() as i64, [x, y, z]));
                }
            }
        }
    }
    points.sort_by(|a, b| {
        let axis = |k: usize| a.1[k].total_cmp(&b.1[k]);
        a.0.cmp(&b.0).then(axis(0)).then(axis(1)).then(axis(2))
    });
    let mut state = 12_345_u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut centres = [const { Vec::new() }; 3];
    for (_, p) in points.into_iter().take(n) {
        for (column, x) in centres.iter_mut().zip(p) {
            let moved = x + (uniform() - 0.5) * 2.0 * jitter;
            column.push((moved * 1e6).round() / 1e6);
        }
    }
    centres
}

/// What [`ball`]s of cells of 2494 um³ (radius 8.4127 um), adhesion 0.4, repulsion 10 and relative range 1.25 come to by the
/// compact law: number of cells, then means of neighbours, pressure, and speed (um/min) at the start.
pub const BALLS: [(usize, [f64; 3]); 2] = [
    (10_000, [13.0268, 5.033_733_060_42, 0.237_446_989_781]),
    (100_000, [13.5289, 5.215_555_274_14, 0.232_608_696_97]),
];

/// Mean of |x| + |y| + |z| (um) of 10,000 such cells after 21 steps of 0.1 min by [`crate::open::two_step`] from
/// velocities of 0 before.
pub const BALL_AFTER: f64 = 200.946_155_583;
