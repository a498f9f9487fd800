//! The samples of PhysiCell 1.14.2 that are pure data, unmodified, beside its own runs.
//!
//! `EXODERM_PHYSICELL_SAMPLES` names its `sample_projects`. Long, and not run without being asked for:
//! `EXODERM_PHYSICELL_SAMPLES=… cargo test --release -p exoderm-tissue --test physicell -- --ignored --nocapture`.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use exoderm_import::physicell::{Tables, parse};
use exoderm_tissue::agents::Culture;
use std::collections::BTreeMap;
use std::path::Path;

/// Seeds that are run of each sample.
const SEEDS: u64 = 12;

/// What runs of the peer had at a time.
struct Band {
    mean: f64,
    sd: f64,
}

/// By sample, type and time (min).
fn bands() -> BTreeMap<(String, String, u64), Band> {
    let table = include_str!("data/physicell-1.14.2.csv");
    let row = |line: &str| {
        let f: Vec<&str> = line.split(',').collect();
        let number = |k: usize| f[k].parse::<f64>().unwrap();
        ((f[0].to_owned(), f[2].to_owned(), number(1) as u64), Band { mean: number(4), sd: number(5) })
    };
    table.lines().filter(|l| !l.starts_with('#')).map(row).collect()
}

/// Living cells by type of a sample, the mean over all seeds at each recorded time.
fn run(name: &str, samples: &Path, end: f64, record: f64) -> BTreeMap<(String, u64), f64> {
    let config = samples.join(name).join("config");
    let file = config.join("PhysiCell_settings.xml");
    let text = std::fs::read_to_string(&file).unwrap();
    let mut model = parse(&file.display().to_string(), &text, &config).unwrap().model;
    // As the peer's runs were made: its order and its step of exchange, for the sake of comparison.
    model.options.split = true;
    (model.steps.diffusion, model.steps.end, model.steps.record) = (0.1, end, record);
    let tables = Tables::read(&model).unwrap();
    let mut sums = BTreeMap::new();
    for seed in 101..101 + SEEDS {
        model.seed = seed;
        let mut culture = Culture::new(&model, &tables.cells, &tables.substrates).unwrap();
        for k in 0_u32.. {
            let time = f64::from(k) * record;
            culture.advance(time).unwrap();
            if culture.done() {
                break;
            }
            for (count, cell) in culture.counts().iter().zip(&model.cells) {
                *sums.entry((cell.name.clone(), time as u64)).or_insert(0.0) +=
                    count.live as f64 / SEEDS as f64;
            }
        }
    }
    sums
}

/// Over twelve seeds the mean number of living cells of each type lies at every time in the peer's own 95 % band from seed
/// to seed. A band narrower than half a cell to either side (where all its runs are alike) is taken as that wide.
#[test]
#[ignore = "needs the peer's samples, and minutes"]
fn s4_samples_live_as_the_peers_do() {
    let Some(samples) = std::env::var_os("EXODERM_PHYSICELL_SAMPLES") else {
        println!("SKIPPED: EXODERM_PHYSICELL_SAMPLES names no directory of PhysiCell's sample projects");
        return;
    };
    let bands = bands();
    let mut misses = Vec::new();
    for (name, end, record) in [
        ("template", 2880.0, 360.0),
        ("rules_sample", 180.0, 30.0),
        ("asymmetric_division", 1440.0, 180.0),
        ("immune_function", 240.0, 30.0),
        ("episode", 1440.0, 180.0),
    ] {
        for ((cell, time), mean) in run(name, Path::new(&samples), end, record) {
            let band = &bands[&(name.to_owned(), cell.clone(), time)];
            let width = (1.96 * band.sd).max(0.5);
            let text = format!("{name} {time} min {cell}: {mean:.2}, peer {:.2} ± {:.2}", band.mean, band.sd);
            println!("{text}");
            if (mean - band.mean).abs() > width {
                misses.push(text);
            }
        }
    }
    assert!(misses.is_empty(), "{} outside:\n{}", misses.len(), misses.join("\n"));
}
