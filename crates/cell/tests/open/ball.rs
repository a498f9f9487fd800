//! The packed ball that engines are compared on: the numbers that any engine must give before it is timed.

use crate::support::Cluster;
use exoderm_cell::cases::{BALL_AFTER, BALLS, ball};
use exoderm_cell::open::{Affinity, Law, Rows, Space};

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

#[test]
fn a_hundred_thousand_cells_meet_the_gate() {
    gate(BALLS[1].0, BALLS[1].1);
}
