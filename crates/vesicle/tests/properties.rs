//! Issue 3: what must not matter: the unit of time, and the order of cells.
#![allow(missing_docs, clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

use exoderm_numeric::random::Seed;
use exoderm_vesicle::counts::{Counts, Exact, Leap, Move, Network, Reaction, Sink, Source};
use exoderm_vesicle::uptake::{Arrivals, CargoDecay, CellVesicles, UptakeParameters, UptakeSpec, UptakeStep};
use proptest::prelude::*;

/// A lattice of eight places: jumps, loss, a source, vesicles that bind to sites and let go. All rates `c` times theirs.
fn network(c: f64) -> Network {
    let mut moves = Vec::new();
    for v in 0..5 {
        moves.push(Move { from: v, to: v + 1, rate: 3.0 * c });
        moves.push(Move { from: v + 1, to: v, rate: 3.0 * c });
    }
    moves.push(Move { from: 7, to: 6, rate: 0.5 * c });
    let sinks: Vec<Sink> = (0..6).map(|from| Sink { from, counter: 0, rate: 0.1 * c }).collect();
    let bind = Reaction { of: 5, with: Some(6), into: [Some(7), None], rate: 0.02 * c };
    Network::new(8, 1, &moves, &sinks, &[Source { to: 0, rate: 20.0 * c }], &[bind]).unwrap()
}

/// D→cD, k→ck, t→t/c: with c a power of two the same vesicles are in the same places, leap by leap and event by event.
#[test]
fn rescaling_time_does_not_change_a_count() {
    let run = |c: f64| {
        let network = network(c);
        let fresh = || {
            let mut counts = Counts::new(&network);
            counts.at[6] = 40;
            counts
        };
        let (mut leaps, mut events) = (fresh(), fresh());
        let mut leap = Leap::new(Seed::new(5, 0), 0.03).unwrap();
        let mut exact = Exact::new(&network, Seed::new(6, 0), 0);
        for _ in 0..20 {
            leap.step(&network, &mut leaps, 0.5 / c).unwrap();
            exact.step(&network, &mut events, 0.5 / c).unwrap();
        }
        [leaps, events].map(|k| (k.at, k.left, k.entered))
    };
    let one = run(1.0);
    assert!(one.iter().all(|k| k.0[7] > 0 && k.1[0] > 0 && k.2 > 0), "everything must happen: {one:?}");
    assert_eq!(one, run(4.0));
    assert_eq!(one, run(0.125));
}

fn spec(c: f64) -> UptakeSpec {
    UptakeSpec {
        clearance: 1600.0 * c,
        capacity: 5000.0,
        internalisation: 0.5 / 60.0 * c,
        unbinding: 0.3 / 60.0 * c,
        lysosome: 0.15 / 60.0 * c,
        recycled: 0.2,
        escape: 0.05,
    }
}

/// What becomes of the vesicles of cell `i` in some steps.
fn cell(i: u64, c: f64) -> CellVesicles {
    let p = UptakeParameters::new(spec(c)).unwrap();
    let decay = CargoDecay { vesicle: 0.002 * c, cytosol: 0.01 * c };
    let step = UptakeStep::new(&p, p.unbinding, &[decay], 16.0 / c).unwrap();
    let mut cell = CellVesicles::default();
    for tick in 0..12 {
        let mut stream = Seed::new(21, 0).stream(i, tick, 7);
        let free = p.mean_free_sites(cell.surface, 0.0, 1e-4, 16.0 / c);
        let count = stream.poisson(p.binding * 1e-4 * free * 16.0 / c);
        let mut arrivals = Arrivals { count, ..Arrivals::default() };
        arrivals.cargo[0] = 10.0 * count as f64;
        step.advance(&mut cell, &arrivals, &mut stream);
    }
    cell
}

/// k→ck, t→t/c: the same vesicles bind, enter and are digested, with the same cargo.
#[test]
fn rescaling_time_does_not_change_what_cells_take_up() {
    let mut inside = 0.0;
    for i in 0..40 {
        let one = cell(i, 1.0);
        inside += one.inside;
        assert_eq!(one, cell(i, 4.0), "cell {i}");
    }
    assert!(inside > 40.0, "{inside}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(20) })]

    /// Draws belong to cells, not to their turn: in any order each cell takes up what it takes up alone.
    #[test]
    fn order_of_cells_does_not_matter(order in Just((0u64..30).collect::<Vec<_>>()).prop_shuffle()) {
        let p = UptakeParameters::new(spec(1.0)).unwrap();
        let step = UptakeStep::new(&p, p.unbinding, &[], 30.0).unwrap();
        let mut cells = vec![CellVesicles::default(); 30];
        for tick in 0..6 {
            for &i in &order {
                let mut stream = Seed::new(22, 0).stream(i, tick, 7);
                let count = stream.poisson(3.0);
                step.advance(&mut cells[i as usize], &Arrivals { count, ..Arrivals::default() }, &mut stream);
            }
        }
        for (i, got) in cells.iter().enumerate() {
            let mut alone = CellVesicles::default();
            for tick in 0..6 {
                let mut stream = Seed::new(22, 0).stream(i as u64, tick, 7);
                let count = stream.poisson(3.0);
                step.advance(&mut alone, &Arrivals { count, ..Arrivals::default() }, &mut stream);
            }
            prop_assert_eq!(*got, alone);
        }
    }
}
