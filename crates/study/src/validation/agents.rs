//! Models of agents beside the program whose projects they are.

use super::measures::Moments;
use super::{Case, Length, Row, Rows, Run};
use exoderm_import::physicell;
use exoderm_tissue::agents::Culture;
use std::path::Path;

pub(super) const CASES: &[Case] = &[Case {
    name: "physicell-template",
    group: "agents",
    title: "living cells of PhysiCell's sample `template` over two days, against its own runs",
    source: "PhysiCell 1.14.2 (commit 69a23db), 11 seeds: crates/tissue/tests/data/physicell-1.14.2.csv; within 3 standard errors",
    length: Length::Quick,
    run: Run::Alone(template),
}];

/// What the peer's runs gave.
const PEER: &str = include_str!("../../../tissue/tests/data/physicell-1.14.2.csv");
/// Seeds that are run.
const SEEDS: u64 = 60;
/// Standard errors that are allowed to each of the four times.
const TOLERANCE: f64 = 3.0;

/// Runs, mean and standard deviation of the peer's living cells at a time.
fn peer(time: u32) -> Option<[f64; 3]> {
    let start = format!("template,{time},default,");
    let rest = PEER.lines().find_map(|l| l.strip_prefix(start.as_str()))?;
    let mut numbers = rest.split(',').map(str::parse::<f64>);
    Some([numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?])
}

fn template() -> Rows {
    let mut model = physicell::parse("agents.xml", include_str!("agents.xml"), Path::new(""))?.model;
    let times = [720_u32, 1440, 2160, 2880];
    let mut living = [const { Vec::new() }; 4];
    for seed in 0..SEEDS {
        model.seed = seed;
        let mut culture = Culture::new(&model, &[], &[])?;
        for (time, living) in times.iter().zip(&mut living) {
            culture.advance(f64::from(*time))?;
            living.push(culture.counts().iter().map(|c| c.live).sum::<u64>() as f64);
        }
    }
    let mut rows = Vec::new();
    for (time, living) in times.iter().zip(&living) {
        let [runs, mean, sd] = peer(*time).ok_or("the peer's runs lack a time")?;
        let ours = Moments::of(living);
        // Where all runs of one side are alike, a spread of half a cell stands for what it does not show.
        let se = ((sd * sd).max(0.25) / runs + ours.variance.max(0.25) / ours.n).sqrt();
        rows.push(Row::errors(format!("living cells at {time} min"), mean, ours.mean, se, TOLERANCE));
    }
    Ok(rows)
}
