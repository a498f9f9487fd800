//! Quasi-steady fields against closed solutions, and the solvers' own promises.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use common::{Noise, log2, rod, uniform};
use exoderm_field::{
    Axis, Boundary, BoundaryField, Face, FieldError, Mesh, Method, Operator, SteadyConfig, SteadySolver,
    cases, deposit_trilinear, trilinear,
};

fn config(method: Method, tolerance: f64) -> SteadyConfig {
    SteadyConfig { method, tolerance, ..SteadyConfig::default() }
}

const BOTH: [Method; 2] = [Method::Banded, Method::Multigrid];

/// Oxygen and growth factors fall off with depth as Thiele's slab says.
#[test]
fn thiele_slab_at_published_points() {
    for method in BOTH {
        let mesh = rod(2000, 100.0);
        let mut op = uniform(&mesh, 4.3, 0.001);
        op.set_boundary(Face::ZMin, Boundary::Value(1.0)).unwrap();
        let mut c = vec![0.0; mesh.len()];
        let mut solver = SteadySolver::new(&mesh, config(method, 1e-10)).unwrap();
        solver.solve(&op, &mut c).unwrap();
        for (x, exact) in
            [(10.0, 0.872405215958), (20.0, 0.765138274588), (50.0, 0.54233885833), (80.0, 0.435045965341)]
        {
            let got = trilinear(&mesh, &c, [0.5, 0.5, x]);
            assert!((got - exact).abs() < 1e-7, "{method:?} x = {x}: {got} {exact}");
        }
    }
}

/// Second order in space, along each axis and in 3-D, with a fixed value at a face.
#[test]
fn thiele_slab_converges_with_second_order_along_every_axis() {
    for axis in Axis::ALL {
        let error = |n: usize| {
            let mut shape = [3, 3, 3];
            let mut h = [7.0, 7.0, 7.0];
            shape[axis.index()] = n;
            h[axis.index()] = 100.0 / n as f64;
            let mesh = Mesh::new(shape[0], shape[1], shape[2], h).unwrap();
            let mut op = uniform(&mesh, 4.3, 0.001);
            let side = Face::ALL[2 * axis.index() + 1];
            op.set_boundary(side, Boundary::Value(1.0)).unwrap();
            let mut c = vec![0.0; mesh.len()];
            SteadySolver::new(&mesh, config(Method::Auto, 1e-12)).unwrap().solve(&op, &mut c).unwrap();
            (0..mesh.len())
                .map(|v| {
                    let x = 100.0 - mesh.centre(v)[axis.index()];
                    (c[v] - cases::thiele_slab(4.3, 0.001, 100.0, x)).abs()
                })
                .fold(0.0, f64::max)
        };
        let (coarse, fine) = (error(20), error(40));
        let order = log2(coarse / fine);
        assert!((1.9..2.1).contains(&order), "{axis:?}: order {order}");
    }
}

/// A gel on the skin: flux through its membrane and diffusion below in series.
#[test]
fn robin_slab() {
    let (d, k, length, p, c0) = (4.3, 0.002, 100.0, 0.05, 3.0);
    let error = |n: usize| {
        let mesh = rod(n, length);
        let mut op = uniform(&mesh, d, k);
        op.set_boundary(Face::ZMin, Boundary::Permeability { p, reservoir: c0 }).unwrap();
        let mut c = vec![0.0; n];
        SteadySolver::new(&mesh, config(Method::Auto, 1e-12)).unwrap().solve(&op, &mut c).unwrap();
        (0..n)
            .map(|v| (c[v] - cases::robin_slab(d, k, length, p, c0, mesh.centre(v)[2])).abs())
            .fold(0.0, f64::max)
    };
    let (coarse, fine) = (error(50), error(100));
    assert!(fine < 1e-4, "{fine}");
    assert!((1.9..2.1).contains(&log2(coarse / fine)), "{coarse} {fine}");
}

/// Basement membrane: piecewise linear profiles are exact on any mesh, so the flux is too, along every axis.
#[test]
fn membrane_in_series_is_exact() {
    let (layers, p, ends) = ([(30.0, 2.0), (70.0, 0.1)], 0.004, [5.0, 1.0]);
    let exact = cases::membrane_flux(ends, layers, p);
    for axis in Axis::ALL {
        for method in BOTH {
            let (a, n) = (axis.index(), 10);
            let mut shape = [2, 2, 2];
            shape[a] = n;
            let mesh = Mesh::new(shape[0], shape[1], shape[2], [10.0; 3]).unwrap();
            let mut op = Operator::new(&mesh);
            let d: Vec<f64> =
                (0..mesh.len()).map(|v| if mesh.coords(v)[a] < 3 { 2.0 } else { 0.1 }).collect();
            op.set_diffusivity(&d).unwrap();
            let mut membranes = vec![f64::INFINITY; mesh.face_len(axis)];
            for line in 0..mesh.lines(axis) {
                let mut i = mesh.coords(mesh.line_start(axis, line));
                i[a] = 3;
                membranes[mesh.face_index(axis, i[0], i[1], i[2])] = p;
            }
            op.set_face_permeability(axis, Some(&membranes)).unwrap();
            let (low, high) = (Face::ALL[2 * a], Face::ALL[2 * a + 1]);
            op.set_boundary(low, Boundary::Value(ends[0])).unwrap();
            op.set_boundary(high, Boundary::Value(ends[1])).unwrap();
            let mut c = vec![0.0; mesh.len()];
            SteadySolver::new(&mesh, config(method, 1e-12)).unwrap().solve(&op, &mut c).unwrap();
            let out = op.rates(&c).unwrap().boundary;
            let area = 400.0;
            assert!((out[high.index()] / area / exact - 1.0).abs() < 1e-8, "{axis:?} {out:?} {exact}");
            assert!((out[low.index()] / area / exact + 1.0).abs() < 1e-8);
            // The jump itself: what drives p.
            let line = mesh.line_start(axis, 0);
            let step = c[line + 2 * mesh.stride(axis)] - c[line + 3 * mesh.stride(axis)];
            let drop = exact * (5.0 / 2.0 + 1.0 / p + 5.0 / 0.1);
            assert!((step / drop - 1.0).abs() < 1e-7);
        }
    }
}

/// A membrane on the outer face is in series with the reservoir, and face cells differ along a side.
#[test]
fn reservoir_over_part_of_a_face() {
    let mesh = Mesh::new(4, 1, 1, [10.0, 10.0, 10.0]).unwrap();
    let mut op = uniform(&mesh, 0.0, 0.0);
    let mut d = vec![3.0; 4];
    d[3] = 0.0;
    op.set_diffusivity(&d).unwrap();
    op.set_decay(&[0.01; 4]).unwrap();
    // Columns that do not talk: membranes shut between them.
    let mut shut = vec![0.0; mesh.face_len(Axis::X)];
    op.set_face_permeability(Axis::X, Some(&shut)).unwrap();
    shut.truncate(2);
    assert!(op.set_face_permeability(Axis::X, Some(&shut)).is_err());
    let top = vec![
        Boundary::NoFlux,
        Boundary::Permeability { p: 0.2, reservoir: 8.0 },
        Boundary::Value(8.0),
        Boundary::Value(8.0),
    ];
    op.set_boundary(Face::ZMax, BoundaryField::PerFace(top)).unwrap();
    let mut membrane = vec![f64::INFINITY; mesh.face_len(Axis::Z)];
    membrane[mesh.face_index(Axis::Z, 2, 0, 1)] = 0.2;
    op.set_face_permeability(Axis::Z, Some(&membrane)).unwrap();
    let mut c = vec![1.0; 4];
    SteadySolver::new(&mesh, config(Method::Auto, 1e-12)).unwrap().solve(&op, &mut c).unwrap();
    let g = 1.0 / (10.0 * (5.0 / 3.0 + 5.0));
    let expected = g * 8.0 / (g + 0.01);
    assert_eq!(c[0], 0.0);
    assert!((c[1] - expected).abs() < 1e-12 && (c[2] - expected).abs() < 1e-12, "{c:?} {expected}");
    assert_eq!(c[3], 0.0, "nothing diffuses into D = 0");
    // What each reservoir gave, per cell of the face.
    let mut out = vec![0.0; 4];
    op.boundary_amounts(Face::ZMax, &c, 2.0, &mut out).unwrap();
    assert_eq!(out[0], 0.0);
    assert!((out[1] + 2.0 * 1000.0 * 0.01 * expected).abs() < 1e-9);
}

/// The number of iterations must not grow with the mesh, in 3-D and on long strips, jumps of D included.
#[test]
fn iterations_do_not_grow_with_the_mesh() {
    let iterations = |shape: [usize; 3], method: Method, layered: bool| {
        // A sheet lies in x and y; everything else has depth.
        let sheet = shape[2] == 1;
        let h = [200.0 / if sheet { shape[0] } else { shape[2] } as f64; 3];
        let mesh = Mesh::new(shape[0], shape[1], shape[2], h).unwrap();
        let mut op = Operator::new(&mesh);
        let d: Vec<f64> = (0..mesh.len())
            .map(|v| {
                let p = mesh.centre(v);
                let inside = layered && (p[2] < 50.0 || (p[0] > 80.0 && p[0] < 120.0 && p[2] > 140.0));
                if inside { 0.01 } else { 100.0 }
            })
            .collect();
        op.set_diffusivity(&d).unwrap();
        // Decay in one half only.
        let across = if sheet { 1 } else { 2 };
        let k: Vec<f64> =
            (0..mesh.len()).map(|v| if mesh.centre(v)[across] > 100.0 { 0.01 } else { 0.0 }).collect();
        op.set_decay(&k).unwrap();
        let s: Vec<f64> = (0..mesh.len()).map(|v| if mesh.centre(v)[0] < 60.0 { 1.0 } else { 0.0 }).collect();
        op.set_source(&s).unwrap();
        if !sheet {
            op.set_boundary(Face::ZMax, Boundary::Value(1.0)).unwrap();
        }
        let mut c = vec![0.0; mesh.len()];
        let mut solver = SteadySolver::new(&mesh, config(method, 1e-8)).unwrap();
        let report = solver.solve(&op, &mut c).unwrap();
        assert!(report.iterations > 0 && c.iter().all(|c| *c >= 0.0));
        report.iterations
    };
    for layered in [false, true] {
        let cubes = [16, 32, 64].map(|n| iterations([n, n, n], Method::Multigrid, layered));
        assert!(cubes[2] <= cubes[1] + 3 && cubes[1] <= cubes[0] + 4 && cubes[2] <= 25, "{cubes:?}");
        let strips = [128, 1024].map(|n| iterations([n, 1, 26], Method::Multigrid, layered));
        assert!(strips[1] <= strips[0] + 3 && strips[1] <= 25, "{strips:?}");
        let sheets = [64, 256].map(|n| iterations([n, n, 1], Method::Multigrid, layered));
        assert!(sheets[1] <= sheets[0] + 3 && sheets[1] <= 25, "{sheets:?}");
        let direct = [128, 1024].map(|n| iterations([n, 1, 26], Method::Banded, layered));
        assert!(direct.iter().all(|d| *d <= 2), "{direct:?}");
    }
}

/// Both methods and all periodicities solve the same equations.
#[test]
fn banded_and_multigrid_agree_on_rough_coefficients() {
    let mut noise = Noise(1);
    for periodic in [[false; 3], [true, false, false], [false, true, true], [true; 3]] {
        let mesh = Mesh::new(13, 3, 6, [2.0, 3.0, 1.0]).unwrap().with_periodic(periodic);
        let mut op = Operator::new(&mesh);
        op.set_diffusivity(&noise.field(mesh.len(), |n| n.decades(1e-3, 1e3))).unwrap();
        op.set_decay(&noise.field(mesh.len(), |n| n.decades(1e-4, 1.0))).unwrap();
        op.set_source(&noise.field(mesh.len(), Noise::unit)).unwrap();
        let [a, b] = BOTH.map(|method| {
            let mut c = vec![0.0; mesh.len()];
            SteadySolver::new(&mesh, config(method, 1e-13)).unwrap().solve(&op, &mut c).unwrap();
            c
        });
        for (a, b) in a.iter().zip(&b) {
            assert!((a - b).abs() <= 1e-8 * b.abs(), "{periodic:?} {a} {b}");
        }
    }
}

/// Anisotropic voxels and couplings: the multigrid must pick the strong direction.
#[test]
fn anisotropic_meshes_converge() {
    for h in [[1.0, 20.0, 5.0], [20.0, 1.0, 5.0], [1.0, 1.0, 40.0], [10.0, 10.0, 0.1]] {
        let mesh = Mesh::new(48, 40, 12, h).unwrap();
        let mut op = uniform(&mesh, 10.0, 1e-3);
        let mut source = vec![0.0; mesh.len()];
        source[mesh.index(11, 7, 3)] = 1.0;
        op.set_source(&source).unwrap();
        let mut c = vec![0.0; mesh.len()];
        let mut solver = SteadySolver::new(&mesh, config(Method::Multigrid, 1e-8)).unwrap();
        let report = solver.solve(&op, &mut c).unwrap();
        assert!(report.iterations <= 30, "{h:?}: {report:?}");
    }
}

/// A warm start at the solution costs nothing; small drift of the coefficients keeps the factor.
#[test]
fn warm_starts_and_stale_factors() {
    let mesh = Mesh::new(200, 1, 26, [10.0; 3]).unwrap();
    let mut noise = Noise(2);
    let mut k = noise.field(mesh.len(), |n| n.decades(1e-3, 1.0));
    let mut op = uniform(&mesh, 1e4, 0.0);
    op.set_decay(&k).unwrap();
    op.set_boundary(Face::ZMax, Boundary::Value(1.0)).unwrap();
    let mut c = vec![0.0; mesh.len()];
    let mut solver = SteadySolver::new(&mesh, SteadyConfig::default()).unwrap();
    assert_eq!(solver.solve(&op, &mut c).unwrap().factorisations, 1);
    assert_eq!(solver.solve(&op, &mut c).unwrap().iterations, 0);
    for k in k.iter_mut() {
        *k *= 0.95 + 0.1 * noise.unit();
    }
    op.set_decay(&k).unwrap();
    let state = solver.state();
    let start = c.clone();
    let report = solver.solve(&op, &mut c).unwrap();
    assert!(report.factorisations == 0 && (1..=6).contains(&report.iterations), "{report:?}");
    // A checkpoint with the solver's state continues with the same bits.
    let bytes = postcard::to_allocvec(&state).unwrap();
    let mut resumed = SteadySolver::new(&mesh, SteadyConfig::default()).unwrap();
    resumed.restore(postcard::from_bytes(&bytes).unwrap()).unwrap();
    let mut d = start;
    assert_eq!(resumed.solve(&op, &mut d).unwrap(), report);
    assert_eq!(c, d);
    // Another mesh's state is refused.
    let other = Mesh::new(199, 1, 26, [10.0; 3]).unwrap();
    let mut wrong = SteadySolver::new(&other, SteadyConfig::default()).unwrap();
    assert!(wrong.restore(postcard::from_bytes(&bytes).unwrap()).is_err());
}

/// Sources equal losses to rounding although the solve stops at 1e-8.
#[test]
fn steady_balance_closes() {
    let mesh = Mesh::new(24, 24, 12, [10.0; 3]).unwrap();
    let mut noise = Noise(3);
    let mut op = Operator::new(&mesh);
    op.set_diffusivity(&noise.field(mesh.len(), |n| n.decades(1.0, 100.0))).unwrap();
    op.set_decay(&noise.field(mesh.len(), |n| n.decades(1e-4, 0.1))).unwrap();
    op.set_source(&noise.field(mesh.len(), Noise::unit)).unwrap();
    op.set_boundary(Face::ZMax, Boundary::Permeability { p: 0.1, reservoir: 4.0 }).unwrap();
    let mut c = vec![0.0; mesh.len()];
    let mut solver = SteadySolver::new(&mesh, config(Method::Multigrid, 1e-6)).unwrap();
    solver.solve(&op, &mut c).unwrap();
    let r = op.rates(&c).unwrap();
    let defect = r.source - r.decay - r.boundary.iter().sum::<f64>();
    assert!(defect.abs() < 1e-12 * r.source, "{defect} {r:?}");
}

/// Closed regions without loss have no steady state; the message names one, also behind a shut membrane.
#[test]
fn singular_regions_are_found() {
    let mesh = Mesh::new(6, 1, 4, [10.0; 3]).unwrap();
    let mut op = uniform(&mesh, 1.0, 0.0);
    let mut c = vec![0.0; mesh.len()];
    let mut solver = SteadySolver::new(&mesh, SteadyConfig::default()).unwrap();
    assert_eq!(solver.solve(&op, &mut c), Err(FieldError::Singular { voxel: 0 }));
    op.set_boundary(Face::XMin, Boundary::Value(1.0)).unwrap();
    solver.solve(&op, &mut c).unwrap();
    assert!(c.iter().all(|c| (c - 1.0).abs() < 1e-10));
    let mut shut = vec![f64::INFINITY; mesh.face_len(Axis::X)];
    for iz in 0..4 {
        shut[mesh.face_index(Axis::X, 3, 0, iz)] = 0.0;
    }
    op.set_face_permeability(Axis::X, Some(&shut)).unwrap();
    let singular = FieldError::Singular { voxel: mesh.index(3, 0, 0) };
    assert_eq!(solver.solve(&op, &mut c), Err(singular));
}

/// Michaelis–Menten uptake: without diffusion a quadratic, with it the equation itself; never negative.
#[test]
fn saturable_uptake() {
    let mesh = Mesh::new(30, 1, 20, [10.0; 3]).unwrap();
    let n = mesh.len();
    let mut noise = Noise(4);
    // D = 0: k c + v c/(K + c) = s in each voxel.
    let mut op = uniform(&mesh, 0.0, 0.1);
    let s = noise.field(n, |n| n.decades(1e-3, 10.0));
    op.set_source(&s).unwrap();
    let vmax = noise.field(n, |n| n.decades(1e-2, 10.0));
    let (km, k) = (0.5, 0.1);
    let mut solver = SteadySolver::new(&mesh, config(Method::Auto, 1e-12)).unwrap();
    for start in [0.0, 1e3] {
        let mut c = vec![start; n];
        solver.solve_saturable(&op, &vmax, km, &mut c).unwrap();
        for i in 0..n {
            let b = k * km + vmax[i] - s[i];
            let exact = 2.0 * s[i] * km / (b + (b * b + 4.0 * k * s[i] * km).sqrt());
            assert!((c[i] / exact - 1.0).abs() < 1e-8, "{} {exact}", c[i]);
        }
    }
    // Oxygen from above, consumption so strong that the bottom is anoxic.
    for method in BOTH {
        let mut op = uniform(&mesh, 500.0, 0.0);
        op.set_boundary(Face::ZMax, Boundary::Value(5.0)).unwrap();
        let mut solver = SteadySolver::new(&mesh, config(method, 1e-9)).unwrap();
        let mut c = vec![5.0; n];
        let report = solver.solve_saturable(&op, &vec![2.0; n], 0.05, &mut c).unwrap();
        assert!(report.newton <= 30 && c.iter().all(|c| *c >= 0.0), "{report:?}");
        let r = op.rates(&c).unwrap();
        let taken: f64 = c.iter().map(|c| 2.0 * c / (0.05 + c)).sum::<f64>() * mesh.volume();
        assert!((taken + r.boundary[Face::ZMax.index()]).abs() < 1e-6 * taken);
        assert!(c[mesh.index(3, 0, 0)] < 0.01 && c[mesh.index(3, 0, 19)] > 4.0);
        // Warm: a step or two.
        let again = solver.solve_saturable(&op, &vec![2.02; n], 0.05, &mut c).unwrap();
        assert!(again.newton <= 5, "{again:?}");
    }
    // Fed beyond what it can take up, a closed region has no steady state.
    let mut op = uniform(&mesh, 500.0, 0.0);
    op.set_source(&vec![3.0; n]).unwrap();
    let mut c = vec![0.0; n];
    assert!(solver.solve_saturable(&op, &vec![2.0; n], 0.05, &mut c).is_err());
}

/// Geometric cycles: as many for a fine mesh as for a coarse one, with layers, an open side and saturable sinks, and
/// the balance closed.
#[test]
fn cycles_do_not_grow_with_the_mesh() {
    let solve = |n: usize, layered: bool| {
        let mesh = Mesh::new(n, n, n, [20.0; 3]).unwrap();
        let mut op = Operator::new(&mesh);
        let low = |v: usize| layered && (mesh.coords(v)[0] / 5).is_multiple_of(3);
        op.set_diffusivity(&(0..mesh.len()).map(|v| if low(v) { 1e4 } else { 1e5 }).collect::<Vec<_>>())
            .unwrap();
        op.set_decay(&vec![0.1; mesh.len()]).unwrap();
        op.set_source(
            &(0..mesh.len()).map(|v| f64::from(u8::from(v.is_multiple_of(11)))).collect::<Vec<_>>(),
        )
        .unwrap();
        let mut c = vec![0.0; mesh.len()];
        let config = SteadyConfig { tolerance: 1e-6, ..SteadyConfig::default() };
        let mut solver = SteadySolver::new(&mesh, config).unwrap();
        if !layered {
            let report = solver.solve(&op, &mut c).unwrap();
            let rates = op.rates(&c).unwrap();
            assert!((rates.decay / rates.source - 1.0).abs() < 1e-12);
            return (report.iterations, solver.scratch_bytes() as f64 / mesh.len() as f64);
        }
        op.set_boundary(Face::ZMax, Boundary::Value(38.0)).unwrap();
        let vmax: Vec<f64> = (0..mesh.len()).map(|v| if v.is_multiple_of(3) { 10.0 } else { 0.0 }).collect();
        let report = solver.solve_saturable(&op, &vmax, 2.0, &mut c).unwrap();
        assert!(c.iter().all(|c| (0.0..=38.0 + 1e-3).contains(c)));
        (report.iterations, solver.scratch_bytes() as f64 / mesh.len() as f64)
    };
    for layered in [false, true] {
        let ((coarse, _), (fine, bytes)) = (solve(24, layered), solve(72, layered));
        assert!(fine <= coarse + 2 && fine <= 13, "{coarse} {fine}");
        // One buffer beside the field is the scheme's; 24 bytes more are allowed.
        assert!(bytes <= 8.0 + 24.5, "{bytes}");
    }
}

/// Open sides of every kind and periodic axes of more than one voxel, by cycles and by the banded solver.
#[test]
fn cycles_and_factorisation_agree() {
    let mut noise = Noise(21);
    for periodic in [[false; 3], [true, false, true], [false, true, false]] {
        let mesh = Mesh::new(11, 9, 10, [3.0, 4.0, 5.0]).unwrap().with_periodic(periodic);
        let mut op = Operator::new(&mesh);
        op.set_diffusivity(&noise.field(mesh.len(), |r| 20.0 + 30.0 * r.unit())).unwrap();
        op.set_decay(&noise.field(mesh.len(), |r| 0.01 * r.unit())).unwrap();
        op.set_source(&noise.field(mesh.len(), Noise::unit)).unwrap();
        for (face, condition) in [
            (Face::XMin, Boundary::Value(3.0)),
            (Face::YMax, Boundary::Permeability { p: 2.0, reservoir: 1.0 }),
            (Face::ZMax, Boundary::Flux(0.5)),
        ] {
            if !periodic[face.axis().index()] {
                op.set_boundary(face, condition).unwrap();
            }
        }
        let solve = |method| {
            let mut c = vec![0.0; mesh.len()];
            let report = SteadySolver::new(&mesh, config(method, 1e-10)).unwrap().solve(&op, &mut c).unwrap();
            (c, report.iterations)
        };
        let ((cycled, cycles), (direct, _)) = (solve(Method::Auto), solve(Method::Banded));
        let largest = direct.iter().fold(0.0f64, |m, c| m.max(*c));
        for (a, b) in cycled.iter().zip(&direct) {
            assert!((a - b).abs() < 1e-7 * largest, "{periodic:?} {cycles}: {a} {b}");
        }
    }
}

/// No operator-split bias: cells packed in a ball take up inside the solve, and the profile is the exact one to 1 %.
#[test]
fn packed_uptake_ball_has_the_exact_profile() {
    let (n, h, d, k, uptake, far, radius) = (64, 10.0, 1e4, 1.5, 6.0, 38.0, 100.0);
    let mesh = Mesh::new(n, n, n, [h; 3]).unwrap();
    let middle = 0.5 * n as f64 * h;
    // Cells 5 um apart, each with the clearance of the volume it fills.
    let (spacing, mut loss, mut cells) = (5.0, vec![0.0; mesh.len()], 0);
    let half = (radius / spacing) as i32;
    for x in -half..half {
        for y in -half..half {
            for z in -half..half {
                let at = [x, y, z].map(|i| (f64::from(i) + 0.5) * spacing);
                if at.iter().map(|x| x * x).sum::<f64>() < radius * radius {
                    let position = at.map(|x| x + middle);
                    deposit_trilinear(&mesh, &mut loss, position, uptake * spacing * spacing * spacing)
                        .unwrap();
                    cells += 1;
                }
            }
        }
    }
    assert!(cells > 30_000);
    let mut op = Operator::new(&mesh);
    op.set_uniform_diffusivity(d).unwrap();
    op.set_decay(&loss.iter().map(|u| k + u).collect::<Vec<_>>()).unwrap();
    op.set_source(&vec![k * far; mesh.len()]).unwrap();
    let mut c = vec![far; mesh.len()];
    SteadySolver::new(&mesh, config(Method::Auto, 1e-8)).unwrap().solve(&op, &mut c).unwrap();
    for r in [0.0, 40.0, 80.0, 100.0, 120.0, 200.0] {
        let got = trilinear(&mesh, &c, [middle + r, middle, middle]);
        let exact = cases::uptake_ball(d, k, uptake, far, radius, r);
        assert!((got / exact - 1.0).abs() < 0.01, "{r}: {got} {exact}");
    }
}
