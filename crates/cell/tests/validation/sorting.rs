//! Sorting of two kinds by differential adhesion in a plane, from a mixed disc: like cells that hold each other better than
//! unlike ones part, unlike ones that hold each other better mix, and a kind that holds itself best is engulfed by the other.
//! Steinberg's regimes (doi 10.1126/science.141.3579.401), as shares of contacts and distances from the middle.

use crate::support::Cluster;
use exoderm_cell::open::{Affinity, Law, Rows, Space};
use exoderm_numeric::random::Seed;

const STEPS: u32 = 10_000;
const STEP: f64 = 0.05;
/// Standard deviation of a random displacement in a unit of time (diameters): enough for cells to change places in this time,
/// too little for them to leave. At 0.1 nothing moves, at 0.4 weakly held cells evaporate.
const NOISE: f64 = 0.28;

struct Result {
    /// Share of contacts that are between kinds.
    unlike: f64,
    /// Mean squared distance from the middle of kind 1 over that of kind 0.
    spread: f64,
    csv: String,
}

/// Runs `n` cells, half of either kind, with adhesion `table` (0-0, 0-1, 1-0, 1-1), and writes them at 101 times.
fn run(n: usize, table: &[f64; 4], seed: Seed) -> Result {
    let side = (n as f64).sqrt() as usize;
    let x = |i: usize| (i % side) as f64 + 0.5 * ((i / side) % 2) as f64;
    let y = |i: usize| (i / side) as f64 * 0.866;
    let mut c = Cluster::new([(0..n).map(x).collect(), (0..n).map(y).collect(), vec![0.0; n]]);
    let mut kinds: Vec<(u64, usize)> = (0..n).map(|i| (seed.stream(i as u64, 0, 3).next_u64(), i)).collect();
    kinds.sort_unstable();
    kinds[..n / 2].iter().for_each(|&(_, i)| c.kind[i] = 1);
    c.radius.fill(0.5);
    c.reach.fill(1.5);
    c.repulsion.fill(10.0);
    c.adhesion.fill(1.0);
    let mut space = Space::new(0.3).unwrap();
    let mut csv = "simID,time,cellID,cellType,x,y\n".to_owned();
    let mut write = |c: &Cluster, step: u32| {
        if step.is_multiple_of(STEPS / 100) {
            for i in 0..n {
                let (t, x, y) = (f64::from(step) * STEP, c.position[0][i], c.position[1][i]);
                csv += &format!("0,{t},{},{},{x},{y}\n", c.id[i], c.kind[i]);
            }
        }
    };
    write(&c, 0);
    for step in 1..=STEPS {
        c.velocities(&mut space, Law::Peak, Affinity::Kinds { kinds: 2, table });
        c.before.clone_from(&c.velocity);
        c.advance(STEP);
        for i in 0..n {
            let mut s = seed.stream(i as u64, step, 4);
            for a in 0..2 {
                c.position[a][i] += NOISE * STEP.sqrt() * s.normal();
            }
        }
        write(&c, step);
    }
    space.refresh(&c.bodies()).unwrap();
    let mut rows = Rows::default();
    space.rows(&mut rows);
    let unlike: usize =
        (0..n).map(|i| rows.of(i).iter().filter(|&&j| c.kind[j as usize] != c.kind[i]).count()).sum();
    let middle = [0, 1].map(|a| c.mean(|i| c.position[a][i]));
    let far = |kind: u16| {
        let of = (0..n).filter(|&i| c.kind[i] == kind);
        let square = |i: usize| {
            (0..2).map(|a| (c.position[a][i] - middle[a]) * (c.position[a][i] - middle[a])).sum::<f64>()
        };
        of.map(square).sum::<f64>()
    };
    Result { unlike: unlike as f64 / rows.total() as f64, spread: far(1) / far(0), csv }
}

#[test]
fn adhesion_sorts_mixes_or_engulfs_a_hundred_cells() {
    let seed = Seed::new(3, 0);
    let sorted = run(100, &[1.0, 0.1, 0.1, 1.0], seed);
    let mixed = run(100, &[0.2, 1.0, 1.0, 0.2], seed);
    let engulfed = run(100, &[1.0, 0.5, 0.5, 0.2], seed);
    assert!(sorted.unlike < 0.15 && mixed.unlike > 0.6, "{} {}", sorted.unlike, mixed.unlike);
    assert!(engulfed.spread > 1.5 && engulfed.unlike > 0.3, "{} {}", engulfed.spread, engulfed.unlike);
    let lines: Vec<&str> = sorted.csv.lines().collect();
    assert_eq!(lines.len(), 1 + 101 * 100);
    assert!(lines.iter().all(|l| l.split(',').count() == 6));
}

#[test]
#[ignore = "five seconds"]
fn four_hundred_cells_sort_and_mix_too() {
    let seed = Seed::new(4, 0);
    let (sorted, mixed) = (run(400, &[1.0, 0.1, 0.1, 1.0], seed), run(400, &[0.2, 1.0, 1.0, 0.2], seed));
    assert!(sorted.unlike < 0.3 && mixed.unlike > 0.52, "{} {}", sorted.unlike, mixed.unlike);
}
