//! Fields: densities and dissolved factors.

use super::{Case, Length, Row, Rows, Run};
use exoderm_field::{
    Advection, AdvectionMethod, Axis, Boundary, ExponentialConfig, ExponentialStep, Face, FieldError,
    ImplicitConfig, ImplicitStep, Inflow, Mesh, Operator, Scheme, SteadyConfig, SteadySolver, Velocity,
    cases, trilinear,
};
use exoderm_numeric::math::ln;

/// um²/s and 1/s in these cases: the engines' unit of time plays no part.
const D: f64 = 4.3;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "point-release",
        group: "field",
        title: "a cloud from one point with decay, in one, two and three dimensions",
        source: "A01: N (4 pi D t)^(-n/2) exp(-r^2/4Dt - kt)",
        length: Length::Quick,
        run: Run::Alone(point_release),
    },
    Case {
        name: "steady-point-source",
        group: "field",
        title: "a continuous point source with decay: order of refinement, h = 2, 1, 0.5 um, after 5 and 20 s and at rest",
        source: "A02: q/(4 pi D r) exp(-r/lambda) and its transient in erfc",
        length: Length::Quick,
        run: Run::Alone(point_source),
    },
    Case {
        name: "thiele-slab",
        group: "field",
        title: "uptake in a slab fed from one side",
        source: "A12 (S023): cosh(phi (1 - x/L))/cosh phi",
        length: Length::Quick,
        run: Run::Alone(thiele),
    },
    Case {
        name: "slab-fill",
        group: "field",
        title: "a slab fills from one side",
        source: "A12b; Crank, The Mathematics of Diffusion, section 4.3",
        length: Length::Quick,
        run: Run::Alone(slab_fill),
    },
    Case {
        name: "ogata-banks",
        group: "field",
        title: "flow and diffusion into a half space",
        source: "A12c; Ogata and Banks 1961, doi 10.3133/pp411A",
        length: Length::Quick,
        run: Run::Alone(ogata_banks),
    },
];

fn rod(n: usize, length: f64) -> Result<Mesh, FieldError> {
    Mesh::new(1, 1, n, [1.0, 1.0, length / n as f64])
}

fn uniform(mesh: &Mesh, d: f64, k: f64) -> Result<Operator, FieldError> {
    let mut op = Operator::new(mesh);
    op.set_uniform_diffusivity(d)?;
    op.set_decay(&vec![k; mesh.len()])?;
    Ok(op)
}

fn second_order() -> ImplicitConfig {
    ImplicitConfig { scheme: Scheme::TrBdf2, ..ImplicitConfig::default() }
}

/// From the Gaussian at 2 s, as a delta is no function on a mesh, to 4 s; the largest error over the mesh, as a share of
/// the peak.
fn point_release() -> Rows {
    let mut rows = Vec::new();
    let (k, amount) = (0.05, 1000.0);
    for (dim, shape, h, tolerance) in
        [(1, [321, 1, 1], 0.5, 1e-3), (2, [161, 1, 161], 0.5, 2e-3), (3, [61, 61, 61], 1.0, 0.015)]
    {
        let mesh = Mesh::new(shape[0], shape[1], shape[2], shape.map(|n| if n > 1 { h } else { 1.0 }))?;
        let op = uniform(&mesh, D, k)?;
        let middle = mesh.index(shape[0] / 2, shape[1] / 2, shape[2] / 2);
        let origin = mesh.centre(middle);
        let exact = |t: f64| -> Vec<f64> {
            (0..mesh.len())
                .map(|v| {
                    let p = mesh.centre(v);
                    let r = (0..3).map(|a| (p[a] - origin[a]) * (p[a] - origin[a])).sum::<f64>().sqrt();
                    cases::point_release(amount, D, k, dim, r, t)
                })
                .collect()
        };
        let mut c = exact(2.0);
        let mut solver = ImplicitStep::new(&mesh, second_order())?;
        for _ in 0..20 {
            solver.step(&op, &mut c, 0.1)?;
        }
        let end = exact(4.0);
        let (got, expected) =
            c.iter().zip(&end).map(|(a, b)| (*a, *b)).fold((0.0, 0.0), |w: (f64, f64), x| {
                if (x.0 - x.1).abs() > (w.0 - w.1).abs() { x } else { w }
            });
        let peak = end[middle];
        rows.push(Row::absolute(
            format!("{dim}-D, h = {h} um: worst voxel, share of the peak"),
            expected / peak,
            got / peak,
            tolerance,
        ));
    }
    Ok(rows)
}

/// An octant of space, its source in the corner voxel; decay length 10 um, box 64 um. A mesh shows its spacing `h` around
/// a point at distance `r` by terms of (h/r)², so that the error must fall fourfold from mesh to mesh: the order is what
/// is tried, and the value that the last two meshes lead to, which is right to (h/r)⁴, h the coarser of the two.
/// Steps in time are exact, and the closed sides are in the exact values as mirror images of the source.
fn point_source() -> Rows {
    const SIDE: f64 = 64.0;
    let spacings = [2.0, 1.0, 0.5];
    // Corners of voxels of all meshes: along an axis, along the diagonal, where meshes are least alike, and between.
    let probes = [[8.0, 0.0, 0.0], [8.0, 8.0, 8.0], [16.0, 4.0, 0.0]];
    let (rate, k) = (10.0, 0.043);
    let moments = [5.0, 20.0, f64::INFINITY];
    let radius = |p: [f64; 3]| p.map(|x| x * x).iter().sum::<f64>().sqrt();
    // Values at all moments and probes, as shares of those at rest.
    let mut meshes = Vec::new();
    for h in spacings {
        let n = (SIDE / h) as usize;
        let mesh = Mesh::new(n, n, n, [h; 3])?;
        let mut op = uniform(&mesh, D, k)?;
        let mut source = vec![0.0; mesh.len()];
        source[mesh.index(0, 0, 0)] = rate / 8.0 / mesh.volume();
        op.set_source(&source)?;
        let mut c = vec![0.0; mesh.len()];
        let mut solver = ExponentialStep::new(&mesh, ExponentialConfig::default())?;
        let mut values = Vec::new();
        let mut now = 0.0;
        for t in moments {
            if t == f64::INFINITY {
                SteadySolver::new(&mesh, SteadyConfig::default())?.solve(&op, &mut c)?;
            } else {
                solver.step(&op, &mut c, t - now)?;
                now = t;
            }
            values.push(probes.map(|p| {
                trilinear(&mesh, &c, p) / cases::point_source(rate, D, k, radius(p), f64::INFINITY)
            }));
        }
        meshes.push(values);
    }
    let mut rows = Vec::new();
    for (i, t) in moments.into_iter().enumerate() {
        let when = if t == f64::INFINITY { "at rest".to_owned() } else { format!("after {t} s") };
        let exact = probes.map(|p| {
            let rest = cases::point_source(rate, D, k, radius(p), f64::INFINITY);
            let mut sum = 0.0;
            for image in 0..27 {
                let [x, y, z] =
                    [image / 9, image / 3 % 3, image % 3].map(|i| 2.0 * SIDE * (f64::from(i) - 1.0));
                sum += cases::point_source(rate, D, k, radius([p[0] - x, p[1] - y, p[2] - z]), t);
            }
            sum / rest
        });
        let worst = |mesh: usize| -> f64 {
            (0..probes.len()).map(|j| (meshes[mesh][i][j] - exact[j]).abs()).fold(0.0, f64::max)
        };
        let order = ln(worst(1) / worst(2)) / ln(2.0);
        rows.push(Row::absolute(
            format!("{when}: order of the largest error, h = 1 to 0.5 um"),
            2.0,
            order,
            0.15,
        ));
        for (j, p) in probes.into_iter().enumerate() {
            let r = radius(p);
            let led_to = (4.0 * meshes[2][i][j] - meshes[1][i][j]) / 3.0;
            let what = format!("{when}, r = {r:.1} um: share of the value at rest, extrapolated to h = 0");
            let share = spacings[1] / r;
            rows.push(Row::absolute(what, exact[j], led_to, share * share * share * share));
        }
    }
    Ok(rows)
}

fn thiele() -> Rows {
    let (k, length) = (0.001, 100.0);
    let mesh = rod(400, length)?;
    let mut op = uniform(&mesh, D, k)?;
    op.set_boundary(Face::ZMin, Boundary::Value(1.0))?;
    let mut c = vec![0.0; mesh.len()];
    SteadySolver::new(&mesh, SteadyConfig::default())?.solve(&op, &mut c)?;
    Ok([10.0, 20.0, 50.0, 80.0]
        .map(|x| {
            let exact = cases::thiele_slab(D, k, length, x);
            Row::relative(format!("c/c0 at {x} um"), exact, trilinear(&mesh, &c, [0.5, 0.5, x]), 1e-5)
        })
        .to_vec())
}

fn slab_fill() -> Rows {
    let length = 100.0;
    let mesh = rod(400, length)?;
    let mut op = uniform(&mesh, D, 0.0)?;
    op.set_boundary(Face::ZMin, Boundary::Value(1.0))?;
    let mut solver = ImplicitStep::new(&mesh, second_order())?;
    let mut c = vec![0.0; mesh.len()];
    let mut rows = Vec::new();
    for step in 1..=1000 {
        solver.step(&op, &mut c, 1.0)?;
        if [50, 200, 1000].contains(&step) {
            let t = f64::from(step);
            for x in [10.0, 25.0, 75.0] {
                let exact = cases::slab_fill(D, length, x, t);
                let got = trilinear(&mesh, &c, [0.5, 0.5, x]);
                rows.push(Row::absolute(format!("c/c0 at {x} um after {t} s"), exact, got, 1e-3));
            }
        }
    }
    Ok(rows)
}

fn ogata_banks() -> Rows {
    let (v, end) = (0.5, 60.0);
    let mesh = rod(800, 200.0)?;
    let mut op = uniform(&mesh, D, 0.0)?;
    op.set_boundary(Face::ZMin, Boundary::Value(1.0))?;
    op.set_boundary(Face::ZMax, Boundary::Outflow)?;
    let w = vec![v; mesh.face_len(Axis::Z)];
    let velocity = Velocity { z: &w, ..Velocity::default() };
    let mut advection = Advection::new(&mesh, AdvectionMethod::SemiLagrangian)?;
    advection.set_inflow(Face::ZMin, Inflow::Uniform(1.0))?;
    let mut implicit = ImplicitStep::new(&mesh, second_order())?;
    let mut c = vec![0.0; mesh.len()];
    let steps = 600;
    let dt = end / f64::from(steps);
    for _ in 0..steps {
        advection.step(&velocity, &mut c, 0.5 * dt)?;
        implicit.step(&op, &mut c, dt)?;
        advection.step(&velocity, &mut c, 0.5 * dt)?;
    }
    Ok([1.0, 10.0, 30.0, 50.0]
        .map(|x| {
            let exact = cases::ogata_banks(v, D, x, end);
            let got = trilinear(&mesh, &c, [0.5, 0.5, x]);
            Row::absolute(format!("c/c0 at {x} um after {end} s"), exact, got, 1.5e-3)
        })
        .to_vec())
}
