//! One link (A15) in a box of its own voxels, at the three resolutions that one key of the scenario chooses: a donor that
//! releases vesicles as a Poisson stream (by intervals of 2 s), diffusion with loss, a sphere that takes up what reaches it, and
//! Poisson(100) copies of a cargo in each. What is taken up is Poisson distributed and its copies compound Poisson. Mean and
//! variance of both are held to exact values: in open space that of an absorbing sphere, on a mesh that of the field on the same
//! mesh (jumps are linear, so that the field is the mean of the counts, up to its steps in time).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod common;

use exoderm_model::scenario::{ArmKind, Scenario};
use exoderm_numeric::math;
use exoderm_numeric::random::Seed;
use std::fmt::Write;
use std::sync::Arc;

/// um²/min, 1/min.
const D: f64 = 4.3 * 60.0;
const LOSS: f64 = 0.6;
/// Centre of the sphere from the donor, its radius (um).
const AWAY: f64 = 15.0;
const RADIUS: f64 = 5.0;
/// Vesicles that a donor releases in an interval, intervals, their length and the end (min).
const BURST: f64 = 8.0;
const BURSTS: usize = 5;
const INTERVAL: f64 = 2.0 / 60.0;
const END: f64 = 0.5;
const COPIES: f64 = 100.0;
/// Donors that share a tissue, each with a population of its own: they do not know of each other.
const DONORS: usize = 40;

/// A scenario in which donor k releases `counts[k][b]` vesicles at the start of interval b.
fn scenario(resolution: &str, faces: &str, counts: &[Vec<f64>]) -> Arc<Scenario> {
    let mut text = format!(
        r#"
format = 1
name = "link"
[run]
horizon = "30 s"
[tissue]
kind = "box"
size = ["75 um", "60 um", "60 um"]
voxel = "2.5 um"
[transport]
resolution = "{resolution}"
diffusion_100nm = {{ value = "4.3 um^2/s", outside_range = true }}
degradation = {{ value = "0.01 1/s", outside_range = true }}
boundary = {{ x_min = "{faces}", x_max = "{faces}", y_min = "{faces}", y_max = "{faces}", z_min = "{faces}", z_max = "{faces}" }}
[absorber.sphere]
centre = ["45 um", "30 um", "30 um"]
radius = "5 um"
kappa = "inf"
[record]
series = "30 s"
[steps]
phenotype = "1 s"
transport = "1 s"
"#
    );
    for (k, bursts) in counts.iter().enumerate() {
        write!(text, "[vesicle.p{k}]\nmedian_diameter = \"100 nm\"\nln_sigma = 0.0\n").unwrap();
        for (b, count) in bursts.iter().enumerate() {
            write!(
                text,
                "[event.r{k}x{b}]\nkind = \"release\"\npopulation = \"p{k}\"\ntime = \"{} s\"\ncount = {count}\n\
                 position = [\"30 um\", \"30 um\", \"30 um\"]\n",
                60.0 * INTERVAL * b as f64
            )
            .unwrap();
        }
    }
    common::scenario(&text, &[])
}

/// What the sphere has caught of each population.
fn caught(s: &Arc<Scenario>, replicate: u32) -> Vec<f64> {
    let mut t = common::tissue(s, ArmKind::Exosome, replicate);
    assert!(t.run_until(s.horizon, |_| false).unwrap());
    for sheet in t.balance() {
        assert!(sheet.relative_error < 1e-9, "{} {}", sheet.name, sheet.relative_error);
    }
    t.state().series.last().unwrap().vesicles.iter().map(|v| v.caught).collect()
}

/// What donors release: each interval Poisson, and what the sphere catches of it over replicates.
fn taken(resolution: &str, faces: &str, replicates: u32) -> Vec<f64> {
    let stream = |r: u32, k: usize| Seed::new(151, r).stream(k as u64, 0, 0);
    (0..replicates)
        .flat_map(|r| {
            let counts: Vec<Vec<f64>> = (0..DONORS)
                .map(|k| {
                    let mut rng = stream(r, k);
                    (0..BURSTS).map(|_| rng.poisson(BURST) as f64).collect()
                })
                .collect();
            caught(&scenario(resolution, faces, &counts), r)
        })
        .collect()
}

/// Mean and variance over donors, of vesicles and of copies, against exact ones within 3.5 standard errors.
fn compare(name: &str, taken: &[f64], mean: f64) {
    let check = |what: &str, values: &[f64], mean: f64, variance: f64| {
        let n = values.len() as f64;
        let m = values.iter().sum::<f64>() / n;
        let moment = |p: i32| values.iter().map(|x| math::powi(x - m, p)).sum::<f64>() / n;
        let v = moment(2) * n / (n - 1.0);
        let (se, se_variance) = ((variance / n).sqrt(), ((moment(4) - v * v) / n).sqrt());
        println!(
            "{name}, {what}: mean {m:.3} exact {mean:.3} ({:+.2} SE), variance {v:.3} exact {variance:.3} ({:+.2} SE)",
            (m - mean) / se,
            (v - variance) / se_variance
        );
        assert!((m - mean).abs() < 3.5 * se, "{name}, {what}: mean {m} exact {mean} ± {se}");
        assert!(
            (v - variance).abs() < 3.5 * se_variance,
            "{name}, {what}: variance {v} exact {variance} ± {se_variance}"
        );
    };
    check("vesicles", taken, mean, mean);
    let copies: Vec<f64> = taken
        .iter()
        .enumerate()
        .map(|(k, n)| {
            let mut rng = Seed::new(152, 0).stream(k as u64, 0, 0);
            (0..*n as u64).map(|_| rng.poisson(COPIES)).sum::<u64>() as f64
        })
        .collect();
    check("copies", &copies, COPIES * mean, (COPIES + COPIES * COPIES) * mean);
}

/// Share of what is released that an absorbing sphere has caught after `t` in open space, with loss on the way.
fn share(t: f64) -> f64 {
    let (gap, q) = (AWAY - RADIUS, (4.0 * D * t).sqrt());
    let (w, e) = ((LOSS / D).sqrt() * gap, (LOSS * t).sqrt());
    0.5 * RADIUS / AWAY * (math::exp(-w) * math::erfc(gap / q - e) + math::exp(w) * math::erfc(gap / q + e))
}

#[test]
fn a15_in_a_box_at_three_resolutions() {
    let exact: f64 = (0..BURSTS).map(|b| BURST * share(END - INTERVAL * b as f64)).sum();
    compare("particles", &taken("particles", "open", 15), exact);

    let mesh = caught(&scenario("field", "no_flux", &[vec![BURST; BURSTS]]), 0)[0];
    println!("field: mean {mesh:.4}, open space {exact:.4}: {:+.2} %", 100.0 * (mesh / exact - 1.0));
    assert!((mesh / exact - 1.0).abs() < 0.05, "field {mesh}, exact {exact}");
    let drawn: Vec<f64> = (0..1000).map(|k| Seed::new(153, k).stream(0, 0, 0).poisson(mesh) as f64).collect();
    compare("field, whole vesicles drawn", &drawn, mesh);

    compare("counts", &taken("counts", "no_flux", 6), mesh);
}
