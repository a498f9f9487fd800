//! The yardstick of the work–precision study (benches/work_precision) does what its paper says.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;
#[path = "../benches/work_precision/rkl2.rs"]
mod rkl2;

use common::{Noise, log2, uniform};
use exoderm_field::{ExponentialConfig, ExponentialStep, Mesh};
use rkl2::Rkl2;

/// Second order against the exact propagator at the fewest stable stages; conserving; and at one long step a one-voxel delta
/// keeps about half of its height, which is why the engine does not use it.
#[test]
fn second_order_conserving_and_slow_to_smooth() {
    let mesh = Mesh::new(12, 10, 9, [1.0; 3]).unwrap();
    let mut op = uniform(&mesh, 1.0, 0.1);
    let mut noise = Noise(3);
    op.set_source(&noise.field(mesh.len(), Noise::unit)).unwrap();
    let start = noise.field(mesh.len(), Noise::unit);
    let config = ExponentialConfig { tolerance: 1e-13, ..Default::default() };
    let mut exact = start.clone();
    ExponentialStep::new(&mesh, config).unwrap().step(&op, &mut exact, 4.0).unwrap();
    let rho = 12.1;
    let mut solver = Rkl2::new(&op);
    let error = |solver: &mut Rkl2, steps: usize| {
        let (mut c, dt) = (start.clone(), 4.0 / steps as f64);
        // Of the same number of stages throughout, so that the order is that of the step alone.
        (0..steps).for_each(|_| solver.step(&op, &mut c, dt, Rkl2::stages(rho, 0.5)).unwrap());
        c.iter().zip(&exact).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    };
    let (coarse, fine) = (error(&mut solver, 32), error(&mut solver, 64));
    assert!((log2(coarse / fine) - 2.0).abs() < 0.15, "{coarse} {fine}");

    let plain = uniform(&mesh, 1.0, 0.0);
    let mut delta = vec![0.0; mesh.len()];
    delta[500] = 1.0;
    let dt = 200.0;
    Rkl2::new(&plain).step(&plain, &mut delta, dt, Rkl2::stages(12.0, dt)).unwrap();
    assert!((delta.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!(delta[500] > 0.3, "smoothed to {}", delta[500]);
}
