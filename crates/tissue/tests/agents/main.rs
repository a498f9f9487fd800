//! Cultures: rules by their formula, books, steps that do not matter, the same bits on any number of threads.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod books;
mod rules;
mod steps;

use exoderm_import::physicell::{Tables, read};
use exoderm_model::agents::{AgentModel, PlacedCell};
use exoderm_tissue::agents::Culture;
use proptest::prelude::*;
use std::path::Path;

/// A small project with everything in it: three types, two substrates, rules, links, eating, attack, fusion.
fn small() -> (AgentModel, Vec<PlacedCell>) {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../import/tests/data/physicell/config/settings.xml");
    let model = read(&file).unwrap().model;
    let cells = Tables::read(&model).unwrap().cells;
    (model, cells)
}

fn run(model: &AgentModel, cells: &[PlacedCell], until: f64) -> Culture {
    let mut culture = Culture::new(model, cells, &[]).unwrap();
    culture.advance(until).unwrap();
    culture
}

fn bits(c: &Culture) -> Vec<u64> {
    let mut all = Vec::new();
    for i in c.order() {
        let v = c.cell(i);
        all.extend([v.id, u64::from(v.kind), u64::from(v.phase), v.volume.to_bits(), v.damage.to_bits()]);
        all.extend(v.position.map(f64::to_bits));
        all.extend((0..2).map(|s| c.internal(i, s).to_bits()));
    }
    all.extend((0..2).flat_map(|s| c.field(s).iter().map(|x| x.to_bits())));
    all
}

/// The settings of the small project with the numbers of some elements replaced.
fn twisted(at: &[usize], values: &[&str]) -> String {
    let good = include_str!("../../../import/tests/data/physicell/config/settings.xml");
    let good = good.replace("<number_of_cells type=\"int\">", "<number_of_cells>");
    let starts: Vec<usize> = good.match_indices('>').map(|(k, _)| k + 1).collect();
    let number = |k: usize| {
        let rest = &good[k..];
        let end = rest.find('<').unwrap_or(0);
        rest[..end].trim().parse::<f64>().is_ok().then_some((k, k + end))
    };
    let numbers: Vec<(usize, usize)> = starts.iter().filter_map(|&k| number(k)).collect();
    let mut picked: Vec<(usize, usize)> = at.iter().map(|k| numbers[k % numbers.len()]).collect();
    picked.sort_unstable();
    picked.dedup();
    let mut text = good.clone();
    for ((from, to), value) in picked.into_iter().rev().zip(values.iter().cycle()) {
        text.replace_range(from..to, value);
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever numbers a project has, it is refused, runs, or ends with a message.
    #[test]
    fn projects_of_any_numbers_do_not_panic(
        at in prop::collection::vec(0_usize..500, 1..5),
        values in prop::collection::vec(prop::sample::select(vec!["0", "-1", "1e-9", "1e9", "1e300", "0.5", "7", "junk", "-3e5"]), 1..4),
    ) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../import/tests/data/physicell/config");
        let text = twisted(&at, &values);
        if let Ok(project) = exoderm_import::physicell::parse("settings.xml", &text, &folder) {
            let (m, s) = (&project.model, &project.model.steps);
            let voxels: usize = m.domain.shape().iter().product();
            // What would only take long says nothing more.
            let short = voxels < 10_000 && m.initial.random < 100 && s.diffusion.min(s.mechanics) > 1e-3;
            if short && let Ok(mut c) = Culture::new(m, &[], &[]) {
                let _ = c.advance(2.0);
            }
        }
    }
}
