//! What binds to cells in a step, drawn: Poisson by cell, all sizes alike where nothing but clearance tells them apart, populations
//! and cells independent of each other, and the balance sheet's line for it.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod common;

use exoderm_model::scenario::ArmKind;
use exoderm_numeric::math;

const CELLS: usize = 60;
const COPIES: f64 = 3.0;

/// One voxel, so that all of its cells see the same level, and one step.
const TEXT: &str = r#"
format = 1
name = "binding"
[run]
horizon = "6 min"
[steps]
phenotype = "6 min"
transport = "6 min"
[record]
series = "6 min"
[tissue]
kind = "box"
size = ["100 um", "100 um", "100 um"]
voxel = "100 um"
[mechanics]
stiffness = "1e-6 1/min"
[place.all]
cell = "cell"
count = 60
[cell.cell]
place = "free"
radius = "5 um"
polarisation = "1e-4 1/min"
[rule.read]
cells = ["cell"]
signal = "cargo:payload"
behaviour = "polarisation"
fold = 1.1
half = 10
exponent = 2
exosome = true
[uptake]
clearance = "60 um^3/min"
capacity = "1e6 EV"
internalisation = "0.01 1/h"
unbinding = "0 1/h"
lysosome = "0 1/h"
recycled = 0
escape = 0
[transport]
diffusion_100nm = "6.57 um^2/s"
[vesicle.few]
median_diameter = "100 nm"
ln_sigma = 0.4
copies.payload = "3 copies"
[vesicle.many]
median_diameter = "100 nm"
ln_sigma = 0.4
copies.payload = "3 copies"
[cargo.payload]
class = "payload"
decay_inside = "0 1/h"
decay_cytosol = "0 1/h"
decay_free = "0 1/h"
diffusion_free = "100 um^2/s"
[event.few]
kind = "release"
population = "few"
count = 4000
position = ["50 um", "50 um", "50 um"]
[event.many]
kind = "release"
population = "many"
count = 60000
position = ["50 um", "50 um", "50 um"]
"#;

#[test]
fn cells_bind_poisson_numbers() {
    let s = common::scenario(TEXT, &[]);

    let mut counts = [Vec::new(), Vec::new()];
    let (mut expected, mut copies, mut totals) = ([0.0; 2], [0.0; 2], [Vec::new(), Vec::new()]);
    for replicate in 0..400 {
        let mut t = common::tissue(&s, ArmKind::Exosome, replicate);
        t.run_until(s.horizon, |_| false).unwrap();
        let sheets = t.balance();
        let state = t.state();
        for p in 0..2 {
            assert!(sheets[p].relative_error < 1e-12, "{}", sheets[p].relative_error);
            let column = |c| state.cells.extra(c).to_vec();
            let (on, inside) = (column(state.columns.surface[p]), column(state.columns.inside[p]));
            let bound: Vec<f64> = on.iter().zip(&inside).map(|(a, b)| a + b).collect();
            let all: f64 = bound.iter().sum();
            // The sheet's line is what was drawn beyond what was expected.
            expected[p] += all - sheets[p].sampling;
            let deviation = sheets[p].sampling_bound / 3.0;
            totals[p].push(sheets[p].sampling / deviation);
            counts[p].extend(bound);
            let [a, b, _] = state.columns.cargo[p][0];
            copies[p] += column(a).iter().chain(&column(b)).sum::<f64>();
        }
    }
    let n = counts[0].len() as f64;
    assert_eq!(counts[0].len(), 400 * CELLS);
    for p in 0..2 {
        let mean = expected[p] / n;
        println!("population {p}: {mean} expected a cell");
        let mut seen = vec![0.0; 100];
        for &c in &counts[p] {
            seen[c as usize] += 1.0;
        }
        let (mut chi2, mut cells) = (0.0, 0.0);
        for (k, got) in seen.iter().enumerate() {
            let k = k as f64;
            let e = n * math::exp(k * math::ln(mean) - mean - math::ln_gamma(k + 1.0));
            if e >= 10.0 {
                chi2 += (got - e) * (got - e) / e;
                cells += 1.0;
            }
        }
        assert!(chi2 < cells + 4.0 * (2.0_f64 * cells).sqrt() + 4.0, "{p}: {chi2} over {cells}");
        // Sizes bind as they come, so that a vesicle has the population's mean cargo; lumina differ threefold in volume and more, so that
        // the variance of its copies is their mean and about the square of it.
        let bound: f64 = counts[p].iter().sum();
        let error = (COPIES * (1.0 + COPIES * 2.0) / bound).sqrt();
        assert!((copies[p] / bound - COPIES).abs() < 4.0 * error, "{p}: {} copies", copies[p] / bound);
        // Cells of a tissue are independent: the sum over them has the variance that the sheet gives for it.
        let chi2: f64 = totals[p].iter().map(|off| off * off).sum();
        let runs = totals[p].len() as f64;
        assert!((chi2 / runs - 1.0).abs() < 4.0 * (2.0 / runs).sqrt(), "{p}: {}", chi2 / runs);
    }
    // Of two populations as well.
    let means = [0, 1].map(|p| counts[p].iter().sum::<f64>() / n);
    let cross: f64 = counts[0].iter().zip(&counts[1]).map(|(a, b)| (a - means[0]) * (b - means[1])).sum();
    assert!((cross / n).abs() < 4.0 * (means[0] * means[1] / n).sqrt(), "{}", cross / n);
}
