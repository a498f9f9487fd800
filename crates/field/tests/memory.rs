//! Issue 3: at most 24 bytes per voxel and scalar beyond the two buffers that a scheme needs, counted by the solvers and
//! seen from outside.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

use exoderm_field::{
    Boundary, ExponentialConfig, ExponentialStep, Face, Mesh, Operator, SteadyConfig, SteadySolver,
};

/// Anonymous memory of this process in bytes; `None` where the system does not tell.
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("RssAnon:"))?;
    Some(1024.0 * line.split_whitespace().nth(1)?.parse::<f64>().ok()?)
}

/// The other test of this file allocates next to nothing meanwhile.
#[test]
fn bytes_per_voxel_and_scalar() {
    let mesh = Mesh::new(110, 110, 110, [20.0; 3]).unwrap();
    let n = mesh.len();
    let per_voxel = |bytes: usize| bytes as f64 / n as f64;
    let begin = resident();
    let source: Vec<f64> = (0..n).map(|v| f64::from(u8::from(v % 11 == 0))).collect();
    let mut op = Operator::new(&mesh);
    op.set_uniform_diffusivity(1e3).unwrap();
    op.set_source(&source).unwrap();
    drop(source);
    let mut c = vec![1.0; n];
    let mut exponential = ExponentialStep::new(&mesh, ExponentialConfig::default()).unwrap();
    // Constant diffusivity and loss, a source per voxel.
    op.set_decay(&vec![0.1; n]).unwrap();
    exponential.step(&op, &mut c, 0.1).unwrap();
    let total = |op: &Operator, scratch: usize| 8.0 + per_voxel(op.bytes() + scratch);
    assert!(total(&op, exponential.scratch_bytes()) <= 16.0 + 16.1);
    // Cells take up: a loss per voxel; an open side.
    op.set_decay(&(0..n).map(|v| 0.1 + (v % 7) as f64).collect::<Vec<_>>()).unwrap();
    op.set_boundary(Face::ZMax, Boundary::Value(2.0)).unwrap();
    op.set_boundary(Face::ZMax, Boundary::NoFlux).unwrap();
    exponential.step(&op, &mut c, 0.1).unwrap();
    let counted = total(&op, exponential.scratch_bytes());
    assert!(counted <= 16.0 + 24.01, "{counted}");
    if let (Some(begin), Some(end)) = (begin, resident()) {
        let seen = (end - begin) / n as f64;
        // One array that this test has dropped and the allocator may keep; pages that are not full.
        assert!(seen <= counted + 8.0 + 4.0, "counted {counted}, seen {seen}");
    }
    // Quasi-steady, with the same operator: in place of the exponential step's scratch.
    drop(exponential);
    let mut steady = SteadySolver::new(&mesh, SteadyConfig::default()).unwrap();
    steady.solve(&op, &mut c).unwrap();
    let counted = total(&op, steady.scratch_bytes());
    assert!(counted <= 16.0 + 24.0, "{counted}");
    // Diffusivity per voxel: 32 bytes more, once for all scalars that diffuse alike.
    op.set_diffusivity(&(0..n).map(|v| if v % 5 == 0 { 1e2 } else { 1e3 }).collect::<Vec<_>>()).unwrap();
    let variable = per_voxel(op.bytes());
    assert!((47.9..48.5).contains(&variable), "{variable}");
}

/// Scalars that diffuse alike share what they diffuse through until one of them goes its own way.
#[test]
fn clones_share_until_changed() {
    let mesh = Mesh::new(5, 4, 3, [2.0; 3]).unwrap();
    let mut a = Operator::new(&mesh);
    a.set_diffusivity(&(0..mesh.len()).map(|v| 1.0 + v as f64).collect::<Vec<_>>()).unwrap();
    let mut b = a.clone();
    b.set_uniform_diffusivity(3.0).unwrap();
    assert_eq!(a.diffusivity().at(7), 8.0);
    assert_eq!(b.diffusivity().at(7), 3.0);
    b.set_decay(&vec![0.5; mesh.len()]).unwrap();
    assert_eq!(a.decay().at(0), 0.0);
}
