//! A colony that lives: books, bytes, and the same bits with division, death and random motion on.

use exoderm_cell::cases::ball;
use exoderm_cell::colony::{Colony, Founder};
use exoderm_cell::open::{Affinity, Law, Per, Space};
use exoderm_cell::phenotype::division::{Orientation, Placement, direction};
use exoderm_numeric::random::Seed;
use std::collections::BTreeMap;

fn founder(position: [f64; 3]) -> Founder {
    Founder { kind: 0, position, volume: 2494.0, nucleus: 540.0, fluid_fraction: 0.75, relative_rupture: 2.0 }
}

fn colony(n: usize) -> Colony {
    let [xs, ys, zs] = ball(n);
    let mut c = Colony::new(4, 4);
    c.reserve(n);
    for ((&x, &y), &z) in xs.iter().zip(&ys).zip(&zs) {
        c.add(founder([x, y, z])).unwrap();
    }
    c
}

const STRENGTHS: [Per<'static>; 3] = [Per::Kind(&[1.25]), Per::Kind(&[10.0]), Per::Kind(&[0.4])];
const FREE: Orientation = Orientation { axis: [0.0; 3], polarity: 0.0, unit: true };

/// A tick of 6 min in ten steps: random walks, divisions and deaths by draws of each cell's own streams.
fn tick(c: &mut Colony, space: &mut Space, seed: Seed, tick: u32, order: &mut Vec<u32>) {
    c.by_id(order);
    for &i in &*order {
        let i = i as usize;
        let mut s = seed.stream(c.id[i], tick, 1);
        let event = s.uniform();
        c.direction[i] = direction(&FREE, &mut s).map(|x| x as f32);
        if event < 0.01 {
            c.divide(i, direction(&FREE, &mut s), Placement::EVEN);
        } else if event > 0.992 {
            c.remove(i);
        }
    }
    c.sweep();
    for _ in 0..10 {
        c.push(space, Law::Compact, Affinity::One, STRENGTHS).unwrap();
        let directions = std::mem::take(&mut c.direction);
        c.advance(space, 0.6, 1.0, |i| directions[i].map(|x| 0.2 * f64::from(x))).unwrap();
        c.direction = directions;
    }
}

fn bits(c: &Colony) -> Vec<(u64, u64, [u64; 3])> {
    let mut all: Vec<_> = (0..c.len()).map(|i| (c.id[i], c.lineage[i], c.at(i).map(f64::to_bits))).collect();
    all.sort_unstable();
    all
}

/// On one, two and five threads, and with a checkpoint and a sort of memory in between.
#[test]
fn threads_checkpoints_and_memory_do_not_matter() {
    let run = |threads: usize, interrupted: bool| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (mut c, mut space) = (colony(2600), Space::new(2.0).unwrap());
            let (seed, mut order) = (Seed::new(9, 0), Vec::new());
            for t in 0..12 {
                tick(&mut c, &mut space, seed, t, &mut order);
                if interrupted && t % 3 == 1 {
                    let bytes = postcard::to_stdvec(&(&c, &space)).unwrap();
                    (c, space) = postcard::from_bytes(&bytes).unwrap();
                    c.check().unwrap();
                }
            }
            assert!(c.next_id() > 2700 && c.id.iter().any(|&id| id > 2600), "cells divided");
            bits(&c)
        })
    };
    let one = run(1, false);
    assert!(one == run(2, false) && one == run(5, false), "threads");
    assert!(one == run(2, true), "checkpoint");
}

/// Sorting memory changes no position as long as cells neither come nor go.
#[test]
fn sorting_memory_does_not_matter() {
    let run = |sorts: bool| {
        let (mut c, mut space) = (colony(2600), Space::new(2.0).unwrap());
        for k in 0..30 {
            c.push(&mut space, Law::Compact, Affinity::One, STRENGTHS).unwrap();
            c.advance(&space, 0.6, 1.0, |_| [0.0; 3]).unwrap();
            if sorts && k % 7 == 3 {
                c.sort(&mut space);
            }
        }
        bits(&c)
    };
    assert!(run(false) == run(true));
}

/// A million random divisions and removals against a plain account of who lives, and of what halves at division.
#[test]
fn no_cell_is_lost_or_doubled_in_a_million_events() {
    let mut c = colony(500);
    let mut account: BTreeMap<u64, u64> = (0..500).map(|id| (id, id)).collect();
    c.internal.fill(1.0);
    let mut s = Seed::new(2, 0).stream(0, 0, 0);
    let (mut events, mut amount) = (0_u32, 2000.0);
    while events < 1_000_000 {
        for _ in 0..200 {
            events += 1;
            let i = s.below(c.len());
            if c.len() < 300 || (c.len() < 900 && s.chance(0.5)) {
                let lineage = c.lineage[i];
                let daughter = c.divide(i, [1.0, 0.0, 0.0], Placement::EVEN);
                assert!(account.insert(c.id[daughter], lineage).is_none(), "an id was given twice");
                // Volumes stay what they were: cells that divide a million times would vanish.
                for k in [i, daughter] {
                    c.volumes.scale(k, 2.0);
                }
            } else {
                c.remove(i);
            }
        }
        for i in 0..c.len() {
            if c.flags[i] & exoderm_cell::colony::mark::REMOVED != 0 {
                account.remove(&c.id[i]).unwrap();
                amount -= c.internal[4 * i..4 * i + 4].iter().sum::<f64>();
            }
        }
        c.sweep();
        assert_eq!(c.len(), account.len());
    }
    c.check().unwrap();
    let alive: BTreeMap<u64, u64> = c.id.iter().copied().zip(c.lineage.iter().copied()).collect();
    assert!(alive == account);
    assert!((c.internal.iter().sum::<f64>() - amount).abs() < 1e-6, "halves make a whole");
}

/// 320 bytes a cell with four substrates and the behaviours of ten rules that outlive a step, and at most 100 more for the
/// neighbour list.
#[test]
fn a_cell_is_small() {
    let n = 20_000;
    let (c, mut space) = (colony(n), Space::new(2.5).unwrap());
    c.push(&mut space, Law::Compact, Affinity::One, STRENGTHS).unwrap();
    let each = |bytes: usize| bytes as f64 / n as f64;
    let (cell, list) = (each(c.bytes() + space.bytes()), each(space.list().bytes()));
    assert!(cell <= 320.0, "{cell}");
    assert!(list <= 100.0, "{list}");
}
