//! Side by side with Smoldyn 2.74 (PyPI), the same molecules, boxes, spheres and steps, on one thread each, in turns;
//! medians and their ratio. `python3` is asked for the package, or the Python that `EXODERM_SMOLDYN` names:
//!
//!     python3 -m venv /tmp/smoldyn && /tmp/smoldyn/bin/pip install smoldyn==2.74
//!     EXODERM_SMOLDYN=/tmp/smoldyn/bin/python cargo bench -p exoderm-particle --bench against_smoldyn
//!
//! Without it a line says so and nothing is timed. What it costs is compared, not what it gives: Smoldyn absorbs what
//! ends a step beyond a surface, and spheres are approximated by none of the two.
#![allow(clippy::expect_used, missing_docs, reason = "a bench may panic, and has no readers but its own")]

use exoderm_numeric::random::Seed;
use exoderm_particle::{Class, Cloud, Domain, Face, Scene, Sphere, Wall};
use std::process::Command;
use std::time::Instant;

const ROUNDS: usize = 7;

fn ours(case: &str, n: usize, steps: usize, edge: f64) -> f64 {
    let dt = 0.01 / 60.0;
    let d = 4.3 * 60.0;
    let m = (edge / 40.0).round() as i32;
    let spheres: Vec<Sphere> = if case == "absorbing" {
        (0..m * m * m)
            .map(|i| [i / (m * m), i / m % m, i % m].map(|k| 40.0 * f64::from(k) + 20.0))
            .map(|centre| Sphere::new(centre, 10.0, Wall::Absorbing))
            .collect()
    } else {
        Vec::new()
    };
    let domain = Domain::cuboid([edge; 3], Face::Periodic);
    let scene = Scene::new(domain, &spheres, &[], Scene::horizon_for(d, dt)).expect("valid");
    let mut cloud = Cloud::new(Seed::new(1, 0), &[Class::brownian(d)]).expect("valid");
    let mut rng = Seed::new(2, 0).stream(0, 0, 0);
    while cloud.len() < n {
        // Refused inside a sphere.
        let _ = cloud.insert(&scene, 0, [0, 1, 2].map(|_| edge * rng.uniform()));
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    pool.install(|| {
        // The first step of new vesicles goes one by one.
        cloud.step(&scene, dt).expect("a step");
        let begin = Instant::now();
        for _ in 0..steps {
            cloud.step(&scene, dt).expect("a step");
        }
        begin.elapsed().as_secs_f64()
    })
}

/// Seconds of Smoldyn, or why not.
fn theirs(python: &str, case: &str, n: usize, steps: usize, edge: f64) -> Result<f64, String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/smoldyn_side.py");
    let arguments = [script, case, &n.to_string(), &steps.to_string(), &edge.to_string()];
    let output = Command::new(python).args(arguments).output().map_err(|e| format!("{python}: {e}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .find_map(|l| l.strip_prefix("seconds "))
        .and_then(|s| s.trim().parse().ok())
        .ok_or_else(|| format!("{python} has no usable package smoldyn ({})", text.trim()))
}

fn median(mut v: Vec<f64>) -> f64 {
    v.sort_by(f64::total_cmp);
    v[v.len() / 2]
}

fn main() {
    let python = std::env::var("EXODERM_SMOLDYN").unwrap_or_else(|_| "python3".to_owned());
    let has = Command::new(&python).args(["-c", "import smoldyn"]).output().is_ok_and(|o| o.status.success());
    if !has {
        println!(
            "against_smoldyn: skipped, {python} has no package smoldyn (EXODERM_SMOLDYN names another Python)"
        );
        return;
    }
    println!("{:<10} {:>9} {:>14} {:>14} {:>7}", "case", "molecules", "exoderm ns", "smoldyn ns", "ratio");
    for (case, n, steps, edge) in [
        ("free", 10_000, 200, 1000.0),
        ("free", 100_000, 20, 1000.0),
        ("free", 1_000_000, 5, 1000.0),
        ("absorbing", 10_000, 100, 240.0),
        ("absorbing", 100_000, 20, 240.0),
    ] {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            a.push(ours(case, n, steps, edge));
            match theirs(&python, case, n, steps, edge) {
                Ok(seconds) => b.push(seconds),
                Err(why) => return println!("against_smoldyn: skipped, {why}"),
            }
        }
        let per = |seconds: f64| seconds * 1e9 / (n * steps) as f64;
        let (a, b) = (per(median(a)), per(median(b)));
        println!("{case:<10} {n:>9} {a:>14.1} {b:>14.1} {:>7.1}", b / a);
    }
}
