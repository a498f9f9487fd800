//! Issue 3: bytes of scalars that share what they diffuse through. (A file of its own: another test looks at all that its
//! process holds.)
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

use exoderm_field::{ExponentialConfig, ExponentialStep, Mesh, Operator};

/// Where diffusivity differs from voxel to voxel, three scalars that diffuse alike share it, its couplings and the scratch: with
/// a loss and a source per voxel each, they take the 24 bytes that are asked; a scalar by itself takes 56.
#[test]
fn three_scalars_share_a_diffusivity_per_voxel() {
    let mesh = Mesh::new(40, 40, 40, [20.0; 3]).unwrap();
    let n = mesh.len();
    let varied = |m: usize| -> Vec<f64> { (0..n).map(|v| 0.1 + (v % m) as f64).collect() };
    let mut first = Operator::new(&mesh);
    first.set_diffusivity(&varied(5)).unwrap();
    let shared = first.bytes();
    let scalars = [7, 11, 13].map(|m| {
        let mut op = first.clone();
        op.set_decay(&varied(m)).unwrap();
        op.set_source(&varied(m + 1)).unwrap();
        op
    });
    drop(first);
    let mut step = ExponentialStep::new(&mesh, ExponentialConfig::default()).unwrap();
    for op in &scalars {
        step.step(op, &mut vec![1.0; n], 0.1).unwrap();
    }
    let own: usize = scalars.iter().map(|op| 8 * n + op.bytes() - shared).sum();
    let each =
        |own: usize, scalars: f64| (own + shared + step.scratch_bytes()) as f64 / (scalars * n as f64) - 16.0;
    let (three, one) = (each(own, 3.0), each(own / 3, 1.0));
    assert!(three <= 24.1 && (55.9..56.5).contains(&one), "{three}, {one}");
}
