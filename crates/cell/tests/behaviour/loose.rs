//! Cells that push nobody cost no substeps, wake nobody, and are still seen.

use exoderm_cell::store::SortBuffers;
use exoderm_cell::*;

const RUNNER: Kind = Kind(1);

/// Settled tissue that sleeps, with runners through it.
fn tissue(runners: u32) -> (Cells, Mechanics) {
    let (mut cells, mut p) = cases::strip(30, 8, 4.0, 0.2).unwrap();
    p.kinds.push(KindMechanics { class: 1, ..p.kinds[0] });
    let law = PairForce { stiffness: 2.0, cubic: 2.0, adhesion: 0.3 };
    p.pairs = PairTable::uniform(2, law);
    p.pairs.set(Kind(0), RUNNER, PairForce::default()).unwrap();
    p.pairs.set(RUNNER, RUNNER, PairForce::default()).unwrap();
    let mut m = Mechanics::new(p).unwrap();
    for _ in 0..400 {
        if m.advance(&mut cells, 6.0).unwrap().awake == 0 {
            break;
        }
    }
    for k in 0..runners {
        let at = [30.0 + f64::from(k), 0.7 * f64::from(k), 25.0];
        let i = cells.add(NewCell::sphere(RUNNER, at, 3.0)).unwrap();
        cells.active[0][i] = 2.0;
        cells.active[1][i] = 0.5;
    }
    (cells, m)
}

#[test]
fn runners_go_straight_and_let_others_sleep() {
    let (mut cells, mut m) = tissue(1);
    let before = cells.clone();
    let i = cells.len() - 1;
    for _ in 0..10 {
        let report = m.advance(&mut cells, 6.0).unwrap();
        assert_eq!((report.awake, report.evaluations), (1, 0), "{report:?}");
    }
    let y = m.parameters().domain.wrap([0.0, 30.0, 0.0])[1];
    assert!((cells.position[0][i] - 150.0).abs() < 1e-9);
    assert!((cells.position[1][i] - y).abs() < 1e-9);
    assert_eq!(cells.velocity[0][i], 2.0);
    assert!((0..i).all(|j| cells.at(j) == before.at(j)), "nobody was pushed");
    cells.active[0][i] = 0.0;
    cells.active[1][i] = 0.0;
    for _ in 0..5 {
        m.advance(&mut cells, 6.0).unwrap();
    }
    assert!(cells.is_asleep(i), "at rest it sleeps too");
}

/// Pressure and contacts are those of a list that leaves nobody out: kinds that push a little are in it.
#[test]
fn runners_are_observed() {
    let (mut cells, mut m) = tissue(12);
    m.advance(&mut cells, 6.0).unwrap();
    let mut listed = cells.clone();
    let mut p = m.parameters().clone();
    let faint = PairForce { stiffness: 1e-9, ..PairForce::default() };
    p.pairs.set(Kind(0), RUNNER, faint).unwrap();
    let mut other = Mechanics::new(p).unwrap();
    m.observe(&mut cells).unwrap();
    other.observe(&mut listed).unwrap();
    assert_eq!(cells.contacts, listed.contacts);
    assert!(cells.contacts[cells.len() - 12..].iter().all(|&n| n > 5));
    for i in 0..cells.len() {
        assert!((cells.pressure[i] - listed.pressure[i]).abs() < 1e-12);
        for axis in 0..3 {
            assert!((cells.free_edge[axis][i] - listed.free_edge[axis][i]).abs() < 1e-12);
        }
    }
}

#[test]
fn memory_order_changes_no_bit_with_runners() {
    let (mut a, mut m) = tissue(12);
    let (mut b, mut n) = (a.clone(), m.clone());
    let mut buffers = SortBuffers::default();
    for _ in 0..8 {
        b.sort_spatial(10.0, &mut buffers).unwrap();
        for (cells, mechanics) in [(&mut a, &mut m), (&mut b, &mut n)] {
            mechanics.advance(cells, 6.0).unwrap();
            mechanics.observe(cells).unwrap();
        }
    }
    assert_eq!(digest::digest(&a), digest::digest(&b));
}

/// The path made for strips and the general one: a second periodic axis too long to matter.
#[test]
fn strips_have_no_arithmetic_of_their_own() {
    let run = |x: Boundary| {
        let (mut cells, mut p) = cases::strip(30, 8, 4.0, 0.5).unwrap();
        let (low, high) = (p.domain.min(), p.domain.max());
        let boundary = [x, Boundary::Periodic, Boundary::Wall];
        p.domain = Domain::new([-500.0, low[1], low[2]], [900.0, high[1], high[2]], boundary).unwrap();
        p.numerics.sleep = None;
        let mut m = Mechanics::new(p).unwrap();
        m.advance(&mut cells, 12.0).unwrap();
        cells.position
    };
    assert_eq!(run(Boundary::Wall), run(Boundary::Periodic));
}
