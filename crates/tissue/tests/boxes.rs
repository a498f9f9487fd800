//! General boxes: absorbing spheres at three resolutions against the exact captured share, faces, flow, cells, resumed runs.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod common;

use common::scenario;
use exoderm_model::scenario::{ArmKind, Scenario};
use exoderm_numeric::math;
use exoderm_numeric::random::Seed;
use exoderm_tissue::{Plan, Tissue};
use std::sync::Arc;

const D: f64 = 4.3 * 60.0;

/// A sphere of 5 um in a box, its centre 20 um from the point where vesicles are released.
const POINT: &str = r#"
format = 1
name = "point"
[run]
horizon = "30 s"
[tissue]
kind = "box"
size = ["100 um", "100 um", "100 um"]
voxel = "2.5 um"
[vesicle.probe]
median_diameter = "100 nm"
ln_sigma = 0.0
[transport]
diffusion_100nm = { value = "4.3 um^2/s", outside_range = true }
[absorber.sphere]
centre = ["60 um", "50 um", "50 um"]
radius = "5 um"
kappa = "inf"
[event.release]
kind = "release"
population = "probe"
count = 10000
position = ["40 um", "50 um", "50 um"]
[record]
series = "10 s"
[steps]
phenotype = "1 s"
transport = "1 s"
"#;

fn tissue(s: &Arc<Scenario>, replicate: u32) -> Tissue {
    common::tissue(s, ArmKind::Exosome, replicate)
}

fn run(s: &Arc<Scenario>, replicate: u32) -> Tissue {
    let mut t = tissue(s, replicate);
    assert!(t.run_until(s.horizon, |_| false).unwrap());
    for sheet in t.balance() {
        assert!(sheet.relative_error < 1e-9, "{} {}", sheet.name, sheet.relative_error);
    }
    t
}

fn caught(t: &Tissue) -> f64 {
    t.state().series.last().unwrap().vesicles[0].caught
}

/// Share of what is released at distance `r` that a sphere of radius `a` has caught by `t`, if vesicles are lost at `k`:
/// the first-passage density of the absorbing sphere, times survival, integrated.
fn exact(r: f64, a: f64, d: f64, k: f64, t: f64) -> f64 {
    let (gap, q) = (r - a, (4.0 * d * t).sqrt());
    let (w, e) = ((k / d).sqrt() * gap, (k * t).sqrt());
    0.5 * a / r * (math::exp(-w) * math::erfc(gap / q - e) + math::exp(w) * math::erfc(gap / q + e))
}

const OPEN: [&str; 7] = [
    "transport.resolution=\"particles\"",
    "transport.boundary.x_min=\"open\"",
    "transport.boundary.x_max=\"open\"",
    "transport.boundary.y_min=\"open\"",
    "transport.boundary.y_max=\"open\"",
    "transport.boundary.z_min=\"open\"",
    "transport.boundary.z_max=\"open\"",
];

/// A03: particles in open space, with loss on the way, at steps from 1 to 20 s: within three standard errors.
#[test]
fn particles_catch_the_exact_share() {
    let n = 20_000.0;
    for (dt, until, loss) in [("1 s", "10 s", 0.0), ("5 s", "10 min", 0.0), ("20 s", "10 min", 0.12)] {
        let (step, run_for) = (format!("steps.transport=\"{dt}\""), format!("run.horizon=\"{until}\""));
        let (phenotype, series) = (format!("steps.phenotype=\"{dt}\""), format!("record.series=\"{until}\""));
        let loss_set = format!("transport.degradation={{ value = \"{loss} 1/min\", outside_range = true }}");
        let mut sets = OPEN.to_vec();
        sets.extend([step.as_str(), &run_for, &phenotype, &series, &loss_set, "event.release.count=20000"]);
        let s = scenario(POINT, &sets);
        let t = run(&s, 0);
        let share = exact(20.0, 5.0, D, loss, s.horizon);
        let error = (share * (1.0 - share) / n).sqrt();
        let got = caught(&t) / n;
        println!("particles, {dt}, {until}, {loss}/min: {got:.5} exact {share:.5} ± {error:.5}");
        assert!((got - share).abs() < 3.0 * error, "{dt}: {got} exact {share} ± {error}");
        // Each vesicle is somewhere.
        let row = &t.state().series.last().unwrap().vesicles[0];
        assert!((row.caught + row.free + row.lost + row.left - n).abs() < 1e-6);
    }
}

/// The field and the counts give the share up to the error of a mesh of two voxels a radius, and the mesh's error falls.
#[test]
fn field_and_counts_catch_it_to_the_accuracy_of_the_mesh() {
    let share = exact(20.0, 5.0, D, 0.0, 0.5);
    let mut errors = Vec::new();
    for voxel in ["5 um", "2.5 um", "1.25 um"] {
        let set = format!("tissue.voxel=\"{voxel}\"");
        let s = scenario(
            POINT,
            &[
                &set,
                "tissue.size=[\"80 um\", \"60 um\", \"60 um\"]",
                "absorber.sphere.centre=[\"50 um\", \"30 um\", \"30 um\"]",
                "event.release.position=[\"30 um\", \"30 um\", \"30 um\"]",
            ],
        );
        let got = caught(&run(&s, 0)) / 1e4;
        println!("field, {voxel}: {got:.5} exact {share:.5}: {:+.2} %", 100.0 * (got / share - 1.0));
        errors.push((got / share - 1.0).abs());
    }
    println!("{errors:?}");
    assert!(errors[1] < 0.03 && errors[2] < 0.02, "{errors:?}");
    let s = scenario(POINT, &["transport.resolution=\"counts\"", "event.release.count=40000"]);
    let n = 4e4;
    let got = caught(&run(&s, 0)) / n;
    println!("counts: {got:.5} exact {share:.5}: {:+.2} %", 100.0 * (got / share - 1.0));
    let noise = 3.0 * (share * (1.0 - share) / n).sqrt();
    assert!((got - share).abs() < noise + 0.05 * share, "{got} {share}");
}

/// Cells at given places around a point of release, with binding, recycling and escape.
const CELLS: &str = r#"
[cell.c]
place = "free"
radius = "5 um"
uptake_of_vesicles = true
[mechanics]
stiffness = "1 1/min"
[place.near]
cell = "c"
at = [["35 um", "50 um", "50 um"], ["65 um", "50 um", "50 um"], ["50 um", "35 um", "50 um"], ["50 um", "50 um", "68 um"]]
[place.far]
cell = "c"
count = 12
low = ["0 um", "0 um", "0 um"]
high = ["100 um", "100 um", "30 um"]
[uptake]
clearance = { value = "5e-7 mL/h/cell", outside_range = true }
capacity = { value = "2000 EV/cell", outside_range = true }
internalisation = { value = "3 1/h", outside_range = true }
unbinding = { value = "6 1/h", outside_range = true }
lysosome = { value = "1 1/h", outside_range = true }
recycled = 0.2
escape = 0.01
"#;

fn with_cells(sets: &[&str]) -> Arc<Scenario> {
    let text = POINT.replace(
        "[absorber.sphere]\ncentre = [\"60 um\", \"50 um\", \"50 um\"]\nradius = \"5 um\"\nkappa = \"inf\"\n",
        CELLS,
    );
    let mut all = vec![
        "event.release.position=[\"50 um\", \"50 um\", \"50 um\"]",
        "run.horizon=\"4 min\"",
        "record.series=\"4 min\"",
        "tissue.voxel=\"5 um\"",
    ];
    all.extend(sets);
    scenario(&text, &all)
}

/// A step in which vesicles cross the gap between cells is no reason for counts or the field to miss what cells take, as long as sites
/// are not filled within it.
#[test]
fn long_steps_take_up_the_same() {
    let taken: Vec<f64> = ["field", "counts", "particles"]
        .into_iter()
        .map(|r| {
            let r = format!("transport.resolution=\"{r}\"");
            let mut sets = vec![
                r.as_str(),
                "tissue.voxel=\"5 um\"",
                "steps.transport=\"1 min\"",
                "steps.phenotype=\"1 min\"",
                "uptake.capacity={ value = \"2e6 EV/cell\", outside_range = true }",
            ];
            let faces: Vec<String> = ["x", "y", "z"]
                .into_iter()
                .flat_map(|a| ["min", "max"].map(|e| format!("transport.boundary.{a}_{e}=\"absorbing\"")))
                .collect();
            sets.extend(faces.iter().map(String::as_str));
            run(&with_cells(&sets), 0).state().series.last().unwrap().vesicles[0].taken
        })
        .collect();
    println!("at steps of a minute: {taken:?}");
    for t in &taken[..2] {
        assert!((t / taken[2] - 1.0).abs() < 0.06, "{taken:?}");
    }
}

/// The same cells take up the same share at the three resolutions: diffusion to a cell is in series with its clearance on the
/// mesh and resolved by paths.
#[test]
fn cells_take_up_the_same_at_three_resolutions() {
    let taken: Vec<(f64, f64)> = ["field", "counts", "particles"]
        .into_iter()
        .map(|r| {
            let (mut sum, mut nearest) = (0.0, 0.0);
            for replicate in 0..2 {
                let s = with_cells(&[&format!("transport.resolution=\"{r}\"")]);
                let t = run(&s, replicate);
                let row = t.state().series.last().unwrap();
                sum += row.vesicles[0].taken;
                let on = t.state().columns.surface[0];
                let inside = t.state().columns.inside[0];
                let ids = &t.state().cells.id;
                nearest += (0..ids.len())
                    .filter(|&i| ids[i] < 4)
                    .map(|i| t.state().cells.extra(on)[i] + t.state().cells.extra(inside)[i])
                    .sum::<f64>();
            }
            println!("{r}: {sum} taken, {nearest} by the four nearest");
            (sum, nearest)
        })
        .collect();
    for (sum, nearest) in &taken[..2] {
        // Binomial noise of some thousand vesicles, and 3 % of the mesh.
        let off = |a: f64, b: f64| (a / b - 1.0).abs() < 3.0 * (1.0 / a + 1.0 / b).sqrt() + 0.03;
        assert!(off(*sum, taken[2].0) && off(*nearest, taken[2].1), "{taken:?}");
    }
}

/// A run that was stopped and goes on from its checkpoint has the bits of one that was not (law 4), at every resolution.
#[test]
fn resumed_runs_have_the_same_bits() {
    for r in ["field", "counts", "particles"] {
        let s = with_cells(&[
            &format!("transport.resolution=\"{r}\""),
            "event.release.count=2000",
            "run.horizon=\"40 s\"",
        ]);
        let whole = run(&s, 0).checkpoint();
        let mut first = tissue(&s, 0);
        first.run_until(17.0 / 60.0, |_| false).unwrap();
        let bytes = postcard::to_stdvec(&first.checkpoint()).unwrap();
        let plan = Arc::new(Plan::new(Arc::clone(&s), ArmKind::Exosome, None).unwrap());
        let state = postcard::from_bytes(&bytes).unwrap();
        let mut second = Tissue::from_state(plan, state, Seed::new(s.seed, 0)).unwrap();
        second.run_until(s.horizon, |_| false).unwrap();
        assert_eq!(
            postcard::to_stdvec(&whole).unwrap(),
            postcard::to_stdvec(&second.checkpoint()).unwrap(),
            "{r}"
        );
    }
}

/// Flow carries vesicles out through a closed face, and what reaches an absorbing one is gone, alike at three resolutions.
#[test]
fn faces_and_flow_agree() {
    let share = |r: &str, more: &[&str]| {
        let r = format!("transport.resolution=\"{r}\"");
        let mut sets = vec![
            r.as_str(),
            "tissue.voxel=\"5 um\"",
            "tissue.flow=[\"1 um/s\", \"0 um/s\", \"0 um/s\"]",
            "run.horizon=\"1 min\"",
            "event.release.position=[\"50 um\", \"50 um\", \"50 um\"]",
            "absorber.sphere.kappa=\"0 um/s\"",
            "absorber.sphere.centre=[\"20 um\", \"20 um\", \"20 um\"]",
        ];
        sets.extend(more);
        let t = run(&scenario(POINT, &sets), 0);
        let left = t.state().series.last().unwrap().vesicles[0].left;
        left / 1e4
    };
    for more in
        [&[][..], &["transport.boundary.y_min=\"absorbing\"", "transport.boundary.x_max=\"absorbing\""]]
    {
        let [f, c, p] = ["field", "counts", "particles"].map(|r| share(r, more));
        println!("left: field {f:.4} counts {c:.4} particles {p:.4}");
        assert!((f - p).abs() < 0.02 && (c - p).abs() < 0.02 && p > 0.3, "{f} {c} {p}");
    }
}

/// A box closed into a ring: what leaves on one side comes in on the other, at every resolution.
#[test]
fn periodic_axes_wrap() {
    let sets = |r: &'static str| {
        [
            r,
            "tissue.periodic=[true, true, true]",
            "tissue.flow=[\"1 um/s\", \"0 um/s\", \"0 um/s\"]",
            "run.horizon=\"1 min\"",
            "tissue.voxel=\"5 um\"",
            "event.release.position=[\"90 um\", \"50 um\", \"50 um\"]",
            "absorber.sphere.centre=[\"10 um\", \"50 um\", \"50 um\"]",
        ]
    };
    let [f, c, p] = [
        "transport.resolution=\"field\"",
        "transport.resolution=\"counts\"",
        "transport.resolution=\"particles\"",
    ]
    .map(|r| caught(&run(&scenario(POINT, &sets(r)), 0)));
    println!("caught over the edge: field {f} counts {c} particles {p}");
    assert!(p > 1000.0 && (c / p - 1.0).abs() < 0.12 && (f / p - 1.0).abs() < 0.12, "{f} {c} {p}");
}

/// A dissolved factor on a ring: moving what makes it by half a box moves the profile, over the edge too.
#[test]
fn dissolved_factors_go_round() {
    let profile = |at: f64| {
        let text = format!(
            "{POINT}\n[substrate.s]\nunit = \"ng/mL\"\ndiffusion = \"10 um^2/s\"\ndecay = \"0.02 1/s\"\nresting = \"0 ng/mL\"\n\
             [cell.maker]\nplace = \"free\"\nradius = \"4 um\"\nuptake_of_vesicles = false\nsecretion = {{ s = \"5 pg/h\" }}\n\
             [mechanics]\nstiffness = \"1 1/min\"\n[place.a]\ncell = \"maker\"\nat = [[\"{at} um\", \"12.5 um\", \"12.5 um\"]]\n"
        );
        let sets = [
            "tissue.periodic=[true, true, true]",
            "tissue.voxel=\"5 um\"",
            "transport.resolution=\"counts\"",
            "run.horizon=\"1 min\"",
        ];
        let t = run(&scenario(&text, &sets), 0);
        let n = t.state().grid.n;
        (0..n[0]).map(|ix| t.state().substrates[0][t.state().grid.index(ix, 2, 2)]).collect::<Vec<_>>()
    };
    let (middle, edge) = (profile(52.5), profile(2.5));
    let top = middle.iter().copied().fold(0.0, f64::max);
    assert!(top > 0.0 && middle[10] == top && edge[19] > 0.2 * top, "{middle:?} {edge:?}");
    for (i, m) in middle.iter().enumerate() {
        assert!((m - edge[(i + 10) % 20]).abs() < 1e-3 * top, "voxel {i}: {middle:?} {edge:?}");
    }
}

/// Walkers whose paths are as long as their box stay spread evenly over it: walls are mirrors, so that nobody leans on them.
#[test]
fn walkers_do_not_gather_at_walls() {
    let text = format!(
        "{POINT}\n[cell.walker]\nplace = \"free\"\nradius = \"2 um\"\nstiffness = 0\nadhesion = 0\nuptake_of_vesicles = false\n\
         speed = \"90 um/h\"\npersistence = \"1 h\"\n[mechanics]\nstiffness = \"1 1/min\"\n\
         [place.all]\ncell = \"walker\"\ncount = 500\n"
    );
    let sets = [
        "tissue.voxel=\"20 um\"",
        "run.horizon=\"20 h\"",
        "record.series=\"20 h\"",
        "steps.phenotype=\"3 min\"",
        "steps.transport=\"60 min\"",
        "event.release.count=0",
    ];
    let t = run(&scenario(&text, &sets), 0);
    let cells = &t.state().cells;
    let n = cells.len() as f64;
    let near =
        (0..cells.len()).filter(|&i| cells.at(i).iter().any(|x| *x < 10.0 || *x > 90.0)).count() as f64;
    let even = 1.0 - 0.8 * 0.8 * 0.8;
    let se = (even * (1.0 - even) / n).sqrt();
    assert!(
        (near / n - even).abs() < 4.0 * se,
        "{:.3} of the cells near walls, {even:.3} of the space is",
        near / n
    );
}

/// Dissolved factors of a box keep the levels of its faces: between two of them, without loss, a straight line.
#[test]
fn levels_at_faces_hold() {
    let text = format!(
        "{POINT}\n[substrate.s]\nunit = \"ng/mL\"\ndiffusion = \"80 um^2/s\"\ndecay = \"0 1/s\"\nresting = \"0 ng/mL\"\n\
         boundary.x_min = {{ value = \"3 ng/mL\" }}\nboundary.x_max = {{ value = \"1 ng/mL\" }}\n"
    );
    let s = scenario(&text, &["tissue.voxel=\"10 um\"", "run.horizon=\"2 s\""]);
    let t = run(&s, 0);
    let field = &t.state().substrates[0];
    for ix in 0..10 {
        let expected = 3.0 - 0.02 * (10.0 * ix as f64 + 5.0);
        let got = field[t.state().grid.index(ix, 4, 7)];
        assert!((got - expected).abs() < 1e-3, "{ix}: {got} {expected}");
    }
}
