//! Steps through time.

use crate::support::Cluster;
use exoderm_cell::cases::{CHAIN_RATE, CHAIN_WIDTHS};
use exoderm_cell::open::{Affinity, Law, Space, Stepper};
use exoderm_numeric::math;

/// Eleven cells of diameter 1, half a diameter apart, pushed apart by the linear law.
fn chain() -> Cluster {
    let mut c = Cluster::new([(0..11).map(|k| 0.5 * f64::from(k)).collect(), vec![0.0; 11], vec![0.0; 11]]);
    c.radius.fill(0.5);
    c.reach.fill(1.0);
    c.repulsion.fill(CHAIN_RATE);
    c.adhesion.fill(0.0);
    c
}

fn width(c: &Cluster) -> f64 {
    c.position[0][10] - c.position[0][0]
}

#[test]
fn the_chain_relaxes_as_published_by_either_method() {
    let (mut controlled, mut fixed) = (chain(), chain());
    let mut space = Space::new(0.2).unwrap();
    let mut stepper = Stepper::new(1e-5, 1e-6).unwrap();
    let mut other = Space::new(0.2).unwrap();
    let (mut now, mut steps) = (0.0, 0);
    // A first step from its own velocity is Euler's, which is of order two as the first of many.
    fixed.velocities(&mut other, Law::Linear, Affinity::One);
    fixed.before = fixed.velocity.clone();
    for (t, expected) in CHAIN_WIDTHS {
        let mut position = controlled.position.clone();
        let taken = stepper
            .advance(&mut position, t - now, |p, v| {
                controlled.position.clone_from(p);
                controlled.velocities(&mut space, Law::Linear, Affinity::One);
                v.clone_from(&controlled.velocity);
                Ok(())
            })
            .unwrap();
        steps += taken.steps;
        controlled.position = position;
        for _ in 0..((t - now) / 1e-3).round() as u32 {
            fixed.velocities(&mut other, Law::Linear, Affinity::One);
            fixed.advance(1e-3);
        }
        assert!((width(&controlled) - expected).abs() < 1e-3, "{t}: {}", width(&controlled));
        assert!((width(&fixed) - expected).abs() < 1e-3, "{t}: {}", width(&fixed));
        now = t;
    }
    assert!(steps < 1000, "a fifth of the fixed steps: {steps}");
}

/// Order two: twice the steps, a quarter of the error.
#[test]
fn two_step_is_of_order_two() {
    let run = |steps: u32| {
        let mut c = chain();
        let mut space = Space::new(0.2).unwrap();
        c.velocities(&mut space, Law::Linear, Affinity::One);
        c.before = c.velocity.clone();
        for _ in 0..steps {
            c.velocities(&mut space, Law::Linear, Affinity::One);
            c.advance(1.0 / f64::from(steps));
        }
        width(&c)
    };
    let (coarse, middle, fine) = (run(100), run(200), run(400));
    let order = math::ln((coarse - middle) / (middle - fine)) / math::ln(2.0);
    assert!((order - 2.0).abs() < 0.2, "{order}");
}
