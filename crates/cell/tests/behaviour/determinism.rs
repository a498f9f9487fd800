//! The same bits, however cells lie in memory, whenever lists are rebuilt, and across a checkpoint.

use exoderm_cell::digest::digest;
use exoderm_cell::store::SortBuffers;
use exoderm_cell::*;
use exoderm_numeric::random::{Purpose, Seed};

const DIVIDE: Purpose = 10;
const AXIS: Purpose = 11;
const WALK: Purpose = 12;

struct Tissue {
    cells: Cells,
    mechanics: Mechanics,
    score: Column,
}

fn tissue(skin: f64) -> Tissue {
    let (mut cells, mut p) = cases::strip(24, 8, 4.0, 0.3).unwrap();
    let score = cells.register("score", 1.5, OnDivision::Copy).unwrap();
    cells.register("load", 8.0, OnDivision::Halve).unwrap();
    p.surface = Some(Surface::Sine { mean: 12.0, amplitude: 5.0, wavelength: 60.0 });
    p.kinds = [SurfaceRule::Free, SurfaceRule::Above, SurfaceRule::Bound]
        .map(|surface| KindMechanics { surface, ..p.kinds[0] })
        .to_vec();
    p.pairs = PairTable::uniform(3, PairForce { stiffness: 2.0, cubic: 2.0, adhesion: 0.3 });
    p.binding = 4.0;
    p.numerics.skin = skin;
    for i in 0..cells.len() {
        cells.kind[i] = Kind(match (i / 24, i % 5) {
            (1, _) => 2,
            (2.., 0) => 1,
            _ => 0,
        });
    }
    Tissue { cells, mechanics: Mechanics::new(p).unwrap(), score }
}

/// One tick of everything the crate does.
fn tick(t: &mut Tissue, at: u32) {
    let seed = Seed::new(9, 4);
    let c = &mut t.cells;
    c.tick = at;
    let rate: Vec<f64> = c.pressure.iter().map(|p| 6e-3 / (1.0 + p)).collect();
    let mut due = Vec::new();
    divisions_due(c, &rate, &[30.0; 3], 6.0, seed, DIVIDE, &mut due).unwrap();
    for &i in &due {
        let mut s = seed.stream(c.id[i as usize], at, AXIS);
        c.divide(i as usize, DivisionAxis::InPlane([0.0, 1.0, 0.0]), &mut s);
    }
    for i in 0..c.len() {
        let id = c.id[i];
        if id % 17 == 3 {
            let walk = Walk { speed: 0.3, persistence: 20.0, confinement: Confinement::Space };
            let edge = [0, 1, 2].map(|a| c.free_edge[a][i]);
            steer(c, i, &walk, edge, 6.0, &mut seed.stream(id, at, WALK));
        }
        if id % 41 == u64::from(at) {
            c.kill(i, Cause(1), 30.0);
        }
        if id % 53 == u64::from(at) {
            c.kill(i, Cause(2), 0.0);
        }
        c.extra_mut(t.score)[i] += 0.1 * c.pressure[i];
    }
    relax_volumes(c, &[0.01; 3], 6.0).unwrap();
    c.advance_deaths(6.0);
    advance_ages(c, 6.0);
    c.sweep();
    if at == 9 {
        c.translate_scale(60.0, 2.0).unwrap();
    }
    t.mechanics.advance(c, 6.0).unwrap();
    t.mechanics.observe(c).unwrap();
}

const TICKS: u32 = 25;

fn reference() -> Tissue {
    let mut t = tissue(1.5);
    (0..TICKS).for_each(|at| tick(&mut t, at));
    t
}

fn assert_same(a: &Cells, b: &Cells) {
    for ((name, x), (_, y)) in digest(a).iter().zip(&digest(b)) {
        assert_eq!(x, y, "column {name} differs");
    }
}

/// Reversed, sorted in space, and scrambled anew at every tick.
#[test]
fn memory_order_changes_no_bit() {
    let reference = reference();
    assert!(reference.cells.next_id() > 230, "cells were born");
    assert!(reference.cells.len() < reference.cells.next_id() as usize, "and died");
    let mut shuffled = tissue(1.5);
    let mut sorted = tissue(1.5);
    let mut buffers = SortBuffers::default();
    for at in 0..TICKS {
        let n = shuffled.cells.len() as u32;
        let mut order: Vec<u32> = (0..n).collect();
        order.sort_by_key(|&i| (u64::from(i) * 7919 + 13 * u64::from(at)) % 10_007);
        shuffled.cells.reorder(&order).unwrap();
        tick(&mut shuffled, at);
        sorted.cells.sort_spatial(10.0, &mut buffers).unwrap();
        tick(&mut sorted, at);
    }
    assert_same(&reference.cells, &shuffled.cells);
    assert_same(&reference.cells, &sorted.cells);
}

/// Lists rebuilt at every step, or hardly ever.
#[test]
fn the_skin_changes_no_bit() {
    let reference = reference();
    for skin in [0.01, 8.0] {
        let mut t = tissue(skin);
        (0..TICKS).for_each(|at| tick(&mut t, at));
        assert_same(&reference.cells, &t.cells);
    }
}

/// Written and read back at every one of these ticks, the run goes on as if nothing had happened.
#[test]
fn a_resumed_run_has_the_same_bits() {
    let reference = reference();
    for stop in [1, 7, 13, 24] {
        let mut t = tissue(1.5);
        (0..stop).for_each(|at| tick(&mut t, at));
        let bytes = postcard::to_stdvec(&(&t.cells, &t.mechanics)).unwrap();
        let (mut cells, mechanics): (Cells, Mechanics) = postcard::from_bytes(&bytes).unwrap();
        cells.check().unwrap();
        let score = cells.column("score").unwrap();
        let mut resumed = Tissue { cells, mechanics, score };
        (stop..TICKS).for_each(|at| tick(&mut resumed, at));
        assert_same(&reference.cells, &resumed.cells);
    }
}

/// The digest sees a single bit, and names its column.
#[test]
fn the_digest_names_the_culprit() {
    let a = reference().cells;
    let mut b = a.clone();
    b.position[2][7] = f64::from_bits(b.position[2][7].to_bits() ^ 1);
    let differing: Vec<_> =
        digest(&a).into_iter().zip(digest(&b)).filter(|(x, y)| x != y).map(|(x, _)| x.0).collect();
    assert_eq!(differing, vec!["position.z"]);
}
