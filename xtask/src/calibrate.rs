//! Fits the values of `data/calibration/wound.toml`, in this order, the first two in turn until neither moves:
//!
//! 1. `kc_speed` to the closure of the splinted healthy mouse wound at day 12;
//! 2. `kc_tnf_half` to 30.1 % closed at day 13 in the untreated db/db wound (T05);
//! 3. `potency` to +22.2 pp at day 13, exosome − vehicle (T23), and for the record to half of it.
//!
//! Each is one number against one target: bracketing, then halving in the logarithm, on the replicate mean, with the study's seed.
//! CHECK numbers are never looked at.

use exoderm_model::scenario::{ArmKind, Scenario};
use exoderm_model::{Calibration, Input};
use exoderm_numeric::math;
use exoderm_study::burn_in::{self, BurnIns};
use exoderm_study::endpoints;
use exoderm_study::job::{Job, Purpose};
use exoderm_study::library;
use exoderm_study::progress::Silent;
use exoderm_study::runner::{self, RunSettings};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

pub(crate) type Failure = Box<dyn std::error::Error>;

/// What is being fitted.
struct Fit {
    key: &'static str,
    target: f64,
    target_text: &'static str,
    tolerance: f64,
}

/// A scenario compiled with some fitted values and `path=value` settings.
pub(crate) fn compile(file: &str, calibration: &Calibration, sets: &[String]) -> Result<Scenario, Failure> {
    let text = library::find(file)?;
    let mut all = library::library()?;
    all.calibration = calibration;
    let none = BTreeMap::new();
    Ok(exoderm_model::compile(&Input {
        path: &text.file,
        text: &text.text,
        library: &all,
        sets,
        ledger_overrides: &none,
        path_overrides: &none,
    })?)
}

/// Settings that take burn-ins from the user's cache and leave them there.
pub(crate) fn settings(seed: u64, threads: usize) -> RunSettings {
    let cached = BurnIns::new(burn_in::default_cache());
    RunSettings { burn_ins: Arc::new(cached), ..RunSettings::new(seed, threads) }
}

/// Means of an endpoint by arm kind, and the paired difference of two arms.
fn simulate(
    scenario: &Arc<Scenario>,
    arms: &[ArmKind],
    replicates: u32,
    endpoint: &str,
) -> Result<Vec<Vec<f64>>, Failure> {
    let mut jobs = Vec::new();
    for replicate in 0..replicates {
        for &kind in arms {
            let arm = scenario.arms.iter().find(|a| a.kind == kind).ok_or("the scenario lacks an arm")?;
            jobs.push(Job {
                id: format!("{}-r{replicate}", arm.name),
                purpose: Purpose::Main,
                scenario: Arc::clone(scenario),
                arm: kind,
                arm_name: arm.name.clone(),
                replicate,
            });
        }
    }
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let outcomes = runner::run(&jobs, &settings(scenario.seed, threads), &Silent)?;
    let e = scenario.endpoints.iter().find(|e| e.name == endpoint).ok_or("no such endpoint")?;
    Ok(arms
        .iter()
        .map(|&kind| {
            let name =
                &scenario.arms.iter().find(|a| a.kind == kind).map(|a| a.name.clone()).unwrap_or_default();
            outcomes
                .iter()
                .filter(|o| o.arm_name == *name)
                .map(|o| match endpoints::read(scenario, e, o) {
                    endpoints::Reading::Value(v) => v,
                    // Not closed within the horizon: later than it by what is left, a slope for the search.
                    endpoints::Reading::Beyond => {
                        let left = o.series.last().map_or(100.0, |r| 100.0 - r.closed);
                        scenario.horizon / 1440.0 * (1.0 + left / 100.0)
                    }
                    endpoints::Reading::Missing => f64::NAN,
                })
                .collect()
        })
        .collect())
}

/// Factor of a step toward the target, and most steps.
const STEP: f64 = 1.6;
const MOST: usize = 10;

/// Most passes over the two values that hang on each other.
const PASSES: usize = 5;

fn mean(v: &[f64]) -> f64 {
    v.iter().sum::<f64>() / v.len().max(1) as f64
}

/// The value at which `f` meets the target, within the range; `f` is monotone up to noise. Steps by factors until the target lies
/// between two values, then by the straight line through them over the logarithm, kept to the middle 80 % of what is left.
fn search(
    range: (f64, f64),
    start: f64,
    target: f64,
    tolerance: f64,
    mut f: impl FnMut(f64) -> Result<f64, Failure>,
) -> Result<(f64, f64), Failure> {
    let floor = range.0.max(1e-3);
    let off = |p: &(f64, f64)| (p.1 - target).abs();
    let first = (start, f(start)?);
    let mut best = first;
    if off(&best) <= tolerance {
        return Ok(best);
    }
    // Up first, down from the end of the range; which way leads to the target shows with the second value.
    let second = if start < range.1 { (start * STEP).min(range.1) } else { (start / STEP).max(floor) };
    let second = (second, f(second)?);
    let mut ends = if second.0 > start { (first, second) } else { (second, first) };
    for _ in 0..MOST {
        for p in [ends.0, ends.1] {
            if off(&p) < off(&best) {
                best = p;
            }
        }
        let (a, b) = ends;
        if off(&best) <= tolerance || b.0 <= a.0 * 1.02 {
            break;
        }
        if (a.1 < target) == (b.1 < target) {
            // Not between them: on beyond the nearer one.
            let x = if off(&b) < off(&a) { (b.0 * STEP).min(range.1) } else { (a.0 / STEP).max(floor) };
            if x == a.0 || x == b.0 {
                break;
            }
            let p = (x, f(x)?);
            ends = if x > b.0 { (b, p) } else { (p, a) };
        } else {
            let share = ((target - a.1) / (b.1 - a.1)).clamp(0.1, 0.9);
            let x = a.0 * math::pow(b.0 / a.0, share);
            let p = (x, f(x)?);
            ends = if (p.1 < target) == (a.1 < target) { (p, b) } else { (a, p) };
        }
    }
    for p in [ends.0, ends.1] {
        if off(&p) < off(&best) {
            best = p;
        }
    }
    Ok(best)
}

/// Runs the fits.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let replicates: u32 = arguments.first().map_or(Ok(3), |a| a.parse())?;
    let mut fitted = library::calibration()?.clone();
    let range =
        |c: &Calibration, key: &str| c.get(key).and_then(|f| f.range).ok_or("a fitted value without a range");
    let splinted = "scenarios/calibration/mouse-splinted.toml";
    let fits = [
        Fit {
            key: "kc_speed",
            target: 12.0,
            target_text: "skin_wt_closure_day_histo: splinted healthy mouse wound closed at day 12",
            tolerance: 0.5,
        },
        Fit {
            key: "kc_tnf_half",
            target: 30.1,
            target_text: "T05_dbdb_control_d13: 30.1 % closed at day 13, untreated db/db",
            tolerance: 2.0,
        },
        Fit {
            key: "potency",
            target: 22.2,
            target_text: "T23_meta_effects: +22.2 pp closed at day 13, exosome minus vehicle",
            tolerance: 1.5,
        },
    ];
    let mut reached = BTreeMap::new();
    for pass in 0..PASSES {
        let before: Vec<_> = fits[..2].iter().map(|f| fitted.get(f.key).map(|x| x.value)).collect();
        for fit in &fits[..2] {
            let start = fitted.get(fit.key).map_or(1.0, |f| f.value);
            let bounds = range(&fitted, fit.key)?;
            let (x, y) = search(bounds, start, fit.target, fit.tolerance, |x| {
                let mut c = fitted.clone();
                c.set(fit.key, x);
                let y = if fit.key == "kc_speed" {
                    let s = Arc::new(compile(splinted, &c, &[])?);
                    mean(&simulate(&s, &[ArmKind::Untreated], replicates, "closure_time")?[0])
                } else {
                    let s = Arc::new(compile("diabetic-wound", &c, &[])?);
                    mean(&simulate(&s, &[ArmKind::Untreated], replicates, "closure_d13")?[0])
                };
                eprintln!("pass {pass} {} = {x:.4}: {y:.2} (target {})", fit.key, fit.target);
                Ok(y)
            })?;
            fitted.set(fit.key, x);
            reached.insert(fit.key, y);
        }
        // Each was found with the other as it stands: nothing to repeat.
        if before.iter().copied().eq(fits[..2].iter().map(|f| fitted.get(f.key).map(|x| x.value))) {
            break;
        }
    }
    let potency = |c: &Calibration, x: f64| -> Result<f64, Failure> {
        let mut c = c.clone();
        c.set("potency", x);
        let s = Arc::new(compile("diabetic-wound", &c, &[])?);
        let runs = simulate(&s, &[ArmKind::Exosome, ArmKind::Vehicle], replicates, "closure_d13")?;
        let differences: Vec<f64> = runs[0].iter().zip(&runs[1]).map(|(a, b)| a - b).collect();
        let y = mean(&differences);
        eprintln!("potency = {x:.4}: {y:+.2} pp {differences:.1?}");
        Ok(y)
    };
    let fit = &fits[2];
    let bounds = range(&fitted, fit.key)?;
    let start = fitted.get(fit.key).map_or(1.0, |f| f.value);
    let (x, y) = search(bounds, start, fit.target, fit.tolerance, |x| potency(&fitted, x))?;
    let (half, half_y) =
        search((bounds.0, x.max(0.02)), 0.5 * x, 0.5 * fit.target, fit.tolerance, |x| potency(&fitted, x))?;
    fitted.set(fit.key, x);
    reached.insert(fit.key, y);
    let hash = exoderm_model::scenario_hash(&compile("diabetic-wound", &fitted, &[])?);
    let mut out = String::from(
        "# Fitted values, apart from sourced ones. Each says what it was fitted to, with what was left over and which seed; the\n\
         # hash is that of the resolved `diabetic-wound` with all of them. `cargo xtask calibrate` makes this file; how each\n\
         # came out, and how the numbers that were never fitted did, is in docs/calibration.md.\n",
    );
    for f in &fits {
        let Some(row) = fitted.get(f.key) else { continue };
        let (low, high) = row.range.unwrap_or((row.value, row.value));
        let got = reached.get(f.key).copied().unwrap_or(f64::NAN);
        let note = if f.key == "potency" {
            format!(
                "reached {got:.2}; fitted to half of it (+11.1 pp, publication bias): potency {half:.3} gives {half_y:+.2} pp"
            )
        } else {
            format!("reached {got:.2}")
        };
        write!(
            out,
            "\n[[fitted]]\nkey = \"{}\"\nvalue = {:.4}\nunit = \"{}\"\nrange = [{low}, {high}]\ntarget = \"{}\"\nloss = {:.4}\nseed = 1\nhash = \"{hash}\"\nnote = \"{note}\"\n",
            f.key,
            row.value,
            row.unit.text(),
            f.target_text,
            (got - f.target).abs(),
        )?;
    }
    std::fs::write("data/calibration/wound.toml", &out)?;
    println!("{out}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steep, flat, falling, and out of range: few evaluations, the best value found.
    #[test]
    fn the_search_meets_the_target() {
        let mut calls = 0;
        let mut find = |range, start, target, tolerance, f: &dyn Fn(f64) -> f64| {
            calls = 0;
            let got = search(range, start, target, tolerance, |x| {
                calls += 1;
                Ok(f(x))
            });
            (got.unwrap_or_else(|e| panic!("{e}")), calls)
        };
        let steep = |x: f64| 70.0 * x * x / (100.0 + x * x);
        let ((x, y), n) = find((0.0, 30.0), 20.0, 22.2, 0.5, &steep);
        assert!((y - 22.2).abs() <= 0.5 && (steep(x) - y).abs() < 1e-12 && n <= 8, "{x} {y} {n}");
        let ((_, y), n) = find((1.0, 1000.0), 26.0, 30.1, 0.5, &|x| 2000.0 / x);
        assert!((y - 30.1).abs() <= 0.5 && n <= 8, "{y} {n}");
        assert_eq!(find((0.0, 30.0), 2.0, 4.0, 1.0, &|x| 2.0 * x), ((2.0, 4.0), 1));
        // Never reached: the nearest end.
        assert_eq!(find((0.0, 30.0), 20.0, 100.0, 1.0, &|x| x).0, (30.0, 30.0));
        assert_eq!(find((0.0, 30.0), 30.0, 100.0, 1.0, &|x| x), ((30.0, 30.0), 2));
        // From the end of the range downwards.
        let ((_, y), _) = find((0.0, 30.0), 30.0, 5.0, 0.5, &|x| x);
        assert!((y - 5.0).abs() <= 0.5, "{y}");
    }
}
