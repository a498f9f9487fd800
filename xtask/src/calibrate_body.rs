//! Fits `data/calibration/body.toml`: clearance and exchange of vesicles in the mouse to target T09 and to nothing else.
//!
//! Three free numbers (clearance, rate into the periphery, rate out of it) against three published ones (two half-lives,
//! clearance), each the middle of its range by logarithm. What is compared is read off a simulated curve at low load: dose over
//! area, the slope of the tail, the slope of what the tail leaves. The search is Newton's with differences, in logarithms, from a
//! rough start.

use crate::calibrate::Failure;
use exoderm_body::compartments::{CENTRAL, Kinetics, Route, SiteCells, dose};
use exoderm_body::invert::rates;
use exoderm_numeric::math::{exp, ln};
use exoderm_skin::systemic::{FITTED_KEYS, FITTED_PATH, Systemic};
use exoderm_study::whole_body::fitted_target;
use std::fmt::Write as _;
use xxhash_rust::xxh3::Xxh3;

/// um³ in a mL.
const ML: f64 = 1e12;
/// Low enough that nothing saturates; the curve is read relative to it.
const DOSE: f64 = 1.0;
/// Tolerance of the solver.
const RELATIVE: f64 = 1e-10;
/// Rough start: clearance (mL/min), rates (1/min).
const START: [f64; 3] = [0.02, 0.03, 0.03];

/// A mouse with these three numbers and nothing else.
fn mouse([clearance, into, back]: [f64; 3], volume: f64) -> Kinetics {
    Kinetics {
        volume,
        first: [into, back],
        second: [0.0; 2],
        macrophages: 0.0,
        half: f64::INFINITY,
        linear: clearance * ML,
        degradation: 0.0,
        passage: 0.0,
        shedding: 0.0,
        to_lymph: 0.0,
        to_blood: 0.0,
        site: SiteCells { most: 0.0, half: 1.0 },
        depot_loss: 0.0,
        lymph_flow: 0.0,
        node: 0.0,
    }
}

/// Half-lives (min) and clearance (mL/min), read off the simulated curve as a study reads them off a measured one.
fn read(free: [f64; 3], volume: f64) -> [f64; 3] {
    let k = mouse(free, volume);
    let course = dose(&k, DOSE, &Route::Bolus, 40_000.0, RELATIVE);
    let at = |t: f64| course.at(t)[CENTRAL];
    let slope = |a: f64, b: f64, x: f64, y: f64| ln(x / y) / (b - a);
    let beta = slope(1500.0, 2500.0, at(1500.0), at(2500.0));
    let tail = |t: f64| at(1500.0) * exp(beta * (1500.0 - t));
    let alpha = slope(1.0, 4.0, at(1.0) - tail(1.0), at(4.0) - tail(4.0));
    let area = course.areas()[CENTRAL] + at(40_000.0) / beta;
    [std::f64::consts::LN_2 / alpha, std::f64::consts::LN_2 / beta, DOSE / area * volume / ML]
}

/// Solves a system of three.
fn solve(mut m: [[f64; 4]; 3]) -> [f64; 3] {
    for c in 0..3 {
        let pivot = (c..3).max_by(|a, b| m[*a][c].abs().total_cmp(&m[*b][c].abs())).unwrap_or(c);
        m.swap(c, pivot);
        let top = m[c];
        for (r, row) in m.iter_mut().enumerate() {
            if r != c {
                let factor = row[c] / top[c];
                row.iter_mut().zip(top).for_each(|(x, t)| *x -= factor * t);
            }
        }
    }
    [0, 1, 2].map(|i| m[i][3] / m[i][i])
}

/// Runs the fit and writes the file.
pub(crate) fn run() -> Result<(), Failure> {
    let data = Systemic::builtin()?;
    let volume = data.get("mouse.plasma").ok_or("no plasma volume")?.value;
    let ranges = fitted_target()?;
    let wanted = ranges.map(|[low, high]| (low * high).sqrt());
    let miss = |free: [f64; 3]| -> [f64; 3] {
        let got = read(free, volume);
        [0, 1, 2].map(|i| ln(got[i] / wanted[i]))
    };
    let mut x = START.map(ln);
    for round in 0..40 {
        let now = miss(x.map(exp));
        eprintln!("round {round}: {now:?}");
        if now.iter().all(|m| m.abs() < 1e-7) {
            break;
        }
        let mut system = [[0.0; 4]; 3];
        for j in 0..3 {
            let mut moved = x;
            moved[j] += 1e-4;
            let then = miss(moved.map(exp));
            for i in 0..3 {
                system[i][j] = (then[i] - now[i]) / 1e-4;
            }
        }
        for (row, m) in system.iter_mut().zip(now) {
            row[3] = -m;
        }
        let step = solve(system);
        // At most a factor of e a round.
        let longest = step.iter().fold(1.0f64, |a, s| a.max(s.abs()));
        x.iter_mut().zip(step).for_each(|(x, s)| *x += s / longest);
    }
    let fitted = x.map(exp);
    let got = read(fitted, volume);
    // Sum of squares, in half widths of the published ranges (logarithms).
    let loss: f64 = (0..3)
        .map(|i| {
            let half = 0.5 * ln(ranges[i][1] / ranges[i][0]);
            let miss = ln(got[i] / wanted[i]) / half;
            miss * miss
        })
        .sum();
    // What the corners of the target's ranges would give.
    let mut spans = [[f64::INFINITY, 0.0f64]; 3];
    for corner in 0..8usize {
        let [fast, slow, clearance] = [0, 1, 2].map(|i| ranges[i][corner >> i & 1]);
        if let Ok(r) = rates(fast, slow, clearance * ML, volume) {
            for (span, value) in spans.iter_mut().zip([clearance, r.into, r.back]) {
                *span = [span[0].min(value), span[1].max(value)];
            }
        }
    }
    let mut hasher = Xxh3::new();
    hasher.update(exoderm_skin::systemic::TEXT.as_bytes());
    for [low, high] in ranges {
        hasher.update(&low.to_le_bytes());
        hasher.update(&high.to_le_bytes());
    }
    let hash = format!("{:032x}", hasher.digest128());
    let mut out = String::from(
        "# Fitted values of the whole body, apart from sourced ones: vesicles in the blood of the mouse at low load. The only\n\
         # target is T09 (two half-lives and a clearance; ranges over preparations, a dye label); three numbers are fitted to\n\
         # three. The range is what the corners of the target's ranges give. The hash is that of data/body.toml and the target.\n\
         # `cargo xtask calibrate-body` makes this file.\n",
    );
    for (i, (key, unit)) in FITTED_KEYS.iter().zip(["mL/min", "1/min", "1/min"]).enumerate() {
        write!(
            out,
            "\n[[fitted]]\nkey = \"{key}\"\nvalue = {:.6}\nunit = \"{unit}\"\nrange = [{:.6}, {:.6}]\ntarget = \"T09_iv_biexponential: half-lives {} to {} and {} to {} min, clearance {} to {} mL/min\"\nloss = {loss:.2e}\nseed = 1\nhash = \"{hash}\"\nnote = \"the curve has half-lives {:.2} and {:.1} min and clearance {:.5} mL/min; plasma volume {} mL assumed; nothing is drawn, the seed is of no effect\"\n",
            fitted[i],
            spans[i][0],
            spans[i][1],
            ranges[0][0],
            ranges[0][1],
            ranges[1][0],
            ranges[1][1],
            ranges[2][0],
            ranges[2][1],
            got[0],
            got[1],
            got[2],
            volume / ML,
        )?;
    }
    std::fs::write(FITTED_PATH, &out)?;
    println!("{out}");
    Ok(())
}
