//! Work and precision of the schemes that step a field, in one run: the tables of docs/work-precision.md.
//!
//! `cargo bench -p exoderm-field --bench work_precision`, with `RAYON_NUM_THREADS=1`. Times are of the core, in ns per voxel for the whole
//! step, on 40³ voxels; errors are in the 2-norm, relative, against the exact propagator to 1e-13. A scheme of fixed
//! steps is given the fewest (by doubling) with which its error is what is asked.
#![allow(clippy::expect_used, reason = "a bench may panic, and has no readers but its own")]

mod rkl2;

use exoderm_field::cases::Lod;
use exoderm_field::{
    ExponentialConfig, ExponentialStep, ImplicitConfig, ImplicitStep, Mesh, Operator, Scheme,
};
use rkl2::Rkl2;
use std::sync::OnceLock;
use std::time::Instant;

const N: usize = 40;
/// Loss, 1/min.
const K: f64 = 0.1;
/// Between two visits of the cells, min.
const STEP: f64 = 6.0;
/// Steps, and ns per voxel, beyond which a scheme is given up.
const MOST: usize = 4096;
const LONGEST: f64 = 1e4;

/// What is stepped: an operator with its source, the start, the exact result.
struct Problem {
    op: Operator,
    rho: f64,
    /// Length of the step, min.
    dt: f64,
    start: Vec<f64>,
    exact: Vec<f64>,
}

/// `smooth`: a ball of 8 voxels that secretes, from nothing. Else a field that differs from voxel to voxel, without source.
fn problem(d: f64, h: f64, dt: f64, smooth: bool) -> Problem {
    let mesh = Mesh::new(N, N, N, [h; 3]).expect("a valid mesh");
    let mut op = Operator::new(&mesh);
    op.set_uniform_diffusivity(d).expect("valid");
    op.set_decay(&vec![K; mesh.len()]).expect("valid");
    let middle = 0.5 * N as f64;
    let in_ball = |v: usize| {
        let r2: f64 =
            mesh.coords(v).iter().map(|i| (*i as f64 + 0.5 - middle) * (*i as f64 + 0.5 - middle)).sum();
        r2 < 64.0
    };
    let mut start = vec![0.0; mesh.len()];
    if smooth {
        let source: Vec<f64> = (0..mesh.len()).map(|v| f64::from(u8::from(in_ball(v)))).collect();
        op.set_source(&source).expect("valid");
    } else {
        start.iter_mut().enumerate().for_each(|(v, c)| *c = ((v * 7919 + 13) % 1009) as f64 / 1009.0);
    }
    let config = ExponentialConfig { tolerance: 1e-13, ..Default::default() };
    let mut exact = start.clone();
    ExponentialStep::new(&mesh, config).expect("valid").step(&op, &mut exact, dt).expect("steps");
    Problem { op, rho: 12.0 * d / (h * h) + K, dt, start, exact }
}

/// Seconds that this process has had a core, so that others on the machine count less; by the clock where the system does
/// not tell.
fn now() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let spent = || -> Option<f64> {
        let mut sum = 0.0;
        for task in std::fs::read_dir("/proc/self/task").ok()? {
            let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            sum += text.split_whitespace().next()?.parse::<f64>().ok()?;
        }
        Some(1e-9 * sum)
    };
    spent().unwrap_or_else(|| START.get_or_init(Instant::now).elapsed().as_secs_f64())
}

impl Problem {
    fn error(&self, c: &[f64]) -> f64 {
        let norm = |f: &dyn Fn(usize) -> f64| (0..c.len()).map(|i| f(i) * f(i)).sum::<f64>().sqrt();
        norm(&|i| c[i] - self.exact[i]) / norm(&|i| self.exact[i])
    }

    /// Error of a scheme and its time, ns per voxel: the mean over runs of a tenth of a second.
    fn run(&self, mut advance: impl FnMut(&mut [f64])) -> (f64, f64) {
        let mut c = self.start.clone();
        let (mut runs, mut total) = (0, 0.0);
        while total < 0.1 {
            c.copy_from_slice(&self.start);
            let from = now();
            advance(&mut c);
            total += now() - from;
            runs += 1;
        }
        (self.error(&c), total * 1e9 / (f64::from(runs) * c.len() as f64))
    }

    /// The fewest steps, by doubling, that come within `wanted`: steps, error, time.
    fn fewest(&self, wanted: f64, mut advance: impl FnMut(&mut [f64], usize)) -> Option<(usize, f64, f64)> {
        let mut steps = 1;
        while steps <= MOST {
            let (error, time) = self.run(|c| advance(c, steps));
            if error <= wanted {
                return Some((steps, error, time));
            }
            // A scheme of second order gains four times a doubling at best.
            let left = (MOST / steps) as f64;
            if time > LONGEST || error > wanted * left * left {
                return None;
            }
            steps *= 2;
        }
        None
    }

    fn exponential(&self, wanted: f64) -> String {
        let config = ExponentialConfig { tolerance: wanted, ..Default::default() };
        let mut solver = ExponentialStep::new(self.op.mesh(), config).expect("valid");
        let mut stages = 0;
        let (error, time) = self.run(|c| stages = solver.step(&self.op, c, self.dt).expect("steps").stages);
        format!("{time:.0} ({stages}; {error:.0e})")
    }

    fn rkl2(&self, wanted: f64) -> String {
        let mut solver = Rkl2::new(&self.op);
        let mut stages = 0;
        let found = self.fewest(wanted, |c, steps| {
            let dt = self.dt / steps as f64;
            let s = Rkl2::stages(self.rho, dt);
            stages = s * steps;
            (0..steps).for_each(|_| solver.step(&self.op, c, dt, s).expect("steps"));
        });
        found.map_or("—".into(), |(steps, error, time)| {
            format!("{time:.0} ({steps} × {}; {error:.0e})", stages / steps)
        })
    }

    fn implicit(&self, wanted: f64) -> String {
        let config =
            ImplicitConfig { scheme: Scheme::TrBdf2, tolerance: 0.05 * wanted, ..Default::default() };
        let mut solver = ImplicitStep::new(self.op.mesh(), config).expect("valid");
        let found = self.fewest(wanted, |c, steps| {
            (0..steps).for_each(|_| {
                solver.step(&self.op, c, self.dt / steps as f64).expect("steps");
            });
        });
        found.map_or("—".into(), |(steps, error, time)| format!("{time:.0} ({steps}; {error:.0e})"))
    }

    fn controlled(&self, wanted: f64) -> String {
        let config =
            ImplicitConfig { scheme: Scheme::TrBdf2, tolerance: 0.05 * wanted, ..Default::default() };
        let mut solver = ImplicitStep::new(self.op.mesh(), config).expect("valid");
        let mut substeps = Some(0);
        let (error, time) = self.run(|c| {
            let ledger = solver.step_within(&self.op, c, self.dt, wanted);
            substeps = ledger.ok().map(|l| l.substeps + l.rejected);
        });
        // A field that fades to nothing beside its own past.
        let Some(substeps) = substeps else { return "refused".into() };
        format!("{time:.0} ({substeps}; {error:.0e})")
    }
}

fn main() {
    println!("ns per voxel for a step of {STEP} min (stages or steps; error)\n");
    for smooth in [true, false] {
        println!(
            "### {}\n",
            if smooth {
                "a secreting ball, from nothing"
            } else {
                "a field that differs from voxel to voxel"
            }
        );
        println!(
            "| D, um²/min | h, um | ρ dt | error asked | exponential | RKL2 | TR-BDF2 by cycles, fixed steps | LOD, 0.01 min |"
        );
        println!("|---|---|---|---|---|---|---|---|");
        for (d, h) in [
            (60.0, 20.0),
            (60.0, 5.0),
            (1e3, 10.0),
            (1e3, 5.0),
            (2e4, 20.0),
            (2e4, 10.0),
            (1.2e5, 20.0),
            (1.2e5, 10.0),
            (1.2e5, 5.0),
        ] {
            let p = problem(d, h, STEP, smooth);
            let lod = Lod::new(N, h, d, K, 0.01);
            let source: Vec<f64> = (0..p.start.len()).map(|v| p.op.source().at(v)).collect();
            let (error, time) = p.run(|c| (0..600).for_each(|_| lod.step(c, &source)));
            for wanted in [1e-3, 1e-6] {
                println!(
                    "| {d} | {h} | {:.0} | {wanted:.0e} | {} | {} | {} | {time:.0} ({error:.0e}) |",
                    p.rho * p.dt,
                    p.exponential(wanted),
                    p.rkl2(wanted),
                    p.implicit(wanted),
                );
            }
        }
        println!();
    }
    println!(
        "### long steps of a fast factor (1.2e5 um²/min, 5 um): where explicit stages and implicit steps under control cross\n"
    );
    println!("| start | step, min | ρ dt | error asked | exponential | TR-BDF2 by cycles, controlled |");
    println!("|---|---|---|---|---|---|");
    for smooth in [true, false] {
        for dt in [0.6, 6.0, 60.0, 600.0, 6000.0] {
            let p = problem(1.2e5, 5.0, dt, smooth);
            for wanted in [1e-3, 1e-5] {
                let start = if smooth { "ball" } else { "rough" };
                let (explicit, implicit) = (p.exponential(wanted), p.controlled(wanted));
                println!(
                    "| {start} | {dt} | {:.0e} | {wanted:.0e} | {explicit} | {implicit} |",
                    p.rho * p.dt
                );
            }
        }
    }
}
