//! Cells put down sources: what comes of it does not depend on the order in which they are asked.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use common::Noise;
use exoderm_field::{Boundary, ExponentialConfig, ExponentialStep, Face, Mesh, Operator, SteadyConfig};
use exoderm_field::{SteadySolver, deposit_nearest, deposit_trilinear};
use proptest::prelude::*;

/// A source is a sum over cells: another order of summation changes it by rounding, n ε of it at most, and the field
/// that follows by as little; the same order gives the same bits, however often it is done.
fn fields(cells: &[([f64; 3], f64)], mesh: &Mesh, trilinear: bool) -> [Vec<f64>; 3] {
    let mut source = vec![0.0; mesh.len()];
    for &(p, amount) in cells {
        if trilinear {
            deposit_trilinear(mesh, &mut source, p, amount).unwrap();
        } else {
            deposit_nearest(mesh, &mut source, p, amount).unwrap();
        }
    }
    let mut op = Operator::new(mesh);
    op.set_uniform_diffusivity(200.0).unwrap();
    op.set_decay(&vec![0.3; mesh.len()]).unwrap();
    op.set_source(&source).unwrap();
    op.set_boundary(Face::ZMax, Boundary::Permeability { p: 3.0, reservoir: 0.1 }).unwrap();
    let mut stepped = vec![0.0; mesh.len()];
    let config = ExponentialConfig { tolerance: 1e-10, ..Default::default() };
    ExponentialStep::new(mesh, config).unwrap().step(&op, &mut stepped, 0.7).unwrap();
    let mut steady = vec![0.0; mesh.len()];
    let config = SteadyConfig { tolerance: 1e-12, ..Default::default() };
    SteadySolver::new(mesh, config).unwrap().solve(&op, &mut steady).unwrap();
    [source, stepped, steady]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn permuting_cells_changes_rounding_only(seed in any::<u64>(), trilinear in any::<bool>()) {
        let mut noise = Noise(seed);
        let mesh = Mesh::new(9, 8, 10, [6.0; 3]).unwrap();
        let mut cells: Vec<([f64; 3], f64)> = (0..300)
            .map(|_| {
                let p = mesh.shape().map(|n| 6.0 * n as f64 * noise.unit());
                (p, noise.decades(1e-6, 1e3))
            })
            .collect();
        let first = fields(&cells, &mesh, trilinear);
        prop_assert_eq!(&first, &fields(&cells, &mesh, trilinear));
        for i in (1..cells.len()).rev() {
            cells.swap(i, (noise.unit() * (i + 1) as f64) as usize);
        }
        let other = fields(&cells, &mesh, trilinear);
        for (a, b) in first[0].iter().zip(&other[0]) {
            prop_assert!((a - b).abs() <= 300.0 * f64::EPSILON * a, "{a} {b}");
        }
        for (a, b) in first[1..].iter().zip(&other[1..]) {
            let largest = a.iter().fold(0.0f64, |m, c| m.max(*c));
            for (a, b) in a.iter().zip(b) {
                prop_assert!((a - b).abs() <= 1e-10 * largest, "{a} {b}");
            }
        }
    }
}
