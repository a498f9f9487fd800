//! The packed ball that engines are compared on: the numbers that any engine must give before it is timed.

use crate::support::Cluster;
use exoderm_cell::cases::{BALL_AFTER, BALLS, ball};
use exoderm_cell::colony::{Colony, Founder};
use exoderm_cell::open::{Affinity, Law, Per, Rows, Space};

fn near(found: f64, expected: f64, what: &str) {
    assert!((found / expected - 1.0).abs() < 1e-9, "{what}: {found}, expected {expected}");
}

fn gate(n: usize, [neighbours, pressure, speed]: [f64; 3]) -> (Cluster, Space) {
    let mut c = Cluster::new(ball(n));
    let mut space = Space::new(2.5).unwrap();
    c.velocities(&mut space, Law::Compact, Affinity::One);
    let mut rows = Rows::default();
    space.rows(&mut rows);
    near(rows.total() as f64 / n as f64, neighbours, "neighbours");
    near(c.mean(|i| c.pressure[i]), pressure, "pressure");
    let fast = |i: usize| (0..3).map(|a| c.velocity[a][i] * c.velocity[a][i]).sum::<f64>().sqrt();
    near(c.mean(fast), speed, "speed");
    (c, space)
}

#[test]
fn ten_thousand_cells_meet_the_gate_and_move_as_they_must() {
    let (mut c, mut space) = gate(BALLS[0].0, BALLS[0].1);
    for _ in 0..21 {
        c.step(&mut space, 0.1);
    }
    near(c.mean(|i| (0..3).map(|a| c.position[a][i].abs()).sum()), BALL_AFTER, "places after 21 steps");
    assert_eq!(space.list().rebuilds(), 1, "the list held");
}

/// The step that is timed, and that models of agents take: checked, summed and moved in one pass each.
#[test]
fn a_colony_moves_as_it_must() {
    let mut c = Colony::new(0, 0);
    let [x, y, z] = ball(BALLS[0].0);
    for ((&x, &y), &z) in x.iter().zip(&y).zip(&z) {
        let (position, volume, nucleus) = ([x, y, z], 2494.0, 540.0);
        c.add(Founder { kind: 0, position, volume, nucleus, fluid_fraction: 0.75, relative_rupture: 2.0 })
            .unwrap();
    }
    let mut space = Space::new(2.5).unwrap();
    for k in 0..21 {
        let strengths = [Per::Kind(&[1.25]), Per::Kind(&[10.0]), Per::Kind(&[0.4])];
        c.push(&mut space, Law::Compact, Affinity::One, strengths).unwrap();
        if k == 0 {
            c.sort(&mut space);
            let mean = (0..c.len()).map(|i| space.of(i).1).sum::<f64>() / c.len() as f64;
            near(mean, BALLS[0].1[1], "pressure");
        }
        c.advance(&space, 0.1, 1.0, |_| [0.0; 3]).unwrap();
    }
    let sum: f64 = (0..c.len()).map(|i| c.at(i).iter().map(|x| x.abs()).sum::<f64>()).sum();
    near(sum / c.len() as f64, BALL_AFTER, "places after 21 steps");
}

#[test]
fn a_hundred_thousand_cells_meet_the_gate() {
    gate(BALLS[1].0, BALLS[1].1);
}
